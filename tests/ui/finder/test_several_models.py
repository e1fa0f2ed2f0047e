"""Several models: how they are wished for, what the list says of each, and their plans."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from moeplanner_gui.ui.finder import several
from moeplanner_gui.ui.finder import wishes as terms
from moeplanner_gui.ui.finder import worker as worker_module
from moeplanner_gui.ui.finder.rows import row_height
from moeplanner_gui.ui.finder.words import tsv
from tests.ui.finder.found import BEATEN, CATALOG, FAST, RESULT, WISHES, FakeSearch

FIRST, SECOND, THIRD, FOURTH = (
    "deepseek-v4-flash", "gpt-oss-120b", "glm-4.5-air", "qwen3-30b-a3b",
)  # fmt: skip
BOTH = replace(
    FAST,
    others=(FAST.plan.replace(model=SECOND),),
    ways=("DeepSeek V4 Flash: layers over 2 cards", "gpt-oss-120b: all on one card"),
)
OF_BOTH = replace(RESULT, rigs=(BOTH, BEATEN))


def settle(qtbot, page) -> None:
    qtbot.waitUntil(lambda: not page.is_searching, timeout=5_000)


def opened(qtbot, page):
    """The list of models, opened by keyboard."""
    page.bar.others.setFocus()
    qtbot.keyClick(page.bar.others, Qt.Key.Key_Space)
    popup = page.bar.others.popup
    qtbot.waitUntil(popup.isVisible, timeout=2_000)
    return popup


def tick(qtbot, popup, name: str) -> None:
    popup.search.selectAll()
    qtbot.keyClicks(popup.search, name)
    qtbot.keyClick(popup.search, Qt.Key.Key_Return)


def test_that_a_model_is_added_and_taken_away_by_keyboard(qtbot, make_page) -> None:
    page = make_page()
    assert page.bar.others.text() == several.ADD
    popup = opened(qtbot, page)
    tick(qtbot, popup, CATALOG.models[SECOND].name)
    assert popup.isVisible()
    settle(qtbot, page)
    assert page.search.asked[-1].models == (FIRST, SECOND)
    assert page.bar.others.text() == "and 1 more"
    assert CATALOG.models[SECOND].name in page.bar.others.accessibleName()
    qtbot.keyClick(popup.search, Qt.Key.Key_Return)
    qtbot.keyClick(popup.search, Qt.Key.Key_Escape)
    settle(qtbot, page)
    assert not popup.isVisible()
    assert page.search.asked[-1].models == (FIRST,)


def test_that_a_fifth_model_cannot_be_ticked(qtbot, make_page) -> None:
    page = make_page()
    popup = opened(qtbot, page)
    for name in (SECOND, THIRD, FOURTH, "gemma-3-27b"):
        tick(qtbot, popup, CATALOG.models[name].name)
    settle(qtbot, page)
    assert page.search.asked[-1].models == (FIRST, SECOND, THIRD, FOURTH)
    assert "the most" in popup.foot.text()


def test_that_the_search_in_the_list_says_when_nothing_is_found(qtbot, make_page) -> None:
    popup = opened(qtbot, make_page())
    tick(qtbot, popup, "no such model")
    assert popup.foot.text() == "Nothing found."
    assert popup.list.currentItem() is None


def test_that_open_weights_become_native_when_a_model_is_added() -> None:
    wished = terms.with_models(replace(WISHES, weights=None), (FIRST, SECOND))
    assert wished.weights == ("native",)
    # Who then asks for open weights gets them, also with a third model taken away again.
    asked = replace(wished, weights=None)
    assert terms.with_models(asked, (FIRST,)).weights is None


def test_that_slow_weights_say_so(qtbot, make_page) -> None:
    page = make_page()
    page.ask(replace(page.wishes, models=(FIRST, SECOND)))
    page.bar.weights.setFocus()
    qtbot.keyClick(page.bar.weights, Qt.Key.Key_Home)
    settle(qtbot, page)
    assert page.search.asked[-1].weights is None
    assert several.SLOW_WEIGHTS in page.bar.weights.toolTip()


def test_that_another_first_model_keeps_the_others() -> None:
    plan = FAST.plan.replace(model=SECOND)
    old = replace(WISHES, models=(FIRST, SECOND, THIRD))
    assert terms.wishes_again(old, plan).models == (SECOND, FIRST, THIRD)
    assert terms.wishes_again(old, plan.replace(model=FOURTH)).models == (FOURTH,)


def test_that_heading_rows_and_notes_tell_of_each_model(qtbot, make_page) -> None:
    page = make_page(FakeSearch(OF_BOTH))
    page.ask(replace(page.wishes, models=(FIRST, SECOND)))
    settle(qtbot, page)
    table = page.list.table
    assert page.list.table.accessibleName() == several.heading(2)
    said = table.rigs.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert all(way in said for way in BOTH.ways)
    assert all(way in page.list.foot.text() for way in BOTH.ways)
    assert several.ONE_AT_A_TIME in page.list.notes.words
    assert table.rowHeight(0) == row_height(2) > row_height()


def test_that_the_others_are_offered_only_where_there_are_some(qtbot, make_page) -> None:
    page = make_page(FakeSearch(OF_BOTH))
    assert page.list.others.isVisible()
    page.list.table.setFocus()
    qtbot.keyClick(page.list.table, Qt.Key.Key_Down)
    assert page.chosen is BEATEN and not page.list.others.isVisible()


def test_that_the_copied_list_says_how_each_model_runs() -> None:
    assert all(way in tsv([BOTH], [True]) for way in BOTH.ways)


# In the window ----------------------------------------------------------------------------------


@pytest.fixture
def page(qtbot, window, monkeypatch):
    monkeypatch.setattr(worker_module, "run_search", FakeSearch(OF_BOTH))
    page = window.finder.open()
    settle(qtbot, page)
    return page


def test_that_loading_opens_the_plans_of_the_others_in_tabs(qtbot, window, page) -> None:
    page.list.others.setFocus()
    qtbot.keyClick(page.list.others, Qt.Key.Key_Space)
    qtbot.mouseClick(page.list.load, Qt.MouseButton.LeftButton)
    first, second = window.document.sessions
    assert window.document.session is first
    assert [first.plan.model, second.plan.model] == [FIRST, SECOND]
    assert first.plan.rig == second.plan.rig == BOTH.plan.rig
    assert CATALOG.models[SECOND].name in second.title


def test_that_loading_opens_no_tab_unasked(qtbot, window, page) -> None:
    qtbot.mouseClick(page.list.load, Qt.MouseButton.LeftButton)
    assert len(window.document.sessions) == 1


def test_that_compare_takes_the_plans_of_the_others_too(qtbot, window, page) -> None:
    page.list.others.setFocus()
    qtbot.keyClick(page.list.others, Qt.Key.Key_Space)
    qtbot.mouseClick(page.list.compare, Qt.MouseButton.LeftButton)
    assert [s.plan.model for s in window.document.sessions][1:] == [FIRST, SECOND]
    assert window.compare.is_shown


def test_that_a_plan_opened_in_the_place_of_the_shown_one_closes_the_page(window, page) -> None:
    plan = window.document.plan.replace(model=SECOND)
    window.document.open(plan, None)
    assert not page.isVisible()
    window.finder.open()
    assert page.wishes.models[0] == SECOND


def test_that_a_new_price_list_does_not_close_the_page(window, page) -> None:
    window.document.reload_catalog()
    QApplication.processEvents()
    assert page.isVisible()
