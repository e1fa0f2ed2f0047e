"""What the models of plain tables have in common. Knows neither what is in them nor its looks."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from moeplanner_gui.ui.tables import Index


class RowModel(QAbstractTableModel):
    """Rows under a heading. A model of its own says what a cell is, in ``data``.

    Attributes:
        rows: What is shown, from above.
        head: The headings.
        right: The columns whose headings stand flush right, as their numbers do.
    """

    def __init__(
        self,
        head: Sequence[str] = (),
        right: Container[int] = (),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.head, self.right = tuple(head), right
        self.rows: Sequence[Any] = ()

    def replace(self, rows: Sequence[Any]) -> None:
        """Show other rows; nothing stays selected."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.head)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal or section >= len(self.head):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.head[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            is_right = section in self.right
            return Qt.AlignmentFlag.AlignRight if is_right else Qt.AlignmentFlag.AlignLeft
        return None

    def tell_all_changed(self) -> None:
        """Every cell says something else; what is selected stays."""
        if self.rows:
            last = self.index(len(self.rows) - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)
