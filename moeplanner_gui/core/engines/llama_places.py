"""llama.cpp: what lies on every card, in host memory and on the disk (release b11549).

Knows layers and weights; knows no buffers. Devices are listed in the order of the rig, whatever
order llama.cpp counts its cards in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from moeplanner_gui.core.assessment import NamedBytes
from moeplanner_gui.core.engines.llama_repack import Cpu, repacked_bytes
from moeplanner_gui.core.engines.llama_tensor import tensor_shares
from moeplanner_gui.core.engines.profile import ModelProfile, WeightSums
from moeplanner_gui.core.model import CompressedAttention
from moeplanner_gui.core.placement import CPU, Placed, Share, placed
from moeplanner_gui.core.plan import Deployment
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import ceil_div
from moeplanner_gui.core.usable import Device
from moeplanner_gui.core.words import say

FIRST, MIDDLE, LAST, IDLE, HOST, REMOTE_HOST, FIRST_AND_HOST, FIRST_AND_LAST = range(8)
MIDDLE_COARSE, LAST_COARSE, MIDDLE_FINE, LAST_FINE = range(8, 12)
"""Roles of a device: the positions in what the buffer rule answers. A V4 card whose first layer is
coarsely compressed is coarse; one whose first and last are finely compressed is fine."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Where llama.cpp wants everything.

    Attributes:
        where: For every layer and the head the position of its card, :data:`CPU` for the host.
        lead: The position of the card that runs prompt batches for weights in host memory.
        by_tensor: Split mode tensor over more than one card.
        expert_layers: The first so many layers keep their experts off the cards.
        disk_layers: The last so many of these keep them on the disk.
        cache_on_cards: False with ``--no-kv-offload``.
        cpu: Instruction set of a CPU that repacks its weights, None when it does not.
        weights: Shares of split mode tensor, one a card; empty when they are equal.
    """

    where: tuple[int, ...]
    lead: int
    by_tensor: bool
    expert_layers: int
    disk_layers: int
    cache_on_cards: bool
    cpu: Cpu | None
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """The devices of a plan by kind."""

    cards: Sequence[Device]
    hosts: Sequence[Device]
    disks: Sequence[Device]


def spread_of(
    options: Deployment,
    profile: ModelProfile,
    where: tuple[int, ...],
    lead: int,
    cards: Sequence[Device],
    cpu: Cpu | None,
) -> Spread:
    """What the options of a plan mean for its layers."""
    layers = profile.spec.architecture.layers
    in_host = host_layers(where, layers)
    experts = max(min(options.cpu_moe_layers, layers), in_host) if cards else layers
    wanted = options.disk_moe_layers
    by_tensor = options.split == "tensor" and len(cards) > 1
    return Spread(
        where=where,
        lead=lead,
        by_tensor=by_tensor,
        expert_layers=experts,
        disk_layers=experts if wanted < 0 else min(wanted, experts),
        cache_on_cards=options.kv_offload,
        cpu=cpu,
        weights=(options.tensor_split or ()) if by_tensor else (),
    )


def host_layers(where: tuple[int, ...], layers: int) -> int:
    """How many of the model's layers are in host memory; they are the first ones."""
    held = ranges_of(where).get(CPU)
    return min(held[1] + 1, layers) if held is not None else 0


@lru_cache(maxsize=2048)
def ranges_of(where: tuple[int, ...]) -> dict[int, tuple[int, int]]:
    """First and last layer of every device, :data:`CPU` included."""
    found: dict[int, tuple[int, int]] = {}
    for layer, device in enumerate(where):
        found[device] = (found[device][0] if device in found else layer, layer)
    return found


_PLACED: dict[tuple[object, ...], tuple[tuple[object, ...], Placed]] = {}


def arranged(profile: ModelProfile, sums: WeightSums, places: Places, spread: Spread) -> Placed:
    """The share of every device, remembered for the same weights, devices and spread.

    Objects are told apart by identity, which is quick and safe because the entry holds them.
    """
    devices = (*places.cards, *places.hosts, *places.disks)
    key = (id(sums), *map(id, devices), len(places.cards), spread)
    known = _PLACED.get(key)
    if known is None:
        if len(_PLACED) >= 256:
            _PLACED.clear()
        shares = _shares(profile, sums, places, spread)
        known = _PLACED[key] = ((sums, devices), placed(shares))
    return known[1]


def _shares(
    profile: ModelProfile, sums: WeightSums, places: Places, spread: Spread
) -> tuple[Share, ...]:
    if spread.by_tensor:
        shares = tensor_shares(profile, sums, places.cards, spread.expert_layers, spread.weights)
        if not spread.cache_on_cards:
            shares = [replace(share, caches=(0,) * len(share.caches)) for share in shares]
    else:
        shares = _card_shares(profile, sums, places.cards, spread)
    host = _host_share(profile, sums, places, spread)
    if places.cards and places.cards[0].unified and host.device.node == places.cards[0].node:
        # Card and host share one memory: what would lie in host memory lies on the card.
        first = shares[0]
        shares[0] = replace(
            first,
            routed_experts_bytes=first.routed_experts_bytes + host.routed_experts_bytes,
            other_weights_bytes=first.other_weights_bytes + host.other_weights_bytes,
            overhead=first.overhead + host.overhead,
            caches=tuple(map(sum, zip(first.caches, host.caches, strict=True))),
            role=FIRST_AND_HOST,
        )
        host = replace(
            host,
            routed_experts_bytes=0,
            other_weights_bytes=0,
            overhead=(),
            caches=(0,) * len(host.caches),
            role=REMOTE_HOST,
            layers=None,
        )
    shares.append(host)
    none = (0,) * len(host.caches)
    shares.extend(Share(other, 0, 0, (), none, REMOTE_HOST) for other in places.hosts[1:])
    if spread.disk_layers and places.disks:
        shares.append(_disk_share(sums, places.disks[0], spread, none))
    return tuple(shares)


