"""The cost charts on the screen: the painted chart with a crosshair. Small enough to be painted
anew in a few milliseconds, so that it follows a slider; needs no other library.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.cost_chart import CostChart, TornadoChart, usd
from moeplanner_gui.ui.charts.marks import Frame, paint_values
from moeplanner_gui.ui.charts.paint_cost import paint_cost_chart, place_of, series_color
from moeplanner_gui.ui.charts.paint_cost_bars import paint_tornado
from moeplanner_gui.ui.fonts import font_small
from moeplanner_gui.ui.theme import Theme

_PICK_PX = 14.0


class CostPlot(QWidget):
    """A cost chart. A click on a named point asks how it is computed.

    Attributes:
        quick: Paint with less care, while a slider moves.

    Signals:
        explain_requested(str): The path of the point that was clicked.
    """

    explain_requested = Signal(str)

    def __init__(
        self, theme: Theme, object_name: str, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self._theme = theme
        self._chart: CostChart | None = None
        self._frame: Frame | None = None
        self._hover: QPointF | None = None
        self.quick = False

    @property
    def frame(self) -> Frame | None:
        """Where the axes lie, None before the first paint."""
        return self._frame

    def show_chart(self, chart: CostChart | None) -> None:
        """Show another chart."""
        self._chart = chart
        self.setAccessibleDescription("" if chart is None else chart.sentence)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(520, 300)

    def minimumSizeHint(self) -> QSize:
        return QSize(220, 60)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.panel))
        if self._chart is None:
            return
        painter.setFont(font_small())
        rect = QRectF(self.rect()).adjusted(0, 2, -2, -2)
        self._frame = paint_cost_chart(painter, rect, self._chart, self._theme, quick=self.quick)
        if self._hover is not None and self._frame.rect.contains(self._hover):
            self._paint_crosshair(painter, self._frame, self._chart, self._hover)

    def _paint_crosshair(
        self, painter: QPainter, frame: Frame, chart: CostChart, place: QPointF
    ) -> None:
        theme, plot = self._theme, frame.rect
        x = chart.x.value((place.x() - plot.left()) / plot.width())
        if chart.key == "cumulative":
            x = float(round(x))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(QColor(theme.strong), 1))
        across = round(frame.point(x, chart.y.low).x()) + 0.5
        painter.drawLine(QLineF(across, plot.top(), across, plot.bottom()))
        lines = [(chart.x_text(x), theme.text2)]
        for line in chart.lines:
            value = line.value_at(x)
            color = series_color(line.series, theme)
            name = line.label.partition(" $")[0]
            text = f"{name}  {usd(value)}"
            if line.low and line.high:
                text += f" ({usd(line.value_at(x, 'low'))}–{usd(line.value_at(x, 'high'))})"
            lines.append((text, color))
            dot = QPointF(across, place_of(frame, x, value).y())
            if plot.contains(dot):
                painter.setBrush(QColor(color))
                painter.setPen(QPen(QColor(theme.panel), 1.5))
                painter.drawEllipse(dot, 4, 4)
        paint_values(painter, plot, across, lines, theme)

    def _mark_at(self, place: QPointF) -> str:
        """The path of the named point under the pointer, "" for none."""
        if self._chart is None or self._frame is None:
            return ""
        for mark in self._chart.marks:
            at = place_of(self._frame, mark.x, mark.usd)
            if (at - place).manhattanLength() <= _PICK_PX:
                return mark.path
        return ""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = event.position()
        over = bool(self._mark_at(self._hover))
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        path = self._mark_at(event.position())
        if path:
            self.explain_requested.emit(path)
        else:
            event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover = None
        self.update()


class TornadoPlot(QWidget):
    """The tornado."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("cost_tornado_plot")
        self.setAccessibleName(say("What moves the cost of owning most"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = theme
        self._chart: TornadoChart | None = None

    def show_chart(self, chart: TornadoChart | None) -> None:
        """Show another chart."""
        self._chart = chart
        self.setAccessibleDescription("" if chart is None else chart.sentence)
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._theme = theme
        self.update()

    def minimumSizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        rows = 0 if self._chart is None else len(self._chart.swings)
        return QSize(320, line * 4 + rows * (line + 4))

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.panel))
        if self._chart is not None:
            painter.setFont(font_small())
            most = self.minimumSizeHint().height() * 1.8
            rect = QRectF(0, 2, self.width() - 2, min(self.height() - 4.0, most))
            paint_tornado(painter, rect, self._chart, self._theme)
