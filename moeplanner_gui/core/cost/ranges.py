"""How far each input of a month may lie from what the plan says, and bands that follow from it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

from moeplanner_gui.core.assessment import Range, Speed
from moeplanner_gui.core.cost.data import TariffData
from moeplanner_gui.core.cost.figures import (
    Figures,
    api_usd,
    busy_hours,
    hours_of_work,
    own_usd,
    per_rig_usd,
    power_usd,
    rent_usd,
    rigs_for,
    usable_hours,
)
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

_DEPRECIATION = say(
    "published lives of 4 to 6 years and resale of 25 to 46 % of an H100 "
    "in year 3 (Silicon Data, SpotWire, GLRI), -9.9 % a year of an RTX 3090"
)
_API_HISTORY = say("-50 to +50 %: DeepSeek's prices moved both ways in 2026")
_HIT_RANGE = say("a tenth of the input either way, as 70 to 90 % of agents: not from a source")
_WATTS = say("the cards' limits and measured rigs")
_SPEEDS = say("the band of the modelled speed")
_OWN_RULE = say("a rule of this program, no published range")
FIXED = frozenset(
    (
        "hardware_usd",
        "life_months",
        "resale_haircut",
        "resale_annual_fall",
        "resale_share",
        "capital_rate",
        "maintenance_share",
    )
)
"""Inputs that change what one rig costs a month whatever it does."""
_API_KEYS = frozenset(("api_change", "cache_hit_share"))
_RENT_KEYS = frozenset(("rent_usd", "prefill", "decode", "cache_hit_share", "max_duty"))
_WATT_PRICE = frozenset(("pue", "usd_per_kwh"))
_OTHERS_ONLY = frozenset(("api_change", "rent_usd"))
_TAIL = 1.2815515655446004
"""Standard deviations from the middle to the tenth and the ninetieth of a hundred."""


@dataclass(frozen=True, slots=True)
class Spread:
    """One input with its range.

    Attributes:
        key: The field of :class:`Figures`.
        label: For people.
        unit: "$", "months", "%" (of a share from 0 to 1), "W", "tok/s", "$/kWh", "×" or "$/h".
        low, expected, high: The smallest, the plan's own and the largest value.
        source: Where the range comes from.
        assumed: True for a rule of thumb that nobody published.
    """

    key: str
    label: str
    unit: str
    low: float
    expected: float
    high: float
    source: str
    assumed: bool = False


API_CHANGE = Spread(
    "api_change", say("Price of the API in a year"), "×", 0.5, 1.0, 1.5, _API_HISTORY, True
)


def spreads_of(
    plan: Plan,
    speed: Speed,
    figures: Figures,
    *,
    hardware: Range | None,
    load: Range | None,
    idle: Range | None,
    tariffs: TariffData | None,
) -> tuple[Spread, ...]:
    """The ranges of a plan's inputs, each around the plan's own value.

    What the user typed and can know (a price paid, measured watts and speeds) has no range.

    Args:
        plan: The plan.
        speed: Its modelled speed with its bands.
        figures: The plan's own values.
        hardware: Lowest, shown and highest price of the parts; None when it was typed.
        load: Watts at the wall at work, None when typed or unknown.
        idle: The same when waiting.
        tariffs: Where the range of a rent is looked up.
    """
    e, f = plan.economics, figures
    found = list(
        _standing_spreads(
            f[:7], hardware, f.pue, f.usd_per_kwh, f.max_duty, f.cache_hit_share, e.api is not None
        )
    )
    for key, label, typed, watts in (
        ("load_w", say("Power at work"), e.load_w, load),
        ("idle_w", say("Power when waiting"), e.idle_w, idle),
    ):
        if typed is None and watts is not None and watts.low < watts.high:
            found.append(_around(key, label, "W", watts, f, _WATTS))
    if e.prefill_tokens_per_s is None and speed.prefill_tokens_per_s is not None:
        found.append(
            _around("prefill", say("Prefill"), "tok/s", speed.prefill_tokens_per_s, f, _SPEEDS)
        )
    everyone = speed.decode_tokens_per_s_all_users
    if e.decode_tokens_per_s is None and everyone is not None:
        found.append(_around("decode", say("Decode, all users"), "tok/s", everyone, f, _SPEEDS))
    if e.rent is not None and e.rent.usd_per_gpu_hour is None and tariffs is not None:
        row = tariffs.rental_ranges.get(e.rent.gpu)
        if row is not None and row.low < row.high:
            ends = (float(row.low), float(row.expected), float(row.high))
            source = f"{row.source} ({row.date})"
            found.append(Spread("rent_usd", say("Rent of a GPU"), "$/h", *ends, source))
    return tuple(spread for spread in found if spread.low < spread.high)


@lru_cache(maxsize=1024)
def _standing_spreads(
    fixed: tuple[float | None, ...],
    hardware: Range | None,
    pue: float,
    usd_per_kwh: float,
    duty: float,
    hit: float,
    has_api: bool,
) -> tuple[Spread, ...]:
    """What hangs on money and use alone: remembered, as a search changes neither."""
    found = [*_hardware_spreads(fixed, hardware)]
    if pue == 1.0:
        found.append(
            Spread(
                "pue",
                say("Cooling, as a factor"),
                "×",
                1.0,
                1.0,
                1.3,
                say("1.1 to 1.3 where air conditioning is paid for"),
                True,
            )
        )
    found += [
        Spread(
            "usd_per_kwh",
            say("Electricity"),
            "$/kWh",
            usd_per_kwh * 0.8,
            usd_per_kwh,
            usd_per_kwh * 1.2,
            say("a fifth either way: ") + _OWN_RULE,
            True,
        ),
        Spread(
            "max_duty",
            say("Share of the month that demand can fill"),
            "%",
            duty * 3 / 7,
            duty,
            min(1.0, duty * 9 / 7),
            say("interactive 30 %, usual 70 %, batch 90 %"),
            True,
        ),
    ]
    if hit:
        found.append(
            Spread(
                "cache_hit_share",
                say("Cache hits"),
                "%",
                max(0.0, hit - 0.1),
                hit,
                min(1.0, hit + 0.1),
                _HIT_RANGE,
                True,
            )
        )
    if has_api:
        found.append(API_CHANGE)
    return tuple(spread for spread in found if spread.low < spread.high)


def _hardware_spreads(
    values: tuple[float | None, ...], hardware: Range | None
) -> tuple[Spread, ...]:
    """Price, life, resale, capital and maintenance from the first seven figures."""
    f = Figures(*values, *[0.0] * (len(Figures._fields) - len(values)))
    found = []
    if hardware is not None:
        found.append(
            Spread(
                "hardware_usd",
                say("Hardware price"),
                "$",
                hardware.low,
                hardware.expected,
                hardware.high,
                say("lowest and highest price of the parts that have both"),
            )
        )
    life = f.life_months
    found.append(
        Spread(
            "life_months",
            say("Life"),
            "months",
            max(1.0, round(life * 2 / 3)),
            life,
            round(life * 5 / 3),
            say("24, 36 and 60 months: ") + _DEPRECIATION,
        )
    )
    if f.resale_share is None:
        cut, fall = f.resale_haircut, f.resale_annual_fall
        found += [
            Spread(
                "resale_haircut",
                say("Loss when first sold"),
                "%",
                max(0.0, cut - 0.1),
                cut,
                min(1.0, cut + 0.1),
                say("10, 20 and 30 %: tax, fees and no longer new"),
                True,
            ),
            Spread(
                "resale_annual_fall",
                say("Fall of the price a year"),
                "%",
                max(-1.0, fall - 0.15),
                fall,
                min(1.0, fall + 0.1),
                say("10, 25 and 35 %: ") + _DEPRECIATION,
            ),
        ]
    elif f.resale_share:
        years, share = life / 12, f.resale_share
        low, high = share * (0.65 / 0.75) ** years, share * (0.9 / 0.75) ** years
        found.append(
            Spread(
                "resale_share",
                say("Resale"),
                "%",
                low,
                share,
                min(high, max(1.0, share)),
                say("10 to 35 % a year instead of 25 %: ") + _DEPRECIATION,
            )
        )
    rate = f.capital_rate
    found.append(
        Spread(
            "capital_rate",
            say("Cost of capital a year"),
            "%",
            0.0,
            rate,
            max(0.12, rate),
            say("nothing for a hobby, 8 to 12 % for a business"),
            True,
        )
    )
    upkeep = f.maintenance_share
    found.append(
        Spread(
            "maintenance_share",
            say("Maintenance a year"),
            "%",
            0.0,
            upkeep,
            upkeep * 2.5,
            say("0, 2 and 5 % of the price"),
            True,
        )
    )
    return tuple(found)


def _around(key: str, label: str, unit: str, band: Range, f: Figures, source: str) -> Spread:
    """A modelled band around the plan's own value, which is rounded and so may lie just outside."""
    own = getattr(f, key)
    return Spread(key, label, unit, min(band.low, own), own, max(band.high, own), source)


