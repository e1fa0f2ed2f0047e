"""The sentence, the kinds of use and the derivations of a month."""

from __future__ import annotations

import re
from typing import Any

import pytest

from moeplanner_gui.core.assessment import Cost
from moeplanner_gui.core.cost.explain_cost import explained_fields
from moeplanner_gui.core.cost.presets import (
    PRESETS,
    inferences_of,
    matching_preset,
    preset,
    with_inferences,
    with_preset,
)
from moeplanner_gui.core.cost.sentence import (
    cost_sentence,
    known_usd,
    money_text,
    price_text,
    usd_band,
    volume_text,
    whole_usd,
)
from moeplanner_gui.core.explain import explain
from tests.core.cost.plans import (
    CV11_WORK,
    CV12_RIG,
    NO_WORK,
    FakeCatalog,
    assess,
    cost_plan,
    tariff,
)
from tests.core.rigs import CATALOG

FLASH = tariff("flash", "0.15", "0.003", "0.60", name="V4.1 Flash", peak_multiplier=2)
API = {"api": {"provider": "test", "model": "flash"}}
RENT = {"rent": {"gpu": "rtxpro6000", "usd_per_gpu_hour": 1.69}}


def said(economics: dict[str, Any], workload: dict[str, Any] = CV11_WORK) -> str:
    return cost_sentence(assess(CV12_RIG | economics, workload, FLASH).cost)


def test_that_one_sentence_says_it_all() -> None:
    assert said(API) == (
        "At 1,100M tokens a month this rig costs $413, the V4.1 Flash API $129: the API is 3.2"
        " times cheaper; the rig wins above 3.7B, which is 22 % of what it can do."
    )


def test_that_the_sentence_says_never_and_not_reachable() -> None:
    power = {"load_w": 20_000.0, "decode_tokens_per_s": 50.0}
    assert said(API | power).endswith(
        "; the rig never wins, its power alone costs more than the API."
    )
    slow = {"prefill_tokens_per_s": 3000.0, "decode_tokens_per_s": 150.0, "load_w": 200.0}
    assert re.search(r"; the rig would win above [\d.]+B, but [\d.]+B is all", said(API | slow))


def test_that_no_use_and_no_api_have_sentences_of_their_own() -> None:
    assert said({}, NO_WORK) == "Without use this rig costs $401 a month."
    assert said({}).endswith("this rig costs $413: $0.3754 a million tokens.")
    assert said({"hardware_usd": None}) == "No price for bare. Set one to compare."
    assert cost_sentence(Cost()) == ""


def test_that_a_dear_api_makes_the_rig_win() -> None:
    dear = {"api": {"input": 4.5, "cached": 0.5, "output": 20.0}}
    assert ": the rig is 9.0 times cheaper; the rig wins above " in said(dear)


def test_that_the_rig_is_not_said_to_win_where_renting_beats_it() -> None:
    dear = {"api": {"input": 0.66, "cached": 0.022, "output": 1.98}}
    found = said(dear | RENT)
    assert re.search(r"renting is .* times cheaper; against the API alone the rig wins", found)
    # Renting costs more than the API here, so that the rig beats both from there.
    costly = {"rent": {"gpu": "rtxpro6000", "usd_per_gpu_hour": 10.0}}
    assert "cheaper; the rig wins above 3.7B" in said(API | costly)


def test_that_renting_is_named_with_its_way() -> None:
    assert ", renting on demand $101: renting is 4.1 times cheaper." in said(RENT)


@pytest.mark.parametrize(
    ("mtok", "text"),
    [(0.004, "4,000"), (0.5, "0.5M"), (110, "110M"), (3744.8, "3.7B"), (2.5e6, "2.5T")],
)
def test_that_volumes_are_short(mtok: float, text: str) -> None:
    assert volume_text(mtok) == text


def test_that_small_amounts_are_never_written_as_nothing() -> None:
    assert money_text(0.004) == "less than a cent"
    assert money_text(0.53) == "$0.53"
    assert money_text(-3.5) == "-$3.50"
    assert price_text(0.003) == "$0.003"


