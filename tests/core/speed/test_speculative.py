"""Guesses of a model's own prediction layers."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.derivation import Confidence
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.speed.decode import Decode, decode_speed
from moeplanner_gui.core.speed.speculative import (
    Speculation,
    said,
    speculation_of,
    tokens_of_step,
)
from moeplanner_gui.core.speed.terms import Unknown
from tests.core.rigs import CATALOG, make_plan


def _plan(model: str = "deepseek-r1", **options: object) -> Plan:
    cards = ("h200",) * 8
    return make_plan(
        model, *cards, engine="vllm", tensor_parallel=8, ram_gib=1024, mtp=True, **options
    )


def _decode(plan: Plan, users: int = 1) -> Decode:
    found = decode_speed(prepare(plan, CATALOG), CATALOG, 8192, users)
    assert isinstance(found, Decode)
    return found


@given(st.floats(0, 1), st.integers(1, 16))
def test_that_a_step_gives_between_one_token_and_all(rate: float, guesses: int) -> None:
    found = tokens_of_step(rate, guesses)
    assert 1.0 <= found <= guesses + 1
    assert found <= tokens_of_step(rate, guesses + 1)


def test_that_the_published_pairs_agree() -> None:
    assert tokens_of_step(0.85, 7) == pytest.approx(3.20, abs=0.05)
    assert tokens_of_step(0.80, 5) == pytest.approx(2.9, abs=0.05)
    assert tokens_of_step(0.83, 4) == pytest.approx(3.0, abs=0.05)


def test_that_nothing_is_assumed_where_nobody_published_a_share() -> None:
    plan = _plan("deepseek-v4-pro")
    found = speculation_of(prepare(plan, CATALOG))
    assert isinstance(found, Unknown)
    assert "Enter the acceptance rate" in found.sentence
    answer = evaluate(plan, CATALOG).speed
    assert answer.decode_tokens_per_s is None
    assert found.sentence in (answer.because or "")


def test_that_a_typed_share_is_used_and_marked() -> None:
    found = speculation_of(prepare(_plan("deepseek-v4-pro", acceptance_rate=0.7), CATALOG))
    assert isinstance(found, Speculation)
    assert found.tokens.low == found.tokens.high == pytest.approx(1.7)
    assert found.acceptance.confidence is Confidence.UNVERIFIED
    assert "70%" in said(found)
    assert "ntered by you" in said(found)


def test_that_engines_and_models_without_prediction_layers_refuse() -> None:
    plan = make_plan("llama-3.1-8b", "h200", engine="vllm", mtp=True)
    found = speculation_of(prepare(plan, CATALOG))
    assert isinstance(found, Unknown)
    assert "no prediction layers" in found.sentence
    llama = make_plan("glm-4.6", *("h200",) * 4, weights="Q4_K_M", mtp=True)
    other = speculation_of(prepare(llama, CATALOG))
    assert isinstance(other, Unknown)
    assert "llama.cpp" in other.sentence


def test_that_good_guesses_pay_for_one_user_and_none_do_not() -> None:
    plan = _plan()
    off = plan.replace(deployment=plan.deployment.model_copy(update={"mtp": False}))
    never = _plan(acceptance_rate=0.0)
    assert _decode(plan).rate.expected > 1.2 * _decode(off).rate.expected
    # Guessing that is never right costs its time and gives nothing.
    assert _decode(never).rate.expected < _decode(off).rate.expected


def test_that_the_step_is_longer_and_shows_the_guessing() -> None:
    plan = _plan(draft_tokens=3)
    guessed = _decode(plan)
    alone = _decode(replace_mtp(plan))
    assert sum(t.seconds for t in guessed.terms) > sum(t.seconds for t in alone.terms)
    drafts = [term for term in guessed.terms if term.kind == "draft"]
    assert len(drafts) == 1
    assert drafts[0].amount / drafts[0].rate == pytest.approx(drafts[0].seconds)
    tokens = tokens_of_step(0.85, 3)
    step = sum(term.seconds for term in guessed.terms)
    assert guessed.rate.expected == pytest.approx(tokens / step)


def replace_mtp(plan: Plan) -> Plan:
    return plan.replace(deployment=plan.deployment.model_copy(update={"mtp": False}))


def test_that_a_higher_share_is_never_slower_and_the_band_stays_ordered() -> None:
    rates = [_decode(_plan(acceptance_rate=share)).rate for share in (0.0, 0.3, 0.6, 0.9, 1.0)]
    assert [one.expected for one in rates] == sorted(one.expected for one in rates)
    band = _decode(_plan()).rate
    assert band.low < band.expected < band.high
    # The published range of the share widens the band of the constants.
    typed = _decode(_plan(acceptance_rate=0.85)).rate
    assert band.low < typed.low
    assert replace(typed, low=band.low, high=band.high) == replace(band, expected=typed.expected)


def test_that_the_derivation_tells_the_share_and_where_it_was_read() -> None:
    plan = _plan(draft_tokens=2)
    found = evaluate(plan, CATALOG)
    text = explain(plan, found, CATALOG, "speed.decode_tokens_per_s").as_text()
    assert "Guessing by the prediction layer" in text
    assert "Prediction layers, 2 guesses: ≈ × 2.47" in text
    assert "85%" in text
    assert "arXiv 2412.19437" in text
    typed = _plan("deepseek-v4-pro", acceptance_rate=0.6)
    told = explain(typed, evaluate(typed, CATALOG), CATALOG, "speed.decode_tokens_per_s").as_text()
    assert "Prediction layers, 1 guess: ? × 1.60" in told
    assert "entered by you" in told
