"""The finder where text is large or the window small: words keep their lines."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def at(widget: QWidget, page: QWidget) -> tuple[int, int]:
    place = widget.mapTo(page, widget.rect().topLeft())
    return place.x(), place.y()


def test_that_words_on_a_rig_stand_over_its_buttons_where_there_is_no_room_beside(
    make_page, qtbot
) -> None:
    page = make_page()
    side = page.list
    assert at(side.load, page)[1] < at(side.foot, page)[1] + side.foot.height()
    page.resize(900, 640)
    font = side.foot.font()
    font.setPixelSize(2 * side.foot.fontInfo().pixelSize())
    side.foot.setFont(font)
    side.resize(side.width() - 1, side.height())
    qtbot.waitUntil(lambda: at(side.load, page)[1] >= at(side.foot, page)[1] + side.foot.height())
    assert side.foot.width() > side.load.width() + side.compare.width()


def test_that_the_state_of_a_search_stands_over_the_wishes(make_page) -> None:
    page = make_page()
    bar = page.bar
    for widget in (bar.count, bar.close_button):
        assert at(widget, page)[1] + widget.height() <= at(bar.model, page)[1]
