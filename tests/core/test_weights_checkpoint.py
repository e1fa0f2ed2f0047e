import fnmatch
import json
from typing import Any

import pytest

from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.tensors import Part, Tensor, model_tensors
from moeplanner_gui.core.weights_checkpoint import (
    checkpoint_storage,
    is_matrix,
    native_storage,
    storage_bytes,
)
from tests.core.reference import DATA, ROWS

_ATTENTION_MODULES = {
    "attn_q": "q_proj",
    "attn_k": "k_proj",
    "attn_v": "v_proj",
    "attn_output": "o_proj",
    "attn_q_a": "q_a_proj",
    "attn_q_b": "q_b_proj",
    "attn_kv_a_mqa": "kv_a_proj_with_mqa",
    "attn_k_b": "kv_b_proj",
    "attn_v_b": "kv_b_proj",
}
_LINEAR_ATTENTION_MODULES = {
    "attn_qkv": "in_proj_qkv",
    "attn_gate": "in_proj_z",
    "ssm_out": "out_proj",
    "ssm_ba": "in_proj_b",
}


def _module(tensor: Tensor, prefix: str) -> str | None:
    """The module of a matrix in the published checkpoints of these three models."""
    if tensor.name == "output":
        return "lm_head" if prefix == "model.language_model." else "language_model.lm_head"
    if tensor.layer is None or not is_matrix(tensor) or tensor.mtp:
        return None
    layer = f"{prefix}layers.{tensor.layer}."
    if tensor.part is Part.ATTENTION:
        return f"{layer}self_attn.{_ATTENTION_MODULES[tensor.name]}"
    if tensor.part is Part.RECURRENT and tensor.name in _LINEAR_ATTENTION_MODULES:
        return f"{layer}linear_attn.{_LINEAR_ATTENTION_MODULES[tensor.name]}"
    role = tensor.name.removeprefix("ffn_").split("_")[0]
    if tensor.part is Part.ROUTED_EXPERTS:
        return f"{layer}mlp.experts"
    if tensor.part is Part.SHARED_EXPERTS:
        # One shared expert is a module of its own, several are one wider module.
        single = "shared_expert" if prefix == "model.language_model." else "shared_experts"
        return f"{layer}mlp.{single}.{role}_proj"
    if tensor.part is Part.DENSE_FFN:
        return f"{layer}mlp.{role}_proj"
    return None


def _published(config: dict[str, Any], module: str | None) -> str:
    """How a published checkpoint stores a module: by its list, or by what it leaves out."""
    quantisation = config["quantization_config"]
    if module is None:
        return "plain"
    listed = quantisation.get("quantized_layers")
    if listed is not None:
        algorithm = listed.get(module, {}).get("quant_algo")
        return {"FP8": "fp8_tensor", "W4A16_NVFP4": "nvfp4_weight", None: "plain"}[algorithm]
    ignored = any(fnmatch.fnmatchcase(module, pattern) for pattern in quantisation["ignore"])
    return "plain" if ignored else "nvfp4"


@pytest.mark.parametrize(
    ("model_id", "file", "prefix"),
    [
        ("kimi-k2.6", "nvidia--Kimi-K2.6-NVFP4.json", "language_model.model."),
        ("gemma-4-31b", "nvidia--Gemma-4-31B-IT-NVFP4.json", "model.language_model."),
        ("qwen3.6-35b-a3b", "nvidia--Qwen3.6-35B-A3B-NVFP4.json", "model.language_model."),
    ],
)
def test_that_nvfp4_quantises_the_modules_its_published_configuration_names(
    model_id: str, file: str, prefix: str
) -> None:
    config = json.loads((DATA / "configs" / file).read_text(encoding="utf-8"))
    model = ROWS[model_id]
    wrong = set()
    for tensor in model_tensors(model.architecture):
        storage = checkpoint_storage(model, tensor, "nvfp4")
        ours = storage if storage in ("nvfp4", "nvfp4_weight", "fp8_tensor") else "plain"
        theirs = _published(config, _module(tensor, prefix))
        if ours != theirs:
            wrong.add((tensor.name, ours, theirs))
    assert not wrong


# Bits of a weight in a large matrix, scales and zero points included.
@pytest.mark.parametrize(
    ("storage", "bits"),
    [
        ("bf16", 16),
        ("fp8_f32", 8.001953125),
        ("fp8_e8m0", 8.00048828125),
        ("fp4_e8m0", 4.25),
        ("mxfp4", 4.25),
        ("int4_g32", 4.5),
        ("int4_g128", 4.15625),
        ("nvfp4", 4.5),
        ("nvfp4_weight", 4.5),
        ("fp8_tensor", 8),
    ],
)
def test_that_a_large_matrix_takes_the_bits_of_its_format(storage: str, bits: float) -> None:
    matrix = Tensor("attn_q", Part.ATTENTION, 0, (8192, 8192))
    # One scale a matrix is within a millionth of a bit.
    assert 8 * storage_bytes(matrix, storage) / matrix.elements == pytest.approx(bits, abs=2e-6)


def test_that_a_block_at_the_edge_has_a_scale_of_its_own() -> None:
    odd = Tensor("attn_kv_a_mqa", Part.ATTENTION, 0, (7168, 576))
    assert storage_bytes(odd, "fp8_f32") == 7168 * 576 + 4 * 56 * 5


@pytest.mark.parametrize("format_id", ["fp8", "nvfp4", "mxfp4", "awq-int4", "gptq-int4"])
def test_that_only_matrices_are_ever_requantised(format_id: str) -> None:
    def kept(model: ModelSpec, tensor: Tensor) -> bool:
        return checkpoint_storage(model, tensor, format_id) in ("bf16", "f16", "f32", "i64")

    for model in ROWS.values():
        for tensor in model_tensors(model.architecture):
            if not is_matrix(tensor) or tensor.part in (Part.ROUTER, Part.TOKEN_EMBD):
                assert kept(model, tensor), (model.id, tensor.name)


def test_that_vectors_of_a_quantised_part_stay_as_they_are() -> None:
    for model in ROWS.values():
        for tensor in model_tensors(model.architecture):
            if len(tensor.shape) == 1:
                assert native_storage(model, tensor) in ("bf16", "f16", "f32", "i64")
