"""The memory table: its model and how a cell is drawn. Computes nothing but what is shown."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    Qt,
)
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.derivation import Confidence, Derivation
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.id_words import confidence_words
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.units import MemoryUnit
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.memory_notes import row_formula, row_sure, telling_device
from moeplanner_gui.ui.charts.memory_rows import (
    MemoryTable,
    memory_table,
    shown_amount,
    shown_total,
    table_as_tsv,
)
from moeplanner_gui.ui.charts.paint_memory import SWATCH
from moeplanner_gui.ui.fonts import Face, Faces, faces
from moeplanner_gui.ui.inks import ink
from moeplanner_gui.ui.memory.kept_swatch import draw_swatch
from moeplanner_gui.ui.tables import (
    CELL_PADDING,
    CellDelegate,
    FlatHeader,
    FrozenColumn,
    HairlineTable,
    paint_focus,
    paint_marked,
)
from moeplanner_gui.ui.theme import Theme

PathRole = Qt.ItemDataRole.UserRole + 1
ROW_HEIGHT = 28
_Index = QModelIndex | QPersistentModelIndex
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class _Look(NamedTuple):
    """How a cell is drawn: a ``color`` of the theme, a ``face``, ``is_cut`` at its room."""

    text: str
    color: str
    face: str
    flags: Qt.AlignmentFlag
    swatch: str | None = None
    is_cut: bool = False


class MemoryTableModel(QAbstractTableModel):
    """Rows are parts, columns are devices, then all together, how sure, how computed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table: MemoryTable | None = None
        self._assessment: Assessment | None = None
        self._plan: Plan | None = None
        self._catalog: CatalogReader | None = None
        self._names: tuple[str, ...] = ()
        self._numbers: list[tuple[str, ...]] = []
        self._columns: list[tuple[str, ...]] = []
        self._widest: dict[tuple[tuple[str, ...], Face], float] = {}
        self._looks: dict[tuple[int, int], _Look] = {}
        self._notes: dict[int, tuple[Confidence | None, str]] = {}
        self._told: dict[str, Derivation] = {}

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
        before = self._names
        self._names = (
            table.unit,
            *table.columns,
            table.total_label,
            say("How sure"),
            say("How it is computed"),
        )
        # Of 512 cards most hold the same amounts.
        shown = {cell: shown_amount(cell) for part in table.rows for cell in set(part.cells)}
        self._numbers = [
            (part.label, *map(shown.__getitem__, part.cells), shown_total(part))
            for part in table.rows
        ]
        self._columns = list(zip(*self._numbers, strict=True))
        self._widest.clear()
        self._looks.clear()
        self._notes.clear()
        self._told.clear()
        if same:
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            # A new header lays the whole table out again: only when its words are others.
            if before != self._names:
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
            return self._names[section]
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
            return self.text(index.row(), column)
        if role == PathRole:
            return self.path(index.row(), column)
        if role == Qt.ItemDataRole.ToolTipRole:
            if column == devices + 3:
                return self.note(index.row())[1] or None
            return (
                say("How is this computed? Enter or click.")
                if self.path(index.row(), column)
                else None
            )
        if role == Qt.ItemDataRole.AccessibleTextRole:
            name = self.headerData(column, Qt.Orientation.Horizontal)
            return f"{row.label}, {name}: {self.data(index)}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.headerData(column, Qt.Orientation.Horizontal, role)
        return None

    def text(self, row: int, column: int) -> str:
        """What a cell says."""
        if self._table is None:
            return ""
        devices = len(self._table.columns)
        if column <= devices + 1:
            return self._numbers[row][column]
        sure, formula = self.note(row)
        if column == devices + 2:
            return f"{sure.mark} {confidence_words(sure.value)}" if sure is not None else ""
        return formula

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
        # A sum over devices, its certainty and its formula are told by one of them.
        at = telling_device(self._assessment, part.field)
        return None if at is None else f"devices.{at}.{part.field}"

    def note(self, row: int) -> tuple[Confidence | None, str]:
        """How sure a row is and how it is computed; derived when it is first looked at."""
        if row not in self._notes:
            assert self._table is not None
            self._notes[row] = self._derive(self._table.rows[row].field)
        return self._notes[row]

    def _derive(self, field: str) -> tuple[Confidence | None, str]:
        plan, assessment, catalog = self._plan, self._assessment, self._catalog
        if plan is None or assessment is None or catalog is None:
            return None, ""
        at = telling_device(assessment, field)
        if at is None:
            return None, ""
        derivation: Derivation | None = None
        if field != "used_bytes":
            path = f"devices.{at}.{field}"
            derivation = explain(plan, assessment, catalog, path, self._told)
        return row_sure(derivation), row_formula(
            plan, assessment, catalog, field, derivation, self._table.unit if self._table else "GiB"
        )

    def as_tsv(self) -> str:
        """The whole table for a spreadsheet."""
        if self._table is None:
            return ""
        notes = [self.note(row) for row in range(len(self._table.rows))]
        sure = [confidence_words(confidence.value) if confidence else "" for confidence, _ in notes]
        return table_as_tsv(self._table, sure, [formula for _, formula in notes])

    @property
    def heads(self) -> tuple[str, ...]:
        """What stands over the columns."""
        return self._names

    def widest(self, column: int, face: Face) -> float:
        """The width of the widest number of a column."""
        numbers = self._columns[column]
        # Of 512 equal cards the widths are asked for once.
        known = (numbers, face)
        if known not in self._widest:
            self._widest[known] = max(map(face.width, numbers))
        return self._widest[known]

    def look(self, row: int, column: int) -> _Look:
        """How a cell is drawn; worked out when it is first painted."""
        known = self._looks.get((row, column))
        if known is None:
            known = self._looks[row, column] = self._look(row, column)
        return known

    def _look(self, row: int, column: int) -> _Look:
        assert self._table is not None
        part, devices = self._table.rows[row], len(self._table.columns)
        text, face = self.text(row, column), "strong" if part.strong else "base"
        if column == 0:
            return _Look(text, "text", face, _LEFT, part.swatch)
        if column > devices + 1:
            return _Look(text, "text2", "small", _LEFT, is_cut=column == devices + 3)
        if text.startswith("−"):
            return _Look(text, "error", "strong", _RIGHT)
        if self._is_shortest(row, column):
            return _Look(text, "ok", "strong", _RIGHT)
        if text in ("0.00", "–"):
            return _Look(text, "text3", face, _RIGHT)
        total = column == devices + 1
        return _Look(text, "text2" if total and not part.strong else "text", face, _RIGHT)

    def _is_shortest(self, row: int, column: int) -> bool:
        """True for the free amount of the tightest device, which the table marks."""
        assert self._table is not None and self._assessment is not None
        return (
            self._table.rows[row].field == "free_bytes"
            and 1 <= column <= len(self._table.columns)
            and self._table.device_indices[column - 1] == self._assessment.tightest
        )


