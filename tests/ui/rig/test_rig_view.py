"""The rig builder: what slots say, what keys and menus do, that every edit can be taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QAccessible, QImage, QPainter
from PySide6.QtWidgets import QAbstractButton, QPushButton

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.plan import Node, Plan, Rig
from moeplanner_gui.ui.rig_builder.change import change_rows, drop_lines
from moeplanner_gui.ui.rig_builder.node_panel import flow
from moeplanner_gui.ui.rig_builder.notes import NoteRow
from moeplanner_gui.ui.rig_builder.paint_slot import SlotLook, paint_slot
from moeplanner_gui.ui.rig_builder.rig_rows import rig_rows
from moeplanner_gui.ui.rig_builder.slot import SlotWidget
from moeplanner_gui.ui.theme import LIGHT


def spoken(widget):
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


def select(stage, node, slot):
    stage.slot(node, slot).setFocus()
    stage.document.select(node, slot)


# -- what is shown ----------------------------------------------------------------------------


def test_that_a_slot_tells_a_screen_reader_card_memory_and_what_is_free(stage):
    text = spoken(stage.slot(0, 0))
    assert text.startswith("Slot 1: RTX PRO 6000 (96 GB), ")
    assert text.endswith(" GiB free, 1 note")
    assert spoken(stage.slot(0, 2)) == "Slot 3: empty"


def test_that_every_slot_is_reachable_for_assistive_technology(stage):
    interface = QAccessible.queryAccessibleInterface(stage.slot(0, 0))
    assert interface.role() == QAccessible.Role.Button
    assert interface.state().focusable
    for button in stage.rig.findChildren(QAbstractButton):
        if button.isVisible():
            assert spoken(button), button


def test_that_a_node_shows_at_least_four_slots_and_one_more_than_cards(stage, make_stage):
    assert [len(panel.slots) for panel in stage.rig.canvas.panels] == [4, 4]
    eight = make_stage(Plan(model="any", rig=Rig(nodes=(Node(gpus=("rtx4090",) * 8),))))
    assert len(eight.rig.canvas.panels[0].slots) == 9


def test_that_the_tightest_device_is_named_once(stage):
    rows = rig_rows(stage.document.plan, stage.document.assessment, stage.document.catalog)
    marked = [slot for node in rows for slot in node.slots if slot.tightest]
    assert len(marked) == 1
    assert marked[0].spoken.endswith("tightest")


def test_that_nothing_is_called_free_where_the_plan_cannot_run(stage):
    document = stage.document
    refused = replace(document.assessment, verdict="cannot_run", reasons=("Cannot run. No.",))
    rows = rig_rows(document.plan, refused, document.catalog)
    said = [slot.spoken for node in rows for slot in node.slots if slot.facts is not None]
    assert said
    assert all(text.endswith(", the plan cannot run") for text in said)
    assert all(node.memory is None for node in rows)
    image = QImage(260, 160, QImage.Format.Format_ARGB32)
    painter = QPainter(image)
    zones, bar = paint_slot(painter, QRectF(image.rect()), rows[0].slots[0], LIGHT, SlotLook())
    painter.end()
    assert [zone.path for zone in zones] == ["devices.0.usable_bytes"]
    assert bar == []


def test_that_figures_lag_behind_the_plan_without_a_crash(stage, catalog):
    empty = stage.document.plan.replace(rig=Rig(nodes=()))
    assert rig_rows(empty, stage.document.assessment, catalog) == ()
    rows = rig_rows(stage.document.plan, None, catalog)
    assert rows[0].slots[0].device is None


def test_that_cards_share_a_row_and_stand_in_columns():
    assert len(flow([False, False, True, True], 858)) == 1
    rows = flow([False] * 8 + [True], 858)
    assert {width for row in rows[:-1] for width in row} == {rows[0][0]}
    assert rows[-1][0] == rows[0][0]
    for row in rows:
        assert sum(row) + 10 * (len(row) - 1) <= 858


@pytest.mark.parametrize("width", [120, 240, 320, 500])
def test_that_a_narrow_panel_still_holds_every_slot(width):
    rows = flow([False, False, True, True], width)
    assert sum(len(row) for row in rows) == 4
    assert all(sum(row) + 10 * (len(row) - 1) <= width for row in rows)
    assert all(wide > 0 for row in rows for wide in row)


def test_that_a_finding_stands_below_the_rig_with_its_word(stage):
    names = [spoken(row) for row in stage.rig.canvas.notes.rows]
    assert names[0] == "Check: Slot 2 runs at x8."
    assert names[1] == "Note: A desktop on GPU 1 is assumed."


def test_that_a_click_on_a_finding_selects_what_it_is_about(stage, qtbot):
    row = stage.rig.canvas.notes.rows[0]
    qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    assert stage.document.selection == (0, 1)


def test_that_the_link_of_an_assumed_desktop_sets_the_node_headless(stage, qtbot):
    rows = stage.rig.canvas.findChildren(NoteRow)
    links = (button for row in rows for button in row.findChildren(QPushButton))
    link = next(button for button in links if button.text() == "Set headless")
    qtbot.mouseClick(link, Qt.MouseButton.LeftButton)
    assert stage.document.plan.rig.nodes[0].display == "headless"
    assert stage.document.undo_stack.undoText() == "Set headless"


def test_that_a_click_on_the_free_figure_asks_how_it_is_computed(stage, qtbot):
    slot = stage.slot(0, 1)
    slot.grab()
    zone = next(z for z in slot._zones if z.path.endswith("free_bytes"))
    with qtbot.waitSignal(stage.rig.explain_requested) as asked:
        qtbot.mouseClick(slot, Qt.MouseButton.LeftButton, pos=zone.rect.center().toPoint())
    assert asked.args == ["devices.1.free_bytes"]


def test_that_the_empty_rig_says_the_next_step(make_stage):
    stage = make_stage(Plan(model="any", rig=Rig(nodes=())))
    assert stage.rig.canvas.panels == []
    assert not stage.rig.fit.isVisible()
    assert not stage.rig.grab().isNull()


def test_that_a_plan_that_does_not_fit_says_why_and_by_how_much(make_stage, qtbot):
    stage = make_stage(Plan(model="any", rig=Rig(nodes=(Node(gpus=("rtx4090",)),))))
    assert stage.rig.fit.isVisible()
    assert "The weights are too large." in stage.rig.fit.summary.accessibleName()
    stage.parts.select("rtxpro6000")
    for _ in range(9):
        stage.parts.add_selected()
    stage.settle()
    assert stage.document.assessment.fits
    assert not stage.rig.fit.isVisible()


class Remedy:
    def __init__(self, title, plan):
        self.title, self.plan = title, plan
        self.detail, self.outcome = "Why.", "Fits, 1.0 GiB free, up to 4,096 tokens."
        self.brief, self.fits, self.unchecked = "Fits, 1.0 GiB free", True, False


def test_that_a_remedy_is_one_undo_step_by_click_and_by_number(make_stage, qtbot):
    before = Plan(model="any", rig=Rig(nodes=(Node(gpus=("rtx4090",)),)))
    after = Plan(model="any", rig=Rig(nodes=(Node(gpus=("rtxpro6000",) * 4),)))
    stage = make_stage(before)
    stage.rig.fit.show_remedies((Remedy("Buy more", after), Remedy("Buy less", before)))
    qtbot.mouseClick(stage.rig.fit.rows[0], Qt.MouseButton.LeftButton)
    assert stage.document.plan == after
    assert stage.document.undo_stack.undoText() == "Buy more"
    stage.document.undo_stack.undo()
    assert stage.document.plan == before
    stage.settle()
    qtbot.keyClick(stage.rig, Qt.Key.Key_1)
    assert stage.document.plan == after


def test_that_pointing_at_a_remedy_shows_it_in_the_bars_and_changes_nothing(make_stage):
    before = Plan(model="any", rig=Rig(nodes=(Node(gpus=("rtx4090",)),)))
    after = Plan(model="any", rig=Rig(nodes=(Node(gpus=("rtxpro6000",)),)))
    stage = make_stage(before)
    stage.rig.fit.show_remedies((Remedy("Another card", after),))
    stage.rig.fit.rows[0].pointed.emit(stage.rig.fit.rows[0].remedy)
    assert stage.slot(0, 0).row.facts.name == "RTX PRO 6000"
    assert stage.document.plan is before
    stage.rig.fit.rows[0].pointed.emit(None)
    assert stage.slot(0, 0).row.facts.name == "RTX 4090"


def test_that_both_themes_paint_every_state(stage):
    for mode in ("light", "dark"):
        stage.themes.set_mode(mode)
        assert not stage.window.grab().isNull()


# -- keys -------------------------------------------------------------------------------------


def test_that_delete_removes_the_selected_card(stage, qtbot):
    select(stage, 0, 0)
    stage.actions.get("rig.remove").trigger()
    assert stage.names == [["rtx5090"], ["rtx4090"]]
    assert stage.document.undo_stack.undoText() == "Remove RTX PRO 6000"
    assert stage.document.selection == (0, 0)


def test_that_ctrl_d_duplicates(stage):
    select(stage, 0, 0)
    stage.actions.get("rig.duplicate").trigger()
    assert stage.names[0] == ["rtxpro6000", "rtxpro6000", "rtx5090"]
    assert stage.document.selection == (0, 1)


def test_that_ctrl_arrows_move_within_and_between_nodes(stage):
    select(stage, 0, 0)
    stage.actions.get("rig.move_right").trigger()
    assert stage.names[0] == ["rtx5090", "rtxpro6000"]
    stage.actions.get("rig.move_right").trigger()
    assert stage.names[0] == ["rtx5090", "rtxpro6000"]
    stage.actions.get("rig.move_down").trigger()
    assert stage.names == [["rtx5090"], ["rtx4090", "rtxpro6000"]]
    assert stage.document.selection == (1, 1)
    stage.actions.get("rig.move_left").trigger()
    stage.actions.get("rig.move_up").trigger()
    assert stage.names == [["rtx5090", "rtxpro6000"], ["rtx4090"]]


def test_that_copy_and_paste_carry_the_card_in_its_mime_type(stage):
    select(stage, 0, 0)
    stage.actions.get("rig.copy").trigger()
    stage.document.select(1, None)
    stage.actions.get("rig.paste").trigger()
    assert stage.names == [["rtxpro6000", "rtx5090"], ["rtx4090", "rtxpro6000"]]


def test_that_cut_takes_the_card_off_and_paste_brings_it_back(stage):
    select(stage, 0, 1)
    stage.actions.get("rig.cut").trigger()
    assert stage.names[0] == ["rtxpro6000"]
    stage.actions.get("rig.paste").trigger()
    assert stage.names[0] == ["rtxpro6000", "rtx5090"]


def test_that_enter_on_an_empty_slot_adds_the_part_selected_in_the_palette(stage, qtbot):
    stage.parts.select("rtx5090")
    slot = stage.slot(1, 2)
    slot.setFocus()
    qtbot.keyClick(slot, Qt.Key.Key_Return)
    assert stage.names[1] == ["rtx4090", "rtx5090"]


def test_that_arrow_keys_move_the_focus_through_the_slots(stage, qtbot):
    stage.window.activateWindow()
    first = stage.slot(0, 0)
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Right)
    assert stage.rig.canvas.focusWidget() is stage.slot(0, 1)
    assert stage.document.selection == (0, 1)
    qtbot.keyClick(stage.slot(0, 1), Qt.Key.Key_Down)
    focus = stage.rig.canvas.focusWidget()
    assert isinstance(focus, SlotWidget)
    assert focus.row.node == 1 or focus.row.slot > 1


def test_that_commands_without_a_card_are_disabled(stage):
    stage.document.select(None)
    for name in ("remove", "duplicate", "copy", "cut", "move_left", "move_down"):
        assert not stage.actions.get(f"rig.{name}").isEnabled(), name
    stage.document.select(0, None)
    assert stage.actions.get("rig.remove").isEnabled()
    assert not stage.actions.get("rig.duplicate").isEnabled()


def test_that_delete_on_a_node_removes_the_node(stage):
    stage.document.select(1, None)
    stage.actions.get("rig.remove").trigger()
    assert stage.names == [["rtxpro6000", "rtx5090"]]


def test_that_taking_away_focused_nodes_leaves_no_stale_selection(make_stage, plan):
    stage = make_stage(plan.replace(rig=Rig(nodes=plan.rig.nodes * 3)))
    stage.window.activateWindow()
    stage.slot(5, 0).setFocus()
    stage.document.apply("Load", plan.replace(rig=Rig(nodes=plan.rig.nodes[:1])))
    stage.settle()
    assert len(stage.rig.canvas.panels) == 1
    selection = stage.document.selection
    assert selection is None or selection[0] == 0


def test_that_memory_is_written_in_the_unit_of_the_document(stage):
    stage.document.set_memory_unit("GB")
    assert " GB free" in stage.slot(0, 0).accessibleName()


def test_that_a_new_node_is_like_the_last_one(stage):
    stage.actions.get("rig.add_node").trigger()
    assert len(stage.document.plan.rig.nodes) == 3
    assert stage.document.selection == (2, None)
    stage.document.flush()
    assert len(stage.rig.canvas.panels) == 3


def test_that_the_node_menu_changes_host_memory_and_display(stage):
    menu = stage.rig.commands.node_menu(stage.rig, 1)
    by_text = {a.text(): a for sub in menu.actions() if sub.menu() for a in sub.menu().actions()}
    by_text["EPYC 9004"].trigger()
    by_text["128 GiB"].trigger()
    by_text["No display"].trigger()
    node = stage.document.plan.rig.nodes[1]
    assert (node.host, node.ram_gib, node.display) == ("sp5", 128, "headless")
    assert stage.document.undo_stack.count() == 3


def test_that_undo_to_the_start_restores_the_identical_plan(stage):
    before = stage.document.plan
    for node, slot, action in (
        (0, 0, "rig.duplicate"), (0, 0, "rig.move_right"), (0, 1, "rig.move_down"),
        (1, 0, "rig.remove"), (0, 0, "rig.cut"), (0, None, "rig.paste"), (0, 0, "rig.add_node"),
    ):  # fmt: skip
        stage.document.select(node, slot)
        stage.actions.get(action).trigger()
        stage.settle()
    assert stage.document.plan != before
    while stage.document.undo_stack.canUndo():
        stage.document.undo_stack.undo()
    assert stage.document.plan == before
    assert stage.document.plan.model_dump_json() == before.model_dump_json()


def test_that_slots_are_reused_so_that_the_focus_stays(stage):
    slots = [stage.slot(0, slot) for slot in range(4)]
    stage.document.select(0, 0)
    stage.actions.get("rig.duplicate").trigger()
    stage.settle()
    assert [stage.slot(0, slot) for slot in range(4)] == slots


# -- what a change would do -------------------------------------------------------------------


def test_that_the_change_is_told_in_the_target_and_in_the_table(stage, catalog):
    before = stage.document.plan
    after = before.replace(
        rig=Rig(nodes=(before.rig.nodes[0].model_copy(
            update={"gpus": (*before.rig.nodes[0].gpus, "rtxpro6000")}), before.rig.nodes[1]))
    )  # fmt: skip
    now, then = stage.document.preview(before), stage.document.preview(after)
    lines = drop_lines(now, then, (before, after), catalog)
    assert lines[0] == ("+96 GB · +600 W · +$8,500", "note")
    assert lines[1][0].endswith(" GiB over")
    assert lines[2] == ("Does not fit", "error")
    rows = {row.label: row for row in change_rows(now, then, (before, after))}
    assert rows["Verdict"].now == "Does not fit"
    assert rows["Longest context"].now == "none"


def test_that_a_new_remark_of_the_change_is_a_warning_in_the_target(stage, catalog, change):
    plan = stage.document.plan
    now = stage.document.assessment
    then = change(now, findings=(*now.findings, Finding("psu", "warning", "node 1", "Too small.")))
    lines = drop_lines(now, then, (plan, plan), catalog)
    assert ("Too small.", "warning") in lines


def test_that_a_drop_among_sixteen_cards_keeps_the_widgets_of_the_others(make_stage):
    nodes = tuple(Node(gpus=("rtx4090",) * 8, ram_gib=64) for _ in range(2))
    stage = make_stage(Plan(model="any", rig=Rig(nodes=nodes)))
    before = set(stage.rig.findChildren(SlotWidget))
    stage.document.select(0, 0)
    stage.actions.get("rig.duplicate").trigger()
    stage.settle()
    after = set(stage.rig.findChildren(SlotWidget))
    assert before <= after
    assert len(after) == len(before) + 1


def test_that_delete_in_the_search_field_edits_the_text_and_not_the_rig(stage, qtbot):
    stage.window.activateWindow()
    qtbot.waitUntil(stage.window.isActiveWindow)
    stage.document.select(0, 0)
    stage.parts.search.setFocus()
    stage.parts.search.setText("rtx")
    stage.parts.search.home(False)
    qtbot.keyClick(stage.parts.search, Qt.Key.Key_Delete)
    assert stage.parts.search.text() == "tx"
    assert stage.document.undo_stack.count() == 0
