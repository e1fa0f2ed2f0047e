"""Decode: the time of one step from what every device reads, and the rate that follows.

A step produces one token for every user at work. What a device reads takes its bytes over the
share of its bandwidth that was measured to be reached; what it runs takes a fixed time a layer.
"""

from __future__ import annotations

from dataclasses import replace
from math import log, sqrt

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.constants import SpeedGroup
from moeplanner_gui.core.speed.costs import Costs, PartCost, PlaceSum, StageCost, costs_of
from moeplanner_gui.core.speed.power_limit import limited, on_share, power_effect
from moeplanner_gui.core.speed.reading import attention_flops, kv_read_bytes
from moeplanner_gui.core.speed.terms import BOUND_OF, Bound, Term, TermKind, Unknown
from moeplanner_gui.core.speed.traffic import Traffic
from moeplanner_gui.core.words import say

_USERS_WITHOUT_COMPUTE = 8
"""Users of one copy up to whom every card is bound by its memory: no compute figure is needed."""


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
    guessed: tuple[Term, ...] = ()
    """The step with guesses (MTP), of which one gives several tokens; empty without."""
    guesses: int = 0
    """Tokens guessed in a step for every user."""

    @property
    def weak(self) -> bool:
        """True when few measurements, or none that are alike, stand behind the rate."""
        return self.group.weak or self.costs.new

    @property
    def terms(self) -> tuple[Term, ...]:
        """The parts of one step; their seconds add up to it."""
        terms = self.guessed or terms_of(self.costs, self.depth_tokens, self.users)
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
    if costs.unknown_compute is not None and users > (
        _USERS_WITHOUT_COMPUTE * costs.traffic.replicas
    ):
        return Unknown(
            say(
                "Unknown for {0} users, because the compute of {1} is not known, and "
                "with so many users it may be what limits.",
                users,
                costs.unknown_compute,
            )
        )
    step = (_Step if costs.sums is None else _Sum)(costs, depth_tokens, users)
    seconds = step.seconds
    if seconds <= 0.0:
        return Unknown(say("Unknown, because nothing that takes time is known of this plan."))
    rate, group = 1.0 / seconds, costs.group
    least = costs.least + costs.least_experts * step.share
    high = rate * costs.high
    if high * least > 1.0 and not prepared.plan.deployment.mtp:
        # A band tells what others measured; nobody read faster than a memory delivers. With
        # guesses a step gives several tokens, and their gain grows with the context.
        high = max(1.0 / least, rate)
    band = Range(costs.low / (seconds + costs.slower), rate, high)
    slowed = 1.0
    effect = power_effect(prepared.plan, catalog, users)
    if isinstance(effect, Unknown):
        return effect
    if effect is not None:
        left = on_share(effect.decode, step.card_share)
        band, slowed = limited(band, left), 1.0 / left.expected
    found = Decode(band, step.bound(), group, costs, depth_tokens, users, slowed)
    if not prepared.plan.deployment.mtp:
        return found
    from moeplanner_gui.core.speed.speculative import with_guesses

    return with_guesses(prepared, found, seconds)


def expert_share(traffic: Traffic, tokens: float, union_power: float = 1.0) -> float:
    """The share of its routed experts that a device reads for ``tokens`` tokens at a time.

    Each token picks ``k`` of ``n``; the union of several is ``1 - (1 - k/n)^tokens``, were every
    expert as likely as any other. Some are picked more often, so that the union grows like that
    of ``tokens ^ union_power`` tokens. Where ranks
    hold whole experts the one with the most of the picked ones decides: about the mean and
    ``sqrt(2 mean ln ranks)`` more, never more than are picked or held.
    """
    if not traffic.experts:
        return 0.0
    share: float = 1.0 - (1.0 - traffic.top_k / traffic.experts) ** (tokens**union_power)
    ranks = traffic.expert_ranks
    if ranks > 1:
        picked = tokens * traffic.top_k
        mean = picked / ranks
        share = min(
            share * (1.0 + sqrt(2.0 * log(ranks) / mean)), picked * ranks / traffic.experts, 1.0
        )
    return share


