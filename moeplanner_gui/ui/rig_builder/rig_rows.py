"""The rig as rows to draw: what each slot, node and host memory says. Knows no widgets."""

from __future__ import annotations

from moeplanner_gui.core.assessment import Assessment, DeviceMemory
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
            text += say(", memory edited")
        if self.mark is not None:
            text += f", {self.mark}"
        if self.refused:
            text += say(", the plan cannot run")
        elif self.device is not None:
            text += f", {free_text(self.device, self.unit)}"
        return say("{0}, tightest", text) if self.tightest else text


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
        return f"{self.name}{found}: {self.host}, {count(cards, 'card')}"

    @property
    def found_texts(self) -> tuple[str, ...]:
        """``"detected 23 Nov 2026, 2 edits"`` and shorter ways to say it; none if typed in."""
        if not self.found_day:
            return ()
        edits = f", {count(self.edits, 'edit')}" if self.edits else ""
        return (f"detected {self.found_day}{edits}", f"detected{edits}")

    @property
    def memory_text(self) -> str:
        """``"18.40 of 512 GiB used · no weights in host memory"``."""
        if self.memory is None:
            return say("memory not given") if not self.ram_gib else say("{0:,} GiB", self.ram_gib)
        used, capacity = amount(self.memory.used_bytes, self.unit), self.memory.capacity_bytes
        whole = say("{0:,.0f}", capacity / (GIB if self.unit == "GiB" else GB))
        held = self.memory.weights_bytes
        weights = f"weights {amount(held, self.unit)}" if held else say("no weights in host memory")
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
    rows = []
    for number, node in enumerate(plan.rig.nodes):
        slots = _slot_rows(plan, number, node, catalog, devices, cards, tightest, unit, refused)
        at = hosts.get(number, -1)
        rows.append(
            NodeRow(
                node=number,
                name=node_name(plan.rig, number),
                host=host_summary(node, catalog),
                totals=_totals(slots),
                ram_gib=node.ram_gib,
                slots=slots,
                memory=devices[at] if at >= 0 else None,
                memory_index=at,
                memory_tightest=at >= 0 and at == tightest,
                unit=unit,
                found_day=_found_day(node),
                edits=edits_count(node),
                parts=node_parts(plan, number, catalog),
            )
        )
    return tuple(rows)


def _bus_text(node: Node, slot: int, own: str, catalog: CatalogReader) -> str:
    """The bus at which a card runs: not its own, where slot, riser or host give less."""
    try:
        bus = card_bus(node, slot, catalog)
    except UnknownEntryError:
        bus = None
    return (own if bus is None else bus.name).replace(" x", " ×")


def _slot_rows(
    plan: Plan,
    number: int,
    node: Node,
    catalog: CatalogReader,
    devices: tuple[DeviceMemory, ...],
    cards: dict[tuple[int, int], int],
    tightest: int | None,
    unit: MemoryUnit,
    refused: bool,
) -> tuple[SlotRow, ...]:
    host = node_host(node, catalog)
    pcie = say("PCIe {0}.0", host.pcie_gen) if host is not None and host.pcie_gen else ""
    numbers = gpu_numbers(plan, catalog)[number]
    marks = slot_marks(node) if node.detected is not None else (None,) * len(node.gpus)
    rows = []
    for slot in range(slots_shown(len(node.gpus))):
        if slot >= len(node.gpus):
            rows.append(SlotRow(number, slot, pcie))
            continue
        facts = card_facts(node.gpus[slot], catalog)
        at = cards.get((number, slot), -1)
        rows.append(
            SlotRow(
                node=number,
                slot=slot,
                place=_bus_text(node, slot, facts.bus or pcie, catalog),
                facts=facts,
                gpu_number=numbers[slot] + 1,
                device=devices[at] if at >= 0 else None,
                index=at,
                tightest=at >= 0 and at == tightest,
                unit=unit,
                refused=refused,
                mark=marks[slot],
                found_day=_found_day(node),
            )
        )
    return tuple(rows)


def _found_day(node: Node) -> str:
    return "" if node.detected is None else day_words(node.detected.day)


def _totals(slots: tuple[SlotRow, ...]) -> str:
    """``"2 cards · 1,200 W"``."""
    facts = [slot.facts for slot in slots if slot.facts is not None]
    if not facts:
        return say("no cards")
    parts = [count(len(facts), "card")]
    if all(fact.tdp_w is not None for fact in facts):
        parts.append(say("{0:,.0f} W", sum(fact.tdp_w or 0 for fact in facts)))
    return " · ".join(parts)


def count(number: int, noun: str) -> str:
    """``"1 card"``, ``"2 cards"``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


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
