"""Pictures: a widget as it is on the screen, a chart at any size. Writes in one step or not at all.

Charts are painted anew with the painters of the screen, so they are sharp at every scale.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter

from moeplanner_gui.core.words import say
from moeplanner_gui.safe_write import write_file_atomically
from moeplanner_gui.ui.charts.paint_context import paint_context
from moeplanner_gui.ui.export.sheet import make_font

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from moeplanner_gui.ui.charts.context_chart import ContextChart
    from moeplanner_gui.ui.theme import Theme

MARGIN = 16.0
CHART_SIZE = QSize(960, 480)


def write_widget_png(path: str | os.PathLike[str], widget: QWidget) -> None:
    """Write a picture of a widget, at the pixels of its screen.

    Raises:
        OSError: The file could not be written; an existing one is unchanged.
    """
    write_file_atomically(path, png_bytes(widget.grab().toImage()))


def write_chart_png(
    path: str | os.PathLike[str], chart: ContextChart, theme: Theme, *, scale: float = 2.0
) -> None:
    """Write memory against context as a picture.

    Raises:
        OSError: The file could not be written; an existing one is unchanged.
    """
    write_file_atomically(path, png_bytes(chart_image(chart, theme, scale=scale)))


def chart_image(
    chart: ContextChart, theme: Theme, *, size: QSize = CHART_SIZE, scale: float = 2.0
) -> QImage:
    """Memory against context, painted at ``size`` logical pixels with ``scale`` pixels each."""

    def paint(painter: QPainter, rect: QRectF) -> None:
        painter.setFont(make_font(13))
        paint_context(painter, rect, chart, theme)

    return _painted(paint, theme, size, scale)


def png_bytes(image: QImage) -> bytes:
    """The content of a PNG file.

    Raises:
        OSError: The picture is empty, for example of a widget without a size.
    """
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if image.isNull() or not image.save(buffer, "PNG"):
        raise OSError(say("There is nothing to draw in this picture."))
    return content.data()


def _painted(
    paint: Callable[[QPainter, QRectF], None], theme: Theme, size: QSize, scale: float
) -> QImage:
    image = QImage(size * scale, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(scale)
    image.fill(QColor(theme.panel))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    area = QRectF(MARGIN, MARGIN, size.width() - 2 * MARGIN, size.height() - 2 * MARGIN)
    paint(painter, area)
    painter.end()
    return image
