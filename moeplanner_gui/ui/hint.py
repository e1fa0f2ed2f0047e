"""A few words in a fixed place that become an error when there is one. Knows no forms."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fonts import font_small
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.style import ThemeProvider


class Hint(QWidget):
    """A few small words beside a field: a hint, or what is wrong with a mark before it."""

    def __init__(self, themes: ThemeProvider, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._hint = hint
        self._is_error = False
        self._mark = _Mark(themes, self)
        self._words = QLabel(hint, self)
        self._words.setWordWrap(True)
        self._words.setFont(font_small())
        self._words.setMinimumWidth(96)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(5)
        row.addWidget(self._mark)
        row.addWidget(self._words, 1)
        self.show_error("")

    @property
    def text(self) -> str:
        """What stands there."""
        return self._words.text()

    def set_hint(self, hint: str) -> None:
        """Other words for when nothing is wrong."""
        self._hint = hint
        if not self._is_error:
            self._words.setText(hint)

    def show_error(self, error: str) -> None:
        """Say what is wrong; "" shows the hint again."""
        self._is_error = bool(error)
        self._mark.setVisible(self._is_error)
        self._words.setText(error or self._hint)
        self._words.setAccessibleName(say("Error: {0}", error) if error else self._hint)
        tone = "error" if error else "3"
        if self._words.property("tone") != tone:
            self._words.setProperty("tone", tone)
            # A style sheet looks at properties when a widget is polished only.
            self._words.style().unpolish(self._words)
            self._words.style().polish(self._words)


class _Mark(QWidget):
    def __init__(self, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self.setFixedSize(14, 14)

    def paintEvent(self, _event: QPaintEvent) -> None:
        paint_icon(QPainter(self), QRectF(0, 0, 14, 14), "error", self._themes.theme.error)
