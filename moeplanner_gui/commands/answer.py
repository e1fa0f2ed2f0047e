"""An assessment as text for a terminal: verdict first, then the numbers, then what would help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeplanner_gui.commands.console import table
from moeplanner_gui.commands.cost import cost_text
from moeplanner_gui.commands.speed import speed_text
from moeplanner_gui.core.assessment import Assessment, DeviceMemory
from moeplanner_gui.core.plan import CustomWeights, Plan
from moeplanner_gui.core.units import GIB, ceil_div, format_count, format_memory, format_parameters
from moeplanner_gui.core.users import is_shared, slots_of
from moeplanner_gui.export.assumptions import assumptions
from moeplanner_gui.export.checks import checks_text

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog

_LIMITS = {"model": "the model ends first", "memory": "memory ends first"}


def answer_text(plan: Plan, assessment: Assessment, catalog: Catalog) -> str:
    """The whole answer, ready to print."""
    blocks = ["\n".join(assessment.reasons), _what_text(plan, assessment, catalog)]
    if assessment.devices:
        blocks.append(_devices_text(assessment.devices, catalog))
    if assessment.verdict != "cannot_run":
        blocks.append(f"{_context_text(plan, assessment)}\n{_most_text(plan, catalog)}")
        blocks.append(speed_text(plan, assessment.speed))
        if assessment.fits:
            blocks.append(cost_text(assessment.cost))
    if assessment.findings:
        blocks.append(checks_text(plan, assessment, catalog))
    if not assessment.fits:
        blocks.append(_help_text(plan, catalog))
    assumed = assumptions(plan, assessment, catalog)
    if assumed:
        blocks.append("\n".join(["Assumed or unverified:", *(f"  {text}" for text in assumed)]))
    return "\n\n".join(block for block in blocks if block)


def _what_text(plan: Plan, assessment: Assessment, catalog: Catalog) -> str:
    model = catalog.model(plan.model)
    figures = assessment.model
    lines = [model.name]
    if figures is not None:
        chosen = plan.weights
        weights = chosen.recipe if isinstance(chosen, CustomWeights) else chosen
        lines[0] += (
            f" · {format_parameters(figures.total_parameters)} total,"
            f" {format_parameters(figures.active_parameters)} active"
        )
        lines.append(
            f"{weights} weights {format_memory(figures.weights_bytes, decimals=2)}"
            f" ({format_count(figures.weights_bytes)} bytes,"
            f" {figures.bits_per_weight:.2f} bits each)"
        )
    deployment, workload = plan.deployment, plan.workload
    types = {deployment.cache_type_k: None, deployment.cache_type_v: None}
    lines.append(
        f"{deployment.engine} · {_users_text(plan, workload.context_tokens)} ·"
        f" KV cache {'/'.join(types)}, {format_memory(assessment.kv_cache_bytes, decimals=2)}"
    )
    return "\n".join(lines)


def _users_text(plan: Plan, context_tokens: int) -> str:
    """A context in the plan's own unit as what each user has of it."""
    users = plan.workload.sequences
    if is_shared(plan):
        return f"{format_count(users)} sequences share {format_count(context_tokens)} tokens"
    each = f"{format_count(max(context_tokens // slots_of(plan), 1))} tokens"
    return f"{format_count(users)} sequence{'s' if users > 1 else ''} × {each}"


def _devices_text(devices: tuple[DeviceMemory, ...], catalog: Catalog) -> str:
    on_disk = any(device.file_rest_bytes for device in devices)
    header = (
        "GiB",
        "layers",
        "weights",
        "KV",
        "compute",
        "output",
        "overhead",
        *(["rest of the file"] if on_disk else []),
        "used",
        "usable",
        "free",
    )
    many_nodes = any(device.node for device in devices)
    rows = []
    for device in devices:
        name = f"Node {device.node + 1}, {device.name}" if many_nodes else device.name
        card = catalog.gpus.get(device.card_id or "")
        if card is not None:
            name += f", {card.name}"
        layers = "–".join(str(layer) for layer in device.layers) if device.layers else "-"
        sizes = (
            device.weights_bytes,
            device.kv_cache_bytes,
            device.compute_bytes,
            device.output_bytes,
            device.overhead_bytes,
            *([device.file_rest_bytes] if on_disk else []),
            device.used_bytes,
            device.usable_bytes,
        )
        rows.append((name, layers, *map(_gib, sizes), _gib_left(device.free_bytes)))
    return table(header, rows)


def _gib(size_bytes: int) -> str:
    return f"{size_bytes / GIB:,.2f}"


def _gib_left(size_bytes: int) -> str:
    """Rounded down: what is free never promises too much, what is short never plays it down."""
    return f"{size_bytes * 100 // GIB / 100:,.2f}"


def _context_text(plan: Plan, assessment: Assessment) -> str:
    tokens = assessment.max_context_tokens
    if tokens == 0:
        return "Longest context: none fits."
    users = plan.workload.sequences
    whose = ""
    if is_shared(plan):
        whose = f" shared by {format_count(users)} sequences"
    elif users > 1:
        whose = f" for each of {format_count(users)} sequences"
        if slots_of(plan) > 1:
            whose += f" (-c {tokens})"
    limit = _LIMITS.get(assessment.max_context_limited_by or "", "")
    return f"Longest context: {format_count(tokens // slots_of(plan))} tokens{whose}; {limit}."


def _most_text(plan: Plan, catalog: Catalog) -> str:
    from moeplanner_gui.core.context import most_sequences

    most = most_sequences(plan, catalog)
    if most.sequences == 0:
        return "Most sequences at a time: not even one fits."
    count = format_count(most.sequences)
    ends = "the engine takes no more" if most.limited_by == "engine" else "memory ends first"
    tokens = plan.workload.context_tokens
    if plan.deployment.engine == "llama.cpp" and plan.deployment.unified_kv:
        return (
            f"Most sequences at a time: {count} that share {format_count(tokens)} tokens; {ends}."
        )
    each = format_count(ceil_div(tokens, slots_of(plan)))
    return f"Most sequences at a time: {count} with {each} tokens each; {ends}."


def _help_text(plan: Plan, catalog: Catalog) -> str:
    from moeplanner_gui.core.remedies import remedies

    found = remedies(plan, catalog)
    if not found:
        return ""
    lines = ["What would help:"]
    for remedy in found:
        lines.append(f"  {remedy.title}")
        lines.extend(f"    {text}" for text in (remedy.detail, remedy.outcome) if text)
    return "\n".join(lines)
