"""Prefill: how fast a prompt is read, from the same placement as memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.model import CompressedAttention
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import ENGINE_NAMES, Prepared
from moeplanner_gui.core.speed.groups import backend_of, device_family
from moeplanner_gui.core.speed.power_limit import PowerEffect, limited, on_share, power_effect
from moeplanner_gui.core.speed.prefill_constants import PrefillGroup
from moeplanner_gui.core.speed.prefill_cost import (
    PromptCosts,
    Seconds,
    StageCost,
    prompt_seconds,
    whole_seconds,
)
from moeplanner_gui.core.speed.prefill_parts import prompt_costs
from moeplanner_gui.core.speed.terms import BOUND_OF, Bound, Term, Unknown
from moeplanner_gui.core.speed.traffic import Traffic, traffic_of
from moeplanner_gui.core.usable import Device


@dataclass(frozen=True, slots=True)
class Prefill:
    """Mean rate over a prompt, tokens/s, and what reading it is made of.

    Attributes:
        rate: With the band of the group.
        bound_by: What takes the most of the time.
        costs: What the devices take.
        past_tokens: Tokens that were read before, 0 for a whole prompt.
        prompt_tokens: Tokens that are read.
        power: What a power limit of the cards leaves, already in ``rate``.
    """

    rate: Range
    bound_by: Bound
    costs: PromptCosts
    past_tokens: int
    prompt_tokens: int
    power: PowerEffect | None = None

    @property
    def group(self) -> PrefillGroup:
        """The constants behind it, and whether they are weak."""
        return self.costs.group

    @property
    def seconds(self) -> float:
        """The expected time for the whole prompt."""
        return self.prompt_tokens / self.rate.expected

    @property
    def terms(self) -> tuple[Term, ...]:
        """The parts of the time for the whole prompt; their seconds add up to it."""
        stages = prompt_seconds(self.costs, self.past_tokens, self.prompt_tokens)
        return _terms(stages, self.seconds)


def prefill_speed(
    prepared: Prepared, catalog: CatalogReader, prompt_tokens: int
) -> Prefill | Unknown:
    """The mean rate over one user's prompt of ``prompt_tokens``, read from its start."""
    return rate_at(prepared, catalog, 0, prompt_tokens)


def rate_at(
    prepared: Prepared, catalog: CatalogReader, past_tokens: int, prompt_tokens: int
) -> Prefill | Unknown:
    """The mean rate over ``prompt_tokens`` that follow ``past_tokens`` earlier ones.

    What benchmarks call "pp2048 @ d32768" has 32768 earlier ones.
    """
    costs = costs_of(prepared, catalog)
    if isinstance(costs, Unknown):
        return costs
    power = power_effect(prepared.plan, catalog, 1)
    if isinstance(power, Unknown):
        return power
    tokens = max(prompt_tokens, 1)
    stages = prompt_seconds(costs, past_tokens, tokens)
    seconds = whole_seconds(costs, stages, tokens)
    if seconds <= 0.0:
        return Unknown("Unknown, because nothing that takes time is known of this plan.")
    sums: dict[Bound, float] = {}
    cards = total = 0.0
    for stage, parts in stages:
        for kind, part in parts.items():
            bound = BOUND_OF[kind]
            sums[bound] = sums.get(bound, 0.0) + part
            total += part
            if kind in ON_CARDS and stage.parts[0].part.place == "gpu":
                cards += part
    rate, group = tokens / seconds, costs.group
    limits = Range(rate * group.low, rate, rate * group.high)
    if power is not None:
        limits = limited(limits, on_share(power.prefill, cards / total))
    bound_by = max(sums, key=lambda name: sums[name])
    return Prefill(limits, bound_by, costs, past_tokens, tokens, power)


ON_CARDS = frozenset({"compute", "expert_compute", "attention", "layer_overhead"})
"""What a power limit of the cards makes slower."""


_COSTS: dict[int, tuple[Traffic, CatalogReader, PromptCosts | Unknown]] = {}


def costs_of(prepared: Prepared, catalog: CatalogReader) -> PromptCosts | Unknown:
    """What reading a prompt takes, remembered by the identity of what lies where."""
    traffic = traffic_of(prepared, catalog)
    if isinstance(traffic, Unknown):
        return traffic
    known = _COSTS.get(id(traffic))
    if known is None or known[0] is not traffic or known[1] is not catalog:
        if len(_COSTS) >= 1024:
            _COSTS.clear()
        groups = partial(group_of_device, prepared, catalog)
        found = prompt_costs(prepared, traffic, groups, catalog, batch_tokens(prepared))
        known = _COSTS[id(traffic)] = (traffic, catalog, found)
    return known[2]


def batch_tokens(prepared: Prepared) -> int:
    """Tokens that are read at a time: a physical batch, or a chunk of a prompt."""
    plan = prepared.plan
    options = plan.deployment
    if options.engine == "llama.cpp":
        return min(options.ubatch, options.batch)
    ranks = options.tensor_parallel * options.pipeline_parallel * options.data_parallel
    used = prepared.cards[:ranks]
    if options.engine == "vllm":
        from moeplanner_gui.core.engines.vllm import step_size

        return step_size(options, used).tokens
    from moeplanner_gui.core.engines.sglang_memory import step_of

    return step_of(options, used).tokens


def group_of_device(
    prepared: Prepared, catalog: CatalogReader, device: Device
) -> PrefillGroup | Unknown:
    """The constants for what one device computes of a prompt."""
    plan = prepared.plan
    engine = plan.deployment.engine
    family = device_family(plan, device, catalog)
    backend = backend_of(plan, device)
    arch = prepared.spec.architecture
    compressed = any(isinstance(kind, CompressedAttention) for kind in arch.attention.values())
    found = group_for(groups_in(catalog), engine, backend, family, compressed=compressed)
    if found is None:
        where = "a processor" if device.kind != "gpu" else device.name
        return Unknown(
            f"Unknown, because nothing measured stands for prompts under {ENGINE_NAMES[engine]} "
            f"with {backend} on {where}."
        )
    return found


def groups_in(catalog: CatalogReader) -> tuple[PrefillGroup, ...]:
    """All rows of constants."""
    speed = getattr(catalog, "speed", None)
    return () if speed is None else tuple(speed.prefill)


def group_for(
    groups: Iterable[PrefillGroup], engine: str, backend: str, family: str, *, compressed: bool
) -> PrefillGroup | None:
    """The row that fits best: one that names more of engine, back end, family and attention."""
    best: tuple[int, PrefillGroup] | None = None
    for group in groups:
        if engine not in group.engines or (group.compressed and not compressed):
            continue
        score = 4 if group.compressed else 0
        for wanted, named in ((backend, group.backends), (family, group.families)):
            if wanted in named:
                score += 1
            elif named:
                score = -9
        if score >= 0 and (best is None or score > best[0]):
            best = (score, group)
    return None if best is None else best[1]


def _terms(stages: list[tuple[StageCost, Seconds]], seconds: float) -> tuple[Term, ...]:
    """Every part of every stage, stretched or shortened to the time of the whole."""
    total = sum(sum(parts.values()) for _, parts in stages)
    stretch = seconds / total if total else 1.0
    found: list[Term] = []
    for stage, parts in stages:
        at = stage.parts[0].part.position if len(stage.parts) == 1 else None
        found.extend(Term(kind, part * stretch, at) for kind, part in parts.items())
    return tuple(found)