class MemoryCellDelegate(CellDelegate):
    """Swatch and name, numbers to the right, explanations in small letters."""

    def paint_cell(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        if isinstance(model, MemoryTableModel) and model.table is not None:
            at = (index.row(), index.column())
            draw_cell(painter, option.rect, model, *at, self.theme, faces())


def draw_cell(
    painter: QPainter,
    cell: QRect,
    model: MemoryTableModel,
    row: int,
    column: int,
    theme: Theme,
    fonts: Faces,
) -> None:
    """Draw what is in one cell; changes pen and font of the painter."""
    look = model.look(row, column)
    rect, text, face = cell.adjusted(CELL_PADDING, 0, -CELL_PADDING, 0), look.text, look.face
    if look.swatch is not None:
        top = rect.center().y() - SWATCH / 2 + 0.5
        draw_swatch(painter, QPointF(rect.left(), round(top)), look.swatch, theme)
        rect.adjust(int(SWATCH) + 7, 0, 0, 0)
    kept: Face = getattr(fonts, face)
    painter.setFont(kept.font)
    painter.setPen(ink(getattr(theme, look.color)))
    if look.is_cut:
        text = kept.elided(text, rect.width())
    painter.drawText(rect, look.flags, text)


class MemoryTableView(HairlineTable):
    """The table with its widths: numbers as narrow as they are, the last column takes the rest."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("memory_table")
        self.setAccessibleName(say("Memory of each device by part"))
        self._header = FlatHeader(theme, self)
        self.setHorizontalHeader(self._header)
        self._delegate = MemoryCellDelegate(theme, self)
        self.setItemDelegate(self._delegate)
        self.set_row_height(ROW_HEIGHT)
        self._fitting = False
        self._frozen_header = FlatHeader(theme, self)
        self._frozen = FrozenColumn(self, self._frozen_header)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._header.theme = self._frozen_header.theme = theme
        self._delegate.theme = theme
        self._frozen.viewport().update()
        self.viewport().update()
        self._header.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """All cells in one go: a delegate call for each took longer than what it drew."""
        model = self.model()
        if not isinstance(model, MemoryTableModel) or model.table is None:
            return
        viewport, area, theme = self.viewport(), event.rect(), self._delegate.theme
        columns = [
            (column, self.columnViewportPosition(column), self.columnWidth(column))
            for column in self._columns_seen(area)
        ]
        if not columns:
            return
        left = min(x for _, x, _ in columns)
        right = max(x + width for _, x, width in columns) - 1
        current = self.currentIndex() if self.hasFocus() else QModelIndex()
        painter, fonts, marked = QPainter(viewport), faces(), bool(self.marked())
        for row in range(model.rowCount()):
            y, height = self.rowViewportPosition(row), self.rowHeight(row)
            if y > area.bottom() or y + height <= area.top():
                continue
            painter.setPen(ink(theme.grid))
            painter.drawLine(left, y + height - 1, right, y + height - 1)
            for column, x, width in columns:
                cell = QRect(x, y, width, height)
                if marked:
                    paint_marked(painter, cell, self, model.index(row, column), theme)
                if current.row() == row and current.column() == column:
                    painter.save()
                    paint_focus(painter, cell, theme)
                    painter.restore()
                draw_cell(painter, cell, model, row, column, theme, fonts)

    def _columns_seen(self, area: QRect) -> range:
        """Of 512 cards a person sees ten columns; where a side is empty, all are few."""
        first, last = sorted((self.columnAt(area.left()), self.columnAt(area.right())))
        return range(first, last + 1) if first >= 0 else range(self._header.count())

    def setModel(self, model: QAbstractItemModel | None) -> None:
        super().setModel(model)
        if model is not None:
            model.modelAboutToBeReset.connect(self._make_room)

    def _make_room(self) -> None:
        """Without room for a new column a scroll bar would come and go with two more layouts."""
        last = self._header.count() - 1
        if last >= 0:
            self._header.blockSignals(True)
            self.setColumnWidth(last, self._header.minimumSectionSize())
            self._header.blockSignals(False)

    def fit_columns(self) -> None:
        model = self.model()
        if self._fitting or not isinstance(model, MemoryTableModel) or model.table is None:
            return
        self._fitting = True
        for _ in range(3):  # A scroll bar that comes or goes changes the room.
            widths = self._widths(model, self.viewport().width())
            have = [self.columnWidth(column) for column in range(len(widths))]
            if widths == have:
                break
            # Told of each width, the table would lay itself out and paint in a later turn again.
            self._header.blockSignals(True)
            for column, width in enumerate(widths):
                if width != have[column]:
                    self.setColumnWidth(column, width)
            self._header.blockSignals(False)
            self._header.viewport().update()
            self.viewport().update()
            before = self.viewport().width()
            self.updateGeometries()
            if self.viewport().width() == before:
                break
        self._fitting = False
        self._frozen.follow()

    def _widths(self, model: MemoryTableModel, room: int) -> list[int]:
        assert model.table is not None
        fonts = faces()
        strong, small = fonts.strong, fonts.small
        pad = 2 * CELL_PADDING
        rows, columns = model.table.rows, model.table.columns
        names = max(ceil(fonts.base.width(row.label)) for row in rows)
        widths = [names + pad + int(SWATCH) + 8]
        for column, head in enumerate(model.heads[1 : len(columns) + 2], start=1):
            widths.append(ceil(max(model.widest(column, strong), small.width(head))) + pad)
        sure = max(small.width(f"{one.mark} {confidence_words(one.value)}") for one in Confidence)
        widths.append(ceil(max(sure, small.width(model.heads[-2]))) + pad)
        # A long formula is elided; the tooltip and the explanation have all of it.
        widths.append(max(room - sum(widths), 220))
        return widths
