"""Families of dense decoders with grouped-query attention: config.json to blocks.

Rules: the configuration and model classes of transformers 5.23 (PyPI).
"""

from __future__ import annotations

from collections.abc import Callable

from moeplanner_gui.catalog.importers.fields import Fields
from moeplanner_gui.catalog.importers.hf_blocks import (
    Draft,
    counted_as_full,
    dense,
    gqa,
    kv_heads_of,
    layer_count,
    layer_word,
    llama3_factors,
)
from moeplanner_gui.core.model import Attention, DenseFfn, GqaAttention
from moeplanner_gui.core.words import say


def _plain(
    f: Fields,
    gguf_arch: str,
    block: GqaAttention,
    *,
    norms: int = 2,
    rope_factors: int = 0,
) -> Draft:
    layers = layer_count(f)
    return Draft(
        gguf_arch=gguf_arch,
        attention={"full": block},
        attention_layers=["full"] * layers,
        ffn={"dense": dense(f)},
        ffn_layers=["dense"] * layers,
        norms=norms,
        rope_factors=rope_factors,
    )


def _no_bias(f: Fields, *names: str) -> None:
    for name in names:
        f.refuse_when(
            name, f.flag(name), say("biases of the feed-forward blocks are not modelled.")
        )


def llama(f: Fields) -> Draft:
    """Llama 1 to 3, and everything that calls itself so."""
    _no_bias(f, "mlp_bias")
    bias = f.flag("attention_bias")
    block = gqa(f, qkv_bias=bias, o_bias=bias)
    return _plain(f, "llama", block, rope_factors=llama3_factors(f, block.head_dim))


def mistral(f: Fields) -> Draft:
    """Mistral 7B to Mistral Small 3."""
    counted_as_full(f, f.optional_size("sliding_window"))
    return _plain(f, "llama", gqa(f))


def ministral(f: Fields) -> Draft:
    """Ministral 8B: full and sliding layers by turns; counted as full for llama.cpp."""
    counted_as_full(f, f.optional_size("sliding_window"))
    return _plain(f, "llama", gqa(f))


def ministral3(f: Fields) -> Draft:
    """Ministral 3."""
    counted_as_full(f, f.optional_size("sliding_window"))
    return _plain(f, "mistral3", gqa(f))


def _qwen_window(f: Fields) -> None:
    if f.flag("use_sliding_window"):
        counted_as_full(f, f.optional_size("sliding_window"))


def qwen2(f: Fields) -> Draft:
    """Qwen2 and Qwen2.5: biases on q, k and v."""
    _qwen_window(f)
    return _plain(f, "qwen2", gqa(f, qkv_bias=True))


def qwen3(f: Fields) -> Draft:
    """Qwen3: a norm of each head of q and k."""
    _qwen_window(f)
    bias = f.flag("attention_bias")
    return _plain(f, "qwen3", gqa(f, qkv_bias=bias, o_bias=bias, qk_norm="head"))


def seed_oss(f: Fields) -> Draft:
    """Seed-OSS."""
    _no_bias(f, "mlp_bias")
    block = gqa(f, qkv_bias=f.flag("attention_bias"), o_bias=f.flag("attention_out_bias"))
    return _plain(f, "seed_oss", block)


def phi3(f: Fields) -> Draft:
    """Phi-3 and Phi-4: fused projections, the same sizes."""
    counted_as_full(f, f.optional_size("sliding_window"))
    return _plain(f, "phi3", gqa(f))


def ernie4_5(f: Fields) -> Draft:
    """Ernie 4.5, dense."""
    _no_bias(f, "use_bias")
    return _plain(f, "ernie4_5", gqa(f))


def hunyuan_dense(f: Fields) -> Draft:
    """Hunyuan, dense: a norm of each head of q and k."""
    bias = f.flag("attention_bias")
    return _plain(f, "hunyuan-dense", gqa(f, qkv_bias=bias, o_bias=bias, qk_norm="head"))


