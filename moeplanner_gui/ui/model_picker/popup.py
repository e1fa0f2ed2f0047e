"""The list of models that drops down from the picker: search, filters, rows."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QObject,
    QPoint,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.words import comma_joined, lowered, say
from moeplanner_gui.ui.choice_list import ListCombo
from moeplanner_gui.ui.fonts import font_base, font_small
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.model_picker.list_rows import ROW, Index, ModelDelegate, ModelListModel
from moeplanner_gui.ui.model_picker.model_list import (
    Filter,
    ModelRow,
    NameRow,
    closest_names,
)
from moeplanner_gui.ui.own_menu import own_command, own_menu
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.text_size import factor

WIDTH_PX, HEIGHT_PX = 460, 520
_SIZES: tuple[tuple[str, tuple[int, int] | None], ...] = (
    (say("Any size"), None),
    (say("Under 50 B"), (0, 50 * 10**9)),
    ("50–200 B", (50 * 10**9, 200 * 10**9)),
    ("200–500 B", (200 * 10**9, 500 * 10**9)),
    (say("Over 500 B"), (500 * 10**9, 10**15)),
)
_CONTEXTS: tuple[tuple[str, int | None], ...] = (
    (say("Any context"), None),
    (say("128K or more"), 128_000),
    (say("256K or more"), 256_000),
    (say("1M or more"), 1_000_000),
)


class ModelPopup(QFrame):
    """Drops down from the picker's button.

    Signals:
        model_chosen(str): A model was picked, by its id.
        own_wanted(str, str): "edit", "duplicate", "delete", "import" or "new", and a model's id.
        renamed(str, str): A model of the user's own, by id, was given another name.
    """

    model_chosen = Signal(str)
    own_wanted = Signal(str, str)
    renamed = Signal(str, str)

    def __init__(
        self,
        rows: tuple[ModelRow, ...],
        themes: ThemeProvider,
        parent: QWidget,
        names: tuple[NameRow, ...] = (),
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._themes = themes
        self._kind: str | None = None
        self.setObjectName("model_popup")
        self.setAccessibleName(say("Choose a model"))
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 10, 1, 1)
        column.setSpacing(8)
        top = QVBoxLayout()
        top.setContentsMargins(11, 0, 11, 0)
        top.setSpacing(8)
        column.addLayout(top)
        self.search = QLineEdit()
        self.search.setPlaceholderText(say("Search {0} models", len(rows)))
        self.search.setAccessibleName(say("Search models"))
        self.search.setFont(font_base())
        self._glass = self.search.addAction(
            icon("search", themes.theme), QLineEdit.ActionPosition.LeadingPosition
        )
        self._glass.setText(say("Search"))
        self.search.textChanged.connect(self._on_filter)
        self.search.installEventFilter(self)
        top.addWidget(self.search)
        chips = QHBoxLayout()
        chips.setSpacing(6)
        self._group = QButtonGroup(self)
        for words, kind in ((say("All"), None), ("MoE", "moe"), (say("Dense"), "dense")):
            chip = QToolButton()
            chip.setText(words)
            chip.setCheckable(True)
            chip.setChecked(kind is None)
            chip.setProperty("chip", True)
            chip.setAccessibleName(say("Show {0}", words))
            chip.setToolTip(say("Show {0} models", lowered(words) if kind is None else words))
            chip.clicked.connect(lambda _checked=False, k=kind: self._set_kind(k))
            self._group.addButton(chip)
            chips.addWidget(chip)
        chips.addStretch(1)
        top.addLayout(chips)
        licences = sorted({row.licence for row in rows})
        combos = QHBoxLayout()
        combos.setSpacing(6)
        self.size_filter = _combo(say("Filter by size"), [words for words, _ in _SIZES], themes)
        self.licence_filter = _combo(
            say("Filter by licence"), [say("Any licence"), *licences], themes
        )
        self.context_filter = _combo(
            say("Filter by context"), [words for words, _ in _CONTEXTS], themes
        )
        for combo in (self.size_filter, self.licence_filter, self.context_filter):
            combo.currentIndexChanged.connect(self._on_filter)
            combos.addWidget(combo, 1)
        top.addLayout(combos)
        self.model = ModelListModel(rows, self, names)
        self.list = QListView()
        self.list.setAccessibleName(say("Models"))
        self.list.setModel(self.model)
        self.list.setItemDelegate(ModelDelegate(themes, self))
        self.list.setMouseTracking(True)
        self.list.clicked.connect(self._choose)
        self.list.activated.connect(self._choose)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._on_menu)
        # F2 and the menu begin to edit; a click chooses.
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.installEventFilter(self)
        self.model.renamed.connect(self.renamed)
        column.addWidget(self.list, 1)
        self.nothing = QLabel()
        self.nothing.setFont(font_base())
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self.nothing.hide()
        column.addWidget(self.nothing, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(7, 0, 11, 9)
        for command, words, tip in (
            (
                "import",
                say("Import a model…"),
                say("Read one from its files, or look it up (Ctrl+I)"),
            ),
            ("new", say("New model…"), say("Type its architecture in")),
        ):
            button = QPushButton(words)
            button.setProperty("link", True)
            button.setAutoDefault(False)
            button.setAccessibleName(words.rstrip("…"))
            button.setToolTip(tip)
            button.setObjectName(f"models.{command}")
            button.clicked.connect(lambda _checked=False, c=command: self._leave_for(c))
            foot.addWidget(button)
        foot.addStretch(1)
        column.addLayout(foot)

    def _leave_for(self, command: str) -> None:
        self.hide()
        self.own_wanted.emit(command, "")

    def open_under(self, anchor: QWidget, current: str) -> None:
        """Show the list under the picker's button with the current model selected."""
        self._glass.setIcon(icon("search", self._themes.theme))
        self.search.clear()
        self._on_filter()
        self._select(current)
        corner = anchor.mapToGlobal(QPoint(0, anchor.height() + 4))
        screen = anchor.screen().availableGeometry()
        wide, high = (round(size * factor()) for size in (WIDTH_PX, HEIGHT_PX))
        self.resize(min(wide, screen.width() - 40), min(high, screen.height() - 40))
        corner.setX(max(screen.left(), min(corner.x(), screen.right() - self.width())))
        corner.setY(max(screen.top(), min(corner.y(), screen.bottom() - self.height())))
        self.move(corner)
        self.show()
        self.search.setFocus()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setBrush(QColor(theme.panel))
        painter.setPen(QPen(QColor(theme.strong), 1))
        painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def set_rows(self, rows: tuple[ModelRow, ...]) -> None:
        """List these models; filter and selection stay."""
        row = self._current()
        self.search.setPlaceholderText(say("Search {0} models", len(rows)))
        self.model.set_rows(rows)
        self._on_filter()
        if row is not None:
            self._select(row.spec.id)

    def _current(self) -> ModelRow | None:
        index = self.list.currentIndex()
        row = index.data(ROW) if index.isValid() else None
        return row if isinstance(row, ModelRow) else None

    def _on_menu(self, at: QPoint) -> None:
        index = self.list.indexAt(at)
        row = index.data(ROW) if index.isValid() else None
        if not isinstance(row, ModelRow):
            return
        self.list.setCurrentIndex(index)
        menu = own_menu(self, row.own, self.run_own)
        menu.popup(self.list.viewport().mapToGlobal(at))

    def run_own(self, command: str) -> None:
        """Do something with the selected model; renaming happens in the list."""
        row = self._current()
        if row is None or (command in ("rename", "delete") and not row.own):
            return
        if command == "use":
            self._choose(self.list.currentIndex())
        elif command == "rename":
            self.list.edit(self.list.currentIndex())
        else:
            if command != "delete":
                self.hide()
            self.own_wanted.emit(command, row.spec.id)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            typing = watched is self.search and self.search.cursorPosition() < len(
                self.search.text()
            )
            command = own_command(event, typing=typing)
            if command:
                self.run_own(command)
                return True
        if (
            watched is self.search
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
        ):
            key = event.key()
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
                step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8}.get(
                    Qt.Key(key), -8
                )
                row = self.list.currentIndex().row() + step
                row = min(max(row, 0), len(self.model.shown) - 1)
                self.list.setCurrentIndex(self.model.index(row, 0))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose(self.list.currentIndex())
                return True
        return super().eventFilter(watched, event)

    def _set_kind(self, kind: str | None) -> None:
        self._kind = kind
        self._on_filter()

    def _on_filter(self) -> None:
        licence = self.licence_filter.currentText()
        words = self.search.text()
        self.model.narrow(
            Filter(
                words=words,
                kind=self._kind,
                size=_SIZES[max(self.size_filter.currentIndex(), 0)][1],
                licence=licence if self.licence_filter.currentIndex() > 0 else None,
                context=_CONTEXTS[max(self.context_filter.currentIndex(), 0)][1],
            )
        )
        found = self.model.rowCount() > 0
        self.list.setVisible(found)
        self.nothing.setVisible(not found)
        if self.model.shown:
            self.list.setCurrentIndex(self.model.index(0, 0))
        elif not found:
            close = closest_names(words, self.model.all_rows) if words else []
            hint = say("Closest: {0}", comma_joined(close)) if close else say("Loosen the filters.")
            title = (
                say("No model is called “{0}”", words)
                if words
                else say("No model passes the filters")
            )
            self.nothing.setText(f"{title}\n{hint}")

    def _select(self, model_id: str) -> None:
        for number, row in enumerate(self.model.shown):
            if row.spec.id == model_id:
                index = self.model.index(number, 0)
                self.list.setCurrentIndex(index)
                self.list.scrollTo(index)

    def _choose(self, index: Index) -> None:
        row = index.data(ROW) if index.isValid() else None
        if isinstance(row, ModelRow):
            self.hide()
            self.model_chosen.emit(row.spec.id)


def _combo(name: str, items: list[str], themes: ThemeProvider) -> QComboBox:
    combo = ListCombo(themes)
    combo.setAccessibleName(name)
    combo.setToolTip(name)
    combo.addItems(items)
    combo.setFont(font_small())
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(8)
    return combo
