"""The live lines of the detected node: when they run, and what they show.

The reading is done by another process; here a timer takes what it read last, which never
waits. Nothing runs while nobody can see it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

from PySide6.QtCore import QEvent, QObject, QThreadPool, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QScrollArea, QWidget

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.checks.subjects import place_of
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.rig_builder.canvas import RigCanvas
from moeplanner_gui.ui.rig_builder.live_reading import (
    PROBLEM_CODE,
    CardReading,
    Reader,
    live_lines,
    problem_findings,
    use_findings,
    with_use_now,
)

INTERVAL_MS = 1000
_VISIBILITY = (
    QEvent.Type.Show,
    QEvent.Type.Hide,
    QEvent.Type.Resize,
    QEvent.Type.WindowStateChange,
    QEvent.Type.Close,
)
_AT_ONCE = (QEvent.Type.Hide, QEvent.Type.Close)


def system_reader() -> Reader:
    """The reader of this computer's cards."""
    return LateReader(_import_reader)


def _import_reader() -> Reader:
    from moeplanner_gui.detect.meters import MeterReader

    return MeterReader()


class LateReader:
    """A reader that is imported and made off the window's thread: that takes several frames."""

    def __init__(self, make: Callable[[], Reader]) -> None:
        self._make = make
        self._lock = Lock()
        self._inner: Reader | None = None
        self._is_stopped = False

    def start(self) -> None:
        """Make the reader, soon."""
        # Starting a thread of Python's own waits until it runs, and it runs imports first.
        QThreadPool.globalInstance().start(self._run)

    def stop(self) -> None:
        """End it, or never begin."""
        with self._lock:
            self._is_stopped = True
            inner, self._inner = self._inner, None
        if inner is not None:
            inner.stop()

    def latest(self) -> Sequence[CardReading] | None:
        """What it read last; None as long as it is not there."""
        inner = self._inner
        return None if inner is None else inner.latest()

    def problem(self) -> str | None:
        """Why it reads nothing."""
        inner = self._inner
        return None if inner is None else inner.problem()

    def _run(self) -> None:
        inner = self._make()
        with self._lock:
            if not self._is_stopped:
                self._inner = inner
                inner.start()


class LiveMeters(QObject):
    """Shows what the cards of the detected node do now while the switch is on.

    Attributes:
        findings: Notes on memory that is in use now and was not at detection, and on what could
            not be read.

    Signals:
        findings_changed(): ``findings`` are others.
    """

    findings_changed = Signal()

    def __init__(
        self,
        view: QWidget,
        scroll: QScrollArea,
        canvas: RigCanvas,
        document: PlanDocument,
        switch: QAction,
        make_reader: Callable[[], Reader] | None = None,
    ) -> None:
        super().__init__(view)
        self._view, self._canvas, self._document = view, canvas, document
        self._switch, self._make_reader = switch, make_reader or system_reader
        self._reader: Reader | None = None
        self._readings: Sequence[CardReading] | None = None
        self._problems: tuple[Finding, ...] = ()
        self.findings: tuple[Finding, ...] = ()
        self.timer = QTimer(self)
        self.timer.setInterval(INTERVAL_MS)
        self.timer.timeout.connect(self._on_tick)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.refresh)
        self._window: QWidget | None = None
        view.installEventFilter(self)
        bar = scroll.verticalScrollBar()
        bar.valueChanged.connect(self._on_scrolled)
        switch.toggled.connect(self._on_switched)
        document.assessment_changed.connect(self._on_assessment_changed)
        document.memory_unit_changed.connect(self._on_assessment_changed)
        self.refresh()

    @property
    def is_running(self) -> bool:
        """Whether cards are being read."""
        return self._reader is not None

    def refresh(self) -> None:
        """Start or stop, as the switch and what can be seen say."""
        self._watch_window()
        if self._is_wanted() != self.is_running:
            if self.is_running:
                self._stop()
            else:
                self._start()

    def repair(self, finding: Finding) -> None:
        """Take what is in use now off the card that ``finding`` is about, or read again."""
        if finding.code == PROBLEM_CODE:
            if self.is_running:
                self._stop()
            self.refresh()
            return
        place = place_of(finding.subject, self._document.plan, self._document.catalog)
        if place is None or place[1] is None:
            return
        found = with_use_now(
            self._document.plan, (place[0], place[1]), self._document.catalog, self._readings
        )
        if found is not None:
            self._document.apply(*found)

    # -- when it runs ---------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in _AT_ONCE and self.is_running:
            # At the end of the program no timer comes any more.
            self._stop()
        if kind in _VISIBILITY:
            self._soon.start()
        return False

    def _watch_window(self) -> None:
        window = self._view.window()
        if window is not self._window and window is not self._view:
            self._window = window
            window.installEventFilter(self)

    def _is_wanted(self) -> bool:
        if not self._switch.isChecked() or not self._view.isVisible():
            return False
        if self._view.window().isMinimized():
            return False
        return any(
            slot.row.mark in ("detected", "edited") and not slot.visibleRegion().isEmpty()
            for slot in self._canvas.slots()
        )

    def _start(self) -> None:
        self._readings = None
        self._reader = self._make_reader()
        self._reader.start()
        self.timer.start()
        self._show()

    def _stop(self) -> None:
        self.timer.stop()
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.stop()
        for slot in self._canvas.slots():
            slot.set_live(None)

    def _on_switched(self, is_on: bool) -> None:
        self.refresh()
        if not is_on:
            self._readings, self._problems = None, ()
            self._show_findings()

    def _on_scrolled(self, _value: int) -> None:
        if self._switch.isChecked():
            self._soon.start()

    # -- what it shows --------------------------------------------------------------------

    def _on_tick(self) -> None:
        self.refresh()
        if self._reader is not None:
            latest = self._reader.latest()
            if latest is not None or self._reader.problem():
                # What was in use before the problem is not in use "now".
                self._readings = latest
            self._show()
            self._show_findings()

    def _on_assessment_changed(self, _changed: object) -> None:
        if not self._switch.isChecked():
            return
        if self.is_running:
            # Cards may have changed places: a line must never stand on another card's slot.
            self._show()
        self._show_findings()
        self._soon.start()

    def _show(self) -> None:
        assert self._reader is not None
        document = self._document
        lines = live_lines(
            document.plan,
            document.catalog,
            self._readings,
            self._reader.problem(),
            document.memory_unit,
        )
        self._problems = problem_findings(document.plan, document.catalog, lines)
        for slot in self._canvas.slots():
            slot.set_live(lines.get((slot.row.node, slot.row.slot)))

    def _show_findings(self) -> None:
        document = self._document
        found = self._problems + use_findings(
            document.plan, document.catalog, self._readings, document.memory_unit
        )
        if found != self.findings:
            self.findings = found
            self.findings_changed.emit()
