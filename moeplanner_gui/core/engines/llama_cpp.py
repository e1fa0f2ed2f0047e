"""llama.cpp: the need of every device under its rules (release b11549).

Compared with what its own loader and allocator report. Several nodes are joined through its RPC
back end: the cards of other nodes come first in llama.cpp's order, then those of the first node,
on which it is started.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from moeplanner_gui.core.engines.limits import refused_beside
from moeplanner_gui.core.engines.llama_buffers import BufferOptions
from moeplanner_gui.core.engines.llama_offload import Offload
from moeplanner_gui.core.engines.llama_places import (
    Places,
    arranged,
    host_layers,
    ranges_of,
    spread_of,
)
from moeplanner_gui.core.engines.llama_refusals import cache_type, refuse
from moeplanner_gui.core.engines.llama_repack import Cpu
from moeplanner_gui.core.engines.llama_roles import buffer_rule
from moeplanner_gui.core.engines.llama_tensor import cache_units, even_parts
from moeplanner_gui.core.engines.profile import (
    ModelProfile,
    WeightSums,
    profile_of,
    sums_of,
    widest_dense,
)
from moeplanner_gui.core.kv_cache import CELLS, LlamaCacheOptions, llama_layer_bytes
from moeplanner_gui.core.model import CompressedAttention, GqaAttention, ModelSpec
from moeplanner_gui.core.placement import CPU, Demand, Refusal, filling_order, layer_split
from moeplanner_gui.core.plan import Deployment, Plan
from moeplanner_gui.core.units import ceil_div
from moeplanner_gui.core.usable import Device, disk_devices
from moeplanner_gui.core.verdict_words import cannot_run
from moeplanner_gui.core.weights import WeightLayout
from moeplanner_gui.core.words import say

VERSION = say("llama.cpp b11549")
MAX_CONTEXT = 2**31
_ARM_HOSTS = frozenset({"ampereone"})


def demand(
    plan: Plan, spec: ModelSpec, layout: WeightLayout, cards: list[Device], hosts: list[Device]
) -> Demand | Refusal:
    """The need of a plan under llama.cpp, or why it cannot run."""
    options = plan.deployment
    profile = profile_of(spec)
    slots = plan.workload.sequences
    refusal = refuse(options, profile, slots, len(cards))
    if refusal:
        return Refusal(refusal)
    left_out = refused_beside(cards)
    if left_out:
        return Refusal(cannot_run(left_out))
    if not cards and not hosts:
        return Refusal(say("The rig has no card and no computer. Add a card."))
    sums = sums_of(layout)
    layers = spec.architecture.layers
    order = _order(options, cards)
    by_tensor = options.split == "tensor" and len(order) > 1
    where = _layer_map(options, profile, cards, order, by_tensor=by_tensor)
    lead = next((i for i in order if cards[i].node == 0), order[0]) if order else 0
    spread = spread_of(options, profile, where, lead, cards, _cpu(plan, options, cards))
    disks = disk_devices(plan) if spread.disk_layers else []
    on_host = range(host_layers(where, layers)) if not by_tensor else range(0)
    ranges = ranges_of(where)
    offload = Offload(
        gpus=len(cards),
        holders=len(ranges) - (CPU in ranges),
        all_on_gpu=not on_host and (CPU not in ranges),
        expert_layers=min(options.cpu_moe_layers, layers),
        largest_host_tensor=_largest_host_tensor(sums, profile, options, on_host),
        op_offload=options.op_offload,
        cli=options.frontend == "cli",
        cache_on_cards=options.kv_offload,
        one_computer=all(card.node == 0 for card in cards),
        mixed_types=sums.mixed_types,
        layers_behind=_layers_behind(ranges, lead),
        layers_lead=_layers_lead(ranges, lead, layers) + len(on_host),
        largest_expert=sums.widest_expert,
    )
    buffers = buffer_rule(
        profile,
        BufferOptions(
            ubatch=min(options.ubatch, options.batch),
            slots=slots,
            unified=options.unified_kv,
            flash_attention=options.flash_attention,
            type_k=cache_type(options.cache_type_k),
            type_v=cache_type(options.cache_type_v),
            swa_full=options.swa_full,
            metal=any(card.vendor == "Apple" for card in cards),
        ),
        offload,
    )
    return Demand(
        placed=arranged(profile, sums, Places(cards, hosts, disks), spread),
        cache=_cache_rule(profile, plan, cards, bool(on_host), len(order) if by_tensor else 1),
        buffers=buffers,
        step_tokens=CELLS,
        limit_tokens=min(spec.max_context * (1 if options.unified_kv else slots), MAX_CONTEXT),
    )


def _layers_behind(ranges: dict[int, tuple[int, int]], lead: int) -> int:
    held = {card: last - first + 1 for card, (first, last) in ranges.items() if card != CPU}
    return max((n for card, n in held.items() if card != lead or len(held) == 1), default=0)


def _layers_lead(ranges: dict[int, tuple[int, int]], lead: int, layers: int) -> int:
    first, last = ranges.get(lead, (0, -1))
    return max(min(last, layers - 1) - first + 1, 0)


def _order(options: Deployment, cards: Sequence[Device]) -> list[int]:
    """Positions of the cards in the order in which llama.cpp fills them."""
    order = filling_order(cards)
    return order[options.main_gpu : options.main_gpu + 1] if options.split == "none" else order


def _layer_map(
    options: Deployment,
    profile: ModelProfile,
    cards: Sequence[Device],
    order: list[int],
    *,
    by_tensor: bool,
) -> tuple[int, ...]:
    if by_tensor:
        return (0,) * (profile.gguf_layers + 1)
    free = tuple(
        max(cards[i].usable_bytes - (0 if cards[i].bare else cards[i].context_bytes), 0)
        for i in order
    )
    where = layer_split(free, profile.gguf_layers, options.gpu_layers, options.tensor_split)
    if order == list(range(len(order))):
        return where
    return tuple(device if device == CPU else order[device] for device in where)


def _cpu(plan: Plan, options: Deployment, cards: Sequence[Device]) -> Cpu | None:
    """The CPU that repacks weights; with pinned host buffers of a card none does."""
    if not options.repack or (cards and cards[0].vendor != "Apple"):
        return None
    return "arm" if cards or plan.rig.nodes[0].host in _ARM_HOSTS else "x86"


def _cache_rule(
    profile: ModelProfile, plan: Plan, cards: Sequence[Device], with_host: bool, parts: int
) -> Callable[[int], tuple[int, ...]]:
    """Bytes of one piece of each kind on a card, then the same in host memory.

    A piece is a layer. Split mode tensor divides it by ``parts``, but V4 has one KV head to keep
    whole; with unequal shares a piece is one KV head of a layer.
    """
    options = plan.deployment
    kinds = profile.kinds
    on_card = LlamaCacheOptions(
        type_k=cache_type(options.cache_type_k),
        type_v=cache_type(options.cache_type_v),
        slots=plan.workload.sequences,
        unified=options.unified_kv,
        ubatch=min(options.ubatch, options.batch),
        cuda=not cards or any(card.vendor != "Apple" for card in cards),
        swa_full=options.swa_full,
        value_width=0 if options.flash_attention else _widest_value(profile),
    )
    with_host = with_host or not options.kv_offload or not cards
    on_host = replace(on_card, cuda=False) if with_host else on_card
    equal = even_parts(parts, options.tensor_split or ()) if parts > 1 else 1

    def sizes(context: int) -> tuple[int, ...]:
        found = [llama_layer_bytes(kind, context, on_card) for kind in kinds]
        if parts > 1:
            found = [
                size
                if isinstance(kind, CompressedAttention)
                else ceil_div(size, equal or cache_units(kind))
                for kind, size in zip(kinds, found, strict=True)
            ]
        if with_host:
            found += [llama_layer_bytes(kind, context, on_host) for kind in kinds]
        else:
            found += [0] * len(kinds)
        return tuple(found)

    return sizes


def _widest_value(profile: ModelProfile) -> int:
    """Values of V for one token in the widest layer."""
    blocks = [kind for kind in profile.kinds if isinstance(kind, GqaAttention)]
    return max((b.kv_heads * (b.v_head_dim or b.head_dim) for b in blocks), default=0)


def _largest_host_tensor(
    sums: WeightSums, profile: ModelProfile, options: Deployment, on_host: range
) -> int:
    """The largest weight that a prompt batch copies to the first card."""
    layers = profile.spec.architecture.layers
    experts = max(options.cpu_moe_layers, len(on_host))
    largest = max(sums.largest_expert[: min(experts, layers)], default=0)
    if on_host and not largest:
        # A dense model: its down projection, which recipes store in up to 1.3 times the mean.
        share = _widest_share(profile)
        # Rows that no block of 256 fits are stored in a wider type.
        mean = 1.55 if widest_dense(profile) % 256 else 1.3
        largest = max(
            int(mean * share * (sums.other[i + 1] - sums.other[i]))
            for i in range(min(len(on_host), layers))
        )
    return largest


def _widest_share(profile: ModelProfile) -> float:
    """Elements of a feed-forward matrix over those of a whole dense layer."""
    width = widest_dense(profile)
    block = next((kind for kind in profile.kinds if isinstance(kind, GqaAttention)), None)
    if block is None or not width:
        return 1 / 3
    value = block.v_head_dim or block.head_dim
    rows = (block.heads + block.kv_heads) * (block.head_dim + value)
    return width / (3 * width + rows)
