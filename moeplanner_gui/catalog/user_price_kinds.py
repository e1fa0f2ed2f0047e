"""The sorts of prices a user keeps, and where each lies in the folder of their rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel

from moeplanner_gui.catalog.price_age import PriceSort
from moeplanner_gui.catalog.prices import dated_day
from moeplanner_gui.catalog.rows import KINDS, Kind, PriceEntry
from moeplanner_gui.catalog.tariff_kinds import APIS, ELECTRICITY, RATES, RENTALS
from moeplanner_gui.core.cost.tariffs import ApiTariff, ExchangeRate, PowerTariff, RentalPrice
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

PriceOfMine = PriceEntry | ApiTariff | RentalPrice | PowerTariff | ExchangeRate

MOST_USD_A_PART: Final = 10_000_000
"""Above any rack; a price of 10^12 is a typing error."""
MOST_USD_A_UNIT: Final = 1_000
"""The dearest currency is at three."""


@dataclass(frozen=True, slots=True)
class SortOfPrice:
    """Where one sort of prices lies. ``file`` takes rows that are in none of the user's yet."""

    kind: Kind
    id_field: str
    file: str


SORTS: Final[Mapping[PriceSort, SortOfPrice]] = MappingProxyType(
    {
        "hardware": SortOfPrice(
            next(kind for kind in KINDS if kind.noun == "price"), "part_id", "mine.json"
        ),
        "api": SortOfPrice(APIS, "id", "mine.json"),
        "rent": SortOfPrice(RENTALS, "id", "rentals-mine.json"),
        "electricity": SortOfPrice(ELECTRICITY, "region", "electricity-mine.json"),
        "currency": SortOfPrice(RATES, "currency", "exchange-rates-mine.json"),
    }
)


def sort_of(row: BaseModel) -> PriceSort:
    """Which sort a row is.

    Raises:
        TypeError: It is no price.
    """
    for name, sort in SORTS.items():
        if isinstance(row, sort.kind.row_type):
            return name
    raise TypeError(f"{type(row).__name__} is no price.")


def price_problem(row: PriceOfMine, today: dt.date) -> tuple[str, str] | None:
    """(field, sentence) of the first thing that its types do not catch; None when it is sound."""
    day = dated_day(row.date)
    if day is None:
        return "date", say(
            "Should be a day, a month or a year like 2026-11-22 (got “{0}”).", row.date
        )
    if day > today and row.date not in (f"{today:%Y-%m}", f"{today:%Y}"):
        return "date", say("Lies in the future ({0}).", row.date)
    if not row.source.strip():
        return "source", say("Is empty: say where the price was read.")
    if isinstance(row, PriceEntry):
        return _part_problem(row)
    if isinstance(row, ApiTariff):
        return _api_problem(row)
    if isinstance(row, ExchangeRate) and row.usd > MOST_USD_A_UNIT:
        return "usd", say(
            "Is more than {0:,} USD for one unit: the other way round?", MOST_USD_A_UNIT
        )
    if isinstance(row, RentalPrice):
        spot = row.spot_usd_per_gpu_hour
        if spot is not None and spot > row.usd_per_gpu_hour:
            return "spot_usd_per_gpu_hour", say(
                "Is more than the price of an hour that stays yours."
            )
    return None


def usd_per_kwh(row: PowerTariff, rates: Mapping[str, ExchangeRate]) -> Decimal | None:
    """A tariff in USD; None without an exchange rate of its currency."""
    if row.currency == "USD":
        return row.per_kwh
    rate = rates.get(row.currency)
    return None if rate is None else row.per_kwh * rate.usd


def _part_problem(row: PriceEntry) -> tuple[str, str] | None:
    if not row.part_id.strip():
        return "part_id", say("Is empty.")
    for name in ("usd", "low", "high"):
        if (getattr(row, name) or 0) > MOST_USD_A_PART:
            return name, say("Is more than {0:,} USD a part.", MOST_USD_A_PART)
    if row.low is not None and row.low > row.usd:
        return "low", say("Is more than the price, {0:g}.", row.usd)
    if row.high is not None and row.high < row.usd:
        return "high", say("Is less than the price, {0:g}.", row.usd)
    return None


def _api_problem(row: ApiTariff) -> tuple[str, str] | None:
    if row.cached is not None and row.cached > row.input:
        return "cached", say("Is more than uncached input, {0}: swapped columns?", row.input)
    if (row.peak_multiplier > 1) != (row.peak_share > 0):
        return "peak_share", say("Belongs to a peak price: give both or neither.")
    return None
