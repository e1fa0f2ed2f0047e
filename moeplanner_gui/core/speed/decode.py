"""Decode: the time of one step from what every device reads, and the rate that follows.

A step produces one token for every user at work. What a device reads takes its bytes over the
share of its bandwidth that was measured to be reached; what it runs takes a fixed time a layer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log, sqrt

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.engines.profile import profile_of
from moeplanner_gui.core.model import (
    Attention,
    CompressedAttention,
    GatedDeltaNet,
    KimiDelta,
    Mamba2,
    MlaAttention,
)
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.speed.constants import SpeedGroup
from moeplanner_gui.core.speed.groups import group_of_device
from moeplanner_gui.core.speed.links import all_reduce_s, hop_s, link_of
from moeplanner_gui.core.speed.power_limit import limited, on_share, power_effect
from moeplanner_gui.core.speed.reading import kv_read_bytes
from moeplanner_gui.core.speed.terms import BOUND_OF, Bound, Term, TermKind, Unknown
from moeplanner_gui.core.speed.traffic import Part, Stage, Traffic, traffic_of

GIGA = 1e9
MICRO = 1e-6
_USERS_WITHOUT_COMPUTE = 8
"""Users of one copy up to whom every card is bound by its memory: no compute figure is needed."""


@dataclass(frozen=True, slots=True)
class PartCost:
    """Seconds of one device, ready to be added up.

    ``dense``: weights read whole. ``experts``: all routed experts it holds, were all read.
    ``cache``: seconds a byte of cache, for every attention kind. ``compute``: for one user.
    ``overhead``: its layers.
    """

    part: Part
    group: SpeedGroup
    dense: float
    experts: float
    cache: tuple[float, ...]
    compute: float
    overhead: float


@dataclass(frozen=True, slots=True)
class StageCost:
    """A stage: its distinct devices, what joins its ranks and what leads to it.

    ``reduce`` and ``hop`` are seconds of one message, ``..._user`` what every user adds to it.
    """

    parts: tuple[PartCost, ...]
    reduce: float = 0.0
    reduce_user: float = 0.0
    reduces: int = 0
    hop: float = 0.0
    hop_user: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Costs:
    """Everything of a plan's step that depends neither on the context nor on the users."""

    plan: Plan
    traffic: Traffic
    stages: tuple[StageCost, ...]
    token: float
    group: SpeedGroup
    known_compute: str | None
    reads: dict[int, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Decode:
    """Decode of one user, tokens/s, and what a step is made of (seconds)."""

    rate: Range
    bound_by: Bound
    group: SpeedGroup
    costs: Costs
    depth_tokens: int
    users: int
    slowed: float = 1.0
    """By how much a power limit stretches the step."""

    @property
    def terms(self) -> tuple[Term, ...]:
        """The parts of one step; their seconds add up to it."""
        terms = terms_of(self.costs, self.depth_tokens, self.users)
        if self.slowed == 1.0:
            return terms
        return tuple(replace(term, seconds=term.seconds * self.slowed) for term in terms)


def decode_speed(
    prepared: Prepared, catalog: CatalogReader, depth_tokens: int, users: int
) -> Decode | Unknown:
    """Tokens/s of each of ``users`` users, each with ``depth_tokens`` of context filled."""
    costs = costs_of(prepared, catalog)
    if isinstance(costs, Unknown):
        return costs
    if costs.known_compute is not None and users > (
        _USERS_WITHOUT_COMPUTE * costs.traffic.replicas
    ):
        return Unknown(
            f"Unknown for {users} users, because the compute of {costs.known_compute} is not "
            "known, and with so many users it may be what limits."
        )
    step = _Step(costs, depth_tokens, users)
    seconds = step.seconds
    if seconds <= 0.0:
        return Unknown("Unknown, because nothing that takes time is known of this plan.")
    rate, group = 1.0 / seconds, costs.group
    band = Range(rate * group.low, rate, rate * group.high)
    slowed = 1.0
    effect = power_effect(prepared.plan, catalog, users)
    if isinstance(effect, Unknown):
        return effect
    if effect is not None:
        left = on_share(effect.decode, step.card_share)
        band, slowed = limited(band, left), 1.0 / left.expected
    return Decode(band, step.bound(), group, costs, depth_tokens, users, slowed)


# --- what does not change -------------------------------------------------------------------


_COSTS: dict[int, tuple[Traffic, object, Costs | Unknown]] = {}


def costs_of(prepared: Prepared, catalog: CatalogReader) -> Costs | Unknown:
    """The costs of a plan, remembered by the identity of its traffic."""
    traffic = traffic_of(prepared, catalog)
    if isinstance(traffic, Unknown):
        return traffic
    known = _COSTS.get(id(traffic))
    if known is None or known[1] is not catalog:
        if len(_COSTS) >= 1024:
            _COSTS.clear()
        known = _COSTS[id(traffic)] = (traffic, catalog, _costs(prepared, catalog, traffic))
    return known[2]


def _costs(prepared: Prepared, catalog: CatalogReader, traffic: Traffic) -> Costs | Unknown:
    stages = []
    lead: SpeedGroup | None = None
    missing: str | None = None
    before: Stage | None = None
    for stage in traffic.stages:
        groups: list[SpeedGroup] = []
        for part in stage.parts:
            device = part.device
            if device.kind != "gpu" and prepared.cards:
                device = prepared.cards[0]
            group = group_of_device(prepared, catalog, device)
            if isinstance(group, Unknown):
                return group
            groups.append(group)
            if part.place == "gpu" and part.tflops is None and missing is None:
                missing = part.device.name
            if lead is None or (part.place == "gpu" and _width(group) > _width(lead)):
                lead = group
        cost = _stage_cost(traffic, prepared.plan, stage, before, groups, catalog)
        if isinstance(cost, Unknown):
            return cost
        stages.append(cost)
        before = stage
    if lead is None:
        return Unknown("Unknown, because no device holds a part of the model.")
    return Costs(prepared.plan, traffic, tuple(stages), lead.token_us * MICRO, lead, missing, {})


def _width(group: SpeedGroup) -> float:
    return group.high / group.low


def _stage_cost(
    traffic: Traffic,
    plan: Plan,
    stage: Stage,
    before: Stage | None,
    groups: list[SpeedGroup],
    catalog: CatalogReader,
) -> StageCost | Unknown:
    parts = tuple(
        _part_cost(traffic, part, group, stage.ranks)
        for part, group in zip(stage.parts, groups, strict=True)
    )
    first = stage.parts[0]
    if first.place != "gpu":
        return StageCost(parts)
    token_bytes = 2 * traffic.spec.architecture.hidden_size
    reduce, reduce_user, reduces = 0.0, 0.0, 0
    joined = stage.ranks * (traffic.expert_replicas if traffic.moe_layers else 1)
    if joined > 1:
        link = link_of(plan, catalog, stage.cards[:joined])
        if isinstance(link, Unknown):
            return link
        layers = first.span[1] - first.span[0]
        # One after the attention where its heads are divided, one after the feed-forward block.
        reduces = layers * (stage.ranks > 1)
        reduces += layers if stage.ranks > 1 else first.moe_layers
        reduce = all_reduce_s(link, joined, 0.0)
        reduce_user = all_reduce_s(link, joined, token_bytes) - reduce
    hop = hop_user = 0.0
    if before is not None and before.cards:
        between = link_of(plan, catalog, (before.cards[0], stage.cards[0]), passing=True)
        if isinstance(between, Unknown):
            return between
        hop = hop_s(between, 0.0)
        hop_user = hop_s(between, token_bytes) - hop
    return StageCost(parts, reduce, reduce_user, reduces, hop, hop_user)


def _part_cost(traffic: Traffic, part: Part, group: SpeedGroup, ranks: int) -> PartCost:
    speed = part.gbs * GIGA
    if part.place != "gpu":
        reached = group.host_efficiency if part.place == "host" else 1.0
        read = speed * reached
        count = max(sum(part.layers), part.expert_layers)
        return PartCost(
            part,
            group,
            part.dense_bytes / read,
            part.expert_bytes / read,
            tuple(number / read for number in part.caches),
            0.0,
            count * group.host_layer_us * MICRO if part.place == "host" else 0.0,
        )
    weights, cache = speed * group.efficiency, speed * group.cache_efficiency
    kinds = profile_of(traffic.spec).kinds
    overhead = part.moe_layers * group.moe_us
    for kind, number in zip(kinds, part.layers, strict=True):
        overhead += number * layer_us(kind, group)
    compute = 0.0
    if part.tflops is not None:
        share = (part.span[1] - part.span[0]) / traffic.layers / ranks
        flops = 2.0 * traffic.active_parameters * share
        compute = flops / (part.tflops * 1e12 * group.compute_efficiency)
    return PartCost(
        part,
        group,
        part.dense_bytes / weights,
        part.expert_bytes / weights,
        tuple(number / cache for number in part.caches),
        compute,
        overhead * MICRO,
    )


def layer_us(kind: Attention, group: SpeedGroup) -> float:
    """What a layer of this attention kind costs beside what it reads, microseconds."""
    if isinstance(kind, MlaAttention):
        return group.layer_us + group.latent_us
    if isinstance(kind, CompressedAttention):
        return group.layer_us + group.compressed_us
    if isinstance(kind, (GatedDeltaNet, Mamba2, KimiDelta)):
        return max(group.layer_us + group.linear_us, 0.0)
    return group.layer_us


# --- one step -------------------------------------------------------------------------------


def expert_share(traffic: Traffic, tokens: float) -> float:
    """The share of its routed experts that a device reads for ``tokens`` tokens at a time.

    Each token picks ``k`` of ``n``; the union of several is ``1 - (1 - k/n)^tokens``. Where ranks
    hold whole experts the one with the most of the picked ones decides: about the mean and
    ``sqrt(2 mean ln ranks)`` more, never more than are picked or held.
    """
    if not traffic.experts:
        return 0.0
    share: float = 1.0 - (1.0 - traffic.top_k / traffic.experts) ** tokens
    ranks = traffic.expert_ranks
    if ranks > 1:
        picked = tokens * traffic.top_k
        mean = picked / ranks
        share = min(
            share * (1.0 + sqrt(2.0 * log(ranks) / mean)), picked * ranks / traffic.experts, 1.0
        )
    return share


class _Step:
    """One step: seconds by kind of term."""

    def __init__(self, costs: Costs, depth_tokens: int, users: int) -> None:
        traffic = costs.traffic
        copies = max(users / traffic.replicas, 1.0)
        self.groups = min(float(traffic.micro_batches), copies)
        self.users = copies / self.groups
        self.share = expert_share(
            traffic, max(self.users * min(traffic.expert_replicas, users), 1.0)
        )
        reads = costs.reads.get(depth_tokens)
        if reads is None:
            if len(costs.reads) >= 64:
                costs.reads.clear()
            reads = costs.reads[depth_tokens] = kv_read_bytes(
                traffic.spec, costs.plan.deployment, depth_tokens
            )
        self.reads = reads
        self.costs = costs
        chosen: list[tuple[StageCost, PartCost, float]] = []
        total = slowest = 0.0
        for stage in costs.stages:
            parts = stage.parts
            part = parts[0]
            seconds = self.part_seconds(part)
            for other in parts[1:]:
                more = self.part_seconds(other)
                if more > seconds:
                    part, seconds = other, more
            if stage.reduces:
                seconds += stage.reduces * (stage.reduce + stage.reduce_user * self.users)
            if stage.hop:
                seconds += stage.hop + stage.hop_user * self.users
            chosen.append((stage, part, seconds))
            total += seconds
            if seconds > slowest:
                slowest = seconds
        self.chosen = chosen
        whole = total
        if self.groups > 1.0:
            # The slowest stage works on every group of users before the first has its turn again.
            whole = max(total, self.groups * slowest)
        self.stretch = whole / total if total else 1.0
        self.seconds = whole + costs.token

    @property
    def card_share(self) -> float:
        """The share of the step that cards are at work."""
        every = sum(seconds for _, _, seconds in self.chosen)
        cards = sum(seconds for _, cost, seconds in self.chosen if cost.part.place == "gpu")
        return cards / every if every else 0.0

    def cache_seconds(self, cost: PartCost) -> float:
        """Reading the caches of the users of one group."""
        total = 0.0
        for per_byte, size in zip(cost.cache, self.reads, strict=True):
            total += per_byte * size
        return total * self.users

    def part_seconds(self, cost: PartCost) -> float:
        """One device: it reads its weights or computes, whichever takes longer."""
        read = cost.dense + cost.experts * self.share
        return max(read, cost.compute * self.users) + self.cache_seconds(cost) + cost.overhead

    def bound(self) -> Bound:
        """What takes the most time of the step."""
        sums: dict[Bound, float] = {}
        for kind, seconds, _, _, _ in self.raw_terms():
            bound = BOUND_OF[kind]
            sums[bound] = sums.get(bound, 0.0) + seconds
        return max(sums, key=lambda name: sums[name])

    def raw_terms(self) -> list[tuple[TermKind, float, int | None, float, float]]:
        """Kind, seconds, device, amount and rate of everything that takes time."""
        found: list[tuple[TermKind, float, int | None, float, float]] = []
        add = found.append
        for stage, cost, _ in self.chosen:
            part = cost.part
            at, stretch = part.position, self.stretch
            names = _NAMES[part.place]
            read = cost.experts * self.share
            if cost.dense:
                seconds = cost.dense * stretch
                add((names[0], seconds, at, part.dense_bytes, part.dense_bytes / cost.dense))
            if read:
                amount = part.expert_bytes * self.share
                add((names[1], read * stretch, at, amount, amount / read))
            more = cost.compute * self.users - cost.dense - read
            if more > 0.0:
                add(("compute", more * stretch, at, 0.0, 0.0))
            cached = self.cache_seconds(cost)
            if cached:
                amount = self.users * sum(
                    count * size for count, size in zip(part.caches, self.reads, strict=True)
                )
                add((names[2], cached * stretch, at, amount, amount / cached))
            if cost.overhead:
                count = max(sum(part.layers), part.expert_layers)
                add((names[3], cost.overhead * stretch, at, count, cost.overhead / count))
            if stage.reduces:
                each = stage.reduce + stage.reduce_user * self.users
                add(("all_reduce", each * stage.reduces * stretch, None, stage.reduces, each))
            if stage.hop:
                each = stage.hop + stage.hop_user * self.users
                add(("hop", each * stretch, None, 1.0, each))
        if self.costs.token:
            add(("token_overhead", self.costs.token, None, 1.0, self.costs.token))
        return found


_NAMES: dict[str, tuple[TermKind, TermKind, TermKind, TermKind]] = {
    "gpu": ("dense_weights", "expert_weights", "kv_cache", "layer_overhead"),
    "host": ("host_weights", "host_experts", "host_kv_cache", "host_overhead"),
    "disk": ("disk_experts", "disk_experts", "disk_experts", "disk_experts"),
}


def terms_of(costs: Costs, depth_tokens: int, users: int) -> tuple[Term, ...]:
    """The terms of one step of a plan whose costs are known."""
    return tuple(Term(*raw) for raw in _Step(costs, depth_tokens, users).raw_terms())
