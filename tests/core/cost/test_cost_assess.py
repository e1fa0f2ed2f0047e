"""The worked examples through the product's own path: plan in, assessment out."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.cost.tariffs import RentalRange
from moeplanner_gui.core.plan import Economics
from tests.core.cost.plans import (
    CV11_WORK,
    CV12_RIG,
    EVERY_HOUR,
    FREE,
    NO_WORK,
    assess,
    cost_plan,
    tariff,
)
from tests.core.cost.test_cost_vectors import VECTORS
from tests.core.rigs import CATALOG, make_plan

V41_FLASH = {"input": 0.15, "cached": 0.003, "output": 0.6}


def expected(vector: str, *names: str) -> float:
    """A rounded figure of a worked example; exact ones are rounded to the cent here."""
    row: Any = VECTORS[vector]
    for name in names:
        row = row[name]
    return float(Decimal(row["exact"]).quantize(Decimal("0.01"), ROUND_HALF_UP))


def test_that_the_two_card_rig_costs_to_the_cent_what_the_example_says() -> None:
    flash = tariff("flash", "0.15", "0.003", "0.60", peak_multiplier=2)
    api = {"provider": "test", "model": "flash"}
    cost = assess(CV12_RIG | {"api": api}, CV11_WORK, flash).cost
    assert cost.own_usd_per_month == expected("CV12", "own_total") == 412.90
    assert cost.own_amortisation_usd == expected("CV12", "amortisation")
    assert cost.own_maintenance_usd == expected("CV12", "maintenance")
    assert cost.api_usd_per_month == expected("CV12", "api_v41_flash_even") == 129.41
    assert cost.busy_hours_per_month == pytest.approx(48.015873015873, abs=1e-12)
    assert cost.kwh_per_month == pytest.approx(149.060317460317, abs=1e-12)
    assert cost.duty == pytest.approx(0.06577516851489, abs=1e-13)
    assert cost.rigs_needed == 1
    assert cost.verdict == "api"


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("deepseek-v4.1-flash official, off-peak", tariff("a", "0.15", "0.003", "0.60")),
        (
            "deepseek-v4.1-flash official, even spread",
            tariff("a", "0.15", "0.003", "0.60", peak_multiplier=2),
        ),
        (
            "deepseek-v4-pro official, even spread",
            tariff("a", "0.66", "0.022", "1.98", peak_multiplier=2),
        ),
        ("claude-sonnet-5-5", tariff("a", "2", "0.10", "10", write="0.5", batch_discount="0.5")),
    ],
)
def test_that_api_bills_are_those_of_the_example(name: str, row: Any) -> None:
    api = {"provider": "test", "model": "a"}
    cost = assess(CV12_RIG | {"api": api}, CV11_WORK, row).cost
    assert cost.api_usd_per_month == expected("CV11", name)


def test_that_the_bundled_prices_give_the_bills_of_the_example() -> None:
    for model, name in (
        ("deepseek-flash", "deepseek-v4.1-flash official, even spread"),
        ("deepseek-v4-pro", "deepseek-v4-pro official, even spread"),
    ):
        economics = CV12_RIG | {"api": {"provider": "deepseek", "model": model}}
        cost = evaluate(cost_plan(economics, CV11_WORK), CATALOG).cost
        assert cost.api_usd_per_month == expected("CV11", name)


@pytest.mark.parametrize(
    ("share", "name"), [(0.0, "standard"), (0.5, "half_batch"), (1.0, "batch")]
)
def test_that_batches_are_billed_at_their_discount(share: float, name: str) -> None:
    work = {
        "input_mtok_per_month": 100.0,
        "output_mtok_per_month": 10.0,
        "batch_share": share,
        "peak_share": 0.0,
    }
    row = tariff("a", "2", "0.10", "10", batch_discount="0.5")
    cost = assess(CV12_RIG | {"api": {"provider": "test", "model": "a"}}, work, row).cost
    assert cost.api_usd_per_month == expected("CV25", name)


def test_that_a_prompt_above_a_tier_is_billed_by_that_tier() -> None:
    step = {"above_tokens": 200_000, "input": "6", "cached": "0.6", "output": "22.5"}
    row = tariff("a", "3", "0.3", "15", tiers=[step])
    economics = CV12_RIG | {"api": {"provider": "test", "model": "a"}}
    work = {"input_mtok_per_month": 10.0, "output_mtok_per_month": 1.0}
    assert assess(economics, work | {"prompt_tokens": 200_000}, row).cost.api_usd_per_month == 45
    assert assess(economics, work | {"prompt_tokens": 200_001}, row).cost.api_usd_per_month == 82.5
    unsaid = assess(economics, work, row).cost
    assert unsaid.api_usd_per_month == 45
    assert any("200,000 tokens" in sentence for sentence in unsaid.because)


def test_that_writing_into_a_cache_is_billed_once_its_share_is_set_and_told_before() -> None:
    row = tariff("a", "2", "0.1", "10", write="0.5")
    economics = CV12_RIG | {"api": {"provider": "test", "model": "a"}}
    silent = assess(economics, CV11_WORK, row).cost
    assert any("writing into the cache" in sentence for sentence in silent.because)
    told = assess(economics, CV11_WORK | {"cache_write_share": 0.3}, row).cost
    assert told.api_usd_per_month == pytest.approx((silent.api_usd_per_month or 0) + 150)


def test_that_renting_is_told_both_ways_and_the_cheaper_one_is_named() -> None:
    rent = {"gpu": "h100-sxm", "usd_per_gpu_hour": 2.35}
    busy = FREE | EVERY_HOUR | {"decode_tokens_per_s": 3000.0, "rent": rent}
    work = {"input_mtok_per_month": 0.0, "output_mtok_per_month": 7884.0}
    cost = assess(busy, work, cards=8).cost
    assert cost.rent_always_on_usd_per_month == expected("CV14", "month") == 13724.0
    assert cost.rent_answer == "always_on"
    assert cost.rent_usd_per_mtok == 1.7407
    assert cost.capacity_mtok_per_month == pytest.approx(7884)
    # 80 busy hours are 100 billed ones: starting and loading take a fifth.
    cost = assess(busy, work | {"output_mtok_per_month": 864.0}, cards=8).cost
    assert cost.rent_on_demand_usd_per_month == expected("CV14", "on_demand_100h") == 1880.0
    assert cost.rent_answer == "on_demand"
    assert cost.rent_usd_per_month == 1880.0


def test_that_a_rent_is_looked_up_when_none_was_typed() -> None:
    offer = RentalRange(
        card_id="h100-sxm", low="2", expected="2.35", high="3", date="2026-03", source="a test"
    )
    cost = assess(CV12_RIG | {"rent": {"gpu": "h100-sxm"}}, CV11_WORK, offer, cards=8).cost
    assert cost.rent_always_on_usd_per_month == 13724.0
    missing = assess(CV12_RIG | {"rent": {"gpu": "h200"}}, CV11_WORK, offer).cost
    assert missing.rent_usd_per_month is None
    assert missing.own_usd_per_month == 412.90
    assert missing.verdict == "refused"
    assert missing.because == ("No rental price for “h200”. Enter USD an hour.",)


def test_that_no_use_is_not_applicable_and_never_zero_or_infinite() -> None:
    cost = assess(CV12_RIG | {"api": V41_FLASH, "rent": {"gpu": "x", "usd_per_gpu_hour": 2}},
                  NO_WORK).cost  # fmt: skip
    assert cost.own_usd_per_month == expected("CV15", "owned") == 401.40
    assert cost.api_usd_per_month == expected("CV15", "api") == 0
    assert cost.rent_on_demand_usd_per_month == expected("CV15", "rental_on_demand") == 0
    assert cost.rigs_needed == 1
    for name in (
        "own_usd_per_mtok",
        "api_usd_per_mtok",
        "rent_usd_per_mtok",
        "breakeven_answer",
        "breakeven_mtok_per_month",
        "breakeven_api_usd_per_mtok",
        "capacity_mtok_per_month",
        "payback_months",
    ):
        assert getattr(cost, name) is None, name
    assert cost.payback_answer == "never"
    off = assess(CV12_RIG | {"hours_on_per_month": 0.0}, NO_WORK).cost
    assert off.own_usd_per_month == expected("CV15", "owned_switched_off") == 385.0


def test_that_power_alone_can_cost_more_than_the_api_at_any_volume() -> None:
    rig = FREE | EVERY_HOUR | {
        "hardware_usd": 1000.0,
        "load_w": 760.0,
        "electricity_usd_per_kwh": 0.4,
        "decode_tokens_per_s": 25.0,
        "api": {"input": 0.0, "cached": 0.0, "output": 0.6},
    }  # fmt: skip
    work = {"input_mtok_per_month": 0.0, "output_mtok_per_month": 1.0}
    cost = assess(rig, work).cost
    assert cost.breakeven_answer == "never"
    assert cost.breakeven_mtok_per_month is None
    assert cost.own_load_power_usd == expected("CV21", "energy_cost_per_M")
    free = assess(rig | {"hardware_usd": 0.0}, work).cost
    assert free.breakeven_usd_per_kwh == 0.0711
    assert any("costing nothing" in sentence for sentence in free.because)


def test_that_a_break_even_beyond_the_rig_is_not_reachable() -> None:
    rig = FREE | EVERY_HOUR | {
        "hardware_usd": 10000.0,
        "decode_tokens_per_s": 10.0,
        "api": {"input": 0.3, "cached": 0.3, "output": 0.3},
    }  # fmt: skip
    cost = assess(rig, {"input_mtok_per_month": 0.0, "output_mtok_per_month": 26.28}).cost
    assert cost.breakeven_answer == "not_reachable"
    assert cost.breakeven_mtok_per_month == pytest.approx(925.925925925926)
    assert cost.own_amortisation_usd == expected("CV01", "amortisation_month")
    assert cost.capacity_mtok_per_month == pytest.approx(26.28)


def test_that_payback_counts_the_resale_and_has_a_never() -> None:
    rig = FREE | {
        "hardware_usd": 10000.0,
        "resale_share": None,
        "other_usd_per_month": 80.0,
        "api": {"input": 600.0, "cached": 600.0, "output": 600.0},
    }
    work = {"input_mtok_per_month": 1.0, "output_mtok_per_month": 0.0}
    assert assess(rig, work).cost.payback_months == VECTORS["CV22"]["with_resale"]["exact"] == 6
    cheap = rig | {"api": {"input": 60.0, "cached": 60.0, "output": 60.0}}
    never = assess(cheap, work).cost
    assert never.payback_months is None
    assert never.payback_answer == "never"


def test_that_hardware_alone_costs_27_times_the_published_claim() -> None:
    rig = FREE | {"hardware_usd": 34000.0, "availability": 1.0, "max_duty": 0.6}
    for speed, name in ((40.0, "per_M_at_40"), (25.0, "per_M_at_25")):
        work = {"input_mtok_per_month": 0.0, "output_mtok_per_month": speed * 0.6 * 2.628}
        cost = assess(rig | {"decode_tokens_per_s": speed}, work).cost
        assert cost.own_usd_per_mtok == pytest.approx(
            float(VECTORS["CV28"][name]["exact"]), abs=5e-5
        )
        assert cost.rigs_needed == 1


def test_that_more_than_a_rig_can_do_takes_more_rigs() -> None:
    work = {
        "input_mtok_per_month": 12000.0,
        "output_mtok_per_month": 1200.0,
        "cache_hit_share": 0.7,
    }
    cost = assess(CV12_RIG, work).cost
    assert cost.rigs_needed == 2
    assert cost.own_amortisation_usd == 700.0
    assert cost.verdict is None


def test_that_a_plan_that_does_not_fit_or_run_has_no_own_figures_and_says_why() -> None:
    money = Economics.model_validate(CV12_RIG | {"api": V41_FLASH})
    too_big = make_plan("deepseek-v4-flash", "rtx4090").replace(economics=money)
    cannot = make_plan("deepseek-v4-flash", "rtx4090", weights="awq-int4", engine="llama.cpp")
    for plan in (too_big, cannot.replace(economics=money)):
        assessment = evaluate(plan, CATALOG)
        assert not assessment.fits
        cost = assessment.cost
        assert cost.verdict == "refused"
        assert cost.own_usd_per_month is None
        assert cost.rigs_needed is None
        assert cost.because[0] == assessment.reasons[0]
        assert cost.api_usd_per_month is not None


def test_that_a_missing_price_is_named_and_never_counted_as_nothing() -> None:
    economics = CV12_RIG | {"hardware_usd": None, "api": V41_FLASH}
    cost = assess(economics, CV11_WORK).cost
    assert cost.verdict == "refused"
    assert cost.own_usd_per_month is None
    assert cost.because[0] == "No price for bare. Set one to compare."
    unknown = assess(CV12_RIG | {"api": {"provider": "x", "model": "y"}}, CV11_WORK).cost
    assert unknown.verdict == "refused"
    assert unknown.api_usd_per_month is None
    assert unknown.because == ("No price of “y” at “x”. Choose another or type it.",)


def test_that_an_unknown_speed_is_asked_for() -> None:
    economics = CV12_RIG | {"decode_tokens_per_s": None, "api": V41_FLASH}
    cost = assess(economics, CV11_WORK).cost
    assert cost.verdict == "refused"
    assert cost.own_usd_per_month is None
    assert cost.because[0] == "The speed of decode is not known. Enter tokens/s to compare."


def test_that_without_an_api_or_a_rent_only_owning_is_told() -> None:
    cost = assess(CV12_RIG, CV11_WORK).cost
    assert cost.own_usd_per_month == 412.90
    assert cost.verdict is None
    assert cost.api_usd_per_month is cost.rent_usd_per_month is cost.breakeven_answer is None


def test_that_bands_that_overlap_are_too_close_to_call() -> None:
    dear = {"input": 0.45, "cached": 0.05, "output": 2.0}
    cost = assess(CV12_RIG | {"api": dear}, CV11_WORK).cost
    assert cost.verdict == "too_close"
    assert cost.because[0].startswith("Too close to call: in eight of ten cases ")
    assert (cost.api_usd_per_month_low or 0) <= (cost.own_usd_per_month_high or 0)
    far = {"input": 4.5, "cached": 0.5, "output": 20.0}
    assert assess(CV12_RIG | {"api": far}, CV11_WORK).cost.verdict == "own"


def test_that_another_model_or_other_weights_are_not_the_same_quality() -> None:
    api = CV12_RIG | {"api": {"provider": "test", "model": "a"}}
    same = assess(api, CV11_WORK, tariff("a", "1", "1", "1")).cost
    assert not any("quality" in sentence for sentence in same.because)
    other = assess(api, CV11_WORK, tariff("a", "1", "1", "1", serves="llama-3.3-70b")).cost
    assert any("not the same quality" in sentence for sentence in other.because)


def test_that_what_is_printed_as_json_has_no_infinity_and_all_fields() -> None:
    for work in (CV11_WORK, NO_WORK):
        answer = assess(CV12_RIG | {"api": V41_FLASH}, work).to_json()["cost"]
        assert json.loads(json.dumps(answer, allow_nan=False))["verdict"] in ("api", "too_close")
        assert answer["sentence"]


def test_that_watts_at_work_below_those_of_waiting_are_told() -> None:
    rig = {"hardware_usd": 1000.0, "load_w": 100.0, "idle_w": 200.0}
    swapped = assess(rig).cost
    assert any("100 W at work are below 200 W" in sentence for sentence in swapped.because)
    right = assess(rig | {"load_w": 300.0}).cost
    assert not any("W at work" in sentence for sentence in right.because)
