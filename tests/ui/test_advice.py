"""Advice in the window: looked for in slices, offered in the verdict's menu, one undo step each."""

from __future__ import annotations

from time import perf_counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.edits import replace_gpu, set_deployment, set_workload
from moeplanner_gui.core.remedies import remedies
from moeplanner_gui.ui.advice import SLICE_SECONDS, Advisor, advisor_of, most_users_text


@pytest.fixture
def short(window):
    """The sample on cards that are too small for it."""
    plan = window.document.plan
    for slot in range(plan.gpu_count):
        plan = replace_gpu(plan, 0, slot, "rtx4090")
    window.document.apply("Smaller cards", plan)
    window.document.flush()
    return window


def shown(menu) -> list[str]:
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def test_that_one_search_serves_the_whole_window(window) -> None:
    assert window.document.findChildren(Advisor) == [advisor_of(window.document)]


def test_that_the_search_finds_what_the_core_finds(short, qtbot) -> None:
    advisor = advisor_of(short.document)
    qtbot.waitUntil(lambda: advisor.is_finished and bool(advisor.found), timeout=10_000)
    assert advisor.found == remedies(short.document.plan, short.document.catalog)


def test_that_no_slice_keeps_the_window_waiting(short) -> None:
    advisor = advisor_of(short.document)
    advisor.finish()
    advisor._start()
    longest = 0.0
    while not advisor.is_finished:
        begun = perf_counter()
        advisor._slice()
        longest = max(longest, perf_counter() - begun)
    # One step beyond the slice at most; a frame would be far too late at several times this.
    assert longest < SLICE_SECONDS + 0.2


def test_that_an_edit_makes_the_search_start_anew(short, qtbot) -> None:
    advisor = advisor_of(short.document)
    advisor.finish()
    assert advisor.found
    longer = set_workload(short.document.plan, context_tokens=262_144)
    short.document.apply("Longer", longer)
    short.document.flush()
    assert advisor.found == ()
    assert not advisor.is_finished
    qtbot.waitUntil(lambda: advisor.is_finished, timeout=10_000)
    assert all(evaluate(r.plan, short.document.catalog).fits for r in advisor.found)
    assert {r.plan.workload.context_tokens for r in advisor.found} <= {262_144}


def test_that_the_menu_is_there_only_while_something_is_missing(window) -> None:
    assert window.verdict.advice.isHidden()
    assert not window.actions_registry.get("rig.advice").isEnabled()
    plan = window.document.plan
    window.document.apply("Small", replace_gpu(plan, 0, 0, "rtx4090"))
    window.document.flush()
    assert not window.verdict.advice.isHidden()
    assert window.actions_registry.get("rig.advice").isEnabled()
    window.document.undo_stack.undo()
    window.document.flush()
    assert window.verdict.advice.isHidden()


def test_that_the_menu_opens_by_click_and_key_and_says_each_new_verdict(short, qtbot) -> None:
    advisor = advisor_of(short.document)
    menu = short.verdict.advice.menu()
    menu.aboutToShow.emit()
    advisor.finish()
    menu.fill()
    texts = shown(menu)
    assert len(texts) == len(advisor.found) > 1
    for text, remedy in zip(texts, advisor.found, strict=True):
        assert remedy.title in text
        assert "\tFits" in text or "\tTight" in text
    action = short.actions_registry.get("rig.advice")
    assert action.shortcut().toString() == "Ctrl+Shift+H"
    assert short.verdict.advice.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_that_a_click_is_one_undo_step(short) -> None:
    document = short.document
    advisor_of(document).finish()
    menu = short.verdict.advice.menu()
    menu.fill()
    before, steps = document.plan, document.undo_stack.count()
    first = advisor_of(document).found[0]
    menu.actions()[0].trigger()
    assert document.plan == first.plan
    assert document.undo_stack.count() == steps + 1
    assert document.undo_stack.undoText() == first.title
    document.flush()
    assert document.assessment.fits
    document.undo_stack.undo()
    assert document.plan == before


def test_that_what_costs_money_comes_last_with_its_price(short) -> None:
    advisor_of(short.document).finish()
    menu = short.verdict.advice.menu()
    menu.fill()
    texts = shown(menu)
    priced = ["$" in text for text in texts]
    assert any(priced)
    assert not priced[0]
    assert priced == sorted(priced)


def test_that_a_plan_beyond_help_says_so(window) -> None:
    document = window.document
    plan = document.plan.replace(model="deepseek-v4-pro")
    for slot in range(plan.gpu_count):
        plan = replace_gpu(plan, 0, slot, "rtx4090")
    node = plan.rig.nodes[0].model_copy(update={"host": None, "gpus": ("rtx4090",), "ram_gib": 8})
    plan = plan.replace(rig=plan.rig.model_copy(update={"nodes": (node,)}))
    document.apply("Tiny", set_deployment(plan, engine="vllm"))
    document.flush()
    advisor_of(document).finish()
    window.verdict.advice.menu().fill()
    texts = shown(window.verdict.advice.menu())
    found = advisor_of(document).found
    assert len(texts) == max(len(found), 1)
    if not found:
        assert texts[0].startswith("Nothing that was tried")


def test_that_old_advice_cannot_be_clicked_after_an_edit(short) -> None:
    advisor_of(short.document).finish()
    fit = short.panes[1].fit
    assert fit.rows and all(row.isEnabled() for row in fit.rows)
    plan = set_workload(short.document.plan, context_tokens=262_144)
    short.document.apply("Longer", plan)
    short.document.flush()
    assert not any(row.isEnabled() for row in fit.rows)
    before = short.document.plan
    fit.rows[0].click()
    assert short.document.plan == before
    advisor_of(short.document).finish()
    assert all(row.isEnabled() for row in fit.rows)


def test_that_the_longest_context_says_how_many_users_there_can_be(window, qtbot) -> None:
    advisor = advisor_of(window.document)
    qtbot.waitUntil(lambda: advisor.most is not None, timeout=5000)
    text = most_users_text(window.document)
    assert text.startswith("Up to ")
    figure = next(b for b in window.verdict._figures if b.figure.key == "context")
    assert text in figure.toolTip()
    window.tabs.show_tab("context")
    context = window.tabs.view("context")
    assert context is not None
    assert text == context._most.text()
    assert text.split(" at a time")[0].lower() in context._cards.text()


def test_that_the_most_users_follow_the_plan(window) -> None:
    document = window.document
    advisor = advisor_of(document)
    advisor.finish()
    before = advisor.most
    document.apply("Longer", set_workload(document.plan, context_tokens=1_048_576))
    document.flush()
    assert advisor.most is None
    advisor.finish()
    QApplication.processEvents()
    assert before is not None and advisor.most is not None
    assert advisor.most.sequences < before.sequences
