from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.plan import Plan
from tests.core.rigs import CATALOG, bare_card, make_plan


def _found(plan: Plan) -> dict[str, Finding]:
    return {finding.code: finding for finding in evaluate(plan, CATALOG).findings}


def test_that_a_memory_limit_without_room_for_activations_is_named_with_one_that_has_it() -> None:
    plan = make_plan("llama-3.1-8b", "rtx4090", engine="sglang", memory_utilization=0.97)
    found = _found(plan)["memory_limit_too_high"]
    assert found.severity == "warning"
    share = float(found.message.split("--mem-fraction-static ", 1)[1].split(" ", 1)[0])
    lower = plan.deployment.model_copy(update={"memory_utilization": share})
    assert "memory_limit_too_high" not in _found(plan.replace(deployment=lower))


def test_that_the_options_which_the_figures_assume_are_named() -> None:
    plan = make_plan("llama-3.1-8b", "h100-sxm", engine="sglang", sequences=7)
    assert "--max-running-requests 7" in _found(plan)["started_with"].message
    card = bare_card(2**17, "9.0")
    moe = make_plan("minimax-m2.5", card, engine="ktransformers", ram_gib=512, gpu_experts=8)
    said = _found(moe)["started_with"].message
    assert "--kt-method FP8 --kt-num-gpu-experts 8" in said
    assert "AVX-512" in said


def test_that_images_are_said_not_to_be_counted() -> None:
    plan = make_plan("gemma-3-27b", "h100-sxm", engine="vllm")
    assert "images_not_counted" in _found(plan)
    assert "images_not_counted" not in _found(make_plan("gemma-3-27b", "h100-sxm"))
    assert "started_with" not in _found(plan)
