"""A detected card that is a row of the user's own keeps its mark, whatever happens to the row."""

from __future__ import annotations

from pathlib import Path

import pytest

from moeplanner_gui.core.marks import edits_count, slot_marks
from moeplanner_gui.core.plan import Card, CustomCard, CustomSlot, DetectedNode, Node
from moeplanner_gui.export.plan_file import read_plan_and_entries
from tests.ui.own_folder import card


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch) -> Path:
    """The user's catalogue of this test alone."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "moeplanner" / "catalogs"


@pytest.fixture
def detected(window):
    """A window whose only node was detected with a card of the user's own; answers its id."""
    row_id = window.own._keep(lambda: window.own.user.save_gpu(card()), "gpu").id
    show(window, row_id)
    return window, row_id


def show(window, found: Card) -> None:
    snapshot = DetectedNode(day="2026-11-23", gpus=(found,), addresses=("0000:01:00.0",))
    node = Node(name="This computer", gpus=(found,), detected=snapshot)
    rig = window.document.plan.rig.model_copy(update={"nodes": (node,)})
    window.document.apply("Add This computer", window.document.plan.replace(rig=rig))
    window.document.flush()


def read_anew(window, file: Path) -> None:
    plan, entries = read_plan_and_entries(file)
    window.document.open(plan, file, entries=entries)


def node_of(window) -> Node:
    window.document.flush()
    return window.document.plan.rig.nodes[0]


def test_that_a_renamed_card_is_still_detected_under_its_new_name(detected) -> None:
    window, row_id = detected
    window.own.rename("gpu", row_id, "Another name")
    assert slot_marks(node_of(window)) == ("detected",)
    slot = window.panes[1].canvas.slot(0, 0)
    assert slot.row.mark == "detected"
    assert "Another name" in slot.accessibleName()


def test_that_a_deleted_card_is_still_detected_and_can_be_gone_back_to(detected, tmp_path) -> None:
    window, row_id = detected
    window.own.delete("gpu", row_id)
    assert slot_marks(node_of(window)) == ("detected",)
    window.panes[1].commands.set_node(0, "Take away", gpus=("rtx4090",))
    assert edits_count(node_of(window)) == 1
    assert row_id not in window.document.carried.ids
    window.panes[1].commands.back_to_detected(0)
    assert slot_marks(node_of(window)) == ("detected",)
    assert row_id in window.document.carried.ids


def test_that_a_row_only_detection_names_is_not_saved_with_the_plan(detected, tmp_path) -> None:
    window, row_id = detected
    window.panes[1].commands.set_node(0, "Take away", gpus=("rtx4090",))
    file = tmp_path / "plan.moeplan"
    window.document.mark_saved(file)
    assert window.files.save()
    assert '"entries"' not in file.read_text("utf-8")
    window.own.delete("gpu", row_id)
    read_anew(window, file)
    assert edits_count(node_of(window)) == 1
    before = window.document.plan
    window.panes[1].commands.back_to_detected(0)
    assert window.document.plan == before


def test_that_a_clash_of_ids_changes_no_mark(detected, tmp_path) -> None:
    window, row_id = detected
    file = tmp_path / "plan.moeplan"
    window.document.mark_saved(file)
    assert window.files.save()
    row = window.document.catalog.gpu(row_id).model_copy(update={"memory_gb": 24.0})
    window.own._keep(lambda: window.own.user.update("gpu", row), "gpu")
    read_anew(window, file)
    assert window.document.catalog.gpu(row_id).memory_gb == 48
    assert slot_marks(node_of(window)) == ("detected",)
    window.document.drop_entries(frozenset({row_id}))
    assert window.document.catalog.gpu(row_id).memory_gb == 24
    assert slot_marks(node_of(window)) == ("detected",)


def test_that_a_custom_card_that_is_saved_stays_detected_and_undo_takes_both_back(window) -> None:
    slot = CustomSlot(custom=CustomCard(name="48 GB card", memory_mib=49152))
    show(window, slot)
    before = window.document.plan
    row = window.own.user.save_gpu(card())
    window.own.reload()
    window.own._replace_custom(slot, row)
    assert isinstance(node_of(window).gpus[0], str)
    assert slot_marks(node_of(window)) == ("detected",)
    window.document.undo_stack.undo()
    assert window.document.plan == before
    assert slot_marks(node_of(window)) == ("detected",)
