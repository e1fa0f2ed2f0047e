"""How much memory an Intel card has: asked of the kernel driver, of Level Zero, and of files.

The driver answers anybody who may use the card (``/dev/dri/renderD*``), without a library. How
much is in use it tells to administrators only: 0 used (xe) or all free (i915) is then no answer.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.bus_commands import ask_apart
from moeplanner_gui.detect.bus_pci import PciDevice
from moeplanner_gui.detect.sysfs import MOST_BIG, Unreadable, clipped, entries, read_int, reason

TIMEOUT_S: Final = 1.5

# include/uapi/drm/xe_drm.h and i915_drm.h: both describe a region in 88 bytes that begin with
# class (0 host, 1 the card), instance, four bytes, and two sizes.
REGION: Final = struct.Struct("=HHIQQ64x")
XE_QUERY: Final = 0xC0286440
XE_REGIONS: Final = 1
I915_QUERY: Final = 0xC0106479
I915_REGIONS: Final = 4
ON_THE_CARD: Final = 1
MOST_ANSWER: Final = 2**16


@dataclass(frozen=True, slots=True)
class CardMemory:
    """Bytes of the card's own memory; ``used`` None is unread."""

    total: int
    used: int | None


def xe_regions(answer: bytes) -> CardMemory | Unreadable:
    """The driver xe: a count, then regions with total and used."""
    return _sum(answer, 8, used_of=lambda total, used: used or None)


def i915_regions(answer: bytes) -> CardMemory | Unreadable:
    """The driver i915: a count, then regions with total and unallocated."""
    return _sum(answer, 16, used_of=lambda total, free: total - free if free < total else None)


def _sum(
    answer: bytes, start: int, used_of: Callable[[int, int], int | None]
) -> CardMemory | Unreadable:
    if len(answer) < start:
        return Unreadable(say("the driver's answer is too short"))
    (count,) = struct.unpack_from("=I", answer)
    if start + count * REGION.size > len(answer):
        return Unreadable(say("the driver's answer is too short"))
    total, used, known = 0, 0, True
    for index in range(count):
        kind, _, _, size, second = REGION.unpack_from(answer, start + index * REGION.size)
        if kind != ON_THE_CARD:
            continue
        part = used_of(size, second)
        total, used, known = total + size, used + (part or 0), known and part is not None
    if not 0 < total <= MOST_BIG or used > total:
        return Unreadable(say("the driver tells of no memory of the card's own"))
    return CardMemory(total, used if known else None)


def ask_driver(device: PciDevice, dev: Path) -> CardMemory | Unreadable:
    """Ask the kernel through the card's render node, in a process of its own."""
    nodes = entries(device.path / "drm", "renderD")
    if not nodes:
        return Unreadable(say("the card has no render node"))
    if device.driver not in {"xe", "i915"}:
        return Unreadable(say("the driver {0} is not known", device.driver))
    query = _query_xe if device.driver == "xe" else _query_i915
    answer = ask_apart(lambda: _asked(dev / "dri" / nodes[0].name, query), TIMEOUT_S)
    if isinstance(answer, Unreadable):
        return answer
    try:
        content = bytes.fromhex(str(answer))
    except ValueError:  # not the answer, but why there is none
        return Unreadable(clipped(str(answer)))
    return xe_regions(content) if device.driver == "xe" else i915_regions(content)


