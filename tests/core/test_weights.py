from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.core.derivation import Confidence
from moeplanner_gui.core.gguf_recipes import BASE_TYPES, can_be_made
from moeplanner_gui.core.plan import CustomWeights
from moeplanner_gui.core.tensors import Part
from moeplanner_gui.core.weights import (
    CHECKPOINT_LABELS,
    NO_SMALLER,
    UnsupportedFormatError,
    WeightLayout,
    format_note,
    formats_for,
    weight_layout,
)
from tests.core.reference import COUNTS, IDS, ROWS, reference

# The figure for K2.5 is itself an estimate; ours counts the same parts 480 bytes higher.
SIZED = [i for i in IDS if COUNTS[i]["checkpoint_bytes"] and i != "kimi-k2.5"]


def _layout(model_id: str, weights: str | CustomWeights, engine: str = "llama.cpp") -> WeightLayout:
    return weight_layout(ROWS[model_id], weights, engine)


def _sum(layout: WeightLayout) -> int:
    layers = layout.layers + layout.mtp
    return (
        layout.token_embd_bytes
        + layout.output_bytes
        + layout.other_bytes
        + sum(layer.routed_experts_bytes + layer.other_bytes for layer in layers)
    )


@pytest.mark.parametrize("model_id", SIZED)
def test_that_published_checkpoints_are_met_to_the_byte(model_id: str) -> None:
    assert _layout(model_id, "native", "vllm").total_bytes == COUNTS[model_id]["checkpoint_bytes"]


def test_that_inferred_checkpoints_are_not_called_exact() -> None:
    assert _layout("deepseek-v4-flash", "native", "vllm").confidence is Confidence.EXACT
    base = _layout("deepseek-v4-flash-base", "native", "vllm")
    assert base.confidence is Confidence.MODELLED
    assert "inference" in base.note


@pytest.mark.parametrize(
    ("model_id", "expected"),
    [
        ("deepseek-v4-flash", 156_373_010_496),
        ("deepseek-v4-pro", 852_158_385_984),
        ("gpt-oss-20b", 13_779_630_336),
        ("llama-3.1-8b", 16_061_055_232),
        ("glm-4.5-air", 220_988_046_336),
    ],
)
def test_that_native_under_llama_cpp_is_its_converter_s_file(model_id: str, expected: int) -> None:
    assert _layout(model_id, "native").total_bytes == expected


def test_that_the_v4_conversion_has_no_prediction_layers() -> None:
    assert _layout("deepseek-v4-flash", "native").mtp == ()
    shipped = _layout("deepseek-v4-flash", "native", "vllm")
    assert sum(x.routed_experts_bytes + x.other_bytes for x in shipped.mtp) == 3_593_787_756


ALL_CHECKPOINTS = ["native", *(f for f in CHECKPOINT_LABELS if f != "mxfp4")]


@pytest.mark.parametrize("model_id", IDS)
def test_that_every_layout_adds_up(model_id: str) -> None:
    layouts = [_layout(model_id, f, "vllm") for f in ALL_CHECKPOINTS]
    recipes = [f for f in BASE_TYPES if can_be_made(ROWS[model_id].architecture, f)]
    layouts += [_layout(model_id, f) for f in ["native", *recipes]]
    for layout in layouts:
        assert layout.total_bytes == _sum(layout), layout.format_id
        assert layout.total_bytes == sum(n for _, n in layout.bytes_by_part), layout.format_id
        assert len(layout.layers) == ROWS[model_id].architecture.layers


# Steps down in bits that hold for every model. IQ2_M against Q3_K_S would not: rows that do
# not divide into super-blocks fall back to types of equal size in both.
LADDERS = (
    ("f32", "bf16", "q8_0", "q6_k", "q5_k_m", "q5_k_s", "q4_k_s", "iq4_xs", "q2_k_s", "iq1_s"),
    ("q5_k_m", "q4_k_m", "q3_k_m", "q2_k"),
    ("q3_k_l", "q3_k_m", "q3_k_s"),
    ("iq2_m", "iq2_s", "iq2_xxs", "iq1_s"),
)


@pytest.mark.parametrize("model_id", IDS)
@pytest.mark.parametrize("ladder", LADDERS)
def test_that_more_bits_are_never_smaller(model_id: str, ladder: tuple[str, ...]) -> None:
    sizes = [_layout(model_id, recipe).total_bytes for recipe in ladder]
    assert sizes == sorted(sizes, reverse=True)


def _device_bytes(row: dict[str, object], first: int, last: int) -> int:
    layout = _layout(str(row["model"]), str(row["weights"]))
    layers = layout.layers + layout.mtp
    moved = row["cpu_moe"] if row["cpu_moe"] != -1 else len(layers)
    total = 0
    for index in range(first, last + 1):
        if index == len(layers):
            total += layout.output_bytes + layout.tied_head_bytes
            continue
        total += layers[index].other_bytes
        if index >= int(str(moved)):
            total += layers[index].routed_experts_bytes
    return total


