"""What is left out, with a sentence that is true; and cards that the catalogue lacks, twice."""

from __future__ import annotations

import pytest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.detected import (
    DetectedCard,
    DetectedMachine,
    MigInstance,
    ProbeReport,
    Unread,
)
from moeplanner_gui.core.entries import Entries
from moeplanner_gui.core.plan import card_id
from moeplanner_gui.core.units import GIB, MIB
from moeplanner_gui.detect.merge import merge_cards
from moeplanner_gui.detect.proposal import Proposal
from moeplanner_gui.detect.propose import propose
from tests.detect.test_propose import card, host

CATALOG = load_catalog()


def found(*cards: DetectedCard, reports: tuple[ProbeReport, ...] = (), rows: object = None):
    machine = DetectedMachine(date="2026-11-23", cards=cards, host=host(), reports=reports)
    catalog = CATALOG if rows is None else rows
    return propose(machine, catalog.gpus, catalog.hosts, links=catalog.links)


def of_own(proposal: Proposal) -> object:
    return CATALOG.with_entries(Entries(gpus=proposal.new_cards, hosts=proposal.new_hosts))


@pytest.mark.parametrize(
    "because", ["error 15, GPU is lost", "error 16, GPU needs a reset", "error 28, no GPU found"]
)
def test_that_a_card_that_was_lost_halfway_is_not_planned_with(because: str) -> None:
    gone = card(
        pci_address="0000:02:00.0",
        memory_used_bytes=None,
        unread=(Unread(field="memory_used_bytes", because=because),),
    )
    proposal = found(card(), gone)
    assert proposal.node.gpus == found(card()).node.gpus
    assert "lost it" in proposal.left_out[0]


def test_that_a_card_that_was_lost_before_it_was_named_is_not_taken_from_the_bus() -> None:
    whole = card()
    on_bus = DetectedCard(
        vendor="NVIDIA", probe="bus", pci_id="10DE:2204", pci_address="0000:02:00.0"
    )
    lost = ProbeReport(
        probe="nvml", outcome="found", code="15, GPU is lost", detail="Card 2", cards=(whole,)
    )
    assert len(found(whole, on_bus, reports=(lost,)).node.gpus) == 1
    only = lost.model_copy(update={"outcome": "device_lost", "cards": ()})
    assert found(on_bus, reports=(only,)).node.gpus == ()
    # Without a driver it is a card that waits for one.
    none = ProbeReport(probe="nvml", outcome="no_library")
    assert len(found(on_bus, reports=(none,)).node.gpus) == 1


def test_that_one_memory_of_a_machine_is_counted_once() -> None:
    shared = {"memory_kind": "unified", "memory_total_bytes": 120 * GIB}
    one = card(name="Odd GPU", pci_id="10DE:FFF0", **shared)
    other = card(name="Odd GPU", pci_id="10DE:FFF0", pci_address=None, **shared)
    proposal = found(one, other)
    assert len(proposal.node.gpus) == len(proposal.new_cards) == 1
    assert "counted once" in proposal.left_out[0]


def test_that_two_unknown_cards_are_told_alike_and_nobody_is_said_to_have_entered_one() -> None:
    modified = {"memory_total_bytes": 49_152 * MIB}
    proposal = found(card(**modified), card(pci_address="0000:02:00.0", **modified))
    first, second = proposal.lines[:2]
    assert (first.found, first.mark, first.detail) == (second.found, second.mark, second.detail)
    assert [match.row for match in proposal.matches] == [None, None]
    assert len(proposal.new_cards) == 1
    again = found(card(**modified), rows=of_own(proposal))
    assert again.lines[0].found == first.found
    assert again.lines[0].found.count("GiB") == 1


def test_that_a_card_without_name_and_number_is_found_again() -> None:
    nameless = card(name=None, pci_id=None, memory_total_bytes=20_000 * MIB)
    proposal = found(nameless)
    again = found(nameless, rows=of_own(proposal))
    assert card_id(again.node.gpus[0]) == card_id(proposal.node.gpus[0])
    assert again.new_cards == ()


def test_that_what_is_left_out_is_not_said_to_become_an_entry() -> None:
    proposal = found(card(name="Odd GPU", pci_id="10DE:FFF0", memory_total_bytes=None))
    assert "could not be read" in proposal.left_out[0]
    assert "entry of your own" not in proposal.left_out[0]


def test_that_a_split_card_is_called_as_its_maker_calls_it() -> None:
    parts = (MigInstance(name="MI300X", memory_bytes=24 * GIB),)
    amd = card(vendor="AMD", name="MI300X", pci_id="1002:74A1", mig=True, mig_instances=parts)
    assert "MIG" not in found(amd).left_out[0]
    assert "MIG" in found(card(mig=True)).left_out[0]


def test_that_an_address_that_was_filled_in_is_no_room_for_a_second_card() -> None:
    first = card(pci_address=None)
    filled = card(probe="amd")
    twice = card(probe="amd", pci_id="10DE:FFF0")
    reports = (
        ProbeReport(probe="nvml", outcome="found", cards=(first,)),
        ProbeReport(probe="amd", outcome="found", cards=(filled, twice)),
    )
    assert len(merge_cards(reports)) == 1
