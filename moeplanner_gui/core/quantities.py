"""How derivations write quantities: with both the readable and the exact number."""

from __future__ import annotations

from moeplanner_gui.core.derivation import Confidence, Derivation
from moeplanner_gui.core.units import GIB, KIB, MIB, format_count
from moeplanner_gui.core.words import say


def bytes_text(size_bytes: int) -> str:
    """``"144.65 GiB (155,313,959,936 B)"``."""
    return f"{gib_text(size_bytes)} ({format_count(size_bytes)} B)"


def gib_text(size_bytes: int) -> str:
    """The number in the unit that keeps it readable: GiB, MiB, KiB or B."""
    return _scaled(size_bytes, down=False)


def _scaled(size_bytes: int, *, down: bool) -> str:
    for unit, name in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if abs(size_bytes) >= unit:
            shown = size_bytes * 100 // unit / 100 if down else size_bytes / unit
            return say("{0:,.2f} {1}", shown, name)
    return f"{size_bytes} B"


def counted(count: int, what: str) -> str:
    """``"1 slot"``, ``"4 slots"``."""
    return f"{format_count(count)} {what}{'' if count == 1 else 's'}"


def left_text(size_bytes: int) -> str:
    """What is left, like :func:`bytes_text`, rounded down as in the tables: 3.559 is 3.55."""
    return f"{_scaled(size_bytes, down=True)} ({format_count(size_bytes)} B)"


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
