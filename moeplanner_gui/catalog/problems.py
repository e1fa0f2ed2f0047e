"""What is wrong with a catalogue row, in words a person can act on. Reads no file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.model import Architecture, ModelSpec

MAX_LAYERS = 10_000
"""Far above any released model; a typing error of 10**9 layers must not fill the memory."""


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


def row_problems(row: BaseModel) -> Iterator[tuple[str, str]]:
    """(field, message) for each thing that types alone do not catch."""
    identifier = getattr(row, "id", None)
    if identifier is not None and not identifier.strip():
        yield "id", "Is empty."
    if isinstance(row, GpuSpec):
        yield from _gpu_problems(row)
    if isinstance(row, ModelSpec):
        yield from _architecture_problems(row.architecture)


def _gpu_problems(gpu: GpuSpec) -> Iterator[tuple[str, str]]:
    try:
        _ = gpu.sm
    except ValueError:
        yield (
            "compute_capability",
            f"Should look like 8.6 (got {_short(gpu.compute_capability)}).",
        )
    if gpu.memory_bytes == 0:
        yield "memory_total_mib", "Is zero; leave the field out when it is unknown."
    if gpu.reserved_mib is not None and gpu.reserved_mib * 2**20 >= gpu.memory_bytes:
        yield "reserved_mib", "Is not less than the memory of the card."


def _architecture_problems(architecture: Architecture) -> Iterator[tuple[str, str]]:
    if architecture.layers > MAX_LAYERS:
        yield "architecture.layers", f"Is more than {MAX_LAYERS:,} (got {architecture.layers:,})."
    for name in ("attention", "ffn"):
        pattern = getattr(architecture, f"{name}_pattern")
        blocks = getattr(architecture, name)
        if not pattern.cycle:
            yield f"architecture.{name}_pattern.cycle", "Names no block."
        for block in {*pattern.prefix, *pattern.cycle} - blocks.keys():
            yield f"architecture.{name}_pattern", f"Names “{block}”, which {name} does not have."


def _sentence(kind: str, item: Any) -> str:
    if kind == "missing":
        return "Is missing."
    if kind == "extra_forbidden":
        return "Is not a field of this row."
    text = str(item["msg"]).removeprefix("Input should").strip()
    text = f"Should {text}" if text != str(item["msg"]) else text
    if isinstance(item["input"], dict | list):
        return f"{text}."
    return f"{text} (got {_short(item['input'])})."


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
