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
from moeplanner_gui.ui.editors.values import FieldSpec

KIND_NAMES: Final[Mapping[str, str]] = {
    "gqa": "Grouped-query attention",
    "mla": "Multi-head latent attention (MLA)",
    "compressed": "Compressed sparse attention (V4)",
    "gated_delta": "Gated DeltaNet",
    "mamba2": "Mamba-2",
    "kimi_delta": "Kimi delta attention",
    "none": "None: nothing in this layer",
    "dense": "Dense feed-forward",
    "moe": "Mixture of experts",
}
_LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "heads": ("Query heads", "num_attention_heads in config.json"),
    "kv_heads": ("KV heads", "num_key_value_heads: keys and values that are cached"),
    "head_dim": ("Head size", "head_dim, or hidden size ÷ heads where config.json has none"),
    "v_head_dim": ("Value head size", "v_head_dim; empty when it is the head size"),
    "window": ("Sliding window", "Tokens a layer keeps; empty is full attention"),
    "chunked": ("Attends in chunks", "The window starts anew at each multiple of its length"),
    "qkv_bias": ("Bias on Q, K, V", "attention_bias or qkv_bias in config.json"),
    "o_bias": ("Bias on the output", "Bias of the output projection"),
    "qk_norm": ("Norm of Q and K", "One gain a head, or one over all heads"),
    "output_gate": ("Output gate", "q_proj is twice as wide (Qwen3-Next)"),
    "sinks": ("Attention sinks", "One learned value a head (gpt-oss)"),
    "v_from_k": ("Values are keys", "There is no v_proj (Gemma 4)"),
    "head_gate": ("Gate a head", "One gate a query head (Step-3)"),
    "q_lora_rank": ("Q rank", "q_lora_rank; empty when Q is one matrix"),
    "kv_lora_rank": ("KV rank", "kv_lora_rank: the cached latent"),
    "qk_nope_head_dim": ("Head size without RoPE", "qk_nope_head_dim"),
    "qk_rope_head_dim": ("Head size with RoPE", "qk_rope_head_dim: cached beside the latent"),
    "rope_head_dim": ("RoPE part of a head", "qk_rope_head_dim"),
    "compress_ratio": ("Compression", "0 window only, 4 with an indexer, 128 heavily"),
    "o_groups": ("Output groups", "o_groups"),
    "o_lora_rank": ("Output rank", "o_lora_rank"),
    "k_heads": ("Key heads", "linear_num_key_heads"),
    "v_heads": ("Value heads", "linear_num_value_heads"),
    "k_head_dim": ("Key head size", "linear_key_head_dim"),
    "conv_kernel": ("Convolution", "Kernel length of the short convolution"),
    "state_size": ("State size", "ssm_state_size"),
    "groups": ("Groups", "n_groups"),
    "full_rank_gate": ("Full-rank gate", "The output gate is one full matrix"),
    "indexer.heads": ("Indexer heads", "index_n_heads; empty when there is no indexer"),
    "indexer.head_dim": ("Indexer head size", "index_head_dim"),
    "indexer.top_k": ("Indexer picks", "index_topk: entries attended to"),
    "width": ("Width", "intermediate_size; of one expert: moe_intermediate_size"),
    "gated": ("Gated", "Gate, up and down; otherwise up and down only"),
    "experts": ("Experts", "n_routed_experts or num_experts"),
    "top_k": ("Experts per token", "num_experts_per_tok"),
    "shared_experts": ("Shared experts", "n_shared_experts: they run for every token"),
    "shared_width": ("Width of a shared expert", "Empty when it is that of the others"),
    "shared_gate": ("Gate of the shared expert", "shared_expert_gate (Qwen)"),
    "router_bias": ("Router correction bias", "One value an expert, e_score_correction_bias"),
    "router_linear_bias": ("Router bias", "A bias of the router's projection"),
    "expert_bias": ("Bias inside the experts", "gpt-oss"),
    "hash_layers": ("Layers that route by a table", "The first layers of V4"),
    "dense_width": ("Dense block beside", "Width of a dense block that runs for every token"),
    "router_scales": ("Router gains", "Gemma 4"),
    "latent_width": ("Latent width", "Experts work on a projection of this width"),
    "gguf_arch": ("GGUF architecture", "general.architecture in GGUF files, like deepseek2"),
    "hidden_size": ("Hidden size", "hidden_size in config.json"),
    "layers": ("Layers", "num_hidden_layers, without MTP layers"),
    "vocab_size": ("Vocabulary", "vocab_size: rows of the embedding"),
    "tied_embeddings": ("Head is the embedding", "tie_word_embeddings"),
    "norms_per_layer": ("Norms a layer", "2 in most models, 4 in Gemma 3 and 4"),
    "mhc_streams": ("mHC streams", "Residual streams of DeepSeek V4; 0 in others"),
    "mhc_head": ("mHC head", "The streams are mixed by weights before the head"),
    "gguf_vocab_size": ("Vocabulary in GGUF", "Rows the converter keeps; empty when all"),
    "rope_factors": ("RoPE factors", "Length of the table of RoPE factors in GGUF; 0 for none"),
    "vision_parameters": ("Vision parameters", "Parameters of the vision part, as published"),
    "attention_residuals": ("Attention residuals", "Blocks read earlier layers (Kimi K3)"),
    "layer_scalars": ("Layer scalars", "One constant a layer scales its output (Gemma 4)"),
    "drafter_parameters": ("Draft model", "Parameters of a draft model in the checkpoint"),
    "drafter_bytes": ("Draft model, bytes", "Its bytes in the checkpoint, as published"),
    "mtp.layers": ("MTP layers", "num_nextn_predict_layers; empty when there are none"),
    "mtp.style": ("MTP style", "The family whose MTP layer it is like"),
    "mtp.attention": ("MTP attention block", "Empty: that of the last layer"),
    "mtp.ffn": ("MTP feed-forward block", "Empty: that of the last layer"),
    "mtp.embed_head_copies": ("MTP repeats embedding and head", "In the checkpoint"),
    "mtp.in_gguf": ("MTP is in GGUF files", "llama.cpp's converter keeps the layers"),
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
            choices = (("none", None), *choices)
        yield FieldSpec(prefix + key, label, tip, "choice", choices=choices)
    elif wanted is bool:
        yield FieldSpec(prefix + key, label, tip, "flag")
    elif wanted is int:
        low = next((item.ge for item in info.metadata if hasattr(item, "ge")), 1)
        yield FieldSpec(
            prefix + key, label, tip, "int", required=must, low=low, high=2**40, empty="none"
        )
    else:
        yield FieldSpec(prefix + key, label, tip, required=must and wanted is str, empty="none")


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
