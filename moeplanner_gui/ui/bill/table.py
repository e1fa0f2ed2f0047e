"""The table of the bill: its model, how cells look, and the field for what is there already."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QSpinBox, QStyleOptionViewItem, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.bill.rows import (
    EACH,
    FROM,
    HEAD,
    MINE,
    PART,
    QUANTITY,
    SUBTOTAL,
    BillCells,
)
from moeplanner_gui.ui.fonts import font_base, font_small, font_strong
from moeplanner_gui.ui.row_model import RowModel
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tables import CELL_PADDING, CellDelegate, FlatHeader, HairlineTable
from moeplanner_gui.ui.text_size import factor

CELLS_ROLE = Qt.ItemDataRole.UserRole
_RIGHT = (QUANTITY, EACH, MINE, SUBTOTAL)
Index = QModelIndex | QPersistentModelIndex


class BillModel(RowModel):
    """The rows; only how many are there already can be edited.

    Signals:
        mine_changed(str, int): So many of a part, named by its ``owned_id``, are there already,
            over the whole rig, beside those of computers that are there as a whole.
    """

    mine_changed = Signal(str, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(HEAD, _RIGHT, parent)

    def show(self, rows: tuple[BillCells, ...]) -> None:
        """Show other rows; what is selected stays while there are as many."""
        if len(rows) == len(self.rows):
            self.rows = rows
            self.tell_all_changed()
            return
        self.replace(rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        cells, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return cells.texts[column]
        if role == Qt.ItemDataRole.EditRole:
            return cells.row.mine if column == MINE else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            right = column in _RIGHT
            return Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{cells.row.name}, {HEAD[column]}: {cells.texts[column] or say('nothing')}"
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return self._tip(cells, column)
        if role == CELLS_ROLE:
            return cells
        return None

    @staticmethod
    def _tip(cells: BillCells, column: int) -> str:
        if column == MINE:
            if cells.can_be_mine:
                return say("How many you have already: they cost nothing. Click, or type a number.")
            if cells.row.mine_by_node:
                return say("The whole computer is yours already.")
            return say("None is chosen yet: choose one in the parts of the computer.")
        if column == EACH and cells.can_choose:
            return say("{0} Click to open the parts of the computer.", cells.tip).strip()
        if column == EACH and cells.can_set_price:
            return "\n".join(t for t in (cells.tip, say("Click to keep a price of your own.")) if t)
        return "\n".join(text for text in (cells.texts[PART], cells.tip) if text)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.isValid() and index.column() == MINE and self.rows[index.row()].can_be_mine:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not self.flags(index) & Qt.ItemFlag.ItemIsEditable:
            return False
        row = self.rows[index.row()].row
        wanted = max(row.mine_by_node, min(int(value), row.count))
        if wanted != row.mine:
            self.mine_changed.emit(row.owned_id or "", wanted - row.mine_by_node)
        return True


class BillDelegate(CellDelegate):
    """Cells with links, old dates and a field to count in."""

    def paint_cell(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cells: BillCells = index.data(CELLS_ROLE)
        column, theme = index.column(), self.theme
        look = cells.look(column)
        painter.setFont(font_strong() if column in (PART, SUBTOTAL) else font_base())
        inks = {"link": theme.accent, "missing": theme.warn, "old": theme.text3, "warn": theme.warn}
        ink = inks.get(look, theme.text if column in (PART, SUBTOTAL, EACH) else theme.text2)
        inner = option.rect.adjusted(CELL_PADDING, 0, -CELL_PADDING, 0)
        align = Qt.AlignmentFlag.AlignRight if column in _RIGHT else Qt.AlignmentFlag.AlignLeft
        text = str(index.data())
        metrics = QFontMetricsF(painter.font())
        if column == MINE and cells.can_be_mine:
            box = option.rect.adjusted(10, 3, -4, -4)
            painter.setPen(QPen(QColor(theme.border), 1))
            painter.setBrush(QColor(theme.panel))
            painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor(ink))
        if column == FROM and look == "warn":
            text = f"⚠ {text}"
        if column == PART:
            self._paint_name(painter, inner, cells)
            return
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, align | Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_name(self, painter: QPainter, inner: QRect, cells: BillCells) -> None:
        """The name; an assumed one has dots under it and the word behind it, which is never cut."""
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        metrics = QFontMetricsF(painter.font())
        word = say("assumed") if cells.row.assumed else ""
        taken = QFontMetricsF(font_small()).horizontalAdvance(word) + 6 if word else 0.0
        name = cells.row.name
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, inner.width() - taken)
        painter.drawText(inner, flags, shown)
        if not word:
            return
        width = round(metrics.horizontalAdvance(shown))
        pen = QPen(QColor(self.theme.text3), 1.0, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([1.0, 2.0])
        painter.setPen(pen)
        y = round(inner.center().y() + metrics.height() / 2)
        painter.drawLine(inner.left(), y, inner.left() + width, y)
        painter.setFont(font_small())
        painter.setPen(QColor(self.theme.text2))
        painter.drawText(inner.adjusted(width + 6, 0, 0, 0), flags, word)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        row = index.data(CELLS_ROLE).row
        spin = QSpinBox(parent)
        spin.setObjectName("mine")
        spin.setRange(row.mine_by_node, row.count)
        spin.setAccessibleName(say("How many of {0} are mine already", row.name))
        spin.setAlignment(Qt.AlignmentFlag.AlignRight)
        return spin

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        assert isinstance(editor, QSpinBox)
        editor.setValue(index.data(Qt.ItemDataRole.EditRole))
        editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        assert isinstance(editor, QSpinBox)
        editor.interpretText()
        model.setData(index, editor.value())


class BillTable(HairlineTable):
    """The table; digits, +, − and Enter change how many are there already.

    Signals:
        remove_wanted(BillCells): Delete was pressed on a row.
    """

    remove_wanted = Signal(object)

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bill = BillModel(self)
        self.setObjectName("bill_table")
        self.setAccessibleName(say("Bill of materials"))
        self.setHorizontalHeader(FlatHeader(themes.theme, self))
        self.setModel(self.bill)
        self.setItemDelegate(BillDelegate(themes.theme, self))
        self.set_row_height(30)
        self.cell_opened.connect(self._on_opened)

    def set_theme(self, theme: Any) -> None:
        """Draw in other colours."""
        self.itemDelegate().theme = theme  # type: ignore[attr-defined]
        self.horizontalHeader().theme = theme  # type: ignore[attr-defined]
        self.viewport().update()

    def fit_columns(self) -> None:
        header, room = self.horizontalHeader(), self.viewport().width()
        strong, base = QFontMetricsF(font_strong()), QFontMetricsF(font_base())
        small = QFontMetricsF(font_small())
        widths = []
        for column, head in enumerate(HEAD):
            metrics = strong if column in (PART, SUBTOTAL) else base
            # A remark in place of a date may be long; it makes no room for itself.
            rows = [r for r in self.bill.rows if column != FROM or r.row.price is not None]
            texts = (row.texts[column] for row in rows)
            widest = max((metrics.horizontalAdvance(text) for text in texts), default=0.0)
            # Headings are written small, and are the longest of some columns.
            widest = max(widest, small.horizontalAdvance(head) + 2)
            widths.append(round(widest) + 2 * CELL_PADDING + (18 if column in (FROM, MINE) else 4))
        over = sum(widths) - room
        # Names give way first, then how old a price is: the tooltips have both.
        for column, least in ((PART, 200), (FROM, 220), (PART, 150)):
            given = min(max(0, over), max(0, widths[column] - round(least * factor())))
            widths[column] -= given
            over -= given
        if over < 0:
            widths[PART] -= over
        for column, width in enumerate(widths):
            header.resizeSection(column, width)

    def _on_opened(self, index: QModelIndex) -> None:
        if index.column() == MINE and self.bill.flags(index) & Qt.ItemFlag.ItemIsEditable:
            self.edit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if self.state() == QAbstractItemView.State.EditingState:
            # The field passes Return on after it took it.
            event.ignore()
            return
        if index.isValid():
            mine = index.siblingAtColumn(MINE)
            now = mine.data(Qt.ItemDataRole.EditRole)
            if event.text() in ("+", "-", "−"):
                self.bill.setData(mine, now + (1 if event.text() == "+" else -1))
                return
            if event.text().isdigit() and self.bill.flags(mine) & Qt.ItemFlag.ItemIsEditable:
                self.setCurrentIndex(mine)
                self.edit(mine)
                spin = self.findChild(QSpinBox, "mine")
                if spin is not None:
                    spin.setValue(int(event.text()))
                    spin.lineEdit().deselect()
                return
            if event.key() == Qt.Key.Key_Delete:
                self.remove_wanted.emit(mine.data(CELLS_ROLE))
                return
        super().keyPressEvent(event)
