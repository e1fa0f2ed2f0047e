"""The bill of materials as cells of text. Knows no Qt and reads no clock."""

from __future__ import annotations

from datetime import date
from typing import Literal

from moeplanner_gui.catalog.price_age import price_age
from moeplanner_gui.core.bill import NONE_CHOSEN
from moeplanner_gui.core.bill_rows import BillRow, BillSum
from moeplanner_gui.core.cost.sentence import usd_band
from moeplanner_gui.core.id_words import price_confidence_words, price_kind_words
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import comma_joined, say

HEAD = (
    say("Quantity"),
    say("Part"),
    say("Kind"),
    say("USD each"),
    say("Price of"),
    say("Mine"),
    say("Subtotal, USD"),
)
QUANTITY, PART, KIND, EACH, FROM, MINE, SUBTOTAL = range(len(HEAD))
SET_PRICE = say("Set a price")
CHOOSE = say("Choose one")
NO_PRICE = say("no price")
_SURE = {"high": say("high"), "medium": say("medium"), "low": say("low")}
_UNITS = {"each": "", "gb": " GB", "tb": " TB"}
_EACH = {"each": "", "gb": "/GB", "tb": "/TB"}
Look = Literal["plain", "old", "warn", "link", "missing"]


@dataclass(frozen=True)
class BillCells:
    """One row: its texts, what is behind them, and how the price's date looks."""

    row: BillRow
    texts: tuple[str, ...]
    age: Look
    tip: str

    def look(self, column: int) -> Look:
        """How a cell is drawn."""
        can_open = self.can_set_price or self.can_choose
        if column == EACH and can_open and self.row.unit_usd is None:
            return "link"
        if column == SUBTOTAL and self.row.usd is None:
            return "missing"
        return self.age if column == FROM else "plain"

    @property
    def can_set_price(self) -> bool:
        """Whether a price of the user's own can be kept for it."""
        return self.row.part_id is not None or self.row.kind == "card"

    @property
    def can_choose(self) -> bool:
        """Whether it stands for a part that has to be chosen first."""
        return self.row.part_id is None and self.row.note == NONE_CHOSEN

    @property
    def can_be_mine(self) -> bool:
        """Whether some of it can be called the user's own."""
        return self.row.owned_id is not None and self.row.mine_by_node < self.row.count


def bill_cells(row: BillRow, today: date) -> BillCells:
    """A row of the bill in words."""
    each = NO_PRICE if row.unit_usd is None else say("{0:,.2f}", row.unit_usd) + _EACH[row.unit]
    dated, age, tip = "", "plain", ""
    if row.price is not None:
        found = price_age(row.price.date, today)
        look: dict[str, Look] = {"fresh": "plain", "grey": "old", "warn": "warn", "unknown": "warn"}
        age = look[found.level]
        days = say("{0} days old", found.days) if found.level in ("grey", "warn") else ""
        kind = "" if row.price.kind == "part" else price_kind_words(row.price.kind)
        words = (row.price.date, days, kind, _SURE.get(row.price.confidence, ""))
        dated = " · ".join(word for word in words if word)
        sure = price_confidence_words(row.price.confidence)
        sure = f"{sure[:1].upper()}{sure[1:]}."
        texts = (say("Source: {0}", row.price.source), sure, found.sentence)
        tip = "\n".join(text for text in texts if text)
    elif row.unit_usd is not None:
        dated = say("typed in")
    else:
        dated = row.note
    name = say("{0} (assumed)", row.name) if row.assumed else row.name
    unit = _UNITS[row.unit]
    cells = BillCells(
        row,
        (
            say("{0:,}", row.count) + unit,
            name,
            row.kind_words,
            each,
            dated,
            say("{0:,}", row.mine) + unit,
            NO_PRICE if row.usd is None else say("{0:,.2f}", row.usd),
        ),
        age,  # type: ignore[arg-type]
        "\n".join(text for text in (row.note, tip) if text),
    )
    if row.unit_usd is None and (cells.can_set_price or cells.can_choose):
        link = CHOOSE if cells.can_choose else SET_PRICE
        linked = (*cells.texts[:EACH], link, *cells.texts[EACH + 1 :])
        cells = BillCells(row, linked, cells.age, cells.tip)
    return cells


def sum_words(total: BillSum) -> tuple[str, str]:
    """The sum, and what to know about it."""
    if total.typed_usd is not None:
        parts = say("open") if total.total is None else say("${0:,.2f}", total.total.expected)
        return (
            say("${0:,.2f}, typed in for the whole rig", total.typed_usd),
            say("It counts instead of the sum of the parts ({0}). Without tax.", parts),
        )
    if total.total is None:
        count = len(total.unpriced)
        names = comma_joined(total.unpriced[:3])
        names = say("{0} and {1} more", names, count - 3) if count > 3 else names
        return (
            say("More than ${0:,.2f}: 1 part has no price", total.known_usd)
            if count == 1
            else say("More than ${0:,.2f}: {1} parts have no price", total.known_usd, count),
            say("No price: {0}. Without tax.", names),
        )
    low, high = total.total.low, total.total.high
    if round(low) == round(high):
        return say("${0:,.2f}", total.total.expected), say("Without tax and shipping.")
    return (
        say("${0:,.2f} ({1})", total.total.expected, usd_band(low, high)),
        say("The range is how far the prices that were found lie apart. Without tax and shipping."),
    )


def as_tsv(cells: tuple[BillCells, ...], total: BillSum) -> str:
    """Rows for a spreadsheet: tabs between cells, one line each, the sum at the end."""
    lines: list[tuple[str, ...]] = [(*HEAD, say("Assumed"))]
    for cell in cells:
        row = cell.row
        texts = list(cell.texts)
        texts[PART] = row.name
        texts[EACH] = "" if row.unit_usd is None else say("{0:.2f}", row.unit_usd)
        texts[SUBTOTAL] = "" if row.usd is None else say("{0:.2f}", row.usd)
        lines.append((*texts, say("assumed") if row.assumed else ""))
    words, note = sum_words(total)
    lines.append(("", say("Total"), "", "", "", "", words, note))
    return "\n".join("\t".join(" ".join(text.split()) for text in line) for line in lines) + "\n"
