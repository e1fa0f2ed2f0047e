"""Runs something once a widget has been painted for the first time. Knows no view.

A timer that is started while the window is built is due before the window's first picture: the
event loop runs what is due before it paints. What nobody sees in that picture waits for it here.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget


class FirstPaint(QObject):
    """Calls ``run`` when the event loop is back after the first paint of ``widget``.

    It is a child of the widget and goes with it; after the call it costs nothing.
    """

    def __init__(self, widget: QWidget, run: Callable[[], object]) -> None:
        super().__init__(widget)
        self._run = run
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self, self._go)
        return False

    def _go(self) -> None:
        self._run()
        self.deleteLater()
