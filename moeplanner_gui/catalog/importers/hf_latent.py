"""Families with latent attention (DeepSeek, Kimi, GLM-5, Mistral): config.json to blocks.

Rules: the configuration and model classes of transformers 5.23 (PyPI).
"""

from __future__ import annotations

from typing import Literal

from moeplanner_gui.catalog.importers.fields import Fields
from moeplanner_gui.catalog.importers.hf_blocks import (
    Draft,
    dense,
    dense_first,
    experts_of,
    layer_count,
    layer_word,
    mlp_word,
    moe,
    prediction_layers,
    shared_of,
    top_k_of,
)
from moeplanner_gui.core.model import (
    Attention,
    CompressedAttention,
    Ffn,
    Indexer,
    KimiDelta,
    MlaAttention,
    Mtp,
)
from moeplanner_gui.core.words import say

_NO_BIAS = say("biases of latent attention are not modelled.")


def _mla(f: Fields, indexer: Indexer | None = None) -> MlaAttention:
    f.refuse_when("attention_bias", f.flag("attention_bias"), _NO_BIAS)
    return MlaAttention(
        heads=f.size("num_attention_heads"),
        q_lora_rank=f.optional_size("q_lora_rank"),
        kv_lora_rank=f.size("kv_lora_rank"),
        qk_nope_head_dim=f.size("qk_nope_head_dim"),
        qk_rope_head_dim=f.count("qk_rope_head_dim"),
        v_head_dim=f.size("v_head_dim"),
        indexer=indexer,
    )


def _experts(f: Fields, *, router_bias: bool) -> Ffn:
    experts = experts_of(f, "n_routed_experts", "num_experts", "num_local_experts")
    return moe(
        f,
        {
            "experts": experts,
            "top_k": top_k_of(f, experts, "num_experts_per_tok"),
            "width": f.size("moe_intermediate_size"),
            "router_bias": router_bias,
            **shared_of(f, "n_shared_experts", None),
        },
    )


def _every_layer(f: Fields) -> None:
    frequency = f.raw("moe_layer_freq")
    if isinstance(frequency, list):
        return  # a list is only a longer way to say which layers are dense
    f.refuse_when(
        "moe_layer_freq",
        frequency not in (None, 1),
        say("experts on every so many layers only are not modelled for this family."),
    )


def _prediction(f: Fields, style: str, **values: object) -> Mtp | None:
    """The prediction layers, only where the configuration itself names them."""
    layers = prediction_layers(f)
    if not layers:
        return None
    return Mtp.model_validate({"layers": layers, "style": style, **values})


def _decoder(f: Fields, gguf_arch: str, block: MlaAttention, *, router_bias: bool) -> Draft:
    layers = layer_count(f)
    _every_layer(f)
    names = dense_first(f, layers)
    ffn: dict[str, Ffn] = {"moe": _experts(f, router_bias=router_bias)} if "moe" in names else {}
    if "dense" in names:
        ffn = {"dense": dense(f), **ffn}
    return Draft(
        gguf_arch=gguf_arch,
        attention={"mla": block},
        attention_layers=["mla"] * layers,
        ffn=ffn,
        ffn_layers=names,
    )


def deepseek_v2(f: Fields) -> Draft:
    """DeepSeek-V2 and V2-Lite: softmax routing, no correction bias."""
    return _decoder(f, "deepseek2", _mla(f), router_bias=False)


def deepseek_v3(f: Fields) -> Draft:
    """DeepSeek-V3, R1, Kimi K2 and Mistral Large 3."""
    draft = _decoder(f, "deepseek2", _mla(f), router_bias=True)
    draft.mtp = _prediction(f, "deepseek_v3", embed_head_copies=True)
    return draft


def mistral4(f: Fields) -> Draft:
    """Mistral Small 4."""
    return _decoder(f, "mistral4", _mla(f), router_bias=False)


def glm4_lite(f: Fields) -> Draft:
    """GLM-4.7-Flash: the first layer is dense."""
    layers = layer_count(f)
    draft_names = f.per_layer("mlp_layer_types", layers, mlp_word)
    if draft_names is None:
        first = f.count("first_k_dense_replace", default=1)
        draft_names = ["dense" if layer < first else "moe" for layer in range(layers)]
    return Draft(
        gguf_arch="deepseek2",
        attention={"mla": _mla(f)},
        attention_layers=["mla"] * layers,
        ffn={"dense": dense(f), "moe": _experts(f, router_bias=True)},
        ffn_layers=draft_names,
        mtp=_prediction(f, "deepseek_v3", embed_head_copies=True),
    )


def _indexer(f: Fields) -> Indexer:
    return Indexer(
        heads=f.size("index_n_heads"),
        head_dim=f.size("index_head_dim"),
        top_k=f.size("index_topk"),
    )


