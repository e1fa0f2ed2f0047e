"""Reading a small file that may be anything by now, and putting a broken one aside.

A name that the program wrote may be a folder, a pipe, a gigabyte of nothing or a link to itself
when it comes back. Nothing here waits, reads without bound, or deletes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path

from moeplanner_gui.core.words import say


class UnreadableError(OSError):
    """What lies in the place of a file is none, or is too large; ``strerror`` says which."""


def read_file(path: str | os.PathLike[str], limit: int) -> bytes:
    """The whole content of a plain file of at most ``limit`` bytes.

    Raises:
        FileNotFoundError: There is nothing of that name.
        UnreadableError: It is no plain file, or a larger one.
        OSError: The system refused.
    """
    # Without this flag opening a pipe waits for somebody to write to it, for ever.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        if os.path.islink(path):
            sentence = say("it is a link to something that is not there")
            raise UnreadableError(errno.EINVAL, sentence, str(path)) from None
        raise
    except ValueError as error:
        raise UnreadableError(errno.EINVAL, str(error), str(path)) from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            sentence = say("it is a link that points at itself")
            raise UnreadableError(errno.ELOOP, sentence, str(path)) from None
        raise
    try:
        found = os.fstat(handle)
        if stat.S_ISDIR(found.st_mode):
            raise UnreadableError(errno.EISDIR, say("it is a folder"), str(path))
        if not stat.S_ISREG(found.st_mode):
            raise UnreadableError(errno.EINVAL, say("it is no plain file"), str(path))
        data = b""
        if found.st_size <= limit:
            with open(handle, "rb", closefd=False) as stream:
                data = stream.read(limit + 1)
    finally:
        os.close(handle)
    if found.st_size > limit or len(data) > limit:
        size = max(found.st_size, len(data)) / 10**6
        sentence = say("it is {0:,.1f} MB large, which no such file is", size)
        raise UnreadableError(errno.EFBIG, sentence, str(path))
    return data


def why_not_read(error: OSError) -> str:
    """The reason of a failed read in a few plain words."""
    if isinstance(error, UnreadableError):
        return error.strerror or say("the system refused")
    reasons = {
        errno.EACCES: say("you may not read it"),
        errno.EPERM: say("you may not read it"),
        errno.EISDIR: say("it is a folder"),
        errno.EIO: say("the disk reported an error"),
        errno.ELOOP: say("it is a link that points at itself"),
        errno.ENOTDIR: say("part of the path is a file, not a folder"),
    }
    return reasons.get(error.errno or 0) or error.strerror or say("the system refused")


def put_aside(path: str | os.PathLike[str]) -> Path | None:
    """Rename what lies in a file's place to the first free ``NAME.broken-N``; None if refused.

    A link is renamed itself, not what it points at.
    """
    file = Path(path)
    kept = first_free(file)
    with contextlib.suppress(OSError):
        file.rename(kept)
        return kept
    return None


def first_free(path: Path) -> Path:
    """The first ``NAME.broken-N`` beside a file that is not taken."""
    number = 1
    while os.path.lexists(kept := path.with_name(f"{path.name}.broken-{number}")):
        number += 1
    return kept
