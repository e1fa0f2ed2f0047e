"""What the slots of the board and the risers give each card, against what the speeds count.

The speed model knows the host's lanes and the link that was chosen, not the board: where the
board gives less, that is said here, with the link to choose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.bill import card_places, is_module, node_lines
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.kernels import card_names
from moeplanner_gui.core.parts import PartSpec
from moeplanner_gui.core.plan import Node
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.speed.buses import Bus, bus_of, lanes_for_cards, node_bus

ATX_PLACES = 7
"""Expansion slots of an ATX board and of the cases for it."""


@dataclass(frozen=True, slots=True)
class Narrow:
    """Cards that get less than is counted: positions in the node, what they get, what counts."""

    slots: tuple[int, ...]
    given: Bus
    counted: Bus
    on_risers: bool


def parts_of(node: Node, kinds: frozenset[str], catalog: CatalogReader) -> list[PartRow]:
    """The parts of a node of these kinds, chosen or assumed."""
    found = []
    for line in node_lines(node, 1, catalog):
        row = catalog.parts.get(line.part_id or "")
        if row is not None and row.kind in kinds:
            found.append(PartRow(row, line.count, line.assumed))
    return found


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part of a node: its row, how many, and whether nobody chose it."""

    row: PartSpec
    count: int
    assumed: bool


_BOARDS = frozenset({"board", "computer"})
_RISERS = frozenset({"riser"})
_CASES = frozenset({"case"})


def board_of(node: Node, catalog: CatalogReader) -> PartRow | None:
    """The board of a computer, None when its slots are not known.

    Where no board is chosen or usual, the one with the most slots that the host is known to take.
    """
    found = next((part for part in parts_of(node, _BOARDS, catalog) if part.row.slots), None)
    if found is not None or node.parts is not None or node.host is None:
        return found
    rows = [
        row
        for row in catalog.parts.values()
        if row.kind in _BOARDS and row.slots and node.host in row.hosts
    ]
    if not rows:
        return None
    most = max(rows, key=lambda row: sum(slot.count * slot.lanes for slot in row.slots))
    return PartRow(most, 1, True)


def case_places(node: Node, catalog: CatalogReader) -> int:
    """Slot widths of cards that the case takes."""
    for part in parts_of(node, _CASES, catalog):
        if part.row.card_places is not None:
            return part.row.card_places * part.count
    return ATX_PLACES


def riser_slots(node: Node, catalog: CatalogReader) -> list[Bus]:
    """What the risers of a node give, one entry a card."""
    found: list[Bus] = []
    for part in parts_of(node, _RISERS, catalog):
        for slot in part.row.slots:
            found += [Bus(slot.gen, slot.lanes)] * (slot.count * part.count)
    return found


def board_slots(board: PartRow) -> list[Bus]:
    """The slots of a board, widest first."""
    found: list[Bus] = []
    for slot in board.row.slots:
        found += [Bus(slot.gen, slot.lanes)] * (slot.count * board.count)
    return sorted(found, key=_speed, reverse=True)


def _speed(bus: Bus) -> int:
    """PCIe doubles with each generation; in lanes of the third."""
    return bus.width << max(bus.generation - 3, 0)


def needs_risers(node: Node, rows: list[GpuSpec | None], catalog: CatalogReader) -> bool:
    """True when the risers of a node carry the cards: more cards than slots, or cards that are
    too thick for the slots beside one another.
    """
    if not riser_slots(node, catalog):
        return False
    board = board_of(node, catalog)
    if board is None or len(rows) > len(board_slots(board)):
        return True
    return sum(card_places(row) for row in rows) > ATX_PLACES


def narrow_cards(
    node: Node, rows: list[GpuSpec | None], catalog: CatalogReader
) -> tuple[Narrow, ...]:
    """Cards whose slot or riser gives less than the speeds count, by what they get."""
    board = board_of(node, catalog)
    on_risers = needs_risers(node, rows, catalog)
    if board is None and not on_risers:
        return ()
    places = [(bus, False) for bus in board_slots(board)] if board is not None else []
    if on_risers:
        risers = [(bus, True) for bus in riser_slots(node, catalog)]
        # A frame holds all cards on risers; what they do not carry stays on the board.
        places = [*risers[: len(rows)], *places]
    own = [None if row is None else bus_of(row) for row in rows]
    # The widest slot is for the card that can use it.
    order = sorted(range(len(rows)), key=lambda i: -_speed(own[i] or Bus(3, 16)))
    if on_risers:
        order = list(range(len(rows)))
    found: dict[tuple[Bus, Bus, bool], list[int]] = {}
    for slot, (place, riser) in zip(order, places, strict=False):
        counted = node_bus(node, rows[slot], catalog)
        if counted is None:
            continue
        given = counted.lesser(place)
        if _speed(given) < _speed(counted):
            found.setdefault((given, counted, riser), []).append(slot)
    return tuple(
        Narrow(tuple(sorted(slots)), given, counted, riser)
        for (given, counted, riser), slots in found.items()
    )


