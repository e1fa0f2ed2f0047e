import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.context import context_table, longest_context, memory_curve
from moeplanner_gui.core.engine_choice import with_engine
from tests.core.rigs import CATALOG, bare_card, make_plan

TWO = make_plan("deepseek-v4-flash", "rtxpro6000", "rtxpro6000", ram_gib=64)


def test_that_the_model_can_end_before_the_memory() -> None:
    limit = longest_context(TWO, CATALOG)
    assert (limit.tokens, limit.limited_by) == (1_048_576, "model")
    assert limit.verdict == "fits"


def test_that_what_is_missing_is_told_when_nothing_fits() -> None:
    limit = longest_context(make_plan("deepseek-v4-flash", "rtx4090", "rtx4090"), CATALOG)
    assert limit.tokens == 0
    assert limit.limited_by == "memory"
    assert limit.short_bytes > 48 * 2**30


def test_that_a_refused_plan_has_no_context() -> None:
    plan = make_plan("llama-3.1-8b", "rtx4090", engine="ktransformers")
    assert longest_context(plan, CATALOG).verdict == "cannot_run"


def test_that_slots_may_each_use_what_the_model_allows() -> None:
    plan = make_plan("llama-3.1-8b", bare_card(2**20), sequences=4)
    assert longest_context(plan, CATALOG).tokens == 4 * 131_072
    unified = make_plan("llama-3.1-8b", bare_card(2**20), sequences=4, unified_kv=True)
    assert longest_context(unified, CATALOG).tokens == 131_072


@pytest.mark.parametrize(
    ("engine", "cache", "step"), [("llama.cpp", "f16", 256), ("vllm", "auto", 16)]
)
def test_that_a_limit_of_memory_lies_on_the_engines_step(
    engine: str, cache: str, step: int
) -> None:
    plan = make_plan(
        "llama-3.1-8b", "rtx4090", engine=engine, cache_type_k=cache, cache_type_v=cache
    )
    limit = longest_context(plan, CATALOG)
    assert limit.limited_by == "memory"
    assert limit.tokens > 0
    assert limit.tokens % step == 0


def test_that_the_table_has_a_cell_for_each_format_and_cache() -> None:
    table = context_table(
        TWO, CATALOG, ("native", "q4_k_m"), (("llama.cpp", "f16"), ("vllm", "auto"))
    )
    assert [len(row) for row in table] == [2, 2]
    native, recipe = table
    assert native[0] is not None and native[0].tokens == 1_048_576
    assert native[1] is not None and native[1].tokens > 0
    assert recipe[1] is None
    assert recipe[0] == longest_context(TWO.replace(weights="q4_k_m"), CATALOG)


def test_that_the_curve_is_what_evaluate_says() -> None:
    contexts = (4096, 100_000, 1_048_576)
    for position in range(3):
        curve = memory_curve(TWO, CATALOG, contexts, position)
        assert list(curve) == sorted(curve)
        for tokens, used in zip(contexts, curve, strict=True):
            workload = TWO.workload.model_copy(update={"context_tokens": tokens})
            device = evaluate(TWO.replace(workload=workload), CATALOG).devices[position]
            assert device.used_bytes == used


def test_that_another_engine_uses_all_cards() -> None:
    moved = with_engine(TWO, "vllm", CATALOG)
    assert moved.deployment.tensor_parallel == 2
    assert moved.deployment.cache_type_k == "auto"
    three = make_plan("llama-3.1-8b", *("h100-sxm",) * 3)
    spread = with_engine(three, "vllm", CATALOG).deployment
    assert (spread.tensor_parallel, spread.pipeline_parallel) == (1, 3)
    assert with_engine(TWO, "llama.cpp", CATALOG) == TWO
