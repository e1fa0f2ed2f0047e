"""Writes autosaves one after another in a thread: a slow disk must not hold the window up.

Knows files and nothing of plans. What is put last for a file is what gets written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

Job = Callable[[], None]
_IDLE_S = 20.0


class Writer:
    """Runs the newest job of each key, in the order in which the keys were put."""

    def __init__(self) -> None:
        self._jobs: dict[object, Job] = {}
        self._changed = threading.Condition()
        self._is_busy = False
        self._thread: threading.Thread | None = None

    def put(self, key: object, job: Job) -> None:
        """Run ``job`` soon, in the place of one with the same key that has not begun.

        The job must not raise.
        """
        with self._changed:
            self._jobs.pop(key, None)
            self._jobs[key] = job
            if self._thread is None:
                # Not waited for at the end of the program: who must not lose a job waits.
                self._thread = threading.Thread(target=self._run, name="autosave", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def wait(self, within_s: float) -> bool:
        """Until everything that was put is done; False when it took longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._jobs and not self._is_busy, within_s)

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._changed.wait_for(lambda: bool(self._jobs), _IDLE_S):
                    self._thread = None
                    return
                key = next(iter(self._jobs))
                job = self._jobs.pop(key)
                self._is_busy = True
            try:
                job()
            finally:
                # Its plan is not kept alive by this name until the next one comes.
                del job
                with self._changed:
                    self._is_busy = False
                    self._changed.notify_all()
