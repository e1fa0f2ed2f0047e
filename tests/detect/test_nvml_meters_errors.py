"""Live readings while the driver fails: every error on every call, from the start or midway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from moeplanner_gui.detect.nvml_meters import FIELDS
from tests.detect.compiled_stub import why_not
from tests.detect.every_fault import looked
from tests.detect.stub_scenarios import DRIVER, rtx_3090
from tests.detect.test_nvml_errors import BASE, CODES, NOT_IN_PYNVML, PER_CARD_BASE

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

TWO = DRIVER + rtx_3090(1, used=500) + rtx_3090(0x21, used=8371)
DRIVER_IS_GONE = (1, 9)
"""After one of these NVML is begun with anew: no card can be read."""


@dataclass(frozen=True)
class Reading:
    call: str
    card: str
    code: int
    samples: list[list[dict[str, Any]]]
    problem: str | None

    def __str__(self) -> str:
        return f"{self.call} gives {self.code} for card {self.card}"


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return looked(TWO, [""], tmp_path_factory.mktemp("meters") / "log", "meters")[0]


@pytest.fixture(scope="module")
def readings(healthy: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> list[Reading]:
    """Each call, for all cards, for the second, and for the second from its second call on."""
    calls = sorted({line.split()[0] for line in healthy["log"]})
    faults = [
        f"error {call} {card} {code} {after}\n"
        for call in calls
        for card, after in (("*", 0), ("1", 0), ("1", 1))
        for code in (*CODES, *NOT_IN_PYNVML)
    ]
    answers = looked(TWO, faults, tmp_path_factory.mktemp("meters") / "log", "meters")
    assert answers[-1] == {"missing": []}
    made = []
    for answer in answers[:-1]:
        _, call, card, code, _ = answer["fault"].split()
        made.append(Reading(call, card, int(code), answer["samples"], answer["problem"]))
    return made


def test_that_a_healthy_machine_is_read_whole(healthy: dict[str, Any]) -> None:
    assert healthy["problem"] is None
    for moment in healthy["samples"]:
        assert [card["pci_address"] for card in moment] == ["0000:01:00.0", "0000:21:00.0"]
        assert all(card[field] is not None for card in moment for field in FIELDS)


def test_that_a_reading_is_true_or_empty_with_a_reason(
    healthy: dict[str, Any], readings: list[Reading]
) -> None:
    right = {card["pci_address"]: card for card in healthy["samples"][0]}
    wrong = []
    for reading in readings:
        for card in (card for moment in reading.samples for card in moment):
            for field in FIELDS:
                value, true = card[field], right.get(card["pci_address"], {}).get(field)
                if value is None and not card["unread"].get(field):
                    wrong.append(f"{reading}: no {field}, and no reason")
                if value is None or value == true or card["pci_address"] is None:
                    continue
                # The older question counts the driver's reserve as used: more, never less.
                if field != "memory_used_bytes" or value < (true or 0):
                    wrong.append(f"{reading}: {field} is {value}")
    assert not wrong


def test_that_nothing_to_show_has_a_reason(readings: list[Reading]) -> None:
    wrong = [
        str(reading) for reading in readings if not reading.samples[-1] and not reading.problem
    ]
    assert not wrong


def test_that_the_other_card_goes_on(healthy: dict[str, Any], readings: list[Reading]) -> None:
    wrong = []
    for reading in readings:
        if reading.card != "1" or reading.code in DRIVER_IS_GONE:
            continue
        for moment in reading.samples:
            if not moment or moment[0] != healthy["samples"][0][0]:
                wrong.append(str(reading))
    assert not wrong


def test_that_a_driver_that_does_not_start_is_told_with_its_code(
    readings: list[Reading],
) -> None:
    for reading in readings:
        if reading.call in BASE and reading.card == "*":
            assert reading.samples == [[], [], []], str(reading)
            assert reading.problem is not None and str(reading.code) in reading.problem


def test_that_a_card_that_cannot_be_opened_keeps_its_line(readings: list[Reading]) -> None:
    for reading in readings:
        if reading.call in PER_CARD_BASE and reading.card == "1" and reading.samples[0]:
            assert len(reading.samples[0]) == 2, str(reading)
