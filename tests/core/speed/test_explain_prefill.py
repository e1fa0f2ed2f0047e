"""How the rate of a prompt and the wait for the first token came about."""

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.derivation import Confidence, Derivation
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.plan import Plan
from tests.core.rigs import CATALOG, make_plan


def _told(plan: Plan, field: str) -> tuple[Assessment, Derivation]:
    found = evaluate(plan, CATALOG)
    return found, explain(plan, found, CATALOG, f"speed.{field}")


def test_that_the_rate_is_that_of_the_assessment_and_its_parts_are_told() -> None:
    plan = make_plan("qwen3-30b-a3b", "rtx3090", weights="Q4_K_M")
    found, told = _told(plan, "prefill_tokens_per_s")
    rate = found.speed.prefill_tokens_per_s
    assert rate is not None
    assert told.value.startswith(f"{rate.expected:,.0f} tokens/s")
    assert "32,768 tokens" in told.formula
    labels = [part.label for part in told.inputs]
    assert labels == [
        "Attention's matrices, shared experts and dense layers, GPU 1",
        "Routed experts, GPU 1",
        "Attention to earlier tokens, GPU 1",
        "Starting the layers, GPU 1",
        "Band of “llama.cpp, NVIDIA cards”",
    ]
    assert "TFLOPS reached" in told.inputs[0].formula
    assert "combinations" in told.inputs[-1].formula


def test_that_the_wait_is_the_prompt_and_one_step() -> None:
    plan = make_plan("llama-3.3-70b", *("rtx3090",) * 4, weights="Q4_K_M")
    workload = plan.workload.model_copy(update={"prompt_tokens": 4096})
    found, told = _told(plan.replace(workload=workload), "time_to_first_token_s")
    wait = found.speed.time_to_first_token_s
    assert wait is not None
    assert told.value.startswith(f"{wait.expected:,.1f} s")
    assert "4,096 tokens of prompt" in told.formula
    assert [part.label for part in told.inputs] == ["Prefill", "One step of decoding"]


def test_that_constants_of_few_rows_are_marked() -> None:
    served = make_plan("llama-3.1-8b", "h200", engine="vllm")
    assert _told(served, "prefill_tokens_per_s")[1].confidence is Confidence.UNVERIFIED
    known = make_plan("llama-3.1-8b", "rtx3090", weights="Q4_K_M")
    assert _told(known, "prefill_tokens_per_s")[1].confidence is Confidence.MODELLED


def test_that_copied_experts_and_a_power_limit_are_told() -> None:
    plan = make_plan("deepseek-r1", "rtx4090", weights="Q4_K_M", ram_gib=512, cpu_moe_layers=-1)
    node = plan.rig.nodes[0].model_copy(update={"host": "sp5-9004", "power_limit_w": 350.0})
    plan = plan.replace(rig=plan.rig.model_copy(update={"nodes": (node,)}))
    text = _told(plan, "prefill_tokens_per_s")[1].as_text()
    assert "Copying weights from host memory, Host memory" in text
    assert "GB/s" in text
    assert "A limit of 350 of 450 W" in text


def test_that_a_missing_figure_has_no_derivation() -> None:
    plan = make_plan("qwen3-30b-a3b", "w7800-48", weights="Q4_K_M")
    found = evaluate(plan, CATALOG)
    for field in ("prefill_tokens_per_s", "time_to_first_token_s"):
        with pytest.raises(KeyError):
            explain(plan, found, CATALOG, f"speed.{field}")
