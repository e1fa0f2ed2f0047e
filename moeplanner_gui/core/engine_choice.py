"""A plan moved to another engine with options that make sense there. Computes no sizes."""

from __future__ import annotations

from collections.abc import Iterator

from moeplanner_gui.core.engines.limits import start_share
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import CacheType, Engine, Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.usable import card_devices

DEFAULT_SHARE = 0.9
"""The memory limit under vLLM that the plan starts from; vLLM's own is 0.92 since 0.33."""


def with_engine(
    plan: Plan, engine: Engine, catalog: CatalogReader, cache_type: CacheType | None = None
) -> Plan:
    """The plan under another engine; unchanged options where the engine stays the same.

    llama.cpp spreads layers over all cards by itself. Under vLLM and SGLang tensor parallel
    becomes the largest number of cards that divides the model, with whole experts on each rank
    where slices of them cannot be cut, and pipeline parallel takes the rest. KTransformers uses
    the cards of the first computer. The memory limit becomes the engine's own default, lower
    where the engine would not start with it.

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
    return _started(_parallel(moved, catalog), catalog)


def _parallel(plan: Plan, catalog: CatalogReader) -> Plan:
    for changes in _divisions(plan, catalog):
        divided = {"data_parallel": 1, **changes}
        # Whether it would start with the memory limit of the engine before does not matter here.
        low = _changed(plan, {**divided, "memory_utilization": 0.1})
        if not isinstance(prepare(low, catalog).demand, Refusal):
            return _changed(plan, divided)
    return plan


def _divisions(plan: Plan, catalog: CatalogReader) -> Iterator[dict[str, object]]:
    """Ways to use the cards, best first."""
    devices = card_devices(plan, catalog)
    if plan.deployment.engine == "ktransformers":
        cards = sum(card.node == 0 for card in devices)
        for tensor in range(cards, 0, -1):
            yield {"tensor_parallel": tensor, "pipeline_parallel": 1, "expert_parallel": False}
        return
    cards = len(devices)
    for tensor in range(cards, 0, -1):
        if cards % tensor == 0:
            ranks = {"tensor_parallel": tensor, "pipeline_parallel": cards // tensor}
            yield {**ranks, "expert_parallel": False}
            if tensor > 1:
                yield {**ranks, "expert_parallel": True}


def _started(plan: Plan, catalog: CatalogReader) -> Plan:
    """The plan with the engine's own memory limit, or the highest with which it starts."""
    options = plan.deployment
    cards = card_devices(plan, catalog)
    if options.engine == "vllm":
        share = DEFAULT_SHARE
        plan = _changed(plan, {"memory_utilization": share})
        cards = card_devices(plan, catalog)
        lower = [found for card in cards if (found := start_share(card, share)) is not None]
        # A share of 0 is no plan; with the least there is, the engine says why it does not start.
        return _changed(plan, {"memory_utilization": max(min(lower), 0.01)}) if lower else plan
    # Here, because a program that starts with a plan of llama.cpp needs neither.
    from moeplanner_gui.core.engines import ktransformers, sglang

    spec = catalog.model(plan.model)
    share = sglang.static_share(spec, options, cards)
    chosen = options.model_copy(update={"memory_utilization": share})
    load = plan.workload
    workspace = 0
    layout = prepare(plan, catalog).layout
    if options.engine == "ktransformers" and layout is not None:
        workspace = ktransformers.workspace_bytes(spec, layout, options)
    fitting = sglang.fitting_share(
        spec, chosen, cards, load.sequences, load.context_tokens, workspace
    )
    return _changed(plan, {"memory_utilization": max(fitting or share, 0.05)})


def _changed(plan: Plan, changes: dict[str, object]) -> Plan:
    return plan.replace(deployment=plan.deployment.model_copy(update=changes))
