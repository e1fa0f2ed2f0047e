"""Contradictions side by side, published tables beside ours."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from moeplanner_gui.core.claims.amounts import amount_text
from moeplanner_gui.core.claims.judge import answer
from moeplanner_gui.core.claims.verdict_words import off_by_text


@pytest.fixture
def contradictions(reality, qtbot):
    QTest.mouseClick(reality.head.pages["contradictions"], Qt.MouseButton.LeftButton)
    page = reality.pages.currentWidget()
    qtbot.waitUntil(lambda: len(page._answers) == len(page.blocks) > 0, timeout=15_000)
    return page


@pytest.fixture
def published(reality):
    QTest.mouseClick(reality.head.pages["tables"], Qt.MouseButton.LeftButton)
    return reality.pages.currentWidget()


def test_that_every_matter_has_all_its_sides_and_what_is_computed(
    contradictions, real_catalog
) -> None:
    for key, matter in real_catalog.claims.contradictions.items():
        block = contradictions.blocks[key]
        assert len(block._cells) == len(matter.positions) + 1
        for question in matter.answers:
            found = answer(question, real_catalog)
            ours = found.because if found.computed is None else amount_text(found.computed)
            assert f"{question.says}: {ours}" in block.answer.text()


def test_that_a_claim_of_a_side_is_gone_to(contradictions, reality) -> None:
    reality.head.search.setText("nothing has this")
    contradictions.claim_wanted.emit("C-013")
    assert reality.pages.currentWidget() is reality.split
    assert reality.table.current.claim.id == "C-013"
    assert reality.head.search.text() == ""


def test_that_sides_stand_beside_each_other_where_there_is_room(contradictions, window) -> None:
    block = contradictions.blocks["v4-in-4-bits"]
    window.resize(2560, 1440)
    QTest.qWait(1)
    assert block._columns == len(block._cells) == 5
    window.resize(960, 600)
    QTest.qWait(1)
    assert block._columns == 4
    assert block.sizeHint().width() <= 960 or block.width() <= 960


def test_that_contradictions_are_copied_one_line_a_side(contradictions, reality) -> None:
    reality.copy_table()
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0] == "Matter\tTopic\tWho\tSays\tClaims"
    assert any("Computed here" in line and "V4 Flash in 4 bits" in line for line in lines)
    assert all(line.count("\t") == 4 for line in lines)


def test_that_each_published_figure_stands_above_ours(published, reality) -> None:
    published.names.setCurrentRow(0)
    cells = published.cells
    row = [line.label for line in cells.table.rows].index("4 bits")
    assert cells.texts(row, 0) == ("80 GB", "171.8 GB")
    said = cells.data(cells.index(row, 1), Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("4 bits, Weights: published 80 GB, computed 171.8 GB. Wrong")
    titles = [published.names.item(n).text() for n in range(published.names.count())]
    assert "What runs in how much memory" in titles
    assert any("rig, by" in title for title in titles)


def test_that_figures_in_words_or_of_several_units_are_answered_in_sentences(
    published, reality
) -> None:
    titles = [published.names.item(n).text() for n in range(published.names.count())]
    published.names.setCurrentRow(titles.index("What runs in how much memory"))
    cells = published.cells
    row = [line.label for line in cells.table.rows].index("80 GB")
    says, ours = cells.texts(row, 0)
    claim_id = cells.cell(cells.index(row, 1)).claim
    assert says == reality._claims[claim_id].says
    assert ours == f"Wrong, {off_by_text(reality._known[claim_id])}: " + (
        reality._known[claim_id].because
    )
    published.names.setCurrentRow(0)
    assert not cells.has_sentences


def test_that_every_cell_of_every_table_says_what_the_claim_says(published, reality) -> None:
    shown = 0
    for number in range(published.names.count()):
        published.names.setCurrentRow(number)
        cells = published.cells
        for row in range(cells.rowCount()):
            for column in range(1, cells.columnCount()):
                index = cells.index(row, column)
                cell = cells.cell(index)
                if cell.claim:
                    found = reality._known[cell.claim]
                    assert cells.judgement(index) == found
                    shown += 1
    assert shown > 60


def test_that_enter_on_a_figure_goes_to_its_claim(published, reality) -> None:
    published.names.setCurrentRow(0)
    published.table.setCurrentIndex(published.cells.index(3, 1))
    QTest.keyClick(published.table, Qt.Key.Key_Return)
    assert reality.table.current.claim.id == "B-039"


def test_that_the_table_is_copied_with_published_and_computed(published, reality) -> None:
    published.names.setCurrentRow(0)
    reality.copy_table()
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n")]
    assert lines[0][1:4] == ["Weights, published", "Weights, computed", "Verdict"]
    assert lines[4][:4] == ["4 bits", "80 GB", "171.8 GB", "Wrong"]


def test_that_a_page_is_made_when_it_is_first_asked_for(reality) -> None:
    assert reality.pages.count() == 1
    QTest.keyClick(reality.head.pages["tables"], Qt.Key.Key_Space)
    assert reality.pages.count() == 2
    assert reality.head.search.isHidden() and reality.head.chips.isHidden()
