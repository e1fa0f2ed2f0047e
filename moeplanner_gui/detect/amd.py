"""AMD GPUs: the files of the Linux driver, completed by AMD's own library; the Windows registry."""

from __future__ import annotations

import platform
from collections.abc import Callable
from pathlib import Path
from typing import Final

from moeplanner_gui.core.detected import DetectedCard, ProbeReport, Unread
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.amd_kfd import kfd_gpus
from moeplanner_gui.detect.amd_names import product_names
from moeplanner_gui.detect.amd_smi import ask_library
from moeplanner_gui.detect.amd_sysfs import (
    PROCESSORS,
    VIRTUAL_FUNCTIONS,
    WHOLE_MEMORY,
    LibraryAnswer,
    amd_card,
)
from moeplanner_gui.detect.bus_commands import Run, run_command
from moeplanner_gui.detect.bus_pci import AMD, display_devices
from moeplanner_gui.detect.bus_windows import Adapter, adapters
from moeplanner_gui.detect.guarded import guarded_look
from moeplanner_gui.detect.probe import System
from moeplanner_gui.detect.sysfs import Unreadable, clipped, is_there, read_name

Library = Callable[[], tuple[dict[str, LibraryAnswer], str]]

MOST_CARDS: Final = 64


class AmdProbe:
    """Asks the AMD driver. ``root`` is where ``/sys``, ``/proc`` and ``/usr`` are."""

    def __init__(
        self,
        root: Path = Path("/"),
        system: str | None = None,
        run: Run = run_command,
        library: Library = ask_library,
    ) -> None:
        self._root = root
        self._system = platform.system() if system is None else system
        self._run = run
        self._library = library

    @property
    def name(self) -> str:
        """Its short id."""
        return "amd"

    def runs_on(self, system: System) -> bool:
        """AMD's cards in a Mac are the bus probe's."""
        return system in {"linux", "windows"}

    def look(self) -> ProbeReport:
        """Look once. Whatever goes wrong is in the report."""
        ask = self._windows if self._system == "Windows" else self._linux
        return guarded_look("amd", ask)

    def _linux(self) -> ProbeReport:
        sys = self._root / "sys"
        # An Instinct is an accelerator (0x1200), and so are other AMD parts that are no GPUs; of
        # those only what the display driver took is one.
        found = [
            device
            for device in display_devices(sys)
            if device.vendor == AMD
            and (device.pci_class >> 8 != 0x1200 or device.driver in {"amdgpu", None})
        ][:MOST_CARDS]
        steps = [(say("AMD GPUs on the PCI bus"), str(len(found)))]
        if not found:
            detail = say("No AMD GPU is on the PCI bus.")
            if not is_there(sys / "bus" / "pci" / "devices"):
                detail = say("This system shows no PCI bus and no AMD display driver.")
            return ProbeReport(probe="amd", outcome="no_device", detail=detail, steps=tuple(steps))
        driven = [device for device in found if device.driver == "amdgpu"]
        steps += [(device.address, f"driver {device.driver or 'none'}") for device in found]
        if not driven:
            return ProbeReport(
                probe="amd",
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
        kfd = kfd_gpus(sys, self._root / "proc")
        steps.append((say("GPUs of the compute driver (KFD)"), str(len(kfd))))
        answers, said = self._library()
        steps.append((say("AMD's own library (amdsmi)"), clipped(said)))
        names = product_names(self._root)
        steps.append((say("names by device and revision"), str(len(names))))
        version = read_name(sys / "module" / "amdgpu" / "version")
        cards: list[DetectedCard] = []
        for device in driven:
            try:
                cards.append(
                    amd_card(
                        device,
                        kfd.get(device.address),
                        names,
                        answers.get(device.address),
                        version if isinstance(version, str) else None,
                    )
                )
            except Exception as error:  # one card's nonsense does not hide the others
                steps.append((device.address, clipped(f"{type(error).__name__}: {error}")))
        return ProbeReport(
            probe="amd",
            outcome="found" if cards else "failed",
            detail="" if cards else say("No card could be read."),
            steps=tuple(steps),
            cards=tuple(cards),
        )

    def _windows(self) -> ProbeReport:
        found = adapters(self._run, "1002")
        if isinstance(found, Unreadable):
            return ProbeReport(probe="amd", outcome="failed", detail=found.because)
        own = [adapter for adapter in found if adapter.vendor == "AMD"][:MOST_CARDS]
        return ProbeReport(
            probe="amd",
            outcome="found" if own else "no_device",
            detail="" if own else say("Windows lists no AMD display adapter."),
            steps=((say("display adapters"), str(len(found))), (say("of AMD"), str(len(own)))),
            cards=tuple(windows_card(adapter) for adapter in own),
        )


def windows_card(adapter: Adapter) -> DetectedCard:
    """An AMD adapter as Windows describes it: no link, no use, no power limit."""
    model = adapter.pci_id[5:]
    integrated = model in PROCESSORS or model in WHOLE_MEMORY
    memory: int | Unreadable = adapter.memory
    if integrated and model not in WHOLE_MEMORY:
        # What is set aside for it is the host's; what it may borrow is Windows' to decide.
        memory = Unreadable(say("the GPU borrows the computer's memory"))
    because = say("Windows does not tell without AMD's own tools")
    unread = [
        Unread(field=field, because=because)
        for field in ("memory_used_bytes", "pcie_gen_now", "pcie_gen_max", "power_limit_w", "gfx")
    ]
    if isinstance(memory, Unreadable):
        unread.insert(0, Unread(field="memory_total_bytes", because=memory.because))
    return DetectedCard(
        vendor="AMD",
        probe="amd",
        name=adapter.name,
        pci_address=adapter.pci_address,
        pci_id=adapter.pci_id,
        subsystem_id=adapter.subsystem_id,
        integrated=integrated,
        virtual=model in VIRTUAL_FUNCTIONS,
        memory_kind=(
            "unified" if model in WHOLE_MEMORY else "shared" if integrated else "dedicated"
        ),
        memory_total_bytes=memory if isinstance(memory, int) else None,
        drives_display=adapter.drives_display,
        driver=adapter.driver,
        unread=tuple(unread),
    )
