"""How fast a prompt is read."""

from math import isclose

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import CustomCard, CustomSlot, Node, Plan
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.speed.prefill import (
    Prefill,
    Special,
    batch_tokens,
    group_for,
    prefill_speed,
    rate_at,
)
from moeplanner_gui.core.speed.prefill_cost import both, prompt_seconds, whole_seconds
from moeplanner_gui.core.speed.terms import Unknown
from tests.core.rigs import CATALOG, make_plan


def _read(plan: Plan, tokens: int = 8192, past: int = 0) -> Prefill:
    found = rate_at(prepare(plan, CATALOG), CATALOG, past, tokens)
    assert isinstance(found, Prefill), found
    return found


def _node(plan: Plan, **changes: object) -> Plan:
    nodes = (plan.rig.nodes[0].model_copy(update=changes), *plan.rig.nodes[1:])
    return plan.replace(rig=plan.rig.model_copy(update={"nodes": nodes}))


def _hosted(**options: object) -> Plan:
    plan = make_plan(
        "deepseek-r1", "rtx4090", weights="Q4_K_M", ram_gib=512, cpu_moe_layers=-1, **options
    )
    return _node(plan, host="sp5-9004")


_MOE = make_plan("qwen3-30b-a3b", "rtx3090", weights="Q4_K_M")


def test_that_the_parts_add_up_to_the_whole() -> None:
    for plan in (_MOE, make_plan("llama-3.3-70b", *("rtx3090",) * 4, weights="Q4_K_M"), _hosted()):
        found = _read(plan)
        assert isclose(sum(term.seconds for term in found.terms), found.seconds)
        assert isclose(found.seconds, found.prompt_tokens / found.rate.expected)


def test_that_what_is_computed_is_the_models_work() -> None:
    # 2 x 0.92 G values outside the experts and 2 x 1.81 G of the picked ones, for every token.
    found = _read(_MOE, 1000)
    amounts = {term.kind: term.amount for term in found.terms}
    assert amounts["compute"] == pytest.approx(2 * 0.919e9 * 1000, rel=0.02)
    assert amounts["expert_compute"] > 2 * 1.81e9 * 1000  # and tiles that are not full
    # 32 heads of 128 in 48 layers: 4 x 4096 x 48 for every pair of tokens.
    assert amounts["attention"] == pytest.approx(4 * 4096 * 48 * 1000 * 1000 / 2, rel=0.01)


def test_that_a_prompt_in_parts_takes_as_long_as_the_whole() -> None:
    whole = _read(_MOE, 8192).seconds
    parts = _read(_MOE, 4096).seconds + _read(_MOE, 4096, past=4096).seconds
    assert isclose(whole, parts, rel_tol=1e-9)


def test_that_later_tokens_are_slower_where_attention_looks_back() -> None:
    assert _read(_MOE, 2048, past=32_768).rate.expected < 0.7 * _read(_MOE, 2048).rate.expected
    windowed = make_plan("gpt-oss-20b", "rtx3090")
    lost = _read(windowed, 2048, past=32_768).rate.expected / _read(windowed, 2048).rate.expected
    full = _read(_MOE, 2048, past=32_768).rate.expected / _read(_MOE, 2048).rate.expected
    assert lost > full


def test_that_short_prompts_leave_the_experts_tiles_empty() -> None:
    short, longer = _read(_MOE, 32).rate.expected, _read(_MOE, 512).rate.expected
    assert short < 0.5 * longer
    large = make_plan("qwen3-30b-a3b", "rtx3090", weights="Q4_K_M", ubatch=2048)
    assert _read(large, 4096).rate.expected > 1.1 * _read(_MOE, 4096).rate.expected


def test_that_computing_and_reading_hide_each_other_in_part() -> None:
    assert both(3.0, 1.0, 0.5) == both(1.0, 3.0, 0.5) == 3.5
    assert both(3.0, 1.0, 0.0) == 3.0


