"""Which type llama-quantize gives each tensor in each of its recipes.

Knows the selection rules; knows no bytes. A recipe such as Q4_K_M is no single type: it
spends more bits on some tensors by their role, their layer, the model's head grouping and
its number of experts, and falls back where a row does not divide into blocks.

Source: behaviour of llama.cpp's src/llama-quant.cpp (release b11549), checked against
``llama-quantize --dry-run`` (tests/data/gguf_dry_run.json). Recipes that need an importance
matrix are always sized with one, the others when asked to. What is not quantised at all is
decided in :mod:`gguf_kept`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from functools import lru_cache

from moeplanner_gui.core.gguf_kept import is_quantisable, kept_type
from moeplanner_gui.core.gguf_types import GgmlType
from moeplanner_gui.core.model import (
    Architecture,
    CompressedAttention,
    GatedDeltaNet,
    GqaAttention,
    MlaAttention,
    MoeFfn,
)
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.tensors import Tensor, gguf_tensors

T = GgmlType

# Recipe -> the type most of its tensors get, from the largest to the smallest file.
BASE_TYPES: dict[str, GgmlType] = {
    "f32": T.F32,
    "bf16": T.BF16,
    "f16": T.F16,
    "q8_0": T.Q8_0,
    "q6_k": T.Q6_K,
    "q5_1": T.Q5_1,
    "q5_k_m": T.Q5_K,
    "q5_k_s": T.Q5_K,
    "q5_0": T.Q5_0,
    "q4_1": T.Q4_1,
    "q4_k_m": T.Q4_K,
    "q4_k_s": T.Q4_K,
    "q4_0": T.Q4_0,
    "iq4_nl": T.IQ4_NL,
    "mxfp4_moe": T.MXFP4,
    "iq4_xs": T.IQ4_XS,
    "q3_k_l": T.Q3_K,
    "q3_k_m": T.Q3_K,
    "iq3_m": T.IQ3_S,
    "iq3_s": T.IQ3_S,
    "q3_k_s": T.Q3_K,
    "iq3_xs": T.IQ3_S,
    "iq3_xxs": T.IQ3_XXS,
    "q2_k": T.Q2_K,
    "q2_k_s": T.Q2_K,
    "iq2_m": T.IQ2_S,
    "iq2_s": T.IQ2_XS,
    "iq2_xs": T.IQ2_XS,
    "iq2_xxs": T.IQ2_XXS,
    "q2_0": T.Q2_0,
    "tq2_0": T.TQ2_0,
    "iq1_m": T.IQ1_M,
    "tq1_0": T.TQ1_0,
    "iq1_s": T.IQ1_S,
    "q1_0": T.Q1_0,
}

# llama-quantize takes these short names too.
ALIASES = {"q3_k": "q3_k_m", "q4_k": "q4_k_m", "q5_k": "q5_k_m"}

NEEDS_IMATRIX = frozenset(
    {"iq1_s", "iq1_m", "iq2_xxs", "iq2_xs", "iq2_s", "iq2_m", "iq3_xxs", "iq3_xs", "q2_k_s"}
)
_UP_TO_TWO_BITS = frozenset({"iq1_s", "iq1_m", "iq2_xxs", "iq2_xs", "iq2_s", "iq2_m"})
_IQ2_S_OR_M = frozenset({"iq2_s", "iq2_m"})

# A row that does not divide into super-blocks of 256 gets a type with blocks of 32.
_FALLBACK = {
    T.Q2_K: T.Q4_0,
    T.Q3_K: T.Q4_0,
    T.TQ1_0: T.Q4_0,
    T.TQ2_0: T.Q4_0,
    T.Q2_0: T.Q4_0,
    T.Q4_K: T.Q5_0,
    T.Q5_K: T.Q5_1,
    T.Q6_K: T.Q8_0,
} | {
    t: T.IQ4_NL
    for t in (T.IQ1_S, T.IQ1_M, T.IQ2_XXS, T.IQ2_XS, T.IQ2_S, T.IQ3_XXS, T.IQ3_S, T.IQ4_XS)
}

# Never below 8 bits in GLM-5.3-Flash.
_GLM5_NEXT_Q8_0 = frozenset({"attn_q_a", "attn_q_b", "nextn.eh_proj"})
# llama.cpp calls models of these architectures and layers "70B" and favours their attn_v.
_SEVENTY_B_LAYERS = {"llama": 80, "qwen2": 80, "deci": 80, "olmo": 80, "jais2": 68}


def recipe_id(name: str) -> str | None:
    """The recipe a name stands for, in lower case; None when llama-quantize has no such recipe."""
    lower = name.lower()
    lower = ALIASES.get(lower, lower)
    return lower if lower in BASE_TYPES else None


@dataclass(slots=True)
class _State:
    """What the rules look at: traits of the model, and counters over the tensors so far."""

    recipe: str
    base: GgmlType
    imatrix: bool
    gqa: int
    experts: int
    layers: int
    seventy_b: bool
    tied: bool
    glm5_next: bool
    values: int
    seen_values: int = 0
    seen_down: int = field(default=0)

    def down_layer(self, tensor: Tensor) -> int:
        """llama.cpp counts ffn_down tensors in dense models and reads the layer in MoE ones."""
        if self.experts > 1 and tensor.layer is not None:
            return tensor.layer
        return self.seen_down


def _more_bits(index: int, count: int) -> bool:
    """The first and last eighth, and every third in between."""
    eighth = count // 8
    return index < eighth or index >= 7 * count // 8 or (index - eighth) % 3 == 2


def _head_grouping(architecture: Architecture) -> int:
    """Query heads per KV head of the first layer, as the GGUF header states it.

    Headers of Qwen's hybrids give one number for all layers. Those of other hybrids (state
    space, Kimi's delta attention) give one a layer, and 0 where nothing is cached.
    """
    for name in architecture.attention_pattern.expand(architecture.layers):
        block = architecture.attention[name]
        if isinstance(block, GqaAttention):
            return block.heads // block.kv_heads
        if isinstance(block, MlaAttention | CompressedAttention):
            return block.heads  # one latent serves every head
        if not isinstance(block, GatedDeltaNet):
            return 0
    return 0


def _is_seventy_b(architecture: Architecture) -> bool:
    if architecture.layers != _SEVENTY_B_LAYERS.get(architecture.gguf_arch):
        return False
    # Of the llama architecture only: LLaMA 65B, without grouped heads, is another type.
    return architecture.gguf_arch != "llama" or _head_grouping(architecture) > 1


def _is_value_like(name: str) -> bool:
    return name in ("attn_v", "attn_qkv", "attn_kv_b")


def _output(state: _State, tensor: Tensor) -> GgmlType:
    if state.recipe == "mxfp4_moe" or tensor.shape[0] % state.base.block:
        return T.Q8_0
    if state.recipe in _UP_TO_TWO_BITS or state.recipe == "iq3_xxs":
        return T.Q5_K
    return T.Q8_0 if state.base is T.Q8_0 else T.Q6_K


def _embedding(state: _State) -> GgmlType:
    if state.recipe in ("iq2_xxs", "iq2_xs", "iq1_s", "iq1_m"):
        return T.Q2_K
    if state.recipe in ("iq2_s", "iq2_m", "iq3_xxs"):
        return T.IQ3_S
    if state.recipe in ("tq1_0", "tq2_0", "q2_0"):
        return T.Q4_K
    return state.base


def _up_to_two_bits(state: _State, tensor: Tensor) -> GgmlType:
    """The recipes of at most two bits have rules of their own."""
    name = tensor.name
    better = T.IQ3_S if state.recipe in _IQ2_S_OR_M else T.Q2_K
    if _is_value_like(name):
        return T.Q4_K if state.gqa >= 4 or state.experts >= 4 else better
    if name.endswith("attn_k") and state.experts == 8:
        return T.Q4_K
    if name.startswith("ffn_down"):
        # Counted by tensor, also in MoE models: a shared expert moves the border forward.
        return better if state.seen_down < state.layers // 8 else state.base
    if name == "attn_output":
        if state.experts == 8:
            return T.Q5_K
        if state.recipe in ("iq1_s", "iq1_m"):
            return T.IQ2_XXS
        return T.IQ3_S if state.recipe in _IQ2_S_OR_M else state.base
    return state.base


def _value(state: _State) -> GgmlType:
    recipe, chosen = state.recipe, state.base
    grouped = state.gqa >= 4
    if recipe == "q2_k":
        chosen = T.Q4_K if grouped else T.Q3_K
    elif recipe in ("q2_k_s", "iq3_xs", "iq3_s") and grouped:
        chosen = T.Q4_K
    elif recipe == "iq3_xxs":
        chosen = T.Q4_K if grouped else T.IQ3_XXS if state.imatrix else T.IQ3_S
    elif recipe == "iq3_m":
        chosen = T.Q4_K
    elif recipe == "q3_k_m":
        chosen = T.Q5_K if state.seen_values < 2 else T.Q4_K
    elif recipe == "q3_k_l" or (recipe in ("iq4_nl", "iq4_xs") and grouped):
        chosen = T.Q5_K
    elif recipe in ("q4_k_m", "q5_k_m") and _more_bits(state.seen_values, state.values):
        chosen = T.Q6_K
    elif recipe == "q4_k_s" and state.seen_values < 4:
        chosen = T.Q5_K
    if state.seventy_b and chosen in (T.Q3_K, T.Q4_K):
        chosen = T.Q5_K
    return T.Q8_0 if state.experts == 8 else chosen


def _down(state: _State, tensor: Tensor) -> GgmlType:
    recipe, count = state.recipe, state.layers
    layer = state.down_layer(tensor)
    first_eighth = layer < count // 8
    if recipe == "q2_k":
        return T.Q3_K
    if recipe == "q2_k_s":
        return T.Q4_K if first_eighth else state.base
    if recipe == "iq3_xxs" and not state.imatrix:
        return T.Q4_K if first_eighth else T.Q3_K
    if recipe == "q3_k_m":
        return T.Q5_K if layer < count // 16 else T.Q4_K
    if recipe == "iq3_m":
        favoured = first_eighth or (state.experts == 8 and _more_bits(layer, count))
        return T.Q4_K if favoured else state.base
    if recipe == "q3_k_l":
        return T.Q5_K
    if recipe in ("q4_k_m", "q5_k_m"):
        return T.Q6_K if _more_bits(layer, count) else state.base
    if first_eighth:
        if recipe in ("iq4_nl", "iq4_xs") and not state.imatrix:
            return T.Q5_K
        if recipe == "q4_k_s":
            return T.Q5_K
        if recipe in ("q4_0", "q5_0") and state.imatrix:
            return T.Q4_1 if recipe == "q4_0" else T.Q5_1
    return state.base


_ATTENTION_OUTPUT = {
    "q2_k": T.Q3_K,
    "iq3_xxs": T.IQ3_S,
    "q3_k_m": T.Q4_K,
    "q3_k_l": T.Q5_K,
    "iq3_m": T.Q4_K,
}
_EIGHT_EXPERTS_FAVOUR_OUTPUT = frozenset(
    {
        "q4_k_m",
        "q4_k_s",
        "iq4_nl",
        "iq4_xs",
        "q3_k_m",
        "q3_k_s",
        "iq3_m",
        "iq3_s",
        "iq3_xs",
        "iq3_xxs",
        "q2_k",
    }
)


def _query_or_key(state: _State, name: str) -> GgmlType:
    # The indexer's key projection ends like the attention's, and llama.cpp matches the ending.
    if name.endswith("attn_k") and state.experts == 8:
        return T.Q8_0
    return {"iq3_xs": T.IQ3_XXS, "iq3_xxs": T.IQ2_S}.get(state.recipe, state.base)


def _chosen(state: _State, tensor: Tensor) -> GgmlType:
    """The type before the fallback for row sizes."""
    name, recipe = tensor.name, state.recipe
    if state.glm5_next and name in _GLM5_NEXT_Q8_0:
        return T.Q8_0
    if name == "output" or (name == "token_embd" and state.tied):
        return _output(state, tensor)
    if recipe == "mxfp4_moe":
        # Everything with a third dimension, MLA's per-head projections included.
        return T.MXFP4 if len(tensor.shape) > 2 and tensor.shape[2] > 1 else T.Q8_0
    if name == "token_embd":
        return _embedding(state)
    if recipe in _UP_TO_TWO_BITS:
        return _up_to_two_bits(state, tensor)
    if _is_value_like(name):
        return _value(state)
    if name in ("attn_q", "attn_k", "indexer.attn_k"):
        return _query_or_key(state, name)
    if name.startswith("ffn_down"):
        return _down(state, tensor)
    if name == "attn_output":
        if state.experts == 8:
            return T.Q5_K if recipe in _EIGHT_EXPERTS_FAVOUR_OUTPUT else state.base
        return _ATTENTION_OUTPUT.get(recipe, state.base)
    if recipe == "iq3_xs" and name.startswith(("ffn_gate", "ffn_up")):
        middle = state.layers // 8 <= (tensor.layer or 0) < 7 * state.layers // 8
        return T.IQ3_XXS if middle else state.base
    return state.base


def _fitting(chosen: GgmlType, row: int) -> GgmlType:
    if row % chosen.block == 0:
        return chosen
    replacement = _FALLBACK.get(chosen, T.F16)
    return replacement if row % replacement.block == 0 else T.F16


def can_be_made(architecture: Architecture, recipe: str) -> bool:
    """False when llama-quantize stops: Q1_0 has no type to fall back to for odd rows."""
    if recipe != "q1_0":
        return True
    block = T.Q1_0.block
    return all(
        t.shape[0] % block == 0 or t.name == "output" or not is_quantisable(t, architecture)
        for t in gguf_tensors(architecture)
    )


@dataclass(frozen=True, slots=True)
class _Listed:
    """A tensor with what no recipe changes about it; ``kept`` is None when it is quantised."""

    tensor: Tensor
    kept: GgmlType | None
    value: bool
    down: bool


@lru_cache(maxsize=32)
def _listed(architecture: Architecture) -> tuple[_Listed, ...]:
    """The file's tensors in llama.cpp's order: by layer, then by name."""
    tensors = sorted(gguf_tensors(architecture), key=lambda t: (_order(t.layer), t.gguf_name))
    return tuple(
        _Listed(
            tensor,
            None if is_quantisable(tensor, architecture) else kept_type(tensor, architecture),
            _is_value_like(tensor.name),
            tensor.name.startswith("ffn_down"),
        )
        for tensor in tensors
    )


def recipe_types(
    architecture: Architecture, recipe: str, *, imatrix: bool = False
) -> Iterator[tuple[Tensor, GgmlType]]:
    """Every tensor of the GGUF file with the type that the recipe gives it.

    Args:
        architecture: The model.
        recipe: An id from :data:`BASE_TYPES`.
        imatrix: The file is made with an importance matrix; always taken as True for the
            recipes that cannot be made without one.
    """
    listed = _listed(architecture)
    experts = max(
        (b.experts for b in architecture.ffn.values() if isinstance(b, MoeFfn)), default=0
    )
    state = _State(
        recipe=recipe,
        base=BASE_TYPES[recipe],
        imatrix=imatrix or recipe in NEEDS_IMATRIX,
        gqa=_head_grouping(architecture),
        experts=experts,
        layers=1 + max((x.tensor.layer for x in listed if x.tensor.layer is not None), default=0),
        seventy_b=_is_seventy_b(architecture),
        tied=architecture.tied_embeddings,
        glm5_next=architecture.gguf_arch == "glm5-next",
        values=sum(x.value for x in listed),
    )
    for entry in listed:
        tensor = entry.tensor
        if entry.kept is not None:
            yield tensor, entry.kept
        elif not state.base.is_quantised:
            yield tensor, state.base
        else:
            yield tensor, _fitting(_chosen(state, tensor), tensor.shape[0])
            # These counters follow llama.cpp's order.
            state.seen_values += entry.value
            state.seen_down += entry.down


def _order(layer: int | None) -> int:
    return -1 if layer is None else layer
