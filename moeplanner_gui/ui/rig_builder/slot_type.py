"""Fonts, text widths and icons of a slot, kept between paints. Knows no rig.

Sixteen slots are redrawn within one frame after a drop; asking Qt for the same font, the same
width and the same icon again took half of that frame.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from moeplanner_gui.ui.fonts import (
    font_base,
    font_heading,
    font_small,
    font_small_strong,
    font_strong,
)
from moeplanner_gui.ui.icons import paint_icon

_WIDTHS_KEPT = 4096


class Face:
    """One font with its line height and the widths of the texts it has drawn."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetricsF(font)
        self.height = float(round(self.metrics.height()))
        self._widths: dict[str, float] = {}

    def width(self, text: str) -> float:
        """The advance of ``text``."""
        known = self._widths.get(text)
        if known is None:
            if len(self._widths) > _WIDTHS_KEPT:
                self._widths.clear()
            known = self._widths[text] = self.metrics.horizontalAdvance(text)
        return known

    def elided(self, text: str, room: float) -> str:
        """``text``, cut with an ellipsis where ``room`` is too small."""
        if self.width(text) <= room:
            return text
        return self.metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, room))


class SlotType:
    """The faces a slot is set in."""

    def __init__(self) -> None:
        self.small = Face(font_small())
        self.small_strong = Face(font_small_strong())
        self.base = Face(font_base())
        self.strong = Face(font_strong())
        self.heading = Face(font_heading())


@lru_cache(maxsize=4)
def _type_for(_font: str) -> SlotType:
    return SlotType()


def slot_type() -> SlotType:
    """The faces at the application's present font."""
    return _type_for(QApplication.font().toString())


@lru_cache(maxsize=256)
def _icon_pixmap(name: str, color: str, size: int, ratio: float) -> QPixmap:
    pixels = max(1, round(size * ratio))
    pixmap = QPixmap(pixels, pixels)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_icon(painter, QRectF(0, 0, size, size), name, color)
    painter.end()
    return pixmap


def draw_icon(painter: QPainter, at: QPointF, name: str, color: str, size: int = 16) -> None:
    """An icon on the screen, rendered once for each colour and scale."""
    ratio = painter.device().devicePixelRatioF()
    painter.drawPixmap(at, _icon_pixmap(name, color, size, ratio))
