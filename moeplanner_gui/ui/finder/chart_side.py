"""The left half: heading, legend, the choice of axes, and the chart."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.finder_chart import FIGURES, NAMES, Figure, RigChart
from moeplanner_gui.ui.charts.marks import hatch
from moeplanner_gui.ui.charts.paint_finder import DIAMOND, RING, paint_diamond, paint_ring
from moeplanner_gui.ui.finder.fields import ChoiceField
from moeplanner_gui.ui.finder.plot import RigPlot
from moeplanner_gui.ui.fonts import faces
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.theme import Theme


class ChartSide(QWidget):
    """The chart with what belongs to it.

    Signals:
        axes_changed(): Other figures should be drawn.
    """

    axes_changed = Signal()

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme = themes.theme
        self.legend = Legend(theme)
        self.plot = RigPlot(theme)
        widest = max(map(NAMES.__getitem__, FIGURES), key=len)
        self.across = ChoiceField(themes, "axis_across", say("Figure across"), widest)
        self.up = ChoiceField(themes, "axis_up", say("Figure up"), widest)
        choices = [(cast(object, figure), NAMES[figure]) for figure in FIGURES]
        self.across.fill(choices, "price")
        self.up.fill(choices, "speed")
        self.across.key_chosen.connect(lambda _key: self._on_axis(self.across, self.up))
        self.up.key_chosen.connect(lambda _key: self._on_axis(self.up, self.across))
        self._axes: tuple[Figure, Figure] = ("price", "speed")
        against = QLabel(say("against"))
        against.setProperty("tone", "2")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.across)
        head.addWidget(against)
        head.addWidget(self.up)
        head.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 10, 12, 10)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.legend)
        column.addWidget(self.plot, 1)

    @property
    def axes(self) -> tuple[Figure, Figure]:
        """What is drawn across and up."""
        return self._axes

    def set_axes(self, across: Figure, up: Figure) -> None:
        """Draw these; tells nobody."""
        self._axes = (across, up)
        self.across.setCurrentIndex(FIGURES.index(across))
        self.up.setCurrentIndex(FIGURES.index(up))

    def show_chart(self, chart: RigChart, row: int | None) -> None:
        """Show another chart."""
        self.legend.show_words(chart.best_words)
        self.plot.show_chart(chart, row)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self.legend.set_theme(theme)
        self.plot.set_theme(theme)

    def _on_axis(self, changed: ChoiceField, other: ChoiceField) -> None:
        """A figure against itself is a line: the other axis takes what this one had."""
        before = self._axes
        across, up = cast(Figure, self.across.key), cast(Figure, self.up.key)
        if across == up:
            mine = before[0] if changed is self.across else before[1]
            other.setCurrentIndex(FIGURES.index(mine))
            across, up = cast(Figure, self.across.key), cast(Figure, self.up.key)
        self._axes = (across, up)
        self.axes_changed.emit()


class Legend(QWidget):
    """What the marks mean; goes on in a second line where it is narrow."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = (
            say("nothing cheaper is faster"),
            say("beaten by another"),
            say("outside your limits"),
        )
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_words(self, best: str) -> None:
        """Say what a diamond means."""
        self._words = (best, *self._words[1:])
        self.setAccessibleName(say("Diamond: {}. Ring: {}. Hatched: {}.").format(*self._words))
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._theme = theme
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return int((self._places(width)[-1][1] + 1) * self._line_px())

    def sizeHint(self) -> QSize:
        return QSize(360, self._line_px())

    def _line_px(self) -> int:
        return int(faces().small.height) + 6

    def _places(self, width: int) -> list[tuple[float, int]]:
        """How far from the left each entry begins, and in which line."""
        face, x, line = faces().small, 0.0, 0
        places: list[tuple[float, int]] = []
        for text in self._words:
            wide = 20 + face.width(text) + 4
            if x > 0 and x + wide > width:
                x, line = 0.0, line + 1
            places.append((x, line))
            x += wide + 12
        return places

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, theme, face = QPainter(self), self._theme, faces().small
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setFont(face.font)
        places, high = self._places(self.width()), self._line_px()
        for number, text in enumerate(self._words):
            x, middle = places[number][0], (places[number][1] + 0.5) * high
            spot = QPointF(x + 7, middle)
            if number == 0:
                paint_diamond(painter, spot, DIAMOND, theme)
            elif number == 1:
                paint_ring(painter, spot, RING, theme)
            else:
                box = QRectF(x, middle - 5, 14, 10)
                hatch(painter, box, theme)
                painter.setPen(QPen(QColor(theme.border), 1))
                painter.drawRect(box)
            painter.setPen(QColor(theme.text2))
            box = QRectF(x + 20, middle - high / 2, face.width(text) + 6, high)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
