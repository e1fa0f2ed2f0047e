"""Find a rig in the window: where it stands, what loading does, and that nothing is slowed down."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from moeplanner_gui.ui.beside import TURN_S
from moeplanner_gui.ui.finder import worker as worker_module
from tests.ui.finder.found import BEATEN, CHEAP, FAST, RESULT, FakeSearch


@pytest.fixture
def search(monkeypatch):
    fake = FakeSearch()
    monkeypatch.setattr(worker_module, "run_search", fake)
    return fake


@pytest.fixture
def page(qtbot, window, search):
    button = window.toolbar.findChild(QToolButton, "tool.rig.find")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    page = window.finder.page
    qtbot.waitUntil(lambda: not page.is_searching, timeout=5_000)
    return page


def test_that_the_page_stands_in_the_place_of_the_plan(qtbot, window, page) -> None:
    assert page.isVisible() and not window.rows.isVisible()
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert not page.isVisible() and window.rows.isVisible() and window.verdict.isVisible()


def test_that_loading_is_one_step_that_undo_takes_back(qtbot, window, page) -> None:
    before = window.document.plan
    page.list.table.setFocus()
    qtbot.keyClick(page.list.table, Qt.Key.Key_Down)
    qtbot.keyClick(page.list.table, Qt.Key.Key_Return)
    assert window.rows.isVisible()
    assert window.document.plan.rig == BEATEN.plan.rig
    assert window.document.undo_stack.undoText() == f"Load {BEATEN.title}"
    window.document.undo_stack.undo()
    assert window.document.plan == before


def test_that_compare_opens_the_rig_beside_the_plan(qtbot, window, page) -> None:
    before = window.document.plan
    qtbot.mouseClick(page.list.compare, Qt.MouseButton.LeftButton)
    first, second = window.document.sessions
    assert first.plan == before and second.plan.rig == FAST.plan.rig
    assert second.title == FAST.title
    assert not page.isVisible()
    assert window.compare.is_shown and not window.rows.isVisible()


def test_that_compared_rigs_of_one_name_can_be_told_apart_and_open_once(
    qtbot, window, page, search
) -> None:
    twin = replace(BEATEN, title=FAST.title)
    search.result = replace(RESULT, rigs=(FAST, twin, CHEAP))
    page.search_now()
    qtbot.waitUntil(lambda: not page.is_searching)
    for row in (0, 1, 0, 2, 1):
        window.finder.open()
        qtbot.waitUntil(lambda: not page.is_searching)
        at = page.list.table.visualRect(page.list.table.rigs.index(row, 0)).center()
        qtbot.mouseClick(page.list.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
        qtbot.mouseClick(page.list.compare, Qt.MouseButton.LeftButton)
    titles = [session.title for session in window.document.sessions]
    assert sorted(titles[1:]) == sorted([FAST.title, f"{FAST.title} (2)", CHEAP.title])
    assert window.document.plan.rig == twin.plan.rig
    assert len(window.compare.view.candidates.chosen) == 4


def test_that_what_shows_something_of_the_plan_closes_the_page(window, page) -> None:
    window.actions_registry.get("view.checks").trigger()
    assert not page.isVisible() and window.tabs.current_key == "checks"


def test_that_the_page_is_not_searched_again_for_the_same_plan(window, page, search) -> None:
    asked = len(search.asked)
    window.finder.close()
    window.finder.open()
    assert len(search.asked) == asked and not page.is_searching


def test_that_the_window_closes_while_a_search_runs(qtbot, window, search) -> None:
    search.go.clear()
    page = window.finder.open()
    qtbot.waitUntil(lambda: len(search.asked) == 1, timeout=5_000)
    window.close()
    assert not page.worker.is_running
    assert sys.getswitchinterval() > TURN_S


def test_that_nothing_of_the_page_is_imported_with_the_window() -> None:
    code = (
        "import sys, moeplanner_gui.ui.main_window\n"
        "bad = [m for m in sys.modules if 'ui.finder.' in m or 'core.search' in m]\n"
        "sys.exit(', '.join(bad) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_that_another_open_plan_is_seen_when_it_is_shown(window, page) -> None:
    window.document.duplicate("Another")
    assert not page.isVisible() and window.rows.isVisible()


def test_that_a_search_that_ended_unheard_does_not_keep_the_short_turns(qtbot) -> None:
    worker, usual = worker_module.SearchWorker(search=FakeSearch()), sys.getswitchinterval()
    worker.search(None, None)
    for thread in worker._threads:
        thread.join()
    with qtbot.waitSignal(worker.finished):
        worker.search(None, None)
    assert sys.getswitchinterval() == usual
