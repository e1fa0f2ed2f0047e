"""The rig as it is drawn on paper: computers that are alike once, with what fills their slots."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from moeplanner_gui.core.assessment import Assessment, DeviceMemory
from moeplanner_gui.core.card_rows import card_name
from moeplanner_gui.core.checks.subjects import gpu_numbers
from moeplanner_gui.core.fitting import is_module
from moeplanner_gui.core.plan import Node, Plan, card_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.card_links import card_bus, slots_of
from moeplanner_gui.core.words import comma_joined, say
from moeplanner_gui.ui.card_facts import CardFacts, card_facts, host_summary, node_name

BUILT_IN = say("Built in")
MOST_ALONE = 3
"""More computers than this that are built alike are drawn once."""
MOST_CELLS = 12
"""More cards than this in one computer share a slot of the picture where they are alike."""


@dataclass(frozen=True, slots=True)
class SlotCell:
    """What one slot of the picture says; ``devices`` are the memories that it stands for."""

    title: str
    name: str
    facts: str
    devices: tuple[DeviceMemory, ...] = ()
    cards: int = 1

    @property
    def fullest(self) -> DeviceMemory | None:
        """The device with the least free memory: the picture never promises more."""
        return min(self.devices, key=lambda d: d.free_bytes, default=None)

    @property
    def alike(self) -> bool:
        """True when all of them have the same free memory."""
        return len({device.free_bytes for device in self.devices}) <= 1


@dataclass(frozen=True, slots=True)
class Computer:
    """A computer, or several that are built alike."""

    name: str
    host: str
    cells: tuple[SlotCell, ...]
    more_slots: str = ""
    hosts: tuple[DeviceMemory, ...] = ()


def computers(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> tuple[Computer, ...]:
    """All computers of a plan in their order."""
    nodes = plan.rig.nodes
    places: dict[object, list[int]] = {}
    for number, node in enumerate(nodes):
        key: object = number
        if len(nodes) > MOST_ALONE:
            key = (node.gpus, node.host, node.ram_gib, node.parts, node.mine, node.card_link)
        places.setdefault(key, []).append(number)
    return tuple(_computer(plan, own, assessment, catalog) for own in places.values())


def _computer(
    plan: Plan, places: list[int], assessment: Assessment, catalog: CatalogReader
) -> Computer:
    first = places[0]
    node = plan.rig.nodes[first]
    name = node_name(plan.rig, first)
    if len(places) > 1:
        run = places[-1] - first == len(places) - 1
        which = (
            say("Node {0}–{1}", first + 1, places[-1] + 1) if run else say("{0} and others", name)
        )
        name = say("{0}, {1:,} alike", which, len(places))
    runs = assessment.verdict != "cannot_run"
    devices = assessment.devices if runs else ()
    inside = set(places)
    in_slots: dict[int | None, list[DeviceMemory]] = {}
    hosts: list[DeviceMemory] = []
    for device in devices:
        if device.node in inside and device.kind == "gpu":
            in_slots.setdefault(device.slot, []).append(device)
        elif device.node in inside and device.kind == "host" and device.capacity_bytes:
            hosts.append(device)
    numbers = gpu_numbers(plan, catalog)[first]
    cells = []
    for slot in range(len(node.gpus)):
        number = None if len(places) > 1 else numbers[slot] + 1
        cells.append(_cell(node, slot, tuple(in_slots.get(slot, ())), number, catalog))
    try:
        summary = host_summary(node, catalog)
    except UnknownEntryError:
        summary = node.host or ""
    board = _board(node, catalog)
    if board:
        summary = f"{summary} · {board}"
    return Computer(name, summary, tuple(_merged(cells)), _more_slots(node, catalog), tuple(hosts))


def _cell(
    node: Node,
    slot: int,
    devices: tuple[DeviceMemory, ...],
    number: int | None,
    catalog: CatalogReader,
) -> SlotCell:
    card = node.gpus[slot]
    bus = ""
    try:
        facts: CardFacts | None = card_facts(card, catalog)
        link = card_bus(node, slot, catalog)
        bus = ((facts.bus or "") if facts else "") if link is None else link.name
    except UnknownEntryError:
        facts = None
    title = _slot_words(node, slot, catalog)
    if bus and title != BUILT_IN:
        title += f" · {bus.replace(' x', ' ×')}"
    words = [] if number is None else [say("GPU {0}", number)]
    if facts is not None:
        words += (
            [facts.memory]
            if facts.tdp_w is None
            else [facts.memory, say("{0:,.0f} W", facts.tdp_w)]
        )
    return SlotCell(title, card_name(card, catalog), " · ".join(words), devices)


def _slot_words(node: Node, slot: int, catalog: CatalogReader) -> str:
    """Where a card sits: a machine that is sold as one has its graphics built in."""
    name = card_id(node.gpus[slot])
    try:
        built_in = name is not None and catalog.gpu(name).unified_memory
    except UnknownEntryError:
        built_in = False
    return BUILT_IN if built_in else say("Slot {0}", slot + 1)


def _merged(cells: list[SlotCell]) -> list[SlotCell]:
    """Each slot by itself, or where they are many, neighbours with the same card as one."""
    if len(cells) <= MOST_CELLS:
        return cells
    found: list[SlotCell] = []
    starts: list[int] = []
    for number, cell in enumerate(cells, start=1):
        bus = cell.title.partition(" · ")[2]
        if found and found[-1].name == cell.name and found[-1].title.partition(" · ")[2] == bus:
            last = found[-1]
            title = say("Slots {0}–{1}", starts[-1], number) + (f" · {bus}" if bus else "")
            # The numbers of several cards are not said.
            facts = last.facts if last.cards > 1 else last.facts.partition(" · ")[2]
            found[-1] = replace(
                last,
                title=title,
                facts=facts,
                devices=last.devices + cell.devices,
                cards=last.cards + 1,
            )
        else:
            found.append(cell)
            starts.append(number)
    return found


def _board(node: Node, catalog: CatalogReader) -> str:
    """The board that the slots belong to, "" where nobody knows it."""
    try:
        board = slots_of(node, catalog).board
    except UnknownEntryError:
        return ""
    if board is None:
        return ""
    return say("{0} (assumed)", board.row.name) if board.assumed else board.row.name


def _more_slots(node: Node, catalog: CatalogReader) -> str:
    """The slots that the board has beyond its cards, "" where nobody knows the board.

    Only their number: which of them a wide card covers, the plan does not say.
    """
    try:
        for card in node.gpus:
            row = card_id(card)
            spec = None if row is None else catalog.gpu(row)
            if spec is not None and (is_module(spec) or spec.unified_memory):
                return ""
        slots = slots_of(node, catalog)
    except UnknownEntryError:
        return ""
    if slots.board is None or slots.on_risers:
        return ""
    left = slots.board_buses[len(node.gpus) :]
    if not left:
        return ""
    counted = Counter(bus.name.replace(" x", " ×") for bus in left)
    kinds = comma_joined(say("{0:,} of {1}", count, name) for name, count in counted.items())
    return say("{0} more on the board|{1}", len(left), kinds)
