"""The chart of the rigs that were found: points, the stepped front and the limits. Knows no Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Literal

from moeplanner_gui.core.cost.sentence import whole_usd
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.search.terms import FoundRig, Wishes
from moeplanner_gui.core.words import lowered, say
from moeplanner_gui.export import speed_words
from moeplanner_gui.ui.charts.axes import Axis, context_axis, context_label, tick_label, value_axis

Figure = Literal["price", "speed", "power", "context"]
FIGURES: Final[tuple[Figure, ...]] = ("price", "speed", "power", "context")
NAMES: Final[dict[Figure, str]] = {
    "price": say("Price"),
    "speed": say("Speed"),
    "power": say("Power"),
    "context": say("Context"),
}
_BETTER: Final[dict[Figure, tuple[str, str]]] = {
    "price": (say("cheaper"), say("is cheaper")),
    "speed": (say("faster"), say("is faster")),
    "power": (say("that draws less"), say("draws less")),
    "context": (say("with more context"), say("has more context")),
}
LOWER_IS_BETTER: Final = frozenset({"price", "power"})
MOST_BEYOND: Final = 5.0
"""A rig that is so many times beyond a budget or power limit is not drawn, but counted."""
_PRICE_STEPS = ((1, 2, 5), (1, 2, 3, 4, 5, 6, 8), (1, 1.2, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9))
"""Ticks of each power of ten: the first of these that makes enough of them."""
_LEAST_TICKS = 3


@dataclass(frozen=True, slots=True)
class RigPoint:
    """A rig in the chart.

    ``row`` is its place among the rigs inside the limits, None outside. ``best``: no other rig is
    at least as good on both axes. ``low`` and ``high`` are the band of its speed.
    """

    rig: FoundRig
    row: int | None
    x: float
    y: float
    best: bool = False
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class RigChart:
    """What is drawn.

    ``steps`` are the corners of the front. ``limit_x`` and ``limit_y`` are wishes; what is beyond
    them is hatched. ``left_out`` rigs are too far beyond a limit to be drawn, or beyond one that
    is on neither axis.
    """

    across: Figure
    up: Figure
    x: Axis
    y: Axis
    points: tuple[RigPoint, ...]
    steps: tuple[tuple[float, float], ...]
    limit_x: float | None
    limit_y: float | None
    users: int
    left_out: int = 0

    @property
    def title(self) -> str:
        """``Price against speed``."""
        return say("{0} against {1}", NAMES[self.across], lowered(NAMES[self.up]))

    @property
    def best_words(self) -> str:
        """What a diamond means."""
        return say("nothing {0} {1}", _BETTER[self.across][0], _BETTER[self.up][1])

    @property
    def sentence(self) -> str:
        """The chart for those who do not see it."""
        if not self.points:
            return say("No rigs.")
        best = sum(point.best for point in self.points)
        inside = sum(point.row is not None for point in self.points)
        return say(
            "{0}: {1} rigs, {2} within your limits; of {3} {4}.",
            self.title,
            len(self.points),
            inside,
            best,
            self.best_words,
        )

    @property
    def has_free(self) -> bool:
        """Whether a rig has nothing to buy: it stands at the edge that the axis has for $0."""
        return any(point.rig.usd == 0 for point in self.points)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a figure is drawn: nothing has no place on a logarithmic axis but its edge."""
        return max(x, self.x.low), max(y, self.y.low)

    def point_of(self, row: int | None) -> RigPoint | None:
        """The point of a row of the list."""
        if row is None:
            return None
        return next((point for point in self.points if point.row == row), None)


def figure_of(rig: FoundRig, figure: Figure) -> float | None:
    """A figure of a rig; None where it is not known."""
    if figure == "price":
        return rig.usd
    if figure == "speed":
        speed = rig.decode_tokens_per_s
        return None if speed is None else speed.expected
    if figure == "power":
        return rig.load_w
    return float(rig.max_context_tokens)


def limit_of(wishes: Wishes, figure: Figure) -> float | None:
    """The wish about a figure."""
    if figure == "price":
        return wishes.budget_usd
    if figure == "speed":
        # A wish for the low end of the band is no place on an axis of expected speeds.
        return (wishes.decode_tokens_per_s or None) if wishes.speed_from == "expected" else None
    if figure == "power":
        return wishes.max_load_w
    return float(wishes.context_tokens)


def axis_words(figure: Figure, users: int) -> str:
    """What an axis counts."""
    if figure == "price":
        return say("hardware price, log scale")
    if figure == "speed":
        return "tok/s" if users == 1 else say("tok/s for one of {0:,} users", users)
    return say("W at the wall") if figure == "power" else say("tokens of context, log scale")


def value_text(figure: Figure, value: float) -> str:
    """A value with its unit, written as everywhere else; a price is never rounded down."""
    if figure == "price":
        return whole_usd(value)
    if figure == "speed":
        return say("{0} tok/s", speed_text(value))
    return say("{0:,.0f} W", value) if figure == "power" else say("{0:,.0f} tokens", value)


def speed_text(value: float) -> str:
    """Tokens/s as beside the verdict, so that a rig that is loaded shows the same figure."""
    return speed_words.figure(value)


