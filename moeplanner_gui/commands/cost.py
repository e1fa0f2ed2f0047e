"""What a plan costs as text for a terminal: the sentence, the parts, the others, break-evens."""

from __future__ import annotations

from moeplanner_gui.core.assessment import Cost
from moeplanner_gui.core.cost.sentence import cost_sentence, price_text, share_text, volume_text

_VERDICTS = {
    "own": "Owning is cheapest.",
    "api": "The API is cheapest.",
    "rent": "Renting is cheapest.",
    "too_close": "Too close to call.",
}
_HOW = {"always_on": "for all hours of the month", "on_demand": "on demand"}


def cost_text(cost: Cost) -> str:
    """The lines on cost; why, where it is not known."""
    if cost.own_usd_per_month is None:
        return "\n".join([f"Cost: {text}" for text in cost.because[:1]] + [*cost.because[1:]])
    lines = [cost_sentence(cost), _own_line(cost)]
    if cost.api_usd_per_month is not None:
        band = _band(cost.api_usd_per_month_low, cost.api_usd_per_month_high)
        each = "" if cost.api_usd_per_mtok is None else f", {price_text(cost.api_usd_per_mtok)}"
        each += " a million tokens" if each else ""
        lines.append(f"API: {_usd(cost.api_usd_per_month)} a month{band}{each}.")
        lines.append(_break_even_line(cost))
    if cost.rent_usd_per_month is not None:
        band = _band(cost.rent_usd_per_month_low, cost.rent_usd_per_month_high)
        lines.append(
            f"Rent of {cost.rent_name}: {_usd(cost.rent_usd_per_month)} a month"
            f" {_HOW[cost.rent_answer or 'on_demand']}{band}; always on"
            f" {_usd(cost.rent_always_on_usd_per_month)}, on demand"
            f" {_usd(cost.rent_on_demand_usd_per_month)}."
        )
    lines += [text for text in (_VERDICTS.get(cost.verdict or ""),) if text]
    lines += cost.because
    return "\n".join(line for line in lines if line)


def _own_line(cost: Cost) -> str:
    parts = (
        ("loss of value", cost.own_amortisation_usd),
        ("maintenance", cost.own_maintenance_usd),
        ("other", cost.own_other_usd),
        ("power of waiting", cost.own_idle_power_usd),
        ("power of work", cost.own_load_power_usd),
    )
    named = ", ".join(f"{name} {_usd(amount)}" for name, amount in parts if amount)
    band = _band(cost.own_usd_per_month_low, cost.own_usd_per_month_high)
    rigs = cost.rigs_needed or 1
    who = "Own" if rigs == 1 else f"Own, {rigs:,} rigs"
    return (
        f"{who}: {_usd(cost.own_usd_per_month)} a month{band} = {named or 'nothing'};"
        f" busy {cost.busy_hours_per_month or 0:,.1f} h ({share_text(cost.duty or 0)}),"
        f" {cost.kwh_per_month or 0:,.0f} kWh."
    )


def _break_even_line(cost: Cost) -> str:
    """Each break-even by its name; what none reaches is said."""
    said = []
    if cost.breakeven_answer == "never":
        said.append("at no volume: power alone costs more than the API")
    elif cost.breakeven_mtok_per_month is not None:
        reach = ""
        if cost.breakeven_answer == "not_reachable":
            reach = (
                f", not reachable: one rig does {volume_text(cost.capacity_mtok_per_month or 0)}"
            )
        said.append(f"at {volume_text(cost.breakeven_mtok_per_month)} tokens a month{reach}")
    else:
        said.append("at which volume: n/a without use")
    if cost.payback_months is None:
        said.append("payback: never at this volume")
    else:
        late = ", after its life" if cost.payback_answer == "after_life" else ""
        said.append(f"payback in month {cost.payback_months:,.0f}{late}")
    if cost.breakeven_api_usd_per_mtok is not None:
        said.append(f"at an API price of {price_text(cost.breakeven_api_usd_per_mtok)} a million")
    tariff = cost.breakeven_usd_per_kwh
    said.append("at no tariff" if tariff is None else f"at {price_text(tariff)} a kWh")
    return f"Break-even {'; '.join(said)}."


def _usd(amount: float | None) -> str:
    return "n/a" if amount is None else f"${amount:,.2f}"


def _band(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" (${low:,.0f}–${high:,.0f})"
