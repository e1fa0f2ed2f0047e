"""The bill of materials as people read it: equal parts of all computers on one row, and the sum.

Adds up what :mod:`moeplanner_gui.core.bill` lists; knows no price of its own.
"""

from __future__ import annotations

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.bill import (
    LINE_WORDS,
    BillLine,
    LineKind,
    bill,
    disk_tb_of,
    node_lines,
)
from moeplanner_gui.core.hardware import PriceRow
from moeplanner_gui.core.hardware_cost import cost_of_bill, hardware_range
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass

_ORDER: tuple[LineKind, ...] = (
    "card", "server", "host", "computer", "board", "cpu", "memory", "psu", "case", "riser",
    "bridge", "disk", "nic", "network", "switch",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BillRow:
    """So many of one part over the whole rig.

    ``mine`` of them are there already; of these ``mine_by_node`` are in computers that are there
    as a whole, or were when they were said to be. ``owned_id`` is what its pieces are counted
    under, None where they cannot be. ``usd`` is the subtotal of what is to buy, None while a
    price is missing. ``assumed``: nobody chose some of them.
    """

    kind: LineKind
    name: str
    count: int
    unit: str
    part_id: str | None
    owned_id: str | None
    unit_usd: float | None
    usd: float | None
    price: PriceRow | None
    mine: int
    mine_by_node: int
    assumed: bool
    note: str

    @property
    def kind_words(self) -> str:
        """``"Power supply"``."""
        return LINE_WORDS[self.kind]


@dataclass(frozen=True, slots=True)
class BillSum:
    """The foot of the bill.

    ``total`` is the whole with its range, None while a price is missing; ``known_usd`` is what is
    known. ``typed_usd`` is a price of the whole rig that was typed in and counts instead.
    """

    total: Range | None
    known_usd: float
    unpriced: tuple[str, ...]
    typed_usd: float | None


def bill_rows(plan: Plan, catalog: CatalogReader) -> tuple[BillRow, ...]:
    """Every part once, cards first."""
    groups: dict[tuple[object, ...], list[BillLine]] = {}
    for line in bill(plan, catalog):
        groups.setdefault(_key(line), []).append(line)
    disk_tb = disk_tb_of(plan, catalog)
    whole: dict[tuple[object, ...], int] = {}
    for node in plan.rig.nodes:
        for line in node_lines(node, disk_tb, catalog) if node.mine else ():
            whole[_key(line)] = whole.get(_key(line), 0) + line.mine
    rows = [_row(lines, whole.get(key, 0)) for key, lines in groups.items()]
    return tuple(sorted(rows, key=lambda row: _ORDER.index(row.kind)))


def bill_sum(plan: Plan, catalog: CatalogReader) -> BillSum:
    """The sum of the same rows, with how far it may be off."""
    cost = cost_of_bill(bill(plan, catalog))
    total = None
    if cost.total_usd is not None:
        total = hardware_range(plan, catalog, cost.total_usd)
    return BillSum(total, cost.known_usd, cost.unpriced, plan.economics.hardware_usd)


def _key(line: BillLine) -> tuple[object, ...]:
    """Equal for the same part in several computers."""
    name = (line.name, line.note, line.unit_usd) if line.part_id is None else ("", "", None)
    return (line.kind, line.part_id, line.unit, *name)


def _row(lines: list[BillLine], whole: int) -> BillRow:
    first = lines[0]
    subtotals = [line.usd for line in lines]
    known = [usd for usd in subtotals if usd is not None]
    return BillRow(
        kind=first.kind,
        name=first.name,
        count=sum(line.count for line in lines),
        unit=first.unit,
        part_id=first.part_id,
        owned_id=first.owned_id,
        unit_usd=first.unit_usd,
        usd=sum(known) if len(known) == len(subtotals) else None,
        price=first.price,
        mine=sum(line.mine for line in lines),
        mine_by_node=whole,
        assumed=any(line.assumed for line in lines),
        note=first.note,
    )
