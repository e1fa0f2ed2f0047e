"""The palette as an item model: groups and their parts. Knows the mime data of a part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from moeplanner_gui.core.words import comma_joined, say
from moeplanner_gui.ui.drag import (
    CARD_MIME,
    HOST_MIME,
    PART_MIME,
    CardDrag,
    HostDrag,
    PartDrag,
    Payload,
    to_mime,
)
from moeplanner_gui.ui.parts.rows import PartRow

ROW_ROLE = Qt.ItemDataRole.UserRole
COUNT_ROLE = Qt.ItemDataRole.UserRole + 1
HEADERS = (say("Card"), "GB", "USD")
Index = QModelIndex | QPersistentModelIndex


class PartsModel(QAbstractItemModel):
    """Two levels: groups, and in each the parts that pass the filter.

    Signals:
        renamed(object, str): A part of the user's own, and the name that was typed.
    """

    renamed = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._groups: list[tuple[str, list[PartRow]]] = []

    def set_rows(self, rows: Sequence[PartRow]) -> None:
        """Show these parts."""
        groups: dict[str, list[PartRow]] = {}
        for row in rows:
            groups.setdefault(row.group, []).append(row)
        self.beginResetModel()
        self._groups = list(groups.items())
        self.endResetModel()

    def row_at(self, index: Index) -> PartRow | None:
        """The part at an index; None for a group."""
        if not index.isValid() or not index.internalId():
            return None
        return self._groups[index.internalId() - 1][1][index.row()]

    def group_at(self, index: Index) -> str | None:
        """The name of the group at an index; None for a part."""
        if not index.isValid() or index.internalId():
            return None
        return self._groups[index.row()][0]

    def find(self, part_id: str) -> QModelIndex:
        """The index of a part; an invalid one when it is not shown."""
        for number, (_, rows) in enumerate(self._groups):
            for position, row in enumerate(rows):
                if row.id == part_id:
                    return self.createIndex(position, 0, number + 1)
        return QModelIndex()

    # A part's internal id is its group's number plus one; a group's is zero.

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        if not index.isValid() or not index.internalId():
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, 0)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if not parent.isValid():
            return len(self._groups)
        if parent.internalId() or parent.column() > 0:
            return 0
        return len(self._groups[parent.row()][1])

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(HEADERS)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return HEADERS[section]
            if role == Qt.ItemDataRole.TextAlignmentRole and section:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        part = self.row_at(index)
        if part is None:
            return self._group_data(index, role)
        if role == Qt.ItemDataRole.DisplayRole:
            return (part.name, part.memory, part.usd)[index.column()]
        if role == Qt.ItemDataRole.EditRole:
            return part.name if index.column() == 0 else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return part.tip
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if index.column() == 0:
                price = say("no price") if part.usd == "–" else say("{0} dollars", part.usd)
                if part.kind == "part":
                    return comma_joined(text for text in (part.name, part.detail, price) if text)
                return f"{part.name}, {part.memory} {part.unit}, {price}"
            return f"{HEADERS[index.column()]} {(part.name, part.memory, part.usd)[index.column()]}"
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return part.tip
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column():
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == ROW_ROLE:
            return part
        return None

    def _group_data(self, index: Index, role: int) -> Any:
        name, rows = self._groups[index.row()]
        if role == COUNT_ROLE:
            return len(rows)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            # The heading goes over all columns, and a screen reader may stop at any of them.
            return say("{0}, {1} parts", name, len(rows))
        if index.column():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return name
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        part = self.row_at(index)
        if part is not None:
            flags |= Qt.ItemFlag.ItemIsDragEnabled | Qt.ItemFlag.ItemNeverHasChildren
            if part.own and index.column() == 0:
                flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        part = self.row_at(index)
        if role != Qt.ItemDataRole.EditRole or part is None or not part.own:
            return False
        if str(value).strip() and value != part.name:
            self.renamed.emit(part, str(value))
        return True

    def mimeTypes(self) -> list[str]:
        return [CARD_MIME, HOST_MIME, PART_MIME]

    def mimeData(self, indexes: Sequence[Index]) -> QMimeData:
        for index in indexes:
            part = self.row_at(index)
            if part is not None:
                mime: QMimeData = to_mime(payload_of(part), part.name)
                return mime
        return QMimeData()

    def supportedDragActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction


def payload_of(part: PartRow) -> Payload:
    """What a part is on its way to the rig."""
    if part.kind == "part":
        return PartDrag(part.part, part.module_gb)
    if part.kind == "host" or part.card is None:
        return HostDrag(part.id)
    return CardDrag("parts", part.card)
