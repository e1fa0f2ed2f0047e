"""How a published safetensors checkpoint stores each tensor, and in how many bytes.

Knows the storage formats of checkpoints that vLLM and SGLang load: those of the model's own
release and the usual re-quantised ones. Knows no GGUF types.

Layouts: DeepSeek's FP8 (128 x 128 blocks with an F32 or an E8M0 scale), OCP MXFP4 (blocks of
32 with an E8M0 scale), compressed-tensors INT4 (groups of 32 with a BF16 scale), AWQ and GPTQ
(groups of 128 with an F16 scale and a 4-bit zero), NVFP4 (groups of 16 with an FP8 scale, one
F32 per matrix and one for its input). Read from the formats' definitions and from published
configurations, 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from moeplanner_gui.core.model import GqaAttention, ModelSpec
from moeplanner_gui.core.tensors import Part, Tensor
from moeplanner_gui.core.units import ceil_div

_PLAIN_BYTES = {"bf16": 2, "f16": 2, "f32": 4, "i64": 8}

# Matrices that the re-quantised releases of all families leave as they are.
_SMALL = ("indexer.proj", "ssm_ba", "ssm_beta", "ssm_conv1d", "ssm_f_", "ssm_g_")
_LINEAR = frozenset(
    {
        Part.ATTENTION,
        Part.INDEXER,
        Part.ROUTED_EXPERTS,
        Part.SHARED_EXPERTS,
        Part.DENSE_FFN,
        Part.RECURRENT,
    }
)


def _matrix(tensor: Tensor) -> tuple[int, int, int]:
    """Inputs, outputs and the number of equal matrices, as the checkpoint stores them."""
    shape = tensor.shape
    if tensor.name == "attn_k_b":  # GGUF files hold it transposed and cut by head
        return shape[1], shape[0] * shape[2], 1
    if tensor.name == "attn_v_b":
        return shape[0], shape[1] * shape[2], 1
    return shape[0], shape[1], prod(shape[2:])


def _blocks_128(tensor: Tensor) -> int:
    inputs, outputs, count = _matrix(tensor)
    return ceil_div(inputs, 128) * ceil_div(outputs, 128) * count


def _groups(tensor: Tensor, size: int) -> int:
    inputs, outputs, count = _matrix(tensor)
    return ceil_div(inputs, size) * outputs * count


def _nvfp4(tensor: Tensor) -> int:
    return _nvfp4_weight(tensor) + 4 * _matrix(tensor)[2]


def _nvfp4_weight(tensor: Tensor) -> int:
    return tensor.elements // 2 + _groups(tensor, 16) + 4 * _matrix(tensor)[2]


def _fp8_tensor(tensor: Tensor) -> int:
    # One F32 scale of the weights and one of the inputs.
    return tensor.elements + 8 * _matrix(tensor)[2]


def _int4_g128(tensor: Tensor) -> int:
    # A group has 2 bytes of scale and half a byte of zero point.
    return tensor.elements // 2 + _groups(tensor, 128) * 5 // 2


_QUANTISED: dict[str, Callable[[Tensor], int]] = {
    "fp8_f32": lambda t: t.elements + 4 * _blocks_128(t),
    "fp8_e8m0": lambda t: t.elements + _blocks_128(t),
    "fp4_e8m0": lambda t: t.elements // 2 + _groups(t, 32),
    "mxfp4": lambda t: t.elements // 2 + _groups(t, 32),
    "int4_g32": lambda t: t.elements // 2 + 2 * _groups(t, 32),
    "int4_g128": _int4_g128,
    "nvfp4": _nvfp4,
    "nvfp4_weight": _nvfp4_weight,
    "fp8_tensor": _fp8_tensor,
}

STORAGE_NAMES = frozenset(_PLAIN_BYTES) | frozenset(_QUANTISED)


def is_matrix(tensor: Tensor) -> bool:
    """False for gains, biases and other vectors, also where they are stacked by expert."""
    return (
        len(tensor.shape) >= 2
        and tensor.gguf_name.endswith(".weight")
        and not tensor.name.endswith("_norm")
    )


def native_storage(model: ModelSpec, tensor: Tensor) -> str:
    """The storage of a tensor in the published checkpoint.

    ``native_format`` is looked up by the tensor's own name, then by its part, then by
    ``default``. Vectors of a quantised part are BF16 unless they are named themselves.
    """
    formats = model.native_format
    by_name = formats.get(tensor.name)
    if by_name is not None:
        return by_name
    storage = formats.get(tensor.part.value, formats["default"])
    if storage in _QUANTISED and not is_matrix(tensor):
        return "bf16"
    return storage


def has_quantised_storage(model: ModelSpec) -> bool:
    """True when the release itself stores weights in fewer than 16 bits."""
    return any(storage in _QUANTISED for storage in model.native_format.values())


def _converted(model: ModelSpec, tensor: Tensor, target: str, parts: frozenset[Part]) -> str:
    """``target`` for the matrices of ``parts``; what was quantised otherwise becomes BF16."""
    if tensor.part in parts and is_matrix(tensor) and not tensor.name.startswith(_SMALL):
        return target
    storage = native_storage(model, tensor)
    return "bf16" if storage in _QUANTISED else storage


_ROUTED = frozenset({Part.ROUTED_EXPERTS})
_FFN = frozenset({Part.ROUTED_EXPERTS, Part.SHARED_EXPERTS, Part.DENSE_FFN})
# nvidia/Qwen3.6-35B-A3B-NVFP4 is a mixture: both kinds of attention in FP8 with one scale a
# matrix, every expert and the head in NVFP4 without scales for their inputs.
_FP8_AND_NVFP4 = frozenset({"qwen3.6-35b-a3b"})
_NVFP4_WEIGHT_ONLY = frozenset({Part.ROUTED_EXPERTS, Part.SHARED_EXPERTS, Part.LM_HEAD})
_FP8_ATTENTION = frozenset({Part.ATTENTION, Part.RECURRENT})


def _nvfp4_parts(model: ModelSpec) -> frozenset[Part]:
    """What published NVFP4 checkpoints quantise, by the modules their configurations ignore.

    With latent attention the routed experts only (nvidia/Kimi-K2.6-NVFP4), and so in hybrids
    (nvidia's Qwen3.5-397B-A17B); Gemma 4 keeps its attention (nvidia/Gemma-4-31B-IT-NVFP4);
    otherwise every linear layer but the head and the router (llm-compressor's NVFP4 recipe).
    """
    blocks = model.architecture.attention.values()
    if model.is_moe and not all(isinstance(b, GqaAttention) for b in blocks):
        return _ROUTED
    return _FFN if model.architecture.gguf_arch == "gemma4" else _FFN | {Part.ATTENTION}


def _nvfp4_storage(model: ModelSpec, tensor: Tensor) -> str:
    if model.id not in _FP8_AND_NVFP4:
        return _converted(model, tensor, "nvfp4", _nvfp4_parts(model))
    if tensor.part in _FP8_ATTENTION:
        return _converted(model, tensor, "fp8_tensor", _FP8_ATTENTION)
    return _converted(model, tensor, "nvfp4_weight", _NVFP4_WEIGHT_ONLY)


def checkpoint_storage(model: ModelSpec, tensor: Tensor, format_id: str) -> str:
    """The storage of a tensor in a checkpoint of the given format.

    Args:
        model: The catalogue row.
        tensor: One of its tensors.
        format_id: ``native``, ``bf16``, ``fp8``, ``nvfp4``, ``mxfp4``, ``awq-int4`` or
            ``gptq-int4``.
    """
    if format_id == "native":
        return native_storage(model, tensor)
    if format_id == "bf16":
        return _converted(model, tensor, "bf16", _LINEAR)
    if tensor.mtp:  # published re-quantised checkpoints leave prediction layers alone
        return _converted(model, tensor, "bf16", _LINEAR)
    if format_id == "fp8":
        return _converted(model, tensor, "fp8_f32", _LINEAR)
    if format_id == "nvfp4":
        return _nvfp4_storage(model, tensor)
    if format_id == "mxfp4":
        return _converted(model, tensor, "mxfp4", _ROUTED)
    return _converted(model, tensor, "int4_g128", _LINEAR)


def storage_bytes(tensor: Tensor, storage: str) -> int:
    """Bytes of a tensor with its scales."""
    plain = _PLAIN_BYTES.get(storage)
    if plain is not None:
        return tensor.elements * plain
    return _QUANTISED[storage](tensor)
