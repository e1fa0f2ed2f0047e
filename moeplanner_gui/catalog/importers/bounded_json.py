"""JSON from a stranger: size, nesting and keys are checked; the failure names line or key."""

from __future__ import annotations

import json
import re
from typing import Any

from moeplanner_gui.catalog.importers.failure import ImportFailure, shown
from moeplanner_gui.core.words import say

MAX_DEPTH = 64
_MAX_DIGITS = 400
# Possessive: a text that never ends must not fill the matcher's stack, 30 bytes a character.
_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[{]|[\]}]', re.DOTALL)


class _Refused(Exception):
    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Refused(say("The key {0} is given twice.", shown(key)), key)
            seen.add(key)
    return found


def _whole_number(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise _Refused(say("A number has {0:,} digits.", len(digits)))
    return int(digits)


_DECODER = json.JSONDecoder(object_pairs_hook=_unique_keys, parse_int=_whole_number)


def _too_deep(text: str) -> int | None:
    """The offset of the bracket that nests too deeply, for the sentence about it."""
    depth = 0
    for match in _BRACKETS.finditer(text):
        token = match.group()[0]
        if token in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return match.start()
        elif token in "]}":
            depth -= 1
    return None


def parse_object(data: bytes, *, what: str, start: int = 0) -> dict[str, Any]:
    """Read one JSON object.

    NaN and Infinity are read, as Python writes them and published configurations hold them; a
    field that needs a size refuses them.

    Args:
        data: UTF-8, with or without a byte order mark.
        what: What the text should be, for the sentence: ``a config.json``.
        start: Where the text begins in its file, for the offset of the failure.

    Raises:
        ImportFailure: The text is no such object; names the offset, or the key given twice.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportFailure(
            say("This is not {0}: it is not UTF-8 text.", what), offset=start + error.start
        ) from None
    if not text.strip():
        raise ImportFailure(say("This is not {0}: it is empty.", what), offset=start)
    try:
        found = _DECODER.decode(text)
    except _Refused as refused:
        raise ImportFailure(str(refused), field=refused.field) from None
    except json.JSONDecodeError as error:
        offset = start + len(text[: error.pos].encode("utf-8", "surrogatepass"))
        if not text[error.pos :].strip() or error.msg.startswith("Unterminated"):
            raise ImportFailure(
                say("The text ends here; the file is cut off."), offset=offset
            ) from None
        seen = shown(text[error.pos : error.pos + 20].split("\n")[0])
        raise ImportFailure(say("This is not JSON, at “{0}”.", seen), offset=offset) from None
    except RecursionError:
        raise ImportFailure(
            say("This is not {0}: it nests more than {1} brackets deep.", what, MAX_DEPTH),
            offset=start + len(text[: _too_deep(text)].encode("utf-8", "surrogatepass")),
        ) from None
    except ValueError:
        raise ImportFailure(say("This is not {0}: it cannot be read as JSON.", what)) from None
    if not isinstance(found, dict):
        raise ImportFailure(say("This is not {0}: it is not a JSON object.", what), offset=start)
    return found
