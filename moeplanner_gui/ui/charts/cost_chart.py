"""Cost against tokens and against months as data: lines with bands, marks and limits. No Qt.

The window's plots and the printed charts draw the same :class:`CostChart`. It holds what was
worked out elsewhere; the only arithmetic here is reading between two points.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.axes import Axis, value_axis

Series = Literal["own", "rent", "api"]
Style = Literal["solid", "dashed", "dotted", "thin"]
_SIZES = ((1e6, "T"), (1e3, "B"), (1.0, "M"))
LEAST_USD = 0.01
"""What a logarithmic axis shows of nothing."""


@dataclass(frozen=True, slots=True)
class CostLine:
    """One way to pay, over the whole axis.

    Attributes:
        series: Whose colour it has.
        label: Stands at the line.
        at: Places in ascending order; a place that is there twice is a step.
        expected: USD at each place.
        low, high: The band; empty where there is none.
        style: Of the expected line.
        filled: The band is filled; else its edges are thin lines.
    """

    series: Series
    label: str
    at: tuple[float, ...]
    expected: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    style: Style = "solid"
    filled: bool = True

    def value_at(self, x: float, of: Literal["expected", "low", "high"] = "expected") -> float:
        """USD at any place; at a step what holds after it. Costs are straight between points."""
        values = getattr(self, of) or self.expected
        right = bisect_right(self.at, x)
        if right == 0:
            return float(values[0])
        if right == len(self.at):
            return float(values[-1])
        first, last = self.at[right - 1], self.at[right]
        share = (x - first) / (last - first)
        return float(values[right - 1] + share * (values[right] - values[right - 1]))


@dataclass(frozen=True, slots=True)
class CostMark:
    """A point with a name: where two ways cost the same, or where the rig is paid back.

    ``detail`` is the range, a second line in smaller letters. ``path`` is what explains it.
    """

    x: float
    usd: float
    title: str
    detail: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class CostChart:
    """What a cost chart shows.

    Attributes:
        key: "monthly" or "cumulative".
        title: The heading.
        lines: Ways to pay; the first is drawn on top.
        marks: Points with a name.
        x: Millions of tokens a month, logarithmic; or months, linear.
        y: USD, logarithmic for "monthly".
        axis_title: What the vertical axis counts.
        caption: What the horizontal axis counts.
        plan_x: Where the plan lies, None where it has no place (no use at all).
        plan_text: What stands there.
        limit_x: What one rig can do; None without a rig, or beyond the axis.
        limit_text: What stands there, in up to two lines.
        footer: What the bands are.
        sentence: The answer in words, for who cannot see it.
    """

    key: Literal["monthly", "cumulative"]
    title: str
    lines: tuple[CostLine, ...]
    marks: tuple[CostMark, ...]
    x: Axis
    y: Axis
    axis_title: str
    caption: str
    plan_x: float | None = None
    plan_text: str = ""
    limit_x: float | None = None
    limit_text: tuple[str, str] = ("", "")
    footer: str = ""
    sentence: str = ""

    def x_label(self, value: float) -> str:
        """A tick of the horizontal axis."""
        return tokens_text(value) if self.key == "monthly" else say("{0:,.0f}", value)

    def y_label(self, value: float) -> str:
        """A tick of the vertical axis."""
        return usd_tick(value)

    def x_text(self, value: float) -> str:
        """A place in words."""
        if self.key == "monthly":
            return say("{0} tokens", tokens_text(value, 3))
        return say("Month {0:,.0f}", value)


def tokens_text(mtok: float, digits: int = 2) -> str:
    """Millions of tokens the way people say them: ``10 M``, ``1.1 B``, ``500 k``."""
    if mtok <= 0:
        return "0"
    if mtok < 0.9995:
        return f"{_short(mtok * 1e3, digits)} k"
    for size, letter in _SIZES:
        if mtok >= size * 0.9995:
            return f"{_short(mtok / size, digits)} {letter}"
    raise AssertionError("sizes go down to 1")


def _short(value: float, digits: int) -> str:
    """So many significant digits without an exponent, whole ones always."""
    if value <= 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(value)))
    text = say("{0:,.{1}f}", value, decimals)
    return text.rstrip("0").rstrip(".,") if decimals else text


def usd_tick(value: float) -> str:
    """A tick: ``$0.10``, ``$10``, ``$10,000``, ``−$500``."""
    size = abs(value)
    text = say("${0:,.0f}", size) if size >= 1 or size == 0 else say("${0:,.2f}", size)
    return f"−{text}" if value < 0 else text


def usd(value: float) -> str:
    """Whole dollars in sentences and marks; cents below ten."""
    text = say("${0:,.2f}", abs(value)) if abs(value) < 9.995 else say("${0:,.0f}", abs(value))
    return f"−{text}" if value < 0 and text.strip("$0.,") else text


def decade_axis(low: float, high: float, decades: int = 1) -> Axis:
    """A logarithmic axis over whole powers of ten, or parts of one where there are few.

    At least ``decades`` powers of ten are shown.
    """
    low = max(low, 1e-6)
    first = math.floor(math.log10(low) + 1e-9)
    last = max(math.ceil(math.log10(max(high, low)) - 1e-9), first + decades)
    ticks = tuple(10.0**n for n in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks, logarithmic=True)


def reach_axis(low: float, high: float) -> Axis:
    """A logarithmic axis that ends exactly where the curves do, with ticks at powers of ten."""
    first = math.ceil(math.log10(low) - 1e-9)
    last = math.floor(math.log10(high) + 1e-9)
    ticks = tuple(10.0**n for n in range(first, last + 1))
    return Axis(low, high, ticks or (low, high), logarithmic=True)


def usd_axis(lines: Sequence[CostLine], seen: Sequence[float] = ()) -> Axis:
    """A logarithmic axis on which the fixed costs and what is ``seen`` have their place.

    A line that goes on falling with the tokens leaves the picture at its foot, a power of ten
    and a half below the fixed costs: nothing is decided there.
    """
    tops = [max(line.high or line.expected) for line in lines]
    floors = [min(line.low or line.expected) for line in lines]
    top = max((*tops, 1.0))
    fixed = max((*floors, LEAST_USD))
    bottom = min((fixed / 25, *(value * 0.6 for value in seen if value > 0)))
    whole = decade_axis(max(bottom, top / 1e5, LEAST_USD), top, 2)
    # Up to the next power of ten half of the picture may be empty.
    high = min(whole.high, max(top * 1.25, whole.low * 100))
    ticks = tuple(tick for tick in whole.ticks if tick <= high * (1 + 1e-9))
    return Axis(whole.low, high, ticks, logarithmic=True)


def straight_usd_axis(lines: Sequence[CostLine]) -> Axis:
    """A linear axis that all expected lines and 0 fit on."""
    values = [value for line in lines for value in line.expected]
    return value_axis(min((0.0, *values)), max((1.0, *values)), most=6)


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a month's bill; ``label`` is written into it where there is room.

    ``shade`` counts from the series' own colour to paler ones.
    """

    label: str
    usd: float
    shade: int = 0


