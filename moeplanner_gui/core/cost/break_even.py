"""Where owning starts to pay. Each answer is named, and "never" is one of them."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Literal

from moeplanner_gui.core.cost.money import HOURS_PER_MONTH, ZERO
from moeplanner_gui.core.cost.owning import Ownership
from moeplanner_gui.core.cost.resale import Resale
from moeplanner_gui.core.cost.workload import Throughput, Tokens
from moeplanner_gui.core.records import dataclass

_KILO = Decimal(1000)
_LONGEST_MONTHS = 1200


@dataclass(frozen=True, slots=True)
class Volume:
    """The month's tokens, in millions, above which owning is cheaper than the API.

    ``answer``: "reached" at ``mtok``; "not_reachable" when the rig cannot make so many, and more
    rigs do not help as both sides grow; "never" when power alone costs more than the API.
    ``duty`` is the share of the rig's capacity at ``mtok``, ``busy_share`` the share of the
    month for which it is then busy.
    """

    answer: Literal["reached", "not_reachable", "never"]
    mtok: Decimal | None = None
    duty: Decimal | None = None
    busy_share: Decimal | None = None


def break_even_volume(
    rig: Ownership, throughput: Throughput, tokens: Tokens, api_usd_per_mtok: Decimal
) -> Volume:
    """``T* = F / (p - c)``: the fixed cost over what each million tokens saves.

    ``F`` holds idle power, as it flows anyway; ``c`` is the power that a million tokens adds.
    A rig that at ``T*`` is busy for longer than its hours on has no idle power left: then ``F``
    has none and ``c`` is all power of its work.
    """
    bought = rig.amortisation_usd + rig.maintenance_usd + rig.other_usd_per_month
    idle = rig.pue * rig.idle_w * rig.hours_on / _KILO * rig.usd_per_kwh
    hours = throughput.busy_hours_per_mtok(tokens)
    capacity = throughput.capacity_mtok(tokens)
    saved = api_usd_per_mtok - marginal_usd_per_mtok(rig, throughput, tokens)
    if saved <= 0:
        # Resale above the price paid can be worth more than all power that the rig can use.
        if bought + idle >= 0 or bought + idle > saved * (capacity or ZERO):
            return Volume("never")
        busy_share = None if capacity is None else ZERO
        return Volume("reached", ZERO, busy_share, busy_share)
    volume = (bought + idle) / saved
    if volume * hours > rig.hours_on and (capacity is None or volume <= capacity):
        saved = api_usd_per_mtok - rig.pue * rig.load_w / _KILO * hours * rig.usd_per_kwh
        if saved <= 0:
            return Volume("never")
        volume = bought / saved
    # Resale above the price paid can make owning free from the first token.
    volume = max(volume, ZERO)
    if capacity is None:
        return Volume("reached", volume)
    answer: Literal["reached", "not_reachable"] = (
        "reached" if volume <= capacity else "not_reachable"
    )
    return Volume(answer, volume, volume / capacity, volume * hours / HOURS_PER_MONTH)


def marginal_usd_per_mtok(rig: Ownership, throughput: Throughput, tokens: Tokens) -> Decimal:
    """USD of power that a million tokens of this mix adds to an idle rig."""
    hours = throughput.busy_hours_per_mtok(tokens)
    return rig.pue * (rig.load_w - rig.idle_w) / _KILO * hours * rig.usd_per_kwh


def simple_payback_months(
    hardware_usd: Decimal, running_usd: Decimal, other_usd: Decimal
) -> Decimal | None:
    """``C / (api - running)``; None when the alternative costs no more than running the rig."""
    saved = other_usd - running_usd
    return hardware_usd / saved if saved > 0 else None


def payback_month(
    hardware_usd: Decimal, resale: Resale, running_usd: Decimal, other_usd: Decimal
) -> int | None:
    """The first whole month in which selling the rig would leave its owner no worse off.

    ``C - V(m) + running * m <= other * m``. None when that is not within 100 years.
    """
    saved = other_usd - running_usd
    if resale.share is not None:
        lost = hardware_usd * (1 - resale.share)
        if lost <= saved:
            return 1
        if saved <= 0:
            return None
        months = lost / saved
        if months > _LONGEST_MONTHS:
            return None
        return int(months.to_integral_value(ROUND_CEILING))

    def pays(month: int) -> bool:
        return hardware_usd - resale.value(hardware_usd, month) <= saved * month

    if pays(1):
        return 1
    if not pays(_LONGEST_MONTHS):
        return None
    # What is lost grows ever more slowly, what is saved evenly: once it pays, it goes on paying.
    low, high = 1, _LONGEST_MONTHS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if pays(middle) else (middle, high)
    return high


def break_even_tariff(fixed_usd: Decimal, kwh: Decimal, other_usd: Decimal) -> Decimal | None:
    """USD/kWh at which owning costs as much as the alternative; None when no tariff does.

    ``fixed_usd`` is everything but electricity.
    """
    left = other_usd - fixed_usd
    return left / kwh if kwh > 0 and left >= 0 else None


def rent_or_buy_hours(
    lost_value_usd: Decimal, usd_per_hour: Decimal, load_w: Decimal, usd_per_kwh: Decimal
) -> Decimal | None:
    """Hours of work after which a bought GPU is cheaper: ``(C - V) / (r - P * e)``.

    None when an hour of rent costs no more than the power of the own card.
    """
    saved = usd_per_hour - load_w / _KILO * usd_per_kwh
    return max(lost_value_usd, ZERO) / saved if saved > 0 else None


def break_even_price(own_usd: Decimal, tokens: Tokens) -> Decimal | None:
    """USD a million tokens at which an API costs as much as owning; None at zero use."""
    return own_usd / tokens.total_mtok if tokens.total_mtok else None
