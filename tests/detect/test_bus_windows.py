"""Windows' display adapters, from listings as its tools print them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from moeplanner_gui.detect.amd import AmdProbe
from moeplanner_gui.detect.bus import BusProbe
from moeplanner_gui.detect.bus_commands import Run
from moeplanner_gui.detect.bus_windows import (
    adapters,
    controllers,
    memory_size,
    pci_address,
    registry,
)
from moeplanner_gui.detect.intel import IntelProbe
from moeplanner_gui.detect.sysfs import Unreadable
from tests.detect.system_folder import DATA

FOLDER = DATA / "amd" / "windows-two-r9700"
MIB = 2**20


def printed(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def windows(arguments: Sequence[str]) -> str | Unreadable:
    if arguments[0] == "powershell.exe":
        return printed("controllers.json")
    key = arguments[2]
    if key.endswith("bfc1-08002be10318}"):
        return printed("class.txt")
    for name in ("place-1.txt", "place-2.txt", "place-3.txt"):
        if key.rpartition("\\")[2] in printed(name):
            return printed(name)
    return Unreadable("reg.exe ended with 1")


def without(tool: str) -> Run:
    def run(arguments: Sequence[str]) -> str | Unreadable:
        if arguments[0] == tool:
            return Unreadable(f"{tool} did not answer in 4 s")
        return windows(arguments)

    return run


def test_that_a_32_gb_card_is_one_and_two_equal_cards_keep_their_own_sizes() -> None:
    report = AmdProbe(system="Windows", run=windows).look()
    assert report.outcome == "found"
    first, second = report.cards
    assert first.memory_total_bytes == 32624 * MIB
    assert second.memory_total_bytes == 30576 * MIB
    assert [first.pci_address, second.pci_address] == ["0000:03:00.0", "0000:0a:00.0"]
    assert [first.drives_display, second.drives_display] == [True, False]
    assert {card.pci_id for card in report.cards} == {"1002:7551"}
    assert {card.subsystem_id for card in report.cards} == {"1002:0E0C"}
    assert {card.name for card in report.cards} == {"AMD Radeon AI PRO R9700"}
    assert {card.driver for card in report.cards} == {"32.0.21025.10016"}
    assert {card.memory_kind for card in report.cards} == {"dedicated"}


def test_that_a_processors_gpu_has_no_memory_of_its_own() -> None:
    (card,) = IntelProbe(system="Windows", run=windows).look().cards
    assert (card.integrated, card.memory_kind) == (True, "shared")
    assert card.memory_total_bytes is None
    assert card.unread[0].because == "the GPU borrows the computer's memory"


def test_that_the_bus_lists_each_adapter_once_and_no_remote_one() -> None:
    report = BusProbe(system="Windows", run=windows).look()
    assert [(card.vendor, card.pci_address) for card in report.cards] == [
        ("AMD", "0000:03:00.0"),
        ("AMD", "0000:0a:00.0"),
        ("Intel", "0000:00:02.0"),
    ]
    assert all(card.memory_total_bytes is None for card in report.cards)


def test_that_a_silent_registry_leaves_the_size_unknown() -> None:
    report = AmdProbe(system="Windows", run=without("reg.exe")).look()
    assert [card.memory_total_bytes for card in report.cards] == [None, None]
    assert report.cards[0].unread[0].because == "reg.exe did not answer in 4 s"
    assert report.cards[0].pci_address is None


@pytest.mark.parametrize("probe", [AmdProbe, IntelProbe, BusProbe])
def test_that_a_silent_powershell_is_a_failure_with_its_reason(
    probe: type[AmdProbe | IntelProbe | BusProbe],
) -> None:
    report = probe(system="Windows", run=without("powershell.exe")).look()
    assert (report.outcome, report.cards) == ("failed", ())
    assert report.detail == "powershell.exe did not answer in 4 s"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"qwMemorySize": ("REG_QWORD", "0x800000000")}, 32 * 2**30),
        ({"qwMemorySize": ("REG_BINARY", "0000000008000000")}, 32 * 2**30),
        ({"qwMemorySize": ("REG_BINARY", "0000F0FF")}, 4293918720),
        (
            {"qwMemorySize": ("REG_DWORD", "0xfff00000")},
            "the driver gives the size in 32 bits only, which end at 4 GB",
        ),
        (
            {"MemorySize": ("REG_DWORD", "0xfff00000")},
            "the driver gives the size in 32 bits only, which end at 4 GB",
        ),
        ({}, "the driver has not written the memory's size"),
        ({"qwMemorySize": ("REG_QWORD", "lots")}, "the registry says lots"),
        ({"qwMemorySize": ("REG_QWORD", "0x0")}, "the registry says 0 bytes, which cannot be"),
        ({"qwMemorySize": ("REG_QWORD", "-0x1")}, "the registry says -1 bytes, which cannot be"),
    ],
)
def test_that_the_size_is_the_drivers_64_bits_or_unknown(
    values: dict[str, tuple[str, str]], expected: int | str
) -> None:
    key = "HKEY_LOCAL_MACHINE\\X\\0000"
    lines = [
        f"    HardwareInformation.{name}    {kind}    {value}"
        for name, (kind, value) in values.items()
    ]
    read = registry("\n".join([key, *lines]))[key.lower()]
    found = memory_size(read)
    assert (found.because if isinstance(found, Unreadable) else found) == expected


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("@System32\\drivers\\pci.sys,#65536;PCI bus %1, device %2;(3,0,0)", "0000:03:00.0"),
        ("PCI bus 10, device 2, function 1", "0000:0a:02.1"),
        ("PCI-Bus 3, Gerät 0, Funktion 0", None),
        ("(300,0,0)", None),
        ("", None),
    ],
)
def test_that_a_location_becomes_an_address_or_nothing(text: str, address: str | None) -> None:
    assert pci_address(text) == address


def test_that_one_adapter_and_a_wrapped_list_are_read_too() -> None:
    row = {"PNPDeviceID": "PCI\\VEN_10DE&DEV_2204\\4&1"}
    assert controllers(json.dumps(row)) == [row]
    assert controllers("\ufeff" + json.dumps({"value": [row], "Count": 1})) == [row]


@pytest.mark.parametrize("text", ["", "Get-CimInstance : Access denied", "[" * 100_000, "7"])
def test_that_other_output_of_powershell_is_a_reason(text: str) -> None:
    assert isinstance(adapters(lambda _: text), Unreadable)


@pytest.mark.parametrize(
    "pnp", [None, 7, "", "ROOT\\DISPLAY\\0000", "PCI\\VEN_1002", 'PCI\\VEN_1002&DEV_7551&X" & calc']
)
def test_that_odd_device_names_are_passed_over_and_reach_no_command(pnp: object) -> None:
    asked: list[Sequence[str]] = []

    def run(arguments: Sequence[str]) -> str:
        asked.append(arguments)
        return json.dumps([{"PNPDeviceID": pnp}]) if arguments[0] == "powershell.exe" else ""

    assert adapters(run) == []
    assert len(asked) == 2


def test_that_powershell_is_not_started_for_a_vendor_that_never_had_a_driver() -> None:
    asked: list[str] = []

    def run(arguments: Sequence[str]) -> str | Unreadable:
        asked.append(arguments[0])
        return windows(arguments)

    assert adapters(run, "1ED5") == []
    assert asked == ["reg.exe"]


def test_that_a_disabled_adapter_is_listed_with_its_code() -> None:
    rows = json.loads(printed("controllers.json"))
    rows[0]["ConfigManagerErrorCode"] = 43

    def run(arguments: Sequence[str]) -> str | Unreadable:
        return json.dumps(rows) if arguments[0] == "powershell.exe" else windows(arguments)

    assert BusProbe(system="Windows", run=run).look().steps[0] == ("1002:7551", "code 43")
