"""What the Checks tab and the rig do together: F8 scrolls, Dismiss… leads to the reason."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.checks.listed import Listed
from moeplanner_gui.core.plan import Deployment, Node, NodePart, Plan, Rig
from moeplanner_gui.ui.rig_builder.notes import Note

PARTS = (NodePart(part="board-am5"), NodePart(part="psu-750-w"))
NODE = Node(host="am5-5600", ram_gib=64, gpus=("rtx3090",) * 2, parts=PARTS, card_link="pcie4-x8")
PLAN = Plan(
    model="qwen3-30b-a3b",
    weights="awq-int4",
    rig=Rig(nodes=(NODE, NODE.model_copy(update={"display": "headless"})), network="10gbe"),
    deployment=Deployment(
        engine="vllm", cache_type_k="auto", cache_type_v="auto", tensor_parallel=2,
        pipeline_parallel=2,
    ),
)  # fmt: skip


@pytest.fixture
def rig(window, qtbot):
    """The rig of a window with two computers and little height."""
    window.document.apply("Show", PLAN)
    window.document.flush()
    window.resize(1280, 720)
    view = window.panes[1]
    window.tabs.show_tab("checks")
    qtbot.waitUntil(lambda: view._scroll.verticalScrollBar().maximum() > 0)
    return view


def press(window, key: Qt.Key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window, key, modifier)


def is_seen(rig, widget) -> bool:
    """Whether the top of it is in the visible part of the rig."""
    top = widget.mapTo(rig._scroll.viewport(), QPoint(0, 0)).y()
    return 0 <= top < rig._scroll.viewport().height() - 20


@pytest.mark.parametrize("modifier", ["NoModifier", "ShiftModifier"])
def test_that_f8_scrolls_the_rig_to_what_is_selected(rig, window, qtbot, modifier) -> None:
    checks = window.tabs.view("checks")
    key = Qt.KeyboardModifier[modifier]
    seen = set()
    window.activateWindow()
    for _ in range(2 * len(checks.list.rows)):
        bar = rig._scroll.verticalScrollBar()
        before = window.document.selection
        bar.setValue(bar.maximum() if bar.value() == 0 else 0)
        press(window, Qt.Key.Key_F8, key)
        finding = next(r.item for r in checks.list.rows if r.item.keys == checks._at).first
        if finding.subject == "plan":
            assert window.document.selection == before
            continue
        node, slot = window.document.selection
        panel = rig.canvas.panels[node]
        assert is_seen(rig, panel.head if slot is None else panel.slots[slot]), finding
        seen.add((node, slot is None))
    assert {(0, True), (0, False)} <= seen


def test_that_a_row_of_the_tab_scrolls_the_rig_also_when_it_is_selected_already(
    rig, window
) -> None:
    checks = window.tabs.view("checks")
    one = next(r for r in checks.list.rows if r.item.first.code == "narrow_slot")
    for _ in range(2):
        bar = rig._scroll.verticalScrollBar()
        bar.setValue(bar.maximum())
        QTest.keyClick(one, Qt.Key.Key_Return)
        assert is_seen(rig, rig.canvas.slot(0, 1))


def note(rig, code: str):
    return next(row for row in rig.canvas.notes.rows if row.finding.code == code)


SMALL = "power_supply_too_small"


def test_that_equal_computers_share_a_note_in_the_rig(rig, window) -> None:
    one = note(rig, SMALL)
    assert [row.finding.code for row in rig.canvas.notes.rows].count(SMALL) == 1
    assert [f.subject for f in one.note.item.findings] == ["node 1", "node 2"]
    for panel in rig.canvas.panels:
        assert "error" in panel.head.accessibleName()
    narrow = note(rig, "narrow_slot")
    assert "GPU 2 and 4" in narrow.accessibleName()
    count = window.document.undo_stack.count()
    QTest.mouseClick(narrow._link, Qt.MouseButton.LeftButton)
    window.document.flush()
    assert [node.card_link for node in window.document.plan.rig.nodes] == ["pcie4-x4"] * 2
    assert window.document.undo_stack.count() == count + 1


@pytest.mark.parametrize("by_key", [False, True])
def test_that_dismissing_a_note_leads_to_the_line_for_the_reason(
    rig, window, qtbot, by_key
) -> None:
    checks = window.tabs.view("checks")
    window.tabs.show_tab("memory")
    before = window.document.plan
    one = note(rig, SMALL)
    if by_key:
        one.setFocus()
        QTest.keyClick(one, Qt.Key.Key_Delete)
    else:
        QTest.mouseClick(one._dismiss, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(checks.isVisible)
    row = next(r for r in checks.list.rows if r.item.first.code == SMALL)
    assert row.editor is not None and window.document.plan == before
    qtbot.waitUntil(lambda: not row.visibleRegion().isEmpty())
    QTest.keyClicks(row.editor, "limited to 200 W")
    QTest.keyClick(row.editor, Qt.Key.Key_Return)
    window.document.flush()
    assert {one.subject for one in window.document.plan.dismissed} == {"node 1", "node 2"}
    assert all(r.finding.code != SMALL for r in rig.canvas.notes.rows)
    for panel in rig.canvas.panels:
        assert "error" not in panel.head.accessibleName()


def test_that_what_was_read_just_now_offers_no_dismissal(rig, window) -> None:
    seen = []
    rig.dismiss_wanted.connect(seen.append)
    live = Listed((Finding("memory_in_use_now", "note", "gpu 1", "In use."),))
    rig.canvas.notes.set_notes((Note(live, "Use the newer figure", can_dismiss=False),))
    (row,) = rig.canvas.notes.rows
    assert row._dismiss is None
    QTest.keyClick(row, Qt.Key.Key_Delete)
    assert seen == []


def test_that_a_note_says_which_of_several_computers_it_is_about(rig, window) -> None:
    small = note(rig, SMALL)
    assert small.accessibleName().startswith("Error: Node 1 and Node 2: ")
    nodes = window.document.plan.rig.nodes
    named = (nodes[0].model_copy(update={"name": "Server"}), nodes[1])
    plan = window.document.plan
    window.document.apply("x", plan.replace(rig=plan.rig.model_copy(update={"nodes": named})))
    window.document.flush()
    assert note(rig, SMALL).accessibleName().startswith("Error: Server and Node 2: ")
    one = plan.replace(rig=plan.rig.model_copy(update={"nodes": named[:1], "network": None}))
    window.document.apply("x", one)
    window.document.flush()
    assert "Server: " not in note(rig, SMALL).accessibleName()
