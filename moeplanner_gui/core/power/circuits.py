"""Wall circuits: what one carries for hours, and which is usual where. Knows no plans."""

from __future__ import annotations

from math import ceil

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say


@dataclass(frozen=True, slots=True)
class Circuit:
    """One kind of circuit. ``continuous_w`` is what it may carry for hours."""

    id: str
    name: str
    continuous_w: int
    note: str = ""


CIRCUITS: tuple[Circuit, ...] = (
    Circuit("us-120v-15a", say("120 V, 15 A (US)"), 1440, say("80 % of 1,800 W")),
    Circuit("us-120v-20a", say("120 V, 20 A (US)"), 1920, say("80 % of 2,400 W")),
    Circuit("us-240v-20a", say("240 V, 20 A (US)"), 3840, say("80 % of 4,800 W")),
    Circuit("us-240v-30a", say("240 V, 30 A (US)"), 5760, say("80 % of 7,200 W")),
    Circuit("eu-230v-16a", say("230 V, 16 A (EU)"), 2944, say("80 % of 3,680 W")),
    Circuit("uk-230v-13a", say("230 V, 13 A plug (UK)"), 2990, say("the fuse of the plug")),
)
"""General knowledge of wiring, not checked against a code book. A European circuit is allowed
3,680 W; sockets and cables that carry it for hours get hot, so four fifths are counted, as in the
US."""
BY_ID = {circuit.id: circuit for circuit in CIRCUITS}
_120_V = ("US", "CA-ON", "CA-QC", "CA-BC", "CA-AB", "MX", "TW", "CO")
_UK_PLUG = frozenset({"GB", "IE", "CY", "MT", "HK", "SG", "MY", "AE", "SA"})
_UNKNOWN = frozenset({"JP", "BR"})
"""Where 100 V, or two voltages, are usual: no circuit of the list stands for it."""


def usual_circuit(region: str | None) -> Circuit:
    """The circuit of a living room in the region of a tariff; without one that of the US, which
    carries the least.
    """
    if region is None or region in _UNKNOWN or region.startswith(_120_V):
        return BY_ID["us-120v-15a"]
    return BY_ID["uk-230v-13a" if region in _UK_PLUG else "eu-230v-16a"]


def circuits_needed(watts: float, circuit: Circuit) -> int:
    """How many such circuits carry so many watts at the wall."""
    return max(1, ceil(watts / circuit.continuous_w))


BTU_PER_H_PER_W = 3.412
"""A watt for an hour is 3.412 British thermal units: all power ends as heat in the room."""
