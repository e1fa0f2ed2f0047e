import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.plan import Plan, Rig
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.units import GIB
from moeplanner_gui.core.weights import formats_for
from tests.core.rigs import CATALOG, bare_card, make_plan

CARDS = sorted(CATALOG.gpus)


def test_that_v4_flash_fits_two_rtx_pro_6000() -> None:
    assessment = evaluate(
        make_plan("deepseek-v4-flash", "rtxpro6000", "rtxpro6000", display=None), CATALOG
    )
    assert assessment.verdict == "fits"
    assert assessment.fits
    assert assessment.reasons[0].startswith("Fits. Tightest: GPU 1, ")
    assert assessment.model is not None
    assert assessment.model.total_parameters == 284_332_240_471
    assert assessment.model.active_parameters == 13_270_101_591


def test_that_v4_flash_does_not_fit_two_rtx_4090_and_says_by_how_much() -> None:
    assessment = evaluate(make_plan("deepseek-v4-flash", "rtx4090", "rtx4090"), CATALOG)
    assert assessment.verdict == "does_not_fit"
    assert not assessment.fits
    assert assessment.max_context_tokens == 0
    assert assessment.reasons[0].startswith("Does not fit. Native (MXFP4 + Q8_0 + BF16) needs 14")
    assert "GiB too large on GPU 1" in assessment.reasons[1]
    short = -sum(device.free_bytes for device in assessment.devices if device.kind == "gpu")
    assert 95 * GIB < short < 102 * GIB


def test_that_a_cache_that_is_too_large_is_named() -> None:
    plan = make_plan("llama-3.1-8b", "rtx4090", context_tokens=131_072)
    assessment = evaluate(plan, CATALOG)
    assert assessment.reasons[0].startswith("Does not fit. The weights fit; the KV cache is ")
    assert assessment.reasons[0].endswith(" GiB too large on GPU 1.")


def test_that_weights_larger_than_the_checkpoint_are_answered_with_native() -> None:
    plan = make_plan("deepseek-v4-flash", "rtxpro6000", "rtxpro6000", weights="q5_k_m")
    first = evaluate(plan, CATALOG).reasons[0]
    assert first.startswith("Does not fit. Q5_K_M needs 187.")
    assert first.endswith(" are usable. Choose native.")


def test_that_little_room_is_called_tight() -> None:
    full = evaluate(make_plan("llama-3.1-8b", "rtx4090"), CATALOG)
    tight = evaluate(
        make_plan("llama-3.1-8b", "rtx4090", context_tokens=full.max_context_tokens), CATALOG
    )
    assert tight.verdict == "tight"
    assert tight.fits
    assert tight.reasons[0].startswith("Tight. GPU 1 has 0.02 GiB free")


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (make_plan("llama-3.1-8b", ram_gib=64, engine="sglang"), "Add a card"),
        (make_plan("llama-3.1-8b", "rtx4090", engine="ktransformers"), "no routed experts"),
        (make_plan("llama-3.1-8b", ram_gib=64, engine="vllm"), "Add a card"),
        (make_plan("llama-3.1-8b"), "empty"),
        (make_plan("llama-3.1-8b", "rtx4090", engine="vllm", tensor_parallel=2), "2 ranks"),
        (make_plan("deepseek-v4-flash", "rtx4090", engine="vllm"), "compute capability"),
        (make_plan("llama-3.1-8b", "rtx4090", split="row"), "split mode row"),
        (make_plan("deepseek-v3", "rtx4090", "rtx4090", split="tensor"), "split mode tensor"),
        (make_plan("llama-3.1-8b", "rtx4090", cache_type_k="fp8"), "fp8"),
        (make_plan("llama-3.1-8b", "rtx4090", weights="gptq-int4"), "llama.cpp"),
        (Plan(model="llama-3.1-8b", rig=Rig(nodes=())), "empty"),
    ],
)
def test_that_the_impossible_is_said_in_a_sentence(plan: Plan, words: str) -> None:
    assessment = evaluate(plan, CATALOG)
    assert assessment.verdict == "cannot_run"
    assert assessment.reasons[0].startswith("Cannot run. ")
    assert words in assessment.reasons[0]
    assert assessment.max_context_tokens == 0
    json.dumps(assessment.to_json())


@pytest.mark.parametrize(
    "plan",
    [
        make_plan("no-such-model", "rtx4090"),
        make_plan("llama-3.1-8b", "no-such-card"),
        Plan(model="llama-3.1-8b", rig=Rig(nodes=(), network="no-such-network")),
    ],
)
def test_that_an_unknown_row_is_an_error(plan: Plan) -> None:
    with pytest.raises(UnknownEntryError):
        evaluate(plan, CATALOG)


def test_that_host_memory_that_was_not_chosen_does_not_hold_experts() -> None:
    plan = make_plan("deepseek-v3", "h100-sxm", weights="q4_k_m", cpu_moe_layers=61)
    assessment = evaluate(plan, CATALOG)
    assert assessment.verdict == "does_not_fit"
    assert assessment.reasons[0].startswith("Does not fit. Host memory is not chosen; 3")


def test_that_devices_are_named_over_all_nodes() -> None:
    plan = make_plan("deepseek-v3", *("h100-sxm",) * 8, weights="q4_k_m", ram_gib=64, nodes=2)
    names = [device.name for device in evaluate(plan, CATALOG).devices]
    assert names[:2] == ["GPU 1", "GPU 2"]
    assert names[15:] == ["GPU 16", "Host memory, node 1", "Host memory, node 2"]


