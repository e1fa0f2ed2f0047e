"""Byte units and how quantities are written. Knows no models and no hardware.

GB is 10**9 bytes, GiB is 2**30 bytes; memory is shown in GiB unless the user asks for GB.
"""

from __future__ import annotations

from math import ceil, floor
from typing import Literal

from moeplanner_gui.core.words import say

KIB = 2**10
MIB = 2**20
GIB = 2**30
MB = 10**6
GB = 10**9

MemoryUnit = Literal["GiB", "GB"]


def pad_to(value: int, multiple: int) -> int:
    """Round ``value`` up to the next multiple of ``multiple``."""
    return -(-value // multiple) * multiple


def ceil_div(value: int, divisor: int) -> int:
    """Integer division that rounds up."""
    return -(-value // divisor)


def format_memory(size_bytes: int, *, unit: MemoryUnit = "GiB", decimals: int = 1) -> str:
    """Write a number of bytes with its unit, for example ``"4.3 GiB"``.

    Values are rounded to nearest; use :func:`format_free_memory` for what is left on a card.
    """
    divisor = GIB if unit == "GiB" else GB
    return say("{0:,.{1}f} {2}", size_bytes / divisor, decimals, unit)


def format_free_memory(size_bytes: int, *, unit: MemoryUnit = "GiB", decimals: int = 1) -> str:
    """Write free memory, rounded down so that the text never promises more than there is."""
    divisor = GIB if unit == "GiB" else GB
    scale = 10**decimals
    floored = (size_bytes * scale // divisor) / scale
    return say("{0:,.{1}f} {2}", floored, decimals, unit)


def format_count(value: int) -> str:
    """Write a whole number with thousands separators: ``1,048,576``."""
    return say("{0:,}", value)


_LAST_DIGIT = 1e-9
"""What the tenth of a number may be off in binary: 0.29 stays 0.29."""


def rounded_down(value: float, decimals: int) -> float:
    """The largest value of so many decimals that is not above it: the low end of a speed."""
    scale: int = 10**decimals
    return floor(value * scale * (1.0 + _LAST_DIGIT)) / scale


def rounded_up(value: float, decimals: int) -> float:
    """The smallest value of so many decimals that is not below it: the longest wait."""
    scale: int = 10**decimals
    return ceil(value * scale * (1.0 - _LAST_DIGIT)) / scale


def format_parameters(count: int) -> str:
    """Write a parameter count the way model cards do: ``284.3 B``, ``1.57 T``."""
    if count >= 10**12:
        return say("{0:.2f} T", count / 10**12)
    if count >= 10**9:
        return say("{0:.1f} B", count / 10**9)
    return say("{0:.0f} M", count / 10**6)
