"""One AMD card as the Linux driver amdgpu shows it in its device folder."""

from __future__ import annotations

import re
from typing import Final, Literal

from moeplanner_gui.core.detected import DetectedCard, MigInstance
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.amd_kfd import KfdGpu
from moeplanner_gui.detect.bus_pci import (
    PciDevice,
    SlotLink,
    connected_displays,
    is_behind_its_own_switch,
    note_link,
    slot_link,
)
from moeplanner_gui.detect.sysfs import (
    Notes,
    Unreadable,
    clipped,
    entries,
    is_there,
    read_bytes,
    read_int,
    read_name,
    read_text,
)

PROCESSORS: Final = frozenset(
    {
        *("1309", "130A", "130B", "130C", "130D", "130E", "130F", "98E4", "15DD", "15D8"),
        *("1636", "164C", "1638", "15E7", "163F", "164D", "1681", "164E", "1506", "15BF"),
        *("15C8", "13C0", "1900", "1901", "150E", "1114", "1435", "1586"),
    }
)
"""Device ids of GPUs inside a processor, Kaveri to Strix Halo (pci.ids). Others are told by what
the driver has for processors only."""

WHOLE_MEMORY: Final = frozenset({"1586", "74A0"})
"""Strix Halo and MI300A: bought as the machine's one memory for models."""

VIRTUAL_FUNCTIONS: Final = frozenset({"686C", "73AE", "73CE", "7461", "74B5", "75B0", "75B3"})
"""Ids that slices of MI25, V620, Navi 22, V710, MI300X, MI350X and MI355X have in a virtual
machine (pci.ids, libdrm's amdgpu.ids)."""


@dataclass(frozen=True, slots=True)
class LibraryAnswer:
    """What AMD's own library adds to the files."""

    name: str | None = None
    bus_bits: int | None = None
    bandwidth_gbs: int | None = None
    ecc: bool | None = None


def amd_card(
    device: PciDevice,
    kfd: KfdGpu | None,
    names: dict[tuple[str, str], str],
    library: LibraryAnswer | None,
    driver_version: str | None,
) -> DetectedCard:
    """Put one card together. Fields that cannot be read are named with their reason."""
    notes = Notes()
    model = f"{device.device:04X}"
    integrated = _is_integrated(device, model)
    if integrated is None:
        notes.say("integrated", "the driver does not tell whether the GPU is in the processor")
    kind, total, used = _memory(device, model, integrated, kfd, notes)
    extra = library or LibraryAnswer()
    display = notes.take("drives_display", connected_displays(device))
    mig, parts = _partitions(device, kfd)
    link = SlotLink(None, None, None, None, say("the GPU is inside the processor, in no slot"))
    if not integrated:
        link = slot_link(device)
    note_link(notes, link)
    if kfd is None:
        for field in ("gfx", "gpu_cores", "memory_bus_bits", "memory_clock_mhz"):
            notes.say(field, "the compute driver (KFD) shows no such GPU")
    elif kfd.memory_clock_mhz is None:
        notes.say(
            "memory_clock_mhz", "the driver does not tell how many bits a clock of its memory moves"
        )
    bus_bits = (kfd.bus_bits if kfd else None) or extra.bus_bits
    clock = kfd.memory_clock_mhz if kfd else None
    if clock is None and bus_bits and extra.bandwidth_gbs and not integrated:
        # The library tells GB/s: the clock of which two bits a pin give that.
        clock = round(extra.bandwidth_gbs * 1e9 * 8 / bus_bits / 2 / 1e6)
    power = _power(device, integrated, notes)
    name = _name(device, model, names, extra, notes)
    ecc = _ecc(device, extra, notes)
    return DetectedCard(
        vendor="AMD",
        probe="amd",
        name=name,
        pci_address=device.address,
        pci_id=device.pci_id,
        subsystem_id=device.subsystem_id,
        integrated=integrated,
        virtual=device.is_virtual_function or model in VIRTUAL_FUNCTIONS,
        memory_kind=kind,
        memory_total_bytes=total,
        memory_used_bytes=used,
        memory_bus_bits=bus_bits,
        memory_clock_mhz=clock,
        ecc=ecc,
        gfx=kfd.gfx if kfd else None,
        gpu_cores=kfd.compute_units if kfd else None,
        drives_display=display,
        driver=f"amdgpu {driver_version}" if driver_version else "amdgpu",
        numa_node=_numa(device),
        mig=mig,
        mig_instances=parts,
        processes=kfd.processes if kfd else (),
        links=kfd.links if kfd else (),
        power_limit_w=power["power_limit_w"],
        power_limit_default_w=power["power_limit_default_w"],
        power_limit_max_w=power["power_limit_max_w"],
        pcie_gen_now=link.gen_now,
        pcie_width_now=link.width_now,
        pcie_gen_max=link.gen_max,
        pcie_width_max=link.width_max,
        unread=notes.unread(),
    )


def _name(
    device: PciDevice,
    model: str,
    names: dict[tuple[str, str], str],
    library: LibraryAnswer,
    notes: Notes,
) -> str | None:
    """The board's own name (servers have one), then the library's, then libdrm's list."""
    board = read_name(device.path / "product_name")
    if isinstance(board, str):
        return board
    listed = None
    if device.revision is not None:
        listed = names.get((model, f"{device.revision:02X}"))
    # The library says "AMD Radeon Graphics" where it does not know.
    if library.name and not re.fullmatch(r"0x[0-9a-f]+|N/A|AMD Radeon Graphics", library.name):
        return library.name
    if listed is None:
        notes.say("name", "neither the board nor the driver's list names this card")
    return listed


