"""The words beside a row of the memory table: how sure it is and how it is computed, shortly.

Knows no Qt. The full derivation is one click away; here is only what fits on a line.
"""

from __future__ import annotations

from collections.abc import Sequence

from moeplanner_gui.core.assessment import Assessment, NamedBytes
from moeplanner_gui.core.derivation import Confidence, Derivation
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.units import MemoryUnit
from moeplanner_gui.ui.charts.memory_rows import bytes_of


def named_amounts(items: Sequence[NamedBytes], unit: MemoryUnit = "GiB") -> str:
    """The terms of a sum: ``driver 0.62, CUDA context 0.56, desktop 0.49 (assumed)``."""
    return ", ".join(
        f"{_lower_first(item.name)} {item.size_bytes / bytes_of(unit):,.2f}"
        f"{' (assumed)' if item.assumed else ''}"
        for item in items
        if item.size_bytes
    )


def _lower_first(name: str) -> str:
    """``Driver reserve`` within a sentence; ``CUDA context`` stays as it is."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def row_sure(derivation: Derivation | None) -> Confidence | None:
    """How sure a row is; None for sums of other rows."""
    return None if derivation is None else derivation.confidence


def row_formula(
    plan: Plan,
    assessment: Assessment,
    field: str,
    derivation: Derivation | None,
    unit: MemoryUnit = "GiB",
) -> str:
    """One line on how the tightest device's figure comes about."""
    if assessment.tightest is None:
        return ""
    device = assessment.devices[assessment.tightest]
    if field == "used_bytes":
        return ""
    if field == "free_bytes":
        cards = [d for d in assessment.devices if d.kind == "gpu"]
        limit = f"{device.usable_bytes / bytes_of(unit):,.2f} {unit}"
        engine = plan.deployment.engine in ("vllm", "sglang")
        word = "the engine limit" if engine else "what is usable,"
        same = len({d.usable_bytes for d in cards}) == 1
        if device.kind == "gpu" and same and len(cards) > 1:
            return f"to {word} of {limit} a card" if engine else f"to {word} {limit} a card"
        return f"to {word} of {limit}" if engine else f"to {word} {limit}"
    if field == "overhead_bytes" and device.overhead:
        return named_amounts(device.overhead, unit)
    if field == "held_back_bytes" and device.held_back:
        return named_amounts(device.held_back, unit)
    return "" if derivation is None else derivation.formula
