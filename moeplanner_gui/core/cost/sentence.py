"""The sentence that says what a plan costs, and how amounts of money and tokens are written."""

from __future__ import annotations

from math import ceil, floor

from moeplanner_gui.core.assessment import Cost

_HOW = {"always_on": "all month", "on_demand": "on demand"}


def cost_sentence(cost: Cost) -> str:
    """What a month costs, which way is cheaper and from where the rig wins; or why not.

    Example: "At 1,100M tokens a month this rig costs $413, the V4.1 Flash API $129: the API is
    3.2 times cheaper; the rig wins above 3.7B, which is 22 % of what it can do."
    """
    own = cost.own_usd_per_month
    if own is None:
        return cost.because[0] if cost.because else ""
    mtok = cost.mtok_per_month or 0.0
    when = f"At {volume_text(mtok, exact=True)} tokens a month" if mtok else "Without use"
    rigs = cost.rigs_needed or 1
    who = "this rig costs" if rigs == 1 else f"the {rigs:,} rigs it takes cost"
    parts = [f"{when} {who} {money_text(own)}{'' if mtok else ' a month'}"]
    others: dict[str, float] = {}
    if cost.api_usd_per_month is not None:
        name = "the API" if cost.api_name in (None, "API") else f"the {cost.api_name} API"
        parts.append(f"{name} {money_text(cost.api_usd_per_month)}")
        others["the API"] = cost.api_usd_per_month
    if cost.rent_usd_per_month is not None:
        how = _HOW.get(cost.rent_answer or "", "")
        parts.append(f"renting {how} {money_text(cost.rent_usd_per_month)}")
        others["renting"] = cost.rent_usd_per_month
    said = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}, {parts[-1]}"
    if not others:
        each = cost.own_usd_per_mtok
        return f"{said}." if each is None else f"{said}: {price_text(each)} a million tokens."
    return f"{said}: {_cheaper(cost, own, others)}{_wins(cost)}."


def _cheaper(cost: Cost, own: float, others: dict[str, float]) -> str:
    """Which way is cheaper, and by how much against the next one that matters to a buyer."""
    best = min(others, key=lambda name: others[name])
    rig = "the rig" if (cost.rigs_needed or 1) == 1 else "owning"
    if cost.verdict == "too_close":
        return "too close to call"
    if own < others[best]:
        winner, less, more = rig, own, others[best]
    else:
        winner, less, more = best, others[best], own
    if less <= 0:
        return f"{winner} costs nothing" if less == 0 else f"{winner} is cheaper"
    factor = more / less
    if factor < 1.05:
        return f"{winner} is cheaper by {money_text(more - less)}"
    times = f"{factor:,.0f}" if factor >= 10 else f"{factor:.1f}"
    return f"{winner} is {times} times cheaper"


def _wins(cost: Cost) -> str:
    """From which volume the rig wins over the API."""
    if cost.breakeven_answer == "never":
        return "; the rig never wins, its power alone costs more than the API"
    mtok = cost.breakeven_mtok_per_month
    if mtok is None:
        return ""
    if cost.breakeven_answer == "not_reachable":
        most = volume_text(cost.capacity_mtok_per_month or 0.0)
        return f"; the rig would win above {volume_text(mtok)}, but {most} is all that it can do"
    if mtok == 0:
        return "; the rig wins at any volume"
    share = f", which is {share_text(cost.breakeven_duty or 0.0)} of what it can do"
    over = "against the API alone " if _rent_is_cheaper_at(cost, mtok) else ""
    return f"; {over}the rig wins above {volume_text(mtok)}{share}"


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
        return f"{mtok / 1e6:,.1f}T"
    if mtok >= (10_000 if exact else 1000):
        return f"{mtok / 1000:,.1f}B"
    if mtok >= 10:
        return f"{mtok:,.0f}M"
    if mtok >= 0.1 or not mtok:
        return f"{mtok:.1f}M"
    return f"{mtok * 1e6:,.0f}"


def money_text(usd: float) -> str:
    """``"$413"`` from $10 up, cents below."""
    sign = "-" if usd < 0 else ""
    amount = abs(usd)
    if 0 < amount < 0.01:
        return f"{sign}less than a cent"
    return f"{sign}${amount:,.0f}" if amount >= 10 or not amount else f"{sign}${amount:,.2f}"


def whole_usd(usd: float) -> str:
    """``"$21,001"`` for $21,000.40: what hardware costs is never rounded down.

    A hair is: a sum of cents is not exact.
    """
    return f"${ceil(usd - 1e-6):,}"


def known_usd(usd: float) -> str:
    """``"$39,144"`` for $39,144.90: a sum that lacks a price is more than this, so rounded down."""
    return f"${floor(usd + 1e-6):,}"


def usd_band(low: float, high: float) -> str:
    """``"18,100–24,901"``: a range in whole dollars that leaves nothing of it out."""
    return f"{floor(low + 1e-6):,}–{ceil(high - 1e-6):,}"


def price_text(usd: float) -> str:
    """A price a million tokens: cents from $1 up, else a hundredth of a cent at most."""
    if abs(usd) >= 1:
        return f"${usd:,.2f}"
    return f"${usd:.4f}".rstrip("0") if usd else "$0"


def share_text(share: float) -> str:
    """``"22 %"``, ``"0.4 %"``."""
    percent = share * 100
    return f"{percent:,.0f} %" if percent >= 1 or not percent else f"{percent:.1g} %"
