"""Decode against context and against users as data: bands, limits and the plan's point. No Qt.

The window's plots and the printed charts draw the same :class:`BandChart`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from moeplanner_gui.core.assessment import Assessment, Range
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.curves import (
    CurvePoint,
    UserCurve,
    decode_over_context,
    decode_over_users,
    prefill_over_prompt,
)
from moeplanner_gui.core.units import format_count
from moeplanner_gui.core.users import is_shared, slots_of
from moeplanner_gui.core.words import say
from moeplanner_gui.export import speed_words as words
from moeplanner_gui.ui.charts.axes import Axis, context_axis, context_label, tick_label, value_axis

BEYOND = 2.0
"""How far beyond a limit the axis goes, so that the hatching can be seen."""


@dataclass(frozen=True, slots=True)
class Band:
    """One quantity with its range; the first band of a chart is the plan's own, drawn solid."""

    label: str
    at: tuple[int, ...]
    rates: tuple[Range, ...]

    def rate_at(self, x: float, *, logarithmic: bool) -> Range:
        """The range at any place, interpolated between the points."""
        if x <= self.at[0]:
            return self.rates[0]
        for i in range(len(self.at) - 1):
            low, high = self.at[i], self.at[i + 1]
            if x == high:
                return self.rates[i + 1]
            if x < high:
                share = (x - low) / (high - low)
                first, last = self.rates[i], self.rates[i + 1]
                return Range(
                    *(
                        _between(getattr(first, n), getattr(last, n), share, logarithmic)
                        for n in ("low", "expected", "high")
                    )
                )
        return self.rates[-1]


def _between(first: float, last: float, share: float, logarithmic: bool) -> float:
    if logarithmic and first > 0 and last > 0:
        return first * (last / first) ** share
    return first + share * (last - first)


@dataclass(frozen=True, slots=True)
class BandChart:
    """What a speed chart shows.

    Attributes:
        key: "context", "users" or "prompt".
        title: The heading.
        bands: One or two quantities over the same axis.
        x: The horizontal axis, logarithmic.
        y: The vertical axis, in what ``counts`` says.
        caption: What the horizontal axis counts.
        unit: What one of it is called, "tokens" or "users".
        plan_x: Where the plan lies.
        limit_x: The last place that works.
        limit_text: What ends it there.
        sentence: The answer, of which the first part is printed strong, and what follows it.
        counts: Tokens a second, or the seconds of a wait.
    """

    key: str
    title: str
    bands: tuple[Band, ...]
    x: Axis
    y: Axis
    caption: str
    unit: str
    plan_x: int
    limit_x: int
    limit_text: str
    sentence: tuple[str, str]
    counts: Literal["tok/s", "s"] = "tok/s"

    @property
    def unit_words(self) -> str:
        """What the horizontal axis counts."""
        return say("tokens") if self.unit == "tokens" else say("users")

    def place_words(self, at: int) -> str:
        """A place on the horizontal axis: ``"1 user"``, ``"4,096 tokens"``."""
        if self.unit == "tokens":
            return say("1 token") if at == 1 else say("{0} tokens", format_count(at))
        return say("1 user") if at == 1 else say("{0} users", format_count(at))

    @property
    def axis_title(self) -> str:
        """What the vertical axis counts."""
        title = say("Decode, tokens per second")
        if self.counts == "s":
            title = say("Seconds until the first token")
        return say("{0}, log scale", title) if self.y.logarithmic else title

    def value_text(self, value: Range) -> str:
        """A figure of the chart with its band and unit."""
        return words.rate(value) if self.counts == "tok/s" else words.wait(value)

    def x_label(self, value: float) -> str:
        """A tick of the horizontal axis."""
        return context_label(value) if self.unit == "tokens" else format_count(round(value))

    def y_label(self, value: float) -> str:
        """A tick of the vertical axis."""
        if self.y.logarithmic:
            return say("{0:,.10g}", value)
        return tick_label(value, self.y.ticks[1] - self.y.ticks[0])

    def rows(self) -> tuple[tuple[int, tuple[Range, ...]], ...]:
        """The chart as numbers: every computed place with the range of each band."""
        own = self.bands[0]
        return tuple((x, tuple(b.rates[i] for b in self.bands)) for i, x in enumerate(own.at))


