"""What a card, a host or a disk really leaves to an engine.

Knows what drivers, desktops and operating systems keep, as seen on real machines. Knows no model.
All rules err on the safe side: against "free" lines printed by engines on GeForce and
workstation cards they are low by 14 to 480 MB and never high. What the user edited replaces
the rule of that one term.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from moeplanner_gui.core.assessment import NamedBytes
from moeplanner_gui.core.card_terms import (
    HOST_SYSTEM_BYTES,
    CardFacts,
    MemoryTerm,
    capacity_of,
    facts_of,
    facts_of_custom,
    terms_of,
)
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.plan import CardMemory, CustomSlot, Node, Plan, TunedSlot
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import GIB, MIB
from moeplanner_gui.core.words import say


@dataclass(frozen=True, slots=True)
class Device:
    """One place that can hold a part of the model, with what is kept from the engine.

    ``bare``: a custom card with a stated reserve, where nothing else is taken off, so that the
    buffers of the engine can be compared with its own log. ``unknown``: host memory or a disk
    that was not chosen. ``context_bytes``: what the engine's own process takes on this card
    beside weights, cache and buffers; ``context`` is the same as a named part, empty when bare.
    ``over_budget_bytes``: by how much the memory limit that the engine was given lies above
    what is free before it starts; vLLM does not start then.
    ``sm``, ``gfx``: the instruction set of an NVIDIA or AMD card, None where it is unknown.
    """

    name: str
    node: int
    kind: Literal["gpu", "host", "disk"]
    slot: int | None
    card_id: str | None
    capacity_bytes: int
    usable_bytes: int
    held_back: tuple[NamedBytes, ...]
    vendor: str = "Other"
    sm: tuple[int, int] | None = None
    bare: bool = False
    unified: bool = False
    unknown: bool = False
    desktop_assumed: bool = False
    context_bytes: int = 0
    context: tuple[NamedBytes, ...] = ()
    over_budget_bytes: int = 0
    gfx: str | None = None


def card_devices(plan: Plan, catalog: CatalogReader) -> list[Device]:
    """All cards of the rig in node and slot order, named "GPU 1", "GPU 2" and so on.

    A board that appears as several devices is listed as these, with the same slot.

    Raises:
        UnknownEntryError: A card id that the catalogue does not have.
    """
    vllm_share = (
        None if plan.deployment.engine == "llama.cpp" else plan.deployment.memory_utilization
    )
    found: list[Device] = []
    for node_index, node in enumerate(plan.rig.nodes):
        found.extend(_node_devices(node, node_index, len(found), vllm_share, catalog))
    return found


_NODES: dict[tuple[object, ...], tuple[tuple[GpuSpec, ...], tuple[Device, ...]]] = {}


def _node_devices(
    node: Node, index: int, before: int, engine_share: float | None, catalog: CatalogReader
) -> tuple[Device, ...]:
    """The cards of one node; remembered when all are catalogue cards, as long as their rows
    are the same objects.
    """
    rows: dict[str, GpuSpec] = {}
    for card in dict.fromkeys(node.gpus):
        if isinstance(card, CustomSlot):
            return _new_node_devices(node, index, before, engine_share, catalog)
        name = card.gpu if isinstance(card, TunedSlot) else card
        rows[name] = catalog.gpu(name)
    key = (
        node.gpus,
        node.display,
        node.system_mib,
        index,
        before,
        engine_share,
        *map(id, rows.values()),
    )
    known = _NODES.get(key)
    if known is None:
        if len(_NODES) > 4096:
            _NODES.clear()
        devices = _new_node_devices(node, index, before, engine_share, catalog)
        known = _NODES[key] = (tuple(rows.values()), devices)
    return known[1]


_RULES = CardMemory()


def _new_node_devices(
    node: Node, index: int, before: int, engine_share: float | None, catalog: CatalogReader
) -> tuple[Device, ...]:
    found: list[Device] = []
    for slot, card in enumerate(node.gpus):
        memory = _RULES
        if isinstance(card, CustomSlot):
            facts = facts_of_custom(card.custom)
        elif isinstance(card, TunedSlot):
            facts, memory = facts_of(catalog.gpu(card.gpu)), card.memory
        else:
            facts = facts_of(catalog.gpu(card))
        for part in range(facts.devices):
            display = node.display if slot == part == 0 else "headless"
            number = before + len(found) + 1
            found.append(
                _card_device(
                    facts, memory, display, node.system_mib, engine_share, index, slot, number
                )
            )
    return tuple(found)


def host_devices(plan: Plan) -> list[Device]:
    """The host memory of every node; ``unknown`` where the plan names none."""
    nodes = plan.rig.nodes
    return [
        _host_device(node.ram_gib, node.system_mib, index, len(nodes))
        for index, node in enumerate(nodes)
    ]


def disk_devices(plan: Plan) -> list[Device]:
    """What is free for weights on the disk of every node; ``unknown`` where none is named."""
    nodes = plan.rig.nodes
    return [_disk_device(node.disk_gib, index, len(nodes)) for index, node in enumerate(nodes)]


@lru_cache(maxsize=2048)
def _card_device(
    facts: CardFacts,
    memory: CardMemory,
    display: str | None,
    system_mib: int | None,
    engine_share: float | None,
    node: int,
    slot: int,
    number: int,
) -> Device:
    capacity = capacity_of(facts, memory)
    terms = terms_of(facts, memory, display, slot, system_mib)
    held = [_held(term) for term in terms if not term.is_context and _is_shown(term)]
    left = capacity - sum(item.size_bytes for item in held)
    over = 0
    context = next((term for term in terms if term.is_context), None)
    if engine_share is not None:
        first = held[0].size_bytes if held else 0
        budget = int(engine_share * (capacity - first))
        if left > budget:
            held.append(NamedBytes(say("Above the engine's memory limit"), left - budget))
            left = budget
        else:
            over = budget - left
    if left < 0:
        held = [NamedBytes(say("Reserved"), capacity)]
    return Device(
        name=f"GPU {number}",
        node=node,
        kind="gpu",
        slot=slot,
        card_id=facts.id,
        capacity_bytes=capacity,
        usable_bytes=max(left, 0),
        held_back=tuple(held),
        vendor=facts.vendor,
        sm=facts.sm,
        bare=facts.bare,
        unified=facts.unified,
        desktop_assumed=any(term.key == "desktop_mib" and term.assumed for term in terms),
        context_bytes=0 if context is None else context.size_bytes,
        context=() if context is None else (_held(context),),
        over_budget_bytes=over,
        gfx=facts.gfx,
    )


def _is_shown(term: MemoryTerm) -> bool:
    return term.size_bytes > 0 or term.edited


def _held(term: MemoryTerm) -> NamedBytes:
    # What a custom card reserves is no edit of a rule; its name says that it was entered.
    edited = term.edited and term.key != "reserved_mib"
    return NamedBytes(term.name, term.size_bytes, term.assumed, edited)


@lru_cache(maxsize=1024)
def _host_device(ram_gib: int, system_mib: int | None, node: int, nodes: int) -> Device:
    capacity = ram_gib * GIB
    edited = system_mib is not None
    wanted = max(HOST_SYSTEM_BYTES, capacity // 20) if system_mib is None else system_mib * MIB
    system = min(wanted, capacity)
    held = (NamedBytes(say("Operating system"), system, not edited, edited),) if capacity else ()
    return Device(
        name=_name(say("Host memory"), node, nodes),
        node=node,
        kind="host",
        slot=None,
        card_id=None,
        capacity_bytes=capacity,
        usable_bytes=capacity - system,
        held_back=held,
        unknown=ram_gib == 0,
    )


@lru_cache(maxsize=1024)
def _disk_device(disk_gib: int, node: int, nodes: int) -> Device:
    return Device(
        name=_name(say("Disk"), node, nodes),
        node=node,
        kind="disk",
        slot=None,
        card_id=None,
        capacity_bytes=disk_gib * GIB,
        usable_bytes=disk_gib * GIB,
        held_back=(),
        unknown=disk_gib == 0,
    )


def _name(kind: str, node: int, nodes: int) -> str:
    return kind if nodes == 1 else say("{0}, node {1}", kind, node + 1)
