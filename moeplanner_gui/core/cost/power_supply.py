"""What a power supply draws from the wall for what it delivers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from moeplanner_gui.core.words import say


def efficiency(load_share: Decimal, points: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    """Efficiency at a share of the rated load: linear between the points of an 80 PLUS level,
    constant outside them.

    Below the lowest point nothing is certified, so the constant is optimistic there.

    Args:
        load_share: DC load over rated power.
        points: Ascending (load share, efficiency), at least one.
    """
    first, last = points[0], points[-1]
    if load_share <= first[0]:
        return first[1]
    if load_share >= last[0]:
        return last[1]
    for (low, at_low), (high, at_high) in pairwise(points):
        if load_share <= high:
            return at_low + (at_high - at_low) * (load_share - low) / (high - low)
    raise AssertionError("the points must ascend")


def wall_w(dc_w: Decimal, psu_w: Decimal, points: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    """Watts at the wall for watts delivered.

    Raises:
        ValueError: The supply has no rated power.
    """
    if psu_w <= 0:
        raise ValueError(say("the power supply needs a rated power"))
    return dc_w / efficiency(dc_w / psu_w, points)
