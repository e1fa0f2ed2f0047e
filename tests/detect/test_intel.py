"""Intel's Linux drivers, Level Zero and the kernel's own answers."""

from __future__ import annotations

import ctypes
import struct
from pathlib import Path
from typing import Any

import pytest

from moeplanner_gui.core.detected import DetectedCard, ProbeReport
from moeplanner_gui.detect.bus_pci import PciDevice
from moeplanner_gui.detect.intel import IntelProbe, is_discrete_id
from moeplanner_gui.detect.intel_memory import (
    CardMemory,
    ask_driver,
    ask_level_zero,
    i915_regions,
    xe_regions,
)
from moeplanner_gui.detect.sysfs import Unreadable
from tests.detect.system_folder import grow, grown, needs_sysfs

MIB = 2**20
GIB = 2**30


def look(
    root: Path,
    level_zero: dict[str, CardMemory] | None = None,
    driver: CardMemory | Unreadable | None = None,
) -> ProbeReport:
    return IntelProbe(
        root,
        "Linux",
        level_zero=lambda: (level_zero or {}, "stand-in"),
        driver=ask_driver if driver is None else lambda device, dev: driver,
    ).look()


def why(card: DetectedCard) -> dict[str, str]:
    return {unread.field: unread.because for unread in card.unread}


@needs_sysfs()
def test_that_an_arc_a770s_slot_is_read_above_its_own_switch(tmp_path: Path) -> None:
    (card,) = look(grown("intel/arc-a770", tmp_path), driver=CardMemory(16288 * MIB, None)).cards
    assert card == DetectedCard(
        vendor="Intel",
        probe="intel",
        pci_address="0000:03:00.0",
        pci_id="8086:56A0",
        subsystem_id="8086:1020",
        integrated=False,
        virtual=False,
        memory_kind="dedicated",
        memory_total_bytes=16288 * MIB,
        power_limit_w=190.0,
        power_limit_default_w=190.0,
        # The GPU itself says 2.5 GT/s x1.
        pcie_gen_now=4,
        pcie_width_now=16,
        pcie_gen_max=4,
        pcie_width_max=16,
        drives_display=True,
        driver="i915",
        unread=card.unread,
    )
    assert why(card) == {
        "memory_used_bytes": "the driver tells only an administrator",
        "name": "the driver does not name its cards",
    }


@needs_sysfs()
def test_that_the_window_on_the_bus_is_no_memory_size(tmp_path: Path) -> None:
    (card,) = look(grown("intel/arc-a770", tmp_path)).cards
    assert card.memory_total_bytes is None and card.memory_kind is None
    assert why(card)["memory_total_bytes"] == (
        "there is no renderD128; its window on the bus is 17179869184 bytes,"
        " which says neither at least nor at most how much there is"
    )
    assert str(tmp_path) not in card.model_dump_json()


@needs_sysfs()
def test_that_two_b60_are_two_cards_and_the_processors_gpu_is_neither(tmp_path: Path) -> None:
    used = {"0000:07:00.0": CardMemory(24448 * MIB, 512 * MIB)}
    report = look(grown("intel/two-b60", tmp_path), level_zero=used)
    own, first, second = report.cards
    assert (own.pci_address, own.integrated, own.memory_kind) == ("0000:00:02.0", True, "shared")
    assert own.memory_total_bytes is None
    assert why(own)["memory_total_bytes"] == "the GPU borrows the computer's memory"
    assert own.drives_display is True
    assert (first.integrated, first.memory_total_bytes) == (False, 24480 * MIB)
    assert why(first)["memory_reserved_bytes"] == (
        "xe's file has what is built in, not what is left"
    )
    assert (second.memory_total_bytes, second.memory_used_bytes) == (24448 * MIB, 512 * MIB)
    assert (first.pcie_gen_max, first.pcie_width_max) == (5, 8)
    assert (second.pcie_gen_max, second.pcie_width_max) == (4, 4)
    assert (second.pcie_gen_now, second.pcie_width_now) == (1, 4)
    assert [first.drives_display, second.drives_display] == [False, False]


@needs_sysfs()
def test_that_one_integrated_gpu_with_many_nodes_comes_out_once(tmp_path: Path) -> None:
    report = look(grown("intel/only-integrated", tmp_path))
    (card,) = report.cards
    assert (card.pci_address, card.integrated, card.drives_display) == ("0000:00:02.0", True, True)
    assert card.memory_total_bytes is None
    # Nothing is asked of Level Zero where no card is.
    assert "Level Zero" not in dict(report.steps)


@needs_sysfs()
def test_that_use_told_by_level_zero_completes_the_drivers_total(tmp_path: Path) -> None:
    (card,) = look(
        grown("intel/arc-a770", tmp_path),
        level_zero={"0000:03:00.0": CardMemory(16288 * MIB, 300 * MIB)},
        driver=CardMemory(16288 * MIB, None),
    ).cards
    assert (card.memory_total_bytes, card.memory_used_bytes) == (16288 * MIB, 300 * MIB)


@needs_sysfs()
def test_that_i915s_file_is_read_where_it_has_one(tmp_path: Path) -> None:
    root = grown("intel/arc-a770", tmp_path)
    node = root / "sys/class/drm/card1"
    (node / "lmem_total_bytes").write_text(f"{16 * GIB}\n")
    (node / "lmem_avail_bytes").write_text(f"{15 * GIB}\n")
    (card,) = look(root).cards
    assert (card.memory_total_bytes, card.memory_used_bytes) == (16 * GIB, GIB)


@needs_sysfs()
def test_that_an_unknown_card_on_another_place_is_not_called_integrated(tmp_path: Path) -> None:
    text = "[sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0]\npci 8086 674c 038000\ndriver -> xe"
    (card,) = look(grow(text, tmp_path)).cards
    assert card.integrated is None
    assert why(card)["integrated"] == "8086:674C is not in the list of Intel's cards"


