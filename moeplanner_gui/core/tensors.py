"""Which tensors a model has, and how many parameters that makes.

Knows architectures and llama.cpp's tensor names; knows no storage types and no bytes. Every
count in the program is a sum over this list: no parameter count is typed in anywhere, except
the size of a vision tower, which is a sourced figure of the catalogue row.

Tensor shapes of the reference implementations: transformers 5.23 (model classes); names and
shapes in GGUF files: llama.cpp, src/llama-arch.cpp and src/models/ (release b11549).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from math import prod

from moeplanner_gui.core.model import (
    Architecture,
    CompressedAttention,
    GatedDeltaNet,
    GqaAttention,
    MlaAttention,
    ModelSpec,
    MoeFfn,
)

Shape = tuple[int, ...]


class Part(StrEnum):
    """What a tensor is for. The order is the order in which parts are shown."""

    TOKEN_EMBD = "token_embd"
    LM_HEAD = "lm_head"
    NORM = "norm"
    ATTENTION = "attention"
    INDEXER = "indexer"
    COMPRESSOR = "compressor"
    MHC = "mhc"
    ROUTER = "router"
    ROUTER_BIAS = "router_bias"
    HASH_TABLE = "hash_table"
    ROUTED_EXPERTS = "routed_experts"
    SHARED_EXPERTS = "shared_experts"
    DENSE_FFN = "dense_ffn"
    RECURRENT = "recurrent"
    MTP = "mtp"
    VISION = "vision"
    ROPE = "rope"


# Tables of integers or of constants: they take memory but are not parameters.
NOT_PARAMETERS = frozenset({Part.HASH_TABLE, Part.ROPE})


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor, with llama.cpp's name for it.

    Attributes:
        name: The role in GGUF files without the layer, such as ``attn_q`` or
            ``attn_q.bias``; a name without a suffix is a ``.weight``.
        part: What it is for; tensors of an MTP layer keep the part they play there.
        layer: The layer it belongs to, counted on through the MTP layers; None for the
            embedding, the head, the final norm and what belongs to them.
        shape: ggml order: the row length first.
        mtp: True in the multi-token-prediction layers.
    """

    name: str
    part: Part
    layer: int | None
    shape: Shape
    mtp: bool = False

    @property
    def elements(self) -> int:
        """How many values the tensor holds."""
        return prod(self.shape)

    @property
    def gguf_name(self) -> str:
        """The full name in a GGUF file: ``blk.3.attn_q.weight``."""
        suffix = "" if self.name.endswith((".bias", ".scale", "ssm_a")) else ".weight"
        prefix = "" if self.layer is None else f"blk.{self.layer}."
        return f"{prefix}{self.name}{suffix}"


_Entry = tuple[str, Part, Shape]


def _gqa(a: GqaAttention, hidden: int) -> Iterator[_Entry]:
    v_dim = a.v_head_dim or a.head_dim
    q, k, v = a.heads * a.head_dim, a.kv_heads * a.head_dim, a.kv_heads * v_dim
    q_out = 2 * q if a.output_gate else q
    yield "attn_q", Part.ATTENTION, (hidden, q_out)
    yield "attn_k", Part.ATTENTION, (hidden, k)
    if not a.v_from_k:
        yield "attn_v", Part.ATTENTION, (hidden, v)
    yield "attn_output", Part.ATTENTION, (a.heads * v_dim, hidden)
    if a.qkv_bias:
        yield "attn_q.bias", Part.ATTENTION, (q_out,)
        yield "attn_k.bias", Part.ATTENTION, (k,)
        if not a.v_from_k:
            yield "attn_v.bias", Part.ATTENTION, (v,)
    if a.o_bias:
        yield "attn_output.bias", Part.ATTENTION, (hidden,)
    if a.qk_norm == "head":
        yield "attn_q_norm", Part.NORM, (a.head_dim,)
        yield "attn_k_norm", Part.NORM, (a.head_dim,)
    elif a.qk_norm == "full":
        yield "attn_q_norm", Part.NORM, (q,)
        yield "attn_k_norm", Part.NORM, (k,)
    if a.sinks:
        yield "attn_sinks", Part.ATTENTION, (a.heads,)


