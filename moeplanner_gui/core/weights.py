"""What a model's weights weigh: bytes by layer and by part, in every format an engine loads.

Knows formats and their sizes; knows no devices. The two kinds of files have modules of their
own: :mod:`weights_checkpoint` for safetensors, :mod:`gguf_recipes` for GGUF.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from moeplanner_gui.core.derivation import Confidence
from moeplanner_gui.core.gguf_kept import is_quantisable, kept_type, written_as_f32
from moeplanner_gui.core.gguf_recipes import BASE_TYPES, NEEDS_IMATRIX, recipe_id
from moeplanner_gui.core.gguf_types import GgmlType, tensor_bytes
from moeplanner_gui.core.gguf_variants import (
    VARIANTS,
    exists_for,
    file_types,
    has_fp4_experts,
    known_recipe,
    recipe_label,
)
from moeplanner_gui.core.model import ModelSpec, WeightFile
from moeplanner_gui.core.plan import CustomWeights
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.remembered import MOST_ROWS
from moeplanner_gui.core.tensors import Part, Tensor, gguf_tensors, model_tensors
from moeplanner_gui.core.units import GB
from moeplanner_gui.core.weights_checkpoint import (
    checkpoint_storage,
    has_quantised_storage,
    native_storage,
    storage_bytes,
)
from moeplanner_gui.core.weights_files import (
    CONTAINER_NAMES,
    FILE_ENGINES,
    file_layout,
    files_of,
    find_file,
)
from moeplanner_gui.core.weights_layout import LayerWeights, WeightLayout, assemble, spread
from moeplanner_gui.core.words import say

__all__ = [
    "CHECKPOINT_LABELS",
    "FormatChoice",
    "LayerWeights",
    "UnsupportedFormatError",
    "WeightLayout",
    "format_note",
    "formats_for",
    "weight_layout",
]

CHECKPOINT_LABELS = {
    "bf16": "BF16",
    "fp8": say("FP8 (128 x 128 blocks)"),
    "nvfp4": "NVFP4",
    "mxfp4": say("MXFP4 experts"),
    "awq-int4": say("AWQ 4-bit"),
    "gptq-int4": say("GPTQ 4-bit"),
}
NO_SMALLER = say("larger than the published checkpoint, gains nothing")
_GGUF_ENGINES = frozenset({"llama.cpp", "ktransformers"})
_CHECKPOINT_ENGINES = frozenset({"vllm", "sglang", "ktransformers"})
_ENGINE_NAMES = {
    "llama.cpp": "llama.cpp",
    "vllm": "vLLM",
    "sglang": "SGLang",
    "ktransformers": "KTransformers",
}


class UnsupportedFormatError(ValueError):
    """The engine does not load this format, or the model does not exist in it.

    The message is one sentence that can be shown as it is.
    """


@dataclass(frozen=True, slots=True)
class FormatChoice:
    """A format to choose from: the id a plan uses and the text a person sees."""

    id: str
    label: str


# The lossless or, for FP8, next-larger ggml type of each checkpoint storage. llama.cpp's
# converter writes FP8 as Q8_0 for DeepSeek V4, and for others with its option --fp8-as-q8.
_GGUF_OF_STORAGE = {
    "bf16": GgmlType.BF16,
    "f16": GgmlType.F16,
    "f32": GgmlType.F32,
    "i64": GgmlType.I32,
    "fp8_f32": GgmlType.Q8_0,
    "fp8_e8m0": GgmlType.Q8_0,
    "fp4_e8m0": GgmlType.MXFP4,
    "mxfp4": GgmlType.MXFP4,
    "int4_g32": GgmlType.Q4_0,
}


def _gguf_native(model: ModelSpec) -> Iterator[tuple[Tensor, int]]:
    for tensor in gguf_tensors(model.architecture):
        if written_as_f32(tensor, model.architecture):
            ggml_type = GgmlType.F32
        elif is_quantisable(tensor, model.architecture):
            ggml_type = _GGUF_OF_STORAGE[native_storage(model, tensor)]
            if tensor.shape[0] % ggml_type.block:
                ggml_type = GgmlType.BF16
        else:
            ggml_type = kept_type(tensor, model.architecture)
        yield tensor, tensor_bytes(ggml_type, tensor.elements)


def _gguf_recipe(
    model: ModelSpec, recipe: str, imatrix: bool = False
) -> Iterator[tuple[Tensor, int]]:
    for tensor, ggml_type in file_types(model.architecture, recipe, imatrix=imatrix):
        yield tensor, tensor_bytes(ggml_type, tensor.elements)


def _checkpoint(model: ModelSpec, format_id: str) -> Iterator[tuple[Tensor, int]]:
    for tensor in model_tensors(model.architecture):
        if tensor.part is not Part.ROPE:
            storage = checkpoint_storage(model, tensor, format_id)
            yield tensor, storage_bytes(tensor, storage)


def _row_confidence(model: ModelSpec) -> Confidence:
    return {
        "yes": Confidence.EXACT,
        "partly": Confidence.MODELLED,
        "no": Confidence.UNVERIFIED,
    }[model.verified]


def _gguf_layout(model: ModelSpec, recipe: str, imatrix: bool = False) -> WeightLayout:
    confidence, note = _row_confidence(model), ""
    if recipe == "native":
        sized, label = tuple(_gguf_native(model)), say("Native ({0})", _type_mix(model))
        storages = set(model.native_format.values())
        if "int4_g32" in storages:
            note = say(
                "INT4 groups of 32 become Q4_0, which has the same size: the converter "
                "unpacks them, and llama-quantize is told to store the experts so."
            )
        elif storages & {"fp8_f32", "fp8_e8m0"} and "fp4_e8m0" not in storages:
            # For V4, whose experts are FP4, the converter does it unasked.
            note = say(
                "llama.cpp has no FP8 type: FP8 weights are stored as Q8_0, which the "
                "converter does when told to."
            )
        if note and confidence is Confidence.EXACT:
            confidence = Confidence.MODELLED
    elif not exists_for(model, recipe):
        why = (
            say("its experts were not released in MXFP4")
            if recipe in VARIANTS
            else say("it has rows that do not divide into blocks of that type")
        )
        raise UnsupportedFormatError(
            say("{0} is not made of {1}: {2}.", recipe_label(recipe), model.name, why)
        )
    else:
        sized, label = tuple(_gguf_recipe(model, recipe, imatrix)), recipe_label(recipe)
        if imatrix and recipe not in NEEDS_IMATRIX:
            label += say(", imatrix")
    layout = assemble(
        model,
        sized,
        format_id=recipe,
        label=label,
        vision_bytes=0,
        confidence=confidence,
        note=note,
    )
    return layout if recipe == "native" else _warned(model, layout)


def _type_mix(model: ModelSpec) -> str:
    """``MXFP4 + Q8_0 + BF16``: the weight types of llama.cpp's native conversion."""
    present = {_GGUF_OF_STORAGE[storage] for storage in model.native_format.values()}
    shown = (GgmlType.MXFP4, GgmlType.Q4_0, GgmlType.Q8_0, GgmlType.BF16)
    return " + ".join(t.value for t in shown if t in present)


