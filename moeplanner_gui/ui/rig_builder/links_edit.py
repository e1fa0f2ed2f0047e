"""What the links editor edits: how the cards of a node are joined, how fast its memory is and
what power its cards get. No widgets.

The plan is immutable, so an edit in progress is a plan of its own: what is shown beside a field
is what the estimator's own rules make of that plan.
"""

from __future__ import annotations

from typing import Any

from moeplanner_gui.core import edits
from moeplanner_gui.core.card_rows import card_name
from moeplanner_gui.core.hardware import GpuSpec, HostSpec
from moeplanner_gui.core.marks import field_mark, found_value
from moeplanner_gui.core.plan import Node, Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.buses import (
    Bus,
    bridge_pairs,
    bus_named,
    bus_of,
    card_row,
    has_module_link,
    is_bridged,
    lanes_for_cards,
)
from moeplanner_gui.core.speed.card_links import card_links
from moeplanner_gui.core.speed.host_memory import bandwidth_gbs
from moeplanner_gui.core.speed.link_words import bus_names, link_reason
from moeplanner_gui.core.speed.power_limit import own_limit_w, power_effect
from moeplanner_gui.core.speed.terms import Unknown
from moeplanner_gui.core.words import chained, comma_joined, say, upper_first
from moeplanner_gui.ui.card_facts import node_host

FIELDS = (
    "card_link",
    "nvlink",
    "memory_mt_s",
    "memory_channels",
    "memory_gbs",
    "power_limit_w",
)
LABELS = {
    "card_link": say("PCIe link of each card"),
    "nvlink": say("Link between the cards"),
    "memory_mt_s": say("Memory transfer rate"),
    "memory_channels": say("Memory channels in use"),
    "memory_gbs": say("Memory bandwidth as measured"),
    "power_limit_w": say("Power limit of each card"),
}
TIPS = {
    "card_link": say(
        "Generation and lanes that every card runs at. Left open, the least of "
        "card, slot, riser and host counts, the widest slots filled first; "
        "what is set here wins. Counts for tensor parallel, for prompts and "
        "for experts in host memory."
    ),
    "nvlink": say(
        "NVLink or Infinity Fabric. Modules have it built in; for slot cards a "
        "bridge is bought apart and joins two of them."
    ),
    "memory_mt_s": say(
        "What the modules really run at, in million transfers a second: two "
        "modules a channel often run slower than one."
    ),
    "memory_channels": say("Channels with a module in them, of all sockets together."),
    "memory_gbs": say(
        "What was measured when reading, for example by Intel MLC or STREAM, "
        "of the memory that the engine uses. It counts as it is."
    ),
    "power_limit_w": say(
        "Set with nvidia-smi -pl or the like. Costs little for one user and "
        "more for many and for prompts."
    ),
}
_PCIE_NOTE = say("as card and host allow")
_SLOT_NOTE = say("as card and slot allow")


def _reaches(cards: list[Bus | None], link: Bus | None) -> bool:
    """Whether a card has this generation and width; one that is not known may have any."""
    return link is not None and (
        not cards or any(own is None or own.lesser(link) == link for own in cards)
    )


