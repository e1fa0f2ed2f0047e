"""The list of rigs: model, the delegate of its two-line rows and the header that sorts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from moeplanner_gui.core.search.terms import FoundRig
from moeplanner_gui.core.words import comma_joined, say
from moeplanner_gui.ui.charts.paint_finder import DIAMOND, RING, paint_diamond, paint_ring
from moeplanner_gui.ui.finder.several import lines_under
from moeplanner_gui.ui.finder.words import (
    HEAD,
    price_text,
    speed_lines,
    watts_text,
)
from moeplanner_gui.ui.fonts import faces, font_small
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.row_model import RowModel
from moeplanner_gui.ui.tables import CELL_PADDING, FlatHeader, paint_focus
from moeplanner_gui.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
RIG_ROLE = Qt.ItemDataRole.UserRole + 1
BEST_ROLE = Qt.ItemDataRole.UserRole + 2
RIG, PRICE, SPEED, CONTEXT, WATTS = range(5)
MARK_PX = 30
ROW_PX = 46
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_UNKNOWN = math.inf
_DESCENDING_FIRST = (SPEED, CONTEXT)


class RigModel(RowModel):
    """Rigs in the order of the search, or of a column.

    ``rows`` are the places of the rows among the rigs that were found.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(HEAD, range(PRICE, len(HEAD)), parent)
        self._rigs: tuple[FoundRig, ...] = ()
        self._best: tuple[bool | None, ...] = ()
        self.rows: list[int] = []
        self.sorted_by: tuple[int, bool] | None = None

    @property
    def rigs(self) -> tuple[FoundRig, ...]:
        """The rigs in the order of the search."""
        return self._rigs

    def rig(self, row: int) -> FoundRig:
        """The rig of a row."""
        return self._rigs[self.rows[row]]

    def best(self) -> list[bool | None]:
        """For each row whether it is a diamond in the chart, None where it is not drawn."""
        return [self._best[place] for place in self.rows]

    def row_of(self, place: int | None) -> int | None:
        """The row of a rig's place among those that were found."""
        return self.rows.index(place) if place in self.rows else None

    def show(self, rigs: Sequence[FoundRig], best: Sequence[bool | None]) -> None:
        """Show other rigs; a chosen column keeps sorting them."""
        self.beginResetModel()
        self._rigs, self._best = tuple(rigs), tuple(best)
        self._sort()
        self.endResetModel()

    def show_best(self, best: Sequence[bool | None]) -> None:
        """Other diamonds for the same rigs, in the order of the search."""
        self._best = tuple(best)
        if self.rows:
            last = self.index(len(self.rows) - 1, RIG)
            self.dataChanged.emit(self.index(0, RIG), last, [BEST_ROLE])

    def sort_by(self, column: int) -> None:
        """Sort by a column, then the other way, then as they were found."""
        first = column in _DESCENDING_FIRST
        if self.sorted_by is None or self.sorted_by[0] != column:
            self.sorted_by = (column, first)
        elif self.sorted_by[1] == first:
            self.sorted_by = (column, not first)
        else:
            self.sorted_by = None
        self.layoutAboutToBeChanged.emit()
        self._sort()
        self.layoutChanged.emit()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(HEAD) - 1)

    def _sort(self) -> None:
        self.rows = list(range(len(self._rigs)))
        if self.sorted_by is None:
            return
        column, descending = self.sorted_by
        if column == RIG:
            self.rows.sort(key=lambda n: self._rigs[n].title.casefold(), reverse=descending)
            return
        # What is not known stands last in either direction.
        sign = -1.0 if descending else 1.0
        figures = [_figure(rig, column) for rig in self._rigs]
        self.rows.sort(key=lambda n: _UNKNOWN if figures[n] is None else sign * figures[n])  # type: ignore[operator]

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.ToolTipRole and orientation == Qt.Orientation.Horizontal:
            return say("Sort by {0}", HEAD[section].partition(",")[0])
        return super().headerData(section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        rig = self.rig(index.row())
        if role == RIG_ROLE:
            return rig
        if role == BEST_ROLE:
            return self._best[self.rows[index.row()]]
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(rig, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            under = "\n".join(lines_under(rig))
            return f"{rig.title}: {under}" if index.column() == RIG else _tip(rig)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if index.column() != RIG:
                return f"{HEAD[index.column()]}: {_text(rig, index.column())}"
            best = self._best[self.rows[index.row()]]
            mark = () if best is None else (say("nothing beats it") if best else say("beaten"),)
            return comma_joined((rig.title, comma_joined(lines_under(rig)), *mark))
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() != RIG:
            return _RIGHT
        return None


def _figure(rig: FoundRig, column: int) -> float | None:
    if column == PRICE:
        return rig.usd
    if column == SPEED:
        return None if rig.decode_tokens_per_s is None else rig.decode_tokens_per_s.expected
    return float(rig.max_context_tokens) if column == CONTEXT else rig.load_w


def _text(rig: FoundRig, column: int) -> str:
    if column == RIG:
        return rig.title
    if column == PRICE:
        return price_text(rig)
    if column == SPEED:
        expected, band = speed_lines(rig)
        return f"{expected} ({band})" if band else expected
    return say("{0:,}", rig.max_context_tokens) if column == CONTEXT else watts_text(rig)


def _tip(rig: FoundRig) -> str:
    words = say("Some of its prices are typed in, of the launch, or rest on few offers.")
    return words if rig.price_unsure else ""


class RigDelegate(QStyledItemDelegate):
    """Name over reason, speed over its band; the chosen row has the accent's bar."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme, rect = self.theme, option.rect
        painter.save()
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(theme.selection))
            if index.column() == RIG:
                painter.fillRect(rect.left(), rect.top(), 3, rect.height(), QColor(theme.accent))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(theme.hover))
        painter.setPen(QPen(QColor(theme.grid), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        rig = index.data(RIG_ROLE)
        if index.column() == RIG:
            self._paint_rig(painter, rect, rig, index.data(BEST_ROLE))
        elif index.column() == SPEED:
            self._paint_speed(painter, rect, rig)
        else:
            face = faces().strong if index.column() == PRICE else faces().base
            unknown = index.column() == PRICE and rig.usd is None
            painter.setFont(face.font)
            painter.setPen(QColor(theme.text2 if unknown else theme.text))
            inner = rect.adjusted(2, 0, -CELL_PADDING, 0)
            painter.drawText(inner, _RIGHT, str(index.data()))
        view = option.widget
        if isinstance(view, QTableView) and view.hasFocus():
            current = view.currentIndex()
            if current.row() == index.row():
                # Each cell paints its part of the frame: the next one's ground would cover it.
                wide = sum(view.columnWidth(column) for column in range(len(HEAD)))
                left = rect.left() - sum(view.columnWidth(c) for c in range(index.column()))
                painter.setClipRect(rect)
                paint_focus(painter, QRect(left, rect.top(), wide, rect.height()), theme)
        painter.restore()

    def _paint_rig(self, painter: QPainter, rect: QRect, rig: FoundRig, best: bool | None) -> None:
        theme = self.theme
        middle = QPointF(rect.left() + 18, rect.center().y())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        if best:
            paint_diamond(painter, middle, DIAMOND, theme)
        elif best is not None:
            paint_ring(painter, middle, RING, theme)
        left, room = rect.left() + MARK_PX, rect.width() - MARK_PX - CELL_PADDING
        face, small = faces().strong, faces().small
        lines = len(lines_under(rig))
        top = rect.center().y() - (face.height + lines * small.height) / 2 + 1
        painter.setFont(face.font)
        painter.setPen(QColor(theme.text))
        at = QPointF(left, top + face.metrics.ascent())
        painter.drawText(at, face.elided(rig.title, room))
        painter.setFont(small.font)
        painter.setPen(QColor(theme.text2))
        for number, words in enumerate(lines_under(rig)):
            at = QPointF(left, top + face.height + small.metrics.ascent() + number * small.height)
            painter.drawText(at, small.elided(words, room))

    def _paint_speed(self, painter: QPainter, rect: QRect, rig: FoundRig) -> None:
        theme, face, small = self.theme, faces().strong, faces().small
        expected, band = speed_lines(rig)
        inner = QRectF(rect).adjusted(2, 0, -CELL_PADDING, 0)
        painter.setPen(QColor(theme.text))
        painter.setFont(face.font)
        if not band:
            painter.drawText(inner, _RIGHT, expected)
            return
        top = rect.center().y() - (face.height + small.height) / 2 + 1
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
        painter.drawText(QRectF(inner.left(), top, inner.width(), face.height), flags, expected)
        painter.setFont(small.font)
        painter.setPen(QColor(theme.text2))
        below = QRectF(inner.left(), top + face.height, inner.width(), small.height + 2)
        painter.drawText(below, flags, band)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(80, row_height(len(index.data(RIG_ROLE).ways)))


class SortHeader(FlatHeader):
    """A header whose sections sort; the sorted one has an arrow."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setSectionsClickable(True)
        self.setAccessibleName(say("Columns; a click sorts"))

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:
        model = self.model()
        by = model.sorted_by if isinstance(model, RigModel) else None
        painter.save()
        painter.fillRect(rect, QColor(self.theme.panel))
        painter.setPen(QPen(QColor(self.theme.border), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.setFont(font_small())
        chosen = by is not None and by[0] == logical
        painter.setPen(QColor(self.theme.text if chosen else self.theme.text3))
        left = MARK_PX if logical == RIG else 2
        inner = rect.adjusted(left, 0, -CELL_PADDING, 0)
        align = Qt.AlignmentFlag.AlignLeft if logical == RIG else Qt.AlignmentFlag.AlignRight
        words = HEAD[logical]
        painter.drawText(inner, align | Qt.AlignmentFlag.AlignVCenter, words)
        if chosen and by is not None:
            wide = painter.fontMetrics().horizontalAdvance(words)
            x = inner.left() + wide + 2 if logical == RIG else inner.right() - wide - 14
            name = "chevron-down" if by[1] else "chevron-up"
            spot = QRectF(max(x, rect.left()), rect.center().y() - 6, 12, 12)
            paint_icon(painter, spot, name, self.theme.text)
        painter.restore()


def row_height(ways: int = 0) -> int:
    """Two lines with room around them, and one more for each model of several."""
    small = faces().small.height
    return max(ROW_PX, int(faces().strong.height + small) + 12) + int(ways * small)


def column_widths(width: int) -> list[int]:
    """The figures take what they need, the name takes the rest."""
    strong, base, small = faces().strong, faces().base, faces().small
    wide = [
        max(strong.width("$888,888"), small.width(HEAD[PRICE]) + 16),
        max(strong.width("8,888"), small.width(HEAD[SPEED])),
        max(base.width("1,048,576"), small.width(HEAD[CONTEXT])),
        max(base.width("88,888"), small.width(HEAD[WATTS]) + 16),
    ]
    figures = [int(value) + CELL_PADDING + 10 for value in wide]
    return [max(width - sum(figures), 150), *figures]