def test_that_every_preset_fills_the_mix_and_is_recognised() -> None:
    plan = cost_plan(CV12_RIG)
    assert matching_preset(plan) is None
    for item in PRESETS:
        filled = with_preset(plan, item)
        assert inferences_of(filled.workload) == pytest.approx(item.inferences)
        assert matching_preset(filled) is item
        assert item.source
    agent = preset("coding_agent")
    share = agent.output_tokens / (agent.input_tokens + agent.output_tokens)
    assert share == pytest.approx(0.065)
    with pytest.raises(KeyError):
        preset("dreaming")


def test_that_a_month_can_be_counted_in_inferences() -> None:
    plan = with_inferences(cost_plan(CV12_RIG), 300, 1_000_000, 2000)
    assert plan.workload.input_mtok_per_month == 300
    assert plan.workload.output_mtok_per_month == pytest.approx(0.6)
    assert inferences_of(plan.workload) == pytest.approx(300)
    assert inferences_of(cost_plan(CV12_RIG).workload) is None
    for count in (-1, float("nan"), 1e13):
        with pytest.raises(ValueError, match="Inferences a month"):
            with_inferences(plan, count, 1, 1)


def test_that_every_amount_has_a_derivation_with_its_value() -> None:
    catalog: Any = FakeCatalog(FLASH)
    plan = cost_plan(CV12_RIG | API | RENT, CV11_WORK)
    assessment = assess(CV12_RIG | API | RENT, CV11_WORK, FLASH)
    cost = assessment.cost
    words = {"verdict", "because", "unpriced_parts", "known_hardware_usd", "hardware_usd"}
    for name in Cost.__slots__:
        value = getattr(cost, name)
        if value is None or name in words or name.endswith(("_name", "_answer")):
            continue
        assert name in explained_fields()
        found = explain(plan, assessment, catalog, f"cost.{name}")
        assert found.formula or found.inputs, name
        if name.endswith(("usd", "usd_per_month")):
            assert found.value == f"${value:,.2f}", name
    text = explain(plan, assessment, catalog, "cost.own_usd_per_month").as_text()
    assert "($21,000.00 − $8,400.00) ÷ 36 months" in text
    assert "120 W × 730.0 h ÷ 1000 × 1.0 × $0.1872" in text


def test_that_a_derivation_names_the_source_of_a_bundled_price() -> None:
    economics = CV12_RIG | {"api": {"provider": "deepseek", "model": "deepseek-v4-pro"}}
    plan = cost_plan(economics, CV11_WORK)
    from moeplanner_gui.core.assess import evaluate

    text = explain(plan, evaluate(plan, CATALOG), CATALOG, "cost.api_usd_per_month").as_text()
    row = CATALOG.tariffs.apis["deepseek/deepseek-v4-pro"]
    assert f"{row.source} ({row.date})" in text


def test_that_an_amount_that_is_not_known_has_no_derivation() -> None:
    plan = cost_plan(CV12_RIG, CV11_WORK)
    assessment = assess(CV12_RIG, CV11_WORK)
    for name in ("api_usd_per_month", "payback_months", "nonsense"):
        with pytest.raises(KeyError):
            explain(plan, assessment, CATALOG, f"cost.{name}")


@pytest.mark.parametrize(
    ("usd", "whole", "known"),
    [
        (39144.07, "$39,145", "$39,144"),
        (39144.93, "$39,145", "$39,144"),
        (39144.0000000001, "$39,144", "$39,144"),
        (39143.9999999999, "$39,144", "$39,144"),
    ],
)
def test_that_a_whole_sum_is_rounded_up_and_one_that_lacks_a_price_down(usd, whole, known) -> None:
    assert whole_usd(usd) == whole
    assert known_usd(usd) == known


def test_that_a_range_of_money_holds_what_is_rounded_up_within_it() -> None:
    assert usd_band(90.6, 100.4) == "90–101"
    assert whole_usd(100.4) == "$101"
