"""What the NVML probe says of one machine after another, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from moeplanner_gui.core.detected import ProbeReport
from tests.detect.compiled_stub import why_not
from tests.detect.stub_scenarios import (
    DRIVER,
    MIB,
    SCENARIOS,
    Scenario,
    nvml_environment,
    rtx_3090,
)

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

PROGRAM = [sys.executable, "-m", "moeplanner_gui", "--probe", "nvml"]


def look(scenario: str | Scenario) -> ProbeReport:
    """The one line that the real child prints; it may print nothing else."""
    made = SCENARIOS[scenario] if isinstance(scenario, str) else scenario
    done = subprocess.run(
        PROGRAM,
        env=os.environ | nvml_environment(made),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = done.stdout.splitlines()
    assert len(lines) == 1, done.stdout[:500]
    return ProbeReport.model_validate_json(lines[0])


def reasons(report: ProbeReport, card: int = 0) -> dict[str, str]:
    return {entry.field: entry.because for entry in report.cards[card].unread}


def test_that_a_card_is_read_whole() -> None:
    report = look("one-3090-busy")
    (card,) = report.cards
    assert report.outcome == "found"
    assert card.vendor == "NVIDIA"
    assert card.name == "NVIDIA GeForce RTX 3090"
    assert card.pci_address == "0000:01:00.0"
    assert (card.pci_id, card.subsystem_id) == ("10DE:2204", "10DE:1454")
    assert card.memory_kind == "dedicated"
    assert card.memory_total_bytes == 24576 * MIB
    assert card.memory_reserved_bytes == 260 * MIB
    assert card.memory_used_bytes == 8371 * MIB
    assert (card.memory_bus_bits, card.memory_clock_mhz) == (384, 9751)
    assert (card.power_limit_w, card.power_limit_default_w) == (350, 350)
    assert card.power_limit_max_w == 366
    assert (card.pcie_gen_now, card.pcie_width_now) == (1, 16)
    assert (card.pcie_gen_max, card.pcie_width_max) == (4, 16)
    assert card.compute_capability == "8.6"
    assert card.drives_display is True
    assert card.driver == "580.95.05"
    assert card.integrated is False
    assert card.virtual is False
    assert card.mig in (None, False)
    assert {(process.name, process.memory_bytes) for process in card.processes} == {
        ("llama-server", 8000 * MIB),
        ("Xorg", 350 * MIB),
    }


def test_that_cards_keep_their_order_and_their_own_figures() -> None:
    report = look("mixed")
    assert [
        (card.name, card.memory_total_bytes, card.pcie_width_max, card.power_limit_w)
        for card in report.cards
    ] == [
        ("NVIDIA GeForce RTX 4090", 24564 * MIB, 16, 450),
        ("NVIDIA GeForce RTX 3060", 12288 * MIB, 4, 170),
    ]


def test_that_two_cards_without_a_bridge_have_no_links() -> None:
    report = look("two-3090")
    assert [card.pci_address for card in report.cards] == ["0000:01:00.0", "0000:21:00.0"]
    assert all(not card.links for card in report.cards)


def test_that_a_bridge_is_a_link_to_the_other_card() -> None:
    report = look("two-3090-bridged")
    ends = [[(link.peer, link.links, link.version) for link in c.links] for c in report.cards]
    assert ends == [[("0000:21:00.0", 4, 3)], [("0000:01:00.0", 4, 3)]]
    assert report.cards[0].links[0].gbs == pytest.approx(4 * 14.062)


def test_that_eight_cards_behind_a_switch_are_eight() -> None:
    report = look("eight-h100")
    assert len(report.cards) == 8
    assert len({card.pci_address for card in report.cards}) == 8
    for card in report.cards:
        assert card.ecc is True
        assert card.mig is False
        assert [(link.peer, link.links, link.version) for link in card.links] == [(None, 18, 4)]
        assert card.links[0].gbs == pytest.approx(18 * 26.562)


def test_that_slices_are_told_with_their_memory() -> None:
    (card,) = look("mig").cards
    assert card.mig is True
    assert [(slice_.name, slice_.memory_bytes) for slice_ in card.mig_instances] == [
        ("NVIDIA A100-SXM4-40GB MIG 3g.20gb", 19968 * MIB),
        ("NVIDIA A100-SXM4-40GB MIG 2g.10gb", 9856 * MIB),
    ]
    assert card.memory_total_bytes == 40960 * MIB


def test_that_mig_without_a_slice_is_still_mig() -> None:
    (card,) = look("mig-empty").cards
    assert card.mig is True
    assert card.mig_instances == ()


def test_that_a_part_of_a_card_is_marked_as_virtual() -> None:
    report = look("vgpu")
    (card,) = report.cards
    assert card.virtual is True
    assert card.memory_total_bytes == 24576 * MIB
    assert card.power_limit_w is None
    assert "power_limit_w" in reasons(report)


def test_that_a_card_passed_through_is_a_whole_card() -> None:
    passed = Scenario("", SCENARIOS["one-3090"].text.replace("virtual 0", "virtual 1"))
    (card,) = look(passed).cards
    assert card.virtual is False


def test_that_a_machine_s_one_memory_is_not_read_as_none() -> None:
    report = look("gb10")
    (card,) = report.cards
    assert report.outcome == "found"
    assert card.memory_kind == "unified"
    # Either the system's own, or not known: never zero, and the driver's refusal is told.
    assert card.memory_total_bytes != 0
    assert "not supported" in json.dumps(reasons(report)).lower()


def test_that_a_laptop_s_untold_power_stays_untold() -> None:
    report = look("laptop-4090")
    (card,) = report.cards
    assert card.name == "NVIDIA GeForce RTX 4090 Laptop GPU"
    assert card.power_limit_w is None
    assert "not supported" in reasons(report)["power_limit_w"].lower()


def test_that_names_which_are_no_text_do_not_hide_a_card() -> None:
    report = look("garbage-names")
    assert [card.pci_id for card in report.cards] == ["10DE:2204"] * 3
    assert [card.memory_total_bytes for card in report.cards] == [24576 * MIB] * 3
    assert "name" in reasons(report, 0)
    assert report.cards[1].name is None
    # NVML's buffer holds 95 letters; a name that long is shortened for people.
    assert (report.cards[2].name or "").startswith("A" * 39)
    assert (report.cards[2].name or "").endswith("…")


def test_that_an_old_driver_says_less_and_is_believed() -> None:
    report = look("old-driver")
    (card,) = report.cards
    assert report.outcome == "found"
    assert card.memory_total_bytes == 24576 * MIB
    # The older question counts the driver's reserve as used.
    assert card.memory_used_bytes == 260 * MIB
    assert card.memory_reserved_bytes is None
    assert card.memory_bus_bits is None
    assert "memory_bus_bits" in reasons(report)


@pytest.mark.parametrize("name", ["claims-300", "claims-too-many"])
def test_that_a_count_is_not_believed_over_the_cards(name: str) -> None:
    report = look(name)
    assert [card.pci_address for card in report.cards] == ["0000:01:00.0", "0000:21:00.0"]
    assert report.elapsed_ms < 5000


@pytest.mark.parametrize(
    ("name", "outcome", "code"),
    [
        ("no-library", "no_library", "12"),
        ("driver-not-loaded", "driver_not_loaded", "9"),
        ("version-mismatch", "version_mismatch", "18"),
        ("no-permission", "no_permission", "4"),
        ("only-card-lost", "device_lost", "15"),
    ],
)
def test_that_the_driver_s_own_code_is_kept(name: str, outcome: str, code: str) -> None:
    report = look(name)
    assert (report.outcome, report.cards) == (outcome, ())
    assert report.code is not None and report.code.split(",")[0] == code


def test_that_a_broken_library_is_not_taken_for_no_driver() -> None:
    report = look("broken-library")
    assert (report.outcome, report.cards) == ("failed", ())
    assert "cannot be loaded" in report.detail


def test_that_no_card_is_no_device_and_no_error() -> None:
    report = look("no-device")
    assert (report.outcome, report.cards) == ("no_device", ())


@pytest.mark.parametrize("name", ["card-no-permission", "lost-before"])
def test_that_the_card_that_can_be_read_is_kept_and_the_other_told(name: str) -> None:
    report = look(name)
    assert report.cards[0].pci_address == "0000:01:00.0"
    assert report.cards[0].memory_total_bytes == 24576 * MIB
    assert report.code is not None and report.code.split(",")[0] in {"4", "15"}


def test_that_a_card_that_disappears_halfway_is_told() -> None:
    report = look("lost-between")
    assert report.cards[0] == look("two-3090").cards[0]
    assert report.code is not None and report.code.split(",")[0] == "15"


@pytest.mark.parametrize("name", ["rubbish", "flood"])
def test_that_a_library_that_prints_does_not_break_the_answer(name: str) -> None:
    assert look(name).cards == look("two-3090").cards


def test_that_memory_more_used_than_there_is_is_not_believed() -> None:
    report = look(Scenario("", DRIVER + rtx_3090(1, used=99999)))
    (card,) = report.cards
    assert card.memory_used_bytes is None or card.memory_used_bytes <= 24576 * MIB
    assert card.memory_total_bytes in (None, 24576 * MIB)


def test_that_a_process_whose_memory_is_not_told_is_still_there() -> None:
    (card,) = look(Scenario("", DRIVER + rtx_3090(1, "process 77 - /usr/bin/python3"))).cards
    assert [(process.name, process.memory_bytes) for process in card.processes] == [
        ("python3", None)
    ]
