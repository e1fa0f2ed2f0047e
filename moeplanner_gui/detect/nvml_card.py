"""One NVIDIA card as NVML describes it: every call on its own, none able to spoil another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from moeplanner_gui.core.detected import CardProcess, DetectedCard, MigInstance, PeerLink
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.nvml_calls import Calls, failure_of
from moeplanner_gui.detect.nvml_links import Card, address_of, read_links
from moeplanner_gui.detect.nvml_memory import CardMemory, is_integrated, read_memory
from moeplanner_gui.detect.nvml_use import read_mig, read_processes

_NVIDIA: Final = 0x10DE
_CLOCK_OF_MEMORY: Final = 2
"""``NVML_CLOCK_MEM``."""
_SCOPE_NODE: Final = 0
_NUMA_WORDS: Final = 16
"""1024 nodes, as many as Linux is ever built for."""
_VGPU: Final = 2
"""``NVML_GPU_VIRTUALIZATION_MODE_VGPU``: inside a machine that has a share of a card."""
_VGPU_BRANDS: Final = frozenset({7, 8, 9, 10, 11, 18})
"""NVIDIA Virtual Applications, Virtual PC, Virtual Compute Server, RTX Virtual Workstation, Cloud
Gaming and vGaming Development of ``nvmlBrandType_t``."""
_MOST_WATTS: Final = 20_000
_WIDTHS: Final = frozenset({1, 2, 4, 8, 12, 16, 32})
_NEWEST_PCIE: Final = 7

_PCIE_FIELDS: Final = ("pcie_gen_now", "pcie_width_now", "pcie_gen_max", "pcie_width_max")

T = TypeVar("T")


def identify(calls: Calls, handle: Any) -> dict[str, Any]:
    """What tells this card from others: address, PCI id, subsystem and name."""
    found: dict[str, Any] = {"name": calls.text("name", "nvmlDeviceGetName", handle)}
    # The library remembers both, and may know the one of a card that is gone without the other.
    lost, calls.lost = calls.lost, None
    pci = calls.ask("pci_address", "nvmlDeviceGetPciInfo", handle)
    calls.lost = lost or calls.lost
    if pci is None:
        calls.note("pci_id", say("see pci_address"))
        calls.note("subsystem_id", say("see pci_address"))
    else:
        device, subsystem = int(pci.pciDeviceId), int(pci.pciSubSystemId)
        if device & 0xFFFF == _NVIDIA:
            found["pci_id"] = f"{device & 0xFFFF:04X}:{device >> 16:04X}"
        else:
            calls.note("pci_id", say("the driver answered {0:#x}", device))
        if subsystem and subsystem != 0xFFFFFFFF:
            found["subsystem_id"] = f"{subsystem & 0xFFFF:04X}:{subsystem >> 16:04X}"
        else:
            calls.note("subsystem_id", say("the driver answered {0:#x}", subsystem))
        address = address_of(pci)
        # A GPU inside a processor (Jetson) is on no bus: everything is zero then.
        if address is None or (address == "0000:00:00.0" and "pci_id" not in found):
            calls.note("pci_address", say("the driver answered no address"))
        else:
            found["pci_address"] = address
    return found


def read_card(
    calls: Calls,
    system: Calls,
    handle: Any,
    known: dict[str, Any],
    others: Sequence[Card],
    driver: str | None,
) -> DetectedCard:
    """Everything else about a card of which :func:`identify` told ``known``.

    Args:
        calls: Asks about this card; its notes become ``unread``.
        system: Asks about the system.
        handle: The card.
        known: What :func:`identify` found.
        others: The other cards, for the links between them.
        driver: The driver's version.
    """
    capability = _guarded(calls, "compute_capability", lambda: _capability(calls, handle), None)
    integrated = is_integrated(known.get("name"), capability)
    memory = _guarded(
        calls,
        "memory_total_bytes",
        lambda: read_memory(calls, handle, integrated),
        CardMemory(),
    )
    unknown: tuple[bool | None, tuple[MigInstance, ...]] = (None, ())
    mig, instances = _guarded(calls, "mig", lambda: read_mig(calls, handle), unknown)
    no_links: tuple[PeerLink, ...] = ()
    no_processes: tuple[CardProcess, ...] = ()
    card = Card(handle, known.get("pci_address"))
    values: dict[str, Any] = {
        **known,
        "integrated": integrated,
        "memory_kind": memory.kind,
        "memory_total_bytes": memory.total,
        "memory_reserved_bytes": memory.reserved,
        "memory_used_bytes": memory.used,
        "compute_capability": capability,
        "driver": driver,
        "mig": mig,
        "mig_instances": instances,
        **_guarded(calls, "power_limit_w", lambda: _power(calls, handle), {}),
        **_guarded(calls, "pcie_gen_max", lambda: _pcie(calls, handle, integrated), {}),
        **_guarded(calls, "ecc", lambda: _details(calls, handle), {}),
        "links": _guarded(
            calls, "links", lambda: read_links(calls, card, others, capability), no_links
        ),
        "processes": _guarded(
            calls, "processes", lambda: read_processes(calls, system, handle), no_processes
        ),
    }
    if driver is None:
        _, failure = system.attempt("nvmlSystemGetDriverVersion")
        calls.note("driver", str(failure or say("the driver's answer is not a version")))
    return DetectedCard(vendor="NVIDIA", probe="nvml", unread=tuple(calls.unread), **values)


def _guarded(calls: Calls, field: str, read: Callable[[], T], otherwise: T) -> T:
    """A structure that is not what its header says must cost its own fields only."""
    try:
        return read()
    except Exception as error:
        calls.note(field, str(failure_of(error)))
        return otherwise


def _capability(calls: Calls, handle: Any) -> str | None:
    pair = calls.ask("compute_capability", "nvmlDeviceGetCudaComputeCapability", handle)
    if pair is None:
        return None
    major, minor = (int(part) for part in pair)
    if 1 <= major <= 99 and 0 <= minor <= 99:
        return f"{major}.{minor}"
    calls.note("compute_capability", say("the driver answered {0}.{1}", major, minor))
    return None


def _power(calls: Calls, handle: Any) -> dict[str, Any]:
    """Watts. NVML counts milliwatts.

    The limit in force is the lowest of all (``nvmlDeviceGetEnforcedPowerLimit``); a laptop often
    tells only this one, an older driver only the one that was set.
    """
    found: dict[str, Any] = {}
    limits = []
    failures = []
    for call in ("nvmlDeviceGetPowerManagementLimit", "nvmlDeviceGetEnforcedPowerLimit"):
        value, failure = calls.attempt(call, handle)
        if isinstance(value, int) and 0 < value <= _MOST_WATTS * 1000:
            limits.append(value)
        else:
            failures.append(str(failure or say("the driver answered {0} mW", value)))
    if limits:
        found["power_limit_w"] = min(limits) / 1000
    else:
        calls.note("power_limit_w", failures[0])
    default = calls.number(
        "power_limit_default_w",
        "nvmlDeviceGetPowerManagementDefaultLimit",
        handle,
        most=_MOST_WATTS * 1000,
    )
    if default is not None:
        found["power_limit_default_w"] = default / 1000
    bounds = calls.ask("power_limit_max_w", "nvmlDeviceGetPowerManagementLimitConstraints", handle)
    if bounds is not None:
        most = calls.within("power_limit_max_w", bounds[1], 1, _MOST_WATTS * 1000)
        if most is not None:
            found["power_limit_max_w"] = most / 1000
    return found


def _pcie(calls: Calls, handle: Any, integrated: bool | None) -> dict[str, Any]:
    if integrated:
        # A GB10 answers generation 1 and one lane, which nothing runs over.
        for field in _PCIE_FIELDS:
            calls.note(field, say("a part of the processor, in no PCIe slot"))
        return {}
    found: dict[str, Any] = {
        "pcie_gen_now": calls.number(
            "pcie_gen_now", "nvmlDeviceGetCurrPcieLinkGeneration", handle, most=_NEWEST_PCIE
        ),
        "pcie_width_now": _width(calls, "pcie_width_now", "Curr", handle),
        "pcie_width_max": _width(calls, "pcie_width_max", "Max", handle),
    }
    # The first is what card and slot agree on; the second, what the card alone could do, can
    # only lower it.
    most = calls.number(
        "pcie_gen_max", "nvmlDeviceGetMaxPcieLinkGeneration", handle, most=_NEWEST_PCIE
    )
    if most is not None:
        alone, _ = calls.attempt("nvmlDeviceGetGpuMaxPcieLinkGeneration", handle)
        if isinstance(alone, int) and 1 <= alone < most:
            most = alone
    for field, now, limit in (
        ("pcie_gen_max", found["pcie_gen_now"], most),
        ("pcie_width_max", found["pcie_width_now"], found["pcie_width_max"]),
    ):
        if now is not None and limit is not None and limit < now:
            calls.note(field, say("the driver answered {0}, and the link runs at {1}", limit, now))
            limit = None
        found[field] = limit
    return found


def _width(calls: Calls, field: str, which: str, handle: Any) -> int | None:
    lanes = calls.number(field, f"nvmlDeviceGet{which}PcieLinkWidth", handle, most=32)
    if lanes is None or lanes in _WIDTHS:
        return lanes
    calls.note(field, say("the driver answered {0} lanes", lanes))
    return None


def _details(calls: Calls, handle: Any) -> dict[str, Any]:
    modes = calls.ask("ecc", "nvmlDeviceGetEccMode", handle)
    ecc = None if modes is None else calls.within("ecc", modes[0], 0, 1)
    return {
        "ecc": None if ecc is None else ecc == 1,
        "memory_bus_bits": calls.number(
            "memory_bus_bits", "nvmlDeviceGetMemoryBusWidth", handle, least=32, most=32_768
        ),
        "memory_clock_mhz": calls.number(
            "memory_clock_mhz",
            "nvmlDeviceGetMaxClockInfo",
            handle,
            _CLOCK_OF_MEMORY,
            least=50,
            most=100_000,
        ),
        "drives_display": _display(calls, handle),
        "numa_node": _numa_node(calls, handle),
        "virtual": _virtual(calls, handle),
    }


def _display(calls: Calls, handle: Any) -> bool | None:
    """Whether a desktop takes memory of this card: surely not only when none is set up on it.

    ``DisplayActive``: a display is set up, even without a monitor. ``DisplayMode``: a monitor is
    plugged in; a later driver may no longer tell this one.
    """
    active, failure = calls.attempt("nvmlDeviceGetDisplayActive", handle)
    plugged, _ = calls.attempt("nvmlDeviceGetDisplayMode", handle)
    if active == 1 or plugged == 1:
        return True
    if active == 0:
        return False
    calls.note("drives_display", str(failure or say("the driver answered {0}", active)))
    return None


def _numa_node(calls: Calls, handle: Any) -> int | None:
    """The memory node beside the card, None where it has several or the driver tells none.

    Not ``nvmlDeviceGetNumaNodeId``: that is the node that a GPU's own memory forms (GH200).
    """
    words = calls.ask("numa_node", "nvmlDeviceGetMemoryAffinity", handle, _NUMA_WORDS, _SCOPE_NODE)
    if words is None:
        return None
    nodes = [
        64 * index + bit
        for index, word in enumerate(words)
        for bit in range(64)
        if int(word) >> bit & 1
    ]
    if len(nodes) == 1:
        return nodes[0]
    calls.note("numa_node", say("the driver answered {0} nodes", len(nodes)))
    return None


def _virtual(calls: Calls, handle: Any) -> bool | None:
    """Whether this is a share of a card (vGPU). A whole card passed through is none."""
    mode, failure = calls.attempt("nvmlDeviceGetVirtualizationMode", handle)
    if isinstance(mode, int) and 0 <= mode <= 4:
        return mode == _VGPU
    brand, _ = calls.attempt("nvmlDeviceGetBrand", handle)
    if brand in _VGPU_BRANDS:
        return True
    calls.note("virtual", str(failure or say("the driver answered {0}", mode)))
    return None
