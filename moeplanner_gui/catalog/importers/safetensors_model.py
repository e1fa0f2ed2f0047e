"""A safetensors model on the disk: config.json, index and headers to a row with exact bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from moeplanner_gui.catalog.importers.bounded_json import parse_object
from moeplanner_gui.catalog.importers.failure import ImportFailure, shown
from moeplanner_gui.catalog.importers.hf_config import COUNTED, import_config, slug
from moeplanner_gui.catalog.importers.reading import MAX_CONFIG_BYTES, exists, read_small
from moeplanner_gui.catalog.importers.safetensors_header import (
    MAX_INDEX_BYTES,
    ShardIndex,
    StoredTensor,
    index_of,
    read_safetensors_header,
)
from moeplanner_gui.catalog.importers.safetensors_layout import language_elements, layout_of
from moeplanner_gui.core.model import ModelSpec, Source
from moeplanner_gui.core.tensors import total_parameters
from moeplanner_gui.core.words import say

_SHARD = re.compile(r"(?P<stem>.+)-(?P<no>\d{5})-of-(?P<count>\d{5})\.safetensors\Z")
MAX_SHARDS = 2000
CONFIG = "config.json"
INDEX_SUFFIX = ".safetensors.index.json"

Read = tuple[ModelSpec, str, tuple[str, ...]]
"""The row, what a plan should name as its weights, and what was assumed."""


def read_config(path: Path, name: str) -> tuple[ModelSpec, tuple[str, ...]]:
    """The row of a config.json on the disk.

    Raises:
        ImportFailure: It cannot be read or counted.
    """
    data = read_small(path, MAX_CONFIG_BYTES, say("a config.json"))
    try:
        config = parse_object(data, what=say("a config.json"))
        model = import_config(config, name=name, source=path.name)
    except ImportFailure as failure:
        raise failure.at(path) from None
    return model, notes_of(model)


def notes_of(model: ModelSpec) -> tuple[str, ...]:
    """The notes of a row that was just read from a config.json."""
    note = model.verified_note.removeprefix(COUNTED).strip()
    return (note,) if note else ()


def read_safetensors(path: Path, name: str) -> Read:
    """A model from one of its safetensors files; its shards and config.json lie beside it.

    Raises:
        ImportFailure: Shards or the config.json are missing, or something cannot be read.
    """
    match = _SHARD.match(path.name)
    if match is None:
        files = [path]
    else:
        count = int(match["count"])
        if not 1 <= count <= MAX_SHARDS:
            raise ImportFailure(say("Its name says it is one of {0:,} parts.", count), path=path)
        files = [
            path.with_name(f"{match['stem']}-{n:05d}-of-{count:05d}.safetensors")
            for n in range(1, count + 1)
        ]
        _none_missing([file for file in files if file != path], path)
    config = path.with_name(CONFIG)
    tensors, size = _headers(files)
    if not exists(config):
        values = sum(tensor.elements for tensor in tensors)
        raise ImportFailure(
            say(
                "It holds {0:,} tensors with {1:,} values, and no {2} lies beside it: "
                "only that says which architecture they belong to.",
                len(tensors),
                values,
                CONFIG,
            ),
            path=path,
        )
    return _with_layout(config, name, path, tensors, size)


def _none_missing(files: Sequence[Path], path: Path) -> None:
    missing = [file.name for file in files if not exists(file)]
    if missing:
        listed = ", ".join(shown(name, limit=100) for name in missing[:3])
        more = say(" and {0:,} more", len(missing) - 3) if len(missing) > 3 else ""
        raise ImportFailure(say("Files of it are missing: {0}{1}.", listed, more), path=path)


def _headers(files: Sequence[Path]) -> tuple[list[StoredTensor], int]:
    tensors: list[StoredTensor] = []
    seen: set[str] = set()
    total = 0
    for file in files:
        found, size = read_safetensors_header(file)
        total += size
        for tensor in found:
            if tensor.name in seen:
                raise ImportFailure(
                    say("The tensor {0} is in two files.", shown(tensor.name)),
                    path=file,
                    field=tensor.name,
                )
            seen.add(tensor.name)
            tensors.append(tensor)
    if not tensors:
        raise ImportFailure(say("It holds no tensors."), path=files[0])
    return tensors, total


def _with_layout(
    config: Path, name: str, path: Path, tensors: Sequence[StoredTensor], size: int
) -> Read:
    model, notes = read_config(config, name)
    arch = model.architecture
    stored = language_elements(tensors, arch)
    counted = total_parameters(model)
    if stored is not None and abs(stored - counted) * 1000 > counted:
        raise ImportFailure(
            say(
                "Its files hold {0:,} values, and config.json describes {1:,}: they do "
                "not belong together.",
                stored,
                counted,
            ),
            path=path,
        )
    if stored is not None and stored != counted:
        difference = say(
            "The files hold {0:,} values of the language model, config.json "
            "describes {1:,}; the bytes are those of the files.",
            stored,
            counted,
        )
        notes = (*notes, difference)
    file_id = slug(f"{model.id}-safetensors")
    try:
        file = layout_of(
            tensors, arch, file_id=file_id, label="Checkpoint as it is", file_bytes=size
        )
    except ImportFailure as failure:
        raise failure.at(path) from None
    source = Source(what="weights", source=path.name)
    model = model.model_copy(update={"files": (file,), "sources": (*model.sources, source)})
    return model, file_id, notes


def read_index(path: Path, name: str) -> Read:
    """A model from its index; with the shards beside it, its exact bytes.

    Raises:
        ImportFailure: The index cannot be read, or no config.json lies beside it.
    """
    data = read_small(path, MAX_INDEX_BYTES, say("an index of safetensors files"))
    try:
        index = index_of(parse_object(data, what=say("an index of safetensors files")))
    except ImportFailure as failure:
        raise failure.at(path) from None
    config = path.with_name(CONFIG)
    if not exists(config):
        raise ImportFailure(
            say(
                "It lists {0:,} tensors, and no {1} lies beside it: only that says "
                "which architecture they belong to.",
                len(index.weight_map),
                CONFIG,
            ),
            path=path,
        )
    files = [path.with_name(file) for file in index.files]
    here = [file for file in files if exists(file)]
    if here:
        _none_missing(files, path)
        tensors, size = _headers(files)
        lacking = index.weight_map.keys() - {tensor.name for tensor in tensors}
        if lacking:
            first = min(lacking)
            raise ImportFailure(
                say("{0} is in the index and in no file.", shown(first)),
                path=path,
                field=f"weight_map.{first}",
            )
        return _with_layout(config, name, path, tensors, size)
    model, notes = read_config(config, name)
    return model, "native", (*notes, _index_note(model, index))


def _index_note(model: ModelSpec, index: ShardIndex) -> str:
    said = say("Only the index of its {0:,} files is here", len(index.files))
    if index.total_size is None:
        return say("{0}; the weights are computed from config.json.", said)
    from moeplanner_gui.core.weights import weight_layout

    computed = weight_layout(model, "native", "vllm").total_bytes
    note = say("{0}: it says {1:,} bytes of weights", said, index.total_size)
    if computed == index.total_size:
        return say("{0}, which is what config.json gives.", note)
    return say("{0}, config.json gives {1:,}; the latter is used.", note, computed)
