"""Every shipped claim against the verdict that a person found by hand."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from moeplanner_gui.core.claims.judge import judge_all
from moeplanner_gui.core.claims.terms import Claim, Judgement
from tests.core.rigs import CATALOG

_DATA = Path(__file__).parents[2] / "data" / "claims"
BY_HAND: list[dict[str, str]] = json.loads((_DATA / "verdicts.json").read_text("utf-8"))["claims"]
EXPLAINED: dict[str, dict[str, Any]] = {
    row["id"]: row
    for row in json.loads((_DATA / "disagreements.json").read_text("utf-8"))["claims"]
}
MEANS = {
    "right": {"holds", "holds_within"},
    "wrong": {"wrong", "cannot_be_true"},
    "internally inconsistent": {"wrong", "cannot_be_true"},
    "unverifiable": {"cannot_be_checked"},
}
CLAIMS: dict[str, Claim] = dict(CATALOG.claims.claims)


@pytest.fixture(scope="module")
def judged() -> dict[str, Judgement]:
    return {judgement.id: judgement for judgement in judge_all(CLAIMS.values(), CATALOG)}


def test_that_every_claim_that_was_checked_by_hand_is_there_once() -> None:
    ids = [row["id"] for row in BY_HAND]
    assert len(set(ids)) == len(ids) == 346
    assert list(sorted(CLAIMS)) == sorted(ids)


@pytest.mark.parametrize("row", BY_HAND, ids=lambda row: str(row["id"]))
def test_that_a_claim_is_judged_as_it_was_by_hand_or_says_why_not(
    row: dict[str, str], judged: dict[str, Judgement]
) -> None:
    judgement, claim = judged[row["id"]], CLAIMS[row["id"]]
    explained = EXPLAINED.get(row["id"])
    if explained is None:
        assert judgement.verdict in MEANS[row["check"]], judgement.because
        return
    assert judgement.verdict == explained["verdict"], judgement.because
    assert judgement.verdict not in MEANS[row["check"]], "it agrees now: take it off the table"
    assert claim.note == explained["because"], "the reader sees another explanation"


def test_that_what_the_planner_is_to_reproduce_or_refute_is_decided_by_computing(
    judged: dict[str, Judgement],
) -> None:
    meant = [row["id"] for row in BY_HAND if row["planner"] != "context"]
    assert len(meant) == 232
    undecided = [name for name in meant if judged[name].verdict == "cannot_be_checked"]
    assert undecided == []
    assert not [name for name in meant if judged[name].computed is None]


def test_that_each_judgement_has_a_sentence_and_what_was_computed_has_its_arithmetic(
    judged: dict[str, Judgement],
) -> None:
    for judgement in judged.values():
        assert judgement.because.endswith("."), judgement
        if judgement.computed is not None:
            assert judgement.steps, judgement.id
        if judgement.factor is not None:
            assert judgement.factor >= 1


def test_that_the_best_known_claims_come_out_as_their_arithmetic_says(
    judged: dict[str, Judgement],
) -> None:
    slice_taken_for_all = judged["E-042"]
    assert slice_taken_for_all.verdict == "cannot_be_true"
    assert slice_taken_for_all.mixed_up == "active_for_total"
    assert slice_taken_for_all.factor == pytest.approx(23.3, abs=0.2)
    assert "experts in host memory" in slice_taken_for_all.works
    cache = judged["C-013"]
    assert (cache.verdict, cache.direction) == ("wrong", "too_high")
    assert cache.factor == pytest.approx(6.2, abs=0.1)
    assert judged["C-050"].factor == pytest.approx(60)
    assert judged["C-050"].mixed_up == "sixty_times_amortisation"
    assert judged["B-039"].mixed_up == "eight_bit_scaling_of_four_bit"
    assert judged["A-028"].mixed_up == "nominal_bits"
    assert judged["D-022"].mixed_up == "old_price"
    assert judged["C-018"].mixed_up == "weights_left_out"
    assert judged["C-029"].mixed_up == "kv_linear_of_dense"
    assert judged["C-034"].mixed_up == "next_generation"
    assert judged["D-032"].because.endswith("The number is that of DeepSeek V3.")
    assert judged["B-025"].verdict == "holds"
    computed = judged["B-025"].computed
    assert computed is not None
    assert computed.usual == 159.609485896


def test_that_no_verdict_is_rare_by_accident(judged: dict[str, Judgement]) -> None:
    found = Counter(judgement.verdict for judgement in judged.values())
    assert set(found) == {"holds", "holds_within", "wrong", "cannot_be_true", "cannot_be_checked"}
    assert min(found.values()) > 20
