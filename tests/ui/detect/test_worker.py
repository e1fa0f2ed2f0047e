"""A driver that hangs holds up nothing: the window goes on, the person can stop and retry."""

from __future__ import annotations

import threading
import time

import pytest
from PySide6.QtCore import QTimer

from moeplanner_gui.ui.detect.worker import DetectWorker
from tests.ui.detect.machines import computer, machine, rtx_3090

TWO = machine(rtx_3090(1), rtx_3090(0x21), host=computer())


@pytest.fixture
def hanging():
    """A detection that answers when it is let go, as a driver that hangs and then comes back."""
    let_go = threading.Event()
    calls: list[int] = []

    def detect(on_report, cancelled):
        calls.append(1)
        on_report(TWO.reports[-1])
        while not cancelled() and not let_go.wait(0.02):
            pass
        return TWO

    detect.let_go, detect.calls = let_go, calls
    yield detect
    let_go.set()


def make(detect) -> DetectWorker:
    return DetectWorker(detect=detect, propose=lambda found, _catalog, _now: found)


def test_that_the_first_answer_is_there_while_another_probe_hangs(qtbot, hanging):
    worker = make(hanging)
    with qtbot.waitSignal(worker.reported, timeout=5_000) as told:
        worker.look(None, None)
    assert told.args[0].probe == "host"
    worker.end()
    assert not worker.is_running


def test_that_a_cancelled_look_says_nothing_and_can_be_done_again(qtbot, hanging):
    worker = make(hanging)
    heard = []
    worker.proposed.connect(lambda *found: heard.append(found))
    worker.look(None, None)
    worker.cancel()
    worker.look(None, None)
    hanging.let_go.set()
    qtbot.waitUntil(lambda: bool(heard), timeout=5_000)
    qtbot.waitUntil(lambda: not worker.is_running, timeout=5_000)
    assert len(hanging.calls) == 2 and len(heard) == 1


def test_that_an_error_becomes_a_sentence(qtbot):
    def broken(_on_report, _cancelled):
        raise OSError("no process could be started")

    worker = make(broken)
    with qtbot.waitSignal(worker.failed, timeout=5_000) as told:
        worker.look(None, None)
    assert "no process could be started" in told.args[0]


def test_that_closing_the_window_ends_every_thread(window, qtbot, hanging, monkeypatch):
    defaults = {**DetectWorker.__init__.__kwdefaults__, "detect": hanging}
    monkeypatch.setattr(DetectWorker.__init__, "__kwdefaults__", defaults)
    dialog = window.detection.open()
    worker = dialog.worker
    assert worker.is_running
    window.close()
    assert not worker.is_running and window.detection.dialog is None


def test_that_the_event_loop_goes_on_while_a_driver_hangs(window, qtbot, hanging, monkeypatch):
    defaults = {**DetectWorker.__init__.__kwdefaults__, "detect": hanging}
    monkeypatch.setattr(DetectWorker.__init__, "__kwdefaults__", defaults)
    dialog = window.detection.open()
    qtbot.waitUntil(lambda: bool(dialog.probes.words()), timeout=5_000)
    gaps: list[float] = []
    last = time.perf_counter()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        gaps.append((now - last) * 1000)
        last = now

    timer = QTimer()
    timer.setInterval(1)
    timer.timeout.connect(tick)
    timer.start()
    qtbot.waitUntil(lambda: len(gaps) > 500, timeout=20_000)
    timer.stop()
    # A direct call would stop the loop for all of it; the bound leaves room for a busy machine.
    assert max(gaps) < 200
    assert sorted(gaps)[len(gaps) * 95 // 100] < 16
    dialog.reject()
