"""The thread that writes what is unsaved: on time, the newest only, one at a time."""

from __future__ import annotations

import json
import threading
import time

from moeplanner_gui.core import edits
from moeplanner_gui.ui.autosave import WRITE_AFTER_S
from moeplanner_gui.ui.autosave_writer import Writer


def test_that_only_the_newest_job_of_a_key_is_done() -> None:
    writer, done = Writer(), []
    for number in range(50):
        writer.put("a", lambda number=number: done.append(number), after_s=30)
    writer.put("b", lambda: done.append("b"), after_s=30)
    assert writer.wait(5)
    assert done == [49, "b"]
    writer.end()


def test_that_who_never_pauses_is_written_at_the_time_of_the_first() -> None:
    writer, done = Writer(), threading.Event()
    begun = time.monotonic()
    while not done.is_set():
        writer.put("a", done.set, after_s=0.1)
        assert time.monotonic() - begun < 5
    assert time.monotonic() - begun >= 0.1
    writer.end()


def test_that_a_job_put_while_its_key_is_busy_is_done_after_it() -> None:
    writer, done, go_on, begun = Writer(), [], threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        go_on.wait(5)
        done.append("slow")

    writer.put("a", slow)
    assert begun.wait(5)
    writer.put("a", lambda: done.append("next"))
    assert not writer.wait(0.01)
    go_on.set()
    assert writer.wait(5)
    assert done == ["slow", "next"]
    writer.end()


def test_that_the_thread_ends_and_begins_again() -> None:
    writer, done = Writer(), []
    writer.put("a", lambda: done.append(1))
    assert writer.wait(5)
    writer.end()
    until = time.monotonic() + 5
    while any(t.name == "autosave" and t is writer._thread for t in threading.enumerate()):
        assert time.monotonic() < until
    writer.put("a", lambda: done.append(2))
    assert writer.wait(5)
    assert done == [1, 2]


def test_that_an_edit_is_on_the_disk_within_a_second_while_the_window_is_busy(window) -> None:
    window.document.apply("x", edits.set_workload(window.document.plan, context_tokens=7168))
    begun, file = time.monotonic(), window.autosave.file_of()
    # No turn of the event loop in here.
    while not file.exists():
        assert time.monotonic() - begun < 1.0
    assert WRITE_AFTER_S < 0.5
    assert json.loads(json.loads(file.read_bytes())["plan"])["workload"]["context_tokens"] == 7168


def test_that_nothing_runs_while_there_is_nothing_to_keep(window, qtbot) -> None:
    window.document.apply("x", edits.set_workload(window.document.plan, context_tokens=7168))
    assert window.autosave.save_now()
    qtbot.waitUntil(lambda: not window.autosave._writer._jobs)
    assert not window.autosave._timer.isActive()


def test_that_a_disk_that_hangs_does_not_hang_the_window_for_long(window, monkeypatch) -> None:
    go_on = threading.Event()
    monkeypatch.setattr("moeplanner_gui.ui.autosave.ANSWERS_WITHIN_S", 0.05)
    monkeypatch.setattr(
        "moeplanner_gui.safe_write.write_file_atomically", lambda *_a: go_on.wait(10)
    )
    said = []
    window.autosave.failed.connect(said.append)
    window.document.apply("x", edits.set_workload(window.document.plan, context_tokens=7168))
    try:
        assert not window.autosave.save_now()
        assert said == ["the disk does not answer"]
        assert not window.autosave.is_kept(window.document.session)
    finally:
        go_on.set()
