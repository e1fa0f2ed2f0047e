"""Power supplies: their efficiency, their sizes, and what a circuit allows."""

from __future__ import annotations

from itertools import pairwise
from math import ceil

Points = tuple[tuple[float, float], ...]
GOLD_115_V: Points = ((0.2, 0.87), (0.5, 0.90), (1.0, 0.87))
"""The level 80 PLUS Gold: share of the rated load and efficiency (Tom's Hardware's table)."""

SIZES_W = (650, 750, 850, 1000, 1200, 1300, 1600, 2000, 2500, 2800)
"""Rated power of supplies that are sold (general knowledge, not checked against a source)."""
FILLED_SHARE = 0.8
"""A supply is chosen so that the rig at its limits fills at most this share of it: cards exceed
their limit for milliseconds, and an RTX PRO 6000 of 600 W was seen at 640 W."""


def efficiency(load_share: float, points: Points = GOLD_115_V) -> float:
    """Share of the wall power that is delivered; linear between the points, flat outside."""
    if load_share <= points[0][0]:
        return points[0][1]
    for (low, at_low), (high, at_high) in pairwise(points):
        if load_share <= high:
            return at_low + (at_high - at_low) * (load_share - low) / (high - low)
    return points[-1][1]


def supply_w(most_w: float) -> int:
    """Rated watts to buy for a computer that draws at most ``most_w``: one supply where one is
    large enough, else several of the largest.
    """
    needed = most_w / FILLED_SHARE
    for size in SIZES_W:
        if size >= needed:
            return size
    return SIZES_W[-1] * ceil(needed / SIZES_W[-1])


def wall_w(dc_w: float, rated_w: float, points: Points = GOLD_115_V) -> float:
    """Watts at the wall for watts delivered by a supply of ``rated_w``."""
    return dc_w / efficiency(dc_w / rated_w, points) if dc_w else 0.0
