"""How decode's figures are told: the same numbers, each part, the constants and their sources."""

from __future__ import annotations

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.derivation import Confidence, Derivation
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.plan import Plan
from tests.core.rigs import CATALOG
from tests.core.speed.test_decode import plan

HYBRID = plan("qwen3-235b-a22b", ["rtx4090"], cpu_moe_layers=-1, context_tokens=8192)


def told(of: Plan, field: str = "decode_tokens_per_s") -> Derivation:
    return explain(of, evaluate(of, CATALOG), CATALOG, f"speed.{field}")


def test_that_every_part_of_a_step_is_told_with_its_device() -> None:
    labels = [part.label for part in told(HYBRID).inputs]
    assert any("host memory" in label for label in labels)
    assert any(label.endswith(", GPU 1") for label in labels)
    assert {"Band"} <= set(labels)


def test_that_the_parts_add_up_to_the_rate() -> None:
    rate = evaluate(HYBRID, CATALOG).speed.decode_tokens_per_s
    assert rate is not None
    units = {"ms": 1e-3, "µs": 1e-6, "s": 1.0}
    parts = [part.value.split() for part in told(HYBRID).inputs]
    seconds = sum(float(p[0]) * units[p[1]] for p in parts if len(p) == 2 and p[1] in units)
    assert 1 / seconds == pytest.approx(rate.expected, rel=0.02)


def test_that_formulas_carry_their_numbers() -> None:
    parts = {part.label: part.formula for part in told(HYBRID).inputs}
    experts = next(text for label, text in parts.items() if "experts in host memory" in label)
    assert "8 of 128 experts" in experts and "GB/s" in experts


def test_that_the_constants_name_where_their_rows_were_published() -> None:
    constants = next(p for p in told(HYBRID).inputs if p.label.startswith("Constants"))
    assert "https://" in constants.source and "rows of" in constants.formula


def test_that_all_users_are_users_times_each() -> None:
    many = plan("llama-3.1-8b", ["rtx4090"], context_tokens=16_384, sequences=4)
    whole = told(many, "decode_tokens_per_s_all_users")
    assert whole.formula.startswith("4 users ×") and len(whole.inputs) == 1
    assert any("more users" in part.label for part in whole.inputs[0].inputs)


def test_that_what_was_not_measured_alike_is_unverified() -> None:
    rare = plan("deepseek-v4-flash", ["rtxpro6000"] * 2, "native", context_tokens=8192)
    assert told(rare).confidence is Confidence.UNVERIFIED
    usual = plan("llama-3.1-8b", ["rtx4090"], context_tokens=8192)
    assert told(usual).confidence is Confidence.MODELLED


def test_that_a_missing_figure_has_no_derivation() -> None:
    with pytest.raises(KeyError):
        told(plan("deepseek-r1", ["rtx4090"], context_tokens=8192))
