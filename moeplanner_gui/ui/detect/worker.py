"""Looks at this machine beside the window, so that no driver ever holds the window up.

Knows detection and no widgets. What it hands over is immutable.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from time import sleep
from typing import Any

from PySide6.QtCore import QObject, Signal

from moeplanner_gui.ui.beside import LONGEST_END_S, Cancelled, short_turns
from moeplanner_gui.ui.detect.next_part import Advice, advice_for

FIRST_PICTURE_S = 0.04
"""The dialog is painted before anything is loaded or started for it."""

Detect = Callable[[Callable[[Any], None], Cancelled], Any]
Propose = Callable[[Any, Any, Any], Any]
Advise = Callable[[Any, Any, Cancelled], "Advice | None"]


def look_at_machine(on_report: Callable[[Any], None], cancelled: Cancelled) -> Any:
    """``detect``, imported when it is needed."""
    from moeplanner_gui.detect.machine import detect

    return detect(on_report=on_report, cancelled=cancelled)


def propose_node(machine: Any, catalog: Any, now: Any) -> Any:
    """``propose``, imported when it is needed."""
    from moeplanner_gui.detect.propose import propose

    return propose(machine, catalog.gpus, catalog.hosts, now=now, links=catalog.links)


class DetectWorker(QObject):
    """Two lanes, one job at a time in each: looking, and what could be added.

    A job that was cancelled says nothing any more. The threads are daemons: a driver that never
    answers cannot keep the program from ending.

    Signals:
        reported(ProbeReport): One probe has answered.
        proposed(DetectedMachine, Proposal): Everything has been looked at.
        failed(str): Nothing could be looked at, in a sentence.
        advised(object): What the machine can do with the model and what would help, an Advice;
            None when that could not be said.
    """

    reported = Signal(object)
    proposed = Signal(object, object)
    failed = Signal(str)
    advised = Signal(object)
    _told = Signal(str, int, str, object)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        detect: Detect = look_at_machine,
        propose: Propose = propose_node,
        advise: Advise = advice_for,
    ) -> None:
        super().__init__(parent)
        self._detect, self._propose, self._advise = detect, propose, advise
        self._number = {"look": 0, "advice": 0}
        self._stops: dict[str, threading.Event] = {}
        self._threads: list[threading.Thread] = []
        self._told.connect(self._on_told)

    @property
    def is_running(self) -> bool:
        """Whether a thread of this worker is still at work, cancelled or not."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        return bool(self._threads)

    def look(self, catalog: Any, now: Any) -> None:
        """Ask every probe, then propose a node instead of ``now``."""

        def job(tell: Callable[[str, object], None], cancelled: Cancelled) -> None:
            sleep(FIRST_PICTURE_S)
            # In here, so that neither the window nor the last answer waits for it.
            for name in ("detect.sentences", "detect.propose", "ui.charts.running_changes"):
                import_module(f"moeplanner_gui.{name}")
            machine = self._detect(lambda report: tell("report", report), cancelled)
            if not cancelled():
                tell("proposed", (machine, self._propose(machine, catalog, now)))

        self._start("look", job)

    def propose(self, machine: Any, catalog: Any, now: Any) -> None:
        """Propose again for a machine that is known: the plan has changed meanwhile."""
        self._start(
            "look",
            lambda tell, _cancelled: tell(
                "proposed", (machine, self._propose(machine, catalog, now))
            ),
        )

    def advise(self, job: Any, catalog: Any) -> None:
        """Look for what would make a plan fit on the chosen node: ``job`` is both."""
        self._start(
            "advice",
            lambda tell, cancelled: tell("advised", self._advise(job, catalog, cancelled)),
        )

    def cancel(self) -> None:
        """Stop everything; nothing is reported of it any more."""
        for lane in self._number:
            self._stop(lane)

    def end(self) -> None:
        """Stop and wait a moment, so that no thread outlives the window."""
        self.cancel()
        for thread in self._threads:
            thread.join(LONGEST_END_S)

    def _stop(self, lane: str) -> None:
        if lane in self._stops:
            self._stops[lane].set()
        self._number[lane] += 1

    def _start(self, lane: str, job: Callable[[Callable[[str, object], None], Cancelled], None]):  # type: ignore[no-untyped-def]
        self._stop(lane)
        self._stops[lane] = stop = threading.Event()
        number = self._number[lane]

        def tell(kind: str, what: object) -> None:
            # The window may be gone by now; Qt then says so by an error.
            try:
                self._told.emit(lane, number, kind, what)
            except RuntimeError:
                return

        def run() -> None:
            try:
                with short_turns():
                    job(tell, stop.is_set)
            except Exception as error:
                # Whatever goes wrong in there ends in a sentence, never in silence.
                tell("failed", f"{type(error).__name__}: {error}")

        thread = threading.Thread(target=run, name=f"detect-{lane}", daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()]
        self._threads.append(thread)
        thread.start()

    def _on_told(self, lane: str, number: int, kind: str, what: object) -> None:
        if number != self._number[lane]:
            return
        if kind == "report":
            self.reported.emit(what)
        elif kind == "proposed":
            self.proposed.emit(*what)  # type: ignore[misc]
        elif kind == "advised":
            self.advised.emit(what)
        elif lane == "look":
            self.failed.emit(str(what))
        else:
            self.advised.emit(None)
