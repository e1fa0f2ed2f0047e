"""The sentence that says what a plan costs, and how amounts of money and tokens are written."""

from __future__ import annotations

from math import ceil, floor
from typing import Literal

from moeplanner_gui.core.assessment import Cost
from moeplanner_gui.core.words import comma_joined, say

Way = Literal["rig", "own", "api", "rent"]
"""What a month can be paid for: this rig, several of them, an API or rented cards."""

_COSTS_NOTHING: dict[Way, str] = {
    "rig": say("the rig costs nothing"),
    "own": say("owning costs nothing"),
    "api": say("the API costs nothing"),
    "rent": say("renting costs nothing"),
}
_IS_CHEAPER: dict[Way, str] = {
    "rig": say("the rig is cheaper"),
    "own": say("owning is cheaper"),
    "api": say("the API is cheaper"),
    "rent": say("renting is cheaper"),
}


def cost_sentence(cost: Cost) -> str:
    """What a month costs, which way is cheaper and from where the rig wins; or why not.

    Example: "At 1,100M tokens a month this rig costs $413, the V4.1 Flash API $129: the API is
    3.2 times cheaper; the rig wins above 3.7B, which is 22 % of what it can do."
    """
    amounts, answer = cost_clauses(cost)
    if answer:
        return say("{0}: {1}.", amounts, answer)
    if amounts:
        return say("{0}.", amounts)
    return cost.because[0] if cost.because else ""


def cost_clauses(cost: Cost) -> tuple[str, str]:
    """What a month costs, and what follows from it, without a full stop; "" where not known."""
    own = cost.own_usd_per_month
    if own is None:
        return "", ""
    said = [_owning(cost, money_text(own))]
    others: dict[Way, float] = {}
    if cost.api_usd_per_month is not None:
        bill = money_text(cost.api_usd_per_month)
        is_named = cost.api_name not in (None, "API")
        said.append(say("the {0} API {1}", cost.api_name, bill) if is_named else _api(bill))
        others["api"] = cost.api_usd_per_month
    if cost.rent_usd_per_month is not None:
        said.append(_renting(cost.rent_answer, money_text(cost.rent_usd_per_month)))
        others["rent"] = cost.rent_usd_per_month
    amounts = comma_joined(said)
    if not others:
        each = cost.own_usd_per_mtok
        return amounts, "" if each is None else say("{0} a million tokens", price_text(each))
    cheaper, wins = _cheaper(cost, own, others), _wins(cost)
    return amounts, say("{0}; {1}", cheaper, wins) if wins else cheaper


def _owning(cost: Cost, amount: str) -> str:
    rigs, mtok = cost.rigs_needed or 1, cost.mtok_per_month or 0.0
    volume = volume_text(mtok, exact=True)
    if mtok and rigs == 1:
        return say("At {0} tokens a month this rig costs {1}", volume, amount)
    if mtok:
        return say("At {0} tokens a month the {1:,} rigs it takes cost {2}", volume, rigs, amount)
    if rigs == 1:
        return say("Without use this rig costs {0} a month", amount)
    return say("Without use the {0:,} rigs it takes cost {1} a month", rigs, amount)


def _api(amount: str) -> str:
    return say("the API {0}", amount)


def _renting(answer: str | None, amount: str) -> str:
    if answer == "always_on":
        return say("renting all month {0}", amount)
    if answer == "on_demand":
        return say("renting on demand {0}", amount)
    return say("renting {0}", amount)


def _cheaper(cost: Cost, own: float, others: dict[Way, float]) -> str:
    """Which way is cheaper, and by how much against the next one that matters to a buyer."""
    best = min(others, key=lambda way: others[way])
    if cost.verdict == "too_close":
        return say("too close to call")
    winner: Way = best
    less, more = others[best], own
    if own < others[best]:
        winner, less, more = "rig" if (cost.rigs_needed or 1) == 1 else "own", more, less
    if less <= 0:
        return _COSTS_NOTHING[winner] if less == 0 else _IS_CHEAPER[winner]
    factor = more / less
    if factor < 1.05:
        return _cheaper_by(winner, money_text(more - less))
    times = say("{0:,.0f}", factor) if factor >= 10 else say("{0:.1f}", factor)
    return _times_cheaper(winner, times)


