"""The Checks tab: rows, dismissals with a reason, the wall circuit, F8, copying."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from moeplanner_gui.core import edits
from moeplanner_gui.core.checks import NOT_CHECKED
from moeplanner_gui.core.plan import Deployment, Dismissal, Node, NodePart, Plan, Rig

PARTS = (NodePart(part="board-am5"), NodePart(part="psu-750-w"))
NODE = Node(host="am5-5600", ram_gib=64, gpus=("rtx3090",) * 2, parts=PARTS, card_link="pcie4-x8")
PLAN = Plan(
    model="qwen3-30b-a3b",
    weights="awq-int4",
    rig=Rig(nodes=(NODE, NODE), network="10gbe"),
    deployment=Deployment(
        engine="vllm", cache_type_k="auto", cache_type_v="auto", tensor_parallel=2,
        pipeline_parallel=2,
    ),
)  # fmt: skip
SMALL = "power_supply_too_small"


@pytest.fixture
def checks(window, qtbot):
    """The tab on a plan with errors, checks and notes."""
    show(window, PLAN)
    window.tabs.show_tab("checks")
    view = window.tabs.view("checks")
    view._catch_up()
    qtbot.waitUntil(view.isVisible)
    return view


def show(window, plan: Plan) -> None:
    window.document.apply("Show", plan)
    window.document.flush()


def row(view, code: str):
    return next(one for one in view.list.rows if one.item.first.code == code)


def badge(window) -> str:
    bar = window.tabs.bar
    label = bar.tabButton(4, bar.ButtonPosition.RightSide)
    return label.text() if label is not None else ""


def dismiss(view, code: str, reason: str) -> None:
    one = row(view, code)
    one.link.click()
    QTest.keyClicks(one.editor, reason)
    QTest.keyClick(one.editor, Qt.Key.Key_Return)


def test_that_rows_stand_by_severity_and_then_by_subject(checks) -> None:
    order = {"error": 0, "warning": 1, "note": 2}
    severities = [order[one.item.first.severity] for one in checks.list.rows]
    assert severities == sorted(severities) and set(severities) == {0, 1, 2}
    for one in checks.list.rows:
        assert one.accessibleName().startswith(one.item.word)
        assert one.item.first.code in one.toolTip()


def test_that_equal_computers_share_a_row_and_are_dismissed_in_one_undo_step(
    checks, window
) -> None:
    assert row(checks, SMALL).item.subject == "Node 1 and 2"
    before, count = window.document.plan, window.document.undo_stack.count()
    dismiss(checks, SMALL, "limited to 200 W")
    kept = [(one.code, one.subject, one.reason) for one in window.document.plan.dismissed]
    assert kept == [(SMALL, f"node {n}", "limited to 200 W") for n in (1, 2)]
    assert window.document.undo_stack.count() == count + 1
    assert window.document.undo_stack.undoText() == "Dismiss error"
    window.document.undo_stack.undo()
    assert window.document.plan == before


def test_that_a_dismissed_row_stands_last_with_its_reason_and_is_still_called_an_error(
    checks, window
) -> None:
    dismiss(checks, SMALL, "limited to 200 W")
    last = checks.list.rows[-1]
    assert last.item.first.code == SMALL and last.item.word == "Error, dismissed"
    assert "limited to 200 W" in last.accessibleDescription()
    assert last.link.text() == "Bring back"
    last.link.click()
    assert window.document.plan.dismissed == ()
    assert row(checks, SMALL).item.reason is None


def test_that_a_dismissed_row_stands_again_when_what_it_said_gets_worse(checks, window) -> None:
    dismiss(checks, SMALL, "limited to 200 W")
    said = window.document.plan.dismissed[0].message
    assert row(checks, SMALL).item.reason is not None
    document = window.document
    card = document.plan.rig.nodes[0].gpus[0]
    document.apply("Add a card", edits.add_gpu(document.plan, 0, 1, card))
    document.flush()
    again = [one for one in checks.list.rows if one.item.first.code == SMALL]
    worse = [one for one in again if ("node 1") in {key[1] for key in one.item.keys}]
    assert [one.item.reason for one in worse] == [None]
    assert worse[0].item.first.message != said
    assert [one.item.reason for one in again if one not in worse] == ["limited to 200 W"]
    document.undo_stack.undo()
    document.flush()
    assert row(checks, SMALL).item.reason == "limited to 200 W"


def test_that_what_is_dismissed_is_counted_nowhere_and_leaves_the_rig(checks, window) -> None:
    def in_rig() -> set[str]:
        return {note.finding.code for note in window.panes[1].canvas.notes.rows}

    verdict = window.document.assessment.verdict
    before = int(badge(window))
    assert SMALL in in_rig()
    assert "1 error" in window.status.checks.text()
    dismiss(checks, SMALL, "ok")
    assert int(badge(window)) == before - 1
    assert SMALL not in in_rig()
    assert "error" not in window.status.checks.text()
    assert window.document.assessment.verdict == verdict


def test_that_enter_in_the_line_only_dismisses(checks, window) -> None:
    chosen, focused = [], []
    checks.list.chosen.connect(chosen.append)
    checks.list.row_focused.connect(focused.append)
    dismiss(checks, "wall_circuit_too_small", "two circuits are there")
    assert chosen == []
    assert focused[-1].item.reason is None


def test_that_a_reason_is_asked_for_and_escape_keeps_the_finding(checks, window) -> None:
    one = row(checks, SMALL)
    QTest.keyClick(one, Qt.Key.Key_Delete)
    assert "stays an error" in one.editor.placeholderText()
    QTest.keyClick(one.editor, Qt.Key.Key_Return)
    assert one.editor is not None and window.document.plan.dismissed == ()
    QTest.keyClick(one.editor, Qt.Key.Key_Escape)
    assert one.editor is None and window.document.plan.dismissed == ()


def test_that_f8_goes_through_all_that_stands_and_selects_the_card(checks, window) -> None:
    standing = [one for one in checks.list.rows if one.item.reason is None]
    seen = []
    for _ in range(len(standing) + 1):
        window.next_check()
        seen.append(checks._at)
        if checks._at[0][0] == "narrow_slot":
            assert window.document.selection == (0, 1)
    assert seen[: len(standing)] == [one.item.keys for one in standing]
    assert seen[-1] == seen[0]
    window.previous_check()
    assert checks._at == seen[-2]
    assert window.actions_registry.get("view.previous_check").shortcut().toString() == "Shift+F8"


def test_that_enter_selects_what_a_row_is_about_and_arrows_move(checks, window) -> None:
    one = row(checks, "narrow_slot")
    QTest.keyClick(one, Qt.Key.Key_Return)
    assert window.document.selection == (0, 1)
    focused = []
    checks.list.row_focused.connect(focused.append)
    QTest.keyClick(one, Qt.Key.Key_Down)
    assert focused[0] is checks.list.rows[checks.list.rows.index(one) + 1]


def test_that_the_circuit_is_an_edit_of_the_plan(checks, window) -> None:
    assert checks.circuit.currentText() == "120 V, 15 A (US) – assumed"
    assert "wall_circuit_too_small" in {one.item.first.code for one in checks.list.rows}
    at = checks.circuit.findData("us-240v-30a")
    checks.circuit.activated.emit(at)
    window.document.flush()
    assert window.document.plan.rig.circuit == "us-240v-30a"
    assert checks.circuit.currentIndex() == at
    assert "wall_circuit" in {one.item.first.code for one in checks.list.rows}
    assert window.document.undo_stack.undoText() == "Choose wall circuit"
    window.document.undo_stack.undo()
    window.document.flush()
    assert checks.circuit.currentIndex() == 0


def test_that_rows_are_copied_as_a_table_with_the_dismissed_ones(checks) -> None:
    plan = checks._document.plan
    for subject in ("node 1", "node 2"):
        plan = plan.replace(
            dismissed=(*plan.dismissed, Dismissal(code=SMALL, subject=subject, reason="ok\there"))
        )
    checks._document.apply("Dismiss", plan)
    checks._document.flush()
    checks.copy_table()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 1 + len(checks.list.rows)
    assert {line.count("\t") for line in lines} == {5}
    assert lines[-1].startswith("Error, dismissed\tNode 1 and 2\t")
    assert "ok here" in lines[-1]


def test_that_what_a_narrow_link_costs_is_said_beside_what_to_verify(checks) -> None:
    second = row(checks, "narrow_slot").item.second
    assert "PCIe 4.0 x4 for all cards: decode" in second and "%" in second
    assert "How the slots are wired" in second


def test_that_a_repair_settles_all_alike_in_one_undo_step(checks, window) -> None:
    one = row(checks, "narrow_slot")
    assert one.item.subject == "GPU 2 and 4" and one.repair.text() == "Count PCIe 4.0 x4"
    count = window.document.undo_stack.count()
    one.repair.click()
    window.document.flush()
    assert [node.card_link for node in window.document.plan.rig.nodes] == ["pcie4-x4"] * 2
    assert window.document.undo_stack.count() == count + 1
    assert window.document.undo_stack.undoText() == "Count PCIe 4.0 x4"
    assert "narrow_slot" not in {one.item.first.code for one in checks.list.rows}


def test_that_the_last_line_is_fixed_and_an_empty_rig_names_the_next_step(checks, window) -> None:
    assert checks.not_checked.text() == NOT_CHECKED
    empty = PLAN.replace(rig=Rig(nodes=(Node(),)))
    show(window, empty)
    checks._catch_up()
    assert checks.pages.currentWidget() is checks.empty
    assert checks.empty.accessibleName() == "Nothing to check yet"
    assert checks.not_checked.isVisible()


def test_that_a_row_lives_on_while_its_finding_does(checks, window) -> None:
    one = row(checks, SMALL)
    one.start()
    show(window, PLAN.replace(workload=PLAN.workload.model_copy(update={"context_tokens": 4096})))
    assert row(checks, SMALL) is one and one.editor is not None
