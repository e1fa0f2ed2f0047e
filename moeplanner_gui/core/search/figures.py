"""The figures of a candidate that rigs are compared by, from the same parts as ``evaluate``.

A search looks at thousands of plans; what it does not compare (findings, a bill of the month)
is left to ``evaluate`` for those that are shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.context import solve
from moeplanner_gui.core.hardware_cost import hardware_cost
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.power.draw import host_computes, power_of
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.search.terms import Wishes
from moeplanner_gui.core.speed.assess import depth_of
from moeplanner_gui.core.speed.decode import Decode, decode_speed
from moeplanner_gui.core.speed.prefill import prefill_speed
from moeplanner_gui.core.speed.terms import Unknown
from moeplanner_gui.core.users import slots_of


@dataclass(frozen=True, slots=True)
class Figures:
    """What a candidate costs and gives; None is unknown. Context is that of one user."""

    plan: Plan
    usd: float | None
    decode: Range | None
    prefill: Range | None
    load_w: float | None
    context_tokens: int


def figures_of(plan: Plan, wishes: Wishes, catalog: CatalogReader) -> Figures | None:
    """The figures of a plan that fits; None where it cannot run."""
    prepared = prepare(plan, catalog)
    demand = prepared.demand
    if isinstance(demand, Refusal):
        return None
    depth = depth_of(plan)
    decode = decode_speed(prepared, catalog, depth, plan.workload.sequences)
    prefill = None
    if wishes.prefill_tokens_per_s:
        read = prefill_speed(prepared, catalog, depth)
        prefill = None if isinstance(read, Unknown) else read.rate
    tokens, _ = solve(demand)
    power = power_of(plan, catalog, host_computes=host_computes(prepared))
    return Figures(
        plan=plan,
        usd=hardware_cost(plan, catalog).total_usd,
        decode=decode.rate if isinstance(decode, Decode) else None,
        prefill=prefill,
        load_w=power.load_w,
        context_tokens=tokens // slots_of(plan),
    )


def wished_end(value: Range | None, wishes: Wishes) -> float:
    """The end of a band that has to reach the wish; 0 for an unknown speed."""
    if value is None:
        return 0.0
    return value.low if wishes.speed_from == "low" else value.expected