def tick_text(figure: Figure, axis: Axis, value: float, *, free: bool = False) -> str:
    """A number beside a tick; ``free``: the edge of the prices is where nothing is to buy."""
    if figure == "price":
        return "$0" if free and value == axis.low else say("${0:,.0f}", value)
    if figure == "context":
        return context_label(value)
    step = axis.ticks[1] - axis.ticks[0] if len(axis.ticks) > 1 else 1.0
    return tick_label(value, step)


def rig_chart(
    inside: Sequence[FoundRig],
    outside: Sequence[FoundRig],
    wishes: Wishes,
    across: Figure = "price",
    up: Figure = "speed",
) -> RigChart:
    """The chart of two of the four figures; what lacks one of them is not in it."""
    limits = limit_of(wishes, across), limit_of(wishes, up)
    points: list[RigPoint] = []
    left_out = 0
    for row, rig in [*enumerate(inside), *((None, rig) for rig in outside)]:
        x, y = figure_of(rig, across), figure_of(rig, up)
        if x is None or y is None:
            continue
        if row is None and (
            _is_far(across, x, limits[0])
            or _is_far(up, y, limits[1])
            or _misses_another(rig, wishes, (across, up))
        ):
            left_out += 1
            continue
        speed = rig.decode_tokens_per_s
        band = (None, None) if up != "speed" or speed is None else (speed.low, speed.high)
        points.append(RigPoint(rig, row, x, y, False, *band))
    best = _best(points, across, up)
    drawn = tuple(
        RigPoint(p.rig, p.row, p.x, p.y, number in best, p.low, p.high)
        for number, p in enumerate(points)
    )
    # The band of each rig that can be chosen has room.
    bands = [point.high for point in points if point.row is not None and point.high]
    front = sorted({(points[number].x, points[number].y) for number in best})
    return RigChart(
        across=across,
        up=up,
        x=_axis(across, [point.x for point in points], limits[0]),
        y=_axis(up, [*(point.y for point in points), *bands], limits[1]),
        points=drawn,
        steps=_steps(front, across, up),
        limit_x=limits[0],
        limit_y=limits[1],
        users=wishes.users,
        left_out=left_out,
    )


def _misses_another(rig: FoundRig, wishes: Wishes, shown: tuple[Figure, Figure]) -> bool:
    """Whether a rig misses a wish that these axes do not show: nobody could see why it is out."""
    for figure in FIGURES:
        value, limit = figure_of(rig, figure), limit_of(wishes, figure)
        if figure in shown or value is None or limit is None:
            continue
        if value > limit if figure in LOWER_IS_BETTER else value < limit:
            return True
    return "speed" not in shown and _is_slow(rig, wishes)


def _is_slow(rig: FoundRig, wishes: Wishes) -> bool:
    speed = rig.decode_tokens_per_s
    value = 0.0 if speed is None else speed.low
    return wishes.speed_from == "low" and value < wishes.decode_tokens_per_s


def _is_far(figure: Figure, value: float, limit: float | None) -> bool:
    return figure in LOWER_IS_BETTER and limit is not None and value > limit * MOST_BEYOND


def _best(points: Sequence[RigPoint], across: Figure, up: Figure) -> frozenset[int]:
    """Those for which no other one is at least as good on both axes and better on one."""
    sign_x = 1.0 if across in LOWER_IS_BETTER else -1.0
    sign_y = 1.0 if up in LOWER_IS_BETTER else -1.0
    order = sorted(
        range(len(points)), key=lambda n: (points[n].x * sign_x, points[n].y * sign_y, n)
    )
    found: set[int] = set()
    least, at = math.inf, math.inf
    for number in order:
        point = points[number]
        value = point.y * sign_y
        # Of two that are alike neither beats the other.
        if value < least or (value == least and point.x == at):
            least, at = value, point.x
            found.add(number)
    return frozenset(found)


def _steps(
    front: Sequence[tuple[float, float]], across: Figure, up: Figure
) -> tuple[tuple[float, float], ...]:
    """The front with its corners: what lies on it is just as good as one of its points."""
    worse_x = max if across in LOWER_IS_BETTER else min
    worse_y = max if up in LOWER_IS_BETTER else min
    corners: list[tuple[float, float]] = []
    for point in front:
        if corners:
            last = corners[-1]
            corners.append((worse_x(last[0], point[0]), worse_y(last[1], point[1])))
        corners.append(point)
    return tuple(corners)


def _axis(figure: Figure, values: Sequence[float], limit: float | None) -> Axis:
    known = [*values, *(() if limit is None else (limit,))]
    if figure == "price":
        paid = [value for value in known if value > 0]
        free = len(paid) < len(known)
        return _price_axis(min(paid, default=1000.0), max(paid, default=10_000.0), free=free)
    if figure == "context":
        return context_axis(round(max(known, default=65_536)), round(min(known, default=4096)))
    return value_axis(0.0, max(known, default=10.0) * 1.06)


def _price_axis(low: float, high: float, *, free: bool) -> Axis:
    """A logarithmic axis with some room at both ends; round ticks, and one at its edge for $0."""
    low, high = low / (2.5 if free else 1.25), high * 1.25
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    found: tuple[float, ...] = ()
    for steps in _PRICE_STEPS:
        ticks = (step * 10.0**power for power in range(first, last + 1) for step in steps)
        found = tuple(tick for tick in ticks if low <= tick <= high)
        if len(found) >= _LEAST_TICKS:
            break
    if free:
        found = (low, *(tick for tick in found if tick > low))
    return Axis(low, high, found, logarithmic=True)
