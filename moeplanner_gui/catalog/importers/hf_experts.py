"""Families of expert models with grouped-query attention: config.json to blocks.

Rules: the configuration and model classes of transformers 5.23 (PyPI).
"""

from __future__ import annotations

from moeplanner_gui.catalog.importers.fields import Fields
from moeplanner_gui.catalog.importers.hf_blocks import (
    Draft,
    counted_as_full,
    dense,
    dense_first,
    experts_of,
    gqa,
    layer_count,
    moe,
    prediction_layers,
    shared_of,
    top_k_of,
)
from moeplanner_gui.core.model import Ffn, GqaAttention, Mtp
from moeplanner_gui.core.words import say


def _uniform(f: Fields, gguf_arch: str, block: GqaAttention, experts: Ffn) -> Draft:
    layers = layer_count(f)
    return Draft(
        gguf_arch=gguf_arch,
        attention={"full": block},
        attention_layers=["full"] * layers,
        ffn={"moe": experts},
        ffn_layers=["moe"] * layers,
    )


def mixtral(f: Fields) -> Draft:
    """Mixtral: the experts have the width of ``intermediate_size``."""
    counted_as_full(f, f.optional_size("sliding_window"))
    experts = experts_of(f, "num_local_experts")
    block = moe(
        f,
        {
            "experts": experts,
            "top_k": top_k_of(f, experts, "num_experts_per_tok"),
            "width": f.size("intermediate_size"),
        },
    )
    return _uniform(f, "llama", gqa(f), block)


def qwen_steps(f: Fields, layers: int) -> list[str]:
    """Which layers of a Qwen model have experts: every so many, but for those named dense."""
    step = f.size("decoder_sparse_step", default=1)
    dense_layers = set(f.numbers("mlp_only_layers") or ())
    return [
        "dense" if layer in dense_layers or (layer + 1) % step else "moe" for layer in range(layers)
    ]


def _qwen_experts(f: Fields) -> dict[str, object]:
    experts = experts_of(f, "num_experts", "num_local_experts")
    return {
        "experts": experts,
        "top_k": top_k_of(f, experts, "num_experts_per_tok"),
        "width": f.size("moe_intermediate_size"),
    }


def qwen_blocks(f: Fields, layers: int, *, shared: bool) -> tuple[dict[str, Ffn], list[str]]:
    """The feed-forward blocks of Qwen's expert models, with their gated shared expert."""
    names = qwen_steps(f, layers)
    values = _qwen_experts(f)
    if shared:
        width = f.size("shared_expert_intermediate_size")
        values |= {
            "shared_experts": 1,
            "shared_width": None if width == values["width"] else width,
            "shared_gate": True,
        }
    blocks: dict[str, Ffn] = {"moe": moe(f, values)}
    if "dense" in names:
        blocks["dense"] = dense(f)
    return blocks, names


def _qwen(f: Fields, gguf_arch: str, block: GqaAttention, *, shared: bool) -> Draft:
    if f.flag("use_sliding_window"):
        counted_as_full(f, f.optional_size("sliding_window"))
    layers = layer_count(f)
    ffn, names = qwen_blocks(f, layers, shared=shared)
    return Draft(
        gguf_arch=gguf_arch,
        attention={"full": block},
        attention_layers=["full"] * layers,
        ffn=ffn,
        ffn_layers=names,
    )


def qwen2_moe(f: Fields) -> Draft:
    """Qwen1.5-MoE and Qwen2-57B-A14B."""
    return _qwen(f, "qwen2moe", gqa(f, qkv_bias=f.flag("qkv_bias", default=True)), shared=True)


def qwen3_moe(f: Fields) -> Draft:
    """Qwen3 with experts."""
    bias = f.flag("attention_bias")
    return _qwen(f, "qwen3moe", gqa(f, qkv_bias=bias, o_bias=bias, qk_norm="head"), shared=False)


def deepseek_experts(f: Fields, *, router_bias: bool = True) -> Ffn:
    """Experts under the field names of DeepSeek, with a correction bias of the router."""
    experts = experts_of(f, "n_routed_experts", "num_experts")
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


def glm4_moe(f: Fields) -> Draft:
    """GLM-4.5 to GLM-4.7."""
    layers = layer_count(f)
    qk_norm = "head" if f.flag("use_qk_norm") else "none"
    block = gqa(f, qkv_bias=f.flag("attention_bias"), qk_norm=qk_norm)
    draft = Draft(
        gguf_arch="glm4moe",
        attention={"full": block},
        attention_layers=["full"] * layers,
        ffn={"dense": dense(f), "moe": deepseek_experts(f)},
        ffn_layers=dense_first(f, layers),
    )
    predicted = prediction_layers(f)
    if predicted:
        draft.mtp = Mtp(
            layers=predicted,
            style="glm4_moe",
            # Some releases repeat embedding and head there, some do not, and the configuration
            # does not say: the larger of the two.
            embed_head_copies=True,
            in_gguf=True,
        )
        f.notes.append(
            say(
                "The prediction layer is taken to repeat the embedding and the head, "
                "as in GLM-4.5; GLM-4.6 leaves them out."
            )
        )
    return draft


