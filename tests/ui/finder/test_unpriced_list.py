"""The list of rigs without a price, and what stands on the page while another search runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QLineEdit, QToolButton

from moeplanner_gui.ui.finder.list_side import BEFORE, SO_FAR, UNPRICED
from moeplanner_gui.ui.theme import LIGHT
from tests.ui.finder.found import CHEAP, FAST, NOTHING, RESULT, FakeSearch, rig

SPARE = rig("B100", None, 60.0, card="b100", count=2, unpriced=("B100",))
WANTED = rig("RTX PRO 5000 72 GB", None, 40.0, card="rtxpro5000-72", unpriced=("RTX PRO 5000",))
TWO = replace(RESULT, unpriced=(SPARE, WANTED))
KEY, LEFT = Qt.Key, Qt.MouseButton.LeftButton


@pytest.fixture
def page(qtbot, make_page):
    """The page with the rigs without a price, the second of them chosen."""
    page = make_page(FakeSearch(TWO))
    qtbot.mouseClick(page.findChild(QToolButton, "show_unpriced"), LEFT)
    page.list.table.setFocus()
    qtbot.keyClick(page.list.table, KEY.Key_Down)
    assert page.chosen is WANTED
    return page


def type_wish(qtbot, field, text: str) -> None:
    edit = field.lineEdit()
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, text)
    qtbot.keyClick(edit, KEY.Key_Return)


def test_that_a_price_that_is_being_typed_outlives_the_end_of_a_search(qtbot, page) -> None:
    edit = page.findChild(QLineEdit, "missing_price")
    qtbot.keyClicks(edit, "52")
    page.search.result = replace(TWO, unpriced=(SPARE, rig("Newer", None, 9.0), WANTED))
    page.search_now()
    qtbot.waitUntil(lambda: not page.is_searching)
    assert page.list.table.rigs.rowCount() == 3
    assert page.chosen.plan == WANTED.plan
    assert edit.text() == "52"


def test_that_other_wishes_go_back_to_what_can_be_bought(qtbot, page) -> None:
    type_wish(qtbot, page.bar.budget, "30k")
    qtbot.waitUntil(lambda: not page.is_searching)
    assert page.list.table.rigs.rowCount() == 3
    assert page.chosen.usd is not None


def test_that_a_rig_that_is_not_in_the_chart_has_no_mark_of_it(qtbot, page) -> None:
    assert page.list.table.rigs.best() == [None, None]
    said = page.list.table.rigs.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "beat" not in said
    qtbot.keyClick(page.list.table, KEY.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.mouseClick(page.findChild(QToolButton, "back_to_rigs"), LEFT)
    assert page.list.table.rigs.best() == [True, False, True]


def test_that_going_back_while_it_searches_ends_no_search_on_the_screen(qtbot, page) -> None:
    page.search.go.clear()
    page.search_now()
    qtbot.waitUntil(page.bar.cancel.isVisible)
    qtbot.mouseClick(page.findChild(QToolButton, "back_to_rigs"), LEFT)
    assert page.bar.cancel.isVisible() and "Searching" in page.bar.count.text()
    assert page.list._title.text() == BEFORE
    page.search.go.set()
    qtbot.waitUntil(lambda: not page.is_searching)
    assert page.list._title.text() not in (BEFORE, UNPRICED)


def test_that_notes_about_another_answer_do_not_stand_under_new_rows(qtbot, make_page) -> None:
    page = make_page(FakeSearch(replace(TWO, unchecked=1200)))
    assert "1,200" in page.list.notes.words
    page.search.go.clear()
    page.search.first = (CHEAP,)
    type_wish(qtbot, page.bar.budget, "12k")
    qtbot.waitUntil(lambda: page.list.table.rigs.rowCount() == 1)
    # Not at once: in a quick search the notes would change twice.
    assert "1,200" in page.list.notes.words
    qtbot.waitUntil(lambda: page.list.notes.words == SO_FAR)
    assert not page.findChild(QToolButton, "show_unpriced").isVisible()


@pytest.mark.parametrize("where", ["list", "chart"])
def test_that_a_rig_chosen_while_it_searches_stays_chosen(qtbot, make_page, where) -> None:
    page = make_page()
    page.search.go.clear()
    page.search.first = (FAST, CHEAP)
    page.search_now()
    qtbot.waitUntil(lambda: page.list.table.rigs.rowCount() == 2)
    if where == "list":
        at = page.list.table.visualRect(page.list.table.rigs.index(1, 0)).center()
        qtbot.mouseClick(page.list.table.viewport(), LEFT, pos=at)
    else:
        page.chart.plot.grab()
        at = next(at for point, at in page.chart.plot.drawn.places if point.rig is CHEAP)
        qtbot.mouseClick(page.chart.plot, LEFT, pos=at.toPoint())
    assert page.chosen is CHEAP
    page.search.go.set()
    qtbot.waitUntil(lambda: not page.is_searching)
    assert page.list.table.rigs.rowCount() == 3 and page.chosen is CHEAP


def test_that_no_heading_of_a_list_stands_over_no_list(qtbot, make_page) -> None:
    page = make_page(FakeSearch(NOTHING))
    assert page.list._title.text() == ""
    page.search.go.clear()
    type_wish(qtbot, page.bar.budget, "30k")
    # What would have to give was about the wishes before.
    qtbot.waitUntil(lambda: not page.list.nothing.buttons)
    assert "Searching" in page.list.nothing.words
    page.search.result = RESULT
    page.search.go.set()
    qtbot.waitUntil(lambda: not page.is_searching)
    assert page.list._title.text() == "Rigs that do it"


def test_that_the_frame_of_the_focus_goes_around_the_whole_row(qtbot, make_page) -> None:
    page = make_page()
    table = page.list.table
    table.setFocus()
    qtbot.waitUntil(table.hasFocus)
    table.choose(0)
    last = table.visualRect(table.rigs.index(0, 4))
    row = QRect(0, last.top(), last.right() + 1, last.height())
    image = table.viewport().grab(row).toImage()
    accent = [
        x
        for x in range(image.width())
        if any(image.pixelColor(x, y).name() == LIGHT.accent.lower() for y in range(4))
    ]
    assert len(accent) > 0.95 * row.width()
