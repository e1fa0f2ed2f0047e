"""The interactive band charts of speed. Importing this imports pyqtgraph: late only.

pyqtgraph draws axes, bands and the limit; hatching, marks and their words come from the painter
that the printed page uses, so that both say the same.
"""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from moeplanner_gui.core.units import format_count
from moeplanner_gui.ui.charts.marks import Frame, curve_colors, curve_pen, paint_values
from moeplanner_gui.ui.charts.paint_speed import (
    BAND_ALPHA,
    frame_of,
    limit_pen,
    paint_beyond,
    paint_marks,
)
from moeplanner_gui.ui.charts.speed_chart import BandChart
from moeplanner_gui.ui.fonts import font_small
from moeplanner_gui.ui.theme import Theme

CURVE_WIDTH = 1.6
LABEL_OVERHANG = 40
"""Pixels by which a tick's label may stand out of its axis; pyqtgraph leaves it out beyond."""
_MOST_BANDS = 2


class BandPlot(pg.PlotWidget):
    """Bands with a crosshair. The range is fixed: plan and limit stay in sight."""

    def __init__(self, theme: Theme, object_name: str, name: str, parent: QWidget | None = None):
        super().__init__(parent, background=None)
        self.setObjectName(object_name)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(self.Shape.NoFrame)
        self.setMouseTracking(True)
        # Bands are filled paths: without it their edges are steps.
        self.setAntialiasing(True)
        self._theme = theme
        self._chart: BandChart | None = None
        self._hover: QPointF | None = None
        item = self.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setMouseEnabled(x=False, y=False)
        item.showAxes((True, False, False, True), showValues=True)
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

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours: pyqtgraph does not follow the palette."""
        self._theme = theme
        self.setBackground(theme.panel)
        for name in ("left", "bottom"):
            axis = self.getPlotItem().getAxis(name)
            axis.setPen(pg.mkPen(theme.strong, width=1))
            axis.setTextPen(pg.mkPen(theme.text2))
            axis.setTickFont(font_small())
            axis.setStyle(tickLength=4 if name == "bottom" else 0, tickTextOffset=6)
            axis.setGrid(False)
            axis.setStyle(hideOverlappingLabels=LABEL_OVERHANG)
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
        self.viewport().update()

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
        left, bottom = item.getAxis("left"), item.getAxis("bottom")
        metrics = QFontMetricsF(font_small())
        left.setTicks([[(chart.y.share(t), chart.y_label(t)) for t in self._y_ticks(chart)]])
        bottom.setTicks([[(chart.x.share(t), chart.x_label(t)) for t in self._x_ticks(chart)]])
        widest = max(metrics.horizontalAdvance(chart.y_label(t)) for t in chart.y.ticks)
        left.setWidth(widest + 14)
        # Room for the caption under the tick labels, which drawForeground writes.
        bottom.setHeight(metrics.height() * 2 + 14)
        right = metrics.horizontalAdvance("512K") / 2 + 4
        item.layout.setContentsMargins(0, metrics.height() + 8, right, 0)
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

    def resizeEvent(self, event: QEvent) -> None:
        super().resizeEvent(event)
        if getattr(self, "_chart", None) is not None:
            self.show_chart(self._chart)

    def plot_rect(self) -> QRectF:
        """The plot area in the widget's pixels."""
        box = self.getPlotItem().getViewBox()
        return self.mapFromScene(box.sceneBoundingRect()).boundingRect().toRectF()

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:
        super().drawBackground(painter, rect)
        chart = self._chart
        if chart is None:
            return
        painter.save()
        painter.resetTransform()
        frame = frame_of(chart, self.plot_rect())
        paint_beyond(painter, frame, chart, self._theme)
        painter.setPen(QPen(QColor(self._theme.grid), 1))
        for tick in self._y_ticks(chart):
            y = round(frame.point(chart.x.low, tick).y()) + 0.5
            painter.drawLine(QLineF(frame.rect.left(), y, frame.rect.right(), y))
        painter.restore()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        chart = self._chart
        if chart is None:
            return
        painter.save()
        painter.resetTransform()
        plot = self.plot_rect()
        frame = frame_of(chart, plot)
        painter.setFont(font_small())
        metrics = QFontMetricsF(font_small())
        painter.setPen(QColor(self._theme.text3))
        painter.drawText(QPointF(plot.left(), plot.top() - 8 - metrics.descent()), chart.axis_title)
        baseline = self.height() - metrics.descent() - 1
        left = plot.right() - metrics.horizontalAdvance(chart.caption)
        painter.drawText(QPointF(left, baseline), chart.caption)
        paint_marks(painter, frame, chart, self._theme)
        if self._hover is not None and plot.contains(self._hover):
            self._paint_crosshair(painter, frame, chart, self._hover)
        painter.restore()

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
        unit = chart.unit.removesuffix("s") if at == 1 else chart.unit
        lines = [(f"{format_count(at)} {unit}", theme.text2)]
        for index, shown in enumerate(chart.bands):
            found = shown.rate_at(at, logarithmic=chart.y.logarithmic)
            color = QColor(curve_colors(theme)[index])
            painter.setBrush(color)
            painter.setPen(QPen(QColor(theme.panel), 1.5))
            painter.drawEllipse(QPointF(x, frame.point(at, found.expected).y()), 4, 4)
            lines.append((f"{shown.label}  {chart.value_text(found)}", color.name()))
        paint_values(painter, plot, x, lines, theme)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = event.position()
        self.viewport().update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover = None
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.ignore()

    def wheelEvent(self, event: QEvent) -> None:
        # The range is fixed: plan and limit stay in sight. The wheel scrolls what lies around.
        event.ignore()
