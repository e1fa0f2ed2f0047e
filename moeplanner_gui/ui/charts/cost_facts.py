"""A plan's cost as charts, bars and rows: what was worked out, with its words. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from moeplanner_gui.core.assessment import Cost, Range
from moeplanner_gui.core.cost.curves import Line, TimeCurves, VolumeCurves
from moeplanner_gui.core.cost.inputs import CostInputs
from moeplanner_gui.core.cost.sensitivity import Swing as Bar
from moeplanner_gui.core.cost.sentence import cost_sentence, price_text, share_text
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.axes import Axis, value_axis
from moeplanner_gui.ui.charts.cost_chart import (
    CostBar,
    CostChart,
    CostLine,
    CostMark,
    Segment,
    Swing,
    TornadoChart,
    reach_axis,
    straight_usd_axis,
    tokens_text,
    tornado_axis,
    usd,
    usd_axis,
)

if TYPE_CHECKING:
    from moeplanner_gui.core.cost.monte_carlo import Draws
    from moeplanner_gui.ui.charts.cost_chart import Series, Style

MOST_SWINGS = 8
OWN, API, RENT = "cost.own_usd_per_month", "cost.api_usd_per_month", "cost.rent_usd_per_month"
BREAK_EVEN, PAYBACK = "cost.breakeven_mtok_per_month", "cost.payback_months"
BANDS = say(
    "Bands: 8 of 10 cases over the ranges of price, life, resale, power, "
    "speed and provider. ≈ modelled"
)
_SERIES: dict[str, Series] = {"own": "own", "api": "api", "rent_always_on": "rent",
                              "rent_on_demand": "rent"}  # fmt: skip
_STYLES: dict[str, Style] = {"own": "solid", "api": "solid", "rent_always_on": "dotted",
                             "rent_on_demand": "dashed"}  # fmt: skip


def monthly_chart(curves: VolumeCurves, cost: Cost, drawn: Draws | None = None) -> CostChart:
    """Monthly cost against tokens; ``drawn`` gives the break-even its range."""
    lines = tuple(_line(line, with_amount=True) for line in curves.lines)
    places = lines[0].at
    marks = []
    for number, crossing in enumerate(curves.crossings):
        volume = drawn.volume_mtok if drawn is not None and number == 0 else None
        many = len([line for line in curves.lines if line.way == "api"]) > 1
        detail = _range_text(volume) if volume is not None else ""
        if many and not detail:
            detail = crossing.name
        title = say("Break-even {0}", tokens_text(crossing.mtok))
        marks.append(CostMark(crossing.mtok, crossing.usd, title, detail, BREAK_EVEN))
    capacity = curves.capacity_mtok
    seen = [line.value_at(curves.yours_mtok) for line in lines]
    axis = usd_axis(lines, seen)
    return CostChart(
        key="monthly",
        title=say("Monthly cost against tokens"),
        lines=lines,
        marks=tuple(marks),
        x=reach_axis(places[0], places[-1]),
        y=axis,
        axis_title=say("USD a month, log scale"),
        caption=say("tokens a month, log scale"),
        plan_x=curves.yours_mtok,
        plan_text=say("You: {0}", tokens_text(curves.yours_mtok)),
        limit_x=capacity,
        limit_text=("", "")
        if capacity is None
        else (say("Capacity {0}", tokens_text(capacity, 3)), say("then a second rig")),
        footer=BANDS,
        sentence=cost_sentence(cost),
    )


def _line(line: Line, *, with_amount: bool) -> CostLine:
    """A line with its name; what stands for a month at any use says its amount."""
    label = line.name
    if line.way == "api":
        label = line.name if line.name == "API" else f"API, {line.name}"
    elif line.way == "rent_on_demand":
        label = say("Rent by the hour")
    elif line.way == "rent_always_on":
        label = (
            say("Rent, all month {0}", usd(line.usd[0])) if with_amount else say("Rent, all month")
        )
    is_flat = line.way == "rent_always_on"
    return CostLine(
        series=_SERIES[line.way],
        label=label,
        at=line.at,
        expected=line.usd,
        low=() if is_flat else line.low,
        high=() if is_flat else line.high,
        style=_STYLES[line.way],
        filled=line.way != "rent_on_demand",
    )


def _range_text(value: Range) -> str:
    low, high = tokens_text(value.low), tokens_text(value.high)
    number, _, unit = low.partition(" ")
    return f"{number} – {high}" if high.endswith(f" {unit}") else f"{low} – {high}"


def cumulative_chart(curves: TimeCurves, cost: Cost) -> CostChart:
    """All that was paid against months, with the month of the payback."""
    lines = [_line(line, with_amount=False) for line in curves.lines]
    paid = curves.paid
    lines[0] = CostLine(**{**_fields(lines[0]), "label": say("Own, if sold then")})
    lines.append(CostLine("own", say("Own, not sold"), paid.at, paid.usd, style="thin"))
    marks = []
    month = curves.payback_month
    own = lines[0]
    if month is not None and month <= own.at[-1]:
        title = say("Paid back in month {0:,}", month)
        years = say("{0:.1f} years", month / 12)
        if month % 12 == 0:
            years = say("1 year") if month == 12 else say("{0} years", month // 12)
        marks.append(CostMark(float(month), own.value_at(month), title, years, PAYBACK))
    last = own.at[-1]
    ticks = tuple(tick for tick in value_axis(0.0, last, most=8).ticks if tick <= last)
    # What is compared sets the scale; renting all month would press all else to the foot.
    rivals = [line for line in lines if line.series != "rent"]
    return CostChart(
        key="cumulative",
        title=say("All that was paid against months"),
        lines=tuple(lines),
        marks=tuple(marks),
        x=Axis(0.0, last, ticks),
        y=straight_usd_axis(rivals),
        axis_title=say("USD paid since the start"),
        caption=say("months"),
        plan_x=float(curves.life_months),
        plan_text=say("Life: {0} months", curves.life_months),
        footer=say("At your volume all the time. Solid: less what the rig would then be sold for."),
        sentence=payback_sentence(cost),
    )


def _fields(line: CostLine) -> dict[str, object]:
    return {name: getattr(line, name) for name in CostLine.__dataclass_fields__}


def payback_sentence(cost: Cost) -> str:
    """When the rig has paid for itself against the API, or that it never does."""
    if cost.payback_answer == "never":
        return say("Against the API this rig never pays for itself at your volume.")
    if cost.payback_months is None:
        return say("Without an API there is nothing to be paid back from. Choose one under Inputs.")
    return say(
        "Against the API this rig has paid for itself in month {0:,.0f}, "
        "counting what it would be sold for.",
        cost.payback_months,
    )


def tornado_chart(bars: Sequence[Bar]) -> TornadoChart | None:
    """The widest swings of owning; None where nothing has a range."""
    if not bars:
        return None
    swings = tuple(
        Swing(
            bar.spread.label,
            end_text(bar.spread.low, bar.spread.unit),
            end_text(bar.spread.high, bar.spread.unit),
            bar.at_low_usd,
            bar.at_high_usd,
        )
        for bar in bars[:MOST_SWINGS]
    )
    expected, first = bars[0].expected_usd, swings[0]
    (low, at_low), (high, at_high) = sorted(
        ((first.low_usd, first.low_input), (first.high_usd, first.high_input))
    )
    return TornadoChart(
        title=say("What moves the cost of owning most"),
        expected_usd=expected,
        swings=swings,
        x=tornado_axis(expected, swings),
        caption=say("USD a month of owning, one input changed at a time"),
        sentence=(
            say(
                "{0} moves the month most: from {1} to {2} ({3} to {4}).",
                first.label,
                usd(low),
                usd(high),
                at_low,
                at_high,
            )
        ),
    )


def end_text(value: float, unit: str) -> str:
    """An end of an input's range: ``24 months``, ``10 %``, ``$0.15``, ``1,553 W``."""
    if unit == "%":
        return say("{0:.0f} %", value * 100)
    if unit.startswith("$"):
        text = say("${0:,.0f}", value) if value >= 100 else say("${0:,.3g}", value)
        return text + unit[1:]
    number = say("{0:,.0f}", value) if value >= 10 else say("{0:,.3g}", value)
    return f"× {number}" if unit == "×" else f"{number} {unit}"


