"""From what was typed to a number and back, with one sentence when it is refused. Knows no Qt."""

from __future__ import annotations

import math
import re

from moeplanner_gui.core.words import say, typed, written

_NUMBER = re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
_COMMA = re.compile(r"\d+,\d{1,2}", re.ASCII)
_SIZES = {"k": 1e-3, "m": 1.0, "b": 1e3, "t": 1e6}


class RefusedError(ValueError):
    """What was typed is no value of this field; the text is a sentence that says what to do."""


def parse_number(text: str, unit: str = "", *, tokens: bool = False) -> float:
    """The number that was typed, with or without its unit.

    Args:
        text: Thousands may be separated by commas or spaces; the decimal sign is a point.
        unit: What may stand before or behind it.
        tokens: Millions of tokens: ``1.1B`` and ``500k`` are understood, a bare number is
            millions.

    Raises:
        RefusedError: It is no number, or none that is finite.
    """
    plain = typed(text).strip()
    for sign in (unit, "$", "€"):
        if sign:
            plain = plain.removeprefix(sign).removesuffix(sign).strip()
    factor = 1.0
    if tokens and plain and plain[-1].lower() in _SIZES:
        factor = _SIZES[plain[-1].lower()]
        plain = plain[:-1]
    plain = re.sub(r"[\s\u202f\u00a0]", "", plain).replace("−", "-")
    if _COMMA.fullmatch(plain):
        raise RefusedError(say("Write {0} with a point.", written(plain.replace(",", "."))))
    if not _NUMBER.fullmatch(plain) or not any(sign.isdigit() for sign in plain):
        raise RefusedError(say("A number, please."))
    value = float(plain.replace(",", "")) * factor
    if not math.isfinite(value):
        raise RefusedError(say("This number is too large."))
    return value


def check_range(
    value: float, low: float, high: float, unit: str, *, above: bool = False, whole: bool = False
) -> None:
    """Refuse a number outside its range.

    Args:
        value: The number.
        low: The smallest one, or what it must be above.
        high: The largest one.
        unit: Stands behind the number in the sentence, or before it for ``$``.
        above: ``low`` itself is refused.
        whole: Parts of one are refused.

    Raises:
        RefusedError: With the sentence.
    """
    if whole and value != int(value):
        raise RefusedError(say("A whole number, please."))
    if above and value <= low:
        raise RefusedError(say("More than {0}.", with_unit(low, unit)))
    if value < low:
        raise RefusedError(say("At least {0}.", with_unit(low, unit)))
    if value > high:
        raise RefusedError(say("At most {0}.", with_unit(high, unit)))


def with_unit(value: float, unit: str) -> str:
    """A number with its unit: ``$21,000``, ``36 months``."""
    if unit.startswith("$"):
        return f"${shown(value)}{unit[1:]}"
    return f"{shown(value)} {unit}".strip()


def shown(value: float, decimals: int | None = None) -> str:
    """A number as it is typed, with thousands separated and no more digits than it has."""
    if decimals is not None:
        value = round(value, decimals)
    if value == int(value) and abs(value) < 1e15:
        return say("{0:,}", int(value))
    digits = max(0, 6 - 1 - math.floor(math.log10(abs(value))))
    text = say("{0:,.{1}f}", value, min(digits, 12))
    # Without decimals its zeros belong to the number.
    return text.rstrip("0").rstrip(".,") if digits else text
