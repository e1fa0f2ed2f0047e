"""What AMD's own Python module knows beyond the files: names, memory width and speed.

amdsmi (part of ROCm; not on PyPI) changes from release to release: ``amdsmi_get_gpu_vram_info``
has no ``vram_max_bandwidth`` before ROCm 6.4 and enumerations became text, and a call that a card
does not support raises. So every call is by name and alone, and what is not of the expected type
counts as not told. Sizes and power limits come from the files: their units stayed the same.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Final

from moeplanner_gui.core.words import say
from moeplanner_gui.detect.amd_sysfs import LibraryAnswer
from moeplanner_gui.detect.bus_commands import ask_apart
from moeplanner_gui.detect.sysfs import Unreadable, clipped

TIMEOUT_S: Final = 2.0
MEMORY_ERRORS: Final = 1
"""Bit of the memory controller (UMC) in the mask of blocks with error correction."""


def ask_library(
    load: Callable[[str], Any] = importlib.import_module, timeout_s: float = TIMEOUT_S
) -> tuple[dict[str, LibraryAnswer], str]:
    """Answers by PCI address, and one line for the table of what was tried."""
    answer = ask_apart(lambda: _asked(load), timeout_s)
    if isinstance(answer, Unreadable):
        return {}, answer.because
    if not isinstance(answer, dict):
        return {}, say("answered with something else")
    found: dict[str, LibraryAnswer] = {}
    for address, card in answer.items():
        if isinstance(card, dict):
            found[str(address).lower()] = LibraryAnswer(
                name=clipped(card["name"]) if isinstance(card.get("name"), str) else None,
                bus_bits=_whole(card.get("bus_bits"), 2**16),
                bandwidth_gbs=_whole(card.get("bandwidth_gbs"), 10**6),
                ecc=card["ecc"] if isinstance(card.get("ecc"), bool) else None,
            )
    return found, say("{0} cards", len(found))


def _whole(value: object, most: int) -> int | None:
    """A positive number; "N/A" and a field full of ones are how the library says nothing."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value < min(most, 2**31 - 1) and value not in {0xFFFF, 0xFF} else None


def _asked(load: Callable[[str], Any]) -> dict[str, dict[str, object]]:
    """Runs in a process of its own."""
    smi = load("amdsmi")
    smi.amdsmi_init()
    found: dict[str, dict[str, object]] = {}
    for handle in smi.amdsmi_get_processor_handles():
        address = _told(smi, "amdsmi_get_gpu_device_bdf", handle)
        if not isinstance(address, str):
            continue
        asic = _told(smi, "amdsmi_get_gpu_asic_info", handle)
        memory = _told(smi, "amdsmi_get_gpu_vram_info", handle)
        blocks = _told(smi, "amdsmi_get_gpu_ecc_enabled", handle)
        of_asic = asic if isinstance(asic, dict) else {}
        of_memory = memory if isinstance(memory, dict) else {}
        found[address.lower()] = {
            "name": of_asic.get("market_name"),
            "bus_bits": of_memory.get("vram_bit_width"),
            "bandwidth_gbs": of_memory.get("vram_max_bandwidth"),
            "ecc": bool(blocks & MEMORY_ERRORS) if isinstance(blocks, int) else None,
        }
    return {
        address: {key: value for key, value in card.items() if isinstance(value, str | int)}
        for address, card in found.items()
    }


def _told(smi: Any, call: str, handle: object) -> object:
    try:
        return getattr(smi, call)(handle)
    except Exception:  # not supported by this card, or not in this release
        return None
