"""A month's bills as bars, and what each input moves as a tornado. Painted; knows no widget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.cost_chart import usd, usd_tick
from moeplanner_gui.ui.charts.paint_cost import series_color

if TYPE_CHECKING:
    from moeplanner_gui.ui.charts.cost_chart import CostBar, Swing, TornadoChart
    from moeplanner_gui.ui.theme import Theme

SHADES = (1.0, 0.72, 0.5, 0.32, 0.18)
"""How much of the series' colour each part of a bill has; the rest is the panel's."""
_DARK_ENOUGH = 0.6
"""From this much of the colour on a part carries its words in the panel's colour."""
BAR_PX = 20.0
_RADIUS = 3.0
_PAD = 6.0


def shade(series: str, step: int, theme: Theme) -> QColor:
    """The colour of a part of a bill."""
    share = SHADES[min(step, len(SHADES) - 1)]
    color, ground = QColor(series_color(series, theme)), QColor(theme.panel)
    return QColor(
        *(
            round(of(color) * share + of(ground) * (1 - share))
            for of in (QColor.red, QColor.green, QColor.blue)
        )
    )


def bar_height(font: QFont) -> float:
    """What one bar with its line of words needs."""
    return QFontMetricsF(font).height() + 5 + BAR_PX + 9


def paint_bars(
    painter: QPainter, rect: QRectF, bars: Sequence[CostBar], theme: Theme
) -> list[QRectF]:
    """Paint the bars one under the other on one scale; answers where each of them lies."""
    plain = QFont(painter.font())
    strong = QFont(plain)
    strong.setWeight(QFont.Weight.DemiBold)
    metrics = QFontMetricsF(strong)
    top = max((bar.usd for bar in bars), default=0.0)
    places: list[QRectF] = []
    y = rect.top()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    for bar in bars:
        painter.setFont(strong)
        painter.setPen(QColor(theme.text))
        amount = say("${0:,.2f}", bar.usd)
        room = rect.width() - metrics.horizontalAdvance(amount) - 12
        name = metrics.elidedText(bar.label, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QPointF(rect.left(), y + metrics.ascent()), name)
        right = QRectF(rect.left(), y, rect.width(), metrics.height())
        painter.drawText(right, Qt.AlignmentFlag.AlignRight, amount)
        width = rect.width() * (bar.usd / top if top > 0 else 0.0)
        box = QRectF(rect.left(), y + metrics.height() + 4, max(width, 1.5), BAR_PX)
        _paint_bar(painter, box, bar, theme, plain)
        height = bar_height(plain)
        places.append(QRectF(rect.left(), y, rect.width(), height - 6))
        y += height
    painter.restore()
    return places


