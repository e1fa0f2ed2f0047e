"""llama.cpp's working buffers on every device of a rig (release b11549).

Knows the roles of the devices: the first card, which runs prompt batches for weights in host
memory, middle cards, the card with the output head, and the host. The peak of a graph comes from
:mod:`moeplanner_gui.core.engines.llama_buffers`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from moeplanner_gui.core.engines.llama_buffers import (
    BufferOptions,
    copy_bytes,
    graph_bytes,
    mask_bytes,
    small_bytes,
)
from moeplanner_gui.core.engines.llama_shape import Shape, shape_of
from moeplanner_gui.core.engines.profile import ModelProfile, moe_of
from moeplanner_gui.core.kv_cache import Cells, llama_cells, row_bytes
from moeplanner_gui.core.model import GqaAttention, MoeFfn
from moeplanner_gui.core.units import ceil_div, pad_to

Sizes = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Offload:
    """How the model is spread, as far as the buffers depend on it.

    Attributes:
        gpus: Cards of the rig that llama.cpp uses.
        holders: Cards that hold at least one layer.
        all_on_gpu: No layer is in host memory.
        expert_layers: Layers whose experts are in host memory.
        largest_host_tensor: Bytes of the largest weight in host memory that batches copy.
        op_offload: Prompt batches run on the first card even where the weights are on the host.
        cli: The front end reserves logits for a whole batch.
        cache_on_cards: The cache of a layer is where the layer is.
        one_computer: No card is reached through the RPC back end.
        mixed_types: The matrices of an expert are stored in different types.
        layers_behind: Most layers of a card that is not the first; of the only one else.
        largest_expert: Bytes of the largest stacked expert weight of the model.
        layers_lead: Layers of the card that runs prompt batches for weights in host memory.
    """

    gpus: int
    holders: int
    all_on_gpu: bool
    expert_layers: int
    largest_host_tensor: int
    op_offload: bool
    cli: bool
    cache_on_cards: bool = True
    one_computer: bool = True
    mixed_types: bool = False
    layers_behind: int = 0
    largest_expert: int = 0
    layers_lead: int = 0

    @property
    def batches_of_others(self) -> bool:
        """The leading card also runs batches of experts whose layers are on other cards."""
        return self.holders > 1 and self.expert_layers > self.layers_lead


def copy_units(profile: ModelProfile, shape: Shape, offload: Offload) -> tuple[int, float]:
    """What a prompt batch takes on the first card for a weight in host memory.

    Returns:
        How many copies of the largest such weight are alive at once, and the activations
        beside it in units of ``T``.
    """
    moe = moe_of(profile)
    gemma = profile.spec.architecture.norms_per_layer > 2
    if moe is None:
        return 1, 20.5 if gemma else 10.0
    experts = moe.top_k * moe.width / profile.hidden
    if shape.indexed:
        more = 8.5 * bool(shape.indexed_more[0])
        if offload.holders > 1 and offload.all_on_gpu:
            return 1, 20.3 + more
        return 1, more + (34.4 if offload.all_on_gpu else 35.4)
    if shape.ratios:
        twice = offload.expert_layers > 0 and (offload.holders > 1 or offload.mixed_types)
        if twice and offload.all_on_gpu:
            return 2, 1.3 + 10.7 * offload.mixed_types
        return 1, 21.3 + 3.5 * offload.mixed_types
    if not offload.all_on_gpu:
        if shape.full_latent:
            return 1, 9.4 + moe.top_k + experts
        return 1, shape.rows + (10.0 if moe.top_k == 1 else 4.2) + 2.0 * shape.normed
    if moe.top_k == 1 or shape.recurrent:
        # Gate, up and down do not fit into each other's place: two are alive at once.
        if moe.top_k > 1 and moe.gated:
            return 2, 13.5 if shape.full_latent else 6.6
        return 2, 4 + moe.top_k + experts + 6.0 * shape.recurrent
    beside = 4 + moe.top_k + experts
    plain = not moe.shared_experts and not moe.expert_bias
    if moe.shared_experts and not shape.full_latent:
        beside += 8.0 if shape.index_heads else 2.0
    return 1 + _kept_beside(moe, profile.hidden, offload), beside + (
        2.1 if offload.holders > 1 and plain else 0.05
    )


def _kept_beside(moe: MoeFfn, hidden: int, offload: Offload) -> bool:
    """Whether gate or up stays in the way of the larger down projection of another card's layer.

    The scheduler copies each weight in a split of its own, so that the next one takes its place
    (``ggml_backend_sched_split_graph`` in ggml-backend.cpp). While experts of another card's layer
    run, the leading card holds little else: the batch and the results of gate and up go where its
    own layers' inputs lay, or behind the weight when there is no room. A weight that is larger
    than its predecessor, or another that finds its place cut by biases, then goes behind both.
    The room is that of four ``T`` and the mask of 32,768 tokens, with which one copy was seen for
    V3, V3.2, Qwen3, gpt-oss and Llama 4. It does not depend on the context here: a longer one
    must not seem to need less.
    """
    if not offload.batches_of_others or not (offload.mixed_types or moe.expert_bias):
        return False
    return 1 + 2 * moe.top_k * moe.width / hidden > 4 + _ROOM_CELLS / (2 * hidden)


_ROOM_CELLS = 32_768


_FOUR_MASKS = 4.01


def _cut_by_masks(moe: MoeFfn, hidden: int, unit: int, full: int) -> bool:
    """V4 Flash: the masks of some contexts lie so that a copied weight finds its place cut.

    Seen of 15 contexts from 8,192 to 229,376 tokens at four batches; two copies are taken where
    one was not seen. It is no matter of size: 32,768 tokens need one, fewer and more need two.
    The wider V4 Pro never did.
    """
    if moe.top_k * moe.width / hidden < _WIDE_EXPERTS:
        return False
    masks = full / unit
    return not (masks <= 1 or 3.99 <= masks <= _FOUR_MASKS or masks >= 9)


_WIDE_EXPERTS = 2.8


def _mask_gaps(copies: int, unit: int, full: int) -> int:
    """V4: what lies beside copied weights for its masks, from above at 4,096 to 1,048,576 tokens.

    ``full`` is the bytes of one f16 mask of the whole context.
    """
    if copies > 1:
        return int(10.4 * unit) if full > _FOUR_MASKS * unit else 0
    return int(1.2 * unit + 0.78 * full)


def _rows_without_experts(profile: ModelProfile, shape: Shape) -> float:
    """``A`` of a card whose experts are all in host memory."""
    moe = moe_of(profile)
    if moe is None:
        return shape.rows
    if shape.full_latent:
        return shape.attention_rows
    shared = (moe.shared_width or moe.width) * moe.shared_experts
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
            return _pipelined(shape, first, last, inputs, unit, mask, full, host, output)
        host = rows + masks + small + down
        middle = first
        if on_host and offload.op_offload:
            alive = copies
            if top_one and 2 * shape.rows * unit > offload.largest_host_tensor:
                alive = 1
            if moe is not None and shape.ratios and _cut_by_masks(moe, profile.hidden, unit, full):
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
            if shape.ratios:
                # The masks of long contexts leave gaps that no weight fits in.
                copied += _mask_gaps(alive, unit, full)
            if all_experts and offload.all_on_gpu and not shape.ratios and not shape.indexed:
                middle = int(_rows_without_experts(profile, shape) * unit) + mask + small
                for units, state in shape.states:
                    middle = max(middle, int(units * unit) + mask + options.slots * state)
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
        if shape.indexed and several and on_host and offload.op_offload:
            # The index scores of layers without experts find room in what the others leave.
            middle, last = middle - 8 * unit, last - 8 * unit
        if shape.ratios and several:
            more = 6 * unit if offload.op_offload or not all_experts else 3 * unit // 2
            more += 3 * unit // 2 * (full > _FOUR_MASKS * unit)
            middle, last = middle + more, last + more
            first += more if not offload.op_offload else 0
        if not offload.cache_on_cards or (offload.op_offload and not offload.all_on_gpu):
            # Attention runs on a card also where the cache is in host memory: it is copied.
            copied = _cache_copy_bytes(shape, cells, options) + mask + small
            copied += int(_cache_copy_units(shape) * unit)
            first = max(first, copied)
            if not offload.cache_on_cards:
                middle, last = max(middle, copied), max(last, copied)
                first, middle, last = (size + 5 * unit // 2 for size in (first, middle, last))
                host += 33 * unit // 10 if shape.recurrent else 0
        if sparse and several:
            whole = all_experts and offload.all_on_gpu
            more = mask * (18 if whole else _kept_block_masks(offload.layers_behind))
            middle, last = middle + more, last + more
        elif sparse and on_host and not offload.op_offload:
            first += mask * _kept_block_masks(offload.layers_behind)
        both, widest = (first + host, output), (max(first, last), 0)
        return (first, 0), (middle, 0), (last, 0), (0, 0), (host, output), (0, 0), both, widest

    return sizes


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
        more = (3 + 10 * bool(shape.indexed_more[0])) * unit // 2
        other = first + more
        first += 13 * inputs // 10 + more - 3 * unit // 2
        last = max(other, last + more)
    else:
        extra = int(shape.passed * unit)
        extra += unit // 2 if shape.heads and shape.biased else unit // 5 * shape.full_latent
        other = first + 3 * (unit + mask) + extra
        first += 3 * inputs + (6 * unit // 5 if shape.full_latent else extra)
        last = max(other, last + 3 * mask + 21 * unit // 20)
    both, widest = (first + host, output), (max(first, last), 0)
    return (first, 0), (other, 0), (last, 0), (0, 0), (host, output), (0, 0), both, widest
