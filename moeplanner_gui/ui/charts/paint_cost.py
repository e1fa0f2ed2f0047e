"""A cost chart painted: lines with bands, steps, break-evens and the rig's capacity, named in
place. Knows no widget; the window and the printed page call the same functions.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.marks import Frame, hatch, place_label

if TYPE_CHECKING:
    from moeplanner_gui.ui.charts.cost_chart import CostChart, CostLine, CostMark
    from moeplanner_gui.ui.theme import Theme

BAND_ALPHA = 40
LINE_PX = 1.8
_DASHES = {"dashed": (4.5, 2.5), "dotted": (1.2, 2.2)}
LOW_PX = 150.0
"""Below this height words take one line instead of two."""
FLAT_PX = 96.0
"""Below this height the names of the lines stand over the chart."""
_BOX_PAD = 8.0
_NAME_SHARES = (0.06, 0.16, 0.28, 0.4, 0.52, 0.64, 0.76, 0.88, 0.11, 0.34, 0.46, 0.58, 0.7, 0.82)
"""Where along a line its name may stand, the best places first."""
_PIECES = 20
"""Into how many boxes a line is cut that labels keep off."""


def series_color(series: str, theme: Theme) -> str:
    """The colour of a way to pay."""
    return str(getattr(theme, series))


def line_pen(line: CostLine, theme: Theme, width: float = LINE_PX) -> QPen:
    """The pen of a line's expected cost."""
    pen = QPen(QColor(series_color(line.series, theme)), width)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if line.style in _DASHES:
        pen.setDashPattern(list(_DASHES[line.style]))
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if line.style == "thin":
        pen.setWidthF(1.0)
    return pen


def chart_frame(rect: QRectF, chart: CostChart, font: QFont) -> Frame:
    """Where the plot lies within ``rect``, with room for the words around it."""
    metrics = QFontMetricsF(font)
    line = metrics.height()
    widest = max((metrics.horizontalAdvance(chart.y_label(t)) for t in chart.y.ticks), default=0)
    low = rect.height() < 9 * line
    # A low chart keeps the words of its axes and gives up the line between them.
    below = line * 2.1 + 8 if not low else line + 8
    plot = rect.adjusted(widest + 10, line * (1.5 if not low else 1.3), -line * 1.1, -below)
    return Frame(plot, chart.x, chart.y, 1)


def paint_cost_chart(
    painter: QPainter, rect: QRectF, chart: CostChart, theme: Theme, *, quick: bool = False
) -> Frame:
    """Paint the whole chart into ``rect`` with the painter's font; answers where its axes lie.

    ``quick`` leaves the edges of the bands as steps: they are most of the time of a large chart.
    """
    frame = chart_frame(rect, chart, painter.font())
    plot = frame.rect
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    limit = _limit_px(frame, chart)
    if limit is not None and limit < plot.right() - 0.5:
        hatch(painter, QRectF(limit, plot.top(), plot.right() - limit, plot.height()), theme)
    _paint_axes(painter, rect, frame, chart, theme)
    painter.save()
    painter.setClipRect(plot.adjusted(0, -1, 1, 0), Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not quick)
    for line in reversed(chart.lines):
        _paint_band(painter, frame, line, theme)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    for line in reversed(chart.lines):
        painter.setPen(line_pen(line, theme))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(_points(frame, line.at, line.expected))
    painter.restore()
    _paint_words(painter, frame, chart, theme, limit)
    painter.restore()
    return frame


def place_of(frame: Frame, x: float, value: float) -> QPointF:
    """Where a place and USD lie; on a logarithmic axis nothing lies at its foot."""
    if frame.y.logarithmic:
        value = max(value, frame.y.low * 1e-3)
    return frame.point(x, value)


def _points(frame: Frame, at: Sequence[float], values: Sequence[float]) -> QPolygonF:
    """Many places at once: a slider asks for thousands of them a second."""
    rect, x, y = frame.rect, frame.x, frame.y
    left, width, bottom, height = rect.left(), rect.width(), rect.bottom(), rect.height()
    if x.logarithmic:
        zero, span = math.log(x.low), width / math.log(x.high / x.low)
        across = [left + (math.log(place) - zero) * span for place in at]
    else:
        span = width / (x.high - x.low)
        across = [left + (place - x.low) * span for place in at]
    if y.logarithmic:
        zero, span, least = math.log(y.low), height / math.log(y.high / y.low), y.low * 1e-3
        up = [bottom - (math.log(max(value, least)) - zero) * span for value in values]
    else:
        span = height / (y.high - y.low)
        up = [bottom - (value - y.low) * span for value in values]
    return QPolygonF([QPointF(*place) for place in zip(across, up, strict=True)])