# Your month ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One line under the bars.

    Attributes:
        key: Its name, for tests and copies.
        label: What it is.
        value: The amount as it is read.
        path: What explains it, "" for nothing.
        shade: The part of the bill whose colour stands before it, None for none.
        strong: A sum.
        quiet: Something beside the bill.
        raw: The figure for a spreadsheet.
    """

    key: str
    label: str
    value: str
    path: str = ""
    shade: int | None = None
    strong: bool = False
    quiet: bool = False
    raw: str = ""


_PARTS = (
    ("amortisation", say("amortisation"), "own_amortisation_usd"),
    ("maintenance", say("maintenance"), "own_maintenance_usd"),
    ("idle", say("idle"), "own_idle_power_usd"),
    ("load", say("work"), "own_load_power_usd"),
    ("other", say("other"), "own_other_usd"),
)


def month_bars(
    cost: Cost, inputs: CostInputs, others: Sequence[tuple[str, float]]
) -> list[CostBar]:
    """A bar for every way to pay: owning in its parts, the APIs, renting."""
    bars: list[CostBar] = []
    if cost.own_usd_per_month is not None:
        segments = []
        for shade, (_, word, name) in enumerate(_PARTS):
            amount = getattr(cost, name) or 0.0
            if amount > 0:
                segments.append(Segment(say("{0} {1:,.0f}", word, amount), amount, shade))
        rigs = cost.rigs_needed or 1
        label = say("Own") if rigs == 1 else say("Own, {0:,} rigs", rigs)
        bars.append(CostBar("own", label, cost.own_usd_per_month, tuple(segments), OWN))
    if cost.api_usd_per_month is not None:
        name = "API" if cost.api_name in (None, "API") else f"API, {cost.api_name}"
        bars.append(_plain("api", name, cost.api_usd_per_month, API))
    bars += [_plain("api", f"API, {name}", amount, "") for name, amount in others]
    if cost.rent_usd_per_month is not None:
        rental, hours = inputs.rental, cost.busy_hours_per_month
        label = (
            say("Rent, all month") if cost.rent_answer == "always_on" else say("Rent by the hour")
        )
        words = ""
        if rental is not None and hours is not None:
            each = float(rental.usd_per_gpu_hour) * rental.gpus
            billed = cost.rent_usd_per_month / each if each else 0.0
            words = say(
                "{0} × ${1:g} × {2:,.0f} h", rental.gpus, float(rental.usd_per_gpu_hour), billed
            )
        segment = Segment(words, cost.rent_usd_per_month)
        bars.append(CostBar("rent", label, cost.rent_usd_per_month, (segment,), RENT))
    return bars


def _plain(series: Series, label: str, amount: float, path: str) -> CostBar:
    return CostBar(series, label, amount, (Segment(say("{0:,.0f}", amount), amount),), path)


def month_rows(plan: Plan, cost: Cost, drawn: Draws | None = None) -> tuple[MonthRow, ...]:
    """The bill of owning in its parts, then what a buyer asks beside it.

    ``drawn`` says in how many cases owning is the cheapest; until it is there, dots do.
    """
    rows: list[MonthRow] = []
    economics = plan.economics
    if cost.own_usd_per_month is not None:
        labels = {
            "amortisation": say("Amortisation, {0} months", economics.life_months),
            "maintenance": say(
                "Maintenance, {0:g} % a year", economics.maintenance_share_per_year * 100
            ),
            "idle": say("Power while it waits"),
            "load": say("Power of its work"),
            "other": say("Other"),
        }
        for shade, (key, _, name) in enumerate(_PARTS):
            amount = getattr(cost, name) or 0.0
            if amount or key != "other":
                rows.append(_money(key, labels[key], amount, f"cost.{name}", shade))
        own = cost.own_usd_per_month
        rows.append(
            MonthRow(
                "own", say("Own"), say("{0:,.2f}", own), OWN, strong=True, raw=say("{0:.2f}", own)
            )
        )
        each = "n/a" if cost.own_usd_per_mtok is None else _price(cost.own_usd_per_mtok)
        rows.append(_quiet("own_each", say("Per million tokens"), each, "cost.own_usd_per_mtok"))
    if cost.api_usd_per_month is not None:
        each = "n/a" if cost.api_usd_per_mtok is None else _price(cost.api_usd_per_mtok)
        label = say("API per million tokens, blended")
        rows.append(_quiet("api_each", label, each, "cost.api_usd_per_mtok"))
    if cost.rent_usd_per_month is not None and cost.rent_usd_per_mtok is not None:
        each = _price(cost.rent_usd_per_mtok)
        rows.append(
            _quiet("rent_each", say("Rent per million tokens"), each, "cost.rent_usd_per_mtok")
        )
    if cost.own_usd_per_month is not None:
        rows += _beside(cost)
        if cost.api_usd_per_month is not None or cost.rent_usd_per_month is not None:
            share = None if drawn is None else drawn.own_wins_share
            cases = "…" if share is None else say("{0:.0f} % of cases", share * 100)
            rows.append(_quiet("cases", say("Owning is the cheapest in"), cases, ""))
    # A figure that is not known has nothing behind it to be shown.
    return tuple(
        row
        if getattr(cost, row.path.removeprefix("cost."), None) is not None
        else replace(row, path="")
        for row in rows
    )


def _beside(cost: Cost) -> list[MonthRow]:
    rows = []
    if cost.busy_hours_per_month is not None and cost.duty is not None:
        busy = say("{0:,.1f} h · {1:.1f} %", cost.busy_hours_per_month, cost.duty * 100)
        rows.append(_quiet("busy", say("Busy"), busy, "cost.duty"))
    if cost.kwh_per_month is not None:
        rows.append(_quiet("kwh", say("Electricity"), say("{0:,.1f} kWh", cost.kwh_per_month), OWN))
    if cost.capacity_mtok_per_month is not None:
        most = tokens_text(cost.capacity_mtok_per_month, 3)
        path = "cost.capacity_mtok_per_month"
        rows.append(_quiet("capacity", say("One rig can do"), say("{0} tokens", most), path))
    answer = cost.breakeven_answer
    if answer is not None:
        mtok = cost.breakeven_mtok_per_month
        words = say("never")
        if answer == "reached" and mtok is not None:
            words = say("{0} · {1} busy", tokens_text(mtok), share_text(cost.breakeven_duty or 0.0))
        elif answer == "not_reachable" and mtok is not None:
            words = say("not reachable ({0})", tokens_text(mtok))
        rows.append(_quiet("breakeven", say("Break-even with the API"), words, BREAK_EVEN))
    if cost.payback_answer is not None:
        months = cost.payback_months
        words = say("never") if months is None else say("month {0:,.0f}", months)
        rows.append(_quiet("payback", say("Payback at this volume"), words, PAYBACK))
    if cost.breakeven_api_usd_per_mtok is not None:
        each = price_text(cost.breakeven_api_usd_per_mtok)
        path = "cost.breakeven_api_usd_per_mtok"
        rows.append(_quiet("price", say("API price that equals owning"), f"{each}/M", path))
    if cost.api_usd_per_month is not None:
        tariff = cost.breakeven_usd_per_kwh
        words = say("none") if tariff is None else say("${0:,.3f}/kWh", tariff)
        path = "cost.breakeven_usd_per_kwh"
        rows.append(_quiet("tariff", say("Tariff at which both cost the same"), words, path))
    if cost.rent_usd_per_month is not None:
        hours = cost.rent_or_buy_hours
        words = say("never") if hours is None else say("{0:,.0f} h of work", hours)
        rows.append(
            _quiet("hours", say("Buying beats renting after"), words, "cost.rent_or_buy_hours")
        )
    return rows


def _money(key: str, label: str, amount: float, path: str, shade: int) -> MonthRow:
    return MonthRow(key, label, say("{0:,.2f}", amount), path, shade, raw=say("{0:.2f}", amount))


def _quiet(key: str, label: str, value: str, path: str) -> MonthRow:
    return MonthRow(key, label, value, path, quiet=True, raw=value)


def _price(value: float) -> str:
    return say("${0:,.3f}", value) if value < 100 else say("${0:,.2f}", value)
