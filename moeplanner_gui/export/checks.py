"""The checks of a plan as rows of text, for the CSV and the terminal."""

from __future__ import annotations

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.checks import NOT_CHECKED
from moeplanner_gui.core.checks.link_costs import link_costs
from moeplanner_gui.core.checks.listed import Listed, listed
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.words import say

CHECKS_HEADER = (
    say("Severity"),
    say("Finding"),
    say("About"),
    say("Code"),
    say("Costs and to verify"),
    say("Dismissed because"),
)


def checks_list(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> tuple[Listed, ...]:
    """Every finding with what a link costs in speed; the dismissed ones last."""
    return listed(assessment.findings, plan, link_costs(plan, assessment, catalog))


def check_rows(
    plan: Plan, assessment: Assessment, catalog: CatalogReader
) -> tuple[tuple[str, ...], ...]:
    """One row a finding, and what nobody checked as the last one."""
    rows = [
        (
            item.word,
            item.message,
            item.subject,
            item.first.code,
            item.second,
            "" if item.reason is None else item.why,
        )
        for item in checks_list(plan, assessment, catalog)
    ]
    return (*rows, (NOT_CHECKED,))


def checks_text(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> str:
    """For a terminal: a line a finding, what to verify under it."""
    lines = []
    for item in checks_list(plan, assessment, catalog):
        lines.append(f"{item.word}, {item.subject}: {item.message}")
        second = item.second if item.reason is None else say("Reason: {0}", item.why)
        if second:
            lines.append(f"  {second}")
    return "\n".join([*lines, NOT_CHECKED])
