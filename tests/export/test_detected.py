"""The exports say what was read from a machine and what a person gave."""

from __future__ import annotations

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import (
    CardMemory,
    CustomCard,
    CustomSlot,
    DetectedNode,
    Node,
    Plan,
    Rig,
    TunedSlot,
)
from moeplanner_gui.export.assumptions import assumptions
from moeplanner_gui.export.csv import parts_csv
from moeplanner_gui.export.detected import detected_sentences
from tests.core.rigs import CATALOG

USED = TunedSlot(gpu="rtx3090", memory=CardMemory(other_mib=700, desktop_mib=0))
VALUES = {"ram_gib": 62, "gpus": (USED, "rtx3090"), "card_link": "pcie4-x8", "system_mib": 6000}
FOUND = DetectedNode(day="2026-11-23", **VALUES)


def plan_of(**changes: object) -> Plan:
    node = Node(name="This computer", detected=FOUND, **{**VALUES, **changes})
    return Plan(model="llama-3.1-8b", rig=Rig(nodes=(node,)))


def test_that_a_node_as_detected_is_one_sentence_and_says_that_nothing_changed() -> None:
    assert detected_sentences(plan_of(), CATALOG) == (
        "This computer, detected 23 Nov 2026: GPU 1 RTX 3090, GPU 2 RTX 3090, host memory 62 GiB.",
        "This computer: nothing was changed since.",
    )


def test_that_edited_typed_and_gone_things_are_named() -> None:
    own = CustomSlot(custom=CustomCard(name="Odd card", memory_mib=20_000))
    said = detected_sentences(plan_of(ram_gib=128, gpus=(USED, own), disk_gib=100), CATALOG)
    assert said == (
        "This computer, detected 23 Nov 2026: GPU 1 RTX 3090.",
        "This computer, edited since: host memory 128 GiB (was 62 GiB).",
        "This computer, typed: GPU 2 Odd card, free disk 100 GiB.",
        "This computer, detected and taken away since: RTX 3090.",
    )


def test_that_a_value_that_was_read_is_not_called_edited() -> None:
    plan = plan_of(memory_gbs=70.0)
    told = assumptions(plan, evaluate(plan, CATALOG), CATALOG, marks=True)
    assert any("Other processes" in text and text.endswith(", detected.") for text in told)
    assert "Cards at PCIe 4.0 x8, detected." in told
    assert "Memory measured at 70 GB/s, typed." in told
    assert any("Operating system" in text and text.endswith(", detected.") for text in told)
    changed = plan_of(card_link="pcie3-x8", system_mib=100)
    told = assumptions(changed, evaluate(changed, CATALOG), CATALOG, marks=True)
    assert "Cards at PCIe 3.0 x8, edited." in told
    assert any("Operating system" in text and text.endswith(", edited.") for text in told)


def test_that_the_csv_has_the_marks_and_a_typed_plan_has_none() -> None:
    plan = plan_of()
    text = parts_csv(plan, evaluate(plan, CATALOG), CATALOG)
    assert "detected 23 Nov 2026: GPU 1 RTX 3090" in text
    node = plan.rig.nodes[0].model_copy(update={"detected": None})
    bare = plan.replace(rig=Rig(nodes=(node,)))
    text = parts_csv(bare, evaluate(bare, CATALOG), CATALOG)
    assert "detected" not in text
    assert "PCIe 4.0 x8, edited." in text


def test_that_rows_nobody_has_are_named_by_their_id() -> None:
    found = DetectedNode(day="2026-11-23", gpus=("lost-card",), host="lost-host")
    plan = Plan(model="llama-3.1-8b", rig=Rig(nodes=(Node(gpus=("rtx3090",), detected=found),)))
    said = detected_sentences(plan, CATALOG)
    assert "This rig, detected and taken away since: lost-card." in said
    assert "This rig, edited since: no host." in said


def test_that_what_the_command_line_says_does_not_depend_on_detection() -> None:
    plan = plan_of()
    node = plan.rig.nodes[0].model_copy(update={"detected": None})
    bare = plan.replace(rig=Rig(nodes=(node,)))
    found = evaluate(plan, CATALOG)
    assert assumptions(plan, found, CATALOG) == assumptions(bare, found, CATALOG)
