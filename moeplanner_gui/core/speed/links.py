"""What joins the cards: how long a message takes between them.

Knows PCIe, NVLink and the network; knows no model and no engine.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Literal

from moeplanner_gui.core.derivation import Confidence
from moeplanner_gui.core.hardware import GpuSpec, LinkSpec, NetworkSpec
from moeplanner_gui.core.plan import Card, Node, Plan, Rig, card_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.buses import (
    Bus,
    bridge_pairs,
    card_row,
    has_module_link,
    has_no_peer_access,
    pcie_row,
)
from moeplanner_gui.core.speed.card_links import CardLink, card_links
from moeplanner_gui.core.speed.terms import Unknown
from moeplanner_gui.core.words import say

NO_PEER_US = 13.6
"""What a message takes longer between cards that may not write into one another: about 14 us
instead of 0.36 to 0.45. The same page has 70 instead of 90 tokens/s for one user without it: 3.2 ms
of about 120 all-reduces.
"""
NO_PEER_SHARE = 0.57
"""Of the bandwidth, when both directions are busy: 31 of 54 GB/s."""
_NO_PEER_SOURCE = say(
    "Without direct access: about 14 instead of 0.36 to 0.45 us on RTX PRO "
    "6000 and RTX 5090 (github.com/local-inference-lab/rtx6kpro "
    "hardware/pcie-bandwidth.md @88f3cd5); 31 of 54 GB/s on two RTX 4090 "
    "(p2pBandwidthLatencyTest in D. Kinghorn's notes “NVIDIA 4090 P2P on "
    "AMD”, February 2023)"
)
NO_PEER = say(
    "Without direct access to one another, the cards exchange through host "
    "memory: {0:g} µs more a message, {1:.0%} of the bandwidth.",
    NO_PEER_US,
    NO_PEER_SHARE,
)
NO_DIRECT = say(
    "Network adapters cannot write into the memory of GeForce cards: each "
    "message goes through host memory, {0:g} µs more.",
    NO_PEER_US,
)
_NO_DIRECT_SOURCE = (
    say(
        "GPUDirect RDMA: Tesla and Quadro cards "
        "(docs.nvidia.com/networking/display/GPUDirectRDMAv18, System "
        "Requirements); what the way through host memory takes is that between "
        "two cards. "
    )
    + _NO_PEER_SOURCE
)
MAY_BE_TCP = say(
    "Counted with RDMA over {}; the low end of the speed is what TCP "
    "leaves of it, about {:g} µs a message."
)
LinkKind = Literal["nvlink", "pcie", "network", "none"]


@dataclass(frozen=True, slots=True)
class Link:
    """The slowest link on the way between the members of a group.

    Attributes:
        kind: ``nvlink`` stands for the vendors' own links, AMD's Infinity Fabric too.
        gbs: What arrives in one direction, GB/s.
        latency_us: One all-reduce of a small message between two ranks, microseconds.
        name: For people, for example ``"PCIe 4.0 x8"``.
        confidence: How sure the times are.
        source: Where the times come from.
        all_reduce_gbs: Bus bandwidth of large all-reduces, GB/s.
        rank_share: What each rank beyond the second adds to the latency, as a share of it.
        hop_us: Handing one step's activations to the next card or node, microseconds.
        assumed: A sentence when something that the user has not said was assumed.
        detour: A sentence when messages do not take the direct way, which is in the times.
        slow_us: ``latency_us`` at worst: where a network may be without what the times were
            measured with.
    """

    kind: LinkKind
    gbs: float
    latency_us: float
    name: str
    confidence: Confidence
    source: str
    all_reduce_gbs: float
    rank_share: float
    hop_us: float
    assumed: str | None = None
    detour: str | None = None
    slow_us: float = 0.0


NO_LINK = Link("none", math.inf, 0.0, "none", Confidence.EXACT, "", math.inf, 0.0, 0.0)
"""Of a single card: nothing is sent."""


def all_reduce_s(link: Link, ranks: int, message_bytes: float) -> float:
    """Seconds of one all-reduce: its latency, and a ring's 2 (n-1)/n of the message.

    Args:
        link: As :func:`link_of` tells it.
        ranks: Members of the group; 1 takes no time.
        message_bytes: What each rank holds before and after.
    """
    if ranks < 2:
        return 0.0
    latency = link.latency_us * 1e-6 * (1 + link.rank_share * (ranks - 2))
    return latency + 2 * (ranks - 1) / ranks * message_bytes / (link.all_reduce_gbs * 1e9)


def slower_s(link: Link, ranks: int) -> float:
    """Seconds that one all-reduce takes longer at worst, see ``Link.slow_us``."""
    more = max(0.0, link.slow_us - link.latency_us) if ranks > 1 else 0.0
    return more * 1e-6 * (1 + link.rank_share * (ranks - 2))


def hop_s(link: Link, message_bytes: float) -> float:
    """Seconds until the next card or node has ``message_bytes`` of activations."""
    return link.hop_us * 1e-6 + message_bytes / (link.gbs * 1e9)


_LATEST: dict[tuple[object, ...], tuple[Rig, CatalogReader, Link | Unknown]] = {}


def link_of(
    plan: Plan, catalog: CatalogReader, positions: tuple[int, ...], *, passing: bool = False
) -> Link | Unknown:
    """The slowest link between the cards at ``positions`` of ``usable.card_devices``.

    Args:
        plan: What the user chose.
        catalog: Where links, networks, cards and hosts are looked up.
        positions: Members of one tensor-parallel group, or two neighbours of a layer split.
        passing: Only activations of a step are passed on. Then cards whose bus is not known
            are taken to sit on the narrowest link instead of refusing: it hardly counts.

    Raises:
        UnknownEntryError: The plan names a link, card or host that the catalogue lacks.
    """
    if len(positions) < 2:
        return NO_LINK
    rig = plan.rig
    key = (id(rig), id(catalog), positions, passing)
    known = _LATEST.get(key)
    if known is None:
        if len(_LATEST) >= 256:
            _LATEST.clear()
        known = _LATEST[key] = (rig, catalog, _link(rig, catalog, positions, passing))
    return known[2]


def _link(
    rig: Rig, catalog: CatalogReader, positions: tuple[int, ...], passing: bool
) -> Link | Unknown:
    places = _places(rig, catalog)
    slots: dict[int, list[int]] = {}
    for position in positions:
        node, slot = places[position]
        slots.setdefault(node, []).append(slot)
    found: list[Link] = []
    if len(slots) > 1:
        network = _network(rig, catalog)
        if isinstance(network, Unknown):
            return network
        nodes = ((rig.nodes[node], members) for node, members in slots.items())
        found.append(network if passing else _through_hosts(network, nodes, catalog))
    for node, members in slots.items():
        if len(members) > 1:
            inside = _inside(rig.nodes[node], node, members, catalog, passing)
            if isinstance(inside, Unknown):
                return inside
            found.append(inside)
    return found[0] if len(found) == 1 else _slowest(found)


def _slowest(links: list[Link]) -> Link:
    """What a message meets that takes all of these: the first one's name, the worst of each."""
    first = links[0]
    return Link(
        kind=first.kind,
        gbs=min(link.gbs for link in links),
        latency_us=max(link.latency_us for link in links),
        name=first.name,
        confidence=max((link.confidence for link in links), key=lambda c: c.rank),
        source=first.source,
        all_reduce_gbs=min(link.all_reduce_gbs for link in links),
        rank_share=max(link.rank_share for link in links),
        hop_us=max(link.hop_us for link in links),
        assumed=" ".join(dict.fromkeys(x.assumed for x in links if x.assumed)) or None,
        detour=" ".join(dict.fromkeys(x.detour for x in links if x.detour)) or None,
        slow_us=max(link.slow_us for link in links),
    )


