import pytest

from moeplanner_gui.core.gguf_types import GgmlType
from moeplanner_gui.core.gguf_variants import (
    VARIANTS,
    exists_for,
    file_types,
    has_fp4_experts,
    known_recipe,
)
from moeplanner_gui.core.plan import CustomWeights
from moeplanner_gui.core.weights import UnsupportedFormatError, formats_for, weight_layout
from tests.core.reference import ROWS, reference

SIZES: dict[str, dict[str, int]] = reference("gguf_dry_run_variants.json")["sizes"]


@pytest.mark.parametrize("model_id", sorted(SIZES))
def test_that_every_variant_has_the_size_llama_quantize_reports(model_id: str) -> None:
    for recipe, expected in SIZES[model_id].items():
        ours = sum(
            tensor.elements // kind.block * kind.block_bytes
            for tensor, kind in file_types(ROWS[model_id].architecture, recipe)
        )
        assert ours == expected, recipe


def test_that_every_variant_is_in_the_reference() -> None:
    assert set(VARIANTS) == {recipe for sizes in SIZES.values() for recipe in sizes}


def test_that_a_tied_embedding_is_the_head_too() -> None:
    kinds = {
        tensor.name: kind
        for tensor, kind in file_types(ROWS["gemma-3-27b"].architecture, "q4_k_l")
        if tensor.layer is None
    }
    assert kinds["token_embd"] is GgmlType.Q8_0
    assert "output" not in kinds


def test_that_variants_are_found_in_any_case() -> None:
    assert known_recipe("Q4_K_L") == "q4_k_l"
    assert known_recipe("q4_k") == "q4_k_m"
    assert known_recipe("Q9_Z") is None


def test_that_only_released_fp4_experts_can_be_kept() -> None:
    assert has_fp4_experts(ROWS["gpt-oss-20b"])
    assert has_fp4_experts(ROWS["deepseek-v4-pro"])
    assert not has_fp4_experts(ROWS["deepseek-v3"])
    assert not exists_for(ROWS["deepseek-v3"], "q4_k_m-mxfp4")
    with pytest.raises(UnsupportedFormatError, match="were not released in MXFP4"):
        weight_layout(ROWS["deepseek-v3"], "q4_k_m-mxfp4", "llama.cpp")


def test_that_gpt_oss_offers_what_its_published_files_are() -> None:
    ids = [choice.id for choice in formats_for(ROWS["gpt-oss-20b"], "llama.cpp")]
    assert {"q4_k_m-mxfp4", "q2_k-mxfp4"} <= set(ids)
    assert "q4_k_m-mxfp4" not in {c.id for c in formats_for(ROWS["glm-4.5"], "llama.cpp")}


def test_that_a_file_s_size_tells_whether_its_experts_were_kept() -> None:
    def label_note(size: int) -> str:
        weights = CustomWeights(recipe="Q4_K_M", file_bytes=size)
        return weight_layout(ROWS["gpt-oss-20b"], weights, "llama.cpp").note

    assert "Q4_K_M, experts MXFP4" in label_note(11_600_000_000)
    assert "experts" not in label_note(15_800_000_000)


DYNAMIC = reference("gguf_dynamic.json")["files"]


@pytest.mark.parametrize("file", DYNAMIC, ids=lambda f: f"{f['model']}-{f['name']}")
def test_that_a_dynamic_mix_says_what_it_is_taken_for(file: dict[str, object]) -> None:
    size = int(str(file["bytes"]))
    layout = weight_layout(
        ROWS[str(file["model"])],
        CustomWeights(recipe=str(file["name"]), file_bytes=size),
        "llama.cpp",
    )
    assert layout.total_bytes == size
    assert f"that of {file['taken_for']}" in layout.note