def granite(f: Fields) -> Draft:
    """Granite 3, dense."""
    _no_bias(f, "mlp_bias")
    bias = f.flag("attention_bias")
    return _plain(f, "granite", gqa(f, qkv_bias=bias, o_bias=bias))


def smollm3(f: Fields) -> Draft:
    """SmolLM3."""
    _no_bias(f, "mlp_bias")
    bias = f.flag("attention_bias")
    return _plain(f, "smollm3", gqa(f, qkv_bias=bias, o_bias=bias))


def glm4(f: Fields) -> Draft:
    """GLM-4, dense: also a norm behind each block."""
    return _plain(f, "glm4", gqa(f, qkv_bias=f.flag("attention_bias")), norms=4)


def glm(f: Fields) -> Draft:
    """GLM-4-9B-0414's predecessor."""
    return _plain(f, "chatglm", gqa(f, qkv_bias=f.flag("attention_bias")))


def olmo2(f: Fields) -> Draft:
    """OLMo 2: norms over all heads of q and k, and behind each block instead of before."""
    bias = f.flag("attention_bias")
    return _plain(f, "olmo2", gqa(f, qkv_bias=bias, o_bias=bias, qk_norm="full"))


def _by_types(
    f: Fields,
    gguf_arch: str,
    full: GqaAttention,
    window: int | None,
    default: Callable[[int], str],
    *,
    norms: int = 2,
) -> Draft:
    """Layers that are full or windowed, by ``layer_types`` or else by a rule."""
    layers = layer_count(f)
    names = f.per_layer("layer_types", layers, layer_word)
    if names is None:
        names = [default(layer) for layer in range(layers)]
    blocks: dict[str, Attention] = {"full": full}
    if "window" in names:
        if window is None:
            raise f.fail(
                "sliding_window", say("is missing, and some layers have a sliding window.")
            )
        blocks["window"] = full.model_copy(update={"window": window})
    for name in names:
        if name not in blocks:
            raise f.fail(
                "layer_types", say("has {0} attention, which this family does not have.", name)
            )
    return Draft(
        gguf_arch=gguf_arch,
        attention=blocks,
        attention_layers=names,
        ffn={"dense": dense(f)},
        ffn_layers=["dense"] * layers,
        norms=norms,
    )


def every(interval: int) -> Callable[[int], str]:
    """Each ``interval``-th layer is full, the others have the window."""
    return lambda layer: "window" if (layer + 1) % interval else "full"


def olmo3(f: Fields) -> Draft:
    """OLMo 3: as OLMo 2, with three windowed layers to a full one."""
    bias = f.flag("attention_bias")
    full = gqa(f, qkv_bias=bias, o_bias=bias, qk_norm="full")
    return _by_types(f, "olmo2", full, f.optional_size("sliding_window"), every(4))


def exaone4(f: Fields) -> Draft:
    """EXAONE 4: norms behind the blocks, a norm of each head of q and k."""
    interval = f.raw("sliding_window_pattern")
    window = f.optional_size("sliding_window")
    full = gqa(f, qk_norm="head")
    if window is None:
        return _by_types(f, "exaone4", full, None, lambda _: "full")
    if isinstance(interval, str) and interval and len(interval) < 64:
        return _by_types(
            f,
            "exaone4",
            full,
            window,
            lambda layer: "window" if interval[layer % len(interval)] == "L" else "full",
        )
    return _by_types(f, "exaone4", full, window, every(f.size("sliding_window_pattern")))


def cohere(f: Fields) -> Draft:
    """Command R: attention and feed-forward side by side behind one norm."""
    f.refuse_when(
        "use_qk_norm", f.flag("use_qk_norm"), say("its norms of q and k are not modelled.")
    )
    bias = f.flag("attention_bias")
    return _plain(f, "command-r", gqa(f, qkv_bias=bias, o_bias=bias), norms=1)


def cohere2(f: Fields) -> Draft:
    """Command R7B and Command A: three windowed layers to a full one."""
    bias = f.flag("attention_bias")
    full = gqa(f, qkv_bias=bias, o_bias=bias)
    window = f.optional_size("sliding_window")
    return _by_types(
        f, "cohere2", full, window, every(f.size("sliding_window_pattern", default=4)), norms=1
    )


