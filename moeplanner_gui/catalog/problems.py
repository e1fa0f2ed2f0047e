"""What is wrong with a catalogue row, in words a person can act on. Reads no file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.row_problems import shortened
from moeplanner_gui.core.words import say


@dataclass(frozen=True, slots=True)
class CatalogProblem:
    """One thing wrong in a catalogue.

    Attributes:
        file: The file, as ``folder/name.json``, with its full path for the user's own files.
        row: The row's id, or its position when it has none; empty for the whole file.
        field: The field, dotted for nested ones; empty for the whole row.
        message: What is wrong, as a sentence without the place.
    """

    file: str
    row: str
    field: str
    message: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.file, self.row, self.field) if part)
        return f"{place}: {self.message}"


def from_validation(
    error: ValidationError, file: str, row: str, skip: int = 0
) -> Iterator[CatalogProblem]:
    """The problems behind a failed validation, one for each field.

    ``skip`` leaves out the first parts of each location.
    """
    for item in error.errors(include_url=False):
        where = [str(part) for part in item["loc"][skip:]]
        yield CatalogProblem(file, row, ".".join(where), _sentence(item["type"], item))


_ASKED = {
    "string_type": say("Should be a valid string"),
    "int_type": say("Should be a valid integer"),
    "int_from_float": say("Should be a valid integer, got a number with a fractional part"),
    "int_parsing": say("Should be a valid integer, unable to parse string as an integer"),
    "float_type": say("Should be a valid number"),
    "float_parsing": say("Should be a valid number, unable to parse string as a number"),
    "finite_number": say("Should be a finite number"),
    "bool_type": say("Should be a valid boolean"),
    "list_type": say("Should be a valid list"),
    "tuple_type": say("Should be a valid tuple"),
    "dict_type": say("Should be a valid dictionary"),
    "none_required": say("Should be None"),
}
"""What pydantic says of a type, by its name for the problem, in its own words."""


def _asked(kind: str, message: str, limits: Mapping[str, Any]) -> str:
    """What a value should be; what has no sentence of its own is told as pydantic has it."""
    if kind in _ASKED:
        return _ASKED[kind]
    limit = message.rpartition(" ")[2]
    match kind:
        case "greater_than":
            return say("Should be greater than {0}", limit)
        case "greater_than_equal":
            return say("Should be greater than or equal to {0}", limit)
        case "less_than":
            return say("Should be less than {0}", limit)
        case "less_than_equal":
            return say("Should be less than or equal to {0}", limit)
        case "literal_error":
            options = str(limits["expected"])
            known, _, last = options.rpartition(" or ")
            return say("Should be {0} or {1}", known, last) if known else say("Should be {0}", last)
    text = message.removeprefix("Input should").strip()
    return say("Should {0}", text) if text != message else text


def _sentence(kind: str, item: Any) -> str:
    if kind == "missing":
        return say("Is missing.")
    if kind == "extra_forbidden":
        return say("Is not a field of this row.")
    text = _asked(kind, str(item["msg"]), item.get("ctx") or {})
    if isinstance(item["input"], dict | list):
        return f"{text}."
    return say("{0} (got {1}).", text, shortened(item["input"]))
