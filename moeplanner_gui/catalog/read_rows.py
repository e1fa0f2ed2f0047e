"""Reads catalogue files row by row. A broken row is left out and named; the rest is kept."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from moeplanner_gui.catalog.problems import CatalogProblem, from_validation
from moeplanner_gui.catalog.rows import FILE_VERSION, KINDS, CatalogFile, Kind
from moeplanner_gui.core.row_problems import row_problems
from moeplanner_gui.core.words import say
from moeplanner_gui.safe_read import read_file, why_not_read

MAX_FILE_BYTES = 20_000_000
"""Fifty times the largest file shipped; beyond it a file is not a catalogue."""


def why_no_catalogue(error: OSError) -> str:
    """Why a file was not read, as a sentence."""
    if error.errno == errno.EFBIG:
        return say("Is larger than 20 MB and was not read.")
    return say("Cannot be read: {0}.", why_not_read(error))


def read_kind(
    folder: Path | None, kind: Kind, *, by_path: bool = False
) -> tuple[tuple[BaseModel, ...], tuple[CatalogProblem, ...]]:
    """The sound rows of one kind, and what is wrong with the others, ``by_path`` by full name."""
    reading = Reading(folder, by_path=by_path, kinds=(kind,))
    return tuple(reading.rows(kind.folder)), tuple(reading.problems)


def files_of(folder: Path, kind: Kind) -> list[Path]:
    """The files of a kind in its folder, by name.

    Raises:
        OSError: The folder cannot be read.
    """
    found = sorted(folder.glob(kind.files))
    return [path for path in found if not path.name.endswith(".schema.json")]


class Reading:
    """One folder, read once: the rows that are sound and the problems of the others."""

    def __init__(
        self, folder: Path | None, *, by_path: bool, kinds: tuple[Kind, ...] = KINDS
    ) -> None:
        self.problems: list[CatalogProblem] = []
        self.dates: list[str] = []
        self._rows: dict[str, list[BaseModel]] = {}
        self._ids: dict[str, dict[str, BaseModel]] = {}
        self._by_path = by_path
        if folder is None:
            return
        for kind in kinds:
            self._read_folder(folder / kind.folder, kind)

    def rows(self, kind_folder: str) -> list[BaseModel]:
        """The sound rows of a kind."""
        return self._rows.get(kind_folder, [])

    def by_id(self, kind: Kind) -> dict[str, BaseModel]:
        """The sound rows of a kind by their ids."""
        return self._ids.get(kind.folder, {})

    def keep(self, kind: Kind, row: BaseModel) -> None:
        """Add a sound row."""
        self._rows.setdefault(kind.folder, []).append(row)
        if kind.id_field is not None:
            self._ids.setdefault(kind.folder, {})[getattr(row, kind.id_field)] = row

    def _read_folder(self, folder: Path, kind: Kind) -> None:
        files: list[tuple[int, str, list[BaseModel]]] = []
        try:
            found = files_of(folder, kind)
        except OSError as error:
            found = []
            self._report(str(folder), "", "", say("Cannot be read: {0}.", error.strerror))
        for path in found:
            label = str(path) if self._by_path else f"{kind.folder}/{path.name}"
            order, rows = self._read_file(path, label, kind)
            files.append((order, label, rows))
        files.sort(key=lambda item: item[:2])
        for _, label, rows in files:
            for row in rows:
                if self._is_sound(row, label, kind):
                    self.keep(kind, row)

    def _is_sound(self, row: BaseModel, label: str, kind: Kind) -> bool:
        name = str(getattr(row, kind.id_field or "part_id"))
        found = list(row_problems(row))
        if kind.id_field is not None and name in self.by_id(kind):
            found.append((kind.id_field, say("Is the id of an earlier row; this one is left out.")))
        for field, message in found:
            self._report(label, name, field, message)
        return not found

    def _read_file(self, path: Path, label: str, kind: Kind) -> tuple[int, list[BaseModel]]:
        try:
            data = read_file(path, MAX_FILE_BYTES)
        except OSError as error:
            self._report(label, "", "", why_no_catalogue(error))
            return 0, []
        try:
            # The whole file at once in pydantic's own parser: 5 times as fast as row by row.
            file = kind.file_type.model_validate_json(data)
        except ValidationError:
            return self._read_rows(data, label, kind)
        self.dates.append(file.date)
        rows: list[BaseModel] = list(getattr(file, kind.key))
        _expand_sources(rows, getattr(file, "sources", {}))
        return file.order, rows

    def _read_rows(self, data: bytes, label: str, kind: Kind) -> tuple[int, list[BaseModel]]:
        """Read a file that is not sound as a whole, row by row."""
        try:
            content = json.loads(data)
        except RecursionError:
            self._report(label, "", "", say("Is nested too deeply."))
            return 0, []
        except ValueError as error:
            self._report(label, "", "", _why_no_json(data, error))
            return 0, []
        if not isinstance(content, dict) or not isinstance(content.get(kind.key), list):
            self._report(label, "", kind.key, say("Has no list of {0}.", kind.key))
            return 0, []
        version = content.get("version", FILE_VERSION)
        if isinstance(version, int) and version > FILE_VERSION:
            self._report(
                label, "", "version", say("Was written by a newer version of MoE Planner.")
            )
            return 0, []
        raw_rows = content[kind.key]
        head = self._read_head({**content, kind.key: []}, label, kind)
        rows = []
        for number, raw in enumerate(raw_rows, start=1):
            name = _row_name(raw, kind, number)
            try:
                rows.append(kind.row_type.model_validate_json(json.dumps(raw)))
            except ValidationError as error:
                self.problems.extend(from_validation(error, label, name))
            except (RecursionError, ValueError) as error:
                self._report(label, name, "", say("Cannot be read: {0}.", error))
        if head is not None:
            _expand_sources(rows, getattr(head, "sources", {}))
        return head.order if head is not None else 0, rows

    def _read_head(self, head: dict[str, Any], label: str, kind: Kind) -> CatalogFile | None:
        try:
            file = kind.file_type.model_validate_json(json.dumps(head))
        except (ValidationError, RecursionError, ValueError) as error:
            if isinstance(error, ValidationError):
                self.problems.extend(from_validation(error, label, ""))
            return None
        self.dates.append(file.date)
        return file

    def _report(self, file: str, row: str, field: str, message: str) -> None:
        self.problems.append(CatalogProblem(file, row, field, message))


def _expand_sources(rows: Iterable[BaseModel], table: Mapping[str, str]) -> None:
    """Put the file's own texts in the place of their keys."""
    if not table:
        return
    for row in rows:
        sources: dict[str, str] = getattr(row, "sources", {})
        for field, source in sources.items():
            sources[field] = table.get(source, source)


def _row_name(raw: object, kind: Kind, number: int) -> str:
    name = raw.get(kind.id_field or "part_id") if isinstance(raw, dict) else None
    return name if isinstance(name, str) and name else f"row {number}"


def _why_no_json(data: bytes, error: ValueError) -> str:
    """What is wrong with a text that Python does not read, without Python's own words."""
    if not data.strip():
        return say("Is empty.")
    if isinstance(error, json.JSONDecodeError):
        return say("Is not valid JSON in line {0}, column {1}.", error.lineno, error.colno)
    return say("Is no text, so it holds no rows.")
