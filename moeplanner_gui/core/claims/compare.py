"""Whether a claimed number is the computed one, by how much it is off, and what explains it."""

from __future__ import annotations

from moeplanner_gui.core.claims.amounts import half_of_last_digit
from moeplanner_gui.core.claims.found import EXACT, Found, Mistake
from moeplanner_gui.core.claims.terms import Amount, Direction, Relation, Verdict
from moeplanner_gui.core.records import dataclass

_MATCH = 0.03
"""A formula explains a number when it gives it to 3 %: articles round to two digits."""
_ROUNDED = 0.03
"""Rounding to the digits stated never excuses more than this."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A verdict on a number. ``within`` and ``factor`` compare with the usual case."""

    verdict: Verdict
    within: float = 0.0
    factor: float | None = None
    direction: Direction | None = None


def compare(claimed: Amount, found: Found, relation: Relation) -> Difference:
    """Compare two amounts of the same unit.

    A claim holds where its range meets the computed one and is the usual case; within a share
    where it meets another case or is near; otherwise it is wrong by a factor, or impossible when
    it lies below what is possible at all.
    """
    computed = found.computed
    assert computed is not None
    low, high, usual = computed.low, computed.high, computed.usual
    first, last = claimed.low, claimed.high
    assert low is not None and high is not None and usual is not None
    assert first is not None and last is not None
    if relation == "at_least":
        last = max(last, high)
    elif relation == "at_most":
        first = min(first, low)
    if found.floor is not None and last < found.floor * (1 - EXACT):
        return _off(last, usual, "cannot_be_true")
    if found.ceiling is not None and first > found.ceiling * (1 + EXACT):
        return _off(first, usual, "cannot_be_true")
    nearest_to_usual = min(max(usual, first), last)
    within = _share(nearest_to_usual, usual)
    if within <= EXACT or _rounds_to(nearest_to_usual, usual, within):
        return Difference("holds")
    nearest = min(max(low, first), last) if last < low else max(min(high, last), first)
    end = low if last < low else high
    apart = _share(nearest, end) if last < low or first > high else 0.0
    if apart <= found.tolerance or _rounds_to(nearest, end, apart):
        return Difference(
            "holds_within",
            within,
            _factor(nearest_to_usual, usual),
            _direction(nearest_to_usual, usual),
        )
    return _off(nearest_to_usual, usual, "wrong")


def _off(value: float, usual: float, verdict: Verdict) -> Difference:
    return Difference(
        verdict, _share(value, usual), _factor(value, usual), _direction(value, usual)
    )


def _share(value: float, computed: float) -> float:
    if computed == 0:
        return 0.0 if value == 0 else 1.0
    return abs(value / computed - 1)


def _rounds_to(stated: float, computed: float, apart: float) -> bool:
    return apart <= _ROUNDED and abs(stated - computed) <= half_of_last_digit(stated)


def _factor(value: float, computed: float) -> float | None:
    """How many times off, at least 1; None where one of them is zero or they differ in sign."""
    if value == 0 or computed == 0 or (value < 0) != (computed < 0):
        return None
    ratio = value / computed
    return max(ratio, 1 / ratio)


def _direction(value: float, computed: float) -> Direction | None:
    if value == computed:
        return None
    return "too_low" if value < computed else "too_high"


def explained_by(claimed: Amount, mistakes: tuple[Mistake, ...]) -> Mistake | None:
    """The mistaken formula that gives the claimed number best, None where none does."""
    if claimed.low is None or claimed.high is None:
        return None
    best: tuple[float, Mistake] | None = None
    for mistake in mistakes:
        most = mistake.value if mistake.high is None else mistake.high
        stated = min(max(mistake.value, claimed.low), claimed.high)
        apart = _share(stated, min(max(stated, mistake.value), most))
        if mistake.high is not None:
            # A formula that gives the number itself explains it better than a span does.
            apart = max(apart, _MATCH / 2)
        if apart <= _MATCH and (best is None or apart < best[0]):
            best = (apart, mistake)
    return None if best is None else best[1]


def compared_value(claimed: Amount | None, computed: Amount | None) -> float | None:
    """The end of a claimed range that is compared: the one nearer to the usual case.

    Args:
        claimed: What was stated, None or words where that is no number.
        computed: What came out; without it the stated value itself.
    """
    if claimed is None or claimed.low is None or claimed.high is None:
        return None
    if computed is None or computed.usual is None:
        return claimed.usual
    return min(max(computed.usual, claimed.low), claimed.high)
