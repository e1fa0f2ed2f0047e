"""Which plans can be compared, and which of them are chosen. Knows no widgets."""

from __future__ import annotations

from collections.abc import Sequence

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.compare import MOST_PLANS, Compared
from moeplanner_gui.core.entries import NO_ENTRIES, Entries
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.sessions import Session


@dataclass(frozen=True, eq=False)
class Found:
    """A plan from elsewhere that is compared without being open: a rig that a search found."""

    title: str
    plan: Plan
    assessment: Assessment
    catalog: CatalogReader
    entries: Entries = NO_ENTRIES


Candidate = Session | Found


class Candidates:
    """The open plans and the found ones, at most four of them chosen.

    What is opened later is chosen too while there is room; what was left out stays out.
    """

    def __init__(self, document: PlanDocument) -> None:
        self._document = document
        self._found: list[Found] = []
        self._chosen: list[Candidate] = []
        self._known: list[Candidate] = []

    @property
    def all(self) -> tuple[Candidate, ...]:
        """Open plans in the order of their tabs, then the found ones."""
        return (*self._document.sessions, *self._found)

    @property
    def chosen(self) -> tuple[Candidate, ...]:
        """The plans to compare, in the order of :attr:`all`."""
        return tuple(each for each in self.all if self.is_chosen(each))

    def is_chosen(self, candidate: Candidate) -> bool:
        """Whether it is compared."""
        return candidate in self._chosen

    @property
    def is_full(self) -> bool:
        """Whether four are chosen."""
        return len(self._chosen) >= MOST_PLANS

    def update(self) -> None:
        """Take note of plans that were opened or closed; the shown one comes first."""
        there = self.all
        self._chosen = [each for each in self._chosen if each in there]
        shown = self._document.session
        for each in sorted(there, key=lambda candidate: candidate is not shown):
            if each not in self._known:
                self.choose(each, True)
        self._known = list(there)

    def choose(self, candidate: Candidate, chosen: bool) -> bool:
        """Compare a plan or leave it out; False when four are chosen already."""
        if self.is_chosen(candidate) == chosen:
            return True
        if not chosen:
            self._chosen = [each for each in self._chosen if each is not candidate]
            return True
        if self.is_full:
            return False
        self._chosen.append(candidate)
        return True

    def add_found(self, found: Found) -> None:
        """Offer a plan that is not open; when four are chosen the last one makes room."""
        self._found.append(found)
        if self.is_full:
            self._chosen.pop()
        self.update()

    def drop_found(self, found: Found) -> None:
        """Forget a found plan."""
        self._found = [each for each in self._found if each is not found]
        self.update()

    def compared(self, candidates: Sequence[Candidate]) -> tuple[Compared, ...]:
        """What the comparison works on."""
        return tuple(self._compared(each) for each in candidates)

    def _compared(self, candidate: Candidate) -> Compared:
        if isinstance(candidate, Found):
            return Compared(candidate.plan, candidate.assessment, candidate.catalog)
        answer = self._document.answer_of(candidate)
        return Compared(candidate.plan, answer, candidate.rows.seen)