def gemma(f: Fields) -> Draft:
    """Gemma 1."""
    bias = f.flag("attention_bias")
    return _plain(f, "gemma", gqa(f, qkv_bias=bias, o_bias=bias))


def gemma2(f: Fields) -> Draft:
    """Gemma 2: windowed and full layers by turns, norms before and behind each block."""
    bias = f.flag("attention_bias")
    full = gqa(f, qkv_bias=bias, o_bias=bias)
    return _by_types(f, "gemma2", full, f.optional_size("sliding_window"), every(2), norms=4)


def gemma3(f: Fields) -> Draft:
    """Gemma 3: five windowed layers to a full one, a norm of each head of q and k."""
    bias = f.flag("attention_bias")
    full = gqa(f, qkv_bias=bias, o_bias=bias, qk_norm="head")
    interval = f.size("sliding_window_pattern", default=6)
    draft = _by_types(
        f, "gemma3", full, f.optional_size("sliding_window"), every(interval), norms=4
    )
    if f.size("vocab_size") == 262_208:
        # The converter cuts the 64 padding rows off (llama.cpp, conversion of Gemma 3).
        draft.gguf_vocab_size = 262_144
    return draft


def gemma4(f: Fields) -> Draft:
    """Gemma 4: wider heads on the full layers, and on some models keys that serve as values."""
    f.refuse_when(
        "hidden_size_per_layer_input",
        bool(f.count("hidden_size_per_layer_input")),
        say("embeddings of their own for every layer (Gemma 4 E2B and E4B) are not modelled."),
    )
    f.refuse_when(
        "num_kv_shared_layers",
        bool(f.count("num_kv_shared_layers")),
        say("layers that reuse another layer's cache are not modelled."),
    )
    bias = f.flag("attention_bias")
    window_block = gqa(
        f, qkv_bias=bias, o_bias=bias, qk_norm="head", window=f.size("sliding_window")
    )
    same = f.flag("attention_k_eq_v")
    kv_heads = window_block.kv_heads
    if same and f.has("num_global_key_value_heads"):
        kv_heads = kv_heads_of(f, window_block.heads, "num_global_key_value_heads")
    full = window_block.model_copy(
        update={
            "window": None,
            "head_dim": f.size("global_head_dim", default=512),
            "kv_heads": kv_heads,
            "v_from_k": same,
        }
    )
    draft = _by_types(f, "gemma4", full, 1, every(6), norms=4)
    draft.attention["window"] = window_block
    # transformers makes the last layer a full one whatever the list says.
    draft.attention_layers[-1] = "full"
    # One constant a layer, and the table of rope factors of the full layers in GGUF files.
    draft.layer_scalars = True
    draft.rope_factors = full.head_dim // 2
    if f.flag("enable_moe_block"):
        _gemma4_experts(f, draft)
    return draft


def _gemma4_experts(f: Fields, draft: Draft) -> None:
    from moeplanner_gui.catalog.importers.hf_blocks import experts_of, moe, top_k_of

    experts = experts_of(f, "num_experts")
    draft.ffn = {
        "moe": moe(
            f,
            {
                "experts": experts,
                "top_k": top_k_of(f, experts, "top_k_experts"),
                "width": f.size("moe_intermediate_size", "expert_intermediate_size"),
                "dense_width": f.size("intermediate_size"),
                "router_scales": True,
            },
        )
    }
    draft.ffn_layers = ["moe"] * len(draft.attention_layers)
    draft.norms = 7


def arcee(f: Fields) -> Draft:
    """Arcee: no gate in the feed-forward blocks."""
    _no_bias(f, "mlp_bias")
    bias = f.flag("attention_bias")
    draft = _plain(f, "arcee", gqa(f, qkv_bias=bias, o_bias=bias))
    draft.ffn = {"dense": DenseFfn(width=f.size("intermediate_size"), gated=False)}
    return draft
