"""What a person is told of every way a probe can end."""

from __future__ import annotations

from typing import get_args

import pytest

from moeplanner_gui.core.detected import DetectedCard, DetectedHost, DetectedMachine, ProbeReport
from moeplanner_gui.core.detected import Outcome as OutcomeType
from moeplanner_gui.detect.probe import System
from moeplanner_gui.detect.probes import PROBES
from moeplanner_gui.detect.sentences import (
    NO_GPU,
    NVIDIA_DRIVER,
    UNCHANGED,
    Told,
    has_looked,
    told,
    told_in_all,
    told_of_machine,
)

OUTCOMES = get_args(OutcomeType)
FINE = {"found", "no_device", "not_on_this_system"}
SYSTEMS = ("linux", "windows", "macos", "other")
CARD = DetectedCard(vendor="NVIDIA", probe="nvml", name="NVIDIA GeForce RTX 3090")
ON_THE_BUS = DetectedCard(vendor="NVIDIA", probe="bus", pci_id="10DE:2204")
RADEON = DetectedCard(vendor="AMD", probe="amd", name="Radeon RX 7900 XTX")


def report(probe: str, outcome: OutcomeType, **fields: object) -> ProbeReport:
    return ProbeReport.model_validate({"probe": probe, "outcome": outcome, **fields})


def machine(
    *cards: DetectedCard, host: dict[str, object] | None = None, **outcomes: OutcomeType
) -> DetectedMachine:
    """``nvml="no_library"``; probes that are not named found nothing."""
    reports = [report(name, outcomes.get(name, "no_device")) for name in PROBES if name != "host"]
    return DetectedMachine(
        date="2026-11-23T00:00:00+00:00",
        cards=cards,
        host=None if host is None else DetectedHost.model_validate({"system": "linux", **host}),
        reports=tuple(reports),
    )


def title(found: tuple[Told, ...], words: str) -> Told:
    (one,) = [one for one in found if words in one.title]
    return one


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("probe", PROBES)
def test_that_every_failure_has_a_title_a_text_and_what_was_kept(
    probe: str, outcome: OutcomeType, system: System
) -> None:
    one = told(report(probe, outcome, code="9, driver not loaded", detail="It is so"), system)
    if outcome in FINE and (probe, outcome) not in {("nvml", "found"), ("nvml", "no_device")}:
        one = told(report(probe, outcome), system)
        assert one is None
        return
    if probe in {"host", "bus"} and outcome not in {"timed_out", "crashed", "failed"}:
        return  # they have no driver and no library that could be missing
    assert one is not None
    for text in (one.title, one.text):
        assert "{" not in text
        assert "  " not in text
        assert text[0].isupper()
    assert not one.title.endswith(".")
    assert one.text.endswith(".")
    assert (UNCHANGED in one.text) == (one.level != "note")
    assert one.can_retry


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("no_library", "driver's library was not found"),
        ("driver_not_loaded", "The library was found, but it could not talk to the driver"),
        ("version_mismatch", "Restart the computer"),
        ("no_permission", "groups video and render"),
        ("device_lost", "fell off the bus"),
        ("timed_out", "nothing was changed. Try again"),
        ("crashed", "SIGSEGV"),
        ("failed", "Something odd."),
    ],
)
def test_that_each_failure_says_what_to_do(outcome: OutcomeType, words: str) -> None:
    code = "SIGSEGV" if outcome == "crashed" else None
    one = told(report("nvml", outcome, code=code, detail="Something odd"), "linux")
    assert one is not None
    assert words in one.text


def test_that_what_to_do_is_that_of_the_system() -> None:
    for outcome in ("driver_not_loaded", "no_permission"):
        texts = {told(report("nvml", outcome), system).text for system in ("linux", "windows")}  # type: ignore[union-attr]
        assert len(texts) == 2
        assert sum("sudo" in text for text in texts) == 1


def test_that_the_details_are_what_was_tried() -> None:
    steps = (("libnvidia-ml.so.1", "found"), ("nvmlInit", "error 9, driver not loaded"))
    one = told(report("nvml", "driver_not_loaded", steps=steps))
    assert one is not None
    assert one.title == "The NVIDIA driver is not loaded"
    assert one.steps == steps


