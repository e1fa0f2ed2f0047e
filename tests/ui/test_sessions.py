"""Several open plans: each keeps its history, its file and its place, and none is ever lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QTabBar

from moeplanner_gui.core import edits
from moeplanner_gui.core.plan import Node, Plan, Rig
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.export.plan_file import plan_to_json, read_plan, write_plan
from moeplanner_gui.ui.app import open_asked_for
from moeplanner_gui.ui.autosave import find_left_over
from moeplanner_gui.ui.commands import ReplacePlan
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.palette import plain_text
from moeplanner_gui.ui.sessions import UNDO_STEPS, free_label, next_name


def shorten(window, tokens: int = 4096) -> None:
    plan = edits.set_workload(window.document.plan, context_tokens=tokens)
    window.document.apply(f"Shorten to {tokens}", plan)


def titles(window) -> list[str]:
    return [session.title for session in window.document.sessions]


def tab_texts(window) -> list[str]:
    bar = window.plans.tabs.bar
    return [bar.tabText(i) for i in range(bar.count())]


def trigger(window, action: str) -> None:
    window.actions_registry.get(action).trigger()


@pytest.fixture
def two(window):
    """The edited sample, and a copy of it that is shown."""
    shorten(window, 4096)
    trigger(window, "file.duplicate")
    return window


# The document ---------------------------------------------------------------------------------


def test_that_each_plan_has_its_own_history_and_undo_stays_in_it(two) -> None:
    first, second = two.document.sessions
    shorten(two, 8192)
    two.document.show_session(first)
    trigger(two, "edit.undo")
    assert first.plan.workload.context_tokens != 4096
    assert second.plan.workload.context_tokens == 8192
    assert plain_text(two.actions_registry.get("edit.redo")) == "Redo Shorten to 4096"
    two.document.show_session(second)
    assert plain_text(two.actions_registry.get("edit.undo")) == "Undo Shorten to 8192"
    assert not two.actions_registry.get("edit.redo").isEnabled()


def test_that_switching_shows_the_answer_of_that_plan_even_before_it_was_told(two) -> None:
    first, second = two.document.sessions
    heard = []
    two.document.assessment_changed.connect(heard.append)
    shorten(two, 65_536)  # not answered yet when the other plan is shown
    two.document.show_session(first)
    assert heard == [first.assessment]
    two.document.show_session(second)
    assert second.assessment == two.document.preview(second.plan)
    assert two.document.assessment is second.assessment


def test_that_selection_is_kept_with_its_plan(two) -> None:
    first, second = two.document.sessions
    two.document.select(0, 1)
    two.document.show_session(first)
    assert two.document.selection is None
    two.document.show_session(second)
    assert two.document.selection == (0, 1)


def test_that_a_plan_with_unknown_rows_opens_nothing(window) -> None:
    plan = Plan(model="no-such-model", rig=Rig(nodes=(Node(),)))
    with pytest.raises(UnknownEntryError):
        window.document.add(plan)
    assert len(window.document.sessions) == 1


def test_that_the_only_plan_of_a_document_cannot_be_closed(qapp, real_catalog) -> None:
    document = PlanDocument(Plan(model="deepseek-v3", rig=Rig(nodes=(Node(),))), real_catalog)
    with pytest.raises(ValueError, match="only"):
        document.close(document.session)


def test_that_a_reloaded_catalogue_answers_every_open_plan_anew(two) -> None:
    first = two.document.sessions[0]
    before = first.assessment
    two.document.reload_catalog()
    assert first.rows.base is two.document.rows.base
    two.document.show_session(first)
    assert first.assessment is not before


@pytest.mark.parametrize(
    ("title", "taken", "name"),
    [
        ("Rig", ["Rig"], "Rig (2)"),
        ("Rig", ["Rig", "Rig (2)"], "Rig (3)"),
        ("Rig (2)", ["Rig", "Rig (2)"], "Rig (3)"),
        ("Rig (x)", [], "Rig (x) (2)"),
    ],
)
def test_that_a_copy_gets_the_next_free_number(title, taken, name) -> None:
    assert next_name(title, taken) == name


def test_that_plans_without_a_name_are_told_apart() -> None:
    assert free_label("Untitled plan", {"Untitled plan"}) == "Untitled plan 2"


# Tabs -----------------------------------------------------------------------------------------


def test_that_one_plan_needs_no_tabs_and_makes_none(window) -> None:
    shorten(window)
    assert window.plans.tabs is None


def test_that_a_scenario_is_an_unsaved_copy_in_a_tab_of_its_own(two) -> None:
    first, second = two.document.sessions
    assert titles(two) == ["Sample plan", "Sample plan (2)"]
    assert second.plan.rig == first.plan.rig
    assert second.is_modified and second.path is None and not second.undo_stack.count()
    assert tab_texts(two) == ["• Sample plan", "• Sample plan (2)"]
    assert two.plans.tabs.isVisible()
    assert two.windowTitle().startswith("Sample plan (2)[*]")


def test_that_closing_all_but_one_plan_hides_the_tabs(two) -> None:
    trigger(two, "file.close")
    assert titles(two) == ["Sample plan"]
    assert not two.plans.tabs.isVisible()


def test_that_the_keys_go_round_the_plans(two, qtbot) -> None:
    trigger(two, "file.new_tab")
    assert tab_texts(two) == ["• Sample plan", "• Sample plan (2)", "Untitled plan"]
    seen = []
    for _ in range(3):
        trigger(two, "view.next_plan")
        seen.append(two.document.session.title)
    assert seen == ["Sample plan", "Sample plan (2)", "Untitled plan"]
    trigger(two, "view.previous_plan")
    assert two.document.session.title == "Sample plan (2)"


def test_that_a_click_shows_and_a_middle_click_closes_a_plan(two, qtbot) -> None:
    bar = two.plans.tabs.bar
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(0).center())
    assert two.document.session.title == "Sample plan"
    qtbot.mouseClick(bar, Qt.MouseButton.MiddleButton, pos=bar.tabRect(1).center())
    assert titles(two) == ["Sample plan"]


def test_that_the_cross_closes_its_own_tab(two, qtbot) -> None:
    cross = two.plans.tabs.bar.tabButton(0, QTabBar.ButtonPosition.RightSide)
    assert cross.accessibleName() == "Close Sample plan"
    qtbot.mouseClick(cross, Qt.MouseButton.LeftButton)
    assert titles(two) == ["Sample plan (2)"]


def test_that_a_dragged_tab_moves_its_plan_and_not_another(two, qtbot) -> None:
    bar = two.plans.tabs.bar
    shown = two.document.session
    start, end = bar.tabRect(1).center(), bar.tabRect(0).center() - QPoint(40, 0)
    qtbot.mousePress(bar, Qt.MouseButton.LeftButton, pos=start)
    for share in (0.3, 0.6, 1.0):
        qtbot.mouseMove(bar, start + (end - start) * share)
    qtbot.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=end)
    assert titles(two) == ["Sample plan (2)", "Sample plan"]
    assert two.document.session is shown
    shorten(two, 8192)
    assert two.document.sessions[0].plan.workload.context_tokens == 8192
    assert two.document.sessions[1].plan.workload.context_tokens == 4096


def test_that_a_double_click_renames_in_one_undo_step(two, qtbot) -> None:
    tabs = two.plans.tabs
    qtbot.mouseDClick(tabs.bar, Qt.MouseButton.LeftButton, pos=tabs.bar.tabRect(1).center())
    tabs._editor.selectAll()
    qtbot.keyClicks(tabs._editor, "Two & cheap")
    qtbot.keyClick(tabs._editor, Qt.Key.Key_Return)
    assert two.document.plan.name == "Two & cheap"
    assert tab_texts(two)[1] == "• Two && cheap"
    trigger(two, "edit.undo")
    assert titles(two)[1] == "Sample plan (2)"


def test_that_escape_keeps_the_old_name(two, qtbot) -> None:
    tabs = two.plans.tabs
    trigger(two, "file.rename")
    qtbot.keyClicks(tabs._editor, "Other")
    qtbot.keyClick(tabs._editor, Qt.Key.Key_Escape)
    assert titles(two)[1] == "Sample plan (2)"
    assert not two.document.undo_stack.count()


def test_that_a_lone_plan_can_be_renamed_too(window, qtbot) -> None:
    trigger(window, "file.rename")
    tabs = window.plans.tabs
    qtbot.keyClicks(tabs._editor, "Mine")
    qtbot.keyClick(tabs._editor, Qt.Key.Key_Return)
    assert window.document.plan.name == "Mine"
    assert not tabs.isVisible()


def test_that_a_name_is_saved_with_the_plan_and_absent_where_none_was_given(two, tmp_path) -> None:
    two.files._write(tmp_path / "a.moeplan")
    assert read_plan(tmp_path / "a.moeplan").name == "Sample plan (2)"
    assert '"name": null' not in plan_to_json(two.document.sessions[0].plan).split('"rig"')[0]


# Files ----------------------------------------------------------------------------------------


def saved_copy(window, path: Path, tokens: int) -> Path:
    write_plan(path, edits.set_workload(window.document.plan, context_tokens=tokens))
    return path


def test_that_an_untouched_sample_gives_way_and_an_edited_plan_stays(window, tmp_path) -> None:
    a = saved_copy(window, tmp_path / "a.moeplan", 1024)
    b = saved_copy(window, tmp_path / "b.moeplan", 2048)
    window.files.open_path(a)
    assert titles(window) == ["a"]
    window.files.open_path(b)
    assert titles(window) == ["a", "b"]
    assert window.files.recent() == [b, a]
    assert window.windowTitle().startswith("b.moeplan[*]")


def test_that_a_file_named_at_the_start_takes_the_place_of_the_last_plan(window, tmp_path) -> None:
    a = saved_copy(window, tmp_path / "a.moeplan", 1024)
    b = saved_copy(window, tmp_path / "b.moeplan", 2048)
    window.files.open_path(a)
    open_asked_for(window, tmp_path / "gone.moeplan")
    assert titles(window) == ["a"]
    open_asked_for(window, b)
    assert titles(window) == ["b"]


def test_that_the_plan_shown_at_the_end_opens_first_next_time(window, tmp_path, store) -> None:
    a = saved_copy(window, tmp_path / "a.moeplan", 1024)
    b = saved_copy(window, tmp_path / "b.moeplan", 2048)
    window.files.open_path(a)
    window.files.open_path(b)
    window.document.show_session(window.document.sessions[0])
    window.close()
    assert store.settings.last_file == str(a)
    assert window.files.recent() == [b, a]


def test_that_the_keyboard_opens_switches_and_closes(window, qtbot) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window, Qt.Key.Key_T, control | shift)
    qtbot.keyClick(window, Qt.Key.Key_T, control)
    assert titles(window) == ["Sample plan", "Sample plan (2)", "Untitled plan"]
    qtbot.keyClick(window, Qt.Key.Key_PageUp, control)
    assert window.document.session.title == "Sample plan (2)"
    qtbot.keyClick(window, Qt.Key.Key_PageDown, control)
    qtbot.keyClick(window, Qt.Key.Key_W, control)
    assert titles(window) == ["Sample plan", "Sample plan (2)"]


def test_that_a_file_that_is_open_is_shown_with_its_edits(window, tmp_path) -> None:
    a = saved_copy(window, tmp_path / "a.moeplan", 1024)
    window.files.open_path(a)
    shorten(window, 3072)
    window.files.new()
    assert window.files.open_path(tmp_path / "x" / ".." / "a.moeplan")
    assert titles(window) == ["a", "Untitled plan"]
    assert window.document.plan.workload.context_tokens == 3072


def test_that_an_open_file_changed_by_somebody_else_is_read_anew(window, tmp_path) -> None:
    a = saved_copy(window, tmp_path / "a.moeplan", 1024)
    window.files.open_path(a)
    saved_copy(window, a, 2048)
    window.files.open_path(a)
    assert titles(window) == ["a"]
    assert window.document.plan.workload.context_tokens == 2048


def test_that_a_plan_whose_file_is_written_over_is_unsaved_again(window, tmp_path) -> None:
    a = saved_copy(window, tmp_path / "a.moeplan", 1024)
    window.files.open_path(a)
    trigger(window, "file.duplicate")
    window.files._write(a)
    first, second = window.document.sessions
    assert (second.path, second.is_modified) == (a, False)
    assert (first.path, first.is_modified) == (None, True)


def test_that_saved_at_is_told_of_the_plan_that_was_saved(two, tmp_path) -> None:
    two.files._write(tmp_path / "a.moeplan")
    assert two.status.saved.text().startswith("Saved ")
    two.document.show_session(two.document.sessions[0])
    assert two.status.saved.text().startswith("Not saved")


def test_that_try_again_saves_the_plan_that_failed(two, tmp_path, monkeypatch) -> None:
    first, second = two.document.sessions

    def refuse(*_arguments):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("moeplanner_gui.ui.file_actions.save_plan_file", refuse)
        two.files._write(tmp_path / "b.moeplan")
    two.document.show_session(first)
    two.files.save_as = lambda: two.files._write(tmp_path / "b.moeplan")
    two.files._again(second, two.files.save_as)
    assert second.path == tmp_path / "b.moeplan"
    assert first.path is None


def test_that_closing_the_window_asks_about_each_unsaved_plan_and_shows_it(two) -> None:
    asked = []

    def answer(then: str):
        def ask() -> str:
            asked.append(two.document.session.title)
            return then

        return ask

    two.files.ask_unsaved = answer("cancel")
    two.document.show_session(two.document.sessions[0])
    assert not two.close()
    assert asked == ["Sample plan"]
    two.autosave.save_now()
    two.files.ask_unsaved = answer("discard")
    asked.clear()
    assert two.close()
    assert asked == ["Sample plan", "Sample plan (2)"]


def test_that_a_cancelled_close_keeps_what_was_given_up_before(two) -> None:
    two.autosave.save_now()
    answers = iter(["discard", "cancel"])
    two.files.ask_unsaved = lambda: next(answers)
    assert not two.close()
    assert all(two.autosave.file_of(session).exists() for session in two.document.sessions)


def test_that_the_last_plan_gives_way_to_an_empty_one(window) -> None:
    trigger(window, "file.close")
    assert titles(window) == ["Untitled plan"]
    assert window.document.plan.gpu_count == 0


# Nothing is lost ------------------------------------------------------------------------------


def test_that_every_unsaved_plan_is_kept_in_a_file_of_its_own(two, own_settings, tmp_path) -> None:
    shorten(two, 8192)
    two.autosave.save_now()
    files = [two.autosave.file_of(session) for session in two.document.sessions]
    assert len(set(files)) == 2
    kept = [json.loads(json.loads(file.read_bytes())["plan"]) for file in files]
    assert [plan["workload"]["context_tokens"] for plan in kept] == [4096, 8192]
    assert find_left_over(own_settings) == ()  # this window is alive
    two.files._write(tmp_path / "b.moeplan")
    assert [file.exists() for file in files] == [True, False]
    two.files.close(two.document.sessions[0])
    assert not files[0].exists()


CRASH = """
import os, signal, sys
from moeplanner_gui.core import edits
from moeplanner_gui.ui.app import build_window, create_application
application = create_application()
window = build_window()
window.start(sample=True)
document = window.document
for tokens in (1024, 2048, 3072):
    document.apply("x", edits.set_workload(document.plan, context_tokens=tokens))
    if tokens < 3072:
        document.duplicate(f"Scenario {tokens}")
