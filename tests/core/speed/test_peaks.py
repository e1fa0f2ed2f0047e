"""Which unit of a card multiplies which weights, and how fast at most."""

import pytest

from moeplanner_gui.core.plan import CustomCard, CustomSlot
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.speed.peaks import Peaks, card_peaks, stored_as
from moeplanner_gui.core.speed.terms import Unknown
from tests.core.rigs import CATALOG, make_plan


def _peaks(model: str, card: str | CustomSlot, **options: object) -> Peaks | Unknown:
    plan = make_plan(model, card, **options)
    prepared = prepare(plan, CATALOG)
    assert prepared.layout is not None
    stored = stored_as(prepared.spec, prepared.layout)
    return card_peaks(plan, prepared.cards[0], stored, CATALOG)


def test_that_llama_cpp_uses_the_8_bit_unit_or_16_bit_sums() -> None:
    # GeForce: half of the INT8 rate is twice the listed 16-bit rate with 32-bit sums.
    found = _peaks("qwen3-30b-a3b", "rtx3090", weights="Q4_K_M")
    row = CATALOG.gpu("rtx3090")
    assert isinstance(found, Peaks)
    assert found.dense == (row.int8_dense_tops or 0) / 2 > (row.fp16_dense_tflops or 0)


@pytest.mark.parametrize(
    ("card", "weights", "unit"),
    [("h200", "fp8", "fp8"), ("rtx3090", "fp8", "fp16"), ("h200", "bf16", "fp16"),
     ("h200", "awq-int4", "fp16"), ("rtxpro6000", "nvfp4", "fp4"), ("h200", "nvfp4", "fp16")],
)  # fmt: skip
def test_that_vllm_takes_the_unit_of_the_format_where_the_card_has_it(
    card: str, weights: str, unit: str
) -> None:
    found = _peaks("llama-3.1-8b", card, weights=weights, engine="vllm")
    assert isinstance(found, Peaks)
    assert found.dense_unit == unit
    row = CATALOG.gpu(card)
    listed = {
        "fp16": row.fp16_dense_tflops,
        "fp8": row.fp8_dense_tflops,
        "fp4": row.fp4_dense_tflops,
    }
    assert found.dense == listed[unit]
    assert found.attention == row.fp16_dense_tflops


def test_that_v4_is_multiplied_in_8_bits_on_blackwell_and_widened_on_hopper() -> None:
    hopper = _peaks("deepseek-v4-flash", "h200", engine="vllm")
    blackwell = _peaks("deepseek-v4-flash", "b200", engine="vllm")
    assert isinstance(hopper, Peaks)
    assert isinstance(blackwell, Peaks)
    assert (hopper.dense_unit, hopper.expert_unit) == ("fp8", "fp16")
    assert (blackwell.dense_unit, blackwell.expert_unit) == ("fp8", "fp8")


def test_that_a_card_without_a_figure_has_no_peak_and_says_which() -> None:
    found = _peaks("qwen3-30b-a3b", "w7800-48", weights="Q4_K_M")
    assert isinstance(found, Unknown)
    assert "16-bit TFLOPS of Radeon PRO W7800" in found.sentence


def test_that_a_custom_card_needs_its_figure() -> None:
    bare = CustomCard(name="Board", memory_mib=65_536, bandwidth_gbs=900.0)
    known = bare.model_copy(update={"fp16_dense_tflops": 80.0})
    missing = _peaks("llama-3.1-8b", CustomSlot(custom=bare), weights="Q4_K_M")
    assert isinstance(missing, Unknown)
    assert "Board" in missing.sentence
    found = _peaks("llama-3.1-8b", CustomSlot(custom=known), weights="Q4_K_M")
    assert found == Peaks(80.0, 80.0, 80.0)


def test_that_16_bit_files_are_told_from_quantised_ones() -> None:
    for weights, wide in (("bf16", True), ("Q8_0", False), ("Q4_K_M", False)):
        prepared = prepare(make_plan("llama-3.1-8b", "rtx3090", weights=weights), CATALOG)
        assert prepared.layout is not None
        assert stored_as(prepared.spec, prepared.layout).wide is wide
