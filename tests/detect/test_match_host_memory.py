"""Machines with shared memory: the size is the computer's, not what the GPU was given of it."""

from typing import Any

import pytest

from moeplanner_gui.core.detected import DetectedCard, DetectedHost
from moeplanner_gui.core.units import GIB, MIB
from moeplanner_gui.detect.match import match_card
from tests.detect.test_match import BY_ID, ROWS


def halo(gpu_gib: float | None, **values: Any) -> DetectedCard:
    size = None if gpu_gib is None else int(gpu_gib * GIB)
    return DetectedCard(
        **{
            "vendor": "AMD",
            "probe": "amd",
            "name": "AMD Radeon 8060S Graphics",
            "pci_id": "1002:1586",
            "memory_kind": "unified",
            "memory_total_bytes": size,
            **values,
        }
    )


def host(visible_gib: float | None = None, installed_gib: int | None = None) -> DetectedHost:
    return DetectedHost(
        system="linux",
        memory_total_bytes=None if visible_gib is None else int(visible_gib * GIB),
        memory_installed_bytes=None if installed_gib is None else installed_gib * GIB,
    )


@pytest.mark.parametrize(
    ("gpu", "visible", "row"),
    [
        # GTT: by default half of what the system has; raised by hand to nearly all.
        (62.5, 125.1, "strixhalo"),
        (124, 125.1, "strixhalo"),
        (108, 125.1, "strixhalo"),
        (31.2, 62.5, "strixhalo-64"),
        (60, 62.5, "strixhalo-64"),
        # Set aside in the firmware: the system has the rest.
        (96, 31.2, "strixhalo"),
        (48, 15.4, "strixhalo-64"),
        (0.5, 124.6, "strixhalo"),
        # Machines of sizes that have no row.
        (15.6, 31.2, None),
        (30, 31.2, None),
        (24, 7.5, None),
        (93, 188, None),
    ],
)
def test_that_the_computers_memory_decides_the_size(
    gpu: float, visible: float, row: str | None
) -> None:
    found = match_card(halo(gpu), ROWS, host(visible))
    assert (found.row.id if found.row else None) == row, found.because
    assert row or found.nearest == ()


def test_that_the_sum_of_the_modules_is_believed_first() -> None:
    for gpu in (0.5, 31, 62.5, 64, 96, 124):
        assert match_card(halo(gpu), ROWS, host(62.5, 128)).row is BY_ID["strixhalo"]
        assert match_card(halo(gpu), ROWS, host(62.5, 96)).row is None


def test_that_half_set_aside_and_all_borrowed_are_left_to_a_person() -> None:
    found = match_card(halo(64), ROWS, host(62.5))
    assert found.row is None
    assert {row.id for row in found.nearest} == {"strixhalo", "strixhalo-64"}
    assert "Choose yours" in found.because


def test_that_without_the_computer_half_of_the_large_one_is_not_the_small_one() -> None:
    assert match_card(halo(62.5), ROWS).row is None
    assert match_card(halo(124), ROWS).row is BY_ID["strixhalo"]
    assert match_card(halo(None), ROWS).row is None


def test_that_the_sentence_says_what_the_gpu_can_use() -> None:
    found = match_card(halo(62.5), ROWS, host(125.1))
    assert "62.5 GiB of 128 GB" in found.because


@pytest.mark.parametrize("name", ["AMD Radeon 8050S Graphics", "AMD Radeon Graphics", None])
def test_that_a_smaller_gpu_with_the_same_number_is_not_the_large_one(name: str | None) -> None:
    assert match_card(halo(62.5, name=name), ROWS, host(125.1)).row is None


@pytest.mark.parametrize(("mib", "row"), [(122502, "gb10"), (60900, "gb10-64"), (30000, None)])
def test_that_a_gb10_is_told_by_the_memory_of_the_machine(mib: int, row: str | None) -> None:
    card = DetectedCard(
        vendor="NVIDIA",
        probe="nvml",
        name="NVIDIA GB10",
        pci_id="10DE:2E12",
        memory_kind="unified",
        memory_total_bytes=mib * MIB,
    )
    for machine in (None, host(mib / 1024)):
        found = match_card(card, ROWS, machine)
        assert (found.row.id if found.row else None) == row, found.because
    unread = card.model_copy(update={"memory_total_bytes": None})
    assert match_card(unread, ROWS).row is None
    found = match_card(unread, ROWS, host(mib / 1024))
    assert (found.row.id if found.row else None) == row
