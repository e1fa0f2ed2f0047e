"""Judges claims beside the window. Knows no widgets; what it hands over is immutable."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from moeplanner_gui.ui.beside import Beside, Cancelled, Tell

if TYPE_CHECKING:
    from moeplanner_gui.core.claims.terms import Claim

FIRST = 12
"""So many judgements fill the first rows: they are told at once."""
NEWS_S = 0.15
"""A person cannot follow more news than this."""
BREATH_S = 0.0005
"""Between two claims the window's thread gets its turn."""

Load = Callable[[], Sequence[Any]]


class Judging(Beside):
    """Judges some claims; a new run replaces the one before.

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

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__("judge-claims", parent)

    def judge(self, load: Load, catalog: Any) -> None:
        """Judge what ``load`` gives, which is called on the thread, instead of what was running."""

        def job(tell: Tell, stopped: Cancelled) -> None:
            try:
                claims = tuple(load())
                tell("loaded", claims)
                _judge(claims, catalog, lambda found: tell("judged", found), stopped)
                tell("finished", None)
            except Exception as error:
                tell("failed", f"{type(error).__name__}: {error}")

        self._begin(job)

    def _heard(self, kind: str, what: object) -> None:
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
