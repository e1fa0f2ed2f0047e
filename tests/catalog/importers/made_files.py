"""Small GGUF and safetensors files for the tests: real headers, sparse data."""

import json
import struct
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

from moeplanner_gui.catalog.importers.gguf_contents import GGML_TYPES
from moeplanner_gui.core.model import (
    Architecture,
    CompressedAttention,
    GatedDeltaNet,
    GqaAttention,
    MlaAttention,
    MoeFfn,
)
from moeplanner_gui.core.tensors import gguf_tensors

TYPE_NUMBERS = {name: number for number, (name, _, _) in GGML_TYPES.items()}
_SIZES = {name: (block, size) for name, block, size in GGML_TYPES.values()}

GgufTensor = tuple[str, tuple[int, ...], str]


def gguf_text(text: str | bytes) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(data)) + data


def gguf_value(value: Any) -> bytes:
    if isinstance(value, bool):
        return struct.pack("<IB", 7, value)
    if isinstance(value, int):
        return struct.pack("<Ii", 5, value) if value < 0 else struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + gguf_text(value)
    if value and isinstance(value[0], str):
        body = b"".join(gguf_text(entry) for entry in value)
        return struct.pack("<IIQ", 9, 8, len(value)) + body
    kind, code = (7, "?") if value and isinstance(value[0], bool) else (5, "i")
    return struct.pack(f"<IIQ{len(value)}{code}", 9, kind, len(value), *value)


def gguf_header(
    metadata: Mapping[str, Any],
    tensors: Sequence[GgufTensor],
    *,
    version: int = 3,
    alignment: int = 32,
) -> tuple[bytes, int]:
    """The header, and the bytes of data that belong behind it."""
    infos, offset = [], 0
    for name, shape, kind in tensors:
        block, size = _SIZES[kind]
        head = gguf_text(name) + struct.pack("<I", len(shape))
        head += struct.pack(f"<{len(shape)}Q", *shape)
        infos.append(head + struct.pack("<IQ", TYPE_NUMBERS[kind], offset))
        offset += -(-(prod(shape) // block * size) // alignment) * alignment
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(metadata))
    head += b"".join(gguf_text(key) + gguf_value(value) for key, value in metadata.items())
    head += b"".join(infos)
    return head + b"\0" * (-len(head) % alignment), offset


def write_sparse(path: Path, header: bytes, data_bytes: int) -> Path:
    with path.open("wb") as stream:
        stream.write(header)
        stream.truncate(len(header) + data_bytes)
    return path


def gguf_metadata(arch: Architecture, *, context: int = 4096) -> dict[str, Any]:
    """The keys that llama.cpp's converter writes and an import needs."""
    blocks = [arch.attention[n] for n in arch.attention_pattern.expand(arch.layers)]
    feeds = [arch.ffn[n] for n in arch.ffn_pattern.expand(arch.layers)]
    mtp = arch.mtp.layers if arch.mtp is not None and arch.mtp.in_gguf else 0
    keys: dict[str, Any] = {
        "context_length": context,
        "embedding_length": arch.hidden_size,
        "block_count": arch.layers + mtp,
    }
    if mtp:
        keys["nextn_predict_layers"] = mtp
    heads = [getattr(block, "heads", 0) for block in blocks]
    keys["attention.head_count"] = heads[0] if len(set(heads)) == 1 else [*heads, *heads[-1:] * mtp]
    kv = [block.kv_heads if isinstance(block, GqaAttention) else 1 for block in blocks]
    keys["attention.head_count_kv"] = kv[0] if len(set(kv)) == 1 else [*kv, *kv[-1:] * mtp]
    windows = [getattr(block, "window", None) for block in blocks]
    if any(windows) and arch.gguf_arch != "llama4":
        keys["attention.sliding_window"] = next(w for w in windows if w)
        if arch.gguf_arch in ("gemma4", "mimo2", "step35"):
            keys["attention.sliding_window_pattern"] = [bool(w) for w in windows]
    for block in blocks:
        if isinstance(block, MlaAttention):
            keys["attention.kv_lora_rank"] = block.kv_lora_rank
        if isinstance(block, CompressedAttention):
            keys["attention.output_group_count"] = block.o_groups
            keys["attention.output_lora_rank"] = block.o_lora_rank
            keys["rope.dimension_count"] = block.rope_head_dim
            keys["attention.compress_ratios"] = [
                b.compress_ratio for b in blocks if isinstance(b, CompressedAttention)
            ]
        indexer = getattr(block, "indexer", None)
        if indexer is not None:
            keys["attention.indexer.head_count"] = indexer.heads
            keys["attention.indexer.key_length"] = indexer.head_dim
            keys["attention.indexer.top_k"] = indexer.top_k
        if isinstance(block, GatedDeltaNet):
            keys["ssm.conv_kernel"] = block.conv_kernel
            keys["ssm.inner_size"] = block.v_heads * block.v_head_dim
            keys["ssm.state_size"] = block.k_head_dim
            keys["ssm.time_step_rank"] = block.v_heads
            keys["ssm.group_count"] = block.k_heads
    moe = next((feed for feed in feeds if isinstance(feed, MoeFfn)), None)
    if moe is not None:
        keys["expert_count"] = moe.experts
        keys["expert_used_count"] = moe.top_k
        keys["expert_shared_count"] = moe.shared_experts
        if moe.hash_layers:
            keys["hash_layer_count"] = moe.hash_layers
    if arch.mhc_streams:
        keys["hyper_connection.count"] = arch.mhc_streams
    return {
        "general.architecture": arch.gguf_arch,
        **{f"{arch.gguf_arch}.{key}": value for key, value in keys.items()},
    }


def gguf_of(
    arch: Architecture, kind: str = "BF16", more: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], list[GgufTensor]]:
    """Metadata and tensors of a file of this architecture; vectors are F32."""
    tensors = [
        (t.gguf_name, t.shape, kind if len(t.shape) > 1 and t.shape[0] % 256 == 0 else "F32")
        for t in gguf_tensors(arch)
    ]
    return {**gguf_metadata(arch), **(more or {})}, tensors


