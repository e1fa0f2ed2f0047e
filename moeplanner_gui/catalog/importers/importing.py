"""The one way in: a path, whatever lies there, to a model row."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from moeplanner_gui.catalog.importers.bounded_json import parse_object
from moeplanner_gui.catalog.importers.failure import ImportFailure
from moeplanner_gui.catalog.importers.gguf_file import read_gguf
from moeplanner_gui.catalog.importers.hf_config import import_config
from moeplanner_gui.catalog.importers.same_model import matching_row
from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.core.model import ModelSpec

MAX_CONFIG_BYTES = 4 * 2**20
"""Eighty times the largest config.json seen, one that lists every quantised module."""
NATIVE = "native"


@dataclass(frozen=True, slots=True)
class Imported:
    """What was read.

    Attributes:
        model: The row, not saved anywhere yet.
        weights: What a plan should name as its weights: the id of one of ``model.files``, or
            ``native``; None when nothing is known of them.
        notes: What was assumed, in sentences.
        matches: The id of the catalogue row with the same architecture.
    """

    model: ModelSpec
    weights: str | None
    notes: tuple[str, ...]
    matches: str | None


def import_path(path: Path, catalog: Catalog | None = None) -> Imported:
    """Read a model from a file or a folder; headers only, however large the files are.

    Args:
        path: A config.json, a .safetensors file or its index, a .gguf file (one part of a split
            file stands for all), or a folder that holds such files.
        catalog: The rows to compare with; the shipped and the user's own when left out.

    Raises:
        ImportFailure: Nothing can be read from it; names the file and the field or offset.
    """
    found = _read(Path(path))
    return compared(found, catalog if catalog is not None else load_catalog(), (path.name,))


def compared(found: Imported, catalog: Catalog, hints: Sequence[str]) -> Imported:
    """The import with the catalogue row of the same architecture, and what only the row knows."""
    row = matching_row(found.model, catalog.models, hints)
    if row is None:
        return found
    model, notes = found.model, found.notes
    vision = row.architecture.vision_parameters
    if vision and not model.architecture.vision_parameters and not _is_text_only(model):
        arch = model.architecture.model_copy(update={"vision_parameters": vision})
        note = f"The size of the vision tower is that of {row.name} in the catalogue."
        notes = tuple(n for n in notes if not n.startswith("The vision tower is not counted"))
        notes = (*notes, note)
        model = model.model_copy(update={"architecture": arch, "verified_note": _with_notes(notes)})
    return replace(found, model=model, notes=notes, matches=row.id)


def _is_text_only(model: ModelSpec) -> bool:
    # A GGUF file holds the language model alone; the tower is a file of its own.
    return any(file.container == "gguf" for file in model.files)


def _with_notes(notes: Sequence[str]) -> str:
    return " ".join(["Read from its own files.", *notes])


def _read(path: Path) -> Imported:
    kind = _kind_of(path)
    if kind == "folder":
        raise ImportFailure("Folders cannot be read yet.", path=path)
    if path.name.lower().endswith(".json"):
        return _from_config(path)
    if path.name.lower().endswith(".gguf"):
        model, file, notes = read_gguf(path)
        return Imported(model, file.id, notes, None)
    raise ImportFailure("This is not a kind of file that a model can be read from.", path=path)


def _kind_of(path: Path) -> str:
    """``file`` or ``folder``; anything else is refused."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise ImportFailure("There is no such file.", path=path) from None
    except PermissionError:
        raise ImportFailure("You may not read this file.", path=path) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not a path"
        raise ImportFailure(f"The file cannot be read: {reason}.", path=path) from None
    if stat.S_ISDIR(mode):
        return "folder"
    if not stat.S_ISREG(mode):
        # A pipe or a device would block, or never end.
        raise ImportFailure("This is not a regular file.", path=path)
    return "file"


def read_small(path: Path, limit: int, what: str) -> bytes:
    """The bytes of a small file.

    Raises:
        ImportFailure: It cannot be read, or is larger than ``limit``.
    """
    _kind_of(path)
    try:
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > limit:
                raise ImportFailure(
                    f"This is not {what}: it is {size / 10**6:,.1f} MB large; at most"
                    f" {limit / 10**6:,.1f} MB are read.",
                    path=path,
                )
            return stream.read(limit + 1)
    except PermissionError:
        raise ImportFailure("You may not read this file.", path=path) from None
    except OSError as error:
        raise ImportFailure(f"The file cannot be read: {error.strerror}.", path=path) from None


def _from_config(path: Path) -> Imported:
    data = read_small(path, MAX_CONFIG_BYTES, "a config.json")
    try:
        config = parse_object(data, what="a config.json")
        if "weight_map" in config:
            raise ImportFailure("This is an index of safetensors files, not a config.json.")
        model = import_config(config, name=_name_for(path), source=path.name)
    except ImportFailure as failure:
        raise failure.at(path) from None
    note = model.verified_note.removeprefix("Counted from config.json.").strip()
    return Imported(model, NATIVE, tuple([note] if note else []), None)


def _name_for(path: Path) -> str:
    """A name for the model: the folder's when the file is only called config.json."""
    stem = path.name.rsplit(".", 1)[0]
    if stem.lower() in ("config", "model", "model.safetensors.index"):
        stem = path.absolute().parent.name or stem
    return stem.replace("--", "/") or "Imported model"
