"""Icons as the rig paints them, kept between paints. Knows no rig.

Sixteen slots are redrawn within one frame after a drop; rendering the same icon again for each
took a good part of that frame.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

from moeplanner_gui.ui.icons import paint_icon


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
