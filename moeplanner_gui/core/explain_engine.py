"""Derivations of the engine's own shares: KV cache, working buffers and output buffer."""

from __future__ import annotations

from moeplanner_gui.core.assessment import DeviceMemory
from moeplanner_gui.core.derivation import Confidence, Derivation, least_sure
from moeplanner_gui.core.engines import vllm
from moeplanner_gui.core.engines.llama_buffers import shape_of
from moeplanner_gui.core.engines.profile import profile_of
from moeplanner_gui.core.engines.vllm_pages import vllm_block_tokens
from moeplanner_gui.core.kv_cache import (
    BLOCK_BYTES,
    llama_cells,
    row_bytes,
    window_cells,
)
from moeplanner_gui.core.model import (
    Attention,
    CompressedAttention,
    GatedDeltaNet,
    GqaAttention,
    KimiDelta,
    Mamba2,
    MlaAttention,
    NoAttention,
)
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.quantities import bytes_text, counted, leaf
from moeplanner_gui.core.units import format_count

_LLAMA_CACHE = "llama.cpp b11549: its allocator's sizes on 4,248 configurations, equal to the byte"
_LLAMA_BUFFERS = (
    "llama.cpp b11549: closed forms against its allocator on 4,248 configurations on one device "
    "and 189 on several (2026-11-22)"
)
_VLLM_CACHE = "vLLM 0.33.0: page sizes and padding in its source"


def explain_cache(
    prepared: Prepared, device: DeviceMemory, position: int, label: str
) -> Derivation:
    """Layers of each attention kind times the bytes of one layer."""
    demand = prepared.demand
    value = bytes_text(device.kv_cache_bytes)
    if isinstance(demand, Refusal) or position >= len(demand.shares):
        return leaf(label, value)
    plan = prepared.plan
    profile = profile_of(prepared.spec)
    counts = demand.shares[position].caches
    sizes = demand.cache(plan.workload.context_tokens)
    llama = plan.deployment.engine == "llama.cpp"
    inputs = []
    for i, (count, size) in enumerate(zip(counts, sizes, strict=True)):
        if not count:
            continue
        block = profile.kinds[i % len(profile.kinds)]
        words = _llama_words(prepared, block) if llama else _vllm_words(prepared, block)
        inputs.append(
            leaf(
                f"{_kind_name(block)}: {count} × {bytes_text(size)}",
                bytes_text(count * size),
                words,
                confidence=Confidence.EXACT,
            )
        )
    formula = "the sum over attention kinds"
    if llama:
        cells = llama_cells(
            plan.workload.context_tokens, plan.workload.sequences, plan.deployment.unified_kv
        )
        formula = f"-c {format_count(plan.workload.context_tokens)}"
        if plan.workload.sequences > 1:
            share = "shared by" if plan.deployment.unified_kv else "divided by"
            formula += (
                f" {share} {plan.workload.sequences} slots: "
                f"{format_count(cells.sequence)} cells each"
            )
    else:
        formula = (
            f"{counted(plan.workload.sequences, 'sequence')} of "
            f"{format_count(plan.workload.context_tokens)} tokens in whole pages of "
            f"{vllm_block_tokens(profile.kinds)} tokens"
        )
    return Derivation(
        label,
        value,
        formula,
        _LLAMA_CACHE if llama else _VLLM_CACHE,
        least_sure(tuple(inputs)) if llama else Confidence.MODELLED,
        tuple(inputs),
    )


def _kind_name(block: Attention) -> str:
    if isinstance(block, GqaAttention):
        if block.window is None:
            return "Full attention"
        return f"Sliding window of {format_count(block.window)}"
    if isinstance(block, MlaAttention):
        return "Latent attention" + (" with indexer" if block.indexer else "")
    if isinstance(block, GatedDeltaNet | Mamba2 | KimiDelta):
        return "Recurrent layer"
    if isinstance(block, NoAttention):
        return "Feed-forward layer"
    names = {0: "window only", 4: "compressed 4:1 with index", 128: "compressed 128:1"}
    return f"V4 attention, {names[block.compress_ratio]}"


