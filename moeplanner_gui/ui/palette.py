"""The command palette (Ctrl+K): every action by name, and what a window adds to them.

Knows the action registry; models, parts and the like are told to it as entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

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
    QLabel,
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
from moeplanner_gui.ui.access import announce
from moeplanner_gui.ui.actions import Actions, menu_words
from moeplanner_gui.ui.fonts import faces
from moeplanner_gui.ui.icons import icon, paint_icon
from moeplanner_gui.ui.mnemonics import without_mark
from moeplanner_gui.ui.palette_search import Entry, matching, remembered
from moeplanner_gui.ui.palette_words import OTHER_WORDS
from moeplanner_gui.ui.style import ThemeProvider, font_base, font_small
from moeplanner_gui.ui.why_disabled import why_disabled

WIDTH_CHARS, LEAST_PX = 74, 560
ROWS = 12
_ENTRY = Qt.ItemDataRole.UserRole + 1


def plain_text(action: QAction) -> str:
    """An action's words without the mnemonic mark."""
    return without_mark(action.text())


def entry_of(action: QAction) -> Entry:
    """An action as the palette lists it."""
    return Entry(
        action.objectName(),
        plain_text(action),
        menu_words(action.property("menu_path")),
        action.statusTip(),
        action.shortcut().toString(QKeySequence.SequenceFormat.NativeText),
        action.trigger,
        action.property("icon_name") or "",
        "" if action.isEnabled() else why_disabled(action),
        OTHER_WORDS.get(action.objectName(), ""),
    )


def row_height() -> int:
    """Height of one line of the list, in pixels."""
    return max(28, round(faces().base.height) + 12)


class _RowDelegate(QStyledItemDelegate):
    def __init__(self, themes: ThemeProvider, parent: QObject) -> None:
        super().__init__(parent)
        self._themes = themes

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex) -> QSize:
        return QSize(200, row_height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        theme, known = self._themes.theme, faces()
        entry: Entry = index.data(_ENTRY)
        rect = QRect(option.rect)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, QColor(theme.selection))
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), QColor(theme.accent))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(theme.hover))
        ink = theme.text3 if entry.why_not else theme.text
        if entry.icon:
            box = QRectF(rect.left() + 12, rect.center().y() - 7, 16, 16)
            paint_icon(painter, box, entry.icon, theme.disabled if entry.why_not else theme.text2)
        middle = Qt.AlignmentFlag.AlignVCenter
        text = QRectF(rect.adjusted(38, 0, -12, 0))
        # What cannot be chosen says why in the place of where else it is found.
        about = entry.why_not or entry.place
        keys = "" if entry.why_not else entry.keys
        right = "   ".join(part for part in (about, keys) if part)
        room = text.width() - known.base.width(entry.text) - 16
        painter.setFont(known.small.font)
        painter.setPen(QColor(theme.text3))
        shown = right if known.small.width(right) <= room else keys or right
        shown = known.small.elided(shown, max(room, text.width() * 0.3))
        painter.drawText(text, middle | Qt.AlignmentFlag.AlignRight, shown)
        text.setWidth(text.width() - known.small.width(shown) - 8)
        painter.setFont(known.base.font)
        painter.setPen(QColor(ink))
        name = known.base.elided(entry.text, text.width())
        painter.drawText(text, middle | Qt.AlignmentFlag.AlignLeft, name)