def test_that_experts_in_host_memory_are_copied_over_the_link() -> None:
    found = _read(_hosted(), 512)
    copied = next(term for term in found.terms if term.kind == "expert_copy")
    assert copied.seconds > 0.5 * found.seconds
    assert found.bound_by == "interconnect"
    narrow = _read(_node(_hosted(), card_link="pcie4-x8"), 512)
    assert narrow.rate.expected < 0.7 * found.rate.expected
    # A prompt in fewer batches copies fewer times.
    assert (
        _read(_hosted(ubatch=4096, batch=4096), 4096).seconds < 0.4 * _read(_hosted(), 4096).seconds
    )


def test_that_the_processor_computes_them_without_copies_and_for_a_few_tokens() -> None:
    kept = _read(_hosted(op_offload=False), 512)
    kinds = {term.kind for term in kept.terms}
    assert "expert_copy" not in kinds
    assert "host_experts" in kinds
    few = {term.kind for term in _read(_hosted(), 16).terms}
    assert "expert_copy" not in few


def test_that_layers_in_host_memory_are_copied_too() -> None:
    plan = make_plan("llama-3.3-70b", "rtx3090", weights="Q4_K_M", ram_gib=64, gpu_layers=40)
    plan = _node(plan, host="sp5-9004")
    found = _read(plan, 2048)
    kinds = {term.kind for term in found.terms}
    assert "expert_copy" in kinds
    assert "host_compute" not in kinds
    kept = plan.replace(deployment=plan.deployment.model_copy(update={"op_offload": False}))
    assert _read(kept, 2048).seconds > 3 * found.seconds
    whole = make_plan("llama-3.3-70b", "rtxpro6000", weights="Q4_K_M")
    assert {term.kind for term in _read(whole, 2048).terms} & {"expert_copy"} == set()


def test_that_a_layer_split_gains_only_with_several_batches_under_way() -> None:
    four = make_plan("llama-3.3-70b", *("rtx3090",) * 4, weights="Q4_K_M")
    prepared = prepare(four, CATALOG)
    found = prefill_speed(prepared, CATALOG, 8192)
    assert isinstance(found, Prefill)
    stages = prompt_seconds(found.costs, 0, 8192)
    total = sum(sum(parts.values()) for _, _, parts in stages)
    slowest = max(sum(parts.values()) for _, _, parts in stages)
    assert slowest < whole_seconds(found.costs, stages, 8192) < total
    # One batch passes the cards one after the other.
    single = prompt_seconds(found.costs, 0, 512)
    assert whole_seconds(found.costs, single, 512) == pytest.approx(
        sum(sum(parts.values()) for _, _, parts in single)
    )


def test_that_one_token_more_never_shortens_the_wait_on_a_layer_split() -> None:
    two = prepare(make_plan("qwen3.6-27b", "rtx3090", "rtx3090", weights="Q4_K_M"), CATALOG)
    waits = []
    for tokens in (500, 512, 513, 700, 1023, 1024, 1025, 1536, 2047, 2048, 2049, 2560):
        found = prefill_speed(two, CATALOG, tokens)
        assert isinstance(found, Prefill)
        waits.append(found.seconds)
    assert waits == sorted(waits)


def test_that_tensor_parallel_divides_the_work_and_pays_for_all_reduces() -> None:
    one = make_plan("llama-3.1-8b", "rtx3090", engine="vllm", weights="bf16")
    two = make_plan("llama-3.1-8b", "rtx3090", "rtx3090", engine="vllm", tensor_parallel=2,
                    weights="bf16")  # fmt: skip
    alone, both_cards = _read(one, 4096), _read(two, 4096)
    assert 1.0 < both_cards.rate.expected / alone.rate.expected < 2.0
    assert any(term.kind == "all_reduce" for term in both_cards.terms)
    bridged = _read(_node(two, nvlink=True), 4096)
    assert bridged.rate.expected > both_cards.rate.expected


