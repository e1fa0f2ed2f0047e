"""The bill of materials of a plan: what to buy, how many, and what each is known to cost.

Prices are looked up, never worked out; a part without one stays without one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from moeplanner_gui.core.hardware import GpuSpec, HostSpec, PriceRow
from moeplanner_gui.core.hardware_cost import memory_module
from moeplanner_gui.core.plan import Card, CustomCard, CustomSlot, Node, Plan, card_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError

TYPED_IN = "typed in"


@dataclass(frozen=True, slots=True)
class PartRow:
    """One line of the list.

    ``unit_usd`` and ``total_usd`` are USD without tax, None when no price is known; then the
    three ``price_`` fields are empty. ``price_kind`` says whether it is a list, street or used
    price. ``confidence`` is how sure the price is, in the price source's own word.
    """

    count: int
    name: str
    detail: str
    unit_usd: float | None = None
    total_usd: float | None = None
    price_source: str = ""
    price_date: str = ""
    price_kind: str = ""
    confidence: str = ""


def parts_list(plan: Plan, catalog: CatalogReader) -> tuple[PartRow, ...]:
    """What the plan is built from: cards first, then hosts, their memory, and the network.

    Equal parts of all nodes share a row. An id that the catalogue does not know is listed under
    that id without a price.
    """
    counted: dict[PartRow, int] = {}
    makers = (_card_rows, _host_rows, _memory_rows)
    for make_rows in makers:
        for node in plan.rig.nodes:
            for row in make_rows(node, catalog):
                counted[row] = counted.get(row, 0) + 1
    rows = [_times(row, count) for row, count in counted.items()]
    if plan.rig.network is not None and len(plan.rig.nodes) > 1:
        known = getattr(catalog, "networks", {}).get(plan.rig.network)
        name = plan.rig.network if known is None else known.name
        rows.append(PartRow(len(plan.rig.nodes), f"Network port, {name}", "one for each node"))
    return tuple(rows)


def known_total_usd(rows: tuple[PartRow, ...]) -> tuple[float, int]:
    """The sum of the known prices in USD, and how many rows have none."""
    known = [row.total_usd for row in rows if row.total_usd is not None]
    return sum(known), len(rows) - len(known)


def _times(row: PartRow, count: int) -> PartRow:
    total = None if row.unit_usd is None else round(row.unit_usd * count, 2)
    return PartRow(
        count=count,
        name=row.name,
        detail=row.detail,
        unit_usd=row.unit_usd,
        total_usd=total,
        price_source=row.price_source,
        price_date=row.price_date,
        price_kind=row.price_kind,
        confidence=row.confidence,
    )


def _card_rows(node: Node, catalog: CatalogReader) -> list[PartRow]:
    return [_card_row(card, catalog) for card in node.gpus]


def _card_row(card: Card, catalog: CatalogReader) -> PartRow:
    if isinstance(card, CustomSlot):
        return _custom_row(card.custom)
    name = card_id(card) or ""
    try:
        spec = catalog.gpu(name)
    except UnknownEntryError:
        return PartRow(1, name, "not in the catalogue")
    return _priced(spec.name, gpu_detail(spec), catalog.price(name))


def gpu_detail(spec: GpuSpec) -> str:
    """A card's memory, power and width as far as they are known: ``96 GB, 600 W, dual-slot``."""
    parts = [f"{spec.memory_gb:g} GB"]
    if spec.tdp_w is not None:
        parts.append(f"{spec.tdp_w:g} W")
    if spec.slot_width:
        parts.append(
            re.sub(r"\b(Single|Dual|Triple|Quad)-", lambda m: m.group().lower(), spec.slot_width)
        )
    return ", ".join(parts)


def _custom_row(card: CustomCard) -> PartRow:
    detail = f"{card.memory_mib:,} MiB"
    if card.tdp_w is not None:
        detail += f", {card.tdp_w:g} W"
    if card.price_usd is None:
        return PartRow(1, card.name, detail)
    return PartRow(1, card.name, detail, card.price_usd, None, TYPED_IN, "", TYPED_IN, "")


def _host_rows(node: Node, catalog: CatalogReader) -> list[PartRow]:
    if node.host is None:
        return []
    try:
        spec = catalog.host(node.host)
    except UnknownEntryError:
        return [PartRow(1, node.host, "not in the catalogue")]
    return [_priced(spec.name, host_detail(spec), catalog.price(node.host))]


def host_detail(spec: HostSpec) -> str:
    """A host's memory channels and bus: ``8 × DDR5-4800, PCIe 5.0``."""
    return f"{spec.channels} × {spec.memory}-{spec.mt_s}, PCIe {spec.pcie_gen}.0"


def _memory_rows(node: Node, catalog: CatalogReader) -> list[PartRow]:
    if node.ram_gib == 0:
        return []
    name = f"Host memory, {node.ram_gib:,} GiB"
    if node.host is None:
        return [PartRow(1, name, "")]
    try:
        spec = catalog.host(node.host)
    except UnknownEntryError:
        return [PartRow(1, name, "")]
    module, price_id = memory_module(spec)
    detail = f"{module or spec.memory}-{spec.mt_s}, {spec.channels} channels"
    per_gb = catalog.price(price_id) if price_id else None
    if per_gb is None:
        return [PartRow(1, name, detail)]
    # Memory is sold by the GB of 2**30 bytes, so its GB is the plan's GiB.
    whole = per_gb.model_copy(update={"usd": round(per_gb.usd * node.ram_gib, 2)})
    return [_priced(name, f"{detail}, {per_gb.usd:g} USD per GB", whole)]


def _priced(name: str, detail: str, price: PriceRow | None) -> PartRow:
    if price is None:
        return PartRow(1, name, detail)
    return PartRow(
        1, name, detail, price.usd, None, price.source, price.date, price.kind, price.confidence
    )
