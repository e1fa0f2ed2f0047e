import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.derivation import Confidence
from moeplanner_gui.core.entries import Entries
from moeplanner_gui.core.model import FileLayer, ModelSpec, WeightFile
from moeplanner_gui.core.tensors import Part
from moeplanner_gui.core.weights import (
    LayerWeights,
    UnsupportedFormatError,
    WeightLayout,
    formats_for,
    weight_layout,
)
from tests.core.reference import ROWS
from tests.core.rigs import CATALOG, make_plan


def _file_layers(layers: tuple[LayerWeights, ...]) -> tuple[FileLayer, ...]:
    return tuple(
        FileLayer(
            routed_experts_bytes=x.routed_experts_bytes,
            other_bytes=x.other_bytes,
            largest_expert_tensor_bytes=x.largest_expert_tensor_bytes,
        )
        for x in layers
    )


def _as_file(layout: WeightLayout, container: str, file_id: str = "My-File") -> WeightFile:
    return WeightFile.model_validate(
        {
            "id": file_id,
            "label": "model-Q4_K_M.gguf",
            "container": container,
            "file_bytes": layout.total_bytes + 9_000_000,
            "token_embd_bytes": layout.token_embd_bytes,
            "output_bytes": layout.output_bytes,
            "tied_head_bytes": layout.tied_head_bytes,
            "other_bytes": layout.other_bytes,
            "layers": _file_layers(layout.layers),
            "mtp": _file_layers(layout.mtp),
            "bytes_by_part": {part.value: size for part, size in layout.bytes_by_part},
        }
    )


def _with_file(model_id: str, weights: str, engine: str) -> tuple[ModelSpec, WeightLayout]:
    model = ROWS[model_id]
    layout = weight_layout(model, weights, engine)
    container = "gguf" if engine == "llama.cpp" else "safetensors"
    return model.model_copy(update={"files": (_as_file(layout, container),)}), layout


@pytest.mark.parametrize(
    ("model_id", "weights", "engine"),
    [
        ("deepseek-v4-flash", "iq4_xs", "llama.cpp"),
        ("gemma-3-27b", "q4_k_m", "llama.cpp"),
        ("glm-4.5-air", "native", "vllm"),
        ("gemma-4-31b", "nvfp4", "vllm"),
    ],
)
def test_that_a_file_s_own_bytes_are_used_and_are_exact(
    model_id: str, weights: str, engine: str
) -> None:
    model, layout = _with_file(model_id, weights, engine)
    from_file = weight_layout(model, "My-File", engine)
    assert from_file.confidence is Confidence.EXACT
    for field in (
        "total_bytes",
        "bits_per_weight",
        "token_embd_bytes",
        "output_bytes",
        "tied_head_bytes",
        "other_bytes",
        "layers",
        "mtp",
        "bytes_by_part",
    ):
        assert getattr(from_file, field) == getattr(layout, field), field


@pytest.mark.parametrize(
    ("engine", "container", "loads"),
    [
        ("llama.cpp", "gguf", True),
        ("ktransformers", "gguf", True),
        ("vllm", "gguf", False),
        ("sglang", "gguf", False),
        ("llama.cpp", "safetensors", False),
        ("ktransformers", "safetensors", True),
        ("vllm", "safetensors", True),
        ("sglang", "safetensors", True),
    ],
)
def test_that_a_file_is_for_the_engines_that_read_its_container(
    engine: str, container: str, loads: bool
) -> None:
    plain = weight_layout(ROWS["llama-3.1-8b"], "q4_k_m", "llama.cpp")
    model = ROWS["llama-3.1-8b"].model_copy(update={"files": (_as_file(plain, container),)})
    offered = [choice.id for choice in formats_for(model, engine)]
    if loads:
        assert offered[:2] == ["native", "My-File"]
        assert weight_layout(model, "my-file", engine).total_bytes == plain.total_bytes
        return
    assert "My-File" not in offered
    with pytest.raises(UnsupportedFormatError, match="model-Q4_K_M") as refused:
        weight_layout(model, "My-File", engine)
    assert str(refused.value).endswith("and KTransformers do.")


def test_that_a_file_named_like_a_recipe_comes_before_the_recipe() -> None:
    model = ROWS["llama-3.1-8b"]
    small = weight_layout(model, "q2_k", "llama.cpp")
    model = model.model_copy(update={"files": (_as_file(small, "gguf", "q4_k_m"),)})
    assert weight_layout(model, "Q4_K_M", "llama.cpp").total_bytes == small.total_bytes


def test_that_parts_without_a_name_do_not_go_missing() -> None:
    plain = weight_layout(ROWS["llama-3.1-8b"], "q4_k_m", "llama.cpp")
    file = _as_file(plain, "gguf").model_copy(
        update={"bytes_by_part": {"attention": 1_000, "something new": 5}}
    )
    model = ROWS["llama-3.1-8b"].model_copy(update={"files": (file,)})
    parts = dict(weight_layout(model, "My-File", "llama.cpp").bytes_by_part)
    assert sum(parts.values()) == plain.total_bytes
    assert parts[Part.ATTENTION] == 1_000


def test_that_a_file_larger_than_the_checkpoint_says_so() -> None:
    model, _ = _with_file("deepseek-v4-flash", "q8_0", "llama.cpp")
    assert "gains nothing" in weight_layout(model, "My-File", "llama.cpp").note


def test_that_a_file_cannot_stand_in_for_the_release() -> None:
    model = ROWS["llama-3.1-8b"]
    small = weight_layout(model, "q2_k", "llama.cpp")
    model = model.model_copy(update={"files": (_as_file(small, "gguf", "native"),)})
    assert weight_layout(model, "native", "llama.cpp").total_bytes > small.total_bytes
    ids = [choice.id for choice in formats_for(model, "llama.cpp")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("model_id", "weights", "engine"),
    [("glm-4.5-air", "q4_k_m", "llama.cpp"), ("deepseek-v3", "native", "vllm")],
)
def test_that_a_rig_holds_a_file_like_the_format_it_equals(
    model_id: str, weights: str, engine: str
) -> None:
    model, _ = _with_file(model_id, weights, engine)
    catalog = CATALOG.with_entries(Entries(models=(model,)))
    ranks = 8 if engine == "vllm" else 1

    def used(chosen: str) -> list[int]:
        plan = make_plan(
            model_id, *["h200"] * 8, weights=chosen, engine=engine, tensor_parallel=ranks
        )
        return [device.used_bytes for device in evaluate(plan, catalog).devices]

    assert used("My-File") == used(weights)
    assert max(used(weights)) > 5 * 2**30
