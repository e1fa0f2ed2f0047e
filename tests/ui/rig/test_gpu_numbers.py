"""GPUs have one numbering everywhere: a board that appears as two devices takes two numbers."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from moeplanner_gui.catalog.load import Catalog
from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.plan import Node, Plan, Rig
from moeplanner_gui.core.units import MIB
from moeplanner_gui.ui.rig_builder import live_meters
from moeplanner_gui.ui.rig_builder.finding_marks import finding_marks
from moeplanner_gui.ui.rig_builder.live_reading import USE_CODE
from tests.ui.rig.conftest import gpu, small_catalog
from tests.ui.rig.test_live_meters import ONE, USED, FakeReader, Reading, feed, machine, switch


@pytest.fixture
def catalog() -> Catalog:
    """With a board that appears as two devices."""
    small = small_catalog()
    duo = gpu("duo", "Duo", 48, devices=2)
    return Catalog({"gpus": {**small.gpus, "duo": duo}, "hosts": dict(small.hosts)})


@pytest.fixture
def plan() -> Plan:
    """The board stands before this computer."""
    return Plan(model="any", rig=Rig(nodes=(Node(gpus=("duo",)), machine(USED, "rtx5090"))))


def test_that_a_slot_has_the_number_that_findings_give_its_card(stage) -> None:
    assert [stage.slot(*at).row.gpu_number for at in ((0, 0), (1, 0), (1, 1))] == [1, 3, 4]
    finding = Finding("any", "warning", "gpu 3", "GPU 3: something.")
    marks = finding_marks((finding,), stage.document.plan, stage.document.catalog)
    assert set(marks) == {(1, 0)}


def test_that_the_newer_figure_goes_to_the_card_that_the_note_names(
    stage, qtbot, monkeypatch
) -> None:
    monkeypatch.setattr(live_meters, "system_reader", FakeReader)
    stage.actions.add("view.live_meters", "Live", None, tip="Now", checkable=True)
    stage.rig.make_live()
    switch(stage, True)
    feed(stage, Reading(ONE, memory_used_bytes=3000 * MIB))
    (note,) = [r for r in stage.rig.canvas.notes.rows if r.finding.code == USE_CODE]
    assert note.finding.message.startswith("GPU 3: ")
    qtbot.mouseClick(note, Qt.MouseButton.LeftButton)
    assert stage.document.selection == (1, 0)
    qtbot.mouseClick(note._link, Qt.MouseButton.LeftButton)
    stage.settle()
    assert stage.document.plan.rig.nodes[1].gpus[0].memory.other_mib >= 3000
    assert stage.document.undo_stack.undoText() == "Memory in use on GPU 3, RTX 4090"
