"""Several plans in one chart, painted: their memory on one scale, their decode in one frame.

Knows no widget. A plan has the same colour and dashes everywhere, and its name at its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import MemoryUnit, format_free_memory
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.axes import context_label, tick_label
from moeplanner_gui.ui.charts.compare_chart import CurveChart, DeviceBar, Line, device_bars
from moeplanner_gui.ui.charts.marks import Frame, paint_dot, place_label
from moeplanner_gui.ui.charts.memory_rows import shown_short
from moeplanner_gui.ui.charts.paint_memory import (
    legend_layout,
    memory_scale,
    paint_legend,
    paint_memory_bar,
    part_keys,
)
from moeplanner_gui.ui.charts.painted_axes import boxes_along, paint_axes
from moeplanner_gui.ui.fonts import faces

if TYPE_CHECKING:
    from moeplanner_gui.ui.theme import Theme

_DASHES: tuple[tuple[float, ...], ...] = ((), (5.0, 2.5), (1.5, 2.0), (8.0, 2.5, 1.5, 2.5))
_BAR, _GAP, _AFTER_PLAN = 20.0, 5.0, 9.0
_RANGE_STEP = 7.0
_GROUPS = (
    ("gpu", say("on each card")),
    ("host", say("of host memory")),
    ("disk", say("on the disk")),
)


def plan_color(index: int, theme: Theme) -> QColor:
    """The colour of a compared plan."""
    return QColor((theme.own, theme.rent, theme.api, theme.text)[index % 4])


def plan_pen(index: int, theme: Theme, width: float = 1.8) -> QPen:
    """The pen of a compared plan; the dashes tell them apart without the colour."""
    pen = QPen(plan_color(index, theme), width)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if _DASHES[index % 4]:
        pen.setDashPattern(list(_DASHES[index % 4]))
    return pen


# --- memory -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Group:
    title: str
    plans: tuple[tuple[int, tuple[DeviceBar, ...]], ...]
    scale_bytes: int


def _groups(plans: Sequence[tuple[str, Assessment]], unit: MemoryUnit) -> list[_Group]:
    found = []
    for kind, where in _GROUPS:
        bars = [(i, device_bars(answer, kind)) for i, (_, answer) in enumerate(plans)]
        have = tuple((i, devices) for i, devices in bars if devices)
        if have:
            scale = memory_scale(bar.device for _, devices in have for bar in devices)
            title = f"{unit} {where}"
            title = say("{0}, one scale for all plans", title) if len(plans) > 1 else title
            found.append(_Group(title, have, scale))
    return found


def memory_height(plans: Sequence[tuple[str, Assessment]], width: float) -> float:
    """The height that :func:`paint_memories` needs."""
    small = faces().small.metrics
    line, height = small.height(), 0.0
    for group in _groups(plans, "GiB"):
        height += line + 6
        for _, bars in group.plans:
            height += line + 4 + len(bars) * (_BAR + _GAP) + _AFTER_PLAN
        height += 4
    return height + legend_layout(small, width, _keys(plans))[1] + 4


def _keys(plans: Sequence[tuple[str, Assessment]]) -> tuple[str, ...]:
    return part_keys([device for _, answer in plans for device in answer.devices])


def paint_memories(
    painter: QPainter,
    rect: QRectF,
    plans: Sequence[tuple[str, Assessment]],
    theme: Theme,
    unit: MemoryUnit = "GiB",
) -> None:
    """Paint the devices of every plan under each other, all cards on one scale."""
    small, strong = faces().small, faces().small_strong
    line = small.metrics.height()
    groups = _groups(plans, unit)
    labels = [bar.label for group in groups for _, bars in group.plans for bar in bars]
    left = rect.left() + max((small.width(text) for text in labels), default=0.0) + 10
    rests = [_rest(bar, unit) for group in groups for _, bars in group.plans for bar in bars]
    right = rect.right() - max((strong.width(text) for text in rests), default=0.0) - 10
    y = rect.top()
    for group in groups:
        painter.setFont(small.font)
        painter.setPen(QColor(theme.text3))
        painter.drawText(QPointF(rect.left(), y + small.metrics.ascent()), group.title)
        y += line + 6
        for index, bars in group.plans:
            mark = QRectF(rect.left(), y + line / 2 - 1, 18, 2)
            painter.setPen(plan_pen(index, theme, 2.0))
            painter.drawLine(
                QLineF(mark.left(), mark.center().y(), mark.right(), mark.center().y())
            )
            painter.setFont(strong.font)
            painter.setPen(QColor(theme.text))
            name = strong.elided(plans[index][0], rect.width() - 26)
            painter.drawText(QPointF(rect.left() + 25, y + strong.metrics.ascent()), name)
            y += line + 4
            for bar in bars:
                _paint_device(painter, QRectF(left, y, max(right - left, 20), _BAR), rect, bar,
                              theme, group.scale_bytes, unit)  # fmt: skip
                y += _BAR + _GAP
            y += _AFTER_PLAN
        y += 4
    painter.setFont(small.font)
    area = QRectF(rect.left(), y, rect.width(), max(rect.bottom() - y, 0))
    paint_legend(painter, area, theme, _keys(plans))


def _rest(bar: DeviceBar, unit: MemoryUnit) -> str:
    free = bar.device.free_bytes
    if free < 0:
        return say("{0} short", shown_short(free, unit))
    return say("{0} free", format_free_memory(free, unit=unit).removesuffix(f" {unit}"))


def _paint_device(
    painter: QPainter,
    place: QRectF,
    whole: QRectF,
    bar: DeviceBar,
    theme: Theme,
    scale_bytes: int,
    unit: MemoryUnit,
) -> None:
    flags = Qt.AlignmentFlag.AlignVCenter
    painter.setFont(faces().small.font)
    painter.setPen(QColor(theme.text2))
    painter.drawText(QRectF(whole.left(), place.top(), 200, place.height()), flags, bar.label)
    paint_memory_bar(painter, place, bar.device, theme, scale_bytes=scale_bytes, unit=unit)
    painter.setFont(faces().small_strong.font)
    painter.setPen(QColor(theme.error if bar.device.free_bytes < 0 else theme.text2))
    rest = QRectF(place.right() + 8, place.top(), whole.right() - place.right() - 8, _BAR)
    painter.drawText(rest, flags | Qt.AlignmentFlag.AlignRight, _rest(bar, unit))


# --- decode over context ----------------------------------------------------------------------


def paint_curves(painter: QPainter, rect: QRectF, chart: CurveChart, theme: Theme) -> QRectF:
    """Paint the lines with their names; answers the plot area."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setFont(faces().small.font)
    metrics = QFontMetricsF(painter.font())
    line = metrics.height()
    step = chart.y.ticks[1] - chart.y.ticks[0]
    widest = max(metrics.horizontalAdvance(tick_label(t, step)) for t in chart.y.ticks)
    plot = rect.adjusted(widest + 10, line * 1.7, -line, -line * 2.7)
    frame = Frame(plot, chart.x, chart.y, 1)
    title = say(
        "Decode of each user, tokens per second; bars: the range at each plan’s own context"
    )
    paint_axes(
        painter, rect, frame, theme,
        up=lambda tick: tick_label(tick, step),
        across=context_label,
        title=faces().small.elided(title, rect.width()),
        title_left=rect.left(),
        caption=say("tokens in the context of each user, log scale"),
    )  # fmt: skip
    for each in chart.lines:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(plan_pen(each.index, theme))
        painter.drawPolyline(_polyline(each, frame))
        frame.taken.extend(boxes_along(_polyline(each, frame).toList()))
    for position, each in enumerate(chart.lines):
        # Side by side: plans with the same context would hide each other's range.
        aside = (position - (len(chart.lines) - 1) / 2) * _RANGE_STEP
        _paint_range(painter, each, frame, theme, aside)
    for each in chart.lines:
        at = frame.point(each.own_at, each.own.expected)
        paint_dot(painter, frame, at, plan_color(each.index, theme), theme)
    painter.setFont(faces().small_strong.font)
    for each in chart.lines:
        _paint_name(painter, each, frame, theme)
    painter.restore()
    return plot


