"""The catalogue as the open plan sees it: everybody's rows, the user's, and the plan's own.

Knows no Qt. A row that the open plan or one of its undo steps names never vanishes under it:
what was deleted meanwhile is kept until another plan is opened.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from moeplanner_gui.core.entries import (
    NO_ENTRIES,
    ROW_KINDS,
    TARIFF_KINDS,
    Entries,
    names_of,
    price_row,
    tariff_key,
)
from moeplanner_gui.core.hardware import PriceRow
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.words import comma_joined, listed, say

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog


class PlanCatalog:
    """Which rows stand where.

    Attributes:
        base: The shipped rows with the user's over them.
        seen: What the plan sees: ``base`` with the plan's own rows over it.
        entries: The rows that the plan brought along and that differ from those in ``base``.
    """

    def __init__(self, base: Catalog, entries: Entries = NO_ENTRIES) -> None:
        self.base: Catalog = base
        self.entries = differing(entries, base)
        self._hidden = NO_ENTRIES
        self.seen: Catalog = self._combined()

    def reload(self, base: Catalog, plan: Plan) -> Entries:
        """Take a catalogue read anew; returns the rows of ``plan`` that it has no longer.

        These become rows of the plan.
        """
        before = self.seen
        gone = _rows_of(before, _vanished(before, base))
        self._hidden = merged(self._hidden, gone)
        model, cards, hosts = names_of(plan)
        used = {model, *cards, *hosts, plan.rig.network, *(n.card_link for n in plan.rig.nodes)}
        lost = gone.without(gone.ids - used).without(self.entries.ids)
        # A price that was set meanwhile is what the user wants now, in every open plan.
        old = self.base
        set_now = {p.part_id for p in self.entries.prices if _price(old, p) != _price(base, p)}
        tariffs = self.entries.tariff_rows()
        keys = {tariff_key(k, r) for k, r in tariffs if _tariff(old, k, r) != _tariff(base, k, r)}
        self.base = base
        kept = without_prices(merged(self.entries, lost), set_now).without(keys)
        self.entries = differing(kept, base)
        self.seen = self._combined()
        return lost

    def drop(self, ids: frozenset[str]) -> None:
        """Let the user's own rows stand for the plan's where there are such rows."""
        have = {row_id for kind in ROW_KINDS for row_id in getattr(self.base, kind)}
        priced = {p.part_id for p in self.entries.prices if _price(self.base, p) is not None}
        tariffs = self.entries.tariff_rows()
        have |= {tariff_key(kind, row) for kind, row in tariffs if _tariff(self.base, kind, row)}
        self.entries = without_prices(self.entries.without(ids & have), ids & priced)
        self.seen = self._combined()

    @property
    def overruled(self) -> Entries:
        """The plan's rows that stand over other rows of the same id, and prices over others."""
        return _only(self.entries, self.base, missing=False)

    @property
    def brought(self) -> Entries:
        """The plan's rows that are only in the plan."""
        return _only(self.entries, self.base, missing=True)

    def _combined(self) -> Catalog:
        if not self.entries and not self._hidden:
            return self.base
        return self.base.with_entries(self.entries, self._hidden)


def differing(entries: Entries, base: Catalog) -> Entries:
    """The rows that ``base`` does not have just so."""
    if not entries:
        return NO_ENTRIES
    fields: dict[str, Any] = {
        kind: tuple(row for row in getattr(entries, kind) if getattr(base, kind).get(row.id) != row)
        for kind in ROW_KINDS
    }
    for kind in TARIFF_KINDS:
        rows = getattr(entries, kind)
        fields[kind] = tuple(row for row in rows if _tariff(base, kind, row) != row)
    prices = tuple(price for price in entries.prices if _price(base, price) != price)
    return entries.model_copy(update={**fields, "prices": prices})


def merged(first: Entries, second: Entries) -> Entries:
    """All rows of both; of two with the same id the one of ``second``."""
    rest = first.without(second.ids | second.tariff_keys)
    rest = without_prices(rest, {p.part_id for p in second.prices})
    fields: dict[str, Any] = {
        name: (*getattr(rest, name), *getattr(second, name)) for name in Entries.model_fields
    }
    return Entries.model_construct(**fields)


def named_rows(entries: Entries) -> str:
    """The names of rows in a sentence: “Shop card” and “My model”."""
    rows = [row for kind in ROW_KINDS for row in getattr(entries, kind)]
    names = [f"“{row.name}”" for row in rows[:3]]
    more = len(rows) - len(names)
    if more:
        return say("{0} and {1} more", comma_joined(names), more)
    return _listed(names)


