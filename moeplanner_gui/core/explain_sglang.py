"""Derivations of what SGLang and KTransformers keep on a card: pool, buffers, static share."""

from __future__ import annotations

from moeplanner_gui.core.assessment import DeviceMemory
from moeplanner_gui.core.attention_names import kind_name
from moeplanner_gui.core.derivation import Confidence, Derivation
from moeplanner_gui.core.engines import sglang
from moeplanner_gui.core.engines.activations import StepSize, working_rule
from moeplanner_gui.core.engines.profile import profile_of
from moeplanner_gui.core.engines.sglang_pool import STATES_PER_USER, TokenPool
from moeplanner_gui.core.engines.vllm_pages import Recurrent
from moeplanner_gui.core.explain_vllm import latent_copies, prefix_headroom
from moeplanner_gui.core.model import Attention, CompressedAttention, GqaAttention, MlaAttention
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.quantities import bytes_text, counted, leaf
from moeplanner_gui.core.units import ceil_div, format_count

_POOL = "SGLang 0.5.23, model_executor/pool_configurator.py"
_MEMORY = "SGLang 0.5.23, arg_groups/memory_hook.py"
_LAYERWISE = "kt-kernel 0.7.2, package description: prompts above --kt-gpu-prefill-token-threshold"


def _parts(prepared: Prepared) -> tuple[TokenPool, sglang.Step, int]:
    """The pool of a rank, the step and the users of a replica."""
    options = prepared.plan.deployment
    world = options.tensor_parallel * options.pipeline_parallel * options.data_parallel
    users = ceil_div(prepared.plan.workload.sequences, options.data_parallel)
    step = sglang.step_of(options, prepared.cards[:world])
    return sglang.pool_for(prepared.spec, options, users, step), step, users


def explain_cache(
    prepared: Prepared, device: DeviceMemory, position: int, label: str
) -> Derivation:
    """Token slots times the bytes of a token, layer by layer."""
    demand = prepared.demand
    value = bytes_text(device.kv_cache_bytes)
    if isinstance(demand, Refusal) or position >= len(demand.shares):
        return leaf(label, value)
    if not device.kv_cache_bytes:
        return leaf(label, value, "none on this device")
    pool, _, users = _parts(prepared)
    tokens = prepared.plan.workload.context_tokens
    slots, sizes = pool.slots(tokens), pool.sizes(tokens)
    inputs = tuple(
        leaf(
            f"{kind_name(pool.kinds[kind])}: {counted(count, 'layer')} × {bytes_text(sizes[kind])}",
            bytes_text(count * sizes[kind]),
            _kind_words(pool, pool.kinds[kind], slots),
            _POOL,
        )
        for kind, count in enumerate(demand.shares[position].caches)
        if count
    )
    formula = (
        f"{counted(users, 'sequence')} of {format_count(tokens)} tokens, in pages of "
        f"{pool.page_tokens}: {format_count(slots)} token slots and one page"
    )
    formula += prefix_headroom(device)
    return Derivation(label, value, formula, _POOL, Confidence.MODELLED, inputs)


def _kind_words(pool: TokenPool, block: Attention, slots: int) -> str:
    if isinstance(block, Recurrent):
        return f"{STATES_PER_USER} states for each of {counted(pool.users, 'request')}, and one"
    if isinstance(block, CompressedAttention):
        return "entries of 584 B and index keys of 132 B in pages, windows and rings by request"
    if isinstance(block, GqaAttention) and block.window is not None and pool.windows:
        return f"four fifths of {format_count(slots)} slots (--swa-full-tokens-ratio 0.8)"
    return f"{format_count(slots)} slots and a page, K and V of this rank"


def explain_compute(
    prepared: Prepared, device: DeviceMemory, position: int, label: str
) -> Derivation:
    """Activations of a chunk, and what the split between states and tokens leaves idle."""
    demand = prepared.demand
    value = bytes_text(device.compute_bytes)
    if isinstance(demand, Refusal) or not device.compute_bytes or device.kind != "gpu":
        return leaf(label, value, "none on this device")
    options = prepared.plan.deployment
    pool, step, users = _parts(prepared)
    rule = working_rule(profile_of(prepared.spec), options, StepSize(step.tokens, users))
    context = prepared.plan.workload.context_tokens
    rows = sglang.context_rows(context, users)
    kept = sum(item.size_bytes for item in device.held_back if item.name == sglang.KEPT_FREE)
    activations = rule(0) + max(rule(rows) - rule(0) - kept, 0)
    counts = demand.shares[position].caches
    idle = pool.unused(counts, pool.sizes(context))
    chosen = options.max_batched_tokens is not None
    inputs = [
        leaf(
            "Activations of one chunk",
            bytes_text(activations),
            f"{format_count(step.tokens)} tokens (--chunked-prefill-size, "
            f"{'as chosen' if chosen else 'the default for these cards'})",
            "modelled on the safe side",
            confidence=Confidence.MODELLED,
            assumed=not chosen,
        )
    ]
    if idle:
        inputs.append(
            leaf(
                "Idle part of the pool",
                bytes_text(idle),
                "states get 0.9 bytes for every byte of the tokens (--mamba-full-memory-ratio)",
                "SGLang 0.5.23, mem_cache/kv_cache_configurator.py",
            )
        )
    copies = _copies(prepared, device)
    if copies:
        inputs.append(latent_copies(copies))
    layer = device.compute_bytes - activations - idle - copies
    if layer > 0:
        inputs.append(
            leaf(
                "One layer of experts for long prompts",
                bytes_text(layer),
                "all routed experts of the largest layer, this rank's slice",
                _LAYERWISE,
            )
        )
    return Derivation(label, value, "their sum", _MEMORY, Confidence.MODELLED, tuple(inputs))


def _copies(prepared: Prepared, device: DeviceMemory) -> int:
    """Bytes of the 16-bit copies on this rank."""
    first, last = device.layers or (0, -1)
    profile = profile_of(prepared.spec)
    ranks = prepared.plan.deployment.tensor_parallel
    total = 0
    for kind in profile.kind_of[first : last + 1]:
        block = profile.kinds[kind]
        if isinstance(block, MlaAttention):
            width = block.qk_nope_head_dim + block.v_head_dim
            total += 2 * block.kv_lora_rank * ceil_div(block.heads, ranks) * width
    return total
