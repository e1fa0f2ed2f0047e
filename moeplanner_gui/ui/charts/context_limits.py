"""The grid of longest contexts: which formats and caches it compares. Knows no Qt.

The Context tab and the printed page show the same grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from moeplanner_gui.core.context import ContextLimit, longest_context
from moeplanner_gui.core.edits import set_weights
from moeplanner_gui.core.engine_choice import with_engine
from moeplanner_gui.core.plan import CacheType, Engine, Plan, weights_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import MemoryUnit
from moeplanner_gui.core.weights import UnsupportedFormatError, formats_for, weight_layout
from moeplanner_gui.core.words import listed, say
from moeplanner_gui.ui.charts.memory_rows import bytes_of
from moeplanner_gui.ui.charts.users import for_each_user, keep_context_each

Column = tuple[str, str]
"""An engine and a KV-cache type."""

COMPARED = (
    "native", "bf16", "fp8", "nvfp4", "mxfp4", "awq-int4", "gptq-int4", "q8_0", "q6_k", "q5_k_m",
    "mxfp4_moe", "q4_k_m", "iq4_xs", "q3_k_m", "iq3_xxs", "q2_k", "iq2_xxs", "iq1_s",
)  # fmt: skip
"""Formats worth a row: one or two for each size. The plan's own is added when it is another."""

LARGEST_SHARE = 1.35
"""Formats larger than the checkpoint by more than this gain nothing and are left out."""

_CACHES = {"llama.cpp": ("q8_0", "f16"), "vllm": ("fp8", "bf16")}
_ENGINE_NAMES = {
    "llama.cpp": "llama.cpp", "vllm": "vLLM", "sglang": "SGLang", "ktransformers": "KTransformers"
}  # fmt: skip
_SPLIT_NAMES = {
    "layer": say("layer split"),
    "row": say("row split"),
    "tensor": say("tensor split"),
    "none": "",
}


@dataclass(frozen=True, slots=True)
class FormatRow:
    """One weight format; ``size_bytes`` is None when no compared engine loads it."""

    id: str
    label: str
    size_bytes: int | None


def engine_name(engine: str) -> str:
    """An engine's name as its makers write it."""
    return _ENGINE_NAMES.get(engine, engine)


def compared_columns(plan: Plan, catalog: CatalogReader) -> tuple[Column, ...]:
    """The plan's engine first, then the other one; each with the cache types it takes.

    A type that the engine refuses for this model has no column, unless it is the plan's own.
    """
    own = plan.deployment.engine
    engines = (own, "llama.cpp" if own != "llama.cpp" else "vllm")
    columns: list[Column] = []
    for engine in engines:
        caches = list(_CACHES.get(engine, ("fp8", "bf16")))
        current = plan.deployment.cache_type_k
        if engine == own and current not in caches:
            if current == "auto":
                caches[caches.index("bf16")] = "auto"
            else:
                caches.insert(0, current)
        offered = [(engine, cache) for cache in caches]
        taken = [
            column
            for column in offered
            if column == (own, current) or cell_limit(plan, catalog, "native", column) is not None
        ]
        columns += taken or offered[:1]
    return tuple(columns)


def column_group(plan: Plan, catalog: CatalogReader, engine: str) -> str:
    """What stands over an engine's columns: its name and how it uses several cards."""
    name = engine_name(engine)
    deployment = plan.deployment
    if engine != deployment.engine:
        # Native is what every engine that runs the model at all can load.
        moved = with_engine(set_weights(plan, "native"), cast(Engine, engine), catalog)
        deployment = moved.deployment
    if engine == "llama.cpp":
        split = _SPLIT_NAMES[deployment.split] if plan.gpu_count > 1 else ""
        return f"{name}, {split}" if split else name
    if deployment.tensor_parallel > 1:
        return say("{0}, tensor parallel {1}", name, deployment.tensor_parallel)
    return name


def compared_formats(plan: Plan, catalog: CatalogReader) -> tuple[FormatRow, ...]:
    """The rows, native first, then from the largest to the smallest."""
    model = catalog.model(plan.model)
    own = weights_id(plan)
    own_engine = plan.deployment.engine
    engines = (own_engine, "llama.cpp" if own_engine != "llama.cpp" else "vllm")
    labels: dict[str, str] = {}
    for engine in engines:
        for choice in formats_for(model, engine):
            if choice.id in COMPARED or choice.id == own:
                labels.setdefault(choice.id, choice.label)
    labels.setdefault(own, own)
    rows = []
    for format_id, label in labels.items():
        size = None
        for engine in engines:
            try:
                # The plan's own file may differ from its recipe.
                weights = plan.weights if format_id == own else format_id
                size = weight_layout(model, weights, engine).total_bytes
                break
            except UnsupportedFormatError:
                continue
        rows.append(FormatRow(format_id, label, size))
    native = next((row.size_bytes for row in rows if row.id == "native"), None)
    if native is not None:
        most = native * LARGEST_SHARE
        rows = [r for r in rows if (r.size_bytes or 0) <= most or r.id == own]
    rows.sort(key=lambda row: (row.id != "native", -(row.size_bytes or 0), row.id))
    return tuple(rows)


def cell_plan(plan: Plan, catalog: CatalogReader, weights: str, column: Column) -> Plan:
    """The plan that a cell stands for: the same rig and users with these three choices.

    An engine that the plan does not use yet gets a layout over all cards, and each user keeps
    the context of the plan.
    """
    engine, cache = column
    chosen = plan if weights == weights_id(plan) else set_weights(plan, weights)
    moved = with_engine(chosen, cast(Engine, engine), catalog, cast(CacheType, cache))
    return keep_context_each(plan, moved)


def cell_limit(
    plan: Plan, catalog: CatalogReader, weights: str, column: Column
) -> ContextLimit | None:
    """The longest context of one cell for each user, None where the engine cannot run it."""
    cell = cell_plan(plan, catalog, weights, column)
    limit = longest_context(cell, catalog)
    if limit.verdict == "cannot_run":
        return None
    return replace(limit, tokens=for_each_user(cell, limit.tokens))


def larger_than_native(rows: Sequence[FormatRow], unit: MemoryUnit = "GiB") -> str:
    """A note on recipes that are larger than the published checkpoint, empty when none is."""
    native = next((row.size_bytes for row in rows if row.id == "native"), None)
    if native is None:
        return ""
    larger = [row.label for row in rows if row.size_bytes and row.size_bytes > native]
    if not larger:
        return ""
    size = say("{0:,.1f} {1}", native / bytes_of(unit), unit)
    if len(larger) == 1:
        return say("{0} is larger than native ({1}). It gains nothing over it.", larger[0], size)
    return say("{0} are larger than native ({1}). They gain nothing over it.", listed(larger), size)