class CommandPalette(QFrame):
    """A popup with a search field over the list of commands."""

    def __init__(
        self,
        actions: Actions,
        themes: ThemeProvider,
        parent: QWidget,
        others: Callable[[], Iterable[Entry]] = tuple,
        fields: Callable[[], Iterable[Entry]] = tuple,
        recent: list[str] | None = None,
    ) -> None:
        """Make it.

        Args:
            actions: Every command.
            themes: The colours.
            parent: The window.
            others: What else can be found by words, asked for when words are typed.
            fields: What is found by words among the commands.
            recent: The commands chosen last, by their ids; written to.
        """
        super().__init__(parent, Qt.WindowType.Popup)
        self._actions, self._themes, self._others = actions, themes, others
        self._fields = fields
        self.recent = recent if recent is not None else []
        self._listed: list[Entry] = []
        self._more: tuple[Entry, ...] | None = None
        self.setObjectName("command_palette")
        self.setAccessibleName(say("Search actions"))
        column = QVBoxLayout(self)
        column.setContentsMargins(9, 9, 9, 9)
        column.setSpacing(6)
        self.search = QLineEdit()
        self.search.setPlaceholderText(say("Search actions, models and parts"))
        self.search.setAccessibleName(say("Search actions"))
        self.search.setAccessibleDescription(say("Up and Down choose, Enter does it"))
        self._glass = self.search.addAction(
            icon("search", themes.theme), QLineEdit.ActionPosition.LeadingPosition
        )
        self._glass.setText(say("Search"))
        self.search.textChanged.connect(self._fill)
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
        column.addWidget(self.list, 1)
        self._nothing = QLabel(say("Nothing is called so. Try fewer letters."))
        self._nothing.setProperty("tone", "2")
        self._nothing.setWordWrap(True)
        self._nothing.setContentsMargins(12, 8, 12, 8)
        self._nothing.hide()
        column.addWidget(self._nothing, 1, Qt.AlignmentFlag.AlignTop)

    def open_under(self, anchor: QWidget | None, window: QWidget) -> None:
        """Show the palette, empty, in the upper middle of the window or under its button."""
        self._more = None
        self.search.setFont(font_base())
        self._nothing.setFont(font_base())
        self.search.clear()
        self._fill("")
        metrics = self.fontMetrics()
        wide = max(LEAST_PX, metrics.averageCharWidth() * WIDTH_CHARS)
        high = row_height() * ROWS + self.search.sizeHint().height() + 30
        self.resize(min(wide, window.width() - 40), min(high, window.height() - 80))
        if anchor is not None and anchor.isVisible():
            corner = anchor.mapToGlobal(QPoint(anchor.width() - self.width(), anchor.height() + 4))
        else:
            corner = window.mapToGlobal(QPoint((window.width() - self.width()) // 2, 60))
        self.move(corner)
        self._glass.setIcon(icon("search", self._themes.theme))
        self.show()
        self.search.setFocus()

    def shown_entries(self) -> list[Entry]:
        """What is listed, best first."""
        return list(self._listed)

    def shown_actions(self) -> list[QAction]:
        """The actions in the list, best first."""
        names = (entry.key for entry in self._listed)
        return [self._actions.get(name) for name in names if name in self._actions]

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

    def _fill(self, words: str) -> None:
        if self._more is None and len(words.strip()) >= 2:
            self._more = tuple(self._others())
        commands = [entry_of(action) for action in self._actions.all()]
        if len(words.strip()) >= 2:
            commands.extend(self._fields())
        self._listed = matching(words, commands, self._more or (), self.recent)
        self._model.clear()
        for entry in self._listed:
            item = QStandardItem(entry.text)
            item.setData(entry, _ENTRY)
            item.setData(entry.heard, Qt.ItemDataRole.AccessibleTextRole)
            item.setToolTip("\n".join(part for part in (entry.tip, entry.why_not) if part))
            self._model.appendRow(item)
        self.list.setVisible(bool(self._listed))
        self._nothing.setVisible(not self._listed)
        self._show_row(0)

    def _move(self, step: int) -> None:
        rows = self._model.rowCount()
        if rows:
            self._show_row(min(max(self.list.currentIndex().row() + step, 0), rows - 1))

    def _show_row(self, row: int) -> None:
        self.list.setCurrentIndex(self._model.index(row, 0))
        if self.isVisible():
            # The cursor stays in the field, so that nothing else would be heard.
            listed = self._listed[row].heard if self._listed else self._nothing.text()
            announce(self.search, listed)

    def _run(self, index: QModelIndex) -> None:
        entry = index.data(_ENTRY) if index.isValid() else None
        if not isinstance(entry, Entry):
            return
        if entry.why_not:
            announce(self.search, entry.why_not, urgent=True)
            return
        self.recent[:] = remembered(entry.key, self.recent)
        self.hide()
        entry.run()


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
        painter.setPen(QPen(QColor(theme.accent if self.hasFocus() else theme.strong), width))
        painter.setBrush(QColor(theme.panel))
        inset = width / 2
        rect = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(rect, 5, 5)
        middle = Qt.AlignmentFlag.AlignVCenter
        paint_icon(painter, QRectF(8, rect.center().y() - 8, 16, 16), "search", theme.text2)
        painter.setFont(font_base())
        painter.setPen(QColor(theme.text2))
        painter.setFont(font_small())
        keys = QKeySequence("Ctrl+K").toString(QKeySequence.SequenceFormat.NativeText)
        wide = painter.fontMetrics().horizontalAdvance(keys) + 10
        words, face = say("Search actions"), faces().base
        if 28 + face.width(words) + wide + 12 <= rect.width():
            self._paint_keys(painter, rect, keys, wide)
        painter.setFont(font_base())
        painter.setPen(QColor(theme.text2))
        painter.drawText(rect.adjusted(28, 0, 0, 0), middle, face.elided(words, rect.width() - 34))

    def _paint_keys(self, painter: QPainter, rect: QRectF, keys: str, wide: float) -> None:
        theme = self._themes.theme
        cap = QRectF(rect.right() - wide - 6, rect.center().y() - 9, wide, 18)
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.setBrush(QColor(theme.window))
        painter.drawRoundedRect(cap, 3, 3)
        painter.setPen(QColor(theme.text2))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, keys)

    def _on_theme_changed(self, _theme: object) -> None:
        self.update()
