"""The grid of longest contexts: model, header in two lines, cells. Computes nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyleOptionViewItem, QWidget

from moeplanner_gui.core.context import ContextLimit
from moeplanner_gui.core.units import MemoryUnit, format_count
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.context_limits import Column, FormatRow
from moeplanner_gui.ui.charts.memory_rows import bytes_of
from moeplanner_gui.ui.fonts import font_base, font_small, font_strong
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.tables import CELL_PADDING, CellDelegate, FlatHeader, HairlineTable
from moeplanner_gui.ui.theme import Theme

ROW_HEIGHT, LOW_ROW_HEIGHT = 44, 38
FIRST_CELL = 2
"""Columns before the cells: the format's name and its size."""
INNER_PADDING = 7
PENDING = object()
_Index = QModelIndex | QPersistentModelIndex


class ContextTableModel(QAbstractTableModel):
    """Rows are weight formats, columns are engines with a KV-cache type."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[FormatRow, ...] = ()
        self.columns: tuple[Column, ...] = ()
        self.groups: dict[str, str] = {}
        self.model_limit = 1
        self.memory_word = say("card")
        self.unit: MemoryUnit = "GiB"
        self._cells: dict[tuple[int, int], ContextLimit | None] = {}
        self._current: tuple[str, Column] | None = None

    def restart(
        self,
        rows: Sequence[FormatRow],
        columns: Sequence[Column],
        groups: dict[str, str],
        model_limit: int,
        memory_word: str,
        unit: MemoryUnit,
    ) -> None:
        """Show another grid; its cells are pending until :meth:`set_cell`."""
        same = tuple(rows) == self.rows and tuple(columns) == self.columns
        if not same:
            self.beginResetModel()
        self.rows, self.columns, self.groups = tuple(rows), tuple(columns), dict(groups)
        self.model_limit, self.memory_word, self.unit = model_limit, memory_word, unit
        # With the same grid the old lengths stay until the new ones are there: no flicker.
        if not same:
            self._cells.clear()
            self.endResetModel()
        else:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.columnCount() - 1)

    def set_cell(self, row: int, column: int, limit: ContextLimit | None) -> None:
        """Fill in one cell; ``column`` counts from the first cell column."""
        self._cells[row, column] = limit
        index = self.index(row, column + FIRST_CELL)
        self.dataChanged.emit(index, index)

    def set_current(self, weights: str, column: Column) -> None:
        """Which cell is the plan's own."""
        self._current = (weights, column)
        if self.rows:
            self.dataChanged.emit(
                self.index(0, 0), self.index(len(self.rows) - 1, self.columnCount() - 1)
            )

    def is_current(self, row: int, column: int) -> bool:
        """True for the cell that the plan is."""
        return (self.rows[row].id, self.columns[column]) == self._current

    def cell(self, row: int, column: int) -> ContextLimit | object | None:
        """The limit, None where the engine does not load the format, PENDING while unknown."""
        return self._cells.get((row, column), PENDING)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns) + FIRST_CELL

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal or section >= self.columnCount():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (say("Weights"), self.unit, *(cache for _, cache in self.columns))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft if section == 0 else Qt.AlignmentFlag.AlignRight
        if role == Qt.ItemDataRole.AccessibleTextRole and section >= FIRST_CELL:
            engine, cache = self.columns[section - FIRST_CELL]
            return f"{self.groups.get(engine, engine)}, {cache}"
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            if column == 0:
                return self.rows[row].label
            if column == 1:
                size = self.rows[row].size_bytes
                return "–" if size is None else say("{0:,.1f}", size / bytes_of(self.unit))
            return " ".join(part for part in self.cell_words(row, column - FIRST_CELL) if part)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            head = self.headerData(column, Qt.Orientation.Horizontal, role) or self.headerData(
                column, Qt.Orientation.Horizontal
            )
            own = ""
            if column >= FIRST_CELL and self.is_current(row, column - FIRST_CELL):
                own = f", {say('the plan as it is')}"
            return f"{self.rows[row].label}, {head}: {self.data(index)}{own}"
        if role == Qt.ItemDataRole.ToolTipRole and column >= FIRST_CELL:
            return self._tip(row, column - FIRST_CELL)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.headerData(column, Qt.Orientation.Horizontal, role)
        return None

    def cell_words(self, row: int, column: int) -> tuple[str, str]:
        """The amount of a cell and what ends it."""
        limit = self.cell(row, column)
        if limit is PENDING:
            return "…", ""
        if not isinstance(limit, ContextLimit):
            return "–", ""
        if limit.tokens == 0:
            short = -(-limit.short_bytes * 10 // bytes_of(self.unit)) / 10
            # A tenth says nothing of ten and more, and the cell is narrow.
            amount = say("{0:,.1f}", short) if short < 10 else say("{0:,}", ceil(short))
            return say("{0} {1} short", amount, self.unit), ""
        word = say("model") if limit.limited_by == "model" else self.memory_word
        return format_count(limit.tokens), word

    def _tip(self, row: int, column: int) -> str:
        limit = self.cell(row, column)
        engine, cache = self.columns[column]
        name = f"{self.rows[row].label}, {cache}, {self.groups.get(engine, engine)}"
        if limit is PENDING:
            return name
        if not isinstance(limit, ContextLimit):
            return say("{0}: this engine does not load this format for this rig.", name)
        if self.is_current(row, column):
            return say("{0}: the plan as it is.", name)
        return say("{0}. Click to use it.", name)

    def as_tsv(self) -> str:
        """The grid for a spreadsheet."""
        heads = [f"{engine} {cache}" for engine, cache in self.columns]
        lines = ["\t".join([say("Weights"), self.unit, *heads])]
        for row in range(len(self.rows)):
            cells = [self.data(self.index(row, column)) for column in range(self.columnCount())]
            lines.append("\t".join(str(cell).replace(",", "") for cell in cells))
        return "\n".join(lines) + "\n"


class GroupHeader(FlatHeader):
    """Two lines: the engine over its columns, the KV-cache types under it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._line = max(23, QFontMetrics(font_small()).height() + 7)
        self.setFixedHeight(2 * self._line)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), 2 * self._line)

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:
        super().paintSection(painter, rect.adjusted(0, self._line, 0, 0), logical)
        model = self.model()
        if isinstance(model, ContextTableModel) and starts_group(model, logical - FIRST_CELL):
            painter.setPen(QPen(QColor(self.theme.border), 1))
            painter.drawLine(rect.topLeft(), rect.bottomLeft())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        model = self.model()
        if not isinstance(model, ContextTableModel):
            return
        painter = QPainter(self.viewport())
        painter.setFont(font_small())
        spans: dict[str, QRect] = {}
        for number, (engine, _) in enumerate(model.columns):
            logical = number + FIRST_CELL
            section = QRect(
                self.sectionViewportPosition(logical), 0, self.sectionSize(logical), self._line
            )
            spans[engine] = spans[engine].united(section) if engine in spans else section
        for engine, span in spans.items():
            painter.setPen(QPen(QColor(self.theme.grid), 1))
            painter.drawLine(span.left() + 1, span.bottom(), span.right(), span.bottom())
            painter.setPen(QColor(self.theme.text2))
            title = painter.fontMetrics().elidedText(
                model.groups.get(engine, engine), Qt.TextElideMode.ElideRight, span.width() - 8
            )
            painter.drawText(span, Qt.AlignmentFlag.AlignCenter, title)


def split_label(label: str) -> tuple[str, str]:
    """``Native (FP4 experts + FP8)`` as the name and its mix; other names have none."""
    name, bracket, mix = label.partition(" (")
    return (name, mix.removesuffix(")")) if bracket else (label, "")


def starts_group(model: ContextTableModel, column: int) -> bool:
    """True for the first column of the second and later engines."""
    return column > 0 and model.columns[column][0] != model.columns[column - 1][0]


class ContextCellDelegate(CellDelegate):
    """Tokens, what ends them, and a small bar of the model's own limit."""

    def paint_cell(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        if not isinstance(model, ContextTableModel):
            return
        theme = self.theme
        rect = option.rect
        column = index.column() - FIRST_CELL
        if column < 0:
            self._paint_head(painter, rect, model, index)
            return
        if starts_group(model, column):
            painter.setPen(QPen(QColor(theme.border), 1))
            painter.drawLine(rect.topLeft(), rect.bottomLeft())
        current = model.is_current(index.row(), column)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        frame = QRectF(rect).adjusted(1.5, 1.5, -1.5, -2.5)
        if current:
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.setBrush(QColor(theme.selection))
            painter.drawRoundedRect(frame, 4, 4)
        elif hovered and isinstance(model.cell(index.row(), column), ContextLimit):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(frame, 4, 4)
        view = option.widget
        if (
            isinstance(view, ContextTableView)
            and view.hasFocus()
            and (view.currentIndex() == index)
        ):
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame.adjusted(4, 4, -4, -4) if current else frame, 4, 4)
        self._paint_limit(painter, rect, model, index.row(), column, current)

    def _paint_head(
        self, painter: QPainter, rect: QRect, model: ContextTableModel, index: _Index
    ) -> None:
        """The format's name, its mix in a second line, or its size."""
        inner = rect.adjusted(CELL_PADDING - 2, 0, -CELL_PADDING, 0)
        if index.column() == 1:
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.setPen(QColor(self.theme.text2))
            painter.setFont(font_base())
            painter.drawText(inner, flags, str(model.data(index)))
            return
        name, mix = split_label(model.rows[index.row()].label)
        painter.setFont(font_strong())
        painter.setPen(QColor(self.theme.text))
        if not mix:
            painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, name)
            return
        upper = inner.adjusted(0, 4, 0, -inner.height() // 2)
        painter.drawText(upper, Qt.AlignmentFlag.AlignVCenter, name)
        painter.setFont(font_small())
        painter.setPen(QColor(self.theme.text3))
        lower = inner.adjusted(0, inner.height() // 2 - 1, 6, -4)
        text = painter.fontMetrics().elidedText(mix, Qt.TextElideMode.ElideRight, lower.width())
        painter.drawText(lower, Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_limit(
        self,
        painter: QPainter,
        rect: QRect,
        model: ContextTableModel,
        row: int,
        column: int,
        current: bool,
    ) -> None:
        theme = self.theme
        limit = model.cell(row, column)
        amount, word = model.cell_words(row, column)
        inner = QRectF(rect).adjusted(INNER_PADDING, 0, -INNER_PADDING, 0)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if not isinstance(limit, ContextLimit):
            painter.setFont(font_base())
            painter.setPen(QColor(theme.text3))
            painter.drawText(inner, right, amount)
            return
        if limit.tokens == 0:
            painter.setFont(font_base())
            painter.setPen(QColor(theme.error))
            painter.drawText(inner, right, amount)
            width = painter.fontMetrics().horizontalAdvance(amount)
            icon = QRectF(inner.right() - width - 15, inner.center().y() - 6.5, 13, 13)
            paint_icon(painter, icon, "error", theme.error)
            return
        upper = inner.adjusted(0, 3, 0, -inner.height() * 0.32)
        small = QFontMetrics(font_small())
        # The words take the same room in every cell, so that the numbers stand in a column.
        room = max(small.horizontalAdvance("model"), small.horizontalAdvance(word)) + 6
        number = QFontMetrics(font_strong()).horizontalAdvance(format_count(model.model_limit))
        beside = inner.width() >= number + room
        line = upper if beside else inner.adjusted(0, inner.height() * 0.5, 0, -3)
        painter.setFont(font_small())
        painter.setPen(QColor(theme.text3))
        painter.drawText(line, right, word)
        painter.setFont(font_strong() if current else font_base())
        painter.setPen(QColor(theme.text))
        painter.drawText(upper.adjusted(0, 0, -room if beside else 0, 0), right, amount)
        length = inner.width() - (0 if beside else room)
        bar = QRectF(inner.left(), inner.bottom() - (12 if beside else 13), length, 3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.grid))
        painter.drawRoundedRect(bar, 1.5, 1.5)
        share = min(limit.tokens / model.model_limit, 1.0)
        painter.setBrush(QColor(theme.text2 if limit.limited_by == "model" else theme.accent))
        painter.drawRoundedRect(
            QRectF(bar.left(), bar.top(), max(bar.width() * share, 3), bar.height()), 1.5, 1.5
        )


class ContextTableView(HairlineTable):
    """The grid; its cells share the width that the names leave."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("context_table")
        self.setAccessibleName(say("Longest context by weights and KV cache"))
        # The filled cell is the plan; the keyboard's cell has a frame and no fill of its own.
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self._header = GroupHeader(theme, self)
        self.setHorizontalHeader(self._header)
        self._delegate = ContextCellDelegate(theme, self)
        self.setItemDelegate(self._delegate)
        self.set_row_height(ROW_HEIGHT, lines=2)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._header.theme = theme
        self._delegate.theme = theme
        self.viewport().update()
        self._header.viewport().update()

    def set_compact(self, compact: bool) -> None:
        """Lower rows, for a low tab."""
        if compact:
            # A name and its mix still stand one over the other, closer together.
            self.set_row_height(LOW_ROW_HEIGHT, lines=1.8)
        else:
            self.set_row_height(ROW_HEIGHT, lines=2)
        self.setMaximumHeight(self.natural_height())

    def natural_height(self) -> int:
        """The height at which nothing scrolls."""
        model = self.model()
        rows = model.rowCount() if model is not None else 0
        return self._header.height() + rows * self.verticalHeader().defaultSectionSize() + 2

    def fit_columns(self) -> None:
        model = self.model()
        if not isinstance(model, ContextTableModel) or not model.rows:
            return
        strong, base = QFontMetrics(font_strong()), QFontMetrics(font_base())
        small = QFontMetrics(font_small())
        labels = [split_label(row.label) for row in model.rows]
        names = max(strong.horizontalAdvance(name) for name, _ in labels)
        mixes = max(small.horizontalAdvance(mix) for _, mix in labels)
        self.setColumnWidth(0, max(names, min(mixes, 118)) + 2 * CELL_PADDING)
        sizes = [str(model.data(model.index(row, 1))) for row in range(len(model.rows))]
        widest = max(base.horizontalAdvance(size) for size in sizes)
        self.setColumnWidth(1, widest + 2 * CELL_PADDING)
        count = len(model.columns)
        least = base.horizontalAdvance(say("999 GiB short")) + 15 + 2 * INNER_PADDING
        rest = self.viewport().width() - self.columnWidth(0) - self.columnWidth(1)
        width = max(least, rest // max(count, 1))
        for column in range(count):
            self.setColumnWidth(column + FIRST_CELL, width)
