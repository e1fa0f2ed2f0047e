"""Intel GPUs: the Linux drivers i915 and xe, Level Zero where installed, the Windows registry."""

from __future__ import annotations

import platform
from collections.abc import Callable
from pathlib import Path
from typing import Final

from moeplanner_gui.core.detected import DetectedCard, ProbeReport, Unread
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.bus_commands import Run, run_command
from moeplanner_gui.detect.bus_pci import (
    INTEL,
    PciDevice,
    SlotLink,
    connected_displays,
    display_devices,
    note_link,
    slot_link,
)
from moeplanner_gui.detect.bus_windows import Adapter, adapters
from moeplanner_gui.detect.guarded import guarded_look
from moeplanner_gui.detect.intel_memory import CardMemory, ask_driver, ask_level_zero, from_files
from moeplanner_gui.detect.probe import System
from moeplanner_gui.detect.sysfs import (
    Notes,
    Unreadable,
    clipped,
    entries,
    is_there,
    read_int,
    read_text,
)

LevelZero = Callable[[], tuple[dict[str, CardMemory], str]]
AskDriver = Callable[[PciDevice, Path], CardMemory | Unreadable]

DISCRETE: Final = (
    (0x4905, 0x4909),  # DG1, SG1
    (0x5690, 0x56C2),  # Arc A, Flex
    (0x0BD0, 0x0BDB),  # Max
    (0xE200, 0xE22F),  # Arc B and Pro B
)
"""Device ids of cards (pci.ids; Linux include/drm/intel/pciids.h). In a processor: 00:02.0."""

MOST_CARDS: Final = 64


class IntelProbe:
    """Asks the Intel driver. ``root`` is where ``/sys`` and ``/dev`` are."""

    def __init__(
        self,
        root: Path = Path("/"),
        system: str | None = None,
        run: Run = run_command,
        level_zero: LevelZero = ask_level_zero,
        driver: AskDriver = ask_driver,
    ) -> None:
        self._root = root
        self._system = platform.system() if system is None else system
        self._run = run
        self._level_zero = level_zero
        self._driver = driver

    @property
    def name(self) -> str:
        """Its short id."""
        return "intel"

    def runs_on(self, system: System) -> bool:
        """Intel's GPUs in an old Mac are the bus probe's."""
        return system in {"linux", "windows"}

    def look(self) -> ProbeReport:
        """Look once. Whatever goes wrong is in the report."""
        ask = self._windows if self._system == "Windows" else self._linux
        return guarded_look("intel", ask)

    def _linux(self) -> ProbeReport:
        # Class 0x1200 of Intel is the processor's NPU, which is no GPU.
        found = [
            device
            for device in display_devices(self._root / "sys")
            if device.vendor == INTEL and device.pci_class >> 8 != 0x1200
        ][:MOST_CARDS]
        steps = [(say("Intel GPUs on the PCI bus"), str(len(found)))]
        steps += [(device.address, f"driver {device.driver or 'none'}") for device in found]
        if not found:
            return ProbeReport(
                probe="intel",
                outcome="no_device",
                detail=say("No Intel GPU is on the PCI bus."),
                steps=tuple(steps),
            )
        driven = [device for device in found if device.driver in {"i915", "xe"}]
        if not driven:
            return ProbeReport(
                probe="intel",
                outcome="driver_not_loaded",
                detail="; ".join(
                    f"{device.address} {device.pci_id}: "
                    + (
                        say("held by {0}", device.driver)
                        if device.driver
                        else say("no driver is bound")
                    )
                    for device in found
                )[:4000],
                steps=tuple(steps),
            )
        answers: dict[str, CardMemory] = {}
        if any(is_integrated(device) is not True for device in driven):
            answers, said = self._level_zero()
            steps.append(("Level Zero", clipped(said)))
        cards: list[DetectedCard] = []
        for device in driven:
            try:
                cards.append(self._card(device, answers.get(device.address)))
            except Exception as error:  # one card's nonsense does not hide the others
                steps.append((device.address, clipped(f"{type(error).__name__}: {error}")))
        return ProbeReport(
            probe="intel",
            outcome="found" if cards else "failed",
            detail="" if cards else say("No card could be read."),
            steps=tuple(steps),
            cards=tuple(cards),
        )

    def _card(self, device: PciDevice, level_zero: CardMemory | None) -> DetectedCard:
        notes = Notes()
        integrated = is_integrated(device)
        memory: CardMemory | None = None
        link = SlotLink(None, None, None, None, say("the GPU is inside the processor, in no slot"))
        if integrated:
            notes.say("memory_total_bytes", "the GPU borrows the computer's memory")
        else:
            link = slot_link(device)
            memory = self._memory(device, level_zero, notes)
        if integrated is None:
            notes.say("integrated", f"{device.pci_id} is not in the list of Intel's cards")
        note_link(notes, link)
        notes.say("name", "the driver does not name its cards")
        display = notes.take("drives_display", connected_displays(device))
        limit = notes.take("power_limit_w", _power(device, "max"))
        rated = notes.take("power_limit_default_w", _power(device, "rated_max"))
        numa = read_int(device.path / "numa_node", 4095)
        return DetectedCard(
            vendor="Intel",
            probe="intel",
            pci_address=device.address,
            pci_id=device.pci_id,
            subsystem_id=device.subsystem_id,
            integrated=integrated,
            virtual=device.is_virtual_function,
            memory_kind="shared" if integrated else "dedicated" if memory else None,
            memory_total_bytes=memory.total if memory else None,
            memory_used_bytes=memory.used if memory else None,
            power_limit_w=limit,
            power_limit_default_w=rated,
            pcie_gen_now=link.gen_now,
            pcie_width_now=link.width_now,
            pcie_gen_max=link.gen_max,
            pcie_width_max=link.width_max,
            drives_display=display,
            driver=device.driver,
            numa_node=numa if isinstance(numa, int) else None,
            unread=notes.unread(),
        )

    def _memory(
        self, device: PciDevice, level_zero: CardMemory | None, notes: Notes
    ) -> CardMemory | None:
        """The driver's own answer, then Level Zero's, then files; never the bus window's size."""
        asked = self._driver(device, self._root / "dev")
        found = asked if isinstance(asked, CardMemory) else level_zero
        if found is None:
            files = from_files(device)
            found = files if isinstance(files, CardMemory) else None
            if found is not None and device.driver == "xe":
                notes.say(
                    "memory_reserved_bytes", "xe's file has what is built in, not what is left"
                )
        if found is None:
            because = asked.because if isinstance(asked, Unreadable) else ""
            window = bar_bytes(device)
            if window:
                because += say(
                    "; its window on the bus is {0} bytes, which says neither at least nor "
                    "at most how much there is",
                    window,
                )
            notes.say("memory_total_bytes", because)
            notes.say("memory_used_bytes", "its total is not known")
            return None
        if found.used is None and level_zero is not None and level_zero.used is not None:
            found = CardMemory(found.total, min(level_zero.used, found.total))
        if found.used is None:
            notes.say("memory_used_bytes", "the driver tells only an administrator")
        return found

    def _windows(self) -> ProbeReport:
        found = adapters(self._run, "8086")
        if isinstance(found, Unreadable):
            return ProbeReport(probe="intel", outcome="failed", detail=found.because)
        own = [adapter for adapter in found if adapter.vendor == "Intel"][:MOST_CARDS]
        return ProbeReport(
            probe="intel",
            outcome="found" if own else "no_device",
            detail="" if own else say("Windows lists no Intel display adapter."),
            steps=((say("display adapters"), str(len(found))), (say("of Intel"), str(len(own)))),
            cards=tuple(windows_card(adapter) for adapter in own),
        )