def brought_words(entries: Entries, base: Catalog) -> tuple[str, str, str]:
    """What a plan brings although it is here too, what that means, and how to change it."""
    names = [*_priced_parts(entries, base), *_tariff_names(entries, base)]
    priced, many = _listed(names), len(names) > 1
    if not entries.ids and many:
        return (
            say("The plan brings its own prices of {0}.", priced),
            say("They differ from the prices here; this plan is computed with its own."),
            say("Use the prices here"),
        )
    if not entries.ids:
        return (
            say("The plan brings its own price of {0}.", priced),
            say("It differs from the price here; this plan is computed with its own."),
            say("Use the price here"),
        )
    named = named_rows(entries)
    if priced and many:
        brings = say("The plan brings its own {0} and its own prices of {1}.", named, priced)
    elif priced:
        brings = say("The plan brings its own {0} and its own price of {1}.", named, priced)
    else:
        brings = say("The plan brings its own {0}.", named)
    return (
        brings,
        say("It differs from the entry of that name here; this plan is computed with its own."),
        say("Use mine"),
    )


def _priced_parts(entries: Entries, catalog: Catalog) -> list[str]:
    """The names of parts that have prices here; those of rows are said by name."""
    names: list[str] = []
    for price in entries.prices:
        if price.part_id not in entries.ids:
            part = price.part_id
            found = catalog.gpus.get(part) or catalog.hosts.get(part) or catalog.parts.get(part)
            names.append(part if found is None else found.name)
    return names


def _tariff_names(entries: Entries, catalog: Catalog) -> list[str]:
    """What others charge for, in a few words each."""
    gpus = catalog.gpus
    rented = (
        gpus[row.card_id].name if row.card_id in gpus else row.card_id for row in entries.rents
    )
    return [
        *(say("{0} at {1}", row.name, row.provider) for row in entries.apis),
        *(say("a rented {0}", name) for name in rented),
        *(say("electricity in {0}", row.name) for row in entries.electricity),
        *(say("one {0}", row.currency) for row in entries.exchange_rates),
    ]


def _listed(names: list[str]) -> str:
    """Names in a sentence, the first three of many."""
    if len(names) > 3:
        return say("{0} and {1} more", comma_joined(names[:3]), len(names) - 3)
    return listed(names)


def without_prices(entries: Entries, part_ids: Collection[str]) -> Entries:
    """The same rows with the prices of other parts only."""
    left = tuple(price for price in entries.prices if price.part_id not in part_ids)
    return entries if left == entries.prices else entries.model_copy(update={"prices": left})


def _price(catalog: Catalog, of: PriceRow) -> PriceRow | None:
    found = catalog.price(of.part_id)
    return None if found is None else price_row(found)


_TARIFFS_OF = {
    "apis": "apis", "rents": "rental_ranges", "electricity": "power", "exchange_rates": "rates"
}  # fmt: skip


def _tariff(catalog: Catalog, kind: str, of: Any) -> Any:
    """What a catalogue has in the place of a price of others; None where it has none."""
    return getattr(catalog.tariffs, _TARIFFS_OF[kind]).get(getattr(of, TARIFF_KINDS[kind]))


def _only(entries: Entries, base: Catalog, *, missing: bool) -> Entries:
    """The rows whose id ``base`` has not (``missing``), or has."""
    out = {
        row.id
        for kind in ROW_KINDS
        for row in getattr(entries, kind)
        if (row.id not in getattr(base, kind)) is not missing
    }
    tariffs = {
        tariff_key(kind, row)
        for kind, row in entries.tariff_rows()
        if (_tariff(base, kind, row) is None) is not missing
    }
    unlike = {p.part_id for p in entries.prices if (_price(base, p) is None) is not missing}
    # The price of a row goes where the row goes.
    kept = entries.ids - out
    return without_prices(entries.without(out | tariffs), unlike - kept)


def _vanished(before: Catalog, base: Catalog) -> frozenset[str]:
    """Ids that ``base`` has no longer: rows that were deleted, or that an update took away."""
    return frozenset(
        row_id
        for kind in ROW_KINDS
        for row_id in getattr(before, kind)
        if row_id not in getattr(base, kind)
    )


def _rows_of(catalog: Catalog, ids: frozenset[str]) -> Entries:
    fields: dict[str, Any] = {
        kind: tuple(row for row in getattr(catalog, kind).values() if row.id in ids)
        for kind in ROW_KINDS
    }
    return Entries.model_construct(**fields)
