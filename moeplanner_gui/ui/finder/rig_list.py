"""The list of rigs: the table with its keys and its menu of sortings."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QTableView, QWidget

from moeplanner_gui.core.search.terms import FoundRig
from moeplanner_gui.core.words import lower_first, say
from moeplanner_gui.ui.finder.rows import (
    RigDelegate,
    RigModel,
    SortHeader,
    column_widths,
    row_height,
)
from moeplanner_gui.ui.finder.words import HEAD, tsv
from moeplanner_gui.ui.tables import HairlineTable, copy_table
from moeplanner_gui.ui.theme import Theme


class RigList(HairlineTable):
    """Rigs, two lines each.

    Signals:
        place_chosen(object): The place of the chosen rig among those that were shown, or None.
        load_wanted(): Enter or a double click.
        sorted_anew(): The rows stand in another order.
    """

    place_chosen = Signal(object)
    load_wanted = Signal()
    sorted_anew = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rig_list")
        self.setAccessibleName(say("Rigs that do it"))
        self.rigs = RigModel(self)
        self.setModel(self.rigs)
        self._delegate = RigDelegate(theme, self)
        self.setItemDelegate(self._delegate)
        self._header = SortHeader(theme, self)
        self.setHorizontalHeader(self._header)
        self._header.sectionClicked.connect(self.sort_by)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().setMinimumSectionSize(row_height())
        self.verticalHeader().setDefaultSectionSize(row_height())
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_menu)
        self.copy_requested.connect(self.copy)
        self.doubleClicked.connect(lambda _index: self.load_wanted.emit())
        self.selectionModel().selectionChanged.connect(self._on_selected)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._delegate.theme = theme
        self._header.theme = theme
        self.viewport().update()
        self._header.viewport().update()

    @property
    def place(self) -> int | None:
        """The place of the chosen rig among those that were shown."""
        rows = self.selectionModel().selectedRows()
        return self.rigs.rows[rows[0].row()] if rows else None

    @property
    def chosen(self) -> FoundRig | None:
        """The chosen rig."""
        place = self.place
        return None if place is None else self.rigs.rigs[place]

    def show_rigs(
        self, rigs: Sequence[FoundRig], best: Sequence[bool | None], place: int | None
    ) -> None:
        """Show other rigs with one of them chosen; tells nobody."""
        self.selectionModel().blockSignals(True)
        self.rigs.show(rigs, best)
        ways = max((len(rig.ways) for rig in rigs), default=0)
        self.verticalHeader().setDefaultSectionSize(row_height(ways))
        self.selectionModel().blockSignals(False)
        self.choose(place)
        self.fit_columns()

    def choose(self, place: int | None) -> None:
        """Choose the rig of a place; tells nobody."""
        row = self.rigs.row_of(place)
        model = self.selectionModel()
        model.blockSignals(True)
        if row is None:
            self.clearSelection()
        else:
            index = self.rigs.index(row, 0)
            how = QItemSelectionModel.SelectionFlag
            model.setCurrentIndex(index, how.ClearAndSelect | how.Rows)
            self.scrollTo(index)
        model.blockSignals(False)
        self.viewport().update()

    def sort_by(self, column: int) -> None:
        """Sort by a column; the chosen rig stays chosen."""
        place = self.place
        self.rigs.sort_by(column)
        self.choose(place)
        self._header.viewport().update()
        self.sorted_anew.emit()

    def copy(self) -> None:
        """Copy all rows for a spreadsheet, in the order in which they stand."""
        rigs = [self.rigs.rig(row) for row in range(self.rigs.rowCount())]
        copy_table(tsv(rigs, self.rigs.best()))

    def fit_columns(self) -> None:
        for column, width in enumerate(column_widths(self.viewport().width())):
            self.setColumnWidth(column, width)

    def keyPressEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.place is not None:
            self.load_wanted.emit()
            return
        super().keyPressEvent(event)

    def _on_selected(self, _on: QItemSelection, _off: QItemSelection) -> None:
        self.place_chosen.emit(self.place)

    def _on_menu(self, at: QPoint) -> None:
        menu = self.sort_menu()
        menu.popup(self.viewport().mapToGlobal(at))

    def sort_menu(self) -> QMenu:
        """What the menu key opens: loading, copying and the sortings."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self.place is not None:
            menu.addAction(say("Load this rig")).triggered.connect(self.load_wanted)
        self.add_copy_actions(menu)
        menu.addSeparator()
        for column, words in enumerate(HEAD):
            name = words.partition(",")[0]
            action = menu.addAction(say("Sort by {0}", lower_first(name)))
            action.triggered.connect(lambda _on=False, c=column: self.sort_by(c))
        return menu

    def mousePressEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        super().mousePressEvent(event)
        if not self.indexAt(event.position().toPoint()).isValid():
            self.setCurrentIndex(QModelIndex())
