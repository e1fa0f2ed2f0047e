"""The two charts beside the table: memory of the plans on one scale, decode in one frame."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.units import MemoryUnit, format_count
from moeplanner_gui.core.words import say
from moeplanner_gui.export import speed_words
from moeplanner_gui.ui.charts.compare_chart import CurveChart, Line
from moeplanner_gui.ui.charts.marks import paint_values
from moeplanner_gui.ui.charts.paint_compare import (
    memory_height,
    paint_curves,
    paint_memories,
    plan_color,
)
from moeplanner_gui.ui.fonts import faces
from moeplanner_gui.ui.message import MessagePanel
from moeplanner_gui.ui.theme import Theme

MARGIN = 16


class MemoryOverlay(QScrollArea):
    """The bars of all plans under each other; scrolls where there are more than fit."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("compare_memory")
        self.setAccessibleName(say("Memory of the plans"))
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._bars = _Bars(theme)
        self.setWidget(self._bars)

    @property
    def plans(self) -> tuple[tuple[str, Assessment], ...]:
        """The compared plans with their names."""
        return self._bars.plans

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._bars.theme = theme
        self._bars.update()

    def show_plans(self, plans: Sequence[tuple[str, Assessment]], unit: MemoryUnit) -> None:
        """Show other plans."""
        self._bars.plans, self._bars.unit = tuple(plans), unit
        said = (f"{name}: {' '.join(assessment.reasons[:1])}" for name, assessment in plans)
        self.setAccessibleDescription("; ".join(said))
        self._bars.fit()
        self._bars.update()


class _Bars(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme, self.unit = theme, "GiB"
        self.plans: tuple[tuple[str, Assessment], ...] = ()

    def fit(self) -> None:
        """As high as the bars need."""
        width = max(self.width() - 2 * MARGIN, 200)
        self.setMinimumHeight(round(memory_height(self.plans, width)) + 16)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.panel))
        area = QRectF(self.rect()).adjusted(MARGIN, 8, -MARGIN, -8)
        paint_memories(painter, area, self.plans, self.theme, self.unit)  # type: ignore[arg-type]


class CurveOverlay(QWidget):
    """Decode over context of all plans; the pointer reads all lines at one context."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("compare_curves")
        self.setAccessibleName(say("Decode over context of the plans"))
        self.setAccessibleDescription(say("Nothing to show yet"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self._theme = theme
        self._pointer: float | None = None
        self._plot = QRectF()
        self.chart: CurveChart | None = None
        self._message = MessagePanel(theme, self)
        self._message.show_message(
            "info", "text2", say("No speed to draw"), say("None of these plans has a known speed.")
        )
        self._message.hide()

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._theme = theme
        self._message.set_theme(theme)
        self.update()

    def show_chart(self, chart: CurveChart | None) -> None:
        """Show other lines; a message without any."""
        self.chart = chart
        self._message.setVisible(chart is None)
        lines = chart.lines if chart is not None else ()
        self.setAccessibleDescription(
            "; ".join(
                say(
                    "{0}: {1} with {2} tokens",
                    line.name,
                    speed_words.rate(line.own),
                    format_count(line.own_at),
                )
                for line in lines
            )
            or say("Nothing to show yet")
        )
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(300, 180)

    def sizeHint(self) -> QSize:
        return QSize(480, 280)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._message.setGeometry(self.rect())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.panel))
        if self.chart is None:
            return
        area = QRectF(self.rect()).adjusted(MARGIN, 8, -MARGIN, -8)
        self._plot = paint_curves(painter, area, self.chart, self._theme)
        self._paint_pointer(painter, self.chart)

    def _paint_pointer(self, painter: QPainter, chart: CurveChart) -> None:
        x, plot = self._pointer, self._plot
        if x is None or not plot.left() <= x <= plot.right():
            return
        tokens = chart.x.value((x - plot.left()) / plot.width())
        painter.setPen(QPen(QColor(self._theme.strong), 1))
        painter.drawLine(round(x), round(plot.top()), round(x), round(plot.bottom()))
        values = [(say("{0} tokens", format_count(round(tokens))), self._theme.text)]
        for line in chart.lines:
            rate = rate_at(line, tokens)
            said = (
                say("does not fit") if rate is None else say("{0} tok/s", speed_words.figure(rate))
            )
            name = faces().small_strong.elided(line.name, 180)
            values.append((f"{name}: {said}", plan_color(line.index, self._theme).name()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        paint_values(painter, plot, x, values, self._theme)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position().x()
        self.update()

    def leaveEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        super().leaveEvent(event)
        self._pointer = None
        self.update()


def rate_at(line: Line, tokens: float) -> float | None:
    """What is expected at a context, between the computed points; None beyond the last."""
    if tokens > line.at[-1] * 1.001:
        return None
    if tokens <= line.at[0]:
        return line.rates[0]
    for i in range(len(line.at) - 1):
        low, high = line.at[i], line.at[i + 1]
        if tokens <= high:
            share = (tokens - low) / (high - low)
            return line.rates[i] + share * (line.rates[i + 1] - line.rates[i])
    return line.rates[-1]
