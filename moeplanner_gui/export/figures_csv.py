"""Every figure of a plan as one tidy table: a row a figure, the same columns throughout.

Numbers are plain and unrounded where they are counted (bytes, tokens); a figure that is not
known has empty cells and the reason beside it. Sources and confidence are those of "How is this
computed?".
"""

from __future__ import annotations

import os
from collections.abc import Iterable

import moeplanner_gui
from moeplanner_gui.core.assessment import Assessment, DeviceMemory, Range
from moeplanner_gui.core.context import most_sequences
from moeplanner_gui.core.cost.explain_cost import explained_fields
from moeplanner_gui.core.derivation import Derivation
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.plan import Plan, weights_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.terms import bound_words
from moeplanner_gui.core.units import rounded_down, rounded_up
from moeplanner_gui.core.words import say
from moeplanner_gui.export.assumptions import assumptions
from moeplanner_gui.export.bill_csv import csv_table
from moeplanner_gui.export.checks import checks_list
from moeplanner_gui.export.cost_rows import input_rows
from moeplanner_gui.export.csv import VERDICT_WORDS, encode_csv
from moeplanner_gui.export.safe_text import Cell
from moeplanner_gui.safe_write import write_file_atomically

FIGURES_HEADER = (
    "section", "subject", "figure", "unit", "low", "expected", "high", "source", "confidence",
    "text",
)  # fmt: skip
"""``low``, ``expected`` and ``high`` hold numbers only; what is no number stands in ``text``."""
MOST_SOURCES = 3
_DEVICE_FIELDS = (
    (say("Capacity"), "capacity_bytes"),
    (say("Usable"), "usable_bytes"),
    (say("Routed experts"), "routed_experts_bytes"),
    (say("Other weights"), "other_weights_bytes"),
    (say("KV cache"), "kv_cache_bytes"),
    (say("Compute buffers"), "compute_bytes"),
    (say("Output buffers"), "output_bytes"),
    (say("Runtime overhead"), "overhead_bytes"),
    (say("Rest of the file"), "file_rest_bytes"),
    (say("Used"), "used_bytes"),
    (say("Free"), "free_bytes"),
)
_SPEED_FIELDS = (
    (say("Decode, each user"), "tokens/s", "decode_tokens_per_s"),
    (say("Decode, all users"), "tokens/s", "decode_tokens_per_s_all_users"),
    (say("Prefill"), "tokens/s", "prefill_tokens_per_s"),
    (say("Time to first token"), "s", "time_to_first_token_s"),
)
_POWER_FIELDS = (
    (say("Power at work, at the wall"), "load_w"),
    (say("Power when idle, at the wall"), "idle_w"),
    (say("Power supply, at least"), "psu_w"),
)
COST_WORDS = {
    "own_usd_per_month": (say("Own"), say("USD a month")),
    "own_usd_per_mtok": (say("Own, a million tokens"), say("USD a million")),
    "own_amortisation_usd": (say("Loss of value"), say("USD a month")),
    "own_maintenance_usd": (say("Maintenance"), say("USD a month")),
    "own_other_usd": (say("Other costs"), say("USD a month")),
    "own_idle_power_usd": (say("Power of waiting"), say("USD a month")),
    "own_load_power_usd": (say("Power of work"), say("USD a month")),
    "kwh_per_month": (say("Electricity"), say("kWh a month")),
    "mtok_per_month": (say("Tokens"), say("million a month")),
    "busy_hours_per_month": (say("Busy"), say("hours a month")),
    "duty": (say("Duty"), say("share of the month")),
    "rigs_needed": (say("Rigs needed"), "count"),
    "capacity_mtok_per_month": (say("Capacity of one rig"), say("million a month")),
    "api_usd_per_month": ("API", say("USD a month")),
    "api_usd_per_mtok": (say("API, a million tokens"), say("USD a million")),
    "rent_usd_per_month": (say("Rent"), say("USD a month")),
    "rent_usd_per_mtok": (say("Rent, a million tokens"), say("USD a million")),
    "rent_always_on_usd_per_month": (say("Rent, always on"), say("USD a month")),
    "rent_on_demand_usd_per_month": (say("Rent, on demand"), say("USD a month")),
    "rent_or_buy_hours": (say("Rent or buy"), say("hours of work")),
    "breakeven_mtok_per_month": (say("Break-even volume"), say("million a month")),
    "breakeven_duty": (say("Duty at the break-even volume"), say("share of the month")),
    "breakeven_api_usd_per_mtok": (say("Break-even price of the API"), say("USD a million")),
    "breakeven_usd_per_kwh": (say("Break-even tariff"), say("USD a kWh")),
    "payback_months": (say("Payback"), "months"),
}
"""Every figure of the cost that has a derivation, in words and with its unit."""
_ENDS = ("_usd_per_month_low", "_usd_per_month_high")


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One row; ``low`` and ``high`` are None for a figure without a band."""

    section: str
    figure: str
    unit: str = ""
    expected: float | int | None = None
    low: float | None = None
    high: float | None = None
    subject: str = ""
    source: str = ""
    confidence: str = ""
    text: str = ""

    def cells(self) -> tuple[Cell, ...]:
        """In the order of the header."""
        return (
            self.section, self.subject, self.figure, self.unit, self.low, self.expected,
            self.high, self.source, self.confidence, self.text,
        )  # fmt: skip


def figure_table(
    plan: Plan, assessment: Assessment, catalog: CatalogReader
) -> Iterable[tuple[Cell, ...]]:
    """The header and a row a figure."""
    yield FIGURES_HEADER
    for block in (_plan, _model, _memory, _context, _speed, _power, _cost, _inputs, _notes):
        for row in block(plan, assessment, catalog):
            yield row.cells()


def figures_csv(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> str:
    """The figures as CSV text."""
    return csv_table(figure_table(plan, assessment, catalog))


def write_figures_csv(
    path: str | os.PathLike[str], plan: Plan, assessment: Assessment, catalog: CatalogReader
) -> None:
    """Save the figures as a CSV file.

    Raises:
        OSError: The file could not be written; an existing one is unchanged.
    """
    write_file_atomically(path, encode_csv(figures_csv(plan, assessment, catalog)))


# --- where a figure comes from ----------------------------------------------------------------


def sources_of(item: Derivation) -> str:
    """The figure's own source, else those of what went in, the first few of them."""
    found: dict[str, None] = {}
    level = [item]
    while level and not found:
        found.update(dict.fromkeys(entry.source for entry in level if entry.source))
        level = [child for entry in level for child in entry.inputs]
    names = list(found)
    more = say("; and {0} more", len(names) - MOST_SOURCES) if len(names) > MOST_SOURCES else ""
    return "; ".join(names[:MOST_SOURCES]) + more


