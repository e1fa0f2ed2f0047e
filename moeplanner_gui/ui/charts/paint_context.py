"""The chart of memory against context, painted. Knows no widget; lengths are logical pixels.

``paint_context`` draws the whole chart (printed page, images). The window's plot draws its own
curves and axes and takes only the limits and the marks from here, so both say the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from moeplanner_gui.core.units import format_count
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.axes import context_label, tick_label
from moeplanner_gui.ui.charts.marks import (
    Frame,
    curve_colors,
    curve_pen,
    hatch,
    paint_dot,
    place_label,
)
from moeplanner_gui.ui.charts.painted_axes import boxes_along, paint_axes

if TYPE_CHECKING:
    from moeplanner_gui.ui.charts.context_chart import ContextChart, Curve
    from moeplanner_gui.ui.theme import Theme


def paint_context(painter: QPainter, rect: QRectF, chart: ContextChart, theme: Theme) -> QRectF:
    """Paint the whole chart into ``rect`` with the painter's font; answers the plot area."""
    metrics = QFontMetricsF(painter.font())
    step = chart.y.ticks[1] - chart.y.ticks[0]
    widest = max(metrics.horizontalAdvance(tick_label(t, step)) for t in chart.y.ticks)
    line = metrics.height()
    plot = rect.adjusted(widest + 10, line * 1.6, -line, -line * 2.9)
    frame = Frame(plot, chart.x, chart.y, chart.unit_bytes)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    paint_limit_area(painter, frame, chart, theme)
    paint_axes(
        painter, rect, frame, theme,
        up=lambda tick: tick_label(tick, step),
        across=context_label,
        title=axis_title(chart),
        caption=axis_caption(chart),
        # The model's limit always keeps its label.
        last_first=True,
    )  # fmt: skip
    painter.save()
    painter.setClipRect(plot.adjusted(-1, 0, 1, 0), Qt.ClipOperation.IntersectClip)
    for index in reversed(range(len(chart.curves))):
        painter.setPen(curve_pen(index, theme))
        painter.drawPolyline(_polygon(chart.curves[index], frame))
    painter.restore()
    paint_marks(painter, frame, chart, theme)
    painter.restore()
    return plot


def paint_limit_area(painter: QPainter, frame: Frame, chart: ContextChart, theme: Theme) -> None:
    """Hatch what lies beyond the rig's limit."""
    limit = frame.point(frame.x.low, chart.usable_bytes).y()
    top, bottom = frame.rect.top(), min(limit, frame.rect.bottom())
    if bottom <= top:
        return
    area = QRectF(frame.rect.left(), top, frame.rect.width(), bottom - top)
    hatch(painter, area, theme)


