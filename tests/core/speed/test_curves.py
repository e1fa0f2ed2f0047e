"""Speed against context, prompt and users: the curves agree with ``evaluate``."""

from __future__ import annotations

from typing import Any

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import CustomCard, CustomSlot, Plan
from moeplanner_gui.core.speed.curves import (
    decode_over_context,
    decode_over_users,
    prefill_over_prompt,
    too_many_users,
)
from tests.core.rigs import CATALOG, make_plan


def asked(plan: Plan, **workload: Any) -> Plan:
    return plan.replace(workload=plan.workload.model_copy(update=workload))


LLAMA = make_plan("llama-3.1-8b", "rtx3090", weights="Q4_K_M")
SERVED = make_plan("llama-3.1-8b", "h100-sxm", engine="vllm", weights="bf16")


@pytest.mark.parametrize("plan", (LLAMA, SERVED))
@pytest.mark.parametrize("users", (1, 4))
def test_that_curves_pass_through_what_evaluate_tells(plan: Plan, users: int) -> None:
    plan = asked(plan, context_tokens=8192, sequences=users, prompt_tokens=1024)
    speed = evaluate(plan, CATALOG).speed
    depth = speed.depth_tokens
    assert speed.decode_tokens_per_s is not None
    rates = {point.tokens: point.rate for point in decode_over_context(plan, CATALOG)}
    assert rates[depth or 0] == speed.decode_tokens_per_s
    by_users = {point.users: point for point in decode_over_users(plan, CATALOG).points}
    assert by_users[users].each == speed.decode_tokens_per_s
    assert by_users[users].everyone == speed.decode_tokens_per_s_all_users


def test_that_the_wait_for_a_prompt_is_the_same_in_curve_and_figure() -> None:
    for depth in (2048, 32_768):
        plan = asked(LLAMA, context_tokens=depth, prompt_tokens=2048)
        told = evaluate(plan, CATALOG).speed.time_to_first_token_s
        points = prefill_over_prompt(asked(LLAMA, context_tokens=2048), CATALOG)
        drawn = {point.tokens: point.first_token_s for point in points}
        assert drawn[2048] == told


def test_that_a_fitting_plan_is_on_its_own_curve_beyond_what_the_model_was_made_for() -> None:
    four = make_plan("qwen3.6-27b", *("rtx4090",) * 4, weights="Q4_K_M")
    plan = asked(four, context_tokens=2**19)
    assert evaluate(plan, CATALOG).fits
    assert decode_over_context(plan, CATALOG)[-1].tokens == 2**19
    assert prefill_over_prompt(plan, CATALOG)[-1].tokens == 2**19


def test_that_a_curve_is_drawn_as_far_as_speed_is_known() -> None:
    card = CustomCard(name="Mine", memory_mib=98_304, bandwidth_gbs=1000.0)
    plan = make_plan("llama-3.1-8b", CustomSlot(custom=card), weights="Q4_K_M")
    curve = decode_over_users(plan, CATALOG)
    assert curve.points[0].users == 1
    assert curve.points[-1].users <= 8 < curve.most
    assert "compute" in curve.because


def test_that_more_users_than_fit_are_refused_with_the_number_that_works() -> None:
    plan = asked(LLAMA, context_tokens=32_768 * 64, sequences=64)
    assessment = evaluate(plan, CATALOG)
    most = decode_over_users(plan, CATALOG).most
    refused = too_many_users(plan, CATALOG)
    assert not assessment.fits
    assert refused is not None
    assert f"{most:,} users fit" in refused
    assert refused in (assessment.speed.because or "")
    each = plan.workload.context_tokens // 64
    works = asked(plan, context_tokens=each * most, sequences=most)
    assert evaluate(works, CATALOG).fits
    over = asked(plan, context_tokens=each * (most + 1), sequences=most + 1)
    assert not evaluate(over, CATALOG).fits
