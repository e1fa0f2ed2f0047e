"""The cost rules against worked examples, to twelve decimals where the example has them."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from moeplanner_gui.core.cost.api_bill import ApiPrice, api_bill, blended_usd_per_mtok
from moeplanner_gui.core.cost.break_even import (
    break_even_volume,
    marginal_usd_per_mtok,
    payback_month,
    simple_payback_months,
)
from moeplanner_gui.core.cost.money import ZERO
from moeplanner_gui.core.cost.owning import Ownership, owning_cost
from moeplanner_gui.core.cost.renting import Rental
from moeplanner_gui.core.cost.resale import Resale, amortisation, annual_fall
from moeplanner_gui.core.cost.workload import Throughput, Tokens
from moeplanner_gui.core.power.supply import efficiency, wall_w

D = Decimal
_DATA = Path(__file__).parents[2] / "data" / "cost_vectors.json"
VECTORS: dict[str, dict[str, Any]] = {
    vector["id"]: vector["expected"]
    for vector in json.loads(_DATA.read_text(encoding="utf-8"))["vectors"]
}
SOLD_FOR_NOTHING = Resale(share=ZERO)
EVERY_HOUR = {"availability": D(1), "max_duty": D(1)}
SONNET = ApiPrice(D(2), D("0.10"), D(10), batch_discount=D("0.5"))
V4_PRO = ApiPrice(D("0.66"), D("0.022"), D("1.98"), peak_multiplier=D(2))
V41_FLASH = ApiPrice(D("0.15"), D("0.003"), D("0.60"), peak_multiplier=D(2))
EVEN = D(35) / D(168)


def rig(**changes: Any) -> Ownership:
    """A rig that costs nothing but what a test gives it."""
    free = Ownership(
        hardware_usd=ZERO,
        resale=SOLD_FOR_NOTHING,
        life_months=36,
        load_w=ZERO,
        idle_w=ZERO,
        usd_per_kwh=ZERO,
    )
    return replace(free, **changes)


TWO_PRO_6000 = rig(
    hardware_usd=D(21000),
    resale=Resale(share=D("0.40")),
    load_w=D(1400),
    idle_w=D(120),
    usd_per_kwh=D("0.1872"),
    maintenance_share_per_year=D("0.02"),
)
ITS_SPEED = Throughput(D(10000), D(700))
ITS_WORK = Tokens(D(1000), D(100), D("0.70"))


def check(vector: str, name: str, value: Decimal | None, row: Any = None) -> None:
    """The value has the twelve decimals of the example."""
    expected = (VECTORS[vector] if row is None else row)[name]
    if expected["exact"] is None:
        assert value is None
        return
    assert value is not None
    exact = D(expected["exact"])
    places = D(1).scaleb(-12)
    assert value.quantize(places, ROUND_HALF_UP) == exact.quantize(places, ROUND_HALF_UP), name


def test_that_hardware_alone_needs_926_to_2778_million_tokens() -> None:
    charge = amortisation(D(10000), ZERO, 36)
    check("CV01", "amortisation_month", charge)
    owner = rig(hardware_usd=D(10000))
    fast = Throughput(D(10**9), D(10**9), **EVERY_HOUR)
    mix = Tokens(D(1), ZERO)
    for name, price in (("breakeven_at_0_30", "0.30"), ("breakeven_at_0_10", "0.10")):
        check("CV01", name, break_even_volume(owner, fast, mix, D(price)).mtok)


def test_that_a_slow_rig_never_breaks_even() -> None:
    owner = rig(hardware_usd=D(10000), load_w=D(2000), idle_w=D(2000), usd_per_kwh=D("0.12"))
    slow = Throughput(D(10), D(10), **EVERY_HOUR)
    capacity = slow.capacity_mtok(Tokens(ZERO, D(1)))
    check("CV02", "capacity", capacity)
    assert capacity is not None
    month = owning_cost(owner, slow, Tokens(ZERO, capacity))
    check("CV02", "energy", month.kwh)
    check("CV02", "electricity", month.electricity_usd)
    check("CV02", "own_cost_month", month.total_usd)
    check("CV02", "own_cost_per_M", month.usd_per_mtok)
    check("CV02", "api_value_of_capacity", capacity * D("0.30"))
    at_work = replace(owner, idle_w=ZERO)
    assert break_even_volume(at_work, slow, Tokens(ZERO, D(1)), D("0.30")).answer == "never"


@pytest.mark.parametrize("count", ["50", "300", "500", "1000"])
def test_that_power_is_paid_while_busy_and_while_idle(count: str) -> None:
    row = VECTORS["CV06"]["by_inferences"][count]
    # An inference of two minutes: a million tokens at 8,333.3 tokens a second.
    speed = Throughput(D(10**6) / 120, D(1))
    work = Tokens(D(count), ZERO)
    owner = rig(hardware_usd=D(3600), load_w=D(800), usd_per_kwh=D("0.12"))
    month = owning_cost(owner, speed, work)
    check("CV06", "busy_hours", month.busy_hours, row)
    check("CV06", "utilisation", month.duty * 100, row)
    check("CV06", "local_off_when_idle", month.total_usd, row)
    idling = owning_cost(replace(owner, idle_w=D(100)), speed, work)
    check("CV06", "local_idle_100W", idling.total_usd, row)


def test_that_break_even_inferences_count_power_once() -> None:
    speed = Throughput(D(10**6) / 120, D(1), **EVERY_HOUR)
    one = Tokens(D(1), ZERO)
    price = D(3)
    flat = rig(hardware_usd=ZERO, load_w=D(800), idle_w=D(800), usd_per_kwh=D("0.12"))
    check("CV07", "electricity_only", break_even_volume(flat, speed, one, price).mtok)
    bought = replace(flat, hardware_usd=D(3600))
    check("CV07", "with_hardware_24_7", break_even_volume(bought, speed, one, price).mtok)
    resting = replace(bought, idle_w=ZERO)
    check("CV07", "with_hardware_busy_only", break_even_volume(resting, speed, one, price).mtok)
    check("CV07", "capacity", speed.capacity_mtok(one))
    running = D("70.08")
    for name, inferences in (("payback_months_at_300", 300), ("payback_months_at_50", 50)):
        check("CV07", name, simple_payback_months(D(3600), running, price * inferences))


def test_that_amortisation_per_inference_is_60_times_less_than_claimed() -> None:
    each = amortisation(D(3600), ZERO, 36) / 300
    check("CV08", "amortisation_per_inference", each)
    check("CV08", "error_factor", D(20) / each)


def test_that_peak_hours_raise_the_mean_by_their_share() -> None:
    for name, price in (("v4_pro", V4_PRO), ("v41_flash", V41_FLASH)):
        row = VECTORS["CV10"][name]
        for field, work in (
            ("inp", Tokens(D(1), ZERO)),
            ("cache", Tokens(D(1), ZERO, D(1))),
            ("outp", Tokens(ZERO, D(1))),
        ):
            check("CV10", field, api_bill(price, work, peak_share=EVEN), row)


@pytest.mark.parametrize(
    ("name", "price", "peak"),
    [
        ("deepseek-v4.1-flash official, off-peak", V41_FLASH, ZERO),
        ("deepseek-v4.1-flash official, even spread", V41_FLASH, EVEN),
        ("deepseek-v4-pro official, even spread", V4_PRO, EVEN),
        ("claude-sonnet-5-5", SONNET, ZERO),
        ("gpt-6.1-sol (<=272k prompts)", ApiPrice(D(2), D("0.10"), D(10)), ZERO),
        (
            "deepinfra DeepSeek-V4.1-Flash (litellm)",
            ApiPrice(D("0.14"), D("0.0042"), D("0.42")),
            ZERO,
        ),
    ],
)
def test_that_an_api_bill_is_exact(name: str, price: ApiPrice, peak: Decimal) -> None:
    check("CV11", name, api_bill(price, ITS_WORK, peak_share=peak))


def test_that_owning_two_cards_costs_what_its_parts_cost() -> None:
    month = owning_cost(TWO_PRO_6000, ITS_SPEED, ITS_WORK)
    check("CV12", "busy_hours", month.busy_hours)
    check("CV12", "utilisation", month.duty * 100)
    check("CV12", "energy", month.kwh)
    check("CV12", "electricity", month.electricity_usd)
    check("CV12", "amortisation", month.amortisation_usd)
    check("CV12", "maintenance", month.maintenance_usd)
    check("CV12", "own_total", month.total_usd)
    api = api_bill(V41_FLASH, ITS_WORK, peak_share=EVEN)
    check("CV12", "api_v41_flash_even", api)
    check("CV12", "api_cheaper_by", month.total_usd / api)


def test_that_rent_by_the_hour_is_exact() -> None:
    rental = Rental(8, D("2.35"))
    check("CV14", "month", rental.always_on_usd())
    check("CV14", "on_demand_100h", rental.on_demand_usd(D(100), packing=D(1)))
    for percent in (100, 50, 30, 10):
        each = rental.usd_per_mtok(D(3000), D(percent) / 100)
        check("CV14", f"per_M_at_{percent}pct", each)


def test_that_no_use_still_costs_the_owner_and_nobody_else() -> None:
    nothing = Tokens(ZERO, ZERO)
    month = owning_cost(TWO_PRO_6000, ITS_SPEED, nothing)
    check("CV15", "owned", month.total_usd)
    check("CV15", "owned_per_M", month.usd_per_mtok)
    off = owning_cost(replace(TWO_PRO_6000, hours_on=ZERO), ITS_SPEED, nothing)
    check("CV15", "owned_switched_off", off.total_usd)
    check("CV15", "api", api_bill(V4_PRO, nothing))
    check("CV15", "rental_on_demand", Rental(8, D(2)).on_demand_usd(ZERO))
    assert month.rigs == VECTORS["CV15"]["rigs"]["exact"]
    assert blended_usd_per_mtok(ZERO, nothing) is None


def test_that_prices_fall_by_a_share_a_year() -> None:
    check("CV18", "rtx3090_implied_annual_decline", annual_fall(D(1499), D(850), 65) * 100)
    check("CV18", "h100_silicondata_implied", annual_fall(D(1), D("0.45"), 30) * 100)
    check("CV18", "h100_spotwire_implied", annual_fall(D(1), D("0.46"), 36) * 100)
    value = Resale(annual_fall=D("0.25")).value(D(10000), 36)
    check("CV18", "value_10000_25pct_3y", value)
    check("CV18", "month_charge_10000", amortisation(D(10000), value, 36))


GOLD = ((D("0.2"), D("0.87")), (D("0.5"), D("0.90")), (D(1), D("0.87")))
PLATINUM = ((D("0.2"), D("0.92")), (D("0.5"), D("0.94")), (D(1), D("0.90")))


@pytest.mark.parametrize("dc_w", [160, 800, 1600])
@pytest.mark.parametrize(("level", "points"), [("gold_115V", GOLD), ("platinum_230V_EU", PLATINUM)])
def test_that_the_wall_gives_more_than_the_supply(
    level: str, points: tuple[tuple[Decimal, Decimal], ...], dc_w: int
) -> None:
    row = VECTORS["CV19"][f"{level}_{dc_w}W"]
    check("CV19", "efficiency", efficiency(D(dc_w) / 2000, points) * 100, row)
    check("CV19", "wall", wall_w(D(dc_w), D(2000), points), row)


def test_that_power_alone_can_cost_more_than_the_api() -> None:
    owner = rig(load_w=D(760), usd_per_kwh=D("0.40"))
    speed = Throughput(D(25), D(25))
    answer = Tokens(ZERO, D(1))
    check("CV21", "hours_per_M", speed.busy_hours_per_mtok(answer))
    check("CV21", "energy_cost_per_M", marginal_usd_per_mtok(owner, speed, answer))
    volume = break_even_volume(owner, speed, answer, D("0.60"))
    assert volume.answer == "never"
    check("CV21", "breakeven", volume.mtok)


def test_that_payback_counts_the_resale_and_the_haircut() -> None:
    simple = simple_payback_months(D(10000), D(80), D(600))
    check("CV22", "simple", simple)
    falling = Resale(haircut=D("0.20"), annual_fall=D("0.25"))
    expected = VECTORS["CV22"]
    found = payback_month(D(10000), falling, D(80), D(600))
    assert found == expected["with_resale"]["exact"]
    unused = replace(falling, haircut=ZERO)
    found = payback_month(D(10000), unused, D(80), D(600))
    assert found == expected["with_resale_no_haircut"]["exact"]
    check("CV22", "never_if_api_below_running", simple_payback_months(D(10000), D(80), D(60)))
    assert payback_month(D(10000), falling, D(80), D(60)) is None


def test_that_a_tariff_is_paid_in_its_own_currency_first() -> None:
    rates = {"USD": D(1), "EUR": D("1.1204"), "HUF": D("1.1204") / D("367.8")}
    tariffs = {
        "US (EIA, residential)": ("0.1872", "USD"),
        "DE (Eurostat 2025-S2)": ("0.3869", "EUR"),
        "FR (Eurostat 2025-S2)": ("0.2561", "EUR"),
        "HU (Eurostat 2025-S2)": ("42.3146", "HUF"),
    }
    for name, (price, currency) in tariffs.items():
        row = VECTORS["CV24"][name]
        usd = D(price) * rates[currency]
        check("CV24", "usd_per_kwh", usd, row)
        always = rig(load_w=D(800), idle_w=D(800), usd_per_kwh=usd)
        month = owning_cost(always, Throughput(D(1), D(1)), Tokens(ZERO, ZERO))
        check("CV24", "month_800W", month.total_usd, row)


def test_that_answers_that_may_wait_are_cheaper() -> None:
    work = Tokens(D(100), D(10))
    for name, share in (("standard", "0"), ("batch", "1"), ("half_batch", "0.5")):
        check("CV25", name, api_bill(SONNET, work, batch_share=D(share)))


def test_that_hardware_alone_costs_15_to_24_dollars_a_million() -> None:
    charge = amortisation(D(34000), ZERO, 36)
    for name, rate in (("per_M_at_40", 40), ("per_M_at_25", 25)):
        made = Throughput(D(1), D(rate), D(1), D("0.60")).capacity_mtok(Tokens(ZERO, D(1)))
        assert made is not None
        check("CV28", name, charge / made)


@pytest.mark.parametrize(
    ("name", "price"),
    [
        ("deepseek-v4-pro off-peak", V4_PRO),
        ("deepseek-v4.1-flash off-peak", V41_FLASH),
        ("claude-sonnet-5-5", SONNET),
        ("claude-opus-5-5", ApiPrice(D(4), D("0.20"), D(20))),
        ("kimi-k2.6", ApiPrice(D("0.95"), D("0.16"), D(4))),
        ("glm-5.3", ApiPrice(D("1.40"), D("0.26"), D("4.40"))),
    ],
)
def test_that_a_coding_agents_mix_is_blended(name: str, price: ApiPrice) -> None:
    work = Tokens(D("0.935"), D("0.065"), D("0.90"))
    check("CV30", name, blended_usd_per_mtok(api_bill(price, work), work))