def deepseek_v32(f: Fields) -> Draft:
    """DeepSeek-V3.2: an indexer on every layer."""
    draft = _decoder(f, "deepseek32", _mla(f, _indexer(f)), router_bias=True)
    draft.mtp = _prediction(f, "deepseek_v3", embed_head_copies=True)
    return draft


def _indexer_word(entry: object) -> str | None:
    words = {"full": "indexed", "shared": "reused", "F": "indexed", "S": "reused"}
    return words.get(entry) if isinstance(entry, str) else None


def _indexer_words(f: Fields, layers: int) -> list[str]:
    """Which layers have an indexer, and which use the choice of the one before."""
    names = f.per_layer("indexer_types", layers, _indexer_word)
    if names is None:
        names = f.per_layer("index_topk_pattern", layers, _indexer_word)
    if names is None:
        frequency = f.size("index_topk_freq", default=1)
        offset = f.count("index_skip_topk_offset", default=2)
        names = [
            "indexed" if max(layer - offset + 1, 0) % frequency == 0 else "reused"
            for layer in range(layers)
        ]
    return names


def glm_dsa(f: Fields) -> Draft:
    """GLM-5: an indexer on some layers, whose choice the layers between use again."""
    layers = layer_count(f)
    names = _indexer_words(f, layers)
    _every_layer(f)
    indexed = _mla(f, _indexer(f))
    return Draft(
        gguf_arch="glm-dsa",
        attention={"indexed": indexed, "reused": indexed.model_copy(update={"indexer": None})},
        attention_layers=names,
        ffn={"dense": dense(f), "moe": _experts(f, router_bias=True)},
        ffn_layers=dense_first(f, layers),
        mtp=_prediction(f, "glm_dsa", attention="indexed", ffn="moe", in_gguf=True),
    )


def _delta(f: Fields) -> KimiDelta:
    """Delta attention; the released files put its sizes into an object of their own."""
    inside = f.inside("linear_attn_config") or Fields({})
    return KimiDelta(
        heads=inside.optional_size("num_heads") or f.size("linear_num_heads"),
        head_dim=inside.optional_size("head_dim") or f.size("linear_head_dim"),
        conv_kernel=inside.optional_size("short_conv_kernel_size")
        or f.size("linear_conv_kernel_dim"),
    )


def _next_word(entry: object) -> str | None:
    words = {"linear_attention": "kda", "indexed_attention": "latent", "full_attention": "latent"}
    return words.get(entry) if isinstance(entry, str) else None


def glm5_next(f: Fields) -> Draft:
    """GLM-5.3-Flash: three layers of delta attention to one of indexed latent attention, mHC."""
    layers = layer_count(f)
    kinds = f.per_layer("layer_types", layers, _next_word)
    if kinds is None:
        kinds = ["latent" if layer % 4 == 3 else "kda" for layer in range(layers)]
    picked = _indexer_words(f, layers)
    delta = _delta(f)
    indexer = _indexer(f).model_copy(update={"pool": f.size("index_kpool")})
    indexed = _mla(f, indexer)
    _no_bias_v4(f)
    ffn_names = f.per_layer("mlp_layer_types", layers, mlp_word)
    if ffn_names is None:
        ffn_names = ["dense" if layer < 3 else "moe" for layer in range(layers)]
    if f.has("num_nextn_predict_layers") and prediction_layers(f):
        f.notes.append(say("Its prediction layers are not modelled; left out."))
    return Draft(
        gguf_arch="glm5-next",
        attention={
            "kda": delta,
            "indexed": indexed,
            "reused": indexed.model_copy(update={"indexer": None}),
        },
        attention_layers=[
            "kda" if kind == "kda" else pick for kind, pick in zip(kinds, picked, strict=True)
        ],
        ffn={"dense": dense(f), "moe": _experts(f, router_bias=True)},
        ffn_layers=ffn_names,
        mhc_streams=f.size("hc_mult"),
        more={"mhc_head": False},
    )


_V4_WORDS = {
    "sliding_attention": "window",
    "compressed_sparse_attention": "csa",
    "heavily_compressed_attention": "hca",
}
_V4_RATES: dict[str, Literal[0, 4, 128]] = {"window": 0, "csa": 4, "hca": 128}
_V4_RATIOS = {rate: name for name, rate in _V4_RATES.items()}


def _v4_ratio(entry: object) -> str | None:
    known = isinstance(entry, int) and not isinstance(entry, bool) and entry in _V4_RATIOS
    return _V4_RATIOS[entry] if known else None  # type: ignore[index]


def _v4_word(entry: object) -> str | None:
    return _V4_WORDS.get(entry) if isinstance(entry, str) else None


