"""Families of expert models whose layers differ in their attention: config.json to blocks.

Rules: the configuration and model classes of transformers 5.23 (PyPI).
"""

from __future__ import annotations

from moeplanner_gui.catalog.importers.fields import Fields
from moeplanner_gui.catalog.importers.hf_blocks import (
    Draft,
    dense,
    experts_of,
    gqa,
    layer_count,
    layer_word,
    llama3_factors,
    mlp_word,
    moe,
    on_off,
    top_k_of,
)
from moeplanner_gui.catalog.importers.hf_experts import deepseek_experts
from moeplanner_gui.core.model import Attention, DenseFfn, Indexer
from moeplanner_gui.core.words import say


def gpt_oss(f: Fields) -> Draft:
    """gpt-oss: sinks, biases everywhere, windowed and full layers by turns."""
    layers = layer_count(f)
    bias = f.flag("attention_bias", default=True)
    full = gqa(f, qkv_bias=bias, o_bias=bias, sinks=True)
    names = f.per_layer("layer_types", layers, layer_word)
    if names is None:
        names = ["full" if layer % 2 else "window" for layer in range(layers)]
    experts = experts_of(f, "num_local_experts")
    block = moe(
        f,
        {
            "experts": experts,
            "top_k": top_k_of(f, experts, "num_experts_per_tok", "experts_per_token"),
            "width": f.size("intermediate_size"),
            "router_linear_bias": True,
            "expert_bias": True,
        },
    )
    window = full.model_copy(update={"window": f.size("sliding_window")})
    return Draft(
        gguf_arch="gpt-oss",
        attention=_known_only(f, {"window": window, "full": full}, names),
        attention_layers=names,
        ffn={"moe": block},
        ffn_layers=["moe"] * layers,
    )


def _known_only(f: Fields, blocks: dict[str, Attention], names: list[str]) -> dict[str, Attention]:
    for name in names:
        if name not in blocks:
            raise f.fail(
                "layer_types", say("has {0} attention, which this family does not have.", name)
            )
    return blocks


def minimax_m3(f: Fields) -> Draft:
    """MiniMax-M3: attention picked by blocks of index keys, first layers dense."""
    layers = layer_count(f)
    sparse = f.inside("sparse_attention_config")
    names = f.per_layer("layer_types", layers, _m3_word)
    if names is None and sparse is not None:
        flags = sparse.per_layer("sparse_attention_freq", layers, on_off)
        names = None if flags is None else ["sparse" if x == "on" else "full" for x in flags]
    names = names or ["full"] * layers
    full = gqa(f, qk_norm="head")
    blocks: dict[str, Attention] = {"full": full}
    if "sparse" in names:
        legacy = sparse if sparse is not None else f
        heads = legacy.optional_size("sparse_num_index_heads") or f.size("index_n_heads")
        dim = legacy.optional_size("sparse_index_dim") or f.size("index_head_dim")
        block_size = legacy.optional_size("sparse_block_size") or f.size("index_block_size")
        picked = legacy.optional_size("sparse_topk_blocks") or f.size("index_topk_blocks")
        blocks["sparse"] = full.model_copy(
            update={"indexer": Indexer(heads=heads, head_dim=dim, top_k=block_size * picked)}
        )
    ffn_names = f.per_layer("mlp_layer_types", layers, mlp_word)
    if ffn_names is None:
        flags = f.per_layer("moe_layer_freq", layers, on_off)
        ffn_names = ["moe" if x == "on" else "dense" for x in flags or ["on"] * layers]
    experts = experts_of(f, "num_local_experts")
    width = f.size("intermediate_size")
    shared_width = f.count("shared_intermediate_size")
    block = moe(
        f,
        {
            "experts": experts,
            "top_k": top_k_of(f, experts, "num_experts_per_tok"),
            "width": width,
            "router_bias": True,
            "shared_experts": 1 if shared_width else 0,
            "shared_width": shared_width if shared_width not in (0, width) else None,
        },
    )
    if f.count("num_nextn_predict_layers") or f.count("num_mtp_modules"):
        f.notes.append(say("Its prediction layers are not modelled; left out."))
    return Draft(
        gguf_arch="minimax-m3",
        attention=blocks,
        attention_layers=names,
        ffn={"dense": DenseFfn(width=f.size("dense_intermediate_size")), "moe": block},
        ffn_layers=ffn_names,
    )


def _m3_word(entry: object) -> str | None:
    return {"full_attention": "full", "minimax_m3_sparse": "sparse"}.get(str(entry))


