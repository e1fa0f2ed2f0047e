"""What this computer alone answers and what would help, under the lines of the dialog."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.detect.next_part import Advice
from moeplanner_gui.ui.dialog import AnswerLine
from moeplanner_gui.ui.fonts import font_strong
from moeplanner_gui.ui.style import ThemeProvider

LINES = 4


class NextPartView(QWidget):
    """The answer and, where it is no, a change without a purchase and the cheapest addition."""

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._advice: Advice | None = None
        self.answer = AnswerLine(self)
        self.answer.words.setFont(font_strong())
        self.more = QLabel(self)
        self.more.setWordWrap(True)
        self.more.setProperty("tone", "2")
        self.more.setContentsMargins(24, 0, 0, 0)
        self.more.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.more.setMinimumHeight(LINES * self.fontMetrics().lineSpacing() + 4)
        self.more.setAccessibleName(say("What to plug in next"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.answer)
        column.addWidget(self.more)
        # The answer comes later; nothing may move then.
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self.hide()
        themes.theme_changed.connect(self._on_theme_changed)

    def _on_theme_changed(self, _theme: object) -> None:
        self.show_advice(self._advice)

    def text(self) -> str:
        """Everything that is said."""
        return "" if self._advice is None else self._advice.text

    def show_advice(self, advice: Advice | None) -> None:
        """Say it; nothing while it is not known."""
        self._advice = advice
        self.setVisible(advice is not None)
        if advice is not None:
            self.answer.show_verdict(advice.verdict, advice.answer, self._themes.theme)
            self.more.setText("\n".join(part for part in (advice.free, advice.bought) if part))
