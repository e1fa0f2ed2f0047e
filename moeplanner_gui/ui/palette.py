"""The command palette (Ctrl+K): every action by name. Knows only the action registry."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAction,
    QColor,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QLineEdit,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions, menu_words
from moeplanner_gui.ui.icons import icon, paint_icon
from moeplanner_gui.ui.style import ThemeProvider, font_base, font_small

WIDTH_PX = 520
ROWS = 12
_ACTION = Qt.ItemDataRole.UserRole + 1


def plain_text(action: QAction) -> str:
    """An action's words without the mnemonic mark."""
    return action.text().replace("&&", "\0").replace("&", "").replace("\0", "&")


def score(words: str, text: str, menu: str) -> int | None:
    """How well an action answers the words, smaller is better; None when it does not."""
    haystack = f"{menu} {text}".lower()
    wanted = words.lower().split()
    if not all(word in haystack for word in wanted):
        return None
    if not wanted:
        return 0
    lowered = text.lower()
    return min(
        (0 if lowered.startswith(w) else 1 if f" {w}" in lowered else 2 for w in wanted), default=0
    )


class _RowDelegate(QStyledItemDelegate):
    def __init__(self, themes: ThemeProvider, parent: QObject) -> None:
        super().__init__(parent)
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(200, max(28, option.fontMetrics.height() + 12))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        theme = self._themes.theme
        action = index.data(_ACTION)
        rect = QRect(option.rect)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, QColor(theme.selection))
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), QColor(theme.accent))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(theme.hover))
        enabled = action.isEnabled()
        name = action.property("icon_name")
        if name:
            box = QRectF(rect.left() + 12, rect.center().y() - 7, 16, 16)
            paint_icon(painter, box, name, theme.text2 if enabled else theme.disabled)
        middle = Qt.AlignmentFlag.AlignVCenter
        text = rect.adjusted(38, 0, -12, 0)
        painter.setFont(font_base())
        painter.setPen(QColor(theme.text if enabled else theme.disabled))
        painter.drawText(text, middle | Qt.AlignmentFlag.AlignLeft, plain_text(action))
        right = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        menu = menu_words(action.property("menu_path"))
        painter.setFont(font_small())
        painter.setPen(QColor(theme.text3))
        shown = "   ".join(part for part in (menu, right) if part)
        painter.drawText(text, middle | Qt.AlignmentFlag.AlignRight, shown)


