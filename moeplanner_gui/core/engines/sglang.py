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
from dataclasses import replace

from moeplanner_gui.core.assessment import NamedBytes
from moeplanner_gui.core.engines import vllm
from moeplanner_gui.core.engines.activations import StepSize, working_rule
from moeplanner_gui.core.engines.limits import refused_drafter, refused_groups
from moeplanner_gui.core.engines.profile import ModelProfile, profile_of
from moeplanner_gui.core.engines.rank_weights import (
    Cut,
    RankWeights,
    expert_padding,
    rank_weights,
    refused_cut,
)
from moeplanner_gui.core.engines.sglang_memory import CONTEXT_ROWS as CONTEXT_ROWS
from moeplanner_gui.core.engines.sglang_memory import Step as Step
from moeplanner_gui.core.engines.sglang_memory import context_rows as context_rows
from moeplanner_gui.core.engines.sglang_memory import fitting_share as fitting_share
from moeplanner_gui.core.engines.sglang_memory import graph_bytes, without_limit
from moeplanner_gui.core.engines.sglang_memory import static_share as static_share
from moeplanner_gui.core.engines.sglang_memory import step_of as step_of
from moeplanner_gui.core.engines.sglang_pool import TokenPool, pool_of
from moeplanner_gui.core.model import CompressedAttention, ModelSpec
from moeplanner_gui.core.placement import Demand, Placed, Refusal, Share, placed
from moeplanner_gui.core.plan import Deployment, Plan
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import ceil_div
from moeplanner_gui.core.usable import Device
from moeplanner_gui.core.verdict_words import cannot_run
from moeplanner_gui.core.weights import WeightLayout
from moeplanner_gui.core.words import say

VERSION = say("SGLang 0.5.23")
NCCL_BYTES = vllm.NCCL_BYTES
KEPT_FREE = say("Kept free by the memory limit")
EXPERT_BUFFERS = say("Buffers of the experts")
_NCCL = NamedBytes(say("NCCL buffers"), NCCL_BYTES)
_NO_BUFFERS = (0, 0)


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
        return Refusal(cannot_run(refusal))
    users = ceil_div(plan.workload.sequences, options.data_parallel)
    pool = pool_for(spec, options, users, step_of(options, cards[:world]))
    held = _held(spec, layout, cut, pool, options)
    return arranged(spec, options, pool, held, cards, hosts, users)


