"""Decode over context of several plans, and their devices, as data for one chart each. No Qt."""

from __future__ import annotations

from collections.abc import Sequence

from moeplanner_gui.core.assessment import Assessment, DeviceMemory, Range
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.curves import decode_over_context
from moeplanner_gui.core.users import is_shared, slots_of
from moeplanner_gui.ui.charts.axes import Axis, context_axis, value_axis
from moeplanner_gui.ui.charts.memory_rows import device_labels


@dataclass(frozen=True, slots=True)
class Line:
    """Decode of one plan against the context, up to the longest one that fits.

    Attributes:
        name: What the plan is called.
        index: Its position among the compared plans, which gives it colour and dashes.
        at: Tokens in the context of each user, ascending.
        rates: What is expected there, tokens/s of each user.
        own_at: The plan's own context.
        own: The figure at it, with its range.
    """

    name: str
    index: int
    at: tuple[int, ...]
    rates: tuple[float, ...]
    own_at: int
    own: Range


@dataclass(frozen=True, slots=True)
class CurveChart:
    """The lines with axes that hold all of them."""

    lines: tuple[Line, ...]
    x: Axis
    y: Axis


def decode_line(
    name: str, index: int, plan: Plan, assessment: Assessment, catalog: CatalogReader
) -> Line | None:
    """The line of one plan; None where it does not fit or its speed is not known."""
    own = assessment.speed.decode_tokens_per_s
    if own is None:
        return None
    try:
        points = decode_over_context(plan, catalog)
    except UnknownEntryError:
        return None
    if not points:
        return None
    divided = plan.workload.sequences if is_shared(plan) else slots_of(plan)
    depth = max(plan.workload.context_tokens // divided, 1)
    rates = {point.tokens: point.rate.expected for point in points}
    rates[depth] = own.expected
    at = tuple(sorted(rates))
    return Line(name, index, at, tuple(rates[tokens] for tokens in at), depth, own)


def curve_chart(lines: Sequence[Line]) -> CurveChart | None:
    """One chart for all lines; None without any."""
    if not lines:
        return None
    first = min(line.at[0] for line in lines)
    last = max(line.at[-1] for line in lines)
    top = max(max(*line.rates, line.own.high) for line in lines)
    x = context_axis(max(last, 1024), low=first)
    return CurveChart(tuple(lines), x, value_axis(0.0, top, most=6))


@dataclass(frozen=True, slots=True)
class DeviceBar:
    """Devices of one plan that are filled alike: "GPU 1–4"."""

    label: str
    device: DeviceMemory


def device_bars(assessment: Assessment, kind: str) -> tuple[DeviceBar, ...]:
    """The devices of one kind; neighbours that are filled alike share a bar."""
    bars: list[tuple[list[str], DeviceMemory]] = []
    labels = device_labels(assessment.devices)
    for label, device in zip(labels, assessment.devices, strict=True):
        if device.kind != kind or (kind != "gpu" and not device.used_bytes):
            continue
        if bars and _amounts(bars[-1][1]) == _amounts(device):
            bars[-1][0].append(label)
        else:
            bars.append(([label], device))
    return tuple(DeviceBar(_span(names), device) for names, device in bars)


def _amounts(device: DeviceMemory) -> tuple[object, ...]:
    """What makes two devices look the same."""
    unlike = ("name", "node", "slot", "layers")
    return tuple(getattr(device, name) for name in device._fields if name not in unlike)


def _span(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    last = names[-1].split()[-1]
    return f"{names[0]}–{last}" if last.isdigit() else f"{names[0]} × {len(names)}"
