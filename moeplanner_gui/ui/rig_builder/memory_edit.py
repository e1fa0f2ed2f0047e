"""What the memory editor edits: the terms of one card, or of one host, in a plan. No widgets.

The plan is immutable, so an edit in progress is a plan of its own: every value shown is what the
rules make of it, never a copy of a rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from moeplanner_gui.core import edits
from moeplanner_gui.core.assessment import Assessment, DeviceMemory
from moeplanner_gui.core.card_terms import (
    CardFacts,
    MemoryTerm,
    capacity_of,
    card_facts_in,
    card_memory,
    card_terms,
    with_memory,
)
from moeplanner_gui.core.explain_rig import term_rule
from moeplanner_gui.core.marks import Mark, field_mark, found_value, term_found, term_mark
from moeplanner_gui.core.plan import Card, CustomSlot, Node, Plan, card_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import MIB, MemoryUnit, format_free_memory, format_memory
from moeplanner_gui.core.usable import host_devices
from moeplanner_gui.core.words import say

Origin = Literal["rule", "edited", "assumed", "detected", "typed"]
MOST_MIB = 2**24
_LABELS = {
    "driver_mib": say("Driver reserve"),
    "desktop_mib": say("Desktop on this card"),
    "other_mib": say("Other processes"),
    "context_mib": say("The engine's own process"),
    "system_mib": say("Operating system"),
    "reserved_mib": say("Held back, all together"),
    "wired_limit_mib": say("The GPU may use at most"),
}


@dataclass(frozen=True, slots=True)
class TermRow:
    """One line of the editor.

    Attributes:
        key: The plan's field.
        mib: The value in MiB, as the user edits it.
        origin: Where it comes from. On a node that was not detected an own value is "edited".
        rule: The rule in words.
        source: Where the rule was read.
        found: What detection read, MiB; None where it read nothing.
    """

    key: str
    label: str
    mib: int
    origin: Origin
    rule: str
    source: str
    found: int | None = None

    @property
    def can_go_back(self) -> bool:
        """True when detection read something else than what stands now."""
        return self.origin == "edited" and self.found is not None


@dataclass(frozen=True, slots=True)
class CardEdit:
    """The memory of one card being edited."""

    plan: Plan
    node: int
    slot: int
    catalog: CatalogReader

    @property
    def card(self) -> Card:
        """The card as edited so far."""
        return self.plan.rig.nodes[self.node].gpus[self.slot]

    @property
    def facts(self) -> CardFacts:
        """What the rules know of it."""
        return card_facts_in(self.plan, self.node, self.slot, self.catalog)

    @property
    def capacity_bytes(self) -> int:
        """What the driver shows, with error correction as chosen."""
        return capacity_of(self.facts, card_memory(self.card))

    @property
    def has_ecc(self) -> bool:
        """True for a card of which both figures are known: error correction can be switched."""
        return self.facts.ecc_seen

    @property
    def has_display(self) -> bool:
        """True for the card that a screen would be on."""
        return self.slot == 0 and self.facts.vendor != "Apple" and not self.facts.bare

    def rows(self) -> tuple[TermRow, ...]:
        """Every term that can be edited."""
        if isinstance(self.card, CustomSlot):
            return (self._reserved_row(self.card),)
        return tuple(
            self._row(term) for term in card_terms(self.plan, self.node, self.slot, self.catalog)
        )

    def _row(self, term: MemoryTerm) -> TermRow:
        size = term.size_bytes
        if term.key == "wired_limit_mib":
            size = self.capacity_bytes - size
        rule, source = term_rule(term.name)
        origin: Origin = "edited" if term.edited else ("assumed" if term.assumed else "rule")
        there = self.plan.rig.nodes[self.node]
        return TermRow(
            term.key,
            _LABELS[term.key],
            -(-size // MIB),
            _origin(there, self.slot, term.key, origin),
            rule,
            source,
            _found(there, self.slot, term.key),
        )

    def _reserved_row(self, card: CustomSlot) -> TermRow:
        given = card.custom.reserved_mib
        held = given
        if held is None:
            terms = card_terms(self.plan, self.node, self.slot, self.catalog)
            held = -(-sum(term.size_bytes for term in terms) // MIB)
        there = self.plan.rig.nodes[self.node]
        return TermRow(
            "reserved_mib",
            _LABELS["reserved_mib"],
            held,
            _origin(there, self.slot, "reserved_mib", "rule" if given is None else "edited"),
            say("driver reserve, desktop and the engine's own process, as for other cards"),
            "",
            _found(there, self.slot, "reserved_mib"),
        )

    def with_term(self, key: str, mib: int | None) -> CardEdit:
        """Another value for one term; None goes back to its rule."""
        card = self.card
        if key == "system_mib":
            return self._with_plan(edits.set_node(self.plan, self.node, system_mib=mib))
        if isinstance(card, CustomSlot):
            custom = card.custom.model_copy(update={"reserved_mib": mib})
            # Not validated while it is typed: what is wrong with it, ``problem`` says.
            return self._with_card(CustomSlot.model_construct(custom=custom))
        memory = card_memory(card).model_copy(update={key: mib})
        return self._with_card(with_memory(card, memory))

    def with_ecc(self, ecc: Any) -> CardEdit:
        """Error correction on, off, or as the card is shipped."""
        memory = card_memory(self.card).model_copy(update={"ecc": ecc})
        return self._with_card(with_memory(self.card, memory))

    def with_display(self, display: Any) -> CardEdit:
        """What draws the screen of the node's first card."""
        return self._with_plan(edits.set_node(self.plan, self.node, display=display))

    def mark(self, field: str) -> Mark:
        """Where the screen or error correction comes from."""
        there = self.plan.rig.nodes[self.node]
        return (
            field_mark(there, field) if field == "display" else term_mark(there, self.slot, field)
        )

    def back_to_detected(self, field: str) -> CardEdit:
        """The screen or error correction as it was read."""
        there = self.plan.rig.nodes[self.node]
        if field == "display":
            return self.with_display(found_value(there, field))
        return self.with_ecc(term_found(there, self.slot, field))

    def problem(self) -> str:
        """Why the values cannot stand, "" when they can."""
        terms = card_terms(self.plan, self.node, self.slot, self.catalog)
        taken = sum(term.size_bytes for term in terms)
        capacity = self.capacity_bytes
        if isinstance(self.card, CustomSlot) and self.card.custom.reserved_mib is None:
            return ""
        if taken > capacity:
            return say(
                "The terms take {0:,} MiB together; the card has {1:,} MiB.",
                -(-taken // MIB),
                capacity // MIB,
            )
        limit = card_memory(self.card).wired_limit_mib
        if limit is not None and limit * MIB > capacity:
            return say(
                "The GPU cannot use more than the {0:,} MiB of the computer.", capacity // MIB
            )
        return ""

    def equal_cards(self, plan: Plan) -> list[tuple[int, int]]:
        """Where ``plan`` has cards of the same kind, this one included."""
        mine = _kind(plan.rig.nodes[self.node].gpus[self.slot])
        return [
            (number, slot)
            for number, node in enumerate(plan.rig.nodes)
            for slot, card in enumerate(node.gpus)
            if _kind(card) == mine
        ]

    def on_all(self, plan: Plan) -> Plan:
        """The plan with this card's memory on every card of its kind."""
        changed = self.plan
        for number, slot in self.equal_cards(plan):
            changed = edits.replace_gpu(changed, number, slot, self.card)
        return changed

    def _with_card(self, card: Card) -> CardEdit:
        return self._with_plan(edits.replace_gpu(self.plan, self.node, self.slot, card))

    def _with_plan(self, plan: Plan) -> CardEdit:
        return CardEdit(plan, self.node, self.slot, self.catalog)


@dataclass(frozen=True, slots=True)
class HostEdit:
    """The host memory and the disk of one node being edited."""

    plan: Plan
    node: int
    catalog: CatalogReader

    def rows(self) -> tuple[TermRow, ...]:
        """What the operating system keeps."""
        node = self.plan.rig.nodes[self.node]
        host = host_devices(self.plan)[self.node]
        size = sum(item.size_bytes for item in host.held_back)
        rule, source = term_rule(say("Operating system"))
        origin: Origin = "assumed" if node.system_mib is None else "edited"
        origin = _origin(node, None, "system_mib", origin)
        mib = -(-size // MIB)
        found = _found(node, None, "system_mib")
        return (TermRow("system_mib", _LABELS["system_mib"], mib, origin, rule, source, found),)

    @property
    def capacity_bytes(self) -> int:
        """The host memory that was chosen."""
        return host_devices(self.plan)[self.node].capacity_bytes

    def with_term(self, key: str, mib: int | None) -> HostEdit:
        """Another value for one term; None goes back to its rule."""
        return HostEdit(edits.set_node(self.plan, self.node, **{key: mib}), self.node, self.catalog)

    def with_disk(self, gib: int, read_gbs: float | None) -> HostEdit:
        """What is free on the disk, and how fast it reads; None is unknown."""
        changed = edits.set_node(self.plan, self.node, disk_gib=gib, disk_read_gbs=read_gbs)
        return HostEdit(changed, self.node, self.catalog)

    def mark(self, field: str) -> Mark:
        """Where a value of the node comes from."""
        return field_mark(self.plan.rig.nodes[self.node], field)

    def back_to_detected(self, field: str) -> HostEdit:
        """A value of the node as it was read."""
        found = found_value(self.plan.rig.nodes[self.node], field)
        changed = edits.set_node(self.plan, self.node, **{field: found})
        return HostEdit(changed, self.node, self.catalog)

    def problem(self) -> str:
        """Why the values cannot stand, "" when they can."""
        system = self.plan.rig.nodes[self.node].system_mib
        capacity = self.capacity_bytes
        if system is not None and capacity and system * MIB > capacity:
            return say("The operating system cannot keep more than the {0:,} MiB.", capacity // MIB)
        return ""


Edit = CardEdit | HostEdit
Change = Callable[[Edit], Edit]


def _origin(node: Node, slot: int | None, key: str, plain: Origin) -> Origin:
    """Where a term comes from; ``plain`` is the answer for a node that was not detected."""
    if node.detected is None:
        return plain
    mark = term_mark(node, slot, key)
    return plain if mark == "assumed" else mark


def _found(node: Node, slot: int | None, key: str) -> int | None:
    found = term_found(node, slot, key)
    return found if isinstance(found, int) else None


def _kind(card: Card) -> object:
    """What makes two cards equal before their memory is edited."""
    if isinstance(card, CustomSlot):
        return card.custom.model_copy(update={"reserved_mib": None})
    return card_id(card)


def device_of(assessment: Assessment, node: int, slot: int | None) -> DeviceMemory | None:
    """The device that is being edited; None where nothing is computed."""
    kind = "host" if slot is None else "gpu"
    for device in assessment.devices:
        if (device.node, device.slot, device.kind) == (node, slot, kind):
            return device
    return None


def usable_text(
    device: DeviceMemory | None,
    before: DeviceMemory | None,
    unit: MemoryUnit,
    process: int,
) -> str:
    """``"Usable: 23.12 GiB (now 22.62 GiB)"``, rounded down as everywhere."""
    if device is None:
        return say("Usable: –")
    text = say("Usable: {0}", format_free_memory(device.usable_bytes, unit=unit, decimals=2))
    if process:
        of_it = format_memory(process, unit=unit, decimals=2)
        text = say("{0}, {1} of it for the engine's process", text, of_it)
    if before is not None and before.usable_bytes != device.usable_bytes:
        now = format_free_memory(before.usable_bytes, unit=unit, decimals=2)
        text = say("{0} (now {1})", text, now)
    return text