def _llama_words(prepared: Prepared, block: Attention) -> str:
    plan = prepared.plan
    options, slots = plan.deployment, plan.workload.sequences
    kind_k = "f16" if options.cache_type_k == "auto" else options.cache_type_k
    kind_v = "f16" if options.cache_type_v == "auto" else options.cache_type_v
    ubatch = min(options.ubatch, options.batch)
    cells = llama_cells(plan.workload.context_tokens, slots, options.unified_kv)
    if kind_k not in BLOCK_BYTES or kind_v not in BLOCK_BYTES:
        return ""
    if isinstance(block, GqaAttention):
        length = cells.sequence
        if block.window is not None:
            length = window_cells(length, block.window, slots, options.unified_kv, ubatch)
        key = row_bytes(kind_k, block.kv_heads * block.head_dim)
        value = row_bytes(kind_v, block.kv_heads * (block.v_head_dim or block.head_dim))
        return (
            f"{cells.streams} × {format_count(length)} cells × "
            f"({key} B of K as {kind_k} + {value} B of V as {kind_v})"
        )
    if isinstance(block, MlaAttention):
        width = block.kv_lora_rank + block.qk_rope_head_dim
        text = f"{row_bytes(kind_k, width)} B ({width} values as {kind_k}, no V)"
        if block.indexer is not None:
            index = row_bytes(kind_k, block.indexer.head_dim)
            text = f"({text} + {index} B of index keys)"
        return f"{cells.streams} × {format_count(cells.sequence)} cells × {text}"
    if isinstance(block, CompressedAttention):
        entry = row_bytes(kind_k, block.head_dim)
        window = window_cells(cells.sequence, block.window, slots, False, ubatch)
        text = f"{counted(slots, 'slot')} × ({window} window cells × {entry} B"
        if block.compress_ratio:
            index = row_bytes(kind_k, block.indexer.head_dim) if block.indexer else 0
            text += (
                f" + cells of {format_count(cells.sequence)} ÷ {block.compress_ratio}, "
                f"rounded up to 256, × {entry + index} B + FP32 compressor state"
            )
        return text + ")"
    return f"{counted(slots, 'slot')} × the FP32 state, the same at every context"


def _vllm_words(prepared: Prepared, block: Attention) -> str:
    options = prepared.plan.deployment
    if isinstance(block, CompressedAttention):
        return "FP8 entries of 584 B and FP8 index keys of 132 B, pages padded to 576 B"
    if isinstance(block, MlaAttention):
        return "one latent a token, whole on every rank"
    if isinstance(block, GatedDeltaNet | Mamba2 | KimiDelta):
        return "the state, the same at every context"
    if isinstance(block, NoAttention):
        return "nothing is cached"
    heads = max(-(-block.kv_heads // options.tensor_parallel), 1)
    return f"{heads} of {block.kv_heads} KV heads on this rank, K and V of {block.head_dim} values"


def explain_compute(
    prepared: Prepared, device: DeviceMemory, position: int, label: str
) -> Derivation:
    """The working buffers: the largest phase of the graph."""
    demand = prepared.demand
    value = bytes_text(device.compute_bytes)
    if isinstance(demand, Refusal) or not device.compute_bytes:
        return leaf(label, value, "none on this device")
    plan = prepared.plan
    options = plan.deployment
    hidden = prepared.spec.architecture.hidden_size
    if options.engine != "llama.cpp":
        return leaf(
            label,
            value,
            f"activations of one step of {format_count(vllm.BATCHED_TOKENS)} tokens, "
            f"with the workspace of the experts and the logits; hidden size {hidden}",
            "modelled on the safe side; vLLM measures it when it starts",
            confidence=Confidence.MODELLED,
        )
    profile = profile_of(prepared.spec)
    shape = shape_of(profile)
    ubatch = min(options.ubatch, options.batch)
    unit = 4 * hidden * ubatch
    inputs = (
        leaf(
            "T, one set of activation rows",
            bytes_text(unit),
            f"4 B × {hidden} hidden × {ubatch} tokens of a batch (-ub)",
        ),
        leaf(
            "A, sets alive in the widest layer",
            f"{shape.rows:.2f}",
            "from the width of the experts or the feed-forward block",
            confidence=Confidence.MODELLED,
        ),
    )
    if device.kind == "host":
        formula = "inputs and masks of a batch, pinned for the cards"
        if not prepared.cards:
            formula = "the largest of: A × T + masks, attention, output head; plus T on the CPU"
    elif position == 0 and (options.cpu_moe_layers or options.gpu_layers is not None):
        formula = "the largest host tensor that a prompt batch copies here, and its activations"
    elif sum(1 for d in prepared.cards) > 1 and not options.cpu_moe_layers:
        formula = "the largest phase of the graph, and four copies of what passes between cards"
    else:
        formula = "the largest of: A × T + masks, attention, output head"
    return Derivation(label, value, formula, _LLAMA_BUFFERS, Confidence.MODELLED, inputs)


def explain_output(prepared: Prepared, device: DeviceMemory, label: str) -> Derivation:
    """The logits that the engine hands out."""
    value = bytes_text(device.output_bytes)
    if not device.output_bytes:
        return leaf(label, value, "none on this device")
    vocab = prepared.spec.architecture.vocab_size
    slots = prepared.plan.workload.sequences
    return leaf(
        label,
        value,
        f"{format_count(vocab)} tokens of vocabulary × {slots} × 4 B",
        "llama.cpp b11549",
        confidence=Confidence.MEASURED,
    )
