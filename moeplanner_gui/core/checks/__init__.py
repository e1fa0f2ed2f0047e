"""What to look at before buying: remarks about a plan, each with what to verify. No sizes are
computed here.
"""

from moeplanner_gui.core.checks.findings import findings
from moeplanner_gui.core.words import say

__all__ = ["NOT_CHECKED", "findings"]

NOT_CHECKED = say(
    "Not checked: case clearance, power cables, BIOS settings, cooling of "
    "the room, noise, the state of used parts, local rules for wiring. Not "
    "in the price: a processor's cooler, fans, network cables, a switch "
    "for 1 Gbit/s."
)
"""Said under every list of findings: a clean list is no promise that it fits together, and a bill
has what the catalogue knows prices of."""