def _limit_px(frame: Frame, chart: CostChart) -> float | None:
    if chart.limit_x is None or not chart.x.low < chart.limit_x < chart.x.high:
        return None
    return frame.point(chart.limit_x, chart.y.high).x()


def _paint_band(painter: QPainter, frame: Frame, line: CostLine, theme: Theme) -> None:
    if not line.low or not line.high:
        return
    low, high = _points(frame, line.at, line.low), _points(frame, line.at, line.high)
    color = QColor(series_color(line.series, theme))
    if line.filled:
        color.setAlpha(BAND_ALPHA)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPolygon(QPolygonF([*low.toList(), *reversed(high.toList())]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        return
    color.setAlpha(150)
    painter.setPen(QPen(color, 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(low)
    painter.drawPolyline(high)


def _paint_axes(
    painter: QPainter, rect: QRectF, frame: Frame, chart: CostChart, theme: Theme
) -> None:
    metrics = QFontMetricsF(painter.font())
    plot, line = frame.rect, metrics.height()
    every = max(1, round(len(chart.y.ticks) * (line + 4) / max(plot.height(), 1) + 0.4))
    for number, tick in enumerate(chart.y.ticks):
        y = plot.bottom() - frame.y.share(tick) * plot.height()
        painter.setPen(QPen(QColor(theme.strong if tick == 0 and number else theme.grid), 1.0))
        painter.drawLine(QLineF(plot.left(), y, plot.right(), y))
        if number % every:
            continue
        painter.setPen(QColor(theme.text2))
        text = QRectF(rect.left(), y - line / 2, plot.left() - rect.left() - 7, line)
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(text, flags, chart.y_label(tick))
    painter.setPen(QPen(QColor(theme.strong), 1.0))
    painter.drawLine(QLineF(plot.bottomLeft(), plot.bottomRight()))
    painter.drawLine(QLineF(plot.bottomLeft(), plot.topLeft()))
    last_right = rect.left()
    for tick in chart.x.ticks:
        x = plot.left() + frame.x.share(tick) * plot.width()
        painter.setPen(QPen(QColor(theme.strong), 1.0))
        painter.drawLine(QLineF(x, plot.bottom(), x, plot.bottom() + 4))
        label = chart.x_label(tick)
        width = metrics.horizontalAdvance(label)
        if x - width / 2 < last_right + 8:
            continue
        painter.setPen(QColor(theme.text2))
        painter.drawText(QPointF(x - width / 2, plot.bottom() + 6 + metrics.ascent()), label)
        last_right = x + width / 2
    painter.setPen(QColor(theme.text3))
    title = chart.axis_title
    caption = QRectF(plot.left(), rect.bottom() - line, plot.width(), line)
    if caption.top() < plot.bottom() + line + 4:
        # No line of its own under a low chart: both axes are named over it.
        title = (
            chart.axis_title
            if plot.height() < FLAT_PX
            else (say("{0}, by {1}", chart.axis_title, chart.caption))
        )
    else:
        painter.drawText(
            caption, Qt.AlignmentFlag.AlignRight | Qt.TextFlag.TextDontClip, chart.caption
        )
    # Over the whole width: the title is longer than the numbers that stand under it.
    painter.drawText(QPointF(rect.left(), rect.top() + metrics.ascent()), title)


def _paint_words(
    painter: QPainter, frame: Frame, chart: CostChart, theme: Theme, limit: float | None
) -> None:
    """The plan, the capacity, the break-evens and the names of the lines, none over another."""
    plain = QFont(painter.font())
    strong = QFont(plain)
    strong.setWeight(QFont.Weight.DemiBold)
    painter.setFont(strong)
    plot = frame.rect
    plan = None
    if chart.plan_x is not None and chart.x.low <= chart.plan_x <= chart.x.high:
        plan = frame.point(chart.plan_x, chart.y.high).x()
    for x in (plan, limit):
        if x is not None:
            frame.taken.append(QRectF(x - 2, plot.top(), 4, plot.height()))
    if limit is not None:
        painter.setPen(QPen(QColor(theme.text), 1.4))
        painter.drawLine(QLineF(limit, plot.top(), limit, plot.bottom()))
    if plan is not None:
        pen = QPen(QColor(theme.text), 1.2)
        pen.setDashPattern([2.0, 2.2])
        painter.setPen(pen)
        painter.drawLine(QLineF(plan, plot.top(), plan, plot.bottom()))
    frame.taken.extend(_obstacles(frame, chart))
    for mark in chart.marks:
        _paint_mark(painter, frame, mark, theme, plain)
    painter.setFont(strong)
    if plan is not None:
        _label_beside(painter, frame, plan, chart.plan_text, theme.text)
    if limit is not None:
        _paint_limit(painter, frame, chart, theme, limit, plain)
    painter.setFont(strong)
    if plot.height() < FLAT_PX:
        _paint_names_above(painter, frame, chart, theme)
        return
    for line in chart.lines:
        if line.label:
            _paint_name(painter, frame, chart, line, theme)


def _obstacles(frame: Frame, chart: CostChart) -> list[QRectF]:
    """Small boxes along the expected lines, so that no label is written over one."""
    boxes = []
    plot = frame.rect
    for line in chart.lines:
        xs = [chart.x.value(n / _PIECES) for n in range(_PIECES + 1)]
        xs = [x for x in xs if line.at[0] <= x <= line.at[-1]]
        places = _points(frame, xs, [line.value_at(x) for x in xs]).toList()
        for start, end in itertools.pairwise(places):
            if plot.top() - 8 < end.y() < plot.bottom() + 8:
                boxes.append(QRectF(start, end).normalized().adjusted(-1, -2, 1, 2))
    return boxes


def _label_beside(painter: QPainter, frame: Frame, x: float, text: str, color: str) -> None:
    top, bottom = frame.rect.top() + 3, frame.rect.bottom() - 4
    middle = frame.rect.center().y()
    candidates = [
        (x + side * 6, y, left, above)
        for y, above in ((bottom, 1.0), (top, 0.0), (middle, 0.5))
        for side, left in ((-1, 1.0), (1, 0.0))
    ]
    place_label(painter, frame, text, QColor(color), candidates, plate=None)


def _paint_limit(
    painter: QPainter, frame: Frame, chart: CostChart, theme: Theme, x: float, plain: QFont
) -> None:
    """The capacity in two lines, the second one plainer."""
    title, detail = chart.limit_text
    if _is_low(frame):
        detail = ""
    metrics, small = QFontMetricsF(painter.font()), QFontMetricsF(plain)
    height = metrics.height() + (small.height() if detail else 0)
    width = max(metrics.horizontalAdvance(title), small.horizontalAdvance(detail))
    plot = frame.rect
    right, left = x + 7, x - 7 - width
    tops = [plot.bottom() - height - 5, plot.top() + 4, plot.center().y()]
    boxes = [QRectF(side, top, width, height) for top in tops for side in (right, left)]
    box = min(boxes, key=lambda one: _hidden(one, frame))
    if box.left() == right:
        # Over hatching the words stand on a plate of their own.
        painter.fillRect(box.adjusted(-3, 0, 3, 0), QColor(theme.window))
    painter.setPen(QColor(theme.text))
    painter.drawText(QPointF(box.left(), box.top() + metrics.ascent()), title)
    painter.setFont(plain)
    painter.setPen(QColor(theme.text2))
    painter.drawText(QPointF(box.left(), box.top() + metrics.height() + small.ascent()), detail)
    frame.taken.append(box.adjusted(-3, 0, 3, 0))


def _is_low(frame: Frame) -> bool:
    return frame.rect.height() < LOW_PX


def _hidden(box: QRectF, frame: Frame) -> float:
    outside = 0.0 if frame.rect.adjusted(0, -2, 2, 2).contains(box) else 1e6
    return outside + sum(
        (box & other).width() * (box & other).height()
        for other in frame.taken
        if box.intersects(other)
    )


def _paint_mark(
    painter: QPainter, frame: Frame, mark: CostMark, theme: Theme, plain: QFont
) -> None:
    """A ring at the point and its words in a box, tied to it by a line."""
    place = place_of(frame, mark.x, mark.usd)
    plot = frame.rect
    if not plot.adjusted(-1, -1, 1, 1).contains(place):
        return
    strong = QFont(plain)
    strong.setWeight(QFont.Weight.DemiBold)
    metrics, small = QFontMetricsF(strong), QFontMetricsF(plain)
    title, detail = mark.title, mark.detail
    if _is_low(frame):
        title, detail = (f"{title} ({detail})" if detail else title), ""
    width = max(metrics.horizontalAdvance(title), small.horizontalAdvance(detail))
    width += 2 * _BOX_PAD
    height = metrics.height() + (small.height() if detail else 0) + 8
    gap = max(12.0, min(plot.height() * 0.12, 56.0))
    ends = [
        QRectF(place.x() - width / 2, place.y() + gap, width, height),
        QRectF(place.x() - width / 2, place.y() - gap - height, width, height),
        QRectF(place.x() - width - gap, place.y() + gap / 2, width, height),
        QRectF(place.x() + gap, place.y() + gap / 2, width, height),
        QRectF(place.x() - width - gap, place.y() - gap / 2 - height, width, height),
        QRectF(place.x() + gap, place.y() - gap / 2 - height, width, height),
    ]
    box = min(ends, key=lambda one: _hidden(_inside(one, plot), frame))
    box = _inside(box, plot)
    painter.setPen(QPen(QColor(theme.text), 1.0))
    anchor = QPointF(
        min(max(place.x(), box.left()), box.right()), min(max(place.y(), box.top()), box.bottom())
    )
    painter.drawLine(QLineF(place, anchor))
    painter.setBrush(QColor(theme.panel))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QPen(QColor(theme.text), 2.0))
    painter.drawEllipse(place, 5, 5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setFont(strong)
    painter.setPen(QColor(theme.text))
    top = box.top() + 4 + metrics.ascent()
    left = box.center().x() - metrics.horizontalAdvance(title) / 2
    painter.drawText(QPointF(left, top), title)
    if detail:
        painter.setFont(plain)
        painter.setPen(QColor(theme.text2))
        left = box.center().x() - small.horizontalAdvance(detail) / 2
        painter.drawText(QPointF(left, top + small.height()), detail)
    frame.taken += [box.adjusted(-3, -3, 3, 3), QRectF(place.x() - 6, place.y() - 6, 12, 12)]


def _inside(box: QRectF, plot: QRectF) -> QRectF:
    """The box moved into the plot."""
    moved = QRectF(box)
    if moved.right() > plot.right() - 2:
        moved.moveRight(plot.right() - 2)
    if moved.left() < plot.left() + 2:
        moved.moveLeft(plot.left() + 2)
    if moved.bottom() > plot.bottom() - 2:
        moved.moveBottom(plot.bottom() - 2)
    if moved.top() < plot.top() + 2:
        moved.moveTop(plot.top() + 2)
    return moved


def _paint_names_above(painter: QPainter, frame: Frame, chart: CostChart, theme: Theme) -> None:
    """All names in the line over a chart that is too low for them, from the right."""
    metrics = QFontMetricsF(painter.font())
    x, base = frame.rect.right(), frame.rect.top() - 5
    for line in reversed(chart.lines):
        wide = metrics.horizontalAdvance(line.label)
        painter.setPen(QColor(series_color(line.series, theme)))
        painter.drawText(QPointF(x - wide, base), line.label)
        x -= wide + 12
        painter.setPen(line_pen(line, theme))
        middle = base - metrics.ascent() / 3
        painter.drawLine(QLineF(x - 14, middle, x + 8, middle))
        x -= 30


def _paint_name(
    painter: QPainter, frame: Frame, chart: CostChart, line: CostLine, theme: Theme
) -> None:
    """The name at the line, at the first place of it that is free and in the picture."""
    candidates = []
    start, end = chart.x.share(max(line.at[0], chart.x.low)), chart.x.share(line.at[-1])
    for share in _NAME_SHARES:
        x = chart.x.value(start + share * (min(end, 1.0) - start))
        place = place_of(frame, x, line.value_at(x))
        if not frame.rect.contains(place):
            continue
        ahead = place_of(frame, chart.x.value(min(start + share + 0.06, 1.0)),
                         line.value_at(chart.x.value(min(start + share + 0.06, 1.0))))  # fmt: skip
        if place.y() - ahead.y() > 6:  # rises: beside it, above left or below right
            candidates += [(place.x() - 8, place.y() - 4, 1.0, 1.0), (place.x() + 8, place.y() + 4,
                                                                    0.0, 0.0)]  # fmt: skip
        else:
            candidates += [(place.x(), place.y() - 5, 0.0, 1.0), (place.x(), place.y() + 5,
                                                                0.0, 0.0)]  # fmt: skip
    if candidates:
        color = QColor(series_color(line.series, theme))
        place_label(painter, frame, line.label, color, candidates, plate=None)
