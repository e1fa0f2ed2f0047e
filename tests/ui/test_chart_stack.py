"""A curve is shown where it can be read; where it cannot, what gives it room."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QLabel

from moeplanner_gui.ui.chart_stack import LEAST_LINES, ChartStack


@pytest.fixture
def stack(qtbot) -> ChartStack:
    stack = ChartStack()
    qtbot.addWidget(stack)
    stack.curve, stack.numbers = QLabel("curve"), QLabel("numbers")
    for page in (stack.curve, stack.numbers):
        page.setMinimumHeight(0)
        stack.addWidget(page)
    return stack


def lines(stack: ChartStack, count: float) -> int:
    return round(stack.fontMetrics().height() * count)


def test_that_a_curve_without_room_says_what_gives_it_room(qtbot, stack) -> None:
    stack.show_curve(stack.curve)
    stack.resize(600, lines(stack, LEAST_LINES - 1))
    stack.show()
    assert stack.currentWidget() is stack.no_room
    assert "Shift" in stack.no_room.text()
    stack.resize(600, lines(stack, LEAST_LINES + 1))
    qtbot.waitUntil(lambda: stack.currentWidget() is stack.curve)
    stack.resize(600, lines(stack, LEAST_LINES - 1))
    qtbot.waitUntil(lambda: stack.currentWidget() is stack.no_room)


def test_that_numbers_are_shown_at_any_height(qtbot, stack) -> None:
    stack.resize(600, lines(stack, 2))
    stack.show()
    stack.show_curve(stack.curve)
    stack.show_page(stack.numbers)
    assert stack.currentWidget() is stack.numbers
    stack.resize(600, lines(stack, 3))
    assert stack.currentWidget() is stack.numbers


def test_that_a_sentence_without_room_asks_for_none(stack) -> None:
    assert stack.no_room.minimumSizeHint().height() == 0


@pytest.mark.parametrize("width", [600, 300, 200])
def test_that_the_sentence_is_never_cut_in_the_middle_of_a_line(qtbot, stack, width: int) -> None:
    stack.show_curve(stack.curve)
    stack.resize(width, lines(stack, 2.5))
    stack.show()
    words, metrics = stack.no_room, stack.no_room.fontMetrics()
    assert words.toolTip().startswith("Too low for a curve. ")
    if words.wordWrap():
        box = QRect(0, 0, words.width(), 1000)
        flags = int(Qt.TextFlag.TextWordWrap)
        assert metrics.boundingRect(box, flags, words.text()).height() <= words.height()
        assert words.text() == words.toolTip()
    else:
        assert metrics.horizontalAdvance(words.text()) <= words.width()
        assert words.text().endswith("…")
