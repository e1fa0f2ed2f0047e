"""Cards that look like another one: laptop chips, slices, twins behind one device number.

Knows names and numbers only; what is in the catalogue is asked in :mod:`~.match`.
"""

from __future__ import annotations

import re
from typing import Final

from moeplanner_gui.core.card_names import plain_name
from moeplanner_gui.core.detected import DetectedCard
from moeplanner_gui.core.records import dataclass


@dataclass(frozen=True, slots=True)
class Twin:
    """A product that the catalogue lacks and that shares a device number with one it has.

    ``memory_gib`` of one device; None where it is sold with several.
    """

    name: str
    memory_gib: float | None = None


TWINS: Final[dict[str, tuple[Twin, ...]]] = {
    # NVIDIA open-gpu-kernel-modules README, 595.45.04 (2026-03-05): names by number; the memory
    # sizes behind one name from pci.ids, 2026-08-22.
    "10DE:1E30": (Twin("Quadro RTX 6000", 24),),
    "10DE:1E78": (Twin("Quadro RTX 6000", 24),),
    "10DE:220A": (Twin("RTX 3080", 12),),
    "10DE:24C7": (Twin("RTX 3060", 8),),
    "10DE:25B6": (Twin("A2", 16),),
    "10DE:2803": (Twin("RTX 4060 Ti", 8),),
    "10DE:28B0": (Twin("RTX 2000E Ada Generation", 16),),
    "10DE:2D04": (Twin("RTX 5060 Ti", 8),),
    # amdgpu.ids of libdrm (2026), which names cards by number and revision; sizes as sold.
    "1002:1586": (Twin("Radeon 8050S"), Twin("Radeon 8040S")),
    "1002:66A1": (Twin("Radeon Pro VII", 16),),
    "1002:740C": (Twin("MI250"),),
    "1002:744C": (Twin("RX 7900M", 16),),
    "1002:747E": (Twin("RX 7700 XT", 12), Twin("RX 7800M", 12), Twin("RX 7700", 16)),
    "1002:7550": (Twin("RX 9070 GRE", 12),),
    "1002:7590": (
        Twin("RX 9060 XT", 8),
        Twin("RX 9060 XT LP", 16),
        Twin("RX 9060", 8),
    ),
    # pci.ids has one name; Intel sold it with 8 and with 16 GB.
    "8086:56A0": (Twin("Arc A770", 8),),
}
"""By PCI device number. Without a name, a size that a twin has too proves nothing."""

_LAPTOP_WORD: Final = re.compile(
    r"\b(?:laptop|mobile|notebook)\b|\bmax-?q\b(?! workstation)", re.IGNORECASE
)
"""NVIDIA's "Laptop GPU" and "with Max-Q Design"; "Max-Q Workstation Edition" is for a slot."""
_LAPTOP_NUMBER: Final = re.compile(r"\b[a-z]?\d{3,4}m\b|\brx \d{4}s\b", re.IGNORECASE)
"""AMD's and Intel's: "RX 7900M", "Arc A770M", "RX 6800S"."""
_PROFILE: Final = re.compile(r"\b[\w-]+-(?:\d+-)?\d+[abcq](?:me)?$", re.IGNORECASE)
"""NVIDIA's vGPU profiles: "GRID A100-10C", "NVIDIA A100-1-5CME", "NVIDIA A16-16Q"."""
_VIRTUAL: Final = re.compile(r"\b(?:vgpu|vf|mxgpu)\b|virtual function|^grid\b", re.IGNORECASE)
_SLICE: Final = re.compile(r"\bmig\b", re.IGNORECASE)
_NO_NAME: Final = re.compile(
    r"(?:device(?: [0-9a-f]{4})?|\[0x[0-9a-f]{4}\]|display controller|3d controller"
    r"|vga(?: compatible)? controller)?",
    re.IGNORECASE,
)
_IN_BRACKETS: Final = re.compile(r"\[([^\]]*)\]")


def is_laptop(name: str | None) -> bool:
    """Whether the name is that of a chip for laptops.

    A list of names with one device number ("RX 7900 XT/7900 XTX/7900M") may be for both.
    """
    if name is None:
        return False
    several = "/" in name
    return bool(_LAPTOP_WORD.search(name) or (not several and _LAPTOP_NUMBER.search(name)))


def is_virtual(card: DetectedCard) -> bool:
    """Whether a hypervisor shows a part of a board, or may."""
    if card.virtual:
        return True
    name = card.name or ""
    return bool(_VIRTUAL.search(name)) or (
        card.vendor == "NVIDIA" and bool(_PROFILE.search(name.strip()))
    )


def is_slice(card: DetectedCard) -> bool:
    """Whether this is a slice of a card (MIG), not a card."""
    return bool(_SLICE.search(card.name or ""))


@dataclass(frozen=True, slots=True)
class CardName:
    """What a card is called, and how much that says.

    ``exact`` is the plain name when the driver named one product; ``choices`` are the plain names
    where it named several ("MI250X / MI250") or where a list of device numbers did, which is
    written for all cards with the number and proves no more than the number.
    """

    exact: str | None
    choices: tuple[str, ...] = ()

    def fits(self, names: frozenset[str]) -> bool | None:
        """Whether the card can be one of these names; None when its own name says nothing."""
        if self.exact is not None:
            return self.exact in names
        if not self.choices:
            return None
        possible = any(
            name == choice or name.endswith(" " + choice)
            for name in names
            for choice in self.choices
        )
        return None if possible else False


def card_name(text: str | None) -> CardName:
    """Read a name as a driver or a list of device numbers gives it."""
    if text is None:
        return CardName(None)
    listed = _IN_BRACKETS.search(text)
    if listed is not None and not _NO_NAME.fullmatch(plain_name(text)):
        # The words of such a list are not those of a driver: only several of them say something.
        choices = _choices(listed[1])
        return CardName(None, choices if len(choices) > 1 else ())
    plain = plain_name(text)
    if _NO_NAME.fullmatch(plain):
        return CardName(None)
    if "/" in plain:
        return CardName(None, _choices(text))
    return CardName(plain)


def _choices(text: str) -> tuple[str, ...]:
    return tuple(name for name in (plain_name(part) for part in text.split("/")) if name)
