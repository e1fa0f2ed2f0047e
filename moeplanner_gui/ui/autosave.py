"""Keeps unsaved work on the disk while it is made. Shows nothing itself.

What a crashed run left is found by :mod:`moeplanner_gui.ui.left_over`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from moeplanner_gui.catalog.file_lock import HeldLock
from moeplanner_gui.core.entries import entries_of
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.autosave_writer import Writer
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.left_over import Recovered, discard, find_left_over
from moeplanner_gui.ui.sessions import Session

__all__ = ["Autosave", "Recovered", "discard", "find_left_over"]

WRITE_AFTER_S = 0.2
"""From the first edit that is not kept to the write; edits meanwhile are in it. Together with
the write itself this is what a crash can cost, and it has to stay well below a second."""
TRY_AGAIN_MS = 5000
"""After a disk that refused."""
ANSWERS_WITHIN_S = 5.0
"""A disk that takes longer is said to refuse; the write goes on."""


class _Kept:
    """The autosave file of one open plan, and the lock that says its window is alive."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.wanted: object = None
        self.written: object = None
        self.refused = ""
        self._lock = HeldLock(file.with_suffix(".lock"))

    def write(self, content: Callable[[], bytes], wanted: object) -> None:
        """In the writer's thread: replace the file."""
        from moeplanner_gui.safe_write import why_not_written, write_file_atomically

        try:
            data = content()
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self._lock.take()
            write_file_atomically(self.file, data)
        except OSError as error:
            self.refused = why_not_written(error)
        except Exception as error:
            # Whatever it is, the thread goes on and the window says it.
            self.refused = str(error) or type(error).__name__
        else:
            self.written, self.refused = wanted, ""

    def forget(self) -> None:
        """In the writer's thread: the file goes."""
        self.written, self.refused = None, ""
        try:
            self.file.unlink(missing_ok=True)
        except OSError:
            # The next start finds that its plan is in its own file.
            return

    def unlock(self) -> None:
        """Let the next start find the file, if there is one."""
        self._lock.let_go(remove=True)


