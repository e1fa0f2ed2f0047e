"""Where the bytes of a safetensors checkpoint are: by layer and by part, from its tensor names.

The names are those of the released checkpoints of the families that are known here; a name
that fits none is counted with its layer, so that no byte is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from moeplanner_gui.catalog.importers.failure import ImportFailure, shown
from moeplanner_gui.catalog.importers.gguf_file import storage_words
from moeplanner_gui.catalog.importers.safetensors_header import StoredTensor
from moeplanner_gui.core.model import Architecture, FileLayer, WeightFile
from moeplanner_gui.core.tensors import Part
from moeplanner_gui.core.words import say

_LAYER = re.compile(r"(?:^|\.)(?:layers|h|blocks|block)\.(\d{1,5})\.(.+)\Z")
_MTP_LAYER = re.compile(r"(?:^|\.)mtp\.(?:layers\.)?(\d{1,4})\.(.+)\Z")
_OTHER_TOWERS = re.compile(
    r"(^|\.)(vision_tower|visual|vision_model|vision_encoder|vision_embed\w*|multi_modal_projector"
    r"|mm_projector|embed_vision|audio_tower|embed_audio|audio_\w+|patch_merger|vit\w*"
    r"|image_newline|pre_mm_projector_norm|patch_merge_mlp)\."
)
_ROLES: tuple[tuple[re.Pattern[str], Part], ...] = tuple(
    (re.compile(pattern), part)
    for pattern, part in (
        (r"shared_expert_gate\b", Part.ROUTER),
        (r"tid2eid\b", Part.HASH_TABLE),
        (r"e_score_correction_bias\b|moe_statics|expert_bias\b|router_bias\b", Part.ROUTER_BIAS),
        (r"shared_experts?\b|shared_mlp\b|share_expert\b", Part.SHARED_EXPERTS),
        (r"experts\b|\bmoe\.(gate|up|down)_proj\b", Part.ROUTED_EXPERTS),
        (r"block_sparse_moe\.(input|output)_linear", Part.ROUTED_EXPERTS),
        (
            r"(mlp|ffn|feed_forward|block_sparse_moe|mixer|moe)\.(gate|router)\b|\brouter\b",
            Part.ROUTER,
        ),
        (r"latent_proj", Part.LATENT_PROJ),
        (r"\bhc_|\battn_hc\b|\bffn_hc\b|\bmhc\b", Part.MHC),
        (r"indexer\b", Part.INDEXER),
        (r"compressor\b", Part.COMPRESSOR),
        (r"layer_scalar\b", Part.LAYER_SCALAR),
        (r"(linear_attn|mamba|delta_attn|conv1d)\b", Part.RECURRENT),
        (r"norm\w*(\.weight|\.bias)?\Z", Part.NORM),
        (r"(self_attn|attention|attn|self_attention)\b", Part.ATTENTION),
        (r"(mlp|ffn|feed_forward)\b", Part.DENSE_FFN),
        (r"mixer\b", Part.RECURRENT),
    )
)
_TOP: tuple[tuple[re.Pattern[str], Part], ...] = (
    (re.compile(r"hc_head|hyper"), Part.MHC),
    (
        re.compile(r"(embed_tokens|embeddings?|tok_embeddings|wte|word_embeddings|embed)\."),
        Part.TOKEN_EMBD,
    ),
    (re.compile(r"(lm_head|embed_out|head|output)\."), Part.LM_HEAD),
)


def _place(name: str, arch: Architecture, kinds: Sequence[str]) -> tuple[Part, int | None, bool]:
    """Part, layer (counted on through prediction layers) and whether it is a prediction layer."""
    if _OTHER_TOWERS.search(name):
        return Part.VISION, None, False
    predicted = _MTP_LAYER.search(name)
    if predicted is not None:
        return _role(predicted[2], kinds, None), arch.layers + int(predicted[1]), True
    if re.match(r"(model\.)?mtp\.", name):
        return Part.MTP, arch.layers, True
    match = _LAYER.search(name)
    if match is None:
        for pattern, part in _TOP:
            if pattern.search(name):
                return part, None, False
        return Part.NORM, None, False
    layer = int(match[1])
    return _role(match[2], kinds, layer), layer, layer >= arch.layers


def _kinds(arch: Architecture) -> list[str]:
    """The kind of attention of every layer."""
    return [arch.attention[name].kind for name in arch.attention_pattern.expand(arch.layers)]


_INSIDE = re.compile(r"(mixer|self_attn|linear_attn|mamba)\.")
_RECURRENT = frozenset({"gated_delta", "mamba2", "kimi_delta"})


def _role(role: str, kinds: Sequence[str], layer: int | None) -> Part:
    kind = kinds[layer] if layer is not None and layer < len(kinds) else ""
    for pattern, part in _ROLES:
        if not pattern.search(role):
            continue
        if part is Part.RECURRENT and kind not in _RECURRENT and kind:
            # Nemotron calls every block of a layer its mixer: the layer decides what it is.
            return Part.DENSE_FFN if kind == "none" else Part.ATTENTION
        if part is Part.ATTENTION and kind in _RECURRENT:
            return Part.RECURRENT
        if part is Part.NORM and kind in _RECURRENT and _INSIDE.match(role):
            return Part.RECURRENT
        return part
    return Part.ATTENTION


def layout_of(
    tensors: Sequence[StoredTensor],
    arch: Architecture,
    *,
    file_id: str,
    label: str,
    file_bytes: int,
) -> WeightFile:
    """The bytes of a checkpoint by layer and part.

    Args:
        tensors: Those of all its files.
        arch: Its architecture, from the config.json.
        file_id: What a plan will call the file.
        label: For people.
        file_bytes: The size of all files.

    Raises:
        ImportFailure: A layer of the architecture has no tensors, or there are more layers.
    """
    most = arch.layers + 64
    routed, other, largest = [0] * most, [0] * most, [0] * most
    parts: dict[Part, int] = {}
    embedding = output = beside = 0
    last = arch.layers - 1
    kinds = _kinds(arch)
    for tensor in tensors:
        part, layer, is_predicted = _place(tensor.name, arch, kinds)
        size = tensor.bytes_
        key = Part.MTP if is_predicted and part is not Part.VISION else part
        parts[key] = parts.get(key, 0) + size
        if layer is None:
            if part is Part.VISION:
                beside += size
            elif part is Part.TOKEN_EMBD:
                embedding += size
            else:
                output += size
            continue
        if layer >= most:
            raise ImportFailure(
                say(
                    "{0} is of layer {1:,}; config.json describes {2:,}.",
                    shown(tensor.name),
                    layer,
                    arch.layers,
                ),
                field=tensor.name,
            )
        last = max(last, layer)
        if part is Part.ROUTED_EXPERTS:
            routed[layer] += size
            largest[layer] = max(largest[layer], size)
        else:
            other[layer] += size
    for layer in range(arch.layers):
        if not routed[layer] and not other[layer]:
            raise ImportFailure(
                say(
                    "No file holds layer {0} of the {1:,} that config.json describes.",
                    layer,
                    arch.layers,
                ),
                field=f"layers.{layer}",
            )
    rows = [
        FileLayer(
            routed_experts_bytes=routed[i],
            other_bytes=other[i],
            largest_expert_tensor_bytes=largest[i],
        )
        for i in range(last + 1)
    ]
    return WeightFile(
        id=file_id,
        label=label,
        container="safetensors",
        file_bytes=file_bytes,
        token_embd_bytes=embedding,
        output_bytes=output,
        tied_head_bytes=embedding if arch.tied_embeddings else 0,
        other_bytes=beside,
        layers=tuple(rows[: arch.layers]),
        mtp=tuple(rows[arch.layers :]),
        bytes_by_part={str(part): parts[part] for part in Part if part in parts},
        storage=storage_words((t.dtype, t.bytes_) for t in tensors),
    )


def language_elements(tensors: Iterable[StoredTensor], arch: Architecture) -> int | None:
    """Values of the main language model, or None when storage packs several into one."""
    count, kinds = 0, _kinds(arch)
    for tensor in tensors:
        part, _, is_predicted = _place(tensor.name, arch, kinds)
        if part in (Part.VISION, Part.HASH_TABLE) or is_predicted:
            continue
        if tensor.dtype not in ("BF16", "F16", "F32"):
            return None
        if part is Part.LM_HEAD and arch.tied_embeddings:
            continue  # a tied head may be stored once more
        if part is not Part.LAYER_SCALAR and not tensor.name.endswith("inv_freq"):
            count += tensor.elements
    return count
