"""Why cards have the links they have, in words. Computes no links."""

from __future__ import annotations

from collections.abc import Sequence

from moeplanner_gui.core.kernels import card_names
from moeplanner_gui.core.plan import Node
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.speed.card_links import CardLink, card_links
from moeplanner_gui.core.usual_parts import PartRow
from moeplanner_gui.core.words import chained, say


def part_name(part: PartRow) -> str:
    """The board or the risers, and whether nobody chose them."""
    return say("{0}, assumed", part.row.name) if part.assumed else part.row.name


def bus_names(links: Sequence[CardLink]) -> str:
    """``"PCIe 4.0 x16 and PCIe 4.0 x4"``; empty where no bus is known."""
    names = dict.fromkeys(link.bus.name for link in links if link.bus is not None)
    return chained(names)


def link_reason(node: Node, catalog: CatalogReader) -> str:
    """What decides about the links of a node's cards; empty where it is the cards alone.

    Raises:
        UnknownEntryError: The node names a row that the catalogue lacks.
    """
    links = card_links(node, catalog)
    limits = {link.limit for link in links}
    if "chosen" in limits or not links:
        return say("as was chosen") if links else ""
    found = []
    part = next((link.part for link in links if link.part is not None), None)
    if part is not None and limits != {"lanes"}:
        if part.row.kind == "riser":
            found.append(part_name(part))
        else:
            found.append(say("slots of {0}, the widest filled first", part_name(part)))
    shared = next((link for link in links if link.lanes is not None), None)
    if shared is not None:
        found.append(say("{0} cards share {1} lanes", len(links), shared.lanes))
    if "no_slot" in limits:
        found.append(say("a card without a slot counts as in the narrowest one"))
    if part is None and shared is None and "host" in limits:
        found.append(say("of the host"))
    return "; ".join(found)


def who_has_what(links: Sequence[CardLink], numbers: Sequence[int]) -> str:
    """``"GPU 1: PCIe 4.0 x16; GPU 2 and 3: PCIe 4.0 x4"``. ``numbers``: of the cards, from 0."""
    groups: dict[str, list[int]] = {}
    for link, number in zip(links, numbers, strict=True):
        groups.setdefault(say("not known") if link.bus is None else link.bus.name, []).append(
            number
        )
    return "; ".join(f"{card_names(who)}: {bus}" for bus, who in groups.items())
