"""Writes autosaves one after another in a thread: a slow disk must not hold the window up.

Nor may a busy window hold the disk up: when a write is due, it happens, whatever the event loop
is doing. Knows jobs and nothing of plans. What is put last under a key is what is done.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

Job = Callable[[], None]
_IDLE_S = 20.0


class Writer:
    """Runs the newest job of each key when it is due, one at a time."""

    def __init__(self) -> None:
        self._jobs: dict[object, tuple[float, Job]] = {}
        self._changed = threading.Condition()
        self._is_busy = self._ends = False
        self._thread: threading.Thread | None = None

    def put(self, key: object, job: Job, after_s: float = 0.0) -> None:
        """Run ``job`` after a while, in the place of one with the same key that has not begun.

        The time of that one stays, if it is sooner. The job must not raise.
        """
        due = time.monotonic() + after_s
        with self._changed:
            before = self._jobs.get(key)
            self._jobs[key] = (due if before is None else min(due, before[0]), job)
            if self._thread is None:
                # Not waited for at the end of the program: who must not lose a job waits.
                self._thread = threading.Thread(target=self._run, name="autosave", daemon=True)
                self._thread.start()
            if before is None or due < before[0]:
                self._changed.notify_all()

    def wait(self, within_s: float) -> bool:
        """Do everything that was put now; False when it took longer."""
        with self._changed:
            self._jobs = {key: (0.0, job) for key, (_, job) in self._jobs.items()}
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._jobs and not self._is_busy, within_s)

    def end(self) -> None:
        """Let the thread end when nothing is left to do; what is put later is done all the same."""
        with self._changed:
            self._ends = True
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            job = self._next()
            if job is None:
                return
            try:
                job()
            finally:
                # Its plan is not kept alive by this name until the next one comes.
                del job
                with self._changed:
                    self._is_busy = False
                    self._changed.notify_all()

    def _next(self) -> Job | None:
        """The job that is due; None when there was none for long and the thread may end."""
        with self._changed:
            while True:
                self._changed.wait_for(lambda: bool(self._jobs) or self._ends, _IDLE_S)
                if not self._jobs:
                    self._thread = None
                    return None
                key = min(self._jobs, key=lambda name: self._jobs[name][0])
                left = self._jobs[key][0] - time.monotonic()
                if left <= 0:
                    self._is_busy = True
                    return self._jobs.pop(key)[1]
                self._changed.wait(left)