def _gains_nothing(model: ModelSpec, layout: WeightLayout) -> bool:
    """Whether a format is larger than what was published."""
    published = weight_layout(model, "native", "vllm").total_bytes
    converted = weight_layout(model, "native", "llama.cpp").total_bytes
    # A thousandth more is what another layout of the same bits takes, such as NVFP4 for INT4.
    return layout.total_bytes * 1000 > max(published, converted) * 1001


def _warned(model: ModelSpec, layout: WeightLayout) -> WeightLayout:
    """Say so when a format is larger than what was published, which holds all there is."""
    if not _gains_nothing(model, layout):
        return layout
    published = weight_layout(model, "native", "vllm").total_bytes
    note = say(
        "{0} is larger than the published checkpoint ({1:,.1f} GB against "
        "{2:,.1f} GB) and gains nothing over it: the native format holds every "
        "bit the model was released with.",
        layout.label,
        layout.total_bytes / GB,
        published / GB,
    )
    kept = f"{layout.format_id}-mxfp4"
    if kept in VARIANTS and has_fp4_experts(model):
        size = _gguf_layout(model, kept).total_bytes / GB
        note += say(" With its experts kept in MXFP4 it is {0:,.1f} GB.", size)
    return replace(layout, note=note)


def _checkpoint_layout(model: ModelSpec, format_id: str) -> WeightLayout:
    native = format_id == "native"
    confidence = _row_confidence(model)
    if not native and confidence is Confidence.EXACT:
        confidence = Confidence.MODELLED
    layout = assemble(
        model,
        tuple(_checkpoint(model, format_id)),
        format_id=format_id,
        label=say("Native ({0})", model.native_label) if native else CHECKPOINT_LABELS[format_id],
        vision_bytes=2 * model.architecture.vision_parameters,
        confidence=confidence,
        note=model.verified_note if native else "",
    )
    return layout if native else _warned(model, layout)


