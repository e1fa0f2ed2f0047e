"""The rig as rows to draw: what each slot, node and host memory says. Knows no widgets."""

from __future__ import annotations

from typing import NamedTuple

from moeplanner_gui.core.assessment import Assessment, DeviceMemory
from moeplanner_gui.core.bill import disk_tb_of
from moeplanner_gui.core.checks.subjects import gpu_numbers
from moeplanner_gui.core.marks import Mark, day_words, edits_count, slot_marks
from moeplanner_gui.core.plan import Node, Plan
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.card_links import card_bus
from moeplanner_gui.core.units import GB, GIB, MemoryUnit
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.card_facts import (
    CardFacts,
    card_facts,
    host_summary,
    node_host,
    node_name,
)
from moeplanner_gui.ui.drops import slots_shown
from moeplanner_gui.ui.rig_builder.parts_rows import NO_PARTS, NodeParts, node_parts


@dataclass(frozen=True)
class SlotRow:
    """One slot. ``facts`` is None for an empty one; ``device`` None when nothing is computed.

    ``index`` is the device's position in the assessment, which the derivation paths need.
    ``refused``: the plan cannot run, so nothing is placed and nothing is called free.
    ``mark``: where the card of a detected node comes from, None on other nodes; ``found_day``
    is the day of the detection in words.
    """

    node: int
    slot: int
    place: str
    facts: CardFacts | None = None
    gpu_number: int = 0
    device: DeviceMemory | None = None
    index: int = -1
    tightest: bool = False
    unit: MemoryUnit = "GiB"
    refused: bool = False
    mark: Mark | None = None
    found_day: str = ""

    @property
    def memory_edited(self) -> bool:
        """True when a person changed what is kept of the card's memory."""
        return self.facts is not None and self.facts.edited and self.mark != "detected"

    @property
    def mark_text(self) -> str:
        """Where the card comes from, as a sentence; empty without detection."""
        if self.mark is None or self.facts is None:
            return ""
        if self.mark == "detected":
            return say("Detected {0}, unchanged since.", self.found_day)
        if self.mark == "edited":
            return say("Detected {0}; its memory was edited since.", self.found_day)
        return say("Typed: added by hand, not found {0}.", self.found_day)

    @property
    def title(self) -> str:
        """``"Slot 1 · PCIe 5.0 ×16"``."""
        return (
            say("Slot {0} · {1}", self.slot + 1, self.place)
            if self.place
            else say("Slot {0}", self.slot + 1)
        )

    @property
    def spoken(self) -> str:
        """The slot in one sentence, for screen readers."""
        if self.facts is None:
            return say("Slot {0}: empty", self.slot + 1)
        text = say("Slot {0}: {1} ({2})", self.slot + 1, self.facts.name, self.facts.memory)
        if self.memory_edited:
            text += f", {say('memory edited')}"
        if self.mark is not None:
            text += f", {_MARK_WORDS[self.mark]}"
        if self.refused:
            text += f", {say('the plan cannot run')}"
        elif self.device is not None:
            text += f", {free_text(self.device, self.unit)}"
        return say("{0}, tightest", text) if self.tightest else text


_MARK_WORDS: dict[Mark, str] = {
    "detected": say("detected"),
    "edited": say("edited"),
    "typed": say("typed"),
    "assumed": say("assumed"),
}


@dataclass(frozen=True)
class NodeRow:
    """One node with its slots and its host memory."""

    node: int
    name: str
    host: str
    totals: str
    ram_gib: int
    slots: tuple[SlotRow, ...]
    memory: DeviceMemory | None
    memory_index: int = -1
    memory_tightest: bool = False
    unit: MemoryUnit = "GiB"
    found_day: str = ""
    edits: int = 0
    parts: NodeParts = NO_PARTS

    @property
    def spoken(self) -> str:
        """The node in one sentence, for screen readers."""
        cards = sum(slot.facts is not None for slot in self.slots)
        found = f", {self.found_texts[0]}" if self.found_texts else ""
        return f"{self.name}{found}: {self.host}, {cards_words(cards)}"

    @property
    def found_texts(self) -> tuple[str, ...]:
        """``"detected 23 Nov 2026, 2 edits"`` and shorter ways to say it; none if typed in."""
        if not self.found_day:
            return ()
        long, short = say("detected {0}", self.found_day), say("detected")
        if not self.edits:
            return (long, short)
        edits = say("1 edit") if self.edits == 1 else say("{0} edits", self.edits)
        return (f"{long}, {edits}", f"{short}, {edits}")

    @property
    def memory_text(self) -> str:
        """``"18.40 of 512 GiB used · no weights in host memory"``."""
        if self.memory is None:
            return say("memory not given") if not self.ram_gib else say("{0:,} GiB", self.ram_gib)
        used, capacity = amount(self.memory.used_bytes, self.unit), self.memory.capacity_bytes
        whole = say("{0:,.0f}", capacity / (GIB if self.unit == "GiB" else GB))
        held = self.memory.weights_bytes
        weights = (
            say("weights {0}", amount(held, self.unit))
            if held
            else say("no weights in host memory")
        )
        return say("{0} of {1} {2} used · {3}", used, whole, self.unit, weights)


