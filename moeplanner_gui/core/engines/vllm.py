"""vLLM: tensor, pipeline, data and expert parallel ranks, and what each holds.

Knows what vLLM 0.33 divides and what every rank repeats, when it starts and what it keeps for
itself. The weights of a rank and the pool of the cache follow its source; the working buffers,
the graphs and NCCL are modelled on the safe side.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import gcd

from moeplanner_gui.core.assessment import NamedBytes
from moeplanner_gui.core.engines.activations import StepSize, working_bytes
from moeplanner_gui.core.engines.limits import refused_drafter, refused_groups, refused_start
from moeplanner_gui.core.engines.profile import ModelProfile, profile_of
from moeplanner_gui.core.engines.rank_weights import (
    Cut,
    RankWeights,
    expert_padding,
    rank_weights,
    refused_cut,
)
from moeplanner_gui.core.engines.vllm_pages import (
    CacheOptions,
    Page,
    is_packed,
    pages_of,
    vllm_block_tokens,
)
from moeplanner_gui.core.engines.vllm_pool import Pool, plan_pool
from moeplanner_gui.core.model import (
    Attention,
    CompressedAttention,
    MlaAttention,
    ModelSpec,
)
from moeplanner_gui.core.placement import (
    Demand,
    Placed,
    Refusal,
    Share,
    pipeline_stages,
    placed,
)
from moeplanner_gui.core.plan import Deployment, Plan
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import GIB, ceil_div
from moeplanner_gui.core.usable import Device
from moeplanner_gui.core.verdict_words import cannot_run
from moeplanner_gui.core.weights import WeightLayout
from moeplanner_gui.core.words import say

VERSION = say("vLLM 0.33.0")
GRAPH_BYTES = 7 * GIB // 10
"""CUDA graphs: 0.36 to 0.7 GiB were seen on a card."""
NCCL_BYTES = GIB // 2
_GRAPHS = NamedBytes(say("CUDA graphs"), GRAPH_BYTES)
_NCCL = NamedBytes(say("NCCL buffers"), NCCL_BYTES)
_NO_BUFFERS = (0, 0)
_HUGE_BYTES, _LARGE_BYTES = 160 * GIB, 70 * GIB


def step_size(options: Deployment, cards: list[Device], users: int = 1) -> StepSize:
    """The engine's defaults for a server on these cards, or what the plan says.

    Source: vLLM 0.33.0, ``EngineArgs.get_batch_defaults``: 16384 tokens from 160 GiB of memory
    on, 8192 from 70 GiB on but not on A100 and GB10, else 2048. The card with the largest
    default decides where cards differ. More ``users`` than sequences by default need
    ``--max-num-seqs``, and a step is never shorter than that.
    """
    best = StepSize(2048, 256)
    for card in cards:
        if card.capacity_bytes >= _HUGE_BYTES:
            best = StepSize(16_384, 1024)
            break
        small = card.sm == (12, 1) or "a100" in (card.card_id or "")
        if card.capacity_bytes >= _LARGE_BYTES and not small:
            best = StepSize(8192, 1024)
    tokens = options.max_batched_tokens or best.tokens
    return StepSize(max(tokens, users), max(best.sequences, users))


def demand(
    plan: Plan, spec: ModelSpec, layout: WeightLayout, cards: list[Device], hosts: list[Device]
) -> Demand | Refusal:
    """The need of a plan under vLLM, or why it cannot run."""
    options = plan.deployment
    profile = profile_of(spec)
    world = options.tensor_parallel * options.pipeline_parallel * options.data_parallel
    cut = cut_of(spec, options, cards[:world])
    refusal = (
        _refuse(options, profile, cards, world)
        or refused_cut(spec, layout, cut)
        or refused_drafter(spec, layout, options.mtp)
    )
    if refusal:
        return Refusal(cannot_run(refusal))
    users = ceil_div(plan.workload.sequences, options.data_parallel)
    used = cards[:world]
    cache = cache_of(spec, cache_options(spec, options, used), options.mtp)
    weights = rank_weights(spec, layout, cut)
    step = step_size(options, used, users)
    return Demand(
        placed=_arranged(profile, layout, weights, cache, options, cards, hosts, users),
        cache=cache.sizes,
        buffers=_buffer_rule(profile, cache, weights, options, step, users),
        step_tokens=cache.step_tokens,
        limit_tokens=spec.max_context,
    )


def cut_of(spec: ModelSpec, options: Deployment, cards: list[Device]) -> Cut:
    """How vLLM cuts the weights.

    Experts are cut over the ranks of all replicas. With expert parallel over several replicas
    of several ranks the shared experts are kept whole, because tokens are divided instead
    (``use_sequence_parallel_moe``).
    """
    tensor, data = options.tensor_parallel, options.data_parallel
    whole_shared = options.expert_parallel and tensor > 1 and data > 1
    ranks = tensor * data
    return Cut(
        attention=tensor,
        dense=tensor,
        shared=1 if whole_shared else tensor,
        experts=ranks,
        whole_experts=options.expert_parallel and ranks > 1,
        vocabulary=tensor,
        padding=expert_padding(spec, cards),
    )


def cache_options(spec: ModelSpec, options: Deployment, cards: list[Device]) -> CacheOptions:
    """What decides the pages: the cache type the engine makes of ``--kv-cache-dtype``."""
    blocks = spec.architecture.attention.values()
    fp8 = "fp8" in (options.cache_type_k, options.cache_type_v)
    unset = options.cache_type_k in ("auto", "f16")
    if unset and any(isinstance(b, MlaAttention) and b.indexer is not None for b in blocks):
        # Sparse latent attention is 16-bit unless asked; only FlashInfer on compute capability
        # 12.x has no such kernel, and GLM's models choose FP8 on 10.x.
        majors = {card.sm[0] for card in cards if card.sm is not None}
        glm = spec.architecture.gguf_arch.startswith("glm")
        fp8 = bool(majors) and majors <= ({10, 12} if glm else {12})
    return CacheOptions(
        tensor_parallel=options.tensor_parallel,
        fp8=fp8,
        drafts=int(options.mtp),
        # Qwen3-Next keeps its state in the model's own 16 bits; Qwen3.5, Nemotron and Kimi's
        # delta attention in FP32 (their configurations).
        state_bytes=2 if spec.architecture.gguf_arch == "qwen3next" else 4,
        packed_v4="bf16" not in (options.cache_type_k, options.cache_type_v),
    )


@dataclass(frozen=True, slots=True)
class CachePlan:
    """The pool of a model with the pages of every attention kind.

    Attributes:
        pool: All layers, the prediction layers last when they are used.
        kinds: The distinct attention blocks, that of the prediction layer included.
        kind_of: For each layer of the pool the position in ``kinds``.
        pages: The stored pages of every kind.
        block_tokens: Tokens of a block of the layers that see the whole sequence.
        step_tokens: The need changes at multiples of this only; blocks of windows are shorter.
    """

    pool: Pool
    kinds: tuple[Attention, ...]
    kind_of: tuple[int, ...]
    pages: tuple[tuple[Page, ...], ...]
    block_tokens: int
    step_tokens: int

    def sizes(self, tokens: int) -> tuple[int, ...]:
        """Bytes that one sequence fills in one layer of every kind, in whole pages."""
        return tuple(
            sum(page.held(tokens) * page.page_bytes for page in pages) for pages in self.pages
        )

    def counts(self, first: int, past: int) -> tuple[int, ...]:
        """Layers of every kind in ``first .. past - 1``."""
        held = self.kind_of[first:past]
        return tuple(held.count(kind) for kind in range(len(self.kinds)))


@lru_cache(maxsize=2048)
def cache_of(spec: ModelSpec, options: CacheOptions, mtp: bool) -> CachePlan:
    """The plan of the cache; the prediction layers' own blocks come last."""
    arch = spec.architecture
    profile = profile_of(spec)
    kinds, kind_of = list(profile.kinds), list(profile.kind_of)
    if mtp and arch.mtp is not None:
        block = arch.attention[arch.mtp.attention or arch.attention_pattern.expand(arch.layers)[-1]]
        if block not in kinds:
            kinds.append(block)
        kind_of += [kinds.index(block)] * arch.mtp.layers
    tokens = vllm_block_tokens(tuple(kinds), options)
    pages = [pages_of(block, options, tokens) for block in kinds]
    pool = plan_pool([pages[kind] for kind in kind_of], packed=is_packed(tuple(kinds)))
    stored = tuple(
        pool.pages[kind_of.index(kind)] if kind in kind_of else () for kind in range(len(kinds))
    )
    full = [p.block_tokens for group in stored for p in group if p.kind == "full"]
    all_blocks = (p.block_tokens for group in stored for p in group if p.block_tokens)
    step = gcd(*all_blocks) or tokens
    return CachePlan(pool, tuple(kinds), tuple(kind_of), stored, max(full, default=tokens), step)


