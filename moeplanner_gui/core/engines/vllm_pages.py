"""Bytes of the KV cache in vLLM's pages, by attention kind.

Knows no placement: it gives the bytes of one layer for one sequence, and the caller counts the
layers on a device. vLLM's context is that of one sequence.
"""

from __future__ import annotations

from moeplanner_gui.core.model import (
    Attention,
    CompressedAttention,
    GatedDeltaNet,
    KimiDelta,
    Mamba2,
    MlaAttention,
    NoAttention,
)
from moeplanner_gui.core.units import ceil_div, pad_to

V4_BLOCK_TOKENS = 256
_V4_PAGE_ALIGN = 576
_V4_WINDOW_BLOCK = 64
_V4_ENTRY_FP8 = 584
_V4_INDEX_FP8 = 132
MLA_BLOCK_TOKENS = 64
GQA_BLOCK_TOKENS = 16


def vllm_block_tokens(blocks: tuple[Attention, ...]) -> int:
    """Tokens of a KV block: 256 for V4, 64 for latent attention, else 16."""
    if any(isinstance(block, CompressedAttention) for block in blocks):
        return V4_BLOCK_TOKENS
    if any(isinstance(block, MlaAttention) for block in blocks):
        return MLA_BLOCK_TOKENS
    return GQA_BLOCK_TOKENS


def vllm_layer_bytes(
    block: Attention, context_tokens: int, *, fp8: bool, tensor_parallel: int, batched_tokens: int
) -> int:
    """Bytes that one sequence needs in one layer on one rank, in whole pages.

    Latent attention and V4 have one KV head and are kept whole on every rank; the heads of
    grouped-query attention are divided until each rank has one.

    Args:
        block: The attention of the layer.
        context_tokens: Tokens of one sequence.
        fp8: The cache type; V4's own layout is used in both cases.
        tensor_parallel: Ranks that share a layer.
        batched_tokens: Tokens of one scheduler step, which sliding windows keep in addition.
    """
    if isinstance(block, CompressedAttention):
        return _vllm_compressed(block, context_tokens)
    if isinstance(block, NoAttention):
        return 0
    if isinstance(block, GatedDeltaNet | Mamba2 | KimiDelta):
        conv, state = _recurrent(block)
        return ceil_div(2 * conv + 4 * state, tensor_parallel)
    if isinstance(block, MlaAttention):
        latent = block.kv_lora_rank + block.qk_rope_head_dim
        if block.indexer is not None:
            # fp8_ds_mla: 512 FP8 values, 4 FP32 scales, 64 BF16 rope values; index FP8 + scale.
            entry = (
                block.kv_lora_rank + block.kv_lora_rank // 32 + 2 * block.qk_rope_head_dim
                if fp8
                else 2 * latent
            )
            entry += block.indexer.head_dim + 4
        else:
            entry = latent if fp8 else 2 * latent
        return pad_to(context_tokens, MLA_BLOCK_TOKENS) * entry
    heads = max(ceil_div(block.kv_heads, tensor_parallel), 1)
    entry = heads * (block.head_dim + (block.v_head_dim or block.head_dim)) * (1 if fp8 else 2)
    blocks = ceil_div(context_tokens, GQA_BLOCK_TOKENS)
    if block.window is not None:
        kept = min(block.window - 1 + batched_tokens, context_tokens)
        blocks = min(ceil_div(kept, GQA_BLOCK_TOKENS) + 1, blocks)
    return blocks * GQA_BLOCK_TOKENS * entry


def _recurrent(block: GatedDeltaNet | Mamba2 | KimiDelta) -> tuple[int, int]:
    """Values of the convolution's window and of the state, one layer and one sequence."""
    if isinstance(block, GatedDeltaNet):
        inner = block.v_heads * block.v_head_dim
        width = inner + 2 * block.k_heads * block.k_head_dim
        state = block.k_head_dim * inner
    elif isinstance(block, Mamba2):
        inner = block.heads * block.head_dim
        width = inner + 2 * block.groups * block.state_size
        state = inner * block.state_size
    else:
        inner = block.heads * block.head_dim
        width, state = 3 * inner, inner * block.head_dim
    return (block.conv_kernel - 1) * width, state


def _vllm_compressed(block: CompressedAttention, context_tokens: int) -> int:
    pages = ceil_div(context_tokens, V4_BLOCK_TOKENS)
    window_pages = ceil_div(block.window, _V4_WINDOW_BLOCK) + 1
    size = window_pages * pad_to(_V4_WINDOW_BLOCK * _V4_ENTRY_FP8, _V4_PAGE_ALIGN)
    ratio = block.compress_ratio
    if ratio == 0:
        return size
    per_page = V4_BLOCK_TOKENS // ratio
    size += pages * pad_to(per_page * _V4_ENTRY_FP8, _V4_PAGE_ALIGN)
    if block.indexer is None:
        # FP32 state of the unfinished group, in blocks of 8 tokens, one block to spare.
        blocks = ratio // 8 + 1
        return size + blocks * pad_to(8 * 4 * 2 * block.head_dim, _V4_PAGE_ALIGN)
    size += pages * pad_to(per_page * _V4_INDEX_FP8, _V4_PAGE_ALIGN)
    blocks = 2 * ratio // 4 + 1
    size += blocks * pad_to(4 * 4 * 4 * block.head_dim, _V4_PAGE_ALIGN)
    return size + blocks * pad_to(4 * 4 * 4 * block.indexer.head_dim, _V4_PAGE_ALIGN)
