"""What cannot be divided by tensor and expert parallel."""

from __future__ import annotations

import pytest

from moeplanner_gui.core.tensor_parallel import division
from tests.core.rigs import CATALOG, make_plan


def _said(model: str, cards: int, **options: object) -> str | None:
    plan = make_plan(model, *["h200"] * cards, **options)
    return division(plan, CATALOG.model(model), cards)


@pytest.mark.parametrize(
    ("model", "tensor", "words"),
    [
        ("llama-3.3-70b", 3, "The 64 attention heads of Llama 3.3 70B"),
        ("qwen3-235b-a22b", 6, "The 64 attention heads"),
        ("gpt-oss-120b", 7, "The 64 attention heads"),
        ("deepseek-v3", 3, "The 128 attention heads"),
        ("qwen3-next-80b-a3b", 32, "The 16 "),
        ("deepseek-v4-flash", 16, "The 8 output groups"),
    ],
)
def test_that_what_does_not_divide_is_named(model: str, tensor: int, words: str) -> None:
    said = _said(model, tensor, engine="vllm", tensor_parallel=tensor)
    assert said is not None
    assert said.startswith(words)
    assert f"tensor parallel {tensor} in vLLM. Choose tensor parallel " in said


def test_that_kv_heads_may_be_repeated_on_more_ranks_than_there_are() -> None:
    assert _said("qwen3-235b-a22b", 8, engine="vllm", tensor_parallel=8) is None


def test_that_the_offered_size_divides() -> None:
    said = _said("llama-3.3-70b", 6, engine="vllm", tensor_parallel=6)
    assert said is not None
    assert said.endswith("Choose tensor parallel 2 and pipeline parallel 3.")
    assert _said("llama-3.3-70b", 6, engine="vllm", tensor_parallel=2, pipeline_parallel=3) is None


def test_that_sglang_wants_the_same_number_of_experts_on_every_rank() -> None:
    options = {"tensor_parallel": 2, "data_parallel": 3, "expert_parallel": True}
    said = _said("qwen3-235b-a22b", 6, engine="sglang", **options)
    assert said is not None
    assert "The 128 experts" in said
    assert _said("qwen3-235b-a22b", 6, engine="vllm", **options) is None


def test_that_llama_cpp_divides_layers_and_not_heads() -> None:
    assert _said("llama-3.3-70b", 3, tensor_parallel=3) is None
