"""Findings that the user has dismissed. They stay findings: no verdict and no figure changes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.plan import Dismissal, Plan
from moeplanner_gui.core.words import say

WORDS = {"error": say("Error"), "warning": say("Check"), "note": say("Note")}
"""The three severities as they are written everywhere."""
DISMISSED_WORDS = {
    "error": say("Error, dismissed"),
    "warning": say("Check, dismissed"),
    "note": say("Note, dismissed"),
}
"""A dismissed error is still said to be one."""
NO_REASON = say("no reason given")


MESSAGE_KEPT = 2000
"""Characters of a message that a dismissal remembers."""
_RANK = {"note": 0, "warning": 1, "error": 2}
_FIGURE = re.compile(r"\d[\d,.]*(?<![,.])")


def covers(item: Dismissal, severity: str, message: str) -> bool:
    """Whether a dismissal still is about what a finding of its code and subject says now.

    It is not once the finding is more severe, nor once a figure of an error or a check is
    another: which direction is the worse one differs from finding to finding, and a figure that
    nobody has looked at must not stay hidden. The figures of a note hide nothing. Words that
    change without a figure, as a computer's name, change nothing. A dismissal that does not know
    what was said holds for anything.
    """
    if item.severity and _RANK[severity] > _RANK[item.severity]:
        return False
    if not item.message or severity == "note":
        return True
    now = message[:MESSAGE_KEPT]
    if _FIGURE.sub("", item.message) == _FIGURE.sub("", now):
        return _FIGURE.findall(item.message) == _FIGURE.findall(now)
    # In another language figures have other marks and may stand in another order.
    return sorted(_marks_alike(item.message)) == sorted(_marks_alike(now))


def _marks_alike(message: str) -> list[str]:
    return [figure.replace(",", ".") for figure in _FIGURE.findall(message)]


def reason_of(finding: Finding, plan: Plan) -> str | None:
    """Why a finding was dismissed, None while it stands; "" where no reason was given."""
    for item in plan.dismissed:
        if (item.code, item.subject) == (finding.code, finding.subject):
            return item.reason if covers(item, finding.severity, finding.message) else None
    return None


def standing(findings: Sequence[Finding], plan: Plan) -> tuple[Finding, ...]:
    """The findings that nobody dismissed, in their order."""
    if not plan.dismissed:
        return tuple(findings)
    return tuple(found for found in findings if reason_of(found, plan) is None)


def dismissed(findings: Sequence[Finding], plan: Plan) -> tuple[tuple[Finding, str], ...]:
    """The findings that were dismissed, each with its reason. Dismissals of what is no longer
    found, or says something worse now, are not among them; the plan keeps them.
    """
    if not plan.dismissed:
        return ()
    reasons = ((found, reason_of(found, plan)) for found in findings)
    return tuple((found, reason) for found, reason in reasons if reason is not None)
