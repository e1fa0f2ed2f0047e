"""One change that is offered where a plan does not fit: what to do, its result, why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFont,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fonts import font_small, font_small_strong, font_strong
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.core.remedies import Remedy

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_WRAP = int(Qt.TextFlag.TextWordWrap)
_TOP_PX = 5.0
_SIDE_PX = 10.0
_KEY_PX = 28.0
_ICON_PX = 18.0


class RemedyRow(QAbstractButton):
    """One remedy; as tall as its words need at its width.

    Signals:
        pointed(object): The pointer came over the row (its remedy) or left it (None).
    """

    pointed = Signal(object)

    def __init__(self, remedy: Remedy, number: int, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self.remedy = remedy
        self._number = number
        self._themes = themes
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover, True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setObjectName(f"remedy-{number}")
        self.setAccessibleName(f"{remedy.title}: {remedy.outcome}")
        self.setAccessibleDescription(remedy.detail)
        self.setToolTip(
            say(
                "{0}\n{1}\n{2}\nOne undo step; key {3}.",
                remedy.title,
                remedy.detail,
                remedy.outcome,
                number,
            )
        )
        self.setFixedHeight(self.height_for(320))

    def enterEvent(self, event: QEnterEvent) -> None:
        self.pointed.emit(self.remedy)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(None)
        super().leaveEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(320, self.height_for(320))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setFixedHeight(self.height_for(self.width()))

    @property
    def fits(self) -> bool:
        """Whether the plan fits with it, not only runs, and the engine is known to run here."""
        return self.remedy.fits and not self.remedy.unchecked

    def height_for(self, width: int) -> int:
        """The height in pixels that all words need at this width."""
        room = self._room(width)
        title = _wrapped(font_strong(), self.remedy.title, room)
        line = QFontMetricsF(font_small()).height() + 1
        detail = 0.0
        if not self._beside(room):
            detail = _wrapped(font_small(), self._detail, room - _ICON_PX)
        return max(44, round(title + line + detail + 2 * _TOP_PX + 1))

    @property
    def _detail(self) -> str:
        return self.remedy.detail.rstrip(".")

    def _room(self, width: int) -> float:
        key = _KEY_PX if self._number <= 9 else 0.0
        return max(80.0, width - 2 * _SIDE_PX - key)

    def _beside(self, room: float) -> float:
        """Where the detail starts when it has its place beside the outcome, else 0."""
        outcome = QFontMetricsF(font_small_strong()).horizontalAdvance(short_outcome(self.remedy))
        start = _ICON_PX + outcome + 10
        fits = start + QFontMetricsF(font_small()).horizontalAdvance(self._detail) <= room
        return start if fits else 0.0

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._themes.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        rect = QRectF(self.rect())
        if self.hasFocus() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.selection))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 4, 4)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 4, 4)
        if self._number <= 9:
            key = QRectF(rect.right() - _SIDE_PX - 18, rect.center().y() - 9, 18, 18)
            painter.setPen(QPen(QColor(theme.border), 1.0))
            painter.setBrush(QColor(theme.window))
            painter.drawRoundedRect(key.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
            painter.setFont(font_small())
            painter.setPen(QColor(theme.text2))
            painter.drawText(key, Qt.AlignmentFlag.AlignCenter, str(self._number))
        room = self._room(self.width())
        painter.setFont(font_strong())
        painter.setPen(QColor(theme.text))
        tall = _wrapped(font_strong(), self.remedy.title, room)
        title = QRectF(_SIDE_PX, _TOP_PX, room, tall)
        painter.drawText(title, _WRAP, self.remedy.title)
        small = QFontMetricsF(font_small()).height() + 1
        line = QRectF(_SIDE_PX, title.bottom(), room, small)
        ink = theme.ok if self.fits else theme.warn
        mark = "check" if self.fits else "warning"
        paint_icon(painter, QRectF(line.left(), line.center().y() - 6, 13, 13), mark, ink)
        painter.setFont(font_small_strong())
        painter.setPen(QColor(ink))
        painter.drawText(line.adjusted(_ICON_PX, 0, 0, 0), _LEFT, short_outcome(self.remedy))
        painter.setFont(font_small())
        painter.setPen(QColor(theme.text2))
        start = self._beside(room)
        if start:
            painter.drawText(line.adjusted(start, 0, 0, 0), _LEFT, self._detail)
            return
        below = QRectF(_SIDE_PX + _ICON_PX, line.bottom(), room - _ICON_PX, rect.bottom())
        painter.drawText(below, _WRAP, self._detail)


def _wrapped(font: QFont, text: str, room: float) -> float:
    """The height of a text in lines no wider than ``room`` pixels."""
    return QFontMetricsF(font).boundingRect(QRectF(0, 0, room, 1000), _WRAP, text).height()


def short_outcome(remedy: Remedy) -> str:
    """The first part of the outcome: "Fits, 2.4 GiB free on GPU 2", and what nobody checked."""
    text = remedy.brief or remedy.outcome
    return say("{0}, kernels not checked", text) if remedy.unchecked else text
