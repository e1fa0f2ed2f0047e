"""How long the devices of a plan take for a prompt: operations and bytes over what is reached.

A prompt is read in batches (``--ubatch-size``, vLLM's and SGLang's chunks). In each, a matrix is
multiplied with all tokens of the batch at once: that takes its operations, and never less than
reading it. Devices of a layer split take turns, unless the engine keeps several batches under way.
Closed forms throughout: no loop over tokens or batches.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.prefill_constants import PrefillGroup
from moeplanner_gui.core.speed.prompt_work import Line, attended
from moeplanner_gui.core.speed.terms import TermKind
from moeplanner_gui.core.speed.traffic import Part, Traffic

COPIED_FROM = 32
"""llama.cpp computes shorter batches where the weights are (``GGML_OP_OFFLOAD_MIN_BATCH``)."""


@dataclass(frozen=True, slots=True)
class PartCost:
    """Seconds of one device.

    Attributes:
        part: What it holds and runs.
        dense: Seconds a token for the matrices outside the routed experts.
        dense_read: Seconds to read these once, the least that a batch takes.
        experts: Seconds a token for the routed experts that it picks.
        expert_fill: Tokens of an expert at which half of a tile's surplus is left: see
            :func:`filled`.
        picked: The share of the experts that one token picks.
        expert_read: Seconds to read, or to copy to the card, all of them.
        lines: Attention as :func:`attended` takes it, in seconds.
        growth: Depth at which an entry takes twice as long, None for never.
        state: Seconds a token for recurrent states.
        overhead: Seconds a batch for launching its layers.
        exposed: Of computing and reading, the share of the shorter that is not hidden.
        copied: Weights in host memory that a card computes: copying adds up with computing.
        slow: The same computed by the processor: seconds a token and to read, of the matrices
            and then of the experts.
        copy_rate: Bytes a second at which they are copied.
        on_host: Its processor computes.
        full: Seconds of a full batch, without attention and states.
        rates: Operations a second that matrices and experts reach.
        counted: Attention in operations, ``counted_state`` those of recurrent states a token.
    """

    part: Part
    dense: float = 0.0
    dense_read: float = 0.0
    experts: float = 0.0
    expert_fill: float = 0.0
    picked: float = 0.0
    expert_read: float = 0.0
    lines: tuple[Line, ...] = ()
    growth: float | None = None
    state: float = 0.0
    overhead: float = 0.0
    exposed: float = 0.5
    copied: bool = False
    slow: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    copy_rate: float = 0.0
    on_host: bool = False
    full: float = 0.0
    rates: tuple[float, float] = (0.0, 0.0)
    counted: tuple[Line, ...] = ()
    counted_state: float = 0.0

    def dense_batch(self, tokens: int) -> tuple[float, float]:
        """Seconds of computing and of copying the matrices for a batch of ``tokens``."""
        return self._batch(tokens, self.dense * tokens, self.dense_read, self.slow[:2])

    def expert_batch(self, tokens: int, touched: float) -> tuple[float, float]:
        """The same of the experts; ``touched`` is the share that any of the tokens picks."""
        computing = self.experts * tokens * filled(tokens * self.picked, self.expert_fill)
        each, whole = self.slow[2:]
        return self._batch(tokens, computing, self.expert_read * touched, (each, whole * touched))

    def _batch(
        self, tokens: int, computing: float, moving: float, slow: tuple[float, float]
    ) -> tuple[float, float]:
        if not self.copied:
            return both(computing, moving, self.exposed), 0.0
        if tokens < COPIED_FROM:
            slowly = both(slow[0] * tokens, slow[1], self.exposed)
            return min(slowly, computing + moving), 0.0
        return computing, moving


def batch_seconds(cost: PartCost, tokens: int, picked: float) -> float:
    """Seconds of a device for one batch of ``tokens``, without attention and states."""
    seconds = cost.overhead
    if cost.dense or cost.dense_read:
        seconds += sum(cost.dense_batch(tokens))
    if cost.experts or cost.expert_read:
        seconds += sum(cost.expert_batch(tokens, 1.0 - (1.0 - picked) ** tokens))
    return seconds


def filled(each: float, fill: float) -> float:
    """By how much more than its own tokens an expert computes, with ``each`` tokens of its own.

    Its matrices are multiplied in tiles. Kernels take small tiles for few tokens, so that the
    surplus is at most as much again, and never more than ``fill`` tokens for many.
    """
    return 1.0 + fill / (each + fill) if fill else 1.0


def both(computing: float, reading: float, exposed: float) -> float:
    """Seconds of computing and reading at the same time: the longer, and a part of the shorter."""
    if computing >= reading:
        return computing + exposed * reading
    return reading + exposed * computing


@dataclass(frozen=True, slots=True)
class StageCost:
    """One stage: its devices, which work at the same time, and what they tell each other.

    ``reduce`` and ``reduce_token`` are the seconds of all its all-reduces, a batch and a token;
    ``hop`` and ``hop_token`` those of handing a batch on.
    """

    parts: tuple[PartCost, ...]
    reduce: float = 0.0
    reduce_token: float = 0.0
    hop: float = 0.0
    hop_token: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class PromptCosts:
    """Everything of reading a prompt that does not depend on its length.

    ``batch`` is the tokens of one batch, ``queue`` the batches that may be under way at once.
    ``alike`` are the stages by what they take, each with how many take the same.
    """

    traffic: Traffic
    group: PrefillGroup
    stages: tuple[StageCost, ...]
    batch: int
    queue: int
    picked: float
    """The share of the experts that one token picks."""
    alike: tuple[tuple[StageCost, int], ...]


def alike(stages: Iterable[StageCost]) -> tuple[tuple[StageCost, int], ...]:
    """Stages that take the same time for every prompt, counted: most cards of a rig do."""
    found: dict[tuple[object, ...], tuple[StageCost, int]] = {}
    for stage in stages:
        sums = (stage.reduce, stage.reduce_token, stage.hop, stage.hop_token)
        key = (sums, *(_timing(cost) for cost in stage.parts))
        first, count = found.get(key, (stage, 0))
        found[key] = (first, count + 1)
    return tuple(found.values())


def _timing(cost: PartCost) -> tuple[object, ...]:
    """All that the seconds of a device follow from."""
    told = {"part", "rates", "counted", "counted_state", "copy_rate"}
    return tuple(getattr(cost, field.name) for field in fields(cost) if field.name not in told)


Seconds = dict[TermKind, float]
StageSeconds = tuple[StageCost, PartCost, Seconds]
"""A stage, its slowest device, and what takes its time."""


def prompt_seconds(costs: PromptCosts, past: int, tokens: int) -> list[StageSeconds]:
    """Seconds by kind of every stage for ``tokens`` tokens after ``past`` earlier ones."""
    batch = costs.batch
    whole, rest = divmod(tokens, batch)
    batches = whole + (rest > 0)
    touched = 1.0 - (1.0 - costs.picked) ** batch if whole else 0.0
    touched_rest = 1.0 - (1.0 - costs.picked) ** rest if rest else 0.0
    found: list[StageSeconds] = []
    for stage in costs.stages:
        slowest: Seconds = {}
        which = stage.parts[0]
        most = -1.0
        for cost in stage.parts:
            here = _part_seconds(
                cost, past, tokens, (whole, batch, touched), (rest, touched_rest), batches
            )
            total = sum(here.values())
            if total > most:
                which, slowest, most = cost, here, total
        if stage.reduce or stage.reduce_token:
            slowest["all_reduce"] = stage.reduce * batches + stage.reduce_token * tokens
        if stage.hop or stage.hop_token:
            slowest["hop"] = stage.hop * batches + stage.hop_token * tokens
        found.append((stage, which, slowest))
    return found


def _part_seconds(
    cost: PartCost,
    past: int,
    tokens: int,
    full: tuple[int, int, float],
    last: tuple[int, float],
    batches: int,
) -> Seconds:
    whole, batch, touched = full
    rest, touched_rest = last
    seconds: Seconds = {}
    copied = 0.0
    if cost.dense or cost.dense_read:
        computing, copying = _sum_of(
            cost.dense_batch(batch) if whole else _NOTHING,
            whole,
            cost.dense_batch(rest) if rest else _NOTHING,
        )
        bound = cost.dense * batch >= cost.dense_read or cost.copied
        kind: TermKind = "compute" if bound else "dense_weights"
        seconds["host_compute" if cost.on_host else kind] = computing
        copied += copying
    if cost.experts or cost.expert_read:
        computing, copying = _sum_of(
            cost.expert_batch(batch, touched) if whole else _NOTHING,
            whole,
            cost.expert_batch(rest, touched_rest) if rest else _NOTHING,
        )
        kind = "host_experts" if cost.on_host else "expert_compute"
        seconds[kind] = computing
        copied += copying
    if copied:
        seconds["expert_copy"] = copied
    around = cost.state * tokens
    if cost.lines:
        around += attended(cost.lines, past, tokens, cost.growth)
    if around:
        seconds["attention"] = around
    if cost.overhead:
        seconds["layer_overhead"] = cost.overhead * batches
    return seconds


_NOTHING = (0.0, 0.0)


def _sum_of(
    full: tuple[float, float], count: int, last: tuple[float, float]
) -> tuple[float, float]:
    return full[0] * count + last[0], full[1] * count + last[1]


def total_seconds(costs: PromptCosts, past: int, tokens: int) -> float:
    """Seconds for ``tokens`` tokens after ``past`` earlier ones; quicker than telling the parts."""
    whole, rest = divmod(tokens, costs.batch)
    batches = whole + (rest > 0)
    total = slowest = full = last = 0.0
    for stage, count in costs.alike:
        most = 0.0
        for cost in stage.parts:
            seconds = whole * cost.full + cost.state * tokens
            full += count * cost.full
            if rest:
                short = batch_seconds(cost, rest, costs.picked)
                seconds += short
                last += count * short
            if cost.lines:
                seconds += attended(cost.lines, past, tokens, cost.growth)
            if seconds > most:
                most = seconds
        if stage.reduce or stage.hop:
            most += (stage.reduce + stage.hop) * batches
            most += (stage.reduce_token + stage.hop_token) * tokens
        total += count * most
        if most > slowest:
            slowest = most
    return _together(costs, total, slowest, tokens, full, last)


def whole_seconds(costs: PromptCosts, stages: list[StageSeconds], tokens: int) -> float:
    """What the stages take together: one after the other, or partly at the same time.

    With several batches under way the slowest stage never waits but for the first batch of
    every queue to arrive and the last to leave.
    """
    sums = [sum(seconds.values()) for _, _, seconds in stages]
    rest = tokens % costs.batch
    parts = [cost for stage in costs.stages for cost in stage.parts]
    full = sum(cost.full for cost in parts)
    last = sum(batch_seconds(cost, rest, costs.picked) for cost in parts) if rest else 0.0
    return _together(costs, sum(sums), max(sums), tokens, full, last)


def _together(
    costs: PromptCosts, total: float, slowest: float, tokens: int, full: float, last: float
) -> float:
    """``full`` and ``last`` are the seconds of a full batch and of the rest, of all devices."""
    share = costs.group.pipelined
    if not share or len(costs.stages) < 2 or costs.queue < 2 or tokens <= costs.batch:
        return total
    whole, rest = divmod(tokens, costs.batch)
    queues = -(-(whole + (rest > 0)) // costs.queue)
    # The first batch of a queue is a full one: a short one behind it hardly helps to fill it.
    waited = min(queues * full / (whole * full + last), 1.0)
    ideal = slowest + (total - slowest) * waited
    return total - share * (total - ideal)
