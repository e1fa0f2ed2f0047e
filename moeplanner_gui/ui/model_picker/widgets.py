"""Small controls of the model column: the picker's button, combos with a remark."""

from __future__ import annotations

from PySide6.QtCore import (
    QRectF,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.choice_list import ListCombo
from moeplanner_gui.ui.fonts import font_small, font_strong
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.style import ThemeProvider


class ModelButton(QAbstractButton):
    """Two lines, the model's name and its size; opens the list of models."""

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._name = ""
        self._line = ""
        self._shown = ("", "", "")
        self._hovered = False
        self.setObjectName("model_button")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        themes.theme_changed.connect(self._on_theme_changed)

    def show_model(self, name: str, line: str, more: str = "") -> None:
        """Show another model; ``more`` goes into the tooltip."""
        if (name, line, more) == self._shown:
            return
        self._shown = (name, line, more)
        self._name, self._line = name, line
        self.setAccessibleName(say("Model: {0}, {1}. Choose another one.", name, line))
        self.setToolTip(say("{0}: {1}\n{2}\nClick to choose another model.", name, line, more))
        self.update()

    def sizeHint(self) -> QSize:
        height = QFontMetricsF(font_strong()).height() + QFontMetricsF(font_small()).height()
        return QSize(200, int(height) + 16)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focus = self.hasFocus()
        ground = (
            theme.sunken if self.isDown() else theme.hover if self.underMouse() else theme.panel
        )
        width = 2.0 if focus else 1.0
        painter.setPen(QPen(QColor(theme.accent if focus else theme.strong), width))
        painter.setBrush(QColor(ground))
        inset = width / 2
        box = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(box, 5, 5)
        text = QRectF(self.rect()).adjusted(9, 7, -28, -7)
        left = Qt.AlignmentFlag.AlignLeft
        painter.setFont(font_strong())
        painter.setPen(QColor(theme.text))
        painter.drawText(
            text, left | Qt.AlignmentFlag.AlignTop, self._elided(painter, self._name, text)
        )
        painter.setFont(font_small())
        painter.setPen(QColor(theme.text2))
        painter.drawText(
            text, left | Qt.AlignmentFlag.AlignBottom, self._elided(painter, self._line, text)
        )
        spot = QRectF(self.width() - 23, self.height() / 2 - 7, 14, 14)
        paint_icon(painter, spot, "chevron-down", theme.text2)

    def _elided(self, painter: QPainter, text: str, rect: QRectF) -> str:
        metrics = QFontMetricsF(painter.font())
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, rect.width())

    def _on_theme_changed(self, _theme: object) -> None:
        self.update()


class ChoiceCombo(ListCombo):
    """A combo box with room for a dotted "assumed", that the wheel does not change by accident.

    Signals:
        opening(): The list is about to open.
    """

    opening = Signal()

    def __init__(self, themes: ThemeProvider, name: str, parent: QWidget | None = None) -> None:
        super().__init__(themes, parent)
        self._remark = ""
        self._dotted = False
        self._shown = ""
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(4)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMaxVisibleItems(14)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_shown(self, words: str) -> None:
        """Write these words while the list is closed, "" for the choice's own."""
        if words != self._shown:
            self._shown = words
            self.update()

    def showPopup(self) -> None:
        self.opening.emit()
        # The list may be wider than the column: no choice is cut off in it.
        metrics = QFontMetricsF(self.view().font())
        texts = [self.itemText(index) for index in range(self.count())]
        wide = max((metrics.horizontalAdvance(text) for text in texts), default=0.0)
        self.view().setMinimumWidth(max(self.width(), int(wide) + 48))
        super().showPopup()

    def set_remark(self, remark: str, *, dotted: bool = False) -> None:
        """Write words after the choice, "" for none; dotted for what nobody chose."""
        if (remark, dotted) != (self._remark, self._dotted):
            self._remark, self._dotted = remark, dotted
            self.setAccessibleDescription(remark)
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        # A wheel turned to scroll the column must not edit the plan.
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.width() - 30
        option.currentText = self._shown or option.currentText
        shown = option.currentText
        option.currentText = self.fontMetrics().elidedText(
            option.currentText, Qt.TextElideMode.ElideRight, room
        )
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
        if not self._remark:
            return
        theme = self._themes.theme
        painter = QPainter(self)
        left = 15 + self.fontMetrics().horizontalAdvance(shown)
        painter.setFont(font_small())
        metrics = painter.fontMetrics()
        room = self.width() - 22 - left
        words = self._remark
        if metrics.horizontalAdvance(words) > room:
            words = words.replace(" + ", ", ")
        words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
        wide = metrics.horizontalAdvance(words)
        # A letter and an ellipsis say nothing; two letters that are the whole word do.
        if len(words) < 3 and words != self._remark:
            return
        base = (self.height() + metrics.ascent() - metrics.descent()) // 2
        painter.setPen(QColor(theme.text3))
        painter.drawText(left, base, words)
        if not self._dotted:
            return
        pen = QPen(QColor(theme.text3), 1, Qt.PenStyle.DotLine)
        painter.setPen(pen)
        painter.drawLine(left, base + 3, left + wide, base + 3)


def fill_combo(combo: QComboBox, items: list[tuple[str, object]], chosen: object) -> None:
    """Show ``items`` (words, data) with the item whose data is ``chosen``."""
    with QSignalBlocker(combo):
        now = [(combo.itemText(i), combo.itemData(i)) for i in range(combo.count())]
        if now != items:
            combo.clear()
            for words, data in items:
                combo.addItem(words, data)
        index = next((i for i, (_, data) in enumerate(items) if data == chosen), -1)
        combo.setCurrentIndex(index)
