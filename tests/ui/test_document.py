"""One plan, every edit an undo step, one answer for edits that come together."""

from __future__ import annotations

import gc

import pytest
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from moeplanner_gui.core import edits
from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.plan import Node, Plan, Rig
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.export.plan_file import plan_to_json
from moeplanner_gui.ui.commands import ReplacePlan
from moeplanner_gui.ui.document import PlanDocument


@pytest.fixture
def plan() -> Plan:
    node = Node(host="wrx90-7965wx", ram_gib=256, gpus=("rtxpro6000", "rtxpro6000"))
    return Plan(model="deepseek-v4-flash", rig=Rig(nodes=(node,)))


@pytest.fixture
def document(qapp, plan, real_catalog):
    calls = []

    def evaluate(plan, catalog):
        calls.append(plan)
        return Assessment("fits", (), None, (), 0, 0, None)

    document = PlanDocument(plan, real_catalog, evaluate=evaluate)
    document.calls = calls
    return document


def test_that_undo_to_the_start_restores_the_identical_plan_file(document, plan) -> None:
    before = plan_to_json(plan)
    document.apply("Add", edits.add_gpu(document.plan, 0, 2, "rtx5090"))
    document.apply("Context", edits.set_workload(document.plan, context_tokens=8192))
    document.apply("Node", edits.add_node(document.plan, Node(ram_gib=64)))
    document.apply("Model", edits.set_model(document.plan, "deepseek-v3"))
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert plan_to_json(document.plan) == before
    assert document.plan is plan
    assert not document.is_modified


def test_that_redo_brings_every_edit_back(document) -> None:
    document.apply("Context", edits.set_workload(document.plan, context_tokens=8192))
    edited = document.plan
    document.undo_stack.undo()
    document.undo_stack.redo()
    assert document.plan is edited


def test_that_an_edit_that_changes_nothing_is_no_undo_step(document) -> None:
    same = edits.set_workload(document.plan, context_tokens=document.plan.workload.context_tokens)
    document.apply("Context", same)
    assert document.undo_stack.count() == 0


def test_that_steps_of_one_drag_merge_and_other_steps_do_not(document) -> None:
    for tokens in (4096, 8192, 16384):
        plan = edits.set_workload(document.plan, context_tokens=tokens)
        document.apply("Context", plan, "drag-1")
    document.apply("Context", edits.set_workload(document.plan, context_tokens=1024), "drag-2")
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    assert document.plan.workload.context_tokens == 16384


def _steps() -> int:
    gc.collect()
    return sum(type(one) is ReplacePlan for one in gc.get_objects())


def test_that_the_steps_of_a_drag_leave_nothing_behind(document, plan) -> None:
    before = _steps()
    for tokens in range(4096, 4196):
        document.apply("Context", edits.set_workload(document.plan, context_tokens=tokens), "c")
    assert document.undo_stack.count() == 1 and _steps() == before + 1
    document.apply("Context", plan, "c")
    assert document.undo_stack.count() == 0 and _steps() == before
    assert document.plan is plan and not document.is_modified


def test_that_a_drag_tells_of_the_history_as_a_step_does(document, qtbot) -> None:
    document.apply("Context", edits.set_workload(document.plan, context_tokens=8192), "c")
    with qtbot.waitSignal(document.history_changed, timeout=1000):
        document.apply("Longer", edits.set_workload(document.plan, context_tokens=9000), "c")
    assert document.undo_stack.undoText() == "Longer"
    document.undo_stack.undo()
    document.apply("Context", edits.set_workload(document.plan, context_tokens=7000), "c")
    assert document.undo_stack.count() == 1 and not document.undo_stack.canRedo()


@pytest.mark.parametrize("steps", [1, 3])
def test_that_a_field_that_speaks_late_does_not_edit_what_is_done_again(document, steps) -> None:
    """As one does that loses the keys when the plan changes under it."""
    for tokens in range(8192, 8192 + steps):
        document.apply("Context", edits.set_workload(document.plan, context_tokens=tokens))
    edited = document.plan
    shown: list[int] = []

    def speak(plan: Plan) -> None:
        shown.append(plan.workload.context_tokens)
        document.apply("Late", edits.set_workload(plan, sequences=2))

    for _ in range(steps):
        document.undo_stack.undo()
    document.plan_changed.connect(speak)
    for _ in range(steps):
        document.undo_stack.redo()
    assert document.plan is edited and document.undo_stack.count() == steps
    document.undo_stack.undo()
    document.plan_changed.disconnect(speak)
    assert document.undo_stack.canRedo() and len(shown) == steps + 1


def test_that_a_drag_back_to_its_start_leaves_nothing_to_undo(document) -> None:
    start = document.plan.workload.context_tokens
    for tokens in (4096, start):
        plan = edits.set_workload(document.plan, context_tokens=tokens)
        document.apply("Context", plan, "drag")
    assert not document.undo_stack.canUndo()


def test_that_edits_in_one_turn_are_evaluated_once(document, qtbot) -> None:
    document.calls.clear()
    with qtbot.waitSignal(document.assessment_changed):
        for tokens in (4096, 8192, 16384):
            document.apply("Context", edits.set_workload(document.plan, context_tokens=tokens))
    assert [plan.workload.context_tokens for plan in document.calls] == [16384]


def test_that_flush_answers_at_once_and_only_when_there_is_something_new(document) -> None:
    document.calls.clear()
    document.flush()
    assert document.calls == []
    document.apply("Context", edits.set_workload(document.plan, context_tokens=4096))
    document.flush()
    document.flush()
    assert len(document.calls) == 1


def test_that_a_plan_with_an_unknown_card_is_refused_and_changes_nothing(document, plan) -> None:
    with pytest.raises(UnknownEntryError):
        document.apply("Add", edits.add_gpu(plan, 0, 0, "no-such-card"))
    assert document.plan is plan
    assert document.undo_stack.count() == 0


def test_that_a_selected_slot_that_disappears_is_deselected(document) -> None:
    document.select(0, 1)
    document.apply("Remove", edits.remove_gpu(document.plan, 0, 1))
    assert document.selection is None


def test_that_saving_clears_the_modified_mark_and_undo_sets_it_again(document, tmp_path) -> None:
    document.apply("Context", edits.set_workload(document.plan, context_tokens=4096))
    assert document.is_modified
    document.mark_saved(tmp_path / "a.moeplan")
    assert not document.is_modified
    document.undo_stack.undo()
    assert document.is_modified


def test_that_the_answer_is_there_before_the_next_frame(document, qtbot) -> None:
    answers_at_frame: list[int] = []

    class Canvas(QWidget):
        def paintEvent(self, event: QPaintEvent) -> None:
            answers_at_frame.append(len(document.calls))

    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.show()
    qtbot.waitUntil(lambda: bool(answers_at_frame))
    answers_at_frame.clear()
    document.calls.clear()
    document.plan_changed.connect(lambda _plan: canvas.update())
    document.apply("Context", edits.set_workload(document.plan, context_tokens=4096))
    qtbot.waitUntil(lambda: bool(answers_at_frame))
    assert answers_at_frame[0] == 1
