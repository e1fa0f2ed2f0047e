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


_NOUNS = {
    "slot": (say("1 slot"), say("{0} slots")),
    "state": (say("1 state"), say("{0} states")),
    "block": (say("1 block"), say("{0} blocks")),
    "token": (say("1 token"), say("{0} tokens")),
    "layer": (say("1 layer"), say("{0} layers")),
    "sequence": (say("1 sequence"), say("{0} sequences")),
    "request": (say("1 request"), say("{0} requests")),
    "user": (say("1 user"), say("{0} users")),
    "time": (say("1 time"), say("{0} times")),
    "row": (say("1 row"), say("{0} rows")),
    "combination": (say("1 combination"), say("{0} combinations")),
}


def counted(count: int, what: str) -> str:
    """``"1 slot"``, ``"4 slots"``; ``what`` is one of the nouns that derivations count."""
    one, several = _NOUNS[what]
    return one if count == 1 else several.format(format_count(count))


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
