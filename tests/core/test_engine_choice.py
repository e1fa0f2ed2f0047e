import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.engine_choice import with_engine
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.plan import Deployment
from tests.core.rigs import CATALOG, make_plan


def _moved(model: str, engine: str, *cards: str, **options: object) -> Deployment:
    plan = make_plan(model, *cards, ram_gib=1024, **options)
    moved = with_engine(plan, engine, CATALOG)  # type: ignore[arg-type]
    assert evaluate(moved, CATALOG).verdict != "cannot_run", evaluate(moved, CATALOG).reasons
    return moved.deployment


def test_that_all_cards_share_a_layer_where_the_model_divides() -> None:
    options = _moved("deepseek-v3", "sglang", *("h200",) * 8)
    assert (options.tensor_parallel, options.pipeline_parallel) == (8, 1)
    assert not options.expert_parallel


def test_that_experts_stay_whole_where_slices_cannot_be_cut() -> None:
    options = _moved("qwen3-235b-a22b", "vllm", *("h100-sxm",) * 8, weights="fp8")
    assert (options.tensor_parallel, options.expert_parallel) == (8, True)


def test_that_ktransformers_uses_the_cards_of_one_computer() -> None:
    plan = make_plan("deepseek-v3", "h200", "h200", ram_gib=1024, nodes=2)
    options = with_engine(plan, "ktransformers", CATALOG).deployment
    assert (options.tensor_parallel, options.pipeline_parallel) == (2, 1)


def test_that_sglang_gets_its_own_share_and_vllm_its_default_back() -> None:
    plan = make_plan("llama-3.1-8b", "rtx4090")
    there = with_engine(plan, "sglang", CATALOG)
    assert there.deployment.memory_utilization == 0.704
    back = with_engine(there, "vllm", CATALOG)
    assert back.deployment.memory_utilization == 0.9


def test_that_a_desktop_lowers_the_limit_with_which_vllm_starts() -> None:
    plan = make_plan("llama-3.1-8b", "rtx4090", display="windows")
    options = with_engine(plan, "vllm", CATALOG).deployment
    assert options.memory_utilization < 0.9


@pytest.mark.parametrize("engine", ["vllm", "sglang", "ktransformers"])
def test_that_every_part_of_every_engine_is_told(engine: str) -> None:
    plan = make_plan("deepseek-v3", *("h200",) * 8, ram_gib=1024, sequences=4)
    moved = with_engine(plan, engine, CATALOG)  # type: ignore[arg-type]
    assessment = evaluate(moved, CATALOG)
    assert assessment.verdict != "cannot_run"
    for field in ("kv_cache_bytes", "compute_bytes"):
        tree = explain(moved, assessment, CATALOG, f"devices.0.{field}")
        assert tree.inputs
        assert tree.source
