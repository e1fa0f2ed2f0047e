import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import DeviceMemory
from moeplanner_gui.core.engines.vllm import step_size
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.units import GB, GIB, MIB
from moeplanner_gui.core.usable import card_devices
from tests.core.rigs import CATALOG, bare_card, make_plan

LARGE = bare_card(2**20, "10.0")


def _plan(model: str, cards: int, **options: object) -> Plan:
    return make_plan(model, *(LARGE,) * cards, engine="vllm", **options)


def _cards(plan: Plan) -> list[DeviceMemory]:
    assessment = evaluate(plan, CATALOG)
    assert assessment.verdict != "cannot_run", assessment.reasons
    return [device for device in assessment.devices if device.kind == "gpu"]


@pytest.mark.parametrize("model", ["deepseek-v4-flash", "deepseek-v3", "kimi-k2-instruct"])
def test_that_one_kv_head_is_held_whole_by_every_rank(model: str) -> None:
    alone = _cards(_plan(model, 1))[0].kv_cache_bytes
    assert {card.kv_cache_bytes for card in _cards(_plan(model, 8, tensor_parallel=8))} == {alone}


def test_that_kv_heads_are_divided_until_each_rank_has_one() -> None:
    alone = _cards(_plan("qwen3-235b-a22b", 1))[0].kv_cache_bytes
    for ranks, part in ((2, 2), (4, 4), (8, 4)):
        card = _cards(_plan("qwen3-235b-a22b", ranks, tensor_parallel=ranks))[0]
        assert card.kv_cache_bytes == alone // part


def test_that_gqa_pages_hold_whole_blocks_of_16_tokens() -> None:
    def cache(tokens: int) -> int:
        return _cards(_plan("llama-3.1-8b", 1, context_tokens=tokens))[0].kv_cache_bytes

    assert cache(1) == cache(16) == 16 * 32 * 2 * 8 * 128 * 2
    assert cache(17) == 2 * cache(16)


def test_that_fp8_halves_a_gqa_cache() -> None:
    full = _cards(_plan("llama-3.1-8b", 1))[0].kv_cache_bytes
    half = _cards(_plan("llama-3.1-8b", 1, cache_type_k="fp8", cache_type_v="fp8"))[0]
    assert half.kv_cache_bytes * 2 == full


def test_that_v3_2_takes_788_bytes_a_token_and_layer_in_fp8() -> None:
    small = {"cache_type_k": "fp8", "cache_type_v": "fp8"}
    plan = _plan("deepseek-v3.2", 1, context_tokens=65_536, **small)
    assert _cards(plan)[0].kv_cache_bytes == 65_536 * 788 * 61


def test_that_v3_2_takes_16_bits_unless_asked() -> None:
    plan = _plan("deepseek-v3.2", 1, context_tokens=65_536)
    assert _cards(plan)[0].kv_cache_bytes == 65_536 * (2 * 576 + 132) * 61


def test_that_every_user_has_a_whole_context() -> None:
    one = _cards(_plan("deepseek-v4-flash", 2, tensor_parallel=2))[0].kv_cache_bytes
    four = _cards(_plan("deepseek-v4-flash", 2, tensor_parallel=2, sequences=4))[0]
    assert four.kv_cache_bytes == 4 * one


@pytest.mark.parametrize("model", ["deepseek-v4-flash", "qwen3-235b-a22b", "llama-3.3-70b"])
@pytest.mark.parametrize("ranks", [2, 4, 8])
def test_that_ranks_together_hold_the_model_and_what_is_repeated(model: str, ranks: int) -> None:
    alone = _cards(_plan(model, 1))[0].weights_bytes
    together = [card.weights_bytes for card in _cards(_plan(model, ranks, tensor_parallel=ranks))]
    assert max(together) - min(together) == 0
    # Slices of 192 columns are padded to 256 by the kernels for compute capability 10.0.
    assert alone <= sum(together) <= 1.4 * alone


def test_that_pipeline_stages_together_hold_the_model_once() -> None:
    layout = _cards(_plan("qwen3-235b-a22b", 1))[0].weights_bytes
    stages = _cards(_plan("qwen3-235b-a22b", 4, pipeline_parallel=4))
    assert sum(card.weights_bytes for card in stages) == layout
    assert [card.layers for card in stages] == [(0, 22), (23, 46), (47, 70), (71, 93)]


def test_that_expert_parallel_keeps_whole_experts() -> None:
    plan = _plan("deepseek-v4-flash", 8, tensor_parallel=8, expert_parallel=True)
    sliced = _cards(_plan("deepseek-v4-flash", 8, tensor_parallel=8))[0]
    assert _cards(plan)[0].routed_experts_bytes == sliced.routed_experts_bytes


def test_that_mtp_adds_its_layer_to_the_last_stage() -> None:
    off = _cards(_plan("deepseek-v4-flash", 1))[0]
    on = _cards(_plan("deepseek-v4-flash", 1, mtp=True))[0]
    assert 3.5 * GB < on.weights_bytes - off.weights_bytes < 3.7 * GB
    assert on.kv_cache_bytes > off.kv_cache_bytes


