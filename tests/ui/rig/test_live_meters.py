"""The live lines of the detected node: what they say, when they run, what they never do."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, replace
from threading import Event
from typing import ClassVar

import pytest
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from moeplanner_gui.core.plan import CardMemory, DetectedNode, Node, Plan, Rig, TunedSlot
from moeplanner_gui.core.units import GIB, MIB
from moeplanner_gui.ui.rig_builder import live_meters
from moeplanner_gui.ui.rig_builder.live_line import LiveLine
from moeplanner_gui.ui.rig_builder.live_reading import (
    DIFFERS_MIB,
    PROBLEM_CODE,
    UNREAD_CODE,
    USE_CODE,
    WAITING,
    live_lines,
    use_findings,
)
from moeplanner_gui.ui.rig_builder.paint_slot import SlotLook, paint_slot
from moeplanner_gui.ui.style import ThemeProvider

ONE, TWO = "0000:01:00.0", "0000:02:00.0"
USED = TunedSlot(gpu="rtx4090", memory=CardMemory(other_mib=1000, desktop_mib=0))


@dataclass(frozen=True)
class Reading:
    pci_address: str | None
    memory_used_bytes: int | None = 1000 * MIB
    memory_total_bytes: int | None = 24 * GIB - 300 * MIB
    utilisation_percent: int | None = 98
    power_w: float | None = 212.4
    temperature_c: int | None = 61


class FakeReader:
    """Stands in for the reader of the system; remembers whether it runs."""

    made: ClassVar[list[FakeReader]] = []

    def __init__(self) -> None:
        self.started = self.stopped = 0
        self.now: tuple[Reading, ...] | None = None
        self.wrong: str | None = None
        FakeReader.made.append(self)

    def start(self) -> None:
        self.started += 1

    def stop(self) -> None:
        self.stopped += 1

    def latest(self) -> tuple[Reading, ...] | None:
        return self.now

    def problem(self) -> str | None:
        return self.wrong


def machine(*gpus: object, addresses: tuple[str | None, ...] = (ONE, TWO)) -> Node:
    used = tuple(1000 if card == USED else None for card in gpus)
    found = DetectedNode(
        day="2026-11-23", ram_gib=62, gpus=gpus, addresses=addresses, used_mib=used
    )
    return Node(name="This computer", ram_gib=62, gpus=gpus, detected=found)


@pytest.fixture
def plan() -> Plan:
    return Plan(model="any", rig=Rig(nodes=(machine(USED, "rtx5090"), Node(gpus=("rtx4090",)))))


@pytest.fixture
def meters(stage, monkeypatch):
    """The live lines with a reader that the test feeds; the switch is off."""
    FakeReader.made.clear()
    monkeypatch.setattr(live_meters, "system_reader", FakeReader)
    stage.actions.add(
        "view.live_meters", "Live meters", None, tip="Show what the cards do now", checkable=True
    )
    stage.rig.make_live()
    return stage.rig.live


def switch(stage, on: bool) -> None:
    stage.actions.get("view.live_meters").setChecked(on)
    stage.settle()


def feed(stage, *readings: Reading, problem: str | None = None) -> None:
    """What the reader has next, and the tick that takes it."""
    reader = FakeReader.made[-1]
    reader.now, reader.wrong = readings or None, problem
    stage.rig.live.timer.timeout.emit()
    stage.settle()


def notes(stage) -> list[str]:
    return [r.finding.message for r in stage.rig.canvas.notes.rows if r.finding.code == USE_CODE]


# -- what is said -------------------------------------------------------------------------


def test_that_a_line_has_used_up_total_down_and_every_figure() -> None:
    line = LiveLine(21 * GIB + GIB // 4, 24 * GIB - 1, 98.4, 212.4, 61)
    assert line.texts()[0][0] == "now 21.3 of 23.9 GiB in use · 98 % busy · 212 W · 61 °C"
    assert line.used_share == pytest.approx(21.25 / 24)
    assert replace(line, unit="GB").texts()[2][0] == "now 22.9 of 25.7 GB · 98 % · 212 W · 61 °C"


def test_that_a_missing_figure_leaves_its_place_and_is_never_zero() -> None:
    line = LiveLine(None, 24 * GIB, None, None, 61)
    assert line.texts()[0][0] == "now – of 24.0 GiB in use · – % busy · – W · 61 °C"
    assert line.used_share is None


def test_that_the_wording_does_not_depend_on_the_figures() -> None:
    idle, busy = LiveLine(1, 24 * GIB, 0, 8, 30), LiveLine(24 * GIB, 24 * GIB, 100, 450, 88)
    assert [wide for _, wide in idle.texts()] == [wide for _, wide in busy.texts()]


def test_that_a_text_without_room_is_said_shorter_and_never_cut() -> None:
    line = LiveLine(GIB, 24 * GIB, 5, 21, 40)
    assert line.fitting(len, 100).endswith("5 % busy · 21 W · 40 °C")
    assert line.fitting(len, 38) == "now 1.0 GiB · 5 % · 21 W · 40 °C"
    assert line.fitting(len, 1) == line.texts()[4][0]
    problem = LiveLine(because="The driver did not answer for 5 s.")
    assert problem.fitting(len, 40) == problem.because
    assert problem.fitting(len, 20) == "no reading now"


def test_that_nothing_of_the_meters_is_imported_before_they_are_wanted() -> None:
    code = (
        "import sys, moeplanner_gui.ui.rig_builder.view;"
        "print([m for m in sys.modules if '.live_' in m or m.startswith('moeplanner_gui.detect')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_that_a_reading_belongs_to_the_card_at_its_address(stage) -> None:
    document = stage.document
    readings = (Reading(TWO, memory_total_bytes=32 * GIB), Reading(ONE.upper(), power_w=99.0))
    lines = live_lines(document.plan, document.catalog, readings, None)
    assert set(lines) == {(0, 0), (0, 1)}
    assert lines[0, 0].power_w == 99.0
    assert lines[0, 1].total_bytes == 32 * GIB


def test_that_another_computer_s_cards_are_not_shown_as_the_plan_s(stage) -> None:
    document = stage.document
    lines = live_lines(
        document.plan, document.catalog, (Reading(ONE, memory_total_bytes=8 * GIB),), None
    )
    assert "another one than planned" in lines[0, 0].because
    assert lines[0, 1].because == f"This computer has no card at {TWO} now."
    assert not use_findings(
        document.plan, document.catalog, (Reading(ONE, memory_total_bytes=8 * GIB),)
    )


def test_that_without_an_address_only_a_single_card_is_sure(catalog) -> None:
    one = Plan(model="any", rig=Rig(nodes=(machine("rtx4090", addresses=()),)))
    assert live_lines(one, catalog, (Reading(None),), None)[0, 0].power_w == 212.4
    two = Plan(model="any", rig=Rig(nodes=(machine("rtx4090", "rtx4090", addresses=()),)))
    lines = live_lines(two, catalog, (Reading(ONE), Reading(TWO)), None)
    assert all("does not say which card" in line.because for line in lines.values())


def test_that_a_note_needs_more_than_the_usual_swing(stage) -> None:
    document = stage.document

    def told(used_mib: int) -> int:
        reading = Reading(ONE, memory_used_bytes=used_mib * MIB)
        return len(use_findings(document.plan, document.catalog, (reading,)))

    assert told(1000) == told(1000 + DIFFERS_MIB) == told(1000 - DIFFERS_MIB) == 0
    assert told(1001 + DIFFERS_MIB) == told(999 - DIFFERS_MIB) == 1


# -- when it runs -------------------------------------------------------------------------


def test_that_nothing_is_read_until_it_is_switched_on(stage, meters) -> None:
    assert not FakeReader.made
    assert not meters.timer.isActive()
    switch(stage, True)
    assert FakeReader.made[0].started == 1
    assert meters.timer.isActive()
    assert meters.timer.interval() == 1000
    assert stage.slot(0, 0).live.because == WAITING
    assert stage.slot(1, 0).live is None
    switch(stage, False)
    assert FakeReader.made[0].stopped == 1
    assert not meters.timer.isActive()
    assert stage.slot(0, 0).live is None


def test_that_it_stops_while_the_window_is_hidden(stage, meters) -> None:
    switch(stage, True)
    stage.window.hide()
    assert FakeReader.made[0].stopped == 1
    assert not meters.is_running
    stage.window.show()
    stage.settle()
    assert meters.is_running
    assert len(FakeReader.made) == 2


def test_that_it_stops_while_the_window_is_minimised(stage, meters, qtbot) -> None:
    switch(stage, True)
    stage.window.showMinimized()
    qtbot.waitUntil(lambda: not meters.is_running)
    assert not meters.timer.isActive()
    stage.window.showNormal()
    qtbot.waitUntil(lambda: meters.is_running)


def test_that_it_stops_when_the_window_closes(stage, meters) -> None:
    switch(stage, True)
    stage.window.close()
    assert FakeReader.made[0].stopped == 1


def test_that_it_stops_while_the_node_is_off_screen(stage, meters, qtbot) -> None:
    for _ in range(8):
        stage.rig.commands.add_node()
    stage.settle()
    switch(stage, True)
    bar = stage.rig._scroll.verticalScrollBar()
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: not meters.is_running)
    assert FakeReader.made[-1].stopped == 1
    bar.setValue(0)
    qtbot.waitUntil(lambda: meters.is_running)


def test_that_it_stops_without_a_detected_node(stage, meters, qtbot) -> None:
    switch(stage, True)
    stage.rig.commands.remove_node(0)
    stage.settle()
    qtbot.waitUntil(lambda: not meters.is_running)
    stage.document.undo_stack.undo()
    stage.settle()
    qtbot.waitUntil(lambda: meters.is_running)


def test_that_a_reader_stopped_before_it_is_there_never_starts(qtbot) -> None:
    FakeReader.made.clear()
    may_go, made = Event(), Event()

    def make() -> FakeReader:
        may_go.wait(5)
        reader = FakeReader()
        made.set()
        return reader

    late = live_meters.LateReader(make)
    late.start()
    assert late.latest() is None
    late.stop()
    may_go.set()
    assert made.wait(5)
    late.stop()
    assert FakeReader.made[0].started == 0
    again = live_meters.LateReader(FakeReader)
    again.start()
    qtbot.waitUntil(lambda: len(FakeReader.made) == 2 and FakeReader.made[1].started == 1)
    FakeReader.made[1].wrong = "The driver hangs."
    assert again.problem() == "The driver hangs."
    again.stop()
    assert FakeReader.made[1].stopped == 1
    assert again.problem() is None


# -- what is shown ------------------------------------------------------------------------


def test_that_nothing_moves_when_it_is_switched_or_a_value_is_missing(stage, meters) -> None:
    def places() -> list[object]:
        canvas = stage.rig.canvas
        return [w.geometry() for p in canvas.panels for w in (p, p.head, *p.slots, p.memory)]

    before = places()
    switch(stage, True)
    assert places() == before
    feed(stage, Reading(ONE), Reading(TWO, memory_total_bytes=32 * GIB))
    assert places() == before
    feed(stage, Reading(ONE, None, None, None, None, None))
    assert places() == before
    feed(stage, problem="The driver did not answer for 5 s.")
    assert places() == before
    switch(stage, False)
    assert places() == before


def test_that_a_problem_is_a_sentence_in_the_slots(stage, meters) -> None:
    switch(stage, True)
    feed(stage, problem="The driver did not answer for 5 s.")
    slot = stage.slot(0, 0)
    assert slot.live.because == "The driver did not answer for 5 s."
    assert "did not answer" in slot.accessibleDescription()
    assert "did not answer" in slot.tip_at(QPointF(slot.rect().topLeft()))
    feed(stage, Reading(ONE))
    assert slot.live.because == ""


def remark(stage, code: str):
    return next((r for r in stage.rig.canvas.notes.rows if r.finding.code == code), None)


def test_that_a_problem_is_said_once_in_full_and_can_be_tried_again(stage, meters, qtbot) -> None:
    switch(stage, True)
    feed(stage, problem="The driver did not answer for 5 s.")
    note = remark(stage, PROBLEM_CODE)
    assert note.finding.message == "Live meters: The driver did not answer for 5 s."
    assert note.repair == "Try again"
    qtbot.mouseClick(note._link, Qt.MouseButton.LeftButton)
    assert FakeReader.made[0].stopped == 1
    assert FakeReader.made[1].started == 1
    feed(stage, Reading(ONE), Reading(TWO, memory_total_bytes=32 * GIB))
    assert remark(stage, PROBLEM_CODE) is None


def test_that_a_card_that_is_not_here_is_named_in_a_note(stage, meters) -> None:
    switch(stage, True)
    assert remark(stage, UNREAD_CODE) is None
    feed(stage, Reading(ONE))
    note = remark(stage, UNREAD_CODE)
    assert note.finding.message == f"GPU 2: This computer has no card at {TWO} now."
    assert note.repair == ""


def test_that_a_moved_card_takes_its_line_along_at_once(stage, meters) -> None:
    switch(stage, True)
    feed(stage, Reading(ONE, power_w=11), Reading(TWO, memory_total_bytes=32 * GIB, power_w=22))
    stage.document.select(0, 0)
    stage.actions.get("rig.move_right").trigger()
    stage.settle()
    assert [stage.slot(0, n).live.power_w for n in (0, 1)] == [22, 11]


def test_that_a_card_added_by_hand_has_no_line(stage, meters) -> None:
    switch(stage, True)
    stage.document.select(0, 1)
    stage.actions.get("rig.duplicate").trigger()
    feed(stage, Reading(ONE), Reading(TWO, memory_total_bytes=32 * GIB))
    assert stage.slot(0, 1).live is not None
    assert stage.slot(0, 2).live is None


def test_that_a_line_is_drawn_inside_the_slot_and_differs_from_the_facts(stage) -> None:
    row = stage.slot(0, 0).row
    theme = ThemeProvider("light").theme
    pictures = []
    for live in (None, LiveLine(GIB, 24 * GIB, 1, 2, 3), LiveLine(20 * GIB, 24 * GIB, 1, 2, 3)):
        image = QImage(228, 170, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        paint_slot(painter, image.rect().toRectF(), row, theme, SlotLook(), live)
        painter.end()
        pictures.append(bytes(image.constBits()))
    assert len(set(pictures)) == 3


def test_that_a_tick_that_changes_nothing_paints_nothing(stage, meters) -> None:
    switch(stage, True)
    feed(stage, Reading(ONE))
    painted: list[int] = []
    slot = stage.slot(0, 0)

    class Watch(QObject):
        def eventFilter(self, _watched, event):
            if event.type() == QEvent.Type.Paint:
                painted.append(1)
            return False

    watch = Watch()
    slot.installEventFilter(watch)
    feed(stage, Reading(ONE))
    assert not painted
    feed(stage, Reading(ONE, power_w=300))
    assert painted


# -- the newer figure ---------------------------------------------------------------------


def test_that_the_newer_figure_is_one_step_and_stays_detected(stage, meters, qtbot) -> None:
    before = stage.document.plan
    switch(stage, True)
    feed(stage, Reading(ONE, memory_used_bytes=3000 * MIB + 1))
    (note,) = [r for r in stage.rig.canvas.notes.rows if r.finding.code == USE_CODE]
    assert note is stage.rig.canvas.notes.rows[-1]
    assert note.finding.severity == "note"
    assert "GPU 1: 2.93 GiB in use now, 0.98 GiB taken off" in note.finding.message
    assert note.repair == "Use the newer figure"
    qtbot.mouseClick(note._link, Qt.MouseButton.LeftButton)
    stage.settle()
    card = stage.document.plan.rig.nodes[0].gpus[0]
    assert card.memory.other_mib == 3002
    assert stage.slot(0, 0).row.mark == "detected"
    assert not notes(stage)
    assert stage.document.undo_stack.undoText() == "Memory in use on GPU 1, RTX 4090"
    stage.document.undo_stack.undo()
    stage.settle()
    assert stage.document.plan == before
    assert notes(stage)


def test_that_a_figure_edited_by_hand_is_left_alone(stage, meters) -> None:
    mine = TunedSlot(gpu="rtx4090", memory=CardMemory(other_mib=5))
    switch(stage, True)
    stage.rig.commands.set_node(0, "Edit", gpus=(mine, "rtx5090"))
    feed(stage, Reading(ONE, memory_used_bytes=3000 * MIB))
    assert stage.slot(0, 0).row.mark == "edited"
    assert stage.slot(0, 0).live.used_bytes == 3000 * MIB
    assert not notes(stage)


def test_that_an_old_figure_is_not_offered_during_a_problem(stage, meters) -> None:
    switch(stage, True)
    feed(stage, Reading(ONE, memory_used_bytes=3000 * MIB))
    assert notes(stage)
    feed(stage, problem="The driver hangs.")
    assert not notes(stage)


def test_that_the_note_goes_with_the_switch(stage, meters) -> None:
    switch(stage, True)
    feed(stage, Reading(ONE, memory_used_bytes=3000 * MIB))
    assert notes(stage)
    switch(stage, False)
    assert not notes(stage)


# -- in the window ------------------------------------------------------------------------


def test_that_the_switch_is_off_at_first_remembered_and_asks_for_a_detected_node(
    window, monkeypatch, qtbot
) -> None:
    FakeReader.made.clear()
    monkeypatch.setattr(live_meters, "system_reader", FakeReader)
    action = window.actions_registry.get("view.live_meters")
    assert not action.isChecked()
    assert not action.isEnabled()
    assert action.toolTip() == "No computer of this plan was detected"
    rig = window.document.plan.rig
    card = rig.nodes[0].gpus[0]
    found = DetectedNode(day="2026-11-23", gpus=rig.nodes[0].gpus)
    node = rig.nodes[0].model_copy(update={"detected": found})
    window.document.apply("x", window.document.plan.replace(rig=Rig(nodes=(node,))))
    window.document.flush()
    assert card in node.gpus
    assert action.isEnabled()
    assert window.panes[1].live is None
    action.trigger()
    assert window.store.settings.live_meters
    qtbot.waitUntil(lambda: bool(FakeReader.made) and FakeReader.made[0].started == 1)
    window.hide()
    assert FakeReader.made[0].stopped == 1


def test_that_a_remembered_switch_waits_for_the_first_picture(qtbot, store, monkeypatch) -> None:
    from moeplanner_gui.ui.app import build_window
    from moeplanner_gui.ui.rig_builder import view

    monkeypatch.setattr(live_meters, "system_reader", FakeReader)
    monkeypatch.setattr(view, "LIVE_AFTER_MS", 1)
    store.settings.live_meters = True
    window = build_window(store=store)
    qtbot.addWidget(window)
    assert window.panes[1].live is None
    qtbot.waitUntil(lambda: window.panes[1].live is not None)
    assert window.actions_registry.get("view.live_meters").isChecked()
    QApplication.processEvents()
