import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeplanner_gui.core.engines.rank_weights import (
    Cut,
    ExpertPadding,
    expert_padding,
    rank_shape,
    rank_weights,
    refused_cut,
)
from moeplanner_gui.core.tensors import Part, Tensor, model_tensors
from moeplanner_gui.core.usable import card_devices
from moeplanner_gui.core.weights import weight_layout
from tests.core.rigs import CATALOG, make_plan


def _cut(ranks: int, *, whole_experts: bool = False) -> Cut:
    return Cut(ranks, ranks, ranks, ranks, whole_experts, ranks)


def _shape(model: str, name: str, cut: Cut) -> tuple[int, ...]:
    spec = CATALOG.models[model]
    tensors = [t for t in model_tensors(spec.architecture) if t.name == name]
    return rank_shape(tensors[-1], spec, cut)


def test_that_a_dense_model_is_cut_as_computed_by_hand() -> None:
    spec = CATALOG.models["llama-3.1-8b"]
    held = rank_weights(spec, weight_layout(spec, "native", "vllm"), _cut(8))
    layer = (2 * 4096 * 4096 + 2 * 4096 * 1024 + 3 * 4096 * 14_336) // 8 + 2 * 4096
    assert held.other[32] == 2 * 32 * layer
    assert held.embedding == 2 * 4096 * 128_256 // 8
    assert held.head == 2 * (4096 * 128_256 // 8 + 4096)


def test_that_v4_keeps_projections_into_its_latents_whole() -> None:
    assert _shape("deepseek-v4-flash", "attn_q_a", _cut(4)) == (4096, 1024)
    assert _shape("deepseek-v4-flash", "attn_kv", _cut(4)) == (4096, 512)
    assert _shape("deepseek-v4-flash", "attn_q_b", _cut(4)) == (1024, 64 * 512 // 4)
    assert _shape("deepseek-v4-flash", "attn_output_a", _cut(4)) == (4096, 8 * 1024 // 4)
    assert _shape("deepseek-v4-flash", "attn_output_b", _cut(4)) == (8 * 1024 // 4, 4096)
    assert _shape("deepseek-v4-flash", "ffn_gate_inp", _cut(4)) == (4096, 256)
    assert _shape("deepseek-v4-flash", "attn_compress_kv", _cut(4))[0] == 4096


def test_that_kv_heads_are_repeated_when_there_are_more_ranks() -> None:
    assert _shape("qwen3-235b-a22b", "attn_k", _cut(2)) == (4096, 2 * 128)
    assert _shape("qwen3-235b-a22b", "attn_k", _cut(8)) == (4096, 128)
    assert _shape("qwen3-235b-a22b", "attn_q", _cut(8)) == (4096, 64 * 128 // 8)


def test_that_experts_are_sliced_or_dealt_out() -> None:
    assert _shape("deepseek-v3", "ffn_up_exps", _cut(8)) == (7168, 256, 256)
    assert _shape("deepseek-v3", "ffn_down_exps", _cut(8)) == (256, 7168, 256)
    dealt = _cut(8, whole_experts=True)
    assert _shape("deepseek-v3", "ffn_up_exps", dealt) == (7168, 2048, 32)


def test_that_the_first_ranks_take_the_experts_that_do_not_divide() -> None:
    cut = Cut(experts=3, whole_experts=True)
    assert _shape("deepseek-v4-flash", "ffn_up_exps", cut)[2] == 86


def test_that_the_vocabulary_is_padded_to_64_rows() -> None:
    spec = CATALOG.models["llama-3.1-8b"]
    odd = Tensor("token_embd", Part.TOKEN_EMBD, None, (4096, 1000))
    assert rank_shape(odd, spec, _cut(2)) == (4096, 512)
    assert rank_shape(odd, spec, _cut(1)) == (4096, 1024)


def test_that_fp8_blocks_are_not_cut() -> None:
    spec = CATALOG.models["qwen3-235b-a22b"]
    layout = weight_layout(spec, "fp8", "vllm")
    assert "FP8" in (refused_cut(spec, layout, _cut(8)) or "")
    assert refused_cut(spec, layout, _cut(4)) is None
    assert refused_cut(spec, layout, _cut(8, whole_experts=True)) is None
    assert refused_cut(spec, weight_layout(spec, "bf16", "vllm"), _cut(8)) is None


@pytest.mark.parametrize(
    "model", ["deepseek-v4-flash", "deepseek-v3", "kimi-k2-instruct", "mimo-v2-flash"]
)
def test_that_published_recipes_of_eight_ranks_are_not_refused(model: str) -> None:
    spec = CATALOG.models[model]
    assert refused_cut(spec, weight_layout(spec, "native", "vllm"), _cut(8)) is None


@settings(max_examples=80, deadline=None)
@given(
    model=st.sampled_from(sorted(CATALOG.models)),
    ranks=st.sampled_from([1, 2, 3, 4, 8, 16]),
    whole_experts=st.booleans(),
)
def test_that_all_ranks_together_hold_the_whole_model(
    model: str, ranks: int, whole_experts: bool
) -> None:
    spec = CATALOG.models[model]
    layout = weight_layout(spec, "native", "vllm")
    held = rank_weights(spec, layout, _cut(ranks, whole_experts=whole_experts))
    layers = spec.architecture.layers
    whole_routed = sum(layer.routed_experts_bytes for layer in layout.layers)
    whole_other = sum(layer.other_bytes for layer in layout.layers)
    assert whole_routed <= ranks * held.routed[layers]
    assert whole_other <= ranks * held.other[layers]
    assert held.routed[layers] <= whole_routed and held.other[layers] <= whole_other
    assert layout.token_embd_bytes <= ranks * held.embedding
    if ranks == 1:
        assert (held.routed[layers], held.other[layers]) == (whole_routed, whole_other)


def test_that_kernels_pad_the_experts_of_gpt_oss() -> None:
    """2880 columns become 2944 and a hidden size of 2880 becomes 3072 with Marlin and TRT-LLM;
    Triton's kernels on compute capability 9.0 take 2880 as it is.
    """
    spec = CATALOG.models["gpt-oss-120b"]
    layout = weight_layout(spec, "native", "vllm")
    plain = rank_weights(spec, layout, Cut()).routed[-1]
    padded = rank_weights(spec, layout, Cut(padding=ExpertPadding(128, 256, 1))).routed[-1]
    matrix = 36 * 128 * 3 * 17
    biases = 36 * 128 * 2 * (2 * (2944 - 2880) + 3072 - 2880)
    assert padded - plain == matrix * (3072 * 2944 - 2880 * 2880) // 32 + biases
    assert rank_weights(spec, layout, Cut(padding=ExpertPadding(64, 1, 1))).routed[-1] == plain


@pytest.mark.parametrize(
    ("model", "cards", "padding"),
    [
        ("gpt-oss-120b", ("h100-sxm",), ExpertPadding(64, 1, 1)),
        ("deepseek-v4-flash", ("h100-sxm",), ExpertPadding(128, 256, 1)),
        ("gpt-oss-120b", ("b200", "h100-sxm"), ExpertPadding(128, 256, 128)),
        ("gpt-oss-120b", ("mi300x",), ExpertPadding(256, 256, 128)),
        ("gpt-oss-120b", ("rtxpro6000",), ExpertPadding(128, 256, 1)),
    ],
)
def test_that_the_cards_decide_the_padding(
    model: str, cards: tuple[str, ...], padding: ExpertPadding
) -> None:
    devices = card_devices(make_plan(model, *cards, engine="vllm"), CATALOG)
    assert expert_padding(CATALOG.models[model], devices) == padding


def test_that_latent_projections_are_copied_for_absorption() -> None:
    spec = CATALOG.models["deepseek-v3"]
    held = rank_weights(spec, weight_layout(spec, "native", "vllm"), _cut(8))
    assert held.absorbed[-1] == 61 * 2 * 512 * 16 * (128 + 128)
    assert held.packed_latent
    plain = rank_weights(spec, weight_layout(spec, "bf16", "vllm"), _cut(8))
    assert not plain.packed_latent
