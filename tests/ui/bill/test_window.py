"""The bill in the window: opened by key and by the price, and a price that is set from it."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton

from moeplanner_gui.catalog.rows import PriceEntry
from moeplanner_gui.catalog.user_prices import UserPrices
from moeplanner_gui.core.entries import Entries
from moeplanner_gui.core.hardware import PriceRow
from moeplanner_gui.core.plan import Node, NodePart, Plan, Rig
from moeplanner_gui.ui.bill.rows import EACH, PART
from moeplanner_gui.ui.cost.price_dialog import PriceDialog
from moeplanner_gui.ui.rig_builder.parts_editor import PartsEditor


def test_that_the_price_in_the_verdict_opens_the_bill_and_f1_the_formula(window, qtbot) -> None:
    price = next(b for b in window.verdict._figures if b.figure.key == "hardware")
    qtbot.mouseClick(price, Qt.MouseButton.LeftButton)
    assert window.bill.sheet is not None and window.bill.sheet.isVisible()
    window.show_explanation("cost.hardware_usd")
    assert window.explain.isVisible()


def test_that_the_bill_is_opened_once_and_follows_the_plan(window, qtbot) -> None:
    window.actions_registry.get("rig.bill").trigger()
    first = window.bill.sheet
    assert window.bill.open() is first
    node = Node(host="sp3-7003", ram_gib=64, gpus=("rtx3090",))
    window.document.apply("x", Plan(model=window.document.plan.model, rig=Rig(nodes=(node,))))
    window.document.flush()
    assert any(cells.row.part_id == "rtx3090" for cells in first.table.bill.rows)
    first.reject()
    assert window.bill.sheet is None


def test_that_a_part_nobody_chose_is_chosen_from_the_bill(window, qtbot) -> None:
    disk = (NodePart(part="nvme-consumer-per-tb"),)
    whole = Node(host="sp3-7003", ram_gib=64, gpus=("rtx3090",))
    bare = whole.model_copy(update={"parts": disk})
    plan = Plan(model=window.document.plan.model, rig=Rig(nodes=(whole, bare)))
    window.document.apply("x", plan)
    window.document.flush()
    table = window.bill.open().table
    at = next(n for n, cells in enumerate(table.bill.rows) if cells.can_choose)
    spot = table.visualRect(table.bill.index(at, EACH)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    qtbot.waitUntil(lambda: bool(window.findChildren(PartsEditor)))
    (editor,) = window.findChildren(PartsEditor)
    assert editor.isVisible() and "Node 2" in editor.windowTitle() + editor.heading.text()
    editor.reject()


def test_that_a_price_set_from_the_bill_is_kept_and_counts(
    window, qtbot, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("moeplanner_gui.catalog.paths.user_catalogs_dir", lambda: tmp_path / "mine")
    node = Node(host="sp3-7003", ram_gib=64, gpus=("rtx3090", "rtx3090"), nvlink=True)
    window.document.apply("x", Plan(model=window.document.plan.model, rig=Rig(nodes=(node,))))
    window.document.flush()
    assert window.document.assessment.cost.hardware_usd is None
    sheet = window.bill.open()
    sheet.price_wanted.emit("nvlink-bridge-rtx3090", "NVLink bridge")
    dialog = sheet.findChild(PriceDialog)
    assert dialog.form.edits["id"].text() == "nvlink-bridge-rtx3090"
    qtbot.keyClicks(dialog.form.edits["price"], "180")
    dialog.keep.click()
    window.document.flush()
    QApplication.processEvents()
    assert window.document.assessment.cost.hardware_usd is not None
    row = next(c for c in sheet.table.bill.rows if c.row.kind == "bridge")
    assert row.row.unit_usd == 180.0


def click_price(qtbot, sheet, kind: str) -> PriceDialog:
    """Click a row's price with the mouse; the dialog that it opens."""
    table = sheet.table
    row = next(n for n, cells in enumerate(table.bill.rows) if cells.row.kind == kind)
    at = table.visualRect(table.bill.index(row, EACH)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    return next(found for found in sheet.findChildren(PriceDialog) if found.isVisible())


def test_that_a_price_of_a_part_is_saved_with_the_plan_and_named_where_it_differs(
    window, qtbot, tmp_path, monkeypatch
) -> None:
    folder = tmp_path / "mine"
    monkeypatch.setattr("moeplanner_gui.catalog.paths.user_catalogs_dir", lambda: folder)
    node = Node(host="sp3-7003", ram_gib=64, gpus=("rtx3090",))
    window.document.apply("x", Plan(model=window.document.plan.model, rig=Rig(nodes=(node,))))
    window.document.flush()
    sheet = window.bill.open()
    dialog = click_price(qtbot, sheet, "case")
    dialog.form.edits["price"].selectAll()
    qtbot.keyClicks(dialog.form.edits["price"], "77")
    qtbot.keyClick(dialog.form.edits["price"], Qt.Key.Key_Return)
    sheet.reject()
    file = tmp_path / "plan.moeplan"
    window.document.mark_saved(file)
    assert window.files.save()
    window.document.flush()
    cost = window.document.assessment.cost.hardware_usd
    window.files.new()
    # The other person's computer.
    folder.rename(tmp_path / "gone")
    window.document.reload_catalog()
    assert window.files.open_path(file)
    window.document.flush()
    assert window.document.assessment.cost.hardware_usd == cost
    said = window.bars.bar("entries")
    assert "its own price of Full tower" in said.accessibleName()
    link = next(b for b in said.findChildren(QPushButton) if b.text() == "Use the price here")
    qtbot.mouseClick(link, Qt.MouseButton.LeftButton)
    window.document.flush()
    assert window.document.assessment.cost.hardware_usd != cost
    assert window.bars.bar("entries") is None


def test_that_a_price_set_now_stands_over_the_one_that_the_plan_brought(
    window, qtbot, tmp_path, monkeypatch
) -> None:
    folder = tmp_path / "mine"
    monkeypatch.setattr("moeplanner_gui.catalog.paths.user_catalogs_dir", lambda: folder)
    node = Node(host="sp3-7003", ram_gib=64, gpus=("rtx3090",))
    plan = Plan(model=window.document.plan.model, rig=Rig(nodes=(node,)))
    price = PriceRow(part_id="case-full-tower", kind="street_new", usd=77.0, date="2026-11-01",
                     source="a shop", confidence="high")  # fmt: skip
    window.document.open(plan, None, entries=Entries(prices=(price,)))
    sheet = window.bill.open()
    dialog = click_price(qtbot, sheet, "case")
    dialog.form.edits["price"].selectAll()
    qtbot.keyClicks(dialog.form.edits["price"], "88")
    qtbot.keyClick(dialog.form.edits["price"], Qt.Key.Key_Return)
    row = next(cells.row for cells in sheet.table.bill.rows if cells.row.kind == "case")
    assert row.unit_usd == 88.0


def test_that_a_price_is_kept_for_a_switch_that_the_catalogue_has_not(
    window, qtbot, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("moeplanner_gui.catalog.paths.user_catalogs_dir", lambda: tmp_path / "mine")
    node = Node(host="sp3-7003", ram_gib=64, gpus=("rtx3090",))
    rig = Rig(nodes=(node,) * 5, network="100gbe")
    window.document.apply("x", Plan(model=window.document.plan.model, rig=rig))
    window.document.flush()
    sheet = window.bill.open()
    dialog = click_price(qtbot, sheet, "switch")
    qtbot.keyClicks(dialog.form.edits["price"], "1500")
    qtbot.keyClick(dialog.form.edits["price"], Qt.Key.Key_Return)
    row = next(cells.row for cells in sheet.table.bill.rows if cells.row.kind == "switch")
    assert row.unit_usd == 1500.0
    window.document.flush()
    assert window.document.assessment.cost.hardware_usd is not None


def test_that_a_price_from_the_bill_takes_a_figure_and_return_and_is_of_today(
    window, qtbot, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("moeplanner_gui.catalog.paths.user_catalogs_dir", lambda: tmp_path / "mine")
    old = PriceEntry(part_id="case-full-tower", kind="street_new", usd=70.0, date="2025-01-02",
                     source="a shop", confidence="high")  # fmt: skip
    UserPrices(tmp_path / "mine").keep(old)
    window.document.reload_catalog()
    node = Node(host="sp3-7003", ram_gib=64, gpus=("rtx3090",))
    window.document.apply("x", Plan(model=window.document.plan.model, rig=Rig(nodes=(node,))))
    window.document.flush()
    sheet = window.bill.open()
    dialog = click_price(qtbot, sheet, "case")
    assert dialog.form.edits["price"].selectedText()
    qtbot.keyClicks(dialog.form.edits["price"], "88")
    qtbot.keyClick(dialog.form.edits["price"], Qt.Key.Key_Return)
    assert not dialog.isVisible() and sheet.isVisible()
    kept = UserPrices(tmp_path / "mine").hardware["case-full-tower"]
    assert kept.usd == 88.0 and kept.date == date.today().isoformat() and kept.source == "a shop"
    dialog = click_price(qtbot, sheet, "psu")
    assert dialog.form.edits["source"].text() == "typed in"


def test_that_several_prices_of_a_plan_are_named_together(window) -> None:
    rows = tuple(
        PriceRow(part_id=part, kind="street_new", usd=77.0, date="2026-11-01", source="a shop",
                 confidence="high")
        for part in ("case-full-tower", "rtx3090")
    )  # fmt: skip
    window.document.open(window.document.plan, None, entries=Entries(prices=rows))
    window.files.say_what_the_plan_brings()
    said = window.bars.bar("entries").accessibleName()
    assert "its own prices of Full tower and RTX 3090. They differ from the prices here" in said


def test_that_names_in_the_bill_keep_their_room_where_text_is_larger(window, monkeypatch) -> None:
    table = window.bill.open().table
    table.resize(500, 300)
    table.fit_columns()
    assert table.columnWidth(PART) == 150
    monkeypatch.setattr("moeplanner_gui.ui.bill.table.factor", lambda: 1.5)
    table.fit_columns()
    assert table.columnWidth(PART) == 225
