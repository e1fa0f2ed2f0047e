"""Cards on the PCI bus, with and without a driver."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from moeplanner_gui.core.detected import DetectedCard
from moeplanner_gui.detect.amd import AmdProbe
from moeplanner_gui.detect.bus import BusProbe
from moeplanner_gui.detect.bus_commands import ask_apart, run_command
from moeplanner_gui.detect.bus_pci import display_devices, slot_link
from moeplanner_gui.detect.intel import IntelProbe
from moeplanner_gui.detect.merge import merge_cards
from moeplanner_gui.detect.sysfs import Unreadable
from tests.detect.system_folder import grow, grown, needs_sysfs


def look(root: Path) -> tuple[DetectedCard, ...]:
    return BusProbe(root, "Linux").look().cards


def why(card: DetectedCard) -> dict[str, str]:
    return {unread.field: unread.because for unread in card.unread}


@needs_sysfs()
def test_that_nvidia_cards_are_found_without_their_driver(tmp_path: Path) -> None:
    report = BusProbe(grown("bus/no-driver", tmp_path), "Linux").look()
    cards = {card.pci_address: card for card in report.cards}
    kept, bare, riser = (cards[f"0000:{bus}:00.0"] for bus in ("01", "02", "41"))
    assert {card.pci_id for card in (kept, bare, riser)} == {"10DE:2204"}
    assert {card.subsystem_id for card in (kept, bare, riser)} == {"1462:3884"}
    assert [card.driver for card in (kept, bare, riser)] == ["vfio-pci", None, "nvidia"]
    assert why(bare)["driver"] == "no driver is bound to the card"
    assert [card.integrated for card in (kept, bare, riser)] == [False] * 3
    assert [card.name for card in (kept, bare, riser)] == [None] * 3
    assert (kept.pcie_gen_now, kept.pcie_gen_max, kept.pcie_width_max) == (1, 4, 16)
    assert (riser.pcie_gen_now, riser.pcie_width_now) == (3, 8)
    assert (riser.pcie_gen_max, riser.pcie_width_max) == (4, 8)
    assert [card.numa_node for card in (kept, bare, riser)] == [0, 0, 1]


@needs_sysfs()
def test_that_virtual_functions_are_marked_and_a_console_is_left_out(tmp_path: Path) -> None:
    report = BusProbe(grown("bus/no-driver", tmp_path), "Linux").look()
    flex = [card for card in report.cards if card.pci_id == "8086:56C0"]
    assert [(card.pci_address, card.virtual) for card in flex] == [
        ("0000:81:00.0", False),
        ("0000:81:00.1", True),
        ("0000:81:00.2", True),
    ]
    assert "1A03:2000" not in {card.pci_id for card in report.cards}
    assert dict(report.steps)["0000:04:00.0"] == (
        "1A03:2000: a server's management controller (ASPEED), left out"
    )


@needs_sysfs()
def test_that_a_virtual_machine_hides_the_slot(tmp_path: Path) -> None:
    radeon, geforce = look(grown("bus/vm-with-passthrough", tmp_path))
    # The root port of QEMU says 16 GT/s x32.
    assert (geforce.pcie_gen_now, geforce.pcie_width_now) == (3, 8)
    assert (geforce.pcie_gen_max, geforce.pcie_width_max) == (None, None)
    assert why(geforce)["pcie_gen_max"].endswith("(a virtual machine hides it)")
    assert why(geforce)["drives_display"] == "the driver nvidia shows no connectors"
    assert (radeon.driver, radeon.integrated) == (None, None)
    assert (radeon.pcie_gen_now, radeon.pcie_gen_max) == (4, None)


@needs_sysfs()
@pytest.mark.parametrize(
    ("machine", "addresses"),
    [
        ("amd/rx7900xtx", ["0000:03:00.0"]),
        ("amd/two-r9700", ["0000:03:00.0", "0000:09:00.0"]),
        ("amd/ryzen-laptop", ["0000:01:00.0", "0000:04:00.0"]),
        ("amd/strix-halo-128", ["0000:c3:00.0"]),
        ("intel/arc-a770", ["0000:03:00.0"]),
        ("intel/two-b60", ["0000:00:02.0", "0000:03:00.0", "0000:07:00.0"]),
        ("intel/only-integrated", ["0000:00:02.0"]),
    ],
)
def test_that_every_gpu_comes_out_once(machine: str, addresses: list[str], tmp_path: Path) -> None:
    cards = look(grown(machine, tmp_path))
    assert [card.pci_address for card in cards] == addresses
    assert all(card.memory_total_bytes is None for card in cards)


@needs_sysfs()
@pytest.mark.parametrize(
    "machine", ["amd/rx7900xtx", "amd/two-r9700", "amd/two-mi50", "amd/ryzen-laptop"]
)
def test_that_the_bus_and_the_driver_say_the_same_of_a_card(machine: str, tmp_path: Path) -> None:
    root = grown(machine, tmp_path)
    driver = AmdProbe(root, "Linux", library=lambda: ({}, "")).look().cards
    bus = {card.pci_address: card for card in look(root)}
    for card in driver:
        other = bus[card.pci_address]
        for field in ("vendor", "pci_id", "subsystem_id", "drives_display", "numa_node"):
            assert getattr(card, field) == getattr(other, field), field
        for field in ("pcie_gen_now", "pcie_width_now", "pcie_gen_max", "pcie_width_max"):
            assert getattr(card, field) == getattr(other, field), field


@needs_sysfs()
def test_that_three_probes_make_one_list_with_each_card_once(tmp_path: Path) -> None:
    root = grown("amd/ryzen-laptop", tmp_path)
    text = "[sys/devices/pci0000:00/0000:00:02.0]\npci 8086 4680 030000\ndriver -> i915"
    grow(text, root)
    reports = (
        AmdProbe(root, "Linux", library=lambda: ({}, "")).look(),
        IntelProbe(root, "Linux", level_zero=lambda: ({}, "")).look(),
        BusProbe(root, "Linux").look(),
    )
    cards = merge_cards(reports)
    assert [(card.pci_address, card.probe) for card in cards] == [
        ("0000:04:00.0", "amd"),
        ("0000:00:02.0", "intel"),
        ("0000:01:00.0", "bus"),
    ]
    assert cards[0].memory_total_bytes == 7680 * 2**20
    assert "memory_total_bytes" not in why(cards[0])
    assert why(cards[1])["memory_total_bytes"] == "the GPU borrows the computer's memory"


@needs_sysfs()
def test_that_a_system_without_the_bus_folder_is_read_by_its_displays(tmp_path: Path) -> None:
    root = grown("amd/rx7900xtx", tmp_path)
    (root / "sys/bus/pci/devices").rename(root / "sys/bus/pci/hidden")
    (card,) = look(root)
    assert card.pci_address == "0000:03:00.0"


PORT = "sys/devices/pci0000:00/0000:00:01.0"


@needs_sysfs()
@pytest.mark.parametrize(
    ("port", "card", "expected"),
    [
        ("16.0/8 16.0/16", "16.0/8 16.0/16", (4, 8, 4, 16)),
        ("2.5/16 32.0/16", "2.5/16 16.0/16", (1, 16, 4, 16)),
        ("8.0/4 8.0/4", "8.0/4 32.0/16", (3, 4, 3, 4)),
        # A capability below what runs is wrong.
        ("16.0/16 8.0/8", "16.0/16 16.0/16", (4, 16, 4, 16)),
        ("64.0/16 64.0/16", "64.0/16 64.0/16", (6, 16, 6, 16)),
        ("16.0/16 16.0/16", "Unknown/0 16.0/16", (4, 16, 4, 16)),
        # Asleep: the link is off, what it can do is told.
        ("Unknown/255 16.0/16", "Unknown/255 16.0/16", (None, None, 4, 16)),
        ("Unknown/0 16.0/16", "Unknown/0 Unknown/0", (None, None, None, None)),
        ("16.0/16 Unknown/255", "16.0/16 16.0/16", (4, 16, None, None)),
        ("7.0/16 16.0/16", "inf/16 16.0/16", (None, None, 4, 16)),
    ],
)
def test_that_both_ends_of_a_link_bound_it(
    port: str, card: str, expected: tuple[int | None, ...], tmp_path: Path
) -> None:
    text = f"[{PORT}]\npci 8086 a70d 060400\nlink {port}\n"
    text += f"[{PORT}/0000:01:00.0]\npci 10de 2684 030000\nlink {card}\n"
    (device,) = display_devices(grow(text, tmp_path) / "sys")
    link = slot_link(device)
    assert (link.gen_now, link.width_now, link.gen_max, link.width_max) == expected
    if None in expected:
        assert link.because == "the link between 0000:00:01.0 and 0000:01:00.0 is not told"


@needs_sysfs()
def test_that_a_wide_slow_link_and_a_narrow_fast_one_are_compared_by_what_they_carry(
    tmp_path: Path,
) -> None:
    # x16 of 8 GT/s carries twice what x4 of 16 GT/s does. The two ports of the switch are no link:
    # x4 of 8 GT/s is nowhere.
    text = """
