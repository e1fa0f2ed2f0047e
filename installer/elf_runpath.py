"""Takes the builder's own folders out of the libraries that were built there.

A Python that was compiled on the build machine names that machine's folders as places to look for
libraries (``DT_RUNPATH``). On another computer they do not exist, or somebody else's libraries lie
there. Places that are counted from the library itself (``$ORIGIN``) stay.
"""

from __future__ import annotations

import struct
from pathlib import Path

_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NULL, _DT_STRTAB, _DT_RPATH, _DT_RUNPATH = 0, 5, 15, 29


def forget_builders_folders(file: Path) -> bool:
    """Remove the absolute search path of a 64-bit little-endian ELF file; True when it had one.

    The entries after it move up and the table ends with one more DT_NULL, which every loader takes
    for its end (System V ABI, "Dynamic Section"). Other files are left as they are.
    """
    content = bytearray(file.read_bytes())
    if content[:6] != b"\x7fELF\x02\x01":
        return False
    segments = _segments(content)
    dynamic = next((one for one in segments if one[0] == _PT_DYNAMIC), None)
    if dynamic is None:
        return False
    _, begin, _, size = dynamic
    entries = [struct.unpack_from("<qQ", content, at) for at in range(begin, begin + size, 16)]
    names = next((value for tag, value in entries if tag == _DT_STRTAB), None)
    kept = [
        (tag, value)
        for tag, value in entries
        if tag not in (_DT_RPATH, _DT_RUNPATH)
        or names is None
        or not _text(content, segments, names + value).startswith(b"/")
    ]
    if len(kept) == len(entries):
        return False
    kept += [(_DT_NULL, 0)] * (len(entries) - len(kept))
    for number, entry in enumerate(kept):
        struct.pack_into("<qQ", content, begin + 16 * number, *entry)
    file.write_bytes(content)
    return True


def _segments(content: bytes | bytearray) -> list[tuple[int, int, int, int]]:
    """(type, place in the file, address in memory, size in the file) of each segment."""
    (table,) = struct.unpack_from("<Q", content, 0x20)
    entry_size, count = struct.unpack_from("<HH", content, 0x36)
    found = []
    for number in range(count):
        kind, _, offset, address, _, size = struct.unpack_from(
            "<IIQQQQ", content, table + number * entry_size
        )
        found.append((kind, offset, address, size))
    return found


def _text(
    content: bytes | bytearray, segments: list[tuple[int, int, int, int]], address: int
) -> bytes:
    for kind, offset, begin, size in segments:
        if kind == _PT_LOAD and begin <= address < begin + size:
            at = offset + address - begin
            return bytes(content[at : content.index(b"\0", at)])
    return b""
