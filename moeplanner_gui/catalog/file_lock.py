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


class HeldLock:
    """A lock on a file that is held until :meth:`let_go` or the end of the process, however.

    Unlike a number of a process written into a file it needs no guess whether that one lives.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle = -1

    def take(self) -> bool:
        """Hold it; False while somebody else does. A disk that knows no locks gives it to all.

        Raises:
            OSError: The file cannot be made.
        """
        if self._handle >= 0:
            return True
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o666)
        try:
            _try_lock(handle)
        except (BlockingIOError, PermissionError):
            os.close(handle)
            return False
        except OSError:
            pass
        self._handle = handle
        return True

    def let_go(self, *, remove: bool = False) -> None:
        """Give it up, and take its file away with ``remove``: nobody else may want it then."""
        if self._handle < 0:
            return
        if remove and sys.platform != "win32":
            # While it is held, so that nobody else's new file goes.
            with contextlib.suppress(OSError):
                self.path.unlink()
        os.close(self._handle)
        self._handle = -1
        if remove and sys.platform == "win32":
            with contextlib.suppress(OSError):
                self.path.unlink()
