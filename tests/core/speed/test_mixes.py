"""What an actual file keeps outside the experts, where its size is not its recipe's own."""

from __future__ import annotations

import pytest

from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.core.plan import CustomWeights
from moeplanner_gui.core.speed.mixes import Mix, mix_of
from moeplanner_gui.core.weights import weight_layout


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def mix(catalog: Catalog, model_id: str, recipe: str, file_bytes: int | None) -> Mix:
    spec = catalog.model(model_id)
    weights = recipe if file_bytes is None else CustomWeights(recipe=recipe, file_bytes=file_bytes)
    return mix_of(spec, weight_layout(spec, weights, "llama.cpp"))


def own_bytes(catalog: Catalog, model_id: str, recipe: str) -> int:
    return weight_layout(catalog.model(model_id), recipe, "llama.cpp").total_bytes


def test_that_a_file_of_the_recipes_own_size_is_the_recipe(catalog: Catalog) -> None:
    own = own_bytes(catalog, "qwen3-30b-a3b", "q4_k_m")
    plain = mix(catalog, "qwen3-30b-a3b", "q4_k_m", None)
    assert mix(catalog, "qwen3-30b-a3b", "q4_k_m", int(own * 1.015)).dense_scale == 1.0
    assert plain.dense_scale == 1.0


@pytest.mark.parametrize("share", [1.2, 1.25])
def test_that_a_file_of_another_size_keeps_eight_bits_outside_the_experts(
    catalog: Catalog, share: float
) -> None:
    own = own_bytes(catalog, "deepseek-v4-flash", "iq2_xxs")
    found = mix(catalog, "deepseek-v4-flash", "iq2_xxs", int(own * share))
    assert found.dense_width == pytest.approx(8.5 / 8)
    assert 0.5 <= found.expert_scale < 1


def test_that_a_slightly_larger_file_keeps_there_only_what_it_has_over_the_recipe(
    catalog: Catalog,
) -> None:
    own = own_bytes(catalog, "deepseek-v4-flash", "iq2_xxs")
    found = mix(catalog, "deepseek-v4-flash", "iq2_xxs", int(own * 1.03))
    assert 1.0 < found.dense_scale < 8.5 / 8 / found.dense_width * found.dense_scale
