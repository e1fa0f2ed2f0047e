"""The page: a wish starts one search, chart and list choose each other, all of it by keyboard."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPushButton, QToolButton

from moeplanner_gui.ui.finder.rows import MARK_PX, RIG
from moeplanner_gui.ui.finder.view import SLOW_MS
from moeplanner_gui.ui.fonts import faces
from moeplanner_gui.ui.tables import CELL_PADDING
from tests.ui.finder.found import (
    BEATEN,
    CHEAP,
    FAST,
    NOTHING,
    RESULT,
    UNPRICED,
    FakeSearch,
)


def titles(page) -> list[str]:
    table = page.list.table
    return [table.rigs.rig(row).title for row in range(table.rigs.rowCount())]


def settle(qtbot, page) -> None:
    qtbot.waitUntil(lambda: not page.is_searching, timeout=5_000)


def test_that_the_page_asks_for_what_the_open_plan_does(make_page) -> None:
    page = make_page()
    asked = page.search.asked[-1]
    assert asked.models == ("deepseek-v4-flash",) and asked.context_tokens == 131_072
    assert page.bar.context.currentText() == "131,072"
    assert titles(page) == [FAST.title, BEATEN.title, CHEAP.title]
    assert page.bar.count.text() == "3 of 1,284 plans"


def test_that_typed_wishes_are_one_search(qtbot, make_page) -> None:
    page = make_page()
    for field, text in ((page.bar.budget, "9k"), (page.bar.speed, "40")):
        edit = field.lineEdit()
        edit.setFocus()
        edit.selectAll()
        qtbot.keyClicks(edit, text)
        qtbot.keyClick(edit, Qt.Key.Key_Return)
    settle(qtbot, page)
    assert len(page.search.asked) == 2
    assert page.search.asked[-1].budget_usd == 9_000
    assert page.search.asked[-1].decode_tokens_per_s == 40
    assert page.bar.budget.currentText() == "9,000"


def test_that_a_wish_that_is_none_is_refused_and_starts_no_search(qtbot, make_page) -> None:
    page = make_page()
    edit = page.bar.users.lineEdit()
    edit.selectAll()
    qtbot.keyClicks(edit, "some")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert page.bar.said.isVisible() and "Users" in page.bar.said.text()
    assert not page.is_searching and page.wishes.users == 1
    edit.selectAll()
    qtbot.keyClicks(edit, "8")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert not page.bar.said.isVisible()
    settle(qtbot, page)
    assert page.search.asked[-1].users == 8


def test_that_a_floor_of_bits_replaces_the_format(qtbot, make_page) -> None:
    page = make_page()
    page.bar.weights.setCurrentIndex(page.bar.weights.findText("≥ 4 bits/weight"))
    page.bar.weights.activated.emit(page.bar.weights.currentIndex())
    settle(qtbot, page)
    assert page.search.asked[-1].weights is None
    assert page.search.asked[-1].min_bits_per_weight == 4.0


def test_that_rarer_wishes_are_asked_and_counted(qtbot, make_page) -> None:
    page = make_page()
    qtbot.mouseClick(page.bar.more_button, Qt.MouseButton.LeftButton)
    more = page.bar.more
    assert more.isVisible()
    qtbot.mouseClick(more.quiet, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(more.low, Qt.MouseButton.LeftButton)
    assert not more.listed.isChecked()
    qtbot.mouseClick(more.listed, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert page.search.asked[-1].quiet and page.search.asked[-1].speed_from == "low"
    assert page.search.asked[-1].list_prices
    assert page.bar.more_button.text() == "More · 3"


def test_that_first_rows_come_before_the_answer_and_cancel_after_a_while(qtbot, make_page) -> None:
    search = FakeSearch(held=True)
    search.first = (CHEAP,)
    page = make_page(search, wait=False)
    qtbot.waitUntil(lambda: titles(page) == [CHEAP.title], timeout=5_000)
    assert page.is_searching
    qtbot.waitUntil(page.bar.cancel.isVisible, timeout=SLOW_MS + 3_000)
    assert page.bar.count.text() == "Searching, 31 %"
    qtbot.mouseClick(page.bar.cancel, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert search.cancelled == 1 and not page.bar.cancel.isVisible()
    assert "stopped" in page.list.notes.words
    assert titles(page) == [CHEAP.title]


def test_that_a_quick_search_shows_no_progress(qtbot, make_page) -> None:
    page = make_page(FakeSearch(held=True), wait=False)
    assert not page.bar.cancel.isVisible()
    page.search.go.set()
    settle(qtbot, page)
    assert not page.bar.cancel.isVisible()


def test_that_a_search_that_was_replaced_says_nothing_any_more(qtbot, make_page) -> None:
    search = FakeSearch(held=True)
    page = make_page(search, wait=False)
    qtbot.waitUntil(lambda: len(search.asked) == 1, timeout=5_000)
    ended = []
    page.searched.connect(lambda: ended.append(1))
    page.ask(replace(page.wishes, users=8))
    qtbot.waitUntil(lambda: len(search.asked) == 2, timeout=5_000)
    search.go.set()
    settle(qtbot, page)
    qtbot.waitUntil(lambda: not page.worker.is_running, timeout=5_000)
    assert ended == [1]


def test_that_the_arrow_keys_of_the_list_choose_in_the_chart(qtbot, make_page) -> None:
    page = make_page()
    page.list.table.setFocus()
    assert page.chosen is FAST
    qtbot.keyClick(page.list.table, Qt.Key.Key_Down)
    assert page.chosen is BEATEN
    assert BEATEN.title in page.chart.plot.accessibleDescription()
    assert page.list.foot.text().startswith(BEATEN.title)


def test_that_a_click_in_the_chart_chooses_in_the_list(qtbot, make_page) -> None:
    page = make_page()
    plot = page.chart.plot
    plot.repaint()
    at = next(place for point, place in plot.drawn.places if point.rig is CHEAP)
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert page.chosen is CHEAP


def test_that_the_arrow_keys_of_the_chart_go_by_price_and_stay_inside_the_limits(
    qtbot, make_page
) -> None:
    page = make_page()
    plot = page.chart.plot
    plot.setFocus()
    seen = []
    for key in [Qt.Key.Key_Left] * 3 + [Qt.Key.Key_Right] * 3:
        qtbot.keyClick(plot, key)
        seen.append(page.chosen)
    assert seen == [CHEAP, CHEAP, CHEAP, FAST, BEATEN, BEATEN]


@pytest.mark.parametrize("where", ["list", "chart", "button"])
def test_that_enter_loads_the_chosen_rig(qtbot, make_page, where) -> None:
    page = make_page()
    target = {"list": page.list.table, "chart": page.chart.plot, "button": page.list.load}[where]
    target.setFocus()
    key = Qt.Key.Key_Space if where == "button" else Qt.Key.Key_Return
    with qtbot.waitSignal(page.load_wanted) as wanted:
        qtbot.keyClick(target, key)
    assert wanted.args[0] is FAST


def test_that_a_header_sorts_and_what_is_chosen_stays(qtbot, make_page) -> None:
    page = make_page()
    table = page.list.table
    table.choose(1)
    header = table.horizontalHeader()

    def click(column: int) -> None:
        x = header.sectionViewportPosition(column) + header.sectionSize(column) // 2
        at = QPoint(x, header.height() // 2)
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)

    click(1)
    assert titles(page) == [CHEAP.title, FAST.title, BEATEN.title]
    assert page.chosen is BEATEN
    click(1)
    assert titles(page) == [BEATEN.title, FAST.title, CHEAP.title]
    click(1)
    assert titles(page) == [FAST.title, BEATEN.title, CHEAP.title]
    click(2)
    assert titles(page)[0] == FAST.title


def test_that_what_is_unknown_stands_last_however_the_list_is_sorted(make_page) -> None:
    page = make_page(FakeSearch(replace(RESULT, rigs=(UNPRICED, FAST, CHEAP))))
    for _ in range(2):
        page.list.table.sort_by(1)
        assert titles(page)[-1] == UNPRICED.title


def test_that_the_list_is_copied_with_numbers_a_spreadsheet_reads(qtbot, make_page) -> None:
    page = make_page()
    page.list.table.setFocus()
    qtbot.keyClick(page.list.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QApplication.clipboard().text().splitlines()
    assert len(lines) == 4
    cells = dict(zip(lines[0].split("\t"), lines[1].split("\t"), strict=True))
    assert cells["USD"] == "21000.40" and cells["tok/s low"] == "35.00"
    assert cells["Nothing beats it in the chart"] == "yes"


def test_that_an_empty_answer_says_what_would_have_to_give(qtbot, make_page) -> None:
    page = make_page(FakeSearch(NOTHING))
    assert "Nothing under $3,000" in page.list.nothing.words
    page.search.result = RESULT
    (button,) = page.list.nothing.buttons
    assert button.text() == "Use $4,000"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert page.search.asked[-1].budget_usd == 4_000
    assert page.bar.budget.currentText() == "4,000"
    assert len(titles(page)) == 3 and not page.list.nothing.isVisible()


def test_that_a_stopped_search_without_a_rig_calls_nothing_the_best(make_page) -> None:
    page = make_page(FakeSearch(replace(NOTHING, relaxations=(), complete=False)))
    assert "It had found nothing yet." in page.list.nothing.words
    assert "best" not in page.list.notes.words
    some = make_page(FakeSearch(replace(RESULT, complete=False)))
    assert "these are the best of what it had seen" in some.list.notes.words


def test_that_a_catalogue_without_anything_is_a_message(make_page) -> None:
    page = make_page(FakeSearch(replace(NOTHING, relaxations=(), message="No cards.")))
    assert "No cards." in page.list.nothing.words
    assert not page.list.load.isEnabled() and page.list.load.toolTip() == "Choose a rig first"


def test_that_a_search_that_breaks_is_a_sentence_and_can_be_repeated(qtbot, make_page) -> None:
    search = FakeSearch()
    search.error = KeyError("gone")
    page = make_page(search)
    assert "KeyError" in page.list.nothing.words
    search.error = None
    again = page.list.nothing.findChild(QPushButton, "search_again")
    qtbot.mouseClick(again, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert len(titles(page)) == 3


def test_that_counts_of_what_was_left_out_are_told(make_page) -> None:
    unsure = replace(FAST, price_unsure=True)
    result = replace(
        RESULT, rigs=(unsure, BEATEN), unchecked=1200, unknown_speed=4, unpriced=(UNPRICED,)
    )
    words = make_page(FakeSearch(result)).list.notes.words
    for part in ("Prices of 1 rig", "1,200 plans", "4 plans", "1 rig was left out"):
        assert part in words


def test_that_a_missing_price_is_set_on_the_spot(qtbot, make_page, tmp_path) -> None:
    page = make_page(FakeSearch(replace(RESULT, unpriced=(UNPRICED,))))
    link = page.findChild(QToolButton, "show_unpriced")
    qtbot.mouseClick(link, Qt.MouseButton.LeftButton)
    assert titles(page) == [UNPRICED.title] and page.chosen is UNPRICED
    edit = page.list.price.edit
    assert edit.isVisible() and "RTX PRO 5000" in edit.accessibleName()
    asked = len(page.search.asked)
    qtbot.keyClicks(edit, "cheap")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert page.list.price.hint.text != "" and len(page.search.asked) == asked
    edit.clear()
    qtbot.keyClicks(edit, "5,400")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    price = page.document.catalog.price("rtxpro5000-72")
    assert price is not None and price.usd == 5400 and price.source == "typed in"
    page.search.result = RESULT
    settle(qtbot, page)
    assert len(page.search.asked) == asked + 1 and len(titles(page)) == 3


def test_that_other_axes_make_other_diamonds(qtbot, make_page) -> None:
    page = make_page()
    page.chart.across.setCurrentIndex(1)
    page.chart.across.activated.emit(1)
    assert page.chart.axes == ("speed", "price")
    page.show_axes("power", "context")
    assert page.list.table.rigs.best() == [True, False, False]


def test_that_escape_stops_a_search_and_then_closes(qtbot, make_page) -> None:
    page = make_page(FakeSearch(held=True), wait=False)
    page.list.table.setFocus()
    with qtbot.assertNotEmitted(page.close_wanted):
        qtbot.keyClick(page.list.table, Qt.Key.Key_Escape)
        settle(qtbot, page)
    with qtbot.waitSignal(page.close_wanted):
        qtbot.keyClick(page.list.table, Qt.Key.Key_Escape)


def test_that_everything_to_use_has_a_name(make_page) -> None:
    page = make_page(FakeSearch(replace(RESULT, unpriced=(UNPRICED,))))
    page.bar.more.show()
    kinds = (QComboBox, QLineEdit, QPushButton, QToolButton)
    nameless = [
        widget.objectName()
        for kind in kinds
        for widget in page.findChildren(kind)
        if not widget.accessibleName()
        and not (isinstance(widget, QPushButton) and widget.text())
        and not isinstance(widget.parent(), QLineEdit)
    ]
    assert nameless == []
    assert page.list.table.accessibleName() and page.chart.plot.accessibleDescription()


@pytest.mark.parametrize("width", [960, 1280, 2560])
def test_that_nothing_of_the_bar_is_cut_off_at_any_width(qtbot, make_page, width) -> None:
    page = make_page()
    page.resize(width, 600)
    page.bar.more_button.setChecked(True)
    QApplication.processEvents()
    QApplication.processEvents()
    bar = page.bar
    for field in (bar.model, bar.host, bar.more_button, bar.close_button, bar.more.low):
        corner = field.mapTo(bar, field.rect().bottomRight())
        assert bar.rect().contains(corner), field.objectName()


def test_that_a_row_says_where_the_experts_are_at_1280(make_page) -> None:
    page = make_page()
    room = page.list.table.columnWidth(RIG) - MARK_PX - CELL_PADDING
    words = "EPYC 7003, 128 GiB, 61 % of the experts in host memory"
    assert faces().small.width(words) <= room
    assert page.chart.width() >= 500


def test_that_another_order_needs_no_other_search(qtbot, make_page) -> None:
    page = make_page()
    asked = len(page.search.asked)
    at = page.bar.prefer.findText("least power")
    page.bar.prefer.setCurrentIndex(at)
    page.bar.prefer.activated.emit(at)
    assert titles(page) == [BEATEN.title, FAST.title, CHEAP.title]
    assert page.chosen is BEATEN
    assert not page.is_searching and len(page.search.asked) == asked


def test_that_rigs_of_the_search_before_are_called_so(qtbot, make_page) -> None:
    page = make_page()
    heading = page.list._title
    assert heading.text() == "Rigs that do it"
    page.search.go.clear()
    page.ask(replace(page.wishes, users=4))
    assert "before" in heading.text()
    page.search.go.set()
    settle(qtbot, page)
    assert heading.text() == "Rigs that do it"


def test_that_what_i_have_is_kept(qtbot, make_page) -> None:
    page = make_page()
    at = page.bar.host.findText("what I have")
    page.bar.host.setCurrentIndex(at)
    page.bar.host.activated.emit(at)
    settle(qtbot, page)
    assert page.search.asked[-1].keep == page.document.plan.rig.nodes[0]


def test_that_a_format_of_one_model_is_not_asked_of_another(qtbot, make_page) -> None:
    page = make_page()
    for field, words in ((page.bar.weights, "Q4_K_M"), (page.bar.model, "Qwen3 30B A3B")):
        at = next(n for n in range(field.count()) if field.itemText(n).startswith(words[:9]))
        field.setCurrentIndex(at)
        field.activated.emit(at)
        settle(qtbot, page)
    asked = page.search.asked[-1]
    assert asked.models != ("deepseek-v4-flash",) and asked.weights == ("native",)