def deepseek_v4(f: Fields) -> Draft:
    """DeepSeek V4: windowed, compressed-sparse and heavily compressed layers, mHC streams."""
    layers = layer_count(f)
    names = f.per_layer("layer_types", layers, _v4_word)
    if names is None:
        names = f.per_layer("compress_ratios", layers, _v4_ratio)
    if names is None:
        names = ["hca" if layer < 2 or not layer % 2 else "csa" for layer in range(layers)]
    rates = f.inside("compress_rates")
    if rates is not None:
        for word, ratio in (
            ("compressed_sparse_attention", 4),
            ("heavily_compressed_attention", 128),
        ):
            if rates.size(word, default=ratio) != ratio:
                raise rates.fail(word, say("is not {0}; other rates are not modelled.", ratio))
    _no_bias_v4(f)
    blocks: dict[str, Attention] = {
        name: CompressedAttention(
            heads=f.size("num_attention_heads"),
            head_dim=f.size("head_dim"),
            rope_head_dim=f.size("qk_rope_head_dim", default=64),
            q_lora_rank=f.size("q_lora_rank"),
            o_groups=f.size("o_groups"),
            o_lora_rank=f.size("o_lora_rank"),
            window=f.size("sliding_window"),
            compress_ratio=rate,
            indexer=_indexer(f) if rate == 4 else None,
        )
        for name, rate in _V4_RATES.items()
    }
    if (f.size("num_attention_heads") * f.size("head_dim")) % f.size("o_groups"):
        raise f.fail("o_groups", say("does not divide the attention's width."))
    experts = experts_of(f, "n_routed_experts", "num_local_experts")
    block = moe(
        f,
        {
            "experts": experts,
            "top_k": top_k_of(f, experts, "num_experts_per_tok"),
            "width": f.size("moe_intermediate_size"),
            "router_bias": True,
            "hash_layers": _hash_layers(f, layers),
            **shared_of(f, "n_shared_experts", None),
        },
    )
    return Draft(
        gguf_arch="deepseek4",
        attention=blocks,
        attention_layers=names,
        ffn={"moe": block},
        ffn_layers=["moe"] * layers,
        mhc_streams=f.size("hc_mult"),
        mtp=_prediction(f, "deepseek_v4", attention="window", ffn="moe"),
    )


def _no_bias_v4(f: Fields) -> None:
    f.refuse_when("attention_bias", f.flag("attention_bias"), _NO_BIAS)
    streams = f.size("hc_mult")
    if streams > 64:
        raise f.fail("hc_mult", say("is {0:,}; at most 64 streams are possible.", streams))


def _hash_layers(f: Fields, layers: int) -> int:
    listed = f.raw("mlp_layer_types")
    if isinstance(listed, list):
        first = 0
        while first < min(layers, len(listed)) and listed[first] == "hash_moe":
            first += 1
        if "hash_moe" in [str(x) for x in listed[first:layers]]:
            raise f.fail("mlp_layer_types", say("has hash layers that are not the first ones."))
        return first
    return min(layers, f.count("num_hash_layers", default=3))


def kimi_linear(f: Fields) -> Draft:
    """Kimi-Linear: three layers of delta attention to one of latent attention."""
    layers = layer_count(f)
    inside = f.inside("linear_attn_config")
    names = f.per_layer("layer_types", layers, layer_word)
    if names is None and inside is not None:
        full_layers, delta = inside.numbers("full_attn_layers"), inside.numbers("kda_layers")
        if full_layers is not None and delta is not None:
            # Layers are counted from 1 there.
            names = ["full" if layer + 1 in full_layers else "linear" for layer in range(layers)]
            known = {*full_layers, *delta}
            if not known.issuperset(range(1, layers + 1)):
                raise inside.fail(
                    "kda_layers", say("and full_attn_layers do not name every layer.")
                )
    if names is None:
        names = ["full" if layer and not layer % 4 else "linear" for layer in range(layers)]
    delta_block = _delta(f)
    ffn_names = f.per_layer("mlp_layer_types", layers, mlp_word)
    if ffn_names is None:
        first = f.count("first_k_dense_replace", default=1)
        ffn_names = ["dense" if layer < first else "moe" for layer in range(layers)]
    return Draft(
        gguf_arch="kimi-linear",
        attention={"linear": delta_block, "full": _mla(f)},
        attention_layers=names,
        ffn={"dense": dense(f), "moe": _kimi_experts(f)},
        ffn_layers=ffn_names,
    )


def _kimi_experts(f: Fields) -> Ffn:
    experts = experts_of(f, "num_local_experts", "num_experts")
    return moe(
        f,
        {
            "experts": experts,
            "top_k": top_k_of(f, experts, "num_experts_per_tok", "num_experts_per_token"),
            "width": f.size("moe_intermediate_size"),
            "router_bias": True,
            **shared_of(f, "n_shared_experts", None),
        },
    )
