"""What a person does in a rack of 64 computers with eight cards each; prints JSON.

Every step sends what a mouse or a keyboard sends, and ends when everything is drawn. Also how much
of a processor the window takes while nobody touches it, and what a thousand edits leave behind.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks.child import _drain, _drop_on, _load_charts, _rss_bytes
from tests.benchmarks.plans import large_plan

NODES = 64
CALM_S = 1.5
IDLE_S = 20.0
EDITS = 1000


def main() -> None:
    """Measure the actions, or the window at rest and its memory."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    gc.disable()
    from moeplanner_gui.app import load_core

    load_core()
    from moeplanner_gui.ui.app import build_window, create_application
    from moeplanner_gui.ui.garbage import look_for_garbage

    application = create_application()
    window: Any = build_window()
    window.resize(1440, 900)
    window.show()
    _load_charts(application, window)
    look_for_garbage()
    window.tabs.show_tab("memory")
    _turn(application, CALM_S)
    answer = at_rest(application, window) if sys.argv[1:] == ["rest"] else acts(application, window)
    print(json.dumps(answer), flush=True)
    os._exit(0)


def acts(application: Any, window: Any) -> dict[str, list[float]]:
    """Milliseconds of each step of each action."""
    from PySide6.QtCore import QPoint, QPointF, Qt
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    spans: dict[str, list[float]] = {}

    def measure(name: str, step: Callable[[int], object], times: int) -> None:
        for turn in range(times):
            started = time.perf_counter()
            step(turn)
            _drain(application)
            spans.setdefault(name, []).append((time.perf_counter() - started) * 1000)
        _turn(application, CALM_S)

    plan = large_plan(32_768, nodes=NODES)
    measure("open the plan", lambda _: window.document.open(plan, None), 1)
    rig, memory = window.panes[1], window.tabs.view("memory")
    view = rig._scroll.viewport()

    def turn_wheel(_: int) -> None:
        at = QPointF(view.rect().center())
        none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
        by, phase = QPoint(0, -120), Qt.ScrollPhase.NoScrollPhase
        where = QPointF(view.mapToGlobal(at.toPoint()))
        QApplication.sendEvent(view, QWheelEvent(at, where, QPoint(), by, *none, phase, False))

    measure("scroll the rig", turn_wheel, 60)
    rig._scroll.verticalScrollBar().setValue(0)
    sideways = memory.table.horizontalScrollBar()
    measure("scroll the table", lambda turn: sideways.setValue(37 * turn), 60)
    left = Qt.MouseButton.LeftButton

    def click(turn: int) -> None:
        slot = rig.canvas.slot(0, turn % 3)
        QTest.mouseClick(slot, left, Qt.KeyboardModifier.NoModifier, QPoint(60, 12))

    measure("select a card", click, 30)
    down = Qt.Key.Key_Down
    measure("arrow key", lambda _: QTest.keyClick(QApplication.focusWidget(), down), 30)
    rig._scroll.verticalScrollBar().setValue(0)
    measure("drag over the cards", lambda turn: _drop_on(window, f"slot-0-{turn % 8}"), 40)
    rig.site.clear()
    rig._reveal(rig.canvas.slot(0, 8))
    drop = _drop_on(window, "slot-0-8")
    measure("drop a card", lambda _: drop(), 1)
    assert window.document.plan.gpu_count == plan.gpu_count + 1, "the drop was refused"
    undo = window.document.undo_stack
    for _ in range(5):
        measure("undo a drop", lambda _: undo.undo(), 1)
        undo.redo()
        _turn(application, CALM_S)
    for key in ("context", "speed", "cost", "checks", "memory"):
        measure("open a tab", lambda _, key=key: window.tabs.show_tab(key), 1)
    return spans


def at_rest(application: Any, window: Any) -> dict[str, float]:
    """Per cent of one processor at rest, and bytes that an edit leaves behind."""
    from moeplanner_gui.core.edits import set_workload
    from moeplanner_gui.ui.garbage import collect_what_is_due

    def edit(number: int) -> None:
        tokens = 4096 + 256 * number
        plan = set_workload(window.document.plan, context_tokens=tokens)
        window.document.apply(f"Context {number}", plan)
        _drain(application)
        if not number % 50:
            collect_what_is_due()

    _wait(application, CALM_S)
    began, used = time.monotonic(), time.process_time()
    _wait(application, IDLE_S)
    busy = (time.process_time() - used) / (time.monotonic() - began)
    for number in range(100):
        edit(number)
    gc.collect()
    before = _rss_bytes()
    for number in range(100, 100 + EDITS):
        edit(number)
    gc.collect()
    return {"idle_percent": busy * 100, "edit_bytes": (_rss_bytes() - before) / EDITS}


def _turn(application: Any, seconds: float) -> None:
    """Let what waits for a pause happen."""
    calm_until = time.monotonic() + seconds
    while time.monotonic() < calm_until:
        application.processEvents()


def _wait(application: Any, seconds: float) -> None:
    """Let the event loop sleep, as it does while nobody touches the window."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


if __name__ == "__main__":
    main()
