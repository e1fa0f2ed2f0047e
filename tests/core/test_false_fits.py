"""Plans that looked as if they fitted and must not: each rule was broken once."""

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.context import longest_context
from moeplanner_gui.core.engine_choice import with_engine
from moeplanner_gui.core.plan import CardMemory, Deployment, TunedSlot
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.export.plan_file import plan_from_json, plan_to_json
from tests.core.rigs import CATALOG, make_plan

AUTO = {"cache_type_k": "auto", "cache_type_v": "auto"}


def test_that_a_cache_in_host_memory_that_was_not_chosen_does_not_fit() -> None:
    plan = make_plan(
        "llama-3.1-8b", "rtx4090", context_tokens=131_072, sequences=4, kv_offload=False
    )
    found = evaluate(plan, CATALOG)
    assert found.verdict == "does_not_fit"
    assert "Host memory is not chosen" in found.reasons[0]


def test_that_the_main_card_is_asked_for_kernels_not_the_first() -> None:
    plan = make_plan("gpt-oss-20b", "rtx4090", "gaudi3", split="none", main_gpu=1)
    assert "GPU 2 (gaudi3) is left out" in evaluate(plan, CATALOG).reasons[0]
    first = make_plan("gpt-oss-20b", "gaudi3", "rtx4090", split="none", main_gpu=1)
    assert evaluate(first, CATALOG).fits


def test_that_llama_cpp_without_a_card_must_know_the_model_too() -> None:
    spec = CATALOG.model("llama-3.1-8b")
    strange = spec.model_copy(
        update={
            "id": "strange",
            "architecture": spec.architecture.model_copy(update={"gguf_arch": "strange"}),
        }
    )
    catalog = CATALOG.with_entries(_entries(strange))
    found = evaluate(make_plan("strange", ram_gib=256), catalog)
    assert found.verdict == "cannot_run"
    assert "strange" in found.reasons[0]


def _entries(*models: object) -> object:
    from moeplanner_gui.core.entries import Entries

    return Entries.model_validate({"models": models})


def test_that_sglang_gives_a_pipeline_stage_the_cards_of_all_replicas() -> None:
    cards = ("rtxpro6000", "rtxpro6000", "rtx4090", "rtx4090")
    plan = make_plan(
        "gpt-oss-20b", *cards, engine="sglang", pipeline_parallel=2, data_parallel=2, **AUTO
    )
    spans = [device.layers for device in evaluate(plan, CATALOG).devices[:4]]
    assert spans == [(0, 11), (0, 11), (12, 23), (12, 23)]


@pytest.mark.parametrize("engine", ["llama.cpp", "vllm", "sglang", "ktransformers"])
def test_that_reserves_larger_than_the_card_are_an_answer(engine: str) -> None:
    card = TunedSlot(gpu="rtx4090", memory=CardMemory(other_mib=2**24))
    plan = make_plan("gpt-oss-20b", card, engine=engine, display=None, **AUTO)  # type: ignore[arg-type]
    assert not evaluate(plan, CATALOG).fits


@pytest.mark.parametrize("model", ["gemma-4-31b", "deepseek-v4-flash"])
@pytest.mark.parametrize("users", [64, 256, 1024])
def test_that_one_token_more_does_not_fit_where_windows_have_short_blocks(
    model: str, users: int
) -> None:
    card = "a100-80-pcie" if model == "gemma-4-31b" else "gb300"
    plan = make_plan(model, card, engine="vllm", sequences=users, **AUTO)
    limit = longest_context(plan, CATALOG)
    assert limit.limited_by == "memory"
    more = plan.workload.model_copy(update={"context_tokens": limit.tokens + 1})
    assert not evaluate(plan.replace(workload=more), CATALOG).fits


def test_that_the_need_under_sglang_grows_by_whole_pages() -> None:
    plan = make_plan(
        "mistral-large-3", *["b200"] * 8, engine="sglang", tensor_parallel=8, sequences=16, **AUTO
    )
    demand = prepare(plan, CATALOG).demand
    assert demand.devices_at(8193) == demand.devices_at(8256)  # type: ignore[union-attr]


def test_that_a_board_of_two_devices_has_half_its_memory_in_each() -> None:
    found = evaluate(make_plan("gpt-oss-120b", "mi250x", engine="vllm", **AUTO), CATALOG)
    assert found.verdict == "does_not_fit"
    assert [device.slot for device in found.devices] == [0, 0]
    assert sum(device.capacity_bytes for device in found.devices) == 128 * 10**9
    both = make_plan("gpt-oss-120b", "mi250x", engine="vllm", tensor_parallel=2, **AUTO)
    assert evaluate(both, CATALOG).fits
    assert any(f.code == "card_is_several_devices" for f in found.findings)


def test_that_only_the_first_device_of_a_board_has_a_desktop() -> None:
    plan = make_plan("gpt-oss-20b", "b60-dual", display="windows")
    first, second, *_ = evaluate(plan, CATALOG).devices
    assert second.usable_bytes - first.usable_bytes == 2 * 2**30


def test_that_memory_shared_by_card_and_host_is_not_counted_twice() -> None:
    beside = make_plan("gpt-oss-120b", "rtx4090", "strixhalo", ram_gib=128, cpu_moe_layers=36)
    assert "leaves GPU 2" in evaluate(beside, CATALOG).reasons[0]
    experts = make_plan("gpt-oss-120b", "gb10", engine="ktransformers", ram_gib=512, **AUTO)
    assert evaluate(experts, CATALOG).verdict == "cannot_run"
    two = make_plan("gpt-oss-120b", "gb10", nodes=2)
    assert evaluate(two, CATALOG).fits


def test_that_split_mode_tensor_with_layers_in_host_memory_is_not_guessed() -> None:
    cards = ("rtx4090",) * 4
    some = make_plan("gpt-oss-120b", *cards, split="tensor", gpu_layers=10, ram_gib=256)
    assert evaluate(some, CATALOG).verdict == "cannot_run"
    whole = make_plan("gpt-oss-120b", *cards, split="tensor", gpu_layers=37, ram_gib=256)
    assert evaluate(whole, CATALOG).fits


def test_that_more_cards_than_llama_cpp_is_built_for_are_warned_of() -> None:
    for count in (15, 16):
        found = evaluate(make_plan("gpt-oss-120b", *["rtx4090"] * count), CATALOG).findings
        warned = any(finding.code == "too_many_cards_for_a_usual_build" for finding in found)
        assert warned == (count == 16)


def test_that_no_engine_is_given_a_memory_limit_of_nothing() -> None:
    card = TunedSlot(gpu="rtx4090", memory=CardMemory(other_mib=2**24))
    plan = make_plan("gpt-oss-20b", card, "rtx4090")
    moved = with_engine(plan, "vllm", CATALOG)
    assert plan_from_json(plan_to_json(moved)) == moved
    assert isinstance(moved.deployment, Deployment)
