"""The interactive band charts of speed. Importing this imports pyqtgraph: late only.

pyqtgraph draws axes, bands and the limit; hatching, marks and their words come from the painter
that the printed page uses, so that both say the same.
"""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from moeplanner_gui.ui.charts.marks import Frame, curve_colors, curve_pen, paint_values
from moeplanner_gui.ui.charts.paint_speed import (
    BAND_ALPHA,
    frame_of,
    limit_pen,
    paint_beyond,
    paint_marks,
)
from moeplanner_gui.ui.charts.speed_chart import BandChart
from moeplanner_gui.ui.curve_plot import CURVE_WIDTH, CurvePlot
from moeplanner_gui.ui.fonts import font_small
from moeplanner_gui.ui.theme import Theme

_MOST_BANDS = 2


class BandPlot(CurvePlot):
    """The bands of a chart of speed, and its limit."""

    def __init__(self, theme: Theme, object_name: str, name: str, parent: QWidget | None = None):
        super().__init__(theme, object_name, name, parent)
        self._chart: BandChart | None
        # Bands are filled paths: without it their edges are steps.
        self.setAntialiasing(True)
        item = self.getPlotItem()
        self.lines: list[pg.PlotCurveItem] = []
        self.bands: list[pg.FillBetweenItem] = []
        self._edges: list[tuple[pg.PlotCurveItem, pg.PlotCurveItem]] = []
        for _ in range(_MOST_BANDS):
            low, high = pg.PlotCurveItem(pen=None), pg.PlotCurveItem(pen=None)
            self._edges.append((low, high))
            self.bands.append(pg.FillBetweenItem(low, high))
            self.lines.append(pg.PlotCurveItem(antialias=True))
        for drawn in (*reversed(self.bands), *reversed(self.lines)):
            item.addItem(drawn)
        self.limit = pg.InfiniteLine(angle=90, movable=False)
        item.addItem(self.limit)
        self.set_theme(theme)

    def _set_pens(self, theme: Theme) -> None:
        scale = self.devicePixelRatioF()
        for index, (line, band) in enumerate(zip(self.lines, self.bands, strict=True)):
            # A cosmetic pen keeps its width when the axes are scaled, in pixels of the screen.
            pen = curve_pen(index, theme, CURVE_WIDTH * scale)
            pen.setCosmetic(True)
            line.setPen(pen)
            ground = QColor(curve_colors(theme)[index])
            ground.setAlpha(BAND_ALPHA)
            band.setBrush(ground)
        pen = limit_pen(theme)
        pen.setWidthF(pen.widthF() * scale)
        pen.setCosmetic(True)
        self.limit.setPen(pen)

    def show_chart(self, chart: BandChart | None) -> None:
        """Show another chart; ranges and items are kept and only changed."""
        self._chart = chart
        for index, (low, high) in enumerate(self._edges):
            if chart is None or index >= len(chart.bands):
                for curve in (low, high, self.lines[index]):
                    curve.setData([], [])
                continue
            shown = chart.bands[index]
            x = [chart.x.share(at) for at in shown.at]
            for curve, field in ((low, "low"), (high, "high"), (self.lines[index], "expected")):
                curve.setData(x, [chart.y.share(getattr(r, field)) for r in shown.rates])
        if chart is not None:
            self._show_axes(chart)
        self.viewport().update()

    def _show_axes(self, chart: BandChart) -> None:
        item = self.getPlotItem()
        item.setXRange(0, 1, padding=0)
        item.setYRange(0, 1, padding=0)
        self.limit.setPos(chart.x.share(chart.limit_x))
        metrics = QFontMetricsF(font_small())
        self._show_ticks(
            [(chart.y.share(t), chart.y_label(t)) for t in self._y_ticks(chart)],
            [(chart.x.share(t), chart.x_label(t)) for t in self._x_ticks(chart)],
            max(metrics.horizontalAdvance(chart.y_label(t)) for t in chart.y.ticks),
        )
        self.setAccessibleDescription(" ".join(chart.sentence))

    def _x_ticks(self, chart: BandChart) -> list[float]:
        """Ticks that leave room for their labels, from the left."""
        metrics = QFontMetricsF(font_small())
        width = max(self.width() - 90, 80)
        kept: list[float] = []
        for tick in chart.x.ticks:
            room = metrics.horizontalAdvance(chart.x_label(tick)) + 14
            if not kept or (chart.x.share(tick) - chart.x.share(kept[-1])) * width >= room:
                kept.append(tick)
        return kept

    def _y_ticks(self, chart: BandChart) -> list[float]:
        """Every tick, every other one on a low plot."""
        metrics = QFontMetricsF(font_small())
        height = max(self.height() - 4 * metrics.height(), 40)
        fits = max(2, int(height / (metrics.height() + 4)))
        step = -(-len(chart.y.ticks) // fits)
        return list(chart.y.ticks[::step])

    def _frame(self, chart: BandChart) -> Frame:
        return frame_of(chart, self.plot_rect())

    def _paint_ground(self, painter: QPainter, frame: Frame, chart: BandChart) -> None:
        paint_beyond(painter, frame, chart, self._theme)

    def _grid(self, frame: Frame, chart: BandChart) -> list[float]:
        return [frame.point(chart.x.low, tick).y() for tick in self._y_ticks(chart)]

    def _axis_words(self, chart: BandChart) -> tuple[str, str]:
        return chart.axis_title, chart.caption

    def _paint_over(self, painter: QPainter, frame: Frame, chart: BandChart) -> None:
        paint_marks(painter, frame, chart, self._theme)

    def _paint_crosshair(
        self, painter: QPainter, frame: Frame, chart: BandChart, place: QPointF
    ) -> None:
        theme, plot = self._theme, frame.rect
        at = round(chart.x.value((place.x() - plot.left()) / plot.width()))
        if at > chart.limit_x:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(QColor(theme.strong), 1))
        x = round(frame.point(at, chart.y.low).x()) + 0.5
        painter.drawLine(QLineF(x, plot.top(), x, plot.bottom()))
        lines = [(chart.place_words(at), theme.text2)]
        for index, shown in enumerate(chart.bands):
            found = shown.rate_at(at, logarithmic=chart.y.logarithmic)
            color = QColor(curve_colors(theme)[index])
            painter.setBrush(color)
            painter.setPen(QPen(QColor(theme.panel), 1.5))
            painter.drawEllipse(QPointF(x, frame.point(at, found.expected).y()), 4, 4)
            lines.append((f"{shown.label}  {chart.value_text(found)}", color.name()))
        paint_values(painter, plot, x, lines, theme)
