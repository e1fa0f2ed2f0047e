"""SGLang: ranks, the pool of tokens, and what its static share of the memory leaves.

``--mem-fraction-static`` (the plan's ``memory_utilization``) is the share of the memory free
before the model is loaded that weights and the pool take; activations and graphs live in the
rest. The plan's users are ``--max-running-requests``. With data parallel the ranks of all
replicas share the experts (``--enable-dp-attention``).

Sources: SGLang 0.5.23, ``mem_cache/kv_cache_configurator.py`` (_profile_available_bytes,
_handle_max_mamba_cache), ``model_executor/pool_configurator.py``,
``arg_groups/memory_hook.py``, ``distributed/utils.py`` (get_pp_indices). Activations are
modelled on the safe side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from moeplanner_gui.core.assessment import NamedBytes
from moeplanner_gui.core.engines import vllm
from moeplanner_gui.core.engines.activations import StepSize, working_bytes
from moeplanner_gui.core.engines.limits import ABOVE_LIMIT, refused_drafter, refused_groups
from moeplanner_gui.core.engines.profile import ModelProfile, profile_of
from moeplanner_gui.core.engines.rank_weights import (
    Cut,
    RankWeights,
    expert_padding,
    rank_weights,
    refused_cut,
)
from moeplanner_gui.core.engines.sglang_pool import TokenPool, pool_of
from moeplanner_gui.core.model import CompressedAttention, MlaAttention, ModelSpec
from moeplanner_gui.core.placement import Demand, Placed, Refusal, Share, placed
from moeplanner_gui.core.plan import Deployment, Plan
from moeplanner_gui.core.remembered import by_identity
from moeplanner_gui.core.units import GIB, MIB, ceil_div
from moeplanner_gui.core.usable import Device
from moeplanner_gui.core.weights import WeightLayout

VERSION = "SGLang 0.5.23"
NCCL_BYTES = vllm.NCCL_BYTES
_NCCL = NamedBytes("NCCL buffers", NCCL_BYTES)
_NO_BUFFERS = (0, 0)
_CHUNKS = ((20, 2048, 8), (35, 4096, 48), (60, 4096, 32), (160, 8192, 256))
"""Below so many GiB: tokens of a prompt chunk, largest decode batch with a graph."""


@dataclass(frozen=True, slots=True)
class Step:
    """``--chunked-prefill-size`` and the largest decode batch with a CUDA graph."""

    tokens: int
    graph_batch: int


def step_of(options: Deployment, cards: list[Device]) -> Step:
    """SGLang's defaults for these cards, or what the plan says (``max_batched_tokens``).

    The smallest card decides; from four ranks on decode batches with graphs are larger.
    """
    smallest = min((card.capacity_bytes for card in cards), default=0)
    tokens, batch = 16_384, 512
    for below, chunk, largest in _CHUNKS:
        if smallest < below * GIB:
            tokens, batch = chunk, largest
            break
    ranks = options.tensor_parallel * options.data_parallel
    if ranks >= 4 and 20 * GIB <= smallest < 160 * GIB:
        batch = 160 if smallest < 60 * GIB else 512
    return Step(options.max_batched_tokens or tokens, batch)


def static_share(spec: ModelSpec, options: Deployment, cards: list[Device]) -> float:
    """The ``--mem-fraction-static`` that SGLang would choose by itself on the smallest card.

    Source: ``handle_gpu_memory_settings``: 512 MiB, 1.5 MiB a token of a chunk, 1 GiB for
    eight ranks and the graphs are reserved, at least 10 GiB on cards above 60 GiB.
    """
    step = step_of(options, cards)
    smallest = min((card.capacity_bytes for card in cards), default=0) // MIB
    if not smallest:
        return 0.9
    ranks = options.tensor_parallel * options.pipeline_parallel * options.data_parallel
    reserved = 512 + max(step.tokens, 2048) * 3 // 2 + ranks * 128
    reserved += graph_bytes(spec, options, step, step.graph_batch) // MIB
    if smallest > 60 * 1024:
        reserved = max(reserved, 10 * 1024)
    return max(round((smallest - reserved) / smallest, 3), 0.05)


def graph_bytes(spec: ModelSpec, options: Deployment, step: Step, users: int) -> int:
    """What SGLang itself expects CUDA graphs to take (``reserve_for_graph_mb``): 2 MiB a
    sequence of the largest decode batch, 1.5 GiB for prompts with latent attention, else 8 MiB
    for each of about 50 sizes; more with data-parallel attention.
    """
    if not options.cuda_graphs:
        return 0
    batch = min(step.graph_batch, max(users, 1))
    size = batch * 2
    if options.data_parallel > 1:
        size += batch * options.data_parallel * (3 if batch <= 300 else 5)
    blocks = spec.architecture.attention.values()
    latent = any(isinstance(block, MlaAttention | CompressedAttention) for block in blocks)
    return (size + (1536 if latent else 400)) * MIB


def cut_of(spec: ModelSpec, options: Deployment, cards: list[Device]) -> Cut:
    """How SGLang cuts the weights: attention by replica, all else over all ranks of a stage.

    With expert parallel the shared experts are kept whole by the all-to-all back ends; the
    embedding follows attention.
    """
    tensor, data = options.tensor_parallel, options.data_parallel
    ranks = tensor * data
    whole = options.expert_parallel and ranks > 1
    return Cut(
        attention=tensor,
        dense=ranks,
        shared=1 if whole else ranks,
        experts=ranks,
        whole_experts=whole,
        vocabulary=tensor,
        padding=expert_padding(spec, cards),
    )


def stages_of(layers: int, stages: int) -> tuple[tuple[int, int], ...]:
    """First and past-the-end layer of every stage; the last ones take the remainder."""
    base, more = divmod(layers, stages)
    bounds, start = [], 0
    for stage in range(stages):
        past = start + base + (1 if stage >= stages - more else 0)
        bounds.append((start, past))
        start = past
    return tuple(bounds)


def demand(
    plan: Plan, spec: ModelSpec, layout: WeightLayout, cards: list[Device], hosts: list[Device]
) -> Demand | Refusal:
    """The need of a plan under SGLang, or why it cannot run."""
    options = plan.deployment
    world = options.tensor_parallel * options.pipeline_parallel * options.data_parallel
    cut = cut_of(spec, options, cards[:world])
    refusal = refused("SGLang", options, profile_of(spec), cards, world)
    refusal = refusal or refused_cut(spec, layout, cut)
    refusal = refusal or refused_drafter(spec, layout, options.mtp)
    if refusal:
        return Refusal(f"Cannot run. {refusal}")
    users = ceil_div(plan.workload.sequences, options.data_parallel)
    pool = pool_for(spec, options, users, step_of(options, cards[:world]))
    held = _held(spec, layout, cut, pool, options)
    return arranged(spec, options, pool, held, cards, hosts, users)


def refused(
    name: str, options: Deployment, profile: ModelProfile, cards: list[Device], world: int
) -> str | None:
    """What SGLang refuses whatever the model weighs."""
    if not cards:
        return f"{name} without a card is not worked out here. Add a card or choose llama.cpp."
    if world > len(cards):
        return (
            f"The plan asks for {world} ranks, the rig has {len(cards)} "
            f"{'card' if len(cards) == 1 else 'cards'}. "
            "Add cards or lower tensor or pipeline parallel."
        )
    for field in ("cache_type_k", "cache_type_v"):
        if getattr(options, field) not in ("auto", "f16", "bf16", "fp8"):
            return f"{name} has no {getattr(options, field)} KV cache. Choose auto or fp8."
    if options.pipeline_parallel > profile.spec.architecture.layers:
        return "More pipeline stages than layers. Choose fewer."
    if any(isinstance(block, CompressedAttention) for block in profile.kinds) and "bf16" in (
        options.cache_type_k,
        options.cache_type_v,
    ):
        return f"DeepSeek V4's 16-bit cache in {VERSION} was not checked. Choose auto or fp8."
    return refused_groups(profile, options.tensor_parallel)


def pool_for(spec: ModelSpec, options: Deployment, users: int, step: Step) -> TokenPool:
    """The pool of tokens of one rank."""
    fp8 = "fp8" in (options.cache_type_k, options.cache_type_v)
    return pool_of(spec, options.tensor_parallel, fp8, options.mtp, users, step.tokens)


@dataclass(frozen=True, slots=True)
class Held:
    """What a rank of one pipeline stage holds: bytes of routed experts and of everything else,
    its first and last layer, and the 16-bit copies of projections into a latent.
    """

    routed: int
    other: int
    span: tuple[int, int]
    copies: int


def _held(
    spec: ModelSpec, layout: WeightLayout, cut: Cut, pool: TokenPool, options: Deployment
) -> tuple[Held, ...]:
    layers = spec.architecture.layers
    weights = rank_weights(spec, layout, cut)
    found = []
    for first, past in stages_of(layers, options.pipeline_parallel):
        routed, other = vllm.stage_weights(weights, layout, layers, first, past, options.mtp)
        found.append(Held(routed, other, (first, past - 1), copies_of(weights, first, past)))
    return tuple(found)


def copies_of(weights: RankWeights, first: int, past: int) -> int:
    """16-bit copies of the layers ``first .. past - 1``: SGLang makes them from any storage."""
    return weights.absorbed[past] - weights.absorbed[first]


_ARRANGED: dict[tuple[object, ...], tuple[tuple[object, ...], Demand]] = {}


def arranged(
    spec: ModelSpec,
    options: Deployment,
    pool: TokenPool,
    held: tuple[Held, ...],
    cards: list[Device],
    hosts: list[Device],
    users: int,
    host_routed: tuple[int, ...] = (),
    workspace: int = 0,
) -> Demand:
    """All ranks, remembered for the same weights, devices and options.

    Args:
        spec: The model.
        options: How the engine is started.
        pool: The pool of tokens.
        held: What a rank of every stage holds.
        cards: The cards of the rig.
        hosts: The host memory of the nodes.
        users: Sequences of one replica.
        host_routed: Bytes of routed experts in the host memory of every node.
        workspace: Bytes beside the activations on every card.
    """
    key = (
        id(spec),
        id(pool),
        options,
        held,
        users,
        host_routed,
        workspace,
        *map(id, cards),
        *map(id, hosts),
    )
    known = _ARRANGED.get(key)
    if known is None:
        if len(_ARRANGED) > 4096:
            _ARRANGED.clear()
        built = _demand(spec, options, pool, held, cards, hosts, users, host_routed, workspace)
        known = _ARRANGED[key] = ((spec, pool, tuple(cards), tuple(hosts)), built)
    return known[1]


def _demand(
    spec: ModelSpec,
    options: Deployment,
    pool: TokenPool,
    held: tuple[Held, ...],
    cards: list[Device],
    hosts: list[Device],
    users: int,
    host_routed: tuple[int, ...],
    workspace: int,
) -> Demand:
    tensor, pipeline = options.tensor_parallel, options.pipeline_parallel
    world = tensor * pipeline * options.data_parallel
    step = step_of(options, cards[:world])
    graphs = graph_bytes(spec, options, step, users)
    compute = workspace + working_bytes(profile_of(spec), options, StepSize(step.tokens, users))
    layers = spec.architecture.layers
    counts = []
    for first, past in stages_of(layers, pipeline):
        end = len(pool.kind_of) if past == layers else past
        counts.append(pool.counts(first, end))
    needs = tuple(compute + mine.copies for mine in held)
    none = (0,) * len(pool.kinds)
    shares = []
    for position, card in enumerate(cards):
        if position >= world:
            shares.append(Share(_without_limit(card), 0, 0, (), none, pipeline))
            continue
        stage = position // tensor % pipeline
        mine = held[stage]
        whole, overhead = _started(card, options, graphs, compute, world)
        shares.append(
            Share(whole, mine.routed, mine.other, overhead, counts[stage], stage, mine.span)
        )
    for node, host in enumerate(hosts):
        routed = host_routed[node] if node < len(host_routed) else 0
        if routed or not host.unknown:
            shares.append(Share(host, routed, 0, (), none, pipeline))
    return Demand(
        placed=_placed(shares),
        cache=pool.sizes,
        buffers=_buffer_rule(pool, tuple(counts), needs),
        step_tokens=pool.page_tokens,
        limit_tokens=spec.max_context,
    )


def _placed(shares: list[Share]) -> Placed:
    return placed(shares)


def _buffer_rule(
    pool: TokenPool, counts: tuple[tuple[int, ...], ...], needs: tuple[int, ...]
) -> Callable[[int], tuple[tuple[int, int], ...]]:
    def buffers(context: int) -> tuple[tuple[int, int], ...]:
        sizes = pool.sizes(context)
        return (
            *(
                (need + pool.unused(counted, sizes), 0)
                for need, counted in zip(needs, counts, strict=True)
            ),
            _NO_BUFFERS,
        )

    return buffers


@by_identity
def _without_limit(card: Device) -> Device:
    """The card with all that is free: SGLang's activations live above its static share."""
    for item in card.held_back:
        if item.name == ABOVE_LIMIT:
            kept = tuple(other for other in card.held_back if other is not item)
            left = card.usable_bytes + item.size_bytes
            return replace(card, held_back=kept, usable_bytes=left)
    return card


