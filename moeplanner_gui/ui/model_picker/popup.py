"""The list of models that drops down from the picker: search, filters, rows."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.ui.fonts import font_base, font_small, font_strong
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.model_picker.model_list import (
    Filter,
    ModelRow,
    NameRow,
    closest_names,
)
from moeplanner_gui.ui.model_picker.widgets import ChoiceDelegate
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.theme import Theme

WIDTH_PX, HEIGHT_PX = 460, 520
ROW = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex
_SIZES: tuple[tuple[str, tuple[int, int] | None], ...] = (
    ("Any size", None),
    ("Under 50 B", (0, 50 * 10**9)),
    ("50–200 B", (50 * 10**9, 200 * 10**9)),
    ("200–500 B", (200 * 10**9, 500 * 10**9)),
    ("Over 500 B", (500 * 10**9, 10**15)),
)
_CONTEXTS: tuple[tuple[str, int | None], ...] = (
    ("Any context", None),
    ("128K or more", 128_000),
    ("256K or more", 256_000),
    ("1M or more", 1_000_000),
)


class ModelListModel(QAbstractListModel):
    """The rows that pass the filter; behind them the models that are known by name only."""

    def __init__(
        self,
        rows: tuple[ModelRow, ...],
        parent: QObject | None = None,
        names: tuple[NameRow, ...] = (),
    ) -> None:
        super().__init__(parent)
        self.all_rows = rows
        self.all_names = names
        self.shown = rows
        self.shown_names = names

    def narrow(self, wanted: Filter) -> None:
        """Show the rows that pass."""
        self.beginResetModel()
        self.shown = tuple(row for row in self.all_rows if wanted.passes(row))
        self.shown_names = tuple(row for row in self.all_names if row.passes(wanted))
        self.endResetModel()

    def flags(self, index: Index) -> Qt.ItemFlag:
        if index.row() < len(self.shown):
            return super().flags(index)
        return Qt.ItemFlag.ItemNeverHasChildren

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.shown) + len(self.shown_names)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        if index.row() >= len(self.shown):
            return _name_data(self.shown_names[index.row() - len(self.shown)], role)
        row = self.shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.spec.name
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.AccessibleTextRole:
            sure = "" if row.spec.verified == "yes" else ", partly unverified"
            return f"{row.spec.name}, {row.sizes}, {row.details}{sure}"
        if role == Qt.ItemDataRole.ToolTipRole:
            note = row.spec.verified_note
            return f"{row.spec.hf_id}\n{note}" if note else row.spec.hf_id
        return None


def _name_data(row: NameRow, role: int) -> object:
    if role == Qt.ItemDataRole.DisplayRole:
        return row.known.name
    if role == ROW:
        return row
    if role == Qt.ItemDataRole.AccessibleTextRole:
        return f"{row.known.name}, not worked out, cannot be chosen"
    if role == Qt.ItemDataRole.ToolTipRole:
        return row.known.sentence
    return None


class _ModelDelegate(QStyledItemDelegate):
    def __init__(self, themes: ThemeProvider, parent: QObject) -> None:
        super().__init__(parent)
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        lines = QFontMetrics(font_strong()).height() + QFontMetrics(font_small()).height()
        return QSize(200, lines + 15)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = self._themes.theme
        row = index.data(ROW)
        rect = QRect(option.rect)
        if isinstance(row, NameRow):
            _paint_name(painter, rect, row, theme)
            return
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(theme.selection))
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), QColor(theme.accent))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(theme.hover))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(theme.grid))
        box = rect.adjusted(12, 7, -12, -8)
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        top, bottom = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom
        painter.setFont(font_strong())
        painter.setPen(QColor(theme.text))
        painter.drawText(box, left | top, row.spec.name)
        painter.setFont(font_base())
        painter.drawText(box, right | top, row.sizes)
        painter.setFont(font_small())
        painter.setPen(QColor(theme.text3))
        painter.drawText(box, left | bottom, row.details)
        if row.spec.verified != "yes":
            painter.setPen(QColor(theme.warn))
            words = "? unverified" if row.spec.verified == "no" else "? partly unverified"
            painter.drawText(box, right | bottom, words)


def _paint_name(painter: QPainter, rect: QRect, row: NameRow, theme: Theme) -> None:
    """A model that cannot be chosen: all of it in the quiet colour."""
    painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(theme.grid))
    box = rect.adjusted(12, 7, -12, -8)
    left, bottom = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignBottom
    painter.setPen(QColor(theme.text3))
    painter.setFont(font_strong())
    painter.drawText(box, left | Qt.AlignmentFlag.AlignTop, row.known.name)
    painter.setFont(font_small())
    metrics = painter.fontMetrics()
    words = "? not worked out"
    room = box.width() - metrics.horizontalAdvance(words) - 12
    size = metrics.elidedText(row.known.total_parameters, Qt.TextElideMode.ElideRight, room)
    painter.drawText(box, left | bottom, size)
    painter.setPen(QColor(theme.warn))
    painter.drawText(box, Qt.AlignmentFlag.AlignRight | bottom, words)


class ModelPopup(QFrame):
    """Drops down from the picker's button.

    Signals:
        model_chosen(str): A model was picked, by its id.
    """

    model_chosen = Signal(str)

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
        self.setAccessibleName("Choose a model")
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 10, 1, 1)
        column.setSpacing(8)
        top = QVBoxLayout()
        top.setContentsMargins(11, 0, 11, 0)
        top.setSpacing(8)
        column.addLayout(top)
        self.search = QLineEdit()
        self.search.setPlaceholderText(f"Search {len(rows)} models")
        self.search.setAccessibleName("Search models")
        self.search.setFont(font_base())
        self._glass = self.search.addAction(
            icon("search", themes.theme), QLineEdit.ActionPosition.LeadingPosition
        )
        self._glass.setText("Search")
        self.search.textChanged.connect(self._on_filter)
        self.search.installEventFilter(self)
        top.addWidget(self.search)
        chips = QHBoxLayout()
        chips.setSpacing(6)
        self._group = QButtonGroup(self)
        for words, kind in (("All", None), ("MoE", "moe"), ("Dense", "dense")):
            chip = QToolButton()
            chip.setText(words)
            chip.setCheckable(True)
            chip.setChecked(kind is None)
            chip.setProperty("chip", True)
            chip.setAccessibleName(f"Show {words}")
            chip.setToolTip(f"Show {words.lower() if kind is None else words} models")
            chip.clicked.connect(lambda _checked=False, k=kind: self._set_kind(k))
            self._group.addButton(chip)
            chips.addWidget(chip)
        chips.addStretch(1)
        top.addLayout(chips)
        licences = sorted({row.spec.licence for row in rows})
        combos = QHBoxLayout()
        combos.setSpacing(6)
        self.size_filter = _combo("Filter by size", [words for words, _ in _SIZES], themes)
        self.licence_filter = _combo("Filter by licence", ["Any licence", *licences], themes)
        self.context_filter = _combo("Filter by context", [words for words, _ in _CONTEXTS], themes)
        for combo in (self.size_filter, self.licence_filter, self.context_filter):
            combo.currentIndexChanged.connect(self._on_filter)
            combos.addWidget(combo, 1)
        top.addLayout(combos)
        self.model = ModelListModel(rows, self, names)
        self.list = QListView()
        self.list.setAccessibleName("Models")
        self.list.setModel(self.model)
        self.list.setItemDelegate(_ModelDelegate(themes, self))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.clicked.connect(self._choose)
        self.list.activated.connect(self._choose)
        column.addWidget(self.list, 1)
        self.nothing = QLabel()
        self.nothing.setFont(font_base())
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self.nothing.hide()
        column.addWidget(self.nothing, 1)

    def open_under(self, anchor: QWidget, current: str) -> None:
        """Show the list under the picker's button with the current model selected."""
        self._glass.setIcon(icon("search", self._themes.theme))
        self.search.clear()
        self._on_filter()
        self._select(current)
        self.resize(WIDTH_PX, HEIGHT_PX)
        corner = anchor.mapToGlobal(QPoint(0, anchor.height() + 4))
        screen = anchor.screen().availableGeometry()
        corner.setY(max(screen.top(), min(corner.y(), screen.bottom() - HEIGHT_PX)))
        self.move(corner)
        self.show()
        self.search.setFocus()

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
            hint = f"Closest: {', '.join(close)}" if close else "Loosen the filters."
            title = f"No model is called “{words}”" if words else "No model passes the filters"
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
    combo = QComboBox()
    combo.setItemDelegate(ChoiceDelegate(themes, combo))
    combo.setAccessibleName(name)
    combo.view().setAccessibleName(name)
    combo.setToolTip(name)
    combo.addItems(items)
    combo.setFont(font_small())
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(8)
    return combo
