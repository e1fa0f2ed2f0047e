"""What differs between two catalogues: rows by kind, and prices. Reads both, changes neither."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from pydantic import BaseModel

from moeplanner_gui.catalog.bundle import ALL_KINDS
from moeplanner_gui.catalog.read_rows import read_kind
from moeplanner_gui.catalog.rows import Kind
from moeplanner_gui.core.records import dataclass

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog


@dataclass(frozen=True, slots=True)
class KindChanges:
    """What differs in one kind of row: ids of rows; prices have none and are counted.

    Attributes:
        kind: The kind's noun.
        added: Ids of new rows.
        changed: Ids of rows that have other figures.
        removed: Ids of rows that are gone.
        rows: How many there are afterwards.
        names: What a row is called, by id, where it has a name.
        fields: Which fields of a changed row are others, by id.
    """

    kind: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    rows: int
    names: Mapping[str, str] = MappingProxyType({})
    fields: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PriceChange:
    """The shown price of a part in USD before and afterwards; None where there is none."""

    part_id: str
    before: float | None
    after: float | None
    name: str = ""

    @property
    def percent(self) -> float | None:
        """How much dearer it is."""
        if not self.before or self.after is None:
            return None
        return 100 * (self.after / self.before - 1)


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two catalogues; kinds without a difference are left out."""

    kinds: tuple[KindChanges, ...]
    prices: tuple[PriceChange, ...]

    def __bool__(self) -> bool:
        return bool(self.kinds or self.prices)


def changes_between(before: Path, after: Path) -> Changes:
    """What ``after`` has otherwise than ``before``."""
    from moeplanner_gui.catalog.load import load_catalog

    kinds = tuple(
        found
        for kind in ALL_KINDS
        if (found := _of_kind(kind, _rows(before, kind), _rows(after, kind))) is not None
    )
    old, new = load_catalog(before), load_catalog(after)
    parts = sorted({row.part_id for row in (*old.prices, *new.prices)})
    prices = tuple(
        PriceChange(part, was, is_now, _part_name(part, new, old))
        for part in parts
        if (was := _usd(old.price(part))) != (is_now := _usd(new.price(part)))
    )
    return Changes(kinds, prices)


def _rows(folder: Path, kind: Kind) -> tuple[BaseModel, ...]:
    return read_kind(folder, kind)[0]


def _of_kind(
    kind: Kind, before: Iterable[BaseModel], after: Iterable[BaseModel]
) -> KindChanges | None:
    if kind.id_field is None:
        return _counted(kind, before, after)
    name = kind.id_field
    old = {str(getattr(row, name)): row for row in before}
    new = {str(getattr(row, name)): row for row in after}
    added = tuple(key for key in new if key not in old)
    removed = tuple(key for key in old if key not in new)
    changed = tuple(key for key, row in new.items() if key in old and old[key] != row)
    if not (added or removed or changed):
        return None
    told = {key: str(getattr(row, "name", "") or key) for key, row in {**old, **new}.items()}
    return KindChanges(
        kind.noun,
        added,
        changed,
        removed,
        len(new),
        names={key: told[key] for key in (*added, *changed, *removed)},
        fields={key: _other_fields(old[key], new[key]) for key in changed},
    )


def _other_fields(before: BaseModel, after: BaseModel) -> tuple[str, ...]:
    names = type(after).model_fields
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def _part_name(part: str, *catalogs: Catalog) -> str:
    """What a price is of: a card, a host, a part, or what the price row says itself."""
    for catalog in catalogs:
        row = catalog.gpus.get(part) or catalog.hosts.get(part) or catalog.parts.get(part)
        if row is not None:
            return row.name
        price = catalog.price(part)
        if price is not None and price.name:
            return price.name
    return part


def _counted(
    kind: Kind, before: Iterable[BaseModel], after: Iterable[BaseModel]
) -> KindChanges | None:
    """Rows without an id: those that are only on one side."""
    old = Counter(row.model_dump_json() for row in before)
    new = Counter(row.model_dump_json() for row in after)
    named = {text: _part_of(text) for text in (old - new) + (new - old)}
    added = tuple(sorted(named[text] for text in (new - old).elements()))
    removed = tuple(sorted(named[text] for text in (old - new).elements()))
    if not (added or removed):
        return None
    return KindChanges(kind.noun, added, (), removed, new.total())


def _part_of(text: str) -> str:
    import json

    return str(json.loads(text).get("part_id", ""))


def _usd(price: object) -> float | None:
    usd = getattr(price, "usd", None)
    return None if usd is None else float(usd)
