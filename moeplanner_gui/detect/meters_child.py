"""The process behind the live meters: reads all cards once a second and prints them as lines.

Each line is one JSON object: ``{"cards": […], "problem": null}``. A driver that hangs stops the
lines, which is how the reader notices.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from moeplanner_gui.detect.child import claim_standard_output, limit_life, write_all

if TYPE_CHECKING:
    from moeplanner_gui.detect.bus_pci import PciDevice

EVERY_S: Final = 1.0
_ALONE_S: Final = 30
"""A reading that takes longer than this ends the process: nobody waits for it any more."""


def run_meters(every_s: float = EVERY_S) -> None:
    """Print readings until nobody reads them any more."""
    answer = claim_standard_output()
    amd = _amd_devices()
    with contextlib.suppress(OSError):
        while True:
            limit_life(_ALONE_S)
            begun = time.monotonic()
            cards, problem = read_cards(amd)
            line = json.dumps({"cards": cards, "problem": problem}) + "\n"
            write_all(answer, line.encode("ascii"))
            time.sleep(max(0.0, every_s - (time.monotonic() - begun)))


def read_cards(amd: list[PciDevice]) -> tuple[list[dict[str, Any]], str | None]:
    """All cards now, and why those of NVIDIA are missing."""
    from moeplanner_gui.detect import nvml_meters

    cards: list[dict[str, Any]] = [dict(sample) for sample in nvml_meters.sample()]
    cards += [amd_sample(device.path, device.address, has_all_memory(device)) for device in amd]
    return cards, None if cards else nvml_meters.problem()


def _amd_devices() -> list[PciDevice]:
    if not sys.platform.startswith("linux"):
        return []
    try:
        from moeplanner_gui.detect.bus_pci import AMD, display_devices

        return [
            device
            for device in display_devices(Path("/sys"))
            if device.vendor == AMD and device.driver == "amdgpu"
        ]
    except Exception:  # the cards of the other makers can still be read
        return []


def has_all_memory(device: PciDevice) -> bool:
    """Whether the GPU is bought with the machine's whole memory: Strix Halo, MI300A."""
    from moeplanner_gui.detect.amd_sysfs import WHOLE_MEMORY

    return f"{device.device:04X}" in WHOLE_MEMORY


def amd_sample(device: Path, address: str, all_memory: bool = False) -> dict[str, Any]:
    """One AMD card from the files of its driver; µW and m°C there, W and °C here.

    With ``all_memory`` programs get the larger of what the firmware set aside and of what the
    driver may borrow (GTT), as detection counts it. Server cards have no sensor at the edge of
    the chip: then the next one, at its hottest point.
    """
    from moeplanner_gui.detect.sysfs import Unreadable, entries, read_int

    unread: dict[str, str] = {}

    def read(field: str, *paths: Path) -> int | None:
        because = ""
        for path in paths:
            value = read_int(path)
            if not isinstance(value, Unreadable):
                return value
            because = value.because
        unread[field] = because
        return None

    hwmon = next(iter(entries(device / "hwmon", "hwmon")), device / "hwmon" / "hwmon0")
    power = read("power_w", hwmon / "power1_average", hwmon / "power1_input")
    heat = read("temperature_c", hwmon / "temp1_input", hwmon / "temp2_input")
    part = "vram"
    if all_memory:
        sizes = {one: read_int(device / f"mem_info_{one}_total") for one in ("vram", "gtt")}
        known = {one: size for one, size in sizes.items() if not isinstance(size, Unreadable)}
        part = max(known, key=lambda one: known[one], default="vram")
    return {
        "pci_address": address,
        "memory_used_bytes": read("memory_used_bytes", device / f"mem_info_{part}_used"),
        "memory_total_bytes": read("memory_total_bytes", device / f"mem_info_{part}_total"),
        "utilisation_percent": read("utilisation_percent", device / "gpu_busy_percent"),
        "power_w": None if power is None else power / 1_000_000,
        "temperature_c": None if heat is None else round(heat / 1000),
        "unread": unread,
    }
