"""Weights that llama.cpp's CPU back end stores again in another order (release b11549).

The copies lie in ``CPU_REPACK`` buffers beside the mapped file. With a card that has pinned host
buffers (CUDA, ROCm, Vulkan, SYCL) weights in host memory stay as they are in the file, because
those buffers come first in the list (``make_cpu_buft_list``).

Source: ``ggml_repack_get_optimal_repack_type`` in ggml-cpu/repack.cpp. Seen: 3,204 MiB for
Llama 3.1 8B in Q4_K_M on x86.
"""

from __future__ import annotations

from typing import Literal

from moeplanner_gui.core.gguf_kept import is_quantisable
from moeplanner_gui.core.gguf_recipes import recipe_id, recipe_types
from moeplanner_gui.core.gguf_types import GgmlType, tensor_bytes
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.tensors import Part, Tensor, gguf_tensors
from moeplanner_gui.core.weights_checkpoint import native_storage
from moeplanner_gui.core.weights_layout import WeightLayout

Cpu = Literal["x86", "arm"]

REPACKED_TYPES: dict[Cpu, frozenset[str]] = {
    "x86": frozenset({"Q4_0", "Q4_K", "IQ4_NL", "MXFP4", "Q2_K"}),
    "arm": frozenset({"Q4_0", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "MXFP4", "Q8_0"}),
}
"""AVX2 (Q2_K: AVX-512) on x86, dot products on ARM."""
ROWS = 8
"""Rows of a matrix that are interleaved."""
_TYPE_OF_STORAGE = {
    "fp8_f32": GgmlType.Q8_0,
    "fp8_e8m0": GgmlType.Q8_0,
    "fp4_e8m0": GgmlType.MXFP4,
    "mxfp4": GgmlType.MXFP4,
    "int4_g32": GgmlType.Q4_0,
}
"""What the converter makes of a checkpoint's storage; BF16 is not repacked."""

_KNOWN: dict[tuple[int, Cpu], tuple[WeightLayout, int]] = {}


def repacked_bytes(spec: ModelSpec, layout: WeightLayout, cpu: Cpu) -> int:
    """Bytes of the copies when all layers are in host memory; the input embedding is none.

    For files whose types are not known, everything counts but the embedding.
    """
    known = _KNOWN.get((id(layout), cpu))
    if known is None or known[0] is not layout:
        if len(_KNOWN) > 512:
            _KNOWN.clear()
        known = _KNOWN[(id(layout), cpu)] = (layout, _count(spec, layout, cpu))
    return known[1]


def _count(spec: ModelSpec, layout: WeightLayout, cpu: Cpu) -> int:
    repacked = REPACKED_TYPES[cpu]
    most = layout.output_bytes + layout.tied_head_bytes
    most += sum(layer.routed_experts_bytes + layer.other_bytes for layer in layout.layers)
    total = 0
    if layout.format_id == "native":
        for tensor in gguf_tensors(spec.architecture):
            if _is_matrix(tensor) and is_quantisable(tensor, spec.architecture):
                chosen = _TYPE_OF_STORAGE.get(native_storage(spec, tensor))
                if chosen is not None and chosen.name in repacked:
                    total += tensor_bytes(chosen, tensor.elements)
        return min(total, most)
    if recipe_id(layout.format_id) is None:
        return most
    for tensor, ggml_type in recipe_types(spec.architecture, layout.format_id):
        if _is_matrix(tensor) and ggml_type.name in repacked:
            total += tensor_bytes(ggml_type, tensor.elements)
    return min(total, most)


def _is_matrix(tensor: Tensor) -> bool:
    """Multiplied by activations, in rows that can be interleaved."""
    rows = tensor.shape[1] if len(tensor.shape) > 1 else 0
    return bool(rows) and not rows % ROWS and not tensor.mtp and tensor.part is not Part.TOKEN_EMBD
