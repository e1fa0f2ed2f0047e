"""Reading small files that a kernel or a stranger's machine put there. Nothing here raises.

A value that cannot be had is an :class:`Unreadable` with the reason in words. Files are opened
only when they are ordinary ones and never read beyond a limit: a driver may hang a file, and a
fixture or a container may put a pipe, a loop of links or a gigabyte where a number is expected.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final, TypeVar

from moeplanner_gui.core.detected import Unread
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

MOST_BYTES: Final = 64 * 1024
"""A sysfs file is a page, KFD's are a few; what is larger is not an answer to a small question."""
MOST_ENTRIES: Final = 4096
MOST_BIG: Final = 2**60
"""As the type of memory sizes in a report."""
TEXT_LENGTH: Final = 400

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why there is no value; a clause that can follow "not read:"."""

    because: str


class Notes:
    """The fields of one card that could not be read, each with its reason, in order."""

    def __init__(self) -> None:
        self._because: dict[str, str] = {}

    def take(self, field: str, value: T | Unreadable) -> T | None:
        """Hand the value on, or note why there is none."""
        if isinstance(value, Unreadable):
            self.say(field, value.because)
            return None
        return value

    def say(self, field: str, because: str) -> None:
        """Note a reason; the first one for a field stays."""
        self._because.setdefault(field, clipped(because))

    def unread(self) -> tuple[Unread, ...]:
        """All reasons, for the report."""
        return tuple(Unread(field=field, because=text) for field, text in self._because.items())


def clipped(text: str) -> str:
    """One line that fits into a report."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= TEXT_LENGTH else line[: TEXT_LENGTH - 1] + "…"


def reason(error: OSError, name: str) -> str:
    """The system's error in words, with the file's name and without its folder."""
    words = {
        errno.ENOENT: say("there is no"),
        errno.EACCES: say("no permission to read"),
        errno.EPERM: say("the driver does not allow reading"),
        errno.ELOOP: say("links go in a circle at"),
        errno.EIO: say("the device did not answer to"),
        errno.ENODEV: say("the device is gone:"),
        errno.EINVAL: say("the driver does not support"),
        errno.EOPNOTSUPP: say("the driver does not support"),
        errno.EBUSY: say("the device is busy:"),
    }
    return f"{words.get(error.errno or 0, f'error {error.errno} at')} {name}"


def read_bytes(path: Path, most: int = MOST_BYTES) -> bytes | Unreadable:
    """The content of an ordinary file of at most ``most`` bytes."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return Unreadable(say("{0} is not a file", path.name))
        # Not blocking: the file may have become a pipe since.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        return Unreadable(reason(error, path.name))
    except ValueError as error:  # a zero byte in a name
        return Unreadable(clipped(str(error)))
    if len(content) > most:
        return Unreadable(say("{0} is larger than {1} bytes", path.name, most))
    return content


def read_text(path: Path, most: int = MOST_BYTES) -> str | Unreadable:
    """A file's text without the white space around it; an empty one counts as unread."""
    content = read_bytes(path, most)
    if isinstance(content, Unreadable):
        return content
    text = content.decode("utf-8", "replace").strip().strip("\0")
    return text or Unreadable(say("{0} is empty", path.name))


def read_name(path: Path) -> str | Unreadable:
    """A file's text as one printable line of bounded length."""
    text = read_text(path)
    if isinstance(text, Unreadable):
        return text
    return clipped(text) or Unreadable(say("{0} is empty", path.name))


def number(text: str, name: str, most: int = MOST_BIG) -> int | Unreadable:
    """A whole number, decimal or ``0x``, from 0 to ``most``."""
    digits = text.strip()
    # int() takes underscores and other scripts' digits, and minutes for a megabyte of them.
    if len(digits) > 40 or not digits.isascii() or "_" in digits:
        return Unreadable(say("{0} is no number", name))
    try:
        value = int(digits, 16 if digits.lower().startswith("0x") else 10)
    except ValueError:
        return Unreadable(say("{0} is no number: {1}", name, clipped(digits)))
    if not 0 <= value <= most:
        return Unreadable(say("{0} says {1}, which cannot be", name, value))
    return value


def read_int(path: Path, most: int = MOST_BIG) -> int | Unreadable:
    """A file that holds one whole number."""
    text = read_text(path, 256)
    return text if isinstance(text, Unreadable) else number(text, path.name, most)


def read_table(path: Path) -> dict[str, int]:
    """Lines of ``name number``, as KFD's properties; others are passed over."""
    text = read_text(path)
    table: dict[str, int] = {}
    if isinstance(text, Unreadable):
        return table
    for line in text.splitlines():
        name, _, rest = line.strip().partition(" ")
        value = number(rest, name, 2**64)
        if isinstance(value, int):
            table[name] = value
    return table


def entries(folder: Path, start: str = "") -> tuple[Path, ...]:
    """What lies in a folder, by name; nothing when it cannot be read."""
    try:
        with os.scandir(folder) as found:
            names = [entry.name for _, entry in zip(range(MOST_ENTRIES), found, strict=False)]
    except (OSError, ValueError):
        return ()
    return tuple(folder / name for name in sorted(names) if name.startswith(start))


def is_there(path: Path) -> bool:
    """Whether something is there, a broken link counting as nothing."""
    try:
        os.stat(path)
    except (OSError, ValueError):
        return False
    return True


def real(path: Path) -> Path | None:
    """Where a link ends; None where it ends nowhere or goes in a circle."""
    try:
        return Path(os.path.realpath(path, strict=True))
    except (OSError, ValueError):
        return None