class _Asked:
    """What is asked of a step: users of a copy, their experts, what each reads."""

    def __init__(self, costs: Costs, depth_tokens: int, users: int) -> None:
        traffic = costs.traffic
        copies = max(users / traffic.replicas, 1.0)
        self.groups = min(float(traffic.micro_batches), copies)
        self.users = copies / self.groups
        self.share = expert_share(
            traffic,
            max(self.users * min(traffic.expert_replicas, users), 1.0),
            costs.group.union_power,
        )
        reads = costs.reads.get(depth_tokens)
        if reads is None:
            if len(costs.reads) >= 64:
                costs.reads.clear()
            spec, deployment = traffic.spec, costs.plan.deployment
            reads = costs.reads[depth_tokens] = (
                kv_read_bytes(spec, deployment, depth_tokens),
                attention_flops(spec, deployment, depth_tokens),
            )
        self.reads, self.operations = reads
        self.several = 1.0 - 1.0 / self.users
        self.costs = costs


class _Sum(_Asked):
    """One step of a plan that sums tell: the same as :class:`_Step`, many times as quick."""

    def __init__(self, costs: Costs, depth_tokens: int, users: int) -> None:
        super().__init__(costs, depth_tokens, users)
        sums = costs.sums
        assert sums is not None
        card = host = disk = fixed = compute = 0.0
        if sums.gpu is not None:
            card, compute, fixed = self._of(sums.gpu)
        self._cards = card + compute + fixed
        if sums.host is not None:
            read, more, layers = self._of(sums.host)
            host, compute = read + layers, compute + more
        if sums.disk is not None:
            disk = sum(self._of(sums.disk))
        links = sums.links + sums.links_user * self.users
        self._cards += links
        self._bounds: dict[Bound, float] = {
            "memory bandwidth": card,
            "compute": compute,
            "launch latency": fixed + costs.token,
            "interconnect": links,
            "host memory": host,
            "disk": disk,
        }
        self.seconds = sum(self._bounds.values())

    def _of(self, cost: PlaceSum) -> tuple[float, float, float]:
        """Reading, computing and the layers of all devices of one place."""
        cached = 0.0
        for per_byte, size in zip(cost.cache, self.reads, strict=True):
            cached += per_byte * size
        for each, count in zip(cost.attention, self.operations, strict=True):
            cached += each * count
        read = cost.dense + cost.experts * self.share + cached * self.users
        compute = cost.compute * (self.users - 1.0)
        return read, compute, cost.overhead + cost.batch * self.several

    @property
    def card_share(self) -> float:
        """The share of the step that cards are at work."""
        return self._cards / (self.seconds - self.costs.token)

    def bound(self) -> Bound:
        """What takes the most time of the step."""
        bounds = self._bounds
        return max(bounds, key=bounds.__getitem__)


class _Step(_Asked):
    """One step: seconds by kind of term."""

    def __init__(self, costs: Costs, depth_tokens: int, users: int) -> None:
        super().__init__(costs, depth_tokens, users)
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
        """Attention over the caches of the users of one group: reading and computing."""
        total = 0.0
        for per_byte, size in zip(cost.cache, self.reads, strict=True):
            total += per_byte * size
        for each, count in zip(cost.attention, self.operations, strict=True):
            total += each * count
        return total * self.users

    def part_seconds(self, cost: PartCost) -> float:
        """One device: its weights, what several users compute, the caches and its layers."""
        read = cost.dense + cost.experts * self.share
        fixed = cost.overhead + cost.batch * self.several
        return read + self.compute_seconds(cost) + self.cache_seconds(cost) + fixed

    def compute_seconds(self, cost: PartCost) -> float:
        """What the compute of more than one user adds; that of one hides behind the reading."""
        hidden = max(cost.compute - cost.dense - cost.experts * self.share, 0.0)
        return cost.compute * (self.users - 1.0) + hidden

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
            computed = self.compute_seconds(cost)
            if computed:
                add(("compute", computed * stretch, at, self.users, computed / self.users))
            cached = self.cache_seconds(cost)
            if cached:
                amount = self.users * sum(
                    count * size for count, size in zip(part.caches, self.reads, strict=True)
                )
                add((names[2], cached * stretch, at, amount, amount / cached))
            fixed = cost.overhead + cost.batch * self.several
            if fixed:
                count = max(sum(part.layers), part.expert_layers, 1)
                add((names[3], fixed * stretch, at, count, fixed / count))
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
