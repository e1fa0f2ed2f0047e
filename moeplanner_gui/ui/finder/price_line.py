"""One line that asks for the price a rig lacks, and keeps it in the user's own list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from moeplanner_gui.core.bill import BillLine, bill
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.finder.wishes import NotUnderstoodError, number_from
from moeplanner_gui.ui.fonts import font_base
from moeplanner_gui.ui.hint import Hint
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.catalog.user_prices import UserPrices

MOST_USD = 10_000_000
_UNITS = {"each": "USD", "gb": say("USD a GB"), "tb": say("USD a TB")}
TYPED = say("typed in")


def first_unpriced(plan: Plan, catalog: CatalogReader) -> BillLine | None:
    """The first part of a plan that has to be bought and has no price."""
    lines = [line for line in bill(plan, catalog) if line.to_buy and line.part_id]
    missing = next((line for line in lines if line.unit_usd is None), None)
    # Of some cards only a list price is known, which nobody sells at.
    listed = (line for line in lines if line.kind == "card" and _is_listed(line))
    return missing or next(listed, None)


def _is_listed(line: BillLine) -> bool:
    return line.price is not None and line.price.kind == "msrp"


class PriceLine(QWidget):
    """The name of the part, a field, and a button.

    Signals:
        price_kept(): The user's list has another price.
    """

    price_kept = Signal()

    def __init__(
        self,
        themes: ThemeProvider,
        parent: QWidget | None = None,
        *,
        prices: Callable[[], UserPrices] | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("price_line")
        self._prices = prices
        self._today = today
        self._line: BillLine | None = None
        self._label = QLabel()
        self._label.setFont(font_base())
        self.edit = QLineEdit()
        self.edit.setObjectName("missing_price")
        self.edit.setAccessibleName(say("Price that is missing"))
        self.edit.setMaxLength(20)
        self.edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.edit.setFixedWidth(self.edit.fontMetrics().horizontalAdvance("8,888,888.88") + 24)
        self._label.setBuddy(self.edit)
        self._unit = QLabel()
        self._unit.setProperty("tone", "3")
        self.keep = QPushButton(say("Keep the price"))
        self.keep.setObjectName("keep_price")
        self.keep.setToolTip(
            say("Into your own price list, with the date of today; then search again")
        )
        self.hint = Hint(
            themes, say("Without tax; kept in My prices with the date of today."), self
        )
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (self._label, self.edit, self._unit, self.keep):
            row.addWidget(widget)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.hint)
        self.edit.returnPressed.connect(self._keep)
        self.edit.textEdited.connect(lambda _text: self._refuse(""))
        self.keep.clicked.connect(self._keep)

    def show_part(self, line: BillLine | None) -> None:
        """Ask for the price of a part; None for nothing to ask."""
        if line != self._line:
            self.edit.clear()
            self._refuse("")
        self._line = line
        self.setVisible(line is not None)
        if line is not None:
            self._label.setText(line.name)
            self._unit.setText(_UNITS[line.unit])
            self.edit.setAccessibleName(say("Price of {0}", line.name))

    def _keep(self) -> None:
        if self._line is None or self._line.part_id is None:
            return
        try:
            usd = number_from(self.edit.text(), 0.01, MOST_USD)
        except NotUnderstoodError as error:
            self._refuse(str(error))
            return
        if usd is None:
            self._refuse(say("Type a price."))
            return
        from moeplanner_gui.catalog.rows import PriceEntry
        from moeplanner_gui.catalog.user_prices import UserPriceError, UserPrices

        row = PriceEntry(
            part_id=self._line.part_id,
            usd=usd,
            kind="street_new",
            confidence="high",
            date=self._today().isoformat(),
            source=TYPED,
        )
        try:
            prices = UserPrices(today=self._today) if self._prices is None else self._prices()
            prices.keep(row)
        except UserPriceError as error:
            self._refuse(str(error))
            return
        self.edit.clear()
        self.price_kept.emit()

    def _refuse(self, sentence: str) -> None:
        self.hint.show_error(sentence)
        self.edit.setProperty("invalid", bool(sentence))
        self.edit.setAccessibleDescription(sentence)
        self.edit.update()
