"""What others measured that is nearest to the plan, so that a reader can check the estimate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QStackedWidget, QVBoxLayout, QWidget

from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.words import say
from moeplanner_gui.export import speed_words as words
from moeplanner_gui.export.speed_rows import MEASURED_HEADER, measured_row
from moeplanner_gui.ui.chart_pieces import TintedLabel
from moeplanner_gui.ui.fonts import font_small
from moeplanner_gui.ui.message import MessagePanel
from moeplanner_gui.ui.speed.text_table import ROW_HEIGHT, TextColumn, TextModel, TextRow, TextTable
from moeplanner_gui.ui.tables import copy_table
from moeplanner_gui.ui.theme import Theme

if TYPE_CHECKING:
    from moeplanner_gui.core.speed.nearest import Neighbour

COLUMNS = (
    TextColumn(say("Measured, tok/s"), "strong", right=True),
    TextColumn(say("Ours for it"), right=True),
    TextColumn(say("What was measured"), "strong", least=200),
    TextColumn(say("What differs, and the source"), least=150, below="link"),
)
NONE_TITLE = say("Nobody has published a measurement near this plan")
NONE_FOUND = say("What is said of its speed cannot be compared with anything yet.")
HINT = say(
    "The nearest first. “Ours for it” is what this program says of that "
    "machine, not of yours. Double click or Enter opens the source."
)


def neighbour_row(neighbour: Neighbour, catalog: CatalogReader) -> TextRow:
    """One measurement as a row of the table."""
    row, ours = neighbour.measurement, neighbour.expected
    differs = "; ".join(neighbour.differences) or say("Nothing that is known")
    hardware = words.hardware_text(row, catalog)
    users = say("1 user") if row.users == 1 else say("{0:,} users", row.users)
    measured, expected = "–", "–"
    if row.decode_tokens_per_s is not None:
        measured = words.figure(row.decode_tokens_per_s)
        measured += f"\n{say('all users')}" if row.users > 1 else ""
    if ours is not None:
        expected = f"{words.figure(ours.expected)}\n{words.band(ours)}"
    engine = words.engine_text(row)
    case = say(
        "{0}, {1} tokens of context, {2}, {3}, {4}",
        row.weights,
        words.depth_text(row),
        users,
        engine,
        row.date,
    )
    cells = (
        measured,
        expected,
        say("{0} on {1}\n{2}", row.model, hardware, case),
        f"{differs}\n{words.source_text(row.source)}",
    )
    tip = say("{0} on {1}\n{2}\nWhat differs: {3}", row.model, hardware, case, differs)
    source = f"{row.source}, {row.locator}" if row.locator else row.source
    tip += f"\n{say('Source: {0}', source)}"
    if row.notes:
        tip += f"\n{row.notes}"
    if words.is_link(row.source):
        tip += f"\n{say('Double click or Enter opens the source.')}"
    return TextRow(cells, measured_row(neighbour, catalog), tip)


class OthersPanel(QWidget):
    """The table of measurements.

    Signals:
        source_requested(str): The address of a source that the user wants to read.
    """

    source_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("speed_others")
        self.setAccessibleName(say("Measured by others"))
        self._neighbours: tuple[Neighbour, ...] = ()
        self._compact = False
        self.model = TextModel(COLUMNS, MEASURED_HEADER, self)
        self.table = TextTable(
            theme,
            "speed_others_table",
            say("Published measurements nearest to this plan"),
            double=True,
        )
        self.table.set_row_height(2 * ROW_HEIGHT - 8, lines=2)
        self.table.setModel(self.model)
        self.table.cell_opened.connect(self._on_opened)
        self.table.copy_requested.connect(self._copy)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._on_menu)
        self._nothing = MessagePanel(theme)
        self._nothing.show_message("search", "text2", NONE_TITLE, NONE_FOUND)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._nothing)
        self._hint = TintedLabel("text2", font_small(), theme)
        self._hint.setText(HINT)
        self._hint.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 6)
        layout.setSpacing(4)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._hint)
        self._hint.setContentsMargins(8, 0, 8, 0)

    def show_neighbours(self, neighbours: Sequence[Neighbour], catalog: CatalogReader) -> None:
        """Show other measurements."""
        self._neighbours = tuple(neighbours)
        self.model.show([neighbour_row(neighbour, catalog) for neighbour in neighbours])
        self._stack.setCurrentWidget(self.table if neighbours else self._nothing)
        self._make_room()
        self.table.fit_columns()

    def set_compact(self, compact: bool) -> None:
        """Leave the room of the hint to the table; the tooltips say the same."""
        self._compact = compact
        self._make_room()

    def _make_room(self) -> None:
        self._hint.setVisible(not self._compact and bool(self._neighbours))

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self.table.set_theme(theme)
        self._nothing.set_theme(theme)
        self._hint.set_theme(theme)

    def _on_opened(self, index: QModelIndex) -> None:
        if index.isValid() and index.row() < len(self._neighbours):
            source = self._neighbours[index.row()].measurement.source
            if words.is_link(source):
                self.source_requested.emit(source)

    def _on_menu(self, place: QPoint) -> None:
        index = self.table.indexAt(place)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        known = index.isValid() and index.row() < len(self._neighbours)
        opened = menu.addAction(say("Open the source"), lambda: self._on_opened(index))
        opened.setEnabled(known and words.is_link(self._neighbours[index.row()].measurement.source))
        copied = menu.addAction(
            say("Copy this row"), lambda: copy_table(self.model.row_as_tsv(index.row()))
        )
        copied.setEnabled(known)
        self.table.add_copy_actions(menu)
        menu.popup(self.table.viewport().mapToGlobal(place))

    def _copy(self) -> None:
        copy_table(self.model.as_tsv())
