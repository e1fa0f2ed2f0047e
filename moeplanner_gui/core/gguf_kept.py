"""Which tensors of a GGUF file keep the type that llama.cpp's converter gave them, and which.

Source: tensor_allows_quantization in llama.cpp's src/llama-quant.cpp for what is kept, and
conversion/ (base.py and the families' own files) for the type, release b11549.
"""

from __future__ import annotations

from moeplanner_gui.core.gguf_types import GgmlType
from moeplanner_gui.core.model import Architecture
from moeplanner_gui.core.tensors import Part, Tensor

T = GgmlType

# Matched at the start of a name: Kimi's convolutions are one a role.
_NEVER_QUANTISED = ("ffn_gate_inp", "ffn_gate_tid2eid", "ssm_conv1d")
# MiniMax-M3's index projections are tiny.
_INDEX_PROJECTIONS = frozenset({"indexer.q_proj", "indexer.k_proj"})
# GLM-5.3-Flash keeps more of its small matrices than any other architecture.
_GLM5_NEXT_KEPT = (
    "hc_",
    "indexer.attn_q_b",
    "indexer.attn_k",
    "indexer.proj",
    "indexer_compressor_gate",
    "indexer_compressor_ape",
    "ssm_f_a",
    "ssm_f_b",
    "ssm_g_a",
    "ssm_g_b",
    "ssm_beta",
    "attn_kv_a_mqa",
    "attn_k_b",
    "attn_v_b",
)
_GLM5_NEXT_F32 = ("hc_", "indexer_compressor_", "indexer.proj")


def is_quantisable(tensor: Tensor, architecture: Architecture) -> bool:
    """True for matrices and experts; norms, biases, routers and tables keep their type."""
    name = tensor.name
    if (
        len(tensor.shape) < 2
        or not tensor.gguf_name.endswith(".weight")
        or name.endswith("_norm")
        or name in _INDEX_PROJECTIONS
        or name.startswith(_NEVER_QUANTISED)
    ):
        return False
    return architecture.gguf_arch != "glm5-next" or not name.startswith(_GLM5_NEXT_KEPT)


def kept_type(tensor: Tensor, architecture: Architecture) -> GgmlType:
    """The type of a tensor that is never quantised, as the converter wrote it."""
    if tensor.part is Part.HASH_TABLE:
        return T.I32
    # Routers are written as F32, except by the converter of DeepSeek V4.
    if tensor.name == "ffn_gate_inp" and architecture.gguf_arch == "deepseek4":
        return T.BF16
    if (
        architecture.gguf_arch == "glm5-next"
        and tensor.name.startswith(_GLM5_NEXT_KEPT)
        and not tensor.name.startswith(_GLM5_NEXT_F32)
        and len(tensor.shape) > 1
    ):
        return T.BF16
    return T.F32


def written_as_f32(tensor: Tensor, architecture: Architecture) -> bool:
    """True for a quantisable matrix that the converter itself writes as F32.

    The indexer's head weights; the converter of DeepSeek V4 has rules of its own.
    """
    return tensor.name == "indexer.proj" and architecture.gguf_arch != "deepseek4"