def own_band(f: Figures, spreads: Sequence[Spread]) -> Range:
    """The tenth and ninetieth of a hundred months of owning, by first-order propagation.

    Each input goes to its ends, one at a time, and its triangle is carried over to the month;
    means and variances add up. Inputs are taken as independent. Costs microseconds where draws
    take milliseconds, and lies within a few per cent of them.
    """
    month = _MonthOf(f)
    fixed = tuple((item.key, item.low, item.high) for item in spreads if item.key in FIXED)
    shift, variance = _fixed_moments(f[:7], fixed)
    shift, variance = month.rigs * shift, month.rigs * month.rigs * variance
    for spread in spreads:
        key = spread.key
        if key in FIXED or key in _OTHERS_ONLY:
            continue
        mean, share = _moments(
            month.usd(key, spread.low), month.expected_usd, month.usd(key, spread.high)
        )
        shift, variance = shift + mean, variance + share
    return _band(month.expected_usd, shift, variance)


class _MonthOf:
    """A month of owning with one of its running inputs changed, without working out the rest.

    The formulas are those of :mod:`.figures`; only what a key touches is computed again.
    """

    __slots__ = ("_busy", "_f", "_per_rig", "_usable", "expected_usd", "rigs")

    def __init__(self, f: Figures) -> None:
        self._f = f
        self._per_rig = per_rig_usd(f)
        self._busy, self._usable = busy_hours(f), usable_hours(f)
        self.rigs = float(rigs_for(self._busy, self._usable))
        self.expected_usd = self._sum(self._busy, self.rigs, f.load_w, f.idle_w)

    def usd(self, key: str, value: float) -> float:
        """USD with ``value`` in the place of the figure called ``key``."""
        f, busy, rigs = self._f, self._busy, self.rigs
        if key in _WATT_PRICE:
            now = getattr(f, key)
            rest = rigs * self._per_rig + f.other_usd
            if not now:
                return float(own_usd(f._replace(**{key: value})))
            return float(rest + (self.expected_usd - rest) * value / now)
        if key == "load_w":
            return self._sum(busy, rigs, value, f.idle_w)
        if key == "idle_w":
            return self._sum(busy, rigs, f.load_w, value)
        usable = self._usable
        if key == "max_duty":
            usable = usable * value / f.max_duty
        else:
            hit = value if key == "cache_hit_share" else f.cache_hit_share
            busy = hours_of_work(
                f.input_mtok * (1 - hit),
                f.output_mtok,
                value if key == "prefill" else f.prefill,
                value if key == "decode" else f.decode,
            )
        return self._sum(busy, float(rigs_for(busy, usable)), f.load_w, f.idle_w)

    def _sum(self, busy: float, rigs: float, load_w: float, idle_w: float) -> float:
        f = self._f
        power = power_usd(rigs, busy, load_w, idle_w, f.hours_on, f.pue * f.usd_per_kwh / 1000)
        return float(rigs * self._per_rig + f.other_usd + power)