def test_that_a_power_limit_slows_what_cards_compute() -> None:
    free, limited = _read(_MOE), _read(_node(_MOE, power_limit_w=220.0))
    assert limited.rate.expected < free.rate.expected
    assert isclose(sum(term.seconds for term in limited.terms), limited.seconds)


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (make_plan("qwen3-30b-a3b", "w7800-48", weights="Q4_K_M"), "16-bit TFLOPS"),
        (make_plan("deepseek-r1", CustomSlot(custom=CustomCard(
            name="Board", memory_mib=49_152, bandwidth_gbs=900.0, fp16_dense_tflops=80.0,
            compute_capability="8.6")), weights="Q4_K_M", ram_gib=512, cpu_moe_layers=-1), "host"),
    ],
)  # fmt: skip
def test_that_missing_figures_give_no_number(plan: Plan, says: str) -> None:
    found = prefill_speed(prepare(plan, CATALOG), CATALOG, 4096)
    assert isinstance(found, Unknown)
    assert found.sentence.startswith("Unknown, because")
    assert says in found.sentence


def test_that_a_link_nobody_knows_gives_no_number_for_copied_experts() -> None:
    card = CustomCard(
        name="Board",
        memory_mib=49_152,
        bandwidth_gbs=900.0,
        fp16_dense_tflops=80.0,
        compute_capability="8.6",
    )
    plan = make_plan(
        "deepseek-r1", CustomSlot(custom=card), weights="Q4_K_M", ram_gib=512, cpu_moe_layers=-1
    )
    known = _node(plan, host="sp5-9004", card_link="pcie4-x16")
    assert isinstance(prefill_speed(prepare(known, CATALOG), CATALOG, 4096), Prefill)
    unknown = _node(plan, host="sp5-9004")
    found = prefill_speed(prepare(unknown, CATALOG), CATALOG, 4096)
    assert isinstance(found, Unknown)
    assert "PCIe link" in found.sentence


def test_that_a_plan_that_does_not_fit_has_no_rate() -> None:
    speed = evaluate(make_plan("deepseek-r1", "rtx3090", weights="Q4_K_M"), CATALOG).speed
    assert speed.prefill_tokens_per_s is None
    assert speed.because


def test_that_batches_are_those_of_the_engine() -> None:
    small = make_plan("qwen3-30b-a3b", "rtx3090", weights="Q4_K_M", ubatch=2048, batch=1024)
    assert batch_tokens(prepare(small, CATALOG)) == 1024
    served = make_plan("llama-3.1-8b", "h200", engine="vllm", max_batched_tokens=3000)
    assert batch_tokens(prepare(served, CATALOG)) == 3000
    default = make_plan("llama-3.1-8b", "h200", engine="sglang")
    assert batch_tokens(prepare(default, CATALOG)) > 1024


def test_that_the_group_made_for_a_case_goes_first() -> None:
    groups = CATALOG.speed.prefill
    plain, v4 = Special(False, False), Special(True, False)
    hosted = Special(False, True)
    names = [
        group_for(groups, "llama.cpp", backend, family, special)
        for backend, family, special in (
            ("metal", "apple", plain),
            ("metal", "apple", v4),
            ("cuda", "nvidia-gddr", hosted),
            ("vulkan", "radeon-unified", plain),
            ("vulkan", "nvidia-gddr", plain),
        )
    ]
    assert [None if one is None else one.id for one in names] == [
        "llama-metal",
        "llama-metal-v4",
        "llama-cuda-hosted",
        "llama-vulkan-apu",
        "llama-vulkan",
    ]
    assert group_for(groups, "vllm", "rocm", "instinct", plain) is not None
    assert group_for(groups, "nothing", "cuda", "nvidia-gddr", plain) is None


def test_that_every_group_says_what_stands_behind_it() -> None:
    for group in CATALOG.speed.prefill:
        assert group.low < 1.0 < group.high
        assert group.weak or group.rows >= 30
        if group.weak:
            assert group.note
        assert (group.median_error is None) == (group.rows == 0)


def test_that_a_host_with_no_card_reads_prompts_too() -> None:
    plan = make_plan("qwen3-30b-a3b", weights="Q4_K_M", ram_gib=64)
    node = Node(host="am5-5600", ram_gib=64)
    found = _read(plan.replace(rig=plan.rig.model_copy(update={"nodes": (node,)})), 512)
    assert found.group.id == "llama-cpu"
    assert {term.kind for term in found.terms} == {"host_compute", "host_experts", "attention"}
