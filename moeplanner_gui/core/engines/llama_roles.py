"""llama.cpp's working buffers on every device of a rig (release b11549).

Knows the roles of the devices: the first card, which runs prompt batches for weights in host
memory, middle cards, the card with the output head, and the host. The peak of a graph comes from
:mod:`moeplanner_gui.core.engines.llama_buffers`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from moeplanner_gui.core.engines.llama_buffers import (
    BufferOptions,
    copy_bytes,
    graph_bytes,
    mask_bytes,
    small_bytes,
)
from moeplanner_gui.core.engines.llama_offload import (
    FOUR_MASKS,
    Offload,
    behind_v4,
    copy_units,
    cut_by_masks,
    dense_bytes,
    mask_gaps,
)
from moeplanner_gui.core.engines.llama_shape import Shape, shape_of
from moeplanner_gui.core.engines.profile import ModelProfile, moe_of, widest_dense
from moeplanner_gui.core.kv_cache import Cells, llama_cells, row_bytes, window_cells
from moeplanner_gui.core.model import DenseFfn, GqaAttention, MoeFfn
from moeplanner_gui.core.remembered import by_identity
from moeplanner_gui.core.units import ceil_div, pad_to

Sizes = tuple[tuple[int, int], ...]


def _recurrent_alone(shape: Shape, unit: int) -> int:
    """Gated delta layers and gated attention without experts, one slot; from above."""
    width, state = max(((units - 1.4) / 3.55, state) for units, state in shape.states)
    return int((max(3.5 * width, 3 + 4 * shape.query) + 0.15) * unit) + state // 2


_SHORT = 4096
_SMALL_BATCH = 512
_ALL_PICKED = 2048
_FEW_LAYERS = 11


@by_identity
def _dense_between(profile: ModelProfile) -> bool:
    """Whether a layer without experts follows one with them."""
    sparse = [isinstance(profile.ffns[k], MoeFfn) for k in profile.ffn_of]
    dense = [isinstance(profile.ffns[k], DenseFfn) for k in profile.ffn_of]
    return any(sparse[:-1]) and any(dense[sparse.index(True) :])


def _rows_without_experts(profile: ModelProfile, shape: Shape) -> float:
    """``A`` of a card whose experts are all in host memory."""
    moe = moe_of(profile)
    if moe is None:
        return shape.rows
    if shape.full_latent:
        return shape.attention_rows + 2.0 * shape.down_on_host
    shared = (moe.shared_width or moe.width) * moe.shared_experts
    if _dense_between(profile):
        shared = max(shared, widest_dense(profile))
    rows = max(4 + 3 * shared / profile.hidden, 4.1 + shape.query * (2.3 if shape.mixed else 1))
    if shape.recurrent:
        return max(rows, 14.7, *(units + 0.5 for units, _ in shape.states))
    biases = any(
        isinstance(kind, GqaAttention) and (kind.qkv_bias or kind.head_gate)
        for kind in profile.kinds
    )
    return max(rows, 2 + 2 * shape.query + biases)


def _kept_block_masks(layers: int) -> int:
    """MiniMax M3 away from the first card: masks kept for its layers, from above at 32K tokens."""
    return max(ceil_div(205 * layers, 100) - 6, 18)


def _cache_copy_units(shape: Shape) -> float:
    """Activations beside one layer's cache that was copied from host memory to a card."""
    if not shape.full_latent:
        return 12 + 2 * shape.query
    more = 9.0 if shape.indexed else 4.5
    return max(shape.attention_rows + more, *(units + 5.5 for units, _ in shape.states), 0.0)


def _cache_copy_bytes(shape: Shape, cells: Cells, options: BufferOptions) -> int:
    """One layer's K and V as they are stored, and the f16 copy of quantised ones."""
    size = copy_bytes(shape, cells, replace(options, metal=False))
    if options.quantised:
        size += max(row_bytes(t, 1024) for t in (options.type_k, options.type_v)) * size // 2048
    return 2 * size if "f32" in (options.type_k, options.type_v) else size


def _beside_copied_cache(shape: Shape, cells: Cells, options: BufferOptions, unit: int) -> int:
    """Beside copied experts: the layer's cache, activations and mask; from above at 131,072."""
    cache = _cache_copy_bytes(shape, cells, options)
    if shape.full_latent:
        # Scores and values of a latent cache are read from copies of their own.
        held = 2 * cache + int((23.0 + 34.0 * shape.indexed + 4.0 * shape.recurrent) * unit)
    else:
        held = cache + int((18.5 if shape.recurrent else 10.2) * unit)
    return held + mask_bytes(shape, cells, options) + small_bytes(shape, options)


