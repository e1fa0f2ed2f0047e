"""Tables with hairline rows, shared by the views. Knows neither what is in them nor the plan."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelectionModel,
    QMetaMethod,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fonts import faces, font_base, font_small
from moeplanner_gui.ui.inks import ink, pen
from moeplanner_gui.ui.text_size import fit
from moeplanner_gui.ui.theme import Theme

CELL_PADDING = 8
Index = QModelIndex | QPersistentModelIndex


class HairlineTable(QTableView):
    """A read-only table: one delegate draws the cells, Enter or a click opens one, Ctrl+C copies.

    Ctrl+C copies the cells that are marked, two of them or more (Shift and arrows, or dragging);
    else the whole table. A view that copies more than is seen connects ``copy_requested``;
    without it the table copies what it shows.

    Signals:
        cell_opened(QModelIndex): A cell was clicked or Enter was pressed on it.
        copy_requested(): The whole table is to be copied.
    """

    cell_opened = Signal(QModelIndex)
    copy_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row: tuple[int, float] | None = None
        self.setShowGrid(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setCornerButtonEnabled(False)
        # Between two scroll bars the style would draw a square of another colour.
        corner = QWidget()
        corner.setBackgroundRole(QPalette.ColorRole.Base)
        corner.setAutoFillBackground(True)
        self.setCornerWidget(corner)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        # Tab leaves the table; the arrows move inside it.
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionsClickable(False)
        self.clicked.connect(self.cell_opened)

    def set_row_height(self, least: int, lines: float = 1) -> None:
        """Rows of ``least`` logical pixels, more where the system font needs it."""
        follows = self._row is not None
        self._row = (least, lines)
        if follows:
            self._fit_rows()
        else:
            fit(self, self._fit_rows)

    def _fit_rows(self) -> None:
        assert self._row is not None
        least, lines = self._row
        height = max(least, round(QFontMetrics(font_base()).height() * lines) + 8)
        self.verticalHeader().setMinimumSectionSize(height)
        self.verticalHeader().setDefaultSectionSize(height)

    def event(self, event: QEvent) -> bool:
        # The window has a Ctrl+C of its own; in a table the key means the table.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.matches(QKeySequence.StandardKey.Copy)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_marked_or_all()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if self.currentIndex().isValid():
                self.cell_opened.emit(self.currentIndex())
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.add_copy_actions(menu)
        menu.popup(self._menu_place(event))

    def _menu_place(self, event: QContextMenuEvent) -> QPoint:
        """Under the mouse; asked for by a key, at the cell that has the keyboard."""
        index = self.currentIndex()
        if event.reason() != QContextMenuEvent.Reason.Keyboard or not index.isValid():
            return event.globalPos()
        return self.viewport().mapToGlobal(self.visualRect(index).center())

    def add_copy_actions(self, menu: QMenu) -> None:
        """Put copying into a menu: the whole table, and what is marked where something is."""
        menu.addAction(say("Copy table")).triggered.connect(lambda _on=False: self.copy_all())
        if self.marked():
            marked = menu.addAction(say("Copy marked cells"))
            marked.triggered.connect(lambda _on=False: self.copy_marked_or_all())

    def marked(self) -> list[QModelIndex]:
        """The marked cells, none while there are fewer than two: one is where the keyboard is.

        Of a table of whole rows, one row is where the keyboard is.
        """
        model = self.selectionModel()
        if model is None:
            return []
        cells = model.selectedIndexes()
        if self.selectionBehavior() == QAbstractItemView.SelectionBehavior.SelectRows:
            return cells if len({cell.row() for cell in cells}) > 1 else []
        return cells if len(cells) > 1 else []

    def copy_marked_or_all(self) -> None:
        """Copy the marked cells, the whole table where none are."""
        cells = self.marked()
        if not cells:
            self.copy_all()
            return
        columns = sorted({cell.column() for cell in cells})
        texts = {(cell.row(), cell.column()): shown_text(cell) for cell in cells}
        rows = sorted({cell.row() for cell in cells})
        copy_rows([[texts.get((row, column), "") for column in columns] for row in rows])

    def copy_all(self) -> None:
        """Copy the whole table, as its view wants it or as it is shown."""
        if self.isSignalConnected(QMetaMethod.fromSignal(self.copy_requested)):
            self.copy_requested.emit()
            return
        model = self.model()
        if model is None:
            return
        columns = [c for c in range(model.columnCount()) if not self.isColumnHidden(c)]
        heads = [str(model.headerData(c, Qt.Orientation.Horizontal) or "") for c in columns]
        rows = range(model.rowCount())
        copy_rows([heads, *([shown_text(model.index(r, c)) for c in columns] for r in rows)])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_columns()

    def fit_columns(self) -> None:
        """Give columns their widths; views that know better override it."""


class CellDelegate(QStyledItemDelegate):
    """Background, hairline and focus frame of a cell; subclasses draw what is in it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        rect = option.rect
        painter.setPen(pen(self.theme.grid))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        view = option.widget
        if isinstance(view, HairlineTable):
            paint_marked(painter, rect, view, index, self.theme)
        current = isinstance(view, QTableView) and view.currentIndex() == index
        if current and view.hasFocus():
            paint_focus(painter, rect, self.theme)
        painter.restore()
        painter.save()
        self.paint_cell(painter, option, index)
        painter.restore()

    def paint_cell(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the content; the painter is restored afterwards."""


class FrozenColumn(QTableView):
    """The first column of a table, kept in place while the rest scrolls sideways.

    It lies over the table and shows the same model; it takes no focus and no clicks, so that
    for the keyboard and for screen readers there is one table.
    """

    def __init__(self, table: QTableView, header: QHeaderView) -> None:
        super().__init__(table)
        self._table = table
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(say("Names of the rows"))
        self.setHorizontalHeader(header)
        self.verticalHeader().hide()
        fit(self, self._fit_rows)
        for policy in (self.setHorizontalScrollBarPolicy, self.setVerticalScrollBarPolicy):
            policy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalScrollBar().valueChanged.connect(self.verticalScrollBar().setValue)
        self.hide()

    def _fit_rows(self) -> None:
        """Rows as high as the table's, which follow the text before."""
        rows = self._table.verticalHeader()
        self.verticalHeader().setMinimumSectionSize(rows.minimumSectionSize())
        self.verticalHeader().setDefaultSectionSize(rows.defaultSectionSize())

    def _show_model(self, model: QAbstractItemModel | None) -> None:
        """Qt makes selections for each model, of the headers as well, and keeps the old ones."""
        self.setModel(model)
        for selection in self.findChildren(QItemSelectionModel):
            if selection is not self.selectionModel():
                selection.deleteLater()

    def follow(self) -> None:
        """Take the place and width of the table's first column; show only where it scrolls."""
        table, model = self._table, self._table.model()
        if table.horizontalHeader().length() <= table.viewport().width():
            # Out of sight it would still lay itself out with every change of the model.
            self.hide()
            if self.model() is not None:
                self._show_model(None)
            return
        if model is not self.model():
            self._show_model(model)
            self.setItemDelegate(table.itemDelegate())
        columns = model.columnCount() if model is not None else 0
        if columns > 1 and not (self.isColumnHidden(1) and self.isColumnHidden(columns - 1)):
            for column in range(1, columns):
                self.setColumnHidden(column, True)
        self.setColumnWidth(0, table.columnWidth(0))
        height = table.horizontalHeader().height() + table.viewport().height()
        self.setGeometry(0, 0, table.columnWidth(0), height)
        self.show()
        self.verticalScrollBar().setValue(table.verticalScrollBar().value())


class TextDelegate(CellDelegate):
    """A cell that is just its text, aligned as the model says."""

    def paint_cell(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        align = index.data(Qt.ItemDataRole.TextAlignmentRole) or Qt.AlignmentFlag.AlignLeft
        painter.setFont(faces().base.font)
        painter.setPen(ink(self.theme.text))
        inner = option.rect.adjusted(CELL_PADDING, 0, -CELL_PADDING, 0)
        flags = Qt.AlignmentFlag(align) | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inner, flags, str(index.data()))


def paint_focus(painter: QPainter, rect: QRect, theme: Theme) -> None:
    """The 2-pixel inner frame of the cell that has the keyboard."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(pen(theme.accent, 2.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(rect).adjusted(2, 2, -2, -3), 4, 4)


def paint_marked(
    painter: QPainter, rect: QRect, table: HairlineTable, index: Index, theme: Theme
) -> None:
    """The ground of a marked cell; one cell alone is only where the keyboard is."""
    model = table.selectionModel()
    if model is not None and model.isSelected(index) and len(table.marked()) > 1:
        painter.fillRect(rect.adjusted(0, 0, 0, -1), ink(theme.selection))


def shown_text(index: Index) -> str:
    """What a cell says, empty for nothing."""
    value = index.data()
    return "" if value is None else str(value)


def copy_rows(rows: Sequence[Sequence[str]]) -> None:
    """Put rows on the clipboard for a spreadsheet, none of their cells a formula."""
    from moeplanner_gui.export.safe_text import tab_separated

    copy_text(tab_separated(rows))


def copy_table(text: str) -> None:
    """Put text with tabs on the clipboard, none of its cells a formula; nothing for no text."""
    if not text:
        return
    from moeplanner_gui.export.safe_text import harmless_tab_separated

    harmless = harmless_tab_separated(text)
    copy_text(harmless if text.endswith("\n") else harmless.removesuffix("\n"))


def copy_text(text: str) -> None:
    """Put plain text on the clipboard."""
    QGuiApplication.clipboard().setText(text)


class FlatHeader(QHeaderView):
    """A flat header in small letters; the model's alignment role is kept."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.theme = theme
        self.setHighlightSections(False)
        self.setMinimumSectionSize(24)
        fit(self, self.fit_text)

    def fit_text(self) -> None:
        """Set the height that the letters need."""
        self.setFixedHeight(max(28, QFontMetrics(font_small()).height() + 12))

    def sizeHint(self) -> QSize:
        """The height is fixed: Qt would ask the style about every section."""
        return QSize(self.length(), self.minimumHeight())

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:
        painter.save()
        painter.fillRect(rect, ink(self.theme.panel))
        painter.setPen(pen(self.theme.border))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        model = self.model()
        text = str(model.headerData(logical, Qt.Orientation.Horizontal) or "")
        align = model.headerData(
            logical, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole
        )
        flags = align if align is not None else Qt.AlignmentFlag.AlignLeft
        painter.setFont(faces().small.font)
        painter.setPen(ink(self.theme.text3))
        inner = rect.adjusted(CELL_PADDING, 0, -CELL_PADDING, 0)
        painter.drawText(inner, flags | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()