def _card_shares(
    profile: ModelProfile, sums: WeightSums, cards: Sequence[Device], spread: Spread
) -> list[Share]:
    layout = sums.layout
    layers = profile.spec.architecture.layers
    none = (0,) * len(profile.kinds)
    ranges = ranges_of(spread.where)
    head_at = spread.where[-1]
    shares = []
    for position, card in enumerate(cards):
        held = ranges.get(position)
        if held is None:
            role = FIRST if position == spread.lead else IDLE
            shares.append(Share(card, 0, 0, card.context, none + none, role))
            continue
        past, start = min(held[1] + 1, layers), min(held[0], layers)
        cut = min(max(spread.expert_layers, start), past)
        other = sums.other[past] - sums.other[start]
        if head_at == position:
            other += layout.output_bytes + layout.tied_head_bytes
        counts = profile.kind_counts(start, past) if spread.cache_on_cards else none
        shares.append(
            Share(
                card,
                sums.routed[past] - sums.routed[cut],
                other,
                card.context,
                counts + none,
                _role(position, spread, head_at, _compression(profile, start, past)),
                held,
            )
        )
    return shares


def _role(position: int, spread: Spread, head_at: int, compression: int) -> int:
    if position == spread.lead:
        # Only behind cards of other computers is the leading card also the last one.
        return FIRST_AND_LAST if position == head_at and position != spread.where[0] else FIRST
    if compression:
        return compression + (position == head_at)
    return LAST if position == head_at else MIDDLE


def _compression(profile: ModelProfile, first: int, past: int) -> int:
    """The role of a middle card by V4's compression of its first and last layer, else 0."""
    fine = []
    for layer in (first, past - 1):
        block = profile.kinds[profile.kind_of[layer]] if layer < past else None
        if not isinstance(block, CompressedAttention):
            return 0
        fine.append(block.indexer is not None)
    if not fine[0]:
        return MIDDLE_COARSE
    return MIDDLE_FINE if fine[1] else 0


# A tied head that llama.cpp creates before the embedding is a second copy of it also where both
# lie in host memory (src/models/gemma4.cpp; create_tensor in src/llama-model-loader.cpp).
_HEAD_BEFORE_EMBEDDING = frozenset({"gemma4", "gemma3n"})


def _host_share(profile: ModelProfile, sums: WeightSums, places: Places, spread: Spread) -> Share:
    layout = sums.layout
    layers = profile.spec.architecture.layers
    none = (0,) * len(profile.kinds)
    past = host_layers(spread.where, layers) if not spread.by_tensor else 0
    in_memory = spread.expert_layers - spread.disk_layers
    other = layout.token_embd_bytes + sums.other[past]
    if spread.where[-1] == CPU:
        other += layout.output_bytes
        if profile.spec.architecture.gguf_arch in _HEAD_BEFORE_EMBEDDING:
            other += layout.tied_head_bytes
    counts = profile.kind_counts(0, past if spread.cache_on_cards else layers)
    overhead: tuple[NamedBytes, ...] = ()
    if spread.cpu is not None:
        copies = repacked_bytes(profile.spec, layout, spread.cpu)
        whole = sums.routed[layers] + sums.other[layers]
        held = sums.routed[in_memory] + sums.other[past]
        if copies and held:
            size = copies if held == whole else ceil_div(copies * held, whole)
            overhead += (NamedBytes(say("Weights repacked for the CPU"), size),)
    if spread.disk_layers:
        # A batch picks nearly every expert of a layer: all of one layer are in memory at once.
        first = in_memory
        largest = max(
            sums.routed[i + 1] - sums.routed[i] for i in range(first, spread.expert_layers)
        )
        overhead += (NamedBytes(say("Experts of one layer, read from the disk"), largest),)
    return Share(
        places.hosts[0],
        sums.routed[in_memory],
        other,
        overhead,
        none + counts,
        HOST,
        ranges_of(spread.where).get(CPU),
    )


def _disk_share(sums: WeightSums, disk: Device, spread: Spread, none: tuple[int, ...]) -> Share:
    # The file is read through a map of memory, so all of it lies on the disk.
    first = spread.expert_layers - spread.disk_layers
    routed = sums.routed[spread.expert_layers] - sums.routed[first]
    whole = max(sums.layout.file_bytes, sums.layout.total_bytes)
    return Share(disk, routed, 0, (), none, REMOTE_HOST, file_rest_bytes=max(whole - routed, 0))