def narrowest(node: Node, rows: list[GpuSpec | None], catalog: CatalogReader) -> Narrow | None:
    """The group of cards that gets least, None where all get what is counted."""
    return min(narrow_cards(node, rows, catalog), key=lambda one: _speed(one.given), default=None)


def wiring_findings(
    node: Node,
    rows: list[GpuSpec | None],
    numbers: Sequence[int],
    catalog: CatalogReader,
    subject: str,
) -> Iterator[Finding]:
    """Slots and risers of one computer. ``numbers``: of each card, from 0."""
    board = board_of(node, catalog)
    on_risers = needs_risers(node, rows, catalog)
    yield from _too_few(rows, board, on_risers, subject)
    yield from _wider_than_host(node, rows, catalog, subject)
    if on_risers:
        yield _risers(node, rows, board, catalog, subject)
        return
    if board is None or len(rows) > len(board_slots(board)):
        return
    for narrow in narrow_cards(node, rows, catalog):
        who = card_names([numbers[slot] for slot in narrow.slots])
        name = f"{board.row.name}, assumed" if board.assumed else board.row.name
        about = f"gpu {numbers[narrow.slots[0]] + 1}" if len(narrow.slots) == 1 else subject
        yield Finding(
            "narrow_slot",
            "warning",
            about,
            f"{who}: {narrow.given.name} from the slots that are left ({name}); the speeds "
            f"count {narrow.counted.name}.",
            f"How the slots are wired. Choose {narrow.given.name} as the link of the cards to "
            "count it, or a board with more wide slots.",
        )


def _too_few(
    rows: list[GpuSpec | None], board: PartRow | None, on_risers: bool, subject: str
) -> Iterator[Finding]:
    if board is None or on_risers:
        return
    every = len(board_slots(board))
    if len(rows) > every:
        name = f"{board.row.name}, assumed" if board.assumed else board.row.name
        yield Finding(
            "too_few_slots",
            # Another board may have more; of the one that was chosen it is known.
            "warning" if board.assumed else "error",
            subject,
            f"{len(rows)} cards; the board ({name}) has {every} "
            f"{'slot' if every == 1 else 'slots'}.",
            "Take another board, fewer cards, or risers that divide a slot.",
        )


def _risers(
    node: Node,
    rows: list[GpuSpec | None],
    board: PartRow | None,
    catalog: CatalogReader,
    subject: str,
) -> Finding:
    """Cards on risers: how many, and what they get."""
    narrow = narrowest(node, rows, catalog)
    every = None if board is None else len(board_slots(board))
    why = "" if every is None else f"; the board has {every} {'slot' if every == 1 else 'slots'}"
    if every is not None and every >= len(rows):
        why = "; they are too thick for the slots beside one another"
    each = "" if len(rows) == 1 else " each"
    given = "" if narrow is None else f" with {narrow.given.name}{each}"
    less = "" if narrow is None else f", and the speeds count {narrow.counted.name}"
    nobody = any(part.assumed for part in parts_of(node, _RISERS, catalog))
    kind = "assumed risers" if nobody else "risers"
    choose = ""
    if narrow is not None:
        choose = f" Choose {narrow.given.name} as the link of the cards to count it."
    return Finding(
        "cards_on_risers",
        "warning",
        subject,
        f"{'1 card' if len(rows) == 1 else f'{len(rows)} cards'}{why}: "
        f"{'it hangs' if len(rows) == 1 else 'they hang'} on {kind}{given}{less}.",
        f"That the slots of the board can be divided (bifurcation).{choose}",
    )


def _wider_than_host(
    node: Node, rows: list[GpuSpec | None], catalog: CatalogReader, subject: str
) -> Iterator[Finding]:
    """A link that was chosen although the host has no lanes or no generation for it."""
    if node.card_link is None or node.host is None:
        return
    host = catalog.host(node.host)
    buses = [
        bus
        for row in rows
        if (row is None or not (row.unified_memory or is_module(row)))
        and (bus := node_bus(node, row, catalog)) is not None
    ]
    lanes = lanes_for_cards(host)
    wanted = sum(bus.width for bus in buses)
    newest = max((bus.generation for bus in buses), default=0)
    if lanes is not None and wanted > lanes:
        yield Finding(
            "link_wider_than_host",
            "warning",
            subject,
            f"The speeds count {wanted} lanes for {len(buses)} cards, as was chosen; {host.name} "
            f"has {lanes} for cards.",
            "A PCIe switch on the board, or choose a narrower link.",
        )
    elif newest > host.pcie_gen:
        yield Finding(
            "link_wider_than_host",
            "warning",
            subject,
            f"The speeds count PCIe {newest}.0, as was chosen; {host.name} has "
            f"PCIe {host.pcie_gen}.0.",
            f"Choose a link of PCIe {host.pcie_gen}.0.",
        )
