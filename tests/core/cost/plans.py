"""Plans with money for the tests of cost, and a catalogue whose tariffs a test chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.cost.tariffs import (
    ApiTariff,
    ExchangeRate,
    PowerTariff,
    RentalPrice,
    RentalRange,
)
from moeplanner_gui.core.plan import Economics, Plan, Workload
from tests.core.rigs import CATALOG, bare_card, make_plan

CV12_RIG = {
    "hardware_usd": 21000.0,
    "resale_share": 0.4,
    "load_w": 1400.0,
    "idle_w": 120.0,
    "electricity_usd_per_kwh": 0.1872,
    "prefill_tokens_per_s": 10000.0,
    "decode_tokens_per_s": 700.0,
}
CV11_WORK = {
    "input_mtok_per_month": 1000.0,
    "output_mtok_per_month": 100.0,
    "cache_hit_share": 0.7,
    "peak_share": 35 / 168,
}
NO_WORK = {"input_mtok_per_month": 0.0, "output_mtok_per_month": 0.0}
EVERY_HOUR = {"availability": 1.0, "max_duty": 1.0}
FREE = {
    "hardware_usd": 0.0,
    "resale_share": 0.0,
    "load_w": 0.0,
    "idle_w": 0.0,
    "maintenance_share_per_year": 0.0,
    "prefill_tokens_per_s": 1e9,
    "decode_tokens_per_s": 1e9,
}


@dataclass
class FakeTariffs:
    """Implements ``core.cost.data.TariffData``."""

    apis: Mapping[str, ApiTariff] = field(default_factory=dict)
    rentals: tuple[RentalPrice, ...] = ()
    rental_ranges: Mapping[str, RentalRange] = field(default_factory=dict)
    power: Mapping[str, PowerTariff] = field(default_factory=dict)
    rates: Mapping[str, ExchangeRate] = field(default_factory=dict)


class FakeCatalog:
    """The program's catalogue with other tariffs."""

    def __init__(self, *rows: ApiTariff | RentalRange) -> None:
        self.tariffs = FakeTariffs(
            apis={row.id: row for row in rows if isinstance(row, ApiTariff)},
            rental_ranges={row.card_id: row for row in rows if isinstance(row, RentalRange)},
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(CATALOG, name)


def tariff(model: str, price_in: str, cached: str, price_out: str, **more: Any) -> ApiTariff:
    """A row of one API, in USD a million tokens."""
    row = {
        "provider": "test",
        "model": model,
        "name": model,
        "serves": "llama-3.1-8b",
        "input": price_in,
        "cached": cached,
        "output": price_out,
        "date": "2026-11-22",
        "source": "a test",
    }
    return ApiTariff.model_validate(row | more)


def cost_plan(
    economics: Mapping[str, Any],
    workload: Mapping[str, Any] = {},
    cards: int = 1,
) -> Plan:
    """A small model that fits, with this money and this work."""
    plan = make_plan("llama-3.1-8b", *[bare_card(65_536)] * cards)
    values = plan.workload.model_dump() | dict(workload)
    return plan.replace(
        economics=Economics.model_validate(economics), workload=Workload.model_validate(values)
    )


def assess(
    economics: Mapping[str, Any],
    workload: Mapping[str, Any] = {},
    *rows: ApiTariff | RentalRange,
    cards: int = 1,
) -> Assessment:
    """The assessment of :func:`cost_plan`."""
    catalog: Any = FakeCatalog(*rows)
    return evaluate(cost_plan(economics, workload, cards), catalog)
