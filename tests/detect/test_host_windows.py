"""Windows machines: the JSON that PowerShell prints, whole and broken."""

import json
from pathlib import Path

import pytest

from moeplanner_gui.core.units import GIB
from moeplanner_gui.detect.host_windows import SCRIPT, parse_windows, read_windows
from tests.detect.host_folder import HOSTS, WINDOWS


def text_of(machine: str) -> str:
    return Path(HOSTS / machine / "windows.json").read_text(encoding="utf-8")


def test_that_a_desktop_is_read() -> None:
    host = parse_windows(text_of("windows-am5"), {"PROCESSOR_ARCHITECTURE": "AMD64"})
    assert host.cpu == "AMD Ryzen 9 7950X 16-Core Processor"
    assert (host.sockets, host.cores, host.threads) == (1, 16, 32)
    assert (host.memory_kind, host.memory_mt_s, host.memory_channels) == ("DDR5", 6000, 2)
    assert (host.memory_slots, host.memory_installed_bytes) == (4, 64 * GIB)
    assert host.memory_total_bytes == 66269532 * 1024
    assert host.memory_available_bytes == 51200000 * 1024
    assert host.board == "Micro-Star International Co., Ltd. MS-7D78"
    assert (host.chassis, host.virtual_machine, host.remote_session) == ("desktop", None, None)
    assert host.system_version == "Microsoft Windows 11 Pro, 10.0.26100"


def test_that_disks_have_what_is_free_of_their_drives_and_sticks_are_left_out() -> None:
    nvme, hdd = parse_windows(text_of("windows-am5"), {}).disks
    assert (nvme.kind, nvme.free_bytes) == ("nvme", 1_200_000_000_000)
    assert (hdd.kind, hdd.free_bytes) == ("hdd", 3_000_000_000_000)


def test_that_a_laptop_used_from_afar_is_read() -> None:
    host = parse_windows(text_of("windows-laptop-remote"), {"SESSIONNAME": "RDP-Tcp#12"})
    assert (host.chassis, host.remote_session) == ("laptop", "Remote Desktop")
    assert (host.memory_kind, host.memory_mt_s) == ("LPDDR5", 5600)
    # A piece of 16 bits is no channel of 64: what the chip has is not told.
    assert host.memory_channels is None
    assert [disk.free_bytes for disk in host.disks] == [419_720_000_000 + 391_270_000_000]


@pytest.mark.parametrize(
    ("maker", "model", "name"),
    [
        ("Microsoft Corporation", "Virtual Machine", "Hyper-V"),
        ("VMware, Inc.", "VMware20,1", "VMware"),
        ("innotek GmbH", "VirtualBox", "VirtualBox"),
        ("QEMU", "Standard PC (Q35 + ICH9, 2009)", "QEMU"),
        ("Microsoft Corporation", "Surface Laptop 7", None),
        ("Google", "Google Compute Engine", "Google Compute Engine"),
    ],
)
def test_that_a_virtual_machine_is_known_by_its_firmware(
    maker: str, model: str, name: str | None
) -> None:
    told = json.loads(text_of("windows-am5"))
    told["system"] = [{"Manufacturer": maker, "Model": model}]
    assert parse_windows(json.dumps(told), {}).virtual_machine == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "{",
        '"x"',
        "[[[[",
        "[" * 100_000,
        '{"cpu": [null, 1, "x", []], "memory": {"Capacity": -1}, "disks": 7}',
        '{"cpu": [{"Name": 3, "NumberOfCores": true}], "os": [{"TotalVisibleMemorySize": 1e99}]}',
        '{"memory": [{"Capacity": 1e3, "ConfiguredClockSpeed": 99999999999, "DataWidth": "x"}]}',
        '{"chassis": [{"ChassisTypes": ["x"]}], "disks": [{"Size": 9999999999999999999999}]}',
        '{"os": [{"TotalVisibleMemorySize": "' + "9" * 5000 + '"}]}',
    ],
)
def test_that_any_answer_of_powershell_is_survived(text: str) -> None:
    host = parse_windows(text, {})
    assert host.system == "windows"
    assert host.memory_total_bytes is None
    assert {one.field for one in host.unread} >= {"cpu", "memory_total_bytes", "memory_mt_s"}


def test_that_a_slow_machine_loses_its_disks_only() -> None:
    told = json.loads(text_of("windows-am5"))
    late = ("disks", "partitions", "volumes")
    first = json.dumps({name: rows for name, rows in told.items() if name not in late})
    second = json.dumps({name: told[name] for name in late})
    whole = parse_windows(f"\ufeff{first}\r\n{second}\r\n", {})
    assert whole == parse_windows(text_of("windows-am5"), {})
    cut = parse_windows(f"{first}\r\n{second[:40]}", {})
    assert cut == whole.model_copy(update={"disks": ()})


def test_that_a_powershell_that_does_not_start_is_said() -> None:
    def broken() -> str:
        raise FileNotFoundError("powershell.exe")

    host, steps = read_windows({}, broken)
    assert host.cpu is None
    assert "FileNotFoundError" in steps[0][1]


def test_that_the_script_asks_for_no_serial_number_and_no_name_of_anybody() -> None:
    lower = SCRIPT.lower()
    for word in ("serial", "uuid", "username", "dnshostname", "*)", "select-object name\n"):
        assert word not in lower
    assert WINDOWS == ["windows-am5", "windows-laptop-remote"]
