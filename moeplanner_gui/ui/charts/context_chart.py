"""Memory against context as data: curves, limits and the plan's point. Knows no Qt.

The window's plot and the printed chart draw the same :class:`ContextChart`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.context import longest_context, memory_curve
from moeplanner_gui.core.edits import set_deployment, set_workload
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import MemoryUnit, format_count
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.axes import Axis, context_axis, value_axis
from moeplanner_gui.ui.charts.cache_label import cache_label
from moeplanner_gui.ui.charts.memory_rows import bytes_of, device_labels, shown_short
from moeplanner_gui.ui.charts.users import for_each_user, in_plan_unit, is_shared, users_in_words

POINTS = 65
"""Points a curve: more make the drawing slower and look the same."""

_ALTERNATIVE = {"f16": "q8_0", "q8_0": "f16", "bf16": "q8_0", "auto": "fp8", "fp8": "bf16"}


@dataclass(frozen=True, slots=True)
class Curve:
    """Used bytes of the device at each context, and the longest context that fits (0: none)."""

    label: str
    contexts: tuple[int, ...]
    """For each user, as everything here."""
    used_bytes: tuple[int, ...]
    longest: int
    limited_by: str
    longest_used_bytes: int

    def used_at(self, tokens: float) -> float:
        """Used bytes at any context, interpolated between the points."""
        last = len(self.contexts) - 1
        for index in range(last):
            low, high = self.contexts[index], self.contexts[index + 1]
            if tokens <= high or index == last - 1:
                share = (tokens - low) / (high - low)
                start, end = self.used_bytes[index], self.used_bytes[index + 1]
                return start + share * (end - start)
        return float(self.used_bytes[0])


@dataclass(frozen=True, slots=True)
class ContextChart:
    """What the chart shows. ``curves[0]`` is the plan's own KV-cache type."""

    device: int
    device_label: str
    usable_bytes: int
    model_limit: int
    users: str
    plan_tokens: int
    plan_used_bytes: int
    curves: tuple[Curve, ...]
    x: Axis
    y: Axis
    sentence: tuple[str, str]
    """The answer and what follows it; the first is printed strong."""
    unit: MemoryUnit = "GiB"

    @property
    def unit_bytes(self) -> int:
        """Bytes of one unit of the vertical axis."""
        return bytes_of(self.unit)


def alternative_cache(plan: Plan) -> str | None:
    """The KV-cache type worth comparing with the plan's own, None when there is none."""
    engine, current = plan.deployment.engine, plan.deployment.cache_type_k
    if engine == "llama.cpp":
        return _ALTERNATIVE.get(current, "f16")
    return "bf16" if current == "fp8" else "fp8"


def with_cache(plan: Plan, cache: str) -> Plan:
    """The plan with another KV-cache type, for K and V alike."""
    return set_deployment(plan, cache_type_k=cache, cache_type_v=cache)


