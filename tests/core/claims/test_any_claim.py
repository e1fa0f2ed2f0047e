"""Anybody may write a claim: each ends in a judgement with a sentence, never in an error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from moeplanner_gui.core.claims.bench import Bench
from moeplanner_gui.core.claims.dimensions import UNITS, measured, wrong_unit
from moeplanner_gui.core.claims.judge import judge
from moeplanner_gui.core.claims.terms import Claim
from tests.core.rigs import CATALOG

BASE: dict[str, Any] = {"id": "x", "topic": "other", "says": "Something.", "source": "me"}
BENCH = Bench(CATALOG)
CLAIMS = tuple(CATALOG.claims.claims.values())


def claim(**fields: Any) -> Claim:
    return Claim.model_validate_json(json.dumps({**BASE, **fields}))


@pytest.mark.parametrize(
    "fields",
    [
        {"check": {"kind": "weights", "formats": ["q4_k_m"]}},
        {"check": {"kind": "weights", "formats": ["q4_k_m"]}, "models": ["no-such-model"]},
        {"check": {"kind": "weights", "formats": ["zip"]}, "models": ["deepseek-v4-flash"]},
        {"check": {"kind": "weights", "formats": ["mxfp4_moe"]}, "models": ["llama-3.3-70b"]},
        {"check": {"kind": "card", "card": "no-card"}},
        {"check": {"kind": "card", "card": "m4-max-128", "figure": "pcie_generation"}},
        {"check": {"kind": "link", "link": "string"}},
        {"check": {"kind": "published", "figures": ["nothing"]}},
        {"check": {"kind": "api_price", "apis": ["nobody/nothing"]}},
        {"check": {"kind": "api_price", "apis": ["openai/gpt-4o"], "day": "1999-01-01"}},
        {"check": {"kind": "expression", "formula": "{x} + {nobody}", "words": "a sum"}},
        {"check": {"kind": "expression", "formula": "import os", "words": "a sum"}},
        {"check": {"kind": "kv_cache", "context_tokens": 4096}, "models": ["mixtral-8x7b"]},
        {"check": {"kind": "none", "reason": "opinion"}},
        {"check": {"kind": "described_fit", "parameters_b": 1e-3, "formats": ["native"],
                   "cards": ["rtx4090"]}},
        {"check": {"kind": "described_weights", "parameters_b": 7, "formats": ["?"]}},
        {"check": {"kind": "tier", "memory_gb": 1e9, "expects": True, "models":
                   [{"model": "deepseek-v4-pro", "formats": ["q4_k_m"]}]}},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("value", [None, 0.0, -5.0, 1e18])
def test_that_a_claim_of_something_odd_is_judged_all_the_same(
    fields: dict[str, Any], value: float | None
) -> None:
    judgement = judge(claim(value=value, unit="GB", **fields), CATALOG)
    assert judgement.because
    assert judgement.factor is None or judgement.factor >= 1


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(CLAIMS),
    st.floats(-1e18, 1e18, allow_nan=False),
    st.sampled_from([unit for units in UNITS.values() for unit in units] + ["parsecs"]),
    st.sampled_from(["about", "at_least", "at_most"]),
)
def test_that_any_number_in_any_unit_ends_in_a_judgement(
    shipped: Claim, value: float, unit: str, relation: str
) -> None:
    odd = shipped.model_copy(
        update={"value": value, "value_high": None, "unit": unit, "relation": relation}
    )
    judgement = judge(odd, CATALOG, BENCH)
    assert judgement.because
    if wrong_unit(odd) is not None:
        assert judgement.verdict == "cannot_be_checked"


def test_that_every_shipped_claim_is_in_a_unit_of_what_it_measures() -> None:
    assert {measured(one.check) for one in CLAIMS} <= {*UNITS, "any"}
    assert [one.id for one in CLAIMS if wrong_unit(one)] == []


@pytest.mark.parametrize(
    "fields",
    [
        {"check": {"kind": "verdict", "is": "holds"}},
        {"check": {"kind": "none", "reason": "opinion"}, "verdict": "holds"},
        {"check": {"kind": "none", "reason": "opinion"}, "value": 5.0, "value_high": 4.0},
        {"check": {"kind": "none", "reason": "opinion"}, "value": "5"},
        {"check": {"kind": "none", "reason": "opinion"}, "id": ""},
        {"check": {"kind": "none", "reason": "opinion"}, "says": "x" * 501},
    ],
    ids=str,
)
def test_that_a_claim_with_an_answer_or_a_broken_field_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        claim(**fields)
