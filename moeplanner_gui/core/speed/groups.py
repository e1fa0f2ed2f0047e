"""Which fitted constants are for a plan: by engine, back end and kind of card.

Knows kinds of cards and the rows of constants; knows no bytes and no seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.plan import Backend, CustomSlot, Plan, TunedSlot
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.speed.constants import SpeedGroup
from moeplanner_gui.core.speed.terms import Unknown
from moeplanner_gui.core.usable import Device
from moeplanner_gui.core.words import say

Family = Literal[
    "nvidia-gddr",
    "nvidia-hbm",
    "nvidia-unified",
    "radeon",
    "instinct",
    "radeon-unified",
    "apple",
    "intel",
    "other",
    "cpu",
]
_BACKENDS: dict[str, Backend] = {
    "NVIDIA": "cuda",
    "AMD": "rocm",
    "Apple": "metal",
    "Intel": "sycl",
}
_HBM_GBS, _ONLY_HBM_GBS = 1000.0, 2000.0
"""Cards whose kind of memory is not recorded: that of data-centre cards is HBM from the first
figure on (GB/s), that of any card from the second."""


def family_of(row: GpuSpec) -> Family:
    """The kind of a catalogue card, as far as reading memory is concerned."""
    if row.vendor == "Apple":
        return "apple"
    if row.vendor == "Intel":
        return "intel"
    wide = (row.memory_type or "").startswith("HBM") or (
        row.memory_type is None
        and (row.bandwidth_gbs or 0.0)
        >= (_HBM_GBS if row.group in ("NVIDIA data centre", "AMD") else _ONLY_HBM_GBS)
    )
    if row.vendor == "NVIDIA":
        if row.unified_memory and not wide and (row.bandwidth_gbs or 0.0) < _HBM_GBS:
            return "nvidia-unified"
        return "nvidia-hbm" if wide else "nvidia-gddr"
    if row.vendor == "AMD":
        if wide:
            return "instinct"
        return "radeon-unified" if row.unified_memory else "radeon"
    return "other"


def device_family(plan: Plan, device: Device, catalog: CatalogReader) -> Family:
    """The kind of a device of a plan; a card typed in is taken for what its vendor sells most."""
    if device.kind != "gpu":
        return "cpu"
    card = plan.rig.nodes[device.node].gpus[device.slot or 0]
    if isinstance(card, CustomSlot):
        return "nvidia-gddr" if device.sm is not None else "other"
    return family_of(catalog.gpu(card.gpu if isinstance(card, TunedSlot) else card))


BLACKWELL = "-blackwell"
"""Put behind the kind of NVIDIA cards of compute capability 10 and later."""


def kind_of(row: GpuSpec) -> str:
    """The kind of a catalogue card with its generation, where that is known to matter."""
    family: str = family_of(row)
    new = family == "nvidia-hbm" and row.sm is not None and row.sm[0] >= 10
    return family + BLACKWELL if new else family


def device_kind(plan: Plan, device: Device, catalog: CatalogReader) -> str:
    """The kind of a device of a plan with its generation; see :func:`kind_of`."""
    family = device_family(plan, device, catalog)
    if family != "nvidia-hbm" or device.sm is None or device.sm[0] < 10:
        return family
    return family + BLACKWELL


def backend_of(plan: Plan, device: Device | None) -> Backend:
    """The back end that computes on a device: as the plan says, or that of the card's vendor."""
    if device is None or device.kind != "gpu":
        return "cpu"
    if plan.deployment.backend is not None and plan.deployment.engine == "llama.cpp":
        return plan.deployment.backend
    return _BACKENDS.get(device.vendor, "cuda" if device.sm is not None else "vulkan")


def group_for(
    groups: Iterable[SpeedGroup], engine: str, backend: str, family: str
) -> SpeedGroup | None:
    """The row that fits best: the first one that names all three, else one that names fewer.

    A row that names no family, or no back end, stands for those nobody measured; one that names
    a kind of card stands for its later generation too, unless another row names that.
    """
    best: tuple[int, SpeedGroup] | None = None
    for group in groups:
        if engine not in group.engines:
            continue
        score = 0
        for wanted, named in ((backend, group.backends), (family, group.families)):
            if wanted in named:
                score += 2
            elif wanted.removesuffix(BLACKWELL) in named:
                score += 1
            elif named:
                score = -1
                break
        if score >= 0 and (best is None or score > best[0]):
            best = (score, group)
    return None if best is None else best[1]


def groups_in(catalog: CatalogReader) -> tuple[SpeedGroup, ...]:
    """All rows of constants."""
    return catalog.speed.groups


def group_of_device(
    prepared: Prepared, catalog: CatalogReader, device: Device
) -> SpeedGroup | Unknown:
    """The constants for what one device computes."""
    plan = prepared.plan
    engine = plan.deployment.engine
    family = device_kind(plan, device, catalog)
    backend = backend_of(plan, device)
    found = group_for(groups_in(catalog), engine, backend, family)
    if found is None:
        where = say("a processor") if family == "cpu" else device.name
        return Unknown(
            say(
                "Unknown, because nothing measured stands for {0} with {1} on {2}.",
                engine,
                backend,
                where,
            )
        )
    return found


def group_of(prepared: Prepared, catalog: CatalogReader) -> SpeedGroup | Unknown:
    """The constants that stand for a whole plan: those of the first card that is used.

    Raises:
        UnknownEntryError: A card that the catalogue does not have.
    """
    devices = prepared.cards or prepared.hosts
    if not devices:
        return Unknown(say("Unknown, because the rig is empty."))
    return group_of_device(prepared, catalog, devices[0])
