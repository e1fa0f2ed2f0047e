"""Work beside the window: short turns for all of it, and no word of what was replaced."""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack

from moeplanner_gui.ui.beside import TURN_S, Beside, short_turns


def test_that_turns_are_as_before_after_two_kinds_of_work_that_overlap() -> None:
    """The first one ends first: a search that runs while the machine is looked at."""
    usual = sys.getswitchinterval()
    assert usual > TURN_S
    search, look = ExitStack(), ExitStack()
    search.enter_context(short_turns())
    look.enter_context(short_turns())
    search.close()
    assert sys.getswitchinterval() < usual / 2
    look.close()
    assert sys.getswitchinterval() == usual


class Counting(Beside):
    """Tells numbers when it is let."""

    def __init__(self) -> None:
        super().__init__("counting")
        self.heard: list[object] = []

    def count(self, number: int, may_go: threading.Event) -> None:
        def job(tell, _stopped) -> None:
            may_go.wait(10)
            tell("number", number)

        self._begin(job)

    def _heard(self, _kind, what) -> None:
        self.heard.append(what)


def test_that_only_the_newest_job_is_heard_and_none_after_the_end(qtbot) -> None:
    worker, may_go = Counting(), threading.Event()
    worker.count(1, may_go)
    worker.count(2, may_go)
    assert worker.is_running
    may_go.set()
    qtbot.waitUntil(lambda: worker.heard == [2] and not worker.is_running)
    late = threading.Event()
    worker.count(3, late)
    worker.forget()
    late.set()
    worker.count(4, may_go)
    worker.end()
    qtbot.wait(1)
    assert worker.heard == [2]


def test_that_a_job_ends_when_its_window_is_gone(qtbot) -> None:
    worker, may_go, ended = Counting(), threading.Event(), threading.Event()

    def job(tell, stopped) -> None:
        may_go.wait(10)
        tell("number", 1)
        if stopped():
            ended.set()

    worker._begin(job)
    worker.deleteLater()
    with qtbot.waitSignal(worker.destroyed):
        pass
    may_go.set()
    assert ended.wait(5)
