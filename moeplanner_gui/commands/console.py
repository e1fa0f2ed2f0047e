"""Printing to whatever is at the other end: a terminal, a pipe that closes, a Windows console."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import Any

_TURNING = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160), *_TURNING], "�")
"""A name in a plan may hold what would steer the terminal, or turn the text after it round; tab
and line breaks may stay, and so may letters that run from right to left."""

DONE = 0
ANSWER_IS_NO = 1
USAGE = 2


class CommandError(Exception):
    """A command cannot go on; the text is one sentence for standard error."""

    def __init__(self, sentence: str, exit_code: int = ANSWER_IS_NO) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


def speak_utf8() -> None:
    """Make both outputs UTF-8, and never fail for a character that cannot be shown.

    A Windows console or a C locale would otherwise raise on the first ×.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(OSError, ValueError):
                stream.reconfigure(encoding="utf-8", errors="replace")


def say(text: str) -> None:
    """Print to standard output, at once, so that it stays in order with standard error."""
    print(text.translate(_CONTROL), flush=True)


def complain(sentence: str) -> None:
    """Print to standard error; with nobody to read it there is nothing left to do."""
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError, ValueError):
        print(sentence.translate(_CONTROL), file=sys.stderr, flush=True)


def as_json(value: Any) -> str:
    """JSON for a person or a script, indented."""
    import json

    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2)


def as_json_line(value: Any) -> str:
    """JSON on one line, by the faster of the two encoders at hand: a batch writes thousands."""
    from pydantic_core import to_json

    return to_json(value).decode("utf-8")


def leave_closed_pipe() -> int:
    """The reader of our output went away (``| head``): be quiet about it, also at exit."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
    return DONE


def table(header: tuple[str, ...], rows: list[tuple[str, ...]], *, left: int = 1) -> str:
    """A plain text table; the first ``left`` columns are flush left, numbers flush right."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = []
    for row in [header, *rows]:
        cells = [
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
