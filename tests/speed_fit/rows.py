"""From a published row to the plan it was measured on: what the fit and the report evaluate."""

from __future__ import annotations

import math
import re
from functools import cache

from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.core.entries import Entries
from moeplanner_gui.core.plan import Backend, CustomWeights, Deployment, Engine, Node, Plan, Rig
from moeplanner_gui.core.plan import Workload as PlanWorkload
from moeplanner_gui.core.prepare import layout_of
from moeplanner_gui.core.speed.measurement import Measurement
from moeplanner_gui.core.units import GIB

ENGINES: dict[str, Engine] = {
    "llama.cpp": "llama.cpp",
    "ik_llama.cpp": "llama.cpp",
    "ds4": "llama.cpp",
    "vllm": "vllm",
    "sglang": "sglang",
    "tensorrt-llm": "sglang",
    "ktransformers": "ktransformers",
}
"""The engine whose placement is nearest to that of the row's engine; the constants of the fit
are by the row's own engine."""

_FILES = frozenset({"llama.cpp", "ktransformers"})
_BACKENDS: dict[str, Backend] = {
    "cuda": "cuda",
    "rocm": "rocm",
    "vulkan": "vulkan",
    "metal": "metal",
    "cpu": "cpu",
}


@cache
def catalog() -> Catalog:
    """The shipped catalogue without anybody's own rows, with the models of the fit alone."""
    shipped = load_catalog(catalogs_dir())
    return shipped.with_entries(Entries(models=tuple(shipped.speed.models.values())))


@cache
def measurements() -> tuple[Measurement, ...]:
    """Every published row of the catalogue."""
    return tuple(catalog().speed.measurements)


def rows_of(use: str) -> tuple[Measurement, ...]:
    """The rows marked ``fit``, ``test`` or ``none``."""
    return tuple(row for row in measurements() if row.use == use)


def plan_of(row: Measurement) -> Plan | None:
    """The plan that the row was measured on, None where too much about it is not known.

    The context is the depth of the row in the engine's own meaning: under llama.cpp the whole
    cache of all users. Whether the plan fits the card is not asked: it did.
    """
    weights = _weights(row)
    partly = row.offload == "partial" or row.parallelism == "data" or "2 nodes" in _link(row)
    if row.model_id is None or weights is None or partly:
        return None
    if row.model_id not in catalog().models:
        return None
    engine = ENGINES[row.engine]
    depth = max(row.depth_tokens, 1)
    return Plan(
        model=row.model_id,
        weights=weights,
        rig=Rig(nodes=(_node(row),)),
        deployment=_deployment(row, engine, weights),
        workload=PlanWorkload(
            context_tokens=depth * row.users if engine == "llama.cpp" else depth,
            sequences=row.users,
            prompt_tokens=row.prompt_tokens or None,
        ),
    )


def _link(row: Measurement) -> str:
    return row.interconnect or ""


def _weights(row: Measurement) -> str | CustomWeights | None:
    if row.weights_id is None:
        return None
    size = row.weights_gib or _known_sizes().get((row.model, row.weights))
    if ENGINES[row.engine] not in _FILES:
        return row.weights_id
    if size is None:
        # A mix by its name: the recipe nearest to it.
        mixed = row.weights_id.startswith("UD-")
        return CustomWeights(recipe=row.weights_id) if mixed else row.weights_id
    return CustomWeights(recipe=row.weights_id, file_bytes=round(size * GIB))


@cache
def _known_sizes() -> dict[tuple[str, str], float]:
    """Sizes of files, for rows of the same file that do not repeat it."""
    return {
        (row.model, row.weights): row.weights_gib
        for row in measurements()
        if row.weights_gib is not None and row.engine == "llama.cpp"
    }


def _node(row: Measurement) -> Node:
    cards = () if row.card_id is None else (row.card_id,) * row.cards
    in_host = row.offload != "none"
    size = row.weights_gib or 768.0
    return Node(
        host=row.host_id,
        ram_gib=math.ceil(1.25 * size) + 32 if in_host else 0,
        gpus=cards,
        display="headless",
        card_link=_link(row) if _link(row).startswith("pcie") else None,
        memory_gbs=row.host_gbs,
        power_limit_w=row.power_limit_w,
    )


def _deployment(row: Measurement, engine: Engine, weights: str | CustomWeights) -> Deployment:
    ranks = row.cards if row.parallelism in ("tensor", "expert") else 1
    served = engine in ("vllm", "sglang")
    return Deployment(
        engine=engine,
        backend=_BACKENDS.get(row.backend or ""),
        split="tensor" if ranks > 1 and engine == "llama.cpp" else "layer",
        gpu_layers=0 if row.offload == "cpu_only" and engine == "llama.cpp" else None,
        cpu_moe_layers=_cpu_layers(row, engine, weights) if row.offload == "experts_cpu" else 0,
        tensor_parallel=ranks if served else 1,
        expert_parallel=row.parallelism == "expert",
        flash_attention="flash_attn=False" not in (row.notes or ""),
    )


def _cpu_layers(row: Measurement, engine: Engine, weights: str | CustomWeights) -> int:
    """The layers whose experts lie in host memory: all, unless the row tells otherwise."""
    assert row.model_id is not None
    spec = catalog().model(row.model_id)
    layers = spec.architecture.layers
    on_card = re.search(r"first (\d+) expert layers on GPU", row.notes or "")
    if on_card is not None:
        return layers - int(on_card.group(1))
    if row.host_gib is None or engine != "llama.cpp":
        return -1
    experts = [layer.routed_experts_bytes for layer in layout_of(spec, weights, engine).layers]
    # From the first layer on, until the host holds what the log says.
    held = 0
    for count, size in enumerate(experts, start=1):
        held += size
        if held >= row.host_gib * GIB:
            return count
    return -1