DEVICE_ROWS = reference("llamacpp_device_weights.json")["rows"]


@pytest.mark.parametrize("row", DEVICE_ROWS, ids=lambda r: f"{r['model']}-{r['layers']}")
def test_that_each_card_s_share_is_what_llama_cpp_puts_there(row: dict[str, object]) -> None:
    for (first, last), measured in zip(row["layers"], row["bytes"], strict=True):
        assert _device_bytes(row, first, last) == pytest.approx(measured, rel=5e-4)


@pytest.mark.parametrize(
    "file", reference("gguf_published.json")["files"], ids=lambda f: f"{f['model']}-{f['recipe']}"
)
def test_that_published_files_are_met_within_one_percent(file: dict[str, Any]) -> None:
    layout = _layout(file["model"], file["recipe"])
    assert layout.total_bytes == pytest.approx(file["bytes"], rel=0.01)


@pytest.mark.parametrize(
    ("model_id", "format_id", "bits"),
    [
        ("llama-3.3-70b", "nvfp4", 4.85),  # all linear layers
        ("llama-3.3-70b", "awq-int4", 4.51),
        ("gemma-4-31b", "nvfp4", 8.21),  # attention and embedding stay BF16
        ("kimi-k2.6", "nvfp4", 4.63),  # routed experts only
        ("qwen3-30b-a3b", "fp8", 8.17),
        ("qwen3-30b-a3b", "mxfp4", 4.84),
    ],
)
def test_that_requantised_checkpoints_leave_out_what_their_makers_leave_out(
    model_id: str, format_id: str, bits: float
) -> None:
    layout = _layout(model_id, format_id, "vllm")
    assert layout.bits_per_weight == pytest.approx(bits, abs=0.01)
    assert layout.confidence is Confidence.MODELLED


def test_that_the_largest_expert_tensor_is_the_down_projection_with_more_bits() -> None:
    layers = _layout("deepseek-v3", "q4_k_m").layers
    # 256 experts of 2048 x 7168 in Q6_K.
    assert max(layer.largest_expert_tensor_bytes for layer in layers) == 3_082_813_440
    assert layers[0].largest_expert_tensor_bytes == 0


def test_that_a_recipe_larger_than_the_checkpoint_says_that_it_gains_nothing() -> None:
    assert "gains nothing" in _layout("deepseek-v4-flash", "q4_k_m").note
    assert _layout("deepseek-v4-flash", "iq4_xs").note == ""
    assert _layout("llama-3.3-70b", "q8_0").note == ""


def _notes(model_id: str, engine: str) -> dict[str, str]:
    model = ROWS[model_id]
    return {row.id: format_note(model, row.id, engine) for row in formats_for(model, engine)}


@pytest.mark.parametrize(
    ("model_id", "larger", "smaller"),
    [
        ("deepseek-v4-flash", ("q4_k_m", "q5_k_m", "q6_k", "q8_0"), ("iq4_xs", "q3_k_m")),
        ("deepseek-v4-pro", ("q4_k_s", "q4_k_m", "q8_0"), ("iq4_xs", "mxfp4_moe")),
        # Every row of gpt-oss falls back to blocks of 32: no recipe is smaller than the release.
        ("gpt-oss-120b", ("q4_k_m", "q2_k", "iq1_s"), ("mxfp4_moe", "q4_k_m-mxfp4")),
        ("kimi-k2.6", ("q4_k_m", "q5_k_s", "q8_0"), ("q4_k_s", "q4_0", "iq4_xs")),
        ("kimi-k3", ("q4_k_m", "q8_0"), ("iq4_xs", "mxfp4_moe")),
        # llama.cpp has no FP8, so Q8_0 is what the release becomes.
        ("deepseek-v3", ("bf16",), ("q8_0", "q6_k")),
        ("llama-3.3-70b", (), ("q8_0", "q4_k_m")),
    ],
)
def test_that_the_list_says_which_formats_gain_nothing_and_only_those(
    model_id: str, larger: tuple[str, ...], smaller: tuple[str, ...]
) -> None:
    notes = _notes(model_id, "llama.cpp")
    assert {notes[recipe] for recipe in larger} <= {NO_SMALLER}
    assert {notes[recipe] for recipe in smaller} == {""}
    for recipe in larger:
        assert "gains nothing" in _layout(model_id, recipe).note


@pytest.mark.parametrize("model_id", IDS)
def test_that_what_gains_nothing_is_larger_than_the_release(model_id: str) -> None:
    published = _layout(model_id, "native", "vllm").total_bytes
    for choice in formats_for(ROWS[model_id], "llama.cpp"):
        if format_note(ROWS[model_id], choice.id, "llama.cpp"):
            assert _layout(model_id, choice.id).total_bytes > published


