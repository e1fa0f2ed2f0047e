"""Live readings: newest ones at once, a reason where there are none, and nothing left running."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from moeplanner_gui.detect import meters_child
from moeplanner_gui.detect.bus_pci import AMD, display_devices
from moeplanner_gui.detect.meters import SILENCE_S, MeterReader, meters_command
from tests.detect.left_behind import children
from tests.detect.system_folder import grown, needs_sysfs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the strange meters use signals")

STRANGE = str(Path(__file__).with_name("strange_meters.py"))


def reader(how: str, silence_s: float = 30.0) -> MeterReader:
    return MeterReader(lambda: [sys.executable, "-I", "-S", STRANGE, how], silence_s)


def until(is_so: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_so():
            return True
        threading.Event().wait(0.005)
    return is_so()


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    before = children()
    yield
    assert until(lambda: children() <= before, 5)


def test_that_a_reading_has_every_figure() -> None:
    meters = reader("reads")
    assert (meters.latest(), meters.problem()) == (None, None)
    meters.start()
    assert until(lambda: meters.latest() is not None)
    (card,) = meters.latest() or ()
    assert card.pci_address == "0000:01:00.0"
    assert (card.memory_used_bytes, card.memory_total_bytes) == (2**30, 24 * 2**30)
    assert (card.utilisation_percent, card.power_w, card.temperature_c) == (3, 21.3, 41)
    assert meters.problem() is None
    meters.stop()
    assert (meters.latest(), meters.problem()) == (None, None)


def test_that_stopping_answers_at_once_and_the_process_is_gone_within_a_second() -> None:
    before = children()
    meters = reader("hangs at once")
    meters.start()
    assert until(lambda: children() > before)
    began = time.monotonic()
    meters.stop()
    assert time.monotonic() - began < 0.1
    assert until(lambda: children() <= before, 1.0)


def test_that_stopping_before_the_process_runs_stops_it_too() -> None:
    before = children()
    for _ in range(20):
        meters = reader("reads")
        meters.start()
        meters.stop()
    assert until(lambda: children() <= before, 5)
    assert until(lambda: not any(t.name == "meters" for t in threading.enumerate()), 5)


def test_that_starting_twice_runs_one_and_stopping_twice_is_no_error() -> None:
    before = children()
    meters = reader("reads")
    meters.start()
    meters.start()
    assert until(lambda: meters.latest() is not None)
    assert len(children() - before) == 1
    meters.stop()
    meters.stop()


def test_that_the_program_waits_five_seconds_for_a_driver() -> None:
    assert SILENCE_S == 5.0


@pytest.mark.parametrize("how", ["hangs at once", "hangs later"])
def test_that_a_driver_that_hangs_is_a_problem_and_the_old_reading_is_not_shown(how: str) -> None:
    meters = reader(how, 0.5)
    meters.start()
    assert until(lambda: meters.problem() is not None)
    assert "has not answered" in (meters.problem() or "")
    assert meters.latest() is None
    meters.stop()
    assert meters.problem() is None


def test_that_a_driver_that_comes_back_is_no_problem_any_more() -> None:
    meters = reader("hangs and comes back", 0.4)
    meters.start()
    assert until(lambda: meters.problem() is not None)
    assert until(lambda: meters.problem() is None)
    assert [card.temperature_c for card in meters.latest() or ()] == [42]
    meters.stop()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("crashes", "crashed (SIGSEGV)"),
        ("ends", "ended (code 0)"),
        ("gives up", "The driver hangs."),
        ("talks rubbish", "not be understood"),
        ("tells nonsense", "not be understood"),
        ("never ends its line", "not be understood"),
    ],
)
def test_that_a_process_that_dies_or_talks_rubbish_is_a_problem_that_says_so(
    how: str, words: str
) -> None:
    meters = reader(how)
    meters.start()
    assert until(lambda: meters.problem() is not None)
    assert words in (meters.problem() or "")
    assert meters.latest() is None
    meters.stop()


def test_that_a_driver_that_is_not_loaded_is_said_in_its_own_words() -> None:
    meters = reader("has no driver")
    meters.start()
    assert until(lambda: meters.problem() is not None)
    assert meters.problem() == "NVIDIA's cards cannot be read: error 9, driver not loaded."
    meters.stop()


def test_that_a_program_that_cannot_be_started_is_a_problem() -> None:
    meters = MeterReader(lambda: ["/nowhere/at/all"])
    meters.start()
    assert until(lambda: meters.problem() is not None)
    meters.stop()


def test_that_only_the_newest_of_a_thousand_readings_is_kept() -> None:
    import tracemalloc

    meters = reader("reads a lot")
    tracemalloc.start()
    meters.start()

    def last() -> int | None:
        return next((card.memory_used_bytes for card in meters.latest() or ()), None)

    assert until(lambda: last() is not None)
    before = tracemalloc.get_traced_memory()[0]
    assert until(lambda: last() == 1000)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    meters.stop()
    assert grown < 100_000


def test_that_starting_and_stopping_leaves_no_descriptor() -> None:
    def once() -> None:
        meters = reader("reads")
        meters.start()
        assert until(lambda: meters.latest() is not None)
        meters.stop()
        assert until(lambda: not any(t.name == "meters" for t in threading.enumerate()))

    once()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(10):
        once()
    assert len(os.listdir("/proc/self/fd")) <= before


def test_that_the_program_s_own_process_reads_the_cards(
    nvml_machine: Callable[[str], None],
) -> None:
    nvml_machine("two-3090")
    meters = MeterReader()
    meters.start()
    assert until(lambda: meters.latest() is not None)
    cards = meters.latest() or ()
    meters.stop()
    assert len(cards) == 2
    assert {card.memory_total_bytes for card in cards} == {24576 * 2**20}
    assert all(card.power_w is not None for card in cards)


def test_that_the_program_s_own_process_hanging_in_the_driver_is_a_problem(
    nvml_machine: Callable[[str], None],
) -> None:
    nvml_machine("hang")
    meters = MeterReader(meters_command, silence_s=1.0)
    meters.start()
    assert until(lambda: meters.problem() is not None)
    meters.stop()


def test_that_the_process_ends_when_nobody_reads_any_more() -> None:
    # Without its reader each further line fails, and the loop ends.
    code = (
        "import os\nfrom moeplanner_gui.detect import meters_child\n"
        "read, write = os.pipe(); os.close(read); os.dup2(write, 1)\n"
        "meters_child.run_meters(0.01)"
    )
    import subprocess

    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


@pytest.fixture
def amd_card(tmp_path: Path) -> Path:
    device = tmp_path / "0000:03:00.0"
    (device / "hwmon" / "hwmon3").mkdir(parents=True)
    for name, text in {
        "mem_info_vram_used": "1073741824",
        "mem_info_vram_total": "25753026560",
        "gpu_busy_percent": "17",
        "hwmon/hwmon3/power1_average": "41000000",
        "hwmon/hwmon3/temp1_input": "43500",
    }.items():
        (device / name).write_text(f"{text}\n")
    return device


def test_that_an_amd_card_is_read_from_its_driver_s_files(amd_card: Path) -> None:
    sample = meters_child.amd_sample(amd_card, "0000:03:00.0")
    assert sample == {
        "pci_address": "0000:03:00.0",
        "memory_used_bytes": 2**30,
        "memory_total_bytes": 25753026560,
        "utilisation_percent": 17,
        "power_w": 41.0,
        "temperature_c": 44,
        "unread": {},
    }
    json.dumps(sample)


def test_that_a_newer_amd_driver_tells_power_under_another_name(amd_card: Path) -> None:
    (amd_card / "hwmon/hwmon3/power1_average").rename(amd_card / "hwmon/hwmon3/power1_input")
    assert meters_child.amd_sample(amd_card, "x")["power_w"] == 41.0


def test_that_a_server_card_tells_the_heat_of_its_hottest_point(amd_card: Path) -> None:
    (amd_card / "hwmon/hwmon3/temp1_input").rename(amd_card / "hwmon/hwmon3/temp2_input")
    sample = meters_child.amd_sample(amd_card, "x")
    assert (sample["temperature_c"], sample["unread"]) == (44, {})


def test_that_of_a_machine_s_whole_memory_the_larger_part_is_shown(amd_card: Path) -> None:
    for name, size in (("gtt_total", 103_079_215_104), ("gtt_used", 1_610_612_736)):
        (amd_card / f"mem_info_{name}").write_text(f"{size}\n")
    shown = ("memory_used_bytes", "memory_total_bytes")
    of_all = meters_child.amd_sample(amd_card, "x", all_memory=True)
    assert [of_all[one] for one in shown] == [1_610_612_736, 103_079_215_104]
    of_card = meters_child.amd_sample(amd_card, "x")
    assert [of_card[one] for one in shown] == [2**30, 25753026560]
    (amd_card / "mem_info_gtt_total").write_text("4294967296\n")
    set_aside = meters_child.amd_sample(amd_card, "x", all_memory=True)
    assert [set_aside[one] for one in shown] == [2**30, 25753026560]


@needs_sysfs()
def test_that_only_machines_with_one_memory_show_what_they_borrow(tmp_path: Path) -> None:
    for machine, whole in (("amd/strix-halo-128", True), ("amd/rx7900xtx", False)):
        root = grown(machine, tmp_path / machine)
        device = next(one for one in display_devices(root / "sys") if one.vendor == AMD)
        assert meters_child.has_all_memory(device) is whole


def test_that_what_an_amd_card_does_not_tell_has_a_reason(amd_card: Path) -> None:
    (amd_card / "gpu_busy_percent").unlink()
    (amd_card / "mem_info_vram_used").write_text("many\n")
    sample = meters_child.amd_sample(amd_card, "x")
    assert sample["utilisation_percent"] is None
    assert sample["memory_used_bytes"] is None
    assert set(sample["unread"]) == {"utilisation_percent", "memory_used_bytes"}
    assert sample["temperature_c"] == 44
