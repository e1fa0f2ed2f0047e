"""llama.cpp's working buffers in closed form (release b11549).

``T`` is the bytes of one activation row set, ``4 * hidden * ubatch``; ``M`` the bytes of all
attention masks. Knows no cards: it gives the buffers of each role a device can have.

The peak of a graph is the largest of a few phases: the widest layer (``A * T``), attention
(scores, or the f16 copy of a quantised cache), the output head. Each phase is a closed form that
was compared with 4,248 allocations; where fragmentation of the allocator adds to it, the bound
above what was seen is used.
"""

from __future__ import annotations

from dataclasses import dataclass

from moeplanner_gui.core.engines.llama_sparse import (
    block_mask_bytes,
    compressed_units,
    indexed_units,
)
from moeplanner_gui.core.engines.profile import ModelProfile, moe_of, widest_dense
from moeplanner_gui.core.kv_cache import Cells, llama_cells, window_cells
from moeplanner_gui.core.model import (
    CompressedAttention,
    GatedDeltaNet,
    GqaAttention,
    KimiDelta,
    Mamba2,
    MlaAttention,
    NoAttention,
)
from moeplanner_gui.core.remembered import by_identity
from moeplanner_gui.core.units import KIB, ceil_div, pad_to

SMALL_INPUT_BYTES = 64
"""Positions, output ids and the like of one token of a batch."""


@dataclass(frozen=True, slots=True)
class BufferOptions:
    """The options that decide the working buffers."""

    ubatch: int
    slots: int
    unified: bool
    flash_attention: bool
    type_k: str
    type_v: str
    swa_full: bool = False
    metal: bool = False

    @property
    def quantised(self) -> bool:
        """Flash attention works on f16: every other cache type needs a copy."""
        return not {self.type_k, self.type_v} <= {"f16", "f32"}


@dataclass(frozen=True, slots=True)
class Shape:
    """What the phases need of a model, in units of ``T`` unless named otherwise.

    Attributes:
        rows: ``A`` on a card.
        rows_cpu: ``A`` on the CPU back end, less its one extra ``T``.
        query: Width of all queries over the hidden width.
        copy_units: What stays allocated beside the f16 copy of a quantised cache.
        score_units: What stays allocated beside the scores without flash attention.
        score_units_cpu: The same on the CPU back end.
        normed: Queries and keys are normalised apart.
        head_units: What stays allocated beside the logits.
        copy_width: Values of one cell of one layer's K and V.
        value_width: Values of one cell of V, summed over the distinct caches.
        rotation_bytes: The matrix that rotates K and V before they are quantised.
        heads: Attention heads of a full-attention layer.
        full: Some layer attends to the whole context.
        windows: The distinct sliding windows.
        ratios: The distinct compression ratios.
    """

    rows: float
    rows_cpu: float
    query: float
    copy_units: float
    score_units: float
    score_units_cpu: float
    normed: bool
    head_units: float
    copy_width: int
    value_width: int
    rotation_bytes: int
    heads: int
    full: bool
    windows: tuple[int, ...]
    ratios: tuple[int, ...]
    indexed: bool
    recurrent: bool
    biased: bool

    @property
    def full_latent(self) -> bool:
        """Latent attention: V is read from K."""
        return not self.value_width


@by_identity
def shape_of(profile: ModelProfile) -> Shape:
    """The phases of a model."""
    arch = profile.spec.architecture
    hidden = arch.hidden_size
    rows = rows_cpu = 4 + 3 * widest_dense(profile) / hidden
    moe = moe_of(profile)
    if moe is not None:
        experts = 3 * moe.top_k * moe.width / hidden
        # Expert biases are added to gate, up and down apart, all of top_k rows.
        routed = 4.0 + (3 * moe.top_k if moe.expert_bias else moe.top_k + experts)
        rows_cpu = max(rows_cpu, routed)
        if moe.shared_experts and moe.top_k > 1:
            routed += moe.top_k
        rows = max(rows, routed)
    query = 0.0
    copy_width = heads = value_width = head_dim = 0
    full = indexed = recurrent = normed = biased = False
    windows: set[int] = set()
    ratios: set[int] = set()
    score = score_cpu = copied = 0.0
    for block in profile.kinds:
        if isinstance(block, GatedDeltaNet | Mamba2 | KimiDelta):
            recurrent = True
            continue
        if isinstance(block, NoAttention):
            continue
        heads = max(heads, block.heads)
        if isinstance(block, GqaAttention):
            query = max(query, block.heads * block.head_dim / hidden)
            value = block.kv_heads * (block.v_head_dim or block.head_dim)
            value_width += value
            copy_width = max(copy_width, block.kv_heads * block.head_dim + value)
            head_dim = max(head_dim, block.head_dim)
            if block.window is None:
                full = True
            else:
                windows.add(block.window)
            normed = block.qk_norm != "none" and not arch.gguf_arch.startswith("gemma")
            biased = block.sinks
            added = block.sinks or block.qkv_bias
            score = score_cpu = copied = 4 + query * (2 if added else 1)
            if block.output_gate:
                score = score_cpu = 4 + 3 * query
                copied = 3 + 6 * query
            elif normed:
                score, score_cpu = 4 + 5 * query, 4 + 2 * query
                copied = 3 + 6 * query
        elif isinstance(block, MlaAttention):
            latent = block.kv_lora_rank + block.qk_rope_head_dim
            key = block.qk_nope_head_dim + block.qk_rope_head_dim
            query = block.heads * block.kv_lora_rank / hidden
            rows = max(rows, 4 + block.heads * (key + 2 * latent) / hidden)
            rows_cpu = max(rows_cpu, rows)
            copy_width = max(copy_width, latent)
            copied = rows + query
            score = score_cpu = rows
            full = True
            indexed = indexed or block.indexer is not None
        elif isinstance(block, CompressedAttention):
            query = block.heads * block.head_dim / hidden
            head_dim = max(head_dim, block.head_dim)
            windows.add(block.window)
            if block.compress_ratio:
                ratios.add(block.compress_ratio)
    if recurrent:
        rows *= 1.04
    if moe is not None and not moe.shared_experts and not moe.expert_bias:
        head = 3 * moe.top_k * moe.width / hidden
    else:
        head = 1.0 if recurrent or (moe is not None and moe.top_k == 1) else 0.0
    return Shape(
        rows,
        rows_cpu,
        query,
        copied,
        score,
        score_cpu,
        normed,
        head,
        copy_width,
        value_width,
        8 * head_dim * head_dim * max(len(windows) + full + bool(ratios), 1),
        heads,
        full,
        tuple(sorted(windows)),
        tuple(sorted(ratios)),
        indexed,
        recurrent,
        biased,
    )


