"""The header of a GGUF file: metadata and the list of tensors. Never reads tensor data.

A reader of our own, and not that of the gguf package (0.19.0): its GGUFReader maps the file and
makes numpy views of every string of the vocabulary: 32 s and 1.1 GB for a file with 200,000 tokens
that this reads in 0.2 s; and it trusts counts, so that a few bytes make it loop or allocate without
end. The package is the oracle of the tests. Layout: docs/gguf.md of ggml, versions 2 and 3.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import BinaryIO, Final

from moeplanner_gui.catalog.importers.failure import ImportFailure, shown
from moeplanner_gui.catalog.importers.gguf_contents import GGML_TYPES, GgufHeader, TensorInfo, Value
from moeplanner_gui.core.words import say

MAX_HEADER_BYTES: Final = 96 * 2**20
MAX_KEYS: Final = 65_536
MAX_TENSORS: Final = 65_536
MAX_STRINGS: Final = 1_500_000
"""Strings in all arrays: twice the vocabulary and merges of the largest tokenizer."""
MAX_KEPT: Final = 4096
"""Arrays up to this length are kept; longer ones are a tokenizer's."""
_MAX_NAME: Final = 256
_MAX_TEXT: Final = 4 * 2**20
_FIRST_CHUNK: Final = 2**16
_LARGEST_CHUNK: Final = 2**21

_SCALARS: Final[Mapping[int, str]] = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_STRING: Final = 8
_ARRAY: Final = 9
_SIZES: Final = {kind: struct.calcsize("<" + code) for kind, code in _SCALARS.items()}


def read_gguf_header(path: Path) -> GgufHeader:
    """Read the header of one file.

    Raises:
        ImportFailure: It is no GGUF file, is cut off, or says what cannot be; names the field
            and the byte.
    """
    try:
        with path.open("rb", buffering=0) as stream:
            size = os.fstat(stream.fileno()).st_size
            return _Reader(path, stream, size).read()
    except ImportFailure as failure:
        raise failure.at(path) from None
    except PermissionError:
        raise ImportFailure(say("You may not read this file."), path=path) from None
    except OSError as error:
        reason = error.strerror or say("it cannot be read")
        raise ImportFailure(say("The file cannot be read: {0}.", reason), path=path) from None


