"""The rows of a sound catalogue in one file, read twice as fast as the files they come from.

The file says of which bytes it was made: every catalogue file by name and content, the version of
the program, the modules that say what a row is. If any of them differ, it is not looked at and made
anew, so an edit is noticed however it came about, a copied file with an old date included. What it
holds is JSON that goes through the same checks as a catalogue file, less those that compare rows.

A catalogue with anything wrong in it is never kept: what is said of it is found out each time.
A file that is damaged, of another program or that cannot be written is as good as none.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from moeplanner_gui import __version__
from moeplanner_gui.catalog import paths
from moeplanner_gui.catalog.read_rows import MAX_FILE_BYTES, Reading, files_of
from moeplanner_gui.catalog.rows import KINDS
from moeplanner_gui.safe_read import read_file

NAME: Final = "catalogue.rows"
_FORM: Final = 1
_CODE: Final = (__name__, "moeplanner_gui.catalog.read_rows", "moeplanner_gui.core.row_problems")


def read_catalogue(folder: Path, kept_in: Path | None = None) -> Reading:
    """The rows of a catalogue, from the cache where it is still right.

    Args:
        folder: The catalogue.
        kept_in: Where the cache lies; the platform's folder for that when left out.
    """
    key = _key(folder)
    if key is None:
        return Reading(folder, by_path=False)
    try:
        kept_in = kept_in if kept_in is not None else paths.user_cache_dir()
    except RuntimeError:  # there is no home folder
        return Reading(folder, by_path=False)
    # One name for all: where a packaged program unpacks itself changes with every start.
    file = kept_in / NAME
    reading = _stored(file, key)
    if reading is None:
        reading = Reading(folder, by_path=False)
        # A file that was changed while it was read would be kept under the wrong name.
        if not reading.problems and _key(folder) == key:
            _store(reading, file, key)
    return reading


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _key(folder: Path) -> str | None:
    """What the rows follow from, as one word; None when a file cannot be read."""
    found = blake2b(f"{_FORM} {__version__} {sys.version}".encode(), digest_size=16)
    found.update(repr(_code()).encode())
    try:
        for kind in KINDS:
            for path in files_of(folder / kind.folder, kind):
                data = read_file(path, MAX_FILE_BYTES)
                head = f"\n{kind.folder} {len(path.name)} {path.name} {len(data)}\n"
                found.update(head.encode("utf-8", "surrogateescape"))
                found.update(data)
    except OSError:
        return None
    return found.hexdigest()


def _code() -> list[tuple[str, int, int]]:
    """The modules that say what a row is, as they lie on the disk; in a packaged program none."""
    found = []
    rows = {kind.row_type.__module__ for kind in KINDS} | {k.file_type.__module__ for k in KINDS}
    for name in sorted(rows | set(_CODE)):
        with contextlib.suppress(OSError, AttributeError, TypeError):
            told = os.stat(sys.modules[name].__file__ or "")
            found.append((name, told.st_size, told.st_mtime_ns))
    return found


def _stored(file: Path, key: str) -> Reading | None:
    try:
        data = read_file(file, MAX_FILE_BYTES)
    except OSError:
        return None
    head, _, body = data.partition(b"\n")
    try:
        told = json.loads(head)
        if (
            not isinstance(told, dict)
            or told.get("key") != key
            or told.get("body") != _digest(body)
        ):
            return None
        lines = iter(body.split(b"\n"))
        reading = Reading(None, by_path=False)
        reading.dates = [str(day) for day in told["dates"]]
        for kind in KINDS:
            validate = kind.row_type.model_validate_json
            for _ in range(told["rows"][kind.folder]):
                reading.keep(kind, validate(next(lines)))
    except (ValidationError, ValueError, LookupError, TypeError, StopIteration, RecursionError):
        return None
    return reading


def _store(reading: Reading, file: Path, key: str) -> None:
    """Keep the rows, if each of them comes back the same and the disk takes them."""
    lines: list[bytes] = []
    counts: dict[str, int] = {}
    for kind in KINDS:
        rows = reading.rows(kind.folder)
        counts[kind.folder] = len(rows)
        for row in rows:
            line = row.model_dump_json(exclude_unset=True, by_alias=True).encode()
            if not _is_same(row, line):
                return
            lines.append(line)
    body = b"\n".join(lines)
    told: dict[str, Any] = {"key": key, "body": _digest(body)}
    told |= {"dates": reading.dates, "rows": counts}
    # Imported here: a start that finds its cache writes none.
    from moeplanner_gui.safe_write import write_file_atomically

    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_file_atomically(file, json.dumps(told).encode() + b"\n" + body)


def _is_same(row: BaseModel, line: bytes) -> bool:
    try:
        back = type(row).model_validate_json(line)
    except ValidationError:
        return False
    return back == row and back.model_fields_set == row.model_fields_set
