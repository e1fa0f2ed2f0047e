"""From a published measurement to the plan it was made on, so that both can be put side by side.

Knows what a row says and what a plan can say; knows no speed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from moeplanner_gui.core.cost.data import TariffData
from moeplanner_gui.core.cost.part_price import PartPrice
from moeplanner_gui.core.hardware import GpuSpec, HostSpec, LinkSpec, NetworkSpec, PriceRow
from moeplanner_gui.core.kernels import KernelRule
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.parts import PartSpec, PresetSpec
from moeplanner_gui.core.plan import (
    Backend,
    CustomWeights,
    Deployment,
    Engine,
    Node,
    Plan,
    Rig,
    Workload,
)
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import layout_of
from moeplanner_gui.core.speed.data import SpeedData
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
"""The engine whose placement is nearest to that of the row's engine."""

_FILES = frozenset({"llama.cpp", "ktransformers"})
_BACKENDS: dict[str, Backend] = {
    "cuda": "cuda",
    "rocm": "rocm",
    "vulkan": "vulkan",
    "metal": "metal",
    "cpu": "cpu",
}
_LARGEST_GIB = 768.0
"""Host memory for models whose size the row does not tell: what the largest of them takes."""


class MeasuredCatalog:
    """A catalogue that also knows the models which only measurements name."""

    def __init__(self, catalog: CatalogReader) -> None:
        self._catalog = catalog

    @property
    def networks(self) -> Mapping[str, NetworkSpec]:
        return self._catalog.networks

    @property
    def links(self) -> Mapping[str, LinkSpec]:
        return self._catalog.links

    @property
    def parts(self) -> Mapping[str, PartSpec]:
        return self._catalog.parts

    @property
    def presets(self) -> Mapping[str, PresetSpec]:
        return self._catalog.presets

    @property
    def kernels(self) -> tuple[KernelRule, ...]:
        return self._catalog.kernels

    @property
    def speed(self) -> SpeedData:
        return self._catalog.speed

    @property
    def tariffs(self) -> TariffData:
        return self._catalog.tariffs

    def model(self, model_id: str) -> ModelSpec:
        found = self._catalog.speed.models.get(model_id)
        return found if found is not None else self._catalog.model(model_id)

    def gpu(self, gpu_id: str) -> GpuSpec:
        return self._catalog.gpu(gpu_id)

    def host(self, host_id: str) -> HostSpec:
        return self._catalog.host(host_id)

    def price(self, part_id: str) -> PriceRow | None:
        return self._catalog.price(part_id)

    def price_range(self, part_id: str) -> PartPrice | None:
        return self._catalog.price_range(part_id)


def plan_of(row: Measurement, catalog: CatalogReader) -> Plan | None:
    """The plan that a row was measured on, None where too much about it is not known.

    The context is the depth of the row in the engine's own meaning: under llama.cpp the whole
    cache of all users. Whether the plan fits is not asked: it did.

    Args:
        row: A published measurement.
        catalog: Must know the model of the row; see :class:`MeasuredCatalog`.

    Raises:
        UnknownEntryError: The catalogue has no such model.
    """
    weights = _weights(row, catalog)
    partly = row.offload == "partial" or row.parallelism == "data" or "2 nodes" in _link(row)
    if row.model_id is None or weights is None or partly:
        return None
    engine = ENGINES[row.engine]
    depth = max(row.depth_tokens, 1)
    return Plan(
        model=row.model_id,
        weights=weights,
        rig=Rig(nodes=(_node(row),)),
        deployment=_deployment(row, engine, weights, catalog.model(row.model_id)),
        workload=Workload(
            context_tokens=depth * row.users if engine == "llama.cpp" else depth,
            sequences=row.users,
            prompt_tokens=row.prompt_tokens or None,
        ),
    )


def _link(row: Measurement) -> str:
    return row.interconnect or ""


def _weights(row: Measurement, catalog: CatalogReader) -> str | CustomWeights | None:
    if row.weights_id is None:
        return None
    if ENGINES[row.engine] not in _FILES:
        return row.weights_id
    size = row.weights_gib or _known_sizes(catalog).get((row.model, row.weights))
    if size is None:
        # A mix by its name: the recipe nearest to it.
        mixed = row.weights_id.startswith("UD-")
        return CustomWeights(recipe=row.weights_id) if mixed else row.weights_id
    return CustomWeights(recipe=row.weights_id, file_bytes=round(size * GIB))


_Sizes = dict[tuple[str, str], float]
_sizes: tuple[tuple[Measurement, ...], _Sizes] | None = None


def _known_sizes(catalog: CatalogReader) -> _Sizes:
    """Sizes of files in GiB, for rows of the same file that do not repeat it."""
    global _sizes
    rows = catalog.speed.measurements
    if _sizes is None or _sizes[0] is not rows:
        found = {
            (row.model, row.weights): row.weights_gib
            for row in rows
            if row.weights_gib is not None and row.engine == "llama.cpp"
        }
        _sizes = (rows, found)
    return _sizes[1]


def _node(row: Measurement) -> Node:
    cards = () if row.card_id is None else (row.card_id,) * row.cards
    size = row.weights_gib or _LARGEST_GIB
    # On a processor llama.cpp keeps the file and a repacked copy.
    times = {"none": 0.0, "cpu_only": 2.25}.get(row.offload, 1.25)
    return Node(
        host=row.host_id,
        ram_gib=math.ceil(times * size) + 32 if times else 0,
        gpus=cards,
        display="headless",
        card_link=_link(row) if _link(row).startswith("pcie") else None,
        memory_gbs=row.host_gbs,
        power_limit_w=row.power_limit_w,
    )


def _deployment(
    row: Measurement, engine: Engine, weights: str | CustomWeights, spec: ModelSpec
) -> Deployment:
    ranks = row.cards if row.parallelism in ("tensor", "expert") else 1
    served = engine in ("vllm", "sglang")
    in_host = row.offload == "experts_cpu"
    return Deployment(
        engine=engine,
        backend=_BACKENDS.get(row.backend or ""),
        split="tensor" if ranks > 1 and engine == "llama.cpp" else "layer",
        gpu_layers=0 if row.offload == "cpu_only" and engine == "llama.cpp" else None,
        cpu_moe_layers=_cpu_layers(row, engine, weights, spec) if in_host else 0,
        tensor_parallel=ranks if served else 1,
        expert_parallel=row.parallelism == "expert",
        repack=row.engine != "ik_llama.cpp",
        flash_attention="flash_attn=False" not in (row.notes or ""),
    )


def _cpu_layers(
    row: Measurement, engine: Engine, weights: str | CustomWeights, spec: ModelSpec
) -> int:
    """The layers whose experts lie in host memory: all, unless the row tells otherwise."""
    on_card = re.search(r"first (\d+) expert layers on GPU", row.notes or "")
    if on_card is not None:
        return spec.architecture.layers - int(on_card.group(1))
    if row.host_gib is None or engine != "llama.cpp":
        return -1
    # From the first layer on, until the host holds what the log says.
    held = 0
    for count, layer in enumerate(layout_of(spec, weights, engine).layers, start=1):
        held += layer.routed_experts_bytes
        if held >= row.host_gib * GIB:
            return count
    return -1