_last_places: tuple[Rig, CatalogReader, list[tuple[int, int]]] | None = None


def _places(rig: Rig, catalog: CatalogReader) -> list[tuple[int, int]]:
    """(node, slot) of every device, in the order of ``usable.card_devices``; kept for the last
    rig, of which a link is asked for every stage of a pipeline.
    """
    global _last_places
    last = _last_places
    if last is None or last[0] is not rig or last[1] is not catalog:
        last = _last_places = (rig, catalog, _new_places(rig, catalog))
    return last[2]


def _new_places(rig: Rig, catalog: CatalogReader) -> list[tuple[int, int]]:
    return [
        (index, slot)
        for index, node in enumerate(rig.nodes)
        for slot, card in enumerate(node.gpus)
        for _ in range(_devices(card, catalog))
    ]


def _devices(card: Card, catalog: CatalogReader) -> int:
    name = card_id(card)
    return 1 if name is None else catalog.gpu(name).devices


def _network(rig: Rig, catalog: CatalogReader) -> Link | Unknown:
    if rig.network is None:
        return Unknown(
            say(
                "Unknown, because the network between the nodes is not chosen. Choose "
                "it in the rig."
            )
        )
    row = catalog.networks.get(rig.network)
    if row is None:
        close = get_close_matches(rig.network.lower(), catalog.networks, n=3, cutoff=0.5)
        raise UnknownEntryError("network", rig.network, tuple(close))
    timed = _timed(row, "network", row.gbs, row.name)
    if isinstance(timed, Unknown) or row.all_reduce_slow_us is None:
        return timed
    slow = row.all_reduce_slow_us
    return replace(timed, slow_us=slow, detour=MAY_BE_TCP.format(row.name, slow))


