"""A plan moved to another engine with options that make sense there. Computes no sizes."""

from __future__ import annotations

from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import CacheType, Engine, Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import prepare


def with_engine(
    plan: Plan, engine: Engine, catalog: CatalogReader, cache_type: CacheType | None = None
) -> Plan:
    """The plan under another engine; unchanged options where the engine stays the same.

    llama.cpp spreads layers over all cards by itself. For the others tensor parallel becomes
    the largest number of cards that divides the model, and pipeline parallel takes the rest.

    Args:
        plan: The plan to start from.
        engine: The engine to move to.
        catalog: Where the rows are looked up.
        cache_type: The KV cache for K and V; None keeps it, or takes the engine's own default
            when the engine changes.

    Raises:
        UnknownEntryError: A row that the catalogue does not have.
    """
    options = plan.deployment
    changes: dict[str, object] = {}
    if engine != options.engine:
        changes["engine"] = engine
        cache_type = cache_type or ("f16" if engine == "llama.cpp" else "auto")
    if cache_type is not None:
        changes["cache_type_k"] = changes["cache_type_v"] = cache_type
    moved = plan.replace(deployment=options.model_copy(update=changes))
    if engine == options.engine or engine == "llama.cpp":
        return moved
    return _parallel(moved, catalog)


def _parallel(plan: Plan, catalog: CatalogReader) -> Plan:
    cards = plan.gpu_count
    for tensor in range(cards, 0, -1):
        if cards % tensor:
            continue
        deployment = plan.deployment.model_copy(
            update={
                "tensor_parallel": tensor,
                "pipeline_parallel": cards // tensor,
                "data_parallel": 1,
            }
        )
        candidate = plan.replace(deployment=deployment)
        if not isinstance(prepare(candidate, catalog).demand, Refusal):
            return candidate
    return plan
