"""What the interactive charts of curves share. Importing this imports pyqtgraph: late only.

pyqtgraph draws axes and curves; limits, marks and their words come from the painters that the
printed page uses, so that both say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from moeplanner_gui.ui.charts.marks import Frame
from moeplanner_gui.ui.fonts import font_small
from moeplanner_gui.ui.theme import Theme

CURVE_WIDTH = 1.6
LABEL_OVERHANG = 40
"""Pixels by which a tick's label may stand out of its axis; pyqtgraph leaves it out beyond."""


class CurvePlot(pg.PlotWidget):
    """Axes, grid and crosshair. The range is fixed: plan and limits stay in sight.

    A subclass makes its items, calls :meth:`set_theme`, and says what is drawn of its chart.
    """

    def __init__(
        self, theme: Theme, object_name: str, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, background=None)
        self.setObjectName(object_name)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(self.Shape.NoFrame)
        self.setMouseTracking(True)
        self._theme = theme
        self._chart: Any = None
        self._hover: QPointF | None = None
        item = self.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setMouseEnabled(x=False, y=False)
        item.showAxes((True, False, False, True), showValues=True)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        # The scene would keep the menu to itself; the window has one for every chart.
        event.ignore()

    # What a subclass says ----------------------------------------------------------------------

    def show_chart(self, chart: Any) -> None:
        """Show another chart; ranges and items are kept and only changed."""
        raise NotImplementedError

    def _set_pens(self, theme: Theme) -> None:
        """The colours of the items."""
        raise NotImplementedError

    def _frame(self, chart: Any) -> Frame:
        """Where the chart's figures lie."""
        raise NotImplementedError

    def _paint_ground(self, painter: QPainter, frame: Frame, chart: Any) -> None:
        """What lies behind the grid."""
        raise NotImplementedError

    def _grid(self, frame: Frame, chart: Any) -> Sequence[float]:
        """The heights of the grid lines in pixels."""
        raise NotImplementedError

    def _axis_words(self, chart: Any) -> tuple[str, str]:
        """What the vertical and the horizontal axis count."""
        raise NotImplementedError

    def _paint_over(self, painter: QPainter, frame: Frame, chart: Any) -> None:
        """Marks and words over the curves."""
        raise NotImplementedError

    def _paint_crosshair(self, painter: QPainter, frame: Frame, chart: Any, place: QPointF) -> None:
        """The figures where the pointer is."""
        raise NotImplementedError

    # What is shared ----------------------------------------------------------------------------

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
        self._set_pens(theme)
        self.viewport().update()

    def _show_ticks(
        self,
        left: Sequence[tuple[float, str]],
        bottom: Sequence[tuple[float, str]],
        widest: float,
    ) -> None:
        """Put labels at the axes; ``widest`` is the room of those at the left, in pixels."""
        item, metrics = self.getPlotItem(), QFontMetricsF(font_small())
        item.getAxis("left").setTicks([list(left)])
        item.getAxis("bottom").setTicks([list(bottom)])
        item.getAxis("left").setWidth(widest + 14)
        # Room for the caption under the tick labels, which drawForeground writes.
        item.getAxis("bottom").setHeight(metrics.height() * 2 + 14)
        right = metrics.horizontalAdvance("512K") / 2 + 4
        item.layout.setContentsMargins(0, metrics.height() + 8, right, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
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
        frame = self._frame(chart)
        self._paint_ground(painter, frame, chart)
        painter.setPen(QPen(QColor(self._theme.grid), 1))
        for height in self._grid(frame, chart):
            y = round(height) + 0.5
            painter.drawLine(QLineF(frame.rect.left(), y, frame.rect.right(), y))
        painter.restore()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        chart = self._chart
        if chart is None:
            return
        painter.save()
        painter.resetTransform()
        frame = self._frame(chart)
        plot = frame.rect
        painter.setFont(font_small())
        metrics = QFontMetricsF(font_small())
        painter.setPen(QColor(self._theme.text3))
        up, across = self._axis_words(chart)
        painter.drawText(QPointF(plot.left(), plot.top() - 8 - metrics.descent()), up)
        left = plot.right() - metrics.horizontalAdvance(across)
        painter.drawText(QPointF(left, self.height() - metrics.descent() - 1), across)
        self._paint_over(painter, frame, chart)
        if self._hover is not None and plot.contains(self._hover):
            self._paint_crosshair(painter, frame, chart, self._hover)
        painter.restore()

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
        # The wheel scrolls what lies around.
        event.ignore()
