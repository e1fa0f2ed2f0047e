"""What a run writes down so that its end can be explained when it cannot speak any more.

A crash below Python (a fault in Qt or in a driver) ends the process at once. Python's
faulthandler then writes where it was into a file that is open from the start; the next start
finds it. Knows no window.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import time
from collections import deque
from pathlib import Path
from typing import NamedTuple

from moeplanner_gui.catalog.file_lock import HeldLock
from moeplanner_gui.safe_read import read_file
from moeplanner_gui.safe_write import write_file_atomically

FOLDER = "crashes"
MOST_BYTES = 2**20
MOST_NOTED_BYTES = 200_000
MOST_KEPT = 10
MOST_ACTIONS = 40
_FATAL = ("Fatal Python error", "Windows fatal exception")


class Crash(NamedTuple):
    """A run that ended below Python.

    Attributes:
        report: What it wrote down, ending with where it was.
        kept: The file with it.
    """

    report: str
    kept: Path


class LastActions:
    """The ids of the commands that were chosen last, and when."""

    def __init__(self) -> None:
        self._chosen: deque[tuple[float, str]] = deque(maxlen=MOST_ACTIONS)
        self.started = time.monotonic()

    def note(self, action_id: str) -> None:
        """A command was chosen."""
        self._chosen.append((time.monotonic(), action_id))

    def lines(self) -> list[str]:
        """One line for each, the newest last: how long ago, and which."""
        now = time.monotonic()
        return [f"{now - then:8.1f} s before: {name}" for then, name in self._chosen]


class FaultFile:
    """The file of this run. A disk that refuses costs the explanation and nothing else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._handle = -1
        self._noted = 0
        self._file: Path | None = None
        self._lock: HeldLock | None = None

    def start(self, head: str) -> bool:
        """Open it, and let faults be written into it; False where that cannot be."""
        name = f"run-{os.getpid()}-{os.urandom(4).hex()}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = HeldLock(self._folder / f"{name}.lock")
            self._lock.take()
            self._file = self._folder / f"{name}.txt"
            # Not written in one step: it grows while the program runs, and is read when it died.
            self._handle = os.open(self._file, flags, 0o600)
            os.write(self._handle, head.encode("utf-8", "replace"))
            faulthandler.enable(self._handle)
        except (OSError, ValueError, RuntimeError):
            self.end()
            return False
        return True

    def note(self, line: str) -> None:
        """Write a line down, until there are very many."""
        if self._handle < 0 or self._noted > MOST_NOTED_BYTES:
            return
        data = f"{line}\n".encode("utf-8", "replace")
        self._noted += len(data)
        with contextlib.suppress(OSError):
            os.write(self._handle, data)

    def end(self) -> None:
        """The run ends as it should: nothing to explain."""
        if self._handle >= 0:
            faulthandler.disable()
            os.close(self._handle)
            self._handle = -1
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.unlink()
        if self._lock is not None:
            self._lock.let_go(remove=True)


def find_crashes(folder: Path) -> tuple[Crash, ...]:
    """The runs that crashed since this was asked last, the newest last; their files are kept.

    What a run left that was killed says nothing and is taken away; its work is offered elsewhere.
    """
    found = []
    try:
        files = sorted((folder / FOLDER).glob("run-*.txt"), key=_age)
    except OSError:
        return ()
    for file in files:
        lock = HeldLock(file.with_suffix(".lock"))
        with contextlib.suppress(OSError):
            if not lock.take():
                continue  # it runs
            try:
                crash = _crash_in(file)
                if crash is not None:
                    found.append(crash)
            finally:
                lock.let_go(remove=True)
    if found:
        _forget_old(folder / FOLDER)
    return tuple(found)


def _crash_in(file: Path) -> Crash | None:
    text = read_file(file, MOST_BYTES).decode("utf-8", "replace")
    if not any(sign in text for sign in _FATAL):
        file.unlink()
        return None
    kept = file.with_name(file.name.replace("run-", "crash-", 1))
    file.rename(kept)
    return Crash(text, kept)


def _forget_old(folder: Path) -> None:
    for old in sorted(folder.glob("crash-*.txt"), key=_age)[:-MOST_KEPT]:
        with contextlib.suppress(OSError):
            old.unlink()


def _age(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def save_report(path: Path, text: str) -> None:
    """Write a report to a file of the person's choice.

    Raises:
        OSError: The disk refused.
    """
    write_file_atomically(path, text.encode("utf-8", "replace"))
