"""The display adapters of a Windows computer, from its registry and its management interface.

``Win32_VideoController.AdapterRAM`` is never used: it has 32 bits and says 4 GB for every larger
card, which is how a 32 GB card became one of 4 or 8 elsewhere. The driver itself writes the true
size into ``HardwareInformation.qwMemorySize`` of its registry key.
"""

from __future__ import annotations

import json
import re
from typing import Final

from moeplanner_gui.core.detected import Vendor
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.bus_commands import Run
from moeplanner_gui.detect.sysfs import MOST_BIG, Unreadable, clipped

CONTROLLERS: Final = (
    "powershell.exe",
    "-NoLogo",
    "-NoProfile",
    "-NonInteractive",
    "-Command",
    "[Console]::OutputEncoding=[Text.Encoding]::UTF8;ConvertTo-Json "
    "-Compress @(Get-CimInstance Win32_VideoController | Select-Object "
    "Name,PNPDeviceID,DriverVersion,ConfigManagerErrorCode,CurrentHorizontalResolution)",
)
CLASS_KEY: Final = (
    r"HKLM\SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}"
)
ENUM_KEY: Final = "HKLM\\SYSTEM\\CurrentControlSet\\Enum\\"

PNP: Final = re.compile(
    r"PCI\\VEN_(?P<vendor>[0-9A-F]{4})&DEV_(?P<device>[0-9A-F]{4})"
    r"(?:&SUBSYS_(?P<board>[0-9A-F]{4})(?P<maker>[0-9A-F]{4}))?(?:&REV_(?P<revision>[0-9A-F]{2}))?"
    r"(?P<rest>[\w&.\\-]{0,120})",
    re.IGNORECASE,
)
"""SUBSYS has the board first and its maker after it."""

VENDORS: Final[dict[str, Vendor]] = {"10DE": "NVIDIA", "1002": "AMD", "8086": "Intel"}


@dataclass(frozen=True, slots=True)
class Adapter:
    """One adapter. ``memory`` is its own memory in bytes, or why that is not known."""

    name: str | None
    vendor: Vendor
    pci_id: str
    subsystem_id: str | None
    pci_address: str | None
    memory: int | Unreadable
    driver: str | None
    drives_display: bool
    problem: int


def adapters(run: Run, vendor: str | None = None) -> list[Adapter] | Unreadable:
    """All adapters on a PCI bus that are present, each once; remote and virtual ones are not.

    With ``vendor`` ("1002") nothing is asked further where no driver for that vendor's adapters
    was ever installed: starting PowerShell takes seconds on a slow machine.
    """
    answer = run(("reg.exe", "query", CLASS_KEY, "/s"))
    if vendor is not None and isinstance(answer, str) and f"ven_{vendor}" not in answer.lower():
        return []
    text = run(CONTROLLERS)
    if isinstance(text, Unreadable):
        return text
    rows = controllers(text)
    if isinstance(rows, Unreadable):
        return rows
    drivers = registry(answer) if isinstance(answer, str) else {}
    found: list[Adapter] = []
    seen: set[str] = set()
    for row in rows:
        pnp = row.get("PNPDeviceID")
        parts = PNP.fullmatch(pnp) if isinstance(pnp, str) else None
        if parts is None or parts[0].upper() in seen:
            continue
        seen.add(parts[0].upper())
        place = run(("reg.exe", "query", ENUM_KEY + parts[0]))
        values = next(iter(registry(place).values()), {}) if isinstance(place, str) else {}
        found.append(_adapter(row, parts, values, drivers, answer))
    return found


