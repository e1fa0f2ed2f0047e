"""The terms of a card's usable memory: what keeps how much of it from the engine, and by which
rule. An edited value replaces its rule; all others stay.

Every rule errs on the safe side. Knows no engine and no model.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.plan import Card, CardMemory, CustomCard, CustomSlot, Plan, TunedSlot
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.remembered import by_identity
from moeplanner_gui.core.units import GIB, MIB
from moeplanner_gui.core.words import say

DRIVER_SHARE_PER_MILLE = 15
"""The driver's own share of a card, per mille: 14 to 16 were seen between NVML and CUDA."""
DESKTOP_BYTES = {"headless": 0, "linux": GIB // 2, "windows": 2 * GIB}
HOST_SYSTEM_BYTES = 4 * GIB
CONTEXT_BYTES = 6 * GIB // 10
"""CUDA context and libraries of one process on one card."""
APPLE_SMALL_BYTES = 36 * GIB
ECC_PART = 16
"""Error correction in GDDR6 keeps one sixteenth: 49140 MiB became 46068 on RTX A6000 and 6000
Ada. HBM and GDDR7 have their own bits for it."""

TermKey = Literal[
    "driver_mib",
    "desktop_mib",
    "other_mib",
    "wired_limit_mib",
    "system_mib",
    "context_mib",
    "reserved_mib",
]


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What the rules need to know of a card. ``bare``: only the entered reserve counts.

    ``ecc_on_bytes`` and ``ecc_off_bytes``: what the driver shows with error correction on and
    off, None where that is not known. ``ecc_seen``: both ways were seen on this card; else the
    figure for "on" is a rule on the safe side. All figures are of one of the ``devices`` as
    which a board appears.
    """

    id: str
    capacity_bytes: int
    reserved_mib: int | None
    has_display: bool
    vendor: str
    sm: tuple[int, int] | None
    unified: bool
    bare: bool
    ecc_on_bytes: int | None = None
    ecc_off_bytes: int | None = None
    gfx: str | None = None
    ecc_seen: bool = False
    devices: int = 1


DESKTOP_NAMES = (say("Desktop (Linux)"), say("Desktop (Windows)"), say("Desktop"))
"""What the memory of a card that draws a screen is called, and last that of one that does not."""


@dataclass(frozen=True, slots=True)
class MemoryTerm:
    """One thing that keeps memory from the engine.

    Attributes:
        key: The plan's field that replaces the rule.
        name: What it is called in every list of parts.
        size_bytes: What it takes now.
        rule_bytes: What the rule says.
        edited: The plan gives a value of its own.
        assumed: A default stands in for something the user has not said.
    """

    key: TermKey
    name: str
    size_bytes: int
    rule_bytes: int
    edited: bool = False
    assumed: bool = False

    @property
    def is_context(self) -> bool:
        """True for what the engine's own process takes, which counts as used."""
        return self.key == "context_mib"


@by_identity
def facts_of(spec: GpuSpec) -> CardFacts:
    """The facts of a catalogue card."""
    on, off = spec.memory_total_mib_ecc_on, spec.memory_total_mib_ecc_off
    on_bytes = None if on is None else on * MIB
    if on_bytes is None and (spec.memory_type or "").startswith("GDDR6") and off is None:
        on_bytes = spec.memory_bytes - -(-spec.memory_bytes // ECC_PART)
    parts = spec.devices
    return CardFacts(
        id=spec.id,
        capacity_bytes=spec.memory_bytes // parts,
        reserved_mib=None if spec.reserved_mib is None else -(-spec.reserved_mib // parts),
        has_display=spec.has_display,
        vendor=spec.vendor,
        sm=spec.sm,
        unified=spec.unified_memory,
        bare=False,
        ecc_on_bytes=None if on_bytes is None else on_bytes // parts,
        ecc_off_bytes=None if off is None else off * MIB // parts,
        gfx=spec.gfx,
        ecc_seen=on is not None or off is not None,
        devices=parts,
    )


def facts_of_custom(card: CustomCard) -> CardFacts:
    """The facts of a card that was typed in."""
    return CardFacts(
        id=card.name,
        capacity_bytes=card.memory_mib * MIB,
        reserved_mib=card.reserved_mib,
        has_display=True,
        vendor="Other",
        sm=_sm(card.compute_capability),
        unified=False,
        bare=card.reserved_mib is not None,
    )


def capacity_of(facts: CardFacts, memory: CardMemory) -> int:
    """What the driver shows, in bytes, with error correction as the plan says."""
    if memory.ecc is True and facts.ecc_on_bytes is not None:
        return facts.ecc_on_bytes
    if memory.ecc is False and facts.ecc_off_bytes is not None:
        return facts.ecc_off_bytes
    return facts.capacity_bytes


def terms_of(
    facts: CardFacts,
    memory: CardMemory,
    display: str | None,
    slot: int,
    system_mib: int | None = None,
) -> tuple[MemoryTerm, ...]:
    """Every term of one card, also those that take nothing now.

    The first is what the driver or macOS keeps: engines that take a share of a card count from
    what it leaves.

    Args:
        facts: The card.
        memory: What the plan says of it.
        display: What draws the screen of this card, None when the user has not said.
        slot: The position in its node; the screen is on the first card.
        system_mib: What the plan gives the operating system, which counts where card and host
            share one memory.
    """
    capacity = capacity_of(facts, memory)
    if facts.bare:
        entered = (facts.reserved_mib or 0) * MIB
        return (MemoryTerm("reserved_mib", say("Reserved, as entered"), entered, entered, True),)
    terms = [_first_term(facts, memory, capacity)]
    if facts.unified and facts.vendor != "Apple" and facts.reserved_mib is None:
        rule = HOST_SYSTEM_BYTES
        given = None if system_mib is None else system_mib * MIB
        terms.append(_term("system_mib", say("Operating system"), given, rule, assumed=True))
    if facts.vendor != "Apple":
        terms.append(_desktop(facts, memory, display, slot))
    terms.append(_term("other_mib", say("Other processes"), _bytes(memory.other_mib), 0))
    name = say("CUDA context") if facts.vendor == "NVIDIA" else say("Driver context")
    terms.append(_term("context_mib", name, _bytes(memory.context_mib), CONTEXT_BYTES))
    return tuple(terms)


def _first_term(facts: CardFacts, memory: CardMemory, capacity: int) -> MemoryTerm:
    reserved = _bytes(facts.reserved_mib)
    if facts.vendor == "Apple":
        # macOS lets the GPU wire about two thirds of a small and three quarters of a
        # larger memory; recommendedMaxWorkingSetSize has the true value. The catalogue's
        # figure comes first: it is the smallest share that was seen.
        share = 3 if capacity <= APPLE_SMALL_BYTES else 4
        rule = -(-capacity // share) if reserved is None else reserved
        limit = _bytes(memory.wired_limit_mib)
        # The system's own default stands for 0 in iogpu.wired_limit_mb.
        given = max(capacity - limit, 0) if limit else None
        return _term(
            "wired_limit_mib", say("Kept from the GPU by macOS"), given, rule, assumed=True
        )
    rule = -(-capacity * DRIVER_SHARE_PER_MILLE // 1000) if reserved is None else reserved
    return _term("driver_mib", say("Driver reserve"), _bytes(memory.driver_mib), rule)


def _desktop(facts: CardFacts, memory: CardMemory, display: str | None, slot: int) -> MemoryTerm:
    rule = 0
    if display is not None or (facts.has_display and slot == 0):
        rule = DESKTOP_BYTES[display or "linux"]
    name = DESKTOP_NAMES[1 if display == "windows" else 0] if rule else DESKTOP_NAMES[2]
    assumed = display is None and rule > 0
    return _term("desktop_mib", name, _bytes(memory.desktop_mib), rule, assumed=assumed)


def _term(
    key: TermKey, name: str, given: int | None, rule: int, *, assumed: bool = False
) -> MemoryTerm:
    if given is None:
        return MemoryTerm(key, name, rule, rule, assumed=assumed)
    return MemoryTerm(key, name, given, rule, edited=True)


def _bytes(mib: int | None) -> int | None:
    return None if mib is None else mib * MIB


def card_memory(card: Card) -> CardMemory:
    """What the plan says of a card's memory; all None for one that follows the rules."""
    return card.memory if isinstance(card, TunedSlot) else CardMemory()


def is_edited(card: Card) -> bool:
    """True for a catalogue card of which the user edited the memory."""
    return isinstance(card, TunedSlot) and card.memory != CardMemory()


def with_memory(card: Card, memory: CardMemory) -> Card:
    """A catalogue card with its memory edited, or plain when every term follows its rule.

    Raises:
        ValueError: A custom card, which has its own ``reserved_mib``.
    """
    if isinstance(card, CustomSlot):
        raise ValueError(say("A custom card has its own reserve."))
    name = card.gpu if isinstance(card, TunedSlot) else card
    return name if memory == CardMemory() else TunedSlot(gpu=name, memory=memory)


def card_facts_in(plan: Plan, node: int, slot: int, catalog: CatalogReader) -> CardFacts:
    """The facts of the card in a slot.

    Raises:
        IndexError: There is no such slot.
        UnknownEntryError: A card id that the catalogue does not have.
    """
    card = plan.rig.nodes[node].gpus[slot]
    if isinstance(card, CustomSlot):
        return facts_of_custom(card.custom)
    return facts_of(catalog.gpu(card.gpu if isinstance(card, TunedSlot) else card))


def card_terms(plan: Plan, node: int, slot: int, catalog: CatalogReader) -> tuple[MemoryTerm, ...]:
    """The terms of the card in a slot of a plan.

    Raises:
        IndexError: There is no such slot.
        UnknownEntryError: A card id that the catalogue does not have.
    """
    there = plan.rig.nodes[node]
    facts = card_facts_in(plan, node, slot, catalog)
    display = there.display if slot == 0 else "headless"
    return terms_of(facts, card_memory(there.gpus[slot]), display, slot, there.system_mib)


@lru_cache(maxsize=256)
def _sm(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    major, _, minor = text.partition(".")
    return int(major), int(minor)
