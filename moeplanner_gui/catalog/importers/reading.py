"""Opening what a stranger's path names: only regular files, only as much as is wanted."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from moeplanner_gui.catalog.importers.failure import ImportFailure
from moeplanner_gui.core.words import say

MAX_CONFIG_BYTES = 4 * 2**20
"""Eighty times the largest config.json seen, one that lists every quantised module."""


def kind_of(path: Path) -> str:
    """``file`` or ``folder``.

    Raises:
        ImportFailure: There is nothing, or something that may never end: a pipe, a device.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise ImportFailure(say("There is no such file."), path=path) from None
    except PermissionError:
        raise ImportFailure(say("You may not read this file."), path=path) from None
    except (OSError, ValueError, RuntimeError) as error:
        # RuntimeError: a loop of symbolic links, before Python 3.13.
        reason = getattr(error, "strerror", None) or say("its name is not that of a file")
        raise ImportFailure(say("The file cannot be read: {0}.", reason), path=path) from None
    if stat.S_ISDIR(mode):
        return "folder"
    if not stat.S_ISREG(mode):
        raise ImportFailure(say("This is not a regular file."), path=path)
    return "file"


def exists(path: Path) -> bool:
    """True when there is a regular file; what cannot be looked at is not there."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError, RuntimeError):
        return False


def read_small(path: Path, limit: int, what: str) -> bytes:
    """The bytes of a small file.

    Raises:
        ImportFailure: It cannot be read, or is larger than ``limit``.
    """
    kind_of(path)
    try:
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > limit:
                raise ImportFailure(
                    say(
                        "This is not {0}: it is {1:,.1f} MB large; at most {2:,.1f} MB are read.",
                        what,
                        size / 10**6,
                        limit / 10**6,
                    ),
                    path=path,
                )
            return stream.read(limit + 1)
    except PermissionError:
        raise ImportFailure(say("You may not read this file."), path=path) from None
    except OSError as error:
        reason = error.strerror or say("it cannot be read")
        raise ImportFailure(say("The file cannot be read: {0}.", reason), path=path) from None
