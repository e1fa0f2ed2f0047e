"""Judges claims beside the window. Knows no widgets; what it hands over is immutable."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from moeplanner_gui.core.claims.terms import Claim

LONGEST_END_S = 2.0
FIRST = 12
"""So many judgements fill the first rows: they are told at once."""
NEWS_S = 0.15
"""A person cannot follow more news than this."""
BREATH_S = 0.0005
"""Between two claims the window's thread gets its turn."""

Load = Callable[[], Sequence[Any]]


class Judging(QObject):
    """Judges some claims on a thread of its own; a new run replaces the one before.

    A run that was replaced says nothing any more. The threads are daemons: nothing that goes
    wrong keeps the program from ending.

    Signals:
        loaded(tuple): The claims of the run, before any of them is judged.
        judged(tuple): Judgements that came since the last time.
        finished(): All are judged.
        failed(str): It could not be judged, in a sentence.
    """

    loaded = Signal(object)
    judged = Signal(object)
    finished = Signal()
    failed = Signal(str)
    _told = Signal(int, str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._told.connect(self._on_told)

    @property
    def is_running(self) -> bool:
        """Whether a thread is still at work, wanted or not."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        return bool(self._threads)

    def judge(self, load: Load, catalog: Any) -> None:
        """Judge what ``load`` gives, which is called on the thread, instead of what was running."""
        self.forget()
        self._stop = stop = threading.Event()
        number = self._number

        def tell(kind: str, what: object = None) -> None:
            # The window may be gone by now; Qt then says so by an error.
            try:
                self._told.emit(number, kind, what)
            except RuntimeError:
                stop.set()

        def run() -> None:
            try:
                claims = tuple(load())
                tell("loaded", claims)
                _judge(claims, catalog, lambda found: tell("judged", found), stop.is_set)
                tell("finished")
            except Exception as error:
                # Whatever goes wrong in there ends in a sentence, never in silence.
                tell("failed", f"{type(error).__name__}: {error}")

        thread = threading.Thread(target=run, name="judge-claims", daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()]
        self._threads.append(thread)
        thread.start()

    def forget(self) -> None:
        """End the run; it says nothing any more."""
        self._stop.set()
        self._number += 1

    def end(self) -> None:
        """Stop and wait a moment, so that no thread outlives the window."""
        self.forget()
        for thread in self._threads:
            thread.join(LONGEST_END_S)

    def _on_told(self, number: int, kind: str, what: object) -> None:
        if number != self._number:
            return
        if kind == "finished":
            self.finished.emit()
        else:
            getattr(self, kind).emit(what)


def _judge(
    claims: Sequence[Claim],
    catalog: Any,
    tell: Callable[[tuple[Any, ...]], None],
    stopped: Callable[[], bool],
) -> None:
    """Judge one claim after the other and tell of some at a time."""
    from moeplanner_gui.core.claims.judge import judge_all

    found: list[Any] = []
    wanted, last = FIRST, time.perf_counter()
    for judgement in judge_all(claims, catalog):
        if stopped():
            return
        found.append(judgement)
        now = time.perf_counter()
        if len(found) >= wanted or now - last >= NEWS_S:
            tell(tuple(found))
            found, last, wanted = [], now, len(claims)
        time.sleep(BREATH_S)
    if found:
        tell(tuple(found))