@dataclass(frozen=True, slots=True)
class CostBar:
    """A month's bill as a bar; all bars of a panel share one scale."""

    series: Series
    label: str
    usd: float
    segments: tuple[Segment, ...]
    path: str = ""


@dataclass(frozen=True, slots=True)
class Swing:
    """What one input does to the result while all others keep their expected value.

    ``low_input`` and ``high_input`` are the ends of the input in words; ``low_usd`` and
    ``high_usd`` what the result becomes there, in that order, whichever is the larger.
    """

    label: str
    low_input: str
    high_input: str
    low_usd: float
    high_usd: float

    @property
    def width(self) -> float:
        """How far apart both ends are."""
        return abs(self.high_usd - self.low_usd)


@dataclass(frozen=True, slots=True)
class TornadoChart:
    """The inputs that move the result most, widest first, around what is expected."""

    title: str
    expected_usd: float
    swings: tuple[Swing, ...]
    x: Axis
    caption: str = say("USD a month")
    sentence: str = ""


def tornado_axis(expected: float, swings: Sequence[Swing]) -> Axis:
    """An axis around the expected value that all swings fit on."""
    ends = [expected, *(s.low_usd for s in swings), *(s.high_usd for s in swings)]
    low, high = min(ends), max(ends)
    if high - low < 1e-9:
        low, high = low - 1, high + 1
    return value_axis(low, high, most=6)
