"""What follows from a form, beside it: names and figures in sections. Computes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.ui.fonts import font_base, font_small, font_strong
from moeplanner_gui.ui.style import ThemeProvider


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: a heading when it has no value, a note when it has no name."""

    name: str
    value: str = ""
    strong: bool = False
    tip: str = ""


class FactsPanel(QScrollArea):
    """The lines, in a column of their own that scrolls."""

    def __init__(self, themes: ThemeProvider, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._lines: list[tuple[QLabel, QLabel]] = []
        self.facts: tuple[Fact, ...] = ()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._body = QWidget()
        column = QVBoxLayout(self._body)
        column.setContentsMargins(14, 10, 14, 10)
        heading = QLabel(title)
        heading.setFont(font_strong())
        heading.setWordWrap(True)
        column.addWidget(heading)
        self._grid = QGridLayout()
        self._grid.setVerticalSpacing(3)
        self._grid.setHorizontalSpacing(10)
        self._grid.setColumnStretch(0, 1)
        column.addLayout(self._grid)
        column.addStretch(1)
        self.setWidget(self._body)
        for widget in (self._body, self.viewport()):
            widget.setBackgroundRole(self.palette().ColorRole.Window)
            widget.setAutoFillBackground(True)

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show these lines."""
        self.facts = tuple(facts)
        while len(self._lines) < len(facts):
            self._add_line()
        for number, (name, value) in enumerate(self._lines):
            fact = facts[number] if number < len(facts) else None
            for label in (name, value):
                label.setVisible(fact is not None)
            if fact is None:
                continue
            is_heading, is_note = not fact.value, not fact.name
            self._grid.removeWidget(name)
            self._grid.removeWidget(value)
            if is_heading or is_note:
                wide = name if is_heading else value
                self._grid.addWidget(wide, number, 0, 1, 2)
                (value if is_heading else name).hide()
            else:
                self._grid.addWidget(name, number, 0)
                self._grid.addWidget(value, number, 1)
            name.setWordWrap(not fact.value or len(fact.name) > 24)
            name.setText(fact.name)
            name.setFont(font_strong() if is_heading else font_base())
            name.setContentsMargins(0, 8 if is_heading and number else 0, 0, 0)
            value.setText(fact.value)
            value.setWordWrap(is_note)
            value.setFont(
                font_small() if is_note else font_strong() if fact.strong else font_base()
            )
            flags = Qt.AlignmentFlag.AlignLeft if is_note else Qt.AlignmentFlag.AlignRight
            value.setAlignment(flags | Qt.AlignmentFlag.AlignTop)
            for label in (name, value):
                label.setToolTip(fact.tip)

    def _add_line(self) -> None:
        name, value = QLabel(self._body), QLabel(self._body)
        name.setWordWrap(True)
        name.setProperty("tone", "2")
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lines.append((name, value))