window.autosave.save_now()
print("kept", flush=True)
os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills a process")
def test_that_a_killed_window_leaves_every_plan_to_the_next_one(window, own_settings) -> None:
    environment = {**os.environ, "MOEPLANNER_CONFIG_DIR": str(own_settings)}
    run = subprocess.run(
        [sys.executable, "-c", CRASH], env=environment, capture_output=True, text=True, timeout=60
    )
    assert run.stdout == "kept\n", run.stderr
    assert run.returncode == -signal.SIGKILL
    window.recovery.offer()
    said = window.bars.bar("recovery").accessibleName()
    assert "3 plans" in said and "Scenario 1024" in said
    left = find_left_over(own_settings)
    assert window.recovery.recover_all(left)
    contexts = {s.title: s.plan.workload.context_tokens for s in window.document.sessions}
    assert contexts == {"Sample plan": 1024, "Scenario 1024": 2048, "Scenario 2048": 3072}
    assert all(session.is_modified for session in window.document.sessions)
    # The old files are gone only because this window keeps the plans itself now.
    assert find_left_over(own_settings) == ()
    assert all(window.autosave.file_of(s).exists() for s in window.document.sessions)


def test_that_recovered_work_never_takes_the_file_of_an_edited_plan(
    window, own_settings, tmp_path
) -> None:
    a = saved_copy(window, tmp_path / "a.moeplan", 1024)
    window.files.open_path(a)
    shorten(window, 2048)
    window.autosave.save_now()
    kept = window.autosave.file_of()
    crashed = kept.with_name("session-1.json")
    crashed.write_bytes(kept.read_bytes())
    assert window.recovery.recover_all(find_left_over(own_settings))
    first, second = window.document.sessions
    assert first.path == a and first.plan.workload.context_tokens == 2048
    assert second.path is None and second.is_modified


def test_that_recovered_work_stays_on_the_disk_when_it_cannot_be_kept_anew(
    window, own_settings, monkeypatch
) -> None:
    shorten(window, 7168)
    window.autosave.save_now()
    crashed = window.autosave.file_of().with_name("session-1.json")
    crashed.write_bytes(window.autosave.file_of().read_bytes())

    def refuse(_path, _data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("moeplanner_gui.safe_write.write_file_atomically", refuse)
    assert window.recovery.recover_all(find_left_over(own_settings))
    assert window.document.plan.workload.context_tokens == 7168
    assert crashed.exists()


def test_that_a_history_has_an_end_and_a_plan_past_it_is_still_unsaved(two) -> None:
    document, stack = two.document, two.document.undo_stack
    for _ in range(UNDO_STEPS + 5):
        stack.push(ReplacePlan("Edit", document.plan, document.plan, lambda _plan: None))
    assert stack.count() == UNDO_STEPS
    while stack.canUndo():
        stack.undo()
    assert document.is_modified, "what was saved is not among the steps any more"
