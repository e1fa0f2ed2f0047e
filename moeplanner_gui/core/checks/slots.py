"""Does it go together: slots of the board, width and length of the cards, risers, modules."""

from __future__ import annotations

from collections.abc import Iterator

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.bill import card_places, is_module, node_lines
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.parts import PartSpec
from moeplanner_gui.core.plan import Node, Plan, card_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError

_ATX_SLOTS = 7
"""Expansion slots of an ATX board and of the cases for it."""
_LONG_MM = 320.0
"""Many cases end here; general knowledge, not a standard."""


def slot_findings(plan: Plan, catalog: CatalogReader) -> Iterator[Finding]:
    """Every computer with cards in slots."""
    for index, node in enumerate(plan.rig.nodes):
        rows = [_row(node, slot, catalog) for slot in range(len(node.gpus))]
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
                f"{modules[0].name} is a module: it goes onto a server's own board, into no slot.",
                "That the server is sold with its board and modules together.",
            )
            continue
        yield from _slots(node, rows, catalog, subject)
        yield from _size(node, rows, catalog, subject)


def _row(node: Node, slot: int, catalog: CatalogReader) -> GpuSpec | None:
    name = card_id(node.gpus[slot])
    try:
        return None if name is None else catalog.gpu(name)
    except UnknownEntryError:
        return None


def _whole_machine(rows: list[GpuSpec | None], subject: str) -> Iterator[Finding]:
    unified = [row for row in rows if row is not None and row.unified_memory]
    if unified and len(rows) > 1:
        yield Finding(
            "machine_in_a_slot",
            "error",
            subject,
            f"{unified[0].name} is a whole computer: it goes into no slot beside another card.",
            "Put it into a computer of its own.",
        )


def board_of(node: Node, catalog: CatalogReader) -> tuple[PartSpec, bool] | None:
    """The board of a computer and whether it is only assumed; None when none is known."""
    for line in node_lines(node, 1, catalog):
        row = catalog.parts.get(line.part_id or "")
        if row is not None and row.kind in ("board", "computer") and row.slots:
            return row, line.assumed
    return None


def _slots(
    node: Node, rows: list[GpuSpec | None], catalog: CatalogReader, subject: str
) -> Iterator[Finding]:
    found = board_of(node, catalog)
    if found is None:
        return
    board, assumed = found
    cards = len(rows)
    wide = sum(slot.count for slot in board.slots if slot.lanes >= 8)
    every = sum(slot.count for slot in board.slots)
    name = f"{board.name}, assumed" if assumed else board.name
    check = "The number and wiring of its slots, which differ by model."
    risers = any(
        row is not None and row.kind == "riser"
        for line in node_lines(node, 1, catalog)
        if (row := catalog.parts.get(line.part_id or ""))
    )
    if cards > every:
        text = f"{cards} cards; the board ({name}) has {every} {'slot' if every == 1 else 'slots'}"
        if risers:
            yield Finding(
                "cards_on_risers",
                "warning",
                subject,
                f"{text}: the others hang on risers that divide a slot, usually at x4.",
                "That the board's slots can be divided (bifurcation), and the speed set for the "
                "cards' link.",
            )
        else:
            yield Finding("too_few_slots", "error", subject, f"{text}.", check)
    elif cards > wide:
        lanes = min(slot.lanes for slot in board.slots)
        yield Finding(
            "narrow_slot",
            "warning",
            subject,
            f"{cards} cards; the board ({name}) has {wide} {'slot' if wide == 1 else 'slots'} with "
            f"8 lanes or more: the rest runs at x{lanes}.",
            check,
        )


def _size(
    node: Node, rows: list[GpuSpec | None], catalog: CatalogReader, subject: str
) -> Iterator[Finding]:
    places = sum(card_places(row) for row in rows)
    unknown = sum(row is None or row.slot_width is None for row in rows)
    case = next(
        (
            row
            for line in node_lines(node, 1, catalog)
            if (row := catalog.parts.get(line.part_id or "")) is not None and row.kind == "case"
        ),
        None,
    )
    room = _ATX_SLOTS if case is None or case.card_places is None else case.card_places
    if places > room:
        guessed = f" ({unknown} taken for two slots each)" if unknown else ""
        yield Finding(
            "cards_too_thick",
            "warning",
            subject,
            f"The cards are {places} slots thick together{guessed}; a case of {room} does not "
            "take them side by side.",
            "An open frame with risers, thinner cards, or water cooling.",
        )
    elif len(rows) > 1 and not _blowers(rows):
        yield Finding(
            "cards_side_by_side",
            "note",
            subject,
            f"{len(rows)} cards lie side by side: a card with open fans breathes the heat of its "
            "neighbour.",
            "One free slot between them, or cards that blow out of the case.",
        )
    longest = max((row.length_mm or 0.0 for row in rows if row is not None), default=0.0)
    limit = None if case is None else case.longest_card_mm
    if limit is not None and longest > limit:
        yield Finding(
            "card_too_long",
            "error",
            subject,
            f"A card of {longest:.0f} mm does not go into a case for {limit:.0f} mm.",
        )
    elif longest > _LONG_MM:
        yield Finding(
            "long_card",
            "note",
            subject,
            f"The longest card is {longest:.0f} mm.",
            "That the case takes it, with its cables.",
        )


def _blowers(rows: list[GpuSpec | None]) -> bool:
    return all(row is not None and "blower" in (row.slot_width or "") for row in rows)
