import json
from pathlib import Path
from typing import Any

import pytest

from moeplanner_gui.catalog.importers import ImportFailure, import_config, import_path
from moeplanner_gui.catalog.load import Catalog
from moeplanner_gui.core.tensors import (
    active_parameters,
    mtp_parameters,
    published_breakdown,
    total_parameters,
)

DATA = Path(__file__).resolve().parents[2] / "data"
CONFIGS = DATA / "configs"
COUNTS = json.loads((DATA / "parameter_counts.json").read_bytes())["models"]


def config_of(name: str) -> dict[str, Any]:
    return json.loads((CONFIGS / COUNTS[name]["config_file"]).read_bytes())


def test_that_every_published_configuration_has_a_count() -> None:
    assert {row["config_file"] for row in COUNTS.values()} == {p.name for p in CONFIGS.iterdir()}


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_that_a_configuration_gives_the_published_parameters_by_part(name: str) -> None:
    expected = COUNTS[name]
    model = import_config(config_of(name), name=name, source="test")
    assert total_parameters(model) == expected["total_params_language_main"]
    assert active_parameters(model) == expected["active_params_excl_input_embedding"]
    counted = dict(published_breakdown(model))
    # Published routers leave out the correction bias, which is a buffer of the model class.
    assert counted.pop("router_bias", 0) == expected["router_bias_buffers_included"]
    published = dict(expected["breakdown"])
    if "vision_config" not in config_of(name):
        published.pop("vision", None)
    assert counted == published


@pytest.mark.parametrize("name", sorted(n for n, row in COUNTS.items() if row.get("mtp_params")))
def test_that_prediction_layers_have_the_published_parameters(name: str) -> None:
    model = import_config(config_of(name), name=name, source="test")
    assert mtp_parameters(model) == COUNTS[name]["mtp_params"]


# The catalogue has no row of its own for this one.
WITHOUT_ROW = {"Qwen3-32B"}


@pytest.mark.parametrize("name", sorted(set(COUNTS) - WITHOUT_ROW))
def test_that_a_configuration_is_found_to_be_its_catalogue_row(name: str, shipped: Catalog) -> None:
    file = CONFIGS / COUNTS[name]["config_file"]
    imported = import_path(file, shipped)
    assert imported.matches is not None
    row = shipped.models[imported.matches]
    mine, theirs = imported.model.architecture, row.architecture
    assert mine.gguf_arch == theirs.gguf_arch
    assert mine.rope_factors == theirs.rope_factors
    assert mine.vision_parameters == theirs.vision_parameters
    assert total_parameters(imported.model) == total_parameters(row)
    assert published_breakdown(imported.model) == published_breakdown(row)
    if name != "GLM-4.6":  # whose prediction layer alone leaves out the copies of the embedding
        assert mine.mtp == theirs.mtp


@pytest.mark.parametrize(
    ("name", "label", "formats"),
    [
        ("Kimi-K2.6", "NVFP4 experts + BF16", {"routed_experts": "nvfp4"}),
        ("Gemma-4-31B", "NVFP4 + BF16", {"dense_ffn": "nvfp4"}),
        ("gpt-oss-120b", "MXFP4 experts + BF16", {"routed_experts": "mxfp4"}),
        (
            "Qwen3.6-35B-A3B",
            "FP8 + NVFP4",
            {
                "recurrent": "fp8_tensor",
                "attention": "fp8_tensor",
                "routed_experts": "nvfp4_weight",
                "shared_experts": "nvfp4_weight",
                "lm_head": "nvfp4_weight",
            },
        ),
    ],
)
def test_that_quantised_parts_and_those_left_out_are_told_apart(
    name: str, label: str, formats: dict[str, str]
) -> None:
    model = import_config(config_of(name), name=name, source="test")
    assert model.native_format == {"default": "bf16", **formats}
    assert model.native_label == label


@pytest.mark.parametrize(
    "name", ["DeepSeek-V3", "DeepSeek-V4-Flash", "DeepSeek-V4-Pro", "Kimi-K2-Instruct"]
)
def test_that_block_fp8_is_stored_as_in_the_catalogue(name: str, shipped: Catalog) -> None:
    model = import_config(config_of(name), name=name, source="test")
    assert model.native_format == shipped.models[name.lower()].native_format


LLAMA = {
    "model_type": "llama",
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_hidden_layers": 16,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "tie_word_embeddings": True,
    "torch_dtype": "bfloat16",
}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"hidden_size": 0}, "hidden_size"),
        ({"hidden_size": -2048}, "hidden_size"),
        ({"hidden_size": "2048"}, "hidden_size"),
        ({"hidden_size": float("nan")}, "hidden_size"),
        ({"hidden_size": True}, "hidden_size"),
        ({"hidden_size": 10**5000}, "hidden_size"),
        ({"num_hidden_layers": 10**9}, "num_hidden_layers"),
        ({"num_attention_heads": 0}, "num_attention_heads"),
        ({"num_key_value_heads": 7}, "num_key_value_heads"),
        ({"vocab_size": 10**12}, "vocab_size"),
        ({"intermediate_size": [8192]}, "intermediate_size"),
        ({"tie_word_embeddings": "no"}, "tie_word_embeddings"),
        ({"torch_dtype": 16}, "torch_dtype"),
        ({"quantization_config": {"quant_method": "aqlm"}}, "quantization_config.quant_method"),
        ({"quantization_config": []}, "quantization_config"),
        ({"model_type": "mamba9"}, "num_experts"),
        ({"mlp_bias": True}, "mlp_bias"),
    ],
)
def test_that_a_bad_field_is_refused_by_name(changes: dict[str, Any], field: str) -> None:
    config = {**LLAMA, **changes}
    if changes.get("model_type") == "mamba9":
        config["num_experts"] = 64
    with pytest.raises(ImportFailure) as caught:
        import_config(config, name="x", source="test")
    assert caught.value.field == field
    assert field.rsplit(".", 1)[-1] in str(caught.value)


