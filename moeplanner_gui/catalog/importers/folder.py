"""A folder of files: which of them make a model."""

from __future__ import annotations

import os
from dataclasses import field
from pathlib import Path

from moeplanner_gui.catalog.importers.failure import ImportFailure, shown
from moeplanner_gui.catalog.importers.gguf_file import split_stem
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

MAX_ENTRIES = 20_000
_NOT_MODELS = ("mmproj", "imatrix", "tokenizer", "ggml-vocab")
"""GGUF files that lie beside a model and are none: vision projectors, statistics, vocabularies."""


@dataclass
class FolderContents:
    """What lies in a folder, by kind.

    Attributes:
        config: Its config.json.
        index: Its index of safetensors files; the plainly named one before others.
        safetensors: Single files and first shards.
        gguf: One file of each GGUF model, a part for a split one.
    """

    config: Path | None = None
    index: Path | None = None
    safetensors: list[Path] = field(default_factory=list)
    gguf: dict[str, Path] = field(default_factory=dict)


def contents_of(folder: Path) -> FolderContents:
    """List a folder, without opening any file in it.

    Raises:
        ImportFailure: It cannot be listed, or has more entries than a model's folder.
    """
    found = FolderContents()
    names: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                names.append(entry.name)
                if len(names) > MAX_ENTRIES:
                    raise ImportFailure(
                        say("This folder has more than {0:,} entries.", MAX_ENTRIES), path=folder
                    )
    except PermissionError:
        raise ImportFailure(say("You may not read this folder."), path=folder) from None
    except OSError as error:
        reason = error.strerror or say("it cannot be listed")
        raise ImportFailure(say("The folder cannot be read: {0}.", reason), path=folder) from None
    for name in sorted(names):
        path, lowered = folder / name, name.lower()
        if lowered == "config.json":
            found.config = path
        elif lowered.endswith(".safetensors.index.json"):
            if found.index is None or lowered == "model.safetensors.index.json":
                found.index = path
        elif lowered.endswith(".safetensors"):
            if not lowered.startswith(("adapter", "consolidated")):
                found.safetensors.append(path)
        elif lowered.endswith(".gguf") and not any(word in lowered for word in _NOT_MODELS):
            found.gguf.setdefault(split_stem(path) or name, path)
    return found


def nothing_here(folder: Path) -> ImportFailure:
    """What to say about a folder without a model."""
    return ImportFailure(
        say("No config.json, .safetensors or .gguf file lies in this folder."), path=folder
    )


def several(folder: Path, names: list[str]) -> ImportFailure:
    """What to say about a folder with files of different models."""
    listed = ", ".join(shown(name, limit=80) for name in names[:4])
    more = say(" and {0:,} more", len(names) - 4) if len(names) > 4 else ""
    return ImportFailure(
        say("Several models lie in this folder: {0}{1}. Choose one of the files.", listed, more),
        path=folder,
    )
