"""The sheet with the bill of materials: what it says, what can be changed, by which keys."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QSpinBox

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core import part_edits
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.bill_rows import bill_rows, bill_sum
from moeplanner_gui.core.plan import CustomCard, CustomSlot, Economics, Node, NodePart, Plan, Rig
from moeplanner_gui.ui.bill.rows import (
    EACH,
    FROM,
    MINE,
    PART,
    QUANTITY,
    SUBTOTAL,
    as_tsv,
    bill_cells,
    sum_words,
)
from moeplanner_gui.ui.bill.view import BillSheet
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.style import ThemeProvider

CATALOG = load_catalog()
ENTERPRISE = CATALOG.parts["nvme-u-2-enterprise-per-tb-used"].name
ROMED = "board-sp3-asrock-romed8-2t"
DAY = date(2026, 11, 23)
OWN = CustomSlot(custom=CustomCard(name="Bench card", memory_mib=49_152, tdp_w=300.0))
SERVER = Node(host="sp3-7003", ram_gib=256, gpus=("rtx3090", "rtx3090", OWN), nvlink=True)


@pytest.fixture
def document(qtbot):
    plan = Plan(model="qwen3-30b-a3b", weights="q4_k_m", rig=Rig(nodes=(SERVER,)))
    return PlanDocument(plan, CATALOG, evaluate=evaluate)


@pytest.fixture
def sheet(qtbot, document):
    sheet = BillSheet(document, ThemeProvider("light"), today=lambda: DAY)
    qtbot.addWidget(sheet)
    sheet.show()
    return sheet


def at(sheet, name, column):
    rows = sheet.table.bill.rows
    row = next(n for n, cells in enumerate(rows) if cells.row.name.startswith(name))
    return sheet.table.bill.index(row, column)


def text(sheet, name, column):
    return at(sheet, name, column).data()


def settle(document):
    document.flush()
    QApplication.processEvents()


def click(qtbot, sheet, index):
    sheet.table.scrollTo(index)
    place = sheet.table.visualRect(index).center()
    qtbot.mouseClick(sheet.table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_that_a_row_has_quantity_price_date_age_confidence_and_subtotal(sheet):
    assert text(sheet, "RTX 3090", QUANTITY) == "2"
    assert text(sheet, "RTX 3090", SUBTOTAL) == "2,414.00"
    assert text(sheet, "EPYC 7543", PART) == "EPYC 7543, used (assumed)"
    assert text(sheet, "EPYC 7543", FROM) == "2026-02-17 · 279 days old · low"
    assert text(sheet, "Host memory", QUANTITY) == "256 GB"
    assert text(sheet, "Host memory", EACH) == "13.30/GB"
    tip = at(sheet, "EPYC 7543", FROM).data(Qt.ItemDataRole.ToolTipRole)
    assert "Source: " in tip and "Check it before you buy" in tip


@pytest.mark.parametrize(
    ("days", "look"), [(date(2026, 9, 30), "plain"), (DAY, "old"), (date(2027, 6, 1), "warn")]
)
def test_that_a_price_turns_grey_after_90_days_and_is_warned_about_after_180(document, days, look):
    row = next(r for r in bill_rows(document.plan, CATALOG) if r.kind == "memory")
    assert bill_cells(row, days).look(FROM) == look


def test_that_a_missing_price_is_a_link_that_asks_for_one(sheet, qtbot):
    assert text(sheet, "NVLink bridge", EACH) == "Set a price"
    assert text(sheet, "NVLink bridge", SUBTOTAL) == "no price"
    with qtbot.waitSignal(sheet.price_wanted) as asked:
        click(qtbot, sheet, at(sheet, "NVLink bridge", EACH))
    assert asked.args[0] == "nvlink-bridge-rtx3090"


def test_that_a_typed_card_gets_its_price_in_the_plan(sheet, document, qtbot, monkeypatch):
    monkeypatch.setattr(
        "moeplanner_gui.ui.bill.view.QInputDialog.getDouble", lambda *_a: (700.0, True)
    )
    click(qtbot, sheet, at(sheet, "Bench card", EACH))
    assert document.plan.rig.nodes[0].gpus[2].custom.price_usd == 700.0
    settle(document)
    assert text(sheet, "Bench card", FROM) == "typed in"
    assert document.undo_stack.count() == 1


def test_that_keys_count_what_is_there_already_in_one_undo_step(sheet, document, qtbot):
    sheet.table.setCurrentIndex(at(sheet, "RTX 3090", PART))
    qtbot.keyClick(sheet.table, "+")
    qtbot.keyClick(sheet.table, "+")
    settle(document)
    assert text(sheet, "RTX 3090", MINE) == "2"
    assert text(sheet, "RTX 3090", SUBTOTAL) == "0.00"
    qtbot.keyClick(sheet.table, "+")
    assert document.plan.economics.owned[0].count == 2, "no more than there are"
    qtbot.keyClick(sheet.table, "-")
    assert document.plan.economics.owned[0].count == 1
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.plan.economics.owned == ()


def test_that_a_click_opens_a_field_to_count_in(sheet, document, qtbot):
    click(qtbot, sheet, at(sheet, "Host memory", MINE))
    spin = sheet.table.findChild(QSpinBox, "mine")
    assert spin is not None and spin.accessibleName().startswith("How many of Host memory")
    spin.setValue(64)
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    settle(document)
    assert document.plan.economics.owned[0].part == "ddr4-rdimm-per-gb"
    assert text(sheet, "Host memory", SUBTOTAL) == f"{13.3 * 192:,.2f}"


def test_that_a_digit_starts_counting(sheet, document, qtbot):
    sheet.table.setCurrentIndex(at(sheet, "RTX 3090", PART))
    qtbot.keyClick(sheet.table, "1")
    spin = sheet.table.findChild(QSpinBox, "mine")
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    settle(document)
    assert document.plan.economics.owned[0].count == 1


def test_that_a_typed_card_is_counted_as_mine_alone(sheet, document, qtbot):
    click(qtbot, sheet, at(sheet, "Bench card", MINE))
    spin = sheet.table.findChild(QSpinBox, "mine")
    spin.setValue(1)
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    settle(document)
    assert text(sheet, "Bench card", MINE) == "1"
    assert text(sheet, "Bench card", SUBTOTAL) == "0.00"
    assert text(sheet, "RTX 3090", MINE) == "0"
    document.undo_stack.undo()
    settle(document)
    assert text(sheet, "Bench card", MINE) == "0"


def test_that_what_was_not_chosen_cannot_be_counted(qtbot, document):
    parts = (NodePart(part=ROMED), NodePart(part="psu-850-w"))
    node = SERVER.model_copy(update={"parts": parts})
    document.apply("x", document.plan.replace(rig=Rig(nodes=(node,))))
    sheet = BillSheet(document, ThemeProvider("light"), today=lambda: DAY)
    qtbot.addWidget(sheet)
    index = at(sheet, "Processor for", MINE)
    assert not index.flags() & Qt.ItemFlag.ItemIsEditable
    assert "choose one" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_that_parts_added_to_ones_own_computer_stand_in_the_bill(sheet, document, qtbot):
    document.apply("mine", part_edits.set_mine(document.plan, 0, True))
    settle(document)
    assert sheet.total.text().startswith("$0.00")
    put = part_edits.put_part(document.plan, 0, "nvme-u-2-enterprise-per-tb-used", CATALOG)
    document.apply("disk", put.plan)
    settle(document)
    assert text(sheet, ENTERPRISE, MINE) == "0 TB"
    assert text(sheet, "RTX 3090", MINE) == "2"
    assert text(sheet, ENTERPRISE, SUBTOTAL) != "0.00"
    # It is mine too: one click.
    sheet.table.setCurrentIndex(at(sheet, ENTERPRISE, PART))
    qtbot.keyClick(sheet.table, "+")
    settle(document)
    assert text(sheet, ENTERPRISE, SUBTOTAL) == "0.00"


@pytest.mark.parametrize(
    ("nodes", "network", "name"),
    [
        ((Node(gpus=("h100-sxm",) * 8),), None, "Server for 8 H100 SXM"),
        ((Node(gpus=("gaudi3",)),), None, "Host for 1 Gaudi 3"),
        ((SERVER,) * 5, "100gbe", "Switch, "),
    ],
)
def test_that_what_has_no_row_asks_for_a_price(sheet, document, qtbot, nodes, network, name):
    plan = document.plan.replace(rig=Rig(nodes=nodes, network=network))
    document.apply("x", plan)
    settle(document)
    assert text(sheet, name, EACH) == "Set a price"
    with qtbot.waitSignal(sheet.price_wanted) as asked:
        click(qtbot, sheet, at(sheet, name, EACH))
    assert asked.args[1].startswith(name)


def test_that_what_was_not_chosen_opens_the_parts_of_its_computer(sheet, document, qtbot):
    bare = SERVER.model_copy(update={"parts": (NodePart(part="case-full-tower"),)})
    document.apply("x", document.plan.replace(rig=Rig(nodes=(SERVER, bare))))
    settle(document)
    assert text(sheet, "Power supply", EACH) == "Choose one"
    assert sheet.table.bill.rows[at(sheet, "Power supply", EACH).row()].look(EACH) == "link"
    with qtbot.waitSignal(sheet.parts_wanted) as asked:
        click(qtbot, sheet, at(sheet, "Power supply", EACH))
    assert asked.args == [1]


def test_that_delete_takes_a_part_out_and_says_what_it_cannot(sheet, document, qtbot):
    sheet.table.setCurrentIndex(at(sheet, "Open frame", PART))
    qtbot.keyClick(sheet.table, Qt.Key.Key_Delete)
    settle(document)
    names = [cells.row.name for cells in sheet.table.bill.rows]
    assert "Open frame" not in names and "EPYC 7543, used" in names
    sheet.table.setCurrentIndex(at(sheet, "RTX 3090", PART))
    qtbot.keyClick(sheet.table, Qt.Key.Key_Delete)
    assert "taken out in the rig" in sheet.hint.text()
    assert document.undo_stack.count() == 1


def test_that_the_total_names_what_it_lacks_and_has_a_range_when_it_is_whole(sheet, document):
    assert "2 parts have no price" in sheet.total.text()
    node = SERVER.model_copy(update={"gpus": ("rtx3090",), "nvlink": None})
    document.apply("x", document.plan.replace(rig=Rig(nodes=(node,))))
    settle(document)
    assert "–" in sheet.total.text() and "Without tax" in sheet.note.text()


def test_that_a_typed_price_is_said_and_one_click_goes_back_to_the_sum(sheet, document, qtbot):
    economics = Economics(hardware_usd=9000.0)
    document.apply("x", document.plan.replace(economics=economics))
    settle(document)
    assert sheet.total.text().startswith("$9,000.00, typed in") and sheet.use_sum.isVisible()
    sheet.use_sum.click()
    settle(document)
    assert document.plan.economics.hardware_usd is None and not sheet.use_sum.isVisible()


def test_that_the_copy_is_one_line_a_row_with_as_many_tabs(sheet, document, qtbot):
    qtbot.keyClick(sheet.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QApplication.clipboard().text().splitlines()
    assert len(lines) == len(sheet.table.bill.rows) + 2
    assert {line.count("\t") for line in lines} == {7}
    assert "2414.00" in lines[1] and lines[-1].startswith("\tTotal")
    assert any(line.endswith("assumed") for line in lines)


def test_that_tabs_in_a_name_break_no_row():
    odd = CustomSlot(custom=CustomCard(name="a\tb\nc", memory_mib=49_152, tdp_w=300.0))
    plan = Plan(model="qwen3-30b-a3b", rig=Rig(nodes=(Node(gpus=(odd,)),)))
    cells = tuple(bill_cells(row, DAY) for row in bill_rows(plan, CATALOG))
    lines = as_tsv(cells, bill_sum(plan, CATALOG)).splitlines()
    assert {line.count("\t") for line in lines} == {7}
    assert sum_words(bill_sum(plan, CATALOG))[0].endswith("1 part has no price")


def test_that_an_empty_plan_says_what_to_do(qtbot):
    empty = PlanDocument(Plan(model="qwen3-30b-a3b", rig=Rig(nodes=())), CATALOG)
    sheet = BillSheet(empty, ThemeProvider("dark"), today=lambda: DAY)
    qtbot.addWidget(sheet)
    assert "Nothing is planned yet" in sheet.hint.text() and sheet.total.text() == "–"


def test_that_everything_in_the_sheet_has_a_name(sheet):
    for widget in (sheet, sheet.table, *sheet.findChildren(QAbstractButton)):
        name = QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
        assert name or not widget.isVisible() or not widget.objectName(), widget
    role = Qt.ItemDataRole.AccessibleTextRole
    assert at(sheet, "RTX 3090", SUBTOTAL).data(role) == "RTX 3090, Subtotal, USD: 2,414.00"