def test_that_a_missing_key_means_what_transformers_takes_it_to_mean() -> None:
    bare = import_config({"model_type": "mistral4"}, name="x", source="test")
    assert total_parameters(bare) == COUNTS["Mistral-Small-4"]["total_params_language_main"]


def test_that_an_unknown_plain_decoder_is_read_and_says_so() -> None:
    config = {**LLAMA, "model_type": "newllama"}
    model = import_config(config, name="x", source="test")
    known = import_config(LLAMA, name="x", source="test")
    assert total_parameters(model) == total_parameters(known)
    assert "newllama" in model.verified_note


def test_that_an_unknown_decoder_with_a_strange_field_is_refused() -> None:
    with pytest.raises(ImportFailure) as caught:
        import_config(
            {**LLAMA, "model_type": "newllama", "ssm_state_size": 16}, name="x", source="test"
        )
    assert caught.value.field == "ssm_state_size"


@pytest.mark.parametrize("missing", ["num_key_value_heads", "vocab_size", "hidden_size"])
def test_that_an_unknown_decoder_with_a_gap_is_refused(missing: str) -> None:
    config = {**LLAMA, "model_type": "newllama"}
    del config[missing]
    with pytest.raises(ImportFailure) as caught:
        import_config(config, name="x", source="test")
    assert caught.value.field == missing


FAMILIES = json.loads((DATA / "family_counts.json").read_bytes())["models"]


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_that_every_family_has_the_parameters_of_its_reference_class(name: str) -> None:
    expected = FAMILIES[name]
    model = import_config(expected["config"], name=name, source="test")
    assert total_parameters(model) == expected["total"]
    assert published_breakdown(model).get("routed_experts", 0) == expected["routed_experts"]
    if "vision_config" in expected["config"]:
        assert model.architecture.vision_parameters == expected["vision"]


@pytest.mark.parametrize("name", ["GLM-4.6", "DeepSeek-V3", "GLM-5.2", "Qwen3.5-27B"])
def test_that_a_million_prediction_layers_are_refused(name: str) -> None:
    # Found by the fuzzer: each was listed tensor by tensor.
    config = json.loads(json.dumps(config_of(name)))
    place = config.get("text_config", config)
    field = "mtp_num_hidden_layers" if "text_config" in config else "num_nextn_predict_layers"
    place[field] = 10**6
    with pytest.raises(ImportFailure, match=field):
        import_config(config, name="x", source="test")


def test_that_an_empty_text_config_ends_in_a_sentence() -> None:
    # Found by the fuzzer: it was taken for one that is not there.
    for model_type in ("qwen3_5_moe", "gemma3", "step3p7", "what"):
        with pytest.raises(ImportFailure):
            import_config(
                {"model_type": model_type, "text_config": {}, "vision_config": []},
                name="x",
                source="test",
            )


@pytest.mark.parametrize(
    ("quantisation", "expected"),
    [
        ({"quant_method": "fp8", "weight_block_size": [128, 128]}, "fp8_f32"),
        ({"quant_method": "fp8"}, "fp8_tensor"),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "nvfp4"),
        ({"quant_method": "awq", "bits": 4, "group_size": 128}, "int4_g128"),
        ({"quant_method": "gptq", "bits": 4, "group_size": 32}, "int4_g32"),
        (
            {
                "quant_method": "compressed-tensors",
                "config_groups": {
                    "group_0": {
                        "targets": ["Linear"],
                        "weights": {"num_bits": 4, "type": "int", "group_size": 32},
                    }
                },
                "ignore": ["lm_head", "re:.*mlp.gate$"],
            },
            "int4_g32",
        ),
    ],
)
def test_that_usual_quantisations_are_stored_as_such(
    quantisation: dict[str, Any], expected: str
) -> None:
    config = {**LLAMA, "quantization_config": quantisation}
    model = import_config(config, name="x", source="test")
    assert model.native_format["attention"] == expected
    assert model.native_format["dense_ffn"] == expected
    assert model.native_format["default"] == "bf16"


def test_that_layers_that_differ_are_counted_as_the_larger() -> None:
    quantisation = {
        "quant_method": "modelopt",
        "quant_algo": "NVFP4",
        "ignore": ["model.layers.3.self_attn*", "lm_head"],
    }
    config = {**LLAMA, "quantization_config": quantisation}
    model = import_config(config, name="x", source="test")
    assert "attention" not in model.native_format
    assert model.native_format["dense_ffn"] == "nvfp4"
    assert "differently" in model.verified_note