def test_that_a_page_of_a_driver_s_words_is_cut() -> None:
    one = told(report("amd", "failed", detail="line\n" * 700))
    assert one is not None
    assert len(one.text) < 500
    assert "\n" not in one.text


def test_that_a_lost_card_beside_others_is_told() -> None:
    lost = report("nvml", "found", code="15, GPU is lost", detail="Card 2: error 15, GPU is lost")
    one = told(lost, "linux")
    assert one is not None
    assert "Card 2" in one.text
    assert "riser" in one.text
    refused = report("nvml", "found", code="4, no permission", detail="Card 1: error 4")
    one = told(refused, "linux")
    assert one is not None
    assert "riser" not in one.text
    assert "render" in one.text


def test_that_a_missing_driver_is_no_news_where_no_such_card_is() -> None:
    assert told_in_all(machine(RADEON, nvml="no_library", bus="found")) == ()
    assert told_in_all(machine(RADEON, nvml="driver_not_loaded", bus="found")) == ()
    # Where the bus could not be read either, nobody knows.
    assert told_in_all(machine(RADEON, nvml="no_library", bus="failed")) != ()


def test_that_a_card_without_its_driver_is_an_error_that_names_it() -> None:
    found = told_in_all(machine(ON_THE_BUS, nvml="no_library", bus="found"))
    one = title(found, NVIDIA_DRIVER)
    assert one.level == "error"
    assert "10DE:2204" in one.text
    assert "Install the driver" in one.text


def test_that_a_driver_that_is_not_loaded_is_told_when_no_card_is_found() -> None:
    found = told_in_all(machine(nvml="driver_not_loaded"))
    assert [one.title for one in found] == ["The NVIDIA driver is not loaded"]


def test_that_no_card_is_said_only_when_everybody_answered() -> None:
    assert has_looked(machine(nvml="no_library"))
    assert title(told_of_machine(machine(nvml="no_library")), NO_GPU)
    for outcome in ("timed_out", "crashed", "failed", "no_permission", "driver_not_loaded"):
        found = machine(nvml=outcome)
        assert not has_looked(found)
        assert told_of_machine(found) == ()
    assert told_of_machine(machine(CARD)) == ()


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ({"container": "Docker"}, "--gpus all"),
        ({"virtual_machine": "KVM"}, "(KVM) and no card was passed through"),
        ({"virtual_machine": "a hypervisor that gives no name"}, "virtual machine and no card"),
        ({"wsl": True, "virtual_machine": "Hyper-V"}, "driver in Windows"),
        ({"system": "macos"}, "no NVIDIA driver for macOS"),
        ({"remote_session": "SSH"}, "at the other end"),
        ({}, "Type the cards in"),
    ],
)
def test_that_a_machine_without_a_card_says_why_that_may_be(
    host: dict[str, object], words: str
) -> None:
    one = title(told_of_machine(machine(host=host)), NO_GPU)
    assert words in one.text
    assert one.text.endswith(UNCHANGED)


def test_that_a_remote_session_and_wsl_are_noted_beside_cards() -> None:
    found = told_of_machine(machine(CARD, host={"remote_session": "SSH", "wsl": True}))
    assert {one.level for one in found} == {"note"}
    assert title(found, "remote session")
    assert ".wslconfig" in title(found, "WSL").text


def test_that_a_slice_in_a_virtual_machine_is_noted() -> None:
    part = CARD.model_copy(update={"virtual": True})
    assert title(told_of_machine(machine(part, host={"virtual_machine": "KVM"})), "virtual")


def test_that_on_a_mac_nothing_is_said_of_nvidia() -> None:
    apple = DetectedCard(vendor="Apple", probe="apple", name="Apple M4 Max")
    found = machine(apple, host={"system": "macos"}, nvml="not_on_this_system", apple="found")
    assert told_in_all(found) == ()


def test_that_the_worst_comes_first_and_each_title_once() -> None:
    found = told_in_all(
        machine(CARD, host={"remote_session": "SSH"}, nvml="timed_out", amd="crashed", bus="failed")
    )
    order = [("error", "check", "note").index(one.level) for one in found]
    assert order == sorted(order)
    assert len({one.title for one in found}) == len(found)
