"""Two windows, or a window and another program, on one file: neither is written over in silence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton

from moeplanner_gui.core import edits
from moeplanner_gui.export.plan_file import read_plan, write_plan
from moeplanner_gui.ui.app import build_window
from moeplanner_gui.ui.plan_disk import ChangedOnDiskError, Stamp, read_plan_file, save_plan_file
from moeplanner_gui.ui.plan_titles import empty_plan
from moeplanner_gui.ui.settings import SettingsStore

ROOT = Path(__file__).resolve().parents[2]


def plan(tokens: int):
    return edits.set_workload(empty_plan(), context_tokens=tokens)


def tokens(window) -> int:
    return window.document.plan.workload.context_tokens


def shorten(window, to: int) -> None:
    changed = edits.set_workload(window.document.plan, context_tokens=to)
    window.document.apply("Shorten", changed)


def bar(window):
    return window.bars.bar("disk")


def press(window, words: str) -> None:
    button = next(b for b in bar(window).findChildren(QPushButton) if b.text() == words)
    button.click()


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "a.moeplan"
    write_plan(path, plan(1024))
    return path


@pytest.fixture
def opened(window, file, qtbot):
    """The window with the file open, watching it."""
    window.files.open_path(file)
    window.files.ask_changed = lambda path: pytest.fail(f"asked about {path}")
    qtbot.waitUntil(lambda: watch(window)._watcher is not None)
    return window


def watch(window):
    from moeplanner_gui.ui.disk_watch import DiskWatch

    return window.files.findChild(DiskWatch)


def test_that_a_change_of_the_file_is_noticed_and_reload_shows_it(opened, file, qtbot) -> None:
    write_plan(file, plan(2048))
    qtbot.waitUntil(lambda: bar(opened) is not None)
    assert tokens(opened) == 1024
    press(opened, "Reload")
    assert tokens(opened) == 2048 and not opened.document.is_modified
    assert bar(opened) is None
    opened.document.undo_stack.undo()
    assert tokens(opened) == 1024 and opened.document.is_modified
    # What was reloaded is what is known of the file: saving asks nothing.
    shorten(opened, 4096)
    assert opened.files.save()


def test_that_own_edits_are_one_undo_away_after_reloading(opened, file, qtbot) -> None:
    shorten(opened, 3072)
    write_plan(file, plan(2048))
    qtbot.waitUntil(lambda: bar(opened) is not None)
    assert "Undo brings them back" in bar(opened).accessibleName()
    press(opened, "Reload")
    assert tokens(opened) == 2048
    opened.document.undo_stack.undo()
    assert tokens(opened) == 3072


def test_that_keep_mine_saves_over_this_version_and_asks_about_the_next(
    opened, file, qtbot
) -> None:
    shorten(opened, 3072)
    write_plan(file, plan(2048))
    qtbot.waitUntil(lambda: bar(opened) is not None)
    press(opened, "Keep mine")
    assert bar(opened) is None and opened.document.is_modified
    assert opened.files.save()
    assert read_plan(file).workload.context_tokens == 3072
    shorten(opened, 3073)
    write_plan(file, plan(5120))
    asked = []
    opened.files.ask_changed = lambda path: asked.append(path) or "cancel"
    assert not opened.files.save()
    assert asked == [file] and read_plan(file).workload.context_tokens == 5120


@pytest.mark.parametrize(("answer", "there"), [("cancel", 2048), ("overwrite", 3072)])
def test_that_saving_over_an_unseen_change_asks_first(opened, file, answer, there) -> None:
    shorten(opened, 3072)
    # The size and the time are what they were: only the content tells.
    before = file.stat()
    data = file.read_bytes().replace(b"1024", b"2048")
    file.write_bytes(data)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    asked = []
    opened.files.ask_changed = lambda path: asked.append(path) or answer
    assert opened.files.save() == (answer == "overwrite")
    assert asked == [file]
    assert read_plan(file).workload.context_tokens == there
    assert opened.document.is_modified == (answer == "cancel")


def test_that_closing_with_save_does_not_write_over_it_either(opened, file) -> None:
    shorten(opened, 3072)
    write_plan(file, plan(2048))
    opened.files.ask_unsaved = lambda: "save"
    opened.files.ask_changed = lambda _path: "cancel"
    assert not opened.close()
    assert opened.isVisible() and read_plan(file).workload.context_tokens == 2048


def test_that_a_file_that_goes_is_said_and_the_plan_kept(opened, file, qtbot) -> None:
    file.unlink()
    qtbot.waitUntil(lambda: bar(opened) is not None)
    assert "not there any more" in bar(opened).accessibleName()
    assert opened.document.is_modified
    opened.autosave.save_now()
    assert opened.autosave.file_of().exists()
    press(opened, "Save it again")
    assert read_plan(file).workload.context_tokens == 1024
    assert bar(opened) is None


def test_that_a_file_written_anew_with_the_same_content_is_no_change(opened, file, qtbot) -> None:
    data = file.read_bytes()
    file.write_bytes(b"")
    file.write_bytes(data)
    os.utime(file, (1, 1))
    qtbot.wait(250)
    assert bar(opened) is None
    shorten(opened, 3072)
    assert opened.files.save()


def test_that_a_file_that_became_no_plan_is_refused_and_the_window_keeps_its_own(
    opened, file, qtbot
) -> None:
    file.write_text("{")
    qtbot.waitUntil(lambda: bar(opened) is not None)
    press(opened, "Reload")
    assert "could not be opened" in opened.bars.bar("file_error").accessibleName()
    assert tokens(opened) == 1024


def test_that_each_tab_says_only_what_became_of_its_own_file(opened, file, tmp_path, qtbot) -> None:
    other = tmp_path / "b.moeplan"
    write_plan(other, plan(512))
    opened.files.open_path(other)
    write_plan(file, plan(2048))
    qtbot.waitUntil(lambda: bool(watch(opened)._found))
    assert bar(opened) is None
    opened.document.show_session(opened.document.sessions[0])
    assert "a.moeplan" in bar(opened).accessibleName()
    opened.document.close(opened.document.sessions[0])
    assert bar(opened) is None and watch(opened)._found == {}


def test_that_two_windows_of_other_settings_notice_each_other(opened, file, tmp_path, qtbot):
    second = build_window(store=SettingsStore(tmp_path / "other"))
    qtbot.addWidget(second)
    second.files.ask_unsaved = lambda: "discard"
    second.files.open_path(file)
    shorten(second, 6144)
    assert second.files.save()
    qtbot.waitUntil(lambda: bar(opened) is not None)
    shorten(opened, 7168)
    opened.files.ask_changed = lambda _path: "cancel"
    assert not opened.files.save()
    assert read_plan(file).workload.context_tokens == 6144


SAVER = """
import sys
from pathlib import Path
from moeplanner_gui.core import edits
from moeplanner_gui.ui.plan_disk import ChangedOnDiskError, Stamp, save_plan_file
from moeplanner_gui.ui.plan_titles import empty_plan
file, digest, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
plan = edits.set_workload(empty_plan(), context_tokens=number)
print("ready", flush=True)
sys.stdin.readline()
try:
    save_plan_file(file, plan, expected=Stamp(digest))
    print("saved")
