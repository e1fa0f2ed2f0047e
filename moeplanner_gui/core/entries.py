"""The rows a plan brings along, so that it opens where nobody has them. Knows no files.

A plan names rows by id. Those of the shipped catalogue are everywhere; those that its author
made are not, so a saved plan carries them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Annotated, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from moeplanner_gui.core.hardware import GpuSpec, HostSpec, PriceRow
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.plan import Plan, card_id
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.row_problems import row_problems

MAX_ROWS = 64
"""Of one kind: a plan has no more nodes than this, and few kinds of cards in each."""

_Row = TypeVar("_Row", ModelSpec, GpuSpec, HostSpec)


class Entries(BaseModel):
    """Rows of the author's own that a plan refers to, each id at most once in its kind."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    models: Annotated[tuple[ModelSpec, ...], Field(max_length=MAX_ROWS)] = ()
    gpus: Annotated[tuple[GpuSpec, ...], Field(max_length=MAX_ROWS)] = ()
    hosts: Annotated[tuple[HostSpec, ...], Field(max_length=MAX_ROWS)] = ()
    prices: Annotated[tuple[PriceRow, ...], Field(max_length=2 * MAX_ROWS)] = ()

    def __bool__(self) -> bool:
        return bool(self.models or self.gpus or self.hosts)

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


class CarryingCatalog(Protocol):
    """What is needed to collect a plan's rows: ``carried_ids`` are those that are not shipped."""

    @property
    def carried_ids(self) -> frozenset[str]: ...

    def model(self, model_id: str) -> ModelSpec: ...

    def gpu(self, gpu_id: str) -> GpuSpec: ...

    def host(self, host_id: str) -> HostSpec: ...

    def price(self, part_id: str) -> PriceRow | None: ...


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
    if not carried:
        return NO_ENTRIES
    model, cards, hosts = names_of(plan)
    models = _known(catalog.model, [model] if model in carried else [])
    gpus = _known(catalog.gpu, [card for card in cards if card in carried])
    platforms = _known(catalog.host, [host for host in hosts if host in carried])
    prices = [catalog.price(row.id) for row in gpus] + [catalog.price(row.id) for row in platforms]
    return Entries(
        models=models,
        gpus=gpus,
        hosts=platforms,
        prices=tuple(
            PriceRow(**{name: getattr(price, name) for name in PriceRow.model_fields})
            for price in prices
            if price is not None
        ),
    )


def _known(find: Callable[[str], _Row], ids: list[str]) -> tuple[_Row, ...]:
    found: list[_Row] = []
    for row_id in ids:
        try:
            found.append(find(row_id))
        except UnknownEntryError:
            continue
    return tuple(found)
