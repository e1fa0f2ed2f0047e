"""The table of a log beside its plan: numbers flush right, an icon and a word at the end."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.export.log_rows import HEAD, LogCells, Tone
from moeplanner_gui.ui.fonts import font_base, font_small, font_strong
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.row_model import RowModel
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tables import (
    CELL_PADDING,
    CellDelegate,
    FlatHeader,
    HairlineTable,
    Index,
)
from moeplanner_gui.ui.theme import Theme

ICONS: dict[Tone, str] = {"ok": "check", "warn": "warning", "error": "error", "quiet": "minus"}
INKS: dict[Tone, str] = {"ok": "ok", "warn": "warn", "error": "error", "quiet": "text3"}
CELLS_ROLE = Qt.ItemDataRole.UserRole + 1
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_NUMBERS = range(2, len(HEAD) - 1)
_ICON = 14


class LogModel(RowModel):
    """Rows are one kind of memory on one device."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(HEAD, _NUMBERS, parent)

    def show(self, rows: tuple[LogCells, ...]) -> None:
        """Show other rows; the same ones are left alone."""
        if rows != self.rows:
            self.replace(rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        cells = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return cells.texts[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if index.column() in _NUMBERS else _LEFT
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return cells.note
        return cells if role == CELLS_ROLE else None


class LogCell(CellDelegate):
    """A text or a number; the last column is an icon and a word."""

    def paint_cell(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cells: LogCells = index.data(CELLS_ROLE)
        inner = option.rect.adjusted(CELL_PADDING, 0, -CELL_PADDING, 0)
        column = index.column()
        ink = self.theme.text
        if column == len(HEAD) - 1:
            ink = getattr(self.theme, INKS[cells.tone])
            top = inner.center().y() - _ICON / 2 + 1
            paint_icon(painter, QRectF(inner.left(), top, _ICON, _ICON), ICONS[cells.tone], ink)
            inner = inner.adjusted(_ICON + 6, 0, 0, 0)
        painter.setFont(font_strong() if column == 0 else font_base())
        painter.setPen(QColor(ink if column != 1 else self.theme.text2))
        text = painter.fontMetrics().elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, inner.width()
        )
        painter.drawText(inner, _RIGHT if column in _NUMBERS else _LEFT, text)


class LogTable(HairlineTable):
    """The table; every column is as wide as its texts, the first one gives way."""

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cells = LogModel(self)
        self.setObjectName("log_table")
        self.setAccessibleName(say("Predicted and actual memory"))
        self.setHorizontalHeader(FlatHeader(themes.theme, self))
        self.setModel(self.cells)
        self.setItemDelegate(LogCell(themes.theme, self))
        self.set_row_height(28)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self.itemDelegate().theme = theme
        self.horizontalHeader().theme = theme
        self.horizontalHeader().viewport().update()
        self.viewport().update()

    def show_rows(self, rows: tuple[LogCells, ...]) -> None:
        """Show other rows."""
        self.cells.show(rows)
        self.fit_columns()

    def fit_columns(self) -> None:
        metrics, strong = QFontMetricsF(font_base()), QFontMetricsF(font_strong())
        small = QFontMetricsF(font_small())
        widths = []
        for column, head in enumerate(HEAD):
            face = metrics if column else strong
            texts = [face.horizontalAdvance(row.texts[column]) for row in self.cells.rows]
            extra = _ICON + 6 if column == len(HEAD) - 1 else 0
            width = max([small.horizontalAdvance(head), *texts]) + extra
            widths.append(round(width) + 2 * CELL_PADDING + 4)
        room = self.viewport().width()
        rest = room - sum(widths)
        if rest < 0:
            # What is cut stands in the tooltip; the numbers and the word stay.
            widths[0] = max(widths[0] + rest, 120)
        else:
            widths[-1] += rest
        for column, width in enumerate(widths):
            self.horizontalHeader().resizeSection(column, width)
