"""Keeps unsaved work on the disk and finds what a crashed run left. Shows nothing itself."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal

from moeplanner_gui.core.entries import NO_ENTRIES, Entries, entries_of
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.sessions import UNTITLED, Session

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
        label: What it was called while it had neither name nor file.
    """

    plan: Plan
    path: Path | None
    time: datetime
    kept_in: Path
    entries: Entries = NO_ENTRIES
    label: str = UNTITLED

    @property
    def title(self) -> str:
        """What the plan was called."""
        return self.plan.name or (self.path.name if self.path else self.label)


class _Kept:
    """The autosave file of one open plan, and the lock that says its window is alive."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.written: Plan | None = None
        self._lock: QLockFile | None = None

    def write(self, content: bytes) -> None:
        from moeplanner_gui.safe_write import write_file_atomically

        self.file.parent.mkdir(parents=True, exist_ok=True)
        if self._lock is None:
            self._lock = _lock(self.file)
            self._lock.tryLock(0)
        write_file_atomically(self.file, content)

    def forget(self) -> None:
        self.written = None
        self.file.unlink(missing_ok=True)

    def unlock(self) -> None:
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None


class Autosave(QObject):
    """Writes the unsaved plans of the document every few seconds.

    Each open plan of each running window has its own file, guarded by a lock that the system
    drops when the process dies; that is how a crash is told from a second window.

    Signals:
        failed(str): The disk refused; said once for each run of refusals.
    """

    failed = Signal(str)

    def __init__(self, document: PlanDocument, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._folder = folder / "autosave"
        # Systems give the numbers of processes out again: the number alone could name a file
        # that a crashed run left.
        self._name = f"session-{os.getpid()}-{secrets.token_hex(4)}"
        self._kept: dict[int, _Kept] = {}
        self._refused = False
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.save_now)
        document.session_closed.connect(self._on_session_closed)

    def start(self) -> None:
        """Begin to watch the document."""
        self._timer.start()

    def file_of(self, session: Session | None = None) -> Path:
        """Where an open plan is kept while it is not saved; the shown one's when None."""
        return self._of(session or self._document.session).file

    def save_now(self) -> None:
        """Keep every open plan that is not in its file and not kept yet."""
        reasons = [self._save(session) for session in self._document.sessions]
        refused = [reason for reason in reasons if reason]
        if refused and not self._refused:
            self.failed.emit(refused[0])
        self._refused = bool(refused)

    def is_kept(self, session: Session) -> bool:
        """Whether the disk has an open plan as it is now."""
        return self._of(session).written is session.plan

    def forget(self, session: Session | None = None) -> None:
        """The work is saved or given up: nothing to recover."""
        self._of(session or self._document.session).forget()

    def stop(self, *, keep: bool = False) -> None:
        """End the watch; with ``keep`` the unsaved work is offered at the next start."""
        self._timer.stop()
        if keep:
            self.save_now()
        for kept in self._kept.values():
            if not keep:
                kept.forget()
            kept.unlock()

    def _of(self, session: Session) -> _Kept:
        if session.id not in self._kept:
            file = self._folder / f"{self._name}-{session.id}.json"
            self._kept[session.id] = _Kept(file)
        return self._kept[session.id]

    def _save(self, session: Session) -> str:
        """Keep one plan; answers why the disk refused, "" otherwise."""
        kept = self._of(session)
        if not session.is_modified:
            kept.forget()
            return ""
        if session.plan is kept.written:
            return ""
        from moeplanner_gui.export.plan_file import plan_to_json
        from moeplanner_gui.safe_write import why_not_written

        carried = entries_of(session.plan, session.rows.seen)
        content = {
            "path": str(session.path) if session.path else None,
            "label": session.label,
            "time": datetime.now().isoformat(timespec="seconds"),
            "plan": plan_to_json(session.plan, carried),
        }
        try:
            kept.write(json.dumps(content).encode())
        except OSError as error:
            return why_not_written(error)
        kept.written = session.plan
        return ""

    def _on_session_closed(self, session: object) -> None:
        assert isinstance(session, Session)
        kept = self._kept.pop(session.id, None)
        if kept is not None:
            kept.forget()
            kept.unlock()


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
                    label=str(content.get("label") or UNTITLED),
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
