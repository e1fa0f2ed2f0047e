"""A pasted or opened log as plain lines: what terminals, containers and editors did to it undone.

The line numbers stay those of the text: a line is what a newline ends.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from typing import Final

MOST_BYTES: Final = 64 * 2**20
"""What is read of a file. A start is a few hundred kilobytes; what comes after are requests."""
MOST_CHARACTERS: Final = 64 * 2**20
_PIECE: Final = 2**18

_ESCAPE = re.compile(
    r"\x1b\[[0-?]{0,40}[ -/]{0,4}[@-~]"
    r"|\x1b\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)?"
    r"|\x1b[@-Z\\-_]?"
    # Colours whose escape character was lost on the way through a browser or an editor.
    r"|(?:\^\[|\u241b)?\[(?:\d{1,3}(?:;\d{1,3}){0,4})?m"
)
_NOT_SHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_SPACES = re.compile(r"\s{2,}")
_BEFORE = re.compile(
    r"^(?:[\w.-]{1,64}\s+\| )?"  # docker compose names the container
    r"(?:\d{4}-\d\d-\d\d[T ][\d:.,]{5,18}(?:Z|[+-]\d\d:?\d\d)? )?"
    r"(?:\d{1,4}\.\d\d\.\d{3}\.\d{3} [A-Z] )?"  # llama.cpp's own clock and level
)
LONGEST_SHOWN: Final = 160


def decode_log(data: bytes) -> str:
    """The text of a file, whatever wrote it; what is no text becomes a replacement character.

    PowerShell writes UTF-16 when output is sent to a file.
    """
    data = data[:MOST_BYTES]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if data[:400].count(b"\x00") > len(data[:400]) // 3:
        return data.decode("utf-16-le" if data[1:2] == b"\x00" else "utf-16-be", errors="replace")
    return data.decode("utf-8-sig", errors="replace")


def plain_lines(text: str) -> list[str]:
    """Lines without their ends; nothing else is changed yet, :func:`plain` does one of them."""
    end = "\n" if "\n" in text else "\r"
    # Piece by piece: splitting ten megabytes at once would let no other thread run meanwhile.
    found: list[str] = []
    for piece in pieces(text, end):
        found += piece.split(end)
        if piece.endswith(end):
            found.pop()
    if not text or text.endswith(end):
        found.append("")
    return found


def pieces(text: str, end: str = "\n") -> Iterator[str]:
    """The text in pieces of whole lines where there are lines, none much longer than a piece."""
    start = 0
    while start < len(text):
        at = text.find(end, start + _PIECE, start + 2 * _PIECE)
        stop = at + 1 if at >= 0 else start + 2 * _PIECE
        if at < 0 and stop < len(text):
            # A line longer than a piece stays whole: it is one line, whatever its length.
            at = text.find(end, stop)
            stop = at + 1 if at >= 0 else len(text)
        yield text[start:stop]
        start = stop


def plain(line: str) -> str:
    """One line without colours, control characters and the wrapping of Docker's own log files."""
    if line.startswith('{"log":"'):
        with contextlib.suppress(ValueError, KeyError, TypeError, RecursionError):
            line = str(json.loads(line)["log"])
    if "\x1b" in line or ("m" in line and "[" in line):
        line = _ESCAPE.sub("", line)
    return line.replace("\x00", "").rstrip()


def shown(line: str, most: int = LONGEST_SHOWN) -> str:
    """A line as it can be shown anywhere: one line, nothing that turns or steers text, cut."""
    text = _SPACES.sub(" ", _NOT_SHOWN.sub("", _BEFORE.sub("", line[: 4 * most]))).strip()
    return text if len(text) <= most else f"{text[: most - 1]}…"