def _host_expert_units(moe: MoeFfn | None, hidden: int) -> float:
    """Rows of the expert layers on the CPU back end, without what runs on the card."""
    if moe is None:
        return 0.0
    if moe.expert_bias:
        return 2.3 + 3 * moe.top_k
    return 2.3 + moe.top_k + 3 * moe.top_k * moe.width / hidden


def buffer_rule(
    profile: ModelProfile, options: BufferOptions, offload: Offload
) -> Callable[[int], Sizes]:
    """The buffers of every role as a function of ``-c``: (compute, output) bytes.

    Roles are first card, middle card, last card, idle card, host, host of another node,
    first card and host in one memory, first card that holds the head behind other computers'.
    """
    shape = shape_of(profile)
    vocab = profile.spec.architecture.vocab_size
    outputs = options.ubatch if offload.cli else min(options.slots, options.ubatch)
    output = 4 * vocab * options.slots
    several = offload.holders > 1
    pipeline = (
        several
        and offload.all_on_gpu
        and not offload.expert_layers
        and offload.cache_on_cards
        and offload.one_computer
    )
    on_host = bool(offload.largest_host_tensor) and offload.gpus > 0
    moe = moe_of(profile)
    top_one = moe is not None and moe.top_k == 1
    copies, beside = copy_units(profile, shape, offload)
    all_experts = offload.expert_layers >= profile.spec.architecture.layers
    host_units = _host_expert_units(moe, profile.hidden)
    small = small_bytes(shape, options)
    sparse = (
        bool(shape.index_heads)
        and options.flash_attention
        and not (options.unified and options.slots > 1)
    )
    plain = (
        bool(shape.ratios)
        and options.flash_attention
        and not options.quantised
        and not options.swa_full
        and not options.metal
        and options.slots == outputs == 1
        and options.ubatch >= _SMALL_BATCH
        and offload.cache_on_cards
    )
    lone_queries = False
    if moe is not None and shape.full_latent and not shape.ratios and not shape.indexed:
        experts = moe.top_k * (2 + 3 * moe.width / profile.hidden)
        lone_queries = shape.attention_rows > 8 + experts
    copied_down = offload.largest_expert if shape.down_on_host and not options.metal else 0

    def sizes(context: int) -> Sizes:
        if not offload.gpus:
            host = graph_bytes(profile, context, options, outputs, cuda=False)
            return (*(((0, 0),) * 4), (host, output), (0, 0), (host, output), (0, 0))
        cells = llama_cells(context, options.slots, options.unified)
        tokens = pad_to(options.ubatch, options.slots if shape.ratios else cells.streams)
        unit = 4 * profile.hidden * tokens
        mask = mask_bytes(shape, cells, options)
        full = 2 * cells.sequence * options.ubatch
        masks = mask
        if shape.indexed:
            masks += 2 * cells.sequence * tokens
        elif shape.ratios:
            # The indexer has its own copy of the mask of the finely compressed entries.
            masks += 2 * pad_to(ceil_div(cells.sequence, 4), 256) * tokens
        rows = (2 if shape.ratios else 4) * unit
        last = graph_bytes(profile, context, options, outputs, cuda=True)
        first = graph_bytes(profile, context, options, 0, cuda=True) if several else last
        down = copied_down + shape.top_k * unit if copied_down else 0
        if lone_queries:
            first, last = first + 9 * unit // 2, last + 9 * unit // 2
        if shape.mixed and moe is not None:
            first, last = first + 66 * unit // 10, last + 66 * unit // 10
        if pipeline:
            host = down + 5 * rows // 2 + 4 * masks + 6 * small
            first, last = first + 4 * small, last + 4 * small
            if sparse:
                # Away from the first card the masks of all its layers are kept.
                shown = _pipelined(
                    shape, first, last, rows + masks + small, unit, mask, full, host, output
                )
                more = mask * (4 + ceil_div(76 * offload.layers_behind, 10))
                _, (other, _), (tail, _), *rest = shown
                return (shown[0], (other + more, 0), (tail + more, 0), *rest)
            inputs = rows + masks + small
            if shape.pooled:
                # The cards behind also keep what passes between their layers.
                first, last = first + 11 * unit + 36 * full // 5, last + 42 * unit + 67 * full // 5
            elif shape.indexed:
                held_layers = max(offload.layers_lead, offload.layers_behind)
                many = max(held_layers - _FEW_LAYERS - 1, 0)
                kept_rows = int(many * shape.index_rows * unit)
                first, last = first + kept_rows, last + kept_rows
            if shape.down_on_host and not options.metal:
                # The experts' results come from the CPU for every layer, in four copies.
                passed = 4 * shape.top_k * unit
                first += (offload.layers_lead + 1) * passed
                last += (offload.layers_lead + 1) * passed
            return _pipelined(shape, first, last, inputs, unit, mask, full, host, output)
        host = rows + masks + small + down
        middle = first
        if on_host and offload.op_offload:
            alive = copies
            if top_one and 2 * shape.rows * unit > offload.largest_host_tensor:
                alive = 1
            if moe is not None and shape.ratios and cut_by_masks(moe, profile.hidden, unit, full):
                alive, kept = max(alive, 1 + (offload.expert_layers > 0)), max(beside, 21.3)
            else:
                kept = beside
            weights = alive * offload.largest_host_tensor
            if moe is not None and not moe.gated and not offload.all_on_gpu:
                weights = weights * 16 // 10  # both matrices of an ungated expert
            if shape.mixed:
                # The down projection is copied before all of the fused gate and up is free.
                weights = weights * 14 // 10 + 3 * unit
            copied = weights + int(kept * unit) + mask + small
            if shape.indexed and not shape.pooled:
                copied += mask
            if moe is None:
                cache = _cache_copy_bytes(shape, cells, options)
                largest = offload.largest_host_tensor
                copied = dense_bytes(profile, shape, largest, cache, mask + small, unit)
            if moe is not None and not offload.all_on_gpu:
                # The cache of a layer in host memory is copied beside its experts.
                held = _beside_copied_cache(shape, cells, options, unit)
                held += 16 * unit * (not moe.gated) + 4 * mask * bool(shape.index_heads)
                copied = max(copied, weights + held)
            if moe is not None and moe.expert_bias:
                # Masks of long contexts, and of short ones, that no weight's place takes.
                copied += 4 * unit * (2 * mask > 3 * weights)
                copied += 17 * unit // 10 * (cells.sequence <= _SHORT)
            if shape.ratios:
                # The masks of long contexts leave gaps that no weight fits in.
                copied += mask_gaps(alive, unit, full)
            if several and not all_experts and not shape.ratios:
                partly = 1 + 12 * shape.mixed + 5 * (shape.full_latent and not shape.indexed)
                partly += 92 * (shape.pooled and not offload.all_on_gpu)
                middle += partly * unit // 2 + 2 * mask * bool(shape.index_heads)
                last += partly * unit // 2 + 2 * mask * bool(shape.index_heads)
            if shape.pooled and not all_experts:
                copied += 24 * unit
            if all_experts and offload.all_on_gpu and not shape.ratios and not shape.indexed:
                middle = int(_rows_without_experts(profile, shape) * unit) + mask + small
                for units, state in shape.states:
                    held = int((units + 2.2 * shape.full_latent) * unit)
                    middle = max(middle, held + mask + options.slots * state)
                gated = moe is not None and moe.gated and not shape.full_latent
                if shape.recurrent and gated and options.slots == 1:
                    middle = mask + small + _recurrent_alone(shape, unit)
                last = max(middle, min(last, middle + 4 * vocab * outputs))
            first = max(first, copied)
            if shape.recurrent and not offload.all_on_gpu:
                host += (33 if moe is None or moe.gated else 150) * unit // 16
        elif on_host:
            host = max(host, int(host_units * unit) + masks + small)
            if not offload.all_on_gpu:
                host = max(host, graph_bytes(profile, context, options, outputs, cuda=False))
                host += masks - mask
            more = 4 * unit * ((several or shape.full_latent) + 1 * shape.indexed)
            more += 2 * unit * ((shape.normed or shape.biased) and not offload.all_on_gpu)
            first, middle, last = first + more, middle + more, last + more
            first += unit // 2 * (several and shape.full_latent and not shape.ratios)
            if shape.ratios and not several:
                first += 2 * unit + unit // 4
            if several and all_experts and offload.all_on_gpu and moe is not None:
                # The experts' results come back from the CPU, each of top_k rows.
                if moe.top_k > 1 and not shape.full_latent and not shape.ratios:
                    first = min(first, int((5.1 + 2.05 * moe.top_k) * unit) + mask + small)
                    behind = int((5.3 + 2.7 * moe.top_k) * unit) + mask + small
                    middle, last = min(middle, behind), min(last, behind + 4 * vocab * outputs)
                elif shape.indexed and not shape.indexed_more[0]:
                    first, middle, last = first - 14 * unit, middle - 20 * unit, last - 20 * unit
                    picked = shape.index_rows * unit
                    first += int(max(offload.layers_lead - _FEW_LAYERS, 0) * picked)
                    middle += int(max(offload.layers_behind - _FEW_LAYERS, 0) * picked)
                    last += int(max(offload.layers_behind - _FEW_LAYERS, 0) * picked)
        if shape.indexed and several and on_host and offload.op_offload:
            # The index scores of layers without experts find room in what the others leave.
            if all_experts and offload.all_on_gpu and not shape.pooled:
                picked = offload.layers_behind * shape.index_rows + shape.attention_rows
                behind = int((picked + 1.7) * unit) + 2 * mask + 4 * cells.sequence * tokens + small
                middle, last = behind, max(behind, behind - 8 * unit + 4 * vocab * outputs)
            else:
                middle, last = middle - 8 * unit, last - 8 * unit
        if shape.ratios and several:
            more = 6 * unit if offload.op_offload or not all_experts else 3 * unit // 2
            more += 3 * unit // 2 * (full > FOUR_MASKS * unit)
            middle, last = middle + more, last + more
            first += more if not offload.op_offload else 0
        if not offload.cache_on_cards or (offload.op_offload and not offload.all_on_gpu):
            # Attention runs on a card also where the cache is in host memory: it is copied.
            copied = _cache_copy_bytes(shape, cells, options) + mask + small
            copied += int(_cache_copy_units(shape) * unit)
            if moe is not None or not offload.cache_on_cards:
                first = max(first, copied)
            if not offload.cache_on_cards:
                middle, last = max(middle, copied), max(last, copied)
                first, middle, last = (size + 5 * unit // 2 for size in (first, middle, last))
                host += 33 * unit // 10 if shape.recurrent else 0
        if sparse and several:
            whole = all_experts and offload.all_on_gpu
            more = mask * (18 if whole else _kept_block_masks(offload.layers_behind))
            middle, last = middle + more, last + more
            if on_host and not offload.op_offload:
                first += 19 * mask if whole else mask * _kept_block_masks(offload.layers_lead)
        elif sparse and on_host and not offload.op_offload:
            first += mask * _kept_block_masks(offload.layers_behind)
        starts = None
        every = cells.sequence < _ALL_PICKED and not offload.op_offload
        if plain and several and all_experts and offload.all_on_gpu and not every:
            cached = window_cells(cells.sequence, 128, 1, False, options.ubatch, full=False)
            view = 2 * max(cached, 128 + options.ubatch) * options.ubatch / unit
            starts = behind_v4(shape, offload, full / unit, view)
        both, widest = (first + host, output), (max(first, last), 0)
        shown = (first, 0), (middle, 0), (last, 0), (0, 0), (host, output), (0, 0), both, widest
        if not shape.ratios:
            return shown
        if starts is None:
            return (*shown, *((middle, 0), (last, 0)) * 2)
        mixed, coarse, tail = (int(units * unit) + small for units in starts)
        return (
            shown[0],
            (mixed, 0),
            (mixed, 0),
            *shown[3:],
            *((coarse, 0), (coarse, 0), (tail, 0), (tail, 0)),
        )

    return sizes


_PIPELINED = 13


def _pipelined(
    shape: Shape,
    first: int,
    last: int,
    inputs: int,
    unit: int,
    mask: int,
    full: int,
    host: int,
    output: int,
) -> Sizes:
    """Four copies of what passes from card to card, so that batches overlap."""
    if shape.ratios:
        # Four residual streams pass between the cards, in four copies.
        # So do the masks, of which one copy is in ``first``; from above at 4,096 to 1,048,576.
        more = max(89 * unit // 2, 36 * unit + 16 * full // 10)
        other = first + more
        first += 3 * inputs + 9 * unit // 2
        last = max(other, last + more)
    elif shape.indexed:
        # Beyond the 32,768 tokens of the release's rows, from above at 131,072.
        long = 0 if shape.pooled else 7 * max(full - 7 * unit // 3, 0)
        first, last = first + long, last + long
        more = (3 + 10 * bool(shape.indexed_more[0])) * unit // 2
        other = first + more
        first += 13 * inputs // 10 + more - 3 * unit // 2
        last = max(other, last + more)
        other = last if shape.pooled else other
    else:
        extra = int(shape.passed * unit)
        extra += unit // 2 if shape.heads and shape.biased else unit // 5 * shape.full_latent
        first, last = first + _PIPELINED * unit // 10, last + _PIPELINED * unit // 10
        other = first + 3 * (unit + mask) + extra
        first += 3 * inputs + (6 * unit // 5 if shape.full_latent else extra)
        last = max(other, last + 3 * mask + 21 * unit // 20)
    both, widest = (first + host, output), (max(first, last), 0)
    shown = (first, 0), (other, 0), (last, 0), (0, 0), (host, output), (0, 0), both, widest
    return (*shown, *((other, 0), (last, 0)) * 2) if shape.ratios else shown
