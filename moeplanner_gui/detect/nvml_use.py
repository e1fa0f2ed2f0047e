"""Who uses a card: the slices that it is cut into, and the processes that hold its memory."""

from __future__ import annotations

import math
import ntpath
import posixpath
from typing import Any, Final

from moeplanner_gui.core.detected import CardProcess, MigInstance
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.nvml_calls import (
    FUNCTION_NOT_FOUND,
    INVALID_ARGUMENT,
    NOT_FOUND,
    Calls,
    text_of,
)

_MOST_INSTANCES: Final = 64
_MOST_NAME: Final = 60


def read_mig(calls: Calls, handle: Any) -> tuple[bool | None, tuple[MigInstance, ...]]:
    """Whether the card is cut into slices (MIG), and the slices that exist now."""
    modes = calls.ask("mig", "nvmlDeviceGetMigMode", handle)
    if modes is None:
        return None, ()
    now = calls.within("mig", modes[0], 0, 1)
    if now != 1:
        return (None if now is None else False), ()
    most = calls.number("mig_instances", "nvmlDeviceGetMaxMigDeviceCount", handle, most=10_000)
    instances = []
    for index in range(min(most or 0, _MOST_INSTANCES)):
        instance, failure = calls.attempt("nvmlDeviceGetMigDeviceHandleByIndex", handle, index)
        if failure is None:
            instances.append(_instance(calls, instance, index))
        elif failure.code not in {NOT_FOUND, INVALID_ARGUMENT}:  # not made, or no such number
            calls.note("mig_instances", str(failure))
    return True, () if calls.lost is not None else tuple(instances)


def _instance(calls: Calls, instance: Any, index: int) -> MigInstance:
    name, refused = calls.attempt("nvmlDeviceGetName", instance)
    memory, failure = calls.attempt("nvmlDeviceGetMemoryInfo", instance)
    words = text_of(name)
    size = int(memory.total) if memory is not None else 0
    if not size or words is None or "MIG" not in words:
        # An older driver calls a slice by its card's name.
        attributes, _ = calls.attempt("nvmlDeviceGetAttributes", instance)
        if not size and attributes is not None:
            size = int(attributes.memorySizeMB) << 20  # these MB are MiB
        profile = _profile(attributes)
        if words is None:
            calls.note(
                "mig_instances", say("name of slice {0}: {1}", index + 1, refused or say("no text"))
            )
            words = f"MIG {profile or index + 1}"
        elif profile and "MIG" not in words:
            words = say("{0} MIG {1}", words, profile)
    if not 0 < size < 2**50:
        calls.note("mig_instances", say("memory of slice {0}: {1}", index + 1, failure or size))
        size = 0
    return MigInstance(name=words, memory_bytes=size or None)


def _profile(attributes: Any) -> str:
    """NVIDIA's name of the slice's kind, "3g.40gb": its slices and its GiB, rounded up.

    A compute instance that has fewer slices than its memory's share is "1c.3g.40gb" (MIG User
    Guide, "Profile placement").
    """
    if attributes is None:
        return ""
    memory = math.ceil(int(attributes.memorySizeMB) / 1024)
    own, share = int(attributes.computeInstanceSliceCount), int(attributes.gpuInstanceSliceCount)
    if not (1 <= share <= 8 and 1 <= memory <= 4096):
        return ""
    return (f"{own}c." if 0 < own < share else "") + f"{share}g.{memory}gb"


def read_processes(calls: Calls, system: Calls, handle: Any) -> tuple[CardProcess, ...]:
    """The processes on a card, each once, whether they compute, draw or do both.

    Args:
        calls: Asks about this card.
        system: Asks about the system: a name that is refused (another user's process, one of
            another container) is no fault of the card.
        handle: The card.
    """
    held: dict[int, int | None] = {}
    for kind in ("Compute", "Graphics"):
        call = f"nvmlDeviceGet{kind}RunningProcesses"
        found, failure = calls.attempt(f"{call}_v3", handle)
        if failure is not None and failure.code == FUNCTION_NOT_FOUND:
            found, failure = calls.attempt(f"{call}_v2", handle)
        if failure is not None:
            # Half a list would read as if nothing else were running.
            calls.note("processes", str(failure))
            return ()
        for process in found or ():
            memory = process.usedGpuMemory
            # Windows' own driver model (WDDM) tells no memory per process.
            known = int(memory) if memory is not None and 0 <= int(memory) < 2**50 else None
            before = held.get(int(process.pid))
            held[int(process.pid)] = max(known or 0, before) if before is not None else known
    return tuple(
        CardProcess(name=_name_of(system, pid), memory_bytes=memory)
        for pid, memory in sorted(held.items())
    )


def _name_of(system: Calls, pid: int) -> str | None:
    """The program's name without path and arguments: both may name a person."""
    told, _ = system.attempt("nvmlSystemGetProcessName", pid)
    words = text_of(told)
    if words is None:
        return None
    # A program may keep its whole command line in its name; options are where it begins.
    words = words.split(" -", 1)[0]
    if "\\" in words:
        name = ntpath.basename(words)
    elif "/" in words:
        name = posixpath.basename(words)
    else:
        name = words.split(" ", 1)[0]
    return name[:_MOST_NAME] or None
