"""What the cards of a detected node do now, as lines to draw and as remarks. No widgets.

A reading belongs to a slot only when PCI address and size of the card agree: a plan may have
been detected on another computer than the one it is opened on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from moeplanner_gui.core import edits
from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.card_rows import card_name
from moeplanner_gui.core.marks import (
    found_cards,
    slot_marks,
    used_when_found,
    with_newer_use,
)
from moeplanner_gui.core.plan import Node, Plan, card_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.units import MIB, MemoryUnit, format_memory
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.card_facts import card_facts, gpu_number
from moeplanner_gui.ui.rig_builder.live_line import LiveLine

DIFFERS_MIB = 256
"""Memory in use swings by less than this on an idle desktop; what is below is not worth a note."""
SIZE_TOLERANCE = 0.1
"""What a driver keeps and what error correction takes stay below a tenth of a card."""
USE_CODE = "memory_in_use_now"
PROBLEM_CODE = "live_problem"
UNREAD_CODE = "live_unread"
WAITING = say("Waiting for the first reading…")


class CardReading(Protocol):
    """One card at one moment; None is what could not be read, ``unread`` says why, by field."""

    @property
    def pci_address(self) -> str | None: ...
    @property
    def memory_used_bytes(self) -> int | None: ...
    @property
    def memory_total_bytes(self) -> int | None: ...
    @property
    def utilisation_percent(self) -> float | None: ...
    @property
    def power_w(self) -> float | None: ...
    @property
    def temperature_c(self) -> float | None: ...


class Reader(Protocol):
    """What reads in a process of its own; every method answers at once."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def latest(self) -> Sequence[CardReading] | None: ...
    def problem(self) -> str | None: ...


Place = tuple[int, int]


def live_lines(
    plan: Plan,
    catalog: CatalogReader,
    readings: Sequence[CardReading] | None,
    problem: str | None,
    unit: MemoryUnit = "GiB",
) -> dict[Place, LiveLine]:
    """The line of every slot that holds a detected card."""
    lines: dict[Place, LiveLine] = {}
    for number, node in enumerate(plan.rig.nodes):
        for slot in _detected_slots(node):
            if problem or readings is None:
                lines[number, slot] = LiveLine(unit=unit, because=problem or WAITING)
                continue
            found = _reading_of(node, slot, catalog, readings)
            lines[number, slot] = (
                LiveLine(unit=unit, because=found)
                if isinstance(found, str)
                else LiveLine(
                    used_bytes=found.memory_used_bytes,
                    total_bytes=found.memory_total_bytes,
                    busy_percent=found.utilisation_percent,
                    power_w=found.power_w,
                    temperature_c=found.temperature_c,
                    unit=unit,
                )
            )
    return lines


def use_findings(
    plan: Plan,
    catalog: CatalogReader,
    readings: Sequence[CardReading] | None,
    unit: MemoryUnit = "GiB",
) -> tuple[Finding, ...]:
    """A note for each card that has much more or less memory in use than was taken off it."""
    found = []
    for number, node in enumerate(plan.rig.nodes):
        marks = slot_marks(node)
        for slot in _detected_slots(node):
            used = _used_bytes(node, slot, catalog, readings)
            taken_mib = used_when_found(node, slot)
            # What a person typed in is theirs to change.
            if marks[slot] != "detected" or used is None or taken_mib is None:
                continue
            if _shares_memory(node, slot, catalog):
                continue  # What is in use there is the system's too, which other rules take off.
            taken = taken_mib * MIB
            if abs(used - taken) <= DIFFERS_MIB * MIB:
                continue
            gpu = gpu_number(plan, number, slot, catalog)
            now, then = (format_memory(size, unit=unit, decimals=2) for size in (used, taken))
            message = say(
                "GPU {0}: {1} in use now, {2} taken off when it was detected.", gpu, now, then
            )
            if used > taken:
                message = f"{message} {say('Leave it if that is the engine itself.')}"
            found.append(Finding(USE_CODE, "note", f"gpu {gpu}", message))
    return tuple(found)


