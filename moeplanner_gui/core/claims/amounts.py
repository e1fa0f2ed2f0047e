"""The units in which claims are made, and how amounts are read, compared and written.

A claim's GB are 10**9 bytes, but those of a card are what its label means: 2**30.
"""

from __future__ import annotations

from moeplanner_gui.core.claims.terms import Amount, Relation
from moeplanner_gui.core.units import GB, GIB, MB, MIB
from moeplanner_gui.core.words import say, written

FACTORS: dict[str, float] = {
    "B": 1e9,
    "T": 1e12,
    "%": 0.01,
    "GB": GB,
    "GiB": GIB,
    "MB": MB,
    "MiB": MIB,
    "TB": 1e12,
    "GB per card": GB,
    "bytes per parameter": 1.0,
    "bits per parameter": 1.0,
    "min": 60.0,
    "M GPU hours": 1e6,
    "M tokens a month": 1.0,
}
"""How much one of a unit is in the base unit: bytes, parameters, seconds, a share. Others are 1."""

_TOKENS = {"tokens": 0, "K tokens": 1, "M tokens": 2}
_PREFIXED = {"USD": "$", "USD/M tokens": "$", "USD/inference": "$", "USD/month": "$"}
_SUFFIX = {
    "B": " B",
    "%": " %",
    "x": " ×",
    "USD/M tokens": say(" a million tokens"),
    "USD/inference": say(" an inference"),
    "USD/month": say(" a month"),
    "USD/kWh": " $/kWh",
}


def unit_words(unit: str) -> str:
    """A unit as a person reads it; claims are stored with the English one."""
    return {
        "tokens": say("tokens"),
        "K tokens": say("K tokens"),
        "M tokens": say("M tokens"),
        "GB per card": say("GB per card"),
        "bits per parameter": say("bits per parameter"),
        "bytes per parameter": say("bytes per parameter"),
        "M GPU hours": say("M GPU hours"),
        "M tokens a month": say("M tokens a month"),
        "inferences a month": say("inferences a month"),
        "months": say("months"),
        "experts": say("experts"),
        "values": say("values"),
        "points": say("points"),
        "pages": say("pages"),
        "sizes": say("sizes"),
        "USD/M tokens": say("USD/M tokens"),
        "USD/inference": say("USD/inference"),
        "USD/month": say("USD/month"),
    }.get(unit, unit)


def in_unit(value: float, unit: str) -> float:
    """A value of the base unit in the unit of a claim.

    Tokens of a context are counted in 1,024 where they divide so: 1,048,576 are 1 M.
    """
    if unit in _TOKENS:
        power = _TOKENS[unit]
        whole = value == int(value) and int(value) % 1024**power == 0
        return float(value / (1024 if whole else 1000) ** power)
    return value / FACTORS.get(unit, 1.0)


def from_unit(value: float, unit: str) -> float:
    """A value of a claim in the base unit; tokens count in thousands."""
    if unit in _TOKENS:
        return float(value * 1000 ** _TOKENS[unit])
    return value * FACTORS.get(unit, 1.0)


def number(value: float, unit: str = "") -> Amount:
    """A single number, already in ``unit``."""
    return Amount(low=value, high=value, usual=value, unit=unit)


def span(low: float, high: float, usual: float, unit: str = "") -> Amount:
    """A range, already in ``unit``; ``usual`` is the ordinary case."""
    return Amount(low=min(low, high), high=max(low, high), usual=usual, unit=unit)


def words(text: str) -> Amount:
    """An answer that is no number."""
    return Amount(words=text)


def converted(values: list[float], unit: str) -> Amount:
    """Values of the base unit, the usual first, as one amount in ``unit``."""
    own = [in_unit(value, unit) for value in values]
    return span(min(own), max(own), own[0], unit)


def plain(value: float) -> str:
    """A number with as many digits as a person needs: 171.8, 0.39, 1,048,576."""
    size = abs(value)
    if value == int(value) and size < 1e15:
        return say("{0:,}", int(value))
    if size >= 1000:
        return say("{0:,.0f}", value)
    if size >= 100:
        return _trimmed(say("{0:.1f}", value))
    if size >= 1:
        return _trimmed(say("{0:.2f}", value))
    return _trimmed(say("{0:.2g}", value) if size < 0.01 else say("{0:.3f}", value))


def _trimmed(text: str) -> str:
    if "e" in text or written(".") not in text:
        return text
    return text.rstrip("0").rstrip(".,")


def number_text(value: float, unit: str) -> str:
    """``"171.8 GB"``, ``"$0.33 an inference"``."""
    if unit in _PREFIXED:
        shown = say("{0:,.2f}", value) if value != int(value) else say("{0:,.0f}", value)
        return f"{_PREFIXED[unit]}{shown}{_SUFFIX.get(unit, '')}"
    suffix = _SUFFIX.get(unit)
    if suffix is None:
        if unit == "bytes per parameter" and value == 1:
            name = say("byte per parameter")
        else:
            name = unit_words(unit)
        suffix = f" {name}" if unit else ""
    return f"{plain(value)}{suffix}"


def amount_text(amount: Amount) -> str:
    """An amount for people: words, a number, or ``"22-26 GB"`` with a dash."""
    if amount.words is not None:
        return amount.words
    if amount.usual is None or amount.low is None or amount.high is None:
        return ""
    low, high = plain(amount.low), plain(amount.high)
    if low == high:
        return number_text(amount.usual, amount.unit)
    last = number_text(amount.high, amount.unit)
    if amount.unit in _PREFIXED:
        return f"{number_text(amount.low, 'USD')}–{last.removeprefix('$')}"
    return f"{low}–{last}"


_BOUNDS: dict[Relation, str] = {"about": "", "at_least": "≥ ", "at_most": "≤ "}


def shown_pair(
    claimed: Amount | None, computed: Amount | None, relation: Relation = "about"
) -> tuple[str, str]:
    """What is claimed as it was stated, and what is computed with at least as many digits.

    Of a computed range the usual case; :func:`amount_text` writes all of it. A bound has its
    sign: "≥ 90 %".
    """
    if computed is not None and computed.is_number and not _one(computed):
        computed = number(computed.usual or 0.0, computed.unit)
    places = 0
    if claimed is not None and claimed.is_number:
        for value in (claimed.low, claimed.high):
            places = max(places, len(f"{value or 0.0:.6f}".rstrip("0").partition(".")[2]))
    texts = []
    for amount in (claimed, computed):
        if amount is None:
            texts.append("–")
        elif not amount.is_number or amount.unit in _PREFIXED or places < 2 or not _one(amount):
            texts.append(amount_text(amount))
        else:
            exact = say("{0:,.{1}f}", amount.usual, places)
            texts.append(exact + number_text(0, amount.unit).removeprefix("0"))
    bound = _BOUNDS[relation] if claimed is not None and claimed.is_number else ""
    return f"{bound}{texts[0]}", texts[1]


def _one(amount: Amount) -> bool:
    return amount.low == amount.high


def half_of_last_digit(value: float) -> float:
    """Half a unit of the last digit that a claim states: 0.005 of 159.61, 0.5 of 49, 50 of 1,600.

    A whole number that ends in zeros may have been rounded to the last digit that is not zero.
    """
    if value == 0:
        return 0.0
    text = f"{abs(value):.10f}".rstrip("0")
    if not text.endswith("."):
        return float(0.5 * 10 ** -len(text.partition(".")[2]))
    digits = text[:-1]
    zeros = len(digits) - len(digits.rstrip("0"))
    return float(0.5 * 10**zeros)
