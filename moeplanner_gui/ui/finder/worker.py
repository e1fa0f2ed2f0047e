"""Searches beside the window. Knows the search and no widgets; what it hands over is immutable."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from moeplanner_gui.ui.garbage import go_on_looking, pause_looking

LONGEST_END_S = 2.0
TURN_S = 0.0005
"""How long the search keeps the interpreter while the window's thread waits for it."""

NEWS_S = 0.12
"""A person cannot follow more news than this."""
DRAWN_S = 0.05
"""How long the search waits until the window has drawn what it told; both at once would be slow."""

Cancelled = Callable[[], bool]
Search = Callable[[Any, Any, Callable[[Any], None], Cancelled], Any]


def run_search(
    wishes: Any, catalog: Any, on_progress: Callable[[Any], None], cancelled: Cancelled
) -> Any:
    """``search``, imported when it is needed."""
    from moeplanner_gui.core.search.search import search

    return search(wishes, catalog, on_progress, cancelled)


class SearchWorker(QObject):
    """One search at a time; a new one ends the one before.

    A search that was replaced says nothing any more, one that was stopped ends with what it has
    seen. The threads are daemons: nothing that goes wrong keeps the program from ending.

    Signals:
        progressed(Progress): How far the search is.
        finished(SearchResult, float): The answer, and how many seconds it took.
        failed(str): It could not be searched, in a sentence.
    """

    progressed = Signal(object)
    finished = Signal(object, float)
    failed = Signal(str)
    _told = Signal(int, str, object)

    def __init__(self, parent: QObject | None = None, *, search: Search | None = None) -> None:
        super().__init__(parent)
        self._search = search or run_search
        self._number = 0
        self._stop = threading.Event()
        self._drawn = threading.Event()
        self._threads: list[threading.Thread] = []
        self._usual_s = 0.0
        self._collects = False
        self._told.connect(self._on_told)

    @property
    def is_running(self) -> bool:
        """Whether a thread is still at work, wanted or not."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        return bool(self._threads)

    def search(self, wishes: Any, catalog: Any) -> None:
        """Begin; what was running is replaced."""
        self.forget()
        self._stop = stop = threading.Event()
        number = self._number

        def tell(kind: str, what: object) -> None:
            # The window may be gone by now; Qt then says so by an error.
            try:
                self._told.emit(number, kind, what)
            except RuntimeError:
                return

        last = -NEWS_S

        def tell_progress(progress: Any) -> None:
            nonlocal last
            now = time.perf_counter()
            if stop.is_set() or (now - last < NEWS_S and not progress.inside):
                return
            self._drawn.clear()
            tell("progress", progress)
            self._drawn.wait(DRAWN_S)
            last = time.perf_counter()

        def run() -> None:
            began = time.perf_counter()
            try:
                found = self._search(wishes, catalog, tell_progress, stop.is_set)
                tell("finished", (found, time.perf_counter() - began))
            except Exception as error:
                # Whatever goes wrong in there ends in a sentence, never in silence.
                tell("failed", f"{type(error).__name__}: {error}")

        if not self.is_running:
            self._take_short_turns()
        thread = threading.Thread(target=run, name="find-a-rig", daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self) -> None:
        """End the search with what it has seen: it finishes at once."""
        self._stop.set()

    def forget(self) -> None:
        """End the search; it says nothing any more."""
        self._stop.set()
        self._number += 1

    def end(self) -> None:
        """Stop and wait a moment, so that no thread outlives the window."""
        self.forget()
        for thread in self._threads:
            thread.join(LONGEST_END_S)
        self._take_usual_turns()

    def _take_short_turns(self) -> None:
        if self._usual_s:
            # The search before has ended, but its last word was not heard yet.
            return
        self._usual_s = sys.getswitchinterval()
        sys.setswitchinterval(TURN_S)
        pause_looking()

    def _take_usual_turns(self) -> None:
        if not self._usual_s or self.is_running:
            return
        sys.setswitchinterval(self._usual_s)
        self._usual_s = 0.0
        go_on_looking()

    def _on_told(self, number: int, kind: str, what: object) -> None:
        if number != self._number:
            return
        if kind == "progress":
            self.progressed.emit(what)
            # What was told is painted before timers run; one of 0 ms is none.
            QTimer.singleShot(1, self._drawn.set)
            return
        # The thread has said its last word and ends within the same millisecond.
        for thread in self._threads:
            thread.join(LONGEST_END_S)
        self._take_usual_turns()
        if kind == "finished":
            self.finished.emit(*what)  # type: ignore[misc]
        else:
            self.failed.emit(str(what))