def test_that_a_missing_price_leaves_the_sum_open() -> None:
    priced = evaluate(make_plan("llama-3.1-8b", "rtx4090"), CATALOG).cost.hardware_usd
    row = CATALOG.price("rtx4090")
    assert row is not None
    assert priced == row.usd
    assert evaluate(make_plan("llama-3.1-8b", bare_card(8192)), CATALOG).cost.hardware_usd is None


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    model = draw(st.sampled_from(sorted(CATALOG.models)))
    engine = draw(st.sampled_from(["llama.cpp", "vllm"]))
    weights = draw(st.sampled_from([row.id for row in formats_for(CATALOG.models[model], engine)]))
    cache = draw(
        st.sampled_from(["f16", "q8_0", "q4_0"] if engine == "llama.cpp" else ["auto", "fp8"])
    )
    cards = draw(st.lists(st.sampled_from(CARDS), max_size=4))
    return make_plan(
        model,
        *cards,
        weights=weights,
        ram_gib=draw(st.sampled_from([0, 64, 2048])),
        nodes=draw(st.integers(1, 2)),
        context_tokens=draw(st.integers(1, 300_000)),
        sequences=draw(st.integers(1, 6)),
        display=draw(st.sampled_from([None, "headless", "linux", "windows"])),
        engine=engine,
        cache_type_k=cache,
        cache_type_v=cache,
        frontend=draw(st.sampled_from(["cli", "server"])),
        ubatch=draw(st.sampled_from([128, 512, 2048])),
        unified_kv=draw(st.booleans()),
        flash_attention=draw(st.booleans()),
        cpu_moe_layers=draw(st.sampled_from([0, 0, 7, 200])),
        gpu_layers=draw(st.sampled_from([None, None, 0, 12])),
        op_offload=draw(st.booleans()),
        split=draw(st.sampled_from(["layer", "none", "tensor"])),
        tensor_parallel=draw(st.sampled_from([1, 2, 4])),
        pipeline_parallel=draw(st.sampled_from([1, 2])),
        expert_parallel=draw(st.booleans()),
    )


def _at(plan: Plan, tokens: int) -> Assessment:
    workload = plan.workload.model_copy(update={"context_tokens": tokens})
    return evaluate(plan.replace(workload=workload), CATALOG)


@settings(max_examples=150)
@given(plan=plans())
def test_that_parts_add_up_and_the_verdict_follows_from_them(plan: Plan) -> None:
    assessment = evaluate(plan, CATALOG)
    assert assessment.kv_cache_bytes == sum(d.kv_cache_bytes for d in assessment.devices)
    for device in assessment.devices:
        held = sum(item.size_bytes for item in device.held_back)
        assert device.usable_bytes == max(device.capacity_bytes - held, 0)
        parts = (
            device.routed_experts_bytes,
            device.other_weights_bytes,
            device.kv_cache_bytes,
            device.compute_bytes,
            device.output_bytes,
            device.overhead_bytes,
        )
        assert all(part >= 0 for part in parts)
        assert device.used_bytes == sum(parts)
    if assessment.verdict != "cannot_run":
        assert assessment.fits == all(d.free_bytes >= 0 for d in assessment.devices)
    assert assessment.reasons


@settings(max_examples=150)
@given(plan=plans(), more=st.integers(0, 200_000))
def test_that_more_context_never_needs_less_memory(plan: Plan, more: int) -> None:
    now = evaluate(plan, CATALOG)
    longer = _at(plan, plan.workload.context_tokens + more)
    for before, after in zip(now.devices, longer.devices, strict=True):
        assert before.used_bytes <= after.used_bytes


@settings(max_examples=150)
@given(plan=plans())
def test_that_the_longest_context_fits_and_one_token_more_does_not(plan: Plan) -> None:
    assessment = evaluate(plan, CATALOG)
    longest = assessment.max_context_tokens
    if assessment.verdict == "cannot_run":
        return
    if longest:
        assert _at(plan, longest).fits
    if assessment.max_context_limited_by == "memory":
        assert not _at(plan, longest + 1).fits


@settings(max_examples=100)
@given(
    model=st.sampled_from(sorted(CATALOG.models)),
    engine=st.sampled_from(["llama.cpp", "vllm"]),
    size=st.integers(1024, 2**21),
    more=st.integers(0, 2**20),
    tokens=st.integers(1, 300_000),
)
def test_that_a_bigger_card_never_turns_fits_into_does_not_fit(
    model: str, engine: str, size: int, more: int, tokens: int
) -> None:
    verdicts = []
    for memory in (size, size + more):
        card = bare_card(memory, "10.0")
        plan = make_plan(model, card, engine=engine, ram_gib=2048, context_tokens=tokens)
        verdicts.append(evaluate(plan, CATALOG).fits)
    assert verdicts[1] >= verdicts[0]


def test_that_the_sum_of_the_devices_is_the_loaded_model() -> None:
    for model in ("deepseek-v4-flash", "qwen3-30b-a3b", "llama-3.1-8b", "gpt-oss-20b"):
        plan = make_plan(model, *("rtx4090",) * 3, ram_gib=64)
        assessment = evaluate(plan, CATALOG)
        assert assessment.model is not None
        held = sum(device.weights_bytes for device in assessment.devices)
        assert held == assessment.model.weights_bytes
