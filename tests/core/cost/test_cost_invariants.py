"""What must hold for every rig, price and workload that a plan may have."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from moeplanner_gui.core.cost.api_bill import ApiPrice, api_bill
from moeplanner_gui.core.cost.break_even import break_even_volume, payback_month
from moeplanner_gui.core.cost.figures import (
    api_usd,
    figures_of,
    own_usd,
    rent_always_usd,
    rent_on_demand_usd,
)
from moeplanner_gui.core.cost.inputs import CostInputs
from moeplanner_gui.core.cost.money import ZERO, cents_float
from moeplanner_gui.core.cost.owning import Ownership, owning_cost
from moeplanner_gui.core.cost.renting import Rental
from moeplanner_gui.core.cost.resale import Resale
from moeplanner_gui.core.cost.workload import Throughput, Tokens
from moeplanner_gui.core.plan import Economics
from tests.core.cost.plans import CV11_WORK, CV12_RIG, assess

CENT = Decimal("0.01")


def amounts(low: str, high: str, places: int = 2) -> st.SearchStrategy[Decimal]:
    return st.decimals(low, high, places=places)


rigs = st.builds(
    Ownership,
    hardware_usd=amounts("1", "500000"),
    resale=st.builds(
        Resale, haircut=amounts("0", "0.5"), annual_fall=amounts("-0.2", "0.6"), share=st.none()
    )
    | st.builds(Resale, share=amounts("0", "1")),
    life_months=st.integers(6, 120),
    load_w=amounts("300", "20000"),
    idle_w=amounts("0", "300"),
    usd_per_kwh=amounts("0", "1", 4),
    capital_rate=st.sampled_from([Decimal(0), Decimal("0.08"), Decimal("0.12")]),
    pue=amounts("1", "2"),
    hours_on=st.sampled_from([Decimal(0), Decimal(100), Decimal(400), Decimal(730)]),
    maintenance_share_per_year=amounts("0", "0.1"),
    other_usd_per_month=amounts("0", "500"),
)
speeds = st.builds(
    Throughput,
    prefill_tokens_per_s=amounts("20", "50000"),
    decode_tokens_per_s=amounts("1", "5000"),
    availability=amounts("0.5", "1"),
    max_duty=amounts("0.1", "1"),
)
works = st.builds(
    Tokens,
    input_mtok=amounts("0.01", "5000"),
    output_mtok=amounts("0.01", "500"),
    cache_hit_share=amounts("0", "1"),
)
prices = st.builds(
    ApiPrice,
    input_usd=amounts("0.01", "20"),
    cached_usd=amounts("0", "2", 3),
    output_usd=amounts("0.01", "60"),
    peak_multiplier=st.sampled_from([Decimal(1), Decimal(2)]),
    batch_discount=st.sampled_from([Decimal(0), Decimal("0.5")]),
)


def inputs(
    rig: Ownership,
    speed: Throughput,
    work: Tokens,
    api: ApiPrice | None = None,
    rental: Rental | None = None,
) -> CostInputs:
    shares = (Decimal("0.208"), Decimal("0.3"))
    return CostInputs(work, rig, speed, api, "API", rental, "GPU", *shares, ())


@given(rigs, speeds, works, amounts("1.01", "50"))
def test_that_more_tokens_never_cost_less(
    rig: Ownership, speed: Throughput, work: Tokens, factor: Decimal
) -> None:
    more = work.scaled_to(work.total_mtok * factor)
    now, then = owning_cost(rig, speed, work), owning_cost(rig, speed, more)
    assume(rig.amortisation_usd >= 0)
    assert then.total_usd >= now.total_usd
    assert then.rigs >= now.rigs


@given(rigs, speeds, works)
def test_that_the_parts_add_up_to_the_total(
    rig: Ownership, speed: Throughput, work: Tokens
) -> None:
    month = owning_cost(rig, speed, work)
    parts = (
        month.amortisation_usd
        + month.maintenance_usd
        + month.other_usd
        + month.idle_usd
        + month.load_usd
    )
    assert abs(parts - month.total_usd) < Decimal("1e-12")
    assert abs(month.kwh * rig.usd_per_kwh - month.electricity_usd) < Decimal("1e-9")


@given(rigs, speeds, works, prices)
def test_that_both_sides_cost_the_same_at_the_break_even(
    rig: Ownership, speed: Throughput, work: Tokens, api: ApiPrice
) -> None:
    each = api_bill(api, work) / work.total_mtok
    found = break_even_volume(rig, speed, work, each)
    assume(found.answer == "reached" and found.mtok is not None and found.mtok > 0)
    assert found.mtok is not None
    # The very capacity is one rig; a digit more by rounding would be two.
    there = work.scaled_to(found.mtok * (1 - Decimal("1e-20")))
    own = owning_cost(rig, speed, there).total_usd
    assert abs(own - api_bill(api, there)) < CENT
    less, more = found.mtok * Decimal("0.9"), found.mtok * Decimal("1.1")
    below = work.scaled_to(less)
    assert owning_cost(rig, speed, below).total_usd > api_bill(api, below)
    above = work.scaled_to(more)
    month = owning_cost(rig, speed, above)
    busy = speed.busy_hours(above)
    if month.rigs == 1 and (busy <= rig.hours_on or speed.busy_hours(there) >= rig.hours_on):
        assert month.total_usd < api_bill(api, above)


@given(rigs, speeds, works, prices)
def test_that_never_means_at_no_volume_of_one_rig(
    rig: Ownership, speed: Throughput, work: Tokens, api: ApiPrice
) -> None:
    each = api_bill(api, work) / work.total_mtok
    assume(rig.amortisation_usd + rig.maintenance_usd > 0)
    if break_even_volume(rig, speed, work, each).answer == "reached":
        return
    capacity = speed.capacity_mtok(work)
    assume(capacity is not None)
    assert capacity is not None
    for share in ("0.01", "0.3", "0.7", "0.999999"):
        there = work.scaled_to(capacity * Decimal(share))
        assert owning_cost(rig, speed, there).total_usd > api_bill(api, there)


@given(rigs, speeds, works)
def test_that_a_second_rig_is_bought_just_above_the_capacity(
    rig: Ownership, speed: Throughput, work: Tokens
) -> None:
    capacity = speed.capacity_mtok(work)
    assume(capacity is not None)
    assert capacity is not None
    below = work.scaled_to(capacity * Decimal("0.999999"))
    above = work.scaled_to(capacity * Decimal("1.000001"))
    assert owning_cost(rig, speed, below).rigs == 1
    assert owning_cost(rig, speed, above).rigs == 2


@given(rigs, amounts("-500", "5000"))
def test_that_payback_is_the_first_month_that_pays(rig: Ownership, saved: Decimal) -> None:
    month = payback_month(rig.hardware_usd, rig.resale, Decimal(0), saved)

    def pays(at: int) -> bool:
        lost = rig.hardware_usd - rig.resale.value(rig.hardware_usd, at)
        return lost <= saved * at

    if month is not None:
        assert pays(month)
        assert month == 1 or not pays(month - 1)


@given(rigs, speeds, works, prices, st.integers(1, 16), amounts("0.1", "10"))
def test_that_the_quick_arithmetic_is_the_exact_one(
    rig: Ownership, speed: Throughput, work: Tokens, api: ApiPrice, gpus: int, hour: Decimal
) -> None:
    rental = Rental(gpus, hour)
    given_inputs = inputs(rig, speed, work, api, rental)
    figures = figures_of(given_inputs)
    assert figures is not None
    own = owning_cost(rig, speed, work)
    assert own_usd(figures) == pytest.approx(float(own.total_usd), rel=1e-6, abs=0.005)
    bill = api_bill(
        api, work, peak_share=given_inputs.peak_share, batch_share=given_inputs.batch_share
    )
    assert api_usd(figures) == pytest.approx(float(bill), rel=1e-9)
    always = float(rental.always_on_usd(own.rigs))
    assert rent_always_usd(figures) == pytest.approx(always, rel=1e-9)
    demand = float(rental.on_demand_usd(own.busy_hours))
    assert rent_on_demand_usd(figures) == pytest.approx(demand, rel=1e-9)


def test_that_a_rig_busier_than_its_hours_on_breaks_even_where_its_whole_power_is_paid() -> None:
    rig = Ownership(
        hardware_usd=Decimal(3600),
        resale=Resale(share=Decimal(0)),
        life_months=36,
        load_w=Decimal(1000),
        idle_w=Decimal(200),
        usd_per_kwh=Decimal("0.25"),
        hours_on=Decimal(0),
    )
    speed = Throughput(Decimal(1000), Decimal(1000), Decimal(1), Decimal(1))
    one = Tokens(Decimal(0), Decimal(1))
    found = break_even_volume(rig, speed, one, Decimal(1))
    assert found.mtok is not None
    there = one.scaled_to(found.mtok)
    assert abs(owning_cost(rig, speed, there).total_usd - found.mtok) < CENT
    always = break_even_volume(replace(rig, hours_on=Decimal(730)), speed, one, Decimal(1))
    assert always.mtok is not None
    assert always.mtok > found.mtok


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hardware_usd", -1.0),
        ("hardware_usd", float("nan")),
        ("hardware_usd", 1e12),
        ("life_months", 0),
        ("resale_share", -0.1),
        ("electricity_usd_per_kwh", -0.1),
        ("electricity_usd_per_kwh", float("inf")),
        ("decode_tokens_per_s", 0.0),
        ("prefill_tokens_per_s", -5.0),
        ("max_duty", 0.0),
        ("availability", 0.0),
        ("pue", 0.5),
        ("load_w", float("nan")),
    ],
)
def test_that_bad_money_is_refused_at_its_field(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        assess(CV12_RIG | {field: value}, CV11_WORK)
    assert refused.value.errors()[0]["loc"][-1] == field


@pytest.mark.parametrize("value", [-1.0, float("nan"), 1e13])
def test_that_bad_work_is_refused_at_its_field(value: float) -> None:
    with pytest.raises(ValidationError) as refused:
        assess(CV12_RIG, {"input_mtok_per_month": value})
    assert refused.value.errors()[0]["loc"][-1] == "input_mtok_per_month"


@given(
    st.fixed_dictionaries(
        {
            "hardware_usd": st.floats(0, 1e10),
            "resale_annual_fall": st.floats(-1, 1),
            "life_months": st.integers(1, 600),
            "capital_rate": st.floats(0, 1),
            "electricity_usd_per_kwh": st.floats(0, 100),
            "load_w": st.floats(0, 1e12),
            "idle_w": st.floats(0, 1e12),
            "prefill_tokens_per_s": st.floats(1e-9, 1e12),
            "decode_tokens_per_s": st.floats(1e-9, 1e12),
            "max_duty": st.floats(1e-9, 1),
            "hours_on_per_month": st.floats(0, 744),
            "api": st.just({"input": 1.0, "cached": 0.1, "output": 5.0}),
            "rent": st.just({"gpu": "x", "usd_per_gpu_hour": 2.0}),
        }
    ),
    st.fixed_dictionaries(
        {
            "input_mtok_per_month": st.floats(0, 1e12),
            "output_mtok_per_month": st.floats(0, 1e12),
            "cache_hit_share": st.floats(0, 1),
        }
    ),
)
def test_that_every_plan_that_is_allowed_has_an_answer(
    economics: dict[str, Any], workload: dict[str, Any]
) -> None:
    answer = assess(economics, workload).to_json()["cost"]
    assert answer["verdict"] in ("own", "api", "rent", "too_close", "refused")
    for name, value in answer.items():
        if isinstance(value, float):
            assert value == value and abs(value) != float("inf"), name


def test_that_resale_above_the_price_pays_back_at_once_though_nothing_is_saved() -> None:
    dearer = Resale(share=Decimal("1.5"))
    assert payback_month(Decimal(1000), dearer, Decimal(50), Decimal(10)) == 1
    assert payback_month(Decimal(1000), dearer, Decimal(600), Decimal(10)) is None
    same = Resale(share=Decimal(1))
    assert payback_month(Decimal(1000), same, Decimal(50), Decimal(10)) is None


def test_that_a_rig_whose_resale_outweighs_all_its_power_wins_from_the_first_token() -> None:
    work = Tokens(Decimal(90), Decimal(10))
    speed = Throughput(Decimal(1000), Decimal(100))
    rig = Ownership(
        hardware_usd=Decimal(10_000),
        resale=Resale(share=Decimal("1.5")),
        life_months=12,
        load_w=Decimal(1000),
        idle_w=Decimal(100),
        usd_per_kwh=Decimal("0.2"),
    )
    found = break_even_volume(rig, speed, work, ZERO)
    assert (found.answer, found.mtok, found.duty) == ("reached", 0, 0)
    capacity = speed.capacity_mtok(work)
    assert capacity is not None
    full = work.scaled_to(capacity * Decimal("0.999999"))
    assert owning_cost(rig, speed, full).total_usd < 0
    level = replace(rig, resale=Resale(share=Decimal("1.001")))
    assert break_even_volume(level, speed, work, ZERO).answer == "never"
    assert owning_cost(level, speed, full).total_usd > 0


def test_that_half_a_cent_rounds_up_after_a_division_without_end() -> None:
    # Three thirds of 0.055 end in 28 digits just below it.
    amount = 3 * (Decimal("0.055") / 3)
    assert amount < Decimal("0.055")
    assert cents_float(amount) == 0.06
    assert cents_float(Decimal("4628.9749999")) == 4628.97


def test_that_a_speed_at_which_a_token_takes_centuries_is_no_input() -> None:
    """A billionth of a token a second is the least: what follows from less is no number."""
    with pytest.raises(ValueError, match="greater than or equal to"):
        Economics(decode_tokens_per_s=1e-12)
