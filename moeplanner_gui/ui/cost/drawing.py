"""Draws ten thousand months beside the window: numpy is imported when the first are asked for."""

from __future__ import annotations

from contextlib import suppress

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from moeplanner_gui.core.cost.study import Study


class _Signals(QObject):
    """Signals of a worker, which is no QObject itself.

    Signals:
        done(Study, object): What the draws say of this study, None when they failed.
    """

    done = Signal(object, object)


class _Drawing(QRunnable):
    """Touches no widget and ends in ``done`` whatever happens."""

    def __init__(self, study: Study, signals: _Signals) -> None:
        super().__init__()
        self._study, self._signals = study, signals

    def run(self) -> None:
        drawn: object = None
        try:
            from moeplanner_gui.core.cost.monte_carlo import draws

            drawn = draws(self._study)
        finally:
            # At the end of the program the window may be gone before the answer.
            with suppress(RuntimeError):
                self._signals.done.emit(self._study, drawn)


class Drawing(QObject):
    """One study at a time; of several that come meanwhile only the last is drawn.

    Signals:
        drawn(Study, object): What the draws say.
    """

    drawn = Signal(object, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._signals = _Signals()
        self._signals.done.connect(self._on_done)
        self._is_busy = False
        self._next: Study | None = None

    @property
    def is_busy(self) -> bool:
        """True while an answer is awaited."""
        return self._is_busy

    def start(self, study: Study) -> None:
        """Draw another study."""
        if self._is_busy:
            self._next = study
            return
        self._is_busy = True
        QThreadPool.globalInstance().start(_Drawing(study, self._signals))

    def _on_done(self, study: object, drawn: object) -> None:
        self._is_busy = False
        waiting, self._next = self._next, None
        if waiting is not None:
            self.start(waiting)
        else:
            self.drawn.emit(study, drawn)
