"""The word beside a value that says where it comes from, and the button that takes it back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fonts import font_small, font_small_strong

BACK = say("Back to detected")
MARK_TIPS = {
    "detected": say("Read from this computer, and unchanged since"),
    "edited": say("Differs from what was detected"),
    "typed": say("Given by hand; detection read nothing here"),
    "assumed": say("Nobody said; the usual value stands"),
    "rule": say("Worked out by the rule"),
    "": "",
}
MARK_WORDS = {
    "detected": say("detected"),
    "edited": say("edited"),
    "typed": say("typed"),
    "assumed": say("assumed"),
    "rule": say("by rule"),
}


def mark_label(field: str) -> QLabel:
    """An empty word with room for the longest one, so that nothing moves when it changes."""
    label = QLabel()
    label.setObjectName(f"{field}-origin")
    label.setFont(font_small())
    metrics = QFontMetrics(font_small_strong())
    label.setMinimumWidth(max(map(metrics.horizontalAdvance, MARK_WORDS.values())) + 8)
    return label


def reset_button(field: str, label: str, words: str, does: Callable[[], object]) -> QPushButton:
    """The link that takes a value back; it keeps its place while it is hidden."""
    button = QPushButton(words)
    button.setAutoDefault(False)
    button.setProperty("link", True)
    button.setObjectName(f"{field}-reset")
    button.setAccessibleName(say("{0} for {1}", words, label))
    kept = button.sizePolicy()
    kept.setRetainSizeWhenHidden(True)
    button.setSizePolicy(kept)
    button.clicked.connect(lambda _checked=False: does())
    return button


def hold_both_words(button: QPushButton) -> None:
    """Give a reset button room for its own words and for the way back to what was detected."""
    own = button.text()
    widths = []
    for words in (own, BACK):
        button.setText(words)
        widths.append(button.sizeHint().width())
    button.setText(own)
    button.setMinimumWidth(max(widths))


def show_mark(label: QLabel, mark: str, tip: str = "") -> None:
    """Write the word; an edited value is bold, as everywhere."""
    label.setText(MARK_WORDS.get(mark, mark))
    strong = mark in ("edited", "typed")
    label.setFont(font_small_strong() if strong else font_small())
    label.setToolTip("\n".join(text for text in (MARK_TIPS.get(mark, ""), tip) if text))


def show_reset(button: QPushButton, label: str, words: str, tip: str, *, back: bool) -> None:
    """Let a reset button go back to what was detected, or to ``words``."""
    shown = BACK if back else words
    button.setText(shown)
    button.setAccessibleName(say("{0} for {1}", shown, label))
    button.setToolTip(say("What was read from this computer") if back else tip)


class FieldMarks:
    """The words beside the choices of a detected node, each with its way back.

    Attributes:
        resets: The button of each field by its name.
    """

    def __init__(self, grid: QGridLayout, column: int, on_back: Callable[[str], object]) -> None:
        self._grid, self._column, self._on_back = grid, column, on_back
        self._labels: dict[str, QLabel] = {}
        self.resets: dict[str, QPushButton] = {}

    def add(self, row: int, field: str, label: str) -> None:
        """Put a word and a button into a row of the grid."""
        self._labels[field] = mark_label(field)
        self.resets[field] = reset_button(field, label, BACK, lambda: self._on_back(field))
        self._grid.addWidget(self._labels[field], row, self._column)
        self._grid.addWidget(self.resets[field], row, self._column + 1)

    def show(self, mark_of: Callable[[str], str]) -> None:
        """Say of every field where it comes from now."""
        for field, label in self._labels.items():
            mark = mark_of(field)
            show_mark(label, mark)
            self.resets[field].setVisible(mark == "edited")
