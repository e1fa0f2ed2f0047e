"""The button beside the first model, and the list with a search that it opens."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.words import comma_joined, say
from moeplanner_gui.ui.choice_list import ROW_PX
from moeplanner_gui.ui.finder import several
from moeplanner_gui.ui.fonts import faces, font_base, font_small
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.style import ThemeProvider

WIDTH_PX, HEIGHT_PX = 360, 420
_KEY = Qt.ItemDataRole.UserRole
_STEPS = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: 8,
    Qt.Key.Key_PageUp: -8,
}


class MoreModels(QToolButton):
    """Says how many more models are wished for, and opens the list of them.

    Signals:
        others_chosen(tuple): The keys of the models besides the first, as they were ticked.
    """

    others_chosen = Signal(object)

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("more_models")
        self.setProperty("chip", True)
        self.setFont(font_small())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._themes = themes
        self._rows: tuple[tuple[str, str], ...] = ()
        self._others: tuple[str, ...] = ()
        self.popup: ModelsPopup | None = None
        self.clicked.connect(self.open)

    def sizeHint(self) -> QSize:
        # As wide for every count, so that nothing beside it moves.
        texts = (several.ADD, several.button_text(several.MOST_MODELS - 1))
        wide = max(faces().small_strong.width(text) for text in texts)
        return QSize(int(wide) + 24, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def show_models(self, models: Sequence[str], rows: Sequence[tuple[str, str]]) -> None:
        """Show the wished models, the first of which stands beside; tells nobody.

        ``rows`` are the keys and names that can be chosen.
        """
        self._others = tuple(models[1:])
        self._rows = tuple(row for row in rows if row[0] not in models[:1])
        names = dict(rows)
        named = [names.get(key, key) for key in self._others]
        self.setText(several.button_text(len(named)))
        self.setAccessibleName(several.button_name(named))
        also = (
            say("Also: {0}", comma_joined(named))
            if named
            else say("Rigs that run other models as well")
        )
        self.setToolTip(also)

    def open(self) -> None:
        """Drop the list down."""
        if self.popup is None:
            self.popup = ModelsPopup(self._themes, self)
            self.popup.ticked.connect(self.others_chosen)
        self.popup.open_under(self, self._rows, self._others)


class ModelsPopup(QFrame):
    """Models with a tick each; stays open until Esc or a click beside it.

    Signals:
        ticked(tuple): The keys that are ticked, in the order in which they were.
    """

    ticked = Signal(object)

    def __init__(self, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("models_popup")
        self.setAccessibleName(say("More models"))
        self._themes = themes
        self._keys: list[str] = []
        self.search = QLineEdit()
        self.search.setAccessibleName(say("Search: more models"))
        self.search.setFont(font_base())
        self.search.setToolTip(say("Space or Enter ticks the chosen model, Esc closes the list"))
        glass = self.search.addAction(
            icon("search", themes.theme), QLineEdit.ActionPosition.LeadingPosition
        )
        glass.setText(say("Search"))
        self.list = QListWidget()
        self.list.setAccessibleName(say("More models"))
        self.list.setFont(font_base())
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.foot = QLabel()
        self.foot.setFont(font_small())
        self.foot.setProperty("tone", "2")
        self.foot.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addWidget(self.foot)
        self.search.textChanged.connect(self._on_search)
        self.list.itemChanged.connect(self._on_item)
        self.search.installEventFilter(self)
        self.list.installEventFilter(self)

    def open_under(
        self, button: QWidget, rows: Sequence[tuple[str, str]], ticked: Sequence[str]
    ) -> None:
        """Drop down under a button with these keys and names; ticked ones come first."""
        self._keys = list(ticked)
        self.list.blockSignals(True)
        self.list.clear()
        high = max(ROW_PX, self.list.fontMetrics().height() + 8)
        for key, name in sorted(rows, key=lambda row: row[0] not in self._keys):
            item = QListWidgetItem(name, self.list)
            item.setData(_KEY, key)
            item.setSizeHint(QSize(0, high))
            on = key in self._keys
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self.list.blockSignals(False)
        self._limit()
        self.search.clear()
        self.search.setPlaceholderText(say("Search {0:,}", len(rows)))
        self._on_search("")
        screen = button.screen().availableGeometry()
        width = max(WIDTH_PX, self.fontMetrics().averageCharWidth() * 50)
        height = min(HEIGHT_PX, screen.height() - 80)
        place = button.mapToGlobal(QPoint(0, button.height() + 2))
        place.setX(max(screen.left(), min(place.x(), screen.right() - width)))
        place.setY(max(screen.top(), min(place.y(), screen.bottom() - height)))
        self.setGeometry(place.x(), place.y(), width, height)
        self.show()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = Qt.Key(event.key())
            # A space in the search parts words once something is typed.
            spaces = watched is self.search and not self.search.text()
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or (key == Qt.Key.Key_Space and spaces):
                self._tick(self.list.currentItem())
                return True
            if watched is self.search and key in _STEPS:
                self._step(_STEPS[key])
                return True
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, painter = self._themes.theme, QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.panel))
        painter.setPen(QPen(QColor(theme.strong), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _items(self) -> list[QListWidgetItem]:
        return [self.list.item(row) for row in range(self.list.count())]

    def _on_search(self, text: str) -> None:
        words = text.casefold().split()
        for item in self._items():
            item.setHidden(not all(word in item.text().casefold() for word in words))
        first = next((item for item in self._items() if not item.isHidden()), None)
        self.list.setCurrentItem(first)  # type: ignore[arg-type]  # None chooses nothing
        self._say(say("Nothing found.") if first is None else "")

    def _step(self, by: int) -> None:
        shown = [item for item in self._items() if not item.isHidden()]
        current = self.list.currentItem()
        if shown:
            at = shown.index(current) if current in shown else 0
            self.list.setCurrentItem(shown[min(max(at + by, 0), len(shown) - 1)])

    def _tick(self, item: QListWidgetItem | None) -> None:
        if item is None or item.isHidden() or not item.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        on = item.checkState() == Qt.CheckState.Checked
        item.setCheckState(Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)

    def _on_item(self, item: QListWidgetItem) -> None:
        key, on = str(item.data(_KEY)), item.checkState() == Qt.CheckState.Checked
        if on == (key in self._keys):
            return
        if on:
            self._keys.append(key)
        else:
            self._keys.remove(key)
        self._limit()
        self._say("")
        self.ticked.emit(tuple(self._keys))

    def _limit(self) -> None:
        """With four models no other one can be ticked."""
        full = len(self._keys) >= several.MOST_MODELS - 1
        self.list.blockSignals(True)
        for item in self._items():
            free = not full or item.data(_KEY) in self._keys
            flags = item.flags() | Qt.ItemFlag.ItemIsEnabled
            item.setFlags(flags if free else flags & ~Qt.ItemFlag.ItemIsEnabled)
        self.list.blockSignals(False)
        self.list.viewport().update()

    def _say(self, sentence: str) -> None:
        self.foot.setText(sentence or several.chosen_text(len(self._keys)))