def _mla(a: MlaAttention, hidden: int) -> Iterator[_Entry]:
    q = a.heads * (a.qk_nope_head_dim + a.qk_rope_head_dim)
    if a.q_lora_rank is None:
        yield "attn_q", Part.ATTENTION, (hidden, q)
    else:
        yield "attn_q_a", Part.ATTENTION, (hidden, a.q_lora_rank)
        yield "attn_q_a_norm", Part.NORM, (a.q_lora_rank,)
        yield "attn_q_b", Part.ATTENTION, (a.q_lora_rank, q)
    yield "attn_kv_a_mqa", Part.ATTENTION, (hidden, a.kv_lora_rank + a.qk_rope_head_dim)
    yield "attn_kv_a_norm", Part.NORM, (a.kv_lora_rank,)
    # GGUF files hold the up-projection split in two and per head, ready for absorption.
    yield "attn_k_b", Part.ATTENTION, (a.qk_nope_head_dim, a.kv_lora_rank, a.heads)
    yield "attn_v_b", Part.ATTENTION, (a.kv_lora_rank, a.v_head_dim, a.heads)
    yield "attn_output", Part.ATTENTION, (a.heads * a.v_head_dim, hidden)
    if a.indexer is not None:
        dim = a.indexer.head_dim
        q_rank = a.q_lora_rank or hidden
        yield "indexer.attn_q_b", Part.INDEXER, (q_rank, a.indexer.heads * dim)
        yield "indexer.attn_k", Part.INDEXER, (hidden, dim)
        yield "indexer.proj", Part.INDEXER, (hidden, a.indexer.heads)
        yield "indexer.k_norm", Part.INDEXER, (dim,)
        yield "indexer.k_norm.bias", Part.INDEXER, (dim,)