def _is_integrated(device: PciDevice, model: str) -> bool | None:
    """By device id; else by what the driver has for processors only.

    ``gpu_metrics`` begins with a header of which byte 2 is the format: 1 is a card, 2 and 3 are
    processors (struct metrics_table_header in the kernel's kgd_pp_interface.h). A voltage
    "vddnb" is shown only for processors (amdgpu_pm.c).
    """
    if model in PROCESSORS:
        return True
    if model in WHOLE_MEMORY:  # MI300A is a socket, but calls itself an accelerator
        return True
    header = read_bytes(device.path / "gpu_metrics")
    if isinstance(header, bytes) and len(header) >= 4 and header[2] in {1, 2, 3}:
        return header[2] != 1
    for monitor in entries(device.path / "hwmon"):
        if read_text(monitor / "in1_label") == "vddnb":
            return True
        if is_there(monitor / "power1_cap"):
            return False
    return False if is_behind_its_own_switch(device) else None


Kind = Literal["dedicated", "unified", "shared"]


def _memory(
    device: PciDevice, model: str, integrated: bool | None, kfd: KfdGpu | None, notes: Notes
) -> tuple[Kind | None, int | None, int | None]:
    """Kind, total and used bytes.

    A card: its own memory. Strix Halo: what ROCm gives a program, which is the larger of the
    part set aside in the firmware and of what the driver may borrow (GTT), never their sum: the
    kernel takes GTT when that is larger (apu_prefer_gtt; 4 GiB set aside and 96 GiB GTT are
    98,304 MiB to ROCm, noamsto/nix-amd-ai issue 42). Another processor: both together, marked as
    borrowed; it is not memory to plan with.
    """
    here = device.path
    total = read_int(here / "mem_info_vram_total")
    if total == 0 and not integrated:
        total = Unreadable(say("the driver says 0 bytes"))
    used = read_int(here / "mem_info_vram_used")
    if integrated is None and isinstance(total, Unreadable):
        notes.take("memory_total_bytes", total)
        return None, None, notes.take("memory_used_bytes", used)
    if not integrated:
        return (
            None if integrated is None else "dedicated",
            notes.take("memory_total_bytes", total),
            notes.take("memory_used_bytes", used),
        )
    borrowed = read_int(here / "mem_info_gtt_total")
    borrowed_used = read_int(here / "mem_info_gtt_used")
    for part in (total, borrowed):
        # One part alone would pass for the whole.
        if isinstance(part, Unreadable):
            notes.take("memory_total_bytes", part)
            notes.say("memory_used_bytes", "its total is not known")
            return "unified" if model in WHOLE_MEMORY else "shared", None, None
    assert isinstance(total, int) and isinstance(borrowed, int)
    if model not in WHOLE_MEMORY:
        both = [part for part in (used, borrowed_used) if isinstance(part, int)]
        if len(both) < 2:
            notes.say("memory_used_bytes", "only one of its two parts tells")
        return "shared", total + borrowed, sum(both) if len(both) == 2 else None
    in_gtt = borrowed > total
    whole = borrowed if in_gtt else total
    if kfd is not None and kfd.memory_bytes is not None:
        whole = min(whole, kfd.memory_bytes)
    return "unified", whole, notes.take("memory_used_bytes", borrowed_used if in_gtt else used)


def _ecc(device: PciDevice, library: LibraryAnswer, notes: Notes) -> bool | None:
    """Whether the memory controller counts corrected errors: bit 0 of the RAS features."""
    text = read_text(device.path / "ras" / "features")
    if isinstance(text, str):
        mask = re.match(r"feature mask: 0x([0-9a-f]{1,8})\b", text)
        if mask:
            return bool(int(mask[1], 16) & 1)
    if library.ecc is None:
        notes.say("ecc", "the driver shows no error counters of its memory")
    return library.ecc


def _power(device: PciDevice, integrated: bool | None, notes: Notes) -> dict[str, float | None]:
    files = {
        "power_limit_w": "power1_cap",
        "power_limit_default_w": "power1_cap_default",
        "power_limit_max_w": "power1_cap_max",
    }
    monitors = entries(device.path / "hwmon")
    found: dict[str, float | None] = {}
    for field, file in files.items():
        value: int | Unreadable = Unreadable(say("the driver shows no power limit"))
        for monitor in monitors:
            if is_there(monitor / file):
                value = read_int(monitor / file, 10**12)
        if integrated and isinstance(value, Unreadable):
            value = Unreadable(say("a processor's GPU has no power limit of its own"))
        microwatts = notes.take(field, value)
        # Cards without a limit say 0.
        found[field] = microwatts / 1e6 if microwatts else None
        if microwatts == 0:
            notes.say(field, f"{file} says 0: no limit")
    return found


def _numa(device: PciDevice) -> int | None:
    node = read_int(device.path / "numa_node", 4095)  # -1 where the machine has no nodes
    return node if isinstance(node, int) else None


def _partitions(
    device: PciDevice, kfd: KfdGpu | None
) -> tuple[bool | None, tuple[MigInstance, ...]]:
    """Instinct cards can be split into several devices (CPX and others); SPX is whole."""
    mode = read_name(device.path / "current_compute_partition")
    if isinstance(mode, Unreadable) or mode.upper() == "UNKNOWN":
        return None, ()
    if mode.upper() == "SPX":
        return False, ()
    parts = kfd.partitions if kfd else 0
    return True, tuple(
        MigInstance(name=say("{0} {1} of {2}", clipped(mode)[:20], index, parts), memory_bytes=None)
        for index in range(1, min(parts, 64) + 1)
    )
