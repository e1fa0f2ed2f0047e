"""Where the times of links, the bandwidth of host memory and the cost of a power limit come from.

The numbers are those that the speed was worked out with, from the same functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from moeplanner_gui.core.checks.subjects import gpu_numbers
from moeplanner_gui.core.derivation import Confidence, Derivation
from moeplanner_gui.core.plan import Node, Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.quantities import leaf
from moeplanner_gui.core.speed.buses import card_row, has_module_link
from moeplanner_gui.core.speed.card_links import card_links
from moeplanner_gui.core.speed.host_memory import NUMA_SOURCE, REACHED_SHARE, bandwidth_gbs
from moeplanner_gui.core.speed.link_words import bus_names, link_reason, who_has_what
from moeplanner_gui.core.speed.links import Link, all_reduce_s, link_of
from moeplanner_gui.core.speed.power_limit import PowerEffect, power_effect
from moeplanner_gui.core.speed.terms import Unknown
from moeplanner_gui.core.speed.traffic import Traffic
from moeplanner_gui.core.words import say

POWER_SOURCE = say(
    "published sweeps of RTX 3090 (llmgarage.ai; "
    "github.com/noonghunna/club-3090/issues/104), RTX 5060 Ti "
    "(inventivehq.com) and RTX PRO 6000 (rtx6kpro benchmarks/results.md "
    "@e2c2b95; Light-Heart-Labs vllm-power-sweep-2026-04-29)"
)


def surroundings(
    plan: Plan, traffic: Traffic, catalog: CatalogReader, users: int
) -> tuple[Derivation, ...]:
    """One entry for every link, host memory and power limit that a step depends on."""
    found = [
        *_links(plan, traffic, catalog),
        *card_slots(plan, catalog, _linked_nodes(plan, traffic, catalog)),
        *_hosts(plan, traffic, catalog),
    ]
    effect = power_effect(plan, catalog, users)
    if isinstance(effect, PowerEffect):
        found.append(
            leaf(
                say("Power limit"),
                say("× {0:.2f} on cards", effect.decode.expected),
                effect.sentence,
                POWER_SOURCE,
                confidence=Confidence.UNVERIFIED,
            )
        )
    return tuple(dict.fromkeys(found))


def _links(plan: Plan, traffic: Traffic, catalog: CatalogReader) -> Iterator[Derivation]:
    before: tuple[int, ...] = ()
    for stage in traffic.stages:
        if stage.parts[0].place != "gpu":
            continue
        joined = stage.ranks * (traffic.expert_replicas if traffic.moe_layers else 1)
        if joined > 1:
            yield from _known(link_of(plan, catalog, stage.cards[:joined]), joined)
        if before:
            pair = (before[0], stage.cards[0])
            yield from _known(link_of(plan, catalog, pair, passing=True), 1)
        before = stage.cards


def is_joined_by_modules(node: Node, catalog: CatalogReader) -> bool:
    """True where all cards send over a link of their own: PCIe says nothing of them."""
    rows = [card_row(node, slot, catalog) for slot in range(len(node.gpus))]
    own = all(row is not None and has_module_link(row) for row in rows)
    return own and node.nvlink is not False


def _linked_nodes(plan: Plan, traffic: Traffic, catalog: CatalogReader) -> list[int]:
    """Nodes whose cards send to one another over PCIe or read from host memory."""
    places = [part for stage in traffic.stages for part in stage.parts]
    hosts = {part.device.node for part in places if part.place == "host"}
    cards = {part.device.node for part in places if part.place == "gpu"}
    nodes = plan.rig.nodes
    several = {number for number in cards if len(nodes[number].gpus) > 1}
    over_pcie = {one for one in several if not is_joined_by_modules(nodes[one], catalog)}
    return sorted(over_pcie | (cards & hosts))


def card_slots(plan: Plan, catalog: CatalogReader, nodes: Iterable[int]) -> Iterator[Derivation]:
    """The PCIe link of every card of some nodes, and what decides about it."""
    numbers = gpu_numbers(plan, catalog)
    for index in nodes:
        node = plan.rig.nodes[index]
        links = card_links(node, catalog)
        if not links or not any(link.bus for link in links):
            continue
        part = next((link.part for link in links if link.part is not None), None)
        assumed = any(link.assumed for link in links)
        chosen = node.card_link is not None
        reason = link_reason(node, catalog)
        if not reason and assumed:
            reason = say("no slot is known; what card and host have is assumed")
        source = say("chosen or measured") if chosen else say("the rows of card and host")
        checked = True
        if part is not None:
            source = part.row.sources.get("slots", part.row.name)
            checked = "slots" not in part.row.unverified_fields
        where = "" if len(plan.rig.nodes) == 1 else say(", node {0}", index + 1)
        yield leaf(
            say("PCIe of the cards{0}", where),
            bus_names(links),
            say(
                "{0}{1}. The least of card, slot, riser and host counts; a link that "
                "was set by hand wins.",
                who_has_what(links, numbers[index]),
                f" ({reason})" if reason else "",
            ),
            source,
            confidence=Confidence.EXACT if checked and not assumed else Confidence.UNVERIFIED,
            assumed=assumed,
        )


def _known(link: Link | Unknown, ranks: int) -> Iterator[Derivation]:
    if isinstance(link, Unknown):
        return
    if ranks > 1:
        first = all_reduce_s(link, ranks, 0.0) * 1e6
        formula = say(
            "{0:g} µs between two, among {1} of them {2:.3g} µs; ", link.latency_us, ranks, first
        )
        formula += say("large messages at {0:.3g} GB/s.", link.all_reduce_gbs)
        label, value = say("All-reduce over {0}", link.name), say("{0:.3g} µs", first)
    else:
        formula = say(
            "{0:g} µs with the engine's own wait, then {1:.3g} GB/s.", link.hop_us, link.gbs
        )
        label, value = say("Hand-over over {0}", link.name), say("{0:.3g} µs", link.hop_us)
    for more in (link.detour, link.assumed):
        formula += f" {more}" if more else ""
    yield leaf(
        label,
        value,
        formula,
        link.source,
        confidence=link.confidence,
        assumed=link.assumed is not None,
    )


def _hosts(plan: Plan, traffic: Traffic, catalog: CatalogReader) -> Iterator[Derivation]:
    aware = plan.deployment.engine == "ktransformers"
    nodes = {
        part.device.node for stage in traffic.stages for part in stage.parts if part.place == "host"
    }
    for number in sorted(nodes):
        node = plan.rig.nodes[number]
        host = None if node.host is None else catalog.host(node.host)
        found = bandwidth_gbs(node, host, numa_aware=aware)
        if isinstance(found, Unknown):
            continue
        source = say("entered by you")
        if node.memory_gbs is None:
            source = say(
                "channels × 8 bytes × transfer rate; {0:.0%} of it is reached", REACHED_SHARE
            )
            if host is not None and host.measured_gbs is not None:
                source = host.measured_source or host.sources.get("measured_gbs", "") or source
            if host is not None and host.sockets > 1 and not aware:
                source += say("; one socket at a time: {0}", NUMA_SOURCE)
        where = "" if len(plan.rig.nodes) == 1 else say(", node {0}", number + 1)
        yield leaf(
            say("Bandwidth of host memory{0}", where),
            say("{0:,.0f} GB/s", found.gbs),
            found.sentence,
            source,
            confidence=found.confidence,
        )
