"""Length and nearness of cards, a network between them, and memory to load through."""

from __future__ import annotations

from copy import copy

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import CustomCard, CustomSlot
from tests.core.checks.plans import CATALOG, VLLM, desk, found, parts, plan_on


def _longer_than(limit_mm: float) -> str:
    return next(row.id for row in CATALOG.gpus.values() if (row.length_mm or 0) > limit_mm)


def _shorter_than(limit_mm: float) -> str:
    rows = CATALOG.gpus.values()
    return next(row.id for row in rows if 0 < (row.length_mm or 0) <= limit_mm and row.bus)


def test_that_a_card_longer_than_its_case_is_an_error_and_a_shorter_one_is_none() -> None:
    case = CATALOG.parts["case-full-tower"].model_copy(update={"longest_card_mm": 330.0})
    known = copy(CATALOG)
    known.parts = {**CATALOG.parts, case.id: case}
    chosen = parts("board-am5", "psu-2000-w-titanium", case.id)
    for card, is_long in ((_longer_than(330.0), True), (_shorter_than(320.0), False)):
        answer = evaluate(plan_on(desk(card, parts=chosen)), known)
        said = {finding.code: finding for finding in answer.findings}
        assert ("card_too_long" in said) is is_long and "long_card" not in said
        if is_long:
            assert said["card_too_long"].severity == "error"
            assert "a case for 330 mm" in said["card_too_long"].message


def test_that_a_long_card_is_to_be_measured_where_no_case_says_how_long() -> None:
    card = _longer_than(320.0)
    said = found(desk(card))["long_card"]
    assert said.severity == "note" and f"{CATALOG.gpu(card).length_mm:.0f} mm" in said.message
    assert "long_card" not in found(desk(_shorter_than(320.0)))


def test_that_cards_side_by_side_breathe_the_heat_of_each_other() -> None:
    assert found(desk("rtx3090", "rtx3090"))["cards_side_by_side"].severity == "note"
    assert "cards_side_by_side" not in found(desk("rtx3090"))


def test_that_cards_of_other_computers_are_used_over_the_network() -> None:
    two = found(desk("rtx3090"), desk("rtx3090"), network="10gbe")
    assert "RPC" in two["over_the_network"].message
    assert "over_the_network" not in found(desk("rtx3090", "rtx3090"))


def test_that_little_memory_to_load_through_is_told() -> None:
    card = CustomSlot(custom=CustomCard(name="Large", memory_mib=65_536, compute_capability="9.0"))
    options = {**VLLM, "weights": "bf16"}
    assert "little_memory_for_loading" in found(desk(card, ram_gib=16), **options)
    assert "little_memory_for_loading" not in found(desk(card, ram_gib=64), **options)
