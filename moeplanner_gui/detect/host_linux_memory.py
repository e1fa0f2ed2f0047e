"""The memory of a Linux machine: what this program may use, and what the modules are.

Modules are told by the firmware. Its tables are the administrator's, but udev exports them for
everybody (systemd 248 and later); where it does not, the memory controller's driver counts
channels. Nothing is run and nobody is asked for a password.
"""

from __future__ import annotations

import re
from typing import Final

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.host_files import LARGE_LIMIT, HostFiles, clean, first_number
from moeplanner_gui.detect.memory_modules import (
    ModuleFacts,
    RawModule,
    facts_of_modules,
    speed,
    width,
)

UDEV_DATA: Final = "/run/udev/data/+dmi:id"
TABLES: Final = "/sys/firmware/dmi/tables/DMI"
EDAC: Final = "/sys/devices/system/edac/mc"
CGROUPS: Final = "/sys/fs/cgroup"
_UDEV_LINE: Final = re.compile(
    r"E: ?MEMORY_(?:DEVICE_(\d{1,4})_([A-Z_]+)|(ARRAY_NUM_DEVICES))=(.*)"
)
NO_LIMIT: Final = 2**60
NARROW_EDAC: Final = re.compile(r"igen6|ie31200|ie31", re.I)
"""Drivers that count a module of DDR5 as two channels of half the width."""


@dataclass(frozen=True, slots=True)
class MemoryFacts:
    """Bytes; ``limited`` where a control group allows less than the machine has."""

    total: int | None
    available: int | None
    machine: int | None
    limited: bool = False


def parse_meminfo(text: str) -> tuple[int | None, int | None]:
    """MemTotal and MemAvailable in bytes."""

    def read(key: str) -> int | None:
        found = re.search(rf"^{key}:\s*(\d{{1,15}}) kB", text, re.M)
        return None if found is None else int(found[1]) * 1024

    return read("MemTotal"), read("MemAvailable")


def read_memory(files: HostFiles) -> MemoryFacts:
    """The memory that this program may use: the machine's, or what its control group allows."""
    machine, available = parse_meminfo(files.text("/proc/meminfo") or "")
    limit, used = _cgroup_limit(files)
    if limit is None or (machine is not None and limit >= machine):
        return MemoryFacts(machine, available, machine)
    left = limit if used is None else max(limit - used, 0)
    free = left if available is None else min(left, available)
    return MemoryFacts(limit, free, machine, limited=True)


def _cgroup_limit(files: HostFiles) -> tuple[int | None, int | None]:
    """The lowest limit on the way from the root to this program's group, and what is used."""
    limit: int | None = None
    used: int | None = None
    for folder, names in _groups(files):
        text = files.text(f"{folder}/{names[0]}")
        found = None if text is None else first_number(text)
        if not found or found >= NO_LIMIT or (limit is not None and found >= limit):
            continue
        limit = found
        now = files.number(f"{folder}/{names[1]}")
        stat = files.text(f"{folder}/memory.stat") or ""
        # Pages of files that nobody uses are given back when memory is short.
        cached = re.search(rf"^{names[2]} (\d{{1,18}})$", stat, re.M)
        used = None if now is None else max(now - (int(cached[1]) if cached else 0), 0)
    return limit, used


def _groups(files: HostFiles) -> list[tuple[str, tuple[str, str, str]]]:
    second = ("memory.max", "memory.current", "inactive_file")
    first = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    found = [(CGROUPS, second), (f"{CGROUPS}/memory", first)]
    for line in (files.text("/proc/self/cgroup") or "").splitlines()[:64]:
        number, _, rest = line.partition(":")
        kinds, _, path = rest.partition(":")
        if number == "0" and not kinds:
            base, names = CGROUPS, second
        elif "memory" in kinds.split(","):
            base, names = f"{CGROUPS}/memory", first
        else:
            continue
        parts = [part for part in path.split("/") if part and part != ".."][:32]
        for end in range(1, len(parts) + 1):
            found.append((base + "/" + "/".join(parts[:end]), names))
    return found


def parse_udev_modules(text: str) -> tuple[list[RawModule], int | None]:
    """Populated modules and the number of sockets in udev's record of the firmware.

    Only sizes, kinds, speeds and the names of the sockets are taken; serial numbers stand in the
    same record and are passed over.
    """
    devices: dict[int, dict[str, str]] = {}
    slots: int | None = None
    for line in text.splitlines():
        found = _UDEV_LINE.match(line)
        if found is None:
            continue
        if found[3]:
            slots = (slots or 0) + (first_number(found[4]) or 0)
        elif found[2] in _TAKEN:
            devices.setdefault(int(found[1]), {})[found[2]] = found[4]
    modules = []
    for _, device in sorted(devices.items()):
        size = first_number(device.get("SIZE", ""))
        if device.get("PRESENT") == "0" or not size:
            continue
        modules.append(
            RawModule(
                size_bytes=size,
                kind=clean(device.get("TYPE")),
                mt_s=speed(first_number(device.get("CONFIGURED_SPEED_MTS", ""))),
                locator=device.get("LOCATOR", "")[:80],
                bank=device.get("BANK_LOCATOR", "")[:80],
                bits=width(first_number(device.get("DATA_WIDTH", ""))),
            )
        )
    return modules, slots if slots and slots < 10_000 else None


_TAKEN: Final = frozenset(
    {
        "PRESENT",
        "SIZE",
        "TYPE",
        "CONFIGURED_SPEED_MTS",
        "LOCATOR",
        "BANK_LOCATOR",
        "DATA_WIDTH",
    }
)


def read_modules(files: HostFiles, sockets: int | None) -> tuple[ModuleFacts, int | None, str]:
    """Modules, sockets for them, and the reason where the firmware's record cannot be read."""
    text = files.text(UDEV_DATA, LARGE_LIMIT)
    modules, slots = parse_udev_modules(text or "")
    if modules:
        return facts_of_modules(modules, sockets), slots, ""
    files.text(TABLES, 16)
    record = say("no module is in it") if text else files.why(UDEV_DATA)
    because = say(
        "the system shows users no memory modules ({0}: {1}; the firmware's own tables: {2})",
        UDEV_DATA,
        record,
        files.why(TABLES),
    )
    channels = edac_channels(files)
    facts = ModuleFacts((), None, edac_kind(files), None, channels, because, because)
    return facts, None, because


def edac_channels(files: HostFiles) -> int | None:
    """Populated channels by the memory controllers' driver, None without it."""
    found: set[tuple[str, str]] = set()
    for controller in _controllers(files):
        if NARROW_EDAC.search(files.text(f"{EDAC}/{controller}/mc_name") or ""):
            return None
        for dimm in files.names(f"{EDAC}/{controller}"):
            base = f"{EDAC}/{controller}/{dimm}"
            if not re.fullmatch(r"(dimm|rank)\d+", dimm) or not files.number(f"{base}/size"):
                continue
            place = re.search(r"channel (\d+)", files.text(f"{base}/dimm_location") or "")
            if place is None:
                return None
            found.add((controller, place[1]))
    return len(found) or None


def edac_kind(files: HostFiles) -> str | None:
    """DDR4 or DDR5 by the memory controllers' driver, None without it."""
    for controller in _controllers(files):
        for dimm in files.names(f"{EDAC}/{controller}"):
            text = files.text(f"{EDAC}/{controller}/{dimm}/dimm_mem_type")
            found = re.search(r"(LP)?DDR\d", text or "")
            if found:
                return found[0]
    return None


def _controllers(files: HostFiles) -> list[str]:
    return [name for name in files.names(EDAC) if re.fullmatch(r"mc\d+", name)]