def api_band(f: Figures, spreads: Sequence[Spread]) -> Range:
    """The same of the API's bill."""
    return _other_band(api_usd, _API_KEYS, f, spreads)


def rent_band(
    f: Figures, spreads: Sequence[Spread], month: Callable[[Figures], float] = rent_usd
) -> Range:
    """The same of renting, in the cheaper way or in that of ``month``."""
    return _other_band(month, _RENT_KEYS, f, spreads)


def _other_band(
    month: Callable[[Figures], float], keys: frozenset[str], f: Figures, spreads: Sequence[Spread]
) -> Range:
    expected = month(f)
    shift = variance = 0.0
    for spread in spreads:
        if spread.key in keys:
            mean, share = _moments(
                month(f._replace(**{spread.key: spread.low})),
                expected,
                month(f._replace(**{spread.key: spread.high})),
            )
            shift, variance = shift + mean, variance + share
    return _band(expected, shift, variance)


@lru_cache(maxsize=1024)
def _fixed_moments(
    values: tuple[float | None, ...], ends: tuple[tuple[str, float, float], ...]
) -> tuple[float, float]:
    """Shift and variance of what one rig costs a month: the same for every speed and workload."""
    f = Figures(*values, *[0.0] * (len(Figures._fields) - len(values)))
    middle = per_rig_usd(f)
    shift = total = 0.0
    for key, low, high in ends:
        mean, variance = _moments(
            per_rig_usd(f._replace(**{key: low})), middle, per_rig_usd(f._replace(**{key: high}))
        )
        shift, total = shift + mean, total + variance
    return shift, total


def _moments(first: float, middle: float, last: float) -> tuple[float, float]:
    """How far the mean of a triangle lies from its tip, and its variance."""
    a, b = first - middle, last - middle
    return (a + b) / 3, (a * a + b * b - a * b) / 18


def _band(expected: float, shift: float, variance: float) -> Range:
    """Tenth to ninetieth of a hundred, the expected value always inside."""
    middle, width = expected + shift, _TAIL * math.sqrt(variance)
    return Range(min(expected, middle - width), expected, max(expected, middle + width))
