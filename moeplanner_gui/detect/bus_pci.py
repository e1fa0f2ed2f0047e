"""The PCI devices of a Linux system and how fast the way from each to the processor is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.sysfs import (
    Notes,
    Unreadable,
    clipped,
    entries,
    is_there,
    read_int,
    read_text,
    real,
)

ADDRESS: Final = re.compile(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")

AMD: Final = 0x1002
INTEL: Final = 0x8086
NVIDIA: Final = 0x10DE

GENERATION: Final = {2.5: 1, 5.0: 2, 8.0: 3, 16.0: 4, 32.0: 5, 64.0: 6}
"""GT/s to generation (PCI Express base specification)."""
LANE_GBS: Final = {1: 0.25, 2: 0.5, 3: 0.985, 4: 1.969, 5: 3.938, 6: 7.563}
"""GB/s of one lane each way after line coding; only to find the slowest link."""
WIDTHS: Final = frozenset({1, 2, 4, 8, 12, 16, 32})

ON_THE_CARD: Final = frozenset(
    {
        # Vega 10, Vega 20 and "Navi 10 XL" ports of the switch inside AMD's cards (pci.ids; the
        # chain of an MI50 in hwloc pull request 406; of RX 7000 and 9000 cards in
        # geerlingguy/raspberry-pi-pcie-devices issues 680 and 766).
        (0x1022, 0x1470),
        (0x1022, 0x1471),
        (0x1002, 0x14A0),
        (0x1002, 0x14A1),
        (0x1002, 0x1478),
        (0x1002, 0x1479),
        # The same in Intel's Arc, A (nvtop pull request 344) and B (raspberry-pi-pcie-devices
        # issue 695): the GPU itself then says 2.5 GT/s x1.
        (0x8086, 0x4FA0),
        (0x8086, 0x4FA1),
        (0x8086, 0x4FA4),
        (0x8086, 0xE2FF),
        (0x8086, 0xE2F0),
        (0x8086, 0xE2F1),
    }
)
"""Ports of a switch on the card. What lies below them never leaves the chip and says anything."""

VIRTUAL_PORTS: Final = frozenset(
    {(0x1B36, 0x000C), (0x1B36, 0x000E), (0x8086, 0x3420), (0x15AD, 0x07A0)}
)
"""Root ports and bridges made up by QEMU and VMware: their speed says nothing of the real slot."""


@dataclass(frozen=True, slots=True)
class PciDevice:
    """One function of the bus; ``path`` is its real folder, so that the parents are above it."""

    path: Path
    address: str
    vendor: int
    device: int
    pci_class: int
    subsystem: tuple[int, int] | None
    revision: int | None
    driver: str | None
    is_virtual_function: bool

    @property
    def pci_id(self) -> str:
        """``10DE:2204``."""
        return f"{self.vendor:04X}:{self.device:04X}"

    @property
    def subsystem_id(self) -> str | None:
        """``10DE:1454``, None where the card has none."""
        if self.subsystem is None:
            return None
        return f"{self.subsystem[0]:04X}:{self.subsystem[1]:04X}"


@dataclass(frozen=True, slots=True)
class SlotLink:
    """The slowest link of the way to the processor, now and at most; None is unread."""

    gen_now: int | None
    width_now: int | None
    gen_max: int | None
    width_max: int | None
    because: str = ""


def _number(path: Path, most: int) -> int | None:
    value = read_int(path, most)
    return None if isinstance(value, Unreadable) else value


def pci_device(path: Path) -> PciDevice | None:
    """Read one device's folder; None when it does not tell what it is."""
    ends = real(path)
    if ends is None or not ADDRESS.fullmatch(ends.name):
        return None
    vendor = _number(ends / "vendor", 0xFFFF)
    device = _number(ends / "device", 0xFFFF)
    kind = _number(ends / "class", 0xFFFFFF)
    if vendor is None or device is None or kind is None:
        return None
    maker = _number(ends / "subsystem_vendor", 0xFFFF)
    board = _number(ends / "subsystem_device", 0xFFFF)
    driver = real(ends / "driver")
    return PciDevice(
        path=ends,
        address=ends.name,
        vendor=vendor,
        device=device,
        pci_class=kind,
        # A card without a board's id says 0000:0000.
        subsystem=(maker, board) if maker and board is not None else None,
        revision=_number(ends / "revision", 0xFF),
        driver=clipped(driver.name) if driver is not None else None,
        is_virtual_function=is_there(ends / "physfn"),
    )


def display_devices(sys: Path) -> list[PciDevice]:
    """Everything that may be a GPU, each once, by address.

    From the bus, and from the display subsystem for systems that hide the bus. Connectors,
    render nodes and the extra nodes of a partitioned card lead to the same device or to none.
    """
    found: dict[str, PciDevice] = {}
    graphics = [
        card / "device"
        for card in entries(sys / "class" / "drm", "card")
        if card.name.removeprefix("card").isdigit()
    ]
    for path in (*entries(sys / "bus" / "pci" / "devices"), *graphics):
        device = pci_device(path)
        if device is not None and device.pci_class >> 8 in {0x0300, 0x0302, 0x0380, 0x1200}:
            found.setdefault(device.address, device)
    return [found[address] for address in sorted(found) if not _is_second_head(address, found)]


