"""The price of the rig. A missing price is never taken for zero: the sum then stays open."""

from __future__ import annotations

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.bill import BillLine, bill, memory_module
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass

__all__ = ["HardwareCost", "hardware_cost", "hardware_range", "memory_module"]


@dataclass(frozen=True, slots=True)
class HardwareCost:
    """What is known of the price.

    Attributes:
        total_usd: The whole rig in USD without tax, None while any part has no price.
        known_usd: The sum of the prices that are known.
        unpriced: Names of the parts without a price, each once.
    """

    total_usd: float | None
    known_usd: float
    unpriced: tuple[str, ...]


_Lines = tuple[BillLine, ...]


def hardware_cost(plan: Plan, catalog: CatalogReader) -> HardwareCost:
    """Add up the bill of materials; an entered price replaces the sum."""
    entered = plan.economics.hardware_usd
    if entered is not None:
        return HardwareCost(entered, entered, ())
    return cost_of_bill(bill(plan, catalog))


_COSTS: dict[int, tuple[_Lines, HardwareCost]] = {}


def cost_of_bill(lines: _Lines) -> HardwareCost:
    """The sum of a bill, as far as it is known; remembered by the bill's identity."""
    known = _COSTS.get(id(lines))
    if known is None or known[0] is not lines:
        if len(_COSTS) >= 256:
            _COSTS.clear()
        known = _COSTS[id(lines)] = (lines, _sum(lines))
    return known[1]


def _sum(lines: _Lines) -> HardwareCost:
    known = 0.0
    unpriced: dict[str, None] = {}
    for line in lines:
        usd = line.usd
        if usd is None:
            unpriced[line.name] = None
        else:
            known += usd
    total = known if lines and not unpriced else None
    return HardwareCost(total, known, tuple(unpriced))


def hardware_range(plan: Plan, catalog: CatalogReader, total_usd: float) -> Range:
    """Lowest and highest price of the rig whose parts add up to ``total_usd``."""
    low = high = 0.0
    for line in bill(plan, catalog):
        if line.part_id is not None:
            below, above = _either_way(line.part_id, catalog)
            low, high = low + line.to_buy * below, high + line.to_buy * above
    return Range(max(total_usd - low, 0.0), total_usd, total_usd + high)


_RANGES: dict[tuple[int, str], tuple[CatalogReader, tuple[float, float]]] = {}


def _either_way(name: str, catalog: CatalogReader) -> tuple[float, float]:
    """How far a part's price may lie below and above the one shown, USD; remembered."""
    known = _RANGES.get((id(catalog), name))
    if known is None:
        if len(_RANGES) > 1024:
            _RANGES.clear()
        price = catalog.price_range(name)
        span = (0.0, 0.0)
        if price is not None:
            span = (price.expected - price.low, price.high - price.expected)
        known = _RANGES[id(catalog), name] = (catalog, span)
    return known[1]
