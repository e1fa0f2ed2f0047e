"""The interactive curve of memory against context. Importing this imports pyqtgraph: late only.

pyqtgraph draws axes and curves; limits, marks and their words come from the painter that the
printed page uses, so that both say the same.
"""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from moeplanner_gui.core.units import format_count
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.axes import context_label, tick_label
from moeplanner_gui.ui.charts.context_chart import ContextChart
from moeplanner_gui.ui.charts.marks import Frame, curve_colors, curve_pen, paint_values
from moeplanner_gui.ui.charts.paint_context import (
    axis_caption,
    axis_title,
    paint_limit_area,
    paint_marks,
)
from moeplanner_gui.ui.curve_plot import CURVE_WIDTH, CurvePlot
from moeplanner_gui.ui.fonts import font_small
from moeplanner_gui.ui.theme import Theme


class ContextPlot(CurvePlot):
    """The curves of a chart of memory."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "context_plot", say("Memory against context"), parent)
        self._chart: ContextChart | None
        item = self.getPlotItem()
        item.layout.setContentsMargins(0, 0, 8, 0)
        self._curves = [pg.PlotCurveItem(antialias=True) for _ in range(2)]
        for curve in reversed(self._curves):
            item.addItem(curve)
        self.set_theme(theme)

    def _set_pens(self, theme: Theme) -> None:
        for index, curve in enumerate(self._curves):
            # A cosmetic pen keeps its width when the axes are scaled, in pixels of the screen.
            pen = curve_pen(index, theme, CURVE_WIDTH * self.devicePixelRatioF())
            pen.setCosmetic(True)
            curve.setPen(pen)

    def show_chart(self, chart: ContextChart | None) -> None:
        """Show another chart; ranges and items are kept and only changed."""
        self._chart = chart
        for index, curve in enumerate(self._curves):
            if chart is None or index >= len(chart.curves):
                curve.setData([], [])
                continue
            shown = chart.curves[index]
            x = [chart.x.share(tokens) for tokens in shown.contexts]
            y = [used / chart.unit_bytes for used in shown.used_bytes]
            curve.setData(x, y)
        if chart is not None:
            item = self.getPlotItem()
            item.setXRange(0, 1, padding=0)
            item.setYRange(chart.y.low, chart.y.high, padding=0)
            step = chart.y.ticks[1] - chart.y.ticks[0]
            metrics = QFontMetricsF(font_small())
            self._show_ticks(
                [(tick, tick_label(tick, step)) for tick in chart.y.ticks],
                [(chart.x.share(t), context_label(t)) for t in self._x_ticks(chart)],
                max(metrics.horizontalAdvance(tick_label(t, step)) for t in chart.y.ticks),
            )
            self.setAccessibleDescription(" ".join(chart.sentence))
        self.viewport().update()

    def _x_ticks(self, chart: ContextChart) -> list[float]:
        """Ticks that leave room for their labels."""
        metrics = QFontMetricsF(font_small())
        width = max(self.width() - 90, 80)
        room = metrics.horizontalAdvance("512K") + 14
        kept: list[float] = []
        for tick in reversed(chart.x.ticks):
            if not kept or (chart.x.share(kept[-1]) - chart.x.share(tick)) * width >= room:
                kept.append(tick)
        return kept

    def _frame(self, chart: ContextChart) -> Frame:
        return Frame(self.plot_rect(), chart.x, chart.y, chart.unit_bytes)

    def _paint_ground(self, painter: QPainter, frame: Frame, chart: ContextChart) -> None:
        paint_limit_area(painter, frame, chart, self._theme)

    def _grid(self, frame: Frame, chart: ContextChart) -> list[float]:
        ticks = (tick * chart.unit_bytes for tick in chart.y.ticks)
        return [frame.point(chart.x.low, tick).y() for tick in ticks]

    def _axis_words(self, chart: ContextChart) -> tuple[str, str]:
        return axis_title(chart), axis_caption(chart)

    def _paint_over(self, painter: QPainter, frame: Frame, chart: ContextChart) -> None:
        paint_marks(painter, frame, chart, self._theme)

    def _paint_crosshair(
        self, painter: QPainter, frame: Frame, chart: ContextChart, place: QPointF
    ) -> None:
        theme, plot = self._theme, frame.rect
        tokens = chart.x.value((place.x() - plot.left()) / plot.width())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(QColor(theme.strong), 1))
        x = round(place.x()) + 0.5
        painter.drawLine(QLineF(x, plot.top(), x, plot.bottom()))
        lines = [(say("{0} tokens", format_count(round(tokens / 256) * 256)), theme.text2)]
        for index, curve in enumerate(chart.curves):
            used = curve.used_at(tokens)
            color = QColor(curve_colors(theme)[index % 2])
            at = frame.point(tokens, used)
            if plot.top() <= at.y() <= plot.bottom():
                painter.setBrush(color)
                painter.setPen(QPen(QColor(theme.panel), 1.5))
                painter.drawEllipse(QPointF(x, at.y()), 4, 4)
            lines.append(
                (
                    say("{0}  {1:,.2f} {2}", curve.label, used / chart.unit_bytes, chart.unit),
                    color.name(),
                )
            )
        paint_values(painter, plot, x, lines, theme)
