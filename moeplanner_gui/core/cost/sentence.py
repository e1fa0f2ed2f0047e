"""The sentence that says what a plan costs, and how amounts of money and tokens are written."""

from __future__ import annotations

from math import ceil, floor

from moeplanner_gui.core.assessment import Cost
from moeplanner_gui.core.words import say

_HOW = {"always_on": say("all month"), "on_demand": say("on demand")}


def cost_sentence(cost: Cost) -> str:
    """What a month costs, which way is cheaper and from where the rig wins; or why not.

    Example: "At 1,100M tokens a month this rig costs $413, the V4.1 Flash API $129: the API is
    3.2 times cheaper; the rig wins above 3.7B, which is 22 % of what it can do."
    """
    own = cost.own_usd_per_month
    if own is None:
        return cost.because[0] if cost.because else ""
    mtok = cost.mtok_per_month or 0.0
    when = (
        say("At {0} tokens a month", volume_text(mtok, exact=True)) if mtok else say("Without use")
    )
    rigs = cost.rigs_needed or 1
    who = say("this rig costs") if rigs == 1 else say("the {0:,} rigs it takes cost", rigs)
    parts = [say("{0} {1} {2}{3}", when, who, money_text(own), "" if mtok else say(" a month"))]
    others: dict[str, float] = {}
    if cost.api_usd_per_month is not None:
        name = (
            say("the API") if cost.api_name in (None, "API") else say("the {0} API", cost.api_name)
        )
        parts.append(f"{name} {money_text(cost.api_usd_per_month)}")
        others[say("the API")] = cost.api_usd_per_month
    if cost.rent_usd_per_month is not None:
        how = _HOW.get(cost.rent_answer or "", "")
        parts.append(say("renting {0} {1}", how, money_text(cost.rent_usd_per_month)))
        others[say("renting")] = cost.rent_usd_per_month
    said = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}, {parts[-1]}"
    if not others:
        each = cost.own_usd_per_mtok
        return (
            f"{said}."
            if each is None
            else say("{0}: {1} a million tokens.", said, price_text(each))
        )
    return f"{said}: {_cheaper(cost, own, others)}{_wins(cost)}."


def _cheaper(cost: Cost, own: float, others: dict[str, float]) -> str:
    """Which way is cheaper, and by how much against the next one that matters to a buyer."""
    best = min(others, key=lambda name: others[name])
    rig = say("the rig") if (cost.rigs_needed or 1) == 1 else say("owning")
    if cost.verdict == "too_close":
        return say("too close to call")
    if own < others[best]:
        winner, less, more = rig, own, others[best]
    else:
        winner, less, more = best, others[best], own
    if less <= 0:
        return say("{0} costs nothing", winner) if less == 0 else say("{0} is cheaper", winner)
    factor = more / less
    if factor < 1.05:
        return say("{0} is cheaper by {1}", winner, money_text(more - less))
    times = say("{0:,.0f}", factor) if factor >= 10 else say("{0:.1f}", factor)
    return say("{0} is {1} times cheaper", winner, times)


def _wins(cost: Cost) -> str:
    """From which volume the rig wins over the API."""
    if cost.breakeven_answer == "never":
        return say("; the rig never wins, its power alone costs more than the API")
    mtok = cost.breakeven_mtok_per_month
    if mtok is None:
        return ""
    if cost.breakeven_answer == "not_reachable":
        most = volume_text(cost.capacity_mtok_per_month or 0.0)
        return say(
            "; the rig would win above {0}, but {1} is all that it can do", volume_text(mtok), most
        )
    if mtok == 0:
        return say("; the rig wins at any volume")
    share = share_text(cost.breakeven_duty or 0.0)
    if _rent_is_cheaper_at(cost, mtok):
        return say(
            "; against the API alone the rig wins above {0}, which is {1} of what it can do",
            volume_text(mtok),
            share,
        )
    return say("; the rig wins above {0}, which is {1} of what it can do", volume_text(mtok), share)


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
