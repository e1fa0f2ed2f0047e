"""What one edit costs the rig: every widget that has to move is placed once, others never."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.ui.rig_builder.canvas import RigCanvas
from moeplanner_gui.ui.rig_builder.notes import NotesStrip


@pytest.fixture
def placed(monkeypatch):
    """How often nodes and remarks were placed."""
    counted = Counter()
    for kind in (RigCanvas, NotesStrip):
        arrange = kind.arrange

        def count(self, *size, _kind=kind.__name__, _arrange=arrange):
            counted[_kind] += 1
            return _arrange(self, *size)

        monkeypatch.setattr(kind, "arrange", count)
    return counted


@pytest.fixture
def counting_stage(make_stage, stage, plan):
    """A window on a plan whose remark says how many cards and tokens there are."""
    answer = stage.document._evaluate

    def evaluate(plan, catalog):
        said = f"{plan.gpu_count} cards, {plan.workload.context_tokens} tokens."
        return replace(answer(plan, catalog), findings=(Finding("n", "note", "plan", said),))

    return make_stage(plan, evaluate)


def test_that_an_edit_arranges_the_canvas_once(counting_stage, placed):
    counting_stage.document.select(0, 0)
    counting_stage.settle()
    placed.clear()
    counting_stage.actions.get("rig.duplicate").trigger()
    counting_stage.settle()
    assert counting_stage.rig.canvas.notes.rows[0].note.message.startswith("4 cards")
    assert placed == {"RigCanvas": 1, "NotesStrip": 1}


def test_that_an_edit_that_changes_remarks_alone_leaves_the_nodes_where_they_are(
    counting_stage, placed
):
    document = counting_stage.document
    work = document.plan.workload.model_copy(update={"context_tokens": 4321})
    document.apply("Context", document.plan.replace(workload=work))
    counting_stage.settle()
    assert "4321 tokens" in counting_stage.rig.canvas.notes.rows[0].note.message
    assert placed == {"NotesStrip": 1}


def test_that_an_edit_that_changes_no_remark_and_no_slot_places_nothing(stage, placed):
    document = stage.document
    work = document.plan.workload.model_copy(update={"context_tokens": 4321})
    document.apply("Context", document.plan.replace(workload=work))
    stage.settle()
    assert not placed
