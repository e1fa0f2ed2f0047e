"""Derivations of the engine's own shares: KV cache, working buffers and output buffer."""

from __future__ import annotations

from moeplanner_gui.core import explain_sglang, explain_vllm
from moeplanner_gui.core.assessment import DeviceMemory
from moeplanner_gui.core.derivation import Confidence, Derivation, least_sure
from moeplanner_gui.core.engines.llama_shape import shape_of
from moeplanner_gui.core.engines.profile import profile_of
from moeplanner_gui.core.explain_vllm import kind_name
from moeplanner_gui.core.kv_cache import (
    BLOCK_BYTES,
    llama_cells,
    row_bytes,
    window_cells,
)
from moeplanner_gui.core.model import (
    Attention,
    CompressedAttention,
    GqaAttention,
    MlaAttention,
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


def explain_cache(
    prepared: Prepared, device: DeviceMemory, position: int, label: str
) -> Derivation:
    """Layers of each attention kind times the bytes of one layer."""
    engine = prepared.plan.deployment.engine
    if engine == "vllm":
        return explain_vllm.explain_cache(prepared, device, position, label)
    if engine != "llama.cpp":
        return explain_sglang.explain_cache(prepared, device, position, label)
    demand = prepared.demand
    value = bytes_text(device.kv_cache_bytes)
    if isinstance(demand, Refusal) or position >= len(demand.shares):
        return leaf(label, value)
    plan = prepared.plan
    profile = profile_of(prepared.spec)
    counts = demand.shares[position].caches
    sizes = demand.cache(plan.workload.context_tokens)
    inputs = []
    for i, (count, size) in enumerate(zip(counts, sizes, strict=True)):
        if not count:
            continue
        block = profile.kinds[i % len(profile.kinds)]
        words = _llama_words(prepared, block)
        inputs.append(
            leaf(
                f"{kind_name(block)}: {count} × {bytes_text(size)}",
                bytes_text(count * size),
                words,
                confidence=Confidence.EXACT,
            )
        )
    cells = llama_cells(
        plan.workload.context_tokens, plan.workload.sequences, plan.deployment.unified_kv
    )
    formula = f"-c {format_count(plan.workload.context_tokens)}"
    if plan.workload.sequences > 1:
        share = "shared by" if plan.deployment.unified_kv else "divided by"
        formula += (
            f" {share} {plan.workload.sequences} slots: {format_count(cells.sequence)} cells each"
        )
    return Derivation(label, value, formula, _LLAMA_CACHE, least_sure(tuple(inputs)), tuple(inputs))


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


def explain_compute(
    prepared: Prepared, device: DeviceMemory, position: int, label: str
) -> Derivation:
    """The working buffers: the largest phase of the graph."""
    engine = prepared.plan.deployment.engine
    if engine == "vllm":
        return explain_vllm.explain_compute(prepared, device, position, label)
    if engine != "llama.cpp":
        return explain_sglang.explain_compute(prepared, device, position, label)
    demand = prepared.demand
    value = bytes_text(device.compute_bytes)
    if isinstance(demand, Refusal) or not device.compute_bytes:
        return leaf(label, value, "none on this device")
    plan = prepared.plan
    options = plan.deployment
    hidden = prepared.spec.architecture.hidden_size
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
