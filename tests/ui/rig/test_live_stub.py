"""The live lines on a made-up machine: the real reader, its process and NVIDIA's own bindings."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QTimer

from moeplanner_gui.core.plan import DetectedNode, Node, Plan, Rig
from moeplanner_gui.detect.meters import MeterReader
from moeplanner_gui.ui.rig_builder import live_meters
from tests.detect.compiled_stub import why_not
from tests.detect.stub_scenarios import nvml_scenario

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "")

FOUND_WITHIN_MS = 20_000
FRAME_MS = 100.0
"""Well above a frame: the machine of the tests is shared. A call that hangs for 30 s is not."""


@pytest.fixture
def plan() -> Plan:
    cards = ("rtx4090", "rtx4090")
    found = DetectedNode(day="2026-11-23", gpus=cards, addresses=("0000:01:00.0", "0000:21:00.0"))
    return Plan(model="any", rig=Rig(nodes=(Node(gpus=cards, detected=found),)))


def switch_on(stage, monkeypatch, scenario: str, silence_s: float = 5.0):
    for variable, value in nvml_scenario(scenario).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(live_meters, "_import_reader", lambda: MeterReader(silence_s=silence_s))
    action = stage.actions.add(
        "view.live_meters", "Live meters", None, tip="Show what the cards do now", checkable=True
    )
    stage.rig.make_live()
    stage.rig.live.timer.setInterval(20)
    action.setChecked(True)
    return stage.slot(0, 0), stage.slot(0, 1), action


def test_that_each_slot_shows_its_own_card(stage, monkeypatch, qtbot) -> None:
    first, second, action = switch_on(stage, monkeypatch, "two-3090")
    qtbot.waitUntil(lambda: not first.live.because, timeout=FOUND_WITHIN_MS)
    for slot in (first, second):
        assert slot.live.power_w == pytest.approx(21.3)
        assert slot.live.temperature_c == 41
        assert slot.live.total_bytes == 24 * 2**30
    action.setChecked(False)
    assert first.live is None


def test_that_a_process_that_dies_is_a_sentence(stage, monkeypatch, qtbot) -> None:
    first, _, action = switch_on(stage, monkeypatch, "crash")
    qtbot.waitUntil(lambda: "crash" in first.live.because, timeout=FOUND_WITHIN_MS)
    action.setChecked(False)


def test_that_a_driver_that_hangs_is_told_and_never_stops_the_window(
    stage, monkeypatch, qtbot
) -> None:
    first, _, action = switch_on(stage, monkeypatch, "hang", silence_s=1.0)
    gaps: list[float] = []
    last = time.perf_counter()
    beat = QTimer()
    beat.setInterval(1)

    def on_beat() -> None:
        nonlocal last
        now = time.perf_counter()
        gaps.append((now - last) * 1e3)
        last = now

    beat.timeout.connect(on_beat)
    beat.start()
    qtbot.waitUntil(lambda: "not answered" in first.live.because, timeout=FOUND_WITHIN_MS)
    before = time.perf_counter()
    action.setChecked(False)
    assert (time.perf_counter() - before) * 1e3 < FRAME_MS
    beat.stop()
    assert max(gaps) < FRAME_MS, sorted(gaps)[-5:]
