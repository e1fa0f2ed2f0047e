"""The memory table: its model and how a cell is drawn. Computes nothing but what is shown."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    Qt,
)
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.derivation import Confidence, Derivation
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.units import MemoryUnit
from moeplanner_gui.ui.charts.memory_notes import row_formula, row_sure
from moeplanner_gui.ui.charts.memory_rows import (
    MemoryTable,
    memory_table,
    shown_amount,
    shown_total,
    table_as_tsv,
)
from moeplanner_gui.ui.charts.paint_memory import SWATCH, paint_swatch
from moeplanner_gui.ui.fonts import font_base, font_small, font_strong
from moeplanner_gui.ui.tables import (
    CELL_PADDING,
    CellDelegate,
    FlatHeader,
    FrozenColumn,
    HairlineTable,
)
from moeplanner_gui.ui.theme import Theme

PathRole = Qt.ItemDataRole.UserRole + 1
ROW_HEIGHT = 28
_Index = QModelIndex | QPersistentModelIndex


class MemoryTableModel(QAbstractTableModel):
    """Rows are parts, columns are devices, then all together, how sure, how computed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table: MemoryTable | None = None
        self._assessment: Assessment | None = None
        self._plan: Plan | None = None
        self._catalog: CatalogReader | None = None
        self._notes: dict[int, tuple[Confidence | None, str]] = {}

    @property
    def table(self) -> MemoryTable | None:
        """What is shown."""
        return self._table

    def show(
        self, plan: Plan, assessment: Assessment, catalog: CatalogReader, unit: MemoryUnit
    ) -> None:
        """Show another assessment; with the same rows and columns the selection survives."""
        table = memory_table(assessment, unit)
        old = self._table
        same = (
            old is not None
            and len(old.rows) == len(table.rows)
            and len(old.columns) == len(table.columns)
        )
        if not same:
            self.beginResetModel()
        self._table, self._assessment, self._plan, self._catalog = table, assessment, plan, catalog
        self._notes.clear()
        if same:
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            # A new header lays the whole table out again: only when its words are others.
            if old is not None and (old.unit, old.columns) != (table.unit, table.columns):
                self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.columnCount() - 1)
        else:
            self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or self._table is None else len(self._table.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or self._table is None else len(self._table.columns) + 4

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if self._table is None or orientation != Qt.Orientation.Horizontal:
            return None
        devices = len(self._table.columns)
        if role == Qt.ItemDataRole.DisplayRole:
            names = (
                self._table.unit,
                *self._table.columns,
                self._table.total_label,
                "How sure",
                "How it is computed",
            )
            return names[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            number = 1 <= section <= devices + 1
            return Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft
        if role == Qt.ItemDataRole.ToolTipRole and 1 <= section <= devices:
            assert self._assessment is not None
            return self._assessment.devices[self._table.device_indices[section - 1]].name
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self._table is None or not index.isValid():
            return None
        row, column = self._table.rows[index.row()], index.column()
        devices = len(self._table.columns)
        if role == Qt.ItemDataRole.DisplayRole:
            if column == 0:
                return row.label
            if column <= devices:
                return shown_amount(row.cells[column - 1])
            if column == devices + 1:
                return shown_total(row)
            sure, formula = self.note(index.row())
            if column == devices + 2:
                return f"{sure.mark} {sure.value}" if sure is not None else ""
            return formula
        if role == PathRole:
            return self.path(index.row(), column)
        if role == Qt.ItemDataRole.ToolTipRole:
            if column == devices + 3:
                return self.note(index.row())[1] or None
            return (
                "How is this computed? Enter or click." if self.path(index.row(), column) else None
            )
        if role == Qt.ItemDataRole.AccessibleTextRole:
            name = self.headerData(column, Qt.Orientation.Horizontal)
            return f"{row.label}, {name}: {self.data(index)}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.headerData(column, Qt.Orientation.Horizontal, role)
        return None

    def path(self, row: int, column: int) -> str | None:
        """What to ask the explanation for; None where there is none."""
        if self._table is None or self._assessment is None:
            return None
        part = self._table.rows[row]
        devices = len(self._table.columns)
        if column == 0:
            return None
        if column <= devices:
            return f"devices.{self._table.device_indices[column - 1]}.{part.field}"
        if column == devices + 1 and part.field == "kv_cache_bytes":
            return "kv_cache_bytes"
        # A sum over devices, its certainty and its formula are told by the device that decides.
        if self._assessment.tightest is None:
            return None
        return f"devices.{self._assessment.tightest}.{part.field}"

    def note(self, row: int) -> tuple[Confidence | None, str]:
        """How sure a row is and how it is computed; derived when it is first looked at."""
        if row not in self._notes:
            assert self._table is not None
            self._notes[row] = self._derive(self._table.rows[row].field)
        return self._notes[row]

    def _derive(self, field: str) -> tuple[Confidence | None, str]:
        plan, assessment, catalog = self._plan, self._assessment, self._catalog
        if plan is None or assessment is None or catalog is None or assessment.tightest is None:
            return None, ""
        derivation: Derivation | None = None
        if field != "used_bytes":
            path = f"devices.{assessment.tightest}.{field}"
            derivation = explain(plan, assessment, catalog, path)
        return row_sure(derivation), row_formula(
            plan, assessment, catalog, field, derivation, self._table.unit if self._table else "GiB"
        )

    def as_tsv(self) -> str:
        """The whole table for a spreadsheet."""
        if self._table is None:
            return ""
        notes = [self.note(row) for row in range(len(self._table.rows))]
        sure = [confidence.value if confidence else "" for confidence, _ in notes]
        return table_as_tsv(self._table, sure, [formula for _, formula in notes])

    def is_shortest(self, row: int, column: int) -> bool:
        """True for the free amount of the tightest device, which the table marks."""
        if self._table is None or self._assessment is None:
            return False
        return (
            self._table.rows[row].field == "free_bytes"
            and 1 <= column <= len(self._table.columns)
            and self._table.device_indices[column - 1] == self._assessment.tightest
        )


class MemoryCellDelegate(CellDelegate):
    """Swatch and name, numbers to the right, explanations in small letters."""

    def paint_cell(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        if not isinstance(model, MemoryTableModel) or model.table is None:
            return
        table, theme = model.table, self.theme
        row, column = table.rows[index.row()], index.column()
        rect = option.rect.adjusted(CELL_PADDING, 0, -CELL_PADDING, 0)
        text = str(model.data(index) or "")
        color, font = theme.text2, font_base()
        flags = Qt.AlignmentFlag.AlignVCenter
        if column == 0:
            color = theme.text
            if row.swatch is not None:
                top = rect.center().y() - SWATCH / 2 + 0.5
                square = QRectF(rect.left(), round(top), SWATCH, SWATCH)
                paint_swatch(painter, square, row.swatch, theme)
                rect.adjust(int(SWATCH) + 7, 0, 0, 0)
            font = font_strong() if row.strong else font_base()
        elif column <= len(table.columns) + 1:
            flags |= Qt.AlignmentFlag.AlignRight
            total = column == len(table.columns) + 1
            color = theme.text2 if total and not row.strong else theme.text
            font = font_strong() if row.strong else font_base()
            if text in ("0.00", "–"):
                color = theme.text3
            if text.startswith("−"):
                color, font = theme.error, font_strong()
            elif model.is_shortest(index.row(), column):
                color, font = theme.ok, font_strong()
        else:
            font = font_small()
        painter.setFont(font)
        painter.setPen(QColor(color))
        if column == len(table.columns) + 3:
            text = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, flags, text)


class MemoryTableView(HairlineTable):
    """The table with its widths: numbers as narrow as they are, the last column takes the rest."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("memory_table")
        self.setAccessibleName("Memory of each device by part")
        self._header = FlatHeader(theme, self)
        self.setHorizontalHeader(self._header)
        self._delegate = MemoryCellDelegate(theme, self)
        self.setItemDelegate(self._delegate)
        self.set_row_height(ROW_HEIGHT)
        self._frozen_header = FlatHeader(theme, self)
        self._frozen = FrozenColumn(self, self._frozen_header)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._header.theme = self._frozen_header.theme = theme
        self._delegate.theme = theme
        self._frozen.viewport().update()
        self.viewport().update()
        self._header.viewport().update()

    def fit_columns(self) -> None:
        model = self.model()
        if not isinstance(model, MemoryTableModel) or model.table is None:
            return
        strong, small = QFontMetrics(font_strong()), QFontMetrics(font_small())
        base = QFontMetrics(font_base())
        pad = 2 * CELL_PADDING
        rows, columns = model.table.rows, model.table.columns
        names = max(base.horizontalAdvance(row.label) for row in rows)
        widths = [names + pad + int(SWATCH) + 8]
        for column in range(1, len(columns) + 2):
            head = str(model.headerData(column, Qt.Orientation.Horizontal))
            numbers = max(
                strong.horizontalAdvance(str(model.data(model.index(row, column))))
                for row in range(len(rows))
            )
            widths.append(max(numbers, small.horizontalAdvance(head)) + pad)
        widths.append(small.horizontalAdvance("? unverified") + pad)
        rest = self.viewport().width() - sum(widths)
        # A long formula is elided; the tooltip and the explanation have all of it.
        widths.append(max(rest, 220))
        for column, width in enumerate(widths):
            if self.columnWidth(column) != width:
                self.setColumnWidth(column, width)
        self._frozen.follow()