def limiting_device(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> int | None:
    """Index of the device that ends the context: the tightest one at the longest context.

    It can differ from the tightest device of the plan as it is, because some devices hold more
    cache for each token than others.
    """
    if assessment.tightest is None or assessment.max_context_tokens <= 0:
        return assessment.tightest
    longest = set_workload(plan, context_tokens=assessment.max_context_tokens)
    return evaluate(longest, catalog).tightest


def context_chart(
    plan: Plan,
    assessment: Assessment,
    catalog: CatalogReader,
    *,
    points: int = POINTS,
    unit: MemoryUnit = "GiB",
) -> ContextChart | None:
    """The chart of ``plan``; None when there is no device or the combination cannot run."""
    if assessment.verdict == "cannot_run" or assessment.model is None:
        return None
    device = limiting_device(plan, assessment, catalog)
    if device is None:
        return None
    model_limit = catalog.model(plan.model).max_context
    plan_tokens = for_each_user(plan, plan.workload.context_tokens)
    x = context_axis(max(model_limit, plan_tokens))
    contexts = _spread(x, points)
    curves = [
        _curve(
            plan,
            catalog,
            device,
            contexts,
            assessment.max_context_tokens,
            assessment.max_context_limited_by or "memory",
        )
    ]
    other = alternative_cache(plan)
    if other is not None and other != plan.deployment.cache_type_k:
        variant = with_cache(plan, other)
        checked = evaluate(variant, catalog)
        if checked.verdict != "cannot_run":
            limit = longest_context(variant, catalog)
            curves.append(
                _curve(variant, catalog, device, contexts, limit.tokens, limit.limited_by)
            )
    shown = assessment.devices[device]
    label = device_labels(assessment.devices)[device]
    return ContextChart(
        device=device,
        device_label=label,
        usable_bytes=shown.usable_bytes,
        model_limit=model_limit,
        users=users_in_words(plan),
        plan_tokens=plan_tokens,
        plan_used_bytes=shown.used_bytes,
        curves=tuple(curves),
        x=x,
        y=_memory_axis(curves, shown.usable_bytes, shown.used_bytes, bytes_of(unit)),
        sentence=_sentence(plan, catalog, label, assessment, curves, unit),
        unit=unit,
    )


def with_plan_moved(chart: ContextChart, plan: Plan, assessment: Assessment) -> ContextChart | None:
    """The chart for a plan that differs from the charted one in its context alone.

    The curves stay, so this is quick enough for a drag. None when the sentence would change.
    """
    if chart.curves[0].longest <= 0 or chart.device >= len(assessment.devices):
        return None
    used = assessment.devices[chart.device].used_bytes
    tokens = for_each_user(plan, plan.workload.context_tokens)
    if tokens > chart.x.high:
        return None
    axis = _memory_axis(chart.curves, chart.usable_bytes, used, chart.unit_bytes)
    return replace(chart, plan_tokens=tokens, plan_used_bytes=used, y=axis)


def _spread(x: Axis, points: int) -> tuple[int, ...]:
    """Contexts at equal steps of the logarithmic axis, on multiples of 256, both ends kept."""
    found = {int(x.low), int(x.high)}
    for index in range(1, points - 1):
        found.add(max(round(x.value(index / (points - 1)) / 256) * 256, int(x.low)))
    return tuple(sorted(found))


def _curve(
    plan: Plan,
    catalog: CatalogReader,
    device: int,
    contexts: Sequence[int],
    longest: int,
    limited_by: str,
) -> Curve:
    own_unit = [in_plan_unit(plan, tokens) for tokens in contexts]
    used = memory_curve(plan, catalog, own_unit, device)
    at_longest = memory_curve(plan, catalog, (longest,), device)[0] if longest else 0
    each = for_each_user(plan, longest)
    return Curve(cache_label(plan), tuple(contexts), used, each, limited_by, at_longest)


def _memory_axis(curves: Sequence[Curve], usable: int, plan_used: int, unit_bytes: int) -> Axis:
    """A range around the limit: the start of the curves below, half as much above.

    The curves leave through the top; what matters is where they cross the limit.
    """
    low = min(usable, plan_used, *(curve.used_bytes[0] for curve in curves)) / unit_bytes
    top = max(usable, plan_used) / unit_bytes
    highest = max(curve.used_bytes[-1] for curve in curves) / unit_bytes
    span = max(top - low, 0.04 * top)
    high = min(top + 0.6 * span, max(highest, top + 0.25 * span))
    return value_axis(max(low - 0.06 * span, 0.0), high)


def _sentence(
    plan: Plan,
    catalog: CatalogReader,
    label: str,
    assessment: Assessment,
    curves: Sequence[Curve],
    unit: MemoryUnit,
) -> tuple[str, str]:
    users = plan.workload.sequences
    longest = for_each_user(plan, assessment.max_context_tokens)
    each = ""
    if users > 1:
        each = f" {users_in_words(plan) if is_shared(plan) else say('for each user')}"
    if longest <= 0:
        free = min(assessment.devices[assessment.tightest or 0].free_bytes, 0)
        start = say(
            "No context fits: {0} is {1} {2} short at this one.",
            label,
            shown_short(free, unit),
            unit,
        )
    elif assessment.max_context_limited_by == "model":
        start = say("Up to {0} tokens{1}: the model ends first.", format_count(longest), each)
    else:
        start = say("{0} holds {1} tokens{2}.", label, format_count(longest), each)
    rest = []
    for curve in curves[1:]:
        if curve.longest <= 0:
            rest.append(say("With {0} none fits.", curve.label))
        elif curve.longest != longest:
            rest.append(say("With {0} it is {1}.", curve.label, format_count(curve.longest)))
        else:
            rest.append(say("With {0} it is the same.", curve.label))
    if users > 1 and not is_shared(plan) and assessment.max_context_limited_by != "model":
        alone = longest_context(set_workload(plan, sequences=1), catalog)
        if alone.limited_by == "model" and alone.tokens:
            rest.append(say("One user alone reaches the model limit."))
        elif alone.tokens > longest:
            rest.append(say("One user alone gets {0}.", format_count(alone.tokens)))
    return start, " ".join(rest)
