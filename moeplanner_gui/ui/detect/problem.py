"""What went wrong while looking: a title, why, what was tried, and the ways on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fonts import font_heading, font_small, font_strong
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.style import ThemeProvider

_ICONS = {"error": ("error", "error"), "check": ("warning", "warn"), "note": ("info", "text2")}
_SEVERITY = {"error": say("Error"), "check": say("Check"), "note": say("Note")}


class ProblemPanel(QWidget):
    """One sentence of :mod:`moeplanner_gui.detect.sentences` with its details.

    Signals:
        again_wanted(): Look once more.
        typing_wanted(): The cards are to be typed in.
    """

    again_wanted = Signal()
    typing_wanted = Signal()

    def __init__(self, told: Any, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.told = told
        self._themes = themes
        self._mark = QLabel(self)
        self._mark.setFixedSize(18, 18)
        title = QLabel(told.title, self)
        title.setFont(font_strong() if told.level == "note" else font_heading())
        title.setWordWrap(True)
        title.setTextFormat(Qt.TextFormat.PlainText)
        title.setAccessibleName(f"{_SEVERITY[told.level]}: {told.title}")
        text = QLabel(told.text, self)
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setProperty("tone", "2")
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(title)
        column.addWidget(text)
        if told.level != "note":
            if told.steps:
                column.addSpacing(4)
                column.addWidget(_Steps(told.steps, themes, self))
            column.addSpacing(4)
            column.addLayout(self._buttons())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 8)
        row.setSpacing(8)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        themes.theme_changed.connect(self._on_theme_changed)
        self._on_theme_changed(themes.theme)

    def details(self) -> str:
        """All of it as text, for the clipboard."""
        steps = (f"{name}: {answer}" for name, answer in self.told.steps)
        return "\n".join((self.told.title, self.told.text, *steps))

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        if self.told.can_retry:
            self.again = plain_button(say("Try again"), say("Look once more"), self)
            self.again.clicked.connect(self.again_wanted)
            row.addWidget(self.again)
        self.copy = plain_button(
            say("Copy details"), say("Copy what was tried and what came back"), self
        )
        self.copy.clicked.connect(lambda: QApplication.clipboard().setText(self.details()))
        row.addWidget(self.copy)
        self.type_in = plain_button(say("Type the cards in"), say("Enter a card by hand"), self)
        self.type_in.setProperty("link", True)
        self.type_in.clicked.connect(self.typing_wanted)
        row.addWidget(self.type_in)
        row.addStretch(1)
        return row

    def _on_theme_changed(self, theme: Any) -> None:
        name, ink = _ICONS[self.told.level]
        self._mark.setPixmap(icon(name, theme, getattr(theme, ink)).pixmap(18, 18))


class ProblemList(QWidget):
    """All that went wrong, worst first.

    Signals:
        again_wanted(), typing_wanted(): As those of a panel.
    """

    again_wanted = Signal()
    typing_wanted = Signal()

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.panels: list[ProblemPanel] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.hide()

    def show_told(self, told: Sequence[Any]) -> None:
        """Show these in place of the ones before; nothing takes no room."""
        for panel in self.panels:
            panel.hide()
            panel.deleteLater()
        self.panels = []
        for one in told:
            panel = ProblemPanel(one, self._themes)
            panel.again_wanted.connect(self.again_wanted)
            panel.typing_wanted.connect(self.typing_wanted)
            self._column.addWidget(panel)
            self.panels.append(panel)
        self.setVisible(bool(told))


class _Steps(QWidget):
    """What was tried at the left, what came back at the right."""

    def __init__(
        self, steps: tuple[tuple[str, str], ...], themes: ThemeProvider, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self.setAccessibleName(say("What was tried"))
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 8, 12, 8)
        grid.setVerticalSpacing(3)
        grid.setHorizontalSpacing(16)
        grid.setColumnStretch(1, 1)
        for number, (name, answer) in enumerate(steps):
            left, right = QLabel(name, self), QLabel(answer, self)
            for label in (left, right):
                label.setFont(font_small())
                label.setTextFormat(Qt.TextFormat.PlainText)
            right.setWordWrap(True)
            right.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            grid.addWidget(left, number, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(right, number, 1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._themes.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.setBrush(QColor(theme.window))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 5, 5)


def wrapped_label(words: str = "", tone: str = "") -> QLabel:
    """A label of plain text that may run over several lines: a driver's words are no markup."""
    label = QLabel(words)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if tone:
        label.setProperty("tone", tone)
    return label


def plain_button(words: str, tip: str, parent: QWidget) -> QPushButton:
    """A push button that Return presses only when it has the focus."""
    button = QPushButton(words, parent)
    button.setAutoDefault(False)
    button.setToolTip(tip)
    button.setAccessibleName(words)
    button.setAccessibleDescription(tip)
    return button