def _paint_bar(painter: QPainter, box: QRectF, bar: CostBar, theme: Theme, plain: QFont) -> None:
    outline = QPainterPath()
    radius = min(_RADIUS, box.width() / 2)
    outline.addRoundedRect(box, radius, radius)
    whole = sum(segment.usd for segment in bar.segments) or 1.0
    small = QFont(plain)
    small.setWeight(QFont.Weight.DemiBold)
    metrics = QFontMetricsF(small)
    painter.save()
    painter.setClipPath(outline, Qt.ClipOperation.IntersectClip)
    painter.fillRect(box, QColor(theme.panel))
    left = box.left()
    for segment in bar.segments:
        width = box.width() * segment.usd / whole
        part = QRectF(left, box.top(), max(width - 1, 0.6), box.height())
        painter.fillRect(part, shade(bar.series, segment.shade, theme))
        words = segment.label
        if words and metrics.horizontalAdvance(words) + 2 * _PAD <= part.width():
            dark = SHADES[min(segment.shade, len(SHADES) - 1)] >= _DARK_ENOUGH
            painter.setFont(small)
            painter.setPen(QColor(theme.panel if dark else theme.text))
            painter.drawText(part, Qt.AlignmentFlag.AlignCenter, words)
        left += width
    painter.restore()
    painter.setPen(QPen(QColor(theme.outline), 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if box.width() > 4:
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


def paint_tornado(painter: QPainter, rect: QRectF, chart: TornadoChart, theme: Theme) -> None:
    """Paint the tornado: a row an input, its two ends in words, around the expected cost."""
    plain = QFont(painter.font())
    strong = QFont(plain)
    strong.setWeight(QFont.Weight.DemiBold)
    metrics, bold = QFontMetricsF(plain), QFontMetricsF(strong)
    line = metrics.height()
    names = min(
        max((bold.horizontalAdvance(s.label) for s in chart.swings), default=0.0) + 14,
        rect.width() * 0.36,
    )
    ends = max(
        (
            metrics.horizontalAdvance(text)
            for s in chart.swings
            for text in (s.low_input, s.high_input)
        ),
        default=0.0,
    )
    beside = min(ends + 10, (rect.width() - names) * 0.28)
    plot = rect.adjusted(names + beside, line * 1.5, -beside, -(line * 2 + 8))
    height = plot.height() / max(len(chart.swings), 1)
    bar = min(height * 0.62, BAR_PX)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    _paint_scale(painter, rect, plot, chart, theme)
    middle = plot.left() + chart.x.share(chart.expected_usd) * plot.width()
    for number, swing in enumerate(chart.swings):
        y = plot.top() + (number + 0.5) * height
        _paint_swing(painter, plot, chart, swing, middle, y, bar, theme, plain)
        painter.setFont(strong)
        painter.setPen(QColor(theme.text))
        text = bold.elidedText(swing.label, Qt.TextElideMode.ElideRight, names - 10)
        place = QRectF(rect.left(), y - line / 2 - 1, names, line + 2)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)
    painter.setPen(QPen(QColor(theme.text), 1.4))
    painter.drawLine(QLineF(middle, plot.top() - 2, middle, plot.bottom()))
    painter.setFont(strong)
    label = say("expected {0}", usd(chart.expected_usd))
    wide = bold.horizontalAdvance(label)
    left = min(max(middle - wide / 2, rect.left()), rect.right() - wide)
    painter.drawText(QPointF(left, plot.top() - 5), label)
    painter.restore()


def _paint_scale(
    painter: QPainter, rect: QRectF, plot: QRectF, chart: TornadoChart, theme: Theme
) -> None:
    metrics = QFontMetricsF(painter.font())
    last = -1e9
    for tick in chart.x.ticks:
        x = plot.left() + chart.x.share(tick) * plot.width()
        painter.setPen(QPen(QColor(theme.grid), 1.0))
        painter.drawLine(QLineF(x, plot.top(), x, plot.bottom()))
        text = usd_tick(tick)
        wide = metrics.horizontalAdvance(text)
        if x - wide / 2 > last + 10:
            painter.setPen(QColor(theme.text2))
            painter.drawText(QPointF(x - wide / 2, plot.bottom() + 5 + metrics.ascent()), text)
            last = x + wide / 2
    painter.setPen(QPen(QColor(theme.strong), 1.0))
    painter.drawLine(QLineF(plot.bottomLeft(), plot.bottomRight()))
    painter.setPen(QColor(theme.text3))
    below = QRectF(plot.left(), rect.bottom() - metrics.height(), plot.width(), metrics.height())
    painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.TextFlag.TextDontClip, chart.caption)


def _paint_swing(
    painter: QPainter,
    plot: QRectF,
    chart: TornadoChart,
    swing: Swing,
    middle: float,
    y: float,
    bar: float,
    theme: Theme,
    plain: QFont,
) -> None:
    """The part that is cheaper than expected is paler; both ends say their input."""
    ends = sorted(((swing.low_usd, swing.low_input), (swing.high_usd, swing.high_input)))
    metrics = QFontMetricsF(plain)
    xs = [plot.left() + chart.x.share(value) * plot.width() for value, _ in ends]
    for start, end, step in ((xs[0], min(middle, xs[1]), 3), (max(middle, xs[0]), xs[1], 0)):
        if end > start:
            part = QRectF(start, y - bar / 2, end - start, bar)
            painter.fillRect(part, shade("own", step, theme))
    outline = QRectF(QPointF(xs[0], y - bar / 2), QPointF(max(xs[1], xs[0] + 1), y + bar / 2))
    painter.setPen(QPen(QColor(theme.outline), 1.0))
    painter.drawRect(outline.adjusted(0.5, 0.5, -0.5, -0.5))
    painter.setFont(plain)
    painter.setPen(QColor(theme.text2))
    base = y - metrics.height() / 2 + metrics.ascent()
    left = metrics.horizontalAdvance(ends[0][1])
    painter.drawText(QPointF(xs[0] - 6 - left, base), ends[0][1])
    painter.drawText(QPointF(xs[1] + 6, base), ends[1][1])