def _cheaper_by(winner: Way, amount: str) -> str:
    match winner:
        case "rig":
            return say("the rig is cheaper by {0}", amount)
        case "own":
            return say("owning is cheaper by {0}", amount)
        case "api":
            return say("the API is cheaper by {0}", amount)
        case "rent":
            return say("renting is cheaper by {0}", amount)


def _times_cheaper(winner: Way, times: str) -> str:
    match winner:
        case "rig":
            return say("the rig is {0} times cheaper", times)
        case "own":
            return say("owning is {0} times cheaper", times)
        case "api":
            return say("the API is {0} times cheaper", times)
        case "rent":
            return say("renting is {0} times cheaper", times)


def _wins(cost: Cost) -> str:
    """From which volume the rig wins over the API."""
    if cost.breakeven_answer == "never":
        return say("the rig never wins, its power alone costs more than the API")
    mtok = cost.breakeven_mtok_per_month
    if mtok is None:
        return ""
    volume = volume_text(mtok)
    if cost.breakeven_answer == "not_reachable":
        most = volume_text(cost.capacity_mtok_per_month or 0.0)
        return say("the rig would win above {0}, but {1} is all that it can do", volume, most)
    if mtok == 0:
        return say("the rig wins at any volume")
    share = share_text(cost.breakeven_duty or 0.0)
    if _rent_is_cheaper_at(cost, mtok):
        return say(
            "against the API alone the rig wins above {0}, which is {1} of what it can do",
            volume,
            share,
        )
    return say("the rig wins above {0}, which is {1} of what it can do", volume, share)


def _rent_is_cheaper_at(cost: Cost, mtok: float) -> bool:
    """Whether renting costs less than what owning and the API cost at their break-even."""
    always, demand = cost.rent_always_on_usd_per_month, cost.rent_on_demand_usd_per_month
    bill, now = cost.api_usd_per_month, cost.mtok_per_month
    if always is None or demand is None or bill is None or not now:
        return False
    return min(always / (cost.rigs_needed or 1), demand * mtok / now) < bill * mtok / now


def volume_text(mtok: float, *, exact: bool = False) -> str:
    """Millions of tokens: ``"3.7B"``, ``"110M"``, ``"0.5M"``; ``exact`` keeps 1,100M whole."""
    if mtok >= 1e6:
        return say("{0:,.1f}T", mtok / 1e6)
    if mtok >= (10_000 if exact else 1000):
        return say("{0:,.1f}B", mtok / 1000)
    if mtok >= 10:
        return say("{0:,.0f}M", mtok)
    if mtok >= 0.1 or not mtok:
        return say("{0:.1f}M", mtok)
    return say("{0:,.0f}", mtok * 1e6)


def money_text(usd: float) -> str:
    """``"$413"`` from $10 up, cents below."""
    sign = "-" if usd < 0 else ""
    amount = abs(usd)
    if 0 < amount < 0.01:
        return say("{0}less than a cent", sign)
    return (
        say("{0}${1:,.0f}", sign, amount)
        if amount >= 10 or not amount
        else say("{0}${1:,.2f}", sign, amount)
    )


def whole_usd(usd: float) -> str:
    """``"$21,001"`` for $21,000.40: what hardware costs is never rounded down.

    A hair is: a sum of cents is not exact.
    """
    return say("${0:,}", ceil(usd - 1e-6))


def known_usd(usd: float) -> str:
    """``"$39,144"`` for $39,144.90: a sum that lacks a price is more than this, so rounded down."""
    return say("${0:,}", floor(usd + 1e-6))


def usd_band(low: float, high: float) -> str:
    """``"18,100–24,901"``: a range in whole dollars that leaves nothing of it out."""
    return say("{0:,}–{1:,}", floor(low + 1e-6), ceil(high - 1e-6))


def price_text(usd: float) -> str:
    """A price a million tokens: cents from $1 up, else a hundredth of a cent at most."""
    if abs(usd) >= 1:
        return say("${0:,.2f}", usd)
    return say("${0:.4f}", usd).rstrip("0") if usd else "$0"


def share_text(share: float) -> str:
    """``"22 %"``, ``"0.4 %"``."""
    percent = share * 100
    return say("{0:,.0f} %", percent) if percent >= 1 or not percent else say("{0:.1g} %", percent)
