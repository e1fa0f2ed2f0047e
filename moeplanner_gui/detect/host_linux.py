"""What a Linux machine says of itself in ``/proc``, ``/sys`` and ``/run``. Runs nothing.

Serial numbers, machine ids and addresses are never read.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from moeplanner_gui.core.detected import DetectedHost, Unread
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.disks import FreeOf, free_of_mount, linux_disks
from moeplanner_gui.detect.host_files import LARGE_LIMIT, HostFiles, clean
from moeplanner_gui.detect.host_linux_cpu import numa_nodes, read_cpu
from moeplanner_gui.detect.host_linux_memory import read_memory, read_modules
from moeplanner_gui.detect.virtual import (
    is_wsl,
    linux_container,
    linux_virtual_machine,
    remote_session,
)

Chassis = Literal["desktop", "laptop", "server", "mini", "unknown"]
Steps = list[tuple[str, str]]

CHASSIS: Final[dict[int, Chassis]] = {
    # SMBIOS 3.7, table 17 "System enclosure or chassis types".
    3: "desktop",
    4: "desktop",
    5: "desktop",
    6: "desktop",
    7: "desktop",
    13: "desktop",
    24: "desktop",
    8: "laptop",
    9: "laptop",
    10: "laptop",
    14: "laptop",
    30: "laptop",
    31: "laptop",
    32: "laptop",
    17: "server",
    23: "server",
    28: "server",
    29: "server",
    34: "mini",
    35: "mini",
    36: "mini",
}


def read_linux(
    root: Path = Path("/"),
    environment: Mapping[str, str] = os.environ,
    machine: str | None = None,
    free_of: FreeOf = free_of_mount,
) -> tuple[DetectedHost, Steps]:
    """The host and what was looked at for it.

    Args:
        root: What stands for ``/``.
        environment: Environment variables of the user.
        machine: The architecture; None asks the running system.
        free_of: What is free at a mount point, in bytes.
    """
    files = HostFiles(root)
    cpuinfo = files.text("/proc/cpuinfo", LARGE_LIMIT) or ""
    cpu = read_cpu(files, cpuinfo)
    memory = read_memory(files)
    modules, slots, _ = read_modules(files, cpu.sockets)
    wsl = is_wsl(files.text("/proc/version"))
    container = linux_container(files, environment)
    virtual = None if wsl else linux_virtual_machine(files, cpuinfo)
    host = DetectedHost(
        system="linux",
        system_version=_system_version(files),
        cpu=cpu.name or _device_tree(files),
        architecture=machine or platform.machine() or None,
        sockets=cpu.sockets,
        cores=cpu.cores,
        threads=cpu.threads,
        numa_nodes=numa_nodes(files),
        memory_total_bytes=memory.total,
        memory_available_bytes=memory.available,
        memory_installed_bytes=modules.installed_bytes,
        modules=modules.modules,
        memory_kind=modules.kind,
        memory_mt_s=modules.mt_s,
        memory_channels=modules.channels,
        memory_slots=slots,
        board=_two(files, "board_vendor", "board_name"),
        product=_two(files, "sys_vendor", "product_name") or _device_tree(files),
        chassis=CHASSIS.get(files.number("/sys/class/dmi/id/chassis_type") or 0, "unknown"),
        virtual_machine=virtual,
        container=container,
        wsl=wsl,
        remote_session=remote_session(environment),
        disks=linux_disks(files, free_of),
        unread=_unread(
            files,
            {
                "cpu": (cpu.name or _device_tree(files), files.why("/proc/cpuinfo")),
                "sockets": (cpu.sockets, say("the processor does not say which package it is")),
                "memory_total_bytes": (memory.total, files.why("/proc/meminfo")),
                "memory_mt_s": (modules.mt_s, modules.because_speed),
                "memory_channels": (modules.channels, modules.because_channels),
            },
        ),
    )
    steps = [
        ("/proc/cpuinfo", cpu.name or say("no name of a processor")),
        ("/proc/meminfo", _bytes(memory.machine)),
        (
            say("memory limit of the control group"),
            _bytes(memory.total) if memory.limited else "none",
        ),
        (
            say("memory modules"),
            say("{0} read", len(modules.modules)) + _after(modules.because_channels),
        ),
        ("disks", str(len(host.disks))),
        (say("virtual machine"), virtual or "no"),
        ("container", container or "no"),
    ]
    return host, steps


def _unread(files: HostFiles, fields: Mapping[str, tuple[object, str]]) -> tuple[Unread, ...]:
    return tuple(
        Unread(field=name, because=(because or say("it was not told"))[:400])
        for name, (value, because) in fields.items()
        if value is None
    )


def _bytes(value: int | None) -> str:
    return say("not read") if value is None else say("{0} bytes", value)


def _after(reason: str) -> str:
    return f": {reason}"[:300] if reason else ""


def _two(files: HostFiles, vendor: str, name: str) -> str | None:
    base = "/sys/class/dmi/id"
    return joined(files.text(f"{base}/{vendor}"), files.text(f"{base}/{name}"))


def joined(vendor: str | None, name: str | None) -> str | None:
    """Vendor and name as one, without the vendor twice; None without a name."""
    maker, called = clean(vendor), clean(name)
    if called is None:
        return None
    if maker is None or called.lower().startswith(maker.split()[0].lower()):
        return called
    return f"{maker} {called}"[:300]


def _device_tree(files: HostFiles) -> str | None:
    return clean(files.text("/sys/firmware/devicetree/base/model"))


def _system_version(files: HostFiles) -> str | None:
    release = files.text("/etc/os-release") or files.text("/usr/lib/os-release") or ""
    found = re.search(r'^PRETTY_NAME="?([^"\n]+)"?', release, re.M)
    kernel = clean(files.text("/proc/sys/kernel/osrelease"))
    parts = [clean(found[1]) if found else None, f"kernel {kernel}" if kernel else None]
    return ", ".join(part for part in parts if part)[:300] or None
