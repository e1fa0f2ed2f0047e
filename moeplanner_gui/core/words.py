"""What the program says to a person: an English sentence as key, numbers apart. Knows no language.

``say("A card of {0:.0f} mm.", 267.0)`` is English as it stands, and nothing is looked up. A window
in another language calls :func:`speak` once, before anything else is loaded; from then on the key
is looked up and the numbers are written as that language writes them. What scripts read (the
command line, JSON, CSV, commands of engines) does not go through here or runs without a language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from string import Formatter
from typing import Any

Lookup = Callable[[str], str]
"""The sentence of another language for an English one; the English one where there is none."""


class _Numbers(Formatter):
    """Formats like ``str.format``, with the separators of a language."""

    def __init__(self, point: str, group: str) -> None:
        self.marks = str.maketrans({".": point, ",": group})
        self.english_marks = str.maketrans({point: ".", group: ","})

    def format_field(self, value: Any, format_spec: str) -> str:
        text = str(format(value, format_spec))
        return text.translate(self.marks) if isinstance(value, int | float) else text

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Any) -> Any:
        return args[int(key)]


_WIDE_STOPS = ("。", "；", "：", "！", "？")
_lookup: Lookup | None = None
_numbers: _Numbers | None = None
_known: dict[str, str] = {}


def speak(lookup: Lookup | None, *, point: str = ".", group: str = ",") -> None:
    """Say everything in another language from now on; ``None`` is English again.

    Args:
        lookup: Finds the sentence for an English one.
        point: The decimal mark.
        group: What stands between thousands.
    """
    global _lookup, _numbers
    _lookup = lookup
    _numbers = _Numbers(point, group) if lookup is not None else None
    _known.clear()


def typed(text: str) -> str:
    """A number that somebody typed, with the marks that English numbers have."""
    return text if _numbers is None else text.translate(_numbers.english_marks)


def written(number: str) -> str:
    """A number with English marks as the language writes it."""
    return number if _numbers is None else number.translate(_numbers.marks)


def say(key: str, *values: object) -> str:
    """The sentence ``key`` with its ``values``, as ``str.format`` writes them.

    A key without values is taken as it is, braces included. A translation that does not take these
    values is dropped for the English sentence: what is said must not depend on a slip in it.
    """
    if _lookup is None:
        return key.format(*values) if values else key
    found = _known.get(key)
    if found is None:
        found = _known[key] = _lookup(key) or key
    if not values:
        return found
    assert _numbers is not None
    try:
        return _numbers.vformat(found, values, {})
    except (IndexError, ValueError, KeyError):
        return _numbers.vformat(key, values, {})


def lower_first(text: str) -> str:
    """A heading as it stands within a sentence. Only English: others keep their capitals."""
    return text if _lookup is not None else text[:1].lower() + text[1:]


def upper_first(text: str) -> str:
    """A word as it begins a line; the rest keeps its capitals."""
    return text[:1].upper() + text[1:]


def lowered(text: str) -> str:
    """Words of a heading within a sentence, all of them small. Only English."""
    return text if _lookup is not None else text.lower()


def listed(names: Sequence[str]) -> str:
    """``"A"``, ``"A and B"``, ``"A, B and C"``; nothing of nothing."""
    if len(names) < 2:
        return "".join(names)
    return say("{0} and {1}", comma_joined(names[:-1]), names[-1])


def either(names: Sequence[str]) -> str:
    """``"A"``, ``"A or B"``, ``"A, B or C"``; nothing of nothing."""
    if len(names) < 2:
        return "".join(names)
    return say("{0} or {1}", comma_joined(names[:-1]), names[-1])


def chained(names: Iterable[str]) -> str:
    """``"A and B and C"``: every one counts by itself."""
    kept = [*names] or [""]
    return reduce(lambda told, name: say("{0} and {1}", told, name), kept)


def paragraph(sentences: Iterable[str]) -> str:
    """Sentences one after another, empty ones left out; Chinese stops need no space behind them."""
    told = ""
    for sentence in sentences:
        if sentence:
            told = before_next(told) + sentence
    return told


def before_next(sentence: str) -> str:
    """A sentence with the space that another one stands behind, if its stop needs one."""
    return sentence if not sentence or sentence.endswith(_WIDE_STOPS) else f"{sentence} "


def comma_joined(names: Iterable[str]) -> str:
    """``"A, B, C"``: entries of a list in the order given."""
    return say(", ").join(names)
