"""Every GPU that is plugged in, whether a driver is loaded or not: numbers, no names.

Finds NVIDIA's cards when their driver is not loaded and cards that are handed to a virtual
machine. A card has its numbers here, and its slot; only its driver can tell its memory.
"""

from __future__ import annotations

import platform
import re
from pathlib import Path
from typing import Final

from moeplanner_gui.core.detected import DetectedCard, ProbeReport, Unread, Vendor
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.amd_sysfs import PROCESSORS, VIRTUAL_FUNCTIONS, WHOLE_MEMORY
from moeplanner_gui.detect.apple import DISPLAYS, display_rows, has_monitor
from moeplanner_gui.detect.bus_commands import Run, run_command
from moeplanner_gui.detect.bus_pci import (
    AMD,
    INTEL,
    NVIDIA,
    PciDevice,
    SlotLink,
    connected_displays,
    display_devices,
    is_behind_its_own_switch,
    note_link,
    slot_link,
)
from moeplanner_gui.detect.bus_windows import VENDORS, Adapter, adapters
from moeplanner_gui.detect.guarded import guarded_look
from moeplanner_gui.detect.intel import is_discrete_id, is_integrated
from moeplanner_gui.detect.probe import System
from moeplanner_gui.detect.sysfs import Notes, Unreadable, clipped, is_there, read_int

MOST_CARDS: Final = 64

SCREEN_ONLY: Final = {
    0x1A03: say("a server's management controller (ASPEED)"),
    0x102B: say("a server's management controller (Matrox)"),
    0x19E5: say("a server's management controller (Huawei)"),
    0x126F: say("a display chip (Silicon Motion)"),
    0x18CA: say("a display chip (XGI)"),
    0x1039: say("a display chip (SiS)"),
    0x1013: say("an emulated display (Cirrus)"),
    0x1234: say("an emulated display (QEMU)"),
    0x1B36: say("an emulated display (QXL)"),
    0x1AF4: say("an emulated display (virtio)"),
    0x15AD: say("an emulated display (VMware)"),
    0x1414: say("an emulated display (Hyper-V)"),
    0x80EE: say("an emulated display (VirtualBox)"),
    0x1AB8: say("an emulated display (Parallels)"),
}
"""Makers of what shows a console and computes nothing (pci.ids)."""

ACCELERATORS: Final = frozenset({AMD, NVIDIA, 0x1DA3, 0x1E52})
"""Whose class 0x1200 is an accelerator for models (Habana, Tenstorrent); Intel's is an NPU."""

NO_MEMORY: Final = say("the bus does not tell; the card's driver does")


class BusProbe:
    """Reads the PCI bus. ``root`` is where ``/sys`` is."""

    def __init__(
        self, root: Path = Path("/"), system: str | None = None, run: Run = run_command
    ) -> None:
        self._root = root
        self._system = platform.system() if system is None else system
        self._run = run

    @property
    def name(self) -> str:
        """Its short id."""
        return "bus"

    def runs_on(self, system: System) -> bool:
        """Wherever there is a bus to read."""
        return system in {"linux", "windows", "macos"}

    def look(self) -> ProbeReport:
        """Look once. Whatever goes wrong is in the report."""
        ask = {"Windows": self._windows, "Darwin": self._macos}.get(self._system, self._linux)
        return guarded_look("bus", ask)

    def _linux(self) -> ProbeReport:
        sys = self._root / "sys"
        steps: list[tuple[str, str]] = []
        cards: list[DetectedCard] = []
        for device in display_devices(sys):
            reason = _no_gpu(device)
            if reason:
                steps.append((device.address, say("{0}: {1}, left out", device.pci_id, reason)))
                continue
            if len(cards) == MOST_CARDS:
                break
            steps.append(
                (device.address, say("{0}, driver {1}", device.pci_id, device.driver or "none"))
            )
            try:
                cards.append(_card(device))
            except Exception as error:  # one card's nonsense does not hide the others
                steps.append((device.address, clipped(f"{type(error).__name__}: {error}")))
        if not cards:
            detail = say("No GPU is on the PCI bus.")
            if not is_there(sys / "bus" / "pci" / "devices"):
                detail = say("This system shows no PCI bus.")
            return ProbeReport(
                probe="bus", outcome="no_device", detail=detail, steps=tuple(steps[:256])
            )
        return ProbeReport(
            probe="bus", outcome="found", steps=tuple(steps[:256]), cards=tuple(cards)
        )

    def _windows(self) -> ProbeReport:
        found = adapters(self._run)
        if isinstance(found, Unreadable):
            return ProbeReport(probe="bus", outcome="failed", detail=found.because)
        own = [row for row in found if int(row.pci_id[:4], 16) not in SCREEN_ONLY][:MOST_CARDS]
        return ProbeReport(
            probe="bus",
            outcome="found" if own else "no_device",
            detail="" if own else say("Windows lists no display adapter on a PCI bus."),
            steps=tuple((row.pci_id, _problem(row)) for row in found[:256]),
            cards=tuple(_windows_card(row) for row in own),
        )

    def _macos(self) -> ProbeReport:
        rows = display_rows(self._run(DISPLAYS))
        if isinstance(rows, Unreadable):
            return ProbeReport(probe="bus", outcome="failed", detail=rows.because)
        cards = [card for row in rows if (card := _macos_card(row)) is not None]
        return ProbeReport(
            probe="bus",
            outcome="found" if cards else "no_device",
            detail="" if cards else say("No GPU is on a PCI bus of this Mac."),
            steps=((say("GPUs in system_profiler"), str(len(rows))),),
            cards=tuple(cards),
        )


