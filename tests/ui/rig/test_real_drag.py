"""Real drags: the mouse is pressed, moved and released, and QDrag runs its own event loop.

Run with ``QT_QPA_PLATFORM=minimal pytest -m real_drag``: on "offscreen" a drag returns at once,
and on Windows the system's own drag loop takes no synthetic events. Every step has its own
single-shot timer, because the drag's loop runs inside the step that starts it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

pytestmark = [
    pytest.mark.real_drag,
    pytest.mark.skipif(sys.platform != "linux", reason="QDrag runs a native loop there"),
]
STEP_MS = 40


@pytest.fixture(autouse=True)
def _platform(qapp):
    if qapp.platformName() == "offscreen":
        pytest.skip("a drag returns at once on the offscreen platform")


class Mouse:
    """A sequence of mouse steps, each in its own timer."""

    def __init__(self, qtbot) -> None:
        self._qtbot = qtbot
        self._steps: list[Callable[[], object]] = []

    def drag(self, source: QWidget, at: QPoint, target: QWidget, to: QPoint) -> Mouse:
        """Press on ``source`` and move to ``target``, without letting go."""
        left = Qt.MouseButton.LeftButton
        none = Qt.KeyboardModifier.NoModifier
        self._steps += [
            lambda: QTest.mousePress(source, left, none, at),
            lambda: QTest.mouseMove(source, at + QPoint(6, 3)),
            lambda: QTest.mouseMove(source, at + QPoint(24, 9)),
            lambda: QTest.mouseMove(target, to - QPoint(4, 4)),
            lambda: QTest.mouseMove(target, to),
        ]
        return self

    def release(self, target: QWidget, to: QPoint) -> Mouse:
        """Let go."""
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        self._steps.append(lambda: QTest.mouseRelease(target, left, none, to))
        return self

    def key(self, target: QWidget, key: Qt.Key) -> Mouse:
        """Press a key."""
        self._steps.append(lambda: QTest.keyClick(target, key))
        return self

    def then(self, step: Callable[[], object]) -> Mouse:
        """Look at something in between."""
        self._steps.append(step)
        return self

    def run(self) -> None:
        """Do it all and wait for the last step."""
        done: list[bool] = []
        errors: list[BaseException] = []

        def guarded(step: Callable[[], object]) -> None:
            try:
                step()
            except BaseException as error:
                errors.append(error)

        for number, step in enumerate(self._steps):
            QTimer.singleShot(STEP_MS * (number + 1), lambda s=step: guarded(s))
        QTimer.singleShot(STEP_MS * (len(self._steps) + 2), lambda: done.append(True))
        self._qtbot.waitUntil(lambda: bool(done), timeout=10_000)
        QApplication.processEvents()
        if errors:
            raise errors[0]


@pytest.fixture
def mouse(qtbot):
    return Mouse(qtbot)


def centre(widget: QWidget) -> QPoint:
    return widget.rect().center()


def part(stage, part_id):
    """The list's viewport and where a part is in it."""
    tree = stage.parts.tree
    index = stage.parts.model.find(part_id)
    tree.expand(index.parent())
    tree.scrollTo(index)
    QApplication.processEvents()
    return tree.viewport(), tree.visualRect(index).center()


def test_that_a_part_dragged_to_an_empty_slot_is_added(stage, mouse):
    list_, at = part(stage, "rtx4090")
    slot = stage.slot(0, 2)
    mouse.drag(list_, at, slot, centre(slot)).release(slot, centre(slot)).run()
    assert stage.names == [["rtxpro6000", "rtx5090", "rtx4090"], ["rtx4090"]]
    assert stage.document.undo_stack.undoText() == "Add RTX 4090"
    stage.document.undo_stack.undo()
    assert stage.names == [["rtxpro6000", "rtx5090"], ["rtx4090"]]


def test_that_the_slot_under_a_drag_tells_what_would_change(stage, mouse):
    list_, at = part(stage, "rtxpro6000")
    slot = stage.slot(0, 2)
    seen = []
    mouse.drag(list_, at, slot, centre(slot))
    mouse.then(lambda: seen.append((slot.drop_look, stage.rig.site.panel.isVisible(),
                                    stage.document.undo_stack.count())))  # fmt: skip
    mouse.key(stage.rig, Qt.Key.Key_Escape).run()
    look, panel, edits = seen[0]
    assert look.heading == "Drop to add GPU 3"
    assert panel
    assert edits == 0
    assert slot.drop_look is None


def test_that_escape_cancels_a_drag(stage, mouse):
    before = stage.document.plan
    slot, target = stage.slot(0, 0), stage.slot(1, 1)
    mouse.drag(slot, centre(slot), target, centre(target)).key(stage.rig, Qt.Key.Key_Escape)
    mouse.release(target, centre(target)).run()
    assert stage.document.plan is before
    assert stage.document.undo_stack.count() == 0


def test_that_two_cards_change_places(stage, mouse):
    slot, target = stage.slot(0, 0), stage.slot(0, 1)
    mouse.drag(slot, centre(slot), target, centre(target)).release(target, centre(target)).run()
    assert stage.names == [["rtx5090", "rtxpro6000"], ["rtx4090"]]


