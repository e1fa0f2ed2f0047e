"""Speed painted: the charts of decode and the waterfall of one step. Knows no widget.

``paint_band_chart`` draws a whole chart (printed page). The window's plot draws its own bands
and axes and takes the hatching, the marks and their words from here, so both say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from moeplanner_gui.core.speed.terms import TermKind
from moeplanner_gui.core.words import say
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
    from moeplanner_gui.core.assessment import Range
    from moeplanner_gui.export.speed_steps import Step
    from moeplanner_gui.ui.charts.speed_chart import Band, BandChart
    from moeplanner_gui.ui.theme import Theme

BAND_ALPHA = 40
_FILLS: dict[TermKind, str] = {
    "dense_weights": "attention",
    "host_weights": "attention",
    "expert_weights": "experts",
    "host_experts": "experts",
    "disk_experts": "experts",
    "expert_copy": "experts",
    "kv_cache": "kv",
    "host_kv_cache": "kv",
}
"""Reading a part of the model has that part's colour; everything else is a neutral."""
_HATCHED: frozenset[TermKind] = frozenset(("layer_overhead", "token_overhead", "host_overhead"))
_BAR_HATCH = 4.0


def frame_of(chart: BandChart, plot: QRectF) -> Frame:
    """Where the chart's places lie in ``plot``."""
    return Frame(plot, chart.x, chart.y, 1)


def paint_band_chart(painter: QPainter, rect: QRectF, chart: BandChart, theme: Theme) -> QRectF:
    """Paint the whole chart into ``rect`` with the painter's font; answers the plot area."""
    metrics = QFontMetricsF(painter.font())
    widest = max(metrics.horizontalAdvance(chart.y_label(t)) for t in chart.y.ticks)
    line = metrics.height()
    plot = rect.adjusted(widest + 10, line * 1.6, -line, -line * 2.9)
    frame = frame_of(chart, plot)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    paint_beyond(painter, frame, chart, theme)
    paint_axes(
        painter, rect, frame, theme,
        up=chart.y_label, across=chart.x_label, title=chart.axis_title, caption=chart.caption,
    )  # fmt: skip
    painter.save()
    painter.setClipRect(plot.adjusted(-1, 0, 1, 0), Qt.ClipOperation.IntersectClip)
    for index in reversed(range(len(chart.bands))):
        shown = chart.bands[index]
        ground = QColor(curve_colors(theme)[index % 2])
        ground.setAlpha(BAND_ALPHA)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawPolygon(_area(shown, frame))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(curve_pen(index, theme))
        painter.drawPolyline(_line(shown, frame, "expected"))
    painter.restore()
    x = frame.point(chart.limit_x, chart.y.low).x()
    painter.setPen(limit_pen(theme))
    painter.drawLine(QLineF(x, plot.top(), x, plot.bottom()))
    paint_marks(painter, frame, chart, theme)
    painter.restore()
    return plot


def limit_pen(theme: Theme) -> QPen:
    """The pen of the line where the last place that works lies."""
    return QPen(QColor(theme.text), 1.4)


def paint_beyond(painter: QPainter, frame: Frame, chart: BandChart, theme: Theme) -> None:
    """Hatch what lies beyond the limit."""
    left = frame.point(chart.limit_x, chart.y.low).x()
    if left < frame.rect.right() - 0.5:
        area = QRectF(left, frame.rect.top(), frame.rect.right() - left, frame.rect.height())
        hatch(painter, area, theme)


