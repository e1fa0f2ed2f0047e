"""What is wrong with a catalogue row, in words a person can act on. Reads no file."""

from __future__ import annotations

from collections.abc import Iterator
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


def _sentence(kind: str, item: Any) -> str:
    if kind == "missing":
        return say("Is missing.")
    if kind == "extra_forbidden":
        return say("Is not a field of this row.")
    text = str(item["msg"]).removeprefix("Input should").strip()
    text = say("Should {0}", text) if text != str(item["msg"]) else text
    if isinstance(item["input"], dict | list):
        return f"{text}."
    return say("{0} (got {1}).", text, shortened(item["input"]))
