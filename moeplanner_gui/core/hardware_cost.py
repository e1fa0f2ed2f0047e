"""The price of the rig. A missing price is never taken for zero: the sum then stays open."""

from __future__ import annotations

from dataclasses import dataclass

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.hardware import HostSpec
from moeplanner_gui.core.plan import Card, CustomSlot, Node, Plan, card_id
from moeplanner_gui.core.ports import CatalogReader

_Part = tuple[str, float | None]


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


def hardware_cost(plan: Plan, catalog: CatalogReader) -> HardwareCost:
    """Add up cards, hosts, their memory and the network; an entered price replaces the sum."""
    entered = plan.economics.hardware_usd
    if entered is not None:
        return HardwareCost(entered, entered, ())
    known = 0.0
    unpriced: dict[str, None] = {}
    parts = 0
    for node in plan.rig.nodes:
        count, usd, without = _node_sum(node, catalog)
        parts += count
        known += usd
        unpriced.update(without)
    if plan.rig.network is not None and len(plan.rig.nodes) > 1:
        parts += 1
        unpriced["Network"] = None
    total = known if parts and not unpriced else None
    return HardwareCost(total, known, tuple(unpriced))


def hardware_range(plan: Plan, catalog: CatalogReader, total_usd: float) -> Range:
    """Lowest and highest price of the rig whose parts add up to ``total_usd``."""
    low = high = 0.0
    for node in plan.rig.nodes:
        counts: dict[str, int] = {}
        for card in node.gpus:
            name = card_id(card)
            if name is not None:
                counts[name] = counts.get(name, 0) + 1
        if node.host is not None:
            counts[node.host] = 1
            memory = memory_module(catalog.host(node.host))[1]
            if memory is not None:
                counts[memory] = node.ram_gib
        for name, count in counts.items():
            below, above = _either_way(name, catalog)
            low, high = low + count * below, high + count * above
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


def memory_module(host: HostSpec) -> tuple[str, str | None]:
    """The kind of module a host takes, and the id of its price per GB, None when there is none.

    Server and workstation sockets with eight and more channels take registered modules, and so
    do Threadrippers with four channels of DDR5; desktops and older four-channel boards do not.
    """
    per_socket = host.channels // max(1, host.sockets)
    if host.memory == "DDR5":
        if per_socket >= 4:
            return "DDR5 RDIMM", "ddr5-rdimm-per-gb-retail"
        return "DDR5 UDIMM", "ddr5-udimm-per-gb"
    if host.memory == "DDR4":
        if per_socket >= 6:
            return "DDR4 RDIMM", "ddr4-rdimm-per-gb"
        return "DDR4 UDIMM", "ddr4-udimm-per-gb"
    return "", None


_NodeSum = tuple[int, float, dict[str, None]]
_SUMS: dict[tuple[object, ...], tuple[CatalogReader, _NodeSum]] = {}


def _node_sum(node: Node, catalog: CatalogReader) -> _NodeSum:
    """Parts of a node, what is known of their price, and names of those without one.

    Remembered while the catalogue is the same object: a search asks for few rigs many times.
    """
    key = (id(catalog), node.gpus, node.host, node.ram_gib)
    found = _SUMS.get(key)
    if found is None:
        if len(_SUMS) >= 256:
            _SUMS.clear()
        parts = _node_parts(node, catalog, {})
        usd = sum(price for _, price in parts if price is not None)
        without: dict[str, None] = {name: None for name, price in parts if price is None}
        found = _SUMS[key] = (catalog, (len(parts), usd, without))
    return found[1]


def _node_parts(node: Node, catalog: CatalogReader, cards: dict[Card, _Part]) -> list[_Part]:
    """Names and prices; ``cards`` are those already looked up: most rigs repeat one."""
    parts: list[_Part] = []
    for card in node.gpus:
        part = cards.get(card)
        if part is None:
            part = cards[card] = _card_part(card, catalog)
        parts.append(part)
    per_gb: float | None = None
    if node.host is not None:
        host = catalog.host(node.host)
        parts.append((host.name, _price(node.host, catalog)))
        _, price_id = memory_module(host)
        per_gb = None if price_id is None else _price(price_id, catalog)
    if node.ram_gib:
        # Memory is sold by the GB of 2**30 bytes, so its GB is the plan's GiB.
        parts.append(("Host memory", None if per_gb is None else per_gb * node.ram_gib))
    return parts


def _card_part(card: Card, catalog: CatalogReader) -> _Part:
    if isinstance(card, CustomSlot):
        return card.custom.name, card.custom.price_usd
    name = card_id(card) or ""
    return catalog.gpu(name).name, _price(name, catalog)


def _price(part_id: str, catalog: CatalogReader) -> float | None:
    row = catalog.price(part_id)
    return None if row is None else row.usd