def refused(
    name: str, options: Deployment, profile: ModelProfile, cards: list[Device], world: int
) -> str | None:
    """What SGLang refuses whatever the model weighs."""
    if not cards:
        return say(
            "{0} without a card is not worked out here. Add a card or choose llama.cpp.", name
        )
    if world > len(cards):
        if len(cards) == 1:
            return say(
                "The plan asks for {0} ranks, the rig has 1 card. Add cards or lower "
                "tensor or pipeline parallel.",
                world,
            )
        return say(
            "The plan asks for {0} ranks, the rig has {1} cards. Add cards or lower "
            "tensor or pipeline parallel.",
            world,
            len(cards),
        )
    for field in ("cache_type_k", "cache_type_v"):
        if getattr(options, field) not in ("auto", "f16", "bf16", "fp8"):
            return say(
                "{0} has no {1} KV cache. Choose auto or fp8.", name, getattr(options, field)
            )
    if options.pipeline_parallel > profile.spec.architecture.layers:
        return say("More pipeline stages than layers. Choose fewer.")
    if any(isinstance(block, CompressedAttention) for block in profile.kinds) and "bf16" in (
        options.cache_type_k,
        options.cache_type_v,
    ):
        return say(
            "DeepSeek V4's 16-bit cache in {0} was not checked. Choose auto or fp8.", VERSION
        )
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
    host_buffers: int = 0,
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
        host_buffers: Bytes beside the experts in host memory that has some.
    """
    key = (
        id(spec),
        id(pool),
        options,
        held,
        users,
        host_routed,
        workspace,
        host_buffers,
        *map(id, cards),
        *map(id, hosts),
    )
    known = _ARRANGED.get(key)
    if known is None:
        if len(_ARRANGED) >= 256:
            _ARRANGED.clear()
        built = _demand(
            spec, options, pool, held, cards, hosts, users, host_routed, workspace, host_buffers
        )
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
    host_buffers: int,
) -> Demand:
    tensor, pipeline = options.tensor_parallel, options.pipeline_parallel
    world = tensor * pipeline * options.data_parallel
    step = step_of(options, cards[:world])
    graphs = graph_bytes(spec, options, step, users)
    rule = working_rule(profile_of(spec), options, StepSize(step.tokens, users))
    least = workspace + rule(0)
    layers = spec.architecture.layers
    counts = []
    for first, past in stages_of(layers, pipeline):
        end = len(pool.kind_of) if past == layers else past
        counts.append(pool.counts(first, end))
    spares: list[list[int]] = [[] for _ in range(pipeline)]
    none = (0,) * len(pool.kinds)
    shares = []
    for position, card in enumerate(cards):
        if position >= world:
            shares.append(Share(without_limit(card), 0, 0, (), none, pipeline))
            continue
        # All replicas of a stage come before the next stage (data_parallel_controller.py).
        stage = position // (tensor * options.data_parallel)
        mine = held[stage]
        need = least + mine.copies
        whole, overhead, spare = _started(card, options, graphs, need, world)
        spares[stage].append(spare)
        shares.append(
            Share(whole, mine.routed, mine.other, overhead, counts[stage], stage, mine.span)
        )
    for node, host in enumerate(hosts):
        routed = host_routed[node] if node < len(host_routed) else 0
        if routed or not host.unknown:
            beside = (NamedBytes(EXPERT_BUFFERS, host_buffers),) if routed else ()
            shares.append(Share(host, routed, 0, beside, none, pipeline))
    return Demand(
        placed=_placed(shares),
        cache=pool.sizes,
        buffers=_buffer_rule(
            pool,
            [
                # The card that keeps the least free decides for its stage.
                (counted, least + mine.copies, min(spare, default=0))
                for counted, mine, spare in zip(counts, held, spares, strict=True)
            ],
            lambda context: rule(context_rows(context, users)) - rule(0),
        ),
        step_tokens=pool.page_tokens,
        limit_tokens=spec.max_context,
    )


def _placed(shares: list[Share]) -> Placed:
    return placed(shares)


def _buffer_rule(
    pool: TokenPool,
    stages: list[tuple[tuple[int, ...], int, int]],
    more: Callable[[int], int],
) -> Callable[[int], tuple[tuple[int, int], ...]]:
    """Working bytes by stage: its layers, what it needs at least, and what its cards keep free.

    Activations grow with the context into what is kept free first.
    """

    def buffers(context: int) -> tuple[tuple[int, int], ...]:
        sizes = pool.sizes(context)
        grown = more(context)
        return (
            *(
                (least + max(grown - idle, 0) + pool.unused(counted, sizes), 0)
                for counted, least, idle in stages
            ),
            _NO_BUFFERS,
        )

    return buffers


def _started(
    card: Device, options: Deployment, graphs: int, compute: int, world: int
) -> tuple[Device, tuple[NamedBytes, ...], int]:
    """The card as far as it may be used, what is taken beside weights, pool and activations, and
    what is kept free.

    What the static share leaves free and neither activations nor graphs need stays free.
    """
    whole = without_limit(card)
    parts = list(card.context)
    if world > 1 and not card.bare:
        parts.append(_NCCL)
    before = max(whole.usable_bytes - sum(item.size_bytes for item in parts), 0)
    if graphs and not card.bare:
        parts.append(NamedBytes(say("CUDA graphs"), graphs))
    rest = before - int(options.memory_utilization * before)
    idle = max(rest - compute - (0 if card.bare else graphs), 0)
    if idle:
        kept = (*whole.held_back, NamedBytes(KEPT_FREE, idle))
        whole = replace(whole, held_back=kept, usable_bytes=whole.usable_bytes - idle)
    return whole, tuple(parts), idle
