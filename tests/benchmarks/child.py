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
    # As the installed script comes in, so that its imports count.
    import moeplanner_gui.cli
    from moeplanner_gui.ui.app import build_window, create_application

    assert moeplanner_gui.cli.COMMANDS
    application = create_application()
    window = build_window()
    window.resize(1440, 900)
    _show_and_report(application, window, window.verdict, lambda: window.start(sample=True))


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
    """From a card that is dropped (or taken off) to every view of the window repainted."""
    from PySide6.QtCore import QEvent, QObject

    from moeplanner_gui.core.edits import add_gpu, remove_gpu
    from moeplanner_gui.ui.app import build_window, create_application

    application = create_application()
    window = build_window()
    window.resize(1440, 900)
    window.show()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not all(
        window.tabs.view(key) is not None for key in ("memory", "context")
    ):
        application.processEvents()
    application.processEvents()
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
    for turn in range(DROPS):
        plan = document.plan
        slot = len(plan.rig.nodes[0].gpus)
        if turn % 2 == 0:
            text, changed = "Add a card", add_gpu(plan, 0, slot, plan.rig.nodes[0].gpus[0])
        else:
            text, changed = "Remove a card", remove_gpu(plan, 0, slot - 1)
        counter.painted = 0
        started = time.perf_counter()
        document.apply(text, changed)
        _drain(application)
        spans_ms.append((time.perf_counter() - started) * 1000)
        assert counter.painted > 0, "the verdict was not repainted"
        assert document.assessment.devices is not None
    print(json.dumps({"spans_ms": spans_ms[10:]}))


def _drain(application: Any) -> None:
    """Run the event loop until nothing is left to do: timers of zero, layouts, paints."""
    from PySide6.QtCore import QCoreApplication, QEventLoop

    for _ in range(4):
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
        QCoreApplication.sendPostedEvents()


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
    {"bare": bare_window, "real": real_window, "drops": drops, "pdf": pdf}[sys.argv[1]]()