def test_that_another_layout_of_the_same_bits_is_not_called_larger() -> None:
    # INT4 in groups of 32 and NVFP4 in groups of 16 are four and a half bits both.
    assert _notes("kimi-k2.6", "vllm") == {"native": "", "nvfp4": ""}


def test_that_gpt_oss_says_what_keeping_its_experts_would_take() -> None:
    assert "With its experts kept in MXFP4 it is 11.6 GB." in _layout("gpt-oss-20b", "q4_k_m").note


@pytest.mark.parametrize("model_id", ["deepseek-v4-flash", "glm-4.5-air", "llama-3.3-70b"])
@given(percent=st.integers(min_value=60, max_value=200), odd=st.integers(min_value=0, max_value=99))
def test_that_a_file_s_size_is_met_to_the_byte(model_id: str, percent: int, odd: int) -> None:
    size = _layout(model_id, "q4_k_m").total_bytes * percent // 100 + odd
    layout = _layout(model_id, CustomWeights(recipe="Q4_K_M", file_bytes=size))
    assert layout.total_bytes == size == _sum(layout)


def test_that_routed_experts_take_up_a_file_s_difference() -> None:
    plain = _layout("deepseek-v4-flash", "q4_k_m")
    custom = _layout(
        "deepseek-v4-flash", CustomWeights(recipe="q4_k_m", file_bytes=175_019_917_312)
    )
    assert [x.other_bytes for x in custom.layers] == [x.other_bytes for x in plain.layers]
    changed = dict(custom.bytes_by_part)[Part.ROUTED_EXPERTS]
    added = changed - dict(plain.bytes_by_part)[Part.ROUTED_EXPERTS]
    assert added == 175_019_917_312 - plain.total_bytes


def test_that_a_dynamic_mix_starts_from_the_recipe_it_is_named_after() -> None:
    custom = _layout(
        "deepseek-v4-flash", CustomWeights(recipe="UD-Q4_K_XL", file_bytes=155_100_000_000)
    )
    assert custom.total_bytes == 155_100_000_000
    assert "Q4_K_M" in custom.note


def test_that_a_file_smaller_than_the_rest_of_the_model_is_refused() -> None:
    with pytest.raises(UnsupportedFormatError, match="too small"):
        _layout("deepseek-v4-flash", CustomWeights(recipe="q4_k_m", file_bytes=10**9))


@pytest.mark.parametrize(
    ("model_id", "weights", "engine", "message"),
    [
        ("deepseek-v3", "fp8", "llama.cpp", "does not load FP8"),
        ("deepseek-v3", "q4_k_m", "vllm", "vLLM does not load GGUF"),
        ("llama-3.3-70b", "mxfp4", "vllm", "has none"),
        ("llama-3.3-70b", "q9_z", "llama.cpp", "q9_z"),
        ("llama-3.3-70b", "native", "abacus", "abacus"),
        ("glm-4.5-air", "q1_0", "llama.cpp", "Q1_0 is not made of GLM-4.5-Air"),
    ],
)
def test_that_an_unsupported_format_is_refused_in_a_sentence(
    model_id: str, weights: str, engine: str, message: str
) -> None:
    with pytest.raises(UnsupportedFormatError, match=message) as refused:
        _layout(model_id, weights, engine)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("engine", ["llama.cpp", "vllm", "sglang", "ktransformers"])
def test_that_every_offered_format_loads_and_native_is_first(engine: str) -> None:
    for model in ROWS.values():
        offered = formats_for(model, engine)
        assert offered[0].id == "native"
        assert len({choice.id for choice in offered}) == len(offered)
        for choice in offered:
            assert weight_layout(model, choice.id, engine).total_bytes > 0


def test_that_llama_cpp_s_recipes_are_offered_from_large_to_small() -> None:
    model = ROWS["llama-3.1-8b"]
    sizes = [
        weight_layout(model, choice.id, "llama.cpp").bits_per_weight
        for choice in formats_for(model, "llama.cpp")[1:]
    ]
    # Neighbours such as IQ4_NL and Q4_0 may be within a few hundredths of a bit.
    assert all(after < before + 0.06 for before, after in pairwise(sizes))


def test_that_a_layout_is_worked_out_once() -> None:
    model = ROWS["deepseek-v4-pro"]
    assert weight_layout(model, "q4_k_m", "llama.cpp") is weight_layout(
        model, "q4_k_m", "llama.cpp"
    )


@pytest.mark.parametrize("weights", ["native", "q4_k_m"])
def test_that_layers_that_are_alike_are_one_object(weights: str) -> None:
    layers = _layout("deepseek-v4-flash", weights).layers
    assert len({id(layer) for layer in layers}) == len(set(layers)) < len(layers) / 2
