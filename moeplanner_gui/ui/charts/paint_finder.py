"""The chart of rigs painted: limits hatched, the front stepped, names that keep off each other.

Knows no widget.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.finder_chart import (
    LOWER_IS_BETTER,
    axis_words,
    tick_text,
    value_text,
)
from moeplanner_gui.ui.charts.marks import Frame, hatch
from moeplanner_gui.ui.fonts import Face, faces

if TYPE_CHECKING:
    from moeplanner_gui.ui.charts.finder_chart import Figure, RigChart, RigPoint
    from moeplanner_gui.ui.theme import Theme

DIAMOND, RING, CHOSEN = 5.5, 4.2, 10.5
SMALL_RING = 3.0
"""Half the size of the marks, logical pixels; the small one is outside the limits."""
LINE_PX = 1.6
_CAP = 5.0
_GAP = 7.0
_FAINT = 200
"""How much of the grid and the hatching the ground under words hides, of 255."""


@dataclass(slots=True)
class Drawn:
    """Where things lie after painting: the axes, and each point's place.

    ``ground`` is the colour under words. ``lines`` is what they keep off; those that could not
    cover it: ``covered``.
    """

    frame: Frame
    ground: str
    places: list[tuple[RigPoint, QPointF]] = field(default_factory=list)
    labels: list[tuple[str, QRectF]] = field(default_factory=list)
    lines: list[QRectF] = field(default_factory=list)
    covered: list[QRectF] = field(default_factory=list)


def paint_rig_chart(
    painter: QPainter, rect: QRectF, chart: RigChart, chosen: RigPoint | None, theme: Theme
) -> Drawn:
    """Paint the chart into ``rect``; answers where its points and names lie."""
    face = faces().small
    frame = _frame(rect, chart, face)
    drawn = Drawn(frame, theme.panel)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setFont(face.font)
    _paint_outside(painter, chart, frame, theme)
    _paint_axes(painter, rect, chart, frame, face, theme)
    for point in chart.points:
        drawn.places.append((point, frame.point(*chart.place(point.x, point.y))))
    taken = [_around(place, DIAMOND + 1) for _, place in drawn.places]
    painter.save()
    painter.setClipRect(frame.rect.adjusted(-12, -12, 12, 12), Qt.ClipOperation.IntersectClip)
    _paint_front(painter, chart, frame, theme)
    if chosen is not None:
        _paint_band(painter, chart, chosen, frame, theme)
    _paint_marks(painter, drawn.places, chosen, theme)
    painter.restore()
    lines = drawn.lines
    lines.extend(_boxes(_front(chart, frame)))
    if chosen is not None and chosen.low is not None and chosen.high is not None:
        ends = (frame.point(*chart.place(chosen.x, end)) for end in (chosen.low, chosen.high))
        lines.append(QRectF(*ends).normalized().adjusted(-_CAP - 1, -2, _CAP + 1, 2))
    _paint_limits(painter, chart, frame, theme, taken, lines, drawn)
    _paint_names(painter, drawn, chosen, theme, taken, lines)
    painter.restore()
    return drawn


def paint_diamond(painter: QPainter, at: QPointF, half: float, theme: Theme) -> None:
    """The mark of a rig that nothing beats on both axes."""
    corners = QPolygonF(
        [
            at + QPointF(0, -half),
            at + QPointF(half, 0),
            at + QPointF(0, half),
            at - QPointF(half, 0),
        ]
    )
    painter.setPen(QPen(QColor(theme.panel), 1.0))
    painter.setBrush(QColor(theme.accent))
    painter.drawPolygon(corners)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def paint_ring(painter: QPainter, at: QPointF, radius: float, theme: Theme) -> None:
    """The mark of a rig that another one beats."""
    painter.setPen(QPen(QColor(theme.strong), 1.4))
    painter.setBrush(QColor(theme.panel))
    painter.drawEllipse(at, radius, radius)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _frame(rect: QRectF, chart: RigChart, face: Face) -> Frame:
    widest = max((face.width(tick_text(chart.up, chart.y, t)) for t in chart.y.ticks), default=20)
    last = max((face.width(tick_text(chart.across, chart.x, t)) for t in chart.x.ticks), default=20)
    right = max(8.0, last / 2)
    plot = rect.adjusted(widest + 10, face.height + 6, -right, -2 * face.height - 14)
    return Frame(plot, chart.x, chart.y, 1)


def _around(at: QPointF, half: float) -> QRectF:
    return QRectF(at.x() - half, at.y() - half, 2 * half, 2 * half)


def _beyond(figure: Figure, limit: float | None, start: float, end: float) -> tuple[float, float]:
    """From where to where an axis is outside a limit, in pixels; nothing without one."""
    if limit is None:
        return (0.0, 0.0)
    return (limit, end) if figure in LOWER_IS_BETTER else (start, limit)


def _paint_outside(painter: QPainter, chart: RigChart, frame: Frame, theme: Theme) -> None:
    """What is outside one limit or both, hatched once."""
    plot = frame.rect
    x = None if chart.limit_x is None else frame.point(chart.limit_x, chart.y.low).x()
    y = None if chart.limit_y is None else frame.point(chart.x.low, chart.limit_y).y()
    x = None if x is None else min(max(x, plot.left()), plot.right())
    y = None if y is None else min(max(y, plot.top()), plot.bottom())
    left, right = _beyond(chart.across, x, plot.left(), plot.right())
    # Up is down on a screen: what is lower than a limit of at least so much lies below it.
    top, bottom = (
        (0.0, 0.0)
        if y is None
        else ((plot.top(), y) if chart.up in LOWER_IS_BETTER else (y, plot.bottom()))
    )
    painter.save()
    path = []
    if right > left:
        path.append(QRectF(left, plot.top(), right - left, plot.height()))
    if bottom > top:
        inside_left = plot.left() if right <= left or chart.across in LOWER_IS_BETTER else right
        inside_right = left if right > left and chart.across in LOWER_IS_BETTER else plot.right()
        path.append(QRectF(inside_left, top, inside_right - inside_left, bottom - top))
    for area in path:
        if area.width() > 0 and area.height() > 0:
            hatch(painter, area, theme)
    painter.restore()


def _paint_axes(
    painter: QPainter, rect: QRectF, chart: RigChart, frame: Frame, face: Face, theme: Theme
) -> None:
    plot, line = frame.rect, face.height
    every = max(1, round(len(chart.y.ticks) * (line + 6) / max(plot.height(), 1) + 0.4))
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    for number, tick in enumerate(chart.y.ticks):
        y = round(frame.point(chart.x.low, tick).y()) + 0.5
        painter.setPen(QPen(QColor(theme.grid), 1.0))
        painter.drawLine(QLineF(plot.left(), y, plot.right(), y))
        if number % every == 0:
            painter.setPen(QColor(theme.text2))
            box = QRectF(rect.left(), y - line / 2, plot.left() - rect.left() - 8, line)
            words = tick_text(chart.up, chart.y, tick, free=chart.has_free)
            painter.drawText(box, right, words)
    painter.setPen(QPen(QColor(theme.strong), 1.0))
    painter.drawLine(QLineF(plot.bottomLeft(), plot.bottomRight()))
    painter.drawLine(QLineF(plot.bottomLeft(), plot.topLeft()))
    last = rect.left() - 20.0
    for tick in chart.x.ticks:
        x = frame.point(tick, chart.y.low).x()
        painter.setPen(QPen(QColor(theme.strong), 1.0))
        painter.drawLine(QLineF(x, plot.bottom(), x, plot.bottom() + 4))
        words = tick_text(chart.across, chart.x, tick, free=chart.has_free)
        wide = face.width(words)
        if x - wide / 2 > last + 10:
            painter.setPen(QColor(theme.text2))
            at = QPointF(x - wide / 2, plot.bottom() + 6 + face.metrics.ascent())
            painter.drawText(at, words)
            last = x + wide / 2
    painter.setPen(QColor(theme.text2))
    up = QPointF(plot.left(), rect.top() + face.metrics.ascent())
    painter.drawText(up, axis_words(chart.up, chart.users))
    caption = axis_words(chart.across, chart.users)
    if chart.left_out:
        count = chart.left_out
        if count == 1:
            caption = say("1 rig beyond your limits is not drawn · {0}", caption)
        else:
            caption = say("{0} rigs beyond your limits are not drawn · {1}", count, caption)
    below = QRectF(rect.left(), rect.bottom() - line, plot.right() - rect.left(), line)
    flags = Qt.AlignmentFlag.AlignRight | Qt.TextFlag.TextDontClip
    painter.drawText(below, flags, face.elided(caption, below.width()))


def _front(chart: RigChart, frame: Frame) -> list[QPointF]:
    """The corners of the front as it is drawn."""
    corners = [frame.point(*chart.place(x, y)) for x, y in chart.steps]
    if corners and chart.across in LOWER_IS_BETTER and chart.up not in LOWER_IS_BETTER:
        # For more money there is at least this.
        corners.append(QPointF(frame.rect.right(), corners[-1].y()))
    return corners


def _paint_front(painter: QPainter, chart: RigChart, frame: Frame, theme: Theme) -> None:
    corners = _front(chart, frame)
    if not corners:
        return
    painter.setPen(QPen(QColor(theme.accent), LINE_PX))
    painter.drawPolyline(QPolygonF(corners))


def _paint_band(
    painter: QPainter, chart: RigChart, point: RigPoint, frame: Frame, theme: Theme
) -> None:
    """The band of the speed of the chosen rig."""
    if point.low is None or point.high is None:
        return
    low, high = (frame.point(*chart.place(point.x, end)) for end in (point.low, point.high))
    x = round(low.x()) + 0.5
    painter.setPen(QPen(QColor(theme.accent), 1.2))
    painter.drawLine(QLineF(x, low.y(), x, high.y()))
    for y in (low.y(), high.y()):
        painter.drawLine(QLineF(x - _CAP, y, x + _CAP, y))


def _paint_marks(
    painter: QPainter,
    places: list[tuple[RigPoint, QPointF]],
    chosen: RigPoint | None,
    theme: Theme,
) -> None:
    far, near, best = [], [], []
    for point, at in places:
        if point is not chosen:
            (best if point.best else far if point.row is None else near).append(at)
    # One pen for all of a kind: to set one takes as long as to draw with it.
    painter.setBrush(QColor(theme.panel))
    painter.setPen(QPen(QColor(theme.disabled), 1.1))
    for at in far:
        painter.drawEllipse(at, SMALL_RING, SMALL_RING)
    painter.setPen(QPen(QColor(theme.strong), 1.4))
    for at in near:
        painter.drawEllipse(at, RING, RING)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for at in best:
        paint_diamond(painter, at, DIAMOND, theme)
    for point, at in places:
        if point is chosen:
            painter.setPen(QPen(QColor(theme.accent), 2.0))
            painter.setBrush(QColor(theme.panel))
            painter.drawEllipse(at, CHOSEN, CHOSEN)
            if point.best:
                paint_diamond(painter, at, DIAMOND, theme)
            else:
                paint_ring(painter, at, RING, theme)


def _paint_limits(
    painter: QPainter,
    chart: RigChart,
    frame: Frame,
    theme: Theme,
    taken: list[QRectF],
    lines: list[QRectF],
    drawn: Drawn,
) -> None:
    """A line for each wish, named at the line; the words keep off the front and the band."""
    plot, strong = frame.rect, faces().small_strong
    painter.setPen(QPen(QColor(theme.text), 1.4))
    painter.setFont(strong.font)
    if chart.limit_x is not None and chart.x.low < chart.limit_x < chart.x.high:
        x = round(frame.point(chart.limit_x, chart.y.low).x()) + 0.5
        painter.drawLine(QLineF(x, plot.top(), x, plot.bottom()))
        taken.append(QRectF(x - 2, plot.top(), 4, plot.height()))
        words = _limit_words(chart.across, chart.limit_x)
        wide = strong.width(words)
        spots = []
        for y in (plot.bottom() - strong.height - 4, plot.top() + 4):
            spots += [QRectF(x + 6, y, wide, strong.height),
                      QRectF(x - 6 - wide, y, wide, strong.height)]  # fmt: skip
        _write_limit(painter, words, spots, plot, taken, lines, theme, drawn)
        painter.setPen(QPen(QColor(theme.text), 1.4))
    if chart.limit_y is not None and chart.y.low < chart.limit_y < chart.y.high:
        y = round(frame.point(chart.x.low, chart.limit_y).y()) + 0.5
        painter.drawLine(QLineF(plot.left(), y, plot.right(), y))
        taken.append(QRectF(plot.left(), y - 2, plot.width(), 4))
        words = _limit_words(chart.up, chart.limit_y)
        wide = strong.width(words)
        spots = []
        for x in (plot.left() + 8, plot.right() - wide - 8, plot.center().x() - wide / 2):
            spots += [QRectF(x, y - strong.height - 3, wide, strong.height),
                      QRectF(x, y + 3, wide, strong.height)]  # fmt: skip
        _write_limit(painter, words, spots, plot, taken, lines, theme, drawn)


def _write_limit(
    painter: QPainter,
    words: str,
    spots: list[QRectF],
    plot: QRectF,
    taken: list[QRectF],
    lines: list[QRectF],
    theme: Theme,
    drawn: Drawn,
) -> None:
    """What a limit is has to be said: beside every line, else on a ground that covers it."""
    ink = theme.text
    done = _write_first(painter, words, spots, plot, taken + lines, ink, drawn, must=False)
    if done:
        taken.append(drawn.labels[-1][1].adjusted(-3, -1, 3, 1))
    else:
        _write_first(painter, words, spots, plot, taken, ink, drawn, must=True, covers=True)


def _limit_words(figure: Figure, limit: float) -> str:
    words = value_text(figure, limit)
    if figure == "price":
        return say("Budget {0}", words)
    return say("At most {0}", words) if figure == "power" else say("At least {0}", words)


def _write_first(
    painter: QPainter,
    words: str,
    spots: list[QRectF],
    plot: QRectF,
    taken: list[QRectF],
    ink: str,
    drawn: Drawn,
    *,
    must: bool,
    covers: bool = False,
) -> bool:
    """Write at the first spot that is free; without one only what has to be there.

    The grid is faint behind words; what ``covers`` lets nothing through.
    """
    free = (
        spot
        for spot in spots
        if plot.adjusted(0, -2, 2, 2).contains(spot)
        and not any(spot.intersects(other) for other in taken)
    )
    spot = next(free, spots[0] if must else None)
    if spot is None:
        return False
    ground = QColor(drawn.ground)
    if covers:
        drawn.covered.append(spot)
    else:
        ground.setAlpha(_FAINT)
    painter.fillRect(spot.adjusted(-2, 1, 2, -1), ground)
    painter.setPen(QColor(ink))
    painter.drawText(spot.adjusted(0, 0, 6, 0), Qt.AlignmentFlag.AlignVCenter, words)
    taken.append(spot.adjusted(-3, -1, 3, 1))
    drawn.labels.append((words, spot))
    return True


def _paint_names(
    painter: QPainter,
    drawn: Drawn,
    chosen: RigPoint | None,
    theme: Theme,
    taken: list[QRectF],
    lines: list[QRectF],
) -> None:
    """The chosen rig's name, then those of the front from left to right, where there is room.
    A name that would cover something is left to the pointer.
    """
    named: set[str] = set()
    order = sorted(drawn.places, key=lambda pair: (pair[0] is not chosen, pair[0].row is None))
    for point, at in order:
        title = point.rig.title
        if point is not chosen and (not point.best or title in named):
            continue
        face = faces().small_strong if point is chosen else faces().small
        painter.setFont(face.font)
        half = CHOSEN + 3 if point is chosen else _GAP
        spots = list(_spots(at, face.width(title), face.height, half))
        ink = theme.text if point is chosen or point.row is not None else theme.text2
        done = _write_first(
            painter, title, spots, drawn.frame.rect, taken + lines, ink, drawn, must=False
        )
        if done:
            taken.append(drawn.labels[-1][1].adjusted(-3, -1, 3, 1))
            named.add(title)
        elif point is chosen:
            plot = drawn.frame.rect
            _write_first(painter, title, spots, plot, taken, ink, drawn, must=False, covers=True)


def _boxes(corners: list[QPointF]) -> Iterator[QRectF]:
    """The lines of the front as boxes that names keep off."""
    for start, end in pairwise(corners):
        yield QRectF(start, end).normalized().adjusted(-1, -1, 1, 1)


def _spots(at: QPointF, wide: float, high: float, half: float) -> Iterator[QRectF]:
    """Where a name may stand around its mark, the best place first."""
    x, y = at.x(), at.y()
    for dx, dy in (
        (-half - wide, -high - 2),  # left above
        (-half - wide, -high / 2),  # left
        (half, 3),  # right below
        (half, -high / 2),  # right
        (-wide / 2, -high - half),  # above
        (-wide / 2, half),  # below
        (half, -high - 2),  # right above
        (-half - wide, 3),  # left below
        (8, -high - half),  # further up and down, beside the band of the chosen one
        (8, half),
        (-8 - wide, -high - half),
        (-8 - wide, half),
    ):
        yield QRectF(x + dx, y + dy, wide, high)