_PLACED: dict[tuple[object, ...], tuple[tuple[object, ...], Placed]] = {}


def _arranged(
    profile: ModelProfile,
    layout: WeightLayout,
    weights: RankWeights,
    cache: CachePlan,
    options: Deployment,
    cards: list[Device],
    hosts: list[Device],
    users: int,
) -> Placed:
    """All ranks, remembered for the same weights, devices and parallel sizes.

    Objects are told apart by identity, which is quick and safe because the entry holds them.
    """
    key = (
        id(weights),
        id(cache),
        tuple(map(id, cards)),
        tuple(map(id, hosts)),
        options.tensor_parallel,
        options.pipeline_parallel,
        options.data_parallel,
        options.mtp,
        options.cuda_graphs,
        users,
    )
    known = _PLACED.get(key)
    if known is None:
        if len(_PLACED) >= 256:
            _PLACED.clear()
        shares = _ranks(profile, layout, weights, cache, options, cards, users)
        none = (0,) * len(cache.kinds)
        idle = options.pipeline_parallel
        shares.extend(Share(host, 0, 0, (), none, idle) for host in hosts if not host.unknown)
        held = (weights, cache, tuple(cards), tuple(hosts))
        known = _PLACED[key] = (held, placed(shares))
    return known[1]


def _ranks(
    profile: ModelProfile,
    layout: WeightLayout,
    weights: RankWeights,
    cache: CachePlan,
    options: Deployment,
    cards: list[Device],
    users: int,
) -> list[Share]:
    layers = profile.spec.architecture.layers
    tensor, pipeline = options.tensor_parallel, options.pipeline_parallel
    world = tensor * pipeline * options.data_parallel
    stages = []
    for first, past in pipeline_stages(layers, pipeline):
        end = len(cache.kind_of) if past == layers else past
        counts = tuple(count * users for count in cache.counts(first, end))
        held = stage_weights(weights, layout, layers, first, past, options.mtp)
        stages.append((held, counts, (first, past - 1)))
    shares = []
    for position, card in enumerate(cards):
        if position >= world:
            shares.append(Share(card, 0, 0, (), (0,) * len(cache.kinds), pipeline))
            continue
        stage = position // tensor % pipeline
        (routed, other), caches, span = stages[stage]
        shares.append(
            Share(card, routed, other, _overhead(card, options, world), caches, stage, span)
        )
    return shares