@needs_sysfs()
def test_that_an_unbound_card_is_a_missing_driver(tmp_path: Path) -> None:
    text = "[sys/devices/pci0000:00/0000:00:05.0]\npci 8086 e211 030000\ndriver -> vfio-pci"
    report = look(grow(text, tmp_path))
    assert report.outcome == "driver_not_loaded"
    assert report.detail == "0000:00:05.0 8086:E211: held by vfio-pci"
    assert look(tmp_path / "empty").outcome == "no_device"


def region(kind: int, size: int, second: int) -> bytes:
    return struct.pack("=HHIQQ64x", kind, 0, 4096, size, second)


def test_that_the_kernels_answers_count_only_memory_on_the_card() -> None:
    host = region(0, 64 * GIB, 5 * GIB)
    xe = struct.pack("=II", 2, 0) + host + region(1, 12 * GIB, GIB)
    assert xe_regions(xe) == CardMemory(12 * GIB, GIB)
    i915 = struct.pack("=IIII", 2, 0, 0, 0) + host + region(1, 16 * GIB, 15 * GIB)
    assert i915_regions(i915) == CardMemory(16 * GIB, GIB)
    two_tiles = struct.pack("=II", 2, 0) + region(1, 12 * GIB, 1) + region(1, 12 * GIB, 2)
    assert xe_regions(two_tiles) == CardMemory(24 * GIB, 3)


def test_that_nothing_in_use_means_not_allowed_to_know() -> None:
    assert xe_regions(struct.pack("=II", 1, 0) + region(1, GIB, 0)) == CardMemory(GIB, None)
    full = struct.pack("=IIII", 1, 0, 0, 0) + region(1, GIB, GIB)
    assert i915_regions(full) == CardMemory(GIB, None)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\1\0\0\0",
        struct.pack("=II", 2**31, 0),
        struct.pack("=II", 2, 0) + region(1, GIB, 0),
        struct.pack("=II", 1, 0) + region(0, GIB, 0),
        struct.pack("=II", 1, 0) + region(1, 2**63, 0),
        struct.pack("=II", 1, 0) + region(1, GIB, 2 * GIB),
    ],
)
def test_that_an_odd_answer_of_the_kernel_is_no_figure(answer: bytes) -> None:
    assert isinstance(xe_regions(answer), Unreadable)


class FakeLevelZero:
    """One driver with an integrated GPU and a card of two modules."""

    def __init__(self, status: int = 0, modules: int = 2) -> None:
        self.status = status
        self.modules = modules

    def zesInit(self, flags: int) -> int:
        return self.status

    def give(self, count: Any, handles: Any, values: list[int]) -> int:
        count._obj.value = len(values)
        for index, value in enumerate(values if handles is not None else []):
            handles[index] = value
        return 0

    def zesDriverGet(self, count: Any, handles: Any) -> int:
        return self.give(count, handles, [7])

    def zesDeviceGet(self, driver: Any, count: Any, handles: Any) -> int:
        assert driver.value == 7
        return self.give(count, handles, [1, 2])

    def zesDevicePciGetProperties(self, device: Any, out: Any) -> int:
        assert out._obj.stype == 2
        out._obj.address[:] = (0, 0, 2, 0) if device.value == 1 else (0, 3, 0, 0)
        return 0

    def zesDeviceEnumMemoryModules(self, device: Any, count: Any, handles: Any) -> int:
        return self.give(count, handles, [10] if device.value == 1 else [20] * self.modules)

    def zesMemoryGetProperties(self, module: Any, out: Any) -> int:
        assert out._obj.stype == 0xB
        out._obj.location = 0 if module.value == 10 else 1
        return 0

    def zesMemoryGetState(self, module: Any, out: Any) -> int:
        assert out._obj.stype == 0x1E
        out._obj.size, out._obj.free = (64 * GIB, GIB) if module.value == 10 else (GIB, GIB // 4)
        return 0


def test_that_level_zero_counts_modules_on_the_card_and_never_the_hosts() -> None:
    answers, said = ask_level_zero(FakeLevelZero)
    assert answers == {"0000:03:00.0": CardMemory(2 * GIB, 2 * GIB - GIB // 2)}
    assert said == "1 cards with memory of their own"


def test_that_level_zero_without_driver_or_library_is_said_in_a_line() -> None:
    assert ask_level_zero(lambda: FakeLevelZero(0x78000001)) == (
        {},
        "RuntimeError: zesInit said 0x78000001",
    )
    assert ask_level_zero(lambda: FakeLevelZero(modules=0)) == (
        {},
        "0 cards with memory of their own",
    )
    answers, said = ask_level_zero(lambda: ctypes.CDLL("libthere-is-none.so.1"))
    assert answers == {} and said.startswith("OSError: libthere-is-none.so.1")


@pytest.mark.parametrize(
    ("device", "discrete"),
    [(0x56A0, True), (0x56C1, True), (0xE20B, True), (0xE211, True), (0xE223, True),
     (0x4680, False), (0x7D67, False), (0x46A6, False), (0xB080, False)],
)  # fmt: skip
def test_that_cards_are_told_from_processors_by_their_number(device: int, discrete: bool) -> None:
    assert is_discrete_id(device) is discrete


def test_that_a_card_of_another_driver_is_not_asked(tmp_path: Path) -> None:
    (tmp_path / "drm" / "renderD128").mkdir(parents=True)
    device = PciDevice(tmp_path, "0000:03:00.0", 0x8086, 0x56A0, 0x030000, None, 0, "other", False)
    assert ask_driver(device, tmp_path) == Unreadable("the driver other is not known")
