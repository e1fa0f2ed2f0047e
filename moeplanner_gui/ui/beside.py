"""Work beside the window: threads that keep nobody from leaving, and short turns for the window.

Knows jobs and no widgets. What a job hands over must not change any more.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, Signal

LONGEST_END_S = 2.0
TURN_S = 0.0005
"""How long a thread keeps the interpreter while the window's waits for it. The usual 5 ms, several
times in one repaint, would be a frame that is late."""

Cancelled = Callable[[], bool]
Tell = Callable[[str, object], None]
Job = Callable[[Tell, Cancelled], None]


class _Turns:
    """How many threads want short turns, and how long they were before."""

    lock = threading.Lock()
    wanted = 0
    usual_s = 0.0


@contextmanager
def short_turns() -> Iterator[None]:
    """Short turns of the interpreter while any thread is in here, whoever began first."""
    with _Turns.lock:
        if not _Turns.wanted:
            _Turns.usual_s = sys.getswitchinterval()
            sys.setswitchinterval(TURN_S)
        _Turns.wanted += 1
    try:
        yield
    finally:
        with _Turns.lock:
            _Turns.wanted -= 1
            if not _Turns.wanted:
                sys.setswitchinterval(_Turns.usual_s)


class Beside(QObject):
    """One job at a time on a thread of its own; a new one replaces the one before.

    A job that was replaced says nothing any more. The threads are daemons: nothing that goes
    wrong keeps the program from ending. A job must not raise: whatever goes wrong in it ends in
    a sentence, never in silence.

    Args:
        name: What the threads are called in reports.
        parent: Qt's owner.
    """

    _told = Signal(int, str, object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._number = 0
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._told.connect(self._on_told)

    @property
    def is_running(self) -> bool:
        """Whether a thread is still at work, wanted or not."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        return bool(self._threads)

    def forget(self) -> None:
        """End the job; it says nothing any more."""
        self._stop.set()
        self._number += 1

    def end(self) -> None:
        """Stop and wait a moment, so that no thread outlives the window."""
        self.forget()
        self._wait()

    def _wait(self) -> None:
        for thread in self._threads:
            thread.join(LONGEST_END_S)

    def _begin(self, job: Job) -> None:
        """Run a job, which is told when it is not wanted any more."""
        self.forget()
        self._stop = stop = threading.Event()
        number = self._number

        def tell(kind: str, what: object) -> None:
            # The window may be gone by now; Qt then says so by an error.
            try:
                self._told.emit(number, kind, what)
            except RuntimeError:
                stop.set()

        thread = threading.Thread(
            target=job, args=(tell, stop.is_set), name=self._name, daemon=True
        )
        self._threads = [one for one in self._threads if one.is_alive()]
        self._threads.append(thread)
        thread.start()

    def _on_told(self, number: int, kind: str, what: object) -> None:
        if number == self._number:
            self._heard(kind, what)

    def _heard(self, kind: str, what: object) -> None:
        """In the window's thread: what the job told that is still wanted."""
        raise NotImplementedError
