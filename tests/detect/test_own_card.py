"""Rows of the user's own, made from what was read of a card that the catalogue lacks."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeplanner_gui.catalog.check import ID_PATTERN
from moeplanner_gui.catalog.user import OWN_GROUP as GROUP_OF_THE_CATALOGUE
from moeplanner_gui.core.detected import DetectedCard, MigInstance
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.units import GIB, MIB
from moeplanner_gui.detect.match import match_card
from moeplanner_gui.detect.own_card import (
    OWN_GROUP,
    CannotBeOwnRowError,
    bandwidth_gbs,
    can_be_own_row,
    card_of_slice,
    own_row,
)
from moeplanner_gui.detect.proposal import CardMatch
from tests.detect.test_match import BY_ID, CARDS, ROWS, described, label

DAY = "2026-11-23"
LAPTOP = DetectedCard(
    vendor="NVIDIA",
    probe="nvml",
    name="NVIDIA GeForce RTX 4090 Laptop GPU",
    pci_id="10DE:2717",
    memory_kind="dedicated",
    memory_total_bytes=16376 * MIB,
    memory_bus_bits=256,
    memory_clock_mhz=9001,
    power_limit_default_w=80.0,
    compute_capability="8.9",
    ecc=False,
    driver="580.95.05",
)


def own(card: DetectedCard, taken: tuple[str, ...] = ()) -> GpuSpec:
    return own_row(match_card(card, ROWS), DAY, taken)


def test_that_an_own_row_has_what_was_read_and_nothing_else() -> None:
    row = own(LAPTOP)
    assert row.name == "RTX 4090 Laptop GPU, 16 GiB"
    assert row.memory_gb == 16 and row.memory_bytes == 16376 * MIB
    assert row.bandwidth_gbs == 576.1 and row.derived_fields == ("memory_gb", "bandwidth_gbs")
    assert row.tdp_w == 80 and row.compute_capability == "8.9"
    assert row.nvml_name == LAPTOP.name and row.pci_device_ids == ("10DE:2717",)
    assert row.group == OWN_GROUP == GROUP_OF_THE_CATALOGUE
    assert not row.verified and row.source_date == DAY
    unread = ("fp16_dense_tflops", "fp8_dense_tflops", "arch", "bus", "idle_w", "nvlink_gbs")
    assert all(getattr(row, field) is None for field in unread)


def test_that_each_read_figure_names_where_it_was_read() -> None:
    row = own(LAPTOP)
    for field in ("memory_gb", "memory_total_mib", "bandwidth_gbs", "tdp_w", "compute_capability"):
        assert DAY in row.sources[field] and "580.95.05" in row.sources[field]


@pytest.mark.parametrize(
    ("name", "clock", "bits", "row"),
    [
        # NVML's highest memory clock and bus width of each.
        ("NVIDIA GeForce RTX 3090", 9751, 384, "rtx3090"),
        ("NVIDIA GeForce RTX 4090", 10501, 384, "rtx4090"),
        ("NVIDIA GeForce RTX 5090", 14001, 512, "rtx5090"),
        ("NVIDIA H100 80GB HBM3", 2619, 5120, "h100-sxm"),
        ("NVIDIA A100-SXM4-40GB", 1215, 5120, "a100-40-sxm"),
        ("Tesla P40", 3615, 384, "p40"),
    ],
)
def test_that_clock_and_bus_give_the_bandwidth_of_the_catalogue(
    name: str, clock: int, bits: int, row: str
) -> None:
    card = LAPTOP.model_copy(
        update={"name": name, "memory_clock_mhz": clock, "memory_bus_bits": bits}
    )
    computed, published = bandwidth_gbs(card), BY_ID[row].bandwidth_gbs
    assert computed is not None and published is not None
    assert abs(computed - published) < 0.011 * published


def test_that_bandwidth_stays_unknown_where_it_cannot_be_computed() -> None:
    for update in (
        {"memory_clock_mhz": None},
        {"memory_bus_bits": None},
        {"memory_kind": "unified"},
        {"virtual": True},
        {"vendor": "Intel"},
    ):
        assert bandwidth_gbs(LAPTOP.model_copy(update=update)) is None


def test_that_a_card_without_memory_cannot_be_a_row() -> None:
    card = LAPTOP.model_copy(update={"memory_total_bytes": None})
    assert not can_be_own_row(card)
    with pytest.raises(CannotBeOwnRowError):
        own(card)


def test_that_a_split_card_is_no_row_and_its_slice_is_one() -> None:
    card = LAPTOP.model_copy(
        update={"name": "NVIDIA H100 80GB HBM3", "pci_id": "10DE:2330", "mig": True}
    )
    assert not can_be_own_row(card)
    with pytest.raises(CannotBeOwnRowError):
        own(card)
    part = card_of_slice(card, MigInstance(name="3g.40gb", memory_bytes=40448 * MIB))
    row = own(part)
    assert row.name == "H100 80GB HBM3 MIG 3g.40gb, 40 GiB"
    assert row.pci_device_ids == () and row.tdp_w is None and row.bandwidth_gbs is None
    assert match_card(part, (*ROWS, row)).row is row
    assert match_card(part, ROWS).because.startswith("This is a slice (MIG)")


def test_that_ids_are_free_and_follow_the_rule() -> None:
    first = own(LAPTOP)
    second = own(LAPTOP, (first.id,))
    third = own(LAPTOP, (first.id, second.id))
    assert first.id == "my-rtx-4090-laptop-gpu-16-gib"
    assert len({first.id, second.id, third.id}) == 3
    assert all(ID_PATTERN.fullmatch(row.id) for row in (first, second, third))


NONE = [
    case for case in CARDS if case["row"] is None and case.get("memory_mib") and not case.get("mig")
]


@pytest.mark.parametrize("case", NONE, ids=label)
def test_that_an_own_row_is_found_when_the_same_card_is_seen_again(case: dict[str, object]) -> None:
    card, host = described(case)
    row = own_row(match_card(card, ROWS, host), DAY, ())
    again = match_card(card, (*ROWS, row), host)
    assert again.row is row, again.because


def test_that_own_rows_take_no_card_from_the_catalogue() -> None:
    made: list[GpuSpec] = []
    for case in NONE:
        card, host = described(case)
        made.append(own_row(match_card(card, ROWS, host), DAY, [row.id for row in made]))
    for case in CARDS:
        if case["row"] is not None:
            card, host = described(case)
            found = match_card(card, (*made, *ROWS), host)
            assert found.row is not None and found.row.id == case["row"]


def test_that_an_own_row_of_a_slice_never_has_the_number_of_the_board() -> None:
    card = LAPTOP.model_copy(
        update={"name": "GRID A100-10C", "pci_id": "10DE:20F1", "virtual": True}
    )
    row = own(card)
    assert row.pci_device_ids == () and row.tdp_w is None and row.bandwidth_gbs is None


@settings(max_examples=300, deadline=None)
@given(
    name=st.one_of(st.none(), st.text(max_size=400)),
    size=st.integers(MIB, 2**60),
    watts=st.one_of(st.none(), st.floats(0, 1e6)),
    capability=st.one_of(st.none(), st.text(max_size=9)),
    clock=st.one_of(st.none(), st.integers(0, 2**31)),
    bits=st.one_of(st.none(), st.integers(0, 2**31)),
    vendor=st.sampled_from(["NVIDIA", "AMD", "Intel", "Apple", "Other"]),
    gfx=st.one_of(st.none(), st.text(max_size=9)),
)
def test_that_whatever_a_driver_says_gives_a_sound_row(
    name: str | None,
    size: int,
    watts: float | None,
    capability: str | None,
    clock: int | None,
    bits: int | None,
    vendor: str,
    gfx: str | None,
) -> None:
    card = DetectedCard.model_validate(
        {
            "vendor": vendor,
            "probe": "test",
            "name": name,
            "memory_total_bytes": size,
            "power_limit_default_w": watts,
            "compute_capability": capability,
            "memory_clock_mhz": clock,
            "memory_bus_bits": bits,
            "gfx": gfx,
        }
    )
    if not can_be_own_row(card):
        assert size > 2**14 * GIB
        return
    row = own_row(CardMatch(card, None, "nothing", "Not known."), DAY, ())
    assert row.memory_bytes <= size
    assert ID_PATTERN.fullmatch(row.id) and len(row.id) < 60
    assert row.name.strip() == row.name and row.name
    assert row.sm is None or re.fullmatch(r"\d+\.\d", row.compute_capability or "")
    assert row.bandwidth_gbs is None or row.bandwidth_gbs > 0
