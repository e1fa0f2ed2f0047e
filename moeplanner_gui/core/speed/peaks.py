"""What the arithmetic units of a card reach at most, by the format of the weights.

Knows cards, formats and engines; knows no model's size and no constant.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.plan import CustomSlot, Plan, TunedSlot
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.terms import Unknown
from moeplanner_gui.core.tensors import Part, model_tensors
from moeplanner_gui.core.usable import Device
from moeplanner_gui.core.weights import CHECKPOINT_LABELS, WeightLayout
from moeplanner_gui.core.weights_checkpoint import checkpoint_storage
from moeplanner_gui.core.words import say

Unit = Literal["fp16", "fp8", "fp4"]
_WIDE_BITS = 12.0
"""Files above so many bits a weight hold 16-bit weights, which take other kernels."""
_FP8_FROM, _FP4_FROM = (8, 9), (10, 0)
_FP8_GFX = ("gfx942", "gfx950", "gfx12")
_STORED: dict[str, Unit] = {
    "fp8_f32": "fp8",
    "fp8_e8m0": "fp8",
    "fp8_tensor": "fp8",
    "nvfp4": "fp4",
}


@dataclass(frozen=True, slots=True)
class Peaks:
    """TFLOPS of a card for whole matrices, for the routed experts and for attention.

    ``dense_unit`` and ``expert_unit`` name the units that multiply the weights.
    """

    dense: float
    experts: float
    attention: float
    dense_unit: Unit = "fp16"
    expert_unit: Unit = "fp16"


@dataclass(frozen=True, slots=True)
class Stored:
    """How a layout stores its weights: what a card with the units could multiply them in.

    ``mixed_fp4``: four-bit experts that are multiplied with 8-bit activations where the card
    has a unit for four bits (MXFP4 of DeepSeek V4 and gpt-oss on Blackwell).
    """

    dense: Unit
    experts: Unit
    mixed_fp4: bool
    wide: bool


_STORED_OF: dict[tuple[int, int], tuple[ModelSpec, WeightLayout, Stored]] = {}


def stored_as(spec: ModelSpec, layout: WeightLayout) -> Stored:
    """How the weights of a layout are stored, remembered by identity."""
    key = (id(spec), id(layout))
    known = _STORED_OF.get(key)
    if known is None:
        if len(_STORED_OF) > 4096:
            _STORED_OF.clear()
        known = _STORED_OF[key] = (spec, layout, _stored(spec, layout))
    return known[2]


def _stored(spec: ModelSpec, layout: WeightLayout) -> Stored:
    wide = layout.bits_per_weight > _WIDE_BITS
    if layout.format_id != "native" and layout.format_id not in CHECKPOINT_LABELS:
        return Stored("fp16", "fp16", False, wide)
    dense, experts = _storages(spec, layout.format_id)
    return Stored(
        _STORED.get(dense, "fp16"),
        _STORED.get(experts, "fp16"),
        experts in ("mxfp4", "fp4_e8m0"),
        wide,
    )


@lru_cache(maxsize=1024)
def _storages(spec: ModelSpec, format_id: str) -> tuple[str, str]:
    """The storage of the largest matrix outside the routed experts, and of the experts."""
    sizes: dict[tuple[bool, str], int] = {}
    for tensor in model_tensors(spec.architecture):
        if tensor.layer is None or tensor.mtp:
            continue
        key = (tensor.part is Part.ROUTED_EXPERTS, checkpoint_storage(spec, tensor, format_id))
        sizes[key] = sizes.get(key, 0) + tensor.elements
    found = []
    for routed in (False, True):
        of_part = {name: size for (is_routed, name), size in sizes.items() if is_routed is routed}
        found.append(max(of_part, key=lambda name: of_part[name]) if of_part else "bf16")
    return found[0], found[1]


def card_peaks(
    plan: Plan, device: Device, stored: Stored, catalog: CatalogReader
) -> Peaks | Unknown:
    """The peaks of the card behind a device for these weights.

    llama.cpp multiplies quantised weights in the 8-bit integer unit, or in the 16-bit one with
    16-bit sums: both are twice what GeForce cards state for 16 bits with 32-bit sums. vLLM and
    SGLang take the unit of the format where the card has one; weights of four or eight bits
    that it cannot multiply are widened to 16 bits first.
    """
    card = plan.rig.nodes[device.node].gpus[device.slot or 0]
    if isinstance(card, CustomSlot):
        peak = card.custom.fp16_dense_tflops
        if peak is None:
            return Unknown(
                say("Unknown, because the 16-bit TFLOPS of {0} were not entered.", card.custom.name)
            )
        return Peaks(peak, peak, peak)
    row = catalog.gpu(card.gpu if isinstance(card, TunedSlot) else card)
    found = _row_peaks(row, plan.deployment.engine, stored)
    if found is None:
        return Unknown(say("Unknown, because the 16-bit TFLOPS of {0} are not known.", row.name))
    return found


_ROW_PEAKS: dict[tuple[int, str, Stored], tuple[GpuSpec, Peaks | None]] = {}


def _row_peaks(row: GpuSpec, engine: str, stored: Stored) -> Peaks | None:
    key = (id(row), engine, stored)
    known = _ROW_PEAKS.get(key)
    if known is None:
        if len(_ROW_PEAKS) > 4096:
            _ROW_PEAKS.clear()
        known = _ROW_PEAKS[key] = (row, _new_row_peaks(row, engine, stored))
    return known[1]


def _new_row_peaks(row: GpuSpec, engine: str, stored: Stored) -> Peaks | None:
    # A board of several devices is listed with the units of all of them, but for Intel's.
    parts = row.devices if row.vendor == "AMD" else 1
    plain = row.fp16_dense_tflops
    if engine == "llama.cpp":
        whole = (row.int8_dense_tops or 0.0) / 2.0
        best = max(plain or 0.0, whole) / parts
        return Peaks(best, best, best) if best else None
    if plain is None:
        return None
    dense = _unit_of(row, stored.dense)
    experts = _unit_of(row, stored.experts)
    if stored.mixed_fp4 and row.fp4_dense_tflops and (row.sm or (0, 0)) >= _FP4_FROM:
        experts = _unit_of(row, "fp8")
    return Peaks(
        _of_unit(row, dense) / parts,
        _of_unit(row, experts) / parts,
        plain / parts,
        dense,
        experts,
    )


def _unit_of(row: GpuSpec, wanted: Unit) -> Unit:
    """The unit of a card that multiplies weights stored for ``wanted``."""
    sm, gfx = row.sm, row.gfx or ""
    if wanted == "fp4" and row.fp4_dense_tflops and (sm is not None and sm >= _FP4_FROM):
        return "fp4"
    has_fp8 = (sm is not None and sm >= _FP8_FROM) or gfx.startswith(_FP8_GFX)
    return "fp8" if wanted == "fp8" and row.fp8_dense_tflops and has_fp8 else "fp16"


def _of_unit(row: GpuSpec, unit: Unit) -> float:
    plain = row.fp16_dense_tflops or 0.0
    figure = {"fp16": plain, "fp8": row.fp8_dense_tflops, "fp4": row.fp4_dense_tflops}[unit]
    return max(figure or 0.0, plain)
