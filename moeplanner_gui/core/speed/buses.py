"""What connects the cards of one node: their PCIe bus, the host's lanes and NVLink.

Knows connections; :mod:`moeplanner_gui.core.speed.card_links` knows which slot a card is in, and
:mod:`moeplanner_gui.core.speed.links` how long a message takes.
"""

from __future__ import annotations

import re
from difflib import get_close_matches

from moeplanner_gui.core.hardware import GpuSpec, HostSpec, LinkSpec
from moeplanner_gui.core.plan import CustomSlot, Node
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.remembered import by_identity
from moeplanner_gui.core.words import say

CONSUMER_LANES = range(16, 32)
"""A processor with so many lanes gives 16 to cards, as x16 or x8 + x8; the others go to the
disk (Intel ARK data on the Core i9-13900K: "1x16+4, 2x8+4")."""
WIDTHS = (16, 8, 4, 1)


def card_row(node: Node, slot: int, catalog: CatalogReader) -> GpuSpec | None:
    """The catalogue row of the card in a slot, None for a custom card."""
    card = node.gpus[slot]
    if isinstance(card, CustomSlot):
        return None
    return catalog.gpu(card if isinstance(card, str) else card.gpu)


def is_bridged(spec: GpuSpec) -> bool:
    """True for slot cards, whose NVLink is a bridge bought apart; modules have it built in."""
    return spec.nvlink_gbs is not None and "-slot" in (spec.slot_width or "")


def has_module_link(spec: GpuSpec) -> bool:
    """True for modules (SXM, OAM and boards) that carry their own link to each other."""
    return spec.nvlink_gbs is not None and not is_bridged(spec)


def has_no_peer_access(spec: GpuSpec) -> bool:
    """True for GeForce cards since Ada: the driver refuses access over PCIe."""
    return spec.group == "GeForce" and spec.sm is not None and spec.sm >= (8, 9)


def bridge_pairs(node: Node, catalog: CatalogReader) -> tuple[tuple[int, int], ...]:
    """Slots that a bridge joins: neighbours of the same kind that have the connector, two by
    two from the first slot. Every bridge of these cards joins a pair.
    """
    if not node.nvlink:
        return ()
    pairs: list[tuple[int, int]] = []
    slot = 0
    while slot + 1 < len(node.gpus):
        one, other = card_row(node, slot, catalog), card_row(node, slot + 1, catalog)
        if one is not None and other is not None and one.id == other.id and is_bridged(one):
            pairs.append((slot, slot + 1))
            slot += 2
        else:
            slot += 1
    return tuple(pairs)


@dataclass(frozen=True, slots=True)
class Bus:
    """A PCIe connection: generation and lanes."""

    generation: int
    width: int

    @property
    def name(self) -> str:
        """As vendors write it, ``PCIe 4.0 x8``."""
        return say("PCIe {0}.0 x{1}", self.generation, self.width)

    def lesser(self, other: Bus | None) -> Bus:
        """What is left when both are on the way."""
        if other is None:
            return self
        return Bus(min(self.generation, other.generation), min(self.width, other.width))


def bus_named(text: str | None) -> Bus | None:
    """The bus in ``"PCIe 4.0 x16"`` or in a link's id ``"pcie4-x8"``, None where there is none."""
    found = re.search(r"(\d)(?:\.0 |-)x(\d+)$", text or "")
    return None if found is None else Bus(int(found[1]), int(found[2]))


@by_identity
def bus_of(spec: GpuSpec) -> Bus | None:
    """The bus of a card, None where it is not known."""
    return bus_named(spec.bus)


def chosen_link(node: Node, catalog: CatalogReader) -> LinkSpec | None:
    """The row that ``Node.card_link`` names, None when the node leaves it open.

    Raises:
        UnknownEntryError: There is no such PCIe link; the closest ids are named.
    """
    if node.card_link is None:
        return None
    row = catalog.links.get(node.card_link)
    if row is not None and row.kind == "pcie":
        return row
    pcie = [link.id for link in catalog.links.values() if link.kind == "pcie"]
    close = get_close_matches(node.card_link.lower(), pcie, n=3, cutoff=0.5)
    known = ""
    if row is not None:
        known = say(
            "“{0}” is no PCIe link, which are called pcie4-x8 and the like; NVLink has ", row.id
        )
        known += say("a switch of its own.")
    raise UnknownEntryError("link", node.card_link, tuple(close), known=known)


def lanes_for_cards(host: HostSpec) -> int | None:
    """PCIe lanes of a host that cards can use; None where the row does not say."""
    lanes = host.pcie_lanes
    return 16 if lanes is not None and lanes in CONSUMER_LANES else lanes


def shared_width(node: Node, host: HostSpec | None, catalog: CatalogReader) -> int | None:
    """Lanes that each card gets when the cards of a node ask for more than the host has.

    None when they do not, or when that is not known. The widest of x16, x8, x4 and x1 with
    which all cards find room; cards with fewer lanes of their own take no more than these.
    """
    lanes = None if host is None else lanes_for_cards(host)
    if lanes is None:
        return None
    wanted: list[int] = []
    for slot in range(len(node.gpus)):
        row = card_row(node, slot, catalog)
        bus = None if row is None else bus_of(row)
        # Modules sit on a board with switches of its own.
        if row is None or not (row.unified_memory or has_module_link(row)):
            wanted.append(16 if bus is None else bus.width)
    if sum(wanted) <= lanes:
        return None
    for width in WIDTHS:
        if sum(min(one, width) for one in wanted) <= lanes:
            return width
    return WIDTHS[-1]


def pcie_row(bus: Bus, catalog: CatalogReader) -> LinkSpec | None:
    """The catalogue's row for a bus; of a width between two rows, the narrower one."""
    for width in (bus.width, *WIDTHS):
        if width <= bus.width:
            row = catalog.links.get(f"pcie{bus.generation}-x{width}")
            if row is not None:
                return row
    return None
