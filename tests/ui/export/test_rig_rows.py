"""The picture of the rig: what its slots say, and which computers and cards share one."""

from __future__ import annotations

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import Node, Plan
from moeplanner_gui.ui.export.rig_rows import MOST_CELLS, computers
from tests.ui.export.printed_plans import CATALOG, PLANS, flash, own


def drawn(plan: Plan):
    return computers(plan, evaluate(plan, CATALOG), CATALOG)


def test_that_each_card_is_in_its_slot_with_what_fills_it() -> None:
    (computer,) = drawn(PLANS["two 96 GB"])
    assert [cell.title.split(" · ")[0] for cell in computer.cells] == ["Slot 1", "Slot 2"]
    devices = [d for d in evaluate(PLANS["two 96 GB"], CATALOG).devices if d.kind == "gpu"]
    assert [cell.fullest for cell in computer.cells] == devices
    assert computer.hosts and "more on the board" in computer.more_slots


def test_that_alike_computers_are_drawn_once_with_their_fullest_card() -> None:
    plan = PLANS["64 nodes"]
    (computer,) = drawn(plan)
    assert computer.name == "Node 1–64, 64 alike"
    least = min(d.free_bytes for d in evaluate(plan, CATALOG).devices if d.kind == "gpu")
    fullest = [cell.fullest for cell in computer.cells]
    assert min(device.free_bytes for device in fullest if device) == least
    assert sum(len(cell.devices) for cell in computer.cells) == 512


def test_that_few_computers_are_drawn_each() -> None:
    assert [one.name for one in drawn(PLANS["two nodes"])] == ["Node 1", "Node 2"]


def test_that_many_alike_cards_share_a_slot_of_the_picture_and_different_ones_do_not() -> None:
    (computer,) = drawn(flash(Node(gpus=("rtx4090",) * 20)))
    assert sum(cell.cards for cell in computer.cells) == 20
    assert len(computer.cells) < MOST_CELLS
    cards = tuple(own(f"Card {n}", 20_000 + n) for n in range(20))
    (computer,) = drawn(flash(Node(gpus=cards)))
    assert [cell.cards for cell in computer.cells] == [1] * 20


@pytest.mark.parametrize("name", ["eight modules", "unified memory", "mac"])
def test_that_what_sits_in_no_slot_has_no_free_slots(name: str) -> None:
    assert all(not one.more_slots for one in drawn(PLANS[name]))


def test_that_a_plan_that_cannot_run_has_nothing_on_its_cards() -> None:
    (computer,) = drawn(PLANS["cannot run"])
    assert all(cell.fullest is None for cell in computer.cells) and not computer.hosts


@pytest.mark.parametrize("name", ["unified memory", "mac"])
def test_that_a_machine_sold_as_one_has_no_slot_and_no_second_memory(name: str) -> None:
    (computer,) = drawn(PLANS[name])
    assert [cell.title for cell in computer.cells] == ["Built in"]
    assert not computer.hosts
