"""Detected cards as slots of a plan: which row, and what of its memory is already taken.

Never towards yes: what is in use, what a firmware keeps back and what is unknown is taken off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from moeplanner_gui.core.card_terms import (
    DESKTOP_BYTES,
    DRIVER_SHARE_PER_MILLE,
    HOST_SYSTEM_BYTES,
    CardFacts,
    capacity_of,
    facts_of,
    terms_of,
    with_memory,
)
from moeplanner_gui.core.detected import DetectedCard, DetectedHost, DetectedMachine
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.plan import MAX_GPUS_PER_NODE, Card, CardMemory
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import GIB, MIB, ceil_div, format_memory
from moeplanner_gui.core.words import paragraph, say
from moeplanner_gui.detect.card_memory import gib
from moeplanner_gui.detect.left_out import (
    card_words,
    memory_unread,
    parts_of,
    refused,
    same_memory,
)
from moeplanner_gui.detect.match import match_card, own_row
from moeplanner_gui.detect.match_sentences import OWN_ENTRY
from moeplanner_gui.detect.own_card import OWN_GROUP, can_be_own_row
from moeplanner_gui.detect.proposal import CardMatch, ProposalLine

ECC_NEAR_BYTES: Final = 64 * MIB
"""By how much the total of one kind of card differs between drivers."""
MOST_MIB: Final = 2**24


@dataclass(frozen=True, slots=True)
class Placed:
    """A card in its slot."""

    card: DetectedCard
    match: CardMatch
    row: GpuSpec
    slot: Card
    line: ProposalLine


@dataclass(frozen=True, slots=True)
class PlacedCards:
    """All cards of the proposal, the rows they need, and what was left out, in sentences.

    ``system_mib`` is what the system holds of a memory that it shares with a card, where that is
    more than the rule; None without such a card.
    """

    placed: tuple[Placed, ...]
    system_mib: int | None
    new_rows: tuple[GpuSpec, ...]
    left_out: tuple[str, ...]


def display_of(cards: Sequence[DetectedCard], host: DetectedHost | None) -> tuple[str | None, bool]:
    """What draws a screen on these cards, and whether that was read.

    Where nothing was read, the larger of what may be there: Windows on Windows; on Linux the
    plan's own rule (None).
    """
    if host is None or host.system not in ("linux", "windows") or not cards:
        return None, False
    desktop = "windows" if host.system == "windows" or host.wsl else "linux"
    if any(card.drives_display for card in cards):
        return desktop, True
    if all(card.drives_display is False for card in cards):
        return "headless", True
    return ("windows" if desktop == "windows" else None), False


def place_cards(machine: DetectedMachine, gpus: Mapping[str, GpuSpec], day: str) -> PlacedCards:
    """Every card that can hold a model, in the order in which it was found.

    Args:
        machine: What was found.
        gpus: Rows of the catalogue, with the user's own ones.
        day: When it was read, ISO.
    """
    rows = dict(gpus)
    left_out: list[str] = []
    chosen: list[tuple[DetectedCard, CardMatch, GpuSpec]] = []
    made: dict[str, CardMatch] = {}
    unified: DetectedCard | None = None
    for card in (part for one in machine.cards for part in parts_of(one, left_out)):
        because = refused(card, machine.reports)
        if because is None and len(chosen) >= MAX_GPUS_PER_NODE:
            because = say(
                "{0}: a computer of a plan has {1} cards.", card_words(card), MAX_GPUS_PER_NODE
            )
        if because is not None:
            left_out.append(because)
            continue
        match = match_card(card, rows.values(), machine.host)
        row = match.row
        if row is not None and row.id in made:
            # A second card like one that the catalogue lacks: nobody has entered it before.
            match = replace(made[row.id], card=card)
        elif row is None:
            if not can_be_own_row(card):
                left_out.append(memory_unread(card, match))
                continue
            row = own_row(match, day, rows)
            rows[row.id] = row
            made[row.id] = match
        if row.devices > 1:
            left_out.append(
                say(
                    "{0} is a board with {1} devices: add the whole board by hand.",
                    row.name,
                    row.devices,
                )
            )
            continue
        if row.unified_memory and unified is not None:
            left_out.append(same_memory(card, unified))
            continue
        unified = card if row.unified_memory else unified
        chosen.append((card, match, row))
    display, _ = display_of([card for card, _, _ in chosen], machine.host)
    placed = []
    system_mib = None
    if any(row.unified_memory and row.vendor != "Apple" for _, _, row in chosen) and all(
        not _is_set_aside(card, machine.host) for card, _, row in chosen if row.unified_memory
    ):
        system_mib = system_mib_of(machine.host, 0)
    for position, (card, match, row) in enumerate(chosen):
        memory, notes = card_memory_of(card, row, display, position, machine.host, system_mib)
        line = _line(position, card, match, row, notes)
        placed.append(Placed(card, match, row, with_memory(row.id, memory), line))
    used = {row.id for _, _, row in chosen}
    new = tuple(rows[id] for id in made if id in used)
    return PlacedCards(tuple(placed), system_mib, new, tuple(left_out))


def card_memory_of(
    card: DetectedCard,
    row: GpuSpec,
    display: str | None,
    position: int,
    host: DetectedHost | None,
    system_mib: int | None = None,
) -> tuple[CardMemory, tuple[str, ...]]:
    """What the plan says of a card's memory, with a sentence for each thing that was taken off.

    ``system_mib`` is what the node says of the system, for a memory that is shared with it.
    After it, what is usable by the rules is at most what was seen less what was in use.
    """
    facts = facts_of(row)
    notes: list[str] = []
    memory = CardMemory(ecc=_ecc(card, facts, notes))
    total = card.memory_total_bytes
    used = _used(card, host)
    reserved = card.memory_reserved_bytes
    rule = ceil_div(capacity_of(facts, memory) * DRIVER_SHARE_PER_MILLE, 1000)
    if not facts.unified and facts.reserved_mib is None and reserved and reserved > rule:
        memory = memory.model_copy(update={"driver_mib": _mib_up(reserved)})
        notes.append(say("The driver keeps {0} for itself.", format_memory(reserved)))
    limit = card.wired_limit_bytes
    if facts.vendor == "Apple" and limit and limit >= MIB:
        memory = memory.model_copy(update={"wired_limit_mib": min(limit // MIB, MOST_MIB)})
        notes.append(say("macOS lets the GPU have {0}.", format_memory(limit)))
    if total is not None and (missing := capacity_of(facts, memory) - total) > 0:
        notes.append(say("{0} less than the row has was seen: taken off.", _gib(missing)))
    if used is None:
        notes.append(say("What is in use now could not be read; the rule for a desktop stands."))
        # The plan's desktop is on the first card; another one that draws a screen says so itself.
        if position > 0 and card.drives_display and not facts.unified:
            drawn = DESKTOP_BYTES.get(display or "linux", DESKTOP_BYTES["linux"])
            memory = memory.model_copy(update={"desktop_mib": _mib_up(drawn)})
    else:
        if facts.vendor != "Apple":
            memory = memory.model_copy(update={"desktop_mib": 0})
        if used:
            notes.append(_in_use(card, used, facts))
    other = _other(facts, memory, display, position, total, used, system_mib)
    if other or used is not None:
        memory = memory.model_copy(update={"other_mib": min(other, MOST_MIB)})
    return memory, tuple(notes)


def _ecc(card: DetectedCard, facts: CardFacts, notes: list[str]) -> bool | None:
    """Error correction as the plan's switch, where the total that was seen says which way."""
    total, plain = card.memory_total_bytes, facts.capacity_bytes
    if total is None or card.ecc is None:
        return None
    on, off = facts.ecc_on_bytes, facts.ecc_off_bytes
    if card.ecc and on is not None and on < plain and abs(total - on) <= ECC_NEAR_BYTES:
        notes.append(say("Error correction is on and keeps {0}.", _gib(plain - on)))
        return True
    if not card.ecc and off is not None and off > plain and abs(total - off) <= ECC_NEAR_BYTES:
        notes.append(say("Error correction is off: the whole memory is there."))
        return False
    return None