def mimo_v2(f: Fields) -> Draft:
    """MiMo-V2: values narrower than keys, sinks on the windowed layers."""
    layers = layer_count(f)
    names = f.per_layer("layer_types", layers, layer_word)
    if names is None:
        flags = f.per_layer("hybrid_layer_pattern", layers, on_off)
        if flags is not None:
            names = ["window" if x == "on" else "full" for x in flags]
    if names is None:
        names = ["full" if i == 0 or not (i + 1) % 6 else "window" for i in range(layers)]
    ffn_names = f.per_layer("mlp_layer_types", layers, mlp_word)
    if ffn_names is None:
        flags = f.per_layer("moe_layer_freq", layers, on_off)
        ffn_names = (
            ["moe" if x == "on" else "dense" for x in flags]
            if flags is not None
            else ["dense", *["moe"] * (layers - 1)][:layers]
        )
    bias = f.flag("attention_bias")
    plain = gqa(f, qkv_bias=bias)
    full = plain.model_copy(
        update={"v_head_dim": f.size("v_head_dim"), "sinks": f.flag("add_full_attention_sink_bias")}
    )
    heads = f.size("swa_num_attention_heads", default=plain.heads)
    window = full.model_copy(
        update={
            "heads": heads,
            "kv_heads": f.size("swa_num_key_value_heads", default=2 * plain.kv_heads),
            "head_dim": f.size("swa_head_dim", default=plain.head_dim),
            "v_head_dim": f.size("swa_v_head_dim", default=full.v_head_dim),
            "window": f.size("sliding_window_size", "sliding_window"),
            "sinks": f.flag("add_swa_attention_sink_bias", default=True),
        }
    )
    return Draft(
        gguf_arch="mimo2",
        attention=_known_only(f, {"window": window, "full": full}, names),
        attention_layers=names,
        ffn={"dense": dense(f), "moe": deepseek_experts(f)},
        ffn_layers=ffn_names,
    )


def step3(f: Fields) -> Draft:
    """Step-3.5 and 3.7: a gate on every head, windowed layers with heads of their own number."""
    layers = layer_count(f)
    names = f.per_layer("layer_types", layers, layer_word) or ["full"] * layers
    bias = f.flag("attention_bias")
    f.refuse_when("mlp_bias", f.flag("mlp_bias"), say("biases of the experts are not modelled."))
    full = gqa(f, qkv_bias=bias, o_bias=bias, qk_norm="head").model_copy(update={"head_gate": True})
    blocks: dict[str, Attention] = {"full": full}
    if "window" in names:
        other = f.inside("attention_other_setting")
        heads = f.optional_size("num_sliding_attention_heads")
        if heads is None and other is not None:
            heads = other.optional_size("num_attention_heads")
        blocks["window"] = full.model_copy(
            update={"window": f.size("sliding_window"), "heads": heads or full.heads}
        )
    experts = experts_of(f, "n_routed_experts", "moe_num_experts", "num_experts")
    width = f.size("moe_intermediate_size")
    shared = f.size("share_expert_dim", "share_expert_dims")
    if f.count("num_nextn_predict_layers"):
        f.notes.append(say("Its prediction layers are not modelled; left out."))
    block = moe(
        f,
        {
            "experts": experts,
            "top_k": top_k_of(f, experts, "num_experts_per_tok", "moe_top_k"),
            "width": width,
            "router_bias": True,
            "shared_experts": 1,
            "shared_width": None if shared == width else shared,
        },
    )
    return Draft(
        gguf_arch="step35",
        attention=_known_only(f, blocks, names),
        attention_layers=names,
        ffn={"dense": dense(f), "moe": block},
        ffn_layers=_step_layers(f, layers),
    )


def _step_layers(f: Fields, layers: int) -> list[str]:
    given = f.per_layer("mlp_layer_types", layers, mlp_word)
    if given is not None:
        return given
    listed = f.raw("moe_layers_enum")
    if listed is None:
        first = f.count("first_k_dense_replace", default=3)
        return ["dense" if layer < first else "moe" for layer in range(layers)]
    entries = listed.split(",") if isinstance(listed, str) else listed
    if not isinstance(entries, list) or len(entries) > 4096:
        raise f.fail("moe_layers_enum", say("must be a list of layer numbers."))
    chosen = {str(entry).strip() for entry in entries}
    return ["moe" if str(layer) in chosen else "dense" for layer in range(layers)]


def llama4(f: Fields) -> Draft:
    """Llama 4: chunked and full layers, experts on every or every second layer."""
    layers = layer_count(f)
    bias = f.flag("attention_bias")
    names = f.per_layer("layer_types", layers, layer_word)
    if names is None:
        flags = f.per_layer("no_rope_layers", layers, on_off) if f.raw("no_rope_layers") else None
        if flags is None:
            every = f.size("no_rope_layer_interval")
            flags = ["on" if (layer + 1) % every else "off" for layer in range(layers)]
        names = ["chunked" if x == "on" else "full" for x in flags]
    full = gqa(f, qkv_bias=bias, o_bias=bias)
    chunked = full.model_copy(update={"window": f.size("attention_chunk_size"), "chunked": True})
    listed = f.numbers("moe_layers")
    if listed is None:
        step = f.size("interleave_moe_layer_step")
        listed = list(range(step - 1, layers, step))
    with_experts = set(listed)
    experts = experts_of(f, "num_local_experts")
    block = moe(
        f,
        {
            "experts": experts,
            "top_k": top_k_of(f, experts, "num_experts_per_tok"),
            "width": f.size("intermediate_size"),
            "shared_experts": 1,
        },
    )
    return Draft(
        gguf_arch="llama4",
        attention=_known_only(f, {"chunked": chunked, "full": full}, names),
        attention_layers=names,
        ffn={"dense": DenseFfn(width=f.size("intermediate_size_mlp")), "moe": block},
        ffn_layers=["moe" if layer in with_experts else "dense" for layer in range(layers)],
        rope_factors=llama3_factors(f, full.head_dim),
    )