class _Reader:
    """A window over the first bytes of the file, filled as they are asked for."""

    def __init__(self, path: Path, stream: BinaryIO | object, size: int) -> None:
        self._stream: BinaryIO = stream  # type: ignore[assignment]
        self._size = size
        self._window = b""
        self._start = 0  # of the window in the file
        self._at = 0  # in the window
        self._strings_left = MAX_STRINGS
        self._chunk = _FIRST_CHUNK
        self.header = GgufHeader(path, 0, file_bytes=size)

    @property
    def offset(self) -> int:
        return self._start + self._at

    def _fail(self, sentence: str, field: str | None = None) -> ImportFailure:
        return ImportFailure(sentence, field=field, offset=self.offset)

    def _need(self, count: int, what: str) -> None:
        """Have ``count`` bytes in the window, or say that the file ends."""
        have = len(self._window) - self._at
        if have >= count:
            return
        here = self.offset
        if here + count > self._size:
            raise self._fail(say("The file ends within {0}; it is cut off.", what), what)
        if here + count > MAX_HEADER_BYTES:
            raise self._fail(
                say("The header is larger than {0} MiB at {1}.", MAX_HEADER_BYTES // 2**20, what),
                what,
            )
        parts = [self._window[self._at :]]
        missing = count - have
        while missing > 0:
            chunk = self._stream.read(max(missing, self._chunk))
            if not chunk:
                raise self._fail(say("The file ends within {0}; it is cut off.", what), what)
            parts.append(chunk)
            missing -= len(chunk)
        self._start, self._at, self._window = here, 0, b"".join(parts)
        self._chunk = min(2 * self._chunk, _LARGEST_CHUNK)

    def _number(self, code: str, size: int, what: str) -> int:
        self._need(size, what)
        (value,) = struct.unpack_from(code, self._window, self._at)
        self._at += size
        return int(value)

    def _u32(self, what: str) -> int:
        return self._number("<I", 4, what)

    def _u64(self, what: str) -> int:
        return self._number("<Q", 8, what)

    def _skip(self, count: int, what: str) -> None:
        here = self.offset
        if here + count > self._size:
            raise self._fail(say("The file ends within {0}; it is cut off.", what), what)
        if here + count > MAX_HEADER_BYTES:
            raise self._fail(
                say("The header is larger than {0} MiB at {1}.", MAX_HEADER_BYTES // 2**20, what),
                what,
            )
        if self._at + count <= len(self._window):
            self._at += count
            return
        self._stream.seek(here + count)
        self._start, self._at, self._window = here + count, 0, b""

    def _text(self, limit: int, what: str) -> str:
        begin = self.offset
        length = self._u64(what)
        if length > limit:
            raise ImportFailure(
                say(
                    "{0} is a text of {1} bytes; at most {2:,} are possible.",
                    what,
                    shown(length),
                    limit,
                ),
                field=what,
                offset=begin,
            )
        self._need(length, what)
        raw = self._window[self._at : self._at + length]
        self._at += length
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ImportFailure(
                say("{0} is not UTF-8 text.", what), field=what, offset=begin + 8 + error.start
            ) from None

    def read(self) -> GgufHeader:
        self._need(4, say("its first four bytes"))
        magic = self._window[:4]
        if magic != b"GGUF":
            if magic[::-1] == b"GGUF":
                raise self._fail(say("This GGUF file is big-endian, which is not read."), "magic")
            raise self._fail(say("This is not a GGUF file: it does not begin with GGUF."), "magic")
        self._at = 4
        version = self._u32("version")
        if version not in (2, 3):
            raise ImportFailure(
                say("Its GGUF version is {0:,}; 2 and 3 are read.", version),
                field="version",
                offset=4,
            )
        self.header.version = version
        tensors, keys = self._u64("tensor_count"), self._u64("metadata_kv_count")
        for name, count, limit, offset in (
            ("tensor_count", tensors, MAX_TENSORS, 8),
            ("metadata_kv_count", keys, MAX_KEYS, 16),
        ):
            if count > limit:
                raise ImportFailure(
                    say("{0} is {1}; at most {2:,} are possible.", name, shown(count), limit),
                    field=name,
                    offset=offset,
                )
        for index in range(keys):
            self._pair(index)
        self._tensor_list(tensors)
        return self.header

    def _pair(self, index: int) -> None:
        begin = self.offset
        key = self._text(65_535, say("the name of metadata key {0:,}", index + 1))
        if not key:
            raise ImportFailure(say("Metadata key {0:,} has no name.", index + 1), offset=begin)
        if key in self.header.metadata:
            raise ImportFailure(
                say("The metadata key {0} is given twice.", shown(key)), field=key, offset=begin
            )
        kind = self._u32(shown(key))
        self.header.metadata[key] = self._value(key, kind)

    def _value(self, key: str, kind: int) -> Value:
        label = shown(key)
        if kind in _SCALARS:
            self._need(_SIZES[kind], label)
            (value,) = struct.unpack_from("<" + _SCALARS[kind], self._window, self._at)
            self._at += _SIZES[kind]
            return value  # type: ignore[no-any-return]
        if kind == _STRING:
            return self._text(_MAX_TEXT, label)
        if kind == _ARRAY:
            return self._array(key, label)
        raise self._fail(say("{0} is of type {1:,}, which GGUF does not have.", label, kind), key)

    def _array(self, key: str, label: str) -> Value:
        kind = self._u32(label)
        begin = self.offset
        count = self._u64(label)
        self.header.lengths[key] = count
        if kind in _SCALARS:
            size = _SIZES[kind]
            if count > MAX_KEPT:
                if count * size > self._size:
                    raise self._cut(label, count, begin)
                self._skip(count * size, label)
                return None
            self._need(count * size, label)
            values = struct.unpack_from(f"<{count}{_SCALARS[kind]}", self._window, self._at)
            self._at += count * size
            return values
        if kind == _STRING:
            if count > self._strings_left:
                raise ImportFailure(
                    say(
                        "{0} has {1} texts; at most {2:,} are read.",
                        label,
                        shown(count),
                        MAX_STRINGS,
                    ),
                    field=key,
                    offset=begin,
                )
            if count * 8 > self._size:
                raise self._cut(label, count, begin)
            self._strings_left -= count
            self._skip_texts(count, label)
            return None
        raise self._fail(
            say("{0} is a list of type {1:,}, which cannot be read.", label, kind), key
        )

    def _cut(self, label: str, count: int, begin: int) -> ImportFailure:
        return ImportFailure(
            say(
                "{0} has {1} entries, more than the file holds; it is cut off.", label, shown(count)
            ),
            field=label,
            offset=begin,
        )

    def _skip_texts(self, count: int, label: str) -> None:
        unpack = struct.Struct("<Q").unpack_from
        remaining = count
        while remaining:
            self._need(8, label)
            window, at = self._window, self._at
            last = len(window) - 8
            # The loop over a vocabulary: nothing but the lengths is looked at.
            while remaining and at <= last:
                (length,) = unpack(window, at)
                if length > _MAX_TEXT:
                    self._at = at
                    raise self._fail(
                        say(
                            "{0} holds a text of {1} bytes; at most {2:,} are possible.",
                            label,
                            shown(length),
                            _MAX_TEXT,
                        ),
                        label,
                    )
                after = at + 8 + length
                if after > len(window):
                    self._at = at
                    self._need(8 + length, label)
                    window, at = self._window, self._at
                    last = len(window) - 8
                    after = at + 8 + length
                at = after
                remaining -= 1
            self._at = at

    def _tensor_list(self, count: int) -> None:
        header = self.header
        alignment = header.metadata.get("general.alignment", 32)
        if (
            isinstance(alignment, bool)
            or not isinstance(alignment, int)
            or not 1 <= alignment <= 2**20
            or alignment & (alignment - 1)
        ):
            raise ImportFailure(
                say("general.alignment is {0}; it must be a power of two.", shown(alignment)),
                field="general.alignment",
            )
        names: set[str] = set()
        end = 0
        for index in range(count):
            begin = self.offset
            info, offset = self._tensor(index)
            if info.name in names:
                raise ImportFailure(
                    say("The tensor {0} is given twice.", shown(info.name)),
                    field=info.name,
                    offset=begin,
                )
            names.add(info.name)
            if offset % alignment:
                raise ImportFailure(
                    say(
                        "The tensor {0} starts at {1:,}, which is no multiple of {2}.",
                        shown(info.name),
                        offset,
                        alignment,
                    ),
                    field=info.name,
                    offset=begin,
                )
            end = max(end, offset + info.bytes_)
            header.tensors.append(info)
        data = -(-self.offset // alignment) * alignment
        if count and data + end > header.file_bytes:
            raise ImportFailure(
                say(
                    "The file is cut off: its tensors need {0:,} bytes, and it has {1:,}.",
                    data + end,
                    header.file_bytes,
                ),
                field=header.tensors[-1].name,
                offset=header.file_bytes,
            )

    def _tensor(self, index: int) -> tuple[TensorInfo, int]:
        begin = self.offset
        name = self._text(_MAX_NAME, say("the name of tensor {0:,}", index + 1))
        label = shown(name) or say("tensor {0:,}", index + 1)
        dimensions = self._u32(label)
        if not 1 <= dimensions <= 4:
            raise ImportFailure(
                say("The tensor {0} has {1:,} dimensions; 1 to 4 are possible.", label, dimensions),
                field=name,
                offset=begin,
            )
        shape = tuple(self._u64(label) for _ in range(dimensions))
        kind = self._u32(label)
        offset = self._u64(label)
        if kind not in GGML_TYPES:
            raise ImportFailure(
                say("The tensor {0} is of ggml type {1:,}, which is not known.", label, kind),
                field=name,
                offset=begin,
            )
        type_name, block, block_bytes = GGML_TYPES[kind]
        if min(shape) < 1 or prod(shape) > 2**45 or offset > 2**50:
            raise ImportFailure(
                say(
                    "The tensor {0} has a size that cannot be: {1} values.",
                    label,
                    shown(prod(shape)),
                ),
                field=name,
                offset=begin,
            )
        if shape[0] % block:
            raise ImportFailure(
                say(
                    "The rows of tensor {0} are {1:,} values long, no multiple of the {2} of {3}.",
                    label,
                    shape[0],
                    block,
                    type_name,
                ),
                field=name,
                offset=begin,
            )
        size = prod(shape) // block * block_bytes
        return TensorInfo(name, shape, type_name, size), offset
