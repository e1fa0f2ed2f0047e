"""The price of the rig, or None: a missing price is never taken for zero."""

from __future__ import annotations

from moeplanner_gui.core.plan import CustomSlot, Plan
from moeplanner_gui.core.ports import CatalogReader


def hardware_usd(plan: Plan, catalog: CatalogReader) -> float | None:
    """The sum over cards and hosts in USD; the entered price of the rig replaces it.

    None when any card or host of the rig has no price.
    """
    if plan.economics.hardware_usd is not None:
        return plan.economics.hardware_usd
    prices: dict[str, float | None] = {}
    total = 0.0
    parts = 0
    for node in plan.rig.nodes:
        if node.host is not None:
            usd = _price(node.host, catalog, prices)
            if usd is None:
                return None
            total += usd
            parts += 1
        for card in node.gpus:
            if isinstance(card, CustomSlot):
                usd = card.custom.price_usd
            else:
                usd = _price(card, catalog, prices)
            if usd is None:
                return None
            total += usd
            parts += 1
    return total if parts else None


def _price(part_id: str, catalog: CatalogReader, known: dict[str, float | None]) -> float | None:
    if part_id not in known:
        row = catalog.price(part_id)
        known[part_id] = None if row is None else row.usd
    return known[part_id]
