"""What Windows says of the machine: one question to its management interface (CIM).

PowerShell is started once with a fixed script; everything after it is arithmetic on JSON. The
script selects no serial number, no name of the machine and no name of the user. It prints what
matters most first, as one line, and disks as another: a slow machine loses only these.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from moeplanner_gui.core.detected import DetectedDisk, DetectedHost, Unread
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.host_files import clean
from moeplanner_gui.detect.host_linux import CHASSIS, Chassis, joined
from moeplanner_gui.detect.memory_modules import (
    ModuleFacts,
    RawModule,
    facts_of_modules,
    speed,
    width,
)
from moeplanner_gui.detect.virtual import hypervisor_named, remote_session

Steps = list[tuple[str, str]]
Row = Mapping[str, Any]
Run = Callable[[], str]

SCRIPT: Final = r"""
$ErrorActionPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [Text.Encoding]::UTF8
$storage = 'root/Microsoft/Windows/Storage'
@{
 cpu = @(Get-CimInstance Win32_Processor |
  Select-Object Name, NumberOfCores, NumberOfLogicalProcessors)
 os = @(Get-CimInstance Win32_OperatingSystem | Select-Object Caption, Version,
  TotalVisibleMemorySize, FreePhysicalMemory)
 memory = @(Get-CimInstance Win32_PhysicalMemory | Select-Object Capacity, ConfiguredClockSpeed,
  SMBIOSMemoryType, DeviceLocator, BankLabel, DataWidth)
 arrays = @(Get-CimInstance Win32_PhysicalMemoryArray | Select-Object MemoryDevices)
 board = @(Get-CimInstance Win32_BaseBoard | Select-Object Manufacturer, Product)
 bios = @(Get-CimInstance Win32_BIOS | Select-Object Manufacturer, SMBIOSBIOSVersion)
 system = @(Get-CimInstance Win32_ComputerSystem |
  Select-Object Manufacturer, Model, TotalPhysicalMemory)
 chassis = @(Get-CimInstance Win32_SystemEnclosure | Select-Object ChassisTypes)
} | ConvertTo-Json -Depth 4 -Compress
@{
 disks = @(Get-CimInstance -Namespace $storage MSFT_PhysicalDisk |
  Select-Object DeviceId, FriendlyName, BusType, MediaType, Size)
 partitions = @(Get-CimInstance -Namespace $storage MSFT_Partition |
  Select-Object DiskNumber, DriveLetter)
 volumes = @(Get-CimInstance Win32_LogicalDisk | Select-Object DeviceID, DriveType, FreeSpace)
} | ConvertTo-Json -Depth 4 -Compress
"""
MEMORY_KINDS: Final = {
    # SMBIOS 3.7, table 79 "Memory device: type".
    24: "DDR3",
    26: "DDR4",
    30: "LPDDR4",
    34: "DDR5",
    35: "LPDDR5",
    27: "LPDDR",
    28: "LPDDR2",
    29: "LPDDR3",
}
BUS_NVME: Final = 17
BUS_USB: Final = 7
MOST_ROWS: Final = 512
PATIENCE_S: Final = 4.0
"""Below the deadline of a probe, so that what was printed by then is kept."""


def read_windows(
    environment: Mapping[str, str] = os.environ, run: Run | None = None
) -> tuple[DetectedHost, Steps]:
    """The host and what was asked for it.

    Args:
        environment: Environment variables of the user.
        run: Gives the JSON that the script prints; None starts PowerShell.
    """
    try:
        text = (run or _run_powershell)()
        problem = ""
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        text, problem = "", f"{type(error).__name__}: {error}"[:300]
    host = parse_windows(text, environment)
    told = say("{0} characters", len(text)) if text.strip() else problem or "nothing"
    return host, [("PowerShell, Get-CimInstance", told), ("disks", str(len(host.disks)))]


def parse_windows(text: str, environment: Mapping[str, str]) -> DetectedHost:
    """The host in the script's JSON; what is missing or of the wrong kind stays unread."""
    told = _objects(text)
    tables: dict[str, list[Row]] = {name: _rows(told.get(name)) for name in _TABLES}
    cpus, modules = tables["cpu"], _modules(tables["memory"], len(tables["cpu"]) or None)
    os_row, system = _first(tables["os"]), _first(tables["system"])
    bios, board = _first(tables["bios"]), _first(tables["board"])
    product = joined(_text(system, "Manufacturer"), _text(system, "Model"))
    firmware = "\n".join(
        (
            f"{_text(system, 'Manufacturer')} {_text(system, 'Model')}",
            _text(bios, "Manufacturer"),
            _text(bios, "SMBIOSBIOSVersion"),
        )
    )
    total = _kib(os_row, "TotalVisibleMemorySize") or _bounded(system.get("TotalPhysicalMemory"))
    slots = sum(_number(row, "MemoryDevices") or 0 for row in tables["arrays"])
    unread = _unread(modules, {"cpu": _text(_first(cpus), "Name"), "memory_total_bytes": total})
    return DetectedHost(
        system="windows",
        system_version=_version(os_row),
        cpu=clean(_text(_first(cpus), "Name")),
        architecture=clean(environment.get("PROCESSOR_ARCHITECTURE")) or platform.machine() or None,
        sockets=len(cpus) or None,
        cores=_sum(cpus, "NumberOfCores"),
        threads=_sum(cpus, "NumberOfLogicalProcessors"),
        memory_total_bytes=total,
        memory_available_bytes=_kib(os_row, "FreePhysicalMemory"),
        memory_installed_bytes=modules.installed_bytes,
        modules=modules.modules,
        memory_kind=modules.kind,
        memory_mt_s=modules.mt_s,
        memory_channels=modules.channels,
        memory_slots=slots if 0 < slots < 10_000 else None,
        board=joined(_text(board, "Manufacturer"), _text(board, "Product")),
        product=product,
        chassis=_chassis(tables["chassis"]),
        # Windows on a real machine runs under its own hypervisor too, so its flag says nothing.
        virtual_machine=hypervisor_named(firmware, hypervisor_shows=None),
        remote_session=remote_session(environment),
        disks=_disks(tables),
        unread=unread,
    )


