"""AMD's own Python module, played by objects that answer, refuse, crash and hang."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import time
from types import SimpleNamespace
from typing import Any

import pytest

from moeplanner_gui.detect.amd_smi import ask_library
from moeplanner_gui.detect.amd_sysfs import LibraryAnswer
from moeplanner_gui.detect.bus_commands import ask_apart

forks = pytest.mark.skipif(sys.platform == "win32", reason="no process can be copied on Windows")


def refused(*_: object) -> object:
    raise RuntimeError("AMDSMI_STATUS_NOT_SUPPORTED")


def module(**calls: Any) -> SimpleNamespace:
    """The module as ROCm 6.4 has it; ``calls`` are put over it."""
    usual = {
        "amdsmi_init": lambda: None,
        "amdsmi_get_processor_handles": lambda: ["one"],
        "amdsmi_get_gpu_device_bdf": lambda _: "0000:0C:00.0",
        "amdsmi_get_gpu_asic_info": lambda _: {"market_name": "AMD Instinct MI300X"},
        "amdsmi_get_gpu_vram_info": lambda _: {
            "vram_type": 3,
            "vram_bit_width": 8192,
            "vram_max_bandwidth": 5325,
        },
        "amdsmi_get_gpu_ecc_enabled": lambda _: 0x1D7FF,
    }
    return SimpleNamespace(**{**usual, **calls})


def asked(smi: Any, timeout_s: float = 10) -> tuple[dict[str, LibraryAnswer], str]:
    return ask_library(lambda _: smi, timeout_s)


def test_that_the_library_answers_by_address() -> None:
    expected = LibraryAnswer("AMD Instinct MI300X", 8192, 5325, True)
    assert asked(module()) == ({"0000:0c:00.0": expected}, "1 cards")


def test_that_an_older_release_answers_what_it_has() -> None:
    older = module(
        amdsmi_get_gpu_vram_info=lambda _: {"vram_type": 3, "vram_bit_width": 4096},
        amdsmi_get_gpu_asic_info=lambda _: {"market_name": "N/A"},
    )
    del older.amdsmi_get_gpu_ecc_enabled
    answers, _ = asked(older)
    assert answers == {"0000:0c:00.0": LibraryAnswer("N/A", 4096, None, None)}


def test_that_calls_which_the_card_refuses_leave_their_fields_open() -> None:
    refusing = module(
        amdsmi_get_gpu_vram_info=refused,
        amdsmi_get_gpu_asic_info=refused,
        amdsmi_get_gpu_ecc_enabled=refused,
    )
    assert asked(refusing)[0] == {"0000:0c:00.0": LibraryAnswer()}


@pytest.mark.parametrize("value", ["N/A", -1, 0, 0xFFFF, 2**31 - 1, 2**70, True, None, [1]])
def test_that_what_stands_for_nothing_is_nothing(value: object) -> None:
    odd = module(
        amdsmi_get_gpu_vram_info=lambda _: {"vram_bit_width": value, "vram_max_bandwidth": value}
    )
    (answer,) = asked(odd)[0].values()
    assert (answer.bus_bits, answer.bandwidth_gbs) == (None, None)


def test_that_a_missing_module_and_a_missing_driver_are_said_in_a_line() -> None:
    answers, said = ask_library()
    assert answers == {} and said.startswith("ModuleNotFoundError")
    answers, said = asked(module(amdsmi_init=refused))
    assert (answers, said) == ({}, "RuntimeError: AMDSMI_STATUS_NOT_SUPPORTED")


@forks
def test_that_a_crash_inside_the_library_costs_its_answer_only() -> None:
    def crash() -> None:
        faulthandler.disable()  # of the test runner; it would print all its callers
        os.kill(os.getpid(), signal.SIGSEGV)

    assert asked(module(amdsmi_init=crash)) == ({}, "crashed (SIGSEGV)")


@forks
def test_that_a_library_that_leaves_the_process_is_noticed() -> None:
    assert asked(module(amdsmi_init=lambda: os._exit(3))) == (
        {},
        "ended without an answer (3)",
    )


@forks
def test_that_a_library_that_hangs_is_given_up() -> None:
    start = time.monotonic()
    hanging = module(amdsmi_init=signal.pause)
    assert asked(hanging, timeout_s=0.2) == ({}, "no answer in 0.2 s")
    assert time.monotonic() - start < 5


@forks
def test_that_what_the_library_prints_reaches_no_standard_output(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert asked(module(amdsmi_init=lambda: os.write(1, b"banner\n")))[1] == "1 cards"
    assert capfd.readouterr().out == ""


@forks
def test_that_a_copy_holds_none_of_the_programs_pipes_open() -> None:
    reading, writing = os.pipe()

    def held() -> list[int]:
        return [handle for handle in (reading, writing) if _is_open(handle)]

    try:
        assert ask_apart(held, 10) == []
    finally:
        os.close(reading)
        os.close(writing)


def _is_open(handle: int) -> bool:
    try:
        os.fstat(handle)
    except OSError:
        return False
    return True
