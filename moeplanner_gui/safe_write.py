"""Writing a file so that the old one survives a full disk, a crash, a power cut or a refusal.

Knows files, not what is in them. Every file that the program writes, of whichever layer, goes
through here; a test looks for others.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import tempfile
import threading
import time
from pathlib import Path

from moeplanner_gui.core.words import say

_PREFIX, _SUFFIX = ".moeplanner-", ".tmp"
_IS_WINDOWS = os.name == "nt"
REPLACE_TRIES = 12 if _IS_WINDOWS else 1
"""On Windows a virus scanner or an indexer may hold the old file open for a moment."""
_FIRST_PAUSE_S = 0.01
_LONGEST_PAUSE_S = 0.2
_tidied: set[str] = set()
_asks_for_mask = threading.Lock()


def why_not_written(error: OSError) -> str:
    """The reason of a failed write in a few plain words."""
    reasons = {
        errno.ENOSPC: say("the disk is full"),
        errno.EROFS: say("the disk is read-only"),
        errno.EACCES: say("you may not write there"),
        errno.EPERM: say("you may not write there"),
        errno.ENOENT: say("the folder does not exist"),
        errno.ENOTDIR: say("part of the path is a file, not a folder"),
        errno.EEXIST: say("a file is in the place of the folder"),
        errno.EISDIR: say("that is a folder"),
        errno.EFBIG: say("the file would grow past the size limit set for it"),
        errno.ENAMETOOLONG: say("the name is too long"),
        errno.EIO: say("the disk reported an error"),
        errno.ELOOP: say("the link points at itself"),
        errno.ENXIO: say("it is a pipe that nobody reads"),
        errno.ETXTBSY: say("another program uses the file"),
    }
    if hasattr(errno, "EDQUOT"):
        reasons[errno.EDQUOT] = say("your disk quota is used up")
    known = reasons.get(error.errno or 0)
    return known or error.strerror or say("the system refused")


def write_file_atomically(path: str | os.PathLike[str], data: bytes) -> None:
    """Replace a file's content in one step, or leave it exactly as it was.

    The bytes go to a temporary file in the same folder, are flushed to the disk, and take the
    old file's place and permissions. A symbolic link stays a link: what it points at is
    replaced. Something that is no plain file (a pipe, a device) is written to directly, a pipe
    only while somebody reads it. What a killed run left of its own temporary files in the folder
    is taken away first.

    Raises:
        OSError: The file could not be written; the old content is still there.
    """
    target = Path(os.path.realpath(path))
    try:
        old_mode: int | None = target.stat().st_mode
    except FileNotFoundError:
        old_mode = None
    if old_mode is not None:
        if stat.S_ISDIR(old_mode):
            raise IsADirectoryError(errno.EISDIR, "Is a directory", str(target))
        if not os.access(target, os.W_OK):
            # os.replace would succeed where the folder allows it, but the file's owner said no.
            raise PermissionError(errno.EACCES, "Permission denied", str(target))
        if not stat.S_ISREG(old_mode):
            _write_directly(target, data)
            return
    _tidy(target.parent)
    try:
        _replace_with(target, data, old_mode)
    except _LostTemporaryError:
        # Another run took the new, not yet locked file for one that was left.
        _replace_with(target, data, old_mode)
    _flush_folder(target.parent)


class _LostTemporaryError(OSError):
    """The temporary file is gone before it could take its place."""


def _replace_with(target: Path, data: bytes, old_mode: int | None) -> None:
    handle, temporary = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX, dir=target.parent)
    held = -1
    try:
        with os.fdopen(handle, "wb") as stream:
            held = _hold(handle)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if not os.path.lexists(temporary):
            raise _LostTemporaryError(errno.ENOENT, "No such file or directory", temporary)
        if old_mode is None:
            os.chmod(temporary, 0o666 & ~_umask())
        else:
            shutil.copymode(target, temporary)
        _take_place(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    finally:
        if held >= 0:
            os.close(held)


def _take_place(temporary: str, target: Path) -> None:
    pause = _FIRST_PAUSE_S
    for left in range(REPLACE_TRIES - 1, -1, -1):
        try:
            os.replace(temporary, target)
            return
        except PermissionError:
            if not left:
                raise
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)


def _hold(handle: int) -> int:
    """A lock that tells other runs that the file's writer lives; -1 where there is none.

    The system lets go of it when the process dies, however it dies. Windows keeps an open file
    from being deleted anyway.
    """
    if _IS_WINDOWS:
        return -1
    import fcntl

    held = os.dup(handle)
    with contextlib.suppress(OSError):
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return held


def _tidy(folder: Path) -> None:
    """Once for each folder and run: take away what killed runs left of a write."""
    if str(folder) in _tidied:
        return
    _tidied.add(str(folder))
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            name = entry.name
            if name.startswith(_PREFIX) and name.endswith(_SUFFIX):
                with contextlib.suppress(OSError):
                    _take_away(entry.path)


def _take_away(temporary: str) -> None:
    if _IS_WINDOWS:
        os.unlink(temporary)
        return
    import fcntl

    handle = os.open(temporary, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(temporary)
    finally:
        os.close(handle)


def _write_directly(target: Path, data: bytes) -> None:
    # Without this flag opening a pipe waits for somebody to read it, for ever.
    flags = os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(target, flags)
    if hasattr(os, "set_blocking"):
        os.set_blocking(handle, True)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)


def _umask() -> int:
    # There is no way to read the mask without setting it. Two threads at once would take the one
    # that the other set for the person's, and leave it so.
    with _asks_for_mask:
        mask = os.umask(0o077)
        os.umask(mask)
    return mask


def _flush_folder(folder: Path) -> None:
    """Make the rename itself durable where the system can; Windows cannot open a folder."""
    if _IS_WINDOWS:
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
