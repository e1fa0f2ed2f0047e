"""The rows a plan brings along, so that it opens where nobody has them. Knows no files.

A plan names rows by id. Those of the shipped catalogue are everywhere; those that its author
made are not, nor are the prices that its author set or fetched, so a saved plan carries them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Final, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from moeplanner_gui.core.bill import bill
from moeplanner_gui.core.hardware import GpuSpec, HostSpec, LinkSpec, NetworkSpec, PriceRow
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.plan import ApiById, Plan, card_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.row_problems import row_problems
from moeplanner_gui.core.words import say

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

    from moeplanner_gui.core.cost.data import TariffData
    from moeplanner_gui.core.cost.tariffs import ApiTariff, ExchangeRate, PowerTariff, RentalRange

ROW_KINDS: Final = ("models", "gpus", "hosts", "networks", "links")
"""Kinds of rows that a plan names by their ids."""
TARIFF_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {"apis": "id", "rents": "card_id", "electricity": "region", "exchange_rates": "currency"}
)
"""Kinds of prices of others, with the name of each one's id."""
MAX_ROWS = 64
"""Of one kind: a plan has no more nodes than this, and few kinds of cards in each."""
MAX_PRICES = 1024
"""Of all parts, the assumed ones and those they were chosen among by price."""

_Row = TypeVar("_Row", ModelSpec, GpuSpec, HostSpec)
_Tariff = TypeVar("_Tariff", bound=BaseModel)


