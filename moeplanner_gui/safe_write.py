"""Writing a file so that the old one survives a full disk, a crash or a refusal.

Knows files, not what is in them. Every format that is saved over an existing file, of whichever
layer, goes through here.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import tempfile
from pathlib import Path

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT if hasattr(errno, "EDQUOT") else -1: "your disk quota is used up",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
    errno.ENOENT: "the folder does not exist",
    errno.ENOTDIR: "part of the path is a file, not a folder",
    errno.EISDIR: "that is a folder",
    errno.EFBIG: "the file would grow past the size limit set for it",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EIO: "the disk reported an error",
    errno.ELOOP: "the link points at itself",
}


def why_not_written(error: OSError) -> str:
    """The reason of a failed write in a few plain words."""
    known = _REASONS.get(error.errno or 0)
    return known or error.strerror or "the system refused"


def write_file_atomically(path: str | os.PathLike[str], data: bytes) -> None:
    """Replace a file's content in one step, or leave it exactly as it was.

    The bytes go to a temporary file in the same folder, are flushed to the disk, and take the
    old file's place and permissions. A symbolic link stays a link: what it points at is
    replaced. Something that is no plain file (a pipe, a device) is written to directly.

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
            with open(target, "wb") as stream:
                stream.write(data)
            return
    handle, temporary = tempfile.mkstemp(prefix=".moeplanner-", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if old_mode is None:
            os.chmod(temporary, 0o666 & ~_umask())
        else:
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _flush_folder(target.parent)


def _umask() -> int:
    # There is no way to read the mask without setting it.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _flush_folder(folder: Path) -> None:
    """Make the rename itself durable where the system can; Windows cannot open a folder."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
