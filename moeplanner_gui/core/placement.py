"""Which layer lies on which card, and how a device's need grows with the context.

Knows llama.cpp's and vLLM's ways to spread layers; knows no bytes of any model.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import field
from functools import lru_cache
from operator import mul
from typing import Literal, TypeVar

from moeplanner_gui.core.assessment import DeviceMemory, NamedBytes
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.usable import Device

CPU = -1
"""Stands for host memory in a layer map."""


@lru_cache(maxsize=2048)
def layer_split(
    free: tuple[float, ...],
    layer_count: int,
    gpu_layers: int | None,
    wanted_shares: tuple[float, ...] | None = None,
) -> tuple[int, ...]:
    """The device of every layer under llama.cpp's ``--split-mode layer``.

    Layers are counted, not weighed: device ``upper_bound(S, (i - i0) / act)`` where ``S`` is the
    normalised running sum of free memory. The output head is one more layer, the last index.

    Args:
        free: Free bytes of each card when the model is loaded.
        layer_count: All layers of the file, unloaded prediction layers included.
        gpu_layers: The ``-ngl`` option; None means all.
        wanted_shares: ``--tensor-split``, used instead of the free memory unless every card's
            share is 0. Cards beyond its end get 0; entries beyond the last card do not count.

    Returns:
        ``layer_count + 1`` card positions, :data:`CPU` for layers in host memory.
    """
    total = layer_count + 1
    wanted = total if gpu_layers is None else gpu_layers
    first = max(total - wanted, 0)
    active = min(wanted, total)
    if not free or active == 0:
        return (CPU,) * total
    given = ((*wanted_shares, *(0.0,) * len(free)) if wanted_shares else ())[: len(free)]
    sizes = given if any(_single(share) for share in given) else free
    shares = [1.0] * len(free) if not any(sizes) else [_single(float(size)) for size in sizes]
    running: list[float] = []
    for share in shares:
        running.append(_single(share + running[-1]) if running else share)
    limits = [_single(value / running[-1]) for value in running]
    last = len(free) - 1
    return tuple(
        CPU if i < first else min(bisect_right(limits, _single((i - first) / active)), last)
        for i in range(total)
    )


def filling_order(cards: Sequence[Device]) -> list[int]:
    """Positions of the cards in the order in which llama.cpp counts and fills them.

    Cards of other computers, which it reaches through RPC, come first.
    """
    positions = range(len(cards))
    return [i for i in positions if cards[i].node] + [i for i in positions if not cards[i].node]


@lru_cache(maxsize=256)
def pipeline_stages(layers: int, stages: int) -> tuple[tuple[int, int], ...]:
    """First and past-the-end layer of every vLLM pipeline stage.

    The remainder goes to the stages before the last one, from the back, because the last
    stage also computes the output head.
    """
    counts = [layers // stages] * stages
    for i in range(2, layers % stages + 2):
        counts[-i] += 1
    bounds: list[tuple[int, int]] = []
    start = 0
    for count in counts:
        bounds.append((start, start + count))
        start += count
    return tuple(bounds)


Head = tuple[str, int, Literal["gpu", "host", "disk"], int, int, int, int]
Tail = tuple[
    tuple[NamedBytes, ...],
    tuple[NamedBytes, ...],
    tuple[int, int] | None,
    int | None,
    str | None,
    int,
]


@dataclass(frozen=True, slots=True)
class Share:
    """What one device holds. ``caches`` counts the cache pieces of each kind; ``role`` picks the
    working buffers.
    """

    device: Device
    routed_experts_bytes: int
    other_weights_bytes: int
    overhead: tuple[NamedBytes, ...]
    caches: tuple[int, ...]
    role: int
    layers: tuple[int, int] | None = None
    file_rest_bytes: int = 0
    fixed_bytes: int = field(init=False)
    margin_bytes: int = field(init=False)
    decides: bool = field(init=False)
    head: Head = field(init=False)
    tail: Tail = field(init=False)

    def __post_init__(self) -> None:
        """Work out what every evaluation asks again.

        ``fixed_bytes`` does not depend on the context. ``margin_bytes`` is the error of what is
        modelled beside the engine's buffers: a quarter of the process overhead and 0.25 % of
        the card. ``decides`` is False for host memory that was not chosen and holds no layer,
        no expert and no cache. ``head`` and ``tail`` are the constant fields of a ``DeviceMemory``.
        """
        device = self.device
        overhead = sum(item.size_bytes for item in self.overhead)
        fixed = self.routed_experts_bytes + self.other_weights_bytes + overhead
        fixed += self.file_rest_bytes
        margin = 0
        if device.kind == "gpu" and not device.bare:
            margin = overhead // 4 + device.capacity_bytes // 400
        small = self.layers is None and not self.routed_experts_bytes and not any(self.caches)
        object.__setattr__(self, "fixed_bytes", fixed)
        object.__setattr__(self, "margin_bytes", margin)
        object.__setattr__(self, "decides", not (device.unknown and small))
        head: Head = (
            device.name,
            device.node,
            device.kind,
            device.capacity_bytes,
            device.usable_bytes,
            self.routed_experts_bytes,
            self.other_weights_bytes,
        )
        tail: Tail = (
            self.overhead,
            device.held_back,
            self.layers,
            device.slot,
            device.card_id,
            self.file_rest_bytes,
        )
        object.__setattr__(self, "head", head)
        object.__setattr__(self, "tail", tail)


Group = tuple[tuple[int, ...], int, int]


@dataclass(frozen=True, slots=True)
class Placed:
    """All shares of a plan, and the devices that can decide how long a context fits.

    Devices that grow alike form a group (cache pieces, role, room), of which only the one with
    the least room can decide.
    """

    shares: tuple[Share, ...]
    groups: tuple[Group, ...]


def placed(shares: Sequence[Share]) -> Placed:
    """Group the shares of a plan."""
    room: dict[tuple[tuple[int, ...], int], int] = {}
    for share in shares:
        if share.decides:
            key = (share.caches, share.role)
            left = share.device.usable_bytes - share.fixed_bytes
            room[key] = min(room.get(key, left), left)
    groups = tuple((caches, role, left) for (caches, role), left in room.items())
    return Placed(tuple(shares), groups)


_CONTEXTS = 8
"""Contexts whose bytes a need remembers."""

Bytes = TypeVar("Bytes")


def _remembering(rule: Callable[[int], Bytes]) -> Callable[[int], Bytes]:
    """The rule with its last answers; ``lru_cache`` takes longer to make than most are used."""
    known: dict[int, Bytes] = {}

    def remembered(context: int) -> Bytes:
        found = known.get(context)
        if found is None:
            if len(known) >= _CONTEXTS:
                known.clear()
            found = known[context] = rule(context)
        return found

    return remembered


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """The need of a plan on every device as a function of the context.

    ``cache`` and ``buffers`` remember their last answers: a verdict, its sentences and the
    longest context ask for the same few contexts.

    Attributes:
        placed: What lies where: one share for each device that is shown.
        cache: Context to the bytes of one piece of each cache kind.
        buffers: Context to (compute, output) bytes for each role.
        step_tokens: The context grows in steps of this size inside the engine.
        limit_tokens: The model's own limit, in the unit of ``workload.context_tokens``.
    """

    placed: Placed
    cache: Callable[[int], tuple[int, ...]]
    buffers: Callable[[int], tuple[tuple[int, int], ...]]
    step_tokens: int
    limit_tokens: int

    def __post_init__(self) -> None:
        """Let both rules remember."""
        object.__setattr__(self, "cache", _remembering(self.cache))
        object.__setattr__(self, "buffers", _remembering(self.buffers))

    @property
    def shares(self) -> tuple[Share, ...]:
        """One entry for each device that is shown."""
        return self.placed.shares

    def devices_at(self, context: int) -> tuple[DeviceMemory, ...]:
        """Every device with its parts at this context."""
        cache = self.cache(context)
        buffers = self.buffers(context)
        cache_bytes: dict[tuple[int, ...], int] = {}
        devices = []
        for share in self.placed.shares:
            held = cache_bytes.get(share.caches)
            if held is None:
                held = cache_bytes[share.caches] = dot(share.caches, cache)
            devices.append(_device_memory(share, held, buffers[share.role]))
        return tuple(devices)

    def used_at(self, context: int, position: int) -> int:
        """Used bytes of one device at this context."""
        share = self.shares[position]
        compute, output = self.buffers(context)[share.role]
        return share.fixed_bytes + dot(share.caches, self.cache(context)) + compute + output


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an engine cannot run a plan, as a sentence that stands alone."""

    sentence: str


def _device_memory(share: Share, cache_bytes: int, buffers: tuple[int, int]) -> DeviceMemory:
    compute, output = buffers
    shown = DeviceMemory(*share.head, cache_bytes, compute, output, *share.tail)
    if share.decides:
        return shown
    # Nobody chose the host memory and only small parts go there: show what they take.
    need = shown.used_bytes
    return shown._replace(capacity_bytes=need, usable_bytes=need)


def dot(counts: Sequence[int], sizes: Sequence[int]) -> int:
    """The sum of products."""
    return sum(map(mul, counts, sizes))


def _single(value: float) -> float:
    # llama.cpp computes the split in single precision, which decides ties.
    rounded: float = struct.unpack("f", struct.pack("f", value))[0]
    return rounded
