"""The context: a logarithmic slider beside a number. Knows tokens, no plan."""

from __future__ import annotations

import math

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QAbstractSpinBox, QHBoxLayout, QSlider, QSpinBox, QWidget

from moeplanner_gui.core.units import format_count
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.access import announce
from moeplanner_gui.ui.fonts import font_base

LOWEST = 1024
STEPS_PER_DOUBLING = 16
_MAX_SPIN = 2**31 - 1


def slider_position(tokens: int) -> float:
    """Where a number of tokens lies on the slider."""
    return STEPS_PER_DOUBLING * math.log2(max(tokens, LOWEST) / LOWEST)


def slider_tokens(position: int, highest: int) -> int:
    """The number of tokens at a slider position: a round number, whole powers of two exact."""
    exact = LOWEST * 2 ** (position / STEPS_PER_DOUBLING)
    grain = 256 if exact < 8192 else 1024
    return min(max(LOWEST, round(exact / grain) * grain), highest)


class ContextInput(QWidget):
    """One quantity, two ways to set it.

    Signals:
        dragged(int): The slider was moved by mouse or keys.
        typed(int): A number was typed.
        drag_ended(): The mouse let go of the slider.
    """

    dragged = Signal(int)
    typed = Signal(int)
    drag_ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._highest = 131_072
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("context_slider")
        self.slider.setAccessibleName(say("Context in tokens, logarithmic"))
        self.slider.setPageStep(STEPS_PER_DOUBLING)
        self.slider.setSingleStep(1)
        self.slider.valueChanged.connect(self._on_slider)
        self.slider.sliderReleased.connect(self.drag_ended)
        row.addWidget(self.slider, 1)
        self.number = QSpinBox()
        self.number.setObjectName("context_number")
        self.number.setAccessibleName(say("Context in tokens"))
        self.number.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.number.setRange(1, _MAX_SPIN)
        self.number.setGroupSeparatorShown(True)
        self.number.setKeyboardTracking(False)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.number.setFont(font_base())
        self.number.setSingleStep(1024)
        self.number.valueChanged.connect(self.typed)
        wide = self.number.fontMetrics().horizontalAdvance("1,048,576") + 22
        self.number.setFixedWidth(wide)
        row.addWidget(self.number)

    def show_context(
        self, tokens: int, longest: int, model_limit: int, *, for_all: bool = False
    ) -> None:
        """Show the plan's context; the mark stands at the longest one that fits.

        ``for_all``: the engine's users share this one context.
        """
        self._highest = max(model_limit, LOWEST)
        with QSignalBlocker(self.slider), QSignalBlocker(self.number):
            self.slider.setMaximum(math.ceil(slider_position(self._highest)))
            self.slider.setValue(round(slider_position(min(tokens, self._highest))))
            # The value it has already would be written, laid out and painted again.
            if self.number.value() != min(tokens, _MAX_SPIN):
                self.number.setValue(min(tokens, _MAX_SPIN))
        mark = slider_position(longest) if longest >= LOWEST else None
        if mark != self.slider.property("mark"):
            self.slider.setProperty("mark", mark)
            self.slider.update()
        end = (
            say("Longest that fits: {0}", format_count(longest))
            if longest
            else say("No context fits")
        )
        tip = say("{0}. The model ends at {1}.", end, format_count(model_limit))
        self.slider.setToolTip(say("{0} Page Up and Page Down double and halve.", tip))
        whose = say("Tokens of all users together") if for_all else say("Tokens for each user")
        self.number.setToolTip(f"{whose}. {tip}")
        self.slider.setAccessibleDescription(f"{_spoken(min(tokens, self._highest))}. {tip}")

    def _on_slider(self, position: int) -> None:
        tokens = slider_tokens(position, self._highest)
        if self.slider.hasFocus():
            # The slider's own value is a place on a scale, which tells nobody anything.
            announce(self.slider, _spoken(tokens))
        self.dragged.emit(tokens)


def _spoken(tokens: int) -> str:
    return say("{0} tokens", format_count(tokens))
