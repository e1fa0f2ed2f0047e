import pytest

from moeplanner_gui.core.gguf_kept import is_quantisable
from moeplanner_gui.core.gguf_recipes import (
    BASE_TYPES,
    NEEDS_IMATRIX,
    can_be_made,
    recipe_id,
    recipe_types,
)
from moeplanner_gui.core.gguf_types import GgmlType
from tests.core.reference import ROWS, reference

SIZES: dict[str, dict[str, list[int]]] = {}
for _name in ("gguf_dry_run.json", "gguf_dry_run_more.json"):
    for _model, _sizes in reference(_name)["sizes"].items():
        SIZES.setdefault(_model, {}).update(_sizes)
MODELS = sorted(SIZES)


def _data_bytes(model_id: str, recipe: str, imatrix: bool) -> int:
    """Tensor data without padding, which is what llama-quantize adds up."""
    return sum(
        tensor.elements // kind.block * kind.block_bytes
        for tensor, kind in recipe_types(ROWS[model_id].architecture, recipe, imatrix=imatrix)
    )


@pytest.mark.parametrize("model_id", MODELS)
def test_that_every_recipe_has_the_size_llama_quantize_reports(model_id: str) -> None:
    wrong: dict[tuple[str, int], int] = {}
    for recipe, (plain, with_matrix) in SIZES[model_id].items():
        expected = with_matrix if recipe in NEEDS_IMATRIX else plain
        sizes = {_data_bytes(model_id, recipe, False): expected}
        if plain != with_matrix:
            sizes[_data_bytes(model_id, recipe, True)] = with_matrix
        wrong |= {(recipe, ours): theirs for ours, theirs in sizes.items() if ours != theirs}
    assert not wrong


def test_that_every_kind_of_architecture_is_in_the_reference() -> None:
    known = {ROWS[model_id].architecture.gguf_arch for model_id in MODELS}
    assert {model.architecture.gguf_arch for model in ROWS.values()} <= known


def test_that_an_importance_matrix_changes_some_recipes_and_not_others() -> None:
    def size(recipe: str, imatrix: bool) -> int:
        return _data_bytes("llama-3.1-8b", recipe, imatrix)

    assert size("q4_0", True) > size("q4_0", False)
    assert size("iq4_xs", True) < size("iq4_xs", False)
    assert size("q4_k_m", True) == size("q4_k_m", False)
    # It cannot be made without one.
    assert size("iq2_m", True) == size("iq2_m", False)


def test_that_the_reference_covers_dense_moe_mla_tied_and_recurrent_models() -> None:
    assert {
        "llama-3.1-8b",
        "mixtral-8x7b",
        "deepseek-v3.2",
        "deepseek-v4-pro",
        "gemma-3-27b",
        "qwen3-next-80b-a3b",
        "nemotron-3-super-120b-a12b",
        "kimi-k3",
        "glm-5.3-flash",
        "gpt-oss-120b",
    } <= set(MODELS)


@pytest.mark.parametrize("recipe", sorted(BASE_TYPES))
def test_that_every_row_divides_into_blocks_of_its_type(recipe: str) -> None:
    for model in ROWS.values():
        if not can_be_made(model.architecture, recipe):
            continue
        for tensor, kind in recipe_types(model.architecture, recipe):
            if is_quantisable(tensor, model.architecture):
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
