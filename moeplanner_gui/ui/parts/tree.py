"""The palette's list: how rows look, and the drag with its own picture. Knows no document."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.drag import ghost_pixmap, new_drag
from moeplanner_gui.ui.fonts import font_base, font_small, font_strong
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.name_editor import NameEditor
from moeplanner_gui.ui.own_menu import own_command
from moeplanner_gui.ui.part_facts import part_icon
from moeplanner_gui.ui.parts.model import COUNT_ROLE, ROW_ROLE, PartsModel
from moeplanner_gui.ui.parts.rows import PartRow
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.text_size import fit

NARROW = 220
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class PartsDelegate(QStyledItemDelegate):
    """Paints group heads and parts."""

    def __init__(self, themes: ThemeProvider, view: QTreeView) -> None:
        super().__init__(view)
        self._themes = themes
        self._view = view

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        line = QFontMetricsF(font_base()).height()
        part = index.data(ROW_ROLE)
        if isinstance(part, PartRow) and part.kind == "part" and part.detail:
            return QSize(40, max(44, round(line + QFontMetricsF(font_small()).height()) + 10))
        return QSize(40, max(26, round(line) + 9))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        theme = self._themes.theme
        state: QStyle.StateFlag = option.state
        rect: QRect = option.rect
        selected = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        if selected or hovered:
            painter.fillRect(rect, QColor(theme.selection if selected else theme.hover))
        if selected and index.column() == 0:
            painter.fillRect(QRect(0, rect.top(), 3, rect.height()), QColor(theme.accent))
        count = index.sibling(index.row(), 0).data(COUNT_ROLE)
        if count is not None:
            self._paint_group(painter, rect, index, count)
        else:
            self._paint_part(painter, rect, index)
        if selected and self._view.hasFocus():
            self._paint_focus(painter, rect, index.column())
        painter.restore()

    def createEditor(
        self,
        parent: QWidget,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QWidget:
        return NameEditor(parent)

    def updateEditorGeometry(
        self,
        editor: QWidget,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        rect = QRect(option.rect)
        editor.setGeometry(rect.adjusted(16, 0, self._view.viewport().width() - rect.right(), 0))

    def _paint_group(
        self,
        painter: QPainter,
        rect: QRect,
        index: QModelIndex | QPersistentModelIndex,
        count: int,
    ) -> None:
        theme = self._themes.theme
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), QColor(theme.grid))
        opened = self._view.isExpanded(index.sibling(index.row(), 0))
        box = QRectF(rect.left() + 9, rect.center().y() - 6, 13, 13)
        paint_icon(painter, box, "chevron-down" if opened else "chevron-right", theme.text2)
        painter.setFont(font_strong())
        painter.setPen(QColor(theme.text2))
        metrics = QFontMetricsF(painter.font())
        area = rect.adjusted(26, 0, -round(18 + metrics.horizontalAdvance(say("{0:,}", count))), 0)
        name = metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, _LEFT, name)
        painter.drawText(rect.adjusted(0, 0, -12, 0), _RIGHT, say("{0:,}", count))

    def _paint_part(
        self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme = self._themes.theme
        part = index.data(ROW_ROLE)
        if isinstance(part, PartRow) and part.kind == "part":
            self._paint_two_lines(painter, rect, part)
            return
        painter.setFont(font_base())
        metrics = QFontMetricsF(painter.font())
        text = str(index.data() or "")
        if index.column() == 0:
            area = rect.adjusted(24, 0, -4, 0)
            painter.setPen(QColor(theme.text))
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
            painter.drawText(area, _LEFT, shown)
            return
        area = rect.adjusted(0, 0, -12 if self._is_last(index.column()) else -4, 0)
        known = text != "–"
        painter.setPen(QColor(theme.text if known and index.column() == 1 else theme.text2))
        painter.drawText(area, _RIGHT, text)

    def _paint_two_lines(self, painter: QPainter, rect: QRect, part: PartRow) -> None:
        """Name and price, and under them the figures over the whole width."""
        theme = self._themes.theme
        painter.setFont(font_base())
        base = QFontMetricsF(painter.font())
        upper = rect.adjusted(24, 4, -12, 0)
        upper.setHeight(round(base.height()) + 1)
        if not part.detail:
            upper = rect.adjusted(24, 0, -12, 0)
        painter.setPen(QColor(theme.text2))
        painter.drawText(upper, _RIGHT, part.usd)
        room = upper.width() - base.horizontalAdvance(part.usd) - 8
        painter.setPen(QColor(theme.text))
        painter.drawText(
            upper, _LEFT, base.elidedText(part.name, Qt.TextElideMode.ElideRight, room)
        )
        if part.detail:
            painter.setFont(font_small())
            painter.setPen(QColor(theme.text2))
            lower = rect.adjusted(24, upper.bottom() - rect.top(), -12, -4)
            small = QFontMetricsF(painter.font())
            shown = part.detail
            while small.horizontalAdvance(shown) > lower.width() and " · " in shown:
                # No figure is cut in the middle; the tooltip has them all.
                shown = shown.rpartition(" · ")[0]
            painter.drawText(lower, _LEFT, shown)

    def _is_last(self, column: int) -> bool:
        return column == (1 if self._view.isColumnHidden(2) else 2)

    def _paint_focus(self, painter: QPainter, rect: QRect, column: int) -> None:
        painter.setPen(QPen(QColor(self._themes.theme.accent), 2.0))
        top, bottom = rect.top() + 1, rect.bottom()
        painter.drawLine(rect.left(), top, rect.right() + 1, top)
        painter.drawLine(rect.left(), bottom, rect.right() + 1, bottom)
        if self._is_last(column):
            painter.drawLine(rect.right(), top, rect.right(), bottom)


class PartsHeader(QHeaderView):
    """Column names that stand over their columns' text, which has its own margins."""

    def __init__(self, themes: ThemeProvider, parent: QTreeView) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._themes = themes
        fit(self, self._fit_text)

    def _fit_text(self) -> None:
        self.setFixedHeight(max(24, round(QFontMetricsF(font_small()).height()) + 8))

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        theme = self._themes.theme
        painter.fillRect(rect, QColor(theme.panel))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), QColor(theme.border))
        painter.setFont(font_small())
        painter.setPen(QColor(theme.text3))
        text = str(self.model().headerData(section, Qt.Orientation.Horizontal))
        right = 12 if section == 2 or self.isSectionHidden(2) else 4
        area = rect.adjusted(12 if section == 0 else 0, 0, -right, 0)
        painter.drawText(area, _RIGHT if section else _LEFT, text)


