"""Each card once, whoever found it."""

from __future__ import annotations

from moeplanner_gui.core.detected import CardProcess, DetectedCard, ProbeReport, Unread
from moeplanner_gui.detect.merge import merge_cards


def card(probe: str, address: str | None = None, **fields: object) -> DetectedCard:
    return DetectedCard.model_validate(
        {"vendor": "NVIDIA", "probe": probe, "pci_address": address, **fields}
    )


def report(*cards: DetectedCard) -> ProbeReport:
    return ProbeReport(probe=cards[0].probe, outcome="found", cards=cards)


def test_that_a_card_that_two_probes_found_is_one_and_the_earlier_is_believed() -> None:
    nvml = card("nvml", "0000:01:00.0", name="NVIDIA GeForce RTX 3090", memory_total_bytes=24)
    bus = card("bus", "0000:01:00.0", name="GA102", memory_total_bytes=1, drives_display=True)
    (merged,) = merge_cards([report(nvml), report(bus)])
    assert (merged.probe, merged.name, merged.memory_total_bytes) == ("nvml", nvml.name, 24)
    assert merged.drives_display is True


def test_that_false_and_zero_are_answers_and_stay() -> None:
    nvml = card("nvml", "0000:01:00.0", drives_display=False, memory_used_bytes=0)
    bus = card("bus", "0000:01:00.0", drives_display=True, memory_used_bytes=5)
    (merged,) = merge_cards([report(nvml), report(bus)])
    assert (merged.drives_display, merged.memory_used_bytes) == (False, 0)


def test_that_the_case_of_an_address_makes_no_second_card() -> None:
    assert (
        len(
            merge_cards([report(card("nvml", "0000:0A:00.0")), report(card("bus", "0000:0a:00.0"))])
        )
        == 1
    )


def test_that_one_integrated_gpu_reported_six_times_is_one() -> None:
    six = [card("amd", "0000:05:00.0", name="Radeon 780M") for _ in range(6)]
    assert len(merge_cards([report(*six)])) == 1


def test_that_two_equal_cards_at_two_addresses_stay_two() -> None:
    both = [card("nvml", f"0000:0{i}:00.0", pci_id="10DE:2204") for i in (1, 2)]
    again = [card("bus", f"0000:0{i}:00.0", pci_id="10DE:2204") for i in (2, 1)]
    assert [one.pci_address for one in merge_cards([report(*both), report(*again)])] == [
        *("0000:01:00.0", "0000:02:00.0")
    ]


def test_that_without_an_address_the_number_makes_it_one_card_when_there_is_only_one() -> None:
    nvml, bus = card("nvml", pci_id="10DE:2204"), card("bus", "0000:01:00.0", pci_id="10DE:2204")
    (merged,) = merge_cards([report(nvml), report(bus)])
    assert merged.pci_address == "0000:01:00.0"
    two = [card("bus", f"0000:0{i}:00.0", pci_id="10DE:2204") for i in (1, 2)]
    assert len(merge_cards([report(nvml), report(*two)])) == 3


def test_that_an_equal_card_at_another_address_is_another_card() -> None:
    nvml = card("nvml", "0000:01:00.0", pci_id="10DE:2204")
    bus = card("bus", "0000:02:00.0", pci_id="10DE:2204")
    assert len(merge_cards([report(nvml), report(bus)])) == 2


def test_that_two_cards_of_one_probe_without_an_address_are_never_one() -> None:
    assert len(merge_cards([report(card("nvml", name="GB10"), card("nvml", name="GB10"))])) == 2


def test_that_a_reason_goes_when_another_probe_filled_the_field() -> None:
    nvml = card(
        "nvml",
        "0000:01:00.0",
        unread=(Unread(field="numa_node", because="a"), Unread(field="ecc", because="b")),
    )
    bus = card(
        "bus",
        "0000:01:00.0",
        numa_node=1,
        unread=(Unread(field="ecc", because="c"), Unread(field="gfx", because="d")),
        processes=(CardProcess(name="x", memory_bytes=1),),
    )
    (merged,) = merge_cards([report(nvml), report(bus)])
    assert [(one.field, one.because) for one in merged.unread] == [("ecc", "b"), ("gfx", "d")]
    assert len(merged.processes) == 1
