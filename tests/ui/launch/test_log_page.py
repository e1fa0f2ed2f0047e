"""The page that reads a log: what it shows, copies, follows and survives."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QScrollArea

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import Workload
from moeplanner_gui.export.log_rows import HEAD
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.launch.log_page import LogPage
from moeplanner_gui.ui.launch.log_reading import SHOWN_MOST
from moeplanner_gui.ui.launch.log_table import CELLS_ROLE, ICONS
from moeplanner_gui.ui.launch.sheet import StartSheet
from moeplanner_gui.ui.style import ThemeProvider
from tests.core.rigs import CATALOG, bare_card, make_plan

LOGS = Path(__file__).parents[2] / "data" / "engine_logs"
PATH = LOGS / "llama.cpp" / "b11549-two-cards.log"
TEXT = PATH.read_text(encoding="utf-8")
CARD = bare_card(12288)
PLAN = make_plan("qwen3-30b-a3b", CARD, CARD, weights="q4_k_m", ram_gib=64)


@pytest.fixture
def document(qtbot):
    return PlanDocument(PLAN, CATALOG, evaluate=evaluate)


@pytest.fixture
def themes():
    return ThemeProvider("light")


@pytest.fixture
def sheet(qtbot, document, themes):
    sheet = StartSheet(document, themes)
    sheet.log = LogPage(document, themes, lambda: sheet.places, sheet)
    sheet.add_page("log", "Read its log", sheet.log)
    qtbot.addWidget(sheet)
    sheet.show()
    sheet.show_page("log")
    yield sheet
    sheet.log.reader.end()


@pytest.fixture
def page(sheet):
    return sheet.log


def paste(page, text):
    data = QMimeData()
    data.setText(text)
    page.box.insertFromMimeData(data)


def words(page):
    return [row.texts for row in page.table.cells.rows]


def read(qtbot, page, text=TEXT):
    with qtbot.waitSignal(page.changed):
        paste(page, text)


def test_that_an_empty_page_says_what_to_do(page):
    assert "Paste what the engine printed" in page.box.placeholderText()
    assert not page.table.isVisible() and not page.answer.isVisible()
    assert not page.bar.isVisible() and not page.cancel_button.isVisible()
    assert page.tsv() == ""


def test_that_a_pasted_log_stands_beside_the_plan(qtbot, page):
    read(qtbot, page)
    assert words(page)[2] == (
        "GPU 1 (CUDA0)",
        "compute buffers",
        "265.45",
        "260.05",
        "−5.40",
        "−2.03",
        "less than planned",
    )
    assert page.answer.text().startswith("Fits with the log's numbers. Tightest: GPU 1")
    assert page.said.text() == "llama.cpp, release not told in the log, 31 lines."
    index = page.table.cells.index(2, len(HEAD) - 1)
    assert ICONS[index.data(CELLS_ROLE).tone] == "check"
    assert "Line 23 of the log" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_that_more_than_planned_has_another_icon_and_word(qtbot, page):
    read(qtbot, page, TEXT.replace("260.05", "460.05"))
    row = page.table.cells.rows[2]
    assert (ICONS[row.tone], row.texts[-1]) == ("error", "more than planned")


def test_that_the_comparison_follows_the_plan(qtbot, page, document):
    read(qtbot, page)
    with qtbot.waitSignal(page.changed):
        changed = PLAN.replace(workload=Workload(context_tokens=16_384))
        document.apply("Shorter", changed)
        document.flush()
    assert words(page)[1][2] == "800.00"
    assert "Context (-c): 32,768 in the log, 16,384 in the plan." in page.notes.text()


def test_that_the_table_is_copied_by_the_sheets_button(qtbot, sheet, page):
    assert not sheet.copy_button.isEnabled()
    read(qtbot, page)
    assert sheet.copy_button.isEnabled()
    sheet.copy_button.click()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t")[:3] == list(HEAD[:3])
    assert len(lines) == 10
    page.clear_button.click()
    assert not sheet.copy_button.isEnabled() and page.box.toPlainText() == ""


def test_that_a_file_is_opened_and_dropped(qtbot, page, tmp_path):
    with qtbot.waitSignal(page.changed):
        page.read_file(PATH)
    assert page.box.toPlainText() == TEXT
    page.clear()
    long = tmp_path / "long.log"
    long.write_text(TEXT + "a line of a request\n" * 20_000, encoding="utf-8")
    with qtbot.waitSignal(page.changed):
        page.read_file(long)
    assert len(page.box.toPlainText()) == SHOWN_MOST + 2
    assert page.box.toPlainText().endswith("…") and "20,031 lines" in page.said.text()
    page.clear()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(PATH))])
    both = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), both, data, buttons, keys)
    QApplication.sendEvent(page.box.viewport(), enter)
    assert enter.isAccepted() and enter.dropAction() == Qt.DropAction.CopyAction
    with qtbot.waitSignal(page.changed):
        QApplication.sendEvent(
            page.box.viewport(), QDropEvent(QPointF(5, 5), both, data, buttons, keys)
        )
    assert len(words(page)) == 9


def test_that_a_missing_file_is_a_sentence(qtbot, page, tmp_path):
    with qtbot.waitSignal(page.reader.failed):
        page.read_file(tmp_path / "missing.log")
    assert page.answer.text() == "It cannot be read: No such file or directory."


def test_that_a_long_log_is_read_beside_the_window_and_not_shown(qtbot, page):
    long = TEXT + "a line of a request that says nothing\n" * 40_000
    assert len(long) > SHOWN_MOST
    with qtbot.waitSignal(page.changed, timeout=20_000):
        paste(page, long)
        assert page.reader.is_busy
    assert "too long to be shown" in page.box.toPlainText()
    assert len(words(page)) == 9
    assert "40,031 lines" in page.said.text()


def test_that_reading_can_be_cancelled(qtbot, page):
    read(qtbot, page)
    before = words(page)
    paste(page, "load_tensors: buffer size\n" * 200_000)
    qtbot.waitUntil(lambda: page.bar.isVisible() and page.cancel_button.isVisible())
    qtbot.mouseClick(page.cancel_button, Qt.MouseButton.LeftButton)
    assert not page.reader.is_busy and not page.bar.isVisible()
    assert page.said.text() == "Reading was stopped."
    page.reader.end()
    QApplication.processEvents()
    assert words(page) == before


def test_that_no_log_and_another_engines_log_are_sentences(qtbot, page):
    read(qtbot, page, "hello world")
    assert page.answer.text().startswith("No line of llama.cpp")
    assert not page.table.isVisible()
    page.clear()
    read(qtbot, page, (LOGS / "vllm" / "0.33.0-two-cards.log").read_text(encoding="utf-8"))
    assert "the plan is for llama.cpp" in page.answer.text()


def test_that_it_works_for_a_plan_that_does_not_fit(qtbot, page, document):
    document.apply("Small", make_plan("qwen3-30b-a3b", bare_card(8192), bare_card(8192),
                                      weights="q4_k_m", ram_gib=64))  # fmt: skip
    document.flush()
    read(qtbot, page)
    assert len(words(page)) == 9
    assert "over what is usable" in page.answer.text()


def test_that_hostile_text_is_plain(qtbot, page):
    read(qtbot, page, TEXT + "<b>x</b>\u202e buffer size = 1\n")
    assert page.notes.textFormat() == Qt.TextFormat.PlainText
    assert "<b>x</b> buffer size" in page.notes.text()


def test_that_another_theme_draws_the_same_rows(qtbot, page, themes):
    read(qtbot, page)
    before = words(page)
    themes.set_mode("dark")
    assert words(page) == before


def test_that_a_small_screen_scrolls_the_page_and_keeps_rows_in_sight(qtbot, sheet, page):
    sheet.resize(640, 360)
    read(qtbot, page)
    assert page.table.height() >= 5 * page.table.verticalHeader().defaultSectionSize()
    sheet.resize(980, 660)
    QApplication.processEvents()
    outer = page.findChild(QScrollArea)
    assert not outer.verticalScrollBar().isVisible()


def test_that_every_cell_is_told_to_a_screen_reader(qtbot, page):
    read(qtbot, page)
    model = page.table.cells
    for column in range(len(HEAD)):
        index = model.index(2, column)
        assert index.data(Qt.ItemDataRole.AccessibleDescriptionRole)
    assert page.table.accessibleName() == "Predicted and actual memory"
