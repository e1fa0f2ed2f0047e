"""The figures of a candidate that rigs are compared by, from the same parts as ``evaluate``.

A search looks at thousands of plans; what it does not compare (findings, a bill of the month)
is left to ``evaluate`` for those that are shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.context import solve
from moeplanner_gui.core.hardware_cost import hardware_cost
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.power.draw import host_computes, power_of
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.search.front import Point
from moeplanner_gui.core.search.terms import Wishes
from moeplanner_gui.core.speed.assess import depth_of, prompt_of
from moeplanner_gui.core.speed.decode import Decode, decode_speed
from moeplanner_gui.core.speed.prefill import prefill_speed
from moeplanner_gui.core.speed.terms import Unknown
from moeplanner_gui.core.users import slots_of


@dataclass(frozen=True, slots=True)
class Figures:
    """What a candidate costs and gives; None is unknown. Context is that of one user.

    ``plans``: one for each model, on the same rig; then each end of a speed is that of the
    slowest, the context is the shortest, and watts and price are the most.
    """

    plans: tuple[Plan, ...]
    usd: float | None
    decode: Range | None
    prefill: Range | None
    load_w: float | None
    context_tokens: int

    @property
    def plan(self) -> Plan:
        """The plan of the first model."""
        return self.plans[0]


def figures_of(plan: Plan, wishes: Wishes, catalog: CatalogReader) -> Figures | None:
    """The figures of a plan that fits; None where it cannot run."""
    prepared = prepare(plan, catalog)
    demand = prepared.demand
    if isinstance(demand, Refusal):
        return None
    decode = decode_speed(prepared, catalog, depth_of(plan), plan.workload.sequences)
    prefill = None
    if wishes.prefill_tokens_per_s:
        read = prefill_speed(prepared, catalog, prompt_of(plan))
        prefill = None if isinstance(read, Unknown) else read.rate
    tokens, _ = solve(demand)
    power = power_of(plan, catalog, host_computes=host_computes(prepared))
    return Figures(
        plans=(plan,),
        usd=hardware_cost(plan, catalog).total_usd,
        decode=decode.rate if isinstance(decode, Decode) else None,
        prefill=prefill,
        load_w=power.load_w,
        context_tokens=tokens // slots_of(plan),
    )


def joined(found: Sequence[Figures]) -> Figures:
    """One rig for several models, one at a time."""
    if len(found) == 1:
        return found[0]
    known = [one.usd for one in found if one.usd is not None]
    watts = [one.load_w for one in found if one.load_w is not None]
    return Figures(
        plans=tuple(one.plan for one in found),
        usd=max(known) if len(known) == len(found) else None,
        decode=_slowest([one.decode for one in found]),
        prefill=_slowest([one.prefill for one in found]),
        load_w=max(watts) if len(watts) == len(found) else None,
        context_tokens=min(one.context_tokens for one in found),
    )


def _slowest(rates: Sequence[Range | None]) -> Range | None:
    """The least of each end: what is promised of the low end has to hold for every model."""
    known = [rate for rate in rates if rate is not None]
    if len(known) < len(rates):
        return None
    return Range(
        min(rate.low for rate in known),
        min(rate.expected for rate in known),
        min(rate.high for rate in known),
    )


def wished_end(value: Range | None, wishes: Wishes) -> float:
    """The end of a band that has to reach the wish; 0 for an unknown speed."""
    if value is None:
        return 0.0
    return value.low if wishes.speed_from == "low" else value.expected


def point_of(figures: Figures, wishes: Wishes) -> Point | None:
    """A candidate as a point; None where price, speed or power is unknown.

    Its speed is the end of the band that has to reach the wish: what beats a rig must meet the
    limits that the rig meets.
    """
    if figures.usd is None or figures.decode is None or figures.load_w is None:
        return None
    return (
        figures.usd,
        figures.load_w,
        -wished_end(figures.decode, wishes),
        -float(figures.context_tokens),
    )


def within(figures: Figures, wishes: Wishes) -> bool:
    """True when a candidate keeps to budget, watts and speed."""
    return (
        (wishes.budget_usd is None or (figures.usd or 0.0) <= wishes.budget_usd)
        and (wishes.max_load_w is None or (figures.load_w or 0.0) <= wishes.max_load_w)
        and wished_end(figures.decode, wishes) >= wishes.decode_tokens_per_s
    )
