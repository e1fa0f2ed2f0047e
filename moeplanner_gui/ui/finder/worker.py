"""Searches beside the window. Knows the search and no widgets; what it hands over is immutable."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from moeplanner_gui.ui.beside import Beside, Cancelled, Tell, short_turns
from moeplanner_gui.ui.garbage import go_on_looking, pause_looking

NEWS_S = 0.12
"""A person cannot follow more news than this."""
DRAWN_S = 0.05
"""How long the search waits until the window has drawn what it told; both at once would be slow."""

Search = Callable[[Any, Any, Callable[[Any], None], Cancelled], Any]


def run_search(
    wishes: Any, catalog: Any, on_progress: Callable[[Any], None], cancelled: Cancelled
) -> Any:
    """``search``, imported when it is needed."""
    from moeplanner_gui.core.search.search import search

    return search(wishes, catalog, on_progress, cancelled)


class SearchWorker(Beside):
    """One search at a time; a new one ends the one before.

    One that was stopped ends with what it has seen.

    Signals:
        progressed(Progress): How far the search is.
        finished(SearchResult, float): The answer, and how many seconds it took.
        failed(str): It could not be searched, in a sentence.
    """

    progressed = Signal(object)
    finished = Signal(object, float)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None, *, search: Search | None = None) -> None:
        super().__init__("find-a-rig", parent)
        self._search = search or run_search
        self._drawn = threading.Event()
        self._is_paused = False

    def search(self, wishes: Any, catalog: Any) -> None:
        """Begin; what was running is replaced."""

        def job(tell: Tell, stopped: Cancelled) -> None:
            last = -NEWS_S

            def tell_progress(progress: Any) -> None:
                nonlocal last
                now = time.perf_counter()
                if stopped() or (now - last < NEWS_S and not progress.inside):
                    return
                self._drawn.clear()
                tell("progress", progress)
                self._drawn.wait(DRAWN_S)
                last = time.perf_counter()

            began = time.perf_counter()
            try:
                with short_turns():
                    found = self._search(wishes, catalog, tell_progress, stopped)
                tell("finished", (found, time.perf_counter() - began))
            except Exception as error:
                tell("failed", f"{type(error).__name__}: {error}")

        if not self._is_paused:
            self._is_paused = True
            pause_looking()
        self._begin(job)

    def stop(self) -> None:
        """End the search with what it has seen: it finishes at once."""
        self._stop.set()

    def end(self) -> None:
        super().end()
        self._go_on_looking()

    def _go_on_looking(self) -> None:
        if self._is_paused and not self.is_running:
            self._is_paused = False
            go_on_looking()

    def _heard(self, kind: str, what: object) -> None:
        if kind == "progress":
            self.progressed.emit(what)
            # What was told is painted before timers run; one of 0 ms is none.
            QTimer.singleShot(1, self._drawn.set)
            return
        # The thread has said its last word and ends within the same millisecond.
        self._wait()
        self._go_on_looking()
        if kind == "finished":
            self.finished.emit(*what)  # type: ignore[misc]
        else:
            self.failed.emit(str(what))
