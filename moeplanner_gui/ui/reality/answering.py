"""Computes beside the window what articles contradict each other about. Knows no widgets."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from moeplanner_gui.core.words import say

if TYPE_CHECKING:
    from moeplanner_gui.core.claims.terms import Contradiction

LONGEST_END_S = 2.0


class Answering(QObject):
    """One run at a time; a new one replaces the one before, which says nothing any more.

    Signals:
        answered(str, tuple): The lines of what is computed on the matter with this id.
    """

    answered = Signal(str, object)
    _told = Signal(int, str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._threads: list[threading.Thread] = []
        self._told.connect(self._on_told)

    def answer(self, matters: tuple[Contradiction, ...], catalog: Any) -> None:
        """Work out all answers, one matter after the other."""
        self._number += 1
        number = self._number

        def run() -> None:
            from moeplanner_gui.core.claims.bench import Bench
            from moeplanner_gui.core.claims.judge import answer
            from moeplanner_gui.ui.reality.contradictions import answer_line

            bench = Bench(catalog)
            for matter in matters:
                if number != self._number:
                    return
                try:
                    lines = tuple(
                        answer_line(question.says, answer(question, catalog, bench))
                        for question in matter.answers
                    )
                except Exception as error:
                    # Whatever goes wrong in there ends in a sentence, never in silence.
                    lines = (
                        say("It could not be computed: {0}: {1}", type(error).__name__, error),
                    )
                try:
                    self._told.emit(number, matter.id, lines or (say("Nothing to compute."),))
                except RuntimeError:
                    # The window is gone.
                    return

        thread = threading.Thread(target=run, name="answer-contradictions", daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()]
        self._threads.append(thread)
        thread.start()

    def end(self) -> None:
        """Stop and wait a moment, so that no thread outlives the window."""
        self._number += 1
        for thread in self._threads:
            thread.join(LONGEST_END_S)

    def _on_told(self, number: int, matter_id: str, lines: object) -> None:
        if number == self._number:
            self.answered.emit(matter_id, lines)
