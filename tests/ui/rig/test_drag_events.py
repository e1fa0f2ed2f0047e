"""Drags as events sent to the views: acceptance, refusal, preview, drop."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, Qt

from moeplanner_gui.core.plan import Plan, Rig
from moeplanner_gui.ui.drag import CardDrag, HostDrag, to_mime
from moeplanner_gui.ui.drops import OnNode, OnSlot


def from_rig(stage, node, slot):
    card = stage.document.plan.rig.nodes[node].gpus[slot]
    return to_mime(CardDrag("rig", card, node, slot), "card")


def test_that_a_part_dropped_on_an_empty_slot_is_added(stage, event_drag):
    mime = stage.parts.model.mimeData([stage.parts.model.find("rtx4090")])
    assert event_drag(stage.rig, mime).drop(stage.at(stage.slot(0, 2)))
    assert stage.names[0] == ["rtxpro6000", "rtx5090", "rtx4090"]
    assert stage.document.undo_stack.undoText() == "Add RTX 4090"
    assert stage.document.selection == (0, 2)


def test_that_the_plan_does_not_change_until_the_drop(stage, event_drag):
    before = stage.document.plan
    drag = event_drag(stage.rig, to_mime(CardDrag("parts", "rtx4090"), "card"))
    at = stage.at(stage.slot(0, 2))
    drag.enter(at)
    drag.move(at)
    assert stage.document.plan is before
    assert stage.document.undo_stack.count() == 0


def test_that_the_target_tells_what_would_change_and_forgets_it_on_leaving(stage, event_drag):
    drag = event_drag(stage.rig, to_mime(CardDrag("parts", "rtxpro6000"), "card"))
    slot = stage.slot(0, 2)
    drag.enter(stage.at(slot))
    assert drag.move(stage.at(slot))
    assert slot.drop_look.heading == "Drop to add GPU 3"
    assert slot.drop_look.lines[0][0].startswith("+96 GB")
    assert stage.rig.site.panel.isVisible()
    assert not slot.grab().isNull()
    drag.leave()
    assert slot.drop_look is None
    assert not stage.rig.site.panel.isVisible()


def test_that_moving_within_one_target_computes_once(make_stage, plan, event_drag, request):
    calls = []
    stage = make_stage(plan)
    real = stage.document.preview
    stage.document.preview = lambda p: calls.append(p) or real(p)
    drag = event_drag(stage.rig, to_mime(CardDrag("parts", "rtx4090"), "card"))
    there, other = stage.at(stage.slot(0, 2)), stage.at(stage.slot(1, 2))
    drag.enter(there)
    for step in range(20):
        drag.move(there + QPoint(step, 0))
    drag.move(other)
    drag.move(there)
    assert len(calls) == 2


def test_that_a_refused_target_says_why_in_the_slot_and_the_status_bar(stage, event_drag):
    drag = event_drag(stage.rig, to_mime(CardDrag("parts", "rtx5090"), "card"))
    slot = stage.slot(0, 1)
    drag.enter(stage.at(slot))
    assert not drag.move(stage.at(slot))
    assert slot.drop_look.refused == "GPU 2 is one already."
    assert stage.window.statusBar().currentMessage() == "GPU 2 is one already."
    assert not slot.grab().isNull()


def test_that_foreign_data_is_not_taken(stage, event_drag):
    mime = QMimeData()
    mime.setText("RTX 4090")
    assert not event_drag(stage.rig, mime).enter(stage.at(stage.slot(0, 2)))
    assert not event_drag(stage.parts, mime).enter(QPoint(20, 20))


def test_that_a_drop_between_things_does_nothing(stage, event_drag):
    drag = event_drag(stage.rig, to_mime(CardDrag("parts", "rtx4090"), "card"))
    notes = stage.rig.canvas.notes
    assert not drag.drop(stage.at(notes))
    assert stage.document.undo_stack.count() == 0


def test_that_ctrl_copies_a_card_of_the_rig(stage, event_drag):
    ctrl = Qt.KeyboardModifier.ControlModifier
    assert event_drag(stage.rig, from_rig(stage, 0, 0)).drop(stage.at(stage.slot(1, 1)), ctrl)
    assert stage.names == [["rtxpro6000", "rtx5090"], ["rtx4090", "rtxpro6000"]]


def test_that_two_cards_swap(stage, event_drag):
    assert event_drag(stage.rig, from_rig(stage, 0, 0)).drop(stage.at(stage.slot(0, 1)))
    assert stage.names[0] == ["rtx5090", "rtxpro6000"]


def test_that_a_host_dropped_on_the_head_changes_the_host(stage, event_drag):
    head = stage.rig.canvas.panels[1].head
    drag = event_drag(stage.rig, to_mime(HostDrag("sp5"), "EPYC"))
    drag.enter(stage.at(head))
    assert drag.move(stage.at(head))
    assert "host" in head.drop_text
    assert drag.drop(stage.at(head))
    assert stage.document.plan.rig.nodes[1].host == "sp5"
    assert head.drop_text == ""


def test_that_a_host_dropped_on_add_node_makes_a_node(stage, event_drag):
    button = stage.rig._new_node
    assert event_drag(stage.rig, to_mime(HostDrag("sp5"), "EPYC")).drop(stage.at(button))
    assert stage.document.plan.rig.nodes[2].host == "sp5"


def test_that_a_card_dropped_on_the_empty_rig_makes_a_node(make_stage, event_drag):
    stage = make_stage(Plan(model="any", rig=Rig(nodes=())))
    at = stage.at(stage.rig.canvas)
    assert event_drag(stage.rig, to_mime(CardDrag("parts", "rtx5090"), "card")).drop(at)
    assert stage.names == [["rtx5090"]]


def test_that_the_palette_takes_cards_of_the_rig_and_no_parts(stage, event_drag):
    at = QPoint(60, 200)
    assert not event_drag(stage.parts, to_mime(CardDrag("parts", "rtx5090"), "c")).enter(at)
    assert event_drag(stage.parts, from_rig(stage, 0, 0)).drop(at)
    assert stage.names == [["rtx5090"], ["rtx4090"]]


def test_that_targets_are_found_by_position(stage):
    site = stage.rig.site
    assert site.target_at(stage.at(stage.slot(1, 3))) == OnSlot(1, 3)
    assert site.target_at(stage.at(stage.rig.canvas.panels[0].head)) == OnNode(0)
    assert site.target_at(QPoint(5, 5)) is None
