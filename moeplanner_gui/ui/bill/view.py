"""The sheet with the bill of materials. It stays open beside the rig and follows every edit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QLabel, QPushButton, QVBoxLayout, QWidget

from moeplanner_gui.core import edits, part_edits
from moeplanner_gui.core.bill import bill
from moeplanner_gui.core.bill_rows import bill_rows, bill_sum
from moeplanner_gui.core.plan import CustomSlot, Plan
from moeplanner_gui.core.words import paragraph, say
from moeplanner_gui.ui.bill.rows import EACH, BillCells, as_tsv, bill_cells, sum_words
from moeplanner_gui.ui.bill.table import BillTable
from moeplanner_gui.ui.dialog import MARGINS, Dialog, button_row, resize_within_screen
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import font_heading, font_strong
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tables import copy_table

_EMPTY = say("Nothing is planned yet. Add a card or a host, and its parts are listed here.")


class BillSheet(Dialog):
    """Quantity, part, price and its age, what is mine, subtotal and sum.

    Signals:
        price_wanted(str, str): A price of the user's own for a part: its id and name.
        parts_wanted(int): A part of this node is to be chosen.
    """

    price_wanted = Signal(str, str)
    parts_wanted = Signal(int)

    def __init__(
        self,
        document: PlanDocument,
        themes: ThemeProvider,
        parent: QWidget | None = None,
        *,
        today: Callable[[], date] = date.today,
    ) -> None:
        super().__init__(parent)
        self._document, self._themes, self._today = document, themes, today
        self.setObjectName("bill")
        self.setWindowTitle(say("Bill of materials"))
        self.setAccessibleName(say("Bill of materials"))
        heading = QLabel(say("Bill of materials"))
        heading.setFont(font_heading())
        self.hint = QLabel()
        self.hint.setObjectName("bill_hint")
        self.hint.setProperty("tone", "2")
        self.hint.setWordWrap(True)
        self.table = BillTable(themes)
        self.table.cell_opened.connect(self._on_opened)
        self.table.copy_requested.connect(self.copy)
        self.table.remove_wanted.connect(self._on_remove)
        self.table.bill.mine_changed.connect(self._on_mine)
        self.total = QLabel()
        self.total.setObjectName("bill_total")
        self.total.setFont(font_heading())
        self.total.setAccessibleName(say("Total"))
        self.total.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.note = QLabel()
        self.note.setObjectName("bill_note")
        self.note.setProperty("tone", "2")
        self.note.setWordWrap(True)
        self.use_sum = _button(say("Use the sum of the parts"), self._on_use_sum)
        self.use_sum.setProperty("link", True)
        self.copy_button = _button(say("Copy"), self.copy)
        self.copy_button.setToolTip(say("Copy the bill as a table for a spreadsheet (Ctrl+C)"))
        self.close_button = _button(say("Close"), self.accept)
        words = QLabel(say("Total"))
        words.setFont(font_strong())
        line = QHBoxLayout()
        line.addWidget(words)
        line.addStretch(1)
        line.addWidget(self.use_sum)
        line.addWidget(self.total)
        column = QVBoxLayout(self)
        column.setContentsMargins(*MARGINS)
        column.setSpacing(8)
        column.addWidget(heading)
        column.addWidget(self.hint)
        column.addWidget(self.table, 1)
        column.addLayout(line)
        column.addWidget(self.note)
        column.addLayout(button_row((self.close_button,), (self.copy_button,)))
        resize_within_screen(self, 1080, 600)
        # The bill follows from the plan alone: it need not wait for the answer.
        document.plan_changed.connect(self._on_changed)
        document.catalog_changed.connect(self._on_changed)
        themes.theme_changed.connect(self._on_theme_changed)
        self.refresh()
        self.table.setFocus()

    def refresh(self) -> None:
        """Show the plan as it is."""
        plan, catalog = self._document.plan, self._document.catalog
        today = self._today()
        rows = tuple(bill_cells(row, today) for row in bill_rows(plan, catalog))
        self.table.bill.show(rows)
        self.table.fit_columns()
        total = bill_sum(plan, catalog)
        words, note = sum_words(total)
        self.total.setText(words if rows else "–")
        self.note.setText(note if rows else "")
        self.use_sum.setVisible(total.typed_usd is not None)
        assumed = sum(cells.row.assumed for cells in rows)
        old = sum(cells.age == "warn" for cells in rows)
        self.hint.setText(_hint(len(rows), assumed, old))

    def copy(self) -> None:
        """Copy the bill as tab-separated text."""
        plan, catalog = self._document.plan, self._document.catalog
        copy_table(as_tsv(self.table.bill.rows, bill_sum(plan, catalog)))

    # -- what the user does ---------------------------------------------------------------

    def _on_opened(self, index: QModelIndex) -> None:
        if index.column() != EACH:
            return
        cells = self.table.bill.rows[index.row()]
        if cells.row.part_id is not None:
            self.price_wanted.emit(cells.row.part_id, cells.row.name)
        elif cells.can_choose:
            self.parts_wanted.emit(self._node_of(cells))
        elif cells.row.kind == "card":
            self._ask_card_price(cells)

    def _node_of(self, cells: BillCells) -> int:
        """The first computer in whose bill a line stands."""
        lines = bill(self._document.plan, self._document.catalog)
        return next(
            line.node or 0
            for line in lines
            if (line.name, line.note) == (cells.row.name, cells.row.note)
        )

    def _ask_card_price(self, cells: BillCells) -> None:
        """A card that was typed into the plan has its price there."""
        now = cells.row.unit_usd or 0.0
        usd, given = QInputDialog.getDouble(
            self,
            say("Price of a card"),
            say("{0}, USD without tax:", cells.row.name),
            now,
            0.0,
            1e9,
            2,
        )
        if given:
            self._set_card_price(cells.row.name, cells.row.unit_usd, usd)

    def _set_card_price(self, name: str, old: float | None, usd: float) -> None:
        plan = self._document.plan

        def priced(card: object) -> object:
            if not isinstance(card, CustomSlot) or card.custom.name != name:
                return card
            if card.custom.price_usd != old:
                return card
            return CustomSlot(custom=card.custom.model_copy(update={"price_usd": usd}))

        nodes = tuple(
            node.model_copy(update={"gpus": tuple(priced(card) for card in node.gpus)})
            for node in plan.rig.nodes
        )
        rig = plan.rig.model_copy(update={"nodes": nodes})
        self._document.apply(say("Set price of {0}", name), plan.replace(rig=rig))

    def _on_mine(self, owned_id: str, count: int) -> None:
        plan = part_edits.set_owned(self._document.plan, owned_id, count)
        rows = (cells.row for cells in self.table.bill.rows)
        name = next((row.name for row in rows if row.owned_id == owned_id), owned_id)
        self._document.apply(
            say("{0:,} of {1} mine", count, name), plan, merge_key=f"mine:{owned_id}"
        )

    def _on_remove(self, cells: BillCells) -> None:
        """Take a part out of every computer; cards and memory are taken out in the rig."""
        plan, catalog = self._document.plan, self._document.catalog
        part = cells.row.part_id
        if part is None or cells.row.kind == "memory" or part not in catalog.parts:
            self.hint.setText(say("Cards, hosts and memory are taken out in the rig."))
            return
        for number in range(len(plan.rig.nodes)):
            chosen = part_edits.chosen_parts(plan, number, catalog)
            if any(found.part == part for found in chosen):
                plan = part_edits.remove_part(plan, number, part, catalog)
        self._document.apply(say("Remove {0}", cells.row.name), plan)

    def _on_use_sum(self) -> None:
        plan: Plan = edits.set_economics(self._document.plan, hardware_usd=None)
        self._document.apply(say("Use the sum of the parts"), plan)

    # -- what the document says -----------------------------------------------------------

    def _on_changed(self, *_what: object) -> None:
        self.refresh()

    def _on_theme_changed(self, theme: object) -> None:
        self.table.set_theme(theme)


def _hint(rows: int, assumed: int, old: int) -> str:
    if not rows:
        return _EMPTY
    parts = [
        say("Prices in USD without tax. Click a price to keep your own, “Mine” for what you have.")
    ]
    if assumed:
        parts.append(
            say("1 row is assumed.") if assumed == 1 else say("{0} rows are assumed.", assumed)
        )
    if old:
        parts.append(
            say("1 price is older than 180 days.")
            if old == 1
            else say("{0} prices are older than 180 days.", old)
        )
    return paragraph(parts)


def _button(words: str, does: Callable[[], object]) -> QPushButton:
    button = QPushButton(words)
    button.setAccessibleName(words)
    button.setAutoDefault(False)
    button.clicked.connect(lambda _checked=False: does())
    return button
