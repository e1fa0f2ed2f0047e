"""Paints inputs, sliders, scroll bars and focus frames over Fusion. Knows a theme, no view."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QProxyStyle,
    QSlider,
    QStyle,
    QStyleOption,
    QStyleOptionComboBox,
    QStyleOptionComplex,
    QStyleOptionSlider,
    QStyleOptionSpinBox,
    QWidget,
)

from moeplanner_gui.ui.locale import give_direction, is_mirrored
from moeplanner_gui.ui.plain_words import TipWords, make_plain
from moeplanner_gui.ui.theme import LIGHT, Theme
from moeplanner_gui.ui.undo_keys import leaves_undo_to_window

SCROLL_BAR_PX = 10
HANDLE_PX = 15
_State = QStyle.StateFlag
_Complex = QStyle.ComplexControl
_Primitive = QStyle.PrimitiveElement
_Metric = QStyle.PixelMetric

_CONTROLS = (
    QStyle.ContentsType.CT_ComboBox,
    QStyle.ContentsType.CT_SpinBox,
    QStyle.ContentsType.CT_LineEdit,
)
CONTROL_PX = 28

_METRICS = {
    _Metric.PM_ScrollBarExtent: SCROLL_BAR_PX,
    _Metric.PM_SliderLength: HANDLE_PX,
    _Metric.PM_SliderThickness: 20,
    _Metric.PM_SliderControlThickness: HANDLE_PX,
    _Metric.PM_ButtonShiftHorizontal: 0,
    _Metric.PM_ButtonShiftVertical: 0,
    _Metric.PM_SmallIconSize: 16,
    _Metric.PM_ToolBarIconSize: 16,
    _Metric.PM_ButtonIconSize: 16,
    _Metric.PM_TabBarIconSize: 16,
}


class PlannerStyle(QProxyStyle):
    """Fusion with the program's own inputs. ``theme`` may be replaced at any time."""

    def __init__(self) -> None:
        super().__init__("Fusion")
        self.theme: Theme = LIGHT
        self._tips = TipWords(self)
        self._is_mirrored = is_mirrored()

    def pixelMetric(self, metric, option=None, widget=None) -> int:  # type: ignore[no-untyped-def]
        known = _METRICS.get(metric)
        return super().pixelMetric(metric, option, widget) if known is None else known

    # No styleHint here: Qt asks it 10,000 times while a window is built, and each question that
    # goes through Python costs. What it would answer is in the style sheet and below.

    def polish(self, what):  # type: ignore[no-untyped-def]
        result = super().polish(what)
        if self._is_mirrored and isinstance(what, QWidget):
            give_direction(what)
        if isinstance(what, (QSlider, QLineEdit, QAbstractSpinBox)):
            what.installEventFilter(self)
        elif isinstance(what, QLabel):
            make_plain(what, self._tips)
        return result

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Bring a slider's handle under the mouse, so that a press anywhere grips it, and let
        lines leave undo to the window.
        """
        if leaves_undo_to_window(watched, event):
            event.ignore()
            return True
        if (
            isinstance(watched, QSlider)
            and isinstance(event, QMouseEvent)
            and event.type() == QEvent.Type.MouseButtonPress
            and event.button() == Qt.MouseButton.LeftButton
        ):
            _put_handle_under(watched, event.position().x())
        return False

    def drawPrimitive(  # type: ignore[no-untyped-def]
        self, element, option: QStyleOption, painter: QPainter, widget: QWidget | None = None
    ) -> None:
        if element == _Primitive.PE_FrameFocusRect:
            if option.state & _State.State_KeyboardFocusChange:
                self._frame(painter, QRectF(option.rect), self.theme.accent, None, 2.0, 3.0)
        elif element == _Primitive.PE_PanelLineEdit:
            self._paint_input(painter, option, widget)
        elif element == _Primitive.PE_FrameLineEdit:
            pass  # the panel draws the frame
        elif element == _Primitive.PE_IndicatorCheckBox:
            self._paint_check_box(painter, option)
        elif element == _Primitive.PE_IndicatorMenuCheckMark:
            if option.state & _State.State_On:
                self._tick(painter, QRectF(option.rect), self.theme.text)
        elif element == _Primitive.PE_IndicatorBranch:
            self._paint_branch(painter, option)
        else:
            super().drawPrimitive(element, option, painter, widget)

    def drawComplexControl(  # type: ignore[no-untyped-def]
        self, control, option: QStyleOptionComplex, painter: QPainter, widget=None
    ) -> None:
        if control == _Complex.CC_ComboBox and isinstance(option, QStyleOptionComboBox):
            self._paint_combo(painter, option, widget)
        elif control == _Complex.CC_SpinBox and isinstance(option, QStyleOptionSpinBox):
            self._paint_spin(painter, option, widget)
        elif control == _Complex.CC_Slider and isinstance(option, QStyleOptionSlider):
            self._paint_slider(painter, option, widget)
        elif control == _Complex.CC_ScrollBar and isinstance(option, QStyleOptionSlider):
            self._paint_scroll_bar(painter, option, widget)
        else:
            super().drawComplexControl(control, option, painter, widget)

    def subControlRect(self, control, option, sub, widget=None) -> QRect:  # type: ignore[no-untyped-def]
        if control == _Complex.CC_ScrollBar:
            return self._scroll_bar_part(option, sub, widget)
        if control == _Complex.CC_ComboBox and sub == QStyle.SubControl.SC_ComboBoxEditField:
            return option.rect.adjusted(7, 2, -24, -2)
        rect = super().subControlRect(control, option, sub, widget)
        if control == _Complex.CC_SpinBox and sub == QStyle.SubControl.SC_SpinBoxEditField:
            rect.adjust(4, 0, -4, 0)
        return rect

    def sizeFromContents(self, kind, option, size, widget=None) -> QSize:  # type: ignore[no-untyped-def]
        result = super().sizeFromContents(kind, option, size, widget)
        if kind in _CONTROLS:
            line = option.fontMetrics.height() if option is not None else 15
            result.setHeight(max(CONTROL_PX, line + 12))
        return result

    def subElementRect(self, element, option, widget=None) -> QRect:  # type: ignore[no-untyped-def]
        rect = super().subElementRect(element, option, widget)
        if element == QStyle.SubElement.SE_LineEditContents and not isinstance(
            widget.parent() if widget is not None else None, (QComboBox, QAbstractSpinBox)
        ):
            rect.adjust(4, 0, -4, 0)
        return rect

    def _frame(
        self,
        painter: QPainter,
        rect: QRectF,
        line: str,
        fill: str | None,
        width: float = 1.0,
        radius: float = 5.0,
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(line), width))
        painter.setBrush(QColor(fill) if fill else Qt.BrushStyle.NoBrush)
        inset = width / 2
        painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius, radius)
        painter.restore()

    def _paint_input(self, painter: QPainter, option: QStyleOption, widget: QWidget | None) -> None:
        if widget is not None and isinstance(widget.parent(), QComboBox):
            return
        if getattr(option, "lineWidth", 1) <= 0:
            return
        theme = self.theme
        if not option.state & _State.State_Enabled:
            self._frame(painter, QRectF(option.rect), theme.border, theme.panel)
            return
        if widget is not None and widget.property("invalid"):
            line, width = theme.error, 1.0
        elif option.state & _State.State_HasFocus:
            line, width = theme.accent, 2.0
        else:
            line, width = theme.strong, 1.0
        self._frame(painter, QRectF(option.rect), line, theme.panel, width)

    def _paint_combo(
        self, painter: QPainter, option: QStyleOptionComboBox, widget: QWidget | None
    ) -> None:
        theme = self.theme
        enabled = bool(option.state & _State.State_Enabled)
        fill = theme.panel
        if enabled and option.state & _State.State_MouseOver:
            fill = theme.hover
        if option.state & _State.State_On:
            fill = theme.sunken
        focus = enabled and bool(option.state & _State.State_HasFocus)
        line = theme.accent if focus else theme.strong if enabled else theme.border
        if widget is not None and widget.property("invalid"):
            line = theme.error
        self._frame(painter, QRectF(option.rect), line, fill, 2.0 if focus else 1.0)
        center = QPointF(option.rect.right() - 13, option.rect.center().y() + 0.5)
        self._chevron(painter, center, theme.text2 if enabled else theme.disabled)

    def _chevron(
        self, painter: QPainter, center: QPointF, color: str, size: float = 3.2, turn: int = 0
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(color), 1.4)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.translate(center)
        painter.rotate(turn)
        painter.drawPolyline(
            [QPointF(-size, -size / 2), QPointF(0, size / 2), QPointF(size, -size / 2)]
        )
        painter.restore()

    def _paint_spin(
        self, painter: QPainter, option: QStyleOptionSpinBox, widget: QWidget | None
    ) -> None:
        theme = self.theme
        enabled = bool(option.state & _State.State_Enabled)
        focus = enabled and bool(option.state & _State.State_HasFocus)
        line = theme.accent if focus else theme.strong if enabled else theme.border
        self._frame(painter, QRectF(option.rect), line, theme.panel, 2.0 if focus else 1.0)
        if not option.subControls & QStyle.SubControl.SC_SpinBoxUp:
            return
        color = theme.text2 if enabled else theme.disabled
        for part, turn in (
            (QStyle.SubControl.SC_SpinBoxUp, 180),
            (QStyle.SubControl.SC_SpinBoxDown, 0),
        ):
            rect = self.subControlRect(_Complex.CC_SpinBox, option, part, widget)
            if rect.isValid():
                self._chevron(painter, QRectF(rect).center(), color, 2.6, turn)

    def _paint_slider(
        self, painter: QPainter, option: QStyleOptionSlider, widget: QWidget | None
    ) -> None:
        theme = self.theme
        handle = self.subControlRect(
            _Complex.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, widget
        )
        rect = QRectF(option.rect)
        y = rect.center().y()
        enabled = bool(option.state & _State.State_Enabled)
        accent = theme.accent if enabled else theme.disabled
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        groove = QRectF(rect.left() + 1, y - 2, rect.width() - 2, 4)
        painter.setPen(QPen(QColor(theme.strong), 1))
        painter.setBrush(QColor(theme.sunken))
        painter.drawRoundedRect(groove, 2, 2)
        middle = QRectF(handle).center().x()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(accent))
        painter.drawRoundedRect(QRectF(groove.left(), y - 2, middle - groove.left(), 4), 2, 2)
        mark = widget.property("mark") if isinstance(widget, QSlider) else None
        if mark is not None and option.maximum > option.minimum:
            share = (mark - option.minimum) / (option.maximum - option.minimum)
            x = groove.left() + HANDLE_PX / 2 + share * (groove.width() - HANDLE_PX)
            painter.setBrush(QColor(theme.text))
            painter.drawRect(QRectF(round(x) - 1, y - 7, 2, 14))
        painter.setPen(QPen(QColor(accent), 2))
        painter.setBrush(QColor(theme.panel))
        painter.drawEllipse(QPointF(middle, y), 6.5, 6.5)
        if option.state & _State.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(accent), 1.5))
            painter.drawEllipse(QPointF(middle, y), 9.2, 9.2)
        painter.restore()

    def _scroll_bar_part(self, option, sub, widget) -> QRect:  # type: ignore[no-untyped-def]
        rect = option.rect
        if sub in (QStyle.SubControl.SC_ScrollBarAddLine, QStyle.SubControl.SC_ScrollBarSubLine):
            return QRect()
        upright = option.orientation == Qt.Orientation.Vertical
        length = rect.height() if upright else rect.width()
        span = option.maximum - option.minimum
        if span <= 0:
            handle, start = length, 0
        else:
            handle = max(28, length * option.pageStep // (span + option.pageStep))
            handle = min(handle, length)
            start = QStyle.sliderPositionFromValue(
                option.minimum,
                option.maximum,
                option.sliderPosition,
                length - handle,
                option.upsideDown,
            )
        if sub == QStyle.SubControl.SC_ScrollBarGroove:
            return QRect(rect)
        if sub == QStyle.SubControl.SC_ScrollBarSlider:
            first, size = start, handle
        elif sub == QStyle.SubControl.SC_ScrollBarSubPage:
            first, size = 0, start
        elif sub == QStyle.SubControl.SC_ScrollBarAddPage:
            first, size = start + handle, length - start - handle
        else:
            return QRect()
        if upright:
            return QRect(rect.left(), rect.top() + first, rect.width(), size)
        return QRect(rect.left() + first, rect.top(), size, rect.height())

    def _paint_scroll_bar(
        self, painter: QPainter, option: QStyleOptionSlider, widget: QWidget | None
    ) -> None:
        theme = self.theme
        painter.fillRect(option.rect, QColor(theme.panel))
        if option.maximum <= option.minimum:
            return
        bar = QRectF(self._scroll_bar_part(option, QStyle.SubControl.SC_ScrollBarSlider, widget))
        active = option.activeSubControls & QStyle.SubControl.SC_ScrollBarSlider
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.text3 if active else theme.strong))
        bar = (
            bar.adjusted(3, 1, -2, -1) if bar.height() > bar.width() else bar.adjusted(1, 3, -1, -2)
        )
        painter.drawRoundedRect(bar, 2.5, 2.5)
        painter.restore()

    def _paint_check_box(self, painter: QPainter, option: QStyleOption) -> None:
        theme = self.theme
        on = bool(option.state & _State.State_On)
        enabled = bool(option.state & _State.State_Enabled)
        line = theme.accent if on and enabled else theme.strong if enabled else theme.border
        self._frame(painter, QRectF(option.rect), line, line if on else theme.panel, 1.0, 3.0)
        if on:
            self._tick(painter, QRectF(option.rect), theme.on_accent)

    def _tick(self, painter: QPainter, box: QRectF, color: str) -> None:
        side = min(box.width(), box.height(), 14.0)
        box = QRectF(box.center().x() - side / 2, box.center().y() - side / 2, side, side)
        pen = QPen(QColor(color), 1.6)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen)
        x, y = box.left(), box.top()
        painter.drawPolyline(
            [
                QPointF(x + 0.25 * side, y + 0.52 * side),
                QPointF(x + 0.43 * side, y + 0.7 * side),
                QPointF(x + 0.76 * side, y + 0.32 * side),
            ]
        )
        painter.restore()

    def _paint_branch(self, painter: QPainter, option: QStyleOption) -> None:
        if option.state & _State.State_Children:
            turn = 0 if option.state & _State.State_Open else -90
            self._chevron(painter, QRectF(option.rect).center(), self.theme.text2, 3.0, turn)


def _put_handle_under(slider: QSlider, x: float) -> None:
    """Move a horizontal slider's handle to ``x``, unless it is there already."""
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    part = QStyle.SubControl.SC_SliderHandle
    handle = slider.style().subControlRect(_Complex.CC_Slider, option, part, slider)
    if slider.orientation() != Qt.Orientation.Horizontal or handle.left() <= x <= handle.right():
        return
    span = slider.width() - handle.width()
    at = round(x - handle.width() / 2)
    slider.setSliderPosition(
        QStyle.sliderValueFromPosition(
            slider.minimum(), slider.maximum(), at, span, option.upsideDown
        )
    )