def _no_gpu(device: PciDevice) -> str | None:
    if device.pci_class >> 8 == 0x1200:
        return None if device.vendor in ACCELERATORS else say("an accelerator that is no GPU")
    return SCREEN_ONLY.get(device.vendor)


def _vendor(vendor: int) -> Vendor:
    return VENDORS.get(f"{vendor:04X}", "Other")


def _integrated(device: PciDevice) -> bool | None:
    """Whether the GPU is in the processor, as far as its number tells."""
    if device.vendor == NVIDIA:
        return False
    if device.vendor == INTEL:
        return is_integrated(device)
    if device.vendor == AMD:
        model = f"{device.device:04X}"
        if model in PROCESSORS or model in WHOLE_MEMORY:
            return True
        return False if is_behind_its_own_switch(device) else None
    return None


def _card(device: PciDevice) -> DetectedCard:
    notes = Notes()
    integrated = _integrated(device)
    link = SlotLink(None, None, None, None, say("the GPU is inside the processor, in no slot"))
    if not integrated:
        link = slot_link(device)
    note_link(notes, link)
    notes.say("name", "the bus has numbers only")
    notes.say("memory_total_bytes", NO_MEMORY)
    notes.say("memory_used_bytes", NO_MEMORY)
    if device.driver is None:
        notes.say("driver", "no driver is bound to the card")
    if integrated is None:
        notes.say("integrated", "the card's number does not tell")
    display = notes.take("drives_display", connected_displays(device))
    numa = read_int(device.path / "numa_node", 4095)
    slices = {f"{AMD:04X}:{model}" for model in VIRTUAL_FUNCTIONS}
    return DetectedCard(
        vendor=_vendor(device.vendor),
        probe="bus",
        pci_address=device.address,
        pci_id=device.pci_id,
        subsystem_id=device.subsystem_id,
        integrated=integrated,
        virtual=device.is_virtual_function or device.pci_id in slices,
        pcie_gen_now=link.gen_now,
        pcie_width_now=link.width_now,
        pcie_gen_max=link.gen_max,
        pcie_width_max=link.width_max,
        drives_display=display,
        driver=device.driver,
        numa_node=numa if isinstance(numa, int) else None,
        unread=notes.unread(),
    )


def _problem(adapter: Adapter) -> str:
    # Codes of the device manager: 22 is switched off, 28 has no driver, 43 stopped by its driver.
    return f"code {adapter.problem}" if adapter.problem else "works"


def _windows_card(adapter: Adapter) -> DetectedCard:
    """Numbers and place; the memory of a card whose driver wrote it down (NVIDIA's too)."""
    model = adapter.pci_id[5:]
    integrated: bool | None = None
    if adapter.vendor == "NVIDIA" or (adapter.vendor == "Intel" and is_discrete_id(int(model, 16))):
        integrated = False
    elif adapter.vendor == "AMD":
        integrated = True if model in PROCESSORS or model in WHOLE_MEMORY else None
    elif adapter.vendor == "Intel" and (adapter.pci_address or "").endswith("00:02.0"):
        integrated = True
    unread = [
        Unread(field="memory_total_bytes", because=NO_MEMORY),
        Unread(field="memory_used_bytes", because=NO_MEMORY),
    ]
    if adapter.driver is None:
        unread.append(Unread(field="driver", because=say("no driver is bound to the card")))
    return DetectedCard(
        vendor=adapter.vendor,
        probe="bus",
        name=adapter.name,
        pci_address=adapter.pci_address,
        pci_id=adapter.pci_id,
        subsystem_id=adapter.subsystem_id,
        integrated=integrated,
        drives_display=adapter.drives_display,
        driver=adapter.driver,
        unread=tuple(unread),
    )


def _macos_card(row: dict[str, object]) -> DetectedCard | None:
    """A card of an Intel Mac; Apple's own GPU is on no bus."""
    vendor = re.search(r"0x([0-9a-fA-F]{4})", str(row.get("spdisplays_vendor", "")))
    device = re.fullmatch(r"0x([0-9a-fA-F]{4})", str(row.get("spdisplays_device-id", "")))
    names = {"intel": "8086", "amd": "1002", "nvidia": "10DE", "ati": "1002"}
    maker = vendor[1].upper() if vendor else None
    for word, number_ in names.items():
        if maker is None and word in str(row.get("spdisplays_vendor", "")).lower():
            maker = number_
    if maker is None or device is None:
        return None
    model = row.get("sppci_model")
    built_in = row.get("sppci_bus") == "spdisplays_builtin"
    return DetectedCard(
        vendor=VENDORS.get(maker, "Other"),
        probe="bus",
        name=clipped(model) if isinstance(model, str) else None,
        pci_id=f"{maker}:{device[1].upper()}",
        integrated=built_in,
        drives_display=has_monitor(row),
        unread=(
            Unread(field="pci_address", because=say("macOS does not tell")),
            Unread(field="memory_total_bytes", because=NO_MEMORY),
        ),
    )
