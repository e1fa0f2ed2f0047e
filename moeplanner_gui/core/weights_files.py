"""The layout of a real file whose headers were read: its own bytes, nothing worked out.

Knows what an imported file says; knows no formats and no recipes.
"""

from __future__ import annotations

from moeplanner_gui.core.derivation import Confidence
from moeplanner_gui.core.model import FileLayer, ModelSpec, WeightFile
from moeplanner_gui.core.tensors import NOT_PARAMETERS, Part, gguf_tensors, model_tensors
from moeplanner_gui.core.weights_layout import LayerWeights, WeightLayout, alike_as_one

FILE_ENGINES = {
    "gguf": frozenset({"llama.cpp", "ktransformers"}),
    "safetensors": frozenset({"vllm", "sglang", "ktransformers"}),
}
CONTAINER_NAMES = {"gguf": "GGUF", "safetensors": "safetensors"}


def find_file(model: ModelSpec, weights: str) -> WeightFile | None:
    """The model's file of this id, in any case; None when it has none.

    ``native`` is the release itself and never a file.
    """
    lower = weights.lower()
    if lower == "native":
        return None
    for file in model.files:
        if file.id == weights or file.id.lower() == lower:
            return file
    return None


def files_of(model: ModelSpec, engine: str) -> tuple[WeightFile, ...]:
    """The model's files that the engine loads."""
    return tuple(file for file in model.files if engine in FILE_ENGINES[file.container])


def _layers(layers: tuple[FileLayer, ...]) -> tuple[LayerWeights, ...]:
    return alike_as_one(
        (x.routed_experts_bytes, x.other_bytes, x.largest_expert_tensor_bytes) for x in layers
    )


def _stored_parameters(model: ModelSpec, file: WeightFile) -> int:
    listed = gguf_tensors if file.container == "gguf" else model_tensors
    return sum(
        t.elements
        for t in listed(model.architecture)
        if t.part not in NOT_PARAMETERS and (file.mtp or not t.mtp)
    )


def _by_part(file: WeightFile, total: int) -> tuple[tuple[Part, int], ...]:
    known = {part.value for part in Part}
    parts = {Part(name): size for name, size in file.bytes_by_part.items() if name in known}
    # A sum that is not the whole would be shown as one: what has no name joins the norms.
    missing = total - sum(parts.values())
    if missing > 0:
        parts[Part.NORM] = parts.get(Part.NORM, 0) + missing
    return tuple((part, parts[part]) for part in Part if part in parts)


def file_layout(model: ModelSpec, file: WeightFile) -> WeightLayout:
    """Where the bytes of a real file are.

    ``total_bytes`` is the file's tensor data; ``file_bytes`` holds its headers and tokenizer too.
    """
    layers, mtp = _layers(file.layers), _layers(file.mtp)
    total = (
        file.token_embd_bytes
        + file.output_bytes
        + file.other_bytes
        + sum(x.routed_experts_bytes + x.other_bytes for x in layers + mtp)
    )
    return WeightLayout(
        format_id=file.id,
        label=file.label,
        total_bytes=total,
        bits_per_weight=8 * (total - file.other_bytes) / _stored_parameters(model, file),
        token_embd_bytes=file.token_embd_bytes,
        output_bytes=file.output_bytes,
        layers=layers,
        mtp=mtp,
        bytes_by_part=_by_part(file, total),
        confidence=Confidence.EXACT,
        note="",
        other_bytes=file.other_bytes,
        file_bytes=file.file_bytes,
        tied_head_bytes=file.tied_head_bytes,
    )
