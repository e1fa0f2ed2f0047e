"""Sums and multiples of ranges of watts, end by end: on the safe side of both ends."""

from __future__ import annotations

from moeplanner_gui.core.assessment import Range


def plus(*parts: Range) -> Range:
    """The sum of ranges, end by end."""
    return Range(
        sum(part.low for part in parts),
        sum(part.expected for part in parts),
        sum(part.high for part in parts),
    )


def times(part: Range, count: float) -> Range:
    """``count`` of the same."""
    return Range(part.low * count, part.expected * count, part.high * count)
