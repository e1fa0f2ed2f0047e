"""One line of a bill of materials, and how a part becomes one."""

from __future__ import annotations

from typing import Literal

from moeplanner_gui.core.hardware import PriceRow
from moeplanner_gui.core.parts import PART_WORDS, PartKind, PartSpec
from moeplanner_gui.core.plan import typed_card_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

LineKind = Literal["card", "host", "server", "network"] | PartKind
LINE_WORDS: dict[str, str] = {
    **PART_WORDS,
    "card": say("Card"),
    "host": say("Computer"),
    "server": say("Server"),
    "network": say("Network"),
}
NOT_IN_CATALOGUE = say("not in the catalogue")


@dataclass(frozen=True, slots=True)
class BillLine:
    """So many of one part.

    ``count`` is in ``unit``: pieces, GB (2**30 bytes) of memory or TB (10**12) of disk.
    ``mine`` of them are there already. ``unit_usd`` is USD without tax, None when no price is
    known; ``price`` is its row, None for one that stands in the plan itself. ``assumed``: nobody
    chose it.
    """

    kind: LineKind
    name: str
    node: int | None
    count: int
    part_id: str | None = None
    unit: Literal["each", "gb", "tb"] = "each"
    unit_usd: float | None = None
    price: PriceRow | None = None
    mine: int = 0
    assumed: bool = False
    note: str = ""

    @property
    def owned_id(self) -> str | None:
        """The id by which pieces of it are counted as the user's own, None where none can be."""
        if self.part_id is None and self.kind == "card":
            return typed_card_id(self.name)
        return self.part_id

    @property
    def to_buy(self) -> int:
        """How many are not there yet."""
        return self.count - self.mine

    @property
    def usd(self) -> float | None:
        """The price of what is to buy; None while it is unknown. What is there costs nothing."""
        if self.to_buy == 0:
            return 0.0
        return None if self.unit_usd is None else self.unit_usd * self.to_buy


def priced_line(part_id: str, count: int, catalog: CatalogReader) -> BillLine:
    """So many of a part with its price; one that nobody knows stays under its id."""
    row: PartSpec | None = catalog.parts.get(part_id)
    price = catalog.price(part_id)
    usd = None if price is None else price.usd
    if row is None:
        # A plan of a newer or of somebody else's catalogue: the part stays, under its id.
        return BillLine(
            "host", part_id, 0, count, part_id, "each", usd, price, note=NOT_IN_CATALOGUE
        )
    name = row.name
    return BillLine(row.kind, name, 0, count, part_id, row.unit, usd, price, note=row.notes or "")


def is_second_hand(line: BillLine, catalog: CatalogReader) -> bool:
    """True where what is still to buy of a line has the price of a used one."""
    if not line.to_buy:
        return False
    row: PartSpec | None = catalog.parts.get(line.part_id or "")
    return (row is not None and row.is_used) or (
        line.price is not None and line.price.kind == "used"
    )


def unlisted_line(
    kind: LineKind,
    part_id: str,
    name: str,
    count: int,
    catalog: CatalogReader,
    *,
    note: str = "",
) -> BillLine:
    """What has to be bought and has no row in the catalogue: only the user can know its price,
    which is kept under ``part_id``.
    """
    price = catalog.price(part_id)
    usd = None if price is None else price.usd
    note = note if price is None else ""
    return BillLine(kind, name, 0, count, part_id, "each", usd, price, note=note)
