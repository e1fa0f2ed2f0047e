"""A verdict in words, the same on every screen, in the terminal and in a copied table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from moeplanner_gui.core.claims.amounts import shown_pair
from moeplanner_gui.core.claims.terms import Judgement, Topic, Verdict
from moeplanner_gui.core.words import say

VERDICTS: Final[dict[Verdict, str]] = {
    "cannot_be_true": say("Cannot be true"),
    "wrong": say("Wrong"),
    "holds_within": say("Holds within"),
    "holds": say("Holds"),
    "cannot_be_checked": say("Cannot be checked"),
}
"""In the order in which they are listed and counted."""

TOPICS: Final[dict[Topic, str]] = {
    "model": say("Model"),
    "weights": say("Weights"),
    "kv_cache": say("KV cache"),
    "memory": say("Memory"),
    "fits": say("What fits"),
    "context": say("Context"),
    "speed": say("Speed"),
    "power": say("Power"),
    "card": say("Cards"),
    "link": say("Links"),
    "price": say("Prices"),
    "cost": say("Cost"),
    "training": say("Training"),
    "quality": say("Quality"),
    "other": "Other",
}


def verdict_text(judgement: Judgement) -> str:
    """``"Wrong"``, ``"Holds within 3 %"``: the share is rounded up, never towards yes."""
    if judgement.verdict != "holds_within":
        return VERDICTS[judgement.verdict]
    return f"{VERDICTS['holds_within']} {share_text(judgement.within)}"


def share_text(share: float) -> str:
    """A share in whole per cent, rounded up, or in tenths below one per cent."""
    percent = 100 * share
    if percent < 1:
        return say("{0:.1f} %", -(-percent * 10 // 1) / 10)
    return say("{0:.0f} %", -(-round(percent, 6) // 1))


def off_by_text(judgement: Judgement) -> str:
    """``"23 × too low"``, ``"0.3 %"``, ``"exact"``; a dash where nothing was compared."""
    if judgement.verdict == "holds":
        claimed, computed = shown_pair(judgement.claimed, judgement.computed)
        return say("exact") if claimed == computed and judgement.confidence == "exact" else "–"
    if judgement.verdict == "holds_within":
        return share_text(judgement.within)
    if judgement.factor is None or judgement.direction is None:
        return "–"
    factor = factor_text(judgement.factor)
    if judgement.direction == "too_low":
        return say("{0} × too low", factor)
    return say("{0} × too high", factor)


def factor_text(factor: float) -> str:
    """``"2.1"``, ``"23"``, ``"11,435"``; what is off by a little is never shown as 1."""
    if factor >= 10:
        return say("{0:,.0f}", factor)
    return say("{0:.1f}", factor) if factor >= 1.095 else say("{0:.2f}", max(factor, 1.01))


def counts(judgements: Iterable[Judgement]) -> dict[Verdict, int]:
    """How many there are of each verdict, in the order of the list, zeros included."""
    found: dict[Verdict, int] = dict.fromkeys(VERDICTS, 0)
    for judgement in judgements:
        found[judgement.verdict] += 1
    return found