_TABLES: Final = (
    "cpu",
    "memory",
    "arrays",
    "board",
    "bios",
    "system",
    "os",
    "chassis",
    "disks",
    "partitions",
    "volumes",
)


def _objects(text: str) -> dict[str, Any]:
    """The JSON objects of a text, one a line or one over several lines, as one."""
    found: dict[str, Any] = {}
    lines = text.lstrip("\ufeff").splitlines()[:10_000]
    for part in ("\n".join(lines), *lines):
        try:
            value = json.loads(part)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            found.update(value)
    return found


def _rows(value: object) -> list[Row]:
    # PowerShell writes a list of one as the thing itself in some versions.
    given = value if isinstance(value, list) else [value]
    rows: list[Row] = [row for row in given if isinstance(row, dict)]
    return rows[:MOST_ROWS]


def _first(rows: list[Row]) -> Row:
    return rows[0] if rows else {}


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    return value[:300] if isinstance(value, str) else ""


def _number(row: Row, name: str) -> int | None:
    value = row.get(name)
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value.strip()[:19])
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= 2**60 else None


def _bounded(value: object) -> int | None:
    return _number({"value": value}, "value") or None


def _kib(row: Row, name: str) -> int | None:
    value = _number(row, name)
    return None if value is None or value > 2**50 else value * 1024


def _sum(rows: list[Row], name: str) -> int | None:
    found = [_number(row, name) for row in rows]
    known = [value for value in found if value]
    return sum(known) if known and len(known) == len(found) and sum(known) < 2**20 else None


def _modules(rows: list[Row], sockets: int | None) -> ModuleFacts:
    return facts_of_modules(
        [
            RawModule(
                size_bytes=_number(row, "Capacity") or 0,
                kind=MEMORY_KINDS.get(_number(row, "SMBIOSMemoryType") or 0),
                mt_s=speed(_number(row, "ConfiguredClockSpeed")),
                locator=_text(row, "DeviceLocator")[:80],
                bank=_text(row, "BankLabel")[:80],
                bits=width(_number(row, "DataWidth")),
            )
            for row in rows
        ],
        sockets,
    )


def _unread(modules: ModuleFacts, fields: Mapping[str, object]) -> tuple[Unread, ...]:
    found = [
        Unread(field=name, because=say("Windows did not tell"))
        for name, value in fields.items()
        if not value
    ]
    if modules.mt_s is None:
        found.append(Unread(field="memory_mt_s", because=modules.because_speed))
    if modules.channels is None:
        found.append(Unread(field="memory_channels", because=modules.because_channels))
    return tuple(found)


def _version(row: Row) -> str | None:
    parts = [clean(_text(row, "Caption")), clean(_text(row, "Version"))]
    return ", ".join(part for part in parts if part)[:300] or None


def _chassis(rows: list[Row]) -> Chassis:
    for row in rows:
        kinds = row.get("ChassisTypes")
        for kind in kinds if isinstance(kinds, list) else [kinds]:
            if isinstance(kind, int) and kind in CHASSIS:
                return CHASSIS[kind]
    return "unknown"


def _disks(tables: Mapping[str, list[Row]]) -> tuple[DetectedDisk, ...]:
    fixed = {
        _text(row, "DeviceID")[:1].upper(): _number(row, "FreeSpace")
        for row in tables["volumes"]
        if _number(row, "DriveType") == 3
    }
    letters: dict[int, set[str]] = {}
    for row in tables["partitions"]:
        number, letter = _number(row, "DiskNumber"), row.get("DriveLetter")
        # A character comes as its text or as its code.
        letter = chr(letter) if isinstance(letter, int) and 0 < letter < 128 else letter
        if number is not None and isinstance(letter, str) and re.match(r"[A-Za-z]", letter):
            letters.setdefault(number, set()).add(letter[0].upper())
    found = []
    for row in tables["disks"][:64]:
        if _number(row, "BusType") == BUS_USB:
            continue
        number = _number(row, "DeviceId")
        free = [fixed.get(letter) for letter in letters.get(-1 if number is None else number, ())]
        known = [value for value in free if value is not None]
        found.append(
            DetectedDisk(
                name=clean(_text(row, "FriendlyName")) or say("Disk without a name"),
                kind=_disk_kind(row),
                size_bytes=_number(row, "Size"),
                free_bytes=min(sum(known), 2**60) if known else None,
            )
        )
    return tuple(found)


def _disk_kind(row: Row) -> Literal["nvme", "ssd", "hdd", "unknown"]:
    if _number(row, "BusType") == BUS_NVME:
        return "nvme"
    media = _number(row, "MediaType")
    if media == 4:
        return "ssd"
    return "hdd" if media == 3 else "unknown"


def _run_powershell() -> str:
    # By its whole path: a program of this name in the current folder is not it.
    folder = os.environ.get("SYSTEMROOT", r"C:\Windows")
    program = os.path.join(folder, "System32", "WindowsPowerShell", "v1.0", "powershell.exe")
    try:
        told = subprocess.run(
            [program, "-NoLogo", "-NoProfile", "-NonInteractive", "-Command", SCRIPT],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE_S,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        ).stdout
    except subprocess.TimeoutExpired as late:
        told = late.stdout if isinstance(late.stdout, bytes) else b""
    return bytes(told)[: 8 * 1024 * 1024].decode("utf-8", errors="replace")
