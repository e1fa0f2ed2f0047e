"""Derivations of the engine's own shares: KV cache, working buffers and output buffer."""

from __future__ import annotations

from moeplanner_gui.core.assessment import DeviceMemory
from moeplanner_gui.core.attention_names import kind_name
from moeplanner_gui.core.derivation import Confidence, Derivation, least_sure
from moeplanner_gui.core.engines.llama_buffers import BufferOptions, mask_bytes
from moeplanner_gui.core.engines.llama_refusals import cache_type
from moeplanner_gui.core.engines.llama_shape import shape_of
from moeplanner_gui.core.engines.profile import profile_of
from moeplanner_gui.core.kv_cache import (
    BLOCK_BYTES,
    llama_cells,
    recurrent_values,
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
from moeplanner_gui.core.words import chained, say

_LLAMA_CACHE = say(
    "llama.cpp b11549: its allocator's sizes on 4,248 configurations, equal to the byte"
)
_LLAMA_BUFFERS = say(
    "llama.cpp b11549: closed forms against its allocator on 4,248 "
    "configurations on one device and 189 on several (2026-11-22)"
)


def explain_cache(
    prepared: Prepared, device: DeviceMemory, position: int, label: str
) -> Derivation:
    """Layers of each attention kind times the bytes of one layer."""
    engine = prepared.plan.deployment.engine
    # Imported where needed: a window on a llama.cpp plan starts without the other engines.
    if engine == "vllm":
        from moeplanner_gui.core import explain_vllm

        return explain_vllm.explain_cache(prepared, device, position, label)
    if engine != "llama.cpp":
        from moeplanner_gui.core import explain_sglang

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
        if not count or not size:
            continue
        block = profile.kinds[i % len(profile.kinds)]
        words = _llama_words(prepared, block)
        if plan.deployment.split == "tensor" and len(prepared.cards) > 1:
            words += say("; this card's part of it")
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
        share = say("shared by") if plan.deployment.unified_kv else say("divided by")
        formula += say(
            " {0} {1} slots: {2} cells each",
            share,
            plan.workload.sequences,
            format_count(cells.sequence),
        )
    if device.kind == "host" and not plan.deployment.kv_offload:
        formula += say(", kept in host memory (--no-kv-offload)")
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
            length = window_cells(
                length, block.window, slots, options.unified_kv, ubatch, full=options.swa_full
            )
        key = row_bytes(kind_k, block.kv_heads * block.head_dim)
        value = row_bytes(kind_v, block.kv_heads * (block.v_head_dim or block.head_dim))
        beside = ""
        if block.indexer is not None:
            key_index = row_bytes(kind_k, block.indexer.head_dim)
            value_index = row_bytes(kind_v, block.v_head_dim or block.head_dim)
            beside = say(" + {0} B of index keys and their unused values", key_index + value_index)
        return say(
            "{0} × {1} cells × ({2} B of K as {3} + {4} B of V as {5}{6})",
            cells.streams,
            format_count(length),
            key,
            kind_k,
            value,
            kind_v,
            beside,
        )
    if isinstance(block, MlaAttention):
        width = block.kv_lora_rank + block.qk_rope_head_dim
        text = say("{0} B ({1} values as {2}, no V)", row_bytes(kind_k, width), width, kind_k)
        if block.indexer is not None:
            copies = 1 if block.indexer.pool is None else 3
            index = row_bytes(kind_k, copies * block.indexer.head_dim)
            text = say("({0} + {1} B of index keys)", text, index)
        return say("{0} × {1} cells × {2}", cells.streams, format_count(cells.sequence), text)
    if isinstance(block, CompressedAttention):
        entry = row_bytes(kind_k, block.head_dim)
        window = window_cells(
            cells.sequence, block.window, slots, False, ubatch, full=options.swa_full
        )
        text = say("{0} × ({1} window cells × {2} B", counted(slots, "slot"), window, entry)
        if block.compress_ratio:
            index = row_bytes(kind_k, block.indexer.head_dim) if block.indexer else 0
            text += say(
                " + cells of {0} ÷ {1}, rounded up to 256, × {2} B + FP32 compressor state",
                format_count(cells.sequence),
                block.compress_ratio,
                entry + index,
            )
        return text + ")"
    convolution, state = recurrent_values(block)
    return say(
        "{0} × ({1} values of the convolution + {2} of the state) × 4 B, the same at every context",
        counted(slots, "slot"),
        format_count(convolution),
        format_count(state),
    )


def explain_compute(
    prepared: Prepared, device: DeviceMemory, position: int, label: str
) -> Derivation:
    """The working buffers: the largest phase of the graph."""
    engine = prepared.plan.deployment.engine
    # Imported where needed: a window on a llama.cpp plan starts without the other engines.
    if engine == "vllm":
        from moeplanner_gui.core import explain_vllm

        return explain_vllm.explain_compute(prepared, device, position, label)
    if engine != "llama.cpp":
        from moeplanner_gui.core import explain_sglang

        return explain_sglang.explain_compute(prepared, device, position, label)
    demand = prepared.demand
    value = bytes_text(device.compute_bytes)
    if isinstance(demand, Refusal) or not device.compute_bytes:
        return leaf(label, value, say("none on this device"))
    plan = prepared.plan
    options = plan.deployment
    hidden = prepared.spec.architecture.hidden_size
    profile = profile_of(prepared.spec)
    shape = shape_of(profile)
    ubatch = min(options.ubatch, options.batch)
    unit = 4 * hidden * ubatch
    slots = plan.workload.sequences
    cells = llama_cells(plan.workload.context_tokens, slots, options.unified_kv)
    batch = BufferOptions(
        ubatch,
        slots,
        options.unified_kv,
        options.flash_attention,
        cache_type(options.cache_type_k),
        cache_type(options.cache_type_v),
        options.swa_full,
    )
    mask = mask_bytes(shape, cells, batch)
    inputs = [
        leaf(
            say("T, one set of activation rows"),
            bytes_text(unit),
            say("4 B × {0} hidden × {1} tokens of a batch (-ub)", hidden, ubatch),
        ),
        leaf(
            say("A, sets alive in the widest layer"),
            say("{0:.2f} × T", shape.rows),
            say("from the width of the experts or the feed-forward block"),
            confidence=Confidence.MODELLED,
        ),
        leaf(
            say("M, attention masks"),
            bytes_text(mask),
            say(
                "{0} B for every token of a batch and cell, each distinct length once",
                "2" if options.flash_attention else "4",
            ),
        ),
    ]
    if device.kind == "host" and prepared.cards:
        del inputs[1]  # the layers run on the cards; no activations are alive here
    copied = _copied_expert(prepared)
    if position == 0 and copied:
        inputs.insert(
            0,
            leaf(
                say("Largest expert tensor in host memory"),
                bytes_text(copied),
                say("all experts of one layer, one of their matrices; a batch copies it here"),
            ),
        )
    state = max((size for _, size in shape.states), default=0)
    if state:
        inputs.append(
            leaf(
                say("States of all slots while they change"),
                bytes_text(slots * state),
                f"{counted(slots, 'slot')} × {format_count(state)} B",
                confidence=Confidence.MODELLED,
            )
        )
    formula = _compute_formula(prepared, device, position)
    source = _LLAMA_BUFFERS
    vendors = {card.vendor for card in prepared.cards} - {"NVIDIA", "Other"}
    if vendors:
        source += say(
            "; CUDA's rules, the largest known, stand in for {0}", chained(sorted(vendors))
        )
    return Derivation(label, value, formula, source, Confidence.MODELLED, tuple(inputs))


def _copied_expert(prepared: Prepared) -> int:
    """Bytes of the largest expert tensor that prompt batches copy to the first card."""
    options, layout = prepared.plan.deployment, prepared.layout
    if layout is None or not options.op_offload or not prepared.cards:
        return 0
    layers = options.cpu_moe_layers
    held = layout.layers if layers < 0 else layout.layers[:layers]
    return max((layer.largest_expert_tensor_bytes for layer in held), default=0)


def _compute_formula(prepared: Prepared, device: DeviceMemory, position: int) -> str:
    options = prepared.plan.deployment
    if device.kind == "host":
        if prepared.cards:
            return say("inputs and masks of a batch, pinned for the cards")
        return say("the largest of: A × T + M, attention, output head; plus T on the CPU")
    if not options.kv_offload:
        return say("A × T + M, or one layer's cache copied from host memory and its activations")
    on_host = options.cpu_moe_layers or options.gpu_layers is not None
    if position == 0 and on_host and options.op_offload:
        return say("the largest host tensor that a prompt batch copies here, and its activations")
    if prepared.cards[0].vendor == "Apple":
        return say(
            "the largest of: A × T + M, attention with an f16 copy of one layer's cache, head"
        )
    several = len(prepared.cards) > 1 and options.split == "layer"
    if several and not options.cpu_moe_layers and all(not c.node for c in prepared.cards):
        return say("the largest phase of the graph, and four copies of what passes between cards")
    return say("the largest of: A × T + M, attention, output head")


def explain_output(prepared: Prepared, device: DeviceMemory, label: str) -> Derivation:
    """The logits that the engine hands out."""
    value = bytes_text(device.output_bytes)
    if not device.output_bytes:
        return leaf(label, value, say("none on this device"))
    vocab = prepared.spec.architecture.vocab_size
    slots = prepared.plan.workload.sequences
    return leaf(
        label,
        value,
        say("{0} tokens of vocabulary × {1} × 4 B", format_count(vocab), slots),
        say("llama.cpp b11549"),
        confidence=Confidence.MEASURED,
    )
