"""What a plan is built of, part by part, with the price of each: the bill of materials.

Parts that nobody chose are the usual ones of the host, marked as assumed. A part without a price
stays on the list without one; it is never taken for free.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import ceil

from moeplanner_gui.core.bill_line import (
    LINE_WORDS,
    NOT_IN_CATALOGUE,
    BillLine,
    LineKind,
    priced_line,
    unlisted_line,
)
from moeplanner_gui.core.bill_network import network_lines
from moeplanner_gui.core.card_rows import row_of
from moeplanner_gui.core.fitting import (
    card_places,
    has_place,
    is_module,
    memory_module,
    wide_slots,
)
from moeplanner_gui.core.hardware import GpuSpec, HostSpec, PriceRow
from moeplanner_gui.core.parts import PART_WORDS
from moeplanner_gui.core.plan import Card, CustomSlot, Node, NodePart, Plan, card_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.power.draw import most_dc_w
from moeplanner_gui.core.power.supply import FILLED_SHARE
from moeplanner_gui.core.prepare import layout_of
from moeplanner_gui.core.units import GIB
from moeplanner_gui.core.usual_parts import RISERS, comes_whole, frames_for, usual_parts
from moeplanner_gui.core.weights import UnsupportedFormatError
from moeplanner_gui.core.words import say

__all__ = [
    "LINE_WORDS", "NONE_CHOSEN", "NO_BOARD", "BillLine", "LineKind", "bill", "card_places",
    "disk_room_gib", "disk_tb_of", "is_module", "memory_module", "node_lines", "parts_now",
    "usual_supply", "wide_slots", "with_enough_supply",
]  # fmt: skip

_TB = 10**12
_DISK_ROOM = 1.1
"""A download and the system lie on the disk beside the weights."""
_TOWER, _FRAME = "case-full-tower", "open-8-gpu-frame"
_DISK = "nvme-consumer-per-tb"
NO_BOARD = say("No price is known for its board and processor.")
NONE_CHOSEN = say("None is among the parts.")
NO_PLACE = say("Nobody says how such a card is connected and how wide it is.")


_BILLS: dict[tuple[object, ...], tuple[CatalogReader, tuple[BillLine, ...]]] = {}


def bill(plan: Plan, catalog: CatalogReader) -> tuple[BillLine, ...]:
    """All parts of a plan, node by node: cards, host, memory, supply, case, disk, network.
    What the catalogue does not have is listed under its id, without a price.
    """
    disk_tb = disk_tb_of(plan, catalog)
    key = (id(catalog), plan.rig, plan.economics.owned, disk_tb)
    known = _BILLS.get(key)
    if known is None:
        if len(_BILLS) >= 256:
            _BILLS.clear()
        known = _BILLS[key] = (catalog, _new_bill(plan, disk_tb, catalog))
    return known[1]


def _new_bill(plan: Plan, disk_tb: int, catalog: CatalogReader) -> tuple[BillLine, ...]:
    found: list[BillLine] = []
    for index, node in enumerate(plan.rig.nodes):
        lines = node_lines(node, disk_tb, catalog)
        found += [replace(line, node=index) for line in lines] if index else lines
    found += network_lines(plan.rig, catalog)
    owned = {part.part: part.count for part in plan.economics.owned}
    if owned:
        found = [_less_owned(line, owned) for line in found]
    return tuple(found)


def _less_owned(line: BillLine, owned: dict[str, int]) -> BillLine:
    name = line.owned_id or ""
    have = owned.get(name, 0)
    taken = min(have, line.to_buy)
    if not taken:
        return line
    owned[name] = have - taken
    return replace(line, mine=line.mine + taken)


_LINES: dict[tuple[object, ...], tuple[CatalogReader, tuple[BillLine, ...]]] = {}


def node_lines(node: Node, disk_tb: int, catalog: CatalogReader) -> tuple[BillLine, ...]:
    """The lines of one computer, as if it were the first; remembered while the catalogue is the
    same object. ``disk_tb`` is how large a disk is taken where none was chosen.
    """
    key = (
        id(catalog), node.gpus, node.host, node.ram_gib, node.parts, node.mine, node.nvlink,
        node.power_limit_w, disk_tb, (node.there or node.detected) if node.mine else None,
    )  # fmt: skip
    known = _LINES.get(key)
    if known is None:
        if len(_LINES) >= 512:
            _LINES.clear()
        lines = tuple(_new_lines(node, disk_tb, catalog))
        if node.mine:
            lines = _there_already(lines, node, disk_tb, catalog)
        known = _LINES[key] = (catalog, lines)
    return known[1]


def _there_already(
    lines: tuple[BillLine, ...], node: Node, disk_tb: int, catalog: CatalogReader
) -> tuple[BillLine, ...]:
    """The lines of one's own computer: it costs nothing, but for what was added to it since it
    was detected or said to be one's own, and a larger supply or another case that this needs.
    """
    then = _as_it_was(node)
    if then == node:
        return tuple(replace(line, mine=line.count) for line in lines)
    before = _new_lines(then, disk_tb, catalog)
    there: dict[tuple[str, str], int] = {}
    for line in before:
        key = (line.kind, line.part_id or line.name)
        there[key] = there.get(key, 0) + line.count
    found = []
    for line in lines:
        key = (line.kind, line.part_id or line.name)
        mine = min(there.get(key, 0), line.count)
        there[key] = there.get(key, 0) - mine
        # Fewer cards need a smaller supply and case: nobody buys one for that.
        if line.assumed and _worth(line.kind, lines) <= _worth(line.kind, before):
            mine = line.count
        found.append(replace(line, mine=mine))
    return tuple(found)


def _worth(kind: LineKind, lines: Iterable[BillLine]) -> float:
    return sum(line.count * (line.unit_usd or 0.0) for line in lines if line.kind == kind)


def _as_it_was(node: Node) -> Node:
    """The node with what was there when it was detected, or said to be there already."""
    there, seen = node.there, node.detected
    if there is not None:
        return node.model_copy(
            update={name: getattr(there, name) for name in type(there).model_fields}
        )
    if seen is None:
        return node
    # What was not read was typed in for what is there.
    host = seen.host or node.host
    ram_gib = node.ram_gib if seen.ram_gib is None else seen.ram_gib
    return node.model_copy(update={"gpus": seen.gpus, "ram_gib": ram_gib, "host": host})


def _new_lines(node: Node, disk_tb: int, catalog: CatalogReader) -> list[BillLine]:
    rows = [row_of(card, catalog) for card in node.gpus]
    found = _cards(node, catalog)
    modules = [row for row in rows if row is not None and is_module(row)]
    if modules:
        note = say("Modules sit on a server's own board.")
        name = f"server-for-{len(modules)}-{modules[0].id}"
        found.append(
            unlisted_line(
                "server", name, say("Server for {0}", _so_many(modules)), 1, catalog, note=note
            )
        )
    placeless = [row for row in rows if row is not None and not has_place(row)]
    if placeless:
        # It may be sold in a server only: a board from the shelf would be a price made up.
        name = f"place-for-{len(placeless)}-{placeless[0].id}"
        found.append(
            unlisted_line(
                "server", name, say("Host for {0}", _so_many(placeless)), 1, catalog, note=NO_PLACE
            )
        )
    host = _host_row(node, catalog)
    if node.parts is not None:
        return found + _chosen(node, host, disk_tb, catalog)
    if host is None:
        if node.host is not None:
            found.append(BillLine("host", node.host, 0, 1, node.host, note=NOT_IN_CATALOGUE))
        return found + _memory(node, host, catalog)
    own = catalog.price(host.id)
    preset = catalog.presets.get(host.id)
    if own is not None or preset is None:
        found.append(_host_line(host, own))
    else:
        for part in usual_parts(host, len(node.gpus), catalog):
            found.append(replace(priced_line(part.part, part.count, catalog), assumed=True))
    found += _memory(node, host, catalog)
    if not comes_whole(rows):
        # A price of a host is that of its board and processor.
        found += _around(node, rows, disk_tb, catalog)
    return found


def _so_many(rows: Sequence[GpuSpec]) -> str:
    """``8 H100 SXM``, ``4 MI300X and others``."""
    alike = sum(row.id == rows[0].id for row in rows)
    others = "" if alike == len(rows) else say(" and others")
    return f"{alike} {rows[0].name}{others}"


def _host_line(host: HostSpec, own: PriceRow | None) -> BillLine:
    """A host as one line: its board and processor, which are no rows of their own."""
    usd = None if own is None else own.usd
    note = "" if own is not None else NO_BOARD
    return BillLine("host", host.name, 0, 1, host.id, "each", usd, own, note=note)


def parts_now(node: Node, disk_tb: int, catalog: CatalogReader) -> tuple[NodePart, ...]:
    """The parts of a computer whose parts were chosen. A supply and a disk that nobody chose are
    as large as its cards and the weights need now.
    """
    kept: list[NodePart] = []
    guessed: dict[str, NodePart] = {}
    for part in node.parts or ():
        row = catalog.parts.get(part.part)
        if part.assumed and row is not None and row.kind in ("psu", "disk"):
            guessed.setdefault(row.kind, part)
        else:
            kept.append(part)
    supply, disk = guessed.get("psu"), guessed.get("disk")
    if supply is not None:
        usual = usual_supply(node, catalog)
        if usual is not None:
            supply = NodePart(part=usual[0], count=usual[1], assumed=True)
        kept.append(supply)
    if disk is not None:
        kept.append(disk.model_copy(update={"count": disk_tb}))
    return tuple(kept)


def _chosen(
    node: Node, host: HostSpec | None, disk_tb: int, catalog: CatalogReader
) -> list[BillLine]:
    """The parts that were chosen; what no computer goes without stays listed where none is.

    Memory follows the amount of the plan: a module among the parts says which it is made of.
    """
    found: list[BillLine] = []
    kinds: set[str] = set()
    modules = None
    for part in parts_now(node, disk_tb, catalog):
        line = replace(priced_line(part.part, part.count, catalog), assumed=part.assumed)
        kinds.add(line.kind)
        if line.kind == "memory":
            modules = modules or part.part
        else:
            found.append(line)
    whole = comes_whole([row_of(card, catalog) for card in node.gpus])
    if host is not None and not whole:
        has_board = bool(kinds & {"board", "computer"})
        if not has_board and "cpu" not in kinds:
            found.insert(0, _host_line(host, catalog.price(host.id)))
        elif not has_board:
            found.insert(
                0, BillLine("board", say("Board for {0}", host.name), 0, 1, note=NONE_CHOSEN)
            )
        elif "cpu" not in kinds:
            name = say("Processor for {0}", host.name)
            found.append(BillLine("cpu", name, 0, max(1, host.sockets), note=NONE_CHOSEN))
    if host is not None and not whole and not kinds & {"psu", "computer"}:
        found.append(BillLine("psu", PART_WORDS["psu"], 0, 1, note=NONE_CHOSEN))
    return found + _memory(node, host, catalog, modules)


def _around(
    node: Node, rows: list[GpuSpec | None], disk_tb: int, catalog: CatalogReader
) -> list[BillLine]:
    """Supply, case, risers, bridges and disk that a computer of chosen parts would not have."""
    found: list[BillLine] = []
    supply = usual_supply(node, catalog)
    if supply is None:
        note = say("The power of a card is not known.")
        found.append(BillLine("psu", PART_WORDS["psu"], 0, 1, assumed=True, note=note))
    else:
        found.append(replace(priced_line(*supply, catalog), assumed=True))
    frames = frames_for(node, rows, catalog)
    if frames:
        found.append(replace(priced_line(_FRAME, frames, catalog), assumed=True))
        found.append(replace(priced_line(RISERS, frames, catalog), assumed=True))
    else:
        found.append(replace(priced_line(_TOWER, 1, catalog), assumed=True))
    if node.nvlink:
        found += _bridges(node, catalog)
    found.append(replace(priced_line(_DISK, disk_tb, catalog), assumed=True))
    return found


def usual_supply(node: Node, catalog: CatalogReader) -> tuple[str, int] | None:
    """Part and number of the supplies for a computer at its limits: the fewest that are enough,
    then the smallest. None when the power of a card is unknown.
    """
    try:
        most = most_dc_w(node, catalog)
    except UnknownEntryError:
        return None
    if most is None:
        return None
    needed = most / FILLED_SHARE
    sizes = sorted(
        (row.rated_w, price.usd, row.id)
        for row in catalog.parts.values()
        if row.kind == "psu" and row.rated_w is not None
        if (price := catalog.price(row.id)) is not None
    )
    if not sizes:
        return None
    count = max(1, ceil(needed / sizes[-1][0]))
    enough = next(size for size in sizes if size[0] * count >= needed)
    return enough[2], count


def with_enough_supply(node: Node, catalog: CatalogReader) -> Node:
    """A computer whose chosen supplies deliver too little, with the usual ones instead."""
    if node.parts is None:
        return node
    rows = [(catalog.parts.get(part.part), part) for part in node.parts]
    supplies = [(row, part) for row, part in rows if row is not None and row.kind == "psu"]
    most, usual = most_dc_w(node, catalog), usual_supply(node, catalog)
    rated = [row.rated_w * part.count for row, part in supplies if row.rated_w is not None]
    if most is None or usual is None or not supplies or len(rated) < len(supplies):
        return node
    if sum(rated) >= most / FILLED_SHARE:
        return node
    kept = (part for row, part in rows if row is None or row.kind != "psu")
    parts = (*kept, NodePart(part=usual[0], count=usual[1], assumed=True))
    return node.model_copy(update={"parts": parts})


def _cards(node: Node, catalog: CatalogReader) -> list[BillLine]:
    counted: dict[Card, int] = {}
    for card in node.gpus:
        plain = card if isinstance(card, CustomSlot) else (card_id(card) or "")
        counted[plain] = counted.get(plain, 0) + 1
    found = []
    for card, count in counted.items():
        if isinstance(card, CustomSlot):
            own = card.custom
            found.append(BillLine("card", own.name, 0, count, unit_usd=own.price_usd))
            continue
        row, name = row_of(card, catalog), card_id(card) or ""
        if row is None:
            found.append(BillLine("card", name, 0, count, name, note=NOT_IN_CATALOGUE))
            continue
        price = catalog.price(name)
        usd = None if price is None else price.usd
        found.append(BillLine("card", row.name, 0, count, name, unit_usd=usd, price=price))
    return found


def _host_row(node: Node, catalog: CatalogReader) -> HostSpec | None:
    try:
        return None if node.host is None else catalog.host(node.host)
    except UnknownEntryError:
        return None


def _memory(
    node: Node, host: HostSpec | None, catalog: CatalogReader, chosen: str | None = None
) -> list[BillLine]:
    if not node.ram_gib:
        return []
    module, price_id = ("", None) if host is None else memory_module(host)
    if chosen is not None:
        module, price_id = catalog.parts[chosen].memory_kind or "", chosen
    price = None if price_id is None else catalog.price(price_id)
    name = say("Host memory, {0}", module) if module else say("Host memory")
    usd = None if price is None else price.usd
    # Memory is sold by the GB of 2**30 bytes, so its GB is the plan's GiB.
    return [BillLine("memory", name, 0, node.ram_gib, price_id, "gb", usd, price)]


def _bridges(node: Node, catalog: CatalogReader) -> list[BillLine]:
    found = []
    for row in catalog.parts.values():
        if row.kind == "bridge":
            joined = sum(card_id(card) in row.cards for card in node.gpus)
            if joined >= 2:
                found.append(replace(priced_line(row.id, joined // 2, catalog), assumed=True))
    return found


def disk_room_gib(plans: Iterable[Plan], catalog: CatalogReader) -> int:
    """GiB of disk on which the weights of all plans lie, each file once, with room beside them."""
    sizes: dict[tuple[str, str], int] = {}
    for plan in plans:
        layout = layout_of(catalog.model(plan.model), plan.weights, plan.deployment.engine)
        sizes[plan.model, str(plan.weights)] = layout.total_bytes
    return ceil(sum(sizes.values()) * _DISK_ROOM / GIB)


def disk_tb_of(plan: Plan, catalog: CatalogReader) -> int:
    """TB (10**12 bytes) of disk for the plan's weights; at least one."""
    try:
        layout = layout_of(catalog.model(plan.model), plan.weights, plan.deployment.engine)
    except (UnsupportedFormatError, UnknownEntryError):
        return 1
    chosen = max((node.disk_gib * GIB for node in plan.rig.nodes), default=0)
    return max(1, ceil(max(layout.total_bytes * _DISK_ROOM, chosen) / _TB))
