"""What a card or a host really leaves to an engine.

Knows what drivers, desktops and operating systems keep, as seen on real machines. Knows no model.
All rules err on the safe side: against "free" lines printed by engines on GeForce and
workstation cards they are low by 14 to 480 MB and never high.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from moeplanner_gui.core.assessment import NamedBytes
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.plan import CustomSlot, Node, Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.remembered import by_identity
from moeplanner_gui.core.units import GIB, MIB

DRIVER_SHARE_PER_MILLE = 15
"""The driver's own share of a card, per mille: 14 to 16 were seen between NVML and CUDA."""
DESKTOP_BYTES = {"headless": 0, "linux": GIB // 2, "windows": 2 * GIB}
HOST_SYSTEM_BYTES = 4 * GIB
CONTEXT_BYTES = 6 * GIB // 10
"""CUDA context and libraries of one process on one card."""
APPLE_SMALL_BYTES = 36 * GIB

Key = tuple[str, int, int | None, bool, str, tuple[int, int] | None, bool, bool]


@dataclass(frozen=True, slots=True)
class Device:
    """One place that can hold a part of the model, with what is kept from the engine.

    ``bare``: a custom card with a stated reserve, where nothing else is taken off, so that the
    buffers of the engine can be compared with its own log. ``unknown``: host memory that was not
    chosen.
    """

    name: str
    node: int
    kind: Literal["gpu", "host"]
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


def card_devices(plan: Plan, catalog: CatalogReader) -> list[Device]:
    """All cards of the rig in node and slot order, named "GPU 1", "GPU 2" and so on.

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
    for card in node.gpus:
        if isinstance(card, CustomSlot):
            return _new_node_devices(node, index, before, engine_share, catalog)
        if card not in rows:
            rows[card] = catalog.gpu(card)
    key = (node.gpus, node.display, index, before, engine_share, *map(id, rows.values()))
    known = _NODES.get(key)
    if known is None:
        if len(_NODES) > 4096:
            _NODES.clear()
        devices = _new_node_devices(node, index, before, engine_share, catalog)
        known = _NODES[key] = (tuple(rows.values()), devices)
    return known[1]


def _new_node_devices(
    node: Node, index: int, before: int, engine_share: float | None, catalog: CatalogReader
) -> tuple[Device, ...]:
    found = []
    for slot, card in enumerate(node.gpus):
        if isinstance(card, CustomSlot):
            custom = card.custom
            row = (custom.name, custom.memory_mib * MIB, custom.reserved_mib, True)
            sm = _sm(custom.compute_capability)
            key: Key = (*row, "Other", sm, False, custom.reserved_mib is not None)
        else:
            key = _card_key(catalog.gpu(card))
        display = node.display if slot == 0 else "headless"
        number = before + slot + 1
        found.append(_card_device(key, display, engine_share, index, slot, number))
    return tuple(found)


def host_devices(plan: Plan) -> list[Device]:
    """The host memory of every node; ``unknown`` where the plan names none."""
    nodes = plan.rig.nodes
    return [_host_device(node.ram_gib, index, len(nodes)) for index, node in enumerate(nodes)]


@by_identity
def _card_key(spec: GpuSpec) -> Key:
    return (
        spec.id,
        spec.memory_bytes,
        spec.reserved_mib,
        spec.has_display,
        spec.vendor,
        spec.sm,
        spec.unified_memory,
        False,
    )


@lru_cache(maxsize=8192)
def _card_device(
    key: Key, display: str | None, engine_share: float | None, node: int, slot: int, number: int
) -> Device:
    card_id, capacity, reserved_mib, has_display, vendor, sm, unified, bare = key
    held: list[NamedBytes] = []
    if bare:
        held.append(NamedBytes("Reserved, as entered", (reserved_mib or 0) * MIB))
    else:
        if vendor == "Apple":
            # macOS lets the GPU wire about two thirds of a small and three quarters of a
            # larger memory; recommendedMaxWorkingSetSize has the true value. The catalogue's
            # figure comes first: it is the smallest share that was seen.
            share = 3 if capacity <= APPLE_SMALL_BYTES else 4
            kept = reserved_mib * MIB if reserved_mib is not None else -(-capacity // share)
            held.append(NamedBytes("Kept from the GPU by macOS", kept, True))
        elif reserved_mib is not None:
            held.append(NamedBytes("Driver reserve", reserved_mib * MIB))
        else:
            reserve = -(-capacity * DRIVER_SHARE_PER_MILLE // 1000)
            held.append(NamedBytes("Driver reserve", reserve))
            if unified:
                held.append(NamedBytes("Operating system", HOST_SYSTEM_BYTES, True))
        if vendor != "Apple" and (display is not None or (has_display and slot == 0)):
            desktop = DESKTOP_BYTES[display or "linux"]
            if desktop and (has_display or display is not None):
                held.append(NamedBytes(_desktop_name(display), desktop, display is None))
    left = capacity - sum(item.size_bytes for item in held)
    if engine_share is not None:
        budget = int(engine_share * (capacity - held[0].size_bytes))
        if left > budget:
            held.append(NamedBytes("Above the engine's memory limit", left - budget))
            left = budget
    if left < 0:
        held = [NamedBytes("Reserved", capacity)]
    return Device(
        name=f"GPU {number}",
        node=node,
        kind="gpu",
        slot=slot,
        card_id=card_id,
        capacity_bytes=capacity,
        usable_bytes=max(left, 0),
        held_back=tuple(held),
        vendor=vendor,
        sm=sm,
        bare=bare,
        unified=unified,
        desktop_assumed=any(item.name.startswith("Desktop") and item.assumed for item in held),
    )


@lru_cache(maxsize=4096)
def _host_device(ram_gib: int, node: int, nodes: int) -> Device:
    capacity = ram_gib * GIB
    system = min(max(HOST_SYSTEM_BYTES, capacity // 20), capacity)
    held = (NamedBytes("Operating system", system, True),) if capacity else ()
    return Device(
        name="Host memory" if nodes == 1 else f"Host memory, node {node + 1}",
        node=node,
        kind="host",
        slot=None,
        card_id=None,
        capacity_bytes=capacity,
        usable_bytes=capacity - system,
        held_back=held,
        unknown=ram_gib == 0,
    )


def _desktop_name(display: str | None) -> str:
    return "Desktop (Windows)" if display == "windows" else "Desktop (Linux)"


@lru_cache(maxsize=256)
def _sm(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    major, _, minor = text.partition(".")
    return int(major), int(minor)
