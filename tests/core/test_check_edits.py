"""Dismissals and the wall circuit are edits; a dismissal never moves to another card."""

from __future__ import annotations

import pytest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core import edits
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.check_edits import bring_back, dismiss, set_circuit
from moeplanner_gui.core.checks.dismissed import dismissed, standing
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
