"""The header of a safetensors file and the index of a set of them. Never reads tensor data.

The layout is eight bytes of length, then JSON: read here and not by the safetensors package,
whose reader maps the whole file and, in release 0.8, takes a header of 100 MB. Layout: the
format's own description (README of huggingface/safetensors).
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any, Final

from moeplanner_gui.catalog.importers.bounded_json import parse_object
from moeplanner_gui.catalog.importers.failure import ImportFailure, shown
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

MAX_HEADER_BYTES: Final = 6 * 2**20
"""A header of 40,000 tensors; shards have some thousand."""
MAX_INDEX_BYTES: Final = 64 * 2**20
MAX_TENSORS: Final = 2**20
MAX_SHARDS: Final = 2000
_MAX_NAME: Final = 1024
_BITS: Final[Mapping[str, int]] = {
    "BOOL": 8,
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "U8": 8,
    "I8": 8,
    "F8_E4M3": 8,
    "F8_E5M2": 8,
    "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8,
    "I16": 16,
    "U16": 16,
    "F16": 16,
    "BF16": 16,
    "I32": 32,
    "U32": 32,
    "F32": 32,
    "C64": 64,
    "F64": 64,
    "I64": 64,
    "U64": 64,
}


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """One tensor: its name in the checkpoint, ``dtype``, shape and bytes."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    bytes_: int

    @property
    def elements(self) -> int:
        """How many values it holds."""
        return prod(self.shape)


def read_safetensors_header(path: Path) -> tuple[list[StoredTensor], int]:
    """The tensors of one file, and the size of the file in bytes.

    Raises:
        ImportFailure: It is no such file, is cut off, or says what cannot be.
    """
    try:
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            head = stream.read(8)
            if len(head) < 8:
                raise ImportFailure(
                    say("This is not a safetensors file: it has no length of its header."),
                    offset=len(head),
                )
            (length,) = struct.unpack("<Q", head)
            check_header_length(length, size)
            data = stream.read(length)
        if len(data) < length:
            raise ImportFailure(say("The file ends within its header."), offset=8 + len(data))
        return tensors_of(data, size - 8 - length), size
    except ImportFailure as failure:
        raise failure.at(path) from None
    except PermissionError:
        raise ImportFailure(say("You may not read this file."), path=path) from None
    except OSError as error:
        reason = error.strerror or say("it cannot be read")
        raise ImportFailure(say("The file cannot be read: {0}.", reason), path=path) from None


def check_header_length(length: int, file_bytes: int | None) -> None:
    """Refuse a header that is longer than the file, or than any header is.

    Raises:
        ImportFailure: With the byte the length stands at.
    """
    if length > MAX_HEADER_BYTES:
        raise ImportFailure(
            say(
                "Its header says to be {0} bytes long; at most {1:,} are read.",
                shown(length),
                MAX_HEADER_BYTES,
            ),
            field=say("header length"),
            offset=0,
        )
    if length < 2 or (file_bytes is not None and length > file_bytes - 8):
        raise ImportFailure(
            say(
                "Its header says to be {0} bytes long, which the file does not hold.", shown(length)
            ),
            field=say("header length"),
            offset=0,
        )


def tensors_of(header: bytes, data_bytes: int | None) -> list[StoredTensor]:
    """The tensors that a header lists.

    Args:
        header: The JSON.
        data_bytes: How many bytes of data the file has behind it; None when not known.

    Raises:
        ImportFailure: Names the tensor that cannot be.
    """
    entries = parse_object(header, what=say("a safetensors header"), start=8)
    entries.pop("__metadata__", None)
    if len(entries) > MAX_TENSORS:
        raise ImportFailure(
            say("It lists {0:,} tensors; at most {1:,} are read.", len(entries), MAX_TENSORS)
        )
    found: list[StoredTensor] = []
    total = 0
    for name, entry in entries.items():
        tensor, end = _tensor(name, entry)
        total += tensor.bytes_
        if data_bytes is not None and end > data_bytes:
            raise ImportFailure(
                say(
                    "The file is cut off: {0} ends at byte {1:,} of its data, and there are {2:,}.",
                    shown(name),
                    end,
                    data_bytes,
                ),
                field=name,
            )
        found.append(tensor)
    if data_bytes is not None and total > data_bytes:
        raise ImportFailure(
            say(
                "Its tensors add up to {0:,} bytes, and there are {1:,}: some overlap.",
                total,
                data_bytes,
            )
        )
    return found