def is_discrete_id(device: int) -> bool:
    """Whether a device id is one of Intel's cards."""
    return any(first <= device <= last for first, last in DISCRETE)


def is_integrated(device: PciDevice) -> bool | None:
    """By device id, then by the place that a processor's GPU has had since 2004."""
    if is_discrete_id(device.device):
        return False
    return True if device.address.endswith("00:02.0") else None


def bar_bytes(device: PciDevice) -> int | None:
    """Size of the card's window into its memory (region 2): 256 MiB without resizable BAR."""
    text = read_text(device.path / "resource")
    lines = text.splitlines() if isinstance(text, str) else []
    try:
        first, last = (int(part, 16) for part in lines[2].split()[:2])
    except (IndexError, ValueError):
        return None
    return last - first + 1 if last > first else None


def _power(device: PciDevice, what: str) -> float | Unreadable:
    """Watts. The first figure is the board's on xe and the only one on i915."""
    for monitor in entries(device.path / "hwmon"):
        for place in ("power1", "power2"):
            if is_there(monitor / f"{place}_{what}"):
                value = read_int(monitor / f"{place}_{what}", 10**12)
                if isinstance(value, Unreadable):
                    return value
                return (
                    value / 1e6
                    if value
                    else Unreadable(say("{0}_{1} says 0: no limit", place, what))
                )
    return Unreadable(say("the driver shows no power limit"))


def windows_card(adapter: Adapter) -> DetectedCard:
    """An Intel adapter as Windows describes it."""
    integrated: bool | None = None
    if is_discrete_id(int(adapter.pci_id[5:], 16)):
        integrated = False
    elif adapter.pci_address is not None and adapter.pci_address.endswith("00:02.0"):
        integrated = True
    memory: int | Unreadable = adapter.memory
    if integrated:
        memory = Unreadable(say("the GPU borrows the computer's memory"))
    elif integrated is None:
        # What is set aside for a processor's GPU is no memory of a card's.
        memory = Unreadable(say("{0} may be inside the processor", adapter.pci_id))
    unread = [
        Unread(field=field, because=say("Windows does not tell without Intel's own tools"))
        for field in ("memory_used_bytes", "pcie_gen_now", "pcie_gen_max", "power_limit_w")
    ]
    if isinstance(memory, Unreadable):
        unread.insert(0, Unread(field="memory_total_bytes", because=memory.because))
    return DetectedCard(
        vendor="Intel",
        probe="intel",
        name=adapter.name,
        pci_address=adapter.pci_address,
        pci_id=adapter.pci_id,
        subsystem_id=adapter.subsystem_id,
        integrated=integrated,
        virtual=False,
        memory_kind=None if integrated is None else "shared" if integrated else "dedicated",
        memory_total_bytes=memory if isinstance(memory, int) else None,
        drives_display=adapter.drives_display,
        driver=adapter.driver,
        unread=tuple(unread),
    )
