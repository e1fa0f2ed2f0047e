"""Keeps unsaved work on the disk and finds what a crashed run left. Shows nothing itself."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal

from moeplanner_gui.core.entries import NO_ENTRIES, Entries
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.ui.document import PlanDocument

INTERVAL_MS = 3000


@dataclass(frozen=True)
class Recovered:
    """Unsaved work of a run that ended without saving it.

    Attributes:
        plan: The last plan that was kept.
        path: The file it belonged to, None when it never had one.
        time: When it was kept.
        kept_in: The autosave file; forget it with :func:`discard`.
        entries: The rows that the plan brings along.
    """

    plan: Plan
    path: Path | None
    time: datetime
    kept_in: Path
    entries: Entries = NO_ENTRIES


class Autosave(QObject):
    """Writes the document's unsaved plan every few seconds.

    Each running window has its own file, guarded by a lock that the system drops when the
    process dies; that is how a crash is told from a second window.

    Signals:
        failed(str): The disk refused; said once for each run of refusals.
    """

    failed = Signal(str)

    def __init__(self, document: PlanDocument, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._folder = folder / "autosave"
        self._file = self._folder / f"session-{os.getpid()}.json"
        self._lock: QLockFile | None = None
        self._written: Plan | None = None
        self._refused = False
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.save_now)

    def start(self) -> None:
        """Begin to watch the document."""
        self._timer.start()

    def save_now(self) -> None:
        """Keep the plan if it is not in its file and not kept yet."""
        document = self._document
        if not document.is_modified:
            self.forget()
            return
        if document.plan is self._written:
            return
        from moeplanner_gui.export.plan_file import plan_to_json
        from moeplanner_gui.safe_write import why_not_written, write_file_atomically

        content = {
            "path": str(document.path) if document.path else None,
            "time": datetime.now().isoformat(timespec="seconds"),
            "plan": plan_to_json(document.plan, document.carried),
        }
        try:
            self._hold_lock()
            write_file_atomically(self._file, json.dumps(content).encode())
        except OSError as error:
            if not self._refused:
                self.failed.emit(why_not_written(error))
            self._refused = True
            return
        self._refused = False
        self._written = document.plan

    def forget(self) -> None:
        """The work is saved or given up: nothing to recover."""
        self._written = None
        self._file.unlink(missing_ok=True)

    def stop(self, *, keep: bool = False) -> None:
        """End the watch; with ``keep`` the unsaved work is offered at the next start."""
        self._timer.stop()
        if keep:
            self.save_now()
        else:
            self.forget()
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def _hold_lock(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._lock is None:
            self._lock = _lock(self._file)
            self._lock.tryLock(0)


def find_left_over(folder: Path) -> tuple[Recovered, ...]:
    """What runs that are gone left unsaved, newest first; unreadable files are skipped."""
    from moeplanner_gui.export.plan_file import PlanFileError, plan_and_entries_from_json

    found = []
    for file in (folder / "autosave").glob("session-*.json"):
        lock = _lock(file)
        if not lock.tryLock(0):
            continue  # another window is alive and keeps it
        lock.unlock()
        try:
            content = json.loads(file.read_bytes())
            plan, entries = plan_and_entries_from_json(content["plan"])
            found.append(
                Recovered(
                    plan=plan,
                    entries=entries,
                    path=Path(content["path"]) if content["path"] else None,
                    time=datetime.fromisoformat(content["time"]),
                    kept_in=file,
                )
            )
        except (OSError, ValueError, TypeError, KeyError, PlanFileError):
            # Kept on the disk: what we cannot read today somebody may still rescue by hand.
            continue
    return tuple(sorted(found, key=lambda item: item.time, reverse=True))


def discard(left_over: Recovered) -> None:
    """Forget what was left over."""
    with contextlib.suppress(OSError):
        left_over.kept_in.unlink()


def _lock(file: Path) -> QLockFile:
    lock = QLockFile(str(file.with_suffix(".lock")))
    lock.setStaleLockTime(0)  # stale only when its process is gone
    return lock
