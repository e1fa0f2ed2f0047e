"""What one edit costs the rig: every widget that has to move is placed once, others never."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.plan import Node, Plan, Rig
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


@pytest.fixture
def rack(make_stage):
    """Twelve computers of eight cards."""
    node = Node(gpus=("rtx4090",) * 8, ram_gib=64)
    return make_stage(Plan(model="any", rig=Rig(nodes=(node,) * 12)))


def test_that_cards_out_of_sight_are_placed_and_named_a_moment_after_an_edit(rack, qtbot):
    canvas, document = rack.rig.canvas, rack.document
    qtbot.waitUntil(lambda: not canvas._unsettled)
    far = canvas.panels[11].slots[0]
    nodes = tuple(
        node.model_copy(update={"gpus": ("rtx4090",) * 7}) for node in document.plan.rig.nodes
    )
    document.apply("Remove", document.plan.replace(rig=Rig(nodes=nodes)))
    document.flush()
    # Not yet: the cards that are seen come first.
    assert canvas.panels[11] in canvas._unsettled
    near = canvas.panels[0].slots[0]
    assert near.accessibleName().startswith(near.row.spoken)
    qtbot.waitUntil(lambda: not canvas._unsettled)
    assert far.accessibleName().startswith(far.row.spoken)
    empty = canvas.panels[11].slots[7]
    assert empty.accessibleName() == "Slot 8: empty"
    assert canvas.panels[11].rect().contains(empty.geometry())


def test_that_a_node_that_is_scrolled_to_is_placed_before_it_is_seen(rack, qtbot):
    canvas = rack.rig.canvas
    rack.window.resize(rack.window.width() + 200, rack.window.height())
    bar = rack.rig._scroll.verticalScrollBar()
    bar.setValue(bar.maximum())
    last = canvas.panels[11]
    assert last not in canvas._unsettled
    assert all(last.rect().contains(slot.geometry()) for slot in last.slots)
    assert len({slot.x() for slot in last.slots}) > 1
