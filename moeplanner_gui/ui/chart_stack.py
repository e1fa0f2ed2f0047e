"""The pages of a chart: the curve, its numbers, why there is none, and that it has no room."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStackedWidget, QWidget

from moeplanner_gui.core.words import say

LEAST_LINES = 4.5
"""Lines of text. In less, the names of curves, axes and limits are written over one another."""
KEY = "Ctrl+Shift+J"
"""Gives the tabs the whole window."""


class ChartStack(QStackedWidget):
    """Shows one page; a curve only where it can be read."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curve: QWidget | None = None
        self.no_room = _NoRoom()
        self.addWidget(self.no_room)

    def show_page(self, page: QWidget) -> None:
        """Show a page whatever its height."""
        self._curve = None
        self.setCurrentWidget(page)

    def show_curve(self, curve: QWidget) -> None:
        """Show a curve, or that there is no room for it."""
        self._curve = curve
        self._choose()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._choose()

    def _choose(self) -> None:
        if self._curve is None:
            return
        # One that was never laid out has no height to go by.
        is_low = self.isVisible() and self.height() < LEAST_LINES * self.fontMetrics().height()
        self.setCurrentWidget(self.no_room if is_low else self._curve)


class _NoRoom(QLabel):
    """Says what gives the curve room; takes none of its own."""

    def __init__(self) -> None:
        key = QKeySequence(KEY).toString(QKeySequence.SequenceFormat.NativeText)
        text = say("Too low for a curve. {0} gives it the window; the table has its numbers.", key)
        super().__init__(text)
        self.setToolTip(text)
        self.setProperty("tone", "2")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # In lines where they have room, else what fits on one; the tooltip has all of it.
        metrics, words = self.fontMetrics(), self.toolTip()
        box = QRect(0, 0, self.width(), 10_000)
        lines = metrics.boundingRect(box, int(Qt.TextFlag.TextWordWrap), words)
        has_room = lines.height() <= self.height()
        self.setWordWrap(has_room)
        side = Qt.TextElideMode.ElideRight
        self.setText(words if has_room else metrics.elidedText(words, side, self.width()))
