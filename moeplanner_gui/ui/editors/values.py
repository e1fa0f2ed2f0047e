"""From what was typed to a value and back, with one sentence when it is none. Knows no widgets."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any, Literal

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say, typed, written
from moeplanner_gui.ui.mnemonics import without_mark

Kind = Literal["text", "int", "number", "tokens", "choice", "flag", "names"]
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?", re.ASCII)
_TOKENS = re.compile(r"(\d+(?:\.\d+)?)\s*([kKmM])", re.ASCII)
_REPEATED = re.compile(r"(.+?)\s*[*×]\s*(\d{1,5})", re.ASCII)
MAX_NAMES = 10_000


class FieldError(ValueError):
    """What was typed is no value of this field; the text says what to do."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a form.

    Attributes:
        key: The field of the row it stands for.
        label: Its name, with an ampersand before the letter that jumps to it.
        tip: What it means, for the tooltip and the screen reader.
        kind: What may be typed; "tokens" also takes 128K, "names" takes ``dense*3, moe``.
        unit: Stands behind the field and may be typed.
        group: The heading it stands under.
        required: Empty is an error instead of unknown.
        low: The smallest number.
        high: The largest number.
        choices: Words and value of each choice; the first is chosen at the start.
        empty: What an empty field means, shown in it.
        hint: Stands beside the field while it is right.
    """

    key: str
    label: str
    tip: str
    kind: Kind = "text"
    unit: str = ""
    group: str = ""
    required: bool = False
    low: float | None = None
    high: float | None = None
    choices: tuple[tuple[str, Any], ...] = ()
    empty: str = say("unknown")
    hint: str = ""

    @property
    def name(self) -> str:
        """The label without its ampersand."""
        return without_mark(self.label)


NEEDED = say("Needed.")
"""What is wrong with a field that has to be filled in."""


def parse(spec: FieldSpec, text: str) -> Any:
    """The value of what was typed; None for an empty field that may be empty.

    Raises:
        FieldError: It is no value of this field.
    """
    text = text.strip()
    if not text:
        if spec.required:
            raise FieldError(NEEDED)
        return None
    if spec.kind == "text":
        if len(text) > 200:
            raise FieldError(say("At most 200 characters."))
        return " ".join(text.split())
    if spec.kind == "names":
        return parse_names(text)
    value = _number(spec, text)
    if spec.kind in ("int", "tokens"):
        if value != int(value):
            raise FieldError(say("A whole number, please."))
        value = int(value)
    if spec.low is not None and value < spec.low:
        raise FieldError(say("At least {0}.", say("{0:,g}", spec.low) + _unit(spec)))
    if spec.high is not None and value > spec.high:
        raise FieldError(say("At most {0}.", say("{0:,.0f}", spec.high) + _unit(spec)))
    return value


def shown(spec: FieldSpec, value: Any) -> str:
    """A value as it is typed."""
    if value is None:
        return ""
    if spec.kind == "names":
        return shown_names(value)
    if isinstance(value, float):
        return say("{0:,}", int(value)) if value.is_integer() else written(repr(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return say("{0:,}", value)
    return str(value)


def parse_names(text: str) -> tuple[str, ...]:
    """``dense*3, moe`` as the names it stands for.

    Raises:
        FieldError: A name is empty, or there are more than any model has layers.
    """
    names: list[str] = []
    for part in text.split(","):
        word = part.strip()
        repeated = _REPEATED.fullmatch(word)
        count = 1
        if repeated is not None:
            word, count = repeated.group(1).strip(), int(repeated.group(2))
        if not word or not count or set(word) & set("*×"):
            raise FieldError(say("Names with commas between them, like dense*3, moe."))
        if len(names) + count > MAX_NAMES:
            raise FieldError(say("More than {0:,} layers.", MAX_NAMES))
        names.extend([word] * count)
    return tuple(names)


def shown_names(names: Iterable[str]) -> str:
    """Names as they are typed, repeated ones counted."""
    runs: list[list[Any]] = []
    for name in names:
        if runs and runs[-1][0] == name:
            runs[-1][1] += 1
        else:
            runs.append([name, 1])
    return ", ".join(name if count == 1 else f"{name}*{count}" for name, count in runs)


def _number(spec: FieldSpec, text: str) -> float:
    if spec.kind == "tokens":
        short = _TOKENS.fullmatch(text)
        if short is not None:
            return float(short.group(1)) * (1024 if short.group(2) in "kK" else 2**20)
    plain = typed(text)
    if spec.unit and plain.lower().endswith(spec.unit.lower()):
        plain = plain[: -len(spec.unit)]
    plain = plain.replace(" ", "").replace("\u202f", "").replace("\u00a0", "")
    if not plain or not _NUMBER.fullmatch(plain) or not any(c.isdigit() for c in plain):
        if re.fullmatch(r"\d+,\d+", plain):
            raise FieldError(say("Write {0} with a point.", written(plain.replace(",", "."))))
        raise FieldError(say("A number, please."))
    value = float(plain.replace(",", ""))
    if not math.isfinite(value):
        raise FieldError(say("This number is too large."))
    return value


def _unit(spec: FieldSpec) -> str:
    return f" {spec.unit}" if spec.unit else ""
