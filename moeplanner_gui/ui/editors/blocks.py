"""The fields of a model's blocks, read off the row types themselves. Knows no widgets.

A block that gets another field gets it in the form too, with its own name when nobody has
written a better one here.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel

from moeplanner_gui.core import model as rows
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.editors.values import FieldSpec

KIND_NAMES: Final[Mapping[str, str]] = {
    "gqa": say("Grouped-query attention"),
    "mla": say("Multi-head latent attention (MLA)"),
    "compressed": say("Compressed sparse attention (V4)"),
    "gated_delta": say("Gated DeltaNet"),
    "mamba2": "Mamba-2",
    "kimi_delta": say("Kimi delta attention"),
    "none": say("None: nothing in this layer"),
    "dense": say("Dense feed-forward"),
    "moe": say("Mixture of experts"),
}
_LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "heads": (say("Query heads"), say("num_attention_heads in config.json")),
    "kv_heads": (say("KV heads"), say("num_key_value_heads: keys and values that are cached")),
    "head_dim": (
        say("Head size"),
        say("head_dim, or hidden size ÷ heads where config.json has none"),
    ),
    "v_head_dim": (say("Value head size"), say("v_head_dim; empty when it is the head size")),
    "window": (say("Sliding window"), say("Tokens a layer keeps; empty is full attention")),
    "chunked": (
        say("Attends in chunks"),
        say("The window starts anew at each multiple of its length"),
    ),
    "qkv_bias": (say("Bias on Q, K, V"), say("attention_bias or qkv_bias in config.json")),
    "o_bias": (say("Bias on the output"), say("Bias of the output projection")),
    "qk_norm": (say("Norm of Q and K"), say("One gain a head, or one over all heads")),
    "output_gate": (say("Output gate"), say("q_proj is twice as wide (Qwen3-Next)")),
    "sinks": (say("Attention sinks"), say("One learned value a head (gpt-oss)")),
    "v_from_k": (say("Values are keys"), say("There is no v_proj (Gemma 4)")),
    "head_gate": (say("Gate a head"), say("One gate a query head (Step-3)")),
    "q_lora_rank": (say("Q rank"), say("q_lora_rank; empty when Q is one matrix")),
    "kv_lora_rank": (say("KV rank"), say("kv_lora_rank: the cached latent")),
    "qk_nope_head_dim": (say("Head size without RoPE"), "qk_nope_head_dim"),
    "qk_rope_head_dim": (
        say("Head size with RoPE"),
        say("qk_rope_head_dim: cached beside the latent"),
    ),
    "rope_head_dim": (say("RoPE part of a head"), "qk_rope_head_dim"),
    "compress_ratio": (say("Compression"), say("0 window only, 4 with an indexer, 128 heavily")),
    "o_groups": (say("Output groups"), "o_groups"),
    "o_lora_rank": (say("Output rank"), "o_lora_rank"),
    "k_heads": (say("Key heads"), "linear_num_key_heads"),
    "v_heads": (say("Value heads"), "linear_num_value_heads"),
    "k_head_dim": (say("Key head size"), "linear_key_head_dim"),
    "conv_kernel": (say("Convolution"), say("Kernel length of the short convolution")),
    "state_size": (say("State size"), "ssm_state_size"),
    "groups": (say("Groups"), "n_groups"),
    "full_rank_gate": (say("Full-rank gate"), say("The output gate is one full matrix")),
    "indexer.heads": (say("Indexer heads"), say("index_n_heads; empty when there is no indexer")),
    "indexer.head_dim": (say("Indexer head size"), "index_head_dim"),
    "indexer.top_k": (say("Indexer picks"), say("index_topk: entries attended to")),
    "width": (say("Width"), say("intermediate_size; of one expert: moe_intermediate_size")),
    "gated": (say("Gated"), say("Gate, up and down; otherwise up and down only")),
    "experts": (say("Experts"), say("n_routed_experts or num_experts")),
    "top_k": (say("Experts per token"), "num_experts_per_tok"),
    "shared_experts": (say("Shared experts"), say("n_shared_experts: they run for every token")),
    "shared_width": (say("Width of a shared expert"), say("Empty when it is that of the others")),
    "shared_gate": (say("Gate of the shared expert"), say("shared_expert_gate (Qwen)")),
    "router_bias": (
        say("Router correction bias"),
        say("One value an expert, e_score_correction_bias"),
    ),
    "router_linear_bias": (say("Router bias"), say("A bias of the router's projection")),
    "expert_bias": (say("Bias inside the experts"), "gpt-oss"),
    "hash_layers": (say("Layers that route by a table"), say("The first layers of V4")),
    "dense_width": (
        say("Dense block beside"),
        say("Width of a dense block that runs for every token"),
    ),
    "router_scales": (say("Router gains"), say("Gemma 4")),
    "latent_width": (say("Latent width"), say("Experts work on a projection of this width")),
    "gguf_arch": (
        say("GGUF architecture"),
        say("general.architecture in GGUF files, like deepseek2"),
    ),
    "hidden_size": (say("Hidden size"), say("hidden_size in config.json")),
    "layers": (say("Layers"), say("num_hidden_layers, without MTP layers")),
    "vocab_size": (say("Vocabulary"), say("vocab_size: rows of the embedding")),
    "tied_embeddings": (say("Head is the embedding"), "tie_word_embeddings"),
    "norms_per_layer": (say("Norms a layer"), say("2 in most models, 4 in Gemma 3 and 4")),
    "mhc_streams": (say("mHC streams"), say("Residual streams of DeepSeek V4; 0 in others")),
    "mhc_head": (say("mHC head"), say("The streams are mixed by weights before the head")),
    "gguf_vocab_size": (say("Vocabulary in GGUF"), say("Rows the converter keeps; empty when all")),
    "rope_factors": (
        say("RoPE factors"),
        say("Length of the table of RoPE factors in GGUF; 0 for none"),
    ),
    "vision_parameters": (
        say("Vision parameters"),
        say("Parameters of the vision part, as published"),
    ),
    "attention_residuals": (
        say("Attention residuals"),
        say("Blocks read earlier layers (Kimi K3)"),
    ),
    "layer_scalars": (
        say("Layer scalars"),
        say("One constant a layer scales its output (Gemma 4)"),
    ),
    "drafter_parameters": (
        say("Draft model"),
        say("Parameters of a draft model in the checkpoint"),
    ),
    "drafter_bytes": (say("Draft model, bytes"), say("Its bytes in the checkpoint, as published")),
    "indexer.pool": (
        say("Indexer pool"),
        say("Index keys are pooled by this many tokens before they are compared (GLM-5.3-Flash)"),
    ),
    "stored_decays": (
        say("Stored decays"),
        say("Length of the decay vector where the checkpoint pads it beyond one a head"),
    ),
    "latent_norm": (
        say("Norm of the latent"),
        say("The projection has a norm of its own (Kimi K3)"),
    ),
    "mtp.layers": (say("MTP layers"), say("num_nextn_predict_layers; empty when there are none")),
    "mtp.style": (say("MTP style"), say("The family whose MTP layer it is like")),
    "mtp.attention": (say("MTP attention block"), say("Empty: that of the last layer")),
    "mtp.ffn": (say("MTP feed-forward block"), say("Empty: that of the last layer")),
    "mtp.embed_head_copies": (say("MTP repeats embedding and head"), say("In the checkpoint")),
    "mtp.in_gguf": (say("MTP is in GGUF files"), say("llama.cpp's converter keeps the layers")),
}
ATTENTION_KINDS: Final = (
    rows.GqaAttention,
    rows.MlaAttention,
    rows.CompressedAttention,
    rows.GatedDeltaNet,
    rows.Mamba2,
    rows.KimiDelta,
    rows.NoAttention,
)
FFN_KINDS: Final = (rows.DenseFfn, rows.MoeFfn, rows.NoFfn)
_NOT_SCALAR: Final = frozenset({"attention", "attention_pattern", "ffn", "ffn_pattern"})


def kind_of(block_type: type[BaseModel]) -> str:
    """The word that says in a row which kind of block it is."""
    return str(block_type.model_fields["kind"].default)


def block_type_of(part: str, kind: str) -> type[BaseModel]:
    """The row type of a kind of block in "attention" or "ffn"."""
    kinds = ATTENTION_KINDS if part == "attention" else FFN_KINDS
    return next(block for block in kinds if kind_of(block) == kind)


def block_specs(row_type: type[BaseModel], prefix: str) -> Iterator[FieldSpec]:
    """The fields of a block; their keys start with ``prefix``."""
    for name in row_type.model_fields:
        if name != "kind":
            yield from _specs(row_type, name, prefix, name, required=None)


def architecture_specs() -> Iterator[FieldSpec]:
    """The fields of an architecture that are no blocks."""
    for name in rows.Architecture.model_fields:
        if name not in _NOT_SCALAR:
            yield from _specs(rows.Architecture, name, "", name, required=None)


def _specs(
    row_type: type[BaseModel], field: str, prefix: str, key: str, *, required: bool | None
) -> Iterator[FieldSpec]:
    info = row_type.model_fields[field]
    wanted, is_optional = _without_none(info.annotation)
    if isinstance(wanted, type) and issubclass(wanted, BaseModel):
        for inner in wanted.model_fields:
            # All of it may be left out, so each field of it may.
            yield from _specs(wanted, inner, prefix, f"{key}.{inner}", required=False)
        return
    label, tip = _LABELS.get(key, (key.replace("_", " ").replace(".", " ").capitalize(), key))
    must = not is_optional if required is None else required
    if typing.get_origin(wanted) is Literal:
        words = typing.get_args(wanted)
        choices = tuple((str(word), word) for word in words)
        if required is False:
            choices = ((say("none"), None), *choices)
        yield FieldSpec(prefix + key, label, tip, "choice", choices=choices)
    elif wanted is bool:
        yield FieldSpec(prefix + key, label, tip, "flag")
    elif wanted is int:
        low = next((item.ge for item in info.metadata if hasattr(item, "ge")), 1)
        yield FieldSpec(
            prefix + key, label, tip, "int", required=must, low=low, high=2**40, empty=say("none")
        )
    else:
        yield FieldSpec(
            prefix + key, label, tip, required=must and wanted is str, empty=say("none")
        )


def _without_none(annotation: Any) -> tuple[Any, bool]:
    """The type inside ``X | None`` and ``Annotated``, and whether None was among its choices."""
    is_optional = False
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        others = [arg for arg in typing.get_args(annotation) if arg is not type(None)]
        is_optional = len(others) < len(typing.get_args(annotation))
        annotation = others[0]
    if typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    return annotation, is_optional


def flattened(row: BaseModel | None, prefix: str = "") -> dict[str, Any]:
    """A row's values by the keys of its fields."""
    found: dict[str, Any] = {}
    if row is None:
        return found
    for name in type(row).model_fields:
        value = getattr(row, name)
        if isinstance(value, BaseModel):
            found.update(flattened(value, f"{prefix}{name}."))
        else:
            found[prefix + name] = value
    return found


def defaults(row_type: type[BaseModel], prefix: str) -> dict[str, Any]:
    """The values of a new block."""
    return {
        prefix + name: info.default
        for name, info in row_type.model_fields.items()
        if not info.is_required()
    }


def nested(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Values of keys that start with ``prefix`` as nested objects; an empty part is None."""
    content: dict[str, Any] = {}
    parts: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        if not key.startswith(prefix):
            continue
        name, _, inner = key[len(prefix) :].partition(".")
        if inner:
            parts.setdefault(name, {})[inner] = value
        else:
            content[name] = value
    for name, inside in parts.items():
        given = {key: value for key, value in inside.items() if value not in (None, False)}
        full = {key: value for key, value in inside.items() if value is not None}
        content[name] = full if given else None
    return content