def _is_second_head(address: str, found: dict[str, PciDevice]) -> bool:
    """Old GPUs show a second function for their second monitor: not a second card."""
    device = found[address]
    first = found.get(address[:-1] + "0")
    return (
        not address.endswith(".0")
        and device.pci_class >> 8 == 0x0380
        and not device.is_virtual_function
        and first is not None
        and first.vendor == device.vendor
    )


def connected_displays(device: PciDevice) -> bool | Unreadable:
    """Whether a monitor is plugged into the card, as its display driver says."""
    cards = entries(device.path / "drm", "card")
    if not cards:
        return Unreadable(say("no display driver shows the card's connectors"))
    states: list[str] = []
    for card in cards:
        for connector in entries(card, card.name + "-"):
            # Writeback and virtual connectors have no socket.
            if "Writeback" in connector.name or "Virtual" in connector.name:
                continue
            state = read_text(connector / "status", 256)
            states.append(state if isinstance(state, str) else "unknown")
    if "connected" in states:
        return True
    if "unknown" in states:
        return Unreadable(say("a connector does not tell whether a monitor is plugged in"))
    if not states and device.driver not in {"amdgpu", "i915", "xe"}:
        return Unreadable(say("the driver {0} shows no connectors", device.driver))
    return False


def _speed(path: Path) -> int | None:
    text = read_text(path, 256)
    if isinstance(text, Unreadable):
        return None
    try:
        return GENERATION.get(float(text.split()[0]))
    except ValueError:
        return None


def _width(path: Path) -> int | None:
    value = _number(path, 255)
    return value if value in WIDTHS else None


def _ids(path: Path) -> tuple[int | None, int | None]:
    return _number(path / "vendor", 0xFFFF), _number(path / "device", 0xFFFF)


def is_behind_its_own_switch(device: PciDevice) -> bool:
    """Whether the card has a switch of its own above the GPU: then it is a card."""
    return _ids(device.path.parent) in ON_THE_CARD


def slot_link(device: PciDevice) -> SlotLink:
    """What a card and the way to it can agree on, and what they run at.

    A port's link registers describe the link below it, those of a card or of a switch's upper
    port the link above it, so every link has two ends and each end its own limit. Links inside
    the card (:data:`ON_THE_CARD`) are left out: AMD's GPUs show x16 at full speed behind a x4
    slot there (nokyan/resources issue 512), Intel's 2.5 GT/s x1 in the best slot.
    """
    chain = [device.path]
    while ADDRESS.fullmatch(chain[-1].parent.name):
        chain.append(chain[-1].parent)
    if len(chain) == 1 or _ids(chain[1]) in VIRTUAL_PORTS:
        return SlotLink(
            _speed(device.path / "current_link_speed"),
            _width(device.path / "current_link_width"),
            None,
            None,
            say("the card is on no slot that this system can see (a virtual machine hides it)"),
        )
    now: list[tuple[int, int] | None] = []
    most: list[tuple[int, int] | None] = []
    because = ""
    for lower, upper in zip(chain[0::2], chain[1::2], strict=False):
        if _ids(upper) in ON_THE_CARD:
            continue
        ends = (lower, upper)
        speed = _first(_speed(end / "current_link_speed") for end in ends)
        width = _first(_width(end / "current_link_width") for end in ends)
        speeds = [value for end in ends if (value := _speed(end / "max_link_speed"))]
        widths = [value for end in ends if (value := _width(end / "max_link_width"))]
        now.append((speed, width) if speed and width else None)
        # An end that does not tell its limit may be the slower one. What runs is possible,
        # whatever the capability says.
        both = len(speeds) == len(widths) == len(ends)
        most.append((max(speed or 0, min(speeds)), max(width or 0, min(widths))) if both else None)
        if now[-1] is None or most[-1] is None:
            because = because or say(
                "the link between {0} and {1} is not told", upper.name, lower.name
            )
    return SlotLink(
        *_slowest(now), *_slowest(most), because or say("only links inside the card are told")
    )


def _first(values: Iterable[int | None]) -> int | None:
    return next((value for value in values if value is not None), None)


def _slowest(links: list[tuple[int, int] | None]) -> tuple[int | None, int | None]:
    """One that is unknown may be the slowest."""
    known = [link for link in links if link is not None]
    if not known or len(known) < len(links):
        return None, None
    return min(known, key=lambda link: LANE_GBS[link[0]] * link[1])


def note_link(notes: Notes, link: SlotLink) -> None:
    """Say why parts of the link are unread."""
    for field, value in (
        ("pcie_gen_now", link.gen_now),
        ("pcie_width_now", link.width_now),
        ("pcie_gen_max", link.gen_max),
        ("pcie_width_max", link.width_max),
    ):
        if value is None:
            notes.say(field, link.because or say("the bus does not tell"))
