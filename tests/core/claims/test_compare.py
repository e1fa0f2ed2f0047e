"""When a number holds, when it is near, when it is wrong and when it cannot be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.core.claims.amounts import (
    amount_text,
    half_of_last_digit,
    in_unit,
    number,
    number_text,
    shown_pair,
    span,
)
from moeplanner_gui.core.claims.compare import compare, compared_value, explained_by
from moeplanner_gui.core.claims.found import Found, Mistake
from moeplanner_gui.core.claims.terms import Amount, Judgement, Relation
from moeplanner_gui.core.claims.verdict_words import (
    counts,
    factor_text,
    off_by_text,
    share_text,
    verdict_text,
)


def found(
    usual: float, low: float | None = None, high: float | None = None, **more: float
) -> Found:
    amount = span(usual if low is None else low, usual if high is None else high, usual, "GB")
    return Found(amount, "Because.", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("claimed", "computed", "verdict"),
    [
        (159.61, 159.609485896, "holds"),
        (49.0, 48.85, "holds"),
        (160.0, 159.6, "holds"),
        (100.0, 105.0, "holds_within"),
        (100.0, 95.0, "holds_within"),
        (80.0, 171.8, "wrong"),
        (64.0, 10.3, "wrong"),
    ],
)
def test_that_a_number_is_judged_by_how_far_it_is_off(
    claimed: float, computed: float, verdict: str
) -> None:
    assert compare(number(claimed, "GB"), found(computed), "about").verdict == verdict


def test_that_another_recipe_of_the_same_name_makes_a_number_hold_within_the_usual_one() -> None:
    difference = compare(number(74.0, "GB"), found(103.1, 74.1, 103.1), "about")
    assert difference.verdict == "holds_within"
    assert difference.within == pytest.approx(0.282, abs=0.001)


def test_that_the_nearer_end_of_a_claimed_range_is_compared() -> None:
    difference = compare(span(22, 26, 22, "GB"), found(604.6), "about")
    assert difference.factor == pytest.approx(23.25, abs=0.01)
    assert difference.direction == "too_low"
    assert compared_value(span(22, 26, 22, "GB"), number(604.6, "GB")) == 26


def test_that_below_what_is_possible_at_all_a_claim_cannot_be_true() -> None:
    answer = found(604.6, floor=199.2)
    assert compare(number(26, "GB"), answer, "about").verdict == "cannot_be_true"
    assert compare(number(300, "GB"), answer, "about").verdict == "wrong"


@pytest.mark.parametrize(
    ("relation", "claimed", "verdict"),
    [
        ("at_least", 10.0, "holds"),
        ("at_least", 1000.0, "wrong"),
        ("at_most", 1000.0, "holds"),
        ("at_most", 10.0, "wrong"),
    ],
)
def test_that_a_bound_is_broken_from_one_side_only(
    relation: Relation, claimed: float, verdict: str
) -> None:
    assert compare(number(claimed, "GB"), found(100.0), relation).verdict == verdict


@given(
    st.floats(1e-6, 1e12),
    st.floats(1e-6, 1e12),
    st.floats(1.0, 3.0),
    st.sampled_from(["about", "at_least", "at_most"]),
)
def test_that_a_factor_is_never_below_one_and_what_holds_is_near(
    claimed: float, computed: float, wide: float, relation: Relation
) -> None:
    answer = found(computed, computed / wide, computed * wide)
    difference = compare(number(claimed, "GB"), answer, relation)
    assert difference.factor is None or difference.factor >= 1
    inside = computed / wide <= claimed <= computed * wide
    if relation == "about" and difference.verdict in ("wrong", "cannot_be_true"):
        assert not inside
    if relation == "about" and difference.verdict == "holds":
        assert abs(claimed / computed - 1) <= 0.03


def code_of(claimed: Amount, mistakes: tuple[Mistake, ...]) -> str | None:
    mistake = explained_by(claimed, mistakes)
    return None if mistake is None else mistake.code


def test_that_the_formula_that_gives_the_number_best_explains_it() -> None:
    mistakes = (Mistake("nominal_bits", 82.0), Mistake("eight_bit_scaling_of_four_bit", 79.8))
    assert code_of(number(80, "GB"), mistakes) == "eight_bit_scaling_of_four_bit"
    assert code_of(number(60, "GB"), mistakes) is None
    wide = (Mistake("active_for_total", 16.0, 24.0), Mistake("nominal_bits", 20.1))
    assert code_of(number(20, "GB"), wide) == "nominal_bits"
    assert code_of(number(23, "GB"), wide) == "active_for_total"


@pytest.mark.parametrize(
    ("value", "half"), [(159.61, 0.005), (49, 0.5), (1600, 50), (0.27, 0.005), (0, 0)]
)
def test_that_the_digits_that_are_stated_say_how_exact_a_claim_is(
    value: float, half: float
) -> None:
    assert half_of_last_digit(value) == pytest.approx(half)


def test_that_tokens_are_counted_in_1024_where_they_divide() -> None:
    assert in_unit(1_048_576, "M tokens") == 1
    assert in_unit(131_072, "K tokens") == 128
    assert in_unit(200_000, "K tokens") == 200


def test_that_amounts_are_written_as_a_person_reads_them() -> None:
    assert number_text(0.3333, "USD/inference") == "$0.33 an inference"
    assert number_text(10000, "USD") == "$10,000"
    assert number_text(171.8211, "GB") == "171.8 GB"
    assert number_text(18.5, "x") == "18.5 ×"
    assert amount_text(span(22, 26, 22, "GB")) == "22–26 GB"
    assert shown_pair(number(159.61, "GB"), number(159.609485896, "GB")) == (
        "159.61 GB",
        "159.61 GB",
    )
    assert shown_pair(None, None) == ("–", "–")


def test_that_shares_and_factors_are_never_rounded_towards_yes() -> None:
    assert share_text(0.0281) == "3 %"
    assert share_text(0.03) == "3 %"
    assert share_text(0.0031) == "0.4 %"
    assert factor_text(1.04) == "1.04"
    assert factor_text(23.25) == "23"
    assert factor_text(2.15) == "2.1" or factor_text(2.15) == "2.2"
    wrong = Judgement(id="x", verdict="wrong", factor=1.003, direction="too_low", because="x.")
    assert off_by_text(wrong) == "1.01 × too low"


def test_that_every_verdict_has_words_and_is_counted() -> None:
    near = Judgement(id="x", verdict="holds_within", within=0.172, because="x.")
    assert verdict_text(near) == "Holds within 18 %"
    assert counts([near, near])["holds_within"] == 2
    assert counts([])["wrong"] == 0
