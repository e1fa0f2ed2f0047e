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
from moeplanner_gui.core.words import say

_POOL = "SGLang 0.5.23, model_executor/pool_configurator.py"
_MEMORY = "SGLang 0.5.23, arg_groups/memory_hook.py"
_LAYERWISE = say(
    "kt-kernel 0.7.2, package description: prompts above --kt-gpu-prefill-token-threshold"
)


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
        return leaf(label, value, say("none on this device"))
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
    formula = say(
        "{0} of {1} tokens, in pages of {2}: {3} token slots and one page",
        counted(users, "sequence"),
        format_count(tokens),
        pool.page_tokens,
        format_count(slots),
    )
    formula += prefix_headroom(device)
    return Derivation(label, value, formula, _POOL, Confidence.MODELLED, inputs)


def _kind_words(pool: TokenPool, block: Attention, slots: int) -> str:
    if isinstance(block, Recurrent):
        return say(
            "{0} states for each of {1}, and one", STATES_PER_USER, counted(pool.users, "request")
        )
    if isinstance(block, CompressedAttention):
        return say(
            "entries of 584 B and index keys of 132 B in pages, windows and rings by request"
        )
    if isinstance(block, GqaAttention) and block.window is not None and pool.windows:
        return say("four fifths of {0} slots (--swa-full-tokens-ratio 0.8)", format_count(slots))
    return say("{0} slots and a page, K and V of this rank", format_count(slots))


def explain_compute(
    prepared: Prepared, device: DeviceMemory, position: int, label: str
) -> Derivation:
    """Activations of a chunk, and what the split between states and tokens leaves idle."""
    demand = prepared.demand
    value = bytes_text(device.compute_bytes)
    if isinstance(demand, Refusal) or not device.compute_bytes or device.kind != "gpu":
        return leaf(label, value, say("none on this device"))
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
            say("Activations of one chunk"),
            bytes_text(activations),
            say(
                "{0} tokens (--chunked-prefill-size, {1})",
                format_count(step.tokens),
                say("as chosen") if chosen else say("the default for these cards"),
            ),
            say("modelled on the safe side"),
            confidence=Confidence.MODELLED,
            assumed=not chosen,
        )
    ]
    if idle:
        inputs.append(
            leaf(
                say("Idle part of the pool"),
                bytes_text(idle),
                say(
                    "states get 0.9 bytes for every byte of the tokens (--mamba-full-memory-ratio)"
                ),
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
                say("One layer of experts for long prompts"),
                bytes_text(layer),
                say("all routed experts of the largest layer, this rank's slice"),
                _LAYERWISE,
            )
        )
    return Derivation(label, value, say("their sum"), _MEMORY, Confidence.MODELLED, tuple(inputs))


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
