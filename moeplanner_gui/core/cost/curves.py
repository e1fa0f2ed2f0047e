"""Lines of a month's cost against its tokens, and of all that was paid against months."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Literal

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.cost.api_bill import ApiPrice
from moeplanner_gui.core.cost.break_even import break_even_volume
from moeplanner_gui.core.cost.figures import (
    Figures,
    api_usd,
    own_usd,
    rent_always_usd,
    rent_on_demand_usd,
)
from moeplanner_gui.core.cost.money import plain_float
from moeplanner_gui.core.cost.ranges import api_band, own_band, rent_band
from moeplanner_gui.core.cost.study import Study, with_api
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

Way = Literal["own", "api", "rent_always_on", "rent_on_demand"]
POINTS = 49
_ONE_TOKEN_MTOK = 1e-6
"""A month with less is one without use."""
_MOST_STEPS = 24
"""Rigs beyond this are a smooth line: their steps would be closer than a pixel."""


@dataclass(frozen=True, slots=True)
class Line:
    """One way to pay. ``at`` ascends; a place that is there twice is a step.

    ``low`` and ``high`` are the 10th and 90th of a hundred, empty without a band.
    """

    way: Way
    name: str
    at: tuple[float, ...]
    usd: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where owning begins to be cheaper than one API: million tokens and USD a month."""

    name: str
    mtok: float
    usd: float


@dataclass(frozen=True, slots=True)
class VolumeCurves:
    """Monthly cost against million tokens a month, the mix as in the plan.

    ``capacity_mtok`` is what one rig can do, None when the mix takes no time; ``crossings`` only
    those that one rig reaches.
    """

    lines: tuple[Line, ...]
    yours_mtok: float
    capacity_mtok: float | None
    crossings: tuple[Crossing, ...]


@dataclass(frozen=True, slots=True)
class TimeCurves:
    """All that was paid up to a month at the plan's volume, USD; owning less what a sale brings.

    ``paid`` is owning without any sale. ``payback_month`` is where owning first is cheaper than
    the API, None when never.
    """

    lines: tuple[Line, ...]
    paid: Line
    life_months: int
    payback_month: int | None


def volume_curves(
    study: Study,
    apis: Sequence[tuple[str, ApiPrice]] = (),
    *,
    low_mtok: float | None = None,
    high_mtok: float | None = None,
    points: int = POINTS,
) -> VolumeCurves | None:
    """Monthly cost against tokens; None below a token a month, which has no mix.

    Args:
        study: The plan's.
        apis: More APIs with their names, beside the plan's own.
        low_mtok: Where the axis begins; None leaves room left of all marks.
        high_mtok: Where it ends.
        points: How many a line has beside its steps; fewer while a slider moves.
    """
    inputs, throughput = study.inputs, study.inputs.throughput
    tokens, rig = inputs.tokens, inputs.rig
    yours = float(tokens.total_mtok)
    if yours < _ONE_TOKEN_MTOK or throughput is None or rig is None:
        return None
    exact_capacity = throughput.capacity_mtok(tokens)
    capacity = (plain_float(exact_capacity) or None) if exact_capacity is not None else None
    chosen = [*([] if inputs.api is None else [(inputs.api_name, inputs.api)]), *apis]
    studies = [(name, with_api(study, name, price)) for name, price in chosen]
    crossings = []
    for name, other in studies:
        if other.month.api_usd is None:
            continue
        found = break_even_volume(rig, throughput, tokens, other.month.api_usd / tokens.total_mtok)
        if found.answer == "reached" and found.mtok and found.mtok >= _ONE_TOKEN_MTOK:
            mtok = float(found.mtok)
            crossings.append(Crossing(name, mtok, float(own_usd(_scaled(other.figures, mtok)))))
    marks = [yours, *(crossing.mtok for crossing in crossings)]
    low = low_mtok or 10 ** math.floor(math.log10(min(marks) / 8))
    high = high_mtok or max(*marks, capacity or yours) * 3
    at = _places(low, max(high, low * 10), capacity, points)
    f, spreads = study.figures, study.spreads
    smooth = _places(low, max(high, low * 10), None, points)
    lines = [_line("own", say("Own"), at, f, own_usd, partial(own_band, spreads=spreads))]
    for name, other in studies:
        lines.append(
            _line(
                "api",
                name,
                smooth,
                other.figures,
                api_usd,
                partial(api_band, spreads=other.spreads),
            )
        )
    if inputs.rental is not None:
        for way, month, places in _RENTS:
            lines.append(
                _line(
                    way,
                    inputs.rent_name,
                    at if places else smooth,
                    f,
                    month,
                    partial(rent_band, spreads=spreads, month=month),
                )
            )
    return VolumeCurves(tuple(lines), yours, capacity, tuple(crossings))


