"""The wall: how many circuits all computers need, and the heat that comes out again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.power.circuits import BTU_PER_H_PER_W, BY_ID, Circuit, usual_circuit
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

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
    name = say("{0}, assumed,", circuit.name) if assumed else circuit.name
    count = circuits_for(loads, circuit)
    share = say("{0:.0f} % of it reach the parts", delivered / whole * 100)
    if count == 1:
        yield Finding(
            "wall_circuit",
            "note",
            "plan",
            say(
                "{0:,.0f} W at the wall at most ({1}); a circuit of {2} carries {3:,} W for hours.",
                whole,
                share,
                name,
                circuit.continuous_w,
            ),
            say("That nothing else large hangs on the same circuit."),
        )
    else:
        yield Finding(
            "wall_circuit_too_small",
            "warning",
            "plan",
            say(
                "{0:,.0f} W at the wall at most ({1}); a circuit of {2} carries {3:,} "
                "W for hours: {4} of them are needed, or a larger one.",
                whole,
                share,
                name,
                circuit.continuous_w,
                count,
            ),
            say("What the fuse box has, with an electrician; each supply hangs on one circuit."),
        )
    for load in loads:
        if load.wall_w <= circuit.continuous_w:
            continue
        parts = ceil(load.wall_w / circuit.continuous_w)
        if load.supplies >= parts:
            continue
        have = ""
        if load.supplies:
            have = say("; it has {0}", load.supplies)
        yield Finding(
            "supplies_on_circuits",
            "warning",
            f"node {load.node + 1}",
            say(
                "This computer takes up to {0:,.0f} W, a circuit carries {1:,} W: its "
                "load has to be divided over {2} supplies on {3} circuits{4}.",
                load.wall_w,
                circuit.continuous_w,
                parts,
                parts,
                have,
            ),
            say("Limit the power of the cards, a larger circuit, or more and smaller supplies."),
        )
    heaters = ""
    if whole >= _WARM_W:
        heaters = say(", as {0:.1f} electric heaters of {1:,} W", whole / _WARM_W, _WARM_W)
    yield Finding(
        "heat",
        "note",
        "plan",
        say(
            "{0:,.0f} W are {1:,.0f} BTU/h of heat at full load{2}.",
            whole,
            whole * BTU_PER_H_PER_W,
            heaters,
        ),
        say("How the room is cooled."),
    )
