"""The wall: how many circuits all computers need, and the heat that comes out again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.power.circuits import BTU_PER_H_PER_W, BY_ID, Circuit, usual_circuit

_WARM_W = 1500
"""A usual electric heater: a room with as much feels it."""


@dataclass(frozen=True, slots=True)
class Load:
    """One computer at the wall: its number, watts at its limits, supplies (0: not known)."""

    node: int
    wall_w: float
    dc_w: float
    supplies: int


def circuit_of(plan: Plan) -> tuple[Circuit, bool]:
    """The circuit of a plan and whether it is only assumed."""
    chosen = BY_ID.get(plan.rig.circuit or "")
    if chosen is not None:
        return chosen, False
    return usual_circuit(plan.economics.electricity_region), True


def circuits_for(loads: Sequence[Load], circuit: Circuit) -> int:
    """How many circuits carry these computers; a supply hangs on one of them only.

    First-fit decreasing: never fewer than are needed, for a few computers rarely more. A
    computer beyond one circuit is taken to have as many equal supplies as it needs.
    """
    pieces: list[float] = []
    for load in loads:
        count = max(load.supplies, ceil(load.wall_w / circuit.continuous_w), 1)
        pieces += [load.wall_w / count] * count
    filled: list[float] = []
    for piece in sorted(pieces, reverse=True):
        for place, used in enumerate(filled):
            if used + piece <= circuit.continuous_w + 1e-6:
                filled[place] = used + piece
                break
        else:
            filled.append(piece)
    return len(filled)


def wall_findings(plan: Plan, loads: Sequence[Load]) -> Iterator[Finding]:
    """The circuit, computers that one circuit does not carry, and the heat."""
    whole, delivered = sum(load.wall_w for load in loads), sum(load.dc_w for load in loads)
    if not whole:
        return
    circuit, assumed = circuit_of(plan)
    name = f"{circuit.name}, assumed," if assumed else circuit.name
    count = circuits_for(loads, circuit)
    share = f"{delivered / whole * 100:.0f} % of it reach the parts"
    if count == 1:
        yield Finding(
            "wall_circuit",
            "note",
            "plan",
            f"{whole:,.0f} W at the wall at most ({share}); a circuit of {name} carries "
            f"{circuit.continuous_w:,} W for hours.",
            "That nothing else large hangs on the same circuit.",
        )
    else:
        yield Finding(
            "wall_circuit_too_small",
            "warning",
            "plan",
            f"{whole:,.0f} W at the wall at most ({share}); a circuit of {name} carries "
            f"{circuit.continuous_w:,} W for hours: {count} of them are needed, or a larger one.",
            "What the fuse box has, with an electrician; each supply hangs on one circuit.",
        )
    for load in loads:
        if load.wall_w <= circuit.continuous_w:
            continue
        parts = ceil(load.wall_w / circuit.continuous_w)
        if load.supplies >= parts:
            continue
        have = ""
        if load.supplies:
            have = f"; it has {load.supplies}"
        yield Finding(
            "supplies_on_circuits",
            "warning",
            f"node {load.node + 1}",
            f"This computer takes up to {load.wall_w:,.0f} W, a circuit carries "
            f"{circuit.continuous_w:,} W: its load has to be divided over {parts} supplies on "
            f"{parts} circuits{have}.",
            "Limit the power of the cards, a larger circuit, or more and smaller supplies.",
        )
    heaters = ""
    if whole >= _WARM_W:
        heaters = f", as {whole / _WARM_W:.1f} electric heaters of {_WARM_W:,} W"
    yield Finding(
        "heat",
        "note",
        "plan",
        f"{whole:,.0f} W are {whole * BTU_PER_H_PER_W:,.0f} BTU/h of heat at full load{heaters}.",
        "How the room is cooled.",
    )
