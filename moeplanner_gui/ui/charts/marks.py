"""What every painted chart needs: where a point lies, hatching, dots, labels that keep off.

Knows no chart in particular and no widget; lengths are logical pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import GIB
from moeplanner_gui.ui.charts.axes import Axis
from moeplanner_gui.ui.fonts import font_small_strong

if TYPE_CHECKING:
    from moeplanner_gui.ui.theme import Theme

HATCH_STEP = 10.0
DOT = 4.0
_PAD = 6.0


def curve_colors(theme: Theme) -> tuple[str, ...]:
    """Colours of the curves in order: the plan's own, then the alternative (dashed)."""
    return (theme.own, theme.rent)


def curve_pen(index: int, theme: Theme, width: float = 1.6) -> QPen:
    """The pen of a curve; beyond the first they are dashed, so colour never stands alone."""
    pen = QPen(QColor(curve_colors(theme)[index % 2]), width)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if index:
        pen.setDashPattern([4.0, 2.5])
    return pen


@dataclass(slots=True)
class Frame:
    """Where the plot area lies and which part of the axes it shows.

    ``unit_bytes`` is what one of the vertical axis stands for, 1 where it counts no bytes.
    """

    rect: QRectF
    x: Axis
    y: Axis
    unit_bytes: int = GIB
    taken: list[QRectF] = field(default_factory=list)

    def point(self, x: float, value: float) -> QPointF:
        """The place of a context and a number of bytes, or of whatever the axes count."""
        return QPointF(
            self.rect.left() + self.x.share(x) * self.rect.width(),
            self.rect.bottom() - self.y.share(value / self.unit_bytes) * self.rect.height(),
        )


def hatch(painter: QPainter, area: QRectF, theme: Theme) -> None:
    """Fill what lies beyond a limit: lines of our own, as a brush pattern does not scale."""
    painter.save()
    painter.fillRect(area, QColor(theme.window))
    painter.setPen(QPen(QColor(theme.border), 1.0))
    height, offset, lines = area.height(), -area.height(), []
    while offset < area.width():
        low, high = max(0.0, -offset), min(height, area.width() - offset)
        if high > low:
            lines.append(
                QLineF(
                    area.left() + offset + low,
                    area.bottom() - low,
                    area.left() + offset + high,
                    area.bottom() - high,
                )
            )
        offset += HATCH_STEP
    painter.drawLines(lines)
    painter.restore()


def paint_dot(painter: QPainter, frame: Frame, place: QPointF, color: QColor, theme: Theme) -> None:
    """A point of a curve that has a name; labels keep off it."""
    painter.setPen(QPen(QColor(theme.panel), 1.5))
    painter.setBrush(color)
    painter.drawEllipse(place, DOT, DOT)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    frame.taken.append(QRectF(place.x() - 5, place.y() - 5, 10, 10))


def place_label(
    painter: QPainter,
    frame: Frame,
    text: str,
    color: QColor,
    candidates: Sequence[tuple[float, float, float, float]],
    plate: QColor | None,
) -> None:
    """Write ``text`` at the first candidate that is inside and covers nothing.

    A candidate is a point and which share of the text lies left of and above it. When all are
    taken, the one that covers least is used: a label is never dropped.
    """
    metrics = QFontMetricsF(painter.font())
    size = metrics.size(0, text)
    best: tuple[float, QRectF] | None = None
    for x, y, left, above in candidates:
        box = QRectF(
            x - left * size.width(), y - above * size.height(), size.width(), size.height()
        )
        outside = 0.0 if frame.rect.adjusted(0, -2, 2, 0).contains(box) else 1e4
        hidden = outside + sum(
            (box & other).width() * (box & other).height()
            for other in frame.taken
            if box.intersects(other)
        )
        if best is None or hidden < best[0]:
            best = (hidden, box)
        if hidden == 0:
            break
    if best is None:
        return
    box = best[1]
    if plate is not None:
        painter.fillRect(box.adjusted(-3, 0, 3, 0), plate)
    painter.setPen(color)
    painter.drawText(box.adjusted(-1, -1, 8, 1), Qt.AlignmentFlag.AlignVCenter, text)
    frame.taken.append(box.adjusted(-_PAD / 2, 0, _PAD / 2, 0))


def paint_values(
    painter: QPainter,
    plot: QRectF,
    x: float,
    lines: Sequence[tuple[str, str]],
    theme: Theme,
) -> None:
    """The box beside a crosshair: one line a value, each in its colour."""
    font = font_small_strong()
    metrics = QFontMetricsF(font)
    width = max(metrics.horizontalAdvance(text) for text, _ in lines) + 16
    height = len(lines) * metrics.height() + 10
    left = x + 10 if x + 10 + width < plot.right() else x - 10 - width
    box = QRectF(left, plot.top() + 26, width, height)
    painter.setPen(QPen(QColor(theme.border), 1))
    painter.setBrush(QColor(theme.raised))
    painter.drawRoundedRect(box, 5, 5)
    painter.setFont(font)
    for number, (text, color) in enumerate(lines):
        painter.setPen(QColor(color))
        baseline = box.top() + 5 + metrics.ascent() + number * metrics.height()
        painter.drawText(QPointF(box.left() + 8, baseline), text)
