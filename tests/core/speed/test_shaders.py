"""What a card's shaders do beside reading: unpacking, attention, the streams of DeepSeek V4."""

from __future__ import annotations

import pytest

from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.speed.traffic import shader_tflops
from tests.core.rigs import CATALOG
from tests.core.speed.test_decode import plan, rate


def test_that_fewer_shaders_at_the_same_bandwidth_are_slower_and_most_for_v4() -> None:
    def slower(model: str) -> float:
        few, many = (rate(plan(model, [card])) for card in ("jetson-thor", "gb10"))
        return few / many

    assert 0.5 < slower("deepseek-v4-flash") < slower("llama-3.1-8b") < 1.0


def test_that_shaders_slow_a_long_context_more_than_a_short_one() -> None:
    def slower(depth: int) -> float:
        few, many = (
            rate(plan("llama-3.1-8b", [card], context_tokens=131072), depth)
            for card in ("jetson-thor", "gb10")
        )
        return few / many

    assert slower(131072) < slower(64)


def test_that_shaders_nobody_gave_are_taken_from_the_bandwidth() -> None:
    row: GpuSpec = CATALOG.gpu("rtx4090")
    assert shader_tflops(row, 1010.0) == row.fp32_tflops
    unknown = row.model_copy(update={"fp32_tflops": None})
    assert shader_tflops(unknown, 1000.0) == pytest.approx(35.0)
    assert shader_tflops(unknown, 8000.0) == pytest.approx(60.0)
    apple = CATALOG.gpu("m3ultra-80c")
    assert shader_tflops(apple, 819.0) == apple.fp16_dense_tflops
