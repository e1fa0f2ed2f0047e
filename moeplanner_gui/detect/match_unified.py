"""Which memory size a machine with shared memory was bought with.

A GB10 or a Jetson tells the machine's memory. AMD's driver tells what it gives to the GPU: the
part that the firmware sets aside, or what it may borrow (GTT), by default half of what is left.
So the size follows from the computer's own memory, which is the rest or the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from moeplanner_gui.core.detected import DetectedCard, DetectedHost
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.units import GB, GIB
from moeplanner_gui.detect.card_memory import LEAST_SHARE, TOLERANCE, memory_fit

_CLEARLY: Final = 0.05
"""A GPU that has this share more than the system cannot have borrowed it: it was set aside."""
_WHOLE: Final = 0.97
"""The part set aside and what the system has are all but a few hundred MiB of the machine."""


def sizes_of_machine(
    card: DetectedCard, rows: Sequence[GpuSpec], host: DetectedHost | None
) -> tuple[list[GpuSpec], bool]:
    """The rows whose size can be that of this machine, and whether one of them is sure."""
    installed = None if host is None else host.memory_installed_bytes
    visible = None if host is None else host.memory_total_bytes
    seen = card.memory_total_bytes
    if installed is not None:
        return [row for row in rows if _is_size(installed, row)], True
    if visible is None:
        if seen is None:
            return list(rows), False
        direct = [row for row in rows if memory_fit(card, row) in ("same", "less")]
        # A smaller row would also be a larger machine that gives its GPU a half.
        larger = any(row.memory_gb > found.memory_gb for row in rows for found in direct)
        return direct, not (larger and card.vendor == "AMD")
    of_rest = [row for row in rows if _is_size(visible, row)]
    if card.vendor != "AMD" or seen is None or seen < (1 - _CLEARLY) * visible:
        return of_rest, True
    whole = visible + seen
    of_both = [
        row for row in rows if _is_size(whole, row) and whole >= _WHOLE * row.memory_gb * GIB
    ]
    if seen > (1 + _CLEARLY) * visible:
        return of_both, True
    # About as much as the system has: borrowed all of it, or half was set aside.
    return [*of_rest, *(row for row in of_both if row not in of_rest)], not of_both


def _is_size(size_bytes: int, row: GpuSpec) -> bool:
    """Whether a machine sold with the row's memory shows this much: firmware keeps a part."""
    return row.memory_gb * GB * LEAST_SHARE <= size_bytes <= row.memory_gb * GIB * (1 + TOLERANCE)