def test_that_a_card_moves_to_another_node(stage, mouse):
    slot, target = stage.slot(0, 0), stage.slot(1, 1)
    mouse.drag(slot, centre(slot), target, centre(target)).release(target, centre(target)).run()
    assert stage.names == [["rtx5090"], ["rtx4090", "rtxpro6000"]]
    assert stage.document.undo_stack.count() == 1


def test_that_a_card_dragged_to_the_parts_is_taken_off_the_rig(stage, mouse):
    slot, target = stage.slot(0, 1), stage.parts
    to = QPoint(100, 300)
    mouse.drag(slot, centre(slot), target, to).release(target, to).run()
    assert stage.names == [["rtxpro6000"], ["rtx4090"]]
    assert stage.document.undo_stack.undoText() == "Remove RTX 5090"


def test_that_a_card_dragged_to_the_rest_of_the_window_is_taken_off_the_rig(stage, mouse):
    slot, target = stage.slot(0, 1), stage.window.statusBar()
    to = QPoint(300, 6)
    accepted = stage.window.acceptDrops()
    mouse.drag(slot, centre(slot), target, to).release(target, to).run()
    assert stage.names == [["rtxpro6000"], ["rtx4090"]]
    assert stage.window.acceptDrops() == accepted


def test_that_a_refused_target_keeps_the_card_where_it_is(stage, mouse):
    list_, at = part(stage, "rtx5090")
    slot = stage.slot(0, 1)
    mouse.drag(list_, at, slot, centre(slot)).release(slot, centre(slot)).run()
    assert stage.document.undo_stack.count() == 0


def test_that_a_host_dragged_to_a_node_becomes_its_host(stage, mouse):
    list_, at = part(stage, "sp5")
    head = stage.rig.canvas.panels[1].head
    mouse.drag(list_, at, head, centre(head)).release(head, centre(head)).run()
    assert stage.document.plan.rig.nodes[1].host == "sp5"


def test_that_drags_undo_to_the_identical_plan(stage, mouse, qtbot):
    before = stage.document.plan.model_dump_json()
    list_, at = part(stage, "rtx4090")
    slot = stage.slot(1, 1)
    mouse.drag(list_, at, slot, centre(slot)).release(slot, centre(slot)).run()
    stage.settle()
    slot, target = stage.slot(1, 1), stage.slot(0, 0)
    Mouse(qtbot).drag(slot, centre(slot), target, centre(target)).release(
        target, centre(target)
    ).run()
    assert stage.document.undo_stack.count() == 2
    while stage.document.undo_stack.canUndo():
        stage.document.undo_stack.undo()
    assert stage.document.plan.model_dump_json() == before


class TestParts:
    """Parts besides cards, from the real catalogue."""

    @pytest.fixture
    def catalog(self):
        from moeplanner_gui.catalog.load import load_catalog

        return load_catalog()

    @pytest.fixture
    def stage(self, make_stage, catalog):
        from moeplanner_gui.core.assess import evaluate
        from moeplanner_gui.core.plan import Node, Plan, Rig

        node = Node(host="sp3-7003", ram_gib=256, gpus=("rtx3090", "rtx3090"))
        plan = Plan(model="qwen3-30b-a3b", weights="q4_k_m", rig=Rig(nodes=(node,)))
        stage = make_stage(plan, evaluate)
        stage.parts.filters.choose("Parts")
        return stage

    def test_that_a_supply_dragged_to_a_computer_is_built_in(self, stage, mouse):
        list_, at = part(stage, "psu-1600-w")
        head = stage.rig.canvas.panels[0].head
        seen = []
        mouse.drag(list_, at, head, centre(head))
        mouse.then(lambda: seen.append(head.drop_text))
        mouse.release(head, centre(head)).run()
        assert seen[0].startswith("Drop to have 1,600 W instead of")
        parts = stage.document.plan.rig.nodes[0].parts
        assert "psu-1600-w" in {p.part for p in parts}
        assert stage.document.undo_stack.count() == 1
        stage.document.undo_stack.undo()
        assert stage.document.plan.rig.nodes[0].parts is None

    def test_that_modules_dragged_over_a_slot_set_the_memory_of_its_computer(self, stage, mouse):
        list_, at = part(stage, "ddr4-rdimm-per-gb:64")
        slot = stage.slot(0, 2)
        mouse.drag(list_, at, slot, centre(slot)).release(slot, centre(slot)).run()
        assert stage.document.plan.rig.nodes[0].ram_gib == 512

    def test_that_modules_of_another_kind_are_refused(self, stage, mouse):
        list_, at = part(stage, "ddr5-udimm-per-gb:32")
        head = stage.rig.canvas.panels[0].head
        seen = []
        mouse.drag(list_, at, head, centre(head))
        mouse.then(lambda: seen.append((head.drop_text, head.drop_refused)))
        mouse.release(head, centre(head)).run()
        assert "takes DDR4 RDIMM" in seen[0][0] and seen[0][1]
        assert stage.document.undo_stack.count() == 0
