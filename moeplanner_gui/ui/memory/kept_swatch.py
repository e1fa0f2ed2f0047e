"""Sample squares of the memory parts on the screen, drawn once for each theme and scale."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

from moeplanner_gui.ui.charts.paint_memory import SWATCH, paint_swatch
from moeplanner_gui.ui.theme import Theme


@lru_cache(maxsize=64)
def _pixmap(key: str, theme: Theme, ratio: float) -> QPixmap:
    pixels = max(1, round(SWATCH * ratio))
    pixmap = QPixmap(pixels, pixels)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_swatch(painter, QRectF(0, 0, SWATCH, SWATCH), key, theme)
    painter.end()
    return pixmap


def draw_swatch(painter: QPainter, at: QPointF, key: str, theme: Theme) -> None:
    """A sample square on the screen with its top left corner ``at``.

    Paper gets :func:`paint_swatch`, which stays a vector.
    """
    ratio = painter.device().devicePixelRatioF()
    painter.drawPixmap(at, _pixmap(key, theme, ratio))