def _overhead(card: Device, options: Deployment, world: int) -> tuple[NamedBytes, ...]:
    if card.bare:
        return ()
    graphs = (_GRAPHS,) if options.cuda_graphs else ()
    return (*card.context, *graphs, *((_NCCL,) if world > 1 else ()))


def stage_weights(
    weights: RankWeights, layout: WeightLayout, layers: int, first: int, past: int, mtp: bool
) -> tuple[int, int]:
    """Bytes of routed experts and of everything else for the layers ``first .. past - 1``."""
    routed = weights.routed[past] - weights.routed[first]
    other = weights.other[past] - weights.other[first]
    if first == 0:
        # The vision tower is kept whole: whether it is divided depends on its own options.
        other += weights.embedding + layout.other_bytes
    if past == layers:
        other += weights.head + (weights.tied_head if first else 0)
        if mtp:
            routed, other = routed + weights.mtp[0], other + weights.mtp[1]
            if first:
                # The prediction layer looks its input up in the same embedding.
                other += weights.embedding
    return routed, other


def _refuse(
    options: Deployment, profile: ModelProfile, cards: list[Device], world: int
) -> str | None:
    if not cards:
        return say(
            "Without a card vLLM runs on the processor, which is not worked out "
            "here. Add a card or choose llama.cpp."
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
    for name in ("cache_type_k", "cache_type_v"):
        if getattr(options, name) not in ("auto", "f16", "bf16", "fp8"):
            return say("vLLM has no {0} KV cache. Choose auto or fp8.", getattr(options, name))
    refusal = refused_groups(profile, options.tensor_parallel)
    if refusal:
        return refusal
    if options.pipeline_parallel > profile.spec.architecture.layers:
        return say("More pipeline stages than layers. Choose fewer.")
    compressed = any(isinstance(block, CompressedAttention) for block in profile.kinds)
    plain = compressed and "bf16" in (options.cache_type_k, options.cache_type_v)
    if plain and any(card.sm is not None and card.sm[0] != 10 for card in cards[:world]):
        return say(
            "{0} keeps DeepSeek V4's cache in 16 bits on compute capability 10.x "
            "only, with FlashInfer's kernels. Choose auto or fp8.",
            VERSION,
        )
    return refused_start(VERSION, options, cards[:world])


def _buffer_rule(
    profile: ModelProfile,
    cache: CachePlan,
    weights: RankWeights,
    options: Deployment,
    step: StepSize,
    users: int,
) -> Callable[[int], tuple[tuple[int, int], ...]]:
    compute = working_bytes(profile, options, step)
    layers = profile.spec.architecture.layers
    # Steps run ahead of one another: one for each pipeline stage and one more.
    in_flight = (options.pipeline_parallel + 1) * step.tokens
    stages = []
    for first, past in pipeline_stages(layers, options.pipeline_parallel):
        end = len(cache.kind_of) if past == layers else past
        copies = weights.absorbed[past] - weights.absorbed[first] if weights.packed_latent else 0
        stages.append(
            (cache.pool.block_bytes(first, end), cache.counts(first, end), compute + copies)
        )

    def buffers(context: int) -> tuple[tuple[int, int], ...]:
        blocks = cache.pool.blocks(context, users, in_flight)
        sizes = cache.sizes(context)
        found = []
        for width, counts, fixed in stages:
            filled = users * sum(map(int.__mul__, counts, sizes))
            found.append((fixed + blocks * width - filled, 0))
        found.append(_NO_BUFFERS)
        return tuple(found)

    return buffers
