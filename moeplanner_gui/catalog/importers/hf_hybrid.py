"""Families that mix attention with a recurrent state: config.json to blocks.

Rules: the configuration and model classes of transformers 5.23 (PyPI).
"""

from __future__ import annotations

from moeplanner_gui.catalog.importers.failure import shown
from moeplanner_gui.catalog.importers.fields import MAX_LAYERS, Fields
from moeplanner_gui.catalog.importers.hf_blocks import (
    Draft,
    dense,
    experts_of,
    gqa,
    layer_count,
    layer_word,
    moe,
    prediction_layers,
    top_k_of,
)
from moeplanner_gui.catalog.importers.hf_experts import qwen_blocks
from moeplanner_gui.core.model import (
    Attention,
    DenseFfn,
    Ffn,
    GatedDeltaNet,
    Mamba2,
    Mtp,
    NoAttention,
    NoFfn,
)
from moeplanner_gui.core.words import say


def _delta_blocks(f: Fields) -> tuple[dict[str, Attention], list[str]]:
    layers = layer_count(f)
    names = f.per_layer("layer_types", layers, layer_word)
    if names is None:
        interval = f.size("full_attention_interval", default=4)
        names = ["linear" if (layer + 1) % interval else "full" for layer in range(layers)]
    if not set(names) <= {"linear", "full"}:
        raise f.fail("layer_types", say("has a kind of attention that this family does not have."))
    bias = f.flag("attention_bias")
    blocks: dict[str, Attention] = {
        "linear": GatedDeltaNet(
            k_heads=f.size("linear_num_key_heads"),
            v_heads=f.size("linear_num_value_heads"),
            k_head_dim=f.size("linear_key_head_dim"),
            v_head_dim=f.size("linear_value_head_dim"),
            conv_kernel=f.size("linear_conv_kernel_dim"),
        ),
        # The query is twice as wide: its other half gates the output.
        "full": gqa(f, qkv_bias=bias, o_bias=bias, qk_norm="head", output_gate=True),
    }
    return blocks, names


def qwen3_next(f: Fields) -> Draft:
    """Qwen3-Next."""
    blocks, names = _delta_blocks(f)
    ffn, ffn_names = qwen_blocks(f, len(names), shared=True)
    mtp = Mtp(layers=1, style="qwen3_next", attention="full", ffn=ffn_names[-1])
    f.notes.append(
        say(
            "One prediction layer is counted: config.json does not mention it, the "
            "published checkpoints of the family have it."
        )
    )
    return Draft("qwen3next", blocks, names, ffn, ffn_names, mtp=mtp)


def _prediction(f: Fields, ffn: str) -> Mtp | None:
    layers = prediction_layers(f, "mtp_num_hidden_layers")
    if not layers:
        return None
    copies = f.flag("mtp_use_dedicated_embeddings")
    return Mtp(layers=layers, style="qwen3_5", attention="full", ffn=ffn, embed_head_copies=copies)


def qwen3_5(f: Fields) -> Draft:
    """Qwen3.5 and 3.6, dense."""
    blocks, names = _delta_blocks(f)
    ffn: dict[str, Ffn] = {"dense": dense(f)}
    return Draft("qwen35", blocks, names, ffn, ["dense"] * len(names), mtp=_prediction(f, "dense"))


def qwen3_5_moe(f: Fields) -> Draft:
    """Qwen3.5 and 3.6 with experts."""
    blocks, names = _delta_blocks(f)
    ffn, ffn_names = qwen_blocks(f, len(names), shared=True)
    return Draft("qwen35moe", blocks, names, ffn, ffn_names, mtp=_prediction(f, ffn_names[-1]))


_NEMOTRON = {
    "M": "mamba",
    "E": "moe",
    "*": "attention",
    "-": "mlp",
    "mamba": "mamba",
    "linear_attention": "mamba",
    "moe": "moe",
    "attention": "attention",
    "full_attention": "attention",
    "mlp": "mlp",
}


def _nemotron_layers(f: Fields) -> list[str]:
    for name in ("layers_block_type", "layer_types", "hybrid_override_pattern"):
        value = f.raw(name)
        if value is None:
            continue
        if not isinstance(value, (list, str)) or not 1 <= len(value) <= MAX_LAYERS:
            raise f.fail(name, say("must name the kind of each of up to {0:,} layers.", MAX_LAYERS))
        words = []
        for index, entry in enumerate(value):
            word = _NEMOTRON.get(entry) if isinstance(entry, str) else None
            if word is None:
                raise f.fail(
                    f"{name}[{index}]",
                    say("is {0}, a kind of layer that is not known.", shown(entry)),
                )
            words.append(word)
        return words
    raise f.fail("layers_block_type", say("is missing."))