def paint_marks(painter: QPainter, frame: Frame, chart: ContextChart, theme: Theme) -> None:
    """Both limits, the crossings and the plan's point, each with its words beside it."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    small = painter.font()
    strong = QFont(small)
    strong.setWeight(QFont.Weight.DemiBold)
    painter.setFont(strong)
    frame.taken.extend(_curve_obstacles(chart, frame))
    plan = frame.point(chart.plan_tokens, chart.plan_used_bytes)
    frame.taken.append(QRectF(plan.x() - 1, plan.y(), 2, frame.rect.bottom() - plan.y()))
    _paint_rig_limit(painter, frame, chart, theme)
    _paint_model_limit(painter, frame, chart, theme)
    _paint_plan(painter, frame, chart, theme)
    for index, curve in enumerate(chart.curves):
        _paint_longest(painter, frame, curve, curve_colors(theme)[index % 2], theme)
    for index, curve in enumerate(chart.curves):
        _paint_curve_name(painter, frame, curve, curve_colors(theme)[index % 2])
    painter.restore()


def _polygon(curve: Curve, frame: Frame) -> QPolygonF:
    points = zip(curve.contexts, curve.used_bytes, strict=True)
    return QPolygonF([frame.point(tokens, used) for tokens, used in points])


def _curve_obstacles(chart: ContextChart, frame: Frame) -> list[QRectF]:
    """Small boxes along the curves, so that no label is written over a line."""
    boxes = []
    for curve in chart.curves:
        # Every third point: the boxes are for keeping off, not for drawing.
        points = [p for p in list(_polygon(curve, frame))[::3] if frame.rect.top() - 30 < p.y()]
        boxes.extend(boxes_along(points))
    return boxes


def axis_title(chart: ContextChart) -> str:
    """What the vertical axis counts."""
    return say("{0} used on {1}", chart.unit, chart.device_label)


def axis_caption(chart: ContextChart) -> str:
    """What the horizontal axis counts."""
    if chart.users:
        return say("tokens of context {0}, log scale", chart.users)
    return say("tokens of context, log scale")


def _paint_rig_limit(painter: QPainter, frame: Frame, chart: ContextChart, theme: Theme) -> None:
    y = frame.point(frame.x.low, chart.usable_bytes).y()
    if not frame.rect.top() <= y <= frame.rect.bottom():
        return
    painter.setPen(QPen(QColor(theme.text), 1.4))
    painter.drawLine(QLineF(frame.rect.left(), y, frame.rect.right(), y))
    usable = say("{0:,.2f} {1}", chart.usable_bytes / chart.unit_bytes, chart.unit)
    text = say("Rig limit: {0}, {1} usable", chart.device_label, usable)
    left, right = frame.rect.left() + 8, frame.rect.right() - 8
    place_label(
        painter,
        frame,
        text,
        QColor(theme.text),
        [
            (left, y - 4, 0.0, 1.0),
            (left, y + 4, 0.0, 0.0),
            (right, y - 4, 1.0, 1.0),
            (right, y + 4, 1.0, 0.0),
        ],
        plate=None,
    )
    frame.taken.append(QRectF(frame.rect.left(), y - 1.5, frame.rect.width(), 3))


def _paint_model_limit(painter: QPainter, frame: Frame, chart: ContextChart, theme: Theme) -> None:
    x = frame.point(chart.model_limit, 0).x()
    if not frame.rect.left() <= x <= frame.rect.right() + 1:
        return
    pen = QPen(QColor(theme.text2), 1.2)
    pen.setDashPattern([4.0, 3.0])
    painter.setPen(pen)
    painter.drawLine(QLineF(x, frame.rect.top(), x, frame.rect.bottom()))
    text = say("Model limit {0}", format_count(chart.model_limit))
    bottom, top = frame.rect.bottom() - 6, frame.rect.top() + 6
    place_label(
        painter,
        frame,
        text,
        QColor(theme.text2),
        [
            (x - 7, bottom, 1.0, 1.0),
            (x - 7, top, 1.0, 0.0),
            (x - 7, bottom - 24, 1.0, 1.0),
            (x - 7, top + 24, 1.0, 0.0),
        ],
        plate=None,
    )
    frame.taken.append(QRectF(x - 1.5, frame.rect.top(), 3, frame.rect.height()))


def _paint_plan(painter: QPainter, frame: Frame, chart: ContextChart, theme: Theme) -> None:
    color = QColor(theme.own)
    true_place = frame.point(chart.plan_tokens, chart.plan_used_bytes)
    if not frame.rect.left() - 1 <= true_place.x() <= frame.rect.right() + 1:
        return
    used = say("{0:,.1f} {1}", chart.plan_used_bytes / chart.unit_bytes, chart.unit)
    text = say("Plan: {0} · {1}", format_count(chart.plan_tokens), used)
    place = QPointF(true_place.x(), max(true_place.y(), frame.rect.top()))
    pen = QPen(color, 1.0)
    pen.setDashPattern([2.0, 2.5])
    painter.setPen(pen)
    painter.drawLine(QLineF(place.x(), place.y(), place.x(), frame.rect.bottom()))
    if true_place.y() >= frame.rect.top():
        paint_dot(painter, frame, place, color, theme)
    x, y = place.x(), place.y()
    place_label(
        painter,
        frame,
        text,
        QColor(theme.text),
        [
            (x + 12, y + 10, 0.0, 0.0),
            (x - 10, y - 6, 1.0, 1.0),
            (x + 12, y - 6, 0.0, 1.0),
            (x - 12, y + 10, 1.0, 0.0),
            (x + 12, y + 34, 0.0, 0.0),
            (x - 12, y + 34, 1.0, 0.0),
            (x - 10, y - 30, 1.0, 1.0),
        ],
        plate=None,
    )


def _paint_longest(painter: QPainter, frame: Frame, curve: Curve, color: str, theme: Theme) -> None:
    if curve.longest <= 0 or curve.longest < frame.x.low or curve.longest > frame.x.high * 1.001:
        return
    place = frame.point(curve.longest, curve.longest_used_bytes)
    if not frame.rect.top() - 1 <= place.y() <= frame.rect.bottom() + 1:
        return
    paint_dot(painter, frame, place, QColor(color), theme)
    if curve.limited_by == "model":
        return
    x, y = place.x(), place.y()
    place_label(
        painter,
        frame,
        format_count(curve.longest),
        QColor(theme.text),
        [
            (x + 10, y + 6, 0.0, 0.0),
            (x - 9, y - 5, 1.0, 1.0),
            (x + 12, y - 5, 0.0, 1.0),
            (x - 10, y + 6, 1.0, 0.0),
            (x + 10, y + 24, 0.0, 0.0),
            (x - 9, y - 24, 1.0, 1.0),
        ],
        plate=None,
    )


def _paint_curve_name(painter: QPainter, frame: Frame, curve: Curve, color: str) -> None:
    """The name beside the line, where it is steepest and still inside."""
    inside = [p for p in _polygon(curve, frame) if frame.rect.contains(p)]
    if not inside:
        return
    candidates = []
    for share in (0.72, 0.85, 0.6, 0.45, 0.93, 0.3):
        height = inside[0].y() + (inside[-1].y() - inside[0].y()) * share
        at = min(inside, key=lambda p: abs(p.y() - height))
        candidates += [(at.x() + 8, at.y() + 4, 0.0, 0.0), (at.x() - 8, at.y() - 2, 1.0, 1.0)]
    place_label(painter, frame, curve.label, QColor(color), candidates, plate=None)
