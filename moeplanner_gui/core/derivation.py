"""How a number came about: the tree behind every "How is this computed?".

Derivations are built on request by :mod:`moeplanner_gui.core.explain`, never during
``evaluate``: a search evaluates thousands of plans and nobody asks for their reasons.
"""

from __future__ import annotations

from enum import StrEnum

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say


class Confidence(StrEnum):
    """How sure a number is. ``mark`` is printed beside it, always with the word within reach."""

    EXACT = "exact"
    MEASURED = "measured"
    MODELLED = "modelled"
    UNVERIFIED = "unverified"

    @property
    def mark(self) -> str:
        """The one-character sign: ``=``, ``●``, ``≈`` or ``?``."""
        return _MARKS[self]

    @property
    def rank(self) -> int:
        """0 for exact up to 3 for unverified; a sum is as sure as its least sure part."""
        return _ORDER.index(self)


_MARKS = {
    Confidence.EXACT: "=",
    Confidence.MEASURED: "●",
    Confidence.MODELLED: "≈",
    Confidence.UNVERIFIED: "?",
}
_ORDER = (Confidence.EXACT, Confidence.MEASURED, Confidence.MODELLED, Confidence.UNVERIFIED)


@dataclass(frozen=True, slots=True)
class Derivation:
    """One number with its formula, its inputs and its source.

    Attributes:
        label: What the number is, for example ``"KV cache on GPU 1"``.
        value: The value as text, with its unit: ``"6,923.89 MiB"``.
        formula: The rule in words or symbols, with the numbers put in where that helps.
        source: Where the rule or the figure was read, with a date where one is known.
        confidence: How sure the number is.
        inputs: What went in; a leaf has none.
        assumed: True when the user did not choose this value and a default stands in.
    """

    label: str
    value: str
    formula: str = ""
    source: str = ""
    confidence: Confidence = Confidence.EXACT
    inputs: tuple[Derivation, ...] = ()
    assumed: bool = False

    def as_text(self, indent: int = 0) -> str:
        """The tree as plain text, one line a number, for the clipboard."""
        pad = "  " * indent
        parts = [
            f"{pad}{self.label}: {self.confidence.mark} {self.value} ({self.confidence.value})"
        ]
        if self.assumed:
            parts.append(say("{0}  assumed, not chosen", pad))
        if self.formula:
            parts.append(f"{pad}  = {self.formula}")
        if self.source:
            parts.append(say("{0}  source: {1}", pad, self.source))
        parts.extend(child.as_text(indent + 1) for child in self.inputs)
        return "\n".join(parts)


def least_sure(items: tuple[Derivation, ...]) -> Confidence:
    """The confidence of a sum of ``items``: that of its least sure member."""
    return max((item.confidence for item in items), key=lambda c: c.rank, default=Confidence.EXACT)
