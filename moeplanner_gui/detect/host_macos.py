"""What macOS says of the machine: ``sysctl``, ``vm_stat`` and ``system_profiler``.

The profiler's answer also has serial numbers; only the few fields that are named here are taken.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from moeplanner_gui.core.detected import DetectedDisk, DetectedHost, Unread
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.disks import free_of_mount
from moeplanner_gui.detect.host_files import clean, first_number
from moeplanner_gui.detect.host_linux import Chassis
from moeplanner_gui.detect.virtual import remote_session

Steps = list[tuple[str, str]]
Run = Callable[[Sequence[str]], str]

SYSCTL: Final = (
    "/usr/sbin/sysctl",
    "hw.memsize",
    "hw.model",
    "hw.packages",
    "hw.physicalcpu",
    "hw.logicalcpu",
    "machdep.cpu.brand_string",
    "kern.hv_vmm_present",
    "kern.osproductversion",
)
PROFILER: Final = (
    "/usr/sbin/system_profiler",
    "-json",
    "-detailLevel",
    "mini",
    "SPHardwareDataType",
    "SPMemoryDataType",
    "SPNVMeDataType",
)
VM_STAT: Final = ("/usr/bin/vm_stat",)
PATIENCE_S: Final = 3.5
"""Below the deadline of a probe: a slow profiler leaves the other answers."""


def read_macos(
    environment: Mapping[str, str] = os.environ,
    run: Run | None = None,
    free_of: Callable[[str], int | None] = free_of_mount,
) -> tuple[DetectedHost, Steps]:
    """The host and what was asked for it.

    Args:
        environment: Environment variables of the user.
        run: Runs a command and gives its output; None runs it really.
        free_of: What is free at a mount point, in bytes.
    """
    steps: Steps = []
    texts = []
    for command in (SYSCTL, VM_STAT, PROFILER):
        try:
            text, told = (run or _run)(command), ""
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            text, told = "", f"{type(error).__name__}: {error}"[:300]
        texts.append(text)
        steps.append((command[0], told or say("{0} characters", len(text))))
    return parse_macos(texts[0], texts[1], texts[2], environment, free_of("/")), steps


def parse_macos(
    sysctl: str,
    vm_stat: str,
    profiler: str,
    environment: Mapping[str, str],
    free_bytes: int | None,
) -> DetectedHost:
    """The host in the three answers; what is missing stays unread.

    Args:
        sysctl: ``name: value`` lines.
        vm_stat: Pages by their use.
        profiler: JSON of ``system_profiler -json``.
        environment: Environment variables of the user.
        free_bytes: What is free on the system's disk.
    """
    values = dict(
        (key.strip(), value.strip()) for key, _, value in map(_split, sysctl.splitlines()[:2000])
    )
    told = _json(profiler)
    hardware = _first(told, "SPHardwareDataType")
    kind = _memory_kind(told)
    chip = clean(values.get("machdep.cpu.brand_string")) or clean(_text(hardware, "chip_type"))
    model = clean(_text(hardware, "machine_name")) or ""
    total = _count(values.get("hw.memsize"), 2**60)
    virtual = _is_virtual(values, hardware)
    apple = (chip or "").startswith("Apple")
    because = say("the memory is part of the chip") if apple else say("macOS does not tell")
    return DetectedHost(
        system="macos",
        system_version=_version(values),
        cpu=chip,
        architecture="arm64" if apple else platform.machine() or None,
        sockets=_count(values.get("hw.packages"), 64),
        cores=_count(values.get("hw.physicalcpu"), 4096),
        threads=_count(values.get("hw.logicalcpu"), 4096),
        memory_total_bytes=total,
        memory_available_bytes=_available(vm_stat, total),
        memory_installed_bytes=total,
        memory_kind=kind,
        product=_product(model, clean(values.get("hw.model"))),
        chassis=_chassis(model),
        virtual_machine="Apple Virtualization" if virtual else None,
        remote_session=remote_session(environment),
        disks=_disks(told, free_bytes),
        unread=(
            Unread(field="memory_mt_s", because=because),
            Unread(field="memory_channels", because=because),
        ),
    )


def _split(line: str) -> tuple[str, str, str]:
    return line.partition(":")


def _count(text: str | None, most: int) -> int | None:
    value = first_number(text or "")
    return value if value and value <= most else None


def _json(text: str) -> Mapping[str, Any]:
    try:
        told = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _first(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    rows = told.get(name)
    row = rows[0] if isinstance(rows, list) and rows else None
    return row if isinstance(row, dict) else {}


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value[:300] if isinstance(value, str) else ""


def _memory_kind(told: Mapping[str, Any]) -> str | None:
    row = _first(told, "SPMemoryDataType")
    items = row.get("_items")
    rows = [row, *(items if isinstance(items, list) else [])][:64]
    for one in rows:
        name = _text(one, "dimm_type") if isinstance(one, dict) else ""
        # Older systems write "lp_ddr4".
        found = re.fullmatch(r"(LP)?DDR\d[A-Z]?", name.upper().replace("_", ""))
        if found:
            return found[0]
    return None


def _available(vm_stat: str, total: int | None) -> int | None:
    """Bytes that programs can get: free pages and those that are given back when asked."""
    size = re.search(r"page size of (\d{3,8}) bytes", vm_stat)
    if size is None:
        return None
    pages = 0
    for name in (
        "Pages free",
        "Pages inactive",
        "Pages speculative",
        "Pages purgeable",
    ):
        found = re.search(rf"^{name}:\s+(\d{{1,15}})\.?$", vm_stat, re.M)
        if found is None and name == "Pages free":
            return None
        # Purgeable pages are counted among the others on some systems; leaving them out is safe.
        if found is not None and name != "Pages purgeable":
            pages += int(found[1])
    free = pages * int(size[1])
    return None if total is not None and free > total else min(free, 2**60)


def _version(values: Mapping[str, str]) -> str | None:
    told = clean(values.get("kern.osproductversion")) or clean(platform.mac_ver()[0])
    return None if told is None else f"macOS {told}"


def _is_virtual(values: Mapping[str, str], hardware: Mapping[str, Any]) -> bool:
    if values.get("kern.hv_vmm_present") == "1":
        return True
    names = f"{values.get('hw.model', '')} {_text(hardware, 'machine_model')}"
    return "virtualmac" in names.lower() or "vmware" in names.lower()


def _product(name: str, model: str | None) -> str | None:
    if not name:
        return model
    return f"{name} ({model})" if model else name


def _chassis(name: str) -> Chassis:
    lower = name.lower()
    if "book" in lower:
        return "laptop"
    if "mini" in lower or "studio" in lower:
        return "mini"
    return "desktop" if lower else "unknown"


def _disks(told: Mapping[str, Any], free_bytes: int | None) -> tuple[DetectedDisk, ...]:
    rows: list[Mapping[str, Any]] = []
    controllers = told.get("SPNVMeDataType")
    for controller in (controllers if isinstance(controllers, list) else [])[:16]:
        items = controller.get("_items") if isinstance(controller, dict) else None
        rows += [item for item in (items if isinstance(items, list) else []) if _is_disk(item)]
    disks = []
    for row in rows[:16]:
        size = row.get("size_in_bytes")
        disks.append(
            DetectedDisk(
                name=clean(_text(row, "device_model")) or clean(_text(row, "_name")) or say("Disk"),
                kind="nvme",
                size_bytes=size if isinstance(size, int) and 0 < size <= 2**60 else None,
                # What is free is of the system's disk, which is the only one that is known.
                free_bytes=free_bytes if len(rows) == 1 else None,
            )
        )
    if not disks and free_bytes is not None:
        disks.append(DetectedDisk(name=say("System disk"), free_bytes=min(free_bytes, 2**60)))
    return tuple(disks)


def _is_disk(item: object) -> bool:
    return isinstance(item, dict) and ("size_in_bytes" in item or "device_model" in item)


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=PATIENCE_S,
        check=False,
    )
    return done.stdout[: 8 * 1024 * 1024].decode("utf-8", errors="replace")
