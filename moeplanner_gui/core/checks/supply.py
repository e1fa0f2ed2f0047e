"""Power supplies against what the computer takes at its limits, peaks of milliseconds included."""

from __future__ import annotations

from collections.abc import Iterator

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.bill import is_module, usual_supply
from moeplanner_gui.core.card_rows import row_of
from moeplanner_gui.core.checks.connectors import connector_findings
from moeplanner_gui.core.checks.subjects import gpu_numbers
from moeplanner_gui.core.checks.wall import Load, wall_findings
from moeplanner_gui.core.plan import CustomSlot, Node, Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.power.draw import most_dc_w, wall_most_w
from moeplanner_gui.core.power.supply import FILLED_SHARE
from moeplanner_gui.core.words import say

_SUPPLIES = ("psu", "computer")


def supply_findings(plan: Plan, catalog: CatalogReader) -> Iterator[Finding]:
    """One computer after the other, then all at the wall."""
    loads: list[Load] = []
    unknown = False
    for index, node in enumerate(plan.rig.nodes):
        most, wall = most_dc_w(node, catalog), wall_most_w(node, catalog)
        subject = f"node {index + 1}"
        rows = [row_of(card, catalog) for card in node.gpus]
        whole = any(row is not None and row.unified_memory for row in rows)
        if most is None or wall is None:
            unknown = True
            yield _unknown(plan, index, catalog)
        else:
            loads.append(Load(index, wall, most, 0 if whole else _count(node, catalog)))
        if not node.gpus or whole:
            continue
        if most is not None:
            yield from _rated(node, most, catalog, subject)
        if not any(row is not None and is_module(row) for row in rows):
            yield from connector_findings(node, rows, catalog, subject)
    if not unknown:
        yield from wall_findings(plan, loads)


def _unknown(plan: Plan, index: int, catalog: CatalogReader) -> Finding:
    """Which cards have no power in their row."""
    node = plan.rig.nodes[index]
    numbers = gpu_numbers(plan, catalog)[index]
    places = []
    for slot, card in enumerate(node.gpus):
        row = row_of(card, catalog)
        watts = card.custom.tdp_w if isinstance(card, CustomSlot) else row and row.tdp_w
        if watts is None:
            name = card.custom.name if isinstance(card, CustomSlot) else row.name if row else ""
            places.append((numbers[slot], name))
    if not places:
        number, name = numbers[0] if numbers else 0, ""
    else:
        number, name = places[0]
    others = say(" and {0} more", len(places) - 1) if len(places) > 1 else ""
    return Finding(
        "power_unknown",
        "warning",
        f"node {index + 1}" if len(places) != 1 else f"gpu {number + 1}",
        say(
            "The power of GPU {0}{1}{2} is not known: no supply can be chosen, and "
            "no circuit is checked.",
            number + 1,
            f" ({name})" if name else "",
            others,
        ),
        say("What the card's maker says it takes at most."),
    )


def _count(node: Node, catalog: CatalogReader) -> int:
    """Supplies of a computer, chosen or assumed; 0 where it is not known."""
    if _is_guessed(node, catalog):
        usual = usual_supply(node, catalog)
        return 0 if usual is None else usual[1]
    rows = [(catalog.parts.get(part.part), part.count) for part in node.parts or ()]
    return sum(count for row, count in rows if row is not None and row.kind == "psu")


def _is_guessed(node: Node, catalog: CatalogReader) -> bool:
    """Whether the supplies of a computer are those that its cards need: nobody chose any."""
    if node.parts is None:
        return True
    rows = [(catalog.parts.get(part.part), part.assumed) for part in node.parts]
    supplies = [assumed for row, assumed in rows if row is not None and row.kind in _SUPPLIES]
    return bool(supplies) and all(supplies)


def _rated(node: Node, most: float, catalog: CatalogReader, subject: str) -> Iterator[Finding]:
    needed = most / FILLED_SHARE
    at_limits = say("All cards at their limit and the processor take {0:,.0f} W", most)
    if _is_guessed(node, catalog):
        usual = usual_supply(node, catalog)
        if usual is not None:
            row = catalog.parts[usual[0]]
            yield Finding(
                "power_supply_assumed",
                "note",
                subject,
                say(
                    "{0}; with room for peaks of milliseconds {1:,.0f} W. Assumed: {2} × {3}.",
                    at_limits,
                    needed,
                    usual[1],
                    row.name,
                ),
                _several(usual[1]),
            )
        return
    rated, unknown, supplies = 0.0, False, 0
    for part in node.parts or ():
        part_row = catalog.parts.get(part.part)
        if part_row is None or part_row.kind not in _SUPPLIES:
            continue
        if part_row.kind == "computer" and part_row.rated_w is None:
            # A barebone brings supplies of its own; how large is not in its row.
            unknown = True
        supplies += part.count
        unknown = unknown or part_row.rated_w is None
        rated += (part_row.rated_w or 0.0) * part.count
    if not supplies:
        yield Finding(
            "no_power_supply",
            "error",
            subject,
            say("No power supply is among the parts; this computer takes up to {0:,.0f} W.", most),
            say("Add one, or take the usual parts of the host."),
        )
    elif unknown:
        yield Finding(
            "power_supply_unknown",
            "warning",
            subject,
            say("{0}; what the chosen supplies deliver is not in the catalogue.", at_limits),
            say("That they deliver {0:,.0f} W.", needed),
        )
    elif rated < most:
        yield Finding(
            "power_supply_too_small",
            "error",
            subject,
            say(
                "{0}; the power supply delivers {1:,.0f} W and switches off under load.",
                at_limits,
                rated,
            ),
            say("Limit the power of the cards, or take {0:,.0f} W.", needed),
        )
    elif rated < needed:
        yield Finding(
            "power_supply_tight",
            "warning",
            subject,
            say(
                "{0} of {1:,.0f} W: cards exceed their limit for milliseconds, and a "
                "supply filled beyond {2:.0f} % may switch off.",
                at_limits,
                rated,
                FILLED_SHARE * 100,
            ),
            say("Limit the power of the cards, or take {0:,.0f} W.", needed),
        )
    elif supplies > 1:
        yield Finding(
            "several_supplies",
            "note",
            subject,
            say("{0}, from {1} supplies with {2:,.0f} W together.", at_limits, supplies, rated),
            _several(supplies),
        )


def _several(count: int) -> str:
    if count < 2:
        return ""
    return say("That they start together, and that each card hangs on one supply only.")
