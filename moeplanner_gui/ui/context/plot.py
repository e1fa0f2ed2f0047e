"""The interactive curve of memory against context. Importing this imports pyqtgraph: late only.

pyqtgraph draws axes and curves; limits, marks and their words come from the painter that the
printed page uses, so that both say the same.
"""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from moeplanner_gui.core.units import format_count
from moeplanner_gui.ui.charts.axes import context_label, tick_label
from moeplanner_gui.ui.charts.context_chart import ContextChart
from moeplanner_gui.ui.charts.marks import Frame, curve_colors, curve_pen, paint_values
from moeplanner_gui.ui.charts.paint_context import (
    axis_caption,
    axis_title,
    paint_limit_area,
    paint_marks,
)
from moeplanner_gui.ui.fonts import font_small
from moeplanner_gui.ui.theme import Theme

CURVE_WIDTH = 1.6
LABEL_OVERHANG = 40
"""Pixels by which a tick's label may stand out of its axis; pyqtgraph leaves it out beyond."""


class ContextPlot(pg.PlotWidget):
    """Curves with a crosshair; the wheel zooms along the contexts, a double click resets."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=None)
        self.setObjectName("context_plot")
        self.setAccessibleName("Memory against context")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(self.Shape.NoFrame)
        self.setMouseTracking(True)
        self._theme = theme
        self._chart: ContextChart | None = None
        self._hover: QPointF | None = None
        item = self.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setMouseEnabled(x=False, y=False)
        item.showAxes((True, False, False, True), showValues=True)
        item.layout.setContentsMargins(0, 0, 8, 0)
        self._curves = [pg.PlotCurveItem(antialias=True) for _ in range(2)]
        for curve in reversed(self._curves):
            item.addItem(curve)
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
            # The ends of the axis carry the limits: their labels must stay.
            axis.setStyle(hideOverlappingLabels=LABEL_OVERHANG)
        for index, curve in enumerate(self._curves):
            # A cosmetic pen keeps its width when the axes are scaled, in pixels of the screen.
            pen = curve_pen(index, theme, CURVE_WIDTH * self.devicePixelRatioF())
            pen.setCosmetic(True)
            curve.setPen(pen)
        self.viewport().update()

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
            left, bottom = item.getAxis("left"), item.getAxis("bottom")
            left.setTicks([[(tick, tick_label(tick, step)) for tick in chart.y.ticks]])
            bottom.setTicks([[(chart.x.share(t), context_label(t)) for t in self._x_ticks(chart)]])
            metrics = QFontMetricsF(font_small())
            left.setWidth(
                max(metrics.horizontalAdvance(tick_label(t, step)) for t in chart.y.ticks) + 14
            )
            # Room for the caption under the tick labels, which drawForeground writes.
            bottom.setHeight(metrics.height() * 2 + 14)
            item.layout.setContentsMargins(
                0, metrics.height() + 8, metrics.horizontalAdvance("512K") / 2 + 4, 0
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

    def resizeEvent(self, event: QEvent) -> None:
        super().resizeEvent(event)
        if getattr(self, "_chart", None) is not None:
            self.show_chart(self._chart)

    def plot_rect(self) -> QRectF:
        """The plot area in the widget's pixels."""
        box = self.getPlotItem().getViewBox()
        return self.mapFromScene(box.sceneBoundingRect()).boundingRect().toRectF()

    def _frame(self, chart: ContextChart) -> Frame:
        return Frame(self.plot_rect(), chart.x, chart.y, chart.unit_bytes)

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:
        super().drawBackground(painter, rect)
        chart = self._chart
        if chart is None:
            return
        painter.save()
        painter.resetTransform()
        frame = self._frame(chart)
        paint_limit_area(painter, frame, chart, self._theme)
        painter.setPen(QPen(QColor(self._theme.grid), 1))
        for tick in chart.y.ticks:
            y = round(frame.point(chart.x.low, tick * chart.unit_bytes).y()) + 0.5
            painter.drawLine(QLineF(frame.rect.left(), y, frame.rect.right(), y))
        painter.restore()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        chart = self._chart
        if chart is None:
            return
        painter.save()
        painter.resetTransform()
        frame = self._frame(chart)
        painter.setFont(font_small())
        metrics = QFontMetricsF(font_small())
        painter.setPen(QColor(self._theme.text3))
        plot = frame.rect
        painter.drawText(
            QPointF(plot.left(), plot.top() - 8 - metrics.descent()),
            axis_title(chart),
        )
        caption = axis_caption(chart)
        baseline = self.height() - metrics.descent() - 1
        painter.drawText(
            QPointF(plot.right() - metrics.horizontalAdvance(caption), baseline), caption
        )
        paint_marks(painter, frame, chart, self._theme)
        if self._hover is not None and plot.contains(self._hover):
            self._paint_crosshair(painter, frame, chart, self._hover)
        painter.restore()

    def _paint_crosshair(
        self, painter: QPainter, frame: Frame, chart: ContextChart, place: QPointF
    ) -> None:
        theme, plot = self._theme, frame.rect
        tokens = chart.x.value((place.x() - plot.left()) / plot.width())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(QColor(theme.strong), 1))
        x = round(place.x()) + 0.5
        painter.drawLine(QLineF(x, plot.top(), x, plot.bottom()))
        lines = [(f"{format_count(round(tokens / 256) * 256)} tokens", theme.text2)]
        for index, curve in enumerate(chart.curves):
            used = curve.used_at(tokens)
            color = QColor(curve_colors(theme)[index % 2])
            at = frame.point(tokens, used)
            if plot.top() <= at.y() <= plot.bottom():
                painter.setBrush(color)
                painter.setPen(QPen(QColor(theme.panel), 1.5))
                painter.drawEllipse(QPointF(x, at.y()), 4, 4)
            lines.append(
                (f"{curve.label}  {used / chart.unit_bytes:,.2f} {chart.unit}", color.name())
            )
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
        # The range is fixed: both limits stay in sight. The wheel scrolls what lies around.
        event.ignore()
