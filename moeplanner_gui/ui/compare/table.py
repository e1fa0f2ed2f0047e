"""The table of the comparison: a column a plan, what differs in bold, the best with its word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from moeplanner_gui.core.compare import WEAK, Row
from moeplanner_gui.core.units import MemoryUnit
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.paint_compare import plan_pen
from moeplanner_gui.ui.charts.verdict_figures import VERDICT_ICONS
from moeplanner_gui.ui.compare import words
from moeplanner_gui.ui.fonts import Face, faces
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.tables import CELL_PADDING, CellDelegate, FlatHeader, HairlineTable, Index
from moeplanner_gui.ui.theme import Theme

LABEL_PX, LEAST_PX = 190, 160
USE_TEXT: Final = say("Use this plan")
_VERDICT_INKS = {"fits": "ok", "tight": "warn", "does_not_fit": "error", "cannot_run": "error"}
NO_PARENT = QModelIndex()


class CompareModel(QAbstractTableModel):
    """Rows as lines; a line without a row is a heading, the first one leads to the plans."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.titles: tuple[str, ...] = ()
        self.shown_at = -1
        self.unit: MemoryUnit = "GiB"
        self.rows: tuple[Row, ...] = ()
        self.differing: set[str] = set()
        self.lines: tuple[Row | str, ...] = ()
        self.formula: Callable[[int, str], str] = lambda _position, _path: ""
        """What is told of the figure of a plan, asked only when a pointer rests on it."""

    def show(
        self,
        titles: Sequence[str],
        rows: Sequence[Row],
        unit: MemoryUnit,
        *,
        shown_at: int,
        only_differences: bool,
    ) -> None:
        """Show other plans, or the same ones anew; the cursor stays on its line."""
        self.differing = {row.key for row in rows if words.reads_differently(row, unit)}
        kept = tuple(row for row in rows if row.key in self.differing or not only_differences)
        lines: list[Row | str] = [USE_TEXT]
        group = ""
        for row in kept:
            if row.group != group:
                group = row.group
                lines.append(words.GROUPS[group])
            lines.append(row)
        same_shape = [_key(line) for line in lines] == [_key(line) for line in self.lines]
        same_shape = same_shape and len(titles) == len(self.titles)
        if not same_shape:
            self.beginResetModel()
        self.titles, self.rows, self.lines = tuple(titles), tuple(rows), tuple(lines)
        self.unit, self.shown_at = unit, shown_at
        if not same_shape:
            self.endResetModel()
        elif lines:
            last = self.index(len(lines) - 1, len(titles))
            self.dataChanged.emit(self.index(0, 0), last)
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(titles))

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.titles) + 1

    def line(self, row: int) -> Row | str:
        """The row of a line, or its heading."""
        return self.lines[row]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line, column = self.lines[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(line, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            # A heading goes over all columns, and a screen reader may stop at any of them.
            return self._text(line, column) or (line if isinstance(line, str) else "")
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(line, Row) and column:
            said = f"{line.label}, {self.titles[column - 1]}: {self._text(line, column)}"
            path = line.cells[column - 1].path
            formula = self.formula(column - 1, path) if path else ""
            return f"{said}\n{formula}" if formula else said
        return None

    def _text(self, line: Row | str, column: int) -> str:
        if isinstance(line, str):
            is_use = line == USE_TEXT
            if not column:
                return "" if is_use else line
            return f"{USE_TEXT}: {self.titles[column - 1]}" if is_use else ""
        if not column:
            return line.label
        return words.cell_text(line, column - 1, self.unit)

    def flags(self, index: Index) -> Qt.ItemFlag:
        line = self.lines[index.row()] if index.isValid() else ""
        if isinstance(line, str) and line != USE_TEXT:
            return Qt.ItemFlag.NoItemFlags
        return super().flags(index)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.titles[section - 1] if section else say("Figure")
        if role == Qt.ItemDataRole.ToolTipRole and section:
            return say("Go to {0}", self.titles[section - 1])
        return None


def _key(line: Row | str) -> str:
    return line if isinstance(line, str) else line.key


class CompareDelegate(CellDelegate):
    """Value, then its note where there is room, then the mark of the best at the right."""

    def paint_cell(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, CompareModel)
        line, column = model.line(index.row()), index.column()
        rect = QRectF(option.rect).adjusted(CELL_PADDING, 0, -CELL_PADDING, 0)
        if isinstance(line, str):
            self._paint_heading(painter, option.rect, rect, line, column)
            return
        if not column:
            _write(painter, rect, faces().base, self.theme.text2, line.label)
            return
        cell, position = line.cells[column - 1], column - 1
        if line.kind == "verdict":
            self._paint_verdict(painter, rect, str(cell.value))
            return
        text = words.value_text(line, cell, model.unit)
        strong = line.key in model.differing and cell.value is not None
        face = faces().strong if strong else faces().base
        best = words.best_text(line, position)
        if best:
            # That little stands behind a figure matters more than that it is the best.
            caution = faces().small.width(cell.note) + 10 if cell.note == WEAK else 0.0
            room = rect.width() - face.width(text) - 8 - caution
            rect = self._paint_best(painter, rect, best, room, sure=line.is_sure)
        ink = self.theme.text if cell.value is not None else self.theme.text3
        if line.kind in ("free", "used") and _is_short(line, position):
            ink = self.theme.error
        used = _write(painter, rect, face, ink, text) if text else -8.0
        note = rect.adjusted(used + 8, 0, 0, 0)
        if cell.note and note.width() > 28:
            _write(painter, note, faces().small, self.theme.text2, cell.note)

    def _paint_heading(
        self, painter: QPainter, whole: QRect, rect: QRectF, line: str, column: int
    ) -> None:
        if line != USE_TEXT:
            inner = whole.adjusted(0, 0, 0, -1)
            painter.fillRect(inner, QColor(self.theme.window))
            if not column:
                _write(painter, rect, faces().small_strong, self.theme.text2, line)
            return
        if column:
            _write(painter, rect, faces().base, self.theme.accent, USE_TEXT)

    def _paint_best(
        self, painter: QPainter, rect: QRectF, best: str, room: float, *, sure: bool
    ) -> QRectF:
        """The mark at the right; the word gives way to the figure, and stays in the tooltip."""
        face = faces().small_strong if sure else faces().small
        ink = self.theme.ok if sure else self.theme.text2
        icon_px = 16 if sure else 0
        if face.width(best) + icon_px > room:
            best = "" if sure else words.LIKELY_SHORT
        width = face.width(best)
        if width + icon_px > room:
            return rect
        at = rect.right() - width
        _write(painter, QRectF(at, rect.top(), width + 2, rect.height()), face, ink, best)
        if sure:
            at -= icon_px
            icon = QRectF(at, rect.center().y() - 6, 12, 12)
            paint_icon(painter, icon, "check", ink)
        return QRectF(rect.left(), rect.top(), max(at - rect.left() - 8, 20), rect.height())

    def _paint_verdict(self, painter: QPainter, rect: QRectF, verdict: str) -> None:
        ink = getattr(self.theme, _VERDICT_INKS[verdict])
        icon = QRectF(rect.left(), rect.center().y() - 8, 16, 16)
        paint_icon(painter, icon, VERDICT_ICONS[verdict], ink)
        rest = rect.adjusted(22, 0, 0, 0)
        _write(painter, rest, faces().strong, ink, words.VERDICT_WORDS[verdict])


def _is_short(row: Row, position: int) -> bool:
    cell = row.cells[position]
    if not isinstance(cell.value, int):
        return False
    if row.kind == "free":
        return cell.value < 0
    return cell.of_bytes is not None and cell.value > cell.of_bytes


def _write(painter: QPainter, rect: QRectF, face: Face, ink: str, text: str) -> float:
    """Write a line, cut where there is no room; answers how wide it is."""
    shown = face.elided(text, rect.width())
    painter.setFont(face.font)
    painter.setPen(QColor(ink))
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, shown)
    return face.width(shown)


class PlanHeader(FlatHeader):
    """The plans' names over their columns, each with the sign of its line in the charts."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setSectionsClickable(True)
        self.setMouseTracking(True)

    def fit_text(self) -> None:
        self.setFixedHeight(max(34, round(faces().strong.height) + 14))

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:
        model = self.model()
        if not isinstance(model, CompareModel):
            return
        painter.save()
        painter.fillRect(rect, QColor(self.theme.panel))
        painter.setPen(QPen(QColor(self.theme.strong), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if logical:
            y = rect.center().y()
            painter.setPen(plan_pen(logical - 1, self.theme, 2.0))
            left = rect.left() + CELL_PADDING
            painter.drawLine(QPointF(left, y + 0.5), QPointF(left + 18, y + 0.5))
            room = QRectF(rect).adjusted(CELL_PADDING + 25, 0, -CELL_PADDING, 0)
            is_shown = logical - 1 == model.shown_at
            mark = say("shown") if is_shown else ""
            if mark:
                wide = faces().small.width(mark)
                place = QRectF(room.right() - wide, room.top(), wide + 2, room.height())
                _write(painter, place, faces().small, self.theme.text3, mark)
                room.setRight(room.right() - wide - 8)
            _write(painter, room, faces().strong, self.theme.text, model.titles[logical - 1])
        painter.restore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        on_plan = self.logicalIndexAt(event.position().toPoint()) > 0
        shape = Qt.CursorShape.PointingHandCursor if on_plan else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)
        super().mouseMoveEvent(event)


class CompareTable(HairlineTable):
    """Signals:
    plan_wanted(int): A plan's header, or its cell of the first line, was chosen.
    """

    plan_wanted = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("compare_table")
        self.setAccessibleName(say("Comparison of the plans"))
        self.setHorizontalHeader(PlanHeader(theme, self))
        self.horizontalHeader().setAccessibleName(say("Compared plans"))
        self._delegate = CompareDelegate(theme, self)
        self.setItemDelegate(self._delegate)
        self.set_row_height(26)
        self.horizontalHeader().sectionClicked.connect(self._on_section_clicked)
        self.cell_opened.connect(self._on_cell_opened)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._delegate.theme = theme
        header = self.horizontalHeader()
        assert isinstance(header, PlanHeader)
        header.theme = theme
        self.viewport().update()
        header.viewport().update()

    def fit_columns(self) -> None:
        model = self.model()
        plans = model.columnCount() - 1 if model is not None else 0
        if plans < 1:
            return
        label = max(LABEL_PX, round(_widest_label(model)) + 2 * CELL_PADDING)
        label = min(label, 280)
        each = max((self.viewport().width() - label) // plans, LEAST_PX)
        self.setColumnWidth(0, label)
        for column in range(1, plans + 1):
            self.setColumnWidth(column, each)

    def _on_section_clicked(self, section: int) -> None:
        if section > 0:
            self.plan_wanted.emit(section - 1)

    def _on_cell_opened(self, index: QModelIndex) -> None:
        model = self.model()
        assert isinstance(model, CompareModel)
        if index.column() and model.line(index.row()) == USE_TEXT:
            self.plan_wanted.emit(index.column() - 1)


def _widest_label(model: object) -> float:
    assert isinstance(model, CompareModel)
    metrics = QFontMetricsF(faces().base.font)
    labels = [line.label for line in model.lines if isinstance(line, Row)]
    return max((metrics.horizontalAdvance(label) for label in labels), default=0.0)
