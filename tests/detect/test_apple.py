"""Macs, from what their own tools print."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest

from moeplanner_gui.core.detected import DetectedCard
from moeplanner_gui.detect.apple import AppleProbe
from moeplanner_gui.detect.bus import BusProbe
from moeplanner_gui.detect.bus_commands import Run
from moeplanner_gui.detect.sysfs import Unreadable
from tests.detect.system_folder import DATA

GIB = 2**30


def mac(name: str, change: Callable[[dict[str, str]], None] = lambda _: None) -> Run:
    folder = DATA / "apple" / name
    values: dict[str, str] = json.loads((folder / "sysctl.json").read_text())
    change(values)

    def run(arguments: Sequence[str]) -> str | Unreadable:
        tool = arguments[0].rpartition("/")[2]
        if tool == "sysctl":
            value = values.get(arguments[-1])
            return Unreadable("sysctl ended with 1") if value is None else value + "\n"
        path = folder / ("displays.json" if tool == "system_profiler" else "ioreg.txt")
        return path.read_text() if path.exists() else Unreadable(f"{tool} ended with 1")

    return run


def card_of(name: str) -> DetectedCard:
    report = AppleProbe("Darwin", mac(name)).look()
    assert report.outcome == "found", report
    (card,) = report.cards
    return card


def why(card: DetectedCard) -> dict[str, str]:
    return {unread.field: unread.because for unread in card.unread}


def test_that_every_field_of_an_m4_max_is_what_macos_says() -> None:
    card = card_of("m4-max-128")
    assert card == DetectedCard(
        vendor="Apple",
        probe="apple",
        name="Apple M4 Max",
        integrated=True,
        virtual=False,
        memory_kind="unified",
        memory_total_bytes=128 * GIB,
        gpu_cores=40,
        wired_limit_bytes=120 * GIB,
        drives_display=True,
        driver="Metal",
        unread=card.unread,
    )
    assert why(card) == {"memory_used_bytes": "the GPU shares the memory with everything else"}


def test_that_an_m3_ultra_without_screen_tells_its_cores_by_the_registry() -> None:
    card = card_of("m3-ultra-512")
    assert (card.name, card.gpu_cores) == ("Apple M3 Ultra", 80)
    assert card.memory_total_bytes == 512 * GIB
    assert card.drives_display is False
    # 0 is no limit of 0 bytes.
    assert card.wired_limit_bytes is None
    assert why(card)["wired_limit_bytes"] == "0: macOS decides by its own rule"


def test_that_a_translated_program_still_names_the_chip() -> None:
    card = card_of("m1-8gb")
    assert (card.name, card.gpu_cores, card.virtual) == ("Apple M1", 7, False)
    assert card.memory_total_bytes == 8 * GIB
    assert why(card)["wired_limit_bytes"] == "0: macOS decides by its own rule"


def test_that_macos_13_tells_the_limit_in_bytes() -> None:
    def limit(values: dict[str, str]) -> None:
        values["debug.iogpu.wired_limit"] = str(6 * GIB)

    (card,) = AppleProbe("Darwin", mac("m1-8gb", limit)).look().cards
    assert card.wired_limit_bytes == 6 * GIB


def test_that_a_limit_above_the_memory_is_no_limit() -> None:
    def limit(values: dict[str, str]) -> None:
        values["iogpu.wired_limit_mb"] = "200000"

    (card,) = AppleProbe("Darwin", mac("m4-max-128", limit)).look().cards
    assert card.wired_limit_bytes is None
    assert why(card)["wired_limit_bytes"] == (
        "iogpu.wired_limit_mb is 200000, more than there is memory"
    )


def test_that_an_intel_mac_is_told_apart_and_its_card_is_on_the_bus() -> None:
    report = AppleProbe("Darwin", mac("intel-imac-pro")).look()
    assert (report.outcome, report.detail) == ("no_device", "This Mac has no Apple chip.")
    (card,) = BusProbe(system="Darwin", run=mac("intel-imac-pro")).look().cards
    assert (card.vendor, card.name, card.pci_id) == ("AMD", "Radeon Pro Vega 64", "1002:6860")
    assert (card.integrated, card.drives_display) == (False, True)
    assert card.memory_total_bytes is None


def test_that_apples_own_gpu_is_on_no_bus() -> None:
    report = BusProbe(system="Darwin", run=mac("m4-max-128")).look()
    assert (report.outcome, report.cards) == ("no_device", ())


def test_that_a_virtual_mac_is_marked() -> None:
    def virtual(values: dict[str, str]) -> None:
        values["machdep.cpu.brand_string"] = "Apple M2 Pro (Virtual)"

    (card,) = AppleProbe("Darwin", mac("m4-max-128", virtual)).look().cards
    assert (card.virtual, card.name) == (True, "Apple M2 Pro (Virtual)")


def test_that_tools_which_do_not_answer_leave_fields_open() -> None:
    def run(arguments: Sequence[str]) -> str | Unreadable:
        if arguments[-1] == "machdep.cpu.brand_string":
            return "Apple M4 Max"
        return Unreadable(f"{arguments[0]} did not answer in 4 s")

    (card,) = AppleProbe("Darwin", run).look().cards
    assert card.name == "Apple M4 Max"
    assert (card.memory_total_bytes, card.gpu_cores, card.drives_display) == (None, None, None)
    assert set(why(card)) == {
        "memory_total_bytes",
        "memory_used_bytes",
        "gpu_cores",
        "wired_limit_bytes",
        "drives_display",
    }


@pytest.mark.parametrize("text", ["", "null", "[]", '{"SPDisplaysDataType": 7}', "[" * 100_000])
def test_that_nonsense_from_every_tool_is_a_report(text: str) -> None:
    for probe in (
        AppleProbe("Darwin", lambda _: text),
        BusProbe(system="Darwin", run=lambda _: text),
    ):
        report = probe.look()
        assert report.cards == ()
        assert report.outcome in {"no_device", "failed"}


def test_that_the_probe_has_nothing_to_ask_elsewhere() -> None:
    assert AppleProbe("Linux").look().outcome == "not_on_this_system"
    assert [AppleProbe().runs_on(system) for system in ("macos", "linux", "windows")] == [
        True,
        False,
        False,
    ]
