"""llama.cpp's working buffers in closed form (release b11549).

``T`` is the bytes of one activation row set, ``4 * hidden * ubatch``; ``M`` the bytes of all
attention masks. Knows no cards: it gives the buffers of each role a device can have.

The peak of a graph is the largest of a few phases: the widest layer (``A * T``), attention
(scores, or the f16 copy of a quantised cache), the output head. Each phase is a closed form that
was compared with 4,248 allocations; where fragmentation of the allocator adds to it, the bound
above what was seen is used.
"""

from __future__ import annotations

from moeplanner_gui.core.engines.llama_shape import Shape, shape_of
from moeplanner_gui.core.engines.llama_sparse import (
    block_mask_bytes,
    compressed_units,
    indexed_units,
    pooled_units,
)
from moeplanner_gui.core.engines.profile import ModelProfile
from moeplanner_gui.core.kv_cache import Cells, llama_cells, window_cells
from moeplanner_gui.core.records import dataclass
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
    tokens = pad_to(options.ubatch, options.slots if shape.ratios else cells.streams)
    return total * tokens * (2 if options.flash_attention else 4)


# GLM 5.3 Flash with a unified cache, from above at 4 to 32 slots of 8,192 to 65,536 tokens.
_POOLED_ROWS = 12.5
_POOLED_MASK = 4.28


def graph_bytes(
    profile: ModelProfile, context_tokens: int, options: BufferOptions, outputs: int, *, cuda: bool
) -> int:
    """Peak of the graph on one back end that holds all layers; with the head unless
    ``outputs`` is 0.
    """
    shape = shape_of(profile)
    cells = llama_cells(context_tokens, options.slots, options.unified)
    # A batch is filled up to the same number of tokens for every stream.
    tokens = pad_to(options.ubatch, options.slots if shape.ratios else cells.streams)
    unit = 4 * profile.hidden * tokens
    small = small_bytes(shape, options)
    mask = mask_bytes(shape, cells, options) + small
    vocab = profile.spec.architecture.vocab_size
    head = 4 * unit + 4 * vocab * outputs + mask if outputs else 0
    whole_batch = outputs > options.slots
    if shape.ratios or shape.indexed:
        units = compressed_units if shape.ratios else indexed_units
        units = pooled_units if shape.pooled else units
        layer, beside = units(shape.query, cells, options, unit, cuda=cuda)
        if (
            shape.indexed
            and not shape.pooled
            and (not options.flash_attention or cells.sequence > _LONG_INDEX)
        ):
            layer += shape.indexed_more[not options.flash_attention]
            layer += 5.0 * (options.slots > 4)
        peak = max(int(layer * unit) + small, head + int(beside * unit) * whole_batch)
        if shape.pooled:
            if options.unified:
                # Every slot has a mask of its own over the cells that all share.
                masks = int(_POOLED_MASK * options.slots * cells.sequence * tokens)
                peak = max(peak, int(_POOLED_ROWS * unit) + small + masks)
            for activations, state in shape.states:
                peak = max(peak, int(activations * unit) + mask + options.slots * state)
        return peak if cuda or shape.ratios else peak + unit
    beside = 0
    if whole_batch:
        beside = _beside_head(shape, cells, options, unit, cuda=cuda)
        beside += int(shape.beside_head * unit)
    rows = shape.rows if cuda else shape.rows_cpu
    rotated = shape.windows or (shape.normed and not shape.recurrent)
    if options.quantised and not options.flash_attention and rotated:
        # Queries and keys are rotated into another place, which the scaled input of Gemma leaves.
        rows += 1.0 * (cuda or not shape.scaled)
    peak = max(int(rows * unit) + mask, head + beside)
    for activations, state in shape.states:
        peak = max(peak, int(activations * unit) + mask + options.slots * state)
    if shape.index_heads:
        blocks = block_mask_bytes(shape.index_heads, cells, tokens, options)
        peak = max(peak, int(_BLOCK_SPARSE_ROWS * unit) + mask + blocks)
    if not options.flash_attention:
        scores = 4 * shape.heads * tokens * cells.sequence
        held = shape.score_units if cuda else shape.score_units_cpu
        if options.quantised:
            if shape.recurrent and not shape.normed:
                held += 1.6  # Mamba 2
            elif shape.normed and (cuda or shape.recurrent):
                held += (2.1 if shape.recurrent else 1.1) * cuda
            elif not shape.full_latent and scores > _SMALL_SCORES * unit:
                held -= shape.query
            held += 0.0 if cuda else 2.1 if shape.recurrent else 0.5
        if shape.recurrent:
            peak += unit // 2 if cuda else unit
        peak = max(peak, int(held * unit) + mask + scores)
    elif cuda and (options.quantised or options.metal):
        copy = copy_bytes(shape, cells, options)
        if not (shape.full_latent and shape.latent_gap) or copy > 2.6 * unit or options.metal:
            peak = max(peak, int(shape.copy_units * unit) + mask + copy)
    return peak if cuda else peak + unit


def copy_bytes(shape: Shape, cells: Cells, options: BufferOptions) -> int:
    """The f16 copy of one layer's whole K and V that flash attention reads.

    CUDA makes it of quantised caches. Metal reserves it always, and room for the parts of 32
    tokens that up to 32 groups of threads work out (``ggml_metal_op_flash_attn_ext_extra_tmp``).
    """
    widest = 0
    for window, width in shape.copies:
        rows = cells.context
        if window is not None:
            rows = cells.streams * window_cells(
                cells.sequence,
                window,
                options.slots,
                options.unified,
                options.ubatch,
                full=options.swa_full,
            )
        widest = max(widest, 2 * rows * width)
    if options.metal:
        widest += 4 * 32 * 32 * shape.heads * (shape.value_head + 2)
    return widest


# Scores that fit beside the queries' first place, seen of Llama 4 Scout at 1,024 tokens a slot.
_SMALL_SCORES = 12
# Activations beside the masks of chosen blocks, from above at 8,192 to 262,144 tokens.
_BLOCK_SPARSE_ROWS = 10.5
_LONG_INDEX = 8192


def small_bytes(shape: Shape, options: BufferOptions) -> int:
    """Inputs beside activations and masks: positions, rotation, and without flash attention
    one 64-bit index for every value of V.
    """
    size = SMALL_INPUT_BYTES * options.ubatch
    if options.quantised:
        size += shape.rotation_bytes
    if shape.ratios or shape.indexed:
        size += 128 * KIB + 256 * options.slots
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
