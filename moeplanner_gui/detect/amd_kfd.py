"""What AMD's compute driver (KFD) tells of each GPU in ``/sys/class/kfd``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from moeplanner_gui.core.detected import CardProcess, PeerLink
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.detect.sysfs import (
    MOST_BIG,
    Unreadable,
    entries,
    read_int,
    read_name,
    read_table,
)

XGMI: Final = 11
"""Link type of Infinity Fabric between GPUs (HSA_IOLINK_TYPE_XGMI in the kernel's kfd_crat.h)."""
HEAP_OF_THE_GPU: Final = frozenset({1, 2})
"""Heap types: frame buffer public and private; 0 is the host's memory (kfd_topology.h)."""

HBM2_PARTS: Final = frozenset({"gfx900", "gfx906", "gfx908", "gfx90a"})
GDDR6_PARTS: Final = ("gfx1010", "gfx1012", "gfx1030", "gfx1031", "gfx1032", "gfx1034",
                      "gfx1100", "gfx1101", "gfx1102", "gfx1200", "gfx1201")  # fmt: skip


@dataclass(frozen=True, slots=True)
class KfdGpu:
    """One GPU of the compute driver; a partitioned card has several at one address.

    ``memory_clock_mhz`` is such that twice it is the data rate, as NVIDIA's driver counts: the
    driver's own clock is a half of it with HBM2 and a 16th with GDDR6 (1,249 MHz, 20 Gbit/s for
    an RX 7900 XTX). None where the part's memory type does not follow from its name.
    """

    address: str
    gfx: str | None
    compute_units: int | None
    memory_bytes: int | None
    bus_bits: int | None
    memory_clock_mhz: int | None
    links: tuple[PeerLink, ...]
    processes: tuple[CardProcess, ...]
    partitions: int


def address_of(domain: int, location: int) -> str:
    """PCI address of KFD's ``domain`` and ``location_id``."""
    return f"{domain:04x}:{location >> 8 & 0xFF:02x}:{location >> 3 & 0x1F:02x}.{location & 7}"


def gfx_name(version: int) -> str | None:
    """``gfx_target_version`` as compilers call it: 110000 is gfx1100, 90010 gfx90a."""
    if not 0 < version < 10**7:
        return None
    return f"gfx{version // 10000}{version // 100 % 100:x}{version % 100:x}"


def kfd_gpus(sys: Path, proc: Path) -> dict[str, KfdGpu]:
    """All GPUs of the compute driver by PCI address; empty where it is not loaded."""
    nodes: dict[int, tuple[Path, dict[str, int]]] = {}
    for node in entries(sys / "class" / "kfd" / "kfd" / "topology" / "nodes"):
        table = read_table(node / "properties")
        if node.name.isdigit() and table.get("simd_count") and "location_id" in table:
            nodes[int(node.name)] = node, table
    where = {
        index: address_of(table.get("domain", 0), table["location_id"])
        for index, (_, table) in nodes.items()
    }
    found: dict[str, KfdGpu] = {}
    for index, (node, table) in nodes.items():
        address = where[index]
        if address not in found:
            parts = sum(1 for other in where.values() if other == address)
            found[address] = _gpu(sys, proc, node, table, address, parts, where)
    return found


def _gpu(
    sys: Path,
    proc: Path,
    node: Path,
    table: dict[str, int],
    address: str,
    partitions: int,
    where: dict[int, str],
) -> KfdGpu:
    gfx = gfx_name(table.get("gfx_target_version", 0))
    banks = [read_table(bank / "properties") for bank in entries(node / "mem_banks")]
    own = [bank for bank in banks if bank.get("heap_type") in HEAP_OF_THE_GPU]
    clock = max((bank.get("mem_clk_max", 0) for bank in own), default=0)
    if gfx in GDDR6_PARTS:
        clock *= 8
    elif gfx not in HBM2_PARTS:
        clock = 0
    memory = sum(bank.get("size_in_bytes", 0) for bank in own)
    width = max((bank.get("width", 0) for bank in own), default=0)
    per_unit = table.get("simd_per_cu", 0)
    units = table["simd_count"] // per_unit if per_unit else 0
    return KfdGpu(
        address=address,
        gfx=gfx,
        compute_units=units if 0 < units <= 2**16 else None,
        memory_bytes=memory if 0 < memory <= MOST_BIG else None,
        bus_bits=width if 0 < width <= 2**16 else None,
        memory_clock_mhz=clock if 0 < clock <= 2**20 else None,
        links=_links(node, address, where),
        processes=_processes(sys, proc, node),
        partitions=partitions,
    )


def _links(node: Path, own: str, where: dict[int, str]) -> tuple[PeerLink, ...]:
    """Infinity Fabric to other cards. KFD tells MB/s of one link (min) and of all (max)."""
    links: dict[str, PeerLink] = {}
    for path in entries(node / "io_links"):
        link = read_table(path / "properties")
        peer = where.get(link.get("node_to", -1))
        if link.get("type") != XGMI or peer is None or peer == own:
            continue
        slow, fast = link.get("min_bandwidth", 0), link.get("max_bandwidth", 0)
        told = 0 < slow <= fast <= 10**8
        links[peer] = PeerLink(
            peer=peer,
            links=fast // slow if told else 1,
            gbs=fast / 1000 if told else None,
        )
    return tuple(links[peer] for peer in sorted(links))


def _processes(sys: Path, proc: Path, node: Path) -> tuple[CardProcess, ...]:
    gpu_id = read_int(node / "gpu_id")
    if isinstance(gpu_id, Unreadable):
        return ()
    found = []
    for folder in entries(sys / "class" / "kfd" / "kfd" / "proc"):
        used = read_int(folder / f"vram_{gpu_id}")
        if not folder.name.isdigit() or isinstance(used, Unreadable) or used == 0:
            continue
        name = read_name(proc / folder.name / "comm")
        found.append(CardProcess(name=name if isinstance(name, str) else None, memory_bytes=used))
    return tuple(found[:256])
