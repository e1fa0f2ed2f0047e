"""Macs: what sysctl, vm_stat and the profiler print, whole and broken."""

import json
from collections.abc import Sequence

import pytest

from moeplanner_gui.core.detected import DetectedHost
from moeplanner_gui.core.units import GIB
from moeplanner_gui.detect.host_macos import parse_macos, read_macos
from tests.detect.host_folder import HOSTS, MACS


def mac(machine: str, **environment: str) -> DetectedHost:
    texts = [
        (HOSTS / machine / name).read_text(encoding="utf-8")
        for name in ("sysctl.txt", "vm_stat.txt", "profiler.json")
    ]
    return parse_macos(texts[0], texts[1], texts[2], environment, 300 * GIB)


def test_that_a_mac_studio_is_read() -> None:
    host = mac("mac-studio-m2-ultra")
    assert (host.cpu, host.architecture) == ("Apple M2 Ultra", "arm64")
    assert (host.cores, host.threads, host.sockets) == (24, 24, 1)
    assert host.memory_total_bytes == 64 * GIB
    assert host.memory_available_bytes == (1_200_000 + 800_000 + 50_000) * 16384
    assert (host.memory_kind, host.product) == ("LPDDR5", "Mac Studio (Mac14,14)")
    assert (host.chassis, host.virtual_machine) == ("mini", None)
    assert [one.because for one in host.unread] == ["the memory is part of the chip"] * 2


def test_that_a_macbook_is_a_laptop_with_its_disk() -> None:
    host = mac("macbook-m4-max", SSH_CLIENT="203.0.113.9 1 22")
    assert (host.chassis, host.remote_session) == ("laptop", "SSH")
    (disk,) = host.disks
    assert (disk.name, disk.kind, disk.free_bytes) == ("APPLE SSD AP1024Z", "nvme", 300 * GIB)


@pytest.mark.parametrize("machine", MACS)
def test_that_no_serial_number_of_a_mac_is_read(machine: str) -> None:
    assert "MUST-NOT-BE-READ" not in mac(machine).model_dump_json()


def test_that_a_mac_in_a_virtual_machine_is_one() -> None:
    host = parse_macos("kern.hv_vmm_present: 1\nhw.model: VirtualMac2,1", "", "", {}, None)
    assert host.virtual_machine == "Apple Virtualization"


@pytest.mark.parametrize("text", ["", "x", "{", "[1]", "\0" * 100, "hw.memsize: " + "9" * 400])
def test_that_any_answer_of_macos_is_survived(text: str) -> None:
    host = parse_macos(text, text, text, {}, None)
    assert host.system == "macos"
    assert host.memory_total_bytes is None and host.memory_available_bytes is None


@pytest.mark.parametrize(
    "part",
    [
        {"SPNVMeDataType": [{"_items": [{"size_in_bytes": -1, "device_model": 7}, None, 3]}, 4]},
        {"SPMemoryDataType": [{"_items": [7, None]}]},
        {"SPMemoryDataType": {}, "SPHardwareDataType": [[]]},
    ],
)
def test_that_odd_parts_of_the_profiler_are_survived(part: dict[str, object]) -> None:
    assert parse_macos("", "", json.dumps(part), {}, None).memory_kind is None


def test_that_more_free_pages_than_memory_are_not_believed() -> None:
    pages = "page size of 16384 bytes\nPages free: 99999999999.\n"
    assert parse_macos("hw.memsize: 8589934592", pages, "", {}, None).memory_available_bytes is None


def test_that_a_command_that_fails_leaves_the_others() -> None:
    def run(command: Sequence[str]) -> str:
        if "sysctl" in command[0]:
            return "hw.memsize: 8589934592\n"
        raise OSError("no such program")

    host, steps = read_macos({}, run, lambda path: None)
    assert host.memory_total_bytes == 8 * GIB
    assert [told.startswith("OSError") for _, told in steps] == [False, True, True]
