"""An error that nothing caught: the work is kept, one dialog says so, and the report tells of
nobody."""

from __future__ import annotations

import faulthandler
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QThread, QThreadPool, QTimer, Signal
from PySide6.QtGui import QClipboard
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from moeplanner_gui.core import edits
from moeplanner_gui.ui.crash_report import anonymous, fault_of, report_text
from moeplanner_gui.ui.crashes import Crashes
from moeplanner_gui.ui.fault_file import MOST_KEPT, FaultFile, LastActions, find_crashes
from moeplanner_gui.ui.left_over import find_left_over


@pytest.fixture
def crashes(window, own_settings, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", lambda *_args: None)
    monkeypatch.setattr(threading, "excepthook", lambda *_args: None)
    was_on = faulthandler.is_enabled()
    crashes = Crashes(own_settings)
    crashes.start()
    crashes.attach(window)
    yield crashes
    if crashes.dialog is not None:
        crashes.dialog.reject()
    crashes.end()
    if was_on:
        faulthandler.enable()


def shorten(window, tokens: int = 3072) -> None:
    plan = edits.set_workload(window.document.plan, context_tokens=tokens)
    window.document.apply("Shorten", plan)


def fail(words: str = "by zero", line: int = 0) -> None:
    code = compile("\n" * line + "raise ZeroDivisionError(words)", "somewhere.py", "exec")
    exec(code, {"words": words})


def fault(words: str = "by zero"):
    try:
        fail(words)
    except ZeroDivisionError as error:
        return fault_of(type(error), error, error.__traceback__)


class Told(QObject):
    told = Signal()


alive: list[QObject] = []


def from_slot() -> None:
    source = Told()
    source.told.connect(lambda: fail())
    source.told.emit()


def from_timer() -> None:
    QTimer.singleShot(0, fail)


def from_thread() -> None:
    thread = threading.Thread(target=fail, name="looking-up")
    thread.start()
    thread.join()


def from_qthread() -> None:
    class Odd(QThread):
        def run(self):
            fail()

    odd = Odd()
    odd.start()
    odd.wait()


def from_pool() -> None:
    pool = QThreadPool()
    pool.start(fail)
    pool.waitForDone()


def from_virtual() -> None:
    class Odd(QWidget):
        def timerEvent(self, event):
            self.killTimer(event.timerId())
            fail()

    odd = Odd(QApplication.activeWindow())
    odd.startTimer(0)
    alive.append(odd)


@pytest.mark.parametrize(
    ("happens", "thread"),
    [
        (from_slot, "window"),
        (from_timer, "window"),
        (from_virtual, "window"),
        (from_thread, "looking-up"),
        (from_qthread, "Dummy"),
        (from_pool, "Dummy"),
    ],
)
@pytest.mark.qt_no_exception_capture
def test_that_an_error_from_wherever_is_one_dialog_with_a_report(
    crashes, qtbot, happens, thread
) -> None:
    happens()
    qtbot.waitUntil(lambda: crashes.dialog is not None)
    said = crashes.dialog.report()
    assert "ZeroDivisionError: by zero" in said and "somewhere.py" in said
    assert f"\nThread: {thread}" in said
    assert "sent nowhere" in said


def test_that_the_work_is_kept_before_the_dialog_says_so(crashes, window, own_settings) -> None:
    shorten(window)
    crashes.show(fault())
    assert window.autosave.file_of().exists()
    assert "Your work is safe" in crashes.dialog.safe.text()
    assert "offered at the next start" in crashes.dialog.safe.text()


def test_that_safe_is_not_said_when_the_disk_refuses(crashes, window, monkeypatch) -> None:
    def refuse(_path, _data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("moeplanner_gui.safe_write.write_file_atomically", refuse)
    shorten(window)
    crashes.show(fault())
    assert "could not be kept" in crashes.dialog.safe.text()


def test_that_an_error_in_keeping_the_work_does_not_stop_the_dialog(
    crashes, window, monkeypatch
) -> None:
    def no_versions():
        raise ValueError("no versions")

    with monkeypatch.context() as broken:
        broken.setattr(window.autosave, "save_now", fail)
        broken.setattr("moeplanner_gui.ui.crash_report.versions", no_versions)
        crashes.show(fault())
    assert "could not be kept" in crashes.dialog.safe.text()
    assert "ValueError" in crashes.dialog.report()


@pytest.mark.qt_no_exception_capture
def test_that_errors_while_the_dialog_is_open_are_counted_in_it(crashes, qtbot) -> None:
    from_slot()
    qtbot.waitUntil(lambda: crashes.dialog is not None)
    first = crashes.dialog
    for line in range(5):
        sys.excepthook(*error_at(line))
    qtbot.waitUntil(lambda: "5 times" in first.again.text())
    assert crashes.dialog is first


def error_at(line: int):
    try:
        fail(line=line)
    except ZeroDivisionError as error:
        return type(error), error, error.__traceback__


def test_that_the_same_error_again_is_a_bar_with_a_count(crashes, window, qtbot) -> None:
    sys.excepthook(*error_at(3))
    qtbot.waitUntil(lambda: crashes.dialog is not None)
    crashes.dialog.go_on.click()
    assert crashes.dialog is None
    for _ in range(3):
        sys.excepthook(*error_at(3))
    qtbot.waitUntil(lambda: window.bars.bar("internal_error") is not None)
    assert crashes.dialog is None
    said = window.bars.bar("internal_error").accessibleName
    qtbot.waitUntil(lambda: "4 times" in window.bars.bar("internal_error").accessibleName())
    assert "ZeroDivisionError" in window.bars.bar("internal_error").accessibleName(), said
    show = window.bars.bar("internal_error").findChildren(QPushButton)[0]
    show.click()
    assert crashes.dialog is not None


def test_that_interrupting_is_no_error(crashes, qapp) -> None:
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    qapp.processEvents()
    assert crashes.dialog is None


# The report --------------------------------------------------------------------------------


def test_that_the_report_names_no_person_no_computer_and_no_plan(crashes, window, tmp_path) -> None:
    home = str(Path.home())
    plan = window.document.plan.replace(name="Anna's secret rig")
    window.document.apply("Rename", edits.set_workload(plan, context_tokens=87_654))
    secret = tmp_path / "for the boss" / "merger.moeplan"
    secret.parent.mkdir()
    assert window.files._write(secret)
    model = plan.model
    words = f"{home}/x: “Anna's secret rig” of {secret} wants {model} with 87654 or 87,654 tokens"
    crashes.show(fault(words))
    said = crashes.dialog.report()
    for hidden in ("Anna", "merger", "boss", model, "87654", "87,654", f"{home}/x"):
        assert hidden not in said, hidden
    assert "ZeroDivisionError" in said and "~/x" in said
    crashes.dialog.with_plan.setChecked(True)
    said = crashes.dialog.report()
    assert "Anna's secret rig" in said and model in said
    crashes.dialog.with_plan.setChecked(False)
    assert "Anna" not in crashes.dialog.report()


def test_that_chained_errors_are_masked_too() -> None:
    from moeplanner_gui.ui.plan_titles import empty_plan

    plan = empty_plan().replace(name="Merger of A and B")
    try:
        try:
            raise KeyError("Merger of A and B")
        except KeyError as error:
            raise ValueError("no Merger of A and B") from error
    except ValueError as error:
        found = fault_of(type(error), error, error.__traceback__)
    said = report_text(found, [], LastActions(), [plan])
    assert "Merger" not in said.replace('"Merger of A and B"', "")
    assert "KeyError" in said and "ValueError" in said


def test_that_home_and_user_are_replaced_as_whole_words(monkeypatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/ann"))
    monkeypatch.setattr("getpass.getuser", lambda: "ann")
    said = anonymous("/home/ann/x /home/anna/y planner of Ann, ann")
    assert said == "~/x /home/anna/y planner of ‹user›, ‹user›"


def test_that_the_last_actions_are_in_the_report_by_their_ids(crashes, window) -> None:
    shorten(window)
    window.actions_registry.get("edit.undo").trigger()
    crashes.show(fault())
    assert "before: edit.undo" in crashes.dialog.report()


def test_that_an_error_with_odd_words_is_reported(crashes) -> None:
    class Odd(Exception):
        def __str__(self):
            raise RuntimeError("no words")

    try:
        raise Odd
    except Odd as error:
        found = fault_of(type(error), error, error.__traceback__)
    crashes.show(found)
    assert "Odd" in crashes.dialog.report()


def test_that_endless_recursion_gives_a_short_report() -> None:
    def deeper(n):
        return deeper(n + 1)

    try:
        deeper(0)
    except RecursionError as error:
        found = fault_of(type(error), error, error.__traceback__)
    assert len(found.trace) < 25_000


# The buttons ---------------------------------------------------------------------------------


def test_that_the_report_is_copied_and_saved(crashes, qapp, tmp_path) -> None:
    crashes.show(fault())
    crashes.dialog.copy.click()
    assert "ZeroDivisionError" in qapp.clipboard().text()
    assert "on the clipboard" in crashes.dialog.done_words.text()
    path = tmp_path / "report.txt"
    assert crashes.dialog.save_to(path)
    assert path.read_text("utf-8") == crashes.dialog.report()
    assert str(path) in crashes.dialog.done_words.accessibleName()


def test_that_a_clipboard_that_refuses_is_said_and_the_text_is_selected(
    crashes, monkeypatch
) -> None:
    def refuse(*_arguments):
        raise RuntimeError("no clipboard")

    crashes.show(fault())
    monkeypatch.setattr(QClipboard, "setText", refuse)
    crashes.dialog.copy.click()
    assert "does not take it" in crashes.dialog.done_words.text()
    chosen = crashes.dialog.text.textCursor().selectedText()
    assert len(chosen) == len(crashes.dialog.report())


def test_that_a_disk_that_refuses_the_report_is_said(crashes, tmp_path) -> None:
    crashes.show(fault())
    assert not crashes.dialog.save_to(tmp_path / "no" / "such" / "folder.txt")
    assert "could not be saved" in crashes.dialog.done_words.text()
    assert crashes.dialog.isVisible()


def test_that_close_ends_without_a_question_and_loses_nothing(
    crashes, window, own_settings, monkeypatch
) -> None:
    asked = []
    window.files.ask_unsaved = lambda: asked.append(1) or "cancel"
    shorten(window, 5120)
    crashes.show(fault())
    crashes.dialog.end.click()
    assert asked == [] and not window.isVisible()
    left = find_left_over(own_settings)
    assert [item.plan.workload.context_tokens for item in left] == [5120]


def test_that_a_start_that_fails_is_said_in_a_dialog(qapp, own_settings, monkeypatch) -> None:
    from moeplanner_gui.ui import app

    def fails(**_named):
        raise RuntimeError("no catalogue")

    seen = []

    def look() -> None:
        dialog = next(w for w in qapp.topLevelWidgets() if w.objectName() == "crash")
        seen.append((dialog.accessibleName(), dialog.report(), dialog.with_plan.isVisible()))
        dialog.go_on.click()

    was_on = faulthandler.is_enabled()
    monkeypatch.setattr(app, "build_window", fails)
    monkeypatch.setattr(sys, "__excepthook__", lambda *_args: None)
    hook = sys.excepthook
    QTimer.singleShot(0, look)
    assert app.run() == 1
    assert sys.excepthook is hook
    ((title, report, has_plan),) = seen
    assert title == "MoE Planner could not start." and not has_plan
    assert "RuntimeError: no catalogue" in report
    assert list((own_settings / "crashes").glob("run-*")) == []
    if was_on:
        faulthandler.enable()


@pytest.mark.parametrize("percent", [100, 200])
def test_that_the_dialog_has_room_for_its_words(crashes, window, qapp, percent) -> None:
    window.themes.set_text_percent(percent)
    try:
        window.resize(1280, 720)
        crashes.show(fault("a" * 150))
        dialog = crashes.dialog
        dialog.count_another("ValueError: x")
        dialog.copy.click()
        qapp.processEvents()
        assert dialog.sizeHint().height() <= 720 and dialog.width() <= 1280
        for label in dialog.findChildren(QLabel):
            if label.isVisible() and label.wordWrap():
                assert label.height() >= label.heightForWidth(label.width())
        for button in dialog.findChildren(QPushButton):
            assert button.width() >= button.sizeHint().width()
        dialog.reject()
    finally:
        window.themes.set_text_percent(100)


# A crash below Python ------------------------------------------------------------------------

CRASH = """
import faulthandler, os, pathlib, sys
from PySide6.QtCore import QTimer
from moeplanner_gui.core import edits
from moeplanner_gui.ui import app
folder = pathlib.Path(os.environ["MOEPLANNER_CONFIG_DIR"]) / "crashes"
def crash():
    if not any("Qt " in file.read_text() for file in folder.glob("run-*.txt")):
        QTimer.singleShot(50, crash)
        return
    window = next(w for w in app.QApplication.topLevelWidgets() if w.objectName() == "main_window")
    plan = edits.set_workload(window.document.plan, context_tokens=6144)
    window.document.apply("x", plan)
    window.actions_registry.get("edit.undo").trigger()
    window.actions_registry.get("edit.redo").trigger()
    window.autosave.save_now()
    faulthandler._sigsegv()
real = app.create_application
def made():
    application = real()
    QTimer.singleShot(100, crash)
    return application
app.create_application = made
app.run()
"""


@pytest.mark.skipif(os.name == "nt", reason="ends by a signal")
def test_that_the_next_start_tells_of_a_crash_below_python(window, own_settings, qtbot) -> None:
    environment = {**os.environ, "MOEPLANNER_CONFIG_DIR": str(own_settings)}
    done = subprocess.run(
        [sys.executable, "-c", CRASH], env=environment, capture_output=True, timeout=100
    )
    assert done.returncode == -11, done.stderr.decode()[-2000:]
    crashes = Crashes(own_settings)
    crashes.attach(window)
    window.recovery.offer()
    crashes.say_last_crash()
    said = crashes.dialog.report()
    assert "Segmentation fault" in said and "edit.redo" in said and "Qt " in said
    assert "offered above the plan" in crashes.dialog.safe.text()
    assert not crashes.dialog.with_plan.isVisible()
    crashes.dialog.reject()
    # Said once, and kept.
    crashes.say_last_crash()
    assert crashes.dialog is None
    assert len(list((own_settings / "crashes").glob("crash-*.txt"))) == 1


def test_that_a_killed_run_is_no_crash_and_a_living_one_is_left_alone(tmp_path) -> None:
    folder = tmp_path / "crashes"
    folder.mkdir()
    (folder / "run-1-dead.txt").write_text("MoE Planner\nfile.save\n")
    was_on = faulthandler.is_enabled()
    alive = FaultFile(tmp_path)
    assert alive.start("MoE Planner\n")
    alive.note("Fatal Python error: only said")
    assert find_crashes(tmp_path) == ()
    assert [p.name.startswith("run-") for p in folder.glob("*.txt")] == [True]
    alive.end()
    assert list(folder.iterdir()) == []
    if was_on:
        faulthandler.enable()


def test_that_few_reports_are_kept_and_the_rest_of_the_folder_is_left_alone(tmp_path) -> None:
    folder = tmp_path / "crashes"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    for number in range(MOST_KEPT + 5):
        (folder / f"run-{number}-x.txt").write_text("Fatal Python error: Aborted\n")
    assert len(find_crashes(tmp_path)) == MOST_KEPT + 5
    assert len(list(folder.glob("crash-*.txt"))) == MOST_KEPT
    assert (folder / "notes.txt").exists()


def test_that_a_disk_that_refuses_the_fault_file_costs_nothing_else(tmp_path) -> None:
    (tmp_path / "crashes").write_text("a file in the place of the folder")
    refused = FaultFile(tmp_path)
    assert not refused.start("x")
    refused.note("x")
    refused.end()
    assert find_crashes(tmp_path) == ()
