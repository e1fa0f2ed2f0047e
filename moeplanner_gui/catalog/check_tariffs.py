"""What ``moeplanner catalog check`` asks of the prices that others charge."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from moeplanner_gui.catalog.load import Catalog
from moeplanner_gui.catalog.problems import CatalogProblem
from moeplanner_gui.core.cost.tariffs import ApiTariff, RentalRange
from moeplanner_gui.core.words import say

DATE_PATTERN = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
PLACES = ("apis", "peak_hours", "rentals", "rental_ranges", "power", "rates")


def tariff_rules(catalog: Catalog) -> Iterator[CatalogProblem]:
    """Everything wrong with the rows of others' prices; reads all of them."""
    tariffs = catalog.tariffs
    counts = {name: len(getattr(tariffs, name)) for name in PLACES}
    yield from tariffs.problems
    for name, count in counts.items():
        if count == 0:
            yield CatalogProblem(f"tariffs, {name}", "", "", say("Has no rows."))
    dated: dict[str, Mapping[str, Any]] = {
        "api_prices": tariffs.apis,
        "rental": {row.id: row for row in tariffs.rentals},
        "rental, ranges": tariffs.rental_ranges,
        "tariffs, electricity": tariffs.power,
        "tariffs, exchange-rates": tariffs.rates,
    }
    for place, rows in dated.items():
        for row_id, row in rows.items():
            if not DATE_PATTERN.fullmatch(row.date):
                text = say("Is not a year, a month or a day ({0}).", row.date)
                yield CatalogProblem(place, row_id, "date", text)
            card_id = getattr(row, "card_id", None)
            if card_id is not None and card_id not in catalog.gpus:
                text = say("Has “{0}”, which is no card.", card_id)
                yield CatalogProblem(place, row_id, "card_id", text)
    for api in tariffs.apis.values():
        for field, text in (*_api_rules(api, catalog), *_peak_rules(api, catalog)):
            yield CatalogProblem("api_prices", api.id, field, text)
    for rented in tariffs.rental_ranges.values():
        yield from _range_rules(rented)
    for offer in tariffs.rentals:
        spot = offer.spot_usd_per_gpu_hour
        if spot is not None and spot > offer.usd_per_gpu_hour:
            text = say("Is dearer than an hour that nobody takes away.")
            yield CatalogProblem("rental", offer.id, "spot_usd_per_gpu_hour", text)
    for region in tariffs.power.values():
        if region.currency not in tariffs.rates:
            text = say("Has “{0}”, which has no exchange rate.", region.currency)
            yield CatalogProblem("tariffs, electricity", region.region, "currency", text)


def _api_rules(api: ApiTariff, catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Prices that a provider cannot mean, and models that nothing has."""
    cached = api.input if api.cached is None else api.cached
    if not cached <= api.input <= api.output:
        yield "input", say("Is not between the price of cached input and that of output.")
    if api.serves is not None and api.serves not in catalog.models:
        yield "serves", say("Has “{0}”, which is no model.", api.serves)
    if (api.peak_multiplier > 1) != (api.peak_share > 0):
        yield "peak_share", say("Must be there if, and only if, peak hours cost more.")
    if (api.peak_multiplier > 1) != (api.peak_hours is not None):
        yield "peak_hours", say("Must say when if, and only if, peak hours cost more.")
    above = [tier.above_tokens for tier in api.tiers]
    if above != sorted(set(above)):
        yield "tiers", say("Are not in the order of their lengths.")


def _peak_rules(api: ApiTariff, catalog: Catalog) -> Iterator[tuple[str, str]]:
    """The shipped peak hours are the ones of the provider, and no row has others."""
    hours = catalog.tariffs.peak_hours.get(api.provider)
    wanted = (1, 0, None) if hours is None else (hours.multiplier, hours.share, hours.words)
    if (api.peak_multiplier, api.peak_share, api.peak_hours) != wanted:
        yield "peak_hours", say("Are not those of the provider in peak_hours.")


def _range_rules(row: RentalRange) -> Iterator[CatalogProblem]:
    if not row.low <= row.expected <= row.high:
        text = say("Is outside of {0} to {1}.", row.low, row.high)
        yield CatalogProblem("rental, ranges", row.card_id, "expected", text)
