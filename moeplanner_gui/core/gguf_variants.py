"""Recipes as people publish them: llama-quantize's own with options for some tensors.

``Q4_K_L`` and its like are made with ``--token-embedding-type q8_0 --output-tensor-type q8_0``
(as in bartowski's files). GGUF files of models released with MXFP4 experts keep those experts as
they are, whatever the file is called (as in unsloth's files of gpt-oss): ``--tensor-type
exps=mxfp4``. Both are checked against ``llama-quantize --dry-run`` with these options
(tests/data/gguf_dry_run_variants.json) and against published sizes.
"""

from __future__ import annotations

from collections.abc import Iterator

from moeplanner_gui.core.gguf_recipes import can_be_made, recipe_id, recipe_types
from moeplanner_gui.core.gguf_types import GgmlType
from moeplanner_gui.core.model import Architecture, ModelSpec
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.tensors import Part, Tensor
from moeplanner_gui.core.words import say


@dataclass(frozen=True, slots=True)
class Variant:
    """A recipe with some types set by hand.

    Attributes:
        recipe: The recipe it starts from.
        label: For people.
        vocabulary: The type of the embedding and the head, or None for the recipe's.
        experts: The type of the routed experts, or None for the recipe's.
    """

    recipe: str
    label: str
    vocabulary: GgmlType | None = None
    experts: GgmlType | None = None


VARIANTS = {
    "q6_k_l": Variant("q6_k", "Q6_K_L", vocabulary=GgmlType.Q8_0),
    "q5_k_l": Variant("q5_k_m", "Q5_K_L", vocabulary=GgmlType.Q8_0),
    "q4_k_l": Variant("q4_k_m", "Q4_K_L", vocabulary=GgmlType.Q8_0),
    "q3_k_xl": Variant("q3_k_l", "Q3_K_XL", vocabulary=GgmlType.Q8_0),
    "q2_k_l": Variant("q2_k", "Q2_K_L", vocabulary=GgmlType.Q8_0),
    "q4_k_m-mxfp4": Variant("q4_k_m", say("Q4_K_M, experts MXFP4"), experts=GgmlType.MXFP4),
    "q2_k-mxfp4": Variant("q2_k", say("Q2_K, experts MXFP4"), experts=GgmlType.MXFP4),
}
_VOCABULARY = frozenset({"token_embd", "output"})


def known_recipe(name: str) -> str | None:
    """The recipe or variant a name stands for, in lower case; None when there is none."""
    lower = name.lower()
    return lower if lower in VARIANTS else recipe_id(lower)


def recipe_label(recipe: str) -> str:
    """A recipe's name for people."""
    return VARIANTS[recipe].label if recipe in VARIANTS else recipe.upper()


def has_fp4_experts(model: ModelSpec) -> bool:
    """True when the release stores its routed experts in four-bit blocks that GGUF has too."""
    formats = model.native_format
    storage = formats.get(Part.ROUTED_EXPERTS.value, formats.get("default"))
    return model.is_moe and storage in ("mxfp4", "fp4_e8m0")


def exists_for(model: ModelSpec, recipe: str) -> bool:
    """False for what llama-quantize cannot make, and for experts kept that never were MXFP4."""
    if recipe in VARIANTS:
        return VARIANTS[recipe].experts is None or has_fp4_experts(model)
    return can_be_made(model.architecture, recipe)


def file_types(
    architecture: Architecture, recipe: str, *, imatrix: bool = False
) -> Iterator[tuple[Tensor, GgmlType]]:
    """Every tensor of the file with its type, for a recipe or a variant of one.

    Args:
        architecture: The model.
        recipe: An id that :func:`known_recipe` returned.
        imatrix: As in :func:`recipe_types`.
    """
    variant = VARIANTS.get(recipe)
    if variant is None:
        yield from recipe_types(architecture, recipe, imatrix=imatrix)
        return
    for tensor, kind in recipe_types(architecture, variant.recipe, imatrix=imatrix):
        if variant.vocabulary is not None and tensor.name in _VOCABULARY:
            yield tensor, variant.vocabulary
        elif variant.experts is not None and _is_expert_matrix(tensor):
            yield tensor, variant.experts
        else:
            yield tensor, kind


def _is_expert_matrix(tensor: Tensor) -> bool:
    return tensor.part is Part.ROUTED_EXPERTS and len(tensor.shape) == 3
