"""One measurement in a process of its own; prints a JSON object. Started by ``__main__``."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

SETTLE_MS = 3000
DROPS = 200


def bare_window() -> None:
    """A PySide6 window with one empty plot: what any such program costs at least."""
    import pyqtgraph
    from PySide6.QtWidgets import QApplication, QMainWindow

    application = QApplication([])
    window = QMainWindow()
    plot = pyqtgraph.PlotWidget()
    window.setCentralWidget(plot)
    window.resize(1440, 900)
    _show_and_report(application, window, plot.viewport())


def real_window() -> None:
    """The program's own window on the sample plan."""
    # As the installed script comes in, so that its imports count and come in its order.
    import moeplanner_gui.cli
    from moeplanner_gui.app import load_core, load_qt

    load_core()
    load_qt()
    from PySide6.QtCore import QTimer

    from moeplanner_gui.ui.app import build_window, create_application

    assert moeplanner_gui.cli.COMMANDS
    application = create_application()
    window = build_window()
    window.resize(1440, 900)

    def after_show() -> None:
        window.start(sample=True)
        # The memory of a window without its charts would flatter it.
        QTimer.singleShot(SETTLE_MS // 3, lambda: window.tabs.show_tab("context"))

    _show_and_report(application, window, window.verdict, after_show)


def _show_and_report(application: Any, window: Any, watched: Any, after_show: Any = None) -> None:
    from PySide6.QtCore import QEvent, QObject, QTimer

    class FirstPaint(QObject):
        """Notes when the event loop is back after the first paint event of the window."""

        painted_at: float | None = None

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint and self.painted_at is None:
                self.painted_at = 0.0
                QTimer.singleShot(0, self.note)
            return False

        def note(self) -> None:
            self.painted_at = time.time()

    watcher = FirstPaint()
    # On one widget alone: a filter on the application would slow every event of the many.
    watched.installEventFilter(watcher)
    window.show()
    if after_show is not None:
        after_show()

    def report() -> None:
        print(json.dumps({"painted_at": watcher.painted_at, "rss_bytes": _rss_bytes()}))
        sys.stdout.flush()
        application.exit()

    QTimer.singleShot(SETTLE_MS, report)
    application.exec()


def _rss_bytes() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def drops() -> None:
    """From a card dropped on an empty slot to every view of the window repainted."""
    from moeplanner_gui.app import load_core

    load_core()
    from PySide6.QtCore import QEvent, QObject

    from moeplanner_gui.ui.app import build_window, create_application
    from moeplanner_gui.ui.garbage import look_for_garbage

    application = create_application()
    window = build_window()
    window.resize(1440, 900)
    window.show()
    _load_charts(application, window)
    # As in a window that has been open for some seconds.
    look_for_garbage()
    window.tabs.show_tab("memory")
    _drain(application)

    class PaintCounter(QObject):
        painted = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                self.painted += 1
            return False

    counter = PaintCounter()
    window.verdict.installEventFilter(counter)
    document = window.document
    spans_ms = []
    for _ in range(DROPS):
        cards = document.plan.gpu_count
        drop = _drop_on(window, f"slot-0-{cards}")
        _drain(application)
        counter.painted = 0
        started = time.perf_counter()
        drop()
        _drain(application)
        spans_ms.append((time.perf_counter() - started) * 1000)
        assert document.plan.gpu_count == cards + 1, "the drop was refused"
        assert counter.painted > 0, "the verdict was not repainted"
        document.undo_stack.undo()
        _drain(application)
    print(json.dumps({"spans_ms": spans_ms[10:]}))


def _drop_on(window: Any, slot_name: str) -> Any:
    """Drag a card over a slot; the function given back drops it there."""
    from PySide6.QtCore import QPointF, Qt
    from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
    from PySide6.QtWidgets import QApplication, QWidget

    from moeplanner_gui.ui.drag import CardDrag, to_mime

    slot = window.findChild(QWidget, slot_name)
    target = slot
    while not target.acceptDrops():
        target = target.parentWidget()
    at = slot.mapTo(target, slot.rect().center())
    mime = to_mime(CardDrag("parts", "rtxpro6000"), "RTX PRO 6000")
    rest = (
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(target, QDragEnterEvent(at, *rest))
    QApplication.sendEvent(target, QDragMoveEvent(at, *rest))
    return lambda: QApplication.sendEvent(target, QDropEvent(QPointF(at), *rest))


def _load_charts(application: Any, window: Any) -> None:
    """Show the tab that loads the charts, and wait for it."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not all(
        window.tabs.view(key) is not None for key in ("memory", "context")
    ):
        application.processEvents()
    window.tabs.show_tab("context")
    calm_until = time.monotonic() + 1.5
    while time.monotonic() < calm_until:
        application.processEvents()


def _drain(application: Any) -> None:
    """Run the event loop until nothing is left to do: timers of zero, layouts, paints."""
    from PySide6.QtCore import QCoreApplication, QEventLoop

    for _ in range(4):
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
        QCoreApplication.sendPostedEvents()


def slider() -> None:
    """From one step of a slider of the Cost tab to sentence, month, chart and verdict redrawn."""
    from moeplanner_gui.app import load_core

    load_core()
    from moeplanner_gui.core.edits import set_economics, set_workload
    from moeplanner_gui.core.plan import ApiById, Rent
    from moeplanner_gui.ui.app import build_window, create_application
    from moeplanner_gui.ui.garbage import look_for_garbage

    application = create_application()
    window = build_window()
    window.resize(1440, 900)
    window.show()
    window.start(sample=True)
    plan = set_workload(
        window.document.plan, input_mtok_per_month=1000.0, output_mtok_per_month=100.0
    )
    plan = set_economics(
        plan,
        hardware_usd=21_000.0,
        api=ApiById(provider="deepseek", model="deepseek-flash"),
        rent=Rent(gpu="rtxpro6000"),
    )
    window.document.open(plan, None)
    window.tabs.show_tab("cost")
    view: Any = window.tabs.view("cost")
    view.show_page("inputs")
    view.finish()
    for _ in range(20):
        _drain(application)
    look_for_garbage()
    handle = view.inputs.rows["hardware"].slider
    handle.setSliderDown(True)
    spans_ms = []
    for position in range(60, 360):
        before = view.answer.words
        started = time.perf_counter()
        handle.setValue(position)
        _drain(application)
        spans_ms.append((time.perf_counter() - started) * 1000)
        assert view.answer.words != before, "the sentence did not follow"
    print(json.dumps({"spans_ms": spans_ms[10:]}))


def many_cards() -> None:
    """From an edit to everything redrawn: the sample, then 64 nodes of eight cards."""
    from moeplanner_gui.app import load_core

    load_core()
    from moeplanner_gui.core.edits import set_workload
    from moeplanner_gui.ui.app import build_window, create_application
    from moeplanner_gui.ui.garbage import look_for_garbage
    from tests.benchmarks.plans import large_plan

    application = create_application()
    window = build_window()
    window.resize(1440, 900)
    window.show()
    _load_charts(application, window)
    look_for_garbage()
    window.tabs.show_tab("memory")
    document = window.document
    answer: dict[str, list[float]] = {}
    for name, plan in (("sample", document.plan), ("many", large_plan(32_768, nodes=64))):
        document.open(plan, None)
        for _ in range(5):
            _drain(application)
        spans_ms = []
        for turn in range(25):
            edited = set_workload(document.plan, context_tokens=32_768 + 256 * (turn + 1))
            started = time.perf_counter()
            document.apply("Context", edited)
            _drain(application)
            spans_ms.append((time.perf_counter() - started) * 1000)
        answer[name] = spans_ms[5:]
    print(json.dumps(answer))


def pdf() -> None:
    """The PDF of the sample, first and later ones."""
    import tempfile

    from moeplanner_gui.catalog.load import load_catalog
    from moeplanner_gui.core.assess import evaluate
    from moeplanner_gui.ui.app import create_application
    from moeplanner_gui.ui.export.pdf import write_pdf
    from tests.benchmarks.plans import large_plan

    application = create_application()
    catalog = load_catalog()
    plan = large_plan(32_768)
    assessment = evaluate(plan, catalog)
    spans_s = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(5):
            started = time.perf_counter()
            write_pdf(str(Path(folder) / "plan.pdf"), plan, assessment, catalog)
            spans_s.append(time.perf_counter() - started)
    del application
    print(json.dumps({"first_s": spans_s[0], "spans_s": spans_s[1:]}))


if __name__ == "__main__":
    {
        "bare": bare_window,
        "real": real_window,
        "drops": drops,
        "slider": slider,
        "many": many_cards,
        "pdf": pdf,
    }[sys.argv[1]]()
