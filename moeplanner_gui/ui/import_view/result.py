"""What was read of a model, as lines of words and figures. Knows no widgets."""

from __future__ import annotations

from typing import Any

from moeplanner_gui.core.model import ModelSpec, WeightFile
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.tensors import active_parameters, total_parameters
from moeplanner_gui.core.units import MemoryUnit, format_count, format_memory, format_parameters
from moeplanner_gui.core.weights import UnsupportedFormatError, weight_layout
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.facts_panel import Fact
from moeplanner_gui.ui.model_facts import CONTEXTS, cache_fact

CONTAINERS = {"gguf": "GGUF", "safetensors": "safetensors"}


def result_facts(imported: Any, name: str, catalog: Any, unit: MemoryUnit) -> list[Fact]:
    """Counts, bits per weight, context, cache a token, and the files."""
    spec: ModelSpec = imported.model
    total, active = total_parameters(spec), active_parameters(spec)
    facts = [
        Fact(say("Parameters"), format_count(total), strong=True, tip=format_parameters(total)),
        Fact(say("Read for each token"), format_count(active), tip=format_parameters(active)),
        Fact(say("Layers"), format_count(spec.architecture.layers)),
        Fact(say("Longest context"), say("{0} tokens", format_count(spec.max_context))),
    ]
    chosen = next((file for file in spec.files if file.id == imported.weights), None)
    if chosen is not None:
        facts.extend(_file_facts(chosen, total, unit))
    else:
        facts.append(_native_fact(spec, total, unit))
    facts.append(Fact(say("KV cache a token (llama.cpp, F16)")))
    facts.extend(cache_fact(spec, catalog, tokens) for tokens in CONTEXTS)
    return facts


def _file_facts(file: WeightFile, total: int, unit: MemoryUnit) -> list[Fact]:
    bits = 8 * file.file_bytes / total if total else 0.0
    facts = [
        Fact(say("Files"), f"{format_memory(file.file_bytes, unit=unit, decimals=2)}",
             tip=say("{0} bytes, {1}",format_count(file.file_bytes),CONTAINERS[file.container])),
        Fact(say("Bits per weight"), say("{0:.2f}",bits)),
    ]  # fmt: skip
    if file.storage:
        facts.append(Fact(say("Stored as"), file.storage))
    return facts


def _native_fact(spec: ModelSpec, total: int, unit: MemoryUnit) -> Fact:
    try:
        size = weight_layout(spec, "native", "vllm").total_bytes
    except (UnsupportedFormatError, ValueError, KeyError) as error:
        return Fact(say("Weights as published"), "–", tip=str(error))
    bits = 8 * size / total if total else 0.0
    words = say("{0} · {1:.2f} bit", format_memory(size, unit=unit, decimals=2), bits)
    return Fact(
        say("Weights as published"), words, tip=say("{0} bytes, computed", format_count(size))
    )


def match_sentence(imported: Any, catalog: Any) -> str:
    """Which row has the same architecture, "" when none has."""
    row = catalog.models.get(imported.matches or "")
    if row is None:
        return ""
    where = say("My models") if row.id in catalog.user_ids else say("the catalogue")
    return say("Same architecture as {0} in {1}.", row.name, where)


def plan_with(plan: Plan, spec: ModelSpec, weights: str | None) -> Plan:
    """The plan with an imported model, its files where the plan's engine can load them.

    A GGUF file makes llama.cpp the engine: it is the one that loads it whole.
    """
    from moeplanner_gui.core import edits

    plan = edits.set_model(plan, spec.id)
    file = next((file for file in spec.files if file.id == weights), None)
    if file is None:
        return plan
    engine = plan.deployment.engine
    if file.container == "gguf":
        if engine != "llama.cpp":
            plan = edits.set_deployment(
                plan, engine="llama.cpp", cache_type_k="f16", cache_type_v="f16"
            )
        return edits.set_weights(plan, file.id)
    return plan if engine == "llama.cpp" else edits.set_weights(plan, file.id)