def mask_bytes(shape: Shape, cells: Cells, options: BufferOptions) -> int:
    """``M``: every distinct mask once, 2 bytes an entry, 4 without flash attention."""
    total = cells.sequence if shape.full else 0
    for ratio in shape.ratios:
        total += pad_to(ceil_div(cells.sequence, ratio), 256)
    for window in shape.windows:
        # V4 keeps the slots apart even when the cache is unified.
        unified = options.unified and not shape.ratios
        total += window_cells(
            cells.sequence,
            window,
            options.slots,
            unified,
            options.ubatch,
            full=options.swa_full,
        )
    tokens = pad_to(options.ubatch, cells.streams)
    return total * tokens * (2 if options.flash_attention else 4)


def graph_bytes(
    profile: ModelProfile, context_tokens: int, options: BufferOptions, outputs: int, *, cuda: bool
) -> int:
    """Peak of the graph on one back end that holds all layers; with the head unless
    ``outputs`` is 0.
    """
    shape = shape_of(profile)
    cells = llama_cells(context_tokens, options.slots, options.unified)
    # A batch is filled up to the same number of tokens for every stream.
    tokens = pad_to(options.ubatch, cells.streams)
    unit = 4 * profile.hidden * tokens
    small = small_bytes(shape, options)
    mask = mask_bytes(shape, cells, options) + small
    vocab = profile.spec.architecture.vocab_size
    head = 4 * unit + 4 * vocab * outputs + mask if outputs else 0
    whole_batch = outputs > options.slots
    if shape.ratios or shape.indexed:
        units = compressed_units if shape.ratios else indexed_units
        layer, beside = units(shape.query, cells, options, unit, cuda=cuda)
        peak = max(int(layer * unit) + small, head + int(beside * unit) * whole_batch)
        return peak if cuda or shape.ratios else peak + unit
    beside = _beside_head(shape, cells, options, unit, cuda=cuda) if whole_batch else 0
    rows = shape.rows if cuda else shape.rows_cpu
    peak = max(int(rows * unit) + mask, head + beside)
    index_heads = _block_index_heads(profile)
    if index_heads:
        blocks = block_mask_bytes(index_heads, cells, tokens, options)
        peak = max(peak, int(_BLOCK_SPARSE_ROWS * unit) + mask + blocks)
    if not options.flash_attention:
        scores = 4 * shape.heads * tokens * cells.sequence
        held = shape.score_units if cuda else shape.score_units_cpu
        if options.quantised:
            if shape.windows:
                peak += unit
            elif shape.normed:
                held += 2.1 * cuda
            elif not shape.full_latent:
                held -= shape.query
            held += 0.0 if cuda else 2.1 if shape.recurrent else 0.5
            peak += 2 * unit if shape.recurrent and not cuda else 0
        if shape.recurrent and not cuda:
            peak += unit
        peak = max(peak, int(held * unit) + mask + scores)
    elif options.quantised and cuda:
        copy = 2 * cells.context * shape.copy_width
        if not shape.full_latent or copy > 2.6 * unit:
            peak = max(peak, int(shape.copy_units * unit) + mask + copy)
    return peak if cuda else peak + unit


# Activations beside the masks of chosen blocks, from above at 8,192 to 262,144 tokens.
_BLOCK_SPARSE_ROWS = 8.5


def _block_index_heads(profile: ModelProfile) -> int:
    """Index heads of block-sparse attention; 0 without it."""
    heads = (
        block.indexer.heads
        for block in profile.kinds
        if isinstance(block, GqaAttention) and block.indexer is not None
    )
    return max(heads, default=0)


def small_bytes(shape: Shape, options: BufferOptions) -> int:
    """Inputs beside activations and masks: positions, rotation, and without flash attention
    one 64-bit index for every value of V.
    """
    size = SMALL_INPUT_BYTES * options.ubatch
    if options.quantised:
        size += shape.rotation_bytes
    if shape.ratios or shape.indexed:
        size += 128 * KIB
    if not options.flash_attention:
        size += 8 * options.ubatch * shape.value_width
    return size


def _beside_head(
    shape: Shape, cells: Cells, options: BufferOptions, unit: int, *, cuda: bool
) -> int:
    """Bounds of what the allocator's fragmentation leaves beside the logits, in bytes.

    Falls no faster than the masks grow, so that a longer context never seems to need less.
    """
    if not options.flash_attention and (shape.windows or shape.recurrent):
        return unit if cuda else 13 * unit // 10
    if not cuda or (options.quantised and shape.windows):
        return unit
    left = int(shape.head_units * unit)
    if shape.head_units > 1:
        grown = max(cells.sequence - 8192, 0) * pad_to(options.ubatch, cells.streams)
        left = max(unit, left - 2 * grown)
    return left
