import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import DeviceMemory
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.units import GB, GIB, MIB
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
    plan = _plan("deepseek-v3.2", 1, context_tokens=65_536)
    assert _cards(plan)[0].kv_cache_bytes == 65_536 * 788 * 61


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
    assert alone <= sum(together) <= 1.2 * alone


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
    card = _cards(_plan("deepseek-v4-flash", 1, context_tokens=8192))[0]
    assert 156 * GB <= card.weights_bytes + card.kv_cache_bytes + card.compute_bytes <= 170 * GB


def test_that_working_buffers_are_within_a_plausible_range() -> None:
    for model in CATALOG.models:
        plan = _plan(model, 1)
        assessment = evaluate(plan, CATALOG)
        if assessment.verdict != "cannot_run":
            assert 200 * MIB < assessment.devices[0].compute_bytes < 8 * GIB


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (_plan("llama-3.1-8b", 3, tensor_parallel=3), "cannot be divided"),
        (_plan("deepseek-v4-flash", 1, cache_type_k="bf16"), "not worked out yet"),
        (_plan("llama-3.1-8b", 1, cache_type_k="q8_0"), "no q8_0 KV cache"),
        (make_plan("llama-3.1-8b", "mi300x", engine="vllm"), "AMD"),
    ],
)
def test_that_vllm_says_what_it_cannot_do(plan: Plan, words: str) -> None:
    assessment = evaluate(plan, CATALOG)
    assert assessment.verdict == "cannot_run"
    assert words in assessment.reasons[0]
