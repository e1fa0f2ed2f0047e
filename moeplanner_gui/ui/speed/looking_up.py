"""Looks for the nearest measurements beside the window: the first time it reads every row."""

from __future__ import annotations

from contextlib import suppress

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.export import speed_rows

MOST_SHOWN = 8


class _Signals(QObject):
    """Signals of a worker, which is no QObject itself.

    Signals:
        done(Plan, tuple): The measurements nearest to this plan.
    """

    done = Signal(object, object)


class _Looking(QRunnable):
    """Touches no widget and ends in ``done`` whatever happens, then with nothing found."""

    def __init__(self, plan: Plan, catalog: CatalogReader, signals: _Signals) -> None:
        super().__init__()
        self._plan, self._catalog, self._signals = plan, catalog, signals

    def run(self) -> None:
        found: tuple[object, ...] = ()
        try:
            found = speed_rows.nearest_of(self._plan, self._catalog, MOST_SHOWN)
        finally:
            # At the end of the program the window may be gone before the answer.
            with suppress(RuntimeError):
                self._signals.done.emit(self._plan, found)


class LookUp(QObject):
    """One look-up at a time; of several plans that come meanwhile only the last is looked up.

    Signals:
        found(Plan, tuple): The measurements nearest to this plan.
    """

    found = Signal(object, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._signals = _Signals()
        self._signals.done.connect(self._on_done)
        self._is_busy = False
        self._next: tuple[Plan, CatalogReader] | None = None

    @property
    def is_busy(self) -> bool:
        """True while an answer is awaited."""
        return self._is_busy

    def start(self, plan: Plan, catalog: CatalogReader) -> None:
        """Look up another plan."""
        if self._is_busy:
            self._next = plan, catalog
            return
        self._is_busy = True
        QThreadPool.globalInstance().start(_Looking(plan, catalog, self._signals))

    def _on_done(self, plan: object, found: object) -> None:
        self._is_busy = False
        waiting, self._next = self._next, None
        if waiting is not None:
            self.start(*waiting)
        else:
            self.found.emit(plan, found)
