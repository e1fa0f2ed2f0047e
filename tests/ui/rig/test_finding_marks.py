"""Findings are shown on the slot and the node they concern."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent, QImage
from PySide6.QtWidgets import QApplication, QToolTip

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.check_edits import dismiss
from moeplanner_gui.core.plan import Node, NodePart, Plan, Rig
from moeplanner_gui.ui.rig_builder.finding_marks import finding_marks
from moeplanner_gui.ui.theme import DARK, LIGHT


def picture(widget) -> QImage:
    return widget.grab().toImage()


def colors(image: QImage) -> set[str]:
    return {
        image.pixelColor(x, y).name().upper()
        for x in range(image.width())
        for y in range(min(image.height(), 60))
    }


def hover_text(widget) -> str:
    at = QPoint(30, 30)
    event = QHelpEvent(QEvent.Type.ToolTip, at, widget.mapToGlobal(at))
    QApplication.sendEvent(widget, event)
    return QToolTip.text()


def test_that_a_slot_says_with_icon_and_word_what_was_found_about_its_card(stage) -> None:
    checked, noted = stage.slot(0, 1), stage.slot(0, 0)
    assert checked.mark.icon == "warning" and noted.mark.icon == "info"
    assert checked.accessibleName().endswith(", 1 check")
    assert "Check: Slot 2 runs at x8." in checked.accessibleDescription()
    assert hover_text(checked).startswith("Check: Slot 2 runs at x8.\n")
    assert stage.slot(0, 2).mark is None and stage.slot(1, 0).mark is None


@pytest.mark.parametrize(
    ("severity", "ink"),
    [("error", "error"), ("warning", "warn"), ("note", "text2")],
)
@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_that_the_mark_has_the_colour_of_its_severity(stage, severity, ink, theme) -> None:
    finding = Finding("any", severity, "gpu 1", "Something.")
    marks = finding_marks((finding,), stage.document.plan, stage.document.catalog)
    assert marks[0, 0].ink(theme) == getattr(theme, ink)


def test_that_a_mark_is_drawn_and_moves_nothing(stage) -> None:
    slot = stage.slot(0, 1)
    warn = stage.themes.theme.warn.upper()
    with_mark, places = picture(slot), [zone.rect for zone in slot._zones]
    assert warn in colors(with_mark)
    slot.set_mark(None)
    without = picture(slot)
    assert warn not in colors(without)
    assert [zone.rect for zone in slot._zones] == places
    changed = {
        (x, y)
        for x in range(without.width())
        for y in range(without.height())
        if without.pixel(x, y) != with_mark.pixel(x, y)
    }
    ratio = without.devicePixelRatio()
    assert changed and max(x for x, _ in changed) <= (13 + 16) * ratio
    assert max(y for _, y in changed) - min(y for _, y in changed) <= 16 * ratio


def test_that_the_words_for_the_bus_take_the_colour_of_what_was_found_about_it(stage) -> None:
    slot, catalog = stage.slot(0, 1), stage.document.catalog
    warn = stage.themes.theme.warn.upper()
    finding = Finding("narrow_slot", "warning", "gpu 2", "x8 from the slot that is left.")
    slot.set_mark(finding_marks((finding,), stage.document.plan, catalog)[0, 1])
    head = picture(slot).copy(0, 0, slot.width(), 22)
    assert warn in colors(head)
    other = Finding("any", "warning", "gpu 2", "Something else.")
    slot.set_mark(finding_marks((other,), stage.document.plan, catalog)[0, 1])
    assert warn not in colors(picture(slot).copy(0, 0, slot.width(), 22))


def test_that_lanes_that_all_cards_share_are_said_on_each_of_them(stage) -> None:
    finding = Finding("cards_share_lanes", "warning", "node 1", "They share 24 lanes.")
    marks = finding_marks((finding,), stage.document.plan, stage.document.catalog)
    assert set(marks) == {(0, None), (0, 0), (0, 1)}
    assert marks[0, 1].link is not None


def test_that_a_finding_about_a_computer_stands_on_its_head(stage) -> None:
    head = stage.rig.canvas.panels[1].head
    finding = Finding("no_power_supply", "error", "node 2", "No power supply.")
    before = picture(head)
    marks = finding_marks((finding,), stage.document.plan, stage.document.catalog)
    stage.rig.canvas.set_marks(marks)
    assert head.accessibleName().endswith(", 1 error")
    assert head.toolTip().startswith("Error: No power supply.\n")
    assert picture(head) != before
    stage.rig.canvas.set_marks({})
    assert "Error" not in head.toolTip() and picture(head) == before


def test_that_a_card_by_name_is_marked_wherever_it_stands(stage) -> None:
    finding = Finding("card_unverified", "note", "RTX 4090", "Some figures.")
    three = Rig(nodes=(Node(gpus=("rtx4090", "w7900")), Node(gpus=("rtx4090",))))
    plan = stage.document.plan.replace(rig=three)
    marks = finding_marks((finding,), plan, stage.document.catalog)
    assert set(marks) == {(0, 0), (1, 0)}


def test_that_a_dismissed_finding_leaves_the_slot_and_comes_back_with_undo(stage) -> None:
    document = stage.document
    document.apply("Dismiss", dismiss(document.plan, "slot_x8", "gpu 2", "it is enough"))
    stage.settle()
    assert stage.slot(0, 1).mark is None
    assert "check" not in stage.slot(0, 1).accessibleName()
    document.undo_stack.undo()
    stage.settle()
    assert stage.slot(0, 1).mark is not None


@pytest.mark.parametrize(
    ("cards", "parts", "code", "slots"),
    [
        (5, (), "narrow_slot", {3, 4}),
        (8, ("riser-set-for-8-gpus-2-quad-oculink-hosts-8-cables-8-adapters",),
         "cards_on_risers", set(range(8))),
    ],
)  # fmt: skip
def test_that_what_is_said_of_narrow_slots_stands_on_those_slots_alone(
    cards, parts, code, slots
) -> None:
    catalog = load_catalog()
    board = ("board-sp5-supermicro-h13ssl-n", "psu-2000-w-titanium")
    chosen = tuple(NodePart(part=part) for part in (*board, *parts))
    node = Node(host="sp5-9004", ram_gib=256, gpus=("rtx5090",) * cards, parts=chosen)
    plan = Plan(model="qwen3-30b-a3b", weights="q4_k_m", rig=Rig(nodes=(node,)))
    said = next(f for f in evaluate(plan, catalog).findings if f.code == code)
    assert said.subject == "node 1"
    marks = finding_marks((said,), plan, catalog)
    assert {slot for _, slot in marks if slot is not None} == slots
    assert (0, None) in marks and all(marks[0, slot].link is not None for slot in slots)
