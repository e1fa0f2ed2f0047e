"""A read-only table of texts, the first of them in the letters of a terminal."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fonts import font_base, font_small, font_strong
from moeplanner_gui.ui.launch.rows import Cells
from moeplanner_gui.ui.row_model import RowModel
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tables import CELL_PADDING, CellDelegate, FlatHeader, HairlineTable
from moeplanner_gui.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
CELLS_ROLE = Qt.ItemDataRole.UserRole
_LEAST_PX = 180


def font_code() -> QFont:
    """The system's fixed font at the size of running text."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(font_base().pixelSize())
    return font


class TextModel(RowModel):
    """Rows of texts under a heading."""

    def __init__(self, head: tuple[str, ...], parent: QObject | None = None) -> None:
        super().__init__(head, parent=parent)

    def show(self, rows: tuple[Cells, ...]) -> None:
        """Show other rows; equal ones leave the selection where it is."""
        if rows != self.rows:
            self.replace(rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        cells = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return cells.texts[index.column()]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return cells.words
        if role == Qt.ItemDataRole.AccessibleTextRole:
            last = index.column() == len(cells.texts) - 1
            text = cells.texts[index.column()] or say("nothing")
            return f"{text} {cells.below}".strip() if last else text
        return cells if role == CELLS_ROLE else None


class TextCell(CellDelegate):
    """One or two lines; what does not fit is cut with an ellipsis and stands in the tooltip."""

    def paint_cell(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cells: Cells = index.data(CELLS_ROLE)
        last = index.column() == len(cells.texts) - 1
        inner = option.rect.adjusted(CELL_PADDING, 0, -CELL_PADDING, 0)
        font = (font_code() if cells.code else font_strong()) if not index.column() else font_base()
        below = cells.below if last else ""
        text = str(index.data())
        painter.setPen(QColor(self.theme.text if not last or below else self.theme.text2))
        painter.setFont(font)
        if not cells.code and not index.column():
            # The heading of a step may run over the empty cells beside it.
            painter.setClipping(False)
            painter.drawText(inner, _MIDDLE | Qt.TextFlag.TextDontClip, text)
            return
        if not below:
            _draw(painter, inner, text)
            return
        half = inner.height() // 2
        _draw(painter, inner.adjusted(0, 3, 0, -half), text)
        painter.setFont(font_small())
        painter.setPen(QColor(self.theme.text2))
        _draw(painter, inner.adjusted(0, half - 1, 0, -3), below)


_MIDDLE = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def _draw(painter: QPainter, rect: Any, text: str) -> None:
    cut = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, _MIDDLE, cut)


class TextTable(HairlineTable):
    """The table; its first column is as wide as its texts, the last one takes the rest."""

    def __init__(
        self,
        object_name: str,
        name: str,
        head: tuple[str, ...],
        themes: ThemeProvider,
        *,
        lines: int = 1,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.texts = TextModel(head, self)
        self.setObjectName(object_name)
        self.setAccessibleName(name)
        self.setHorizontalHeader(FlatHeader(themes.theme, self))
        self.setModel(self.texts)
        self.setItemDelegate(TextCell(themes.theme, self))
        self.set_row_height(28 if lines == 1 else 46, lines)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self.itemDelegate().theme = theme
        self.horizontalHeader().theme = theme
        self.viewport().update()

    def show_rows(self, rows: tuple[Cells, ...]) -> None:
        """Show other rows."""
        self.texts.show(rows)
        self.fit_columns()

    def fit_columns(self) -> None:
        room = self.viewport().width()
        widths = []
        for column, head in enumerate(self.texts.head):
            metrics = QFontMetricsF(font_base() if column else font_code())
            rows = [row for row in self.texts.rows if row.code]
            texts = [head, *(row.texts[column] for row in rows)]
            widths.append(round(max(map(metrics.horizontalAdvance, texts))) + 2 * CELL_PADDING + 4)
        # The command gives way before what explains it: the tooltip and the text have it whole.
        widths[0] = min(widths[0], max(room * 55 // 100, _LEAST_PX))
        widths[-1] = max(room - sum(widths[:-1]), _LEAST_PX)
        for column, width in enumerate(widths):
            self.horizontalHeader().resizeSection(column, width)
