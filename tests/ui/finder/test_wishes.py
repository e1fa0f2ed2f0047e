"""What is typed is understood or refused; the open plan gives the first wishes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moeplanner_gui.core import edits
from moeplanner_gui.core.plan import Deployment, NodePart, Workload
from moeplanner_gui.core.search.terms import Relaxation
from moeplanner_gui.ui.finder.wishes import (
    NotUnderstoodError,
    as_searched,
    computer_to_keep,
    given_up,
    loaded,
    number_from,
    wishes_again,
    wishes_of,
    words_of_use,
)
from tests.ui.finder.found import BEATEN, CATALOG, FAST, SLOW, WISHES, plan_of


@pytest.mark.parametrize(
    ("text", "whole", "value"),
    [
        ("131,072", True, 131_072),
        ("128K", True, 131_072),
        ("1m", True, 1_048_576),
        ("$25,000", False, 25_000),
        ("25k", False, 25_000),
        ("12.5 tok/s", False, 12.5),
        ("any", False, None),
        ("", False, None),
    ],
)
def test_that_what_people_type_is_understood(text: str, whole: bool, value) -> None:
    assert number_from(text, 1, 1e9, whole=whole) == value


@pytest.mark.parametrize("text", ["many", "-5", "1,5", "0", "9" * 400, "2.5.1", "1e5", "nan"])
def test_that_what_is_no_wish_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(NotUnderstoodError) as refused:
        number_from(text, 1, 1e9)
    assert str(refused.value).endswith((".", "”."))


def test_that_half_a_user_is_refused() -> None:
    with pytest.raises(NotUnderstoodError):
        number_from("2.5", 1, 100, whole=True)


def test_that_the_context_of_llama_cpp_is_divided_by_its_users() -> None:
    plan = plan_of("rtx5090", 2)
    plan = plan.replace(workload=Workload(context_tokens=131_072, sequences=4))
    assert wishes_of(plan).context_tokens == 32_768
    plan = plan.replace(deployment=Deployment(engine="vllm"))
    assert wishes_of(plan).context_tokens == 131_072


def test_that_what_was_typed_about_the_open_rig_says_nothing_of_another() -> None:
    plan = edits.set_economics(
        plan_of("rtx5090", 2), hardware_usd=100.0, load_w=5.0, life_months=24
    )
    for economics in (wishes_of(plan).economics, loaded(FAST, plan).economics):
        assert economics.hardware_usd is None and economics.load_w is None
        assert economics.life_months == 24


def test_that_a_loaded_rig_keeps_the_plans_name_and_month() -> None:
    plan = edits.set_workload(plan_of("rtx5090", 1), input_mtok_per_month=7.0).replace(name="Mine")
    new = loaded(BEATEN, plan)
    assert new.name == "Mine" and new.workload.input_mtok_per_month == 7.0
    assert new.rig == BEATEN.plan.rig and new.deployment == BEATEN.plan.deployment


def test_that_the_detected_computer_is_the_one_to_keep() -> None:
    plan = plan_of("rtx5090", 1)
    first = plan.rig.nodes[0]
    mine = first.model_copy(update={"mine": True, "name": "Mine"})
    both = plan.replace(rig=plan.rig.model_copy(update={"nodes": (first, mine)}))
    assert computer_to_keep(both) is mine
    assert computer_to_keep(plan) == first
    assert computer_to_keep(plan.replace(rig=plan.rig.model_copy(update={"nodes": ()}))) is None


def upgraded(there: int, now: int, *, gb: int = 64, ram_gib: int = 256):
    """A rig of a search that kept a computer: what was there is the plan's own, the rest is not."""
    plan = plan_of("rtx5090", now)
    memory = next(row.id for row in CATALOG.parts.values() if row.kind == "memory")
    owned = (NodePart(part="rtx5090", count=there), NodePart(part=memory, count=gb))
    node = plan.rig.nodes[0].model_copy(update={"ram_gib": ram_gib})
    plan = plan.replace(rig=plan.rig.model_copy(update={"nodes": (node,)}))
    return plan.replace(economics=plan.economics.model_copy(update={"owned": owned}))


def test_that_what_has_to_be_bought_is_nothing_that_one_has() -> None:
    node = computer_to_keep(upgraded(2, 4), CATALOG)
    assert node is not None and node.gpus == ("rtx5090", "rtx5090") and node.ram_gib == 64
    all_there = upgraded(4, 4, gb=256)
    assert computer_to_keep(all_there, CATALOG) is all_there.rig.nodes[0]


def test_that_a_found_upgrade_that_is_opened_does_not_become_what_one_has() -> None:
    mine = plan_of("rtx5090", 2).rig.nodes[0]
    before = replace(wishes_of(plan_of("rtx5090", 2)), keep=mine)
    assert wishes_again(before, upgraded(2, 4)).keep is mine


def test_that_the_parts_of_a_kept_computer_are_there_once() -> None:
    plan = upgraded(2, 2)
    wishes = replace(wishes_of(plan), keep=computer_to_keep(plan, CATALOG))
    assert wishes.economics.owned and not as_searched(wishes).economics.owned
    spare = replace(wishes, keep=None)
    assert as_searched(spare) is spare


def test_that_giving_up_a_budget_never_takes_one_that_is_too_small() -> None:
    one = Relaxation(("budget_usd",), "-", FAST)
    changed = given_up(WISHES, one)
    assert changed is not None and changed.budget_usd == 21_001
    assert words_of_use(WISHES, one) == "Use $21,001"


def test_that_a_lower_speed_is_one_that_the_rig_reaches() -> None:
    changed = given_up(WISHES, Relaxation(("decode_tokens_per_s", "budget_usd"), "-", SLOW))
    assert changed is not None
    assert changed.decode_tokens_per_s == 9.0 and changed.budget_usd == 4_000
    assert given_up(WISHES, Relaxation(("users",), "-", None)) is None