def _file_layout(model: ModelSpec, file: WeightFile, engine: str) -> WeightLayout:
    if engine not in FILE_ENGINES[file.container]:
        *others, last = (
            name for key, name in _ENGINE_NAMES.items() if key in FILE_ENGINES[file.container]
        )
        raise UnsupportedFormatError(
            say(
                "{0} does not load the {1} file “{2}”; {3} and {4} do.",
                _ENGINE_NAMES[engine],
                CONTAINER_NAMES[file.container],
                file.label,
                ", ".join(others),
                last,
            )
        )
    return _warned(model, file_layout(model, file))


def _closest_recipe(name: str) -> str | None:
    """The recipe whose mix a published name resembles: ``UD-Q4_K_XL`` is close to Q4_K_M."""
    stem = name.lower().removeprefix("ud-")
    # The XL of a dynamic mix is not that of Q3_K_XL.
    known = known_recipe(name) if stem == name.lower() else recipe_id(stem)
    if known is not None:
        return known
    stem = re.sub(r"[_-](xxl|xl|l|m|s)$", "", stem)
    for candidate in (f"{stem}_m", stem, f"{stem[:-2]}_0" if stem.endswith("_k") else stem):
        if candidate in BASE_TYPES:
            return candidate
    return None


def _nearest_in_size(model: ModelSpec, recipe: str, file_bytes: int) -> str:
    """The recipe, or it with the experts kept in MXFP4 where that meets the size better."""
    kept = f"{recipe}-mxfp4"
    if kept not in VARIANTS or not has_fp4_experts(model):
        return recipe
    return min((recipe, kept), key=lambda r: abs(_gguf_layout(model, r).total_bytes - file_bytes))


def _custom_layout(model: ModelSpec, weights: CustomWeights, engine: str) -> WeightLayout:
    name = weights.recipe.lower()
    known = find_file(model, name)
    if known is not None and weights.file_bytes is not None:
        raise UnsupportedFormatError(
            say("“{0}” is a file whose size is known; choose it without another size.", known.label)
        )
    closest = _closest_recipe(name) if engine in _GGUF_ENGINES else None
    if closest is not None and weights.file_bytes is not None:
        closest = _nearest_in_size(model, closest, weights.file_bytes)
    name = closest or name
    base = weight_layout(model, name, engine)
    if closest is not None and weights.imatrix:
        base = _gguf_layout(model, closest, imatrix=True)
    if weights.file_bytes is None:
        return base
    if engine in _GGUF_ENGINES and (closest is not None or engine == "llama.cpp"):
        native = name == "native"
        source = _gguf_native(model) if native else _gguf_recipe(model, name, weights.imatrix)
    else:
        source = _checkpoint(model, name)
    sized = tuple(source)
    difference = weights.file_bytes - base.total_bytes
    chosen = [i for i, (t, _) in enumerate(sized) if t.part is Part.ROUTED_EXPERTS]
    if not chosen:
        chosen = [i for i, (t, _) in enumerate(sized) if t.layer is not None]
    if sum(sized[i][1] for i in chosen) + difference <= 0:
        raise UnsupportedFormatError(
            say(
                "A file of {0:,.1f} GB is too small for {1}: {2} without its {3} is larger.",
                weights.file_bytes / GB,
                model.name,
                base.label,
                say("routed experts") if model.is_moe else say("layers"),
            )
        )
    return assemble(
        model,
        spread(sized, difference, chosen),
        format_id=weights.recipe.lower(),
        label=say("{0} ({1:,.1f} GB file)", weights.recipe, weights.file_bytes / GB),
        vision_bytes=base.other_bytes,
        confidence=Confidence.MODELLED,
        note=say(
            "Size of the file as given; its mix of types is taken to be that of {0}.", base.label
        ),
    )


