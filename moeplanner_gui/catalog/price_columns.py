"""Which column of a price list is which field of a row, sort by sort, and in which unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from moeplanner_gui.catalog.price_age import PriceSort
from moeplanner_gui.catalog.rows import PriceEntry
from moeplanner_gui.catalog.user_price_kinds import SORTS, PriceOfMine, sort_of
from moeplanner_gui.core.cost.tariffs import ApiTariff, ExchangeRate, PowerTariff
from moeplanner_gui.core.words import say

COLUMNS: Final = (
    "kind",
    "id",
    "name",
    "price",
    "unit",
    "low",
    "high",
    "cached",
    "output",
    "write",
    "batch_discount",
    "peak_multiplier",
    "peak_share",
    "peak_hours",
    "tiers",
    "serves",
    "provider",
    "card",
    "spot",
    "price_kind",
    "confidence",
    "licence",
    "date",
    "source",
    "note",
)
AMOUNTS: Final = (
    "price",
    "low",
    "high",
    "cached",
    "output",
    "write",
    "batch_discount",
    "peak_multiplier",
    "peak_share",
    "spot",
)
SORT_NAMES: Final[Mapping[str, PriceSort]] = MappingProxyType({name: name for name in SORTS})

_COMMON = {"date": "date", "source": "source", "note": "note"}
_FIELDS: Final[Mapping[PriceSort, Mapping[str, str]]] = MappingProxyType(
    {
        "hardware": {
            "id": "part_id",
            "name": "name",
            "price": "usd",
            "low": "low",
            "high": "high",
            "price_kind": "kind",
            "confidence": "confidence",
            **_COMMON,
        },
        "api": {
            "name": "name",
            "price": "input",
            "cached": "cached",
            "output": "output",
            "write": "write",
            "batch_discount": "batch_discount",
            "peak_multiplier": "peak_multiplier",
            "peak_share": "peak_share",
            "peak_hours": "peak_hours",
            "serves": "serves",
            **_COMMON,
        },
        "rent": {
            "id": "id",
            "name": "gpu",
            "price": "usd_per_gpu_hour",
            "provider": "provider",
            "card": "card_id",
            "spot": "spot_usd_per_gpu_hour",
            **_COMMON,
        },
        "electricity": {
            "id": "region",
            "name": "name",
            "price": "per_kwh",
            "confidence": "confidence",
            "licence": "licence",
            **_COMMON,
        },
        "currency": {"id": "currency", "price": "usd", "date": "date", "source": "source"},
    }
)
"""Field by column. Columns of other sorts in a row are a problem: nothing is read past."""

_OTHER_FIELDS: Final[Mapping[PriceSort, Mapping[str, str]]] = MappingProxyType(
    {
        "api": {"provider": "id", "model": "id", "tiers": "tiers"},
        "electricity": {"currency": "unit"},
    }
)
FIELD_OF: Final[Mapping[PriceSort, Mapping[str, str]]] = MappingProxyType(
    {
        sort: {field: column for column, field in fields.items()} | {**_OTHER_FIELDS.get(sort, {})}
        for sort, fields in _FIELDS.items()
    }
)
"""Column by field, to say where a problem is."""

_EXTRA: Final[Mapping[PriceSort, tuple[str, ...]]] = MappingProxyType({"api": ("id", "tiers")})
_TIER = re.compile(r"(\d+):([\d.]+)/([\d.]+)/([\d.]+)")


def unit_of(row: PriceOfMine) -> str:
    """The unit of a row's price as the list writes it."""
    if isinstance(row, PowerTariff):
        return f"{row.currency}/kWh"
    if isinstance(row, ExchangeRate):
        return f"USD/{row.currency}"
    return {"hardware": "USD", "api": "USD/Mtok", "rent": "USD/GPU-hour"}[sort_of(row)]


def unit_problem(sort: PriceSort, unit: str, row_id: str) -> str:
    """Why a unit is not that of the sort; empty when it is."""
    plain = unit.replace(" ", "")
    if sort == "electricity":
        if re.fullmatch(r"[A-Z]{3}/kWh", plain):
            return ""
        return say("Should be a currency a kWh, like EUR/kWh (got “{0}”).", unit[:40])
    wanted = {
        "hardware": "USD",
        "api": "USD/Mtok",
        "rent": "USD/GPU-hour",
        "currency": f"USD/{row_id}",
    }[sort]
    return "" if plain == wanted else say("Should be {0} (got “{1}”).", wanted, unit[:40])


def fields_of(sort: PriceSort, given: Mapping[str, str]) -> dict[str, Any] | tuple[str, str]:
    """The fields of a row from its cells, or the column and the sentence of what is wrong."""
    columns = _FIELDS[sort]
    for column in given:
        if column not in (*columns, *_EXTRA.get(sort, ()), "kind", "unit"):
            return column, say("Has no meaning for {0}.", sort)
    fields: dict[str, Any] = {
        columns[name]: text for name, text in given.items() if name in columns
    }
    if sort == "hardware":
        fields.setdefault("kind", "street_new")
        fields.setdefault("confidence", "high")
        for name in ("usd", "low", "high"):
            if name in fields:
                fields[name] = float(fields[name])
    elif sort == "electricity":
        fields["currency"] = given["unit"].replace(" ", "")[:3]
        fields.setdefault("name", given["id"])
        fields.setdefault("confidence", "high")
    elif sort == "rent":
        fields.setdefault("gpu", given.get("card", given["id"]))
        fields.setdefault("provider", "My price")
    elif sort == "api":
        provider, slash, model = given["id"].partition("/")
        if not (provider and slash and model):
            return "id", say("Should be provider/model (got “{0}”).", given["id"][:40])
        fields |= {"provider": provider, "model": model}
        fields.setdefault("name", model)
        tiers = _tiers_of(given.get("tiers", ""))
        if tiers is None:
            return "tiers", say("Should be like 200000:4/0.4/18, parted by spaces.")
        fields["tiers"] = tiers
    return fields


def cells_of(row: PriceOfMine) -> dict[str, str]:
    """A row as the cells of its columns."""
    sort = sort_of(row)
    cells = {"kind": sort, "unit": unit_of(row)}
    for column, field in _FIELDS[sort].items():
        value = getattr(row, field)
        if value is not None:
            cells[column] = _text(value)
    if isinstance(row, ApiTariff):
        cells["id"] = row.id
        cells["tiers"] = " ".join(
            f"{tier.above_tokens}:{tier.input:f}/{tier.cached:f}/{tier.output:f}"
            for tier in row.tiers
        )
    if isinstance(row, PriceEntry) and row.name is None:
        cells.pop("name", None)
    return cells


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return repr(value) if isinstance(value, float) else str(value)


def _tiers_of(text: str) -> list[dict[str, str]] | None:
    tiers = []
    for part in text.split():
        found = _TIER.fullmatch(part)
        if found is None:
            return None
        names = ("above_tokens", "input", "cached", "output")
        tiers.append(dict(zip(names, found.groups(), strict=True)))
    return tiers
