"""Where the bytes of a model's weights are: by layer, by part, and beside the layers.

Adds up tensors whose sizes are known; knows no formats and no devices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from moeplanner_gui.core.derivation import Confidence
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.tensors import NOT_PARAMETERS, Part, Tensor

Sized = Sequence[tuple[Tensor, int]]


@dataclass(frozen=True, slots=True)
class LayerWeights:
    """One layer's bytes.

    Attributes:
        routed_experts_bytes: What ``--n-cpu-moe`` moves to host memory, expert biases included.
        other_bytes: Everything else of the layer.
        largest_expert_tensor_bytes: The largest single tensor of stacked experts; llama.cpp
            copies it to a card when a prompt runs and the experts are in host memory.
    """

    routed_experts_bytes: int
    other_bytes: int
    largest_expert_tensor_bytes: int


@dataclass(frozen=True, slots=True)
class WeightLayout:
    """Where the bytes of one format are.

    ``total_bytes`` is the sum of ``token_embd_bytes``, ``output_bytes``, all ``layers``, all
    ``mtp`` layers and ``other_bytes``. A tied head is in ``token_embd_bytes`` only.

    Attributes:
        format_id: The id as a plan names it, in lower case.
        label: For people: ``Q4_K_M``.
        total_bytes: Tensor data of the file or checkpoint. A GGUF file is 5 to 15 MB larger
            by its header and tokenizer.
        bits_per_weight: ``8 * total_bytes`` per parameter stored (vision left out of both).
        token_embd_bytes: The input embedding.
        output_bytes: The head and the final norm, and V4's final mHC weights.
        layers: The main layers, in order.
        mtp: Prediction layers in the file; not loaded unless they are used.
        bytes_by_part: Every part with its bytes; MTP layers are one part.
        confidence: How sure the sizes are.
        note: A sentence worth showing beside the format, or nothing.
        other_bytes: The vision tower, where it is in the same checkpoint.
        tied_head_bytes: What an engine that wants the head on another device than the
            embedding copies there; 0 unless the embedding is tied.
        file_bytes: The size of a real file, its header included; 0 where none was read.
    """

    format_id: str
    label: str
    total_bytes: int
    bits_per_weight: float
    token_embd_bytes: int
    output_bytes: int
    layers: tuple[LayerWeights, ...]
    mtp: tuple[LayerWeights, ...]
    bytes_by_part: tuple[tuple[Part, int], ...]
    confidence: Confidence
    note: str
    other_bytes: int = 0
    tied_head_bytes: int = 0
    file_bytes: int = 0


def _layers(sized: Sized, first: int, count: int) -> tuple[LayerWeights, ...]:
    routed, other, largest = [0] * count, [0] * count, [0] * count
    for tensor, size in sized:
        if tensor.layer is None or not first <= tensor.layer < first + count:
            continue
        index = tensor.layer - first
        if tensor.part is Part.ROUTED_EXPERTS:
            routed[index] += size
            largest[index] = max(largest[index], size)
        else:
            other[index] += size
    return alike_as_one(zip(routed, other, largest, strict=True))


def alike_as_one(layers: Iterable[tuple[int, int, int]]) -> tuple[LayerWeights, ...]:
    """Layers by their fields in order; of those that are alike, mostly all but a few, there is
    one object: hundreds of formats are remembered.
    """
    known: dict[tuple[int, int, int], LayerWeights] = {}
    return tuple(known.setdefault(row, LayerWeights(*row)) for row in layers)


def assemble(
    model: ModelSpec,
    sized: Sized,
    *,
    format_id: str,
    label: str,
    vision_bytes: int,
    confidence: Confidence,
    note: str = "",
) -> WeightLayout:
    """Add up tensors that are given with their bytes; see :class:`WeightLayout`."""
    arch = model.architecture
    mtp_layers = 1 + max((t.layer or 0 for t, _ in sized if t.mtp), default=arch.layers - 1)
    embedding = output = 0
    parts: dict[Part, int] = {}
    for tensor, size in sized:
        part = Part.MTP if tensor.mtp else tensor.part
        parts[part] = parts.get(part, 0) + size
        if tensor.layer is None:
            if tensor.part is Part.TOKEN_EMBD:
                embedding += size
            else:
                output += size
    if vision_bytes:
        parts[Part.VISION] = vision_bytes
    total = sum(parts.values())
    stored = sum(t.elements for t, _ in sized if t.part not in NOT_PARAMETERS)
    return WeightLayout(
        format_id=format_id,
        label=label,
        total_bytes=total,
        bits_per_weight=8 * (total - vision_bytes) / stored,
        token_embd_bytes=embedding,
        output_bytes=output,
        layers=_layers(sized, 0, arch.layers),
        mtp=_layers(sized, arch.layers, mtp_layers - arch.layers),
        bytes_by_part=tuple((part, parts[part]) for part in Part if part in parts),
        confidence=confidence,
        note=note,
        other_bytes=vision_bytes,
        tied_head_bytes=embedding if arch.tied_embeddings else 0,
    )


def spread(sized: Sized, difference: int, chosen: Sequence[int]) -> Sized:
    """Add ``difference`` bytes to the chosen tensors in proportion to their size, exactly."""
    base = sum(sized[i][1] for i in chosen)
    result, running, given = list(sized), 0, 0
    for i in chosen:
        tensor, size = sized[i]
        running += size
        # Differences of a running total cannot lose a byte to rounding.
        share = difference * running // base - given
        given += share
        result[i] = (tensor, size + share)
    return result
