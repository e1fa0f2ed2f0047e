"""Plans that looked as if they fitted and must not: each rule was broken once."""

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.context import longest_context
from moeplanner_gui.core.derivation import Confidence
from moeplanner_gui.core.engine_choice import with_engine
from moeplanner_gui.core.engines.rank_weights import Cut, rank_weights
from moeplanner_gui.core.engines.vllm import step_size
from moeplanner_gui.core.entries import Entries
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.model import FileLayer, ModelSpec, WeightFile
from moeplanner_gui.core.plan import CardMemory, CustomWeights, Deployment, TunedSlot
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.remedies import remedies
from moeplanner_gui.core.row_problems import row_problems
from moeplanner_gui.core.usable import card_devices
from moeplanner_gui.core.weights import UnsupportedFormatError, weight_layout
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


def _entries(*models: object) -> Entries:
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


def _with_file(**changes: object) -> ModelSpec:
    """GLM-4.5-Air with a file of its own release, changed."""
    spec = CATALOG.model("glm-4.5-air")
    layout = weight_layout(spec, "native", "vllm")
    rows = [
        FileLayer(
            routed_experts_bytes=row.routed_experts_bytes,
            other_bytes=row.other_bytes,
            largest_expert_tensor_bytes=row.largest_expert_tensor_bytes,
        )
        for row in (*layout.layers, *layout.mtp)
    ]
    count = spec.architecture.layers
    file = WeightFile(
        id="File",
        label="File",
        container="safetensors",
        file_bytes=layout.total_bytes,
        token_embd_bytes=layout.token_embd_bytes,
        output_bytes=layout.output_bytes,
        layers=tuple(rows[:count]),
        mtp=tuple(rows[count:]),
        bytes_by_part={},
        storage="BF16",
    )
    return spec.model_copy(update={"id": "with-file", "files": (file.model_copy(update=changes),)})


def test_that_a_file_of_other_layers_than_its_model_is_no_row() -> None:
    whole = _with_file()
    assert not list(row_problems(whole))
    few = _with_file(layers=whole.files[0].layers[:3])
    assert [field for field, _ in row_problems(few)] == ["files.layers"]
    assert [field for field, _ in row_problems(_with_file(id="Native"))] == ["files.id"]


def test_that_prediction_layers_a_model_does_not_describe_are_held_whole() -> None:
    whole = _with_file()
    twice = _with_file(mtp=whole.files[0].mtp * 2)
    cut = Cut(attention=4, dense=4, shared=4, experts=4)
    one = rank_weights(whole, weight_layout(whole, "file", "vllm"), cut)
    two = rank_weights(twice, weight_layout(twice, "file", "vllm"), cut)
    extra = whole.files[0].mtp[0]
    assert two.mtp[0] - one.mtp[0] == extra.routed_experts_bytes
    assert two.mtp[1] - one.mtp[1] == extra.other_bytes


def test_that_what_ranks_repeat_is_not_thought_smaller_than_published() -> None:
    whole = _with_file()
    layers = tuple(
        row.model_copy(update={"other_bytes": row.other_bytes // 2})
        for row in whole.files[0].layers
    )
    half = _with_file(layers=layers)
    cut = Cut(attention=4, dense=4, shared=4, experts=4)
    full = rank_weights(whole, weight_layout(whole, "file", "vllm"), cut)
    less = rank_weights(half, weight_layout(half, "file", "vllm"), cut)
    assert full.other == rank_weights(whole, weight_layout(whole, "native", "vllm"), cut).other
    assert full.other[-1] / 2 < less.other[-1] < full.other[-1]


def test_that_a_file_of_known_size_takes_no_other_size() -> None:
    spec = _with_file()
    with pytest.raises(UnsupportedFormatError, match="whose size is known"):
        weight_layout(spec, CustomWeights(recipe="file", file_bytes=10**11), "vllm")
    same = weight_layout(spec, CustomWeights(recipe="file"), "vllm")
    assert same.total_bytes == spec.files[0].file_bytes


def test_that_more_users_than_vllm_serves_by_itself_take_more_in_the_sampler() -> None:
    cards = card_devices(make_plan("llama-3.1-8b", "rtx4090"), CATALOG)
    assert step_size(Deployment(), cards, 1).sequences == 256
    assert step_size(Deployment(), cards, 1000).sequences == 1000
    assert step_size(Deployment(max_batched_tokens=64), cards, 1000).tokens == 1000


def test_that_what_nobody_checked_is_said_in_the_first_sentence() -> None:
    plan = make_plan("gpt-oss-20b", "mi210", engine="vllm", **AUTO)
    found = evaluate(plan, CATALOG)
    assert found.unchecked
    assert found.reasons[0].startswith("Fits in memory, not checked to run. Tightest: GPU 1")
    sure = evaluate(make_plan("gpt-oss-20b", "mi210"), CATALOG)
    assert not sure.unchecked and sure.reasons[0].startswith("Fits. ")


def test_that_ktransformers_needs_host_memory_beside_the_experts() -> None:
    plan = make_plan("deepseek-v3", "rtxpro6000", engine="ktransformers", ram_gib=1024, **AUTO)
    host = next(d for d in evaluate(plan, CATALOG).devices if d.kind == "host")
    assert host.overhead_bytes == 2 * 2 * 8192 * 8 * (2 * 7168 + 3 * 2048)
    assert host.used_bytes == host.routed_experts_bytes + host.overhead_bytes


def test_that_a_shared_memory_is_said_to_need_a_raised_limit() -> None:
    def warned(card: str) -> bool:
        found = evaluate(make_plan("gpt-oss-20b", card), CATALOG).findings
        return any(f.code == "shared_memory_limit" and f.severity == "warning" for f in found)

    assert warned("strixhalo") and not warned("gb10") and not warned("rx7900xtx")


@pytest.mark.parametrize("engine", ["vllm", "sglang"])
def test_that_a_context_the_engine_refuses_by_itself_is_said(engine: str) -> None:
    plan = make_plan("gpt-oss-20b", "b200", engine=engine, context_tokens=200_000, **AUTO)
    text = next(
        f.message for f in evaluate(plan, CATALOG).findings if f.code == "context_beyond_model"
    )
    assert "starts with more only where" in text


def test_that_nothing_is_moved_within_one_shared_memory() -> None:
    plan = make_plan("qwen3-235b-a22b", "gb10-64", nodes=2, weights="q4_k_m")
    assert not evaluate(plan, CATALOG).fits
    assert not any("in host memory" in remedy.title for remedy in remedies(plan, CATALOG))


def test_that_what_was_measured_on_one_vendor_is_not_passed_off_for_another() -> None:
    def told(card: str) -> bool:
        found = evaluate(make_plan("gpt-oss-20b", card), CATALOG).findings
        return any(f.code == "overheads_as_on_cuda" for f in found)

    assert told("rx7900xtx") and told("b60") and not told("rtx4090")
    plan = make_plan("gpt-oss-20b", "rx7900xtx")
    tree = explain(plan, evaluate(plan, CATALOG), CATALOG, "devices.0.overhead_bytes")
    assert tree.confidence is Confidence.UNVERIFIED
