"""The findings of a plan as a list for people: alike ones together, the dismissed ones last.

The window, the PDF, the CSV and the command line show this list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from moeplanner_gui.core.assessment import Finding, Severity
from moeplanner_gui.core.checks.dismissed import DISMISSED_WORDS, NO_REASON, WORDS, dismissed
from moeplanner_gui.core.checks.subjects import subject_order, subject_words
from moeplanner_gui.core.plan import Plan, Rig
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import listed as listed_words
from moeplanner_gui.core.words import paragraph, say

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
HEADINGS: dict[str, tuple[str, str]] = {
    "error": (say("Error"), say("Errors")),
    "warning": (say("Check"), say("Checks")),
    "note": (say("Note"), say("Notes")),
}


@dataclass(frozen=True)
class Listed:
    """Findings that say the same of several cards or computers.

    ``cost``: what it costs in speed, a sentence or "". ``reason``: why it was dismissed, None
    while it stands. ``rig`` has the names of the computers.
    """

    findings: tuple[Finding, ...]
    cost: str = ""
    reason: str | None = None
    rig: Rig | None = None

    @property
    def first(self) -> Finding:
        """The finding that stands for all of them."""
        return self.findings[0]

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """Code and subject of each, as dismissals keep them."""
        return tuple((one.code, one.subject) for one in self.findings)

    @property
    def word(self) -> str:
        """``Error``, ``Check``, ``Note``, or one of them and that it was dismissed."""
        words = WORDS if self.reason is None else DISMISSED_WORDS
        return words[self.first.severity]

    @cached_property
    def subject(self) -> str:
        """``GPU 2``, ``Node 1 and 2``, ``Attic and Cellar``, ``Whole plan``."""
        names = [subject_words(one.subject, self.rig) for one in self.findings]
        head, _, number = names[0].rpartition(" ")
        if len(names) == 1 or not number.isdigit() or not head:
            return _joined(names)
        if names != [subject_words(one.subject) for one in self.findings]:
            return _joined(names)
        numbers = [name.rpartition(" ")[2] for name in names]
        if len(numbers) > 2 and int(numbers[-1]) - int(numbers[0]) == len(numbers) - 1:
            return say("{0} {1} to {2}", head, numbers[0], numbers[-1])
        return say("{0} {1} and {2}", head, ", ".join(numbers[:-1]), numbers[-1])

    @cached_property
    def message(self) -> str:
        """What it says, with all cards named where each finding names its own."""
        return self.first.message.replace(subject_words(self.first.subject), self.subject)

    @property
    def second(self) -> str:
        """What it costs and what to verify, as one line."""
        return paragraph((self.cost, self.first.verify))

    @property
    def why(self) -> str:
        """The reason of a dismissal, in words."""
        return self.reason or NO_REASON


def _joined(names: Sequence[str]) -> str:
    """``Attic and Cellar``; of many the first two and how many more there are."""
    if len(names) > 4:
        return say("{0}, {1} and {2} more", names[0], names[1], len(names) - 2)
    return listed_words(names)


_last: tuple[tuple[Finding, ...], Plan, tuple[Listed, ...]] | None = None


def listed(
    findings: Sequence[Finding],
    plan: Plan,
    costs: Mapping[tuple[str, str], str] | None = None,
) -> tuple[Listed, ...]:
    """All findings by severity, then by subject; those that were dismissed after all others.

    The list of the same objects is kept: the rig, the tabs and the status bar all ask after an
    edit.
    """
    global _last
    last = _last
    if not costs and last is not None and last[0] is findings and last[1] is plan:
        return last[2]
    rows = _listed(findings, plan, costs or {})
    if not costs and isinstance(findings, tuple):
        _last = (findings, plan, rows)
    return rows


def _listed(
    findings: Sequence[Finding], plan: Plan, costs: Mapping[tuple[str, str], str]
) -> tuple[Listed, ...]:
    reasons = {(found.code, found.subject): reason for found, reason in dismissed(findings, plan)}
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        key = (finding.code, finding.subject)
        reason, cost = reasons.get(key), costs.get(key, "")
        kind, _, number = finding.subject.partition(" ")
        alike: object = kind if number.isdigit() else finding.subject
        said = re.sub(rf"\b{re.escape(subject_words(finding.subject))}\b", "#", finding.message)
        groups.setdefault(
            (finding.code, finding.severity, alike, said, finding.verify, cost, reason), []
        ).append(finding)
    rows = []
    for group in groups.values():
        ordered = tuple(sorted(group, key=lambda one: subject_order(one.subject)))
        key = (ordered[0].code, ordered[0].subject)
        rows.append(Listed(ordered, costs.get(key, ""), reasons.get(key), plan.rig))
    rows.sort(
        key=lambda row: (
            row.reason is not None,
            SEVERITIES.index(row.first.severity),
            subject_order(row.first.subject),
        )
    )
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows of each severity stand, and how many were dismissed."""

    errors: int
    warnings: int
    notes: int
    dismissed: int

    @property
    def to_look_at(self) -> int:
        """What the tab counts: errors and checks."""
        return self.errors + self.warnings


def counts(findings: Sequence[Finding], plan: Plan) -> Counts:
    """The rows of :func:`listed`, counted."""
    rows = listed(findings, plan)
    standing = [row.first.severity for row in rows if row.reason is None]
    return Counts(
        standing.count("error"),
        standing.count("warning"),
        standing.count("note"),
        len(rows) - len(standing),
    )
