"""Recipes of architectures nobody has published, against llama-quantize and against reason."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeplanner_gui.core.gguf_kept import is_quantisable
from moeplanner_gui.core.gguf_recipes import BASE_TYPES, can_be_made, recipe_types
from moeplanner_gui.core.gguf_types import GgmlType
from moeplanner_gui.core.model import Architecture, ModelSpec
from moeplanner_gui.core.plan import CustomWeights
from moeplanner_gui.core.weights import UnsupportedFormatError, WeightLayout, weight_layout
from tests.core.reference import ROWS, reference

ODD = reference("gguf_dry_run_odd.json")["rows"]


@pytest.mark.parametrize("row", ODD, ids=lambda r: r["architecture"]["gguf_arch"])
def test_that_odd_shapes_have_the_sizes_llama_quantize_reports(row: dict[str, Any]) -> None:
    architecture = Architecture.model_validate_json(json.dumps(row["architecture"]))
    for name, expected in row["bytes"].items():
        recipe, _, matrix = name.partition(", ")
        ours = sum(
            tensor.elements // kind.block * kind.block_bytes
            for tensor, kind in recipe_types(architecture, recipe, imatrix=bool(matrix))
        )
        assert ours == expected, name


_WIDTHS = st.integers(min_value=1, max_value=400).map(lambda n: 8 * n)


@st.composite
def models(draw: st.DrawFn) -> ModelSpec:
    """A small model of any row lengths, dense or with experts, tied or not."""
    heads = draw(st.sampled_from([4, 8, 16]))
    block = {"kind": "dense", "width": draw(_WIDTHS)}
    if draw(st.booleans()):
        experts = draw(st.sampled_from([2, 4, 8, 64]))
        block = {"kind": "moe", "experts": experts, "top_k": 2, "width": draw(_WIDTHS)}
    architecture = {
        "gguf_arch": draw(st.sampled_from(["llama", "qwen2", "qwen3moe"])),
        "hidden_size": draw(_WIDTHS),
        "layers": draw(st.integers(min_value=1, max_value=12)),
        "vocab_size": draw(st.integers(min_value=1, max_value=5_000)),
        "tied_embeddings": draw(st.booleans()),
        "attention": {
            "a": {
                "kind": "gqa",
                "heads": heads,
                "kv_heads": draw(st.sampled_from([n for n in (1, 2, 4, heads) if not heads % n])),
                "head_dim": draw(st.sampled_from([64, 80, 128])),
            }
        },
        "attention_pattern": {"cycle": ["a"]},
        "ffn": {"f": block},
        "ffn_pattern": {"cycle": ["f"]},
    }
    return ROWS["llama-3.1-8b"].model_copy(
        update={
            "id": "made-up",
            "architecture": Architecture.model_validate_json(json.dumps(architecture)),
        }
    )


def _sum(layout: WeightLayout) -> int:
    return (
        layout.token_embd_bytes
        + layout.output_bytes
        + layout.other_bytes
        + sum(x.routed_experts_bytes + x.other_bytes for x in layout.layers + layout.mtp)
    )


@settings(max_examples=60, deadline=None)
@given(model=models(), recipe=st.sampled_from(sorted(BASE_TYPES)), imatrix=st.booleans())
def test_that_every_row_divides_and_every_sum_is_the_whole(
    model: ModelSpec, recipe: str, imatrix: bool
) -> None:
    architecture = model.architecture
    weights = CustomWeights(recipe=recipe, imatrix=imatrix)
    if not can_be_made(architecture, recipe):
        with pytest.raises(UnsupportedFormatError):
            weight_layout(model, weights, "llama.cpp")
        return
    for tensor, kind in recipe_types(architecture, recipe, imatrix=imatrix):
        if is_quantisable(tensor, architecture) and tensor.name != "output":
            assert tensor.shape[0] % kind.block == 0
            assert kind is GgmlType.F16 or tensor.shape[0] % 32 == 0 or not kind.is_quantised
    layout = weight_layout(model, weights, "llama.cpp")
    assert layout.total_bytes == _sum(layout) == sum(n for _, n in layout.bytes_by_part)


# Pairs in which no rule and no fallback gives the second one more bits on any tensor. Q3_K_L
# and Q3_K_M are none: with eight experts the smaller one favours the attention's output.
_STEPS = (
    ("f32", "bf16"),
    ("bf16", "q8_0"),
    ("q8_0", "q6_k"),
    ("q6_k", "q5_k_m"),
    ("q5_k_m", "q5_k_s"),
    ("q5_k_m", "q4_k_m"),
    ("q5_k_s", "q4_k_s"),
    ("q4_k_m", "q3_k_m"),
    ("q3_k_m", "q3_k_s"),
    ("iq2_m", "iq2_s"),
    ("iq2_xs", "iq2_xxs"),
    ("iq1_m", "iq1_s"),
)


@settings(max_examples=60, deadline=None)
@given(model=models(), step=st.sampled_from(_STEPS))
def test_that_fewer_bits_are_never_larger(model: ModelSpec, step: tuple[str, str]) -> None:
    more, fewer = (weight_layout(model, recipe, "llama.cpp").total_bytes for recipe in step)
    assert fewer <= more


@settings(max_examples=60, deadline=None)
@given(
    model=models(),
    recipe=st.sampled_from(["q4_k_m", "UD-Q4_K_XL", "native", "Q4_K_L"]),
    factor=st.integers(min_value=70, max_value=300),
    odd=st.integers(min_value=0, max_value=999),
)
def test_that_a_file_s_bytes_are_spread_without_losing_one(
    model: ModelSpec, recipe: str, factor: int, odd: int
) -> None:
    plain = "q4_k_m" if recipe.startswith("UD") else recipe
    size = weight_layout(model, plain, "llama.cpp").total_bytes * factor // 100 + odd
    try:
        layout = weight_layout(model, CustomWeights(recipe=recipe, file_bytes=size), "llama.cpp")
    except UnsupportedFormatError as refused:
        assert "too small" in str(refused)
        return
    assert layout.total_bytes == size == _sum(layout)
