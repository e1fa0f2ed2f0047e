"""The line of parts under a computer's head, and the editor behind it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QMenu
from shiboken6 import isValid

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.bill import disk_tb_of
from moeplanner_gui.core.part_edits import change_host
from moeplanner_gui.core.plan import CustomCard, CustomSlot, DetectedNode, Node, NodePart, Plan, Rig
from moeplanner_gui.ui.rig_builder.parts_editor import PartsEditor
from moeplanner_gui.ui.rig_builder.parts_rows import NO_HOST, node_parts

SERVER = Node(host="sp3-7003", ram_gib=256, gpus=("rtx3090", "rtx3090"))


@pytest.fixture(scope="module")
def catalog():
    return load_catalog()


@pytest.fixture
def plan():
    return Plan(model="qwen3-30b-a3b", weights="q4_k_m", rig=Rig(nodes=(SERVER,)))


@pytest.fixture
def stage(make_stage, plan):
    return make_stage(plan, evaluate)


@pytest.fixture
def editor(stage):
    stage.rig.commands.open_parts(0)
    QApplication.processEvents()
    found = stage.window.findChild(PartsEditor)
    assert found is not None
    return found


def parts_of(stage):
    return {part.part: part.count for part in stage.document.plan.rig.nodes[0].parts or ()}


def first_parts(plan, catalog):
    return node_parts(plan.rig.nodes[0], disk_tb_of(plan, catalog), catalog)


def with_node(plan, **changes):
    node = plan.rig.nodes[0].model_copy(update=changes)
    return plan.replace(rig=plan.rig.model_copy(update={"nodes": (node,)}))


def row_of(editor, kind):
    kinds = [line.kind for line in editor._edit.lines()]
    return kinds.index(kind)


def widget(editor, name):
    found = editor.findChild(object, name)
    assert found is not None, name
    return found


def test_that_the_line_names_the_parts_and_says_which_are_assumed(plan, catalog):
    shown = first_parts(plan, catalog)
    words = [piece.words for piece in shown.pieces]
    assert words == [
        "ASRock Rack ROMED8-2T", "EPYC 7543", "2,000 W, Titanium", "Full tower", "1 TB NVMe disk"
    ]  # fmt: skip
    assert all(piece.assumed for piece in shown.pieces)
    assert "EPYC 7543, assumed" in shown.spoken and shown.price.startswith("$")


def test_that_the_line_says_what_is_missing_and_what_cannot_be_counted(plan, catalog):
    supply = with_node(plan, parts=(NodePart(part="psu-1600-w"),))
    assert first_parts(supply, catalog).price.endswith("1 without a price")
    nothing = with_node(plan, parts=(NodePart(part="board-sp3-asrock-romed8-2t"),))
    missing = [p.words for p in first_parts(nothing, catalog).pieces if p.missing]
    assert missing == ["processor for EPYC 7003 8ch DDR4-3200", "power supply"]
    assert first_parts(with_node(plan, host=None), catalog).remark == NO_HOST
    assert first_parts(with_node(plan, mine=True), catalog).price == "here already"
    card = CustomSlot(custom=CustomCard(name="Bench card", memory_mib=49_152))
    unknown = first_parts(with_node(plan, gpus=(card,)), catalog)
    assert "power supply of unknown size, assumed" in unknown.spoken


def test_that_the_line_is_reached_by_keyboard_and_opens_the_editor(stage, qtbot):
    line = stage.rig.canvas.panels[0].parts
    line.setFocus()
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert stage.window.findChild(PartsEditor) is not None
    assert "assumed" in line.accessibleName()


def test_that_a_change_of_parts_moves_no_slot(stage):
    before = [slot.y() for slot in stage.rig.canvas.slots()]
    changed = with_node(stage.document.plan, parts=(NodePart(part="psu-1600-w", count=2),))
    stage.document.apply("Change", changed)
    stage.settle()
    assert [slot.y() for slot in stage.rig.canvas.slots()] == before
    assert "2 × 1,600 W" in stage.rig.canvas.panels[0].parts.accessibleName()


def test_that_swapping_a_part_makes_the_others_chosen_and_is_one_step(stage, editor):
    box = widget(editor, f"row{row_of(editor, 'psu')}-choice")
    box.setCurrentIndex(box.findData("psu-seasonic-prime-tx-1600"))
    assert stage.document.undo_stack.count() == 0
    editor.ok.click()
    assert parts_of(stage)["psu-seasonic-prime-tx-1600"] == 1
    assert "board-sp3-asrock-romed8-2t" in parts_of(stage)
    assert stage.document.undo_stack.count() == 1
    assert stage.document.undo_stack.undoText() == "Edit parts of Workstation"


def test_that_counts_and_delete_change_the_list(stage, editor, qtbot):
    widget(editor, f"row{row_of(editor, 'psu')}-count").setValue(2)
    assert parts_in(editor)["psu-2000-w-titanium"] == 2
    QApplication.processEvents()
    remove = widget(editor, f"row{row_of(editor, 'disk')}-remove")
    remove.setFocus()
    qtbot.keyClick(remove, Qt.Key.Key_Delete)
    assert "nvme-consumer-per-tb" not in parts_in(editor)
    editor.reject()
    assert stage.document.undo_stack.count() == 0


def test_that_the_keyboard_stays_in_the_field_that_was_changed(editor):
    name = f"row{row_of(editor, 'psu')}-count"
    widget(editor, name).setFocus()
    widget(editor, name).setValue(2)
    assert editor.focusWidget() is widget(editor, name)


def parts_in(editor):
    return {part.part: part.count for part in editor._edit.row.parts or ()}


def test_that_only_parts_that_go_in_can_be_added(editor):
    editor.add.menu().aboutToShow.emit()
    groups = {action.text(): action.menu() for action in editor.add.menu().actions()}
    bridge = next(a for a in groups["Risers and bridges"].actions() if "A6000" in a.text())
    assert not bridge.isEnabled() and "It joins two of" in bridge.toolTip()
    card = next(a for a in groups["Network"].actions() if a.isEnabled())
    card.trigger()
    assert any(name.startswith("nic-") for name in parts_in(editor))


def test_that_the_menu_outlives_what_is_chosen_from_it_and_keeps_no_old_groups(editor):
    menu = editor.add.menu()
    for _ in range(2):
        menu.aboutToShow.emit()
        groups = {action.text(): action.menu() for action in menu.actions()}
        next(a for a in groups["Network"].actions() if a.isEnabled()).trigger()
        # While it is still open, the button would look for a menu that is gone.
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert isValid(menu) and editor.add.menu() is menu
    menu.aboutToShow.emit()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert len(menu.findChildren(QMenu)) == len(menu.actions())


def test_that_memory_is_chosen_by_modules_size_and_speed(stage, editor):
    size = widget(editor, "row-memory-size")
    size.setCurrentIndex(size.findData(64))
    speed = widget(editor, "row-memory-speed")
    speed.setCurrentIndex(speed.findData(2933))
    widget(editor, "row-memory-count").setValue(4)
    editor.ok.click()
    node = stage.document.plan.rig.nodes[0]
    assert (node.ram_gib, node.memory_mt_s, node.memory_channels) == (256, 2933, 4)


def test_that_a_refusal_is_said_and_changes_nothing(editor):
    widget(editor, "row-memory-count").setValue(16)
    assert "8 slots for memory" in editor.answer.text()
    assert editor._edit.row.ram_gib == 256


def test_that_the_usual_parts_come_back_and_mine_costs_nothing(stage, editor):
    widget(editor, f"row{row_of(editor, 'psu')}-count").setValue(2)
    assert editor.usual.isEnabled()
    editor.usual.click()
    assert editor._edit.row.parts is None
    editor.mine.click()
    editor.ok.click()
    assert stage.document.plan.rig.nodes[0].mine
    stage.settle()
    assert stage.document.assessment.cost.hardware_usd == 0.0


def test_that_undo_behind_the_editor_is_shown_in_it(stage, editor):
    stage.document.apply("Change", with_node(stage.document.plan, mine=True))
    assert editor.mine.isChecked()
    stage.document.undo_stack.undo()
    assert not editor.mine.isChecked()


def test_that_every_field_of_the_editor_has_a_name(editor):
    for kind in (QAbstractButton, QComboBox, QAbstractSpinBox):
        for field in editor.findChildren(kind):
            if field.isVisible():
                name = QAccessible.queryAccessibleInterface(field).text(QAccessible.Text.Name)
                assert name, field.objectName()


def test_that_a_duplicate_of_my_computer_is_to_be_bought(stage):
    stage.document.apply("Change", with_node(stage.document.plan, mine=True))
    stage.rig.commands.duplicate_node(0)
    assert [node.mine for node in stage.document.plan.rig.nodes] == [True, False]


def test_that_going_back_to_the_detected_host_goes_back_to_its_board(stage):
    seen = DetectedNode(day="2026-11-23", host="sp3-7003", ram_gib=256, gpus=SERVER.gpus)
    supply = NodePart(part="psu-1600-w", count=2)
    changed = with_node(stage.document.plan, detected=seen, parts=(supply,))
    stage.document.apply("x", change_host(changed, 0, "sp5-9004", stage.document.catalog))
    assert "board-sp5-supermicro-h13ssl-n" in parts_of(stage)
    stage.rig.commands.back_to_detected(0)
    assert "board-sp3-asrock-romed8-2t" in parts_of(stage)
    assert parts_of(stage)["psu-1600-w"] == 2
