"""How the detected cards are attached: PCIe, NVLink and the power they may draw."""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import combinations

from moeplanner_gui.core.detected import DetectedCard
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.buses import has_module_link, is_bridged
from moeplanner_gui.core.words import paragraph, say
from moeplanner_gui.detect.proposal import ProposalLine
from moeplanner_gui.detect.propose_cards import Placed


@dataclass(frozen=True, slots=True)
class Link:
    """A PCIe connection as it is under load."""

    generation: int
    width: int

    @property
    def id(self) -> str:
        """Its id in the catalogue."""
        return f"pcie{self.generation}-x{self.width}"

    @property
    def name(self) -> str:
        """As vendors write it."""
        return say("PCIe {0}.0 x{1}", self.generation, self.width)

    @property
    def speed(self) -> int:
        """For comparing: each generation has twice the rate of the one before."""
        return self.width << self.generation


_MOST_IN_WORDS = 4


def link_of(card: DetectedCard) -> Link | None:
    """The generation that card and slot agree on, and the lanes that are really connected.

    A sleeping card lowers its rate, not its lanes: fewer lanes than possible are the slot's.
    """
    generation, width = card.pcie_gen_max, card.pcie_width_max
    if card.pcie_width_now:
        width = card.pcie_width_now if not width else min(width, card.pcie_width_now)
    if not generation or not width:
        return None
    return Link(min(generation, 16), min(width, 64))


def slot_cards(placed: Sequence[Placed]) -> list[Placed]:
    """The cards that sit in a slot; a part of a processor has none."""
    return [one for one in placed if not one.row.unified_memory and not one.card.integrated]


def links_in_words(placed: Sequence[Placed]) -> str:
    """The links of all cards in a few words: ``PCIe 4.0 x8/x8``; empty where none was read."""
    found = [link for one in slot_cards(placed) if (link := link_of(one.card)) is not None]
    if not found or len(found) > _MOST_IN_WORDS:
        return found[0].name if len(set(found)) == 1 else ""
    if len({link.generation for link in found}) == 1:
        return say("PCIe {0}.0 ", found[0].generation) + "/".join(
            f"x{link.width}" for link in found
        )
    return "/".join(link.name for link in found)


def card_link(
    placed: Sequence[Placed], links: Container[str]
) -> tuple[str | None, Link | None, ProposalLine | None]:
    """The link of the slowest card: its id in the catalogue, what it is, and its line."""
    cards = slot_cards(placed)
    if not cards:
        return None, None, None
    found = [link_of(one.card) for one in cards]
    known = [link for link in found if link is not None]
    if not known:
        line = ProposalLine(
            "PCIe", say("not read"), "unknown", say("What card, slot and host give is assumed.")
        )
        return None, None, line
    slowest = min(known, key=lambda link: link.speed)
    notes = []
    if len(known) < len(found):
        notes.append(say("Read on {0} of {1} cards.", len(known), len(found)))
    if len(set(known)) > 1:
        each = ", ".join(say("not read") if link is None else link.name for link in found)
        notes.append(say("The cards have {0}: the slowest counts for all.", each))
    if any(_is_narrowed(one.card) for one in cards):
        notes.append(say("Fewer lanes are connected than card and slot could have."))
    if any(_is_idle(one.card) for one in cards):
        notes.append(say("It idles at a lower rate now; under load it runs at the full one."))
    if slowest.id not in links:
        notes.append(
            say("The catalogue has no such link: what card, slot and host give is assumed.")
        )
        return None, slowest, ProposalLine("PCIe", slowest.name, "unknown", paragraph(notes))
    return slowest.id, slowest, ProposalLine("PCIe", slowest.name, "detected", paragraph(notes))


def _is_narrowed(card: DetectedCard) -> bool:
    now, most = card.pcie_width_now, card.pcie_width_max
    return bool(now and most and now < most)


def _is_idle(card: DetectedCard) -> bool:
    now, most = card.pcie_gen_now, card.pcie_gen_max
    return bool(now and most and now < most)


def nvlink_of(placed: Sequence[Placed]) -> tuple[bool | None, ProposalLine | None]:
    """Whether the cards are joined: True only where it was seen, None where it was not read."""
    able = [one for one in placed if one.row.nvlink_gbs is not None]
    if len(placed) < 2 or not able:
        return None, None
    if any(_links_unread(one.card) for one in able):
        line = ProposalLine(
            "NVLink", say("not read"), "unknown", say("As the cards are sold is assumed for it.")
        )
        return None, line
    joined = _pairs(placed)
    every = set(combinations(range(len(placed)), 2))
    if every <= joined:
        return True, ProposalLine("NVLink", say("all cards are joined"), "detected")
    # A bridge joins two neighbours of one kind; the plan's switch means just that.
    if joined and joined == _bridge_pairs(placed):
        return True, ProposalLine("NVLink", say("bridges join the cards two by two"), "detected")
    if not joined:
        what = "modules" if any(has_module_link(one.row) for one in able) else "bridge"
        found = say("no bridge") if what == "bridge" else say("no link is in use")
        return False, ProposalLine("NVLink", found, "detected")
    text = say("{0} of {1} pairs are joined: counted as if none were.", len(joined), len(every))
    return False, ProposalLine("NVLink", say("only some cards are joined"), "detected", text)


def _links_unread(card: DetectedCard) -> bool:
    return not card.links and any(one.field == "links" for one in card.unread)


def _pairs(placed: Sequence[Placed]) -> set[tuple[int, int]]:
    at = {one.card.pci_address: index for index, one in enumerate(placed) if one.card.pci_address}
    pairs: set[tuple[int, int]] = set()
    switched = []
    for index, one in enumerate(placed):
        for link in one.card.links:
            other = at.get(link.peer) if link.peer else None
            if link.peer is None:
                switched.append(index)
            elif other is not None and other != index:
                pairs.add((min(index, other), max(index, other)))
    pairs.update(combinations(sorted(set(switched)), 2))
    return pairs


def _bridge_pairs(placed: Sequence[Placed]) -> set[tuple[int, int]]:
    pairs: set[tuple[int, int]] = set()
    slot = 0
    while slot + 1 < len(placed):
        one, other = placed[slot].row, placed[slot + 1].row
        if one.id == other.id and is_bridged(one):
            pairs.add((slot, slot + 1))
            slot += 2
        else:
            slot += 1
    return pairs


def power_limit(placed: Sequence[Placed]) -> tuple[float | None, ProposalLine | None]:
    """The limit that is set on all cards alike, where it is below what they are sold with."""
    cards = slot_cards(placed)
    lowered = [
        one.card.power_limit_w
        for one in cards
        if one.card.power_limit_w and one.row.tdp_w and one.card.power_limit_w < one.row.tdp_w
    ]
    if not lowered:
        return None, None
    limits = [one.card.power_limit_w for one in cards]
    if len(lowered) == len(cards) and len(set(limits)) == 1:
        return lowered[0], ProposalLine(
            say("Power limit"), say("{0:.0f} W a card", lowered[0]), "detected"
        )
    each = ", ".join(
        say("not read") if watts is None else say("{0:.0f} W", watts) for watts in limits
    )
    return None, ProposalLine(
        say("Power limit"),
        each,
        "unknown",
        say("A plan has one limit for all cards: none is taken over."),
    )