def _through_hosts(
    network: Link, nodes: Iterable[tuple[Node, list[int]]], catalog: CatalogReader
) -> Link:
    """A network as cards reach it into whose memory its adapters cannot write."""
    rows = [card_row(node, slot, catalog) for node, slots in nodes for slot in slots]
    if not any(row is not None and row.group == "GeForce" for row in rows):
        return network
    return replace(
        network,
        latency_us=network.latency_us + NO_PEER_US,
        # Measured between the cards of one computer; nobody published it of a network.
        confidence=Confidence.UNVERIFIED,
        source=f"{network.source}. {_NO_DIRECT_SOURCE}",
        detour=" ".join(filter(None, (network.detour, NO_DIRECT))),
    )


def _timed(
    row: LinkSpec | NetworkSpec,
    kind: LinkKind,
    gbs: float,
    name: str,
    scale: float = 1.0,
    assumed: str | None = None,
) -> Link | Unknown:
    """A link with the times of a row; ``scale`` is its bandwidth against that of the row."""
    if row.all_reduce_us is None or row.hop_us is None:
        return Unknown(
            say("Unknown, because nobody measured how long a message takes over {0}.", name)
        )
    return Link(
        kind=kind,
        gbs=gbs,
        latency_us=row.all_reduce_us,
        name=name,
        confidence=Confidence.MODELLED if row.timing_verified else Confidence.UNVERIFIED,
        source=row.timing_source or row.source,
        all_reduce_gbs=scale * (row.all_reduce_gbs or gbs),
        rank_share=row.all_reduce_rank_share,
        hop_us=row.hop_us,
        assumed=assumed,
    )


def _inside(
    node: Node, index: int, slots: list[int], catalog: CatalogReader, passing: bool
) -> Link | Unknown:
    """The link between cards of one node."""
    rows = [card_row(node, slot, catalog) for slot in slots]
    if len(set(slots)) > 1 and any(row is not None and row.unified_memory for row in rows):
        return Unknown(
            say(
                "Unknown, because machines with shared memory cannot be cards of one "
                "node. Make each a node of its own and choose the network."
            )
        )
    fabric = _fabric(node, slots, rows, catalog)
    return fabric if fabric is not None else _pcie(node, index, slots, catalog, passing)