def dots1(f: Fields) -> Draft:
    """dots.llm1."""
    layers = layer_count(f)
    bias = f.flag("attention_bias")
    return Draft(
        gguf_arch="dots1",
        attention={"full": gqa(f, qkv_bias=bias, o_bias=bias, qk_norm="head")},
        attention_layers=["full"] * layers,
        ffn={"dense": dense(f), "moe": deepseek_experts(f)},
        ffn_layers=dense_first(f, layers),
    )


def minimax_m2(f: Fields) -> Draft:
    """MiniMax-M2: norms over all heads of q and k."""
    experts = experts_of(f, "num_local_experts")
    block = moe(
        f,
        {
            "experts": experts,
            "top_k": top_k_of(f, experts, "num_experts_per_tok"),
            "width": f.size("intermediate_size"),
            "router_bias": True,
        },
    )
    shared = f.count("shared_intermediate_size")
    f.refuse_when("shared_intermediate_size", bool(shared), say("MiniMax-M2 has no shared expert."))
    if f.flag("use_mtp") and f.count("num_mtp_modules"):
        f.notes.append(say("Its prediction layers are not in the published checkpoints; left out."))
    return _uniform(f, "minimax-m2", gqa(f, qk_norm="full"), block)


def ernie4_5_moe(f: Fields) -> Draft:
    """Ernie 4.5 with experts."""
    layers = layer_count(f)
    f.refuse_when("use_bias", f.flag("use_bias"), say("biases of the experts are not modelled."))
    start = f.count("moe_layer_start_index")
    last = f.raw("moe_layer_end_index")
    end = layers - 1 if last in (None, -1) else f.count("moe_layer_end_index")
    interval = f.size("moe_layer_interval")
    experts = experts_of(f, "moe_num_experts")
    block = moe(
        f,
        {
            "experts": experts,
            "top_k": top_k_of(f, experts, "moe_k"),
            "width": f.size("moe_intermediate_size"),
            "router_bias": True,
            **shared_of(f, "moe_num_shared_experts", None),
        },
    )
    return Draft(
        gguf_arch="ernie4_5-moe",
        attention={"full": gqa(f)},
        attention_layers=["full"] * layers,
        ffn={"dense": dense(f), "moe": block},
        ffn_layers=[
            "moe" if (i + 1) % interval == 0 and start <= i <= end else "dense"
            for i in range(layers)
        ],
    )


def hunyuan_moe(f: Fields) -> Draft:
    """Hunyuan-A13B: one shared expert, experts of ``intermediate_size``."""
    bias = f.flag("attention_bias")
    experts = experts_of(f, "num_experts")
    for name in ("moe_topk", "num_shared_expert", "moe_intermediate_size"):
        values = f.raw(name)
        if isinstance(values, list) and len({str(v) for v in values}) > 1:
            raise f.fail(name, say("differs between layers, which is not modelled."))
    width = f.size("intermediate_size")
    top_k = f.raw("moe_topk")
    if isinstance(top_k, list) and top_k:
        top_k = top_k[0]
    if isinstance(top_k, bool) or not isinstance(top_k, int) or not 1 <= top_k <= experts:
        raise f.fail("moe_topk", say("must be from 1 to the number of experts."))
    block = moe(
        f,
        {"experts": experts, "top_k": top_k, "width": width, "shared_experts": 1},
    )
    return _uniform(f, "hunyuan-moe", gqa(f, qkv_bias=bias, o_bias=bias, qk_norm="head"), block)


def granite_moe(f: Fields) -> Draft:
    """Granite 3 with experts, and the variant with a shared block."""
    bias = f.flag("attention_bias")
    experts = experts_of(f, "num_local_experts")
    width = f.size("intermediate_size")
    shared = f.count("shared_intermediate_size")
    block = moe(
        f,
        {
            "experts": experts,
            "top_k": top_k_of(f, experts, "num_experts_per_tok"),
            "width": width,
            "shared_experts": 1 if shared else 0,
            "shared_width": shared if shared not in (0, width) else None,
        },
    )
    return _uniform(f, "granitemoe", gqa(f, qkv_bias=bias, o_bias=bias), block)


def olmoe(f: Fields) -> Draft:
    """OLMoE and FlexOlmo: norms over all heads of q and k."""
    bias = f.flag("attention_bias")
    experts = experts_of(f, "num_experts")
    block = moe(
        f,
        {
            "experts": experts,
            "top_k": top_k_of(f, experts, "num_experts_per_tok"),
            "width": f.size("intermediate_size"),
        },
    )
    return _uniform(f, "olmoe", gqa(f, qkv_bias=bias, o_bias=bias, qk_norm="full"), block)
