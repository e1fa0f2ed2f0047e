"""A detected node says of each value whether it was detected, edited since or typed in."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from moeplanner_gui.core.plan import CardMemory, DetectedNode, Node, Plan, Rig, TunedSlot
from moeplanner_gui.ui.document import _evaluate
from moeplanner_gui.ui.rig_builder.links_editor import LinksEditor
from moeplanner_gui.ui.rig_builder.mark_words import BACK
from moeplanner_gui.ui.rig_builder.memory_editor import MemoryEditor
from moeplanner_gui.ui.rig_builder.paint_slot import SlotLook, paint_slot
from moeplanner_gui.ui.rig_builder.rig_rows import rig_rows
from moeplanner_gui.ui.style import ThemeProvider

USED = TunedSlot(gpu="rtx4090", memory=CardMemory(other_mib=700, desktop_mib=0))


def machine(*gpus: object, **more: object) -> Node:
    values = {"host": "wrx90", "ram_gib": 62, "gpus": gpus, **more}
    return Node(name="This computer", detected=DetectedNode(day="2026-11-23", **values), **values)


@pytest.fixture
def plan() -> Plan:
    return Plan(model="any", rig=Rig(nodes=(machine("rtx5090", USED), Node(gpus=("rtx5090",)))))


def press(button: QPushButton, qtbot) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    QApplication.processEvents()


def part(editor, kind: type, name: str):
    found = editor.findChild(kind, name)
    assert found is not None, name
    return found


def test_that_the_head_names_the_day_and_counts_the_edits(stage) -> None:
    head = stage.rig.canvas.panels[0].head
    assert "This computer, detected 23 Nov 2026:" in head.accessibleName()
    assert "Detected 23 Nov 2026." in head.toolTip()
    stage.rig.commands.set_node(0, "Set memory", ram_gib=128)
    stage.document.select(0, 0)
    stage.actions.get("rig.remove").trigger()
    stage.settle()
    assert "detected 23 Nov 2026, 2 edits" in head.accessibleName()
    stage.document.undo_stack.undo()
    stage.document.undo_stack.undo()
    stage.settle()
    assert "edit" not in head.accessibleName()


def test_that_a_node_typed_in_says_nothing_of_detection(stage) -> None:
    panel = stage.rig.canvas.panels[1]
    assert "detected" not in panel.head.accessibleName()
    assert "typed" not in panel.slots[0].accessibleName()


def test_that_a_moved_card_keeps_its_mark_and_a_duplicate_is_typed(stage) -> None:
    stage.document.select(0, 1)
    stage.actions.get("rig.move_left").trigger()
    stage.settle()
    marks = [slot.row.mark for slot in stage.rig.canvas.panels[0].slots[:2]]
    assert marks == ["detected", "detected"]
    stage.actions.get("rig.duplicate").trigger()
    stage.settle()
    slots = stage.rig.canvas.panels[0].slots
    assert [slot.row.mark for slot in slots[:3]] == ["detected", "typed", "detected"]
    assert slots[1].accessibleName().count("typed") == 1
    assert "Typed: added by hand" in slots[1].tip_at(QPointF(1, 1))


def test_that_memory_taken_off_by_detection_is_not_called_edited(stage) -> None:
    row = stage.slot(0, 1).row
    assert row.facts.edited
    assert not row.memory_edited
    assert "memory edited" not in row.spoken
    assert "detected" in row.spoken


def test_that_a_slot_is_drawn_otherwise_for_each_mark(stage) -> None:
    rows = rig_rows(stage.document.plan, stage.document.assessment, stage.document.catalog)
    row = rows[0].slots[0]
    from dataclasses import replace

    pictures = []
    for mark in (None, "detected", "typed"):
        image = QImage(300, 170, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        theme = ThemeProvider("light").theme
        paint_slot(painter, image.rect().toRectF(), replace(row, mark=mark), theme, SlotLook())
        painter.end()
        pictures.append(bytes(image.constBits()))
    assert len(set(pictures)) == 3


def test_that_a_duplicated_node_is_not_the_detected_computer(stage) -> None:
    stage.rig.commands.duplicate_node(0)
    stage.settle()
    nodes = stage.document.plan.rig.nodes
    assert nodes[0].detected is not None
    assert nodes[2].detected is None
    assert nodes[2].gpus == nodes[0].gpus


def test_that_back_to_detected_is_one_step_for_the_whole_node(stage) -> None:
    before = stage.document.plan
    stage.rig.commands.set_node(0, "Set memory", ram_gib=8, host=None, gpus=("rtx4090",))
    menu = stage.rig.commands.node_menu(stage.rig, 0)
    action = next(a for a in menu.actions() if a.text() == BACK)
    assert action.isEnabled()
    steps = stage.document.undo_stack.count()
    action.trigger()
    assert stage.document.plan == before
    assert stage.document.undo_stack.count() == steps + 1
    menu = stage.rig.commands.node_menu(stage.rig, 0)
    assert not next(a for a in menu.actions() if a.text() == BACK).isEnabled()
    assert BACK not in [a.text() for a in stage.rig.commands.node_menu(stage.rig, 1).actions()]


def test_that_going_back_to_rows_nobody_has_is_refused_in_a_sentence(make_stage) -> None:
    found = DetectedNode(day="2026-11-23", host="lost-host", gpus=("lost-card",))
    plan = Plan(model="any", rig=Rig(nodes=(Node(gpus=("rtx5090",), detected=found),)))
    stage = make_stage(plan)
    stage.rig.commands.back_to_detected(0)
    stage.settle()
    assert stage.document.plan == plan
    assert "lost-card" in stage.window.statusBar().currentMessage()


@pytest.fixture
def real_document(qtbot, real_catalog):
    from moeplanner_gui.ui.document import PlanDocument

    used = TunedSlot(gpu="rtx3090", memory=CardMemory(other_mib=700, desktop_mib=0))
    node = machine(used, "rtx3090", host="am5-9950x", system_mib=6000, disk_gib=500, nvlink=False,
                   card_link="pcie4-x8", memory_mt_s=3600, display="headless",
                   power_limit_w=280.0)  # fmt: skip
    plan = Plan(model="llama-3.1-8b", rig=Rig(nodes=(node,)))
    if node.host not in real_catalog.hosts:
        host = next(iter(real_catalog.hosts))
        found = node.detected.model_copy(update={"host": host})
        node = node.model_copy(update={"host": host, "detected": found})
        plan = plan.replace(rig=Rig(nodes=(node,)))
    return PlanDocument(plan, real_catalog, evaluate=_evaluate)


def test_that_a_card_s_memory_says_detected_and_goes_back_to_it(real_document, qtbot) -> None:
    editor = MemoryEditor(real_document, ThemeProvider("light"), 0, 0)
    qtbot.addWidget(editor)
    editor.show()
    origin = part(editor, QLabel, "other_mib-origin")
    reset = part(editor, QPushButton, "other_mib-reset")
    assert origin.text() == "detected"
    assert part(editor, QLabel, "driver_mib-origin").text() == "by rule"
    spin = editor._spins["other_mib"]
    assert spin.accessibleDescription() == "detected"
    spin.setValue(100)
    assert origin.text() == spin.accessibleDescription() == "edited"
    assert reset.text() == BACK
    width = reset.width()
    press(reset, qtbot)
    assert spin.value() == 700
    assert origin.text() == "detected"
    assert reset.text() == "Use the rule"
    assert reset.width() == width
    press(reset, qtbot)
    assert spin.value() == 0
    assert (origin.text(), reset.text()) == ("edited", BACK)
    editor._spins["driver_mib"].setValue(321)
    assert part(editor, QLabel, "driver_mib-origin").text() == "typed"


def test_that_the_screen_and_the_disk_go_back_to_detected(real_document, qtbot) -> None:
    editor = MemoryEditor(real_document, ThemeProvider("light"), 0, 0)
    qtbot.addWidget(editor)
    editor.show()
    assert part(editor, QLabel, "display-origin").text() == "detected"
    assert not part(editor, QPushButton, "display-reset").isVisible()
    editor.display.setCurrentIndex(editor.display.findData("windows"))
    assert part(editor, QLabel, "display-origin").text() == "edited"
    press(part(editor, QPushButton, "display-reset"), qtbot)
    assert editor.display.currentData() == "headless"
    host = MemoryEditor(real_document, ThemeProvider("light"), 0, None)
    qtbot.addWidget(host)
    host.show()
    assert part(host, QLabel, "system_mib-origin").text() == "detected"
    host.disk.setValue(20)
    assert part(host, QLabel, "disk_gib-origin").text() == "edited"
    press(part(host, QPushButton, "disk_gib-reset"), qtbot)
    assert host.disk.value() == 500


def test_that_links_say_detected_and_go_back_to_it(real_document, qtbot) -> None:
    before = real_document.plan
    editor = LinksEditor(real_document, ThemeProvider("light"), 0)
    qtbot.addWidget(editor)
    editor.show()
    for field in ("card_link", "nvlink", "memory_mt_s", "power_limit_w"):
        assert part(editor, QLabel, f"{field}-origin").text() == "detected", field
    assert editor.boxes["card_link"].accessibleDescription().startswith("detected. ")
    assert part(editor, QLabel, "memory_gbs-origin").text() == "assumed"
    editor.spins["memory_gbs"].setValue(70)
    assert part(editor, QLabel, "memory_gbs-origin").text() == "typed"
    editor.boxes["card_link"].setCurrentIndex(0)
    assert part(editor, QLabel, "card_link-origin").text() == "edited"
    reset = part(editor, QPushButton, "card_link-reset")
    assert (reset.text(), reset.isVisible()) == (BACK, True)
    press(reset, qtbot)
    assert editor.boxes["card_link"].currentData() == "pcie4-x8"
    press(part(editor, QPushButton, "memory_gbs-reset"), qtbot)
    press(editor.ok, qtbot)
    assert real_document.plan == before


def test_that_what_was_detected_is_kept_where_it_equals_the_host_s_own(real_document) -> None:
    from moeplanner_gui.ui.rig_builder.links_edit import LinksEdit

    edit = LinksEdit(real_document.plan, 0, real_document.catalog)
    own = edit.default("memory_mt_s")
    node = real_document.plan.rig.nodes[0]
    found = node.detected.model_copy(update={"memory_mt_s": own})
    node = node.model_copy(update={"memory_mt_s": 100, "detected": found})
    edit = LinksEdit(real_document.plan.replace(rig=Rig(nodes=(node,))), 0, edit.catalog)
    assert edit.mark("memory_mt_s") == "edited"
    assert edit.with_value("memory_mt_s", own).mark("memory_mt_s") == "detected"


def test_that_no_bridge_that_was_read_is_a_choice_of_its_own(real_document) -> None:
    from moeplanner_gui.ui.rig_builder.links_edit import LinksEdit

    for nvlink in (False, True):
        plan = real_document.plan
        node = plan.rig.nodes[0].model_copy(update={"nvlink": nvlink})
        edit = LinksEdit(plan.replace(rig=Rig(nodes=(node,))), 0, real_document.catalog)
        assert dict((value, words) for words, value in edit.bridges())[False].startswith("No ")


def test_that_a_link_nobody_knows_cannot_be_gone_back_to(real_document, qtbot) -> None:
    node = real_document.plan.rig.nodes[0]
    found = node.detected.model_copy(update={"card_link": "pcie9-x99"})
    node = node.model_copy(update={"detected": found})
    real_document.apply("x", real_document.plan.replace(rig=Rig(nodes=(node,))))
    editor = LinksEditor(real_document, ThemeProvider("light"), 0)
    qtbot.addWidget(editor)
    editor.show()
    assert part(editor, QLabel, "card_link-origin").text() == "edited"
    assert part(editor, QPushButton, "card_link-reset").text() != BACK


def test_that_an_editor_of_a_typed_node_has_no_marks(stage, qtbot) -> None:
    editor = MemoryEditor(stage.document, stage.themes, 1, 0)
    qtbot.addWidget(editor)
    assert editor.findChild(QLabel, "display-origin") is None
    assert part(editor, QLabel, "other_mib-origin").text() == "by rule"