def time_curves(
    study: Study, apis: Sequence[tuple[str, ApiPrice]] = (), months: int | None = None
) -> TimeCurves:
    """What was paid until each month, for as long as the rig lives or until it paid back."""
    inputs, month = study.inputs, study.month
    rig, own = inputs.rig, month.own
    assert rig is not None and own is not None
    payback = month.payback_months
    if months is None:
        soon = payback is not None and payback <= 2 * rig.life_months
        months = max(rig.life_months, payback if soon and payback is not None else 0)
    places = tuple(float(at) for at in range(months + 1))
    price, running = own.rigs * rig.hardware_usd, own.running_usd
    paid = tuple(float(price + running * at) for at in range(months + 1))
    sold = tuple(
        float(price - own.rigs * rig.resale.value(rig.hardware_usd, at) + running * at)
        for at in range(months + 1)
    )
    lines = [Line("own", say("Own"), places, sold)]
    chosen = [*([] if inputs.api is None else [(inputs.api_name, inputs.api)]), *apis]
    for name, api in chosen:
        bill = with_api(study, name, api).month.api_usd
        if bill is not None:
            lines.append(Line("api", name, places, tuple(float(bill) * at for at in places)))
    rents: tuple[tuple[Way, Decimal | None], ...] = (
        ("rent_always_on", month.rent_always_on_usd),
        ("rent_on_demand", month.rent_on_demand_usd),
    )
    for way, usd in rents:
        if usd is not None:
            each = float(usd)
            lines.append(Line(way, inputs.rent_name, places, tuple(each * at for at in places)))
    return TimeCurves(
        tuple(lines), Line("own", say("Own, not sold"), places, paid), rig.life_months, payback
    )


_RENTS: tuple[tuple[Way, Callable[[Figures], float], bool], ...] = (
    ("rent_always_on", rent_always_usd, True),
    ("rent_on_demand", rent_on_demand_usd, False),
)
"""Both ways to rent, and whether the line steps with each further rig."""


def _places(low: float, high: float, capacity: float | None, points: int) -> tuple[float, ...]:
    """Evenly on a logarithmic axis; with a capacity also both sides of every step."""
    span = math.log(high / low)
    at = [low * math.exp(span * i / (points - 1)) for i in range(points)]
    if capacity is None or high / capacity > _MOST_STEPS:
        return tuple(at)
    rigs = 1
    while rigs * capacity < high:
        step = rigs * capacity
        if step > low:
            # The next number that is more than the rigs can do.
            at += [step, step * (1 + 1e-9)]
        rigs += 1
    return tuple(sorted(at))


def _line(
    way: Way,
    name: str,
    at: tuple[float, ...],
    f: Figures,
    month: Callable[[Figures], float],
    band: Callable[[Figures], Range],
) -> Line:
    if way == "api" or (way == "rent_on_demand" and not f.storage_usd and not f.minimum_hours):
        # Every token costs the same: one month says it for all.
        whole = f.input_mtok + f.output_mtok
        ends, expected = band(f), float(month(f))
        return Line(
            way,
            name,
            at,
            *(tuple(mtok / whole * v for mtok in at) for v in (expected, ends.low, ends.high)),
        )
    usd, low, high = [], [], []
    for mtok in at:
        there = _scaled(f, mtok)
        ends = band(there)
        usd.append(float(month(there)))
        low.append(ends.low)
        high.append(ends.high)
    return Line(way, name, at, tuple(usd), tuple(low), tuple(high))


def _scaled(f: Figures, mtok: float) -> Figures:
    """The same mix at another month's total."""
    factor = mtok / (f.input_mtok + f.output_mtok)
    return f._replace(
        input_mtok=f.input_mtok * factor,
        output_mtok=f.output_mtok * factor,
        api_write_usd=f.api_write_usd * factor,
    )
