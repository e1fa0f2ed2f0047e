"""Which inputs move a month's cost the most: each goes to both ends of its range, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.cost.figures import Figures, api_usd, own_usd, rent_usd
from moeplanner_gui.core.cost.ranges import Spread
from moeplanner_gui.core.cost.study import Study
from moeplanner_gui.core.records import dataclass

Target = Literal["own", "api", "rent", "own_less_api", "own_less_rent"]
TARGETS: dict[Target, Callable[[Figures], float]] = {
    "own": own_usd,
    "api": api_usd,
    "rent": rent_usd,
    "own_less_api": lambda f: float(own_usd(f) - api_usd(f)),
    "own_less_rent": lambda f: float(own_usd(f) - rent_usd(f)),
}


@dataclass(frozen=True, slots=True)
class Swing:
    """One bar: the target in USD a month with one input at each end of its range.

    ``expected_usd`` is the plan as it is, the same in every bar.
    """

    spread: Spread
    at_low_usd: float
    expected_usd: float
    at_high_usd: float

    @property
    def width_usd(self) -> float:
        """How far the bar reaches from end to end, the plan's own value included."""
        ends = (self.at_low_usd, self.expected_usd, self.at_high_usd)
        return max(ends) - min(ends)


def tornado(study: Study, target: Target = "own") -> tuple[Swing, ...]:
    """The bars of a tornado, the widest first; inputs without any effect are left out."""
    month, figures = TARGETS[target], study.figures
    expected = month(figures)
    bars = [
        Swing(
            spread,
            month(figures._replace(**{spread.key: spread.low})),
            expected,
            month(figures._replace(**{spread.key: spread.high})),
        )
        for spread in study.spreads
    ]
    moving = [bar for bar in bars if bar.width_usd >= 0.005]
    return tuple(sorted(moving, key=lambda bar: -bar.width_usd))


def corners(study: Study, target: Target = "own") -> Range:
    """The target with every input at its cheaper end, as it is, and with all at the dearer one.

    The widest that the ranges allow: much wider than what eight of ten cases hold.
    """
    month = TARGETS[target]
    low = high = study.figures
    for bar in tornado(study, target):
        ends = (
            (bar.at_low_usd, bar.spread.low),
            (bar.expected_usd, bar.spread.expected),
            (bar.at_high_usd, bar.spread.high),
        )
        low = low._replace(**{bar.spread.key: min(ends)[1]})
        high = high._replace(**{bar.spread.key: max(ends)[1]})
    return Range(month(low), month(study.figures), month(high))
