"""Which field of a form a refused row is wrong in, and in what words. Knows no widgets."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from moeplanner_gui.core.row_problems import row_problems
from moeplanner_gui.core.words import say

_Row = TypeVar("_Row", bound=BaseModel)
TYPED_IN = "typed in"


def validated(
    row_type: type[_Row], content: Mapping[str, Any], known: Collection[str] = ()
) -> tuple[_Row | None, dict[str, str]]:
    """The row that ``content`` makes, or what is wrong with it by field.

    A field that is not ``known`` to the form is named by its path, so nothing is lost.
    """
    try:
        # As JSON: of Python objects the strict row types would want tuples and instances.
        row = row_type.model_validate_json(json.dumps(content, default=_plain))
    except ValidationError as error:
        return None, dict(_errors(error, known))
    errors = {_closest(field, known): message for field, message in row_problems(row)}
    errors.pop("id", None)
    return (None if errors else row), errors


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(type(value).__name__)


def _errors(error: ValidationError, known: Collection[str]) -> list[tuple[str, str]]:
    found = []
    for item in error.errors(include_url=False):
        path = ".".join(str(part) for part in item["loc"])
        text = str(item["msg"]).removeprefix("Value error, ")
        text = text.removeprefix("Input should be").strip()
        found.append((_closest(path, known), say("Should be {0}.", text) if item["loc"] else text))
    return found


def _closest(path: str, known: Collection[str]) -> str:
    """The field of the form that holds ``path``; the path itself when there is none."""
    steps = path.split(".")
    while steps:
        if ".".join(steps) in known:
            return ".".join(steps)
        steps.pop()
    return path


def sources_of(
    new: Mapping[str, Any], old: BaseModel | None, fields: Collection[str]
) -> dict[str, str]:
    """The source of each field that has a value: the old row's where it is unchanged."""
    before: Mapping[str, str] = getattr(old, "sources", {}) if old is not None else {}
    sources = {}
    for field in fields:
        if new.get(field) is None:
            continue
        same = old is not None and getattr(old, field, None) == new[field]
        sources[field] = before.get(field, TYPED_IN) if same else TYPED_IN
    return sources


def still_unverified(new: Mapping[str, Any], old: BaseModel | None) -> tuple[str, ...]:
    """Fields of the old row that could not be verified and are still the same."""
    marked: tuple[str, ...] = getattr(old, "unverified_fields", ()) if old is not None else ()
    return tuple(
        field
        for field in marked
        if new.get(field) is not None and getattr(old, field, None) == new[field]
    )
