from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.core.model import Architecture
from moeplanner_gui.core.tensors import (
    NOT_PARAMETERS,
    Part,
    active_parameters,
    gguf_tensors,
    model_tensors,
    mtp_parameters,
    parameter_breakdown,
    published_breakdown,
    total_parameters,
)
from tests.core.reference import COUNTS, IDS, ROWS, reference


def test_that_every_catalogue_model_has_a_reference_count() -> None:
    assert set(IDS) <= set(COUNTS)


@pytest.mark.parametrize("model_id", IDS)
def test_that_parameters_by_part_equal_the_reference_implementation(model_id: str) -> None:
    counted = {str(part): n for part, n in parameter_breakdown(ROWS[model_id]).items()}
    assert counted.pop("router_bias", 0) == COUNTS[model_id]["router_bias"]
    assert counted == COUNTS[model_id]["breakdown"]


@pytest.mark.parametrize("model_id", IDS)
def test_that_total_active_and_prediction_parameters_equal_the_reference(model_id: str) -> None:
    model, expected = ROWS[model_id], COUNTS[model_id]
    assert total_parameters(model) == expected["total"]
    assert active_parameters(model) == expected["active"]
    assert mtp_parameters(model) == expected["mtp"]
    assert model.architecture.vision_parameters == expected["vision"]


@pytest.mark.parametrize("model_id", IDS)
def test_that_the_breakdown_sums_to_the_total(model_id: str) -> None:
    model = ROWS[model_id]
    assert sum(parameter_breakdown(model).values()) == total_parameters(model)


@pytest.mark.parametrize("model_id", IDS)
def test_that_tensor_names_are_unique_and_layers_complete(model_id: str) -> None:
    architecture = ROWS[model_id].architecture
    tensors = model_tensors(architecture)
    names = [tensor.gguf_name for tensor in tensors]
    assert len(names) == len(set(names))
    mtp_layers = architecture.mtp.layers if architecture.mtp else 0
    mtp_layers += architecture.drafter_bytes > 0
    layers = {tensor.layer for tensor in tensors} - {None}
    assert layers == set(range(architecture.layers + mtp_layers))


PUBLISHED = reference("parameter_counts.json")["models"]
PUBLISHED_IDS = sorted(name for name in PUBLISHED if name.lower() in ROWS)


@pytest.mark.parametrize("name", PUBLISHED_IDS)
def test_that_the_published_vocabulary_gives_the_published_counts(name: str) -> None:
    expected = dict(PUBLISHED[name]["breakdown"])
    expected["router_bias"] = PUBLISHED[name]["router_bias_buffers_included"]
    counted = published_breakdown(ROWS[name.lower()])
    assert counted == {part: count for part, count in expected.items() if count}


def test_that_kimi_k3_has_every_parameter_of_its_checkpoint() -> None:
    k3 = ROWS["kimi-k3"]
    published = reference("parameter_counts.json")["analytic"]["Kimi-K3"]["hf_logical_total"]
    assert total_parameters(k3) + k3.architecture.vision_parameters == published


def test_that_nemotron_super_and_its_prediction_layer_are_the_published_elements() -> None:
    # The published count is of BF16 elements: the correction biases are not in it.
    nemotron = ROWS["nemotron-3-super-120b-a12b"]
    biases = sum(
        t.elements for t in model_tensors(nemotron.architecture) if t.part is Part.ROUTER_BIAS
    )
    total = total_parameters(nemotron) + mtp_parameters(nemotron)
    assert total - biases == 123_611_012_096


@pytest.mark.parametrize(
    ("model_id", "published"),
    [("deepseek-v4-flash-0731", 304_180_418_494), ("deepseek-v4-pro-0813", 1_650_497_936_906)],
)
def test_that_a_drafter_is_what_the_published_elements_leave(model_id: str, published: int) -> None:
    model = ROWS[model_id]
    tables = sum(t.elements for t in model_tensors(model.architecture) if t.part is Part.HASH_TABLE)
    assert total_parameters(model) + mtp_parameters(model) + tables == published


def test_that_gguf_files_hold_one_decay_a_head_and_no_gains_of_the_residuals() -> None:
    k3 = ROWS["kimi-k3"].architecture
    in_checkpoint = {t.gguf_name: t.shape for t in model_tensors(k3)}
    in_gguf = {t.gguf_name: t.shape for t in gguf_tensors(k3)}
    assert (in_checkpoint["blk.0.ssm_a"], in_gguf["blk.0.ssm_a"]) == ((128,), (96,))
    assert "blk.0.attn_res_norm.weight" in in_checkpoint
    assert "blk.0.attn_res_norm.weight" not in in_gguf


def _gguf_names(model_id: str) -> set[str]:
    return {t.gguf_name for t in gguf_tensors(ROWS[model_id].architecture)}