[sys/devices/pci0000:00/0000:00:01.0]
pci 8086 a70d 060400
link 16.0/4 16.0/4
[sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0]
pci 10b5 8796 060400
link 16.0/4 16.0/4
[sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:01.0]
pci 10b5 8796 060400
link 2.5/1 8.0/16
[sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:01.0/0000:03:00.0]
pci 10de 2204 030000
link 2.5/1 16.0/16
"""
    (device,) = display_devices(grow(text, tmp_path) / "sys")
    link = slot_link(device)
    assert (link.gen_max, link.width_max, link.gen_now, link.width_now) == (4, 4, 1, 1)


@needs_sysfs()
def test_that_accelerators_are_told_from_npus_and_odd_devices_do_no_harm(tmp_path: Path) -> None:
    text = """
[sys/devices/pci0000:00/0000:00:01.0]
pci 1da3 1020 120000
[sys/devices/pci0000:00/0000:00:02.0]
pci 8086 7d1d 120000
[sys/devices/pci0000:00/0000:00:03.0]
pci ffffff 0000 030000
[sys/devices/pci0000:00/0000:00:04.0]
vendor 0x10de
[sys/devices/pci0000:00/0000:00:05.0]
pci 1ed5 0222 030000
numa_node 99999
"""
    assert [(card.vendor, card.pci_id) for card in look(grow(text, tmp_path))] == [
        ("Other", "1DA3:1020"),
        ("Other", "1ED5:0222"),
    ]


@pytest.mark.parametrize("probe", [AmdProbe, IntelProbe, BusProbe])
def test_that_a_fault_in_a_probe_is_a_report(
    probe: type[AmdProbe | IntelProbe | BusProbe], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: object) -> None:
        raise MemoryError("made up")

    monkeypatch.setattr(f"{probe.__module__}.display_devices", fault)
    report = probe(system="Linux").look()
    assert (report.outcome, report.detail) == ("failed", "MemoryError: made up")


def test_that_a_command_that_hangs_fails_or_is_missing_gives_its_reason() -> None:
    python = sys.executable
    assert run_command((python, "-c", "print('line')")) == "line\n".replace("\n", _newline())
    start = time.monotonic()
    hung = run_command((python, "-c", "import time; time.sleep(60)"), timeout_s=0.2)
    assert isinstance(hung, Unreadable) and hung.because.endswith("did not answer in 0.2 s")
    assert time.monotonic() - start < 10
    failed = run_command((python, "-c", "raise SystemExit(3)"))
    assert isinstance(failed, Unreadable) and failed.because.endswith("ended with 3")
    missing = run_command(("/there/is/no-such-tool",))
    assert isinstance(missing, Unreadable)
    assert missing.because.startswith("no-such-tool cannot be started")


def _newline() -> str:
    return "\r\n" if sys.platform == "win32" else "\n"


def test_that_an_answer_from_apart_is_the_same_answer() -> None:
    big = {"text": "x" * 300_000, "list": [1, None, True]}
    assert ask_apart(lambda: big, 10) == big
