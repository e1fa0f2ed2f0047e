"""What a part costs as a range: for the bands of a cost, never instead of the price shown."""

from __future__ import annotations

from moeplanner_gui.core.records import dataclass


@dataclass(frozen=True, slots=True)
class PartPrice:
    """Low, expected and high USD of a part, without tax.

    Attributes:
        expected: The price that is shown for the part.
        kind: Which sort of price it is; all figures behind the range are of this one.
        is_estimate: The price was not read in a shop: it is a list price, a repeated figure or of
            low confidence.
        is_spread_assumed: Only one figure was found, and the range around it is a rule.
        note: What to know about the price.
    """

    low: float
    expected: float
    high: float
    kind: str
    date: str
    source: str
    confidence: str
    is_estimate: bool
    is_spread_assumed: bool
    note: str | None = None