@lru_cache(maxsize=MOST_ROWS)
def weight_layout(model: ModelSpec, weights: str | CustomWeights, engine: str) -> WeightLayout:
    """The bytes of a model's weights in a format, as an engine loads it.

    Args:
        model: The catalogue row.
        weights: ``native``, a checkpoint format (``fp8``, ``nvfp4``, ...), a GGUF recipe
            (``q4_k_m``), the id of one of the model's files, all in any case, or an actual
            file's recipe and size.
        engine: ``llama.cpp``, ``vllm``, ``sglang`` or ``ktransformers``. For llama.cpp,
            ``native`` is the conversion of the checkpoint without loss of quality.

    Raises:
        UnsupportedFormatError: The engine does not load the format; the message says so.
    """
    if isinstance(weights, CustomWeights):
        return _custom_layout(model, weights, engine)
    if engine not in _ENGINE_NAMES:
        raise UnsupportedFormatError(say("“{0}” is not an engine this program knows.", engine))
    name = weights.lower()
    file = find_file(model, weights)
    if file is not None:
        return _file_layout(model, file, engine)
    recipe = known_recipe(name)
    if engine == "llama.cpp":
        if name == "native" or recipe is not None:
            return _gguf_layout(model, recipe or "native")
        if name in CHECKPOINT_LABELS:
            raise UnsupportedFormatError(
                say(
                    "llama.cpp does not load {0} checkpoints; choose its native conversion "
                    "or a GGUF recipe such as Q4_K_M.",
                    CHECKPOINT_LABELS[name],
                )
            )
    else:
        if name == "native" or name in CHECKPOINT_LABELS:
            if name == "mxfp4" and not model.is_moe:
                raise UnsupportedFormatError(
                    say("MXFP4 stores routed experts, and {0} has none.", model.name)
                )
            return _checkpoint_layout(model, name)
        if recipe is not None and engine in _GGUF_ENGINES:
            return _gguf_layout(model, recipe)
        if recipe is not None:
            raise UnsupportedFormatError(
                say(
                    "{0} does not load GGUF recipes such as {1}; choose the native "
                    "checkpoint or another format it loads.",
                    _ENGINE_NAMES[engine],
                    recipe.upper(),
                )
            )
    raise UnsupportedFormatError(say("“{0}” is not a weight format this program knows.", weights))


# Recipes that people publish and choose between; older ones still load when named.
_OFFERED_RECIPES = tuple(
    recipe
    for recipe in BASE_TYPES
    if recipe not in ("f32", "f16", "q5_1", "q5_0", "q4_1", "q2_0", "tq2_0", "tq1_0", "q1_0")
)


@lru_cache(maxsize=1024)
def formats_for(model: ModelSpec, engine: str) -> tuple[FormatChoice, ...]:
    """What this engine loads of this model and people use.

    Native first, then the model's own files, then the others from large to small.
    """
    ids = ["native", *(file.id for file in files_of(model, engine))]
    if engine in _CHECKPOINT_ENGINES:
        ids += _checkpoint_formats(model)
    if engine in _GGUF_ENGINES:
        ids += (
            recipe
            for recipe in _OFFERED_RECIPES
            if (recipe != "mxfp4_moe" or model.is_moe)
            and (recipe != "bf16" or (engine == "llama.cpp" and has_quantised_storage(model)))
        )
        if model.architecture.gguf_arch == "gpt-oss":  # what its published files are
            ids += (recipe for recipe, variant in VARIANTS.items() if variant.experts is not None)
    return tuple(_choice(model, format_id, engine) for format_id in dict.fromkeys(ids))


def _choice(model: ModelSpec, format_id: str, engine: str) -> FormatChoice:
    file = find_file(model, format_id)
    if file is not None:
        label = file.label
    elif format_id == "native":
        label = weight_layout(model, "native", engine).label
    else:
        label = CHECKPOINT_LABELS.get(format_id) or recipe_label(format_id)
    return FormatChoice(format_id, label)


def format_note(model: ModelSpec, format_id: str, engine: str) -> str:
    """Says beside a format of :func:`formats_for` that it is larger than what was published.

    Apart from the list because the bytes of every format of a model take 50 ms to add up.
    """
    # Nothing is larger than a release in 16 bits, so only the others need to be weighed.
    weigh = find_file(model, format_id) is not None or has_quantised_storage(model)
    if format_id == "native" or not weigh:
        return ""
    larger = _gains_nothing(model, weight_layout(model, format_id, engine))
    return NO_SMALLER if larger else ""


def _checkpoint_formats(model: ModelSpec) -> tuple[str, ...]:
    storages = set(model.native_format.values())
    if storages & {"fp4_e8m0", "mxfp4"}:
        return ()  # nothing smaller exists, and anything larger holds no more
    if "int4_g32" in storages:
        return ("nvfp4",)
    if any(storage.startswith("fp8") for storage in storages):
        return ("nvfp4", "awq-int4", "gptq-int4")
    return ("fp8", "nvfp4", "awq-int4", "gptq-int4")
