"""The one way in: a path, whatever lies there, to a model row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from moeplanner_gui.catalog.importers.failure import ImportFailure
from moeplanner_gui.catalog.importers.folder import (
    FolderContents,
    contents_of,
    nothing_here,
    several,
)
from moeplanner_gui.catalog.importers.gguf_file import read_gguf
from moeplanner_gui.catalog.importers.hf_vision import TOWER_NOT_COUNTED
from moeplanner_gui.catalog.importers.reading import kind_of
from moeplanner_gui.catalog.importers.safetensors_model import (
    INDEX_SUFFIX,
    read_config,
    read_index,
    read_safetensors,
)
from moeplanner_gui.catalog.importers.same_model import is_same_architecture, matching_row
from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

NATIVE = "native"
MAX_FILES = 32
"""GGUF files of one folder that are read as files of one model."""


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
        note = say("The size of the vision tower is that of {0} in the catalogue.", row.name)
        notes = tuple(n for n in notes if n != TOWER_NOT_COUNTED)
        notes = (*notes, note)
        model = model.model_copy(update={"architecture": arch, "verified_note": _with_notes(notes)})
    return replace(found, model=model, notes=notes, matches=row.id)


def _is_text_only(model: ModelSpec) -> bool:
    # A GGUF file holds the language model alone; the tower is a file of its own.
    return any(file.container == "gguf" for file in model.files)


def _with_notes(notes: Sequence[str]) -> str:
    return " ".join(["Read from its own files.", *notes])


def _read(path: Path) -> Imported:
    if kind_of(path) == "folder":
        return _from_folder(path)
    name, lowered = _name_for(path), path.name.lower()
    if lowered.endswith(".gguf"):
        model, file, notes = read_gguf(path)
        return Imported(model, file.id, notes, None)
    if lowered.endswith(".safetensors"):
        return Imported(*read_safetensors(path, name), None)
    if lowered.endswith(INDEX_SUFFIX):
        return Imported(*read_index(path, name), None)
    if lowered.endswith(".json"):
        return _from_json(path, name)
    return _by_content(path, name)


def _from_json(path: Path, name: str) -> Imported:
    model, notes = read_config(path, name)
    return Imported(model, NATIVE, notes, None)


def _by_content(path: Path, name: str) -> Imported:
    """A file whose name says nothing: a GGUF file tells itself by its first bytes."""
    try:
        with path.open("rb") as stream:
            head = stream.read(4)
    except PermissionError:
        raise ImportFailure(say("You may not read this file."), path=path) from None
    except OSError as error:
        raise ImportFailure(
            say("The file cannot be read: {0}.", error.strerror), path=path
        ) from None
    if head == b"GGUF":
        model, file, notes = read_gguf(path)
        return Imported(model, file.id, notes, None)
    raise ImportFailure(
        say(
            "A model is read from a config.json, a .safetensors file or its index, "
            "a .gguf file, or a folder of them; this is none of these."
        ),
        path=path,
    )


def _from_folder(folder: Path) -> Imported:
    found = contents_of(folder)
    name = _name_of_folder(folder)
    if found.config is not None:
        imported = _from_checkpoint(found, found.config, name)
        if found.gguf:
            note = say(
                "The folder also holds {0:,} GGUF models; choose one of those files to import it.",
                len(found.gguf),
            )
            imported = replace(imported, notes=(*imported.notes, note))
        return imported
    if found.gguf:
        return _from_ggufs(folder, found)
    if found.index is not None or found.safetensors:
        return Imported(
            *(
                read_index(found.index, name)
                if found.index is not None
                else read_safetensors(found.safetensors[0], name)
            ),
            None,
        )
    raise nothing_here(folder)


def _from_checkpoint(found: FolderContents, config: Path, name: str) -> Imported:
    if found.index is not None:
        return Imported(*read_index(found.index, name), None)
    stems = {re.sub(r"-\d{5}-of-\d{5}$", "", path.stem) for path in found.safetensors}
    if len(stems) > 1:
        raise several(config.parent, sorted(path.name for path in found.safetensors))
    if found.safetensors:
        return Imported(*read_safetensors(found.safetensors[0], name), None)
    return _from_json(config, name)


def _from_ggufs(folder: Path, found: FolderContents) -> Imported:
    """One GGUF model, or several files of the same one, such as its recipes."""
    if len(found.gguf) > MAX_FILES:
        raise several(folder, sorted(found.gguf))
    first: Imported | None = None
    for path in found.gguf.values():
        model, file, notes = read_gguf(path)
        if first is None:
            first = Imported(model, file.id, notes, None)
        elif not is_same_architecture(first.model.architecture, model.architecture):
            raise several(folder, sorted(found.gguf))
        else:
            files = (*first.model.files, file)
            merged = first.model.model_copy(update={"files": files})
            first = replace(first, model=merged, notes=tuple(dict.fromkeys((*first.notes, *notes))))
    assert first is not None
    if len(first.model.files) > 1:
        note = say(
            "The folder holds {0:,} files of this model; all are listed.", len(first.model.files)
        )
        first = replace(first, notes=(*first.notes, note))
    return first


def _name_of_folder(folder: Path) -> str:
    name = folder.absolute().name
    # A snapshot in the cache of huggingface_hub: models--ORG--NAME/snapshots/HASH.
    if re.fullmatch(r"[0-9a-f]{40}", name):
        name = folder.absolute().parent.parent.name.removeprefix("models--")
    return clean_name(name)


def _name_for(path: Path) -> str:
    """A name for the model: the folder's when the file is only called config.json."""
    stem = re.sub(r"-\d{5}-of-\d{5}$", "", path.name.rsplit(".", 1)[0])
    if stem.lower().removesuffix(".safetensors.index") in ("config", "model", "pytorch_model"):
        return _name_of_folder(path.absolute().parent)
    return clean_name(stem)


def clean_name(text: str) -> str:
    """A name that can be shown: one line, not long, ``--`` read as the slash it stands for."""
    printable = "".join(char if char.isprintable() else " " for char in text.replace("--", "/"))
    return " ".join(printable.split())[:120] or "Imported model"
