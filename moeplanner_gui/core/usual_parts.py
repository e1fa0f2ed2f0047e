"""The board, the risers and the case that a computer is taken to have until others are chosen.

The bill prices them and the speeds count what they give the cards: one set of rules for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import ceil

from moeplanner_gui.core.fitting import card_places, is_module, wide_slots
from moeplanner_gui.core.hardware import GpuSpec, HostSpec
from moeplanner_gui.core.parts import PartSpec, PresetPart
from moeplanner_gui.core.plan import Node
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass

TOWER_PLACES = 6
"""Slot widths of cards that are put into a tower before an open frame is taken."""
RISERS = "riser-set-for-8-gpus-2-quad-oculink-hosts-8-cables-8-adapters"
RISERS_IN_SET = 8
_BOARDS = frozenset({"board", "computer"})


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part of a node: its row, how many, and whether nobody chose it."""

    row: PartSpec
    count: int
    assumed: bool


def comes_whole(rows: Sequence[GpuSpec | None]) -> bool:
    """True for machines that are sold as one and for modules, whose server brings the rest."""
    return any(row is not None and (row.unified_memory or is_module(row)) for row in rows)


def frames_for(node: Node, rows: Sequence[GpuSpec | None], catalog: CatalogReader) -> int:
    """Open frames, with a set of risers each, that the cards stand in; 0 for a tower. ``rows``:
    those of the node's cards.

    A tower takes cards that are no thicker than its places, and no more than the board has slots.
    """
    in_slots = _in_slots(rows)
    board = board_of(node, len(rows), catalog)
    crowded = board is not None and len(in_slots) > len(slot_lanes(board.row, board.count))
    if sum(card_places(row) for row in in_slots) <= TOWER_PLACES and not crowded:
        return 0
    return ceil(len(in_slots) / RISERS_IN_SET)


def carries_cards(
    node: Node, rows: Sequence[GpuSpec | None], catalog: CatalogReader, others: int = 0
) -> bool:
    """False where the cards find no place: more than the slots of the board, or, on risers, than
    its slots can be divided into. True where that is not known. ``others``: network cards, which
    get the narrowest slots.
    """
    board = board_of(node, len(rows), catalog)
    if board is None or comes_whole(rows):
        return True
    lanes, cards = slot_lanes(board.row, board.count), len(_in_slots(rows))
    lanes = sorted(lanes)[others:]
    each = riser_lanes(node, rows, catalog)
    if each is None or cards <= len(lanes):
        # Risers that were chosen for thick cards need no more of a slot than it has.
        return cards <= len(lanes)
    return cards <= most_on_risers(lanes, each)


def riser_lanes(node: Node, rows: Sequence[GpuSpec | None], catalog: CatalogReader) -> int | None:
    """Lanes that each riser of a computer takes; None where there are none, or nobody knows."""
    every = [slot.lanes for part in risers_of(node, rows, catalog) for slot in part.row.slots]
    return min(every, default=None)


def slot_lanes(board: PartSpec, count: int = 1) -> list[int]:
    """Lanes of every slot of so many boards."""
    return [slot.lanes for slot in board.slots for _ in range(slot.count * count)]


def most_on_risers(lanes: Iterable[int], each: int) -> int:
    """How many cards hang on risers of ``each`` lanes: no slot is divided further than that."""
    return sum(width // each for width in lanes)


def _in_slots(rows: Sequence[GpuSpec | None]) -> list[GpuSpec | None]:
    return [row for row in rows if row is None or not (row.unified_memory or is_module(row))]


def usual_parts(host: HostSpec, cards: int, catalog: CatalogReader) -> tuple[PresetPart, ...]:
    """Board and processors of a host for so many cards; none where they have no rows of their
    own, or where the host has a price as a whole.
    """
    preset = catalog.presets.get(host.id)
    if preset is None or catalog.price(host.id) is not None:
        return ()
    return tuple(
        PresetPart(part=_board_for(part.part, host, cards, catalog), count=part.count)
        for part in preset.parts
    )


def _board_for(part_id: str, host: HostSpec, cards: int, catalog: CatalogReader) -> str:
    """The usual part; instead of a board with too few wide slots the cheapest one with enough."""
    usual = catalog.parts.get(part_id)
    if usual is None or usual.kind != "board" or wide_slots(usual) >= cards:
        return part_id
    enough = [
        (price.usd, row.id)
        for row in catalog.parts.values()
        if row.kind == "board" and host.id in row.hosts and wide_slots(row) >= cards
        if (price := catalog.price(row.id)) is not None
    ]
    return min(enough)[1] if enough else part_id


_KEPT = 1024
_BOARDS_KNOWN: dict[tuple[object, ...], tuple[CatalogReader, PartRow | None]] = {}


def board_of(node: Node, cards: int, catalog: CatalogReader) -> PartRow | None:
    """The board of a computer for so many cards, None when its slots are not known; remembered by
    what it depends on while the catalogue is the same object.

    Where no board is chosen or usual, the one with the most lanes that the host is known to take.
    """
    key = (id(catalog), node.parts, node.host, cards)
    known = _BOARDS_KNOWN.get(key)
    if known is None:
        if len(_BOARDS_KNOWN) >= _KEPT:
            _BOARDS_KNOWN.clear()
        known = _BOARDS_KNOWN[key] = (catalog, _board_of(node, cards, catalog))
    return known[1]


def _board_of(node: Node, cards: int, catalog: CatalogReader) -> PartRow | None:
    if node.parts is not None:
        return next((part for part in _chosen(node, _BOARDS, catalog) if part.row.slots), None)
    if node.host is None:
        return None
    for part in usual_parts(catalog.host(node.host), cards, catalog):
        row = catalog.parts.get(part.part)
        if row is not None and row.kind in _BOARDS and row.slots:
            return PartRow(row, part.count, True)
    rows = [
        row
        for row in catalog.parts.values()
        if row.kind in _BOARDS and row.slots and node.host in row.hosts
    ]
    if not rows:
        return None
    most = max(rows, key=lambda row: sum(slot.count * slot.lanes for slot in row.slots))
    return PartRow(most, 1, True)


def risers_of(
    node: Node, rows: Sequence[GpuSpec | None], catalog: CatalogReader
) -> tuple[PartRow, ...]:
    """The risers of a computer, chosen or as the bill assumes them for cards in a frame."""
    if node.parts is not None:
        return tuple(_chosen(node, frozenset({"riser"}), catalog))
    usual = catalog.parts.get(RISERS)
    if usual is None or node.host is None or comes_whole(rows):
        return ()
    frames = frames_for(node, rows, catalog)
    return (PartRow(usual, frames, True),) if frames else ()


def _chosen(node: Node, kinds: frozenset[str], catalog: CatalogReader) -> Iterator[PartRow]:
    for part in node.parts or ():
        row = catalog.parts.get(part.part)
        if row is not None and row.kind in kinds:
            yield PartRow(row, part.count, part.assumed)
