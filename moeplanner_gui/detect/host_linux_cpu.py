"""The processor of a Linux machine: its name, sockets, cores, threads and NUMA nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.detect.host_files import HostFiles, clean

ARM_PARTS: Final = {
    # Implementer and part of MIDR_EL1, by the names that util-linux's lscpu gives them.
    (0x41, 0xD0C): "Neoverse-N1",
    (0x41, 0xD40): "Neoverse-V1",
    (0x41, 0xD42): "Cortex-A78AE",
    (0x41, 0xD49): "Neoverse-N2",
    (0x41, 0xD4F): "Neoverse-V2",
    (0x41, 0xD83): "Neoverse-V3AE",
    (0x41, 0xD84): "Neoverse-V3",
    (0x41, 0xD85): "Cortex-X925",
    (0x41, 0xD87): "Cortex-A725",
    (0x4E, 0x004): "Carmel",
    (0xC0, 0xAC3): "Ampere-1",
    (0xC0, 0xAC4): "Ampere-1a",
}


@dataclass(frozen=True, slots=True)
class CpuFacts:
    """None is what the files do not tell."""

    name: str | None = None
    sockets: int | None = None
    cores: int | None = None
    threads: int | None = None


def parse_cpuinfo(text: str) -> CpuFacts:
    """What ``/proc/cpuinfo`` tells.

    Sockets and cores are None where it has no physical ids: on ARM, and in some virtual
    machines.
    """
    blocks = list(_blocks(text))
    if not blocks:
        return CpuFacts()
    first = blocks[0]
    name = clean(first.get("model name")) or _arm_name(blocks)
    # A virtual machine without ids has a core id without a package.
    cores = {(block["physical id"], block.get("core id")) for block in blocks if _placed(block)}
    whole = all(_placed(block) for block in blocks)
    return CpuFacts(
        name=name,
        sockets=len({package for package, _ in cores}) if whole else None,
        cores=len(cores) if whole else None,
        threads=len(blocks),
    )


def read_cpu(files: HostFiles, cpuinfo: str) -> CpuFacts:
    """The processor by ``/proc/cpuinfo``, completed by the topology in ``/sys``."""
    told = parse_cpuinfo(cpuinfo)
    if told.sockets is not None:
        return told
    packages: set[int] = set()
    cores: set[tuple[int, int]] = set()
    counted = 0
    base = "/sys/devices/system/cpu"
    for name in files.names(base):
        if not re.fullmatch(r"cpu\d{1,5}", name):
            continue
        package = files.number(f"{base}/{name}/topology/physical_package_id")
        core = files.number(f"{base}/{name}/topology/core_id")
        if package is None or core is None:
            continue
        counted += 1
        packages.add(package)
        cores.add((package, core))
    # Older ARM kernels call a cluster of cores a package on boards with a device tree.
    guessed = len(packages) > 1 and files.is_there("/sys/firmware/devicetree/base/model")
    if not counted or guessed or (told.threads is not None and counted < told.threads):
        return told
    return CpuFacts(told.name, len(packages), len(cores), told.threads or counted)


def numa_nodes(files: HostFiles) -> int | None:
    """NUMA nodes that have processors; None where the system does not say.

    Memory without processors is a node too: the memory of a GPU that is part of the system.
    """
    base = "/sys/devices/system/node"
    nodes = [name for name in files.names(base) if re.fullmatch(r"node\d{1,4}", name)]
    with_cpus = [name for name in nodes if files.text(f"{base}/{name}/cpulist")]
    return len(with_cpus) or len(nodes) or None


def _blocks(text: str) -> Iterator[dict[str, str]]:
    block: dict[str, str] = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if not colon:
            continue
        key = key.strip()
        if key == "processor" and block:
            yield block
            block = {}
        if key == "processor" or block:
            block.setdefault(key, value.strip())
    if block:
        yield block


def _placed(block: dict[str, str]) -> bool:
    return block.get("physical id", "").isdigit()


def _arm_name(blocks: list[dict[str, str]]) -> str | None:
    counted: dict[str, int] = {}
    for block in blocks:
        try:
            maker = int(block.get("CPU implementer", ""), 16)
            part = int(block.get("CPU part", ""), 16)
        except ValueError:
            continue
        name = ARM_PARTS.get((maker, part))
        if name is not None:
            counted[name] = counted.get(name, 0) + 1
    if not counted:
        return None
    if len(counted) == 1:
        return next(iter(counted))
    return " + ".join(f"{count} × {name}" for name, count in sorted(counted.items(), reverse=True))