def _adapter(
    row: dict[str, object],
    parts: re.Match[str],
    place: dict[str, str],
    drivers: dict[str, dict[str, str]],
    answer: str | Unreadable,
) -> Adapter:
    vendor = parts["vendor"].upper()
    name, version = row.get("Name"), row.get("DriverVersion")
    problem = row.get("ConfigManagerErrorCode")
    resolution = row.get("CurrentHorizontalResolution")
    memory: int | Unreadable
    if isinstance(answer, Unreadable):
        memory = answer
    else:
        # "{4d36e968-…}\0001": two equal cards differ in nothing else.
        key = place.get("Driver", "").lower().rsplit("\\", 1)[-1]
        values = next((v for k, v in drivers.items() if key and k.endswith("\\" + key)), None)
        memory = (
            Unreadable(say("no driver of this adapter is in the registry"))
            if values is None
            else memory_size(values)
        )
    maker = parts["maker"]
    return Adapter(
        name=clipped(name) if isinstance(name, str) and name else None,
        vendor=VENDORS.get(vendor, "Other"),
        pci_id=f"{vendor}:{parts['device'].upper()}",
        subsystem_id=f"{maker.upper()}:{parts['board'].upper()}" if maker else None,
        pci_address=pci_address(place.get("LocationInformation", "")),
        memory=memory,
        driver=clipped(version) if isinstance(version, str) and version else None,
        drives_display=isinstance(resolution, int) and resolution > 0,
        problem=problem if isinstance(problem, int) else 0,
    )


def controllers(text: str) -> list[dict[str, object]] | Unreadable:
    """The JSON that PowerShell prints: a list, or one object where there is only one."""
    try:
        rows = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return Unreadable(say("PowerShell printed something else than JSON"))
    if isinstance(rows, dict):
        # Windows PowerShell 5 wraps a list given as an argument.
        rows = rows.get("value", [rows])
    if not isinstance(rows, list):
        return Unreadable(say("PowerShell printed no list of adapters"))
    return [row for row in rows if isinstance(row, dict)][:256]


def registry(text: str) -> dict[str, dict[str, str]]:
    """Keys and values of ``reg query``, keys in lower case, values as printed."""
    keys: dict[str, dict[str, str]] = {}
    values: dict[str, str] | None = None
    for line in text.splitlines():
        if line.upper().startswith("HKEY_"):
            values = keys.setdefault(line.strip().lower(), {})
            continue
        parts = re.split(r"\s{4}", line.strip(), maxsplit=2)
        if values is not None and len(parts) == 3 and parts[1].startswith("REG_"):
            values[parts[0]] = parts[2].strip()
            values[parts[0] + " type"] = parts[1]
    return keys


def memory_size(values: dict[str, str]) -> int | Unreadable:
    """The adapter's own memory as its driver wrote it: a number of 64 bits or its 8 bytes."""
    name = "HardwareInformation.qwMemorySize"
    text, kind = values.get(name), values.get(name + " type")
    if text is None:
        if "HardwareInformation.MemorySize" in values:
            return Unreadable(say("the driver gives the size in 32 bits only, which end at 4 GB"))
        return Unreadable(say("the driver has not written the memory's size"))
    try:
        if kind == "REG_BINARY":
            size = int.from_bytes(bytes.fromhex(text), "little")
        else:
            size = int(text, 16)
    except ValueError:
        return Unreadable(say("the registry says {0}", clipped(text)[:40]))
    if not 0 < size <= MOST_BIG:
        return Unreadable(say("the registry says {0} bytes, which cannot be", size))
    if kind == "REG_DWORD" and size >= 0xFFF00000:
        return Unreadable(say("the driver gives the size in 32 bits only, which end at 4 GB"))
    return size


def pci_address(location: str) -> str | None:
    """``…;(3,0,0)`` at the end of a device's location, or "PCI bus 3, device 0, function 0"."""
    found = re.search(r"\((\d{1,3}),(\d{1,2}),(\d)\)\s*$", location) or re.search(
        r"PCI bus (\d{1,3}), device (\d{1,2}), function (\d)", location
    )
    if found is None:
        return None
    bus, device, function = (int(part) for part in found.groups())
    if bus > 255 or device > 31 or function > 7:
        return None
    return f"0000:{bus:02x}:{device:02x}.{function}"
