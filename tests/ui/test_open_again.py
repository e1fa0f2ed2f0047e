"""The next start opens all the plan files that were open, and says which it could not."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QAbstractButton

from moeplanner_gui.core import edits
from moeplanner_gui.export.plan_file import write_plan
from moeplanner_gui.ui.app import build_window
from moeplanner_gui.ui.open_again import OpenAgain
from moeplanner_gui.ui.plan_titles import empty_plan
from moeplanner_gui.ui.settings import SettingsStore


def plan_file(folder, name: str, tokens: int):
    path = folder / f"{name}.moeplan"
    write_plan(path, edits.set_workload(empty_plan(), context_tokens=tokens))
    return path


@pytest.fixture
def start(qtbot, own_settings):
    """Start the program as it starts without a file; every one of them is closed at the end."""
    windows = []

    def begin():
        store = SettingsStore(own_settings)
        store.settings.theme = "light"
        window = build_window(store=store)
        window.files.ask_unsaved = lambda: "discard"
        window.show()
        window.start(sample=window.document.path is None)
        window.tabs.make_all()
        window.again = OpenAgain(window.document, window.files, window.bars, store)
        window.again.open_rest()
        windows.append(window)
        return window

    yield begin
    for window in windows:
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def titles(window) -> list[str]:
    return [session.title for session in window.document.sessions]


@pytest.fixture
def three(tmp_path):
    return [plan_file(tmp_path, name, 1024 * (at + 1)) for at, name in enumerate("abc")]


def test_that_all_tabs_come_back_in_their_order_with_the_shown_one_shown(start, three) -> None:
    window = start()
    for path in three:
        window.files.open_path(path)
    window.document.move(window.document.sessions[2], 0)
    window.document.show_session(window.document.sessions[1])
    window.close()
    again = start()
    assert titles(again) == ["c", "a", "b"]
    assert again.document.session.title == "a"
    assert [s.plan.workload.context_tokens for s in again.document.sessions] == [3072, 1024, 2048]
    assert not any(s.is_modified for s in again.document.sessions)
    assert again.bars.bar("open_again") is None


def test_that_a_run_that_is_killed_leaves_the_list_of_its_files(
    start, three, own_settings, qtbot
) -> None:
    window = start()
    for path in three[:2]:
        window.files.open_path(path)
    saved = own_settings / "settings.json"
    wanted = [str(path) for path in three[:2]]
    qtbot.waitUntil(lambda: json.loads(saved.read_bytes())["open_files"] == wanted)
    # Nothing was closed: the next start reads what the disk has.
    assert titles(start()) == ["a", "b"]


def test_that_the_list_follows_a_closed_tab(start, three, qtbot) -> None:
    window = start()
    for path in three:
        window.files.open_path(path)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    window.close()
    assert titles(start()) == ["a", "b"]


def test_that_a_file_that_is_gone_is_named_and_the_others_open(start, three, qtbot) -> None:
    window = start()
    for path in three:
        window.files.open_path(path)
    window.close()
    kept = three[2].read_bytes()
    three[2].unlink()
    three[1].write_text("{")
    again = start()
    assert titles(again) == ["a"]
    bar = again.bars.bar("open_again")
    said = bar.accessibleName()
    assert "2 plans of the last time were not opened again." in said
    assert "“c.moeplan” is not there any more" in said and "“b.moeplan”" in said
    three[2].write_bytes(kept)
    retry = next(b for b in bar.findChildren(QAbstractButton) if b.text() == "Try again")
    qtbot.mouseClick(retry, Qt.MouseButton.LeftButton)
    assert titles(again) == ["a", "c"]
    assert "“b.moeplan” was not opened again." in again.bars.bar("open_again").accessibleName()


def test_that_a_start_without_any_of_its_files_shows_the_sample_and_says_why(start, three) -> None:
    window = start()
    window.files.open_path(three[0])
    window.close()
    three[0].unlink()
    again = start()
    assert titles(again) == ["Sample plan"]
    assert "a.moeplan" in again.bars.bar("open_again").accessibleName()


def test_that_settings_of_a_version_without_the_list_open_the_last_file(
    start, three, own_settings
) -> None:
    own_settings.mkdir(parents=True)
    (own_settings / "settings.json").write_text(json.dumps({"last_file": str(three[1])}))
    assert titles(start()) == ["b"]


def test_that_f2_renames_the_plan_wherever_the_focus_is(window, qtbot) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.panes[1].setFocus()
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_F2)
    editor = window.plans.tabs._editor
    assert editor is not None and editor.isVisible()
    qtbot.keyClicks(editor, "For the office")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert window.document.session.title == "For the office"