def nemotron_h(f: Fields) -> Draft:
    """Nemotron-H and Nemotron 3: each layer is one block with one norm before it."""
    kinds = _nemotron_layers(f)
    for name in ("use_bias", "mamba_proj_bias", "mlp_bias", "attention_bias"):
        f.refuse_when(name, f.flag(name), say("its biases are not modelled."))
    f.refuse_when(
        "use_conv_bias", not f.flag("use_conv_bias", default=True), say("a bias is expected there.")
    )
    attention: dict[str, Attention] = {"none": NoAttention()}
    ffn: dict[str, Ffn] = {"none": NoFfn()}
    if "mamba" in kinds:
        attention["mamba"] = Mamba2(
            heads=f.size("mamba_num_heads"),
            head_dim=f.size("mamba_head_dim"),
            state_size=f.size("ssm_state_size"),
            groups=f.size("n_groups", "mamba_n_groups"),
            conv_kernel=f.size("conv_kernel", "mamba_d_conv"),
        )
    if "attention" in kinds:
        attention["full"] = gqa(f)
    if "mlp" in kinds:
        ffn["dense"] = DenseFfn(width=f.size("intermediate_size"), gated=False)
    if "moe" in kinds:
        ffn["moe"] = _nemotron_experts(f)
    mtp = _nemotron_prediction(f) if {"full", "moe"} <= {*attention, *ffn} else None
    return Draft(
        gguf_arch="nemotron_h_moe" if "moe" in kinds else "nemotron_h",
        attention=attention,
        attention_layers=[{"mamba": "mamba", "attention": "full"}.get(x, "none") for x in kinds],
        ffn=ffn,
        ffn_layers=[{"mlp": "dense", "moe": "moe"}.get(x, "none") for x in kinds],
        norms=1,
        mtp=mtp,
    )


def _nemotron_prediction(f: Fields) -> Mtp | None:
    """One attention block and one block of experts, where the configuration names them."""
    layers = prediction_layers(f)
    if not layers:
        return None
    pattern = f.raw("mtp_hybrid_override_pattern", "mtp_layers_block_type")
    if layers != 1 or pattern not in (None, "*E", ["attention", "moe"], ["full_attention", "moe"]):
        f.notes.append(say("Its prediction layers are of a kind that is not modelled; left out."))
        return None
    return Mtp(layers=1, style="nemotron_h", attention="full", ffn="moe", in_gguf=True)


def _nemotron_experts(f: Fields) -> Ffn:
    experts = experts_of(f, "n_routed_experts")
    width = f.size("moe_intermediate_size")
    shared = f.count("n_shared_experts")
    shared_width = f.size("moe_shared_expert_intermediate_size") if shared else None
    return moe(
        f,
        {
            "experts": experts,
            "top_k": top_k_of(f, experts, "num_experts_per_tok"),
            "width": width,
            "shared_experts": shared,
            "shared_width": shared_width,
            "router_bias": True,
            "gated": False,
            "latent_width": f.optional_size("moe_latent_size"),
        },
    )


def granite_hybrid(f: Fields) -> Draft:
    """Granite 4: Mamba-2 and attention layers, each with experts and a shared block."""
    layers = layer_count(f)
    names: list[str] | None = None
    for name in ("layer_types", "layers_block_type"):
        names = names or f.per_layer(name, layers, _granite_word)
    if names is None:
        raise f.fail("layer_types", say("is missing."))
    for name in ("mamba_proj_bias", "attention_bias"):
        f.refuse_when(name, f.flag(name), say("its biases are not modelled."))
    f.refuse_when(
        "mamba_conv_bias",
        not f.flag("mamba_conv_bias", default=True),
        say("a bias is expected there."),
    )
    blocks: dict[str, Attention] = {}
    if "full" in names:
        blocks["full"] = gqa(f)
    if "mamba" in names:
        heads = f.size("mamba_n_heads")
        inner = f.size("mamba_expand") * f.size("hidden_size")
        given = f.raw("mamba_d_head")
        dim = inner // heads if given in (None, "auto") else f.size("mamba_d_head")
        if dim < 1 or dim * heads != inner:
            raise f.fail("mamba_n_heads", say("is {0:,}; it must divide {1:,}.", heads, inner))
        blocks["mamba"] = Mamba2(
            heads=heads,
            head_dim=dim,
            state_size=f.size("mamba_d_state"),
            groups=f.size("mamba_n_groups"),
            conv_kernel=f.size("mamba_d_conv"),
        )
    width = f.size("intermediate_size")
    shared = f.count("shared_intermediate_size")
    ffn: dict[str, Ffn]
    if f.count("num_local_experts"):
        experts = experts_of(f, "num_local_experts")
        ffn = {
            "moe": moe(
                f,
                {
                    "experts": experts,
                    "top_k": top_k_of(f, experts, "num_experts_per_tok"),
                    "width": width,
                    "shared_experts": 1 if shared else 0,
                    "shared_width": shared or None,
                },
            )
        }
    else:
        ffn = {"dense": DenseFfn(width=f.size("shared_intermediate_size"))}
    return Draft("granitehybrid", blocks, names, ffn, list(ffn) * layers)


def _granite_word(entry: object) -> str | None:
    words = {"mamba": "mamba", "linear_attention": "mamba"}
    words |= {"attention": "full", "full_attention": "full"}
    return words.get(entry) if isinstance(entry, str) else None
