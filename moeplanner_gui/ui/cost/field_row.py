"""One number with its slider, its unit and, under it, where it comes from or why it is refused.

Knows fields, no document: it says what was typed and shows what it is told.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QSlider, QWidget

from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.words import say, typed
from moeplanner_gui.ui.access import announce
from moeplanner_gui.ui.cost.input_field import InputField, Sliding
from moeplanner_gui.ui.cost.numbers import RefusedError
from moeplanner_gui.ui.cost.sources import Origin
from moeplanner_gui.ui.fonts import font_base, font_small
from moeplanner_gui.ui.hint import Hint
from moeplanner_gui.ui.style import ThemeProvider

EDIT_PX, UNIT_PX = 92, 58
SLIDER_STEPS = 400


class QuietSlider(QSlider):
    """A slider that leaves the wheel to the list that it stands in."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class NumberEdit(QLineEdit):
    """A line that takes its text over on Return or when the focus leaves it.

    Signals:
        left(): Return was pressed, or the focus has gone elsewhere.
        given_up(): Escape was pressed.
    """

    left = Signal()
    given_up = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left.emit()
            self.selectAll()
        elif event.key() == Qt.Key.Key_Escape and self.isModified():
            self.given_up.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.left.emit()


class FieldRow(QObject):
    """The widgets of one field in a grid of four columns.

    Signals:
        changed(str, object): The field's key and its new value; None for an emptied one.
        slid(str, object): The same while the slider moves.
        slide_ended(): The slider was let go.
    """

    changed = Signal(str, object)
    slid = Signal(str, object)
    slide_ended = Signal()

    def __init__(
        self, field: InputField, grid: QGridLayout, themes: ThemeProvider, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self.field = field
        self._plan: Plan | None = None
        self._error = ""
        self._widgets: list[QWidget] = []
        row = grid.rowCount()
        self.label = QLabel(field.label, parent)
        self.label.setProperty("tone", "2")
        self.edit = NumberEdit(parent)
        self.edit.setObjectName(f"cost_{field.key}")
        self.edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.edit.setFont(font_base())
        self.edit.setFixedWidth(max(EDIT_PX, self.edit.fontMetrics().averageCharWidth() * 13))
        self.edit.setMaxLength(40)
        self.edit.textEdited.connect(self._on_edited)
        self.edit.left.connect(self._on_left)
        self.edit.given_up.connect(self._on_given_up)
        self.label.setBuddy(self.edit)
        self.unit = QLabel(parent)
        self.unit.setProperty("tone", "3")
        self.unit.setFont(font_small())
        self.unit.setMinimumWidth(UNIT_PX)
        self.hint = Hint(themes, "", parent)
        self.hint.setMinimumHeight(self.hint.fontMetrics().height() + 3)
        self.slider: QuietSlider | None = None
        grid.addWidget(self.label, row, 0)
        grid.addWidget(self.edit, row, 2)
        grid.addWidget(self.unit, row, 3)
        grid.addWidget(self.hint, row + 1, 1, 1, 3)
        self._widgets = [self.label, self.edit, self.unit, self.hint]
        if field.slide is not None:
            self.slider = QuietSlider(Qt.Orientation.Horizontal, parent)
            self.slider.setObjectName(f"cost_{field.key}_slider")
            self.slider.setRange(0, SLIDER_STEPS)
            self.slider.setPageStep(SLIDER_STEPS // 10)
            self.slider.setMinimumWidth(60)
            self.slider.valueChanged.connect(self._on_slid)
            self.slider.sliderReleased.connect(self.slide_ended)
            grid.addWidget(self.slider, row, 1)
            self._widgets.append(self.slider)
        self.set_field(field)

    def set_field(self, field: InputField) -> None:
        """Be another field, of the same kind: a price in another currency."""
        self.field = field
        self.unit.setText(field.unit)
        self.label.setToolTip(field.tip)
        named = say("{0}, in {1}", field.label, field.unit) if field.unit else field.label
        self.edit.setAccessibleName(named)
        if self.slider is not None:
            self.slider.setAccessibleName(say("{0}, slider", named))
            self.slider.setToolTip(field.tip)

    def set_visible(self, visible: bool) -> None:
        """Show or hide all of it."""
        for widget in self._widgets:
            widget.setVisible(visible)

    def show_value(self, plan: Plan, origin: Origin | None) -> None:
        """Show the plan's value, unless somebody is typing another one."""
        self._plan = plan
        origin = origin or Origin()
        self.edit.setPlaceholderText(origin.placeholder)
        if not self._is_typing():
            self._show_text(self.field.text(plan))
        self._show_origin(origin)
        value = self.field.read(plan)
        if self.slider is not None and not self.slider.isSliderDown():
            if value is None:
                value = _number(origin.placeholder)
            slide = self.field.slide
            if slide is not None and value is not None:
                shown = value * 100 if self.field.percent else value
                with QSignalBlocker(self.slider):
                    self.slider.setValue(slider_position(slide, shown))
                self._describe_slider(self.edit.text() or origin.placeholder)

    def show_number(self, plan: Plan) -> None:
        """Show the plan's value and leave the words under it as they are."""
        self._plan = plan
        if not self._is_typing():
            self._show_text(self.field.text(plan))

    @property
    def error(self) -> str:
        """Why what is typed is refused, "" when it is not."""
        return self._error

    def _is_typing(self) -> bool:
        return self.edit.isModified() and (self.edit.hasFocus() or bool(self._error))

    def _show_text(self, text: str) -> None:
        if text != self.edit.text():
            self.edit.setText(text)
        self.edit.setModified(False)
        if self._error:
            self._show_error("")

    def _show_origin(self, origin: Origin) -> None:
        words = f"⚠ {origin.words}" if origin.old and origin.words else origin.words
        self.hint.set_hint(words)
        tip = (
            f"{self.field.tip}\n{origin.words}\n{origin.tip}".strip()
            if origin.words
            else (self.field.tip)
        )
        for widget in (self.edit, self.hint):
            if widget.toolTip() != tip:
                widget.setToolTip(tip)
        if not self._error:
            said = f"{self.field.tip} {origin.words}".strip()
            if self.edit.accessibleDescription() != said:
                self.edit.setAccessibleDescription(said)

    def _show_error(self, sentence: str) -> None:
        self._error = sentence
        self.hint.show_error(sentence)
        self.edit.setProperty("invalid", bool(sentence))
        self.edit.update()
        if sentence:
            self.edit.setAccessibleDescription(f"{sentence} {self.field.tip}")

    def _parse(self) -> tuple[bool, float | None]:
        try:
            value = self.field.parse(self.edit.text())
        except RefusedError as error:
            self._show_error(str(error))
            return False, None
        self._show_error("")
        return True, value

    def _on_edited(self, _text: str) -> None:
        self._parse()

    def _on_left(self) -> None:
        if not self.edit.isModified():
            return
        good, value = self._parse()
        if good:
            self.edit.setModified(False)
            self.changed.emit(self.field.key, value)

    def _on_given_up(self) -> None:
        if self._plan is not None:
            self._show_text(self.field.text(self._plan))

    def _on_slid(self, position: int) -> None:
        slide = self.field.slide
        if slide is None:
            return
        value = slider_value(slide, position)
        if self.field.percent:
            value = round(value / 100, 9)
        if self.field.whole:
            value = float(round(value))
        self.edit.setModified(False)
        self.slid.emit(self.field.key, value)
        if self.slider is not None and self.slider.hasFocus():
            self._describe_slider(self.edit.text())
            announce(self.slider, self.slider.accessibleDescription())

    def _describe_slider(self, text: str) -> None:
        """The slider's own value is a place on a scale: what it stands for is told beside."""
        if self.slider is not None:
            self.slider.setAccessibleDescription(f"{text} {self.field.unit}".strip())


def slider_position(slide: Sliding, value: float) -> int:
    """Where a value lies on its slider, at an end when it lies outside."""
    value = min(max(value, slide.low), slide.high)
    if slide.logarithmic:
        share = math.log(value / slide.low) / math.log(slide.high / slide.low)
    else:
        share = (value - slide.low) / (slide.high - slide.low)
    return round(share * SLIDER_STEPS)


def slider_value(slide: Sliding, position: int) -> float:
    """The round number at a slider's position: two digits on a logarithmic one."""
    share = position / SLIDER_STEPS
    if slide.logarithmic:
        return float(f"{slide.low * (slide.high / slide.low) ** share:.3g}")
    exact = slide.low + share * (slide.high - slide.low)
    return round(round(exact / slide.step) * slide.step, 6)


def _number(text: str) -> float | None:
    try:
        return float(typed(text).replace(",", ""))
    except ValueError:
        return None
