"""The two axes of a painted chart over contexts or users, and boxes that labels keep off.

Knows no chart in particular and no widget; lengths are logical pixels.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

if TYPE_CHECKING:
    from moeplanner_gui.ui.charts.marks import Frame
    from moeplanner_gui.ui.theme import Theme

_APART = 10.0
"""Labels across stand so far from one another at least."""
_PIECE = 8.0
"""A steep line is cut up: its bounding box would block far more than the line."""


def paint_axes(
    painter: QPainter,
    rect: QRectF,
    frame: Frame,
    theme: Theme,
    *,
    up: Callable[[float], str],
    across: Callable[[float], str],
    title: str,
    caption: str,
    title_left: float | None = None,
    last_first: bool = False,
) -> None:
    """Paint ticks with their labels, grid lines, both axes and what they count.

    Args:
        painter: Has the font of the labels.
        rect: The whole chart; the plot is ``frame.rect``.
        frame: The plot and its axes.
        theme: The colours.
        up: The label of a tick of the vertical axis.
        across: The label of a tick of the horizontal axis.
        title: What the vertical axis counts, above it.
        caption: What the horizontal axis counts, below it.
        title_left: Where the title begins; at the vertical axis when None.
        last_first: Where there is no room for all labels across, the last one is there.
    """
    metrics = QFontMetricsF(painter.font())
    plot, line = frame.rect, metrics.height()
    for tick in frame.y.ticks:
        y = plot.bottom() - frame.y.share(tick) * plot.height()
        painter.setPen(QPen(QColor(theme.grid), 1.0))
        painter.drawLine(QLineF(plot.left(), y, plot.right(), y))
        painter.setPen(QColor(theme.text2))
        text = QRectF(rect.left(), y - line / 2, plot.left() - rect.left() - 7, line)
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(text, flags, up(tick))
    painter.setPen(QPen(QColor(theme.strong), 1.0))
    painter.drawLine(QLineF(plot.bottomLeft(), plot.bottomRight()))
    painter.drawLine(QLineF(plot.bottomLeft(), plot.topLeft()))
    free_from, free_to = -1e9, 1e9
    for tick in reversed(frame.x.ticks) if last_first else frame.x.ticks:
        x = plot.left() + frame.x.share(tick) * plot.width()
        painter.setPen(QPen(QColor(theme.strong), 1.0))
        painter.drawLine(QLineF(x, plot.bottom(), x, plot.bottom() + 4))
        label = across(tick)
        half = metrics.horizontalAdvance(label) / 2
        if x - half < free_from or x + half > free_to:
            continue
        painter.setPen(QColor(theme.text2))
        painter.drawText(QPointF(x - half, plot.bottom() + 6 + metrics.ascent()), label)
        if last_first:
            free_to = x - half - _APART
        else:
            free_from = x + half + _APART
    painter.setPen(QColor(theme.text3))
    left = plot.left() if title_left is None else title_left
    painter.drawText(QPointF(left, rect.top() + metrics.ascent()), title)
    below = QRectF(plot.left(), rect.bottom() - line, plot.width(), line)
    painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.TextFlag.TextDontClip, caption)


def boxes_along(points: Sequence[QPointF]) -> Iterator[QRectF]:
    """Small boxes along a line, so that no label is written over it."""
    for start, end in itertools.pairwise(points):
        pieces = max(1, round(abs(end.y() - start.y()) / _PIECE))
        for piece in range(pieces):
            low = start + (end - start) * (piece / pieces)
            high = start + (end - start) * ((piece + 1) / pieces)
            yield QRectF(low, high).normalized().adjusted(-1, -1.5, 1, 1.5)
