"""At which PCIe link each card of a node runs: the least of card, slot, riser and host.

A link that was set by hand, or read by detection, wins over all of these. Otherwise each card, the
one with the fastest link of its own first, takes the slot that gives it most: the widest slots are
filled first. Where the board is not known, its slots are taken to give what the processor's lanes
allow, and that is said to be assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from moeplanner_gui.core.fitting import card_places
from moeplanner_gui.core.hardware import GpuSpec, HostSpec
from moeplanner_gui.core.plan import Node
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.buses import (
    WIDTHS,
    Bus,
    bus_named,
    bus_of,
    card_row,
    chosen_link,
    lanes_for_cards,
    shared_width,
)
from moeplanner_gui.core.usual_parts import PartRow, board_of, comes_whole, risers_of

ATX_PLACES = 7
"""Expansion slots of an ATX board and of the cases for it."""
_FASTEST = Bus(99, 999)

LinkLimit = Literal["card", "chosen", "host", "lanes", "slot", "riser", "no_slot"]
"""What decides about the link of a card: the card itself, a choice, the host's generation, lanes
that cards share, the slot or the riser, or that the board has no slot left for it.
"""


@dataclass(frozen=True, slots=True)
class CardLink:
    """The link of one card.

    Attributes:
        bus: What counts; None where the bus of the card is not known.
        limit: What decides about it.
        full: What card and host could do in a slot with all lanes.
        place: What its slot or riser gives, None where that is not known.
        part: The board or the risers.
        lanes: How many the cards share, where that decides.
    """

    bus: Bus | None
    limit: LinkLimit
    full: Bus | None
    place: Bus | None = None
    part: PartRow | None = None
    lanes: int | None = None

    @property
    def assumed(self) -> bool:
        """True where nobody chose the board or the risers, or where they are not known."""
        return self.limit != "chosen" and (self.part is None or self.part.assumed)


@dataclass(frozen=True, slots=True)
class Slots:
    """The board and the risers of a node and what each of them gives, the widest first.

    ``on_risers``: the risers carry the cards, and the board what they do not carry.
    """

    board: PartRow | None
    risers: PartRow | None
    board_buses: tuple[Bus, ...]
    riser_buses: tuple[Bus, ...]
    on_risers: bool

    @property
    def are_known(self) -> bool:
        """False where nothing says what the cards are plugged into; risers that nobody chose say
        nothing beside a board that nobody knows.
        """
        chosen = self.on_risers and self.risers is not None and not self.risers.assumed
        return bool(self.board_buses) or chosen


_KNOWN: dict[tuple[object, ...], tuple[CatalogReader, tuple[CardLink, ...]]] = {}


def card_links(node: Node, catalog: CatalogReader) -> tuple[CardLink, ...]:
    """The link of each card of a node, in the order of ``node.gpus``; remembered by what it
    depends on while the catalogue is the same object.

    Raises:
        UnknownEntryError: The node names a card, host or link that the catalogue lacks.
    """
    key = (id(catalog), node.gpus, node.host, node.card_link, node.parts)
    known = _KNOWN.get(key)
    if known is None:
        if len(_KNOWN) >= 512:
            _KNOWN.clear()
        known = _KNOWN[key] = (catalog, _card_links(node, catalog))
    return known[1]


def card_bus(node: Node, slot: int, catalog: CatalogReader) -> Bus | None:
    """Generation and width at which a card of a node runs, None where it is not known.

    Raises:
        UnknownEntryError: As for :func:`card_links`.
    """
    return card_links(node, catalog)[slot].bus


_SLOTS_KNOWN: dict[tuple[object, ...], tuple[CatalogReader, Slots]] = {}


def slots_of(node: Node, catalog: CatalogReader) -> Slots:
    """Where the cards of a node can go, whatever link was chosen for them; remembered as
    :func:`card_links` is.
    """
    key = (id(catalog), node.gpus, node.host, node.parts)
    known = _SLOTS_KNOWN.get(key)
    if known is None:
        if len(_SLOTS_KNOWN) >= 512:
            _SLOTS_KNOWN.clear()
        rows = [card_row(node, slot, catalog) for slot in range(len(node.gpus))]
        known = _SLOTS_KNOWN[key] = (catalog, _slots(node, rows, catalog))
    return known[1]


def _slots(node: Node, rows: Sequence[GpuSpec | None], catalog: CatalogReader) -> Slots:
    board = board_of(node, len(rows), catalog)
    risers = [part for part in risers_of(node, rows, catalog) if part.row.slots]
    on_board = () if board is None else _buses(board)
    newest = max((bus.generation for bus in on_board), default=_FASTEST.generation)
    # A riser has the generation of the slot that it is plugged into.
    on_risers = sorted(
        (bus.lesser(Bus(newest, bus.width)) for part in risers for bus in _buses(part)),
        key=link_rank,
        reverse=True,
    )
    carried = bool(on_risers) and (
        # Nobody hangs cards on risers that were bought for the case of need.
        risers[0].assumed
        or len(rows) > len(on_board)
        or sum(card_places(row) for row in rows) > ATX_PLACES
    )
    return Slots(board, risers[0] if risers else None, on_board, tuple(on_risers), carried)


def _buses(part: PartRow) -> tuple[Bus, ...]:
    """What the slots of a board or a riser give, widest first."""
    found: list[Bus] = []
    for slot in part.row.slots:
        found += [Bus(slot.gen, slot.lanes)] * (slot.count * part.count)
    return tuple(sorted(found, key=link_rank, reverse=True))


def link_rank(bus: Bus) -> tuple[int, int]:
    """Orders links by speed, which doubles with each generation; of equal ones the wider."""
    return bus.width << max(bus.generation - 3, 0), bus.width


def _card_links(node: Node, catalog: CatalogReader) -> tuple[CardLink, ...]:
    rows = [card_row(node, slot, catalog) for slot in range(len(node.gpus))]
    own = [None if row is None else bus_of(row) for row in rows]
    host = None if node.host is None else catalog.host(node.host)
    newest = _FASTEST if host is None else Bus(host.pcie_gen, _FASTEST.width)
    full = [None if bus is None else bus.lesser(newest) for bus in own]
    chosen = chosen_link(node, catalog)
    if chosen is not None:
        given = bus_named(chosen.id)
        return tuple(
            CardLink(given if bus is None or given is None else bus.lesser(given), "chosen", best)
            for bus, best in zip(own, full, strict=True)
        )
    # Modules sit on a board of their own, whatever board the host has for slots.
    slots = None if comes_whole(rows) else _slots(node, rows, catalog)
    if slots is None or not slots.are_known:
        return _without_board(node, host, own, full, catalog)
    links = _with_shared_lanes(_in_slots(slots, own, full), slots, host)
    return _by_platform(links, host, shared_width(node, host, catalog))


def _without_board(
    node: Node,
    host: HostSpec | None,
    own: Sequence[Bus | None],
    full: Sequence[Bus | None],
    catalog: CatalogReader,
) -> tuple[CardLink, ...]:
    """What card and host have, with the lanes divided where all cards ask for more of them."""
    shared = shared_width(node, host, catalog)
    found = []
    for bus, best in zip(own, full, strict=True):
        if bus is None or best is None:
            found.append(CardLink(None, "card", None))
            continue
        limit: LinkLimit = "card" if best == bus else "host"
        given = best if shared is None else best.lesser(Bus(best.generation, shared))
        if given == best or host is None:
            found.append(CardLink(given, limit, best))
        else:
            found.append(CardLink(given, "lanes", best, lanes=lanes_for_cards(host)))
    return tuple(found)


def _in_slots(
    slots: Slots, own: Sequence[Bus | None], full: Sequence[Bus | None]
) -> list[CardLink]:
    """Each card in its slot or on its riser."""
    free: list[tuple[Bus, PartRow | None, LinkLimit]] = [
        (bus, slots.board, "slot") for bus in slots.board_buses
    ]
    least = slots.board_buses[-1] if slots.board_buses else None
    if slots.on_risers:
        # A frame holds the cards; what its risers do not carry stays on the board.
        carried: list[tuple[Bus, PartRow | None, LinkLimit]] = [
            (bus, slots.risers, "riser") for bus in slots.riser_buses[: len(own)]
        ]
        free = carried + free[: max(len(own) - len(carried), 0)]
        least = slots.riser_buses[-1].lesser(least)
    # What a card without a bus of its own asks for is not known: it waits for the others.
    order = sorted(range(len(own)), key=lambda at: link_rank(own[at] or Bus(3, 16)), reverse=True)
    found: dict[int, CardLink] = {}
    for at in order:
        best = full[at]
        if not free:
            # There is no slot: nothing better than the worst one is counted.
            given = None if best is None else best.lesser(least)
            found[at] = CardLink(given, "no_slot", best, None, slots.board)
            continue
        place = max(free, key=lambda one: link_rank(one[0].lesser(best)))
        free.remove(place)
        given = None if best is None else best.lesser(place[0])
        limit = place[2] if given != best else "card" if best == own[at] else "host"
        found[at] = CardLink(given, limit, best, place[0], place[1])
    return [found[at] for at in range(len(own))]


def _with_shared_lanes(
    links: list[CardLink], slots: Slots, host: HostSpec | None
) -> list[CardLink]:
    """The links where all cards together ask for no more lanes than there are."""
    lanes = _lanes(slots, host)
    wanted = [
        16 if used is None else used.width for used in (link.bus or link.place for link in links)
    ]
    if lanes is None or sum(wanted) <= lanes:
        return links
    fitting = (width for width in WIDTHS if sum(min(one, width) for one in wanted) <= lanes)
    width = next(fitting, WIDTHS[-1])
    return [
        link
        if link.bus is None or link.bus.width <= width
        else replace(link, bus=Bus(link.bus.generation, width), limit="lanes", lanes=lanes)
        for link in links
    ]


def _by_platform(
    links: list[CardLink], host: HostSpec | None, shared: int | None
) -> tuple[CardLink, ...]:
    """The links, with the platform named where no other board could give the cards more: two
    slots of eight lanes are all that a processor with sixteen can have.
    """
    if host is None or shared is None or any(_beyond(link, shared) for link in links):
        return tuple(links)
    lanes = lanes_for_cards(host)
    return tuple(
        replace(link, limit="lanes", lanes=lanes)
        if link.limit == "slot"
        and link.full is not None
        # The lanes that it would have beside the others, of the generation that it could have.
        and link.bus == link.full.lesser(Bus(link.full.generation, shared))
        else link
        for link in links
    )


def _beyond(link: CardLink, width: int) -> bool:
    return link.bus is not None and link.bus.width > width


def _lanes(slots: Slots, host: HostSpec | None) -> int | None:
    """Lanes that the cards can share, None where that is not known.

    A board says itself which slots hang on the processor and which on its chipset, so all lanes
    of the processor are its limit; risers divide no more than the slots of the board. Without a
    known board the processor has for cards what is left beside disk and chipset.
    """
    wired = sum(bus.width for bus in slots.board_buses)
    if not wired:
        return None if host is None else lanes_for_cards(host)
    every = None if host is None else host.pcie_lanes
    if not slots.on_risers:
        return every
    return wired if every is None else min(wired, every)
