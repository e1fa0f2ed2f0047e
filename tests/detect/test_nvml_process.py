"""A driver that hangs, crashes or babbles, seen from the program: it lives on and says so."""

from __future__ import annotations

import inspect
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from moeplanner_gui.core.detected import DetectedMachine, ProbeReport
from moeplanner_gui.detect.machine import detect
from moeplanner_gui.detect.propose import propose
from tests.detect.compiled_stub import why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

Become = Callable[[str], None]
ENOUGH_S = 60.0
"""For a probe that answers: a busy machine is not a hung driver."""
LITTLE_S = 1.0
"""For one that hangs 30 s; enough for the child's Python to get there."""


def asked(timeout_s: float = ENOUGH_S) -> tuple[DetectedMachine, ProbeReport]:
    machine = detect(timeout_s=timeout_s, probes=["nvml"])
    (report,) = machine.reports
    assert report.probe == "nvml"
    return machine, report


def children() -> set[int]:
    """Children of this process, zombies included."""
    here = os.getpid()
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(state[1]) == here:
                found.add(int(folder.name))
    return found


def test_that_a_driver_is_given_five_seconds() -> None:
    assert inspect.signature(detect).parameters["timeout_s"].default == 5.0


def test_that_the_program_s_own_call_finds_what_the_child_found(nvml_machine: Become) -> None:
    nvml_machine("two-3090")
    machine, report = asked()
    assert report.outcome == "found"
    assert [card.name for card in machine.cards] == ["NVIDIA GeForce RTX 3090"] * 2


@pytest.mark.parametrize("name", ["hang", "hang-memory"])
def test_that_a_hung_driver_is_reported_after_the_deadline_and_killed(
    nvml_machine: Become, name: str
) -> None:
    nvml_machine(name)
    before = children()
    began = time.monotonic()
    machine, report = asked(LITTLE_S)
    took = time.monotonic() - began
    assert report.outcome == "timed_out"
    assert machine.cards == ()
    assert LITTLE_S <= took < LITTLE_S + 3
    assert children() <= before


@pytest.mark.parametrize("name", ["hang", "crash", "no-permission", "version-mismatch"])
def test_that_a_driver_without_an_answer_is_not_proposed_as_no_card(
    nvml_machine: Become, name: str
) -> None:
    nvml_machine(name)
    proposal = propose(asked(LITTLE_S)[0], {}, {})
    lines = {line.subject: line for line in proposal.lines}
    assert (lines["GPUs"].found, lines["GPUs"].mark) == ("not read", "unknown")
    assert proposal.summary == "GPUs not read"


def test_that_no_card_is_proposed_as_none_where_the_driver_says_so(nvml_machine: Become) -> None:
    nvml_machine("no-device")
    lines = {line.subject: line for line in propose(asked()[0], {}, {}).lines}
    assert (lines["GPUs"].found, lines["GPUs"].mark) == ("none", "detected")


def test_that_a_hung_driver_can_be_asked_again(nvml_machine: Become) -> None:
    nvml_machine("hang")
    assert asked(LITTLE_S)[1].outcome == "timed_out"
    nvml_machine("one-3090")
    assert asked()[1].outcome == "found"


@pytest.mark.parametrize(
    ("name", "signal"), [("crash", "SIGSEGV"), ("crash-init", "SIGSEGV"), ("abort", "SIGABRT")]
)
def test_that_a_crash_in_the_library_is_a_report_with_its_signal(
    nvml_machine: Become, name: str, signal: str
) -> None:
    nvml_machine(name)
    before = children()
    machine, report = asked()
    assert report.outcome == "crashed"
    assert signal in report.model_dump_json()
    assert machine.cards == ()
    assert children() <= before


def test_that_a_library_that_ends_the_process_is_not_a_machine_without_cards(
    nvml_machine: Become,
) -> None:
    nvml_machine("leave")
    _, report = asked()
    assert report.outcome in ("crashed", "failed")


@pytest.mark.parametrize("name", ["rubbish", "flood"])
def test_that_babble_of_a_library_does_not_reach_the_answer(
    nvml_machine: Become, name: str
) -> None:
    nvml_machine(name)
    machine, report = asked()
    assert report.outcome == "found"
    assert len(machine.cards) == 2


@pytest.mark.parametrize("name", ["hang-shutdown", "crash-shutdown", "hang-exit", "crash-exit"])
def test_that_what_is_known_is_not_lost_when_the_library_fails_at_the_end(
    nvml_machine: Become, name: str
) -> None:
    nvml_machine(name)
    before = children()
    machine, report = asked(10.0)
    assert (report.outcome, len(machine.cards)) == ("found", 2)
    assert children() <= before


def test_that_a_program_of_the_driver_does_not_keep_the_program_waiting(
    nvml_machine: Become,
) -> None:
    """That program keeps the pipe open for 30 s; the answer is there long before."""
    nvml_machine("lingering")
    began = time.monotonic()
    machine, report = asked(5.0)
    assert time.monotonic() - began < 12
    assert (report.outcome, len(machine.cards)) == ("found", 2)


def test_that_a_hang_of_one_probe_does_not_delay_the_report_of_another(
    nvml_machine: Become,
) -> None:
    nvml_machine("hang")
    arrived: list[str] = []
    machine = detect(
        timeout_s=3.0,  # the other one must have answered by then, on a busy machine too
        probes=["nvml", "host"],
        on_report=lambda report: arrived.append(report.probe),
    )
    assert arrived == ["host", "nvml"]
    assert {report.probe: report.outcome for report in machine.reports}["nvml"] == "timed_out"
    assert machine.host is not None


def test_that_somebody_who_stops_waiting_is_not_kept(nvml_machine: Become) -> None:
    nvml_machine("hang")
    began = time.monotonic()
    detect(timeout_s=20.0, probes=["nvml"], cancelled=lambda: time.monotonic() - began > 0.3)
    assert time.monotonic() - began < 5