def safetensors_header(tensors: Mapping[str, tuple[str, Sequence[int]]]) -> tuple[bytes, int]:
    """The length, the header, and the bytes of data behind it."""
    bits = {"BF16": 16, "F16": 16, "F32": 32, "F8_E4M3": 8, "U8": 8, "I32": 32, "I64": 64}
    entries: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name, (dtype, shape) in tensors.items():
        size = prod(shape) * bits[dtype] // 8
        entries[name] = {
            "dtype": dtype,
            "shape": list(shape),
            "data_offsets": [offset, offset + size],
        }
        offset += size
    body = json.dumps(entries).encode()
    return struct.pack("<Q", len(body)) + body, offset


TINY_QWEN = {
    "architectures": ["Qwen3MoeForCausalLM"],
    "model_type": "qwen3_moe",
    "hidden_size": 256,
    "head_dim": 64,
    "intermediate_size": 512,
    "moe_intermediate_size": 256,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "num_hidden_layers": 2,
    "num_experts": 4,
    "num_experts_per_tok": 2,
    "decoder_sparse_step": 1,
    "mlp_only_layers": [],
    "vocab_size": 1024,
    "tie_word_embeddings": False,
    "max_position_embeddings": 4096,
    "torch_dtype": "bfloat16",
}
"""A model small enough to read in its whole."""


def tiny_qwen_tensors() -> dict[str, tuple[str, list[int]]]:
    """The checkpoint of :data:`TINY_QWEN`, as its release would name and shape it."""
    found: dict[str, tuple[str, list[int]]] = {
        "model.embed_tokens.weight": ("BF16", [1024, 256]),
        "lm_head.weight": ("BF16", [1024, 256]),
        "model.norm.weight": ("BF16", [256]),
    }
    for layer in range(2):
        at = f"model.layers.{layer}"
        found |= {
            f"{at}.input_layernorm.weight": ("BF16", [256]),
            f"{at}.post_attention_layernorm.weight": ("BF16", [256]),
            f"{at}.self_attn.q_proj.weight": ("BF16", [256, 256]),
            f"{at}.self_attn.k_proj.weight": ("BF16", [128, 256]),
            f"{at}.self_attn.v_proj.weight": ("BF16", [128, 256]),
            f"{at}.self_attn.o_proj.weight": ("BF16", [256, 256]),
            f"{at}.self_attn.q_norm.weight": ("BF16", [64]),
            f"{at}.self_attn.k_norm.weight": ("BF16", [64]),
            f"{at}.mlp.gate.weight": ("BF16", [4, 256]),
        }
        for expert in range(4):
            for role, shape in (
                ("gate_proj", [256, 256]),
                ("up_proj", [256, 256]),
                ("down_proj", [256, 256]),
            ):
                found[f"{at}.mlp.experts.{expert}.{role}.weight"] = ("BF16", shape)
    return found
