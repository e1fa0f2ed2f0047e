"""The bill of materials of a plan: what to buy, how many, and what each is known to cost.

Prices are looked up, never worked out; a part without one stays without one.
"""

from __future__ import annotations

import re
from dataclasses import replace

from moeplanner_gui.core.bill import LINE_WORDS, BillLine, bill, memory_module
from moeplanner_gui.core.hardware import GpuSpec, HostSpec
from moeplanner_gui.core.plan import Node, Plan
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

TYPED_IN = say("typed in")


@dataclass(frozen=True, slots=True)
class PartRow:
    """One line of the list.

    ``unit_usd`` and ``total_usd`` are USD without tax, None when no price is known; then the
    three ``price_`` fields are empty. ``price_kind`` says whether it is a list, street or used
    price. ``confidence`` is how sure the price is, in the price source's own word. ``mine`` of
    them are there already and cost nothing; ``assumed``: nobody chose the part.
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
    mine: int = 0
    assumed: bool = False
    kind: str = ""


def parts_list(plan: Plan, catalog: CatalogReader) -> tuple[PartRow, ...]:
    """What the plan is built from: cards, then hosts, their memory, what goes with them, and the
    network.

    Equal parts of all nodes share a row. An id that the catalogue does not know is listed under
    that id without a price.
    """
    counted: dict[PartRow, tuple[int, int]] = {}
    lines = bill(plan, catalog)
    order = {"card": 0, "server": 1, "network": 3}
    for line in sorted(lines, key=lambda line: order.get(line.kind, 2)):
        row, count, mine = _row_of(line, plan, catalog)
        before = counted.get(row, (0, 0))
        counted[row] = (before[0] + count, before[1] + mine)
    return tuple(_times(row, count, mine) for row, (count, mine) in counted.items())


def known_total_usd(rows: tuple[PartRow, ...]) -> tuple[float, int]:
    """The sum of the known prices in USD, and how many rows have none."""
    known = [row.total_usd for row in rows if row.total_usd is not None]
    return sum(known), len(rows) - len(known)


def _times(row: PartRow, count: int, mine: int) -> PartRow:
    total = None if row.unit_usd is None else round(row.unit_usd * (count - mine), 2)
    return replace(row, count=count, mine=mine, total_usd=0.0 if mine == count else total)


def _row_of(line: BillLine, plan: Plan, catalog: CatalogReader) -> tuple[PartRow, int, int]:
    """A line as a row of one piece, and how many pieces of it there are and are owned."""
    name, detail, unit = line.name, _detail(line, catalog), line.unit_usd
    count, mine = line.count, line.mine
    if line.kind == "memory" and line.unit == "gb" and line.node is not None:
        node = plan.rig.nodes[line.node]
        name, detail = (
            say("Host memory, {0:,} GiB", line.count),
            _memory_detail(node, line, catalog),
        )
        unit = None if unit is None else round(unit * (line.to_buy or line.count), 2)
        if 0 < line.mine < line.count:
            detail = ", ".join(
                t for t in (detail, say("{0:,} GiB of it mine already", line.mine)) if t
            )
        # The modules of a node are one piece: what of them is there already is in its price.
        count, mine = 1, int(line.to_buy == 0)
    elif line.unit == "tb":
        name = say("{0}, per TB", name)
    if line.kind == "network":
        detail = say("one for each node")
    price = line.price
    row = PartRow(
        count=1,
        name=name,
        detail=detail,
        unit_usd=unit,
        price_source=TYPED_IN if price is None and unit is not None else "",
        price_kind=TYPED_IN if price is None and unit is not None else "",
        assumed=line.assumed,
        kind=LINE_WORDS[line.kind],
    )
    if price is not None:
        row = replace(
            row,
            price_source=price.source,
            price_date=price.date,
            price_kind=price.kind,
            confidence=price.confidence,
        )
    return row, count, mine


def _detail(line: BillLine, catalog: CatalogReader) -> str:
    try:
        if line.kind == "card" and line.part_id is not None:
            return gpu_detail(catalog.gpu(line.part_id))
        if line.kind == "host" and line.part_id is not None:
            return host_detail(catalog.host(line.part_id))
    except UnknownEntryError:
        return line.note
    if line.kind == "card":
        return line.note
    return ", ".join(part for part in (LINE_WORDS[line.kind], line.note) if part)


def gpu_detail(spec: GpuSpec) -> str:
    """A card's memory, power and width as far as they are known: ``96 GB, 600 W, dual-slot``."""
    parts = [say("{0:g} GB", spec.memory_gb)]
    if spec.tdp_w is not None:
        parts.append(f"{spec.tdp_w:g} W")
    if spec.slot_width:
        parts.append(
            re.sub(r"\b(Single|Dual|Triple|Quad)-", lambda m: m.group().lower(), spec.slot_width)
        )
    return ", ".join(parts)


def host_detail(spec: HostSpec) -> str:
    """A host's memory channels and bus: ``8 × DDR5-4800, PCIe 5.0``."""
    return say("{0} × {1}-{2}, PCIe {3}.0", spec.channels, spec.memory, spec.mt_s, spec.pcie_gen)


def _memory_detail(node: Node, line: BillLine, catalog: CatalogReader) -> str:
    if node.host is None:
        return ""
    try:
        spec = catalog.host(node.host)
    except UnknownEntryError:
        return ""
    module, _ = memory_module(spec)
    speed = node.memory_mt_s or spec.mt_s
    channels = node.memory_channels or spec.channels
    detail = say("{0}-{1}, {2} channels", module or spec.memory, speed, channels)
    return detail if line.price is None else say("{0}, {1:g} USD per GB", detail, line.price.usd)