except ChangedOnDiskError:
    print("told")
"""


def test_that_of_processes_that_save_at_once_one_saves_and_the_others_are_told(file) -> None:
    _, _, stamp = read_plan_file(file)
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", SAVER, str(file), stamp.digest, str(2000 + number)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for number in range(3)
    ]  # fmt: skip
    for run in runs:
        assert run.stdout.readline() == "ready\n"
    for run in runs:
        run.stdin.write("go\n")
        run.stdin.flush()
    said = [run.communicate(timeout=60)[0].strip() for run in runs]
    assert sorted(said) == ["saved", "told", "told"]
    assert read_plan(file).workload.context_tokens == 2000 + said.index("saved")


def test_that_recovered_work_does_not_write_over_what_came_after_it(
    opened, file, own_settings
) -> None:
    shorten(opened, 3072)
    opened.autosave.save_now()
    left = own_settings / "autosave" / "session-1.json"
    left.write_bytes(opened.autosave.file_of().read_bytes())
    opened.document.undo_stack.undo()
    opened.files.close()
    write_plan(file, plan(8192))
    from moeplanner_gui.ui.left_over import find_left_over

    assert opened.recovery.recover_all(find_left_over(own_settings))
    assert tokens(opened) == 3072 and opened.document.path == file
    opened.files.ask_changed = lambda _path: "cancel"
    assert not opened.files.save()
    assert read_plan(file).workload.context_tokens == 8192


def test_that_a_saved_file_is_known_by_what_was_written(file) -> None:
    first = save_plan_file(file, plan(2048))
    assert read_plan_file(file)[2].digest == first.digest
    with pytest.raises(ChangedOnDiskError):
        save_plan_file(file, plan(4096), expected=Stamp("another"))
    assert read_plan(file).workload.context_tokens == 2048