def _told(plan: Plan, assessment: Assessment, catalog: CatalogReader, path: str) -> tuple[str, str]:
    """Source and confidence of the figure at a path, empty where it has no derivation."""
    try:
        item = explain(plan, assessment, catalog, path)
    except LookupError:
        return "", ""
    rule = say("computed: {0}", item.formula) if item.formula else ""
    return sources_of(item) or rule, item.confidence.value


# --- the blocks -------------------------------------------------------------------------------


def _plan(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Iterable[FigureRow]:
    deployment, workload = plan.deployment, plan.workload
    yield FigureRow("plan", say("Made by"), text=say("MoE Planner {0}", moeplanner_gui.__version__))
    yield FigureRow("plan", say("Catalogue"), text=str(getattr(catalog, "date", "")))
    yield FigureRow("plan", say("Name"), text=plan.name or "")
    yield FigureRow("plan", say("Verdict"), text=VERDICT_WORDS[assessment.verdict])
    for reason in assessment.reasons:
        yield FigureRow("plan", say("Reason"), text=reason)
    yield FigureRow("plan", say("Weights"), text=weights_id(plan))
    yield FigureRow("plan", say("Engine"), text=deployment.engine)
    yield FigureRow("plan", say("KV cache, K"), text=deployment.cache_type_k)
    yield FigureRow("plan", say("KV cache, V"), text=deployment.cache_type_v)
    yield FigureRow("plan", say("Context"), "tokens", workload.context_tokens, source="plan")
    yield FigureRow("plan", say("Sequences"), "count", workload.sequences, source="plan")


def _model(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Iterable[FigureRow]:
    try:
        name = catalog.model(plan.model).name
    except UnknownEntryError:
        name = plan.model
    yield FigureRow("model", say("Model"), subject=name, text=plan.model)
    figures = assessment.model
    if figures is None:
        return
    for label, unit, field in (
        (say("Parameters, total"), "count", "total_parameters"),
        (say("Parameters, active"), "count", "active_parameters"),
        (say("Weights"), "bytes", "weights_bytes"),
        (say("Bits per weight"), "bits", "bits_per_weight"),
    ):
        source, sure = _told(plan, assessment, catalog, f"model.{field}")
        value = getattr(figures, field)
        value = round(value, 4) if isinstance(value, float) else value
        yield FigureRow("model", label, unit, value, subject=name, source=source, confidence=sure)


def _memory(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Iterable[FigureRow]:
    known: dict[tuple[object, ...], dict[str, tuple[str, str]]] = {}
    for number, device in enumerate(assessment.devices):
        # Cards that are filled alike have one derivation; 512 of them would take long.
        told = known.setdefault(_kind_of(device), {})
        for label, field in _DEVICE_FIELDS:
            if field not in told:
                told[field] = _told(plan, assessment, catalog, f"devices.{number}.{field}")
            source, sure = told[field]
            yield FigureRow(
                "memory", label, "bytes", getattr(device, field), subject=device.name,
                source=source, confidence=sure,
            )  # fmt: skip
        if device.layers is not None:
            for label, layer in zip(
                (say("First layer"), say("Last layer")), device.layers, strict=True
            ):
                yield FigureRow("memory", label, "number", layer, subject=device.name)


def _kind_of(device: DeviceMemory) -> tuple[object, ...]:
    sizes = (getattr(device, field) for _, field in _DEVICE_FIELDS)
    return (device.kind, device.card_id, device.node, *sizes)


def _context(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Iterable[FigureRow]:
    if assessment.verdict == "cannot_run":
        return
    source, sure = _told(plan, assessment, catalog, "kv_cache_bytes")
    yield FigureRow(
        "context", say("KV cache, all devices"), "bytes", assessment.kv_cache_bytes,
        source=source, confidence=sure,
    )  # fmt: skip
    source, sure = _told(plan, assessment, catalog, "max_context_tokens")
    limit = assessment.max_context_limited_by
    yield FigureRow(
        "context", say("Longest context"), "tokens", assessment.max_context_tokens, source=source,
        confidence=sure, text=say("limited by {0}",limit) if limit else "",
    )  # fmt: skip
    try:
        most = most_sequences(plan, catalog)
    except UnknownEntryError:
        return
    yield FigureRow(
        "context", say("Most sequences at a time"), "count", most.sequences, source=source,
        confidence=sure, text=say("limited by {0}",most.limited_by),
    )  # fmt: skip


def _speed(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Iterable[FigureRow]:
    speed = assessment.speed
    for label, unit, field in _SPEED_FIELDS:
        value: Range | None = getattr(speed, field)
        if value is None:
            why = speed.because or say("not known")
            yield FigureRow("speed", label, unit, text=why)
            continue
        source, sure = _told(plan, assessment, catalog, f"speed.{field}")
        yield FigureRow(
            "speed", label, unit, round(value.expected, 3), rounded_down(value.low, 3),
            rounded_up(value.high, 3), source=source, confidence=sure,
            text=say("few measurements stand behind it") if speed.weak else "",
        )  # fmt: skip
    for label, tokens in (
        (say("Context filled, each user"), speed.depth_tokens),
        (say("Prompt"), speed.prompt_tokens),
    ):
        if tokens is not None:
            yield FigureRow("speed", label, "tokens", tokens, source="plan")
    if speed.bound_by:
        yield FigureRow("speed", say("Decode is bound by"), text=bound_words(speed.bound_by) or "")


def _power(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Iterable[FigureRow]:
    for label, field in _POWER_FIELDS:
        watts = getattr(assessment.power, field)
        if watts is None:
            yield FigureRow("power", label, "W", text=say("not known"))
            continue
        source, sure = _told(plan, assessment, catalog, f"power.{field}")
        yield FigureRow("power", label, "W", watts, source=source, confidence=sure)


def _cost(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Iterable[FigureRow]:
    cost = assessment.cost
    if cost.hardware_usd is not None:
        source, sure = _told(plan, assessment, catalog, "cost.hardware_usd")
        yield FigureRow(
            "cost",
            say("Hardware"),
            "USD",
            round(cost.hardware_usd, 2),
            source=source,
            confidence=sure,
        )
    else:
        missing = ", ".join(cost.unpriced_parts)
        yield FigureRow(
            "cost", say("Hardware"), "USD", low=cost.known_hardware_usd,
            text=say("no price: {0}",missing) if missing else say("not known"),
        )  # fmt: skip
    for field in explained_fields():
        value = getattr(cost, field)
        if value is None or field.endswith(_ENDS):
            continue
        source, sure = _told(plan, assessment, catalog, f"cost.{field}")
        label, unit = COST_WORDS[field]
        low, high = (getattr(cost, f"{field}{end}", None) for end in ("_low", "_high"))
        yield FigureRow("cost", label, unit, value, low, high, source=source, confidence=sure)
    for sentence in cost.because:
        yield FigureRow("cost", say("Remark"), text=sentence)


def _inputs(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Iterable[FigureRow]:
    for name, value, unit, source in input_rows(plan, assessment, catalog):
        if isinstance(value, str) or value is None:
            yield FigureRow("cost input", str(name), text=str(value or ""), source=str(source))
        else:
            yield FigureRow("cost input", str(name), str(unit), value, source=str(source))


def _notes(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Iterable[FigureRow]:
    for item in checks_list(plan, assessment, catalog):
        yield FigureRow("check", item.word, subject=item.subject, text=item.message)
    for sentence in assumptions(plan, assessment, catalog, marks=True):
        yield FigureRow("assumption", say("Assumed or set"), text=sentence)
