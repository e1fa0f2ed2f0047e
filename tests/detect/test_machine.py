"""Probes that misbehave in every way: a report each, in time, and nothing left behind."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from moeplanner_gui.core.detected import DetectedMachine, ProbeReport
from moeplanner_gui.detect import asked, processes
from moeplanner_gui.detect.machine import detect
from tests.detect.left_behind import children

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the strange probes use signals")

STRANGE = str(Path(__file__).with_name("strange_probe.py"))
ENOUGH_S = 30.0
"""For a probe that answers: a busy machine is not a hung driver."""
LITTLE_S = 0.7
"""For one that never answers."""


def strange(*how: str) -> Callable[[str], Sequence[str]]:
    return lambda name: [sys.executable, "-I", "-S", STRANGE, name, *how]


def asked_one(how: str, timeout_s: float = ENOUGH_S, *more: str) -> ProbeReport:
    machine = detect(timeout_s=timeout_s, probes=["nvml"], command=strange(how, *more))
    (report,) = machine.reports
    assert report.probe == "nvml"
    return report


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    before = children()
    yield
    until = time.monotonic() + 5
    while children() - before and time.monotonic() < until:
        threading.Event().wait(0.01)
    assert children() - before == set()


@pytest.mark.parametrize("how", ["answers", "answers without a line end", "answers and stays"])
def test_that_an_answer_is_taken_as_soon_as_it_is_there(how: str) -> None:
    began = time.monotonic()
    report = asked_one(how)
    assert report.outcome == "found"
    assert [card.name for card in report.cards] == ["A card"]
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    "how", ["hangs", "hangs and hears no signal", "closes its output and stays"]
)
def test_that_who_never_answers_is_reported_after_the_deadline(how: str) -> None:
    began = time.monotonic()
    report = asked_one(how, LITTLE_S)
    took = time.monotonic() - began
    assert report.outcome in {"timed_out", "failed"}
    assert LITTLE_S <= took < LITTLE_S + 3
    assert report.elapsed_ms + 1 >= LITTLE_S * 1000


def test_that_what_a_hung_probe_started_is_killed_with_it(tmp_path: Path) -> None:
    file = tmp_path / "helper"
    report = asked_one("hangs with a helper", 2.0, str(file))
    assert report.outcome == "timed_out"
    helper = Path("/proc") / file.read_text()
    until = time.monotonic() + 5
    while helper.exists() and time.monotonic() < until:
        # A dead one may wait for its new parent to notice.
        if (helper / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
            break
        threading.Event().wait(0.01)
    else:
        assert not helper.exists()


@pytest.mark.parametrize(("how", "signal"), [("crashes", "SIGSEGV"), ("aborts", "SIGABRT")])
def test_that_a_crash_is_named_by_its_signal(how: str, signal: str) -> None:
    report = asked_one(how)
    assert (report.outcome, report.code) == ("crashed", signal)
    assert signal in report.detail


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("leaves", "code 3"),
        ("says nothing", "without an answer"),
        ("talks rubbish", "not be understood"),
        ("sends bytes", "not be understood"),
        ("sends half", "not be understood"),
        ("sends an unknown field", "not be understood"),
        ("is another", "another probe"),
        ("never stops talking", "longer than any machine"),
    ],
)
def test_that_an_answer_that_is_none_is_a_failure_that_says_so(how: str, words: str) -> None:
    report = asked_one(how)
    assert report.outcome == "failed"
    assert words in report.detail
    assert report.cards == ()


def test_that_a_probe_has_nothing_to_read() -> None:
    assert asked_one("reads").outcome == "found"


@pytest.mark.parametrize("command", [["/nowhere/at/all"], [], ["nul\0byte"]])
def test_that_a_probe_that_cannot_be_started_is_a_failure(command: list[str]) -> None:
    (report,) = detect(probes=["nvml"], command=lambda _: command).reports
    assert report.outcome == "failed"
    assert "could not be started" in report.detail


def test_that_a_broken_command_is_a_failure_and_not_an_exception() -> None:
    def broken(name: str) -> list[str]:
        raise RuntimeError(name)

    (report,) = detect(probes=["nvml"], command=broken).reports
    assert report.outcome == "failed"


def test_that_probes_are_asked_at_the_same_time_and_told_as_they_arrive() -> None:
    how = {"nvml": "hangs", "amd": "answers", "intel": "hangs", "bus": "crashes"}
    told: list[str] = []
    began = time.monotonic()
    machine = detect(
        timeout_s=2.0,
        probes=list(how),
        on_report=lambda report: told.append(report.probe),
        command=lambda name: strange(how[name])(name),
    )
    assert time.monotonic() - began < 4
    assert sorted(told[:2]) == ["amd", "bus"]
    assert sorted(told[2:]) == ["intel", "nvml"]
    assert [report.probe for report in machine.reports] == list(how)
    assert [report.outcome for report in machine.reports] == [
        *("timed_out", "found", "timed_out", "crashed")
    ]
    assert len(machine.cards) == 1


def test_that_who_stops_waiting_gets_what_has_arrived_within_a_tenth_of_a_second() -> None:
    how = {"nvml": "answers", "amd": "hangs"}
    stop = threading.Event()
    stopped_at: list[float] = []

    def click() -> None:
        stopped_at.append(time.monotonic())
        stop.set()

    def on_report(report: ProbeReport) -> None:
        # By then the loop waits for the one that hangs.
        threading.Timer(0.3, click).start()

    machine = detect(
        timeout_s=ENOUGH_S,
        probes=list(how),
        on_report=on_report,
        cancelled=stop.is_set,
        command=lambda name: strange(how[name])(name),
    )
    assert time.monotonic() - stopped_at[0] < 0.1
    assert [report.probe for report in machine.reports] == ["nvml"]


def test_that_a_probe_reports_once_whatever_becomes_of_it() -> None:
    arrived: queue.SimpleQueue[ProbeReport] = queue.SimpleQueue()
    probe = asked.AskedProbe("nvml", strange("answers"), arrived.put)
    probe.begin()
    probe.end_if_late(0.0)
    probe.end_if_late(0.0)
    probe.wait(ENOUGH_S)
    probe.end_if_late(0.0)
    assert arrived.get_nowait().outcome == "timed_out"
    assert arrived.empty()


def test_that_ctrl_c_while_the_probes_are_being_started_leaves_none_behind() -> None:
    calls = iter(range(100))

    def interrupting(name: str) -> Sequence[str]:
        if next(calls) == 0:
            os.kill(os.getpid(), signal.SIGINT)
        return strange("hangs")(name)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        for _ in range(10):
            calls = iter(range(100))
            with pytest.raises(KeyboardInterrupt):
                detect(timeout_s=ENOUGH_S, probes=["nvml", "amd", "intel"], command=interrupting)
    finally:
        signal.signal(signal.SIGINT, before)


def test_that_a_window_that_is_gone_does_not_stop_the_others() -> None:
    def gone(report: ProbeReport) -> None:
        raise RuntimeError("the window is gone")

    machine = detect(
        timeout_s=ENOUGH_S, probes=["nvml", "amd"], on_report=gone, command=strange("answers")
    )
    assert [report.outcome for report in machine.reports] == ["found", "found"]


def test_that_asking_whether_to_go_on_may_fail() -> None:
    def broken() -> bool:
        raise RuntimeError

    began = time.monotonic()
    machine = detect(probes=["nvml"], cancelled=broken, command=strange("hangs"))
    assert machine.reports == ()
    assert time.monotonic() - began < 3


def test_that_a_process_that_cannot_be_killed_is_left_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spared: list[processes.Process] = []
    monkeypatch.setattr(asked.processes, "kill", spared.append)
    began = time.monotonic()
    report = asked_one("hangs", LITTLE_S)
    took = time.monotonic() - began
    monkeypatch.undo()
    processes.kill(spared[0])
    assert report.outcome == "timed_out"
    assert took < LITTLE_S + 2


def test_that_a_probe_that_nobody_knows_is_a_failure() -> None:
    (report,) = detect(timeout_s=ENOUGH_S, probes=["no such probe"]).reports
    assert report.outcome == "failed"


def test_that_no_probe_is_an_empty_machine() -> None:
    machine = detect(probes=[])
    assert isinstance(machine, DetectedMachine)
    assert (machine.cards, machine.host, machine.reports) == ((), None, ())


@pytest.mark.parametrize("timeout_s", [0.0, -1.0, float("nan")])
def test_that_a_senseless_deadline_is_the_usual_one(timeout_s: float) -> None:
    assert asked_one("answers", timeout_s).outcome == "found"


def test_that_many_detections_leave_no_thread_and_no_descriptor() -> None:
    asked_one("answers")
    threads, descriptors = threading.active_count(), len(os.listdir("/proc/self/fd"))
    for _ in range(40):
        asked_one("answers")
    assert threading.active_count() <= threads + 1
    assert len(os.listdir("/proc/self/fd")) <= descriptors + 2


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (-11, "SIGSEGV"),
        (-60, "signal 60"),
        (0xC0000005, "access violation"),
        (0xC0000005 - 2**32, "access violation"),
        (0xC0000123, "0xC0000123"),
        (0, None),
        (3, None),
    ],
)
def test_that_the_end_of_a_crashed_process_has_a_name(code: int, name: str | None) -> None:
    assert processes.name_of_end(code) == name
