"""Reads small text files below a root: bounded, without waiting, and without ever raising.

The root is ``/`` on a real machine and a folder in a test.
"""

from __future__ import annotations

import os
import stat
from dataclasses import field
from pathlib import Path
from typing import Final

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

TEXT_LIMIT: Final = 64 * 1024
LARGE_LIMIT: Final = 8 * 1024 * 1024
NAMES_LIMIT: Final = 4096


@dataclass(slots=True)
class HostFiles:
    """Files of a system by their absolute path.

    Attributes:
        root: What stands for ``/``.
        reasons: Why a file that was asked for could not be read, by its path.
    """

    root: Path
    reasons: dict[str, str] = field(default_factory=dict)

    def text(self, path: str, limit: int = TEXT_LIMIT) -> str | None:
        """The text of a file without blanks around it, None when there is nothing to read.

        At most ``limit`` bytes are read; a pipe or a device is never opened for waiting.
        """
        try:
            raw = self._bytes(path, limit)
        except FileNotFoundError:
            self.reasons[path] = say("there is no such file")
        except PermissionError:
            self.reasons[path] = say("only the administrator may read it")
        except (OSError, ValueError) as problem:
            name = getattr(problem, "strerror", None) or type(problem).__name__
            self.reasons[path] = str(name)
        else:
            text = raw.decode("utf-8", errors="replace").replace("\0", "\n").strip()
            if text:
                return text
            self.reasons[path] = say("the file is empty")
        return None

    def number(self, path: str) -> int | None:
        """A whole number at the beginning of a file, None when there is none."""
        text = self.text(path, 4096)
        return None if text is None else first_number(text)

    def names(self, path: str) -> list[str]:
        """What a folder holds, sorted; empty when it cannot be listed."""
        found: list[str] = []
        try:
            with os.scandir(self._at(path)) as entries:
                for entry in entries:
                    found.append(entry.name)
                    if len(found) >= NAMES_LIMIT:
                        break
        except (OSError, ValueError):
            return []
        return sorted(found)

    def is_there(self, path: str) -> bool:
        """Whether a file or folder exists."""
        try:
            return self._at(path).exists()
        except (OSError, ValueError):
            return False

    def is_folder(self, path: str) -> bool:
        """Whether this is a folder."""
        try:
            return self._at(path).is_dir()
        except (OSError, ValueError):
            return False

    def why(self, path: str) -> str:
        """Why the last reading of a file gave nothing."""
        return self.reasons.get(path, "it was not read")

    def _at(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def _bytes(self, path: str, limit: int) -> bytes:
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        number = os.open(self._at(path), flags)
        try:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise OSError(0, say("it is no plain file"))
            parts: list[bytes] = []
            left = limit
            # One read gives a page of /proc at a time.
            while left > 0:
                part = os.read(number, min(left, 1 << 20))
                if not part:
                    break
                parts.append(part)
                left -= len(part)
            return b"".join(parts)
        finally:
            os.close(number)


def first_number(text: str) -> int | None:
    """The whole number that a text begins with, at most 2**62."""
    digits = ""
    for letter in text.strip()[:20]:
        if not ("0" <= letter <= "9"):
            break
        digits += letter
    if not digits:
        return None
    value = int(digits)
    return value if value <= 2**62 else None


def clean(text: str | None) -> str | None:
    """A name of the firmware as one line, None for what makers leave as it was."""
    if text is None:
        return None
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]
    empty = {
        "",
        "default string",
        "to be filled by o.e.m.",
        "not specified",
        "not available",
        "unknown",
        "none",
        "n/a",
        "system product name",
        "system manufacturer",
        "invalid",
        "o.e.m.",
        "undefined",
    }
    return None if line.lower() in empty else line
