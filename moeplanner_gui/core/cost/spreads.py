"""The ranges of a plan's inputs, gathered from its parts, its power and its speed."""

from __future__ import annotations

from moeplanner_gui.core.assessment import Power, Range, Speed
from moeplanner_gui.core.cost.figures import Figures
from moeplanner_gui.core.cost.ranges import Spread, spreads_of
from moeplanner_gui.core.hardware_cost import HardwareCost, hardware_range
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.power.draw import host_computes, power_ranges
from moeplanner_gui.core.prepare import Prepared


def plan_spreads(
    prepared: Prepared,
    speed: Speed,
    power: Power,
    hardware: HardwareCost,
    figures: Figures,
    catalog: CatalogReader,
) -> tuple[Spread, ...]:
    """The ranges of a plan's inputs; what was typed has none."""
    plan = prepared.plan
    economics = plan.economics
    price: Range | None = None
    if economics.hardware_usd is None and hardware.total_usd is not None:
        price = hardware_range(plan, catalog, hardware.total_usd)
    watts = None
    if power.load_w is not None and None in (economics.load_w, economics.idle_w):
        watts = power_ranges(plan, catalog, host_computes=host_computes(prepared))
    return spreads_of(
        plan,
        speed,
        figures,
        hardware=price,
        load=None if watts is None else watts[0],
        idle=None if watts is None else watts[1],
        tariffs=None if economics.rent is None else catalog.tariffs,
    )
