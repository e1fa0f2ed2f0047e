"""What the families of config.json have in common: blocks by layer, patterns, shared rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from moeplanner_gui.catalog.importers.fields import Fields
from moeplanner_gui.core.model import (
    Architecture,
    Attention,
    DenseFfn,
    Ffn,
    GqaAttention,
    LayerPattern,
    MoeFfn,
    Mtp,
)
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say


@dataclass
class Draft:
    """An architecture while its fields are being read.

    Attributes:
        attention: The blocks, under names of our choice.
        attention_layers: The block of every layer.
        ffn: As ``attention``.
        ffn_layers: As ``attention_layers``.
        tied: Whether head and embedding are one; None asks ``tie_word_embeddings``.
    """

    gguf_arch: str
    attention: dict[str, Attention]
    attention_layers: list[str]
    ffn: dict[str, Ffn]
    ffn_layers: list[str]
    norms: int = 2
    mhc_streams: int = 0
    mtp: Mtp | None = None
    gguf_vocab_size: int | None = None
    rope_factors: int = 0
    layer_scalars: bool = False
    more: dict[str, bool] = field(default_factory=dict)


def pattern_of(names: Sequence[str]) -> LayerPattern:
    """The shortest prefix and cycle that spell the names; all of them when nothing repeats."""
    count = len(names)
    best: tuple[int, int] | None = None
    for prefix in range(min(count, 9)):
        for cycle in range(1, min(count - prefix, 64) + 1):
            if best is not None and prefix + cycle >= sum(best):
                break
            if all(names[i] == names[i + cycle] for i in range(prefix, count - cycle)):
                best = (prefix, cycle)
                break
    if best is None or count - best[0] == best[1] > 1:
        # Nothing repeats within reach: spell every layer.
        best = (count - 1, 1)
    prefix, cycle = best
    return LayerPattern(prefix=tuple(names[:prefix]), cycle=tuple(names[prefix : prefix + cycle]))


def architecture_of(draft: Draft, f: Fields, *, tied: bool, vision: int = 0) -> Architecture:
    """The architecture of a draft; blocks that no layer has are left out."""
    return Architecture(
        gguf_arch=draft.gguf_arch,
        hidden_size=f.size("hidden_size"),
        layers=len(draft.attention_layers),
        vocab_size=f.size("vocab_size"),
        tied_embeddings=tied,
        attention=_kept_attention(draft),
        attention_pattern=pattern_of(draft.attention_layers),
        ffn=_kept_ffn(draft),
        ffn_pattern=pattern_of(draft.ffn_layers),
        norms_per_layer=draft.norms,
        mhc_streams=draft.mhc_streams,
        layer_scalars=draft.layer_scalars,
        mtp=draft.mtp,
        gguf_vocab_size=draft.gguf_vocab_size,
        rope_factors=draft.rope_factors,
        vision_parameters=vision,
        **draft.more,
    )


def _kept_attention(draft: Draft) -> dict[str, Attention]:
    wanted = {*draft.attention_layers, draft.mtp.attention if draft.mtp is not None else None}
    return {name: block for name, block in draft.attention.items() if name in wanted}


def _kept_ffn(draft: Draft) -> dict[str, Ffn]:
    wanted = {*draft.ffn_layers, draft.mtp.ffn if draft.mtp is not None else None}
    return {name: block for name, block in draft.ffn.items() if name in wanted}


def layer_count(f: Fields) -> int:
    """``num_hidden_layers``."""
    return f.size("num_hidden_layers", "n_layer", "num_layers")


def prediction_layers(f: Fields, name: str = "num_nextn_predict_layers") -> int:
    """Prediction layers that the configuration itself names; 0 when it does not."""
    count = f.count(name) if f.has(name) else 0
    if count > 64:
        raise f.fail(name, say("is {0:,}; at most 64 are possible.", count))
    return count


def head_dim_of(f: Fields, heads: int) -> int:
    """``head_dim``, or the hidden size cut into heads."""
    given = f.optional_size("head_dim")
    if given is not None:
        return given
    hidden = f.size("hidden_size")
    if hidden % heads:
        raise f.fail(
            "head_dim",
            say("is missing, and {0:,} does not divide into {1:,} heads.", hidden, heads),
        )
    return hidden // heads


def kv_heads_of(f: Fields, heads: int, name: str = "num_key_value_heads") -> int:
    """Key and value heads, which query heads must divide into; as many when left out."""
    kv_heads = f.optional_size(name) or heads
    if heads % kv_heads:
        raise f.fail(
            name, say("is {0:,}, which does not divide {1:,} query heads.", kv_heads, heads)
        )
    return kv_heads


def gqa(
    f: Fields,
    *,
    qkv_bias: bool = False,
    o_bias: bool = False,
    qk_norm: str = "none",
    window: int | None = None,
    output_gate: bool = False,
    sinks: bool = False,
) -> GqaAttention:
    """A grouped-query block from the usual field names."""
    heads = f.size("num_attention_heads", "n_head")
    return GqaAttention.model_validate(
        {
            "heads": heads,
            "kv_heads": kv_heads_of(f, heads),
            "head_dim": head_dim_of(f, heads),
            "window": window,
            "qkv_bias": qkv_bias,
            "o_bias": o_bias,
            "qk_norm": qk_norm,
            "output_gate": output_gate,
            "sinks": sinks,
        }
    )


_LAYER_WORDS = {
    "full_attention": "full",
    "sliding_attention": "window",
    "linear_attention": "linear",
    "chunked_attention": "chunked",
    "attention": "full",
}


def layer_word(entry: object) -> str | None:
    """The name of a kind of layer in ``layer_types``, or None when it is not known."""
    return _LAYER_WORDS.get(entry) if isinstance(entry, str) else None


def on_off(entry: object) -> str | None:
    """An entry of a list of zeros and ones."""
    if isinstance(entry, bool) or not isinstance(entry, int) or entry not in (0, 1):
        return None
    return "on" if entry else "off"


def mlp_word(entry: object) -> str | None:
    """An entry of ``mlp_layer_types``."""
    words = {"dense": "dense", "sparse": "moe", "moe": "moe", "hash_moe": "moe"}
    return words.get(entry) if isinstance(entry, str) else None


def dense_first(f: Fields, layers: int, name: str = "first_k_dense_replace") -> list[str]:
    """Dense for the first layers, experts for the rest, with an explicit list taking over."""
    given = f.per_layer("mlp_layer_types", layers, mlp_word)
    if given is not None:
        return given
    dense = f.count(name)
    return ["dense" if layer < dense else "moe" for layer in range(layers)]


def dense(f: Fields, name: str = "intermediate_size") -> DenseFfn:
    """A gated dense block."""
    return DenseFfn(width=f.size(name, "n_inner", "ffn_hidden_size"))


def experts_of(f: Fields, *names: str) -> int:
    """How many routed experts there are; at least one runs for a token."""
    limit = 2**17
    experts = f.size(*names)
    if experts > limit:
        raise f.fail(
            names[0], say("is {0:,}; more than {1:,} experts is not a model.", experts, limit)
        )
    return experts


def top_k_of(f: Fields, experts: int, *names: str) -> int:
    """Experts of one token, no more than there are."""
    top_k = f.size(*names)
    if top_k > experts:
        raise f.fail(names[0], say("is {0:,}, more than the {1:,} experts.", top_k, experts))
    return top_k


def shared_of(f: Fields, name: str, width: int | None) -> dict[str, int | None]:
    """The shared experts as fields of :class:`MoeFfn`."""
    shared = f.count(name)
    return {"shared_experts": shared, "shared_width": width if shared else None}


def moe(f: Fields, values: dict[str, object]) -> MoeFfn:
    """A block of experts; the values are fields of :class:`MoeFfn`."""
    return MoeFfn.model_validate(values)


def counted_as_full(f: Fields, window: int | None) -> None:
    """Say that a window is not used to save memory, because llama.cpp keeps the whole context."""
    if window is not None:
        f.notes.append(
            say(
                "Its sliding window of {0:,} tokens is counted as full attention: "
                "llama.cpp keeps the whole context for this family.",
                window,
            )
        )


def llama3_factors(f: Fields, head_dim: int) -> int:
    """Entries of the rope-factor table that llama.cpp's converter writes for llama3 scaling."""
    for name in ("rope_scaling", "rope_parameters"):
        scaling = f.raw(name)
        if isinstance(scaling, dict) and "llama3" in (
            scaling.get("rope_type"),
            scaling.get("type"),
        ):
            return head_dim // 2
    return 0
