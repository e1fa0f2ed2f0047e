"""Computes beside the window what articles contradict each other about. Knows no widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.beside import Beside, Cancelled, Tell

if TYPE_CHECKING:
    from moeplanner_gui.core.claims.terms import Contradiction


class Answering(Beside):
    """Works out the answers of some matters; a new run replaces the one before.

    Signals:
        answered(str, tuple): The lines of what is computed on the matter with this id.
    """

    answered = Signal(str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__("answer-contradictions", parent)

    def answer(self, matters: tuple[Contradiction, ...], catalog: Any) -> None:
        """Work out all answers, one matter after the other."""

        def job(tell: Tell, stopped: Cancelled) -> None:
            from moeplanner_gui.core.claims.bench import Bench
            from moeplanner_gui.core.claims.judge import answer
            from moeplanner_gui.ui.reality.contradictions import answer_line

            bench = Bench(catalog)
            for matter in matters:
                if stopped():
                    return
                try:
                    lines = tuple(
                        answer_line(question.says, answer(question, catalog, bench))
                        for question in matter.answers
                    )
                except Exception as error:
                    lines = (
                        say("It could not be computed: {0}: {1}", type(error).__name__, error),
                    )
                tell(matter.id, lines or (say("Nothing to compute."),))

        self._begin(job)

    def _heard(self, kind: str, what: object) -> None:
        self.answered.emit(kind, what)
