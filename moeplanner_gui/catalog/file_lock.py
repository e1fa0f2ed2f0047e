"""One program at a time: a lock on a file that the system lets go when the program ends."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


LONGEST_WAIT_S = 5.0
"""A save takes milliseconds; who holds the lock for seconds hangs."""


class LockTimeoutError(Exception):
    """Another program holds the lock and did not let go in time."""


@contextlib.contextmanager
def locked(path: Path, longest_wait_s: float = LONGEST_WAIT_S) -> Iterator[None]:
    """Hold the lock ``path`` for the length of a block; the empty file stays.

    A disk that knows no locks (some network shares) is used without one.

    Raises:
        LockTimeoutError: Another program held it all the time.
        OSError: The file cannot be made.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        until = time.monotonic() + longest_wait_s
        while True:
            try:
                _try_lock(handle)
                break
            except (BlockingIOError, PermissionError):
                if time.monotonic() > until:
                    raise LockTimeoutError(str(path)) from None
                time.sleep(0.01)
            except OSError:
                break
        yield
    finally:
        # Closing lets the lock go.
        os.close(handle)
