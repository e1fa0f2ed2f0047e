"""The words beside a row of the memory table: how sure it is and how it is computed, shortly.

Knows no Qt. The full derivation is one click away; here is only what fits on a line.
"""

from __future__ import annotations

from collections.abc import Sequence

from moeplanner_gui.core.assessment import Assessment, DeviceMemory, NamedBytes
from moeplanner_gui.core.derivation import Confidence, Derivation
from moeplanner_gui.core.model import GatedDeltaNet, KimiDelta, Mamba2, ModelSpec, MoeFfn
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.tensors import Part, parameter_breakdown
from moeplanner_gui.core.units import MemoryUnit, format_count
from moeplanner_gui.core.weights import weight_layout
from moeplanner_gui.core.words import comma_joined, lower_first, say
from moeplanner_gui.ui.charts.cache_label import cache_label
from moeplanner_gui.ui.charts.memory_rows import bytes_of
from moeplanner_gui.ui.charts.users import for_each_user, users_in_words


def named_amounts(items: Sequence[NamedBytes], unit: MemoryUnit = "GiB") -> str:
    """The terms of a sum: ``driver 0.62, CUDA context 0.56, desktop 0.49 (assumed)``."""
    return comma_joined(_named_amount(item, unit) for item in items if item.size_bytes)


def _named_amount(item: NamedBytes, unit: MemoryUnit) -> str:
    amount = say("{0} {1:,.2f}", _lower_first(item.name), item.size_bytes / bytes_of(unit))
    if item.edited:
        return say("{0} (edited)", amount)
    return say("{0} (assumed)", amount) if item.assumed else amount


def _lower_first(name: str) -> str:
    """``Driver reserve`` within a sentence; ``CUDA context`` stays as it is."""
    return name if name[1:2].isupper() else lower_first(name)


def row_sure(derivation: Derivation | None) -> Confidence | None:
    """How sure a row is; None for sums of other rows."""
    return None if derivation is None else derivation.confidence


def telling_device(assessment: Assessment, field: str) -> int | None:
    """The device that tells how a row is computed: the tightest one, if it holds any of it.

    None without devices. Of experts that all lie in host memory the host tells.
    """
    at = assessment.tightest
    if at is None or field in ("used_bytes", "free_bytes", "held_back_bytes"):
        return at
    sizes = [getattr(device, field) for device in assessment.devices]
    return at if sizes[at] or not any(sizes) else sizes.index(max(sizes))


def row_formula(
    plan: Plan,
    assessment: Assessment,
    catalog: CatalogReader,
    field: str,
    derivation: Derivation | None,
    unit: MemoryUnit = "GiB",
) -> str:
    """One line on how the figure of the device that tells comes about."""
    at = telling_device(assessment, field)
    if at is None:
        return ""
    device = assessment.devices[at]
    if field == "used_bytes":
        return ""
    if field == "free_bytes":
        cards = [d for d in assessment.devices if d.kind == "gpu"]
        limit = say("{0:,.2f} {1}", device.usable_bytes / bytes_of(unit), unit)
        engine = plan.deployment.engine == "vllm"
        same = len({d.usable_bytes for d in cards}) == 1
        if device.kind == "gpu" and same and len(cards) > 1:
            return (
                say("to the engine limit of {0} a card", limit)
                if engine
                else say("to what is usable, {0} a card", limit)
            )
        if engine:
            return say("to the engine limit of {0}", limit)
        return say("to what is usable, {0}", limit)
    if field == "overhead_bytes" and device.overhead:
        return named_amounts(device.overhead, unit)
    if field == "held_back_bytes" and device.held_back:
        return named_amounts(device.held_back, unit)
    if field == "kv_cache_bytes" and device.kv_cache_bytes:
        each = format_count(for_each_user(plan, plan.workload.context_tokens))
        whose = users_in_words(plan)
        text = say("{0} tokens {1}", each, whose) if whose else say("{0} tokens", each)
        text += f", {cache_label(plan)}"
        states = _state_layers(catalog.model(plan.model), device)
        return say("{0}; the states of {1} layers", text, states) if states else text
    if field == "routed_experts_bytes" and device.routed_experts_bytes:
        short = _experts_formula(plan, catalog, device)
        if short:
            return short
    return "" if derivation is None else derivation.formula


def _state_layers(model: ModelSpec, device: DeviceMemory) -> int:
    """How many of the device's layers keep a state of one size instead of a cache."""
    architecture = model.architecture
    first, last = device.layers or (0, architecture.layers - 1)
    names = architecture.attention_pattern.expand(architecture.layers)[first : last + 1]
    kinds = (GatedDeltaNet, Mamba2, KimiDelta)
    return sum(isinstance(architecture.attention[name], kinds) for name in names)


def _experts_formula(plan: Plan, catalog: CatalogReader, device: DeviceMemory) -> str:
    """``43 layers × 256 experts × 4.25 bit, 1/2 on each card``; empty when not that simple."""
    model = catalog.model(plan.model)
    architecture = model.architecture
    blocks = [architecture.ffn[n] for n in architecture.ffn_pattern.expand(architecture.layers)]
    layout = weight_layout(model, plan.weights, plan.deployment.engine)
    if device.layers is None:
        return ""
    first, last = device.layers
    held = range(first, min(last + 1, architecture.layers))
    moe = [block for block in (blocks[i] for i in held) if isinstance(block, MoeFfn)]
    stored = sum(layout.layers[i].routed_experts_bytes for i in held)
    everything = sum(layer.routed_experts_bytes for layer in layout.layers)
    parameters = parameter_breakdown(model).get(Part.ROUTED_EXPERTS, 0)
    if not (moe and stored and parameters) or len({block.experts for block in moe}) > 1:
        return ""
    bits = everything * 8 / parameters
    text = say("{0} layers × {1} experts × {2:.2f} bit", len(moe), moe[0].experts, bits)
    ranks = stored / device.routed_experts_bytes
    if abs(ranks - round(ranks)) > 0.02 * ranks:
        return ""
    return text if round(ranks) == 1 else say("{0}, 1/{1} on each card", text, round(ranks))
