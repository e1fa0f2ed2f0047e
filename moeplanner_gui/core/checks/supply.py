"""Power supply, its connectors, the wall circuit and the heat."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import ceil

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.plan import Node, Plan, card_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.power.circuits import (
    BTU_PER_H_PER_W,
    BY_ID,
    circuits_needed,
    usual_circuit,
)
from moeplanner_gui.core.power.draw import most_dc_w, wall_most_w
from moeplanner_gui.core.power.supply import FILLED_SHARE

_WARM_W = 1500
"""A usual electric heater: a room with as much feels it."""


def supply_findings(plan: Plan, catalog: CatalogReader) -> Iterator[Finding]:
    """One computer after the other, then all at the wall."""
    whole = 0.0
    for index, node in enumerate(plan.rig.nodes):
        most = most_dc_w(node, catalog)
        subject = f"node {index + 1}"
        if most is None:
            yield Finding(
                "power_unknown",
                "warning",
                subject,
                "The power of a card is not known: no power supply can be chosen.",
                "What the card's maker says it takes at most.",
            )
            return
        whole += wall_most_w(node, catalog) or 0.0
        if node.gpus and not _is_one_machine(node, catalog):
            yield from _rated(node, most, catalog, subject)
            yield from _connectors(node, catalog, subject)
    if whole:
        yield from _circuit(plan, whole)


def _is_one_machine(node: Node, catalog: CatalogReader) -> bool:
    """True for a computer that is sold whole, with its own supply."""
    return any(row is not None and row.unified_memory for row in _rows(node, catalog))


def _rows(node: Node, catalog: CatalogReader) -> list[GpuSpec | None]:
    found: list[GpuSpec | None] = []
    for card in node.gpus:
        name = card_id(card)
        try:
            found.append(None if name is None else catalog.gpu(name))
        except UnknownEntryError:
            found.append(None)
    return found


def _rated(node: Node, most: float, catalog: CatalogReader, subject: str) -> Iterator[Finding]:
    """Supplies that were chosen against what the computer takes at its limits."""
    if node.parts is None:
        return
    rated, unknown = 0.0, False
    supplies = 0
    for part in node.parts:
        row = catalog.parts.get(part.part)
        if row is None or row.kind not in ("psu", "computer"):
            continue
        supplies += part.count
        unknown = unknown or row.rated_w is None
        rated += (row.rated_w or 0.0) * part.count
    if not supplies:
        yield Finding(
            "no_power_supply",
            "error",
            subject,
            f"No power supply is among the parts; this computer takes up to {most:,.0f} W.",
            "Add one, or take the usual parts of the host.",
        )
    elif unknown:
        return
    elif rated < most:
        yield Finding(
            "power_supply_too_small",
            "error",
            subject,
            f"The power supply delivers {rated:,.0f} W; all cards at their limit and the processor "
            f"take {most:,.0f} W. It switches off under load.",
            "Limit the power of the cards, or take a larger supply.",
        )
    elif rated * FILLED_SHARE < most:
        yield Finding(
            "power_supply_tight",
            "warning",
            subject,
            f"{most:,.0f} of {rated:,.0f} W: cards exceed their limit for milliseconds, and a "
            f"supply filled beyond {FILLED_SHARE:.0%} may switch off.",
            "Limit the power of the cards, or take a larger supply.",
        )


def _connectors(node: Node, catalog: CatalogReader, subject: str) -> Iterator[Finding]:
    """How many cables the cards ask for, and what comes with the supplies that were chosen."""
    sixteen = eight = unknown = 0
    for row in _rows(node, catalog):
        text = None if row is None else row.power_connector
        if text is None:
            unknown += 1
            continue
        for count, kind in re.findall(r"(\d+)x ([\d+]+-pin|[\d+]+-pin 12V-2x6)", text):
            if kind.startswith(("16", "12")):
                sixteen += int(count)
            elif kind.startswith("8"):
                eight += int(count)
    if not sixteen and not eight:
        return
    wanted = [
        f"{count} × {name}" for count, name in ((sixteen, "16-pin"), (eight, "8-pin")) if count
    ]
    have_16, have_8 = _cables(node, catalog)
    if have_16 is not None and have_16 < sixteen:
        yield Finding(
            "power_connectors_missing",
            "error",
            subject,
            f"The cards need {sixteen} cables with 16 pins; the chosen supplies bring {have_16}.",
            "A second supply, or the maker's own adapters.",
        )
        return
    if have_8 is not None and have_8 < eight:
        yield Finding(
            "power_connectors_missing",
            "error",
            subject,
            f"The cards need {eight} cables with 8 pins; the chosen supplies bring {have_8}.",
            "A second supply, or the maker's own cables.",
        )
        return
    more = f" Of {unknown} more cards it is not known." if unknown else ""
    yield Finding(
        "power_connectors",
        "note",
        subject,
        f"The cards need power cables: {', '.join(wanted)}.{more}",
        "That the supply brings as many, each from an outlet of its own.",
    )


def _cables(node: Node, catalog: CatalogReader) -> tuple[int | None, int | None]:
    """Cables that come with the chosen supplies; None where a supply does not say."""
    sums: list[int | None] = [0, 0]
    if node.parts is None:
        return None, None
    for part in node.parts:
        row = catalog.parts.get(part.part)
        if row is None or row.kind not in ("psu", "computer"):
            continue
        for place, have in enumerate((row.cables_16_pin, row.cables_8_pin)):
            now = sums[place]
            sums[place] = None if have is None or now is None else now + have * part.count
    return sums[0], sums[1]


def _circuit(plan: Plan, whole: float) -> Iterator[Finding]:
    chosen = plan.rig.circuit
    circuit = BY_ID.get(chosen or "") or usual_circuit(plan.economics.electricity_region)
    assumed = "" if chosen in BY_ID else " (assumed)"
    count = circuits_needed(whole, circuit)
    heat = f"{whole:,.0f} W are {whole * BTU_PER_H_PER_W:,.0f} BTU/h of heat"
    if count == 1:
        yield Finding(
            "wall_circuit",
            "note",
            "plan",
            f"{whole:,.0f} W at the wall at most; the circuit of {circuit.name}{assumed} carries "
            f"{circuit.continuous_w:,} W.",
            "That nothing else large hangs on the same circuit.",
        )
    else:
        yield Finding(
            "wall_circuit_too_small",
            "warning",
            "plan",
            f"{whole:,.0f} W at the wall at most; a circuit of {circuit.name}{assumed} carries "
            f"{circuit.continuous_w:,} W: {count} of them are needed, or a larger one.",
            "What the fuse box has, with an electrician; each supply on a circuit of its own.",
        )
        largest = max(_node_share(plan, whole), 0.0)
        if largest > circuit.continuous_w * 2:
            yield Finding(
                "supplies_on_circuits",
                "note",
                "plan",
                f"One computer alone takes {largest:,.0f} W: its load has to be divided over "
                f"{ceil(largest / circuit.continuous_w)} supplies on as many circuits.",
            )
    if whole >= _WARM_W:
        yield Finding(
            "heat",
            "note",
            "plan",
            f"{heat}: about {whole / _WARM_W:.1f} electric heaters at full load.",
            "How the room is cooled.",
        )


def _node_share(plan: Plan, whole: float) -> float:
    return whole / max(len(plan.rig.nodes), 1)
