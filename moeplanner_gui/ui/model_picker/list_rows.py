"""The rows of the list of models: what each says, how it is painted, where a group begins."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fonts import faces, font_base, font_small, font_small_strong, font_strong
from moeplanner_gui.ui.model_picker.model_list import Filter, ModelRow, NameRow
from moeplanner_gui.ui.name_editor import NameEditor
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.theme import Theme

ROW = Qt.ItemDataRole.UserRole + 1
HEADING = Qt.ItemDataRole.UserRole + 2
Index = QModelIndex | QPersistentModelIndex


class ModelListModel(QAbstractListModel):
    """The rows that pass the filter; behind them the models that are known by name only.

    Signals:
        renamed(str, str): A model of the user's own, by id, was given another name.
    """

    renamed = Signal(str, str)

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
        self._wanted = Filter()

    def set_rows(self, rows: tuple[ModelRow, ...]) -> None:
        """List these models; the filter stays."""
        self.all_rows = rows
        self.narrow(self._wanted)

    def heading(self, number: int) -> str:
        """What stands above a row when a group begins with it, else ""."""
        if number >= len(self.shown) or not self.shown[0].own:
            return ""
        if number == 0:
            return say("My models")
        return say("Catalogue") if self.shown[number - 1].own and not self.shown[number].own else ""

    def narrow(self, wanted: Filter) -> None:
        """Show the rows that pass."""
        self._wanted = wanted
        self.beginResetModel()
        self.shown = tuple(row for row in self.all_rows if wanted.passes(row))
        self.shown_names = tuple(row for row in self.all_names if row.passes(wanted))
        self.endResetModel()

    def flags(self, index: Index) -> Qt.ItemFlag:
        if index.row() < len(self.shown):
            can = Qt.ItemFlag.ItemIsEditable if self.shown[index.row()].own else 0
            return super().flags(index) | Qt.ItemFlag(can)
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
        if role == Qt.ItemDataRole.EditRole:
            return row.spec.name
        if role == ROW:
            return row
        if role == HEADING:
            return self.heading(index.row())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            sure = "" if row.spec.verified == "yes" else f", {say('partly unverified')}"
            return f"{row.spec.name}, {row.sizes}, {row.details}{sure}"
        if role == Qt.ItemDataRole.ToolTipRole:
            note = row.spec.verified_note
            return f"{row.spec.hf_id}\n{note}" if note else row.spec.hf_id
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.shown[index.row()] if index.row() < len(self.shown) else None
        if role != Qt.ItemDataRole.EditRole or row is None or not row.own:
            return False
        if str(value).strip() and str(value) != row.spec.name:
            self.renamed.emit(row.spec.id, str(value))
        return True


def _name_data(row: NameRow, role: int) -> object:
    if role == Qt.ItemDataRole.DisplayRole:
        return row.known.name
    if role == ROW:
        return row
    if role == Qt.ItemDataRole.AccessibleTextRole:
        return say("{0}, not worked out, cannot be chosen", row.known.name)
    if role == Qt.ItemDataRole.ToolTipRole:
        return row.known.sentence
    return None


def _strip() -> int:
    """Height of a group's heading, in pixels."""
    return max(24, QFontMetrics(font_small_strong()).height() + 8)


class ModelDelegate(QStyledItemDelegate):
    """Two lines a model; a strip above the first one of a group."""

    def __init__(self, themes: ThemeProvider, parent: QObject) -> None:
        super().__init__(parent)
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        lines = QFontMetrics(font_strong()).height() + QFontMetrics(font_small()).height()
        return QSize(200, lines + 15 + (_strip() if index.data(HEADING) else 0))

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        return NameEditor(parent)

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        rect = QRect(option.rect)
        if index.data(HEADING):
            rect.setTop(rect.top() + _strip())
        editor.setGeometry(rect.adjusted(6, 3, -6, -3))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = self._themes.theme
        row = index.data(ROW)
        rect = QRect(option.rect)
        if isinstance(row, NameRow):
            _paint_name(painter, rect, row, theme)
            return
        if heading := index.data(HEADING):
            strip = QRect(rect.left(), rect.top(), rect.width(), _strip())
            painter.fillRect(strip, QColor(theme.window))
            painter.setFont(font_small_strong())
            painter.setPen(QColor(theme.text2))
            middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.drawText(strip.adjusted(12, 0, -12, 0), middle, str(heading))
            rect.setTop(strip.bottom() + 1)
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
        known = faces()
        room = box.width() - known.base.width(row.sizes) - 12
        painter.drawText(box, left | top, known.strong.elided(row.spec.name, room))
        painter.setFont(font_base())
        painter.drawText(box, right | top, row.sizes)
        painter.setFont(font_small())
        painter.setPen(QColor(theme.text3))
        doubt, room = "", float(box.width())
        if row.spec.verified != "yes":
            doubt = say("? unverified") if row.spec.verified == "no" else say("? partly unverified")
            room -= known.small.width(doubt) + 12
        painter.drawText(box, left | bottom, known.small.elided(row.details, room))
        if doubt:
            painter.setPen(QColor(theme.warn))
            painter.drawText(box, right | bottom, doubt)


def _paint_name(painter: QPainter, rect: QRect, row: NameRow, theme: Theme) -> None:
    """A model that cannot be chosen: all of it in the quiet colour."""
    painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(theme.grid))
    box = rect.adjusted(12, 7, -12, -8)
    left, bottom = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignBottom
    painter.setPen(QColor(theme.text3))
    painter.setFont(font_strong())
    name = faces().strong.elided(row.known.name, box.width())
    painter.drawText(box, left | Qt.AlignmentFlag.AlignTop, name)
    painter.setFont(font_small())
    metrics = painter.fontMetrics()
    words = say("? not worked out")
    room = box.width() - metrics.horizontalAdvance(words) - 12
    size = metrics.elidedText(row.known.total_parameters, Qt.TextElideMode.ElideRight, room)
    painter.drawText(box, left | bottom, size)
    painter.setPen(QColor(theme.warn))
    painter.drawText(box, Qt.AlignmentFlag.AlignRight | bottom, words)
