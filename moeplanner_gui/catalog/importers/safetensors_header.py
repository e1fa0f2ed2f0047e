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
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Final

from moeplanner_gui.catalog.importers.bounded_json import parse_object
from moeplanner_gui.catalog.importers.failure import ImportFailure, shown

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
                    "This is not a safetensors file: it has no length of its header.",
                    offset=len(head),
                )
            (length,) = struct.unpack("<Q", head)
            check_header_length(length, size)
            data = stream.read(length)
        if len(data) < length:
            raise ImportFailure("The file ends within its header.", offset=8 + len(data))
        return tensors_of(data, size - 8 - length), size
    except ImportFailure as failure:
        raise failure.at(path) from None
    except PermissionError:
        raise ImportFailure("You may not read this file.", path=path) from None
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise ImportFailure(f"The file cannot be read: {reason}.", path=path) from None


def check_header_length(length: int, file_bytes: int | None) -> None:
    """Refuse a header that is longer than the file, or than any header is.

    Raises:
        ImportFailure: With the byte the length stands at.
    """
    if length > MAX_HEADER_BYTES:
        raise ImportFailure(
            f"Its header says to be {shown(length)} bytes long; at most {MAX_HEADER_BYTES:,} are"
            " read.",
            field="header length",
            offset=0,
        )
    if length < 2 or (file_bytes is not None and length > file_bytes - 8):
        raise ImportFailure(
            f"Its header says to be {shown(length)} bytes long, which the file does not hold.",
            field="header length",
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
    entries = parse_object(header, what="a safetensors header", start=8)
    entries.pop("__metadata__", None)
    if len(entries) > MAX_TENSORS:
        raise ImportFailure(f"It lists {len(entries):,} tensors; at most {MAX_TENSORS:,} are read.")
    found: list[StoredTensor] = []
    total = 0
    for name, entry in entries.items():
        tensor, end = _tensor(name, entry)
        total += tensor.bytes_
        if data_bytes is not None and end > data_bytes:
            raise ImportFailure(
                f"The file is cut off: {shown(name)} ends at byte {end:,} of its data, and there"
                f" are {data_bytes:,}.",
                field=name,
            )
        found.append(tensor)
    if data_bytes is not None and total > data_bytes:
        raise ImportFailure(
            f"Its tensors add up to {total:,} bytes, and there are {data_bytes:,}: some overlap."
        )
    return found


def _tensor(name: str, entry: Any) -> tuple[StoredTensor, int]:
    label = name if len(name) < 60 and name.isprintable() else shown(name)
    if not isinstance(entry, dict) or len(name) > _MAX_NAME:
        raise ImportFailure(f"The entry of {label} is not that of a tensor.", field=name)
    dtype, shape, offsets = entry.get("dtype"), entry.get("shape"), entry.get("data_offsets")
    if not isinstance(dtype, str) or dtype not in _BITS:
        raise ImportFailure(f"{label} has dtype {shown(dtype)}, which is not known.", field=name)
    if not isinstance(shape, list) or len(shape) > 16 or not all(map(_is_size, shape)):
        raise ImportFailure(f"{label} has a shape that cannot be.", field=name)
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(map(_is_size, offsets)):
        raise ImportFailure(f"{label} has data_offsets that cannot be.", field=name)
    begin, end = offsets
    elements = prod(shape)
    if elements > 2**45 or end - begin != -(-elements * _BITS[dtype] // 8):
        raise ImportFailure(
            f"{label} has {shown(end - begin)} bytes, which is not the size of its shape.",
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
        raise ImportFailure("weight_map is missing or empty.", field="weight_map")
    if len(weight_map) > MAX_TENSORS:
        raise ImportFailure(
            f"weight_map has {len(weight_map):,} entries; at most {MAX_TENSORS:,} are read.",
            field="weight_map",
        )
    for name, file in weight_map.items():
        if not isinstance(file, str) or not _PLAIN_NAME.match(file):
            raise ImportFailure(
                f"weight_map puts {shown(name)} into {shown(file)}, which is not the name of a"
                " safetensors file beside it.",
                field=f"weight_map.{name}",
            )
    if len(set(weight_map.values())) > MAX_SHARDS:
        raise ImportFailure(f"weight_map names more than {MAX_SHARDS:,} files.", field="weight_map")
    head = config.get("metadata")
    total = head.get("total_size") if isinstance(head, Mapping) else None
    if isinstance(total, float) and total.is_integer():
        total = int(total)
    if total is not None and (not _is_size(total) or total == 0):
        raise ImportFailure(
            f"metadata.total_size is {shown(total)}, which is not a size.",
            field="metadata.total_size",
        )
    return ShardIndex(weight_map, total)
