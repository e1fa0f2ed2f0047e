"""A remark with an information sign on a quiet background."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.chart_pieces import tint
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.theme import Theme


class NoteBox(QLabel):
    """Sentences to know of; hidden while there is none."""

    def __init__(self, theme: Theme, name: str, font: QFont) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName(name)
        self.setFont(font)
        self.setWordWrap(True)
        self.setContentsMargins(34, 8, 12, 8)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._theme = theme
        tint(self, theme.text2)

    def show_note(self, text: str) -> None:
        """Show a note, or nothing when it is empty."""
        if text != self.text():
            self.setText(text)
            self.setAccessibleName(say("Note: {0}", text) if text else "")
        self.setVisible(bool(text))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.window))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        top = 8 + (self.fontMetrics().height() - 16) / 2
        paint_icon(painter, QRectF(10, top, 16, 16), "info", self._theme.text2)
        painter.end()
        super().paintEvent(event)
