"""A card's memory as NVML counts it, or the machine's where a GPU has none of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final, Literal

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.nvml_calls import Calls, Failure

MEMINFO: Final = Path("/proc/meminfo")

_MEMORY_V2: Final = 0x02000028
"""``nvmlMemory_v2`` of nvml.h: the structure's size and version."""

_LEAST_BYTES: Final = 2**26
"""No card on which NVML runs has less than 64 MiB: below it the answer is rubbish."""
_MOST_BYTES: Final = 2**50

_PART_OF_A_PROCESSOR: Final = re.compile(
    r"\b(GB10|Thor|Orin|Xavier|Tegra|Jetson|nvgpu)\b", re.IGNORECASE
)
_CAPABILITIES_OF_PROCESSORS: Final = frozenset({"5.3", "6.2", "7.2", "8.7", "10.1", "11.0", "12.1"})
"""Jetson TX1/Nano, TX2, Xavier, Orin, Thor (10.1 before CUDA 13) and GB10: developer.nvidia.com/
cuda-gpus, read 2026-11. None of them is a card with memory of its own."""


@dataclass(frozen=True, slots=True)
class CardMemory:
    """Bytes; ``reserved`` is not in ``used``. None is what was not told."""

    kind: Literal["dedicated", "unified"] | None = None
    total: int | None = None
    reserved: int | None = None
    used: int | None = None


def is_integrated(name: str | None, capability: str | None) -> bool | None:
    """Whether this GPU is a part of a processor; None when nothing is known of it."""
    if name is None and capability is None:
        return None
    return capability in _CAPABILITIES_OF_PROCESSORS or bool(
        name and _PART_OF_A_PROCESSOR.search(name)
    )


def read_memory(calls: Calls, handle: Any, integrated: bool | None) -> CardMemory:
    """Total, reserved and used memory of a card, bytes.

    ``nvmlDeviceGetMemoryInfo_v2`` (driver 510 and later) counts the driver's own share apart;
    the first version has it inside ``used``, so that ``reserved`` is then unknown. A GPU that
    is part of a processor answers "not supported" (GB10, Jetson): its memory is the machine's.
    """
    known = _from_driver(calls, handle)
    refused = known if isinstance(known, Failure) else None
    if integrated:
        return _from_system(calls, None if isinstance(known, Failure) else known, refused)
    kind: Literal["dedicated"] | None = None if integrated is None else "dedicated"
    if isinstance(known, Failure):
        for field in ("memory_total_bytes", "memory_reserved_bytes", "memory_used_bytes"):
            calls.note(field, str(known))
        return CardMemory(kind)
    if known.reserved is None:
        calls.note(
            "memory_reserved_bytes",
            say("this driver does not tell it: it is inside what is in use"),
        )
    if known.used is None:
        calls.note("memory_used_bytes", say("the driver answered more than there is"))
    return CardMemory(kind, known.total, known.reserved, known.used)


def _from_driver(calls: Calls, handle: Any) -> CardMemory | Failure:
    info, first = calls.attempt("nvmlDeviceGetMemoryInfo", handle, _MEMORY_V2)
    if info is not None:
        total, reserved, used = int(info.total), int(info.reserved), int(info.used)
        if _LEAST_BYTES <= total <= _MOST_BYTES and used <= total and reserved <= total - used:
            return CardMemory(None, total, reserved, used)
    info, second = calls.attempt("nvmlDeviceGetMemoryInfo", handle)
    if info is None:
        return second or first or Failure(say("no answer"))
    total, used = int(info.total), int(info.used)
    if not _LEAST_BYTES <= total <= _MOST_BYTES:
        return Failure(say("the driver answered {0} bytes", total))
    return CardMemory(None, total, None, used if used <= total else None)


def _from_system(calls: Calls, known: CardMemory | None, refused: Failure | None) -> CardMemory:
    """The whole machine's memory: what any program holds of it, the GPU cannot have."""
    total, available = system_memory()
    if total is None:
        reason = str(refused) if refused else say("the machine's memory could not be read")
        for field in ("memory_total_bytes", "memory_reserved_bytes", "memory_used_bytes"):
            calls.note(field, say("{0}; this GPU has no memory of its own", reason))
        return CardMemory("unified")
    calls.note(
        "memory_reserved_bytes",
        say(
            "{0}; total and in use are the whole machine's, of {1}",
            refused or say("not told"),
            MEMINFO,
        ),
    )
    if known is not None and known.total is not None:
        total = min(total, known.total)
    if available is None:
        calls.note("memory_used_bytes", say("no MemAvailable in {0}", MEMINFO))
        return CardMemory("unified", total)
    return CardMemory("unified", total, None, max(0, total - available))


def system_memory() -> tuple[int | None, int | None]:
    """MemTotal and MemAvailable of the kernel, bytes; None what it does not tell."""
    try:
        text = MEMINFO.read_text(encoding="ascii", errors="replace")
    except OSError:
        return None, None
    found = dict(re.findall(r"^(MemTotal|MemAvailable):\s+(\d{1,15}) kB", text, re.MULTILINE))
    total, available = found.get("MemTotal"), found.get("MemAvailable")
    # The kernel's "kB" are 1024 bytes.
    return (
        int(total) * 1024 if total else None,
        int(available) * 1024 if available else None,
    )
