"""The user's catalogue files one by one: what can be read of each, and what is kept of the rest."""

from __future__ import annotations

import json
from dataclasses import field
from pathlib import Path

from pydantic import BaseModel, ValidationError

from moeplanner_gui.catalog.problems import CatalogProblem
from moeplanner_gui.catalog.read_rows import MAX_FILE_BYTES, why_no_catalogue
from moeplanner_gui.catalog.rows import FILE_VERSION, CatalogFile, Kind
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.safe_read import first_free, read_file
from moeplanner_gui.safe_write import write_file_atomically


@dataclass
class UserFile:
    """One file of the user: what was understood of it, and whether all of it was."""

    path: Path
    head: CatalogFile | None = None
    rows: list[BaseModel] = field(default_factory=list)
    reason: str = ""
    is_newer: bool = False

    @property
    def is_sound(self) -> bool:
        """All of it was understood."""
        return not self.reason


def read_user_file(path: Path, kind: Kind) -> UserFile:
    """Read a file; what is wrong with it is in its ``reason``."""
    file = UserFile(path)
    try:
        data = read_file(path, MAX_FILE_BYTES)
    except OSError as error:
        # A pipe, a folder or a file of that size is hardly ours: it is left alone.
        file.reason = why_no_catalogue(error)
        file.is_newer = True
        return file
    try:
        head = kind.file_type.model_validate_json(data)
    except ValidationError:
        _read_rows(file, data, kind)
    else:
        file.head, file.rows = head, list(getattr(head, kind.key))
    return file


def _read_rows(file: UserFile, data: bytes, kind: Kind) -> None:
    """What can be used of a file that is not sound as a whole."""
    file.reason = say("Is not a file of rows.")
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        file.reason = say("Is not valid JSON.")
        return
    if not isinstance(content, dict):
        return
    version = content.get("version", FILE_VERSION)
    if isinstance(version, int) and version > FILE_VERSION:
        file.reason = say("Was written by a newer version of MoE Planner.")
        file.is_newer = True
        return
    rows = content.get(kind.key)
    for raw in rows if isinstance(rows, list) else ():
        try:
            file.rows.append(kind.row_type.model_validate_json(json.dumps(raw)))
        except (ValidationError, ValueError, RecursionError):
            file.reason = say("Has rows that cannot be read.")


def copy_aside(file: UserFile) -> CatalogProblem | None:
    """Keep a copy of what could not be read, before the file is written anew; None without a file.

    Raises:
        OSError: No copy can be kept.
    """
    try:
        data = read_file(file.path, MAX_FILE_BYTES)
    except FileNotFoundError:
        return None  # another program was faster
    kept = first_free(file.path)
    write_file_atomically(kept, data)
    return kept_as(file, kept)


def kept_as(file: UserFile, kept: Path) -> CatalogProblem:
    """What is wrong with a file, and where it lies now."""
    message = say("{0} It was kept as {1}.", file.reason, kept.name)
    return CatalogProblem(str(file.path), "", "", message)
