"""The form for one price of the user's own: what is typed is checked as a row of a list is.

Knows no disk. A row that cannot be used is refused at its field with a sentence.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Container
from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from moeplanner_gui.catalog.price_age import PriceSort
from moeplanner_gui.catalog.price_columns import cells_of
from moeplanner_gui.catalog.price_csv import PriceListError, read_price_list
from moeplanner_gui.catalog.user_price_kinds import PriceOfMine, sort_of
from moeplanner_gui.core.words import say, written
from moeplanner_gui.ui.choice_list import ListCombo
from moeplanner_gui.ui.cost.numbers import RefusedError, parse_number
from moeplanner_gui.ui.fonts import font_base
from moeplanner_gui.ui.hint import Hint
from moeplanner_gui.ui.style import ThemeProvider

SORTS: tuple[tuple[str, PriceSort], ...] = (
    (say("Part (card, host, memory)"), "hardware"),
    ("API", "api"),
    (say("Rent by the hour"), "rent"),
    (say("Electricity"), "electricity"),
    (say("Currency"), "currency"),
)
_LABELS: dict[PriceSort, dict[str, str]] = {
    "hardware": {"id": say("Part"), "price": say("Price")},
    "api": {
        "id": say("Provider/model"),
        "price": say("Input"),
        "cached": say("Cached input"),
        "output": say("Output"),
    },
    "rent": {"id": say("Offer"), "price": say("Price of a GPU"), "card": say("Card")},
    "electricity": {"id": say("Region"), "price": say("Price"), "currency": say("Currency")},
    "currency": {"id": say("Currency"), "price": say("USD for one")},
}
_OTHER_LABELS = {
    "id": say("Part"),
    "price": say("Price"),
    "cached": say("Cached"),
    "output": say("Output"),
    "card": say("Card"),
    "currency": say("Currency"),
    "date": say("Date"),
    "source": say("Source"),
}
_UNITS: dict[PriceSort, str] = {
    "hardware": "USD",
    "api": "USD/Mtok",
    "rent": "USD/GPU-hour",
    "electricity": say("a kWh"),
    "currency": "USD",
}
_TIPS = {
    "id": say("The id of the part, provider/model of an API, your name of an offer or region."),
    "price": say("Without tax, in the unit beside it."),
    "cached": say("A million tokens of input that was read before."),
    "output": say("A million tokens of answers."),
    "card": say("The id of the card that is rented."),
    "currency": say("Three letters, like EUR."),
    "date": say("When the price was read: a day, a month or a year. Empty is today."),
    "source": say("Where it was read: a shop, an offer, an address."),
}
KEYS = ("id", "price", "cached", "output", "card", "currency", "date", "source")


class PriceForm(QWidget):
    """Kind, what, price, date and source.

    Signals:
        edited(): Something was typed or chosen.
    """

    edited = Signal()

    def __init__(
        self,
        themes: ThemeProvider,
        known_parts: Container[str],
        parent: QWidget | None = None,
        *,
        today: Callable[[], date] = date.today,
    ) -> None:
        super().__init__(parent)
        self._known, self._today = known_parts, today
        self._kept: dict[str, str] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        self.kind = ListCombo(themes, self)
        self.kind.setObjectName("price_kind")
        self.kind.setAccessibleName(say("Kind of price"))
        self.kind.setFont(font_base())
        self.kind.addItems([words for words, _ in SORTS])
        self.kind.currentIndexChanged.connect(self._on_kind)
        label = QLabel(say("&Kind"), self)
        label.setProperty("tone", "2")
        label.setBuddy(self.kind)
        grid.addWidget(label, 0, 0)
        # Over the units too: the longest kind is wider than an amount.
        grid.addWidget(self.kind, 0, 1, 1, 2)
        grid.setRowMinimumHeight(1, 12)
        self._labels: dict[str, QLabel] = {}
        self._units: dict[str, QLabel] = {}
        self.edits: dict[str, QLineEdit] = {}
        self.hints: dict[str, Hint] = {}
        for key in KEYS:
            self._add(key, grid, themes)
        self._on_kind()

    def _add(self, key: str, grid: QGridLayout, themes: ThemeProvider) -> None:
        row = grid.rowCount()
        label, unit = QLabel(self), QLabel(self)
        label.setProperty("tone", "2")
        unit.setProperty("tone", "3")
        edit = QLineEdit(self)
        edit.setObjectName(f"price_{key}")
        edit.setFont(font_base())
        edit.setMaxLength(400)
        edit.setToolTip(_TIPS[key])
        edit.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        if key in ("price", "cached", "output"):
            edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        edit.textEdited.connect(self._on_edited)
        label.setBuddy(edit)
        hint = Hint(themes, "", self)
        hint.setMinimumHeight(hint.fontMetrics().height() + 2)
        grid.addWidget(label, row, 0)
        grid.addWidget(edit, row, 1)
        grid.addWidget(unit, row, 2)
        grid.addWidget(hint, row + 1, 1, 1, 2)
        self._labels[key], self._units[key] = label, unit
        self.edits[key], self.hints[key] = edit, hint

    @property
    def sort(self) -> PriceSort:
        """The kind that is chosen."""
        return SORTS[self.kind.currentIndex()][1]

    def show_row(self, row: PriceOfMine | None) -> None:
        """Show a price to be changed; None for an empty form of the chosen kind."""
        cells = {} if row is None else cells_of(row)
        if row is not None:
            sorts = [sort for _, sort in SORTS]
            self.kind.setCurrentIndex(sorts.index(sort_of(row)))
        self._kept = cells
        for key, edit in self.edits.items():
            text = cells.get(key, "")
            if key == "currency":
                text = cells.get("unit", "").partition("/")[0] if self.sort == "electricity" else ""
            edit.setText(written(text) if key in ("price", "cached", "output") else text)
        self.show_problem("", "")

    def row(self) -> PriceOfMine | None:
        """The price that was typed; None after it was refused at its field."""
        cells = self._cells()
        if cells is None:
            return None
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, [*cells])
        writer.writeheader()
        writer.writerow(cells)
        try:
            found = read_price_list(out.getvalue(), self._today(), self._known, "typed")
        except PriceListError as error:
            self.show_problem("id", str(error))
            return None
        if found.problems:
            problem = found.problems[0]
            column = problem.column if problem.column in self._visible() else "id"
            if problem.column == "unit":
                column = "currency" if self.sort == "electricity" else "id"
            self.show_problem(column, problem.message)
            return None
        self.show_problem("", "")
        return found.rows[0]

    def _cells(self) -> dict[str, str] | None:
        """The columns of a list; None after an amount was refused."""
        sort, cells = self.sort, {}
        # What the form does not show is kept as it was.
        cells.update({key: text for key, text in self._kept.items() if key not in self.edits})
        for key in self._visible():
            text = self.edits[key].text().strip()
            if key in ("price", "cached", "output") and text:
                try:
                    value = parse_number(text)
                except RefusedError as error:
                    self.show_problem(key, str(error))
                    return None
                if value < 0 or (value == 0 and key == "price" and sort != "api"):
                    self.show_problem(key, say("More than 0."))
                    return None
                # As a list has it, which is the same in every language.
                text = f"{value:.12g}"
                text = f"{value:.12f}" if "e" in text else text
            if text:
                cells[key] = text
        currency = cells.pop("currency", "")
        cells["kind"] = sort
        cells["unit"] = _UNITS[sort]
        if sort == "electricity":
            cells["unit"] = f"{currency.upper() or 'USD'}/kWh"
        if sort == "currency":
            cells["id"] = cells.get("id", "").upper()
            cells["unit"] = f"USD/{cells['id']}"
        cells.setdefault("id", "")
        cells.setdefault("price", "")
        return cells

    def show_problem(self, key: str, sentence: str) -> None:
        """Say what is wrong at its field; "" takes it away."""
        for name, hint in self.hints.items():
            wrong = sentence if name == key else ""
            hint.show_error(wrong)
            edit = self.edits[name]
            edit.setProperty("invalid", bool(wrong))
            edit.setAccessibleDescription(f"{wrong} {_TIPS[name]}".strip())
            edit.update()
        if key in self.edits and sentence:
            self.edits[key].setFocus(Qt.FocusReason.OtherFocusReason)

    def _visible(self) -> list[str]:
        shown = _LABELS[self.sort]
        return [key for key in KEYS if key in shown or key in ("date", "source")]

    def _on_kind(self, *_: object) -> None:
        shown, labels = self._visible(), _LABELS[self.sort]
        for key in KEYS:
            words = labels.get(key, _OTHER_LABELS[key])
            self._labels[key].setText(words)
            self.edits[key].setAccessibleName(words)
            is_amount = key in ("price", "cached", "output")
            self._units[key].setText(_UNITS[self.sort] if is_amount else "")
            for widget in (self._labels[key], self.edits[key], self._units[key], self.hints[key]):
                widget.setVisible(key in shown)
        self.edits["date"].setPlaceholderText(self._today().isoformat())
        self.edits["source"].setPlaceholderText(say("where it was read"))
        self._on_edited()

    def _on_edited(self, *_: object) -> None:
        self.show_problem("", "")
        self.edited.emit()
