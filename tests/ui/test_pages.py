"""The chips of pages find room beside or below one another, however long their words are."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtWidgets import QToolButton, QWidget

from moeplanner_gui.ui.pages import Pages

TITLES = ("After context", "After users", "First token", "Measured by others", "What if it were")


@pytest.fixture
def pages(qtbot) -> Pages:
    pages = Pages("Curves", "test")
    qtbot.addWidget(pages)
    pages.set_pages([(str(n), title, QWidget()) for n, title in enumerate(TITLES)])
    pages.resize(1200, 300)
    pages.show()
    return pages


def chips(pages: Pages) -> list[QToolButton]:
    return [pages.findChild(QToolButton, f"test_chip_{n}") for n in range(len(TITLES))]


def test_that_chips_stand_in_one_line_where_there_is_room(pages: Pages) -> None:
    assert len({chip.y() for chip in chips(pages)}) == 1


@pytest.mark.parametrize("width", [260, 330, 400, 520])
def test_that_chips_go_on_in_the_next_line_and_none_covers_another(
    pages: Pages, qtbot, width: int
) -> None:
    pages.resize(width, 300)
    qtbot.waitUntil(lambda: len({chip.y() for chip in chips(pages)}) > 1)
    for one, other in pairwise(chips(pages)):
        assert not one.geometry().intersects(other.geometry())
    for chip in chips(pages):
        assert chip.mapTo(pages, chip.rect().bottomRight()).x() < width
        assert chip.width() >= chip.fontMetrics().horizontalAdvance(chip.text())
