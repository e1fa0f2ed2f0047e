"""Derivations of llama.cpp's cache and buffers for every kind of layer and option."""

from typing import Any

import pytest

from moeplanner_gui.core.derivation import Derivation
from moeplanner_gui.core.explain_engine import explain_cache, explain_compute
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.prepare import layout_of, prepare
from tests.core.rigs import CATALOG, bare_card, make_plan

CARD = bare_card(2**20)


def _derivation(model: str, **options: Any) -> tuple[Derivation, Derivation]:
    plan = make_plan(model, CARD, weights="q4_k_m", ram_gib=512, **options)
    prepared = prepare(plan, CATALOG)
    assert not isinstance(prepared.demand, Refusal)
    card = prepared.demand.devices_at(plan.workload.context_tokens)[0]
    return explain_cache(prepared, card, 0, "Cache"), explain_compute(prepared, card, 0, "Buffers")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("minimax-m3", "index keys"),
        ("nemotron-3-nano-30b-a3b", "of the state) × 4 B"),
        ("kimi-k3", "values of the convolution"),
        ("glm-5", "index keys"),
        ("gemma-4-31b", "of K as f16"),
    ],
)
def test_that_every_kind_of_layer_says_what_it_caches(model: str, words: str) -> None:
    cache, _ = _derivation(model)
    assert any(words in part.formula for part in cache.inputs)
    assert all(not part.value.startswith("0 ") for part in cache.inputs)


def test_that_full_windows_are_explained_at_their_length() -> None:
    cache, _ = _derivation("gemma-3-27b", swa_full=True)
    assert all("32,768 cells" in part.formula for part in cache.inputs)


def test_that_a_copied_cache_and_the_states_of_slots_are_named() -> None:
    _, away = _derivation("llama-3.1-8b", kv_offload=False)
    assert "copied from host memory" in away.formula
    _, hybrid = _derivation("qwen3-next-80b-a3b", sequences=32)
    assert any("States" in part.label for part in hybrid.inputs)


def test_that_the_tensor_a_batch_copies_is_named_only_where_it_is_copied() -> None:
    _, copied = _derivation("deepseek-v3", cpu_moe_layers=-1)
    tensor = copied.inputs[0]
    assert tensor.label == "Largest expert tensor in host memory"
    layout = layout_of(CATALOG.models["deepseek-v3"], "q4_k_m", "llama.cpp")
    largest = max(layer.largest_expert_tensor_bytes for layer in layout.layers)
    assert f"{largest:,} B" in tensor.value
    _, kept = _derivation("deepseek-v3", cpu_moe_layers=-1, op_offload=False)
    assert "copies here" not in kept.formula
    assert all("Largest expert" not in part.label for part in kept.inputs)
