"""Claims about money against the worked examples of the cost rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from moeplanner_gui.core.claims.judge import judge
from moeplanner_gui.core.claims.mixed_up import TITLES, sentence_of
from moeplanner_gui.core.claims.terms import MixUp, Topic, Verdict
from moeplanner_gui.core.claims.verdict_words import TOPICS, VERDICTS
from tests.core.rigs import CATALOG

_DATA = Path(__file__).parents[2] / "data" / "cost_vectors.json"
VECTORS: dict[str, Any] = {
    vector["id"]: vector["expected"]
    for vector in json.loads(_DATA.read_text(encoding="utf-8"))["vectors"]
}


def computed(claim_id: str) -> tuple[float, float, float]:
    """Low, usual and high of what is computed for a claim."""
    amount = judge(CATALOG.claims.claims[claim_id], CATALOG).computed
    assert amount is not None
    assert amount.low is not None and amount.usual is not None and amount.high is not None
    return amount.low, amount.usual, amount.high


def exact(vector: str, *names: str) -> float:
    value = VECTORS[vector]
    for name in names:
        value = value[name]
    return float(value["exact"])


def test_that_a_rig_against_a_price_a_token_breaks_even_as_in_the_example() -> None:
    low, _, high = computed("A-050")
    assert low == pytest.approx(exact("CV01", "breakeven_at_0_30"))
    assert high == pytest.approx(exact("CV01", "breakeven_at_0_10"))


def test_that_pages_are_counted_as_in_the_example() -> None:
    assert computed("A-053")[1] == exact("CV04", "pages")


def test_that_a_rig_against_a_price_an_inference_breaks_even_as_in_the_example() -> None:
    low, usual, high = computed("C-051")
    assert usual == high == pytest.approx(exact("CV07", "with_hardware_24_7"))
    assert low == pytest.approx(exact("CV07", "with_hardware_busy_only"))


def test_that_the_hardware_of_an_inference_is_that_of_the_example() -> None:
    assert computed("C-050")[1] == pytest.approx(exact("CV08", "amortisation_per_inference"))
    factor = judge(CATALOG.claims.claims["C-050"], CATALOG).factor
    assert factor == pytest.approx(exact("CV08", "error_factor"))


def test_that_ratios_of_prices_are_those_of_the_examples() -> None:
    assert computed("E-051")[1] == pytest.approx(exact("CV26", "opus_over_v4"))
    assert computed("E-052")[1] == pytest.approx(exact("CV26", "input_cut_vs_gpt52"))
    assert computed("D-022")[1] == pytest.approx(exact("CV27", "sum_ratio_table"))


def test_that_every_code_has_words() -> None:
    assert set(TITLES) == set(get_args(MixUp))
    assert all(sentence_of(code).endswith(".") for code in TITLES)
    assert set(VERDICTS) == set(get_args(Verdict))
    assert set(TOPICS) == set(get_args(Topic))
