"""The list for people: order, alike findings together, dismissed ones last."""

from __future__ import annotations

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.check_edits import dismiss
from moeplanner_gui.core.checks.listed import counts, listed
from moeplanner_gui.core.checks.subjects import place_of
from moeplanner_gui.core.plan import Node, Plan, Rig

CATALOG = load_catalog()
PLAN = Plan(model="qwen3-30b-a3b", rig=Rig(nodes=(Node(gpus=("rtx3090",) * 3),) * 2))


def note(code: str, subject: str, message: str = "Text.", severity: str = "note") -> Finding:
    return Finding(code, severity, subject, message)  # type: ignore[arg-type]


def test_that_findings_of_equal_computers_are_one_row() -> None:
    rows = listed([note("a", "node 2"), note("a", "node 1"), note("a", "node 3")], PLAN)
    assert [row.subject for row in rows] == ["Node 1 to 3"]
    other = listed([note("a", "node 1"), note("a", "node 2", "Other.")], PLAN)
    assert [row.subject for row in other] == ["Node 1", "Node 2"]


def test_that_a_device_named_in_the_text_becomes_all_of_them() -> None:
    found = [note("d", f"gpu {n}", f"On GPU {n} is a desktop.") for n in (1, 11)]
    (row,) = listed(found, PLAN)
    assert row.subject == "GPU 1 and 11"
    assert row.message == "On GPU 1 and 11 is a desktop."


def test_that_a_computer_is_called_what_the_rig_calls_it() -> None:
    attic, cellar = (Node(name=name) for name in ("Attic", "Cellar"))
    named = PLAN.replace(rig=Rig(nodes=(attic, cellar, Node())))
    found = [note("a", "node 1"), note("a", "node 2"), note("a", "node 3")]
    assert [row.subject for row in listed(found, named)] == ["Attic, Cellar and Node 3"]
    assert [row.subject for row in listed(found[:2], named)] == ["Attic and Cellar"]
    assert [row.keys for row in listed(found[:1], named)] == [(("a", "node 1"),)]
    alone = PLAN.replace(rig=Rig(nodes=(Node(),)))
    assert [row.subject for row in listed(found[:1], alone)] == ["Workstation"]
    many = PLAN.replace(rig=Rig(nodes=(attic, *[Node(name=f"Rack {n}") for n in range(7)])))
    rows = listed([note("a", f"node {n + 1}") for n in range(8)], many)
    assert [row.subject for row in rows] == ["Attic, Rack 0 and 6 more"]
    # A node that is not there any more keeps its number.
    assert [row.subject for row in listed([note("a", "node 9")], named)] == ["Node 9"]


def test_that_one_dismissed_of_two_alike_stands_alone() -> None:
    found = [note("a", "node 1"), note("a", "node 2")]
    plan = dismiss(PLAN, "a", "node 1", "seen")
    rows = listed(found, plan)
    assert [(row.subject, row.reason) for row in rows] == [("Node 2", None), ("Node 1", "seen")]
    assert rows[1].word == "Note, dismissed"


def test_that_severity_comes_before_subject() -> None:
    found = [
        note("n", "plan"),
        note("w", "gpu 2", severity="warning"),
        note("e", "node 1", severity="error"),
        note("w2", "plan", severity="warning"),
    ]
    assert [row.first.code for row in listed(found, PLAN)] == ["e", "w2", "w", "n"]
    plan = dismiss(PLAN, "e", "node 1")
    assert counts(found, plan).to_look_at == 2
    assert counts(found, plan).dismissed == 1
    assert listed(found, plan)[-1].why == "no reason given"


def test_that_a_board_of_two_devices_takes_two_numbers() -> None:
    several = next(row.id for row in CATALOG.gpus.values() if row.devices == 2)
    plan = PLAN.replace(rig=Rig(nodes=(Node(gpus=(several, "rtx3090")),)))
    places = [place_of(f"gpu {n}", plan, CATALOG) for n in (1, 2, 3, 4)]
    assert places == [(0, 0), (0, 0), (0, 1), None]
    assert place_of("RTX 3090", plan, CATALOG) == (0, 1)
    assert place_of("plan", plan, CATALOG) is None
    assert place_of("node 1", plan, CATALOG) == (0, None)
    assert place_of("GPU 1", plan, CATALOG) == place_of("gpu 1", plan, CATALOG)
    assert place_of("gpu 99", plan, CATALOG) is None
    assert place_of("node 2", plan, CATALOG) is None


def test_that_the_json_says_what_to_verify() -> None:
    plan = PLAN.replace(weights="q4_k_m")
    answer = evaluate(plan, CATALOG).to_json()
    assert answer["findings"]
    for finding in answer["findings"]:
        assert list(finding) == ["code", "severity", "subject", "message", "verify"]
