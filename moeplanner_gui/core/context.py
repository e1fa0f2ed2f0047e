"""How long a context fits: solved from the need of the devices, not tried in a ladder.

Every answer is verified on the engine's own step: the plan fits at the answer and does not fit
one step above it, unless the model ends first.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from moeplanner_gui.core.assessment import Verdict
from moeplanner_gui.core.engine_choice import with_engine
from moeplanner_gui.core.placement import Demand, Refusal, dot
from moeplanner_gui.core.plan import CacheType, Engine, Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.users import sequence_cap, with_users


@dataclass(frozen=True, slots=True)
class ContextLimit:
    """The longest context and what ends it.

    Attributes:
        tokens: In the unit of ``workload.context_tokens``; 0 when nothing fits.
        limited_by: "model" when the model ends before the memory does.
        short_bytes: Missing on the tightest device when ``tokens`` is 0.
        verdict: The verdict at the plan's own context.
    """

    tokens: int
    limited_by: Literal["memory", "model"]
    short_bytes: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class SequenceLimit:
    """The most parallel users and what ends it.

    Attributes:
        sequences: Each with the context that a user of the plan has; 0 when not even one fits.
        limited_by: "engine" when the engine takes no more before the memory ends; "memory"
            also when nothing runs at all.
    """

    sequences: int
    limited_by: Literal["memory", "engine"]


@lru_cache(maxsize=128)
def solve(demand: Demand) -> tuple[int, Literal["memory", "model"]]:
    """The largest context for which every device holds its share, and what limits it."""
    need = _Groups(demand)
    step, limit = demand.step_tokens, demand.limit_tokens
    if need.worst(limit) >= 0:
        return limit, "model"
    low, high = 0, limit // step + 1
    if limit % step == 0:
        high = limit // step
    if high <= 1 or need.worst(step) < 0:
        # Below one step the need is that of one step.
        return 0, "memory"
    low = 1
    low_free = need.all_free(low * step)
    high_free = need.all_free(min(high * step, limit))
    straight = 4
    while high - low > 1:
        middle = (low + high) // 2
        if straight:
            # The need grows almost linearly, so a straight line finds the step quickly;
            # bisection follows in case it does not.
            straight -= 1
            guess = high
            for free_low, free_high in zip(low_free, high_free, strict=True):
                if free_high < 0:
                    span = (high - low) * free_low // (free_low - free_high)
                    guess = min(guess, low + span)
            middle = min(max(guess, low + 1), high - 1)
        free = need.all_free(middle * step)
        if min(free) >= 0:
            low, low_free = middle, free
            if straight and high - low > 1:
                free = need.all_free((low + 1) * step)
                if min(free) < 0:
                    return low * step, "memory"
                low, low_free = low + 1, free
        else:
            high, high_free = middle, free
    return low * step, "memory"


class _Groups:
    """What is left at a context in every group of devices that grow alike."""

    def __init__(self, demand: Demand) -> None:
        self._demand = demand
        self._groups = demand.placed.groups

    def all_free(self, context: int) -> list[int]:
        """Free bytes of the tightest device of every group."""
        cache = self._demand.cache(context)
        buffers = self._demand.buffers(context)
        return [
            room - dot(caches, cache) - buffers[role][0] - buffers[role][1]
            for caches, role, room in self._groups
        ]

    def worst(self, context: int) -> int:
        """Free bytes of the tightest device."""
        return min(self.all_free(context), default=0)


def overfull(demand: Demand, context: int) -> bool:
    """True when a device does not hold its share of a context."""
    return _Groups(demand).worst(context) < 0


def longest_context(plan: Plan, catalog: CatalogReader) -> ContextLimit:
    """The longest context of a plan, everything else unchanged.

    Raises:
        UnknownEntryError: A row that the catalogue does not have.
    """
    return limit_of(prepare(plan, catalog).demand, plan.workload.context_tokens)


def limit_of(demand: Demand | Refusal, context_tokens: int) -> ContextLimit:
    """The longest context of a need that was already worked out."""
    from moeplanner_gui.core.verdict import judge

    if isinstance(demand, Refusal):
        return ContextLimit(0, "memory", 0, "cannot_run")
    tokens, limited_by = solve(demand)
    verdict, _ = judge(demand.devices_at(context_tokens), demand.shares)
    short = 0
    if tokens == 0:
        short = -min(_Groups(demand).all_free(demand.step_tokens), default=0)
    return ContextLimit(tokens, limited_by, max(short, 0), verdict)


def most_sequences(plan: Plan, catalog: CatalogReader) -> SequenceLimit:
    """The most users at a time, everything else unchanged: one more does not fit.

    Every user keeps the context that each has in the plan (:func:`with_users`).

    Raises:
        UnknownEntryError: A row that the catalogue does not have.
    """
    cap = sequence_cap(plan)
    if not holds(with_users(plan, 1), catalog):
        return SequenceLimit(0, "memory")
    # From below in growing steps: the engine's own cap is far beyond most cards.
    low, high = 1, 2
    while high <= cap and holds(with_users(plan, high), catalog):
        low, high = high, high * 2
    if high > cap:
        if low == cap or holds(with_users(plan, cap), catalog):
            return SequenceLimit(cap, "engine")
        high = cap
    while high - low > 1:
        middle = (low + high) // 2
        if holds(with_users(plan, middle), catalog):
            low = middle
        else:
            high = middle
    return SequenceLimit(low, "memory")


def holds(plan: Plan, catalog: CatalogReader) -> bool:
    """True when the plan runs and no device is overfull; the quick half of ``evaluate``.

    Raises:
        UnknownEntryError: A row that the catalogue does not have.
    """
    demand = prepare(plan, catalog).demand
    if isinstance(demand, Refusal):
        return False
    return _Groups(demand).worst(plan.workload.context_tokens) >= 0


def context_table(
    plan: Plan,
    catalog: CatalogReader,
    weights: Sequence[str],
    columns: Sequence[tuple[Engine, CacheType]],
) -> tuple[tuple[ContextLimit | None, ...], ...]:
    """Longest context for each weight format (rows) and each (engine, cache type) (columns).

    None stands where the engine does not load the format or refuses the plan. In a column of
    another engine the layers are spread over all cards the way that engine does it.
    """
    rows = []
    for name in weights:
        row: list[ContextLimit | None] = []
        for engine, cache_type in columns:
            changed = with_engine(plan.replace(weights=name), engine, catalog, cache_type)
            limit = longest_context(changed, catalog)
            row.append(None if limit.verdict == "cannot_run" else limit)
        rows.append(tuple(row))
    return tuple(rows)


def memory_curve(
    plan: Plan, catalog: CatalogReader, contexts: Sequence[int], device: int
) -> tuple[int, ...]:
    """Used bytes of one device (a position in ``Assessment.devices``) at every context."""
    demand = prepare(plan, catalog).demand
    if isinstance(demand, Refusal):
        return (0,) * len(contexts)
    return tuple(demand.used_at(context, device) for context in contexts)