def host_used_bytes(host: DetectedHost | None) -> int | None:
    """What programs and the system hold of the host memory now."""
    if host is None or host.memory_total_bytes is None or host.memory_available_bytes is None:
        return None
    return max(host.memory_total_bytes - host.memory_available_bytes, 0)


def system_mib_of(host: DetectedHost | None, ram_gib: int) -> int | None:
    """What programs and the system hold now, where that is more than the rule takes off."""
    used = host_used_bytes(host)
    if used is None:
        return None
    rule = max(HOST_SYSTEM_BYTES, ram_gib * GIB // 20)
    return min(ceil_div(used, MIB), MOST_MIB) if used > rule else None


def _used(card: DetectedCard, host: DetectedHost | None) -> int | None:
    """What is in use of a card's memory; where it is the machine's, whoever holds it."""
    own = card.memory_used_bytes
    if card.memory_kind != "unified":
        return own
    if _is_set_aside(card, host):
        return own
    known = [value for value in (own, host_used_bytes(host)) if value is not None]
    return max(known) if known else None


def _is_set_aside(card: DetectedCard, host: DetectedHost | None) -> bool:
    """Whether a unified memory was given to the card in the firmware: the system has less."""
    total, whole = card.memory_total_bytes, None if host is None else host.memory_total_bytes
    return total is not None and whole is not None and total > whole + whole // 10


def _other(
    facts: CardFacts,
    memory: CardMemory,
    display: str | None,
    position: int,
    total: int | None,
    used: int | None,
    system_mib: int | None,
) -> int:
    """MiB for other processes, so that no more is usable than what was seen and is not in use.

    On a card with memory of its own what is in use is on top of the rules. Where card and
    system share one memory, the rules for the system already stand for a part of it.
    """
    capacity = capacity_of(facts, memory)
    seen = capacity if total is None else min(total, capacity)
    if not facts.unified:
        return _mib_up(capacity - seen) + _mib_up(used or 0)
    # The whole memory may be more bytes than a row counts: what is free is of the whole.
    free = (capacity if total is None else total) - (used or 0)
    terms = terms_of(facts, memory, display, position, system_mib)
    held = sum(term.size_bytes for term in terms if not term.is_context)
    return _mib_up(max(capacity - held - max(min(free, seen), 0), 0))


def _in_use(card: DetectedCard, used: int, facts: CardFacts) -> str:
    if facts.unified:
        return say("{0} of the computer's memory is in use now: taken off.", _gib(used))
    by = len(card.processes)
    programs = "" if not by else say(" by 1 program") if by == 1 else say(" by {0} programs", by)
    text = say("{0} is in use now{1}: taken off.", _gib(used), programs)
    if used > 2 * DESKTOP_BYTES["windows"]:
        text += say(" Stop what holds it and detect again to have it back.")
    return text


def _line(
    position: int, card: DetectedCard, match: CardMatch, row: GpuSpec, notes: tuple[str, ...]
) -> ProposalLine:
    size = "" if card.memory_total_bytes is None else f", {gib(card.memory_total_bytes)}"
    own = match.row is None
    incomplete = row.group == OWN_GROUP and row.bandwidth_gbs is None
    to_do = (say("Its memory bandwidth is unknown: enter it for a speed."),) if incomplete else ()
    said = OWN_ENTRY in match.because
    kept = (say("It becomes an entry of your own."),) if own and not said else ()
    return ProposalLine(
        subject=f"GPU {position + 1}",
        found=row.name if own or row.name.endswith(size) else f"{row.name}{size}",
        mark="unknown" if incomplete else "detected",
        detail=paragraph((match.because, *kept, *notes, *to_do)),
        card=position,
    )


def _mib_up(size_bytes: int) -> int:
    return min(ceil_div(max(size_bytes, 0), MIB), MOST_MIB)


def _gib(size_bytes: int) -> str:
    """For what is taken off; a little is no "0.0 GiB"."""
    if size_bytes < GIB // 10:
        return say("{0} MiB", _mib_up(size_bytes))
    return format_memory(size_bytes)
