"""Live meters on a driver that hangs or crashes midway: the program looks and never waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from threading import Event

import pytest

from moeplanner_gui.detect.meters import SILENCE_S, MeterReader
from tests.detect.compiled_stub import why_not
from tests.detect.stub_scenarios import SCENARIOS, Scenario, nvml_environment
from tests.detect.test_nvml_process import children

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

TWO = SCENARIOS["two-3090"].text
A_CALL_OF_EACH_READING = "nvmlDeviceGetUtilizationRates"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., MeterReader]]:
    readers = []

    def start(text: str, silence_s: float = 60.0) -> MeterReader:
        for name, value in nvml_environment(Scenario("", text)).items():
            monkeypatch.setenv(name, value)
        reader = MeterReader(silence_s=silence_s)
        readers.append(reader)
        reader.start()
        return reader

    yield start
    for reader in readers:
        reader.stop()


def until(happens: Callable[[], object], seconds: float = 30.0) -> None:
    """Look again and again, as the window does."""
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "it never happened"
        Event().wait(0.02)


def test_that_silence_of_five_seconds_is_a_hung_driver() -> None:
    assert SILENCE_S == 5.0


def test_that_both_cards_are_read_by_their_address(started: Callable[..., MeterReader]) -> None:
    reader = started(TWO)
    until(lambda: reader.latest() is not None)
    cards = {card.pci_address: card for card in reader.latest() or ()}
    assert set(cards) >= {"0000:01:00.0", "0000:21:00.0"}
    card = cards["0000:01:00.0"]
    assert (card.utilisation_percent, card.temperature_c, card.power_w) == (3, 41, 21.3)
    assert reader.problem() is None


def test_that_a_driver_that_hangs_midway_is_a_problem_and_ends_with_the_meters(
    started: Callable[..., MeterReader],
) -> None:
    before = children()
    reader = started(TWO + f"hang {A_CALL_OF_EACH_READING} 30 2\n", silence_s=2.0)
    until(lambda: reader.latest() is not None)
    until(lambda: reader.problem() is not None)
    assert reader.latest() is None, "an old figure is not shown as today's"
    reader.stop()
    until(lambda: children() <= before)


def test_that_a_crash_midway_is_a_problem_and_leaves_no_zombie(
    started: Callable[..., MeterReader],
) -> None:
    before = children()
    reader = started(TWO + f"crash {A_CALL_OF_EACH_READING} 0 2\n")
    until(lambda: "SIGSEGV" in (reader.problem() or ""))
    assert reader.latest() is None
    until(lambda: children() <= before)


def test_that_a_lost_card_keeps_its_line_and_the_other_its_figures(
    started: Callable[..., MeterReader],
) -> None:
    reader = started(TWO + f"error {A_CALL_OF_EACH_READING} 1 15 1\n")

    def is_lost() -> bool:
        cards = {card.pci_address: card for card in reader.latest() or ()}
        return bool(cards) and cards["0000:21:00.0"].utilisation_percent is None

    until(is_lost)
    cards = {card.pci_address: card for card in reader.latest() or ()}
    assert "lost" in cards["0000:21:00.0"].unread["utilisation_percent"]
    assert cards["0000:01:00.0"].utilisation_percent == 3


def test_that_a_driver_that_is_not_loaded_is_said_not_shown_as_zero(
    started: Callable[..., MeterReader],
) -> None:
    reader = started(SCENARIOS["driver-not-loaded"].text)
    until(lambda: reader.problem() is not None)
    assert "9" in (reader.problem() or "")
    assert reader.latest() is None
