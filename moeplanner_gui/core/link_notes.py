"""Remarks about how the cards of a node are joined and what was set of its links, memory and
power. Computes no times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.hardware import GpuSpec, HostSpec
from moeplanner_gui.core.plan import Deployment, Node, Plan, Rig
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.speed.buses import (
    bridge_pairs,
    card_row,
    has_module_link,
    is_bridged,
    lanes_for_cards,
)
from moeplanner_gui.core.speed.card_links import card_links
from moeplanner_gui.core.speed.link_words import bus_names
from moeplanner_gui.core.speed.power_limit import own_limit_w
from moeplanner_gui.core.words import chained, say

_KNOWN: dict[tuple[Rig, int, bool], tuple[CatalogReader, tuple[Finding, ...]]] = {}


def link_findings(plan: Plan, catalog: CatalogReader) -> tuple[Finding, ...]:
    """What a reader should know of the links of a plan, remembered by its rig."""
    joined = share_every_layer(plan.deployment)
    key = (plan.rig, id(catalog), joined)
    known = _KNOWN.get(key)
    if known is None or known[0] is not catalog:
        if len(_KNOWN) >= 256:
            _KNOWN.clear()
        known = _KNOWN[key] = (catalog, tuple(_findings(plan.rig, catalog, joined)))
    return known[1]


def share_every_layer(options: Deployment) -> bool:
    """True when several cards work on the same layer and wait for one another.

    llama.cpp knows no tensor parallel and the other engines no split mode: an option that was
    left from another engine says nothing.
    """
    if options.engine == "llama.cpp":
        return options.split in ("row", "tensor")
    return options.tensor_parallel > 1


def node_settings(node: Node, catalog: CatalogReader) -> tuple[str, ...]:
    """What the user set of a node's links, memory and power, in a few words each."""
    return tuple(words for _, words in named_settings(node, catalog))


def named_settings(node: Node, catalog: CatalogReader) -> tuple[tuple[str, str], ...]:
    """As :func:`node_settings`, each with the node's field in front."""
    found: list[tuple[str, str]] = []
    if node.card_link is not None:
        row = catalog.links.get(node.card_link)
        found.append(
            ("card_link", say("cards at {0}", node.card_link if row is None else row.name))
        )
    if node.nvlink is not None:
        found.append(("nvlink", say("NVLink bridges") if node.nvlink else say("no NVLink")))
    if node.memory_channels is not None:
        count = node.memory_channels
        told = say("1 memory channel") if count == 1 else say("{0} memory channels", count)
        found.append(("memory_channels", told))
    if node.memory_mt_s is not None:
        found.append(("memory_mt_s", say("memory at {0:,} MT/s", node.memory_mt_s)))
    if node.memory_gbs is not None:
        found.append(("memory_gbs", say("memory measured at {0:g} GB/s", node.memory_gbs)))
    if node.power_limit_w is not None:
        found.append(("power_limit_w", say("cards limited to {0:g} W", node.power_limit_w)))
    return tuple(found)


def _findings(rig: Rig, catalog: CatalogReader, joined: bool) -> Iterator[Finding]:
    for index, node in enumerate(rig.nodes):
        subject = f"node {index + 1}"
        host = None if node.host is None else catalog.host(node.host)
        if node.gpus:
            if joined and host is None and node.card_link is None:
                yield from _assumed(node, catalog, subject)
            yield from _lanes(node, host, catalog, subject, joined)
            yield from _bridges(node, catalog, subject, joined)
            yield from _power(node, catalog, subject)
        if host is not None:
            yield from _memory(node, host, subject)


def _assumed(node: Node, catalog: CatalogReader, subject: str) -> Iterator[Finding]:
    """Cards that share every layer on a host that nobody named."""
    rows = [card_row(node, slot, catalog) for slot in range(len(node.gpus))]
    built_in = node.nvlink is not False and all(row and has_module_link(row) for row in rows)
    links = card_links(node, catalog)
    buses = {link.bus.name for link in links if link.bus is not None and link.part is None}
    if len(rows) > 1 and buses and not built_in:
        yield Finding(
            "link_assumed",
            "note",
            subject,
            say(
                "The host is not chosen: its slots are taken to give the cards all of "
                "their {0}. Choose the host or the link.",
                chained(sorted(buses)),
            ),
        )


def _lanes(
    node: Node, host: HostSpec | None, catalog: CatalogReader, subject: str, joined: bool
) -> Iterator[Finding]:
    """Cards that ask for more lanes than there are run narrower than they could."""
    links = card_links(node, catalog)
    shared = next((link for link in links if link.lanes is not None), None)
    if shared is None:
        return
    who = say("the board")
    if host is not None and shared.lanes in (lanes_for_cards(host), host.pcie_lanes):
        who = host.name
    cost = (
        say(" Cards that share every layer wait for it.")
        if joined
        else say(" With layers one card after the other this costs prompts more than answers.")
    )
    yield Finding(
        "cards_share_lanes",
        "warning" if joined else "note",
        subject,
        say(
            "{0} cards share the {1} PCIe lanes that {2} has for them. The speeds count {3}.{4}",
            len(links),
            shared.lanes,
            who,
            bus_names(links),
            cost,
        ),
        say("A platform with more lanes, or fewer cards."),
    )


def _bridges(node: Node, catalog: CatalogReader, subject: str, joined: bool) -> Iterator[Finding]:
    if not node.nvlink:
        return
    rows = [card_row(node, slot, catalog) for slot in range(len(node.gpus))]
    if len(rows) > 1 and all(row is not None and has_module_link(row) for row in rows):
        return
    pairs = bridge_pairs(node, catalog)
    if not pairs:
        yield Finding("nvlink_not_possible", "warning", subject, _no_bridge(rows))
    elif joined and len(node.gpus) > 2:
        yield Finding(
            "nvlink_joins_pairs",
            "note",
            subject,
            say("An NVLink bridge joins two cards; a group of more of them waits for PCIe."),
        )


def _no_bridge(rows: Sequence[GpuSpec | None]) -> str:
    """Why no bridge joins these cards: none of them has the connector, or not side by side."""
    known = [row for row in rows if row is not None]
    if known and len(known) == len(rows) and not any(map(is_bridged, known)):
        names = chained(dict.fromkeys(row.name for row in known))
        if len({row.id for row in known}) > 1:
            return say(
                "NVLink is said to be there, but {0} have no connector for a bridge: PCIe counts.",
                names,
            )
        return say(
            "NVLink is said to be there, but {0} has no connector for a bridge: PCIe counts.",
            names,
        )
    return say(
        "NVLink is said to be there, but no two cards of one kind with the "
        "connector are neighbours: PCIe counts."
    )


def _power(node: Node, catalog: CatalogReader, subject: str) -> Iterator[Finding]:
    limit = node.power_limit_w
    if limit is None:
        return
    own = [own_limit_w(card, catalog) for card in node.gpus]
    known = [value for value in own if value is not None]
    if known and len(known) == len(own) and limit >= max(known):
        yield Finding(
            "power_limit_without_effect",
            "note",
            subject,
            say(
                "A power limit of {0:g} W limits nothing: the cards take {1:g} W at most.",
                limit,
                max(known),
            ),
        )


def _memory(node: Node, host: HostSpec, subject: str) -> Iterator[Finding]:
    channels = node.memory_channels
    if channels is not None and channels > host.channels:
        yield Finding(
            "more_channels_than_host",
            "warning",
            subject,
            say(
                "{0} memory channels are counted; {1} has {2}.", channels, host.name, host.channels
            ),
        )
