"""The tensors of one attention block of each kind, by llama.cpp's names.

Shapes: the model classes of transformers 5.23; names and what GGUF files hold: llama.cpp's
src/llama-arch.cpp and src/models/ (release b11549).
"""

from __future__ import annotations

from collections.abc import Iterator

from moeplanner_gui.core.model import (
    Attention,
    CompressedAttention,
    GatedDeltaNet,
    GqaAttention,
    KimiDelta,
    Mamba2,
    MlaAttention,
)
from moeplanner_gui.core.tensor_parts import Entry, Part


def _gqa(a: GqaAttention, hidden: int) -> Iterator[Entry]:
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
    if a.head_gate:
        yield "attn_gate", Part.ATTENTION, (hidden, a.heads)
    if a.indexer is not None:
        dim = a.indexer.head_dim
        yield "indexer.q_proj", Part.INDEXER, (hidden, a.indexer.heads * dim)
        yield "indexer.k_proj", Part.INDEXER, (hidden, dim)
        yield "indexer.q_norm", Part.INDEXER, (dim,)
        yield "indexer.k_norm", Part.INDEXER, (dim,)


def _mla(a: MlaAttention, hidden: int) -> Iterator[Entry]:
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
    if a.output_gate:
        yield "attn_gate", Part.ATTENTION, (hidden, a.heads * a.v_head_dim)
    if a.indexer is not None:
        dim = a.indexer.head_dim
        q_rank = a.q_lora_rank or hidden
        yield "indexer.attn_q_b", Part.INDEXER, (q_rank, a.indexer.heads * dim)
        yield "indexer.attn_k", Part.INDEXER, (hidden, dim)
        yield "indexer.proj", Part.INDEXER, (hidden, a.indexer.heads)
        yield "indexer.k_norm", Part.INDEXER, (dim,)
        yield "indexer.k_norm.bias", Part.INDEXER, (dim,)
        if a.indexer.pool is not None:
            yield "indexer_compressor_gate", Part.INDEXER, (hidden, dim)
            yield "indexer_compressor_ape", Part.INDEXER, (dim, a.indexer.pool)


def _compressed(a: CompressedAttention, hidden: int) -> Iterator[Entry]:
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


def _gated_delta(a: GatedDeltaNet, hidden: int) -> Iterator[Entry]:
    key, value = a.k_heads * a.k_head_dim, a.v_heads * a.v_head_dim
    yield "attn_qkv", Part.RECURRENT, (hidden, 2 * key + value)
    yield "attn_gate", Part.RECURRENT, (hidden, value)
    yield "ssm_ba", Part.RECURRENT, (hidden, 2 * a.v_heads)
    yield "ssm_conv1d", Part.RECURRENT, (a.conv_kernel, 2 * key + value)
    yield "ssm_a", Part.RECURRENT, (a.v_heads,)
    yield "ssm_dt.bias", Part.RECURRENT, (a.v_heads,)
    yield "ssm_norm", Part.RECURRENT, (a.v_head_dim,)
    yield "ssm_out", Part.RECURRENT, (value, hidden)


def _mamba2(a: Mamba2, hidden: int) -> Iterator[Entry]:
    inner = a.heads * a.head_dim
    convolved = inner + 2 * a.groups * a.state_size
    # One projection for the gate, what is convolved (x, B and C) and one step size a head.
    yield "ssm_in", Part.RECURRENT, (hidden, inner + convolved + a.heads)
    yield "ssm_conv1d", Part.RECURRENT, (a.conv_kernel, convolved)
    yield "ssm_conv1d.bias", Part.RECURRENT, (convolved,)
    yield "ssm_dt.bias", Part.RECURRENT, (a.heads,)
    yield "ssm_a", Part.RECURRENT, (1, a.heads)
    yield "ssm_d", Part.RECURRENT, (1, a.heads)
    yield "ssm_norm", Part.RECURRENT, (inner // a.groups, a.groups)
    yield "ssm_out", Part.RECURRENT, (inner, hidden)


def _kimi_delta(a: KimiDelta, hidden: int) -> Iterator[Entry]:
    inner = a.heads * a.head_dim
    for role in ("q", "k", "v"):
        yield f"attn_{role}", Part.RECURRENT, (hidden, inner)
        yield f"ssm_conv1d_{role}", Part.RECURRENT, (a.conv_kernel, 1, inner)
    yield "ssm_f_a", Part.RECURRENT, (hidden, a.head_dim)
    yield "ssm_f_b", Part.RECURRENT, (a.head_dim, inner)
    yield "ssm_beta", Part.RECURRENT, (hidden, a.heads)
    yield "ssm_a", Part.RECURRENT, (a.stored_decays or a.heads,)
    yield "ssm_dt.bias", Part.RECURRENT, (inner,)
    if a.full_rank_gate:
        yield "ssm_g", Part.RECURRENT, (hidden, inner)
    else:
        yield "ssm_g_a", Part.RECURRENT, (hidden, a.head_dim)
        yield "ssm_g_b", Part.RECURRENT, (a.head_dim, inner)
    yield "ssm_norm", Part.RECURRENT, (a.head_dim,)
    yield "attn_output", Part.RECURRENT, (inner, hidden)


def attention_tensors(block: Attention, hidden: int) -> Iterator[Entry]:
    """The tensors of one attention block; none for a layer without one.

    Args:
        block: The block.
        hidden: The width of the hidden state.
    """
    if isinstance(block, GqaAttention):
        yield from _gqa(block, hidden)
    elif isinstance(block, MlaAttention):
        yield from _mla(block, hidden)
    elif isinstance(block, CompressedAttention):
        yield from _compressed(block, hidden)
    elif isinstance(block, GatedDeltaNet):
        yield from _gated_delta(block, hidden)
    elif isinstance(block, Mamba2):
        yield from _mamba2(block, hidden)
    elif isinstance(block, KimiDelta):
        yield from _kimi_delta(block, hidden)
