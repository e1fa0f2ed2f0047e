"""Bytes of the KV cache of llama.cpp by attention kind.

Knows llama.cpp's cells, streams and row sizes. Knows no placement: it gives the bytes of one
layer of each kind, and the caller counts the layers on a device.

llama.cpp's ``-c`` is ``workload.context_tokens``: the whole cache, which its slots divide
(``sequences`` of them) unless the cache is unified. vLLM's context is that of one sequence.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from moeplanner_gui.core.model import (
    Attention,
    CompressedAttention,
    GatedDeltaNet,
    GqaAttention,
    KimiDelta,
    Mamba2,
    MlaAttention,
)
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import ceil_div, pad_to

BLOCK_BYTES = {
    "f32": (1, 4),
    "f16": (1, 2),
    "bf16": (1, 2),
    "q8_0": (32, 34),
    "q5_1": (32, 24),
    "q5_0": (32, 22),
    "q4_1": (32, 20),
    "q4_0": (32, 18),
    "iq4_nl": (32, 18),
}
"""Values in a block and bytes of a block, for every cache type of llama.cpp."""

CELLS = 256
"""llama.cpp pads the number of cells of a cache to this."""


def row_bytes(cache_type: str, width: int) -> int:
    """Bytes of one row of ``width`` values; ``width`` must fill whole blocks."""
    values, size = BLOCK_BYTES[cache_type]
    return ceil_div(width, values) * size


class Cells(NamedTuple):
    """How llama.cpp lays out a context: streams of equal length.

    Attributes:
        context: ``n_ctx`` after padding.
        sequence: Cells of one stream, ``n_ctx_seq``.
        streams: Separate copies; 1 when the cache is unified.
    """

    context: int
    sequence: int
    streams: int


@lru_cache(maxsize=1024)
def llama_cells(context_tokens: int, slots: int, unified: bool) -> Cells:
    """Pad and divide ``-c`` over ``-np`` slots the way llama.cpp does."""
    padded = pad_to(context_tokens, CELLS)
    if unified or slots == 1:
        return Cells(padded, padded, 1)
    sequence = pad_to(max(padded // slots, 1), CELLS)
    return Cells(sequence * slots, sequence, slots)


def window_cells(
    sequence: int, window: int, slots: int, unified: bool, ubatch: int, *, full: bool = False
) -> int:
    """Cells of a sliding-window cache: the window and one batch, never more than the context.

    ``full`` is ``--swa-full``: as long as the context, so that old positions can be reused.
    """
    if full:
        return sequence
    return pad_to(min(sequence, window * (slots if unified else 1) + ubatch), CELLS)


@dataclass(frozen=True, slots=True)
class LlamaCacheOptions:
    """What decides llama.cpp's cache beside the model and the context.

    Attributes:
        type_k: Storage of K.
        type_v: Storage of V.
        slots: Sequences (``-np``).
        unified: The slots share one stream.
        ubatch: Tokens of one batch (``-ub``).
        cuda: CUDA's padding of quantised rows and its alignment; ROCm builds use the same code.
        swa_full: Windows are cached at full length.
        value_width: Least width of V. Without flash attention V is stored across, and every
            layer gets the widest layer's rows.
    """

    type_k: str
    type_v: str
    slots: int
    unified: bool
    ubatch: int
    cuda: bool
    swa_full: bool = False
    value_width: int = 0


def llama_layer_bytes(block: Attention, context_tokens: int, options: LlamaCacheOptions) -> int:
    """Bytes of one layer of this attention kind in llama.cpp, all slots together.

    Sources: llama.cpp release b11549, allocation compared to the byte on 4,248 configurations.
    """
    cells = llama_cells(context_tokens, options.slots, options.unified)
    rows = cells.sequence * cells.streams
    if isinstance(block, GqaAttention):
        if block.window is not None:
            rows = cells.streams * window_cells(
                cells.sequence,
                block.window,
                options.slots,
                options.unified,
                options.ubatch,
                full=options.swa_full,
            )
        head_v = block.v_head_dim or block.head_dim
        width_v = max(block.kv_heads * head_v, options.value_width)
        size = _tensor(options.type_k, block.kv_heads * block.head_dim, rows, options.cuda)
        size += _tensor(options.type_v, width_v, rows, options.cuda)
        if block.indexer is not None:
            # The index cache of block-sparse attention is a plain cache of one head: it has a V
            # that nothing reads (llama-kv-cache-msa.cpp).
            size += _tensor(options.type_k, block.indexer.head_dim, rows, options.cuda)
            size += _tensor(options.type_v, head_v, rows, options.cuda)
        return size
    if isinstance(block, MlaAttention):
        width = block.kv_lora_rank + block.qk_rope_head_dim
        size = _tensor(options.type_k, width, rows, options.cuda)
        if block.indexer is not None:
            # A pooled index keeps a token's key with what it is pooled by: three times the width
            # (llama-memory-hybrid-idx.cpp).
            width = block.indexer.head_dim * (1 if block.indexer.pool is None else 3)
            size += _tensor(options.type_k, width, rows, options.cuda)
        return size
    if isinstance(block, CompressedAttention):
        return _compressed_layer(block, cells, options)
    return sum(
        pad_to(4 * values * options.slots, 128 if options.cuda else 1)
        for values in recurrent_values(block)
    )


def _compressed_layer(block: CompressedAttention, cells: Cells, options: LlamaCacheOptions) -> int:
    # V4 keeps one full-length copy for each slot, also when the cache is unified.
    slots, kind, cuda = options.slots, options.type_k, options.cuda
    window = window_cells(
        cells.sequence, block.window, slots, False, options.ubatch, full=options.swa_full
    )
    size = _tensor(kind, block.head_dim, window * slots, cuda)
    ratio = block.compress_ratio
    if ratio:
        rows = pad_to(ceil_div(cells.sequence, ratio), CELLS) * slots
        size += _tensor(kind, block.head_dim, rows, cuda)
        if block.indexer is not None:
            size += _tensor(kind, block.indexer.head_dim, rows, cuda)
        size += slots * compressor_state_bytes(block)
    return size


def compressor_state_bytes(block: CompressedAttention) -> int:
    """The FP32 state of V4's compressor, one layer and one sequence; constant in the context.

    Key and score of every token of an unfinished group; the overlapping groups of the fine
    compression (ratio 4) keep two groups of double width.
    """
    ratio = block.compress_ratio
    if ratio == 0:
        return 0
    if block.indexer is None:
        return 4 * 2 * ratio * block.head_dim
    return 4 * 2 * (2 * ratio) * 2 * (block.head_dim + block.indexer.head_dim)


def recurrent_values(block: Attention) -> tuple[int, int]:
    """FP32 values that a layer keeps of one sequence: of its convolution, and of its state.

    Source: ``llama_hparams::n_embd_r`` and ``n_embd_s``. A layer without attention keeps none.
    """
    if isinstance(block, GatedDeltaNet):
        inner = block.v_heads * block.v_head_dim
        width = inner + 2 * block.k_heads * block.k_head_dim
        return (block.conv_kernel - 1) * width, block.k_head_dim * inner
    if isinstance(block, Mamba2):
        inner = block.heads * block.head_dim
        width = inner + 2 * block.groups * block.state_size
        return (block.conv_kernel - 1) * width, block.state_size * inner
    if isinstance(block, KimiDelta):
        inner = block.heads * block.head_dim
        return 3 * (block.conv_kernel - 1) * inner, block.head_dim * inner
    return 0, 0


def _tensor(cache_type: str, width: int, rows: int, cuda: bool) -> int:
    size = row_bytes(cache_type, width) * rows
    if not cuda:
        return size
    if BLOCK_BYTES[cache_type][0] > 1 and width % 512:
        size += row_bytes(cache_type, 512 - width % 512)
    return pad_to(size, 128)
