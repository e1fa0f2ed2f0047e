"""Axis arithmetic for every chart: ticks, ranges and their labels. Knows no Qt and no colours."""

from __future__ import annotations

import math

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

_POWERS_OF_TWO = tuple(2**n for n in range(-4, 24))


@dataclass(frozen=True, slots=True)
class Axis:
    """A fixed range with its ticks, in the units that are drawn (GiB, tokens)."""

    low: float
    high: float
    ticks: tuple[float, ...]
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """Where ``value`` lies between ``low`` (0) and ``high`` (1); outside values go beyond."""
        if self.logarithmic:
            return math.log2(max(value, 1e-9) / self.low) / math.log2(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def value(self, share: float) -> float:
        """The inverse of :meth:`share`."""
        if self.logarithmic:
            return self.low * 2 ** (share * math.log2(self.high / self.low))
        return self.low + share * (self.high - self.low)


def capacity_axis(high: float, most: int = 7) -> Axis:
    """An axis from 0 to ``high`` with steps that are powers of two, as memory sizes are.

    The range ends at ``high`` itself so that the largest bar fills the width, or at the next tick
    when that is within 3 %: a 96 GB card shows a little less than 96.
    """
    high = max(high, 1e-3)
    step = next((s for s in _POWERS_OF_TWO if high / s <= most), _POWERS_OF_TWO[-1])
    rounded = math.ceil(high / step) * step
    high = rounded if rounded <= high * 1.03 else high
    count = math.floor(high / step + 1e-9)
    return Axis(0.0, high, tuple(step * n for n in range(count + 1)))


def value_axis(low: float, high: float, most: int = 7) -> Axis:
    """A linear axis that starts and ends on a tick; steps are 1, 2 or 5 times a power of ten."""
    span = max(high - low, 1e-3)
    raw = span / most
    magnitude = 10 ** math.floor(math.log10(raw))
    step = next(magnitude * m for m in (1, 2, 5, 10) if magnitude * m >= raw * (1 - 1e-9))
    first = math.floor(low / step + 1e-9)
    last = max(math.ceil(high / step - 1e-9), first + 1)
    return Axis(first * step, last * step, tuple(n * step for n in range(first, last + 1)))


def context_axis(high: int, low: int = 4096) -> Axis:
    """A logarithmic axis of context lengths up to ``high`` tokens, ticks at powers of two."""
    low = min(low, max(256, 2 ** math.floor(math.log2(max(high, 512) / 4))))
    ticks = [float(low)]
    while ticks[-1] * 2 <= high:
        ticks.append(ticks[-1] * 2)
    # A tick right beside the end of the axis would print over it.
    if high > ticks[-1]:
        if high / ticks[-1] < 1.35 and len(ticks) > 1:
            ticks.pop()
        ticks.append(float(high))
    return Axis(float(low), float(max(high, low * 2)), tuple(ticks), logarithmic=True)


def context_label(tokens: float) -> str:
    """A context length for an axis: ``4K``, ``128K``, ``1M``. Exact numbers belong in the text."""
    count = round(tokens)
    for size, letter in ((2**20, "M"), (2**10, "K")):
        if count >= size:
            amount = round(count / size, 1)
            return (say("{0:.0f}", amount) if amount % 1 == 0 else say("{0:.1f}", amount)) + letter
    return str(count)


def tick_label(value: float, step: float) -> str:
    """A tick of a linear axis with as many decimals as its step needs."""
    decimals = 0 if step >= 1 else min(3, math.ceil(-math.log10(step) - 1e-9))
    return say("{0:,.{1}f}", value, decimals)
