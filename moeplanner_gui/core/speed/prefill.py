"""Prefill: how fast a prompt is read, from the same placement as memory."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.model import CompressedAttention
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import ENGINE_NAMES, Prepared
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.groups import backend_of, device_family
from moeplanner_gui.core.speed.power_limit import PowerEffect, limited, on_share, power_effect
from moeplanner_gui.core.speed.prefill_constants import PrefillGroup
from moeplanner_gui.core.speed.prefill_cost import (
    PromptCosts,
    StageSeconds,
    prompt_seconds,
    total_seconds,
)
from moeplanner_gui.core.speed.prefill_parts import prompt_costs
from moeplanner_gui.core.speed.prompt_work import attended
from moeplanner_gui.core.speed.terms import BOUND_OF, Bound, Term, Unknown
from moeplanner_gui.core.speed.traffic import Traffic, traffic_of
from moeplanner_gui.core.usable import Device
from moeplanner_gui.core.words import say


@dataclass(frozen=True, slots=True)
class Prefill:
    """Mean rate over a prompt, tokens/s, and what reading it is made of.

    Attributes:
        rate: With the band of the group.
        costs: What the devices take.
        past_tokens: Tokens that were read before, 0 for a whole prompt.
        prompt_tokens: Tokens that are read.
        power: What a power limit of the cards leaves, already in ``rate``.
    """

    rate: Range
    costs: PromptCosts
    past_tokens: int
    prompt_tokens: int
    power: PowerEffect | None = None

    @property
    def group(self) -> PrefillGroup:
        """The constants behind it, and whether they are weak."""
        return self.costs.group

    @property
    def bound_by(self) -> Bound:
        """What takes the most of the time."""
        sums: dict[Bound, float] = {}
        for term in self.terms:
            bound = BOUND_OF[term.kind]
            sums[bound] = sums.get(bound, 0.0) + term.seconds
        return max(sums, key=lambda name: sums[name])

    @property
    def seconds(self) -> float:
        """The expected time for the whole prompt."""
        return self.prompt_tokens / self.rate.expected

    @property
    def terms(self) -> tuple[Term, ...]:
        """The parts of the time for the whole prompt; their seconds add up to it."""
        stages = prompt_seconds(self.costs, self.past_tokens, self.prompt_tokens)
        return _terms(self, stages)


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
    seconds = total_seconds(costs, past_tokens, tokens)
    if seconds <= 0.0:
        return Unknown(say("Unknown, because nothing that takes time is known of this plan."))
    rate, group = tokens / seconds, costs.group
    limits = Range(rate * group.low, rate, rate * group.high)
    if power is not None:
        limits = limited(limits, on_share(power.prefill, _card_share(costs, past_tokens, tokens)))
    return Prefill(limits, costs, past_tokens, tokens, power)


ON_CARDS = frozenset({"compute", "expert_compute", "attention", "layer_overhead"})
"""What a power limit of the cards makes slower."""


def _card_share(costs: PromptCosts, past: int, tokens: int) -> float:
    """The share of the time that the cards compute."""
    cards = total = 0.0
    for _, cost, parts in prompt_seconds(costs, past, tokens):
        for kind, part in parts.items():
            total += part
            cards += part if kind in ON_CARDS and not cost.on_host else 0.0
    return cards / total if total else 0.0


_COSTS: dict[int, tuple[Traffic, CatalogReader, PromptCosts | Unknown]] = {}


def costs_of(prepared: Prepared, catalog: CatalogReader) -> PromptCosts | Unknown:
    """What reading a prompt takes, remembered by the identity of what lies where."""
    traffic = traffic_of(prepared, catalog)
    if isinstance(traffic, Unknown):
        return traffic
    known = _COSTS.get(id(traffic))
    if known is None or known[0] is not traffic or known[1] is not catalog:
        if len(_COSTS) >= 256:
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
    found = group_for(groups_in(catalog), engine, backend, family, special_case(prepared))
    if found is None:
        where = say("a processor") if device.kind != "gpu" else device.name
        return Unknown(
            say(
                "Unknown, because nothing measured stands for prompts under {0} with {1} on {2}.",
                ENGINE_NAMES[engine],
                backend,
                where,
            )
        )
    return found


def groups_in(catalog: CatalogReader) -> tuple[PrefillGroup, ...]:
    """All rows of constants."""
    speed = getattr(catalog, "speed", None)
    return () if speed is None else tuple(speed.prefill)


@dataclass(frozen=True, slots=True)
class Special:
    """What some groups are made for: DeepSeek V4's attention, a part in host memory."""

    compressed: bool
    hosted: bool


def special_case(prepared: Prepared) -> Special:
    """What is special about a plan."""
    options, arch = prepared.plan.deployment, prepared.spec.architecture
    partly = options.gpu_layers is not None and options.gpu_layers < arch.layers
    return Special(
        any(isinstance(kind, CompressedAttention) for kind in arch.attention.values()),
        bool(prepared.cards) and (options.cpu_moe_layers != 0 or partly),
    )


def group_for(
    groups: Iterable[PrefillGroup], engine: str, backend: str, family: str, special: Special
) -> PrefillGroup | None:
    """The row that fits best: made for what is special, then one that names more of the rest."""
    best: tuple[int, PrefillGroup] | None = None
    for group in groups:
        if engine not in group.engines or (group.compressed and not special.compressed):
            continue
        if group.hosted and not special.hosted:
            continue
        score = 8 * group.compressed + 4 * group.hosted
        for wanted, named in ((backend, group.backends), (family, group.families)):
            if wanted in named:
                score += 1
            elif named:
                score = -99
        if score >= 0 and (best is None or score > best[0]):
            best = (score, group)
    return None if best is None else best[1]


def _terms(prefill: Prefill, stages: list[StageSeconds]) -> tuple[Term, ...]:
    """Every part of every stage, stretched or shortened to the time of the whole.

    Amounts are operations where something is computed, bytes where experts are copied, and
    batches where something is done once for each.
    """
    total = sum(sum(parts.values()) for _, _, parts in stages)
    stretch = prefill.seconds / total if total else 1.0
    tokens = prefill.prompt_tokens
    batches = -(-tokens // prefill.costs.batch)
    found: list[Term] = []
    for _, cost, parts in stages:
        matrices, experts = cost.rates
        for kind, part in parts.items():
            # What is copied is computed on a card.
            moved = cost.copied and kind in ("compute", "expert_compute")
            at = None if moved else cost.part.position
            amount = rate = 0.0
            if kind in ("compute", "host_compute"):
                amount, rate = cost.dense * matrices * tokens, matrices
            elif kind in ("expert_compute", "host_experts"):
                amount, rate = cost.experts * experts * tokens, experts
            elif kind == "attention":
                amount = attended(cost.counted, prefill.past_tokens, tokens, None)
                amount += cost.counted_state * tokens
                rate = amount / part
            elif kind == "expert_copy":
                amount, rate = part * cost.copy_rate, cost.copy_rate
            elif kind in ("layer_overhead", "dense_weights"):
                amount, rate = float(batches), part / batches
            else:
                at, amount, rate = None, float(batches), part / batches
            found.append(Term(kind, part * stretch, at, amount, rate))
    return tuple(found)