def _fabric(
    node: Node, slots: list[int], rows: list[GpuSpec | None], catalog: CatalogReader
) -> Link | Unknown | None:
    """NVLink or Infinity Fabric where every member has it and it is there, else None."""
    if node.nvlink is False:
        return None
    known = [row for row in rows if row is not None and row.nvlink_gbs is not None]
    if len(known) < len(rows) or len({row.vendor for row in known}) > 1:
        return None
    if not all(has_module_link(row) for row in known):
        pair = tuple(sorted(set(slots)))
        if len(slots) != 2 or pair not in bridge_pairs(node, catalog):
            return None
    gbs = min(row.nvlink_gbs or 0.0 for row in known) / 2
    kind = "infinity_fabric" if known[0].vendor == "AMD" else "nvlink"
    candidates = [link for link in catalog.links.values() if link.kind == kind]
    if not candidates:
        return Unknown(say("Unknown, because the catalogue has no row for this link."))
    row = min(candidates, key=lambda link: abs(link.gbs_per_direction - gbs))
    name = say("{0}, {1:g} GB/s", "NVLink" if kind == "nvlink" else "Infinity Fabric", 2 * gbs)
    return _timed(row, "nvlink", gbs, name, scale=gbs / row.gbs_per_direction)


def _pcie(
    node: Node,
    index: int,
    slots: list[int],
    catalog: CatalogReader,
    passing: bool,
) -> Link | Unknown:
    least: Bus | None = None
    assumed = None
    links = card_links(node, catalog)
    for slot in slots:
        bus = links[slot].bus
        if bus is None:
            row = card_row(node, slot, catalog)
            name = say("an own card") if row is None else row.name
            if not passing:
                return Unknown(
                    say(
                        "Unknown, because the PCIe link of {0} is not known. Choose the link "
                        "of the cards of node {1}.",
                        name,
                        index + 1,
                    )
                )
            bus = Bus(3, 1)
            assumed = say("The PCIe link of {0} is not known; the narrowest is assumed.", name)
        # A narrow new link beside a wide old one counts as a narrow old one: the old one is late,
        # the narrow one slow, and nobody measured such a pair.
        least = bus.lesser(least)
    assert least is not None
    if assumed is None:
        assumed = _assumed(node, [links[slot] for slot in slots], least)
    link = pcie_row(least, catalog)
    if link is None:
        return Unknown(say("Unknown, because the catalogue has no row for {0}.", least.name))
    gbs = link.effective_gbs_per_direction or link.gbs_per_direction
    timed = _timed(link, "pcie", gbs, link.name, assumed=assumed)
    # What handing on takes was measured on cards with and without peer access.
    if passing or isinstance(timed, Unknown) or not _is_closed(node, slots, catalog):
        return timed
    return replace(
        timed,
        latency_us=timed.latency_us + NO_PEER_US,
        all_reduce_gbs=timed.all_reduce_gbs * NO_PEER_SHARE,
        # Both were measured, but of copies; nobody published an all-reduce of such cards.
        confidence=Confidence.UNVERIFIED,
        source=f"{timed.source}. {_NO_PEER_SOURCE}",
        detour=NO_PEER,
    )


def _is_closed(node: Node, slots: list[int], catalog: CatalogReader) -> bool:
    """True where a card of a group gives the others no access to its memory."""
    rows = (card_row(node, slot, catalog) for slot in slots)
    return any(row is not None and has_no_peer_access(row) for row in rows)


def _assumed(node: Node, links: Sequence[CardLink], least: Bus) -> str | None:
    """A sentence where nobody said what the cards are plugged into."""
    guessed = [link for link in links if link.assumed]
    if not guessed:
        return None
    part = next((link.part for link in guessed if link.part is not None), None)
    if part is not None:
        return say("{0} is assumed until a board is among the parts.", part.row.name)
    if node.host is None:
        return say("The host is not chosen: the cards' own {0} is assumed.", least.name)
    return say("How the board is wired is not known: slots that reach this are assumed.")
