"""What would make the plan fit, looked for beside the work of the window. Knows no widgets.

One search serves every view of a document. It runs in slices between the events, so that a
frame is never late, and starts anew with every edit.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QRunnable, QThreadPool, QTimer, Signal

from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.ui.charts.users import most_users_sentence
from moeplanner_gui.ui.document import PlanDocument

if TYPE_CHECKING:
    from moeplanner_gui.core.context import SequenceLimit
    from moeplanner_gui.core.plan import Engine, Plan
    from moeplanner_gui.core.ports import CatalogReader
    from moeplanner_gui.core.remedies import Remedy

DELAY_MS = 120
"""A search evaluates many plans; it waits until the user has stopped dragging a slider."""
SLICE_SECONDS = 0.006
SLOW_SECONDS = 0.3
"""After this a view says that it is still looking."""


class Advisor(QObject):
    """The search for remedies of one document.

    Signals:
        advice_changed(): ``found``, ``is_finished`` or ``is_slow`` is another one.
        most_changed(): ``most`` is another one.
    """

    advice_changed = Signal()
    most_changed = Signal()

    def __init__(self, document: PlanDocument) -> None:
        super().__init__(document)
        self._document = document
        self._steps: Iterator[Remedy | None] | None = None
        self._found: list[Remedy] = []
        self._plan: Plan | None = None
        self._spent = 0.0
        self._warmed: set[tuple[str, str]] = set()
        self._most: SequenceLimit | None = None
        self.found: tuple[Remedy, ...] = ()
        self.is_finished = True
        self.is_slow = False
        self.delay = QTimer(self)
        self.delay.setSingleShot(True)
        self.delay.setInterval(DELAY_MS)
        self.delay.timeout.connect(self._start)
        self._slices = QTimer(self)
        self._slices.setInterval(0)
        self._slices.timeout.connect(self._slice)
        document.assessment_changed.connect(self._on_assessment_changed)
        self._on_assessment_changed(document.assessment)

    @property
    def most(self) -> SequenceLimit | None:
        """The most users at a time at the plan's context; None until it is worked out."""
        return self._most

    def hurry(self) -> None:
        """Begin now instead of after the delay: somebody is waiting."""
        if self.delay.isActive():
            self._start()

    def finish(self) -> None:
        """Look everything up now; for pictures, tests and a menu that opens."""
        if self.delay.isActive() or self._plan is not self._document.plan:
            self.delay.stop()
            self._start()
        if self._steps is None and not self.is_finished:
            self._begin()
        while not self.is_finished:
            self._slice()

    def _on_assessment_changed(self, _assessment: object) -> None:
        self._slices.stop()
        self._steps = None
        self._plan = None
        self._most = None
        self.is_finished = self._document.assessment.fits
        self.is_slow = False
        if self.found:
            self.found = ()
        self.advice_changed.emit()
        self.most_changed.emit()
        self.delay.start()

    def _start(self) -> None:
        from moeplanner_gui.core.context import most_sequences

        document = self._document
        document.flush()
        self.delay.stop()
        self._plan = document.plan
        try:
            self._most = most_sequences(document.plan, document.catalog)
        except UnknownEntryError:
            return  # The plan names a row that is gone; there is nothing to look for.
        self.most_changed.emit()
        if document.assessment.fits:
            return
        self._found, self._spent = [], 0.0
        self.is_finished = False
        key = (document.plan.model, document.plan.deployment.engine)
        if key in self._warmed:
            self._begin()
            return
        self._warmed.add(key)
        warming = _Warming(document.plan, document.catalog)
        warming.signals.done.connect(self._on_warmed)
        QThreadPool.globalInstance().start(warming)

    def _on_warmed(self, plan: object) -> None:
        if plan is self._plan and self._steps is None and not self.is_finished:
            self._begin()

    def _begin(self) -> None:
        self._steps = self._search()
        self._slices.start()

    def _search(self) -> Iterator[Remedy | None]:
        from moeplanner_gui.ui.charts.running_changes import search_advice

        runs = self._document.assessment.verdict == "cannot_run"
        return search_advice(self._document.plan, self._document.catalog, runs=runs)

    def _slice(self) -> None:
        """Go on for a moment; an edit meanwhile starts anew with the new plan."""
        from moeplanner_gui.core.remedies import ranked

        begun = perf_counter()
        end = begun + SLICE_SECONDS
        while self._steps is not None and perf_counter() < end:
            try:
                remedy = next(self._steps)
            except StopIteration:
                self._steps = None
                break
            if remedy is not None:
                self._found.append(remedy)
        self._spent += perf_counter() - begun
        if self._steps is None:
            self._slices.stop()
            self.found = ranked(self._found)
            self.is_finished = True
            self.advice_changed.emit()
        elif self._spent > SLOW_SECONDS and not self.is_slow:
            self.is_slow = True
            self.advice_changed.emit()


class _Signals(QObject):
    """Signals of a worker, which is no QObject itself.

    Signals:
        done(Plan): The sizes for this plan are known.
    """

    done = Signal(object)


class _Warming(QRunnable):
    """Works out how a model's formats lie in their files, which takes up to 0.2 s the first time.

    The core keeps what it worked out, so that the search finds it there. It touches no widget
    and ends in ``done`` whatever happens: the search then works out what is missing.
    """

    def __init__(self, plan: Plan, catalog: CatalogReader) -> None:
        super().__init__()
        self._plan, self._catalog = plan, catalog
        self.signals = _Signals()

    def run(self) -> None:
        from moeplanner_gui.core.engine_choice import with_engine
        from moeplanner_gui.core.prepare import ENGINE_NAMES
        from moeplanner_gui.core.weights import formats_for

        plan, catalog = self._plan, self._catalog
        try:
            formats_for(catalog.model(plan.model), plan.deployment.engine)
            for engine in ENGINE_NAMES:
                with_engine(plan.replace(weights="native"), cast("Engine", engine), catalog)
        except Exception:  # the search meets it again where it can be told
            pass
        finally:
            self.signals.done.emit(plan)


def advisor_of(document: PlanDocument) -> Advisor:
    """The one advisor of a document, made when it is first asked for."""
    there = document.findChild(Advisor)
    return there if there is not None else Advisor(document)


def most_users_text(document: PlanDocument) -> str:
    """How many users there can be, "" until it is known."""
    most = advisor_of(document).most
    if most is None or document.assessment.verdict == "cannot_run":
        return ""
    return most_users_sentence(document.plan, most)