def _tensor(name: str, entry: Any) -> tuple[StoredTensor, int]:
    label = name if len(name) < 60 and name.isprintable() else shown(name)
    if not isinstance(entry, dict) or len(name) > _MAX_NAME:
        raise ImportFailure(say("The entry of {0} is not that of a tensor.", label), field=name)
    dtype, shape, offsets = entry.get("dtype"), entry.get("shape"), entry.get("data_offsets")
    if not isinstance(dtype, str) or dtype not in _BITS:
        raise ImportFailure(
            say("{0} has dtype {1}, which is not known.", label, shown(dtype)), field=name
        )
    if not isinstance(shape, list) or len(shape) > 16 or not all(map(_is_size, shape)):
        raise ImportFailure(say("{0} has a shape that cannot be.", label), field=name)
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(map(_is_size, offsets)):
        raise ImportFailure(say("{0} has data_offsets that cannot be.", label), field=name)
    begin, end = offsets
    elements = prod(shape)
    if elements > 2**45 or end - begin != -(-elements * _BITS[dtype] // 8):
        raise ImportFailure(
            say(
                "{0} has {1} bytes, which is not the size of its shape.", label, shown(end - begin)
            ),
            field=name,
        )
    return StoredTensor(name, dtype, tuple(shape), end - begin), end


def _is_size(value: object) -> bool:
    return type(value) is int and 0 <= value <= 2**50


_PLAIN_NAME = re.compile(r"[^/\\\0]{1,255}\.safetensors\Z")


@dataclass(frozen=True)
class ShardIndex:
    """A model.safetensors.index.json: which file holds which tensor."""

    weight_map: Mapping[str, str]
    total_size: int | None

    @property
    def files(self) -> tuple[str, ...]:
        """The files, each once, in the order of their names."""
        return tuple(sorted(set(self.weight_map.values())))


def index_of(config: Mapping[str, Any]) -> ShardIndex:
    """Read a parsed index.

    Raises:
        ImportFailure: It is no index, or names files outside its folder.
    """
    weight_map = config.get("weight_map")
    if not isinstance(weight_map, Mapping) or not weight_map:
        raise ImportFailure(say("weight_map is missing or empty."), field="weight_map")
    if len(weight_map) > MAX_TENSORS:
        raise ImportFailure(
            say(
                "weight_map has {0:,} entries; at most {1:,} are read.",
                len(weight_map),
                MAX_TENSORS,
            ),
            field="weight_map",
        )
    for name, file in weight_map.items():
        if not isinstance(file, str) or not _PLAIN_NAME.match(file):
            raise ImportFailure(
                say(
                    "weight_map puts {0} into {1}, which is not the name of a safetensors "
                    "file beside it.",
                    shown(name),
                    shown(file),
                ),
                field=f"weight_map.{name}",
            )
    if len(set(weight_map.values())) > MAX_SHARDS:
        raise ImportFailure(
            say("weight_map names more than {0:,} files.", MAX_SHARDS), field="weight_map"
        )
    head = config.get("metadata")
    total = head.get("total_size") if isinstance(head, Mapping) else None
    if isinstance(total, float) and total.is_integer():
        total = int(total)
    if total is not None and (not _is_size(total) or total == 0):
        raise ImportFailure(
            say("metadata.total_size is {0}, which is not a size.", shown(total)),
            field="metadata.total_size",
        )
    return ShardIndex(weight_map, total)
