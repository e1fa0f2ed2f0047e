"""Lays a machine's files below a folder, as they are under ``/``, from one readable text.

Real names have colons in them, which some systems cannot check out. ``>>> /path`` begins a file;
``>>> /path each 0-31`` writes what follows once for each number, appending: ``{i}``, ``{i%16}``,
``{i//2%8}`` are that number, ``{A+i%12}`` the letter so far after A.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

HOSTS = Path(__file__).parents[1] / "data" / "detect" / "hosts"
LINUX = sorted(path.parent.name for path in HOSTS.glob("*/files.txt"))
WINDOWS = sorted(path.parent.name for path in HOSTS.glob("*/windows.json"))
MACS = sorted(path.parent.name for path in HOSTS.glob("*/profiler.json"))

needs_colons = pytest.mark.skipif(
    sys.platform == "win32", reason="a file cannot have a colon in its name on Windows"
)
_NUMBER = re.compile(r"\{(A\+)?i(?://(\d+))?(?:%(\d+))?\}")


def laid_out(machine: str, root: Path) -> Path:
    """The root folder of a Linux machine."""
    return lay_out((HOSTS / machine / "files.txt").read_text(encoding="utf-8"), root)


def lay_out(text: str, root: Path) -> Path:
    path, lines, numbers = "", list[str](), [0]
    for line in [*text.splitlines(), ">>> "]:
        if not line.startswith(">>> "):
            lines.append(line)
            continue
        if path:
            _append(root / path.lstrip("/"), "\n".join(lines) + "\n", numbers)
        path, _, span = line.removeprefix(">>> ").partition(" each ")
        first, _, last = span.partition("-")
        numbers = list(range(int(first), int(last) + 1)) if span else [0]
        path, lines = path.strip(), []
    return root


def _append(path: Path, text: str, numbers: list[int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", newline="\n") as file:
        for number in numbers:
            file.write(_NUMBER.sub(lambda found, n=number: _value(found, n), text))


def _value(found: re.Match[str], number: int) -> str:
    value = number // int(found[2] or 1)
    value = value % int(found[3]) if found[3] else value
    return chr(ord("A") + value) if found[1] else str(value)
