"""The editor of a card's memory, by mouse and keyboard, on the real estimator."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core import edits
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import CardMemory, CustomCard, CustomSlot, Node, Plan, Rig, TunedSlot
from moeplanner_gui.core.units import GIB
from moeplanner_gui.export.plan_file import plan_from_json, plan_to_json
from moeplanner_gui.ui.drag import CardDrag, from_mime, to_mime
from moeplanner_gui.ui.rig_builder.memory_editor import MemoryEditor

OTHER = CardMemory(other_mib=4000)


@pytest.fixture(scope="module")
def shipped():
    return load_catalog()


@pytest.fixture
def catalog(shipped):
    """The real rows: the preview evaluates."""
    return shipped


@pytest.fixture
def make(make_stage):
    def build(*cards, model="llama-3.1-8b", **node):
        rig = Rig(nodes=(Node(gpus=cards, ram_gib=64, **node),))
        return make_stage(Plan(model=model, rig=rig), evaluate)

    return build


@pytest.fixture
def opened(make, qtbot):
    """A rig of three equal cards with the editor of the second open."""
    stage = make("rtx4090", "rtx4090", "rtx4090")
    return stage, open_editor(stage, qtbot, 0, 1)


def open_editor(stage, qtbot, node, slot=None) -> MemoryEditor:
    stage.rig.commands.open_memory(node, slot)
    editor = stage.rig.findChildren(MemoryEditor)[-1]
    qtbot.waitExposed(editor)
    return editor


def type_into(qtbot, editor, key, text) -> None:
    spin = editor._spins[key]
    spin.setFocus()
    spin.selectAll()
    qtbot.keyClicks(spin, text)


def button(editor, name) -> QPushButton:
    return editor.findChild(QPushButton, name)


def gpus(stage):
    return stage.document.plan.rig.nodes[0].gpus


def test_that_a_value_counts_as_it_is_typed_and_nothing_is_applied_yet(opened, qtbot) -> None:
    stage, editor = opened
    before = editor.usable.text()
    type_into(qtbot, editor, "other_mib", "4000")
    assert editor._origins["other_mib"].text() == "edited"
    assert editor._sizes["other_mib"].text() == "3.91 GiB"
    assert editor.usable.text() != before
    assert "(now 23.62 GiB)" in editor.usable.text()
    assert editor.verdict.text().startswith("Fits.")
    assert gpus(stage) == ("rtx4090",) * 3
    assert stage.document.undo_stack.count() == 0


def test_that_ok_applies_to_this_card_as_one_undo_step(opened, qtbot) -> None:
    stage, editor = opened
    type_into(qtbot, editor, "other_mib", "4000")
    type_into(qtbot, editor, "driver_mib", "500")
    qtbot.mouseClick(editor.ok, Qt.MouseButton.LeftButton)
    tuned = TunedSlot(gpu="rtx4090", memory=CardMemory(driver_mib=500, other_mib=4000))
    assert gpus(stage) == ("rtx4090", tuned, "rtx4090")
    assert stage.document.undo_stack.undoText() == "Edit memory of GPU 2, RTX 4090"
    stage.document.undo_stack.undo()
    assert gpus(stage) == ("rtx4090",) * 3
    assert stage.document.undo_stack.index() == 0


def test_that_return_in_a_field_is_ok(opened, qtbot) -> None:
    stage, editor = opened
    type_into(qtbot, editor, "other_mib", "4000")
    qtbot.keyClick(editor._spins["other_mib"], Qt.Key.Key_Return)
    assert gpus(stage)[1] == TunedSlot(gpu="rtx4090", memory=OTHER)
    assert not editor.isVisible()


def test_that_cancel_and_escape_change_nothing(opened, qtbot, make) -> None:
    stage, editor = opened
    type_into(qtbot, editor, "other_mib", "4000")
    qtbot.mouseClick(editor.cancel, Qt.MouseButton.LeftButton)
    assert stage.document.undo_stack.count() == 0
    again = open_editor(stage, qtbot, 0, 0)
    type_into(qtbot, again, "other_mib", "9")
    qtbot.keyClick(again, Qt.Key.Key_Escape)
    assert stage.document.undo_stack.count() == 0


def test_that_apply_keeps_the_window_and_ok_after_it_adds_no_step(opened, qtbot) -> None:
    stage, editor = opened
    type_into(qtbot, editor, "other_mib", "4000")
    qtbot.mouseClick(button(editor, "apply_one"), Qt.MouseButton.LeftButton)
    assert editor.isVisible()
    assert stage.document.undo_stack.count() == 1
    qtbot.mouseClick(editor.ok, Qt.MouseButton.LeftButton)
    assert stage.document.undo_stack.count() == 1


def test_that_all_equal_cards_get_the_same_memory_in_one_step(make, qtbot) -> None:
    stage = make("rtx4090", "rtx5090", "rtx4090")
    editor = open_editor(stage, qtbot, 0, 2)
    assert editor.apply_all.text() == "Apply to all 2 equal cards"
    type_into(qtbot, editor, "other_mib", "4000")
    qtbot.mouseClick(editor.apply_all, Qt.MouseButton.LeftButton)
    tuned = TunedSlot(gpu="rtx4090", memory=OTHER)
    assert gpus(stage) == (tuned, "rtx5090", tuned)
    assert stage.document.undo_stack.count() == 1


def test_that_a_lonely_card_has_no_equals_to_apply_to(make, qtbot) -> None:
    stage = make("rtx4090", "rtx5090")
    editor = open_editor(stage, qtbot, 0, 0)
    assert not editor.apply_all.isEnabled()


def test_that_use_the_rule_takes_one_edit_back(make, qtbot) -> None:
    memory = CardMemory(driver_mib=500, other_mib=4000)
    stage = make(TunedSlot(gpu="rtx4090", memory=memory))
    editor = open_editor(stage, qtbot, 0, 0)
    assert button(editor, "driver_mib-reset").isVisible()
    assert not button(editor, "context_mib-reset").isVisible()
    qtbot.mouseClick(button(editor, "driver_mib-reset"), Qt.MouseButton.LeftButton)
    assert editor._spins["driver_mib"].value() == 369
    assert editor._origins["driver_mib"].text() == "by rule"
    assert editor._origins["other_mib"].text() == "edited"
    qtbot.mouseClick(button(editor, "other_mib-reset"), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(editor.ok, Qt.MouseButton.LeftButton)
    assert gpus(stage) == ("rtx4090",)


def test_that_terms_larger_than_the_card_cannot_be_applied(opened, qtbot) -> None:
    stage, editor = opened
    type_into(qtbot, editor, "other_mib", "90000")
    assert editor.verdict.text() == ("The terms take 90,983 MiB together; the card has 24,564 MiB.")
    for blocked in (editor.ok, editor.apply_one, editor.apply_all):
        assert not blocked.isEnabled()
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert gpus(stage) == ("rtx4090",) * 3
    type_into(qtbot, editor, "other_mib", "9000")
    assert editor.ok.isEnabled()


def test_that_an_assumed_desktop_is_told_and_can_be_chosen(make, qtbot) -> None:
    stage = make("rtx4090")
    editor = open_editor(stage, qtbot, 0, 0)
    assert editor._origins["desktop_mib"].text() == "assumed"
    box = editor.findChild(QComboBox, "screen")
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Down)
    assert box.currentData() == "headless"
    assert editor._spins["desktop_mib"].value() == 0
    assert editor._origins["desktop_mib"].text() == "by rule"
    qtbot.mouseClick(editor.ok, Qt.MouseButton.LeftButton)
    assert stage.document.plan.rig.nodes[0].display == "headless"


def test_that_error_correction_is_offered_where_both_figures_were_seen(make, qtbot) -> None:
    stage = make("rtxa6000", "rtx4090")
    assert open_editor(stage, qtbot, 0, 1).ecc is None
    editor = open_editor(stage, qtbot, 0, 0)
    assert editor.ecc is not None
    editor.ecc.setFocus()
    qtbot.keyClick(editor.ecc, Qt.Key.Key_Down)
    assert "46,068 MiB" in editor._capacity.text()
    qtbot.mouseClick(editor.ok, Qt.MouseButton.LeftButton)
    assert gpus(stage)[0] == TunedSlot(gpu="rtxa6000", memory=CardMemory(ecc=True))


def test_that_a_custom_card_has_its_reserve_in_the_same_editor(make, qtbot) -> None:
    own = CustomSlot(custom=CustomCard(name="own", memory_mib=49_152))
    stage = make(own)
    editor = open_editor(stage, qtbot, 0, 0)
    assert list(editor._spins) == ["reserved_mib"]
    assert editor._origins["reserved_mib"].text() == "by rule"
    type_into(qtbot, editor, "reserved_mib", "1024")
    qtbot.mouseClick(editor.ok, Qt.MouseButton.LeftButton)
    assert gpus(stage)[0].custom.reserved_mib == 1024
    again = open_editor(stage, qtbot, 0, 0)
    type_into(qtbot, again, "reserved_mib", "60000")
    assert not again.ok.isEnabled()
    qtbot.mouseClick(button(again, "reserved_mib-reset"), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(again.ok, Qt.MouseButton.LeftButton)
    assert gpus(stage)[0] == own


def test_that_the_wired_limit_is_edited_as_what_the_gpu_may_use(make, qtbot, shipped) -> None:
    card = next(row for row in shipped.gpus.values() if row.vendor == "Apple")
    stage = make(card.id)
    editor = open_editor(stage, qtbot, 0, 0)
    assert editor.display is None
    type_into(qtbot, editor, "wired_limit_mib", "28000")
    assert editor._spins["wired_limit_mib"].value() == 28_000
    qtbot.mouseClick(editor.ok, Qt.MouseButton.LeftButton)
    assert gpus(stage)[0].memory.wired_limit_mib == 28_000
    again = open_editor(stage, qtbot, 0, 0)
    type_into(qtbot, again, "wired_limit_mib", "900000")
    assert not again.ok.isEnabled()


def test_that_host_memory_and_disk_of_a_node_are_edited(make, qtbot) -> None:
    stage = make("rtx4090")
    editor = open_editor(stage, qtbot, 0)
    assert not editor.apply_all.isVisible()
    type_into(qtbot, editor, "system_mib", "2048")
    editor.disk.setFocus()
    editor.disk.selectAll()
    qtbot.keyClicks(editor.disk, "1800")
    editor.disk_speed.setFocus()
    editor.disk_speed.selectAll()
    qtbot.keyClicks(editor.disk_speed, "7.1")
    qtbot.mouseClick(editor.ok, Qt.MouseButton.LeftButton)
    node = stage.document.plan.rig.nodes[0]
    assert (node.system_mib, node.disk_gib, node.disk_read_gbs) == (2048, 1800, 7.1)
    stage.settle()
    host = next(d for d in stage.document.assessment.devices if d.kind == "host")
    assert host.usable_bytes == 62 * GIB
    again = open_editor(stage, qtbot, 0)
    type_into(qtbot, again, "system_mib", "99999")
    assert not again.ok.isEnabled()


def test_that_undo_while_the_editor_is_open_is_shown_in_it(opened, qtbot) -> None:
    stage, editor = opened
    type_into(qtbot, editor, "other_mib", "4000")
    qtbot.mouseClick(button(editor, "apply_one"), Qt.MouseButton.LeftButton)
    stage.document.undo_stack.undo()
    assert editor._spins["other_mib"].value() == 0
    assert editor._origins["other_mib"].text() == "by rule"


def test_that_the_editor_closes_when_its_card_is_taken_away(opened) -> None:
    stage, editor = opened
    stage.document.apply("Remove", edits.remove_node(stage.document.plan, 0))
    assert not editor.isVisible()


def test_that_the_editor_opens_by_click_key_and_menu(make, qtbot) -> None:
    stage = make("rtx4090", "rtx4090")
    slot = stage.slot(0, 0)
    slot.grab()
    held = next(s.rect for s in slot._segments if s.key == "held_back")
    qtbot.mouseClick(slot, Qt.MouseButton.LeftButton, pos=held.center().toPoint())
    assert editors(stage) == ["Memory of GPU 1, RTX 4090"]
    stage.slot(0, 1).setFocus()
    QApplication.processEvents()
    action = stage.actions.get("rig.card_memory")
    assert action.isEnabled()
    assert action in stage.rig.commands.slot_menu(stage.rig, 0).actions()
    assert action.shortcut().toString() == "Ctrl+Shift+M"
    action.trigger()
    assert editors(stage)[-1] == "Memory of GPU 2, RTX 4090"
    stage.document.select(None)
    assert not action.isEnabled()


def test_that_a_click_counts_where_it_began_when_the_slot_scrolls_away(make, qtbot) -> None:
    stage = make("rtx4090", "rtx4090")
    slot = stage.slot(0, 0)
    slot.grab()
    held = next(s.rect for s in slot._segments if s.key == "held_back").center().toPoint()
    qtbot.mousePress(slot, Qt.MouseButton.LeftButton, pos=held)
    qtbot.mouseRelease(slot, Qt.MouseButton.LeftButton, pos=held - QPoint(0, 30))
    assert editors(stage) == ["Memory of GPU 1, RTX 4090"]


def test_that_the_host_editor_opens_from_what_the_system_keeps_and_from_the_menu(
    make, qtbot
) -> None:
    stage = make("rtx4090")
    line = stage.rig.canvas.panels[0].memory
    line.grab()
    held = next(s.rect for s in line._segments if s.key == "held_back")
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=held.center().toPoint())
    assert editors(stage) == ["Memory and disk of Workstation"]
    menu = stage.rig.commands.node_menu(stage.rig, 0)
    next(a for a in menu.actions() if a.text() == "Memory and disk…").trigger()
    assert len(editors(stage)) == 2


def test_that_the_panel_of_a_plan_that_does_not_fit_leads_to_the_card_that_decides(
    make, qtbot
) -> None:
    stage = make("rtx4090", model="deepseek-v4-flash")
    assert stage.rig.fit.card_memory.text() == "Memory of GPU 1…"
    qtbot.mouseClick(stage.rig.fit.card_memory, Qt.MouseButton.LeftButton)
    assert editors(stage) == ["Memory of GPU 1, RTX 4090"]


def editors(stage) -> list[str]:
    return [editor.windowTitle() for editor in stage.rig.findChildren(MemoryEditor)]


def test_that_an_edited_card_carries_a_mark(make) -> None:
    stage = make("rtx4090", TunedSlot(gpu="rtx4090", memory=OTHER))
    plain, edited = stage.slot(0, 0), stage.slot(0, 1)
    assert "memory edited" not in plain.accessibleName()
    assert "memory edited" in edited.accessibleName()
    head = [slot.grab().copy(slot.width() - 110, 4, 80, 24).toImage() for slot in (plain, edited)]
    assert head[0] != head[1]


def test_that_an_edited_card_survives_drag_duplicate_move_save_and_reload(make) -> None:
    tuned = TunedSlot(gpu="rtx4090", memory=OTHER)
    stage = make(tuned, "rtx5090")
    mime = to_mime(CardDrag("rig", tuned, 0, 0), "RTX 4090")
    assert from_mime(mime) == CardDrag("rig", tuned, 0, 0)
    stage.document.select(0, 0)
    stage.actions.get("rig.duplicate").trigger()
    assert gpus(stage) == (tuned, tuned, "rtx5090")
    stage.actions.get("rig.move_right").trigger()
    assert gpus(stage) == (tuned, "rtx5090", tuned)
    stage.actions.get("rig.copy").trigger()
    stage.actions.get("rig.paste").trigger()
    assert gpus(stage)[-1] == tuned
    text = plan_to_json(stage.document.plan)
    assert plan_from_json(text) == stage.document.plan
    assert json.loads(text)["rig"]["nodes"][0]["gpus"][0] == {
        "gpu": "rtx4090",
        "memory": {"other_mib": 4000},
    }


def test_that_every_field_of_the_editor_has_a_name_and_a_rule(make) -> None:
    stage = make("gb10")
    stage.rig.commands.open_memory(0, 0)
    editor = stage.rig.findChildren(MemoryEditor)[-1]
    assert "system_mib" in editor._spins
    for key, spin in editor._spins.items():
        assert spin.accessibleName()
        assert spin.toolTip()
        assert button(editor, f"{key}-reset").accessibleName().startswith("Use the rule for")


def test_that_the_editor_paints_in_both_themes(opened) -> None:
    stage, editor = opened
    for mode in ("dark", "light"):
        stage.themes.set_mode(mode)
        assert not editor.grab().isNull()
    assert editor.width() >= 600
    assert editor.mapToGlobal(QPoint(0, 0)) is not None
