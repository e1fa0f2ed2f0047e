"""What the slots of the board and the risers give each card, against what it could have.

The speeds count it; a link that was chosen by hand counts as it is, and where a board that was
chosen too gives less, that is said here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.bill import is_module, node_lines
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.kernels import card_names
from moeplanner_gui.core.parts import PartSpec
from moeplanner_gui.core.plan import Node
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.buses import Bus, lanes_for_cards
from moeplanner_gui.core.speed.card_links import (
    ATX_PLACES,
    Slots,
    card_links,
    link_rank,
    slots_of,
)
from moeplanner_gui.core.speed.link_words import part_name
from moeplanner_gui.core.words import say

_CASES = frozenset({"case"})


def case_of(node: Node, catalog: CatalogReader) -> PartSpec | None:
    """The case of a computer, chosen or assumed; None where nobody says which."""
    for line in node_lines(node, 1, catalog):
        row = catalog.parts.get(line.part_id or "")
        if row is not None and row.kind in _CASES:
            return row
    return None


def case_places(node: Node, catalog: CatalogReader) -> int:
    """Slot widths of cards that the case takes."""
    for line in node_lines(node, 1, catalog):
        row = catalog.parts.get(line.part_id or "")
        if row is not None and row.kind in _CASES and row.card_places is not None:
            return row.card_places * line.count
    return ATX_PLACES


@dataclass(frozen=True, slots=True)
class Narrow:
    """Cards whose slot or riser gives less than they could have, or than a choice says.

    ``slots`` are positions in the node, ``given`` what slot or riser give. It ``counts``, and card
    and host could do the ``other``; or else the other counts, as it was chosen or as nobody knows
    the board.
    """

    slots: tuple[int, ...]
    given: Bus
    other: Bus
    counts: bool


def narrow_cards(node: Node, catalog: CatalogReader) -> tuple[Narrow, ...]:
    """Cards whose slot or riser gives less than it might, by what they get."""
    links = card_links(node, catalog)
    slots = slots_of(node, catalog)
    given: list[Bus | None]
    if slots.are_known:
        left_open = node.model_copy(update={"card_link": None})
        free = links if node.card_link is None else card_links(left_open, catalog)
        # A link that was set or measured knows more than a board that nobody chose.
        limits = ("slot", "riser") if node.card_link is None else ("riser",)
        given = [
            link.bus
            if link.limit in limits or (link.limit == "slot" and not link.assumed)
            else None
            for link in free
        ]
    else:
        risers = [*slots.riser_buses, *(None for _ in links)] if slots.on_risers else []
        given = [
            None if bus is None or link.full is None else link.full.lesser(bus)
            for link, bus in zip(links, risers, strict=False)
        ]
    counts = slots.are_known and node.card_link is None
    found: dict[tuple[Bus, Bus], list[int]] = {}
    for slot, (link, bus) in enumerate(zip(links, given, strict=False)):
        other = link.full if counts else link.bus
        if bus is None or other is None:
            continue
        if link_rank(other.lesser(bus)) < link_rank(other):
            found.setdefault((bus, other), []).append(slot)
    return tuple(Narrow(tuple(at), bus, other, counts) for (bus, other), at in found.items())


def narrowest(node: Node, catalog: CatalogReader) -> Narrow | None:
    """The group of cards that gets least, None where all get what they could."""
    found = narrow_cards(node, catalog)
    return min(found, key=lambda one: link_rank(one.given), default=None)


def wiring_findings(
    node: Node,
    rows: list[GpuSpec | None],
    numbers: Sequence[int],
    catalog: CatalogReader,
    subject: str,
) -> Iterator[Finding]:
    """Slots and risers of one computer. ``numbers``: of each card, from 0."""
    slots = slots_of(node, catalog)
    board = slots.board
    yield from _too_few(rows, slots, subject)
    yield from _wider_than_host(node, rows, catalog, subject)
    if slots.on_risers:
        yield _risers(node, rows, slots, catalog, subject)
        return
    if board is None or len(rows) > len(slots.board_buses):
        return
    for narrow in narrow_cards(node, catalog):
        who = card_names([numbers[slot] for slot in narrow.slots])
        about = f"gpu {numbers[narrow.slots[0]] + 1}" if len(narrow.slots) == 1 else subject
        lead = say(
            "{0}: {1} from the slots that are left ({2}); ",
            who,
            narrow.given.name,
            part_name(board),
        )
        if not narrow.counts:
            counts = say("the speeds count {0}, as was chosen.", narrow.other.name)
            verify = say("How the slots are wired.")
        else:
            counts = say("the speeds count that. Card and host could do {0}.", narrow.other.name)
            verify = say(
                "How the slots are wired: choose the link of the cards where it is another. "
            )
            verify += say("Or take a board with more wide slots.")
        yield Finding("narrow_slot", "warning", about, lead + counts, verify)


def _too_few(rows: list[GpuSpec | None], slots: Slots, subject: str) -> Iterator[Finding]:
    board = slots.board
    if board is None or slots.on_risers:
        return
    every = len(slots.board_buses)
    if len(rows) > every:
        yield Finding(
            "too_few_slots",
            # Another board may have more; of the one that was chosen it is known.
            "warning" if board.assumed else "error",
            subject,
            say("{0} cards; the board ({1}) has 1 slot.", len(rows), part_name(board))
            if every == 1
            else say(
                "{0} cards; the board ({1}) has {2} slots.", len(rows), part_name(board), every
            ),
            say("Take another board, fewer cards, or risers that divide a slot."),
        )


def _risers(
    node: Node, rows: list[GpuSpec | None], slots: Slots, catalog: CatalogReader, subject: str
) -> Finding:
    """Cards on risers: how many, and what they get."""
    narrow = narrowest(node, catalog)
    every = None if slots.board is None else len(slots.board_buses)
    why = (
        ""
        if every is None
        else say("; the board has 1 slot")
        if every == 1
        else say("; the board has {0} slots", every)
    )
    if every is not None and every >= len(rows):
        why = say("; they are too thick for the slots beside one another")
    given = ""
    if narrow is not None and len(rows) == 1:
        given = say(" with {0}, ", narrow.given.name)
    elif narrow is not None:
        given = say(" with {0} each, ", narrow.given.name)
    if narrow is not None and narrow.counts:
        given += say("and the speeds count that")
    elif narrow is not None:
        chosen = "" if node.card_link is None else say(", as was chosen")
        given += say("and the speeds count {0}{1}", narrow.other.name, chosen)
    nobody = slots.risers is not None and slots.risers.assumed
    kind = say("assumed risers") if nobody else say("risers")
    choose = ""
    if node.card_link is None:
        choose = say(" Choose the link of the cards, or a board and a case, where they have more.")
    return Finding(
        "cards_on_risers",
        "warning",
        subject,
        say("1 card{0}: it hangs on {1}{2}.", why, kind, given)
        if len(rows) == 1
        else say("{0} cards{1}: they hang on {2}{3}.", len(rows), why, kind, given),
        say("That the slots of the board can be divided (bifurcation).{0}", choose),
    )


def _wider_than_host(
    node: Node, rows: list[GpuSpec | None], catalog: CatalogReader, subject: str
) -> Iterator[Finding]:
    """A link that was chosen although the host has no lanes or no generation for it."""
    if node.card_link is None or node.host is None:
        return
    host = catalog.host(node.host)
    buses = [
        link.bus
        for row, link in zip(rows, card_links(node, catalog), strict=True)
        if link.bus is not None and (row is None or not (row.unified_memory or is_module(row)))
    ]
    lanes = lanes_for_cards(host)
    wanted = sum(bus.width for bus in buses)
    newest = max((bus.generation for bus in buses), default=0)
    if lanes is not None and wanted > lanes:
        yield Finding(
            "link_wider_than_host",
            "warning",
            subject,
            say(
                "The speeds count {0} lanes for {1} cards, as was chosen; {2} has {3} for cards.",
                wanted,
                len(buses),
                host.name,
                lanes,
            ),
            say("A PCIe switch on the board, or choose a narrower link."),
        )
    elif newest > host.pcie_gen:
        yield Finding(
            "link_wider_than_host",
            "warning",
            subject,
            say(
                "The speeds count PCIe {0}.0, as was chosen; {1} has PCIe {2}.0.",
                newest,
                host.name,
                host.pcie_gen,
            ),
            say("Choose a link of PCIe {0}.0.", host.pcie_gen),
        )
