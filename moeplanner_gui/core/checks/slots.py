"""Does it go together: slots of the board, width and length of the cards, risers, modules."""

from __future__ import annotations

from collections.abc import Iterator

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.bill import card_places, is_module
from moeplanner_gui.core.card_rows import row_of
from moeplanner_gui.core.checks.subjects import gpu_numbers
from moeplanner_gui.core.checks.wiring import case_of, case_places, wiring_findings
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.plan import Node, Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.speed.card_links import slots_of
from moeplanner_gui.core.words import say

_LONG_MM = 320.0
"""Many cases end here; general knowledge, not a standard."""


def slot_findings(plan: Plan, catalog: CatalogReader) -> Iterator[Finding]:
    """Every computer with cards in slots."""
    numbers = gpu_numbers(plan, catalog)
    for index, node in enumerate(plan.rig.nodes):
        rows = [row_of(card, catalog) for card in node.gpus]
        if not rows or any(row is not None and row.unified_memory for row in rows):
            yield from _whole_machine(rows, f"node {index + 1}")
            continue
        subject = f"node {index + 1}"
        modules = [row for row in rows if row is not None and is_module(row)]
        if modules:
            yield Finding(
                "module_needs_server",
                "warning",
                subject,
                say(
                    "{0} is a module: it goes onto a server's own board, into no slot.",
                    modules[0].name,
                ),
                say("That the server is sold with its board and modules together."),
            )
            continue
        yield from wiring_findings(node, rows, numbers[index], catalog, subject)
        yield from _unknown_slots(node, catalog, subject)
        yield from _size(node, rows, catalog, subject)


def _whole_machine(rows: list[GpuSpec | None], subject: str) -> Iterator[Finding]:
    unified = [row for row in rows if row is not None and row.unified_memory]
    if unified and len(rows) > 1:
        yield Finding(
            "machine_in_a_slot",
            "error",
            subject,
            say(
                "{0} is a whole computer: it goes into no slot beside another card.",
                unified[0].name,
            ),
            say("Put it into a computer of its own."),
        )


def _unknown_slots(node: Node, catalog: CatalogReader, subject: str) -> Iterator[Finding]:
    """Nothing found is no promise where nothing could be looked at."""
    if slots_of(node, catalog).board is not None:
        return
    if node.host is None and node.parts is None:
        yield Finding(
            "host_not_chosen",
            "note",
            subject,
            say("No host is chosen: slots, lanes and memory channels are not checked."),
            say("Choose a host, or put a board into the parts."),
        )
    elif node.parts is not None:
        yield Finding(
            "slots_unknown",
            "note",
            subject,
            say("No board with known slots is among the parts: slots and risers are not checked."),
            say("How many slots the board has and how they are wired."),
        )
    else:
        name = catalog.host(node.host).name if node.host is not None else ""
        yield Finding(
            "slots_unknown",
            "note",
            subject,
            say(
                "The slots of a board for {0} are not in the catalogue: they are not checked.", name
            ),
            say("How many slots the board has and how they are wired."),
        )


def _size(
    node: Node, rows: list[GpuSpec | None], catalog: CatalogReader, subject: str
) -> Iterator[Finding]:
    places = sum(card_places(row) for row in rows)
    unknown = sum(row is None or row.slot_width is None for row in rows)
    case = case_of(node, catalog)
    room = case_places(node, catalog)
    if places > room:
        guessed = say(" ({0} taken for two slots each)", unknown) if unknown else ""
        yield Finding(
            "cards_too_thick",
            "warning",
            subject,
            say(
                "The cards are {0} slots thick together{1}; {2} takes {3} side by side.",
                places,
                guessed,
                say("an ATX case") if case is None else case.name,
                room,
            ),
            say("An open frame with risers, thinner cards, or water cooling."),
        )
    elif len(rows) > 1 and not _blowers(rows) and not slots_of(node, catalog).on_risers:
        yield Finding(
            "cards_side_by_side",
            "note",
            subject,
            say(
                "{0} cards lie side by side: a card with open fans breathes the heat "
                "of its neighbour.",
                len(rows),
            ),
            say("One free slot between them, or cards that blow out of the case."),
        )
    longest = max((row.length_mm or 0.0 for row in rows if row is not None), default=0.0)
    limit = None if case is None else case.longest_card_mm
    if limit is not None and longest > limit:
        yield Finding(
            "card_too_long",
            "error",
            subject,
            say("A card of {0:.0f} mm does not go into a case for {1:.0f} mm.", longest, limit),
            say("A longer case, or an open frame."),
        )
    elif longest > _LONG_MM:
        yield Finding(
            "long_card",
            "note",
            subject,
            say("The longest card is {0:.0f} mm.", longest),
            say("That the case takes it, with its cables."),
        )


def _blowers(rows: list[GpuSpec | None]) -> bool:
    return all(row is not None and "blower" in (row.slot_width or "") for row in rows)
