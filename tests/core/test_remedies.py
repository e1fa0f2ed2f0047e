import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.remedies import remedies
from tests.core.rigs import CATALOG, make_plan


@pytest.mark.parametrize(
    "plan",
    [
        make_plan("deepseek-v4-flash", "rtx4090", "rtx4090"),
        make_plan("llama-3.1-8b", "rtx4090", context_tokens=131_072, sequences=4),
        make_plan("deepseek-v4-flash", *("rtx4090",) * 8, engine="vllm", tensor_parallel=8),
        make_plan("deepseek-v4-flash", "rtxpro6000", "rtxpro6000", weights="q5_k_m"),
        make_plan("qwen3-235b-a22b", "h100-sxm", "h100-sxm", engine="vllm"),
    ],
)
def test_that_every_remedy_makes_the_plan_fit(plan: Plan) -> None:
    found = remedies(plan, CATALOG)
    assert found
    for remedy in found:
        assert evaluate(remedy.plan, CATALOG).fits
        assert remedy.plan != plan
        assert remedy.title
        assert remedy.outcome.startswith(("Fits", "Tight"))


def test_that_a_plan_that_fits_needs_no_remedy() -> None:
    assert remedies(make_plan("llama-3.1-8b", "rtx4090"), CATALOG) == ()


def test_that_settings_come_before_hardware() -> None:
    plan = make_plan("llama-3.1-8b", "rtx4090", context_tokens=131_072)
    titles = [remedy.title for remedy in remedies(plan, CATALOG)]
    assert titles[0].startswith("Shorten the context to ")
    assert titles[1] == "Use a q4_0 KV cache"
    assert titles[-1].startswith("Add one more ")


def test_that_experts_in_host_memory_are_the_fewest_that_help() -> None:
    plan = make_plan("deepseek-v4-flash", "rtx4090", "rtx4090")
    remedy = next(r for r in remedies(plan, CATALOG) if r.title.startswith("Keep the experts"))
    layers = remedy.plan.deployment.cpu_moe_layers
    fewer = remedy.plan.deployment.model_copy(update={"cpu_moe_layers": layers - 1})
    assert 0 < layers <= 43
    assert not evaluate(remedy.plan.replace(deployment=fewer), CATALOG).fits


def test_that_native_is_offered_for_weights_larger_than_the_checkpoint() -> None:
    plan = make_plan("deepseek-v4-flash", "rtxpro6000", "rtxpro6000", weights="q5_k_m")
    chosen = [remedy.plan.weights for remedy in remedies(plan, CATALOG)]
    assert "native" in chosen