def context_speed_chart(
    plan: Plan, assessment: Assessment, catalog: CatalogReader
) -> BandChart | None:
    """Decode of each user against the context already filled; None where there is no speed."""
    points = decode_over_context(plan, catalog)
    if not points:
        return None
    return context_chart_of(plan, assessment, catalog, points)


def context_chart_of(
    plan: Plan, assessment: Assessment, catalog: CatalogReader, points: Sequence[CurvePoint]
) -> BandChart:
    """The chart of points that were worked out."""
    users = plan.workload.sequences
    last = points[-1].tokens
    model_limit = catalog.model(plan.model).max_context
    by_memory = assessment.max_context_limited_by != "model"
    high = max(min(round(last * BEYOND), max(model_limit, last)) if by_memory else last, 1024)
    label = say("each user") if users > 1 else say("decode")
    rates = {point.tokens: point.rate for point in points}
    depth, told = _depth(plan), assessment.speed.decode_tokens_per_s
    if told is not None:
        # The plan's own figure stands on the curve as it is told, not between two points; a
        # context beyond the model's limit too.
        rates[depth] = told
    at = tuple(sorted(rates))
    own = Band(label, at, tuple(rates[tokens] for tokens in at))
    x = context_axis(max(high, at[-1]), low=at[0])
    top = max(rate.high for rate in own.rates)
    if by_memory:
        limit = say("Memory ends at {0}", format_count(last))
    else:
        limit = say("Model limit {0}", format_count(last))
    return BandChart(
        key="context",
        title=say("Decode against context"),
        bands=(own,),
        x=x,
        y=value_axis(0.0, top, most=6),
        caption=say("tokens in the context of each user, log scale")
        if users > 1
        else say("tokens in the context, log scale"),
        unit="tokens",
        plan_x=depth,
        limit_x=last,
        limit_text=limit,
        sentence=_context_sentence(points, users),
    )