def problem_findings(
    plan: Plan, catalog: CatalogReader, lines: Mapping[Place, LiveLine]
) -> tuple[Finding, ...]:
    """The sentences that stand in place of figures, in full: of all cards at once or of one."""
    told = {place: line.because for place, line in lines.items() if line.because}
    sentences = set(told.values()) - {WAITING}
    if not sentences:
        return ()
    if len(sentences) == 1 and len(told) == len(lines):
        node = min(told)[0] + 1
        return (
            Finding(PROBLEM_CODE, "note", f"node {node}", say("Live meters: {0}", sentences.pop())),
        )
    found = []
    for (node, slot), sentence in told.items():
        if sentence != WAITING:
            gpu = gpu_number(plan, node, slot, catalog)
            found.append(
                Finding(UNREAD_CODE, "note", f"gpu {gpu}", say("GPU {0}: {1}", gpu, sentence))
            )
    return tuple(found)


def with_use_now(
    plan: Plan, place: Place, catalog: CatalogReader, readings: Sequence[CardReading] | None
) -> tuple[str, Plan] | None:
    """The words of the edit and the plan with the memory in use now; None without a reading."""
    number, slot = place
    node = plan.rig.nodes[number]
    used = _used_bytes(node, slot, catalog, readings)
    if used is None:
        return None
    newer = with_newer_use(node, slot, -(-used // MIB))
    changed = edits.set_node(plan, number, gpus=newer.gpus, detected=newer.detected)
    gpu = gpu_number(plan, number, slot, catalog)
    return say("Memory in use on GPU {0}, {1}", gpu, card_name(node.gpus[slot], catalog)), changed


def _detected_slots(node: Node) -> list[int]:
    return [slot for slot, at in enumerate(found_cards(node)) if at is not None]


def _used_bytes(
    node: Node, slot: int, catalog: CatalogReader, readings: Sequence[CardReading] | None
) -> int | None:
    if not readings:
        return None
    found = _reading_of(node, slot, catalog, readings)
    if isinstance(found, str) or found.memory_used_bytes is None:
        return None
    return found.memory_used_bytes


def _reading_of(
    node: Node, slot: int, catalog: CatalogReader, readings: Sequence[CardReading]
) -> CardReading | str:
    """The reading of a slot's card, or the sentence why there is none."""
    assert node.detected is not None
    at = found_cards(node)[slot]
    addresses = node.detected.addresses
    address = addresses[at] if at is not None and at < len(addresses) else None
    if address is None:
        if len(readings) == len(node.detected.gpus) == 1:
            reading = readings[0]
        else:
            return say("The plan does not say which card of this computer this is.")
    else:
        same = [r for r in readings if (r.pci_address or "").lower() == address.lower()]
        if not same:
            return say("This computer has no card at {0} now.", address)
        reading = same[0]
    if not _same_size(node, slot, catalog, reading.memory_total_bytes):
        return say(
            "The card at {0} is another one than planned.", reading.pci_address or say("this place")
        )
    return reading


def _shares_memory(node: Node, slot: int, catalog: CatalogReader) -> bool:
    name = card_id(node.gpus[slot])
    try:
        return name is not None and catalog.gpu(name).unified_memory
    except UnknownEntryError:
        return True


def _same_size(node: Node, slot: int, catalog: CatalogReader, total: int | None) -> bool:
    if total is None:
        return True
    card = node.gpus[slot]
    try:
        planned = card_facts(card, catalog).memory_bytes
        name = card_id(card)
        # A board of several GPUs is read one by one.
        devices = 1 if name is None else catalog.gpu(name).devices
    except UnknownEntryError:
        return False
    sizes = {planned, planned // max(devices, 1)}
    return any(abs(total - size) <= size * SIZE_TOLERANCE for size in sizes)