class Autosave(QObject):
    """Writes the unsaved plans of the document shortly after each edit.

    Each open plan of each running window has its own file, guarded by a lock that the system
    drops when the process dies; that is how a crash is told from a second window. A thread
    writes them, so that neither the window waits for the disk nor the disk for the window; plans
    never change, so that it may read them.

    Signals:
        failed(str): The disk refused; said once for each run of refusals.
        refused_changed(bool): Whether unsaved work cannot be kept now.
    """

    failed = Signal(str)
    refused_changed = Signal(bool)
    _settled = Signal()

    def __init__(self, document: PlanDocument, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._folder = folder / "autosave"
        # Systems give the numbers of processes out again: the number alone could name a file
        # that a crashed run left.
        self._name = f"session-{os.getpid()}-{os.urandom(4).hex()}"
        self._kept: dict[int, _Kept] = {}
        self._writer = Writer()
        self._refused = False
        self._order = 0
        self._runs = self._is_stopped = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TRY_AGAIN_MS)
        self._timer.timeout.connect(self._on_changed)
        self._settled.connect(self._on_settled)
        document.session_closed.connect(self._on_session_closed)
        document.plan_changed.connect(self._on_changed)
        document.sessions_changed.connect(self._on_changed)

    def start(self, after: int = 0) -> None:
        """Begin to watch the document; ``after`` is the order of what earlier runs left."""
        self._order = max(self._order, after)
        self._runs = True
        self._on_changed()

    def expect_refusal(self) -> None:
        """The window said already that the disk refuses; it need not be said again."""
        self._set_refused(True)

    def file_of(self, session: Session | None = None) -> Path:
        """Where an open plan is kept while it is not saved; the shown one's when None."""
        return self._of(session or self._document.session).file

    def save_now(self) -> bool:
        """Keep every open plan that is not in its file and not kept yet; False if refused."""
        for session in self._document.sessions:
            self._save(session)
        if self._wait():
            return self._tell_refusals()
        self._tell(say("the disk does not answer"))
        return False

    def is_kept(self, session: Session) -> bool:
        """Whether the disk has an open plan as it is now."""
        return bool(self._of(session).written == _state(session))

    def forget(self, session: Session | None = None) -> None:
        """The work is saved or given up: nothing to recover."""
        self._forget(self._of(session or self._document.session))
        self._wait()

    def stop(self, *, keep: bool = False) -> None:
        """End the watch; with ``keep`` the unsaved work is offered at the next start.

        Once is enough: what was kept then is not forgotten by closing the window afterwards.
        """
        if self._is_stopped:
            return
        self._is_stopped, self._runs = True, False
        self._timer.stop()
        if keep:
            self.save_now()
        for kept in self._kept.values():
            if not keep:
                self._forget(kept)
        self._wait()
        self._writer.end()
        for kept in self._kept.values():
            kept.unlock()

    def _wait(self) -> bool:
        return self._writer.wait(ANSWERS_WITHIN_S)

    def _on_changed(self, *_what: object) -> None:
        if self._runs:
            for session in self._document.sessions:
                self._save(session, WRITE_AFTER_S)

    def _of(self, session: Session) -> _Kept:
        if session.id not in self._kept:
            file = self._folder / f"{self._name}-{session.id}.json"
            self._kept[session.id] = _Kept(file)
        return self._kept[session.id]

    def _save(self, session: Session, after_s: float = 0.0) -> None:
        kept = self._of(session)
        if not session.is_modified:
            if kept.wanted is not None:
                self._forget(kept)
            return
        wanted = _state(session)
        if wanted == kept.wanted and not kept.refused:
            return  # it is there, or waits for its time
        kept.wanted = wanted
        # Clocks are set back and forward. What is kept later has the higher order all the same.
        self._order = max(self._order + 1, time.time_ns())
        head = {
            "path": str(session.path) if session.path else None,
            "base": session.stamp.digest if session.stamp else None,
            "label": session.label,
            "time": datetime.now().isoformat(timespec="seconds"),
            "order": self._order,
        }

        def write() -> None:
            kept.write(lambda: _content(head, wanted), wanted)
            self._say_settled()

        # The time of an earlier edit that waits stays: who never pauses is kept too.
        self._writer.put(kept, write, after_s)

    def _forget(self, kept: _Kept) -> None:
        kept.wanted = None
        self._writer.put(kept, kept.forget)

    def _say_settled(self) -> None:
        try:
            self._settled.emit()
        except RuntimeError:
            return  # the window is gone

    def _on_settled(self) -> None:
        if not self._tell_refusals() and self._runs and not self._timer.isActive():
            self._timer.start()

    def _tell_refusals(self) -> bool:
        refused = [kept.refused for kept in self._kept.values() if kept.refused]
        if refused:
            self._tell(refused[0])
        else:
            self._set_refused(False)
        return not refused

    def _tell(self, reason: str) -> None:
        if not self._refused:
            self._set_refused(True)
            self.failed.emit(reason)

    def _set_refused(self, refused: bool) -> None:
        if refused != self._refused:
            self._refused = refused
            self.refused_changed.emit(refused)

    def _on_session_closed(self, session: object) -> None:
        assert isinstance(session, Session)
        kept = self._kept.pop(session.id, None)
        if kept is not None:
            self._forget(kept)
            self._wait()
            kept.unlock()


class _State:
    """What has to be in the autosave: told apart by the objects, which never change."""

    __slots__ = ("plan", "rows")

    def __init__(self, plan: Plan, rows: Any) -> None:
        self.plan, self.rows = plan, rows

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _State) and self.plan is other.plan and self.rows is other.rows

    __hash__ = None  # type: ignore[assignment]


def _state(session: Session) -> _State:
    return _State(session.plan, session.rows.seen)


def _content(head: dict[str, object], state: _State) -> bytes:
    from moeplanner_gui.export.plan_file import plan_to_json

    carried = entries_of(state.plan, state.rows)
    return json.dumps({**head, "plan": plan_to_json(state.plan, carried)}).encode()
