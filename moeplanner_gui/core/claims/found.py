"""What a check finds out, before it is compared with what is claimed."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from moeplanner_gui.core.claims.terms import Amount, MixUp, NamedPlan, Step, Verdict
from moeplanner_gui.core.records import dataclass

EXACT = 0.005
"""Share that counts as no difference."""
CLOSE = 0.10
"""Share within which a rounded figure still serves its reader."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A formula with a known mistake in it, and what it gives in the unit of the claim.

    ``high``: with what authors usually put on top of it. ``whose``: of which model it is.
    """

    code: MixUp
    value: float
    high: float | None = None
    whose: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a check.

    Attributes:
        computed: In the unit of the claim; None where nothing can be computed.
        because: A sentence on how the figure comes about.
        steps: The arithmetic.
        plans: What was evaluated.
        mistakes: Formulas that could explain another number.
        floor: Below it a claim is impossible in principle, in the unit of the claim.
        ceiling: Likewise above it.
        tolerance: The share within which a claim still holds.
        verdict: Where the check itself decides, not a comparison of numbers.
        factor: Likewise.
        works: What does work.
        confidence: How sure the figure is.
    """

    computed: Amount | None
    because: str
    steps: tuple[Step, ...] = ()
    plans: tuple[NamedPlan, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    floor: float | None = None
    ceiling: float | None = None
    tolerance: float = CLOSE
    verdict: Verdict | None = None
    factor: float | None = None
    within: float | None = None
    too_low: bool | None = None
    works: str = ""
    confidence: Literal["exact", "modelled", "published"] = "exact"
    mixed_up: MixUp | None = None
    notes: tuple[str, ...] = field(default=())


def not_checked(because: str, *steps: Step) -> Found:
    """Nothing could be computed, and why."""
    return Found(None, because, steps=steps, verdict="cannot_be_checked")
