"""A table of words and figures: its rows are made elsewhere, here they are shown and copied."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Literal

from PySide6.QtCore import QObject, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.export.speed_rows import Cell, as_tsv
from moeplanner_gui.ui.fonts import Face, faces
from moeplanner_gui.ui.row_model import RowModel
from moeplanner_gui.ui.tables import CELL_PADDING, CellDelegate, FlatHeader, HairlineTable, Index
from moeplanner_gui.ui.theme import Theme

ROW_HEIGHT = 26
Look = Literal["base", "strong", "small", "link"]
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column: its head, how it looks, and how narrow it may be in pixels at the usual font.

    With ``least`` 0 it is as wide as its words; else what has no room is cut. A cell may have a
    second line, which looks like ``below``.
    """

    title: str
    look: Look = "base"
    right: bool = False
    least: int = 0
    below: Look = "small"


@dataclass(frozen=True, slots=True)
class TextRow:
    """A row: what its cells say, the same for a spreadsheet, and what a pointer is told."""

    cells: tuple[str, ...]
    plain: tuple[Cell, ...] = ()
    tip: str = ""


class TextModel(RowModel):
    """Rows of text under fixed columns; ``plain_heads`` name the columns of the copy."""

    def __init__(
        self,
        columns: Sequence[TextColumn],
        plain_heads: Sequence[str],
        parent: QObject | None = None,
    ) -> None:
        self.columns = tuple(columns)
        self._plain_heads = tuple(plain_heads)
        right = {place for place, column in enumerate(self.columns) if column.right}
        super().__init__([column.title for column in self.columns], right, parent)

    def show(self, rows: Sequence[TextRow]) -> None:
        """Show other rows; with as many of them the selection survives."""
        new = tuple(rows)
        if new == self.rows:
            return
        if len(new) == len(self.rows):
            self.rows = new
            self.tell_all_changed()
            return
        self.replace(new)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row, column = self.rows[index.row()], self.columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.cells[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.right else _LEFT
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.tip or None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{column.title}: {row.cells[index.column()]}"
        return None

    def plain_rows(self) -> list[tuple[Cell, ...]]:
        """Heads and rows for a spreadsheet."""
        return [self._plain_heads, *(row.plain or row.cells for row in self.rows)]

    def as_tsv(self) -> str:
        """All rows for a spreadsheet."""
        return as_tsv(self.plain_rows())

    def row_as_tsv(self, row: int) -> str:
        """One row with its heads."""
        rows = self.plain_rows()
        return as_tsv((rows[0], rows[row + 1]))


class _TextDelegate(CellDelegate):
    def paint_cell(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, TextModel) or index.row() >= len(model.rows):
            return
        column = model.columns[index.column()]
        first, _, second = model.rows[index.row()].cells[index.column()].partition("\n")
        rect = option.rect.adjusted(CELL_PADDING, 0, -CELL_PADDING, -1)
        flags = _RIGHT if column.right else _LEFT
        inks = {"small": self.theme.text2, "link": self.theme.accent}
        lines = [(first, column.look), *([(second, column.below)] if second else [])]
        heights = [face_of(look).height for _, look in lines]
        y = rect.center().y() + 1 - sum(heights) / 2
        for (text, look), height in zip(lines, heights, strict=True):
            face = face_of(look)
            painter.setFont(face.font)
            painter.setPen(QColor(inks.get(look, self.theme.text)))
            place = QRectF(rect.left(), y, rect.width(), height)
            painter.drawText(place, flags, face.elided(text, rect.width()))
            y += height


def face_of(look: Look) -> Face:
    """The font of a look; links stand below and are small."""
    fonts = faces()
    if look in ("small", "link"):
        return fonts.small
    return fonts.strong if look == "strong" else fonts.base


def _width(column: TextColumn, cell: str) -> float:
    first, _, second = cell.partition("\n")
    return max(face_of(column.look).width(first), face_of(column.below).width(second))


class TextTable(HairlineTable):
    """Columns as wide as their words where there is room; the last takes what is left.

    With ``double`` a cell is opened by a double click instead of a click.
    """

    def __init__(
        self, theme: Theme, object_name: str, name: str, *, double: bool = False,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.setObjectName(object_name)
        self.setAccessibleName(name)
        self._header = FlatHeader(theme, self)
        self.setHorizontalHeader(self._header)
        self._delegate = _TextDelegate(theme, self)
        self.setItemDelegate(self._delegate)
        self.set_row_height(ROW_HEIGHT)
        if double:
            self.clicked.disconnect(self.cell_opened)
            self.doubleClicked.connect(self.cell_opened)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._header.theme = self._delegate.theme = theme
        self.viewport().update()
        self._header.viewport().update()

    def fit_columns(self) -> None:
        model = self.model()
        if not isinstance(model, TextModel):
            return
        for _ in range(2):  # A scroll bar that comes or goes changes the room.
            widths = self._widths(model, self.viewport().width())
            if widths == [self.columnWidth(column) for column in range(len(widths))]:
                break
            self._header.blockSignals(True)
            for number, width in enumerate(widths):
                self.setColumnWidth(number, width)
            self._header.blockSignals(False)
            self._header.viewport().update()
            self.viewport().update()
            self.updateGeometries()

    def _widths(self, model: TextModel, room: int) -> list[int]:
        fonts = faces()
        # Pixels in a column are meant for a line of 17 of them and grow with the system's font.
        grown = max(fonts.base.height / 17.0, 1.0)
        needs, widths = [], []
        for number, column in enumerate(model.columns):
            words = max((_width(column, row.cells[number]) for row in model.rows), default=0.0)
            need = ceil(max(words, fonts.small.width(column.title))) + 2 * CELL_PADDING
            least = ceil(column.least * grown)
            needs.append(need)
            widths.append(min(need, least) if least else need)
        # What is cut shares the room that is left, what is cut most gets most of it.
        rest = room - sum(widths)
        short = [need - width for need, width in zip(needs, widths, strict=True)]
        if rest > 0 and sum(short):
            part = min(rest / sum(short), 1.0)
            widths = [w + int(s * part) for w, s in zip(widths, short, strict=True)]
        widths[-1] += max(room - sum(widths), 0)
        return widths