def rig_rows(
    plan: Plan, assessment: Assessment | None, catalog: CatalogReader, unit: MemoryUnit = "GiB"
) -> tuple[NodeRow, ...]:
    """The rows of ``plan``. An ``assessment`` that lags behind it is used as far as it matches."""
    cards: dict[tuple[int, int], int] = {}
    hosts: dict[int, int] = {}
    devices = assessment.devices if assessment is not None else ()
    refused = assessment is not None and assessment.verdict == "cannot_run"
    tightest = None if assessment is None or refused else assessment.tightest
    for index, device in enumerate(devices):
        if device.kind == "gpu" and device.slot is not None:
            # Of a board that appears as several devices the fullest is shown.
            shown = cards.setdefault((device.node, device.slot), index)
            if device.free_bytes < devices[shown].free_bytes:
                cards[device.node, device.slot] = index
        elif device.kind == "host" and not refused:
            hosts[device.node] = index
    disk_tb = disk_tb_of(plan, catalog)
    numbers = gpu_numbers(plan, catalog)
    rows = []
    for number, node in enumerate(plan.rig.nodes):
        still = _still(node, disk_tb, catalog)
        slots = []
        for slot, (place, facts, mark) in enumerate(still.slots):
            if facts is None:
                slots.append(SlotRow(number, slot, place))
                continue
            at = cards.get((number, slot), -1)
            slots.append(
                SlotRow(
                    node=number,
                    slot=slot,
                    place=place,
                    facts=facts,
                    gpu_number=numbers[number][slot] + 1,
                    device=devices[at] if at >= 0 else None,
                    index=at,
                    tightest=at >= 0 and at == tightest,
                    unit=unit,
                    refused=refused,
                    mark=mark,
                    found_day=still.found_day,
                )
            )
        at = hosts.get(number, -1)
        rows.append(
            NodeRow(
                node=number,
                name=node_name(plan.rig, number),
                host=still.host,
                totals=still.totals,
                ram_gib=node.ram_gib,
                slots=tuple(slots),
                memory=devices[at] if at >= 0 else None,
                memory_index=at,
                memory_tightest=at >= 0 and at == tightest,
                unit=unit,
                found_day=still.found_day,
                edits=still.edits,
                parts=still.parts,
            )
        )
    return tuple(rows)


class _Still(NamedTuple):
    """What of a node is the same whatever is placed on it, wherever it stands."""

    slots: tuple[tuple[str, CardFacts | None, Mark | None], ...]
    host: str
    totals: str
    found_day: str
    edits: int
    parts: NodeParts


_still_known: dict[tuple[int, int], tuple[Node, CatalogReader, _Still]] = {}
_STILL_KEPT = 256


def _still(node: Node, disk_tb: int, catalog: CatalogReader) -> _Still:
    """Most edits leave the nodes the same objects; what is kept holds them, so that no other
    object can have their identity.
    """
    key = (id(node), disk_tb)
    known = _still_known.get(key)
    if known is None or known[1] is not catalog:
        if known is not None or len(_still_known) >= _STILL_KEPT:
            # Nothing of a catalogue that was replaced is kept.
            _still_known.clear()
        known = _still_known[key] = (node, catalog, _new_still(node, disk_tb, catalog))
    return known[2]


def _new_still(node: Node, disk_tb: int, catalog: CatalogReader) -> _Still:
    host = node_host(node, catalog)
    pcie = f"PCIe {host.pcie_gen}.0" if host is not None and host.pcie_gen else ""
    marks = slot_marks(node) if node.detected is not None else (None,) * len(node.gpus)
    slots: list[tuple[str, CardFacts | None, Mark | None]] = []
    for slot, card in enumerate(node.gpus):
        facts = card_facts(card, catalog)
        slots.append((_bus_text(node, slot, facts.bus or pcie, catalog), facts, marks[slot]))
    found_day = "" if node.detected is None else day_words(node.detected.day)
    empty = slots_shown(len(node.gpus)) - len(slots)
    return _Still(
        slots=(*slots, *((pcie, None, None),) * empty),
        host=host_summary(node, catalog),
        totals=_totals([facts for _, facts, _ in slots if facts is not None]),
        found_day=found_day,
        edits=edits_count(node),
        parts=node_parts(node, disk_tb, catalog),
    )


def _bus_text(node: Node, slot: int, own: str, catalog: CatalogReader) -> str:
    """The bus at which a card runs: not its own, where slot, riser or host give less."""
    try:
        bus = card_bus(node, slot, catalog)
    except UnknownEntryError:
        bus = None
    return (own if bus is None else bus.name).replace(" x", " ×")


def _totals(facts: list[CardFacts]) -> str:
    """``"2 cards · 1,200 W"``."""
    if not facts:
        return say("no cards")
    parts = [cards_words(len(facts))]
    if all(fact.tdp_w is not None for fact in facts):
        parts.append(say("{0:,.0f} W", sum(fact.tdp_w or 0 for fact in facts)))
    return " · ".join(parts)


def cards_words(number: int) -> str:
    """``"1 card"``, ``"2 cards"``."""
    return say("1 card") if number == 1 else say("{0} cards", number)


def amount(size_bytes: int, unit: MemoryUnit) -> str:
    """Two decimals without the unit, as in tables."""
    return say("{0:,.2f}", size_bytes / (GIB if unit == "GiB" else GB))


def free_amount(size_bytes: int, unit: MemoryUnit) -> str:
    """As :func:`amount`, rounded down: the text never promises more than there is."""
    divisor = GIB if unit == "GiB" else GB
    return say("{0:,.2f}", size_bytes * 100 // divisor / 100)


def short_amount(free_bytes: int, unit: MemoryUnit) -> str:
    """What is missing, for negative free bytes: rounded up, as the memory table does."""
    divisor = GIB if unit == "GiB" else GB
    return say("{0:,.2f}", -(free_bytes * 100 // divisor) / 100)


def free_text(device: DeviceMemory, unit: MemoryUnit) -> str:
    """``"4.27 GiB free"`` or ``"7.34 GiB over"``."""
    if device.free_bytes < 0:
        return say("{0} {1} over", short_amount(device.free_bytes, unit), unit)
    return say("{0} {1} free", free_amount(device.free_bytes, unit), unit)
