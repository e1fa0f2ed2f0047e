"""What fits is never rounded towards yes, and every no says what does work."""

from __future__ import annotations

import json
from typing import Any

import pytest

from moeplanner_gui.core.claims.bench import Bench
from moeplanner_gui.core.claims.judge import judge
from moeplanner_gui.core.claims.terms import Claim, Judgement
from tests.core.rigs import CATALOG

BENCH = Bench(CATALOG)


def judged(check: dict[str, Any], **fields: Any) -> Judgement:
    base = {"id": "x", "topic": "fits", "says": "It fits.", "source": "me", "words": "it fits"}
    claim = Claim.model_validate_json(json.dumps({**base, **fields, "check": check}))
    return judge(claim, CATALOG, BENCH)


def described(parameters_b: float, formats: list[str], cards: list[str]) -> Judgement:
    return judged(
        {
            "kind": "described_fit",
            "parameters_b": parameters_b,
            "formats": formats,
            "cards": cards,
        }
    )


def plan(model: str, weights: str, cards: list[str], context: int = 8192) -> dict[str, Any]:
    node = {"gpus": cards, "display": "headless"}
    return {
        "model": model,
        "weights": weights,
        "rig": {"nodes": [node]},
        "workload": {"context_tokens": context},
    }


def test_that_only_a_smaller_recipe_than_the_usual_one_makes_it_hold_within() -> None:
    # 1,000 B in Q4_K_M are 605 GB, in IQ4_XS 537: 8 x H100 hold them, 7 only the smaller.
    both, one = ["q4_k_m", "iq4_xs"], described(1000, ["q4_k_m"], ["h100-sxm"] * 7)
    assert described(1000, both, ["h100-sxm"] * 8).verdict == "holds"
    assert one.verdict == "wrong"
    nearly = described(1000, both, ["h100-sxm"] * 7)
    assert nearly.verdict == "holds_within"
    assert nearly.within > 0
    assert "does not fit" in nearly.because


def test_that_weights_that_leave_nothing_for_the_cache_do_not_fit() -> None:
    usable = BENCH.usable(("h100-sxm",))
    exact = 8 * usable / BENCH.bits("kimi-k2.5", "q4_k_m") / 1e9
    assert described(exact * 0.999, ["q4_k_m"], ["h100-sxm"]).verdict == "wrong"
    assert described(exact * 0.95, ["q4_k_m"], ["h100-sxm"]).verdict == "holds"


def test_that_more_bits_than_memory_at_the_smallest_recipe_cannot_be_true() -> None:
    answer = described(1000, ["q4_k_m"], ["rtx4090"] * 2)
    assert answer.verdict == "cannot_be_true"
    assert "Not even IQ1_S" in answer.because
    assert answer.works
    assert answer.plans


def test_that_a_plan_that_does_not_fit_is_answered_with_one_that_does() -> None:
    check = {"kind": "fits", "plans": [plan("qwen2.5-72b", "q4_k_m", ["rtx4090"] * 2, 65536)]}
    answer = judged(check)
    assert answer.verdict == "wrong"
    working = BENCH.assess(answer.plans[-1].plan)
    assert working.fits
    assert "does fit" in answer.works


def test_that_one_of_several_plans_is_enough_only_where_the_claim_says_so() -> None:
    plans = [
        plan("qwen2.5-72b", "q4_k_m", ["rtxpro6000"]),
        plan("qwen2.5-72b", "q4_k_m", ["rtx4090"]),
    ]
    assert judged({"kind": "fits", "plans": plans, "needs": "one"}).verdict == "holds"
    assert judged({"kind": "fits", "plans": plans}).verdict == "wrong"


def test_that_a_claim_that_it_does_not_fit_is_checked_as_well() -> None:
    no = {"kind": "fits", "plans": [plan("qwen2.5-72b", "q4_k_m", ["rtx4090"])], "expects": False}
    yes = {"kind": "fits", "plans": [plan("llama-3.1-8b", "q4_k_m", ["rtx4090"])], "expects": False}
    assert judged(no).verdict == "holds"
    assert judged(yes).verdict == "wrong"


@pytest.mark.parametrize(("gigabytes", "verdict"), [(100.0, "wrong"), (200.0, "holds")])
def test_that_a_tier_holds_when_everything_it_names_fits(gigabytes: float, verdict: str) -> None:
    models = [{"model": "deepseek-v4-flash", "formats": ["native"]}]
    check = {"kind": "tier", "memory_gb": gigabytes, "models": models, "expects": True}
    assert judged(check).verdict == verdict
    check["expects"] = False
    assert judged(check).verdict != verdict


def test_that_more_memory_never_turns_a_minimum_that_is_enough_into_one_that_is_not() -> None:
    check = {"kind": "memory_needed", "formats": ["q4_k_m"], "level": "safe"}
    seen = []
    for value in (50.0, 100.0, 150.0, 170.0, 180.0, 200.0, 400.0):
        answer = judged(check, models=["deepseek-v4-flash"], value=value, unit="GB", words=None)
        seen.append(answer.verdict == "holds")
    assert seen == sorted(seen)
    assert seen[0] is False and seen[-1] is True


def test_that_the_memory_a_claim_needs_is_that_of_a_plan_that_fits() -> None:
    needed = BENCH.needed("deepseek-v4-flash", "q4_k_m", 32_768)
    assert needed is not None
    assessment = BENCH.assess(needed.plan)
    assert assessment.fits
    used = sum(device.used_bytes for device in assessment.devices if device.kind == "gpu")
    assert needed.used_bytes == used
    assert needed.used_bytes > BENCH.weights_bytes("deepseek-v4-flash", "q4_k_m")
    fewer = needed.plan.rig.nodes[0].gpus[1:]
    smaller = needed.plan.model_copy(
        update={
            "rig": needed.plan.rig.model_copy(
                update={"nodes": (needed.plan.rig.nodes[0].model_copy(update={"gpus": fewer}),)}
            )
        }
    )
    assert not BENCH.assess(smaller).fits