def _depth(plan: Plan) -> int:
    divided = plan.workload.sequences if is_shared(plan) else slots_of(plan)
    return max(plan.workload.context_tokens // divided, 1)


def _context_sentence(points: Sequence[CurvePoint], users: int) -> tuple[str, str]:
    first, last = points[0], points[-1]
    told = (
        words.figure(first.rate.expected),
        format_count(first.tokens),
        words.figure(last.rate.expected),
        format_count(last.tokens),
    )
    if users > 1:
        start = say("{0} tok/s each with {1} tokens, {2} with {3}.", *told)
    else:
        start = say("{0} tok/s with {1} tokens, {2} with {3}.", *told)
    kept = last.rate.expected / first.rate.expected
    if kept > 0.97:
        return start, say("A full context costs next to nothing.")
    return start, say("A full context costs {0} % of the speed.", round((1 - kept) * 100))


def prompt_chart(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> BandChart | None:
    """The wait for the first token against the prompt; None where prefill is not known."""
    points = prefill_over_prompt(plan, catalog)
    if len(points) < 2:
        return None
    last = points[-1].tokens
    model_limit = catalog.model(plan.model).max_context
    by_memory = assessment.max_context_limited_by != "model"
    high = max(min(round(last * BEYOND), max(model_limit, last)) if by_memory else last, 1024)
    waited = {point.tokens: point.first_token_s for point in points}
    own, wait = assessment.speed.prompt_tokens, assessment.speed.time_to_first_token_s
    if own is not None and wait is not None:
        waited[own] = wait
    at = tuple(sorted(waited))
    waits = tuple(waited[tokens] for tokens in at)
    ends = say("Memory ends at {0}", format_count(last)) if by_memory else say("Model limit")
    first = points[0]
    return BandChart(
        key="prompt",
        title=say("First token against prompt"),
        bands=(Band(say("first token"), at, waits),),
        x=context_axis(max(high, at[-1]), low=at[0]),
        y=_log_axis(min(w.low for w in waits), max(w.high for w in waits)),
        caption=say("tokens of the prompt, log scale"),
        unit="tokens",
        plan_x=own or last,
        limit_x=last,
        limit_text=ends if by_memory else f"{ends} {format_count(last)}",
        sentence=(
            say(
                "{0} tokens are waited for {1}, {2} tokens {3}.",
                format_count(first.tokens),
                _short_wait(first.first_token_s),
                format_count(last),
                _short_wait(points[-1].first_token_s),
            ),
            say("Nobody else is at work meanwhile, and nothing of the prompt is cached."),
        ),
        counts="s",
    )


def _short_wait(value: Range) -> str:
    return words.seconds(value.expected)


def users_speed_chart(plan: Plan, catalog: CatalogReader) -> BandChart | UserCurve:
    """Decode of each user and of all against users; the bare curve where it cannot be drawn."""
    curve = decode_over_users(plan, catalog)
    return users_chart_of(plan, curve) or curve


def users_chart_of(plan: Plan, curve: UserCurve) -> BandChart | None:
    """The chart of a curve; None for one point or none."""
    if len(curve.points) < 2:
        return None
    at = tuple(point.users for point in curve.points)
    each = Band(say("each user"), at, tuple(p.each for p in curve.points))
    everyone = Band(say("all users"), at, tuple(p.everyone for p in curve.points))
    low = min(p.each.low for p in curve.points)
    top = max(p.everyone.high for p in curve.points)
    last = at[-1]
    high = last if curve.most > last else max(round(last * 1.5), last + 1)
    return BandChart(
        key="users",
        title=say("Decode against users"),
        bands=(each, everyone),
        x=_count_axis(high),
        y=_log_axis(low, top),
        caption=say("users at the same time, log scale"),
        unit="users",
        plan_x=plan.workload.sequences,
        limit_x=last,
        limit_text=_limit_text(curve, last),
        sentence=_users_sentence(curve),
    )


def _limit_text(curve: UserCurve, last: int) -> str:
    if curve.most > last:
        return say("more than {0} fit", format_count(last))
    if curve.limited_by == "engine":
        return say("The engine takes no more than {0}", format_count(last))
    return say("Memory ends at {0}", format_count(last))


def _users_sentence(curve: UserCurve) -> tuple[str, str]:
    first, last = curve.points[0], curve.points[-1]
    start = say(
        "One user gets {0} tok/s; {1} get {2} each, {3} in all.",
        words.figure(first.each.expected),
        format_count(last.users),
        words.figure(last.each.expected),
        words.figure(last.everyone.expected),
    )
    count = say("1 user") if curve.most == 1 else say("{0} users", format_count(curve.most))
    if curve.because:
        return start, curve.because
    if curve.limited_by == "compute":
        return start, say("More users bring next to nothing at the end; memory holds {0}.", count)
    if curve.limited_by == "engine":
        return start, say("The engine takes no more than {0}.", count)
    return start, say("Memory holds {0} with this context, not one more.", count)


def why_no_users(curve: UserCurve, plan: Plan) -> str:
    """What stands in place of the chart against users."""
    if curve.because:
        return curve.because
    if curve.most == 1:
        each = format_count(_depth(plan))
        return say(
            "One user is all that fits with {0} tokens. A shorter context leaves room.", each
        )
    return say("Unknown, because no number of users could be worked out.")


def _count_axis(high: int) -> Axis:
    """A logarithmic axis of users from 1, ticks at powers of two."""
    ticks = [1.0]
    while ticks[-1] * 2 <= high:
        ticks.append(ticks[-1] * 2)
    return Axis(1.0, float(max(high, 2)), tuple(ticks), logarithmic=True)


def _log_axis(low: float, high: float) -> Axis:
    """A logarithmic axis of rates, ticks at 1, 2 and 5 times a power of ten."""
    low = max(low, high / 1e5, 1e-3)
    found: list[float] = []
    power = math.floor(math.log10(low)) - 1
    while True:
        for times in (1, 2, 5):
            found.append(times * 10.0**power)
        if found[-3] > high * 10:
            break
        power += 1
    start = max(tick for tick in found if tick <= low * (1 + 1e-9))
    end = min(tick for tick in found if tick >= high * (1 - 1e-9))
    ticks = [tick for tick in found if start <= tick <= end]
    if len(ticks) > 7:
        # Over more than two decades whole powers of ten are enough.
        ticks = [t for t in ticks if abs(math.log10(t) - round(math.log10(t))) < 1e-6] or ticks
    return Axis(start, end if end > start else start * 10, tuple(ticks), logarithmic=True)