def test_that_the_process_takes_context_graphs_and_nccl() -> None:
    two = make_plan("llama-3.1-8b", "h100-sxm", "h100-sxm", engine="vllm", tensor_parallel=2)
    names = [item.name for item in _cards(two)[0].overhead]
    assert names == ["CUDA context", "CUDA graphs", "NCCL buffers"]
    one = make_plan("llama-3.1-8b", "h100-sxm", engine="vllm")
    assert [item.name for item in _cards(one)[0].overhead] == ["CUDA context", "CUDA graphs"]


def test_that_v4_flash_needs_what_its_recipe_asks_for() -> None:
    """The published recipe asks for at least 170 GB of cards; the weights alone are 156 GB."""
    card = _cards(_plan("deepseek-v4-flash", 1, context_tokens=8192, max_batched_tokens=8192))[0]
    assert 156 * GB <= card.weights_bytes + card.kv_cache_bytes + card.compute_bytes <= 170 * GB


def test_that_working_buffers_are_within_a_plausible_range() -> None:
    for model in CATALOG.models:
        plan = _plan(model, 1, max_batched_tokens=2048)
        assessment = evaluate(plan, CATALOG)
        if assessment.verdict != "cannot_run":
            assert 200 * MIB < assessment.devices[0].compute_bytes < 12 * GIB


def test_that_a_large_step_keeps_more_pages_under_way() -> None:
    small = _cards(_plan("deepseek-v4-flash", 1, max_batched_tokens=2048))[0]
    large = _cards(_plan("deepseek-v4-flash", 1, max_batched_tokens=16_384))[0]
    assert large.kv_cache_bytes == small.kv_cache_bytes
    assert large.compute_bytes > small.compute_bytes + 5 * GIB


@pytest.mark.parametrize(
    ("card", "tokens"),
    [("rtx4090", 2048), ("rtxpro6000", 8192), ("h100-sxm", 8192), ("b200", 16_384)],
)
def test_that_the_step_follows_the_memory_of_the_card(card: str, tokens: int) -> None:
    plan = make_plan("llama-3.1-8b", card, engine="vllm")
    assert step_size(plan.deployment, card_devices(plan, CATALOG)).tokens == tokens
    given = plan.deployment.model_copy(update={"max_batched_tokens": 512})
    assert step_size(given, card_devices(plan, CATALOG)).tokens == 512


def test_that_graphs_can_be_switched_off() -> None:
    plan = make_plan("llama-3.1-8b", "h100-sxm", engine="vllm", cuda_graphs=False)
    assert "CUDA graphs" not in [item.name for item in _cards(plan)[0].overhead]


def test_that_a_limit_above_what_is_free_is_refused_with_one_that_starts() -> None:
    plan = make_plan("llama-3.1-8b", "rtx4090", engine="vllm", memory_utilization=0.99)
    assessment = evaluate(plan, CATALOG)
    assert assessment.verdict == "cannot_run"
    share = float(assessment.reasons[0].rsplit("limit of ", 1)[1].rstrip("."))
    lower = plan.deployment.model_copy(update={"memory_utilization": share})
    assert evaluate(plan.replace(deployment=lower), CATALOG).verdict != "cannot_run"


@settings(max_examples=60, deadline=None)
@given(
    model=st.sampled_from(sorted(CATALOG.models)),
    tensor=st.sampled_from([1, 2, 4, 8]),
    pipeline=st.sampled_from([1, 2, 3]),
    tokens=st.integers(1, 400_000),
    more=st.integers(0, 100_000),
    users=st.integers(1, 40),
    step=st.sampled_from([512, 2048, 16_384]),
)
def test_that_nothing_shrinks_when_the_context_grows(
    model: str, tensor: int, pipeline: int, tokens: int, more: int, users: int, step: int
) -> None:
    plan = _plan(
        model,
        tensor * pipeline,
        tensor_parallel=tensor,
        pipeline_parallel=pipeline,
        max_batched_tokens=step,
        sequences=users,
    )
    demand = prepare(plan, CATALOG).demand
    if isinstance(demand, Refusal):
        return
    before, after = demand.devices_at(tokens), demand.devices_at(tokens + more)
    for one, other in zip(before, after, strict=True):
        assert one.kv_cache_bytes <= other.kv_cache_bytes
        assert one.compute_bytes >= 0
        assert one.used_bytes <= other.used_bytes


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (_plan("llama-3.1-8b", 3, tensor_parallel=3), "cannot be divided"),
        (
            make_plan("deepseek-v4-flash", *("h200",) * 4, engine="vllm", cache_type_k="bf16"),
            "Choose auto or fp8",
        ),
        (_plan("llama-3.1-8b", 1, cache_type_k="q8_0"), "no q8_0 KV cache"),
        (_plan("deepseek-v4-flash", 16, tensor_parallel=16), "output groups"),
        (_plan("qwen3-235b-a22b", 8, weights="fp8", tensor_parallel=8), "expert parallel"),
    ],
)
def test_that_vllm_says_what_it_cannot_do(plan: Plan, words: str) -> None:
    assessment = evaluate(plan, CATALOG)
    assert assessment.verdict == "cannot_run"
    assert words in assessment.reasons[0]
