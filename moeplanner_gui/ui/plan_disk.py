"""Plan files as an open window sees them: what one held, and whether it still does.

Another window, another program or a synchronised folder may change a file while its plan is
open. What a file held is known by a digest of its content: clocks are set, and some disks round
their times. Knows no widgets.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from moeplanner_gui.catalog.file_lock import LockTimeoutError, locked
from moeplanner_gui.core.entries import NO_ENTRIES, Entries
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.export.plan_file import (
    PlanFileError,
    plan_and_entries_from_json,
    read_plan_bytes,
    write_plan,
)
from moeplanner_gui.one_window import private_folder

_LOCK_WITHIN_S = 2.0


@dataclass(frozen=True)
class Stamp:
    """What a file held.

    Attributes:
        digest: The SHA-256 of its content, "" when there was no file.
        look: Its times, size and number on the disk, by which a change is suspected.
    """

    digest: str
    look: tuple[int, ...] = ()

    @property
    def is_gone(self) -> bool:
        """There was no file."""
        return not self.digest


class ChangedOnDiskError(Exception):
    """Somebody else changed the file since it was read; nothing was written.

    Attributes:
        stamp: What it holds now.
    """

    def __init__(self, stamp: Stamp) -> None:
        super().__init__(say("The file was changed by another program."))
        self.stamp = stamp


def read_plan_file(path: Path) -> tuple[Plan, Entries, Stamp]:
    """A plan file's plan, the rows it brings along, and what to know it by.

    Raises:
        PlanFileError: The file cannot be read or holds no plan.
    """
    look = look_of(path)
    data = read_plan_bytes(path, plain_only=True)
    plan, entries = plan_and_entries_from_json(data, name=path.name)
    return plan, entries, Stamp(digest_of(data), look)


def save_plan_file(
    path: Path, plan: Plan, entries: Entries = NO_ENTRIES, expected: Stamp | None = None
) -> Stamp:
    """Write a plan, unless the file holds something else than ``expected``.

    Two windows that save at the same moment come one after the other, and the second one is
    told. A file that is gone is written again.

    Raises:
        PlanFileError: The file could not be written; it is as it was.
        ChangedOnDiskError: Somebody else wrote it.
    """
    with _alone(path):
        if expected is not None:
            now = stamp_of(path)
            if now is not None and not now.is_gone and now.digest != expected.digest:
                raise ChangedOnDiskError(now)
        data = write_plan(path, plan, entries)
        return Stamp(digest_of(data), look_of(path))


def stamp_of(path: Path) -> Stamp | None:
    """What a file holds now; None when that cannot be found out.

    A file that no plan can be is known by its looks.
    """
    look = look_of(path)
    if not look:
        return None if os.path.lexists(path) else Stamp("")
    try:
        return Stamp(digest_of(read_plan_bytes(path, plain_only=True)), look)
    except PlanFileError:
        return Stamp(f"unreadable {look}", look) if os.access(path, os.R_OK) else None


def look_of(path: Path) -> tuple[int, ...]:
    """By what a changed file is suspected, without reading it; empty when it is not there."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return ()
    return (found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns)


def digest_of(data: bytes) -> str:
    """The digest of a file's content."""
    return hashlib.sha256(data).hexdigest()


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """While no other window of this user saves the same file.

    The lock lies in a folder of the user's own: nothing appears beside the plan. Where there is
    none, the file is looked at and written without.
    """
    folder = Path(tempfile.gettempdir()) if os.name == "nt" else private_folder()
    with contextlib.ExitStack() as stack:
        if folder is not None:
            real = os.path.realpath(path).encode("utf-8", "replace")
            # A few locks are enough, and they stay.
            lock = folder / f"moeplanner-save-{hashlib.sha256(real).digest()[0] % 64}.lock"
            with contextlib.suppress(LockTimeoutError, OSError):
                stack.enter_context(locked(lock, _LOCK_WITHIN_S))
        yield
