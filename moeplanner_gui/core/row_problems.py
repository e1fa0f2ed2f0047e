"""What is wrong with a row beyond its types. Rows come from anybody: files, plans, imports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.model import Architecture, ModelSpec
from moeplanner_gui.core.weights_checkpoint import STORAGE_NAMES
from moeplanner_gui.core.words import say

MAX_LAYERS = 10_000
"""Far above any released model; a typing error of 10**9 layers must not fill the memory."""

_LIMITS: dict[str, dict[str, tuple[float, float]]] = {
    "HostSpec": {
        "sockets": (1, 64),
        "channels": (1, 256),
        "mt_s": (100, 100_000),
        "peak_gbs": (0, 100_000),
        "measured_gbs": (0, 100_000),
        "pcie_gen": (1, 20),
        "pcie_lanes": (0, 4096),
        "max_memory_gb": (0, 1_000_000),
    },
    "GpuSpec": {
        "bandwidth_gbs": (0, 1_000_000),
        "tdp_w": (0, 100_000),
        "nvlink_gbs": (0, 1_000_000),
        **{
            name: (0, 10_000_000)
            for name in ("fp32_tflops", "fp16_dense_tflops", "fp8_dense_tflops",
                         "fp4_dense_tflops", "int8_dense_tops")
        },
    },
    "PriceRow": {name: (0, 10_000_000) for name in ("usd", "low", "high")},
    "LinkSpec": {name: (0, 1_000_000) for name in
                 ("gbs_per_direction", "effective_gbs_per_direction", "all_reduce_gbs")},
    "NetworkSpec": {name: (0, 10_000_000) for name in ("gbit", "gbs", "all_reduce_gbs")},
}  # fmt: skip
"""Far beyond anything sold: beyond it a figure is a typing error, and arithmetic ends in one."""


def row_problems(row: BaseModel) -> Iterator[tuple[str, str]]:
    """(field, message) for each thing that types alone do not catch."""
    identifier = getattr(row, "id", None)
    if identifier is not None and not identifier.strip():
        yield "id", say("Is empty.")
    for name, (least, most) in _LIMITS.get(type(row).__name__, {}).items():
        value = getattr(row, name)
        if value is not None and not least <= value <= most:
            yield (
                name,
                say("Is not between {0:,} and {1:,} (got {2}).", least, most, shortened(value)),
            )
    if isinstance(row, GpuSpec):
        yield from _gpu_problems(row)
    if isinstance(row, ModelSpec):
        yield from _architecture_problems(row.architecture)
        yield from _file_problems(row)
        yield from _storage_problems(row)
    # Prices of others; asked by name, as their module is read late.
    amounts = getattr(row, "amount_problems", None)
    if amounts is not None:
        yield from amounts()


def _gpu_problems(gpu: GpuSpec) -> Iterator[tuple[str, str]]:
    if gpu.idle_w is not None and not 0 <= gpu.idle_w[0] <= gpu.idle_w[1] <= 100_000:
        yield "idle_w", say("Should be two powers, the smaller one first.")
    try:
        _ = gpu.sm
    except ValueError:
        yield (
            "compute_capability",
            say("Should look like 8.6 (got {0}).", shortened(gpu.compute_capability)),
        )
    if gpu.memory_bytes == 0:
        yield "memory_total_mib", say("Is zero; leave the field out when it is unknown.")
    if gpu.reserved_mib is not None and gpu.reserved_mib * 2**20 >= gpu.memory_bytes:
        yield "reserved_mib", say("Is not less than the memory of the card.")


def _storage_problems(model: ModelSpec) -> Iterator[tuple[str, str]]:
    if "default" not in model.native_format:
        yield "native_format", say("Does not say the default.")
    for storage in model.native_format.values():
        if storage not in STORAGE_NAMES:
            yield "native_format", say("{0} is no way to store weights.", shortened(storage))


def _file_problems(model: ModelSpec) -> Iterator[tuple[str, str]]:
    layers, seen = model.architecture.layers, set[str]()
    for file in model.files:
        if len(file.layers) != layers:
            yield (
                "files.layers",
                say(
                    "“{0}” has {1:,}, the model has {2:,}.",
                    shortened(file.id),
                    len(file.layers),
                    layers,
                ),
            )
        if file.id.lower() in seen or file.id.lower() in ("", "native"):
            yield "files.id", say("“{0}” is no name of its own.", shortened(file.id))
        seen.add(file.id.lower())


def _architecture_problems(architecture: Architecture) -> Iterator[tuple[str, str]]:
    if architecture.layers > MAX_LAYERS:
        yield (
            "architecture.layers",
            say("Is more than {0:,} (got {1:,}).", MAX_LAYERS, architecture.layers),
        )
    for name in ("attention", "ffn"):
        pattern = getattr(architecture, f"{name}_pattern")
        blocks = getattr(architecture, name)
        if not pattern.cycle:
            yield f"architecture.{name}_pattern.cycle", say("Names no block.")
        for block in {*pattern.prefix, *pattern.cycle} - blocks.keys():
            yield (
                f"architecture.{name}_pattern",
                say("Names “{0}”, which {1} does not have.", block, name),
            )


def shortened(value: Any) -> str:
    """A value as it may stand in a sentence."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
