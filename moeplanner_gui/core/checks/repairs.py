"""Edits that settle a finding or count what it says: one press, one undo step."""

from __future__ import annotations

from collections.abc import Iterable

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.checks.subjects import place_of
from moeplanner_gui.core.checks.wiring import narrowest
from moeplanner_gui.core.edits import set_node
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.speed.buses import pcie_row
from moeplanner_gui.core.words import say


def repair_words(finding: Finding, plan: Plan, catalog: CatalogReader) -> str:
    """What the link of a finding says, "" where no edit is known."""
    place = place_of(finding.subject, plan, catalog)
    if place is None:
        return ""
    node = plan.rig.nodes[place[0]]
    if finding.code in ("narrow_slot", "cards_on_risers"):
        narrow = narrowest(node, catalog)
        if narrow is None or narrow.counts or pcie_row(narrow.given, catalog) is None:
            return ""
        return say("Count {0}", narrow.given.name)
    if finding.code == "nvlink_not_counted":
        return say("Count the bridge")
    if finding.code == "desktop_assumed" and node.display is None:
        return say("Set headless")
    if finding.code == "link_wider_than_host":
        return say("Take the host's link")
    return ""


def all_repaired(findings: Iterable[Finding], plan: Plan, catalog: CatalogReader) -> Plan:
    """The plan after the edits of all of them: alike findings of equal computers go together.
    What one edit has settled for another is left out.
    """
    for finding in findings:
        if repair_words(finding, plan, catalog):
            plan = repaired(finding, plan, catalog)
    return plan


def repaired(finding: Finding, plan: Plan, catalog: CatalogReader) -> Plan:
    """The plan after the edit that :func:`repair_words` names.

    Raises:
        ValueError: No edit is known for the finding.
    """
    place = place_of(finding.subject, plan, catalog)
    if place is None or not repair_words(finding, plan, catalog):
        raise ValueError(say("No edit settles {0} of {1}.", finding.code, finding.subject))
    at = place[0]
    if finding.code == "nvlink_not_counted":
        return set_node(plan, at, nvlink=True)
    if finding.code == "desktop_assumed":
        return set_node(plan, at, display="headless")
    if finding.code == "link_wider_than_host":
        return set_node(plan, at, card_link=None)
    narrow = narrowest(plan.rig.nodes[at], catalog)
    row = None if narrow is None else pcie_row(narrow.given, catalog)
    return set_node(plan, at, card_link=None if row is None else row.id)