class _LateRows:
    """Rows of a type of ``core.cost.tariffs``, which is read when a plan first brings rows."""

    def __init__(self, type_name: str) -> None:
        self._type_name = type_name

    def __get_pydantic_core_schema__(
        self, _source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        from moeplanner_gui.core.cost import tariffs

        row_type: Any = getattr(tariffs, self._type_name)
        return handler.generate_schema(tuple.__class_getitem__((row_type, ...)))


if TYPE_CHECKING:
    _Apis: TypeAlias = tuple[ApiTariff, ...]
    _Rents: TypeAlias = tuple[RentalRange, ...]
    _Power: TypeAlias = tuple[PowerTariff, ...]
    _Rates: TypeAlias = tuple[ExchangeRate, ...]
else:
    _Apis = Annotated[Any, _LateRows("ApiTariff")]
    _Rents = Annotated[Any, _LateRows("RentalRange")]
    _Power = Annotated[Any, _LateRows("PowerTariff")]
    _Rates = Annotated[Any, _LateRows("ExchangeRate")]


class Entries(BaseModel):
    """Rows of the author's own that a plan refers to, each id at most once in its kind."""

    # Built when a plan first brings rows: the first picture waits for none.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    models: Annotated[tuple[ModelSpec, ...], Field(max_length=MAX_ROWS)] = ()
    gpus: Annotated[tuple[GpuSpec, ...], Field(max_length=MAX_ROWS)] = ()
    hosts: Annotated[tuple[HostSpec, ...], Field(max_length=MAX_ROWS)] = ()
    prices: Annotated[tuple[PriceRow, ...], Field(max_length=MAX_PRICES)] = ()
    networks: Annotated[tuple[NetworkSpec, ...], Field(max_length=MAX_ROWS)] = ()
    links: Annotated[tuple[LinkSpec, ...], Field(max_length=MAX_ROWS)] = ()
    apis: Annotated[_Apis, Field(max_length=MAX_ROWS)] = ()
    rents: Annotated[_Rents, Field(max_length=MAX_ROWS)] = ()
    electricity: Annotated[_Power, Field(max_length=MAX_ROWS)] = ()
    exchange_rates: Annotated[_Rates, Field(max_length=MAX_ROWS)] = ()

    def __bool__(self) -> bool:
        return any(self.__dict__.values())

    @model_validator(mode="after")
    def _sound(self) -> Entries:
        for kind in ROW_KINDS:
            _refuse_unsound(getattr(self, kind), "id")
        for kind, name in TARIFF_KINDS.items():
            _refuse_unsound(getattr(self, kind), name)
        for price in self.prices:
            for field, message in row_problems(price):
                raise ValueError(f"{price.part_id[:200]}, {field}: {message}")
        for rent in self.rents:
            if not rent.low <= rent.expected <= rent.high:
                raise ValueError(say("{0}, expected: Is not between low and high.", rent.card_id))
        return self

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all rows; prices have none."""
        return frozenset(row.id for kind in ROW_KINDS for row in getattr(self, kind))

    @property
    def tariff_keys(self) -> frozenset[str]:
        """What tells the prices of others apart, as :func:`tariff_key` says."""
        return frozenset(tariff_key(kind, row) for kind, row in self.tariff_rows())

    def tariff_rows(self) -> Iterator[tuple[str, Any]]:
        """(kind, row) of every price of others."""
        for kind in TARIFF_KINDS:
            for row in getattr(self, kind):
                yield kind, row

    def without(self, ids: Collection[str]) -> Entries:
        """The other rows. ``ids`` may hold keys of prices of others too."""
        left: dict[str, Any] = {
            kind: tuple(row for row in getattr(self, kind) if row.id not in ids)
            for kind in ROW_KINDS
        }
        left["prices"] = tuple(row for row in self.prices if row.part_id not in ids)
        for kind in TARIFF_KINDS:
            rows = getattr(self, kind)
            left[kind] = tuple(row for row in rows if tariff_key(kind, row) not in ids)
        return self.model_copy(update=left)


def tariff_key(kind: str, row: BaseModel) -> str:
    """``apis:deepseek/deepseek-v4-flash``: no id of a card or a host looks like it."""
    return f"{kind}:{getattr(row, TARIFF_KINDS[kind])}"


def _refuse_unsound(rows: Iterable[BaseModel], id_name: str) -> None:
    seen: set[str] = set()
    for row in rows:
        row_id: str = getattr(row, id_name)
        for field, message in row_problems(row):
            raise ValueError(f"{row_id or 'a row without an id'}, {field}: {message}")
        if row_id in seen:
            raise ValueError(say("the id {0} is given twice", row_id))
        seen.add(row_id)


NO_ENTRIES = Entries.model_construct()


class CarryingCatalog(CatalogReader, Protocol):
    """What is needed to collect a plan's rows: ``carried_ids`` are those that are not shipped,
    ``carried_price_ids`` the parts whose price is not the shipped one; ``shipped_tariffs`` are
    the prices of others that everybody has.
    """

    @property
    def carried_ids(self) -> frozenset[str]: ...

    @property
    def carried_price_ids(self) -> frozenset[str]: ...

    @property
    def shipped_tariffs(self) -> TariffData: ...


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
    tariffs = _tariffs(plan, catalog)
    if not carried and not catalog.carried_price_ids and not tariffs:
        return NO_ENTRIES
    model, cards, hosts = names_of(plan)
    networks = catalog.networks
    network = plan.rig.network
    return Entries(
        models=_known(catalog.model, [model] if model in carried else []),
        gpus=_known(catalog.gpu, [card for card in cards if card in carried]),
        hosts=_known(catalog.host, [host for host in hosts if host in carried]),
        prices=_prices(plan, catalog, (*cards, *hosts)),
        networks=(networks[network],) if network in carried and network in networks else (),
        # Which link is used follows from card, slot and host: any of them may be it.
        links=tuple(row for row in catalog.links.values() if row.id in carried)[:MAX_ROWS],
        **tariffs,
    )


def _tariffs(plan: Plan, catalog: CarryingCatalog) -> dict[str, Any]:
    """The prices of others that the plan names and that are not the shipped ones."""
    economics, found = plan.economics, dict[str, Any]()
    chosen = [api for api in (economics.api, *economics.other_apis) if isinstance(api, ApiById)]
    region, rent = economics.electricity_region, economics.rent
    if not chosen and region is None and rent is None:
        return found
    seen, shipped = catalog.tariffs, catalog.shipped_tariffs
    if seen is shipped:
        return found
    keys = dict.fromkeys(f"{api.provider}/{api.model}" for api in chosen)
    found["apis"] = _unlike(seen.apis, shipped.apis, keys) if chosen else ()
    if rent is not None:
        found["rents"] = _unlike(seen.rental_ranges, shipped.rental_ranges, [rent.gpu])
    if region is not None:
        found["electricity"] = _unlike(seen.power, shipped.power, [region])
        currencies = [seen.power[region].currency] if region in seen.power else []
        found["exchange_rates"] = _unlike(seen.rates, shipped.rates, currencies)
    return {kind: rows for kind, rows in found.items() if rows}


def _unlike(
    seen: Mapping[str, _Tariff], shipped: Mapping[str, _Tariff], ids: Iterable[str]
) -> tuple[_Tariff, ...]:
    rows = ((row_id, seen.get(row_id)) for row_id in ids)
    return tuple(row for row_id, row in rows if row is not None and row != shipped.get(row_id))


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