def _compressed(a: CompressedAttention, hidden: int) -> Iterator[_Entry]:
    q = a.heads * a.head_dim
    yield "attn_q_a", Part.ATTENTION, (hidden, a.q_lora_rank)
    yield "attn_q_a_norm", Part.NORM, (a.q_lora_rank,)
    yield "attn_q_b", Part.ATTENTION, (a.q_lora_rank, q)
    yield "attn_kv", Part.ATTENTION, (hidden, a.head_dim)
    yield "attn_kv_norm", Part.NORM, (a.head_dim,)
    yield "attn_output_a", Part.ATTENTION, (q // a.o_groups, a.o_groups * a.o_lora_rank)
    yield "attn_output_b", Part.ATTENTION, (a.o_groups * a.o_lora_rank, hidden)
    yield "attn_sinks", Part.ATTENTION, (a.heads,)
    if a.compress_ratio == 0:
        return
    # CSA blocks overlap: each entry is built from two windows, hence twice the width.
    width = a.head_dim * (2 if a.compress_ratio == 4 else 1)
    yield "attn_compress_kv", Part.COMPRESSOR, (hidden, width)
    yield "attn_compress_gate", Part.COMPRESSOR, (hidden, width)
    yield "attn_compress_ape", Part.COMPRESSOR, (width, a.compress_ratio)
    yield "attn_compress_norm", Part.COMPRESSOR, (a.head_dim,)
    if a.indexer is not None:
        dim = a.indexer.head_dim
        yield "indexer.proj", Part.INDEXER, (hidden, a.indexer.heads)
        yield "indexer.attn_q_b", Part.INDEXER, (a.q_lora_rank, a.indexer.heads * dim)
        yield "indexer.compress_kv", Part.INDEXER, (hidden, 2 * dim)
        yield "indexer.compress_gate", Part.INDEXER, (hidden, 2 * dim)
        yield "indexer.compress_ape", Part.INDEXER, (2 * dim, a.compress_ratio)
        yield "indexer.compress_norm", Part.INDEXER, (dim,)


def _gated_delta(a: GatedDeltaNet, hidden: int) -> Iterator[_Entry]:
    key, value = a.k_heads * a.k_head_dim, a.v_heads * a.v_head_dim
    yield "attn_qkv", Part.RECURRENT, (hidden, 2 * key + value)
    yield "attn_gate", Part.RECURRENT, (hidden, value)
    yield "ssm_ba", Part.RECURRENT, (hidden, 2 * a.v_heads)
    yield "ssm_conv1d", Part.RECURRENT, (a.conv_kernel, 2 * key + value)
    yield "ssm_a", Part.RECURRENT, (a.v_heads,)
    yield "ssm_dt.bias", Part.RECURRENT, (a.v_heads,)
    yield "ssm_norm", Part.RECURRENT, (a.v_head_dim,)
    yield "ssm_out", Part.RECURRENT, (value, hidden)


def _moe(f: MoeFfn, arch: Architecture, layer: int) -> Iterator[_Entry]:
    hidden = arch.hidden_size
    yield "ffn_gate_inp", Part.ROUTER, (hidden, f.experts)
    if f.router_linear_bias:
        yield "ffn_gate_inp.bias", Part.ROUTER, (f.experts,)
    if f.router_scales:
        yield "ffn_gate_inp.scale", Part.ROUTER, (hidden,)
        yield "ffn_down_exps.scale", Part.ROUTER, (f.experts,)
    if layer < f.hash_layers:
        yield "ffn_gate_tid2eid", Part.HASH_TABLE, (f.top_k, arch.vocab_size)
    elif f.router_bias:
        yield "exp_probs_b.bias", Part.ROUTER_BIAS, (f.experts,)
    yield "ffn_gate_exps", Part.ROUTED_EXPERTS, (hidden, f.width, f.experts)
    yield "ffn_up_exps", Part.ROUTED_EXPERTS, (hidden, f.width, f.experts)
    yield "ffn_down_exps", Part.ROUTED_EXPERTS, (f.width, hidden, f.experts)
    if f.expert_bias:
        yield "ffn_gate_exps.bias", Part.ROUTED_EXPERTS, (f.width, f.experts)
        yield "ffn_up_exps.bias", Part.ROUTED_EXPERTS, (f.width, f.experts)
        yield "ffn_down_exps.bias", Part.ROUTED_EXPERTS, (hidden, f.experts)
    if f.dense_width is not None:
        yield from _dense(f.dense_width, hidden)
    if f.shared_experts:
        width = f.shared_width or f.width * f.shared_experts
        yield "ffn_gate_shexp", Part.SHARED_EXPERTS, (hidden, width)
        yield "ffn_up_shexp", Part.SHARED_EXPERTS, (hidden, width)
        yield "ffn_down_shexp", Part.SHARED_EXPERTS, (width, hidden)
        if f.shared_gate:
            yield "ffn_gate_inp_shexp", Part.ROUTER, (hidden,)


def _dense(width: int, hidden: int) -> Iterator[_Entry]:
    yield "ffn_gate", Part.DENSE_FFN, (hidden, width)
    yield "ffn_up", Part.DENSE_FFN, (hidden, width)
    yield "ffn_down", Part.DENSE_FFN, (width, hidden)


# Gemma puts a norm behind each block as well; the plain decoder has the first two only.
_LAYER_NORMS = ("attn_norm", "ffn_norm", "post_attention_norm", "post_ffw_norm")


def _mhc(arch: Architecture) -> Iterator[_Entry]:
    streams = arch.mhc_streams
    mix = (2 + streams) * streams
    for block in ("hc_attn", "hc_ffn"):
        yield f"{block}_fn", Part.MHC, (streams * arch.hidden_size, mix)
        yield f"{block}_base", Part.MHC, (mix,)
        yield f"{block}_scale", Part.MHC, (3,)


def _mhc_head(arch: Architecture, prefix: str) -> Iterator[_Entry]:
    streams = arch.mhc_streams
    yield f"{prefix}_fn", Part.MHC, (streams * arch.hidden_size, streams)
    yield f"{prefix}_base", Part.MHC, (streams,)
    yield f"{prefix}_scale", Part.MHC, (1,)


def _layer(arch: Architecture, attention: str, ffn: str, layer: int) -> Iterator[_Entry]:
    hidden = arch.hidden_size
    for index in range(arch.norms_per_layer):
        name = _LAYER_NORMS[index] if index < len(_LAYER_NORMS) else f"extra_{index}_norm"
        yield name, Part.NORM, (hidden,)
    block = arch.attention[attention]
    if isinstance(block, GqaAttention):
        yield from _gqa(block, hidden)
    elif isinstance(block, MlaAttention):
        yield from _mla(block, hidden)
    elif isinstance(block, CompressedAttention):
        yield from _compressed(block, hidden)
    else:
        yield from _gated_delta(block, hidden)
    feed_forward = arch.ffn[ffn]
    if isinstance(feed_forward, MoeFfn):
        yield from _moe(feed_forward, arch, layer)
    else:
        yield from _dense(feed_forward.width, hidden)
    if arch.mhc_streams:
        yield from _mhc(arch)


def _mtp_layer(arch: Architecture, layer: int) -> Iterator[_Entry]:
    """One MTP layer: a decoder layer like the last one, the projection and its norms."""
    assert arch.mtp is not None
    hidden = arch.hidden_size
    attention = arch.mtp.attention or arch.attention_pattern.expand(arch.layers)[-1]
    ffn = arch.mtp.ffn or arch.ffn_pattern.expand(arch.layers)[-1]
    yield from _layer(arch, attention, ffn, layer)
    yield "nextn.eh_proj", Part.MTP, (2 * hidden, hidden)
    for norm in ("nextn.enorm", "nextn.hnorm", "nextn.shared_head_norm"):
        yield norm, Part.NORM, (hidden,)
    if arch.mhc_streams:
        yield from _mhc_head(arch, "nextn.hc_head")
    if arch.mtp.embed_head_copies:
        yield "nextn.embed_tokens", Part.TOKEN_EMBD, (hidden, arch.vocab_size)
        yield "nextn.shared_head_head", Part.LM_HEAD, (hidden, arch.vocab_size)


def _list(arch: Architecture) -> Iterator[Tensor]:
    embedding = (arch.hidden_size, arch.vocab_size)
    yield Tensor("token_embd", Part.TOKEN_EMBD, None, embedding)
    yield Tensor("output_norm", Part.NORM, None, (arch.hidden_size,))
    if not arch.tied_embeddings:
        yield Tensor("output", Part.LM_HEAD, None, embedding)
    if arch.mhc_streams:
        for name, part, shape in _mhc_head(arch, "hc_head"):
            yield Tensor(name, part, None, shape)
    if arch.rope_factors:
        yield Tensor("rope_freqs", Part.ROPE, None, (arch.rope_factors,))
    attention = arch.attention_pattern.expand(arch.layers)
    ffn = arch.ffn_pattern.expand(arch.layers)
    for layer in range(arch.layers):
        for name, part, shape in _layer(arch, attention[layer], ffn[layer], layer):
            yield Tensor(name, part, layer, shape)
    if arch.mtp is not None:
        for layer in range(arch.layers, arch.layers + arch.mtp.layers):
            for name, part, shape in _mtp_layer(arch, layer):
                yield Tensor(name, part, layer, shape, mtp=True)


@lru_cache(maxsize=512)
def model_tensors(architecture: Architecture) -> tuple[Tensor, ...]:
    """Every tensor of the language model, MTP layers included, in layer order.

    A tied head is listed once, as the token embedding. The vision tower is not listed.
    """
    return tuple(_list(architecture))


def gguf_tensors(architecture: Architecture) -> tuple[Tensor, ...]:
    """The tensors a GGUF file of this model holds.

    The converter leaves out the MTP layers of some families and cuts padding rows off some
    vocabularies; rope factors exist in GGUF files only.
    """
    rows = architecture.gguf_vocab_size or architecture.vocab_size
    keep_mtp = architecture.mtp is not None and architecture.mtp.in_gguf
    kept = (t for t in model_tensors(architecture) if keep_mtp or not t.mtp)
    if rows == architecture.vocab_size:
        return tuple(kept)
    vocabulary = {Part.TOKEN_EMBD, Part.LM_HEAD}
    return tuple(replace(t, shape=(t.shape[0], rows)) if t.part in vocabulary else t for t in kept)


@lru_cache(maxsize=512)
def _breakdown(architecture: Architecture) -> tuple[tuple[Part, int], ...]:
    counts: dict[Part, int] = {}
    for tensor in model_tensors(architecture):
        if not tensor.mtp and tensor.part not in NOT_PARAMETERS:
            counts[tensor.part] = counts.get(tensor.part, 0) + tensor.elements
    return tuple((part, counts[part]) for part in Part if part in counts)


def parameter_breakdown(model: ModelSpec) -> dict[Part, int]:
    """Parameters of the main language model by part; MTP layers and vision are not in it.

    The correction biases of routers (buffers in the reference code) are a part of their own,
    so that ``ROUTER`` is the projection alone.
    """
    return dict(_breakdown(model.architecture))


def total_parameters(model: ModelSpec) -> int:
    """Parameters of the main language model, without MTP layers and vision tower."""
    return sum(count for _, count in _breakdown(model.architecture))


def mtp_parameters(model: ModelSpec) -> int:
    """Parameters of the MTP layers, copies of the embedding and the head not counted."""
    copies = {"nextn.embed_tokens", "nextn.shared_head_head"}
    return sum(
        tensor.elements
        for tensor in model_tensors(model.architecture)
        if tensor.mtp and tensor.name not in copies and tensor.part not in NOT_PARAMETERS
    )


@lru_cache(maxsize=512)
def _active(architecture: Architecture) -> int:
    moe = {name: block for name, block in architecture.ffn.items() if isinstance(block, MoeFfn)}
    pattern = architecture.ffn_pattern.expand(architecture.layers)
    count = 0
    for tensor in model_tensors(architecture):
        if tensor.mtp or tensor.part in NOT_PARAMETERS:
            continue
        # A tied embedding is the head: it is multiplied once for every token.
        if tensor.part is Part.TOKEN_EMBD and not architecture.tied_embeddings:
            continue
        if tensor.part is Part.ROUTED_EXPERTS and tensor.layer is not None:
            block = moe[pattern[tensor.layer]]
            count += tensor.elements * block.top_k // block.experts
        else:
            count += tensor.elements
    return count


def active_parameters(model: ModelSpec) -> int:
    """Parameters that take part in one token, the look-up in the input embedding not counted."""
    return _active(model.architecture)
