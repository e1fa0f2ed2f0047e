"""The palette: what it lists, finds, adds and drags."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QAccessible

from moeplanner_gui.core.plan import CustomCard, CustomSlot, Plan, Rig
from moeplanner_gui.ui.drag import CardDrag, HostDrag, from_mime
from moeplanner_gui.ui.parts.model import PartsModel
from moeplanner_gui.ui.parts.rows import closest, filtered, part_rows

OWN = CustomSlot(custom=CustomCard(name="Bench card", memory_mib=49152))


def names(rows):
    return [row.name for row in rows]


@pytest.fixture
def model(catalog, qtmodeltester):
    result = PartsModel()
    result.set_rows(part_rows(catalog, [OWN]))
    return result


def test_that_the_model_keeps_the_rules_of_item_models(model, qtmodeltester):
    qtmodeltester.check(model)
    model.set_rows(())
    qtmodeltester.check(model)


def test_that_parts_stand_in_their_groups(model):
    groups = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert groups == [
        "NVIDIA workstation",
        "GeForce",
        "AMD",
        "Other",
        "Hosts",
        "Only in this plan",
    ]


def test_that_an_unverified_figure_has_a_question_mark_and_a_missing_price_a_dash(catalog):
    rows = {row.id: row for row in part_rows(catalog)}
    assert rows["rtxpro6000"].usd == "? 8,500"
    assert rows["rtx5090"].usd == "1,999"
    assert rows["w7900"].usd == "–"
    assert rows["rtx4090"].memory == "? 24"


def test_that_the_tooltip_tells_bandwidth_watts_price_date_and_what_is_not_verified(catalog):
    rows = {row.id: row for row in part_rows(catalog)}
    assert "1,790 GB/s · 600 W" in rows["rtx5090"].tip
    assert "2026-11-01" in rows["rtx5090"].tip
    assert "a shop" in rows["rtx5090"].tip
    assert "Not verified: memory (GB)" in rows["rtx4090"].tip
    assert "No price known" in rows["w7900"].tip


@pytest.mark.parametrize(
    ("text", "chip", "found"),
    [
        ("", "NVIDIA", ["RTX PRO 6000", "RTX 5090", "RTX 4090"]),
        ("", "AMD", ["Radeon PRO W7900"]),
        ("", "Other", ["Blackhole p150"]),
        ("", "Hosts", ["Threadripper PRO 8ch DDR5-4800", "EPYC 9004"]),
        ("50 rtx", "All", ["RTX 5090"]),
        ("RTX5090", "All", ["RTX 5090"]),
        ("radeon", "NVIDIA", []),
    ],
)
def test_that_search_and_filter_narrow_the_list(catalog, text, chip, found):
    assert names(filtered(part_rows(catalog), text, chip)) == found


def test_that_an_unknown_name_leads_to_its_neighbours(catalog):
    assert closest(part_rows(catalog), "rtx 6090")[0] in ("RTX 5090", "RTX 4090")
    assert closest(part_rows(catalog), "zzzzzzzz") == ()


def test_that_a_search_without_result_says_so_and_offers_a_custom_card(stage, qtbot):
    stage.parts.search.setText("rtx 6090")
    assert stage.parts._nothing.none.text() == "No card is called “rtx 6090”"
    assert stage.parts._nothing.closest.text().startswith("Closest: RTX")
    assert stage.parts._nothing.as_custom.isVisible()
    assert not stage.actions.get("parts.add").isEnabled()


def test_that_a_part_becomes_mime_data_that_the_rig_understands(stage):
    model = stage.parts.model
    assert from_mime(model.mimeData([model.find("rtx5090")])) == CardDrag("parts", "rtx5090")
    assert from_mime(model.mimeData([model.find("sp5")])) == HostDrag("sp5")
    assert from_mime(model.mimeData([model.index(0, 0)])) is None


def test_that_only_parts_can_be_dragged(stage):
    model = stage.parts.model
    assert model.flags(model.find("rtx5090")) & Qt.ItemFlag.ItemIsDragEnabled
    assert not model.flags(model.index(0, 0)) & Qt.ItemFlag.ItemIsDragEnabled
    assert model.flags(QModelIndex()) == Qt.ItemFlag.NoItemFlags


def test_that_enter_adds_the_selected_part_to_the_selected_node(stage, qtbot):
    stage.parts.select("rtx4090")
    stage.document.select(1, None)
    qtbot.keyClick(stage.parts.tree, Qt.Key.Key_Return)
    assert stage.names == [["rtxpro6000", "rtx5090"], ["rtx4090", "rtx4090"]]
    assert stage.document.undo_stack.undoText() == "Add RTX 4090"
    assert stage.document.selection == (1, 1)


def test_that_a_part_goes_to_the_first_node_when_nothing_is_selected(stage):
    stage.parts.select("rtx4090")
    stage.actions.get("parts.add").trigger()
    assert stage.names[0] == ["rtxpro6000", "rtx5090", "rtx4090"]


def test_that_a_part_on_an_empty_rig_makes_a_node(make_stage):
    stage = make_stage(Plan(model="any", rig=Rig(nodes=())))
    stage.parts.select("rtx5090")
    stage.parts.add_selected()
    assert stage.names == [["rtx5090"]]


def test_that_enter_on_a_host_changes_the_host_of_the_selected_node(stage, qtbot):
    stage.document.select(1, 0)
    stage.parts.select("sp5")
    qtbot.keyClick(stage.parts.tree, Qt.Key.Key_Return)
    assert stage.document.plan.rig.nodes[1].host == "sp5"


def test_that_enter_in_the_search_field_adds_the_first_match(stage, qtbot):
    qtbot.keyClicks(stage.parts.search, "4090")
    qtbot.keyClick(stage.parts.search, Qt.Key.Key_Return)
    assert stage.names[0][-1] == "rtx4090"


def test_that_enter_on_a_group_opens_and_closes_it(stage, qtbot):
    tree = stage.parts.tree
    group = stage.parts.model.index(1, 0)
    tree.setCurrentIndex(group)
    before = tree.isExpanded(group)
    qtbot.keyClick(tree, Qt.Key.Key_Return)
    assert tree.isExpanded(group) is not before
    assert stage.document.undo_stack.count() == 0


def test_that_a_search_without_result_hands_the_name_to_the_editor(stage, qtbot):
    stage.parts.search.setText("rtx 6090")
    with qtbot.waitSignal(stage.parts.new_card_wanted) as asked:
        qtbot.mouseClick(stage.parts._nothing.as_custom, Qt.MouseButton.LeftButton)
    assert asked.args == ["rtx 6090"]


def test_that_a_card_typed_into_the_plan_is_listed_as_only_there(make_stage, plan):
    nodes = plan.rig.nodes
    changed = plan.replace(rig=Rig(nodes=(nodes[0].model_copy(update={"gpus": (OWN,)}), nodes[1])))
    stage = make_stage(changed)
    assert stage.parts.model.find("custom:Bench card").isValid()


def test_that_a_row_tells_a_screen_reader_name_memory_and_price(stage):
    model = stage.parts.model
    role = Qt.ItemDataRole.AccessibleTextRole
    assert model.find("rtx5090").data(role) == "RTX 5090, 32 GB, 1,999 dollars"
    assert model.find("w7900").data(role) == "Radeon PRO W7900, 48 GB, no price"
    assert model.index(1, 0).data(role) == "GeForce, 2 parts"


def test_that_every_control_of_the_palette_has_a_name(stage):
    from PySide6.QtWidgets import QAbstractButton, QLineEdit, QTreeView

    for kind in (QAbstractButton, QLineEdit, QTreeView):
        for widget in stage.parts.findChildren(kind):
            if not widget.isVisible():
                continue
            name = QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
            assert name, widget