class CommandPalette(QFrame):
    """A popup with a search field over the list of commands."""

    def __init__(self, actions: Actions, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._actions = actions
        self._themes = themes
        self.setObjectName("command_palette")
        self.setAccessibleName(say("Search actions"))
        column = QVBoxLayout(self)
        column.setContentsMargins(9, 9, 9, 9)
        column.setSpacing(6)
        self.search = QLineEdit()
        self.search.setPlaceholderText(say("Search actions"))
        self.search.setAccessibleName(say("Search actions"))
        self.search.setFont(font_base())
        self.search.setClearButtonEnabled(False)
        self._glass = self.search.addAction(
            icon("search", themes.theme), QLineEdit.ActionPosition.LeadingPosition
        )
        self._glass.setText(say("Search"))
        self.search.textChanged.connect(self._on_text_changed)
        self.search.installEventFilter(self)
        column.addWidget(self.search)
        self._model = QStandardItemModel(self)
        self.list = QListView()
        self.list.setAccessibleName(say("Matching actions"))
        self.list.setModel(self._model)
        self.list.setItemDelegate(_RowDelegate(themes, self))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.clicked.connect(self._run)
        column.addWidget(self.list)

    def open_under(self, anchor: QWidget | None, window: QWidget) -> None:
        """Show the palette, empty, in the upper middle of the window or under its button."""
        self.search.clear()
        self._fill("")
        row = max(28, self.fontMetrics().height() + 12)
        self.resize(min(WIDTH_PX, window.width() - 40), row * ROWS + 62)
        if anchor is not None and anchor.isVisible():
            corner = anchor.mapToGlobal(QPoint(anchor.width() - self.width(), anchor.height() + 4))
        else:
            corner = window.mapToGlobal(QPoint((window.width() - self.width()) // 2, 60))
        self.move(corner)
        self._glass.setIcon(icon("search", self._themes.theme))
        self.show()
        self.search.setFocus()

    def shown_actions(self) -> list[QAction]:
        """The actions in the list, best first."""
        return [self._model.item(row).data(_ACTION) for row in range(self._model.rowCount())]

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setBrush(QColor(theme.panel))
        painter.setPen(QPen(QColor(theme.strong), 1))
        painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is self.search
            and isinstance(event, QKeyEvent)
            and (event.type() == QEvent.Type.KeyPress)
        ):
            step = {
                Qt.Key.Key_Down: 1,
                Qt.Key.Key_Up: -1,
                Qt.Key.Key_PageDown: ROWS,
                Qt.Key.Key_PageUp: -ROWS,
            }.get(Qt.Key(event.key()))
            if step is not None:
                self._move(step)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(self.list.currentIndex())
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.hide()
                return True
        return super().eventFilter(watched, event)

    def _on_text_changed(self, text: str) -> None:
        self._fill(text)

    def _fill(self, words: str) -> None:
        ranked = []
        for order, action in enumerate(self._actions.all()):
            rank = score(words, plain_text(action), menu_words(action.property("menu_path")))
            if rank is not None:
                ranked.append((not action.isEnabled(), rank, order, action))
        ranked.sort(key=lambda entry: entry[:3])
        self._model.clear()
        for _disabled, _rank, _order, action in ranked:
            item = QStandardItem(plain_text(action))
            item.setData(action, _ACTION)
            item.setToolTip(action.statusTip())
            self._model.appendRow(item)
        self.list.setCurrentIndex(self._model.index(0, 0))

    def _move(self, step: int) -> None:
        rows = self._model.rowCount()
        if rows:
            row = min(max(self.list.currentIndex().row() + step, 0), rows - 1)
            self.list.setCurrentIndex(self._model.index(row, 0))

    def _run(self, index: QModelIndex) -> None:
        action = index.data(_ACTION) if index.isValid() else None
        if action is not None and action.isEnabled():
            self.hide()
            action.trigger()


class PaletteButton(QAbstractButton):
    """Looks like a search field in the toolbar and opens the palette."""

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.setObjectName("palette_button")
        self.setAccessibleName(say("Search actions"))
        self.setToolTip(say("Find any command by its name (Ctrl+K)"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        themes.theme_changed.connect(self._on_theme_changed)

    def sizeHint(self) -> QSize:
        return QSize(264, max(28, self.fontMetrics().height() + 12))

    def minimumSizeHint(self) -> QSize:
        return QSize(150, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = 2.0 if self.hasFocus() else 1.0
        painter.setPen(QPen(QColor(theme.accent if self.hasFocus() else theme.border), width))
        painter.setBrush(QColor(theme.panel))
        inset = width / 2
        rect = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(rect, 5, 5)
        middle = Qt.AlignmentFlag.AlignVCenter
        paint_icon(painter, QRectF(8, rect.center().y() - 8, 16, 16), "search", theme.text2)
        painter.setFont(font_base())
        painter.setPen(QColor(theme.text2))
        painter.drawText(rect.adjusted(28, 0, 0, 0), middle, say("Search actions"))
        painter.setFont(font_small())
        keys = QKeySequence("Ctrl+K").toString(QKeySequence.SequenceFormat.NativeText)
        wide = painter.fontMetrics().horizontalAdvance(keys) + 10
        cap = QRectF(rect.right() - wide - 6, rect.center().y() - 9, wide, 18)
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.setBrush(QColor(theme.window))
        painter.drawRoundedRect(cap, 3, 3)
        painter.setPen(QColor(theme.text2))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, keys)

    def _on_theme_changed(self, _theme: object) -> None:
        self.update()