def _asked(node: Path, query: Callable[[int], bytes]) -> str:
    try:
        handle = os.open(node, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
        try:
            return query(handle).hex()
        finally:
            os.close(handle)
    except OSError as error:
        return reason(error, node.name)


def _query_xe(handle: int) -> bytes:
    import fcntl

    request = bytearray(struct.pack("=QIIQQQ", 0, XE_REGIONS, 0, 0, 0, 0))
    fcntl.ioctl(handle, XE_QUERY, request)
    (size,) = struct.unpack_from("=I", request, 12)
    answer = ctypes.create_string_buffer(min(size, MOST_ANSWER))
    request = bytearray(
        struct.pack("=QIIQQQ", 0, XE_REGIONS, len(answer), ctypes.addressof(answer), 0, 0)
    )
    fcntl.ioctl(handle, XE_QUERY, request)
    return answer.raw


def _query_i915(handle: int) -> bytes:
    import fcntl

    item = ctypes.create_string_buffer(struct.pack("=QiIQ", I915_REGIONS, 0, 0, 0), 24)
    request = bytearray(struct.pack("=IIQ", 1, 0, ctypes.addressof(item)))
    fcntl.ioctl(handle, I915_QUERY, request)
    (size,) = struct.unpack_from("=i", item.raw, 8)
    answer = ctypes.create_string_buffer(min(max(size, 1), MOST_ANSWER))
    struct.pack_into("=QiIQ", item, 0, I915_REGIONS, len(answer), 0, ctypes.addressof(answer))
    fcntl.ioctl(handle, I915_QUERY, request)
    return answer.raw


def from_files(device: PciDevice) -> CardMemory | Unreadable:
    """What some versions of the drivers put into files.

    xe's is the physical size, a little more than a program gets; the driver is asked first.
    """
    tiles = [
        size
        for tile in entries(device.path, "tile")
        if isinstance(size := read_int(tile / "physical_vram_size_bytes"), int)
    ]
    if tiles:
        return CardMemory(sum(tiles), None)
    for folder in (device.path, *entries(device.path / "drm", "card")):
        total = read_int(folder / "lmem_total_bytes")
        if isinstance(total, int) and total > 0:
            free = read_int(folder / "lmem_avail_bytes")
            in_use = total - free if isinstance(free, int) and free < total else None
            return CardMemory(total, in_use)
    return Unreadable(say("the driver has no file with the size of the card's memory"))


class _PciProperties(ctypes.Structure):
    # zes_pci_properties_t of the Level Zero specification; type 2.
    _fields_ = (
        ("stype", ctypes.c_uint32),
        ("next", ctypes.c_void_p),
        ("address", ctypes.c_uint32 * 4),
        ("speed", ctypes.c_int32 * 2),
        ("bandwidth", ctypes.c_int64),
        ("counters", ctypes.c_uint8 * 3),
    )


class _MemoryProperties(ctypes.Structure):
    # zes_mem_properties_t; type 0xb. Location 1 is the device.
    _fields_ = (
        ("stype", ctypes.c_uint32),
        ("next", ctypes.c_void_p),
        ("type", ctypes.c_uint32),
        ("on_subdevice", ctypes.c_uint8),
        ("subdevice", ctypes.c_uint32),
        ("location", ctypes.c_uint32),
        ("physical", ctypes.c_uint64),
        ("width", ctypes.c_int32),
        ("channels", ctypes.c_int32),
    )


class _MemoryState(ctypes.Structure):
    # zes_mem_state_t; type 0x1e.
    _fields_ = (
        ("stype", ctypes.c_uint32),
        ("next", ctypes.c_void_p),
        ("health", ctypes.c_uint32),
        ("free", ctypes.c_uint64),
        ("size", ctypes.c_uint64),
    )


def load_level_zero() -> Any:
    """The loader of Level Zero, where it is installed."""
    return ctypes.CDLL("libze_loader.so.1")


def ask_level_zero(
    load: Callable[[], Any] = load_level_zero,
) -> tuple[dict[str, CardMemory], str]:
    """Memory by PCI address, and one line for the table of what was tried."""
    answer = ask_apart(lambda: _level_zero(load()), TIMEOUT_S)
    if isinstance(answer, Unreadable):
        return {}, answer.because
    if not isinstance(answer, dict):
        return {}, say("answered with something else")
    found = {}
    for address, sizes in answer.items():
        size, free = sizes
        if 0 < size <= MOST_BIG and 0 <= free <= size:
            found[str(address)] = CardMemory(size, size - free)
    return found, say("{0} cards with memory of their own", len(found))


def _level_zero(library: Any) -> dict[str, tuple[int, int]]:
    """Runs in a process of its own; raises what a guarded caller turns into words."""
    if status := library.zesInit(0):
        raise RuntimeError(f"zesInit said {status:#x}")
    found: dict[str, tuple[int, int]] = {}
    for driver in _handles(library.zesDriverGet):
        for device in _handles(library.zesDeviceGet, driver):
            pci = _PciProperties(stype=2)
            if library.zesDevicePciGetProperties(device, ctypes.byref(pci)):
                continue
            domain, bus, slot, function = (int(part) for part in pci.address)
            size = free = 0
            for module in _handles(library.zesDeviceEnumMemoryModules, device):
                what = _MemoryProperties(stype=0xB)
                state = _MemoryState(stype=0x1E)
                if library.zesMemoryGetProperties(module, ctypes.byref(what)):
                    continue
                # An integrated GPU's module is the host's memory: never counted.
                if what.location != 1 or library.zesMemoryGetState(module, ctypes.byref(state)):
                    continue
                size, free = size + int(state.size), free + int(state.free)
            if size:
                found[f"{domain:04x}:{bus:02x}:{slot:02x}.{function}"] = size, free
    return found


def _handles(call: Any, *parent: Any) -> list[ctypes.c_void_p]:
    count = ctypes.c_uint32(0)
    if call(*parent, ctypes.byref(count), None) or not 0 < count.value <= 256:
        return []
    handles = (ctypes.c_void_p * count.value)()
    if call(*parent, ctypes.byref(count), handles):
        return []
    return [ctypes.c_void_p(handle) for handle in handles[: count.value]]
