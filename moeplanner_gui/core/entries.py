"""The rows a plan brings along, so that it opens where nobody has them. Knows no files.

A plan names rows by id. Those of the shipped catalogue are everywhere; those that its author
made are not, nor are the prices that its author set for parts, so a saved plan carries them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Annotated, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from moeplanner_gui.core.bill import bill
from moeplanner_gui.core.hardware import GpuSpec, HostSpec, PriceRow
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.plan import Plan, card_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.row_problems import row_problems

MAX_ROWS = 64
"""Of one kind: a plan has no more nodes than this, and few kinds of cards in each."""
MAX_PRICES = 1024
"""Of all parts, the assumed ones and those they were chosen among by price."""

_Row = TypeVar("_Row", ModelSpec, GpuSpec, HostSpec)


class Entries(BaseModel):
    """Rows of the author's own that a plan refers to, each id at most once in its kind."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    models: Annotated[tuple[ModelSpec, ...], Field(max_length=MAX_ROWS)] = ()
    gpus: Annotated[tuple[GpuSpec, ...], Field(max_length=MAX_ROWS)] = ()
    hosts: Annotated[tuple[HostSpec, ...], Field(max_length=MAX_ROWS)] = ()
    prices: Annotated[tuple[PriceRow, ...], Field(max_length=MAX_PRICES)] = ()

    def __bool__(self) -> bool:
        return bool(self.models or self.gpus or self.hosts or self.prices)

    @model_validator(mode="after")
    def _sound(self) -> Entries:
        _refuse_unsound(self.models)
        _refuse_unsound(self.gpus)
        _refuse_unsound(self.hosts)
        return self

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all rows."""
        models, gpus = (row.id for row in self.models), (row.id for row in self.gpus)
        return frozenset((*models, *gpus, *(row.id for row in self.hosts)))

    def without(self, ids: Collection[str]) -> Entries:
        """The other rows."""
        return self.model_copy(
            update={
                "models": tuple(row for row in self.models if row.id not in ids),
                "gpus": tuple(row for row in self.gpus if row.id not in ids),
                "hosts": tuple(row for row in self.hosts if row.id not in ids),
                "prices": tuple(row for row in self.prices if row.part_id not in ids),
            }
        )


def _refuse_unsound(rows: Sequence[ModelSpec | GpuSpec | HostSpec]) -> None:
    seen: set[str] = set()
    for row in rows:
        for field, message in row_problems(row):
            raise ValueError(f"{row.id or 'a row without an id'}, {field}: {message}")
        if row.id in seen:
            raise ValueError(f"the id {row.id} is given twice")
        seen.add(row.id)


NO_ENTRIES = Entries()


class CarryingCatalog(CatalogReader, Protocol):
    """What is needed to collect a plan's rows: ``carried_ids`` are those that are not shipped,
    ``carried_price_ids`` the parts whose price is not the shipped one.
    """

    @property
    def carried_ids(self) -> frozenset[str]: ...

    @property
    def carried_price_ids(self) -> frozenset[str]: ...


def names_of(plan: Plan) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The model, the cards and the hosts that a plan names, each id once, in order."""
    nodes = plan.rig.nodes
    cards = (card_id(card) for node in nodes for card in node.gpus)
    return (
        plan.model,
        tuple(dict.fromkeys(card for card in cards if card is not None)),
        tuple(dict.fromkeys(node.host for node in nodes if node.host is not None)),
    )


def entries_of(plan: Plan, catalog: CarryingCatalog) -> Entries:
    """The rows that the plan has to bring along: those it names and that are not shipped.

    A row that the catalogue does not have is left out; opening the plan says so anyway.
    """
    carried = catalog.carried_ids
    if not carried and not catalog.carried_price_ids:
        return NO_ENTRIES
    model, cards, hosts = names_of(plan)
    return Entries(
        models=_known(catalog.model, [model] if model in carried else []),
        gpus=_known(catalog.gpu, [card for card in cards if card in carried]),
        hosts=_known(catalog.host, [host for host in hosts if host in carried]),
        prices=_prices(plan, catalog, (*cards, *hosts)),
    )


_CHOSEN_BY_PRICE = frozenset({"board", "psu", "nic"})
"""Of these the cheapest or the smallest priced one is assumed: a price decides which."""


def _prices(plan: Plan, catalog: CarryingCatalog, named: tuple[str, ...]) -> tuple[PriceRow, ...]:
    """The author's prices of all that is in the bill, and of what is assumed by its price."""
    own = catalog.carried_price_ids
    if not own:
        return ()
    lines = (line.part_id for line in bill(plan, catalog) if line.part_id is not None)
    rivals = (row.id for row in catalog.parts.values() if row.kind in _CHOSEN_BY_PRICE)
    ids = [name for name in dict.fromkeys((*named, *lines, *rivals)) if name in own]
    found = (catalog.price(name) for name in ids)
    return tuple(price_row(price) for price in found if price is not None)


def price_row(price: PriceRow) -> PriceRow:
    """A price without what only the catalogue's files have."""
    return PriceRow(**{name: getattr(price, name) for name in PriceRow.model_fields})


def _known(find: Callable[[str], _Row], ids: list[str]) -> tuple[_Row, ...]:
    found: list[_Row] = []
    for row_id in ids:
        try:
            found.append(find(row_id))
        except UnknownEntryError:
            continue
    return tuple(found)