@dataclass(frozen=True, slots=True)
class LinksEdit:
    """The links, the memory speed and the power limit of one node being edited."""

    plan: Plan
    node: int
    catalog: CatalogReader

    @property
    def row(self) -> Node:
        """The node as edited so far."""
        return self.plan.rig.nodes[self.node]

    @property
    def host(self) -> HostSpec | None:
        """Its host platform, None when none was chosen."""
        host: HostSpec | None = node_host(self.row, self.catalog)
        return host

    @property
    def cards(self) -> tuple[GpuSpec | None, ...]:
        """The rows of its cards, None for custom ones."""
        return tuple(card_row(self.row, s, self.catalog) for s in range(len(self.row.gpus)))

    def with_value(self, field: str, value: Any) -> LinksEdit:
        """Another value for a field; None, or what holds anyway, leaves it to card and host."""
        if value == self.default(field) and value != self.found(field):
            value = None
        changed = edits.set_node(self.plan, self.node, **{field: value})
        return LinksEdit(changed, self.node, self.catalog)

    def found(self, field: str) -> Any:
        """What detection read, None where it read nothing."""
        return found_value(self.row, field)

    def mark(self, field: str) -> str:
        """Where a value comes from; on a node that was not detected nothing is said."""
        return "" if self.row.detected is None else field_mark(self.row, field)

    def can_go_back(self, field: str) -> bool:
        """True when detection read something else, which this catalogue knows."""
        if self.mark(field) != "edited":
            return False
        return field != "card_link" or self.found(field) in self.catalog.links

    def on_all(self) -> Plan:
        """The plan with what is set here on every node."""
        values = {field: getattr(self.row, field) for field in FIELDS}
        plan = self.plan
        for node in range(len(plan.rig.nodes)):
            plan = edits.set_node(plan, node, **values)
        return plan

    def default(self, field: str) -> int | float | None:
        """What a number is when the node leaves it open; None where that is not known."""
        host = self.host
        if field == "memory_mt_s":
            return None if host is None else host.mt_s
        if field == "memory_channels":
            return None if host is None else host.channels
        if field == "power_limit_w":
            own = [own_limit_w(card, self.catalog) for card in self.row.gpus]
            return max((limit for limit in own if limit is not None), default=None)
        return None

    # -- choices --------------------------------------------------------------------------

    def links(self) -> tuple[tuple[str, str | None], ...]:
        """(label, id) of the PCIe links that the cards have, what card and host allow first."""
        free = self.row.model_copy(update={"card_link": None})
        links = card_links(free, self.catalog)
        names = bus_names(links)
        if any(link.bus is None for link in links):
            names = chained(filter(None, (say("not known"), names)))
        note = _SLOT_NOTE if any(link.part is not None for link in links) else _PCIE_NOTE
        words = f"{upper_first(note)}: {names}" if names else say("No card")
        own = [None if row is None else bus_of(row) for row in self.cards]
        known = [
            row
            for row in self.catalog.links.values()
            if row.kind == "pcie" and _reaches(own, bus_named(row.id))
        ]
        known.sort(key=lambda row: (row.id.split("-")[0], row.gbs_per_direction), reverse=True)
        rows = [
            (
                say(
                    "{0}, {1:g} GB/s",
                    row.name,
                    row.effective_gbs_per_direction or row.gbs_per_direction,
                ),
                row.id,
            )
            for row in known
        ]
        return ((words, None), *rows)

    def bridges(self) -> tuple[tuple[str, bool | None], ...]:
        """(label, value) of the link between the cards; one entry where nothing can be chosen."""
        cards = [row for row in self.cards if row is not None]
        if len(self.row.gpus) > 1 and any(has_module_link(row) for row in cards):
            gbs = max(row.nvlink_gbs or 0 for row in cards)
            name = "Infinity Fabric" if cards[0].vendor == "AMD" else "NVLink"
            return (
                (say("{0}, built in, {1:g} GB/s", name, gbs), None),
                (say("Not there: over PCIe"), False),
            )
        with_bridge = self.row.model_copy(update={"nvlink": True})
        if bridge_pairs(with_bridge, self.catalog):
            gbs = max(row.nvlink_gbs or 0 for row in cards if is_bridged(row))
            return (
                (say("No bridge: over PCIe"), self._no_link),
                (say("NVLink bridges in pairs, {0:g} GB/s", gbs), True),
            )
        words = (
            say("One card only") if len(self.row.gpus) < 2 else say("These cards have PCIe only")
        )
        return ((words, self._no_link),)

    @property
    def _no_link(self) -> bool | None:
        """How the node says that nothing joins its cards: read by detection, or left open."""
        seen = self.found("nvlink") if self.row.nvlink else self.row.nvlink
        return False if seen is False else None

    # -- what follows ---------------------------------------------------------------------

    def heading(self) -> str:
        """The host's own memory and lanes, so that an edit can be compared with it."""
        host = self.host
        if host is None:
            return say("No host is chosen: links are taken as the cards', memory speed is unknown.")
        text = say(
            "{0} × {1}-{2}, {3:.0f} GB/s peak", host.channels, host.memory, host.mt_s, host.peak_gbs
        )
        if host.memory.endswith(str(host.mt_s)):
            text = say("{0} × {1}, {2:.0f} GB/s peak", host.channels, host.memory, host.peak_gbs)
        if host.measured_gbs is not None:
            text = say("{0}, {1:g} GB/s measured", text, host.measured_gbs)
        lanes = lanes_for_cards(host)
        slots = say("lanes not known") if lanes is None else say("{0} lanes for cards", lanes)
        return say("{0}: {1}; PCIe {2}.0, {3}.", host.name, text, host.pcie_gen, slots)

    def link_note(self) -> str:
        """What the cards run at now, and why."""
        links = card_links(self.row, self.catalog)
        buses = [link.bus for link in links]
        if not buses:
            return ""
        if any(bus is None for bus in buses):
            names = {
                card_name(card, self.catalog)
                for card, bus in zip(self.row.gpus, buses, strict=True)
                if bus is None
            }
            return say("The bus of {0} is not known: choose the link.", comma_joined(sorted(names)))
        reason = "" if self.row.card_link is not None else link_reason(self.row, self.catalog)
        if reason:
            return say("Runs at {0}: {1}.", bus_names(links), reason)
        return say("Runs at {0}.", bus_names(links))

    def bridge_note(self) -> str:
        """Which cards a bridge joins."""
        pairs = bridge_pairs(self.row, self.catalog)
        if not pairs:
            return ""
        joined = comma_joined(say("slots {0} and {1}", one + 1, other + 1) for one, other in pairs)
        if len(self.row.gpus) > 2:
            return say("Joins {0}. Between the pairs it is PCIe.", joined)
        return say("Joins {0}.", joined)

    def memory_note(self) -> str:
        """What the engine is taken to read from host memory."""
        aware = self.plan.deployment.engine == "ktransformers"
        found = bandwidth_gbs(self.row, self.host, numa_aware=aware)
        if isinstance(found, Unknown):
            return found.sentence
        return say("{0:.0f} GB/s count. {1}", found.gbs, found.sentence)

    def power_note(self) -> str:
        """What the limit costs."""
        found = power_effect(self.plan, self.catalog, self.plan.workload.sequences)
        if found is None:
            return ""
        return found.sentence

    def problem(self) -> str:
        """Why the values cannot stand, "" when they can."""
        limit, own = self.row.power_limit_w, self.default("power_limit_w")
        if limit is not None and own is not None and limit > own:
            return say("The cards take {0:g} W at most; a limit above it limits nothing.", own)
        return ""
