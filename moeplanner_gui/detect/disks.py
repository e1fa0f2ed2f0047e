"""Disks of a Linux machine: what they are, how they are attached, and what is free on them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Final, Literal

from moeplanner_gui.core.detected import DetectedDisk
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.host_files import LARGE_LIMIT, HostFiles, clean

PCIE_GENERATIONS: Final = {"2.5": 1, "5.0": 2, "8.0": 3, "16.0": 4, "32.0": 5, "64.0": 6}
SECTOR_BYTES: Final = 512
"""The unit of ``/sys/block/*/size``, whatever the disk's own sector is."""
NO_DISKS: Final = re.compile(r"(loop|ram|zram|sr|fd|nbd|md|dm-|zd|mtdblock|drbd)\d*")
BOOT: Final = re.compile(r"/(boot|efi|recovery)(/|$)|/snap/")
MOST_DISKS: Final = 64

Kind = Literal["nvme", "ssd", "hdd", "unknown"]
FreeOf = Callable[[str], int | None]


def free_of_mount(path: str) -> int | None:
    """Bytes that this user may still write in a file system, None when it does not answer."""
    # Windows has no statvfs, nor any of the files that lead here.
    asked = getattr(os, "statvfs", None)
    if asked is None:
        return None
    try:
        told = asked(path)
    except (OSError, ValueError):
        return None
    return int(told.f_bavail) * int(told.f_frsize)


def linux_disks(files: HostFiles, free_of: FreeOf = free_of_mount) -> tuple[DetectedDisk, ...]:
    """Every disk that stays in the machine; what is free is of the file systems on it.

    A file system over several disks counts for none of them: what lies where is not told.

    Args:
        files: The system.
        free_of: What is free at a mount point, in bytes.
    """
    names = [name for name in files.names("/sys/block") if not NO_DISKS.fullmatch(name)]
    disks = [name for name in names if not _is_removable(files, name)][:MOST_DISKS]
    free = _free_by_disk(files, disks, free_of)
    found = []
    for name in disks:
        sectors = files.number(f"/sys/block/{name}/size")
        if not sectors:
            continue
        generation, width = _link(files, name)
        found.append(
            DetectedDisk(
                name=clean(files.text(f"/sys/block/{name}/device/model"))
                or say("Disk without a name"),
                kind=_kind(files, name),
                size_bytes=min(sectors * SECTOR_BYTES, 2**60),
                free_bytes=free.get(name),
                pcie_gen=generation,
                pcie_width=width,
            )
        )
    return tuple(found)


def _is_removable(files: HostFiles, name: str) -> bool:
    return files.number(f"/sys/block/{name}/removable") == 1


def _kind(files: HostFiles, name: str) -> Kind:
    if name.startswith("nvme"):
        return "nvme"
    if re.match(r"(x?vd|pmem)", name):
        return "unknown"
    turning = files.number(f"/sys/block/{name}/queue/rotational")
    if turning is None:
        return "unknown"
    return "hdd" if turning else "ssd"


def pcie_generation(speed: str | None) -> int | None:
    """The generation in ``"16.0 GT/s PCIe"``, None for anything else."""
    found = re.match(r"(\d+(?:\.\d)?) GT/s", speed or "")
    if found is None:
        return None
    return PCIE_GENERATIONS.get(found[1] if "." in found[1] else f"{found[1]}.0")


def _link(files: HostFiles, name: str) -> tuple[int | None, int | None]:
    if not name.startswith("nvme"):
        return None, None
    base = f"/sys/block/{name}/device"
    # With multipath the disk belongs to a subsystem, and that to its controllers.
    inner = [f"{base}/{one}/device" for one in files.names(base) if re.fullmatch(r"nvme\d+", one)]
    for folder in (f"{base}/device", *inner):
        speed = files.text(f"{folder}/current_link_speed")
        if speed is not None:
            width = files.number(f"{folder}/current_link_width")
            return pcie_generation(speed), width if width and width <= 32 else None
    return None, None


def _free_by_disk(files: HostFiles, disks: list[str], free_of: FreeOf) -> dict[str, int]:
    owners = _owners(files, disks)
    mappers = {
        label: name
        for name in files.names("/sys/block")
        if name.startswith("dm-") and (label := files.text(f"/sys/block/{name}/dm/name"))
    }
    seen: set[str] = set()
    free: dict[str, int] = {}
    text = files.text("/proc/self/mountinfo", LARGE_LIMIT) or ""
    for line in text.splitlines()[:4096]:
        mount = _mount(line)
        if mount is None:
            continue
        point, source = mount
        device = mappers.get(source, source)
        on = owners.get(device, frozenset())
        if device in seen or len(on) != 1 or not files.is_folder(point):
            continue
        seen.add(device)
        left = free_of(point)
        if left is not None:
            (disk,) = on
            free[disk] = min(free.get(disk, 0) + left, 2**60)
    return free


def _mount(line: str) -> tuple[str, str] | None:
    """Mount point and device name of a line of mountinfo that a model could be written to."""
    left, dash, right = line.partition(" - ")
    fields, rest = left.split(" "), right.split(" ")
    if not dash or len(fields) < 6 or len(rest) < 2:
        return None
    point = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8) & 0xFF), fields[4])
    source = rest[1]
    options = fields[5].split(",")
    if not source.startswith("/dev/") or "ro" in options or BOOT.search(point):
        return None
    name = source.removeprefix("/dev/").removeprefix("mapper/")
    return point, name


def _owners(files: HostFiles, disks: list[str]) -> dict[str, frozenset[str]]:
    """The disks that a partition, a mapped device or an array lies on, by its name."""
    found: dict[str, frozenset[str]] = {}
    for disk in disks:
        found[disk] = frozenset({disk})
        for part in files.names(f"/sys/block/{disk}"):
            if part.startswith(disk):
                found[part] = frozenset({disk})
    layers = [name for name in files.names("/sys/block") if re.match(r"(dm-|md)\d+", name)]
    # A mapped device may lie on another one; a few rounds follow any real stack.
    for _ in range(4):
        for layer in layers:
            below = files.names(f"/sys/block/{layer}/slaves")
            known = [found[name] for name in below if name in found]
            if known and len(known) == len(below):
                found[layer] = frozenset().union(*known)
    return found
