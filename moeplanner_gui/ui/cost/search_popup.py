"""A list that drops down from a button: search, rows of two lines, one of them chosen.

Knows rows, not what they are.
"""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.cost.prices import ChoiceRow
from moeplanner_gui.ui.fonts import font_base, font_small, font_strong
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tables import Index

WIDTH_PX, HEIGHT_PX = 520, 420
ROW_ROLE = Qt.ItemDataRole.UserRole


class ChoiceModel(QAbstractListModel):
    """The rows that the search leaves."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[ChoiceRow, ...] = ()
        self.rows: tuple[ChoiceRow, ...] = ()

    def set_rows(self, rows: tuple[ChoiceRow, ...]) -> None:
        """Hold other rows, all of them shown."""
        self._all = rows
        self.search("")

    def search(self, text: str) -> None:
        """Keep the rows in which every word occurs."""
        words = text.lower().split()
        self.beginResetModel()
        self.rows = tuple(row for row in self._all if all(word in row.found_by for word in words))
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.tip
        if role == Qt.ItemDataRole.AccessibleTextRole:
            old = f", {say('old price')}" if row.old else ""
            return f"{row.title}, {row.figure}, {row.detail}{old}"
        return row if role == ROW_ROLE else None


class ChoiceRowDelegate(QStyledItemDelegate):
    """Title and figure on the first line, the rest on the second."""

    def __init__(self, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, max(46, 2 * option.fontMetrics.height() + 14))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme, rect = self._themes.theme, option.rect
        row = index.data(ROW_ROLE)
        state = option.state
        chosen = state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver)
        painter.fillRect(rect, QColor(theme.selection if chosen else theme.panel))
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), QColor(theme.accent))
        inner = rect.adjusted(12, 5, -12, -5)
        half = inner.height() // 2
        top = QRect(inner.left(), inner.top(), inner.width(), half)
        below = QRect(inner.left(), inner.top() + half, inner.width(), half)
        painter.setFont(font_base())
        figure = painter.fontMetrics().horizontalAdvance(row.figure)
        painter.setPen(QColor(theme.text))
        painter.drawText(
            top, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, row.figure
        )
        painter.setFont(font_strong())
        end = Qt.TextElideMode.ElideRight
        title = painter.fontMetrics().elidedText(row.title, end, top.width() - figure - 14)
        painter.drawText(top, Qt.AlignmentFlag.AlignVCenter, title)
        painter.setFont(font_small())
        painter.setPen(QColor(theme.warn if row.old else theme.text2))
        words = f"⚠ {row.detail}" if row.old else row.detail
        detail = painter.fontMetrics().elidedText(words, end, below.width())
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, detail)
        painter.setPen(QPen(QColor(theme.grid), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())


class SearchPopup(QFrame):
    """The list with its search. ``none`` is a row under the list that chooses nothing.

    Signals:
        chosen(str): A row's key, "" for the choice of none.
    """

    chosen = Signal(str)

    def __init__(
        self, name: str, object_name: str, none: str, themes: ThemeProvider, parent: QWidget
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._themes = themes
        self._name = name
        self.setObjectName(object_name)
        self.setAccessibleName(name)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 10, 1, 8)
        column.setSpacing(8)
        inner = QVBoxLayout()
        inner.setContentsMargins(11, 0, 11, 0)
        self.search = QLineEdit()
        self.search.setAccessibleName(say("Search: {0}", name))
        self.search.setFont(font_base())
        glass = self.search.addAction(
            icon("search", themes.theme), QLineEdit.ActionPosition.LeadingPosition
        )
        glass.setText(say("Search"))
        self.search.textChanged.connect(self._on_search)
        self.search.installEventFilter(self)
        inner.addWidget(self.search)
        column.addLayout(inner)
        self.model = ChoiceModel(self)
        self.list = QListView()
        self.list.setAccessibleName(name)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setItemDelegate(ChoiceRowDelegate(themes, self.list))
        self.list.setModel(self.model)
        self.list.clicked.connect(self._on_opened)
        self.list.activated.connect(self._on_opened)
        column.addWidget(self.list, 1)
        self._nothing = QLabel(say("Nothing found."))
        self._nothing.setProperty("tone", "2")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self._nothing)
        self._none = QPushButton(none)
        self._none.setAccessibleName(none or say("None"))
        self._none.setProperty("link", True)
        self._none.clicked.connect(lambda: self._choose(""))
        foot = QVBoxLayout()
        foot.setContentsMargins(11, 0, 11, 0)
        foot.addWidget(self._none, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(foot)
        # Not before it has a parent: it would be a window of its own.
        self._none.setVisible(bool(none))

    def open_under(self, button: QWidget, rows: tuple[ChoiceRow, ...], key: str) -> None:
        """Drop down under a button with these rows, ``key`` selected."""
        self.model.set_rows(rows)
        self.search.clear()
        self.search.setPlaceholderText(say("Search {0:,}", len(rows)))
        self._on_search("")
        at = next((n for n, row in enumerate(rows) if row.key == key), 0)
        if rows:
            self.list.setCurrentIndex(self.model.index(at))
        screen = button.screen().availableGeometry()
        width = min(max(WIDTH_PX, self.fontMetrics().averageCharWidth() * 70), screen.width() - 40)
        height = min(HEIGHT_PX, screen.height() - 80)
        place = button.mapToGlobal(QPoint(0, button.height() + 2))
        if place.y() + height > screen.bottom():
            place.setY(max(screen.top(), button.mapToGlobal(QPoint(0, 0)).y() - height - 2))
        place.setX(max(screen.left(), min(place.x(), screen.right() - width)))
        self.setGeometry(place.x(), place.y(), width, height)
        self.show()
        self.list.scrollTo(self.list.currentIndex(), QListView.ScrollHint.PositionAtCenter)
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = event.key()
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._on_opened(self.list.currentIndex())
                return True
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8,
                     Qt.Key.Key_PageUp: -8}  # fmt: skip
            if key in steps and self.model.rows:
                at = max(self.list.currentIndex().row(), 0) + steps[key]
                at = min(max(at, 0), len(self.model.rows) - 1)
                self.list.setCurrentIndex(self.model.index(at))
                return True
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.panel))
        painter.setPen(QPen(QColor(theme.strong), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _on_search(self, text: str) -> None:
        self.model.search(text)
        self.list.setVisible(bool(self.model.rows))
        self._nothing.setVisible(not self.model.rows)
        if self.model.rows:
            self.list.setCurrentIndex(self.model.index(0))

    def _on_opened(self, index: QModelIndex) -> None:
        if index.isValid():
            self._choose(self.model.rows[index.row()].key)

    def _choose(self, key: str) -> None:
        self.hide()
        self.chosen.emit(key)
