"""Reads the catalogue files into rows. A broken row is left out and named; the rest loads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from moeplanner_gui.catalog import paths
from moeplanner_gui.catalog.claim_files import ClaimFiles
from moeplanner_gui.catalog.installed import InForce, in_force, not_for_this_version
from moeplanner_gui.catalog.plan_tariffs import PlanTariffs
from moeplanner_gui.catalog.prices import CONFIDENCE_ORDER, KIND_ORDER, choose_price
from moeplanner_gui.catalog.problems import CatalogProblem
from moeplanner_gui.catalog.read_rows import Reading
from moeplanner_gui.catalog.row_cache import read_catalogue
from moeplanner_gui.catalog.rows import (
    KINDS,
    KnownModel,
    PriceEntry,
)
from moeplanner_gui.catalog.speed_files import SpeedFiles
from moeplanner_gui.catalog.tariff_files import TariffFiles
from moeplanner_gui.core.entries import NO_ENTRIES, Entries
from moeplanner_gui.core.hardware import GpuSpec, HostSpec, LinkSpec, NetworkSpec, PriceRow
from moeplanner_gui.core.kernels import KernelRule
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.parts import PartSpec, PresetSpec
from moeplanner_gui.core.ports import UnknownEntryError

if TYPE_CHECKING:
    from moeplanner_gui.core.cost.part_price import PartPrice

_Row = TypeVar("_Row")
_RowWithId = TypeVar("_RowWithId", ModelSpec, GpuSpec, HostSpec)


class Catalog:
    """Rows by id, in the order of their files; implements ``core.ports.CatalogReader``.

    Attributes:
        models: Model rows by id.
        known_names: Models by id of which too little is known to estimate them.
        gpus: Card rows by id, in the order a list shows them.
        hosts: Host platforms by id.
        networks: Networks between nodes by id.
        links: Links inside a node by id.
        parts: Boards, processors, supplies and other parts by id.
        presets: By host id the parts that are taken for it until others are chosen.
        kernels: What each engine's kernels need of a card.
        prices: Every price row; :meth:`price` picks one.
        problems: What was left out, and why.
        date: The newest date of any shipped file, ``YYYY-MM-DD``; empty when nothing was read.
        speed: Constants of the speed model and published measurements, read when first asked for.
        tariffs: Prices of APIs, rent and electricity, read when first asked for.
        claims: Published claims, read when first asked for.
        user_ids: Ids of rows that came from the user's own files.
        user_price_ids: Parts whose price came from there.
        added_ids: Ids of rows that came with an update of the catalogue, not with the program.
        entries: Rows that the open plan brought along; they stand over all others.
        shipped: The same catalogue without the user's and the plan's rows.
    """

    def __init__(
        self,
        rows: Mapping[str, Mapping[str, BaseModel]],
        prices: tuple[PriceEntry, ...] = (),
        problems: tuple[CatalogProblem, ...] = (),
        date: str = "",
        user_ids: frozenset[str] = frozenset(),
        folder: Path | None = None,
    ) -> None:
        self.models: Mapping[str, ModelSpec] = _of_type(rows.get("models", {}), ModelSpec)
        self.known_names: Mapping[str, KnownModel] = _of_type(
            rows.get("known_models", {}), KnownModel
        )
        self.gpus: Mapping[str, GpuSpec] = _of_type(rows.get("gpus", {}), GpuSpec)
        self.hosts: Mapping[str, HostSpec] = _of_type(rows.get("hosts", {}), HostSpec)
        self.networks: Mapping[str, NetworkSpec] = _of_type(rows.get("networks", {}), NetworkSpec)
        self.links: Mapping[str, LinkSpec] = _of_type(rows.get("links", {}), LinkSpec)
        self.parts: Mapping[str, PartSpec] = _of_type(rows.get("parts", {}), PartSpec)
        presets = _of_type(rows.get("presets", {}), PresetSpec).values()
        self.presets: Mapping[str, PresetSpec] = MappingProxyType({p.host: p for p in presets})
        self.kernels: tuple[KernelRule, ...] = tuple(
            _of_type(rows.get("kernels", {}), KernelRule).values()
        )
        self.prices = prices
        self.problems = problems
        self.date = date
        self.user_ids = user_ids
        self.user_price_ids: frozenset[str] = frozenset()
        self.added_ids: frozenset[str] = frozenset()
        self.entries = NO_ENTRIES
        self.shipped = self
        self._base = self
        self._hidden = NO_ENTRIES
        self._speed = SpeedFiles(folder)
        self.tariffs = TariffFiles(folder)
        self.claims = ClaimFiles(folder)

    @property
    def speed(self) -> SpeedFiles:
        """Constants of the speed model and published measurements; the same for all copies."""
        return self._speed

    @property
    def carried_ids(self) -> frozenset[str]:
        """Ids that another machine may not have: a saved plan brings their rows along."""
        return self.user_ids | self.added_ids | self.entries.ids | self._hidden.ids

    @property
    def carried_price_ids(self) -> frozenset[str]:
        """Parts whose price another machine may not have."""
        carried = {price.part_id for price in self.entries.prices}
        return self.user_price_ids | self.added_ids | carried

    @property
    def shipped_tariffs(self) -> TariffFiles:
        """Prices of others that every machine with this version has."""
        return self.shipped.tariffs

    @property
    def base(self) -> Catalog:
        """The catalogue without the rows of a plan."""
        return self._base

    def with_entries(self, entries: Entries, hidden: Entries = NO_ENTRIES) -> Catalog:
        """The base catalogue with a plan's rows over it.

        Args:
            entries: Rows that the plan brings along; they replace rows of the same id.
            hidden: Rows that are found by their id and listed nowhere: they were deleted, but
                an edit that is undone may name them again.
        """
        base = self._base
        if not entries and not hidden:
            return base
        changed = base._copy(
            {
                "models": {row.id: row for row in entries.models},
                "gpus": {row.id: row for row in entries.gpus},
                "hosts": {row.id: row for row in entries.hosts},
                "networks": {row.id: row for row in entries.networks},
                "links": {row.id: row for row in entries.links},
            },
            tuple(_price_entry(price) for price in entries.prices),
        )
        changed.entries, changed._base, changed._hidden = entries, base, hidden
        if any(entries.tariff_rows()):
            changed.tariffs = PlanTariffs(entries, base.tariffs)
        return changed

    def model(self, model_id: str) -> ModelSpec:
        """The model row.

        Raises UnknownEntryError with the closest ids, or with what is known of a model that is
        known by name only.
        """
        row = self.models.get(model_id)
        if row is not None:
            return row
        name = self.known_names.get(model_id.lower())
        if name is not None:
            raise UnknownEntryError("model", model_id, known=name.sentence)
        return _find_hidden(self._hidden.models, self.models, "model", model_id)

    def gpu(self, gpu_id: str) -> GpuSpec:
        """The card row. Raises UnknownEntryError with the closest ids."""
        row = self.gpus.get(gpu_id)
        return row or _find_hidden(self._hidden.gpus, self.gpus, "gpu", gpu_id)

    def host(self, host_id: str) -> HostSpec:
        """The host row. Raises UnknownEntryError with the closest ids."""
        row = self.hosts.get(host_id)
        return (
            row
            if row is not None
            else _find_hidden(self._hidden.hosts, self.hosts, "host", host_id)
        )

    def price(self, part_id: str) -> PriceEntry | None:
        """The price to show for a part, None when none is known; see ``prices.choose_price``."""
        return self._chosen_prices.get(part_id)

    def price_range(self, part_id: str) -> PartPrice | None:
        """Low, expected and high of that price; see ``price_range.price_range``."""
        # Imported here: only a band of costs needs it.
        from moeplanner_gui.catalog.price_range import price_range

        return price_range(self.prices_of(part_id))

    def prices_of(self, part_id: str) -> tuple[PriceEntry, ...]:
        """Every price of a part, in file order."""
        return tuple(row for row in self.prices if row.part_id == part_id)

    def _copy(
        self, over: Mapping[str, Mapping[str, BaseModel]], prices: tuple[PriceEntry, ...]
    ) -> Catalog:
        """A copy with rows and prices over these; all else is the same object."""
        changed = copy(self)
        changed.__dict__.pop("_chosen_prices", None)
        for name in ("models", "gpus", "hosts", "networks", "links"):
            if rows := over.get(name):
                setattr(changed, name, MappingProxyType({**getattr(self, name), **rows}))
        replaced = {row.part_id for row in prices}
        kept = (row for row in self.prices if row.part_id not in replaced)
        changed.prices = (*prices, *kept)
        return changed

    @cached_property
    def _chosen_prices(self) -> dict[str, PriceEntry]:
        by_part: dict[str, list[PriceEntry]] = {}
        for row in self.prices:
            by_part.setdefault(row.part_id, []).append(row)
        chosen = ((part, choose_price(rows)) for part, rows in by_part.items())
        return {part: row for part, row in chosen if row is not None}


def load_catalog(folder: Path | None = None, user_folder: Path | None = None) -> Catalog:
    """Read the shipped catalogue and the user's own rows over it.

    A row of the user replaces the shipped row of the same id and keeps its place; the user's
    prices of a part replace all shipped ones of it. Nothing that a file contains raises:
    what cannot be used is in ``Catalog.problems``.

    Args:
        folder: The catalogue; the shipped one, or a newer one that was installed, when left out.
        user_folder: The user's rows; the platform's folder when both are left out, none when
            only ``folder`` is given. It does not have to exist.
    """
    if user_folder is None and folder is None:
        user_folder = paths.user_catalogs_dir()
    counts = in_force() if folder is None else InForce(folder)
    reading = Reading(folder, by_path=False) if folder else read_catalogue(counts.folder)
    if counts.update and reading.problems:
        counts = not_for_this_version(counts)
        reading = read_catalogue(counts.folder)
    folder = counts.folder
    shipped = Catalog(
        {kind.folder: reading.by_id(kind) for kind in KINDS if kind.id_field is not None},
        prices=tuple(row for row in reading.rows("prices") if isinstance(row, PriceEntry)),
        problems=(*_update_problem(counts), *reading.problems),
        date=max(reading.dates, default=""),
        folder=folder,
    )
    shipped.added_ids = counts.added
    return with_user_rows(shipped, user_folder)


def _update_problem(counts: InForce) -> tuple[CatalogProblem, ...]:
    """Why an update that was installed is not used."""
    if not counts.problem:
        return ()
    return (CatalogProblem(counts.problem_file, "", "", counts.problem),)


def with_user_rows(shipped: Catalog, user_folder: Path | None) -> Catalog:
    """The shipped catalogue with the user's rows, read now, over it.

    The shipped rows stay the same objects, so that what was worked out for them stays known.
    """
    if user_folder is None or not user_folder.is_dir():
        return shipped
    own = Reading(user_folder, by_path=True)
    kinds = [kind for kind in KINDS if kind.id_field is not None]
    prices = tuple(row for row in own.rows("prices") if isinstance(row, PriceEntry))
    changed = shipped._copy({kind.folder: own.by_id(kind) for kind in kinds}, prices)
    changed.problems = (*shipped.problems, *own.problems)
    # A row that the user saved today does not make the shipped figures any fresher.
    changed.date = shipped.date or max(own.dates, default="")
    changed.user_ids = frozenset(key for kind in kinds for key in own.by_id(kind))
    changed.user_price_ids = frozenset(price.part_id for price in prices)
    changed.tariffs = shipped.tariffs.under(user_folder)
    changed.claims = shipped.claims.under(user_folder)
    changed.shipped, changed._base = shipped, changed
    return changed


def _of_type(rows: Mapping[str, BaseModel], row_type: type[_Row]) -> Mapping[str, _Row]:
    return MappingProxyType({key: row for key, row in rows.items() if isinstance(row, row_type)})


def _find_hidden(
    hidden: Iterable[_RowWithId], rows: Mapping[str, _RowWithId], kind: str, wanted: str
) -> _RowWithId:
    for row in hidden:
        if row.id == wanted:
            return row
    raise UnknownEntryError(kind, wanted, _closest(wanted, rows))


def _price_entry(price: PriceRow) -> PriceEntry:
    """A plan's price as a row of the catalogue; what kind it is may be a word we do not know."""
    given = price.model_dump(include=set(PriceRow.model_fields))
    given["kind"] = price.kind if price.kind in KIND_ORDER else "street_new"
    given["confidence"] = price.confidence if price.confidence in CONFIDENCE_ORDER else "low"
    return PriceEntry(**given, name=price.part_id)


def _closest(wanted: str, known: Iterable[str]) -> tuple[str, ...]:
    # Imported here: only a wrong id needs it.
    from difflib import get_close_matches

    ids = list(known)
    lowered = wanted.lower()[:200]
    starting: Iterator[str] = (key for key in ids if key.startswith(lowered[:4]) and lowered)
    return tuple(get_close_matches(lowered, ids, n=3, cutoff=0.5)) or tuple(starting)[:3]