def _polyline(line: Line, frame: Frame) -> QPolygonF:
    return QPolygonF([frame.point(x, r) for x, r in zip(line.at, line.rates, strict=True)])


def _paint_range(painter: QPainter, line: Line, frame: Frame, theme: Theme, aside: float) -> None:
    """The plan's own context, where eight of ten cases lie between the two ends."""
    color = plan_color(line.index, theme)
    move = QPointF(aside, 0)
    low = frame.point(line.own_at, line.own.low) + move
    high = frame.point(line.own_at, line.own.high) + move
    painter.setPen(QPen(color, 1.2))
    painter.drawLine(QLineF(low, high))
    for end in (low, high):
        painter.drawLine(QLineF(end.x() - 4, end.y(), end.x() + 4, end.y()))
    frame.taken.append(QRectF(high.x() - 4, high.y(), 8, low.y() - high.y()))


def _paint_name(painter: QPainter, line: Line, frame: Frame, theme: Theme) -> None:
    points = _polyline(line, frame).toList()
    candidates = []
    for share in (0.35, 0.2, 0.5, 0.1, 0.65, 0.8):
        at = points[min(round(share * (len(points) - 1)), len(points) - 1)]
        candidates += [(at.x(), at.y() - 7, 0.5, 1.0), (at.x(), at.y() + 7, 0.5, 0.0)]
    name = faces().small_strong.elided(line.name, frame.rect.width() * 0.6)
    plate = QColor(theme.panel)
    place_label(painter, frame, name, plan_color(line.index, theme), candidates, plate=plate)
