"""Whether the memory that was seen can be that of a catalogue row. Knows no names."""

from __future__ import annotations

from typing import Final, Literal

from moeplanner_gui.core.card_names import label_per_device_mib
from moeplanner_gui.core.detected import DetectedCard
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.units import GIB, MIB
from moeplanner_gui.core.words import say

MemoryFit = Literal["same", "less", "much_less", "more", "unread"]

TOLERANCE: Final = 0.02
"""Drivers differ by what they keep for themselves: 24,564 and 24,576 MiB of one kind of card."""
LEAST_SHARE: Final = 0.9
"""Below it this is another memory size: error correction takes 1/16, Intel's driver 5.6 %."""


def totals_mib(row: GpuSpec) -> tuple[float, ...]:
    """What drivers reported for one device of this row, MiB; its label where nobody looked."""
    seen = (row.memory_total_mib, row.memory_total_mib_ecc_on, row.memory_total_mib_ecc_off)
    found = tuple(total / row.devices for total in seen if total is not None)
    return found or (label_per_device_mib(row),)


def memory_fit(card: DetectedCard, row: GpuSpec) -> MemoryFit:
    """Compare the memory that was seen with that of one device of a row.

    "less" is the same card with a part held back: error correction, a driver or a firmware that
    keeps some. "more" is never the same card: memory does not grow.
    """
    if card.memory_total_bytes is None:
        return "unread"
    seen = card.memory_total_bytes / MIB
    totals = totals_mib(row)
    if seen > max(*totals, label_per_device_mib(row)) * (1 + TOLERANCE):
        return "more"
    if seen >= min(totals) * (1 - TOLERANCE):
        return "same"
    return "less" if seen >= min(totals) * LEAST_SHARE else "much_less"


def part_of(card: DetectedCard, row: GpuSpec) -> int | None:
    """How many such parts make the whole row, when that is 2, 4 or 8; else None."""
    if card.memory_total_bytes is None:
        return None
    whole = totals_mib(row)[0] * MIB
    for parts in (2, 4, 8):
        if abs(card.memory_total_bytes * parts - whole) <= TOLERANCE * whole:
            return parts
    return None


def ecc_explains(card: DetectedCard, row: GpuSpec) -> bool:
    """Whether error correction is why less is seen than the label says."""
    if card.memory_total_bytes is None or card.ecc is False:
        return False
    seen = card.memory_total_bytes / MIB
    on = row.memory_total_mib_ecc_on
    if on is not None and abs(seen - on / row.devices) <= 1:
        return True
    # GDDR6 keeps the check bits in the memory itself: 46,068 of 49,140 MiB on an RTX A6000. HBM
    # has room of its own for them.
    if not (row.memory_type or "").startswith("GDDR"):
        return False
    kept = 1 - seen / label_per_device_mib(row)
    return card.ecc is True and 0.055 <= kept <= 0.07


def gib(size_bytes: float) -> str:
    """``"24 GiB"`` or ``"44.9 GiB"``, rounded down."""
    tenths = int(size_bytes * 10 // GIB)
    return say("{0} GiB", tenths // 10) if tenths % 10 == 0 else say("{0:.1f} GiB", tenths / 10)