class PartsTree(QTreeView):
    """The list with its drag.

    Signals:
        add_wanted(): Enter on a part, or a double click.
        own_wanted(str): A key asked to edit, rename, duplicate or delete the selected part.
    """

    add_wanted = Signal()
    own_wanted = Signal(str)

    def __init__(self, model: PartsModel, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self._parts = model
        self.setModel(model)
        self.setItemDelegate(PartsDelegate(themes, self))
        self.setObjectName("parts-list")
        self.setAccessibleName(say("Parts"))
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setMouseTracking(True)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setExpandsOnDoubleClick(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAllColumnsShowFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._size_columns()

    def _size_columns(self) -> None:
        header = PartsHeader(self._themes, self)
        self.setHeader(header)
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSectionsClickable(False)
        header.setMinimumSectionSize(20)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        metrics = QFontMetricsF(font_base())
        for column, sample in ((1, "? 888"), (2, "? 88,888")):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            width = metrics.horizontalAdvance(sample) + (16 if column == 2 else 6)
            header.resizeSection(column, round(width))

    def resizeEvent(self, event: QResizeEvent) -> None:
        # In a narrow panel the name matters more than the price, which the tooltip tells too.
        self.setColumnHidden(2, self.viewport().width() < NARROW)
        super().resizeEvent(event)

    def startDrag(self, actions: Qt.DropAction) -> None:
        part = self._parts.row_at(self.currentIndex())
        if part is None:
            return
        icon = "server" if part.kind == "host" else "card"
        fact = "" if part.kind == "host" else f"{part.memory} {part.unit}"
        if part.kind == "part":
            icon, fact = part_icon(part.part_kind), part.fact
        pixmap = ghost_pixmap(icon, part.name, fact, self._themes.theme, self.devicePixelRatioF())
        mime = self._parts.mimeData([self.currentIndex()])
        new_drag(self, mime, pixmap).exec(Qt.DropAction.CopyAction)

    def event(self, event: QEvent) -> bool:
        # The rig has some of these keys as shortcuts of the whole window.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and own_command(event)
            and self._parts.row_at(self.currentIndex()) is not None
        ):
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        command = own_command(event)
        if command and self._parts.row_at(self.currentIndex()) is not None:
            self.own_wanted.emit(command)
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._parts.row_at(self.currentIndex()) is not None:
                self.add_wanted.emit()
            else:
                self._toggle(self.currentIndex())
            return
        super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and self._parts.group_at(index) is not None:
            self._toggle(index)
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._parts.row_at(self.indexAt(event.position().toPoint())) is not None:
            self.add_wanted.emit()

    def _toggle(self, index: QModelIndex) -> None:
        first = index.siblingAtColumn(0)
        self.setExpanded(first, not self.isExpanded(first))
