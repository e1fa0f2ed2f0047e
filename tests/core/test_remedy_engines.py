"""Ways around a refusal."""

from __future__ import annotations

from moeplanner_gui.core.remedies import remedies
from tests.core.rigs import CATALOG, make_plan


def test_that_v4_refused_on_ampere_is_offered_llama_cpp_with_experts_in_host_memory() -> None:
    plan = make_plan(
        "deepseek-v4-flash", "rtx3090", "rtx3090", engine="vllm", tensor_parallel=2, ram_gib=256
    )
    first = remedies(plan, CATALOG)[0]
    assert first.title.startswith("Use llama.cpp and keep the experts of ")
    assert first.outcome.startswith("Fits")
    assert first.plan.deployment.engine == "llama.cpp"
    assert first.plan.rig == plan.rig


def test_that_a_way_nobody_has_checked_says_so_and_comes_after_one_that_was() -> None:
    plan = make_plan(
        "deepseek-v4-flash", "rtx3090", "rtx3090", engine="vllm", tensor_parallel=2, ram_gib=256
    )
    found = remedies(plan, CATALOG)
    unsure = [r.title for r in found if "was not checked" in r.outcome]
    assert unsure
    assert all(r.plan.deployment.engine != "llama.cpp" for r in found if r.title in unsure)
    assert found[0].title not in unsure


def test_that_no_remedy_is_offered_twice() -> None:
    plan = make_plan("deepseek-v3", *["a100-80-pcie"] * 8, engine="sglang", tensor_parallel=8)
    found = remedies(plan, CATALOG)
    assert len({remedy.plan for remedy in found}) == len(found)
    assert "Use vLLM with NVFP4" in {remedy.title for remedy in found}


def test_that_a_plan_that_runs_and_is_too_large_is_not_moved_this_way() -> None:
    plan = make_plan("deepseek-v3", "h200", "h200", engine="vllm", tensor_parallel=2)
    assert not any(" and keep the experts" in r.title for r in remedies(plan, CATALOG))
