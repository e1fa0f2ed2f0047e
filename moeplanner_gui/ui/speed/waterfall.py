"""Where the time of one token goes: a bar a part, each starting where the one before ends."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QObject, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.export.speed_rows import as_tsv
from moeplanner_gui.export.speed_steps import Step, milliseconds_alone, percent
from moeplanner_gui.ui.charts.paint_speed import paint_step
from moeplanner_gui.ui.fonts import faces
from moeplanner_gui.ui.row_model import RowModel
from moeplanner_gui.ui.tables import CELL_PADDING, CellDelegate, FlatHeader, HairlineTable, Index
from moeplanner_gui.ui.theme import Theme

HEADERS = (say("Part"), say("In one step"), say("ms"), say("Share"), say("What is done"))
BAR, MS, SHARE, WORK = 1, 2, 3, 4
ROW_HEIGHT = 26
_LEAST_BAR = 72
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class StepModel(RowModel):
    """One row a part of the step, in the order in which they are added up."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(HEADERS, (MS, SHARE), parent)
        self.whole_s = 0.0

    @property
    def steps(self) -> tuple[Step, ...]:
        """The parts, from above."""
        return tuple(self.rows)

    def show(self, steps: tuple[Step, ...]) -> None:
        """Show another step; with the same parts the selection survives."""
        self.whole_s = sum(step.seconds for step in steps)
        if [s.label for s in steps] == [s.label for s in self.steps]:
            self.rows = steps
            self.tell_all_changed()
        else:
            self.replace(steps)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.steps):
            return None
        step, column = self.steps[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(step, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column in (MS, SHARE) else _LEFT
        if role == Qt.ItemDataRole.ToolTipRole:
            return say("{0}: {1}\nHow is this computed? Enter or click.", step.label, step.formula)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            text = step.formula if column == BAR else self.text(step, column)
            return f"{step.label}, {HEADERS[column]}: {text}"
        return None

    def text(self, step: Step, column: int) -> str:
        """What a cell says; the bar says nothing."""
        if column == 0:
            return step.label
        if column == MS:
            return milliseconds_alone(step.seconds)
        if column == SHARE:
            return percent(step.share)
        if column == WORK:
            return step.work
        return ""

    def as_tsv(self) -> str:
        """The parts for a spreadsheet, plain numbers."""
        rows = [
            (s.label, round(s.seconds * 1000, 4), round(s.share * 100, 2), s.amount, s.rate)
            for s in self.steps
        ]
        heads = (
            say("Part"),
            say("ms of one step"),
            say("Share, %"),
            say("Moved or counted"),
            say("Rate"),
        )
        return as_tsv((heads, *rows))


class StepDelegate(CellDelegate):
    """Names and numbers as text, the bar by the painter that the printed page uses."""

    def paint_cell(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, StepModel) or index.row() >= len(model.steps):
            return
        step, column = model.steps[index.row()], index.column()
        rect = option.rect.adjusted(CELL_PADDING, 0, -CELL_PADDING, 0)
        if column == BAR:
            bar = QRectF(rect).adjusted(0, 6, 0, -7)
            paint_step(painter, bar, step, model.whole_s, self.theme)
            return
        fonts = faces()
        face = fonts.small if column == WORK else fonts.strong if column == MS else fonts.base
        painter.setFont(face.font)
        ink = self.theme.text if column in (0, MS) else self.theme.text2
        painter.setPen(QColor(ink))
        text = face.elided(model.text(step, column), rect.width())
        painter.drawText(rect, _RIGHT if column in (MS, SHARE) else _LEFT, text)


class Waterfall(HairlineTable):
    """The table of the parts; the bar takes what the words leave."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("speed_waterfall")
        self.setAccessibleName(say("Where the time of one token goes"))
        self._header = FlatHeader(theme, self)
        self.setHorizontalHeader(self._header)
        self._delegate = StepDelegate(theme, self)
        self.setItemDelegate(self._delegate)
        self.set_row_height(ROW_HEIGHT)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._header.theme = self._delegate.theme = theme
        self.viewport().update()
        self._header.viewport().update()

    def fit_columns(self) -> None:
        model = self.model()
        if not isinstance(model, StepModel) or not model.steps:
            return
        fonts, pad = faces(), 2 * CELL_PADDING
        widths = [0] * len(HEADERS)
        for column, face in ((0, fonts.base), (MS, fonts.strong), (SHARE, fonts.base)):
            widest = max(face.width(model.text(step, column)) for step in model.steps)
            widths[column] = ceil(max(widest, fonts.small.width(HEADERS[column]))) + pad
        widest = max(fonts.small.width(model.text(step, WORK)) for step in model.steps)
        widths[WORK] = ceil(max(widest, fonts.small.width(HEADERS[WORK]))) + pad
        widths[BAR] = max(self.viewport().width() - sum(widths), _LEAST_BAR)
        self._header.blockSignals(True)
        for column, width in enumerate(widths):
            self.setColumnWidth(column, width)
        self._header.blockSignals(False)
        self._header.viewport().update()
        self.viewport().update()
        self.updateGeometries()