def paint_marks(painter: QPainter, frame: Frame, chart: BandChart, theme: Theme) -> None:
    """The plan's points, the names of the lines and the words at the limit."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    strong = QFont(painter.font())
    strong.setWeight(QFont.Weight.DemiBold)
    painter.setFont(strong)
    for shown in chart.bands:
        frame.taken.extend(boxes_along(_line(shown, frame, "expected").toList()))
    limit = frame.point(chart.limit_x, chart.y.low).x()
    frame.taken.append(QRectF(limit - 1.5, frame.rect.top(), 3, frame.rect.height()))
    _paint_plan(painter, frame, chart, theme)
    _paint_limit_words(painter, frame, chart, theme, limit)
    if len(chart.bands) > 1:
        for index, shown in enumerate(chart.bands):
            _paint_name(painter, frame, chart, shown, curve_colors(theme)[index % 2])
    painter.restore()


def _line(shown: Band, frame: Frame, field: str) -> QPolygonF:
    return QPolygonF(
        [frame.point(x, getattr(r, field)) for x, r in zip(shown.at, shown.rates, strict=True)]
    )


def _area(shown: Band, frame: Frame) -> QPolygonF:
    low, high = _line(shown, frame, "low"), _line(shown, frame, "high")
    return QPolygonF([*low.toList(), *reversed(high.toList())])


def _paint_plan(painter: QPainter, frame: Frame, chart: BandChart, theme: Theme) -> None:
    """The plan on every line, with its words at the first."""
    if not chart.x.low <= chart.plan_x <= chart.x.high * 1.0001:
        return
    logarithmic = chart.y.logarithmic
    places: list[tuple[QPointF, Range]] = []
    for shown in chart.bands:
        found = shown.rate_at(chart.plan_x, logarithmic=logarithmic)
        places.append((frame.point(chart.plan_x, found.expected), found))
    top = min(place.y() for place, _ in places)
    pen = QPen(QColor(theme.own), 1.0)
    pen.setDashPattern([2.0, 2.5])
    painter.setPen(pen)
    x = places[0][0].x()
    painter.drawLine(QLineF(x, top, x, frame.rect.bottom()))
    frame.taken.append(QRectF(x - 1, top, 2, frame.rect.bottom() - top))
    for index, (place, _) in enumerate(places):
        paint_dot(painter, frame, place, QColor(curve_colors(theme)[index % 2]), theme)
    for index, (place, found) in enumerate(places):
        name = say("Plan") if index == 0 else chart.bands[index].label
        text = f"{name}: {chart.value_text(found)}"
        if index and abs(place.y() - places[0][0].y()) < 1:
            continue  # One user alone is all of them.
        y = place.y()
        near = [(12, -8, 0.0, 1.0), (-12, -8, 1.0, 1.0), (12, 8, 0.0, 0.0), (-12, 8, 1.0, 0.0)]
        far = [(12, 26, 0.0, 0.0), (-12, 26, 1.0, 0.0), (12, -26, 0.0, 1.0), (-12, -26, 1.0, 1.0)]
        candidates = [(x + dx, y + dy, left, above) for dx, dy, left, above in (*near, *far)]
        place_label(painter, frame, text, QColor(theme.text), candidates, plate=None)


def _paint_limit_words(
    painter: QPainter, frame: Frame, chart: BandChart, theme: Theme, x: float
) -> None:
    top, bottom = frame.rect.top() + 4, frame.rect.bottom() - 5
    middle = (top + bottom) / 2
    candidates = [
        (x + 7, bottom, 0.0, 1.0),
        (x - 7, top, 1.0, 0.0),
        (x - 7, bottom, 1.0, 1.0),
        (x + 7, top, 0.0, 0.0),
        (x - 7, middle, 1.0, 0.5),
    ]
    place_label(painter, frame, chart.limit_text, QColor(theme.text), candidates, plate=None)


def _paint_name(painter: QPainter, frame: Frame, chart: BandChart, shown: Band, color: str) -> None:
    """The name beside the line, at the first place that is free."""
    end = chart.x.share(shown.at[-1])
    candidates = []
    for share in (0.8, 0.65, 0.5, 0.35, 0.2, 0.9):
        x = chart.x.value(share * end)
        at = frame.point(x, shown.rate_at(x, logarithmic=chart.y.logarithmic).expected)
        candidates += [(at.x(), at.y() - 6, 0.5, 1.0), (at.x(), at.y() + 6, 0.5, 0.0)]
    place_label(painter, frame, shown.label, QColor(color), candidates, plate=None)


# --- one step ---------------------------------------------------------------------------------


def paint_step(painter: QPainter, rect: QRectF, step: Step, whole_s: float, theme: Theme) -> QRectF:
    """Paint the bar of one part where it lies within the step, which is as wide as ``rect``."""
    per_second = rect.width() / whole_s if whole_s else 0.0
    left = rect.left() + step.start_s * per_second
    bar = QRectF(left, rect.top(), max(step.seconds * per_second, 1.5), rect.height())
    if bar.right() > rect.right():
        bar.moveRight(rect.right())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    outline = QPainterPath()
    radius = min(3.0, bar.width() / 2)
    outline.addRoundedRect(bar, radius, radius)
    painter.setClipPath(outline, Qt.ClipOperation.IntersectClip)
    if step.kind in _HATCHED:
        painter.fillRect(bar, QColor(theme.overhead))
        painter.setPen(QPen(QColor(theme.overhead_line), 1.0))
        painter.drawLines(_bar_hatch(bar))
    else:
        name = _FILLS.get(step.kind)
        painter.fillRect(bar, QColor(getattr(theme, name) if name else theme.strong))
    painter.restore()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(QColor(theme.outline), 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if bar.width() > 4:
        painter.drawRoundedRect(bar.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    painter.restore()
    return bar


def _bar_hatch(bar: QRectF) -> Sequence[QLineF]:
    lines, offset = [], -bar.height()
    while offset < bar.width():
        start = QPointF(bar.left() + offset, bar.bottom())
        lines.append(QLineF(start, QPointF(start.x() + bar.height(), bar.top())))
        offset += _BAR_HATCH
    return lines
