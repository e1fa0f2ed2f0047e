"""Derivations of what vLLM keeps on a card: the pages of its cache and its working buffers."""

from __future__ import annotations

from moeplanner_gui.core.assessment import DeviceMemory
from moeplanner_gui.core.attention_names import kind_name
from moeplanner_gui.core.derivation import Confidence, Derivation
from moeplanner_gui.core.engines import vllm
from moeplanner_gui.core.engines.activations import StepSize, working_bytes
from moeplanner_gui.core.engines.profile import profile_of
from moeplanner_gui.core.engines.vllm import CachePlan
from moeplanner_gui.core.engines.vllm_pages import Page
from moeplanner_gui.core.model import (
    Attention,
    CompressedAttention,
    GqaAttention,
    MlaAttention,
)
from moeplanner_gui.core.placement import Refusal, pipeline_stages
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.quantities import bytes_text, counted, gib_text, leaf
from moeplanner_gui.core.units import ceil_div, format_count
from moeplanner_gui.core.words import say

_PAGES = say("vLLM 0.33.0, v1/kv_cache_interface.py and models/deepseek_v4: page sizes and padding")
_POOL = say("vLLM 0.33.0, v1/core/kv_cache_planning.py: what it wants free before it starts")
_DEFAULTS = say("vLLM 0.33.0, EngineArgs.get_batch_defaults")


def _parts(prepared: Prepared) -> tuple[CachePlan, StepSize, int]:
    """The plan of the cache, the step and the users of a replica."""
    plan, options = prepared.plan, prepared.plan.deployment
    world = options.tensor_parallel * options.pipeline_parallel * options.data_parallel
    used = prepared.cards[:world]
    cache = vllm.cache_of(
        prepared.spec, vllm.cache_options(prepared.spec, options, used), options.mtp
    )
    users = ceil_div(plan.workload.sequences, options.data_parallel)
    return cache, vllm.step_size(options, used, users), users


def page_words(page: Page, tokens: int) -> str:
    """``128 blocks of 256 tokens × 37,440 B``."""
    held = page.held(tokens)
    if page.kind == "state":
        return f"{counted(held, 'state')} × {format_count(page.page_bytes)} B"
    return say(
        "{0} of {1} × {2} B",
        counted(held, "block"),
        counted(page.block_tokens, "token"),
        format_count(page.page_bytes),
    )


def explain_cache(
    prepared: Prepared, device: DeviceMemory, position: int, label: str
) -> Derivation:
    """Users times the pages of every layer on this rank."""
    demand = prepared.demand
    value = bytes_text(device.kv_cache_bytes)
    if isinstance(demand, Refusal) or position >= len(demand.shares):
        return leaf(label, value)
    cache, _, users = _parts(prepared)
    tokens = prepared.plan.workload.context_tokens
    sizes = cache.sizes(tokens)
    inputs = []
    for kind, count in enumerate(demand.shares[position].caches):
        if not count:
            continue
        words = " + ".join(page_words(page, tokens) for page in cache.pages[kind])
        inputs.append(
            leaf(
                f"{kind_name(cache.kinds[kind])}: {counted(count // users, 'layer')} × "
                f"{counted(users, 'sequence')} × {bytes_text(sizes[kind])}",
                bytes_text(count * sizes[kind]),
                words + _rank_words(prepared, cache.kinds[kind]),
                _PAGES,
            )
        )
    formula = say(
        "{0} of {1} tokens in whole pages; blocks of the layers that see all tokens hold {2}",
        counted(users, "sequence"),
        format_count(tokens),
        format_count(cache.block_tokens),
    )
    formula += prefix_headroom(device)
    return Derivation(label, value, formula, _PAGES, Confidence.EXACT, tuple(inputs))


def prefix_headroom(device: DeviceMemory) -> str:
    """What the pool has left when all users are at their longest: it keeps earlier prompts."""
    return say(
        "; {0} more keep earlier prompts (prefix cache)", gib_text(max(device.free_bytes, 0))
    )


def _rank_words(prepared: Prepared, block: Attention) -> str:
    ranks = prepared.plan.deployment.tensor_parallel
    if ranks == 1:
        return ""
    if isinstance(block, GqaAttention):
        heads = max(ceil_div(block.kv_heads, ranks), 1)
        return say("; {0} of {1} KV heads on each rank", heads, block.kv_heads)
    if isinstance(block, MlaAttention | CompressedAttention):
        return say("; the one KV head is whole on every rank")
    return say("; divided by {0} ranks", ranks)


def explain_compute(
    prepared: Prepared, device: DeviceMemory, position: int, label: str
) -> Derivation:
    """Activations of one step and what the pool wants beyond the pages that are filled."""
    demand = prepared.demand
    value = bytes_text(device.compute_bytes)
    if isinstance(demand, Refusal) or not device.compute_bytes:
        return leaf(label, value, say("none on this device"))
    plan, options = prepared.plan, prepared.plan.deployment
    cache, step, users = _parts(prepared)
    activations = working_bytes(profile_of(prepared.spec), options, step)
    in_flight = (options.pipeline_parallel + 1) * step.tokens
    blocks = cache.pool.blocks(plan.workload.context_tokens, users, in_flight)
    layers = prepared.spec.architecture.layers
    first, past = pipeline_stages(layers, options.pipeline_parallel)[demand.shares[position].role]
    width = cache.pool.block_bytes(first, len(cache.kind_of) if past == layers else past)
    rest = blocks * width - device.kv_cache_bytes
    copies = device.compute_bytes - activations - rest
    chosen = options.max_batched_tokens is not None
    inputs = [
        leaf(
            say("Activations of one step"),
            bytes_text(activations),
            say(
                "{0} tokens (--max-num-batched-tokens): residual stream, attention "
                "inputs, the workspaces of the experts; or the logits of {1} sequences "
                "where that is more",
                format_count(step.tokens),
                format_count(step.sequences),
            ),
            say("modelled on the safe side; vLLM measures it when it starts"),
            confidence=Confidence.MODELLED,
        ),
        leaf(
            say("Pages under way and empty ends of blocks"),
            bytes_text(rest),
            say(
                "{0} blocks of {1} B, less what is filled. Layers with windows and "
                "states keep pages for all tokens of {2} steps under way, {3}; blocks "
                "of all {4} groups of layers are equally wide",
                format_count(blocks),
                format_count(width),
                options.pipeline_parallel + 1,
                format_count(in_flight),
                len(cache.pool.groups),
            ),
            _POOL,
        ),
        leaf(
            say("Tokens of a step"),
            format_count(step.tokens),
            say("as chosen") if chosen else say("the engine's default for these cards"),
            "" if chosen else _DEFAULTS,
            assumed=not chosen,
        ),
    ]
    if copies:
        inputs.append(latent_copies(copies))
    return Derivation(label, value, say("their sum"), _POOL, Confidence.MODELLED, tuple(inputs))


def latent_copies(size_bytes: int) -> Derivation:
    """The 16-bit copies of the projections out of the latent, made when the weights are loaded."""
    return leaf(
        say("Projections out of the latent, in 16 bits"),
        bytes_text(size_bytes),
        say("2 B × latent × heads of this rank × (key + value size), every layer"),
        (
            "vLLM 0.33.0, layers/attention/mla_attention.py; SGLang 0.5.23, "
            "deepseek_weight_loader.py"
        ),
    )
