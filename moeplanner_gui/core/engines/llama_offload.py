"""llama.cpp: how a model is spread over devices, and what its batches copy (release b11549).

With op-offload the leading card runs prompt batches for weights in host memory. The scheduler
copies each weight in a split of its own, so that the next one takes its place
(``ggml_backend_sched_split_graph`` in ggml-backend.cpp); a weight that is larger than the place
which its predecessor left goes behind it, and two are alive at once.
"""

from __future__ import annotations

from moeplanner_gui.core.engines.llama_shape import Shape
from moeplanner_gui.core.engines.profile import ModelProfile, moe_of
from moeplanner_gui.core.model import GqaAttention, MoeFfn
from moeplanner_gui.core.records import dataclass


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
        layers_lead: Layers that run on the leading card, those in host memory included.
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


def dense_bytes(
    profile: ModelProfile, shape: Shape, weight: int, cache: int, mask: int, unit: int
) -> int:
    """What batches take on the first card for layers of a dense model in host memory.

    Each phase was seen alone: a copied weight with the activations beside it, the widest layer
    beside the first of the copied caches, and a cache with half of the next one. From above for
    eight models at 4,096 to 131,072 tokens.

    Args:
        profile: The model.
        shape: Its phases.
        weight: Bytes of the largest weight.
        cache: Bytes of one layer's K and V.
        mask: Bytes of the masks and small inputs.
        unit: Bytes of ``T``.
    """
    rows = int(shape.rows * unit)
    if profile.spec.architecture.norms_per_layer > 2:
        beside = 11 * unit if shape.mixed else 11 * unit // 2
        both = min(weight + cache + 5 * unit, 26 * unit)
        return mask + max(rows + 57 * unit // 10, cache + beside, both)
    held = max(
        weight + max(98 * unit // 10, 1155 * unit // 100 - mask),
        rows + 2 * unit + min(cache, 4 * unit),
        3 * cache // 2 + 51 * unit // 10,
        (cache + 14 * unit) * shape.recurrent,
    )
    if any(isinstance(kind, GqaAttention) and kind.qkv_bias for kind in profile.kinds):
        held = max(held, weight + cache + 51 * unit // 10, rows + 2 * unit + weight)
    return mask + held


_LATENT_BESIDE = 13.6


def copy_units(profile: ModelProfile, shape: Shape, offload: Offload) -> tuple[int, float]:
    """What a prompt batch takes on the first card for a weight in host memory.

    Returns:
        How many copies of the largest such weight are alive at once, and the activations
        beside it in units of ``T``.
    """
    moe = moe_of(profile)
    if moe is None:
        return 1, 0.0  # see dense_bytes
    experts = moe.top_k * moe.width / profile.hidden
    if shape.indexed:
        if shape.pooled:
            more = 8.5 + 1.7 * (offload.holders > 1)
            return 1, more + (20.3 if offload.holders > 1 and offload.all_on_gpu else 35.4)
        # What each layer on the leading card picked is kept; a second mask is added by the caller.
        picked = offload.layers_lead * shape.index_rows + 2.0 * bool(shape.indexed_more[0])
        return 1, 4.1 + moe.top_k + experts + picked + 1.2 * (not offload.all_on_gpu)
    if shape.ratios:
        elsewhere = offload.holders > 1 and offload.expert_layers > offload.layers_lead
        twice = offload.expert_layers > 0 and (elsewhere or offload.mixed_types)
        if twice and offload.all_on_gpu:
            return 2, 1.3 + 10.7 * offload.mixed_types
        return 1, 21.0 + 3.5 * offload.mixed_types
    if not offload.all_on_gpu:
        if shape.full_latent:
            return 1, 9.9 + moe.top_k + experts + 3.0 * shape.recurrent
        more = 2.0 * shape.normed + 10.0 * (not moe.gated) + 1.0 * bool(shape.windows)
        return 1, shape.rows + (10.0 if moe.top_k == 1 else 4.2) + more
    if moe.top_k == 1 or shape.recurrent:
        # Gate, up and down do not fit into each other's place: two are alive at once.
        if moe.top_k > 1 and moe.gated:
            return 2, 19.7 if shape.full_latent else 7.0
        return 2, 4 + moe.top_k + experts + 6.0 * shape.recurrent
    beside = 4 + moe.top_k + experts
    plain = not moe.shared_experts and not moe.expert_bias
    if moe.shared_experts and not shape.full_latent:
        beside += 11.5 if shape.index_heads else 3.4
    if shape.full_latent:
        # Where experts are the widest phase, the queries of the next layer find no room below it.
        narrow = shape.attention_rows < shape.rows
        beside = max(beside + (1 + shape.query) * narrow, _LATENT_BESIDE)
    if plain:
        beside += 2.05 if offload.holders > 1 else 1.0 * bool(shape.windows)
    return 1, beside + 0.05


FOUR_MASKS = 4.01


def cut_by_masks(moe: MoeFfn, hidden: int, unit: int, full: int) -> bool:
    """V4 Flash: the masks of some contexts lie so that a copied weight finds its place cut.

    Seen of 15 contexts from 8,192 to 229,376 tokens at four batches; two copies are taken where
    one was not seen. It is no matter of size: 32,768 tokens need one, fewer and more need two.
    The wider V4 Pro never did.
    """
    if moe.top_k * moe.width / hidden < _WIDE_EXPERTS:
        return False
    masks = full / unit
    return not (masks <= 1 or 3.99 <= masks <= FOUR_MASKS or masks >= 9)


_WIDE_EXPERTS = 2.8


def mask_gaps(copies: int, unit: int, full: int) -> int:
    """V4: what lies beside copied weights for its masks, from above at 4,096 to 1,048,576 tokens.

    ``full`` is the bytes of one f16 mask of the whole context.
    """
    if copies > 1:
        more = max(full - 57 * unit, 0) // 2
        return int(10.4 * unit) + more if full > FOUR_MASKS * unit else 0
    return int(1.2 * unit + 0.78 * full)


def behind_v4(
    shape: Shape, offload: Offload, full: float, window: float
) -> tuple[float, float, float] | None:
    """V4: activations of the cards behind the first when all experts are in host memory.

    Which of the allocator's gaps the masks and scores find goes with the compression of a card's
    first and last layer. From above for two to eight cards at 4,096 to 65,536 tokens of V4 Flash
    and to 114,688 of V4 Pro.

    Args:
        shape: The phases of the model.
        offload: How it is spread.
        full: One f16 mask of the whole context, in units of ``T``.
        window: The mask of the sliding window, in units of ``T``.

    Returns:
        Units of ``T`` of a card that starts finely and ends coarsely, one that starts coarsely,
        and one that starts and ends finely; None where other rules hold.
    """
    if full > _LONGEST:
        return None
    wide = shape.query - 8
    base = 24.04 + 2.04 * wide + window + 0.0315 * offload.layers_behind
    short = 0.1 + 0.62 * full
    if full <= _FIRST_GAP:
        return base + short, base + 0.1, base + short
    if full > FOUR_MASKS:
        long = base + 16.3 + wide
        return long, long, long
    coarse = base + 8.25 + 0.85 * wide
    if offload.op_offload:
        return base + 10.1 + wide, coarse, base + 10.1 + wide
    mixed = base + 5.13 - 0.05 * full + 1.2 * wide
    fine = base + 10.1 + wide if offload.layers_behind > _FEW_FINE or wide > 0 else base + short
    return mixed, coarse, fine


_LONGEST = 8.0
_FIRST_GAP = 1.7
_FEW_FINE = 11
