"""Where things stand in a JSON text: the line of every key and value, and how deep it nests.

Only used to explain a text that was refused, and to refuse one that nests too deep before any
parser walks into it. Knows nothing about plans.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator

Path = tuple[str | int, ...]

# Possessive, and closed by the end of the text too: an unterminated string is scanned once.
_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_TOKEN = re.compile(
    r'"(?P<text>(?:[^"\\]++|\\.)*+)"|(?P<mark>[\[\]{}:,])|(?P<scalar>[^\s\[\]{}:,"]++)', re.DOTALL
)


def deepest_nesting(text: str, *, limit: int) -> int:
    """How deep brackets nest, strings left out; stops counting at ``limit + 1``."""
    if text.count("[") + text.count("{") <= limit:
        return text.count("[") + text.count("{")
    depth = deepest = 0
    for match in _BRACKET.finditer(text):
        sign = match.group()
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if depth > limit:
                break
        elif sign in "]}":
            depth -= 1
    return deepest


def line_of_offset(text: str, offset: int) -> int:
    """The line, counted from 1, in which a character stands."""
    return text.count("\n", 0, offset) + 1


def lines_by_path(text: str) -> dict[Path, int]:
    """The line of every key and list item of a well-formed JSON text, by its path."""
    return {(): 1, **dict(_walk(text))}


def line_of_repeated_key(text: str) -> int | None:
    """The line where a key is given a second time in the same object."""
    seen: set[Path] = set()
    for path, line in _walk(text):
        if path in seen:
            return line
        seen.add(path)
    return None


def line_of_scalar(text: str, scalar: str) -> int | None:
    """The first line in which a bare word or number stands outside any text."""
    for match in _TOKEN.finditer(text):
        if match.group("scalar") == scalar:
            return line_of_offset(text, match.start())
    return None


def _walk(text: str) -> Iterator[tuple[Path, int]]:
    starts = [match.end() for match in re.finditer("\n", text)]
    path: list[str | int] = []
    # One entry an open bracket: for a list the index of its next item, for an object None.
    open_brackets: list[int | None] = []
    expects_key = False
    for match in _TOKEN.finditer(text):
        line = bisect_right(starts, match.start()) + 1
        mark = match.group("mark")
        in_list = bool(open_brackets) and open_brackets[-1] is not None
        if mark in ("}", "]"):
            if open_brackets:
                open_brackets.pop()
            if path and len(path) > len(open_brackets):
                path.pop()
            continue
        if mark == ",":
            if in_list:
                open_brackets[-1] = (open_brackets[-1] or 0) + 1
            if len(path) >= len(open_brackets) and path:
                path.pop()
            expects_key = not in_list
            continue
        if mark == ":":
            continue
        if expects_key and not in_list and mark is None:
            path.append(_unescaped(match.group("text")))
            yield tuple(path), line
            expects_key = False
            continue
        if in_list:
            path.append(open_brackets[-1] or 0)
            yield tuple(path), line
        if mark == "{":
            open_brackets.append(None)
            expects_key = True
        elif mark == "[":
            open_brackets.append(0)
            expects_key = False


def _unescaped(raw: str | None) -> str:
    if raw is None or "\\" not in raw:
        return raw or ""
    try:
        return str(json.loads(f'"{raw}"'))
    except ValueError:
        return raw