def _started(
    card: Device, options: Deployment, graphs: int, compute: int, world: int
) -> tuple[Device, tuple[NamedBytes, ...]]:
    """The card and what is taken beside weights, pool and activations.

    What the static share leaves free and neither activations nor graphs need stays free.
    """
    whole = _without_limit(card)
    parts = list(card.context)
    if world > 1 and not card.bare:
        parts.append(_NCCL)
    before = max(whole.usable_bytes - sum(item.size_bytes for item in parts), 0)
    if graphs and not card.bare:
        parts.append(NamedBytes("CUDA graphs", graphs))
    rest = before - int(options.memory_utilization * before)
    idle = rest - compute - (0 if card.bare else graphs)
    if idle > 0:
        parts.append(NamedBytes("Kept free by the memory limit", idle))
    return whole, tuple(parts)


def fitting_share(
    spec: ModelSpec, options: Deployment, cards: list[Device], users: int
) -> float | None:
    """The largest memory limit that leaves room for activations and graphs, when the given one
    does not; None when it does. In whole hundredths.
    """
    world = options.tensor_parallel * options.pipeline_parallel * options.data_parallel
    used = cards[:world]
    step = step_of(options, used)
    need = graph_bytes(spec, options, step, users) + working_bytes(
        profile_of(spec), options, StepSize(step.tokens, users)
    )
    lowest: float | None = None
    for card in used:
        if card.bare:
            continue
        before = _without_limit(card).usable_bytes - card.context_bytes
        if before > 0 and need > (1 - options.memory_utilization) * before:
            share = max(int(100 * (before - need) / before), 0) / 100
            lowest = share if lowest is None else min(lowest, share)
    return lowest
