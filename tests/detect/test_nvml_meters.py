"""Readings again and again of a made-up NVML that changes in between, and rubbish counts."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pynvml
import pytest

from moeplanner_gui.detect import nvml_meters
from moeplanner_gui.detect.nvml import NvmlProbe
from moeplanner_gui.detect.nvml_links import Card, read_links
from moeplanner_gui.detect.nvml_meters import FIELDS, NvmlMeters
from tests.detect.test_nvml_pieces import calls_of, linked, pci, reasons, refuse

GIB = 2**30


class MadeUpNvml:
    """Two cards; ``codes`` are the errors that a call about a card gives from now on."""

    def __init__(self) -> None:
        self.nvmlLib = object()
        self.count = 2
        self.starts = 0
        self.asked: list[int] = []
        self.codes: dict[tuple[str, int], int] = {}
        self.start_code = 0

    def _answer(self, call: str, card: int, value: Any) -> Any:
        self.asked.append(card)
        code = self.codes.get((call, card), 0)
        if code:
            raise pynvml.NVMLError(code)
        return value

    def nvmlInit(self) -> None:
        self.starts += 1
        if self.start_code:
            raise pynvml.NVMLError(self.start_code)

    def nvmlShutdown(self) -> None:
        pass

    def nvmlDeviceGetCount(self) -> int:
        return self.count

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        if index >= 2:
            raise pynvml.NVMLError(2)
        return int(self._answer("open", index, index))

    def nvmlDeviceGetName(self, card: int) -> str:
        return "NVIDIA GeForce RTX 3090"

    def nvmlDeviceGetPciInfo(self, card: int) -> Any:
        return pci(0, card + 1)

    def nvmlDeviceGetCudaComputeCapability(self, card: int) -> tuple[int, int]:
        return 8, 6

    def nvmlDeviceGetMemoryInfo(self, card: int, version: int = 0) -> Any:
        made = SimpleNamespace(total=24 * GIB, reserved=GIB, used=2 * GIB)
        return self._answer("memory", card, made)

    def nvmlDeviceGetUtilizationRates(self, card: int) -> Any:
        return self._answer("rates", card, SimpleNamespace(gpu=97, memory=40))

    def nvmlDeviceGetPowerUsage(self, card: int) -> int:
        return int(self._answer("power", card, 312_500))

    def nvmlDeviceGetTemperature(self, card: int, sensor: int) -> int:
        return int(self._answer("temperature", card, 61))


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> MadeUpNvml:
    made = MadeUpNvml()
    monkeypatch.setitem(sys.modules, "pynvml", made)  # type: ignore[arg-type]
    return made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """``clock.now`` is the meters' time."""
    made = SimpleNamespace(now=100.0)
    monkeypatch.setattr(nvml_meters, "time", SimpleNamespace(monotonic=lambda: made.now))
    return made


def test_that_a_card_is_read_again_without_starting_nvml_again(nvml: MadeUpNvml) -> None:
    meters = NvmlMeters()
    first, second = meters.sample(), meters.sample()
    assert nvml.starts == 1
    assert first == second
    assert first[1] == {
        "pci_address": "0000:02:00.0",
        "memory_used_bytes": 2 * GIB,
        "memory_total_bytes": 24 * GIB,
        "utilisation_percent": 97,
        "power_w": 312.5,
        "temperature_c": 61,
        "unread": {},
    }


def test_that_a_refused_reading_is_empty_with_its_reason_and_comes_back(nvml: MadeUpNvml) -> None:
    meters = NvmlMeters()
    nvml.codes["power", 0] = 3
    reading = meters.sample()[0]
    assert reading["power_w"] is None
    assert reading["unread"] == {"power_w": "error 3, not supported"}
    assert reading["temperature_c"] == 61
    nvml.codes.clear()
    assert meters.sample()[0]["power_w"] == 312.5


def test_that_a_lost_card_keeps_its_line_and_is_asked_no_more(nvml: MadeUpNvml) -> None:
    meters = NvmlMeters()
    meters.sample()
    nvml.codes["rates", 0] = 15
    meters.sample()
    nvml.asked.clear()
    gone, other = meters.sample()
    assert 0 not in nvml.asked
    assert gone["pci_address"] == "0000:01:00.0"
    assert gone["unread"] == dict.fromkeys(FIELDS, "error 15, GPU is lost")
    assert gone["memory_used_bytes"] is None
    assert other["utilisation_percent"] == 97


def test_that_a_card_that_does_not_open_is_a_line_with_the_reason(nvml: MadeUpNvml) -> None:
    nvml.codes["open", 1] = 4
    first, second = NvmlMeters().sample()
    assert first["unread"] == {}
    assert second["unread"]["power_w"] == "error 4, no permission"


def test_that_an_unloaded_driver_is_started_with_again_after_a_while(
    nvml: MadeUpNvml, clock: SimpleNamespace
) -> None:
    meters = NvmlMeters()
    meters.sample()
    nvml.codes["power", 0] = 9
    meters.sample()
    nvml.codes.clear()
    assert meters.sample() == ()
    assert meters.problem == "error 9, driver not loaded"
    clock.now += 11
    assert len(meters.sample()) == 2
    assert (nvml.starts, meters.problem) == (2, None)


def test_that_a_driver_that_does_not_start_is_not_tried_every_second(
    nvml: MadeUpNvml, clock: SimpleNamespace
) -> None:
    nvml.start_code = 9
    meters = NvmlMeters()
    for _ in range(10):
        assert meters.sample() == ()
        clock.now += 1
    assert nvml.starts == 1
    assert meters.problem == "error 9, driver not loaded"
    nvml.start_code = 0
    clock.now += 1
    assert len(meters.sample()) == 2


@pytest.mark.parametrize("count", [257, 2**32 - 1])
def test_that_a_rubbish_count_is_no_trouble_of_the_cards(nvml: MadeUpNvml, count: int) -> None:
    nvml.count = count
    report = NvmlProbe().look()
    assert (report.outcome, report.code, report.detail) == ("found", None, "")
    assert len(report.cards) == 2
    assert len(NvmlMeters().sample()) == 2


def test_that_a_card_too_many_is_told(nvml: MadeUpNvml) -> None:
    nvml.count = 3
    report = NvmlProbe().look()
    assert len(report.cards) == 2
    assert ("card 3", "error 2, invalid argument") in report.steps


def test_that_of_two_possible_other_ends_none_is_chosen() -> None:
    calls = linked(1, nvmlDeviceGetNvLinkRemotePciInfo=refuse(3), nvmlDeviceGetP2PStatus=0)
    others = [Card("21", "0000:21:00.0"), Card("41", "0000:41:00.0")]
    assert read_links(calls, Card("01", "0000:01:00.0"), others, "8.6") == ()
    assert "links" in reasons(calls)


def test_that_a_newer_way_to_ask_for_the_temperature_is_found() -> None:
    calls = calls_of(nvmlDeviceGetTemperature=refuse(13), nvmlDeviceGetTemperatureV=55)
    assert nvml_meters._temperature(calls, None) == 55
