"""How even the window's event loop runs while an NVIDIA driver hangs for 30 s; prints JSON.

The window's own dialog asks nvidia-ml-py over a library that the tests compile. A timer of 1 ms
notes when the event loop comes back to it; the largest gap is the longest freeze.
"""

from __future__ import annotations

import gc
import json
import os
import time
from typing import Any

HANG_S = 30
CALM_S = 5
OPENING_S = 0.5
AFTER_S = 12
"""Time for what comes after the answer: the lines and the search for what to plug in next."""


def main() -> None:
    """Measure the window at rest, during the hang, and with the program's own deadline."""
    from tests.detect.stub_scenarios import nvml_scenario

    os.environ.update(nvml_scenario("hang"))
    # As the program starts: looking for garbage is put off until the window is there.
    gc.disable()
    from moeplanner_gui.ui.app import build_window, create_application

    application = create_application()
    window = build_window()
    window.resize(1440, 900)
    window.show()
    window.start(sample=True)
    deadline = time.monotonic() + 6
    while time.monotonic() < deadline:
        application.processEvents()
    gaps = Gaps()
    answer: dict[str, Any] = {"rest": gaps.during(lambda: False, CALM_S)}
    for name, timeout_s, limit_s in (("hang", HANG_S + 5.0, HANG_S + 10), ("deadline", 5.0, 20)):
        worker = _worker(timeout_s)
        from moeplanner_gui.ui.detect.dialog import DetectDialog

        dialog = DetectDialog(window.document, window.themes, window, worker=worker)
        worker.setParent(dialog)
        started = time.perf_counter()
        dialog.show()
        dialog.look()
        # The first picture of a dialog is no driver's doing.
        answer[f"{name}, opening"] = gaps.during(lambda: False, OPENING_S)
        answer[name] = gaps.during(lambda d=dialog: d.proposal is not None, limit_s)
        answer[name]["seconds"] = time.perf_counter() - started
        answer[name]["told"] = [panel.told.title for panel in dialog.problems]
        answer[f"{name}, after it"] = gaps.during(
            lambda d=dialog: bool(d.next_part.text()), AFTER_S
        )
        dialog.reject()
        dialog.deleteLater()
    print(json.dumps(answer), flush=True)
    os._exit(0)


def _worker(timeout_s: float) -> Any:
    from moeplanner_gui.detect.machine import detect
    from moeplanner_gui.ui.detect.worker import DetectWorker

    return DetectWorker(
        detect=lambda on_report, cancelled: detect(
            timeout_s=timeout_s, on_report=on_report, cancelled=cancelled
        )
    )


class Gaps:
    """Notes the time between two turns of a 1 ms timer."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self._spans_ms: list[float] = []
        self._last = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._tick)

    def _tick(self) -> None:
        now = time.perf_counter()
        self._spans_ms.append((now - self._last) * 1000)
        self._last = now

    def during(self, is_over: Any, limit_s: float) -> dict[str, Any]:
        """Run the event loop until something is over; the gaps of that time, ms."""
        from PySide6.QtCore import QEventLoop, QTimer

        loop, self._spans_ms = QEventLoop(), []
        until = time.monotonic() + limit_s
        watch = QTimer()
        watch.setInterval(20)
        watch.timeout.connect(lambda: (is_over() or time.monotonic() > until) and loop.quit())
        self._last = time.perf_counter()
        for timer in (watch, self._timer):
            timer.start()
        loop.exec()
        for timer in (watch, self._timer):
            timer.stop()
        spans = sorted(self._spans_ms)
        return {
            "turns": len(spans),
            "median": spans[len(spans) // 2],
            "p99": spans[len(spans) * 99 // 100],
            "max": spans[-1],
            "over_16": sum(span > 16 for span in spans),
        }


if __name__ == "__main__":
    main()