@pytest.mark.parametrize(
    ("model_id", "name"),
    [
        ("deepseek-v4-flash", "output_hc_fn.weight"),
        ("deepseek-v4-flash", "blk.2.attn_compressor_kv.weight"),
        ("deepseek-v4-flash", "blk.2.indexer_compressor_ape.weight"),
        ("gpt-oss-120b", "blk.0.post_attention_norm.weight"),
        ("qwen3.5-27b", "blk.0.ssm_alpha.weight"),
        ("qwen3-next-80b-a3b", "blk.0.ssm_ba.weight"),
        ("gemma-4-31b", "blk.59.layer_output_scale.weight"),
        ("gemma-4-26b-a4b", "blk.0.pre_ffw_norm_2.weight"),
        ("nemotron-3-super-120b-a12b", "blk.88.post_attention_norm.weight"),
        ("nemotron-3-super-120b-a12b", "blk.1.ffn_latent_down.weight"),
        ("kimi-k3", "blk.1.ffn_routed_norm.weight"),
        ("kimi-k3", "output_res_score.weight"),
        ("minimax-m3", "blk.3.indexer.k_proj.weight"),
        ("step-3.7-flash", "blk.0.attn_gate.weight"),
    ],
)
def test_that_tensors_have_the_names_llama_cpp_looks_for(model_id: str, name: str) -> None:
    assert name in _gguf_names(model_id)


@pytest.mark.parametrize("model_id", IDS)
def test_that_names_in_a_gguf_file_are_unique(model_id: str) -> None:
    assert len(_gguf_names(model_id)) == len(gguf_tensors(ROWS[model_id].architecture))


def test_that_a_hash_table_takes_memory_but_counts_no_parameters() -> None:
    flash = ROWS["deepseek-v4-flash"]
    tables = [t for t in model_tensors(flash.architecture) if t.part is Part.HASH_TABLE]
    assert [t.layer for t in tables] == [0, 1, 2]
    assert sum(t.elements for t in tables) == 2_327_040
    assert Part.HASH_TABLE in NOT_PARAMETERS
    assert Part.HASH_TABLE not in parameter_breakdown(flash)


def test_that_hash_routed_layers_have_no_router_bias() -> None:
    tensors = model_tensors(ROWS["deepseek-v4-flash"].architecture)
    biased = {t.layer for t in tensors if t.part is Part.ROUTER_BIAS and not t.mtp}
    assert biased == set(range(3, 43))


def test_that_a_tied_head_is_listed_once() -> None:
    gemma = ROWS["gemma-3-27b"].architecture
    assert not [t for t in model_tensors(gemma) if t.part is Part.LM_HEAD]


def test_that_gguf_files_hold_the_cut_vocabulary() -> None:
    gemma = ROWS["gemma-3-27b"].architecture
    embedding = next(t for t in gguf_tensors(gemma) if t.name == "token_embd")
    assert embedding.shape == (5376, 262_144)


@pytest.mark.parametrize(
    ("model_id", "kept"),
    [("deepseek-v3", False), ("deepseek-v4-flash", False), ("glm-4.5-air", True)],
)
def test_that_gguf_files_hold_the_prediction_layers_the_converter_keeps(
    model_id: str, kept: bool
) -> None:
    assert any(t.mtp for t in gguf_tensors(ROWS[model_id].architecture)) is kept


_SMALL = st.integers(min_value=1, max_value=8)


@given(
    layers=_SMALL,
    heads=_SMALL,
    kv_heads=_SMALL,
    experts=st.integers(min_value=2, max_value=16),
    top_k=st.integers(min_value=1, max_value=2),
    shared=st.integers(min_value=0, max_value=2),
    tied=st.booleans(),
)
def test_that_active_parameters_are_all_but_idle_experts_and_the_embedding(
    layers: int, heads: int, kv_heads: int, experts: int, top_k: int, shared: int, tied: bool
) -> None:
    architecture = Architecture.model_validate(
        {
            "gguf_arch": "llama",
            "hidden_size": 64,
            "layers": layers,
            "vocab_size": 100,
            "tied_embeddings": tied,
            "attention": {
                "a": {"kind": "gqa", "heads": heads, "kv_heads": kv_heads, "head_dim": 8}
            },
            "attention_pattern": {"cycle": ("a",)},
            "ffn": {
                "m": {
                    "kind": "moe",
                    "experts": experts,
                    "top_k": top_k,
                    "width": 32,
                    "shared_experts": shared,
                }
            },
            "ffn_pattern": {"cycle": ("m",)},
        }
    )
    model = ROWS["mixtral-8x7b"].model_copy(
        update={"id": repr(architecture), "architecture": architecture}
    )
    idle = (experts - top_k) * 3 * 64 * 32 * layers
    embedding = 0 if tied else prod((64, 100))
    assert active_parameters(model) == total_parameters(model) - idle - embedding
