"""The chart on the screen: pointing shows figures, a click or an arrow key chooses a rig."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.export.speed_words import figure, low_figure
from moeplanner_gui.ui.charts.finder_chart import RigChart, RigPoint, value_text
from moeplanner_gui.ui.charts.marks import paint_values
from moeplanner_gui.ui.charts.paint_finder import Drawn, paint_rig_chart
from moeplanner_gui.ui.theme import Theme

_PICK_PX = 16.0


class RigPlot(QWidget):
    """The chart; what does not follow the pointer is painted once and kept.

    Signals:
        row_chosen(int): A rig inside the limits was chosen.
        load_wanted(): Enter or a double click.
    """

    row_chosen = Signal(int)
    load_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rig_plot")
        self.setAccessibleName(say("Chart of the rigs"))
        self.setAccessibleDescription(say("No rig is found yet"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._theme = theme
        self._chart: RigChart | None = None
        self._row: int | None = None
        self._hover: QPointF | None = None
        self._kept: QPixmap | None = None
        self._drawn: Drawn | None = None

    @property
    def drawn(self) -> Drawn | None:
        """Where things lie, None before the first paint."""
        return self._drawn

    @property
    def chart(self) -> RigChart | None:
        """What is shown."""
        return self._chart

    @property
    def chosen(self) -> RigPoint | None:
        """The rig that is marked."""
        return None if self._chart is None else self._chart.point_of(self._row)

    def show_chart(self, chart: RigChart | None, row: int | None) -> None:
        """Show another chart with the rig of a row chosen."""
        self._chart, self._row = chart, row
        self._describe()
        self._forget()

    def choose(self, row: int | None) -> None:
        """Mark the rig of a row."""
        if row != self._row:
            self._row = row
            self._describe()
            self._forget()

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._theme = theme
        self._forget()

    def _describe(self) -> None:
        if self._chart is None:
            self.setAccessibleDescription(say("No rig is found yet"))
            return
        words = self._chart.sentence
        point = self._chart.point_of(self._row)
        if point is not None:
            words = f"{words} {say('Chosen: {0}.', self._words(point))}"
        self.setAccessibleDescription(words)

    def _words(self, point: RigPoint) -> str:
        assert self._chart is not None
        across = value_text(self._chart.across, point.x)
        return f"{point.rig.title}, {across}, {value_text(self._chart.up, point.y)}"

    def _forget(self) -> None:
        self._kept = None
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(560, 420)

    def minimumSizeHint(self) -> QSize:
        return QSize(300, 180)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._kept is None or self._kept.size() != self.size() * self.devicePixelRatio():
            self._kept = self._painted()
        painter.drawPixmap(0, 0, self._kept)
        if self._hover is not None and self._chart is not None and self._drawn is not None:
            self._paint_hover(painter, self._chart, self._drawn, self._hover)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            painter.setPen(QPen(QColor(self._theme.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)

    def _painted(self) -> QPixmap:
        ratio = self.devicePixelRatio()
        kept = QPixmap(self.size() * ratio)
        kept.setDevicePixelRatio(ratio)
        kept.fill(QColor(self._theme.panel))
        self._drawn = None
        if self._chart is not None and not kept.isNull():
            painter = QPainter(kept)
            rect = QRectF(self.rect()).adjusted(6, 4, -4, -4)
            chosen = self._chart.point_of(self._row)
            self._drawn = paint_rig_chart(painter, rect, self._chart, chosen, self._theme)
            painter.end()
        return kept

    def _paint_hover(
        self, painter: QPainter, chart: RigChart, drawn: Drawn, place: QPointF
    ) -> None:
        theme, plot = self._theme, drawn.frame.rect
        near = self._nearest(place)
        at = place if near is None else near[1]
        if not plot.adjusted(-2, -2, 2, 2).contains(at):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        pen = QPen(QColor(theme.strong), 1)
        pen.setDashPattern([2.0, 3.0])
        painter.setPen(pen)
        painter.drawLine(QLineF(at.x(), plot.top(), at.x(), plot.bottom()))
        painter.drawLine(QLineF(plot.left(), at.y(), plot.right(), at.y()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        if near is None:
            x = drawn.frame.x.value((at.x() - plot.left()) / plot.width())
            y = drawn.frame.y.value((plot.bottom() - at.y()) / plot.height())
            lines = [
                (value_text(chart.across, x), theme.text2),
                (value_text(chart.up, max(y, 0.0)), theme.text2),
            ]
        else:
            point = near[0]
            lines = [(point.rig.title, theme.text)]
            if point.rig.subtitle:
                lines.append((point.rig.subtitle, theme.text2))
            up = value_text(chart.up, point.y)
            if point.low is not None and point.high is not None:
                up += f" ({low_figure(point.low)}–{figure(point.high)})"
            lines += [(value_text(chart.across, point.x), theme.text2), (up, theme.text2)]
            if point.row is None:
                lines.append((say("outside your limits"), theme.text3))
        paint_values(painter, plot, at.x(), lines, theme)

    def _nearest(self, place: QPointF) -> tuple[RigPoint, QPointF] | None:
        if self._drawn is None:
            return None
        near = min(
            self._drawn.places, key=lambda pair: (pair[1] - place).manhattanLength(), default=None
        )
        if near is None or (near[1] - place).manhattanLength() > _PICK_PX:
            return None
        return near

    # What the user does ----------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = event.position()
        near = self._nearest(self._hover)
        hand = near is not None and near[0].row is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover = None
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        near = self._nearest(event.position())
        if near is not None and near[0].row is not None:
            self.row_chosen.emit(near[0].row)
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        near = self._nearest(event.position())
        if near is not None and near[0].row is not None:
            self.load_wanted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._row is not None:
            self.load_wanted.emit()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Down):
            self._step(-1)
        elif key in (Qt.Key.Key_Right, Qt.Key.Key_Up):
            self._step(1)
        else:
            super().keyPressEvent(event)

    def _step(self, step: int) -> None:
        """Go to the next rig inside the limits, by its place on the axis across."""
        if self._chart is None:
            return
        inside = [point for point in self._chart.points if point.row is not None]
        order = [point.row for point in sorted(inside, key=lambda point: (point.x, point.y))]
        if not order:
            return
        at = order.index(self._row) + step if self._row in order else 0
        row = order[min(max(at, 0), len(order) - 1)]
        if row is not None:
            self.row_chosen.emit(row)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
