"""Dismissals and the wall circuit are edits; a dismissal never moves to another card."""

from __future__ import annotations

import pytest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core import edits
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Finding, Severity
from moeplanner_gui.core.check_edits import bring_back, dismiss, set_circuit
from moeplanner_gui.core.checks.dismissed import dismissed, standing
from moeplanner_gui.core.checks.listed import listed
from moeplanner_gui.core.plan import Dismissal, Node, Plan, Rig

CATALOG = load_catalog()
DESK = Node(host="am5-5600", ram_gib=64, gpus=("rtx3090", "rtx4090", "rtx3090"))
PLAN = Plan(model="qwen3-30b-a3b", weights="q4_k_m", rig=Rig(nodes=(DESK, DESK)))


def subjects(plan: Plan) -> list[str]:
    return [item.subject for item in plan.dismissed]


def test_that_dismissing_twice_keeps_the_last_reason_and_bringing_back_takes_it_away() -> None:
    once = dismiss(PLAN, "heat", "plan", "a  cool\ncellar")
    assert once.dismissed == (Dismissal(code="heat", subject="plan", reason="a cool cellar"),)
    twice = dismiss(once, "heat", "plan", "aircon")
    assert [item.reason for item in twice.dismissed] == ["aircon"]
    assert bring_back(twice, "heat", "plan") == PLAN
    with pytest.raises(ValueError, match="not dismissed"):
        bring_back(PLAN, "heat", "plan")


def test_that_only_a_known_circuit_can_be_chosen() -> None:
    assert set_circuit(PLAN, "us-120v-20a").rig.circuit == "us-120v-20a"
    assert set_circuit(set_circuit(PLAN, "us-120v-20a"), None) == PLAN
    with pytest.raises(ValueError, match="no circuit called"):
        set_circuit(PLAN, "mars")


def test_that_a_dismissal_is_dropped_where_its_card_may_be_another_one() -> None:
    plan = PLAN
    for subject in ("plan", "gpu 1", "gpu 2", "gpu 5", "node 1", "node 2"):
        plan = dismiss(plan, "any", subject)
    without = edits.remove_gpu(plan, 0, 1)
    assert subjects(without) == ["plan", "gpu 1", "node 1", "node 2"]
    assert subjects(edits.remove_node(plan, 1)) == ["plan", "gpu 1", "gpu 2", "node 1"]
    assert subjects(edits.replace_gpu(plan, 0, 0, "rtx5090")) == ["plan", "node 1", "node 2"]
    assert subjects(edits.set_node(plan, 0, ram_gib=96)) == subjects(plan)


def test_that_dismissing_changes_no_verdict_and_no_figure() -> None:
    before = evaluate(PLAN, CATALOG)
    plan = PLAN
    for finding in before.findings:
        plan = dismiss(plan, finding.code, finding.subject, "looked at")
    after = evaluate(plan, CATALOG)
    assert after == before
    assert standing(after.findings, plan) == ()
    assert [found for found, _ in dismissed(after.findings, plan)] == list(before.findings)
    assert standing(before.findings, PLAN) == before.findings


CIRCUITS = "The rig needs {n} circuits of 15 A; Desk has one."


def found(message: str, severity: Severity = "warning") -> Finding:
    return Finding("circuits", severity, "plan", message)


def dismissed_as(finding: Finding) -> Plan:
    said = {"severity": finding.severity, "message": finding.message}
    return dismiss(PLAN, finding.code, finding.subject, "an electrician was asked", **said)


@pytest.mark.parametrize(
    ("before", "now", "hidden"),
    [
        (found(CIRCUITS.format(n=2)), found(CIRCUITS.format(n=2)), True),
        (found(CIRCUITS.format(n=2)), found(CIRCUITS.format(n=5)), False),
        # Fewer of something may be the worse: nobody has looked at it.
        (found(CIRCUITS.format(n=5)), found(CIRCUITS.format(n=2)), False),
        (found("Same."), found("Same.", "error"), False),
        (found("Same.", "error"), found("Same."), True),
        (found(CIRCUITS.format(n=2)), found(CIRCUITS.format(n=2).replace("Desk", "Bay")), True),
        (found("1,000 W.", "note"), found("2,000 W.", "note"), True),
        (found("1,000 W.", "note"), found("1,000 W."), False),
        (found("x" * 3000 + " 1"), found("x" * 3000 + " 1"), True),
    ],
)
def test_that_a_dismissed_finding_stands_again_once_its_figures_are_others(
    before: Finding, now: Finding, hidden: bool
) -> None:
    plan = dismissed_as(before)
    assert (standing((now,), plan) == ()) is hidden
    assert bool(dismissed((now,), plan)) is hidden
    assert (listed((now,), plan)[0].reason is not None) is hidden


def test_that_a_dismissal_of_an_older_file_holds_whatever_is_said() -> None:
    old = dict(code="circuits", subject="plan", reason="seen")
    plan = PLAN.replace(dismissed=(Dismissal.model_validate(old),))
    assert standing((found(CIRCUITS.format(n=5)),), plan) == ()
