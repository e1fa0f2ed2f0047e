"""The shapes of the files of others' prices: APIs, rent, electricity and exchange rates."""

from __future__ import annotations

from pydantic import ConfigDict

from moeplanner_gui.catalog.peak_hours import PEAK_HOURS
from moeplanner_gui.catalog.rows import CatalogFile, Kind
from moeplanner_gui.core.cost.tariffs import (
    ApiTariff,
    ExchangeRate,
    PowerTariff,
    RentalPrice,
    RentalRange,
)


class TariffFile(CatalogFile):
    """What every file of prices may have: ``note`` says what was left out and what to know."""

    model_config = ConfigDict(defer_build=True)

    note: str | None = None


class ApiFile(TariffFile):
    """What one provider charges a token. ``package`` is where the rows were read, if anywhere."""

    provider: str
    package: str | None = None
    apis: tuple[ApiTariff, ...]


class RentalFile(TariffFile):
    """Single offers of GPUs by the hour."""

    rentals: tuple[RentalPrice, ...]


class RentalRangeFile(TariffFile):
    """What an hour of a GPU costs over all providers."""

    ranges: tuple[RentalRange, ...]


class PowerTariffFile(TariffFile):
    """Electricity by region."""

    tariffs: tuple[PowerTariff, ...]


class ExchangeRateFile(TariffFile):
    """What a unit of each currency is worth in USD."""

    rates: tuple[ExchangeRate, ...]


APIS = Kind("api_prices", "apis", "api-price", ApiFile, ApiTariff)
RENTALS = Kind("rental", "rentals", "rental", RentalFile, RentalPrice, files="rentals*.json")
RANGES = Kind(
    "rental",
    "ranges",
    "rental-range",
    RentalRangeFile,
    RentalRange,
    id_field="card_id",
    files="ranges*.json",
)
ELECTRICITY = Kind(
    "tariffs",
    "tariffs",
    "electricity",
    PowerTariffFile,
    PowerTariff,
    id_field="region",
    files="electricity*.json",
)
RATES = Kind(
    "tariffs",
    "rates",
    "exchange-rate",
    ExchangeRateFile,
    ExchangeRate,
    id_field="currency",
    files="exchange-rates*.json",
)
TARIFF_KINDS = (APIS, RENTALS, RANGES, ELECTRICITY, RATES, PEAK_HOURS)
