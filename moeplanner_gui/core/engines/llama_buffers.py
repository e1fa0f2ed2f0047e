"""llama.cpp's working buffers in closed form (release b11549).

``T`` is the bytes of one activation row set, ``4 * hidden * ubatch``; ``M`` the bytes of all
attention masks. Knows no cards: it gives the buffers of each role a device can have.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from moeplanner_gui.core.engines.profile import ModelProfile, moe_of, widest_dense
from moeplanner_gui.core.kv_cache import llama_cells, window_cells
from moeplanner_gui.core.model import (
    CompressedAttention,
    GatedDeltaNet,
    GqaAttention,
    MlaAttention,
)


@dataclass(frozen=True, slots=True)
class BufferOptions:
    """The options that decide the working buffers."""

    ubatch: int
    slots: int
    unified: bool
    flash_attention: bool
    type_k: str
    type_v: str


def activation_rows(profile: ModelProfile) -> float:
    """``A``: the peak of a layer in units of ``T``, on one GPU with flash attention."""
    arch = profile.spec.architecture
    hidden = arch.hidden_size
    rows = 4 + 3 * widest_dense(profile) / hidden
    moe = moe_of(profile)
    if moe is not None:
        experts = moe.top_k * moe.width / hidden
        if arch.gguf_arch == "gpt-oss":
            rows = max(rows, 4 + 3 * moe.top_k)
        else:
            used = moe.top_k * (2 if moe.shared_experts else 1)
            rows = max(rows, 4 + used + 3 * experts)
    for block in profile.kinds:
        if isinstance(block, MlaAttention):
            latent = block.kv_lora_rank + block.qk_rope_head_dim
            key = block.qk_nope_head_dim + block.qk_rope_head_dim
            rows = max(rows, 4 + block.heads * (key + 2 * latent) / hidden)
        elif isinstance(block, GatedDeltaNet):
            rows *= 1.04
    return rows


def mask_bytes(profile: ModelProfile, context_tokens: int, options: BufferOptions) -> int:
    """``M``: every distinct mask once, 2 bytes an entry, 4 without flash attention."""
    cells = llama_cells(context_tokens, options.slots, options.unified)
    total = 0
    windows = set()
    full = False
    for block in profile.kinds:
        window = getattr(block, "window", None)
        if isinstance(block, GatedDeltaNet):
            continue
        if window is None:
            full = True
        else:
            windows.add(window)
        if isinstance(block, CompressedAttention) and block.compress_ratio:
            total += -(-cells.sequence // block.compress_ratio // 256) * 256
    if full:
        total += cells.sequence
    for window in windows:
        total += window_cells(
            cells.sequence, window, options.slots, options.unified, options.ubatch
        )
    return total * options.ubatch * (2 if options.flash_attention else 4)


def score_bytes(profile: ModelProfile, context_tokens: int, options: BufferOptions) -> int:
    """Scratch of attention itself: scores without flash attention, an f16 copy of one layer's
    cache with a quantised one.
    """
    cells = llama_cells(context_tokens, options.slots, options.unified)
    if not options.flash_attention:
        heads = max(getattr(block, "heads", 0) for block in profile.kinds)
        return 4 * heads * options.ubatch * cells.sequence
    if options.type_k in ("f16", "f32") and options.type_v in ("f16", "f32"):
        return 0
    width = 0
    for block in profile.kinds:
        if isinstance(block, GqaAttention):
            value = block.v_head_dim or block.head_dim
            width = max(width, block.kv_heads * (block.head_dim + value))
        elif isinstance(block, MlaAttention):
            width = max(width, block.kv_lora_rank + block.qk_rope_head_dim)
    return 2 * cells.context * width


@dataclass(frozen=True, slots=True)
class Offload:
    """How the model is spread, as far as the buffers depend on it.

    Attributes:
        gpus: Cards of the rig that llama.cpp uses.
        holders: Cards that hold at least one layer.
        all_on_gpu: No layer is in host memory.
        expert_layers: Layers whose experts are in host memory.
        largest_host_tensor: Bytes of the largest weight in host memory that batches copy.
        op_offload: Prompt batches run on the first card even where the weights are on the host.
        cli: The front end reserves logits for a whole batch.
    """

    gpus: int
    holders: int
    all_on_gpu: bool
    expert_layers: int
    largest_host_tensor: int
    op_offload: bool
    cli: bool


def buffer_rule(
    profile: ModelProfile, options: BufferOptions, offload: Offload
) -> Callable[[int], tuple[tuple[int, int], ...]]:
    """The buffers of every role as a function of ``-c``: (compute, output) bytes.

    Roles are first card, middle card, last card, idle card, host, host of another node.
    """
    vocab = profile.spec.architecture.vocab_size
    compressed = any(isinstance(block, CompressedAttention) for block in profile.kinds)
    unit = 4 * profile.hidden * options.ubatch
    outputs = options.ubatch if offload.cli else min(options.slots, options.ubatch)
    rows = activation_rows(profile)
    rows_bytes = int(rows * unit)
    logits = 4 * unit + 4 * vocab * outputs
    output = 4 * vocab * options.slots
    moe = moe_of(profile)
    pipeline = offload.holders > 1 and offload.all_on_gpu and not offload.expert_layers
    copied = 0
    if offload.largest_host_tensor and offload.op_offload and offload.gpus:
        width = moe.top_k * (1 + moe.width / profile.hidden) if moe is not None else 8
        twice = 2 if compressed and offload.holders > 1 else 1
        copied = twice * offload.largest_host_tensor + int((4 + width) * unit)

    def sizes(context: int) -> tuple[tuple[int, int], ...]:
        mask = mask_bytes(profile, context, options)
        scratch = score_bytes(profile, context, options)
        inputs = (2 if compressed else 4) * unit + mask
        first = max(rows_bytes + mask + scratch, logits + mask, copied + mask)
        if not offload.gpus:
            return ((0, 0),) * 4 + ((first + unit, output), (0, 0))
        if not pipeline:
            host = inputs
            if not offload.all_on_gpu or (offload.expert_layers and not offload.op_offload):
                host = max(rows_bytes + mask + scratch, logits) + inputs
            return (first, 0), (first, 0), (first, 0), (0, 0), (host, output), (0, 0)
        other = int((rows + 3) * unit) + 4 * mask + scratch
        host = 7 * inputs // 2
        return (
            (first + 3 * inputs, 0),
            (other, 0),
            (max(other, logits + 4 * mask + 3 * unit), 0),
            (0, 0),
            (host, output),
            (0, 0),
        )

    return sizes
