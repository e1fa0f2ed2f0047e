"""What one token reads of its own past, by attention kind: bytes of cache and state a layer.

Knows what is read, which is not what is stored: windows, sparse attention and compressed entries
read a part of their cache, and a recurrent state is read and written whole. Knows no devices.
"""

from __future__ import annotations

from moeplanner_gui.core.engines.profile import profile_of
from moeplanner_gui.core.kv_cache import BLOCK_BYTES, recurrent_values
from moeplanner_gui.core.model import (
    Attention,
    CompressedAttention,
    GqaAttention,
    Indexer,
    MlaAttention,
    ModelSpec,
)
from moeplanner_gui.core.plan import Deployment
from moeplanner_gui.core.records import dataclass

_V4_ENTRY_BYTES, _V4_KEY_BYTES = 584, 132
"""V4's packed entry (448 FP8, 64 BF16, 8 B of scales) and FP8 index key of vLLM and SGLang."""


@dataclass(frozen=True, slots=True)
class CacheWidths:
    """Bytes of one stored value: of K, of V and of a recurrent state.

    ``packed_v4``: V4's entries are packed as they were trained. ``sparse``: the engine reads
    only what the indexer picked; llama.cpp masks the rest and reads all of it.
    """

    k: float
    v: float
    state: float
    packed_v4: bool
    sparse: bool
    whole_windows: bool


def widths_of(deployment: Deployment) -> CacheWidths:
    """The widths that a deployment's cache types mean."""
    if deployment.engine == "llama.cpp":
        k, v = (_width(name) for name in (deployment.cache_type_k, deployment.cache_type_v))
        return CacheWidths(k, v, 4.0, False, False, deployment.swa_full)
    fp8 = "fp8" in (deployment.cache_type_k, deployment.cache_type_v)
    plain = "bf16" in (deployment.cache_type_k, deployment.cache_type_v)
    width = 1.0 if fp8 else 2.0
    return CacheWidths(width, width, 4.0, not plain, True, False)


def _width(cache_type: str) -> float:
    values, size = BLOCK_BYTES.get(cache_type, (1, 2))
    return size / values


def layer_read_bytes(block: Attention, widths: CacheWidths, depth_tokens: int) -> float:
    """Bytes that one layer of this kind reads for one token at this depth."""
    if isinstance(block, GqaAttention):
        seen = depth_tokens
        if block.window is not None and not widths.whole_windows:
            seen = min(seen, block.window)
        index = 0.0
        if block.indexer is not None:
            index = block.indexer.head_dim * widths.k * depth_tokens
            seen = _picked(block.indexer, seen, widths)
        value = block.v_head_dim or block.head_dim
        row = block.kv_heads * (block.head_dim * widths.k + value * widths.v)
        return seen * row + index
    if isinstance(block, MlaAttention):
        # K and V are both read out of the one latent.
        row = (block.kv_lora_rank + block.qk_rope_head_dim) * widths.k
        if block.indexer is None:
            return depth_tokens * row
        keys = depth_tokens / (block.indexer.pool or 1) * block.indexer.head_dim * widths.k
        return _picked(block.indexer, depth_tokens, widths) * row + keys
    if isinstance(block, CompressedAttention):
        return _compressed(block, widths, depth_tokens)
    convolution, state = recurrent_values(block)
    return 2 * widths.state * (convolution + state)


def _picked(indexer: Indexer, tokens: int, widths: CacheWidths) -> int:
    return min(tokens, indexer.top_k) if widths.sparse else tokens


def _compressed(block: CompressedAttention, widths: CacheWidths, depth: int) -> float:
    entry = float(_V4_ENTRY_BYTES) if widths.packed_v4 else block.head_dim * widths.k
    total = min(depth, block.window) * entry
    ratio = block.compress_ratio
    if not ratio:
        return total
    entries = depth // ratio
    if block.indexer is not None:
        key = float(_V4_KEY_BYTES) if widths.packed_v4 else block.indexer.head_dim * widths.k
        return total + entries * key + _picked(block.indexer, entries, widths) * entry
    return total + entries * entry


def kv_read_bytes(spec: ModelSpec, deployment: Deployment, depth_tokens: int) -> tuple[float, ...]:
    """For every attention kind of a model, what one of its layers reads for one token.

    Args:
        spec: The model; the order is that of ``profile_of(spec).kinds``.
        deployment: Engine and cache types.
        depth_tokens: Tokens of context already filled.
    """
    widths = widths_of(deployment)
    return tuple(layer_read_bytes(kind, widths, depth_tokens) for kind in profile_of(spec).kinds)


def layer_attention_flops(block: Attention, widths: CacheWidths, depth_tokens: int) -> float:
    """Floating-point operations of one layer's attention for one token: every head against every
    entry it sees, once for the score and once for the value.
    """
    if isinstance(block, GqaAttention):
        seen = depth_tokens
        if block.window is not None:
            seen = min(seen, block.window)
        if block.indexer is not None:
            seen = _picked(block.indexer, seen, widths)
        return 2.0 * block.heads * (block.head_dim + (block.v_head_dim or block.head_dim)) * seen
    if isinstance(block, MlaAttention):
        seen, index = depth_tokens, 0.0
        if block.indexer is not None:
            seen = _picked(block.indexer, depth_tokens, widths)
            index = _index_flops(block.indexer, depth_tokens / (block.indexer.pool or 1))
        width = 2 * block.kv_lora_rank + block.qk_rope_head_dim
        return 2.0 * block.heads * width * seen + index
    if isinstance(block, CompressedAttention):
        seen, index = min(depth_tokens, block.window), 0.0
        if block.compress_ratio:
            entries = depth_tokens // block.compress_ratio
            if block.indexer is not None:
                index = _index_flops(block.indexer, entries)
                entries = _picked(block.indexer, entries, widths)
            seen += entries
        return 4.0 * block.heads * block.head_dim * seen + index
    return 0.0


def _index_flops(indexer: Indexer, entries: float) -> float:
    return 2.0 * indexer.heads * indexer.head_dim * entries


def attention_flops(
    spec: ModelSpec, deployment: Deployment, depth_tokens: int
) -> tuple[float, ...]:
    """For every attention kind of a model, the operations of one of its layers for one token."""
    widths = widths_of(deployment)
    return tuple(
        layer_attention_flops(kind, widths, depth_tokens) for kind in profile_of(spec).kinds
    )


def divided_by(block: Attention, ranks: int) -> int:
    """Into how many parts tensor-parallel ranks cut the reading of a layer; a latent is whole."""
    if isinstance(block, GqaAttention):
        return min(ranks, block.kv_heads)
    return 1 if isinstance(block, (MlaAttention, CompressedAttention)) else ranks
