"""Findings that the user has dismissed. They stay findings: no verdict and no figure changes."""

from __future__ import annotations

from collections.abc import Sequence

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.plan import Plan

WORDS = {"error": "Error", "warning": "Check", "note": "Note"}
"""The three severities as they are written everywhere."""
DISMISSED_WORDS = {
    "error": "Error, dismissed",
    "warning": "Check, dismissed",
    "note": "Note, dismissed",
}
"""A dismissed error is still said to be one."""
NO_REASON = "no reason given"


def standing(findings: Sequence[Finding], plan: Plan) -> tuple[Finding, ...]:
    """The findings that nobody dismissed, in their order."""
    if not plan.dismissed:
        return tuple(findings)
    gone = {(item.code, item.subject) for item in plan.dismissed}
    return tuple(found for found in findings if (found.code, found.subject) not in gone)


def dismissed(findings: Sequence[Finding], plan: Plan) -> tuple[tuple[Finding, str], ...]:
    """The findings that were dismissed, each with its reason. Dismissals of what is no longer
    found are not among them; the plan keeps them.
    """
    if not plan.dismissed:
        return ()
    reasons = {(item.code, item.subject): item.reason for item in plan.dismissed}
    return tuple(
        (found, reasons[found.code, found.subject])
        for found in findings
        if (found.code, found.subject) in reasons
    )
