"""How derivations write quantities: with both the readable and the exact number."""

from __future__ import annotations

from moeplanner_gui.core.derivation import Confidence, Derivation
from moeplanner_gui.core.units import GIB, KIB, MIB, format_count


def bytes_text(size_bytes: int) -> str:
    """``"144.65 GiB (155,313,959,936 B)"``."""
    return f"{gib_text(size_bytes)} ({format_count(size_bytes)} B)"


def gib_text(size_bytes: int) -> str:
    """The number in the unit that keeps it readable: GiB, MiB, KiB or B."""
    for unit, name in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if abs(size_bytes) >= unit:
            return f"{size_bytes / unit:,.2f} {name}"
    return f"{size_bytes} B"


def leaf(
    label: str,
    value: str,
    formula: str = "",
    source: str = "",
    *,
    confidence: Confidence = Confidence.EXACT,
    assumed: bool = False,
) -> Derivation:
    """A derivation without inputs."""
    return Derivation(label, value, formula, source, confidence, assumed=assumed)
