import pytest

from moeplanner_gui.core.gguf_recipes import (
    BASE_TYPES,
    NEEDS_IMATRIX,
    is_quantisable,
    recipe_id,
    recipe_types,
)
from moeplanner_gui.core.gguf_types import GgmlType
from tests.core.reference import ROWS, reference

SIZES = reference("gguf_dry_run.json")["sizes"]
MODELS = sorted(SIZES.keys() & ROWS.keys())


def _data_bytes(model_id: str, recipe: str) -> int:
    """Tensor data without padding, which is what llama-quantize adds up."""
    return sum(
        tensor.elements // kind.block * kind.block_bytes
        for tensor, kind in recipe_types(ROWS[model_id].architecture, recipe)
    )


@pytest.mark.parametrize("model_id", MODELS)
def test_that_every_recipe_has_the_size_llama_quantize_reports(model_id: str) -> None:
    wrong = {
        recipe: (_data_bytes(model_id, recipe), sizes)
        for recipe, sizes in SIZES[model_id].items()
        if _data_bytes(model_id, recipe) != sizes[recipe in NEEDS_IMATRIX]
    }
    assert not wrong


def test_that_the_reference_covers_dense_moe_mla_tied_and_recurrent_models() -> None:
    assert {
        "llama-3.1-8b",
        "mixtral-8x7b",
        "deepseek-v3.2",
        "deepseek-v4-pro",
        "gemma-3-27b",
        "qwen3-next-80b-a3b",
        "gpt-oss-120b",
    } <= set(MODELS)


@pytest.mark.parametrize("recipe", sorted(BASE_TYPES))
def test_that_every_row_divides_into_blocks_of_its_type(recipe: str) -> None:
    for model in ROWS.values():
        for tensor, kind in recipe_types(model.architecture, recipe):
            if is_quantisable(tensor):
                assert tensor.shape[0] % kind.block == 0, (model.id, tensor.name, kind)


def test_that_recipes_are_found_in_any_case_and_by_their_short_names() -> None:
    assert recipe_id("Q4_K_M") == "q4_k_m"
    assert recipe_id("q4_k") == "q4_k_m"
    assert recipe_id("fp8") is None


def test_that_first_last_and_every_third_layer_get_more_bits_in_q4_k_m() -> None:
    types = {
        tensor.layer: kind
        for tensor, kind in recipe_types(ROWS["llama-3.1-8b"].architecture, "q4_k_m")
        if tensor.name == "ffn_down"
    }
    favoured = {layer for layer, kind in types.items() if kind is GgmlType.Q6_K}
    assert favoured == {0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31}
