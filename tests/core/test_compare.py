"""Plans side by side: every difference is seen, and nothing is called best that may not be."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core import edits
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Assessment, Cost, Power, Range, Speed
from moeplanner_gui.core.compare import Compared, Row, compare, unlike
from moeplanner_gui.core.plan import (
    ApiById,
    CardMemory,
    Deployment,
    Economics,
    Node,
    Plan,
    Rig,
    TunedSlot,
    Workload,
)

CATALOG = load_catalog()


def plan_of(cards: int = 2, card: str = "rtxpro6000") -> Plan:
    node = Node(host="wrx90-7965wx", ram_gib=256, gpus=(card,) * cards)
    return Plan(model="deepseek-v4-flash", rig=Rig(nodes=(node,)))


def told(verdict: str = "fits", **changes: object) -> Assessment:
    return replace(Assessment(verdict, (), None, (), 0, 0, None), **changes)


def rows_of(*assessments: Assessment, plan: Plan | None = None) -> dict[str, Row]:
    plan = plan or plan_of()
    return {row.key: row for row in compare([Compared(plan, a, CATALOG) for a in assessments])}


def priced(usd: float | None, verdict: str = "fits") -> Assessment:
    unpriced = () if usd is not None else ("Host",)
    return told(verdict, cost=Cost(hardware_usd=usd, unpriced_parts=unpriced))


def fast(low: float, expected: float, high: float) -> Assessment:
    return told(speed=Speed(decode_tokens_per_s=Range(low, expected, high)))


@pytest.mark.parametrize("count", [0, 1, 5])
def test_that_two_to_four_plans_are_compared(count) -> None:
    with pytest.raises(ValueError, match="Two to 4"):
        compare([Compared(plan_of(), told(), CATALOG)] * count)


def test_that_the_same_plan_twice_differs_in_nothing_and_has_no_best() -> None:
    plan = plan_of()
    twice = [Compared(plan, evaluate(plan, CATALOG), CATALOG)] * 2
    rows = compare(twice)
    assert not [row.key for row in rows if row.differs or row.best]
    assert unlike(twice) == ()


def test_that_figures_are_those_of_the_assessments() -> None:
    plans = [plan_of(2), plan_of(3)]
    answers = [evaluate(plan, CATALOG) for plan in plans]
    rows = {row.key: row for row in compare(
        [Compared(p, a, CATALOG) for p, a in zip(plans, answers, strict=True)]
    )}  # fmt: skip
    for position, answer in enumerate(answers):
        assert rows["verdict"].cells[position].value == answer.verdict
        decode = rows["speed.decode_tokens_per_s"].cells[position].value
        assert decode == answer.speed.decode_tokens_per_s
        assert rows["power.load_w"].cells[position].value == answer.power.load_w
        tightest = answer.devices[answer.tightest]
        assert rows["tightest"].cells[position].value == tightest.free_bytes
        cell = rows["memory.GPU 1"].cells[position]
        assert (cell.value, cell.of_bytes) == (
            answer.devices[0].used_bytes, answer.devices[0].usable_bytes
        )  # fmt: skip
    assert [cell.value for cell in rows["plan.cards"].cells] == [
        "2 × RTX PRO 6000", "3 × RTX PRO 6000"
    ]  # fmt: skip
    assert rows["memory.GPU 3"].cells[0].value is None


# What is best ---------------------------------------------------------------------------------


def test_that_the_lowest_known_price_is_best() -> None:
    assert rows_of(priced(9000), priced(4000), priced(5000))["cost.hardware_usd"].best == (1,)


def test_that_an_unknown_price_leaves_no_best_as_it_may_be_the_lowest() -> None:
    row = rows_of(priced(9000), priced(4000), priced(None))["cost.hardware_usd"]
    assert row.best == ()
    assert row.cells[2].note == "no price: Host"


def test_that_a_plan_that_does_not_fit_is_never_best_and_hides_no_best() -> None:
    rows = rows_of(priced(100, "does_not_fit"), priced(5000), priced(4000))
    assert rows["cost.hardware_usd"].best == (2,)
    rows = rows_of(priced(100, "cannot_run"), priced(5000))
    assert rows["cost.hardware_usd"].best == ()


def test_that_ranges_that_overlap_make_the_best_unsure() -> None:
    apart = rows_of(fast(30, 40, 50), fast(10, 20, 29))["speed.decode_tokens_per_s"]
    assert (apart.best, apart.is_sure) == ((0,), True)
    over = rows_of(fast(30, 40, 50), fast(10, 20, 31))["speed.decode_tokens_per_s"]
    assert (over.best, over.is_sure) == ((0,), False)


def test_that_a_difference_below_what_the_model_can_tell_makes_nobody_better() -> None:
    row = rows_of(fast(27, 48.0, 72), fast(27, 47.8, 72), fast(14, 24, 39))
    assert row["speed.decode_tokens_per_s"].best == (0, 1)
    row = rows_of(fast(27, 48.0, 72), fast(27, 47.8, 72))
    assert row["speed.decode_tokens_per_s"].best == ()


def test_that_watts_are_modelled_and_prices_are_added_up() -> None:
    row = rows_of(told(power=Power(idle_w=252)), told(power=Power(idle_w=255)))["power.idle_w"]
    assert row.best == ()
    assert rows_of(priced(4000), priced(4001))["cost.hardware_usd"].best == (0,)


def test_that_a_wait_is_better_the_shorter_it_is() -> None:
    waits = [told(speed=Speed(time_to_first_token_s=Range(e - 1, e, e + 1))) for e in (9, 3, 6)]
    row = rows_of(*waits)["speed.time_to_first_token_s"]
    assert (row.best, row.is_sure) == ((1,), True)


def test_that_equals_share_the_best_and_all_alike_have_none() -> None:
    row = rows_of(priced(4000), priced(4000), priced(5000))["cost.hardware_usd"]
    assert row.best == (0, 1)
    assert rows_of(priced(4000), priced(4000))["cost.hardware_usd"].best == ()


def test_that_never_is_worse_than_any_volume_and_no_unknown() -> None:
    never = told(cost=Cost(api_usd_per_month=1.0, breakeven_answer="never"))
    reached = told(
        cost=Cost(api_usd_per_month=1.0, breakeven_answer="reached", breakeven_mtok_per_month=5.0)
    )
    row = rows_of(never, reached)["cost.breakeven"]
    assert row.cells[0].value == math.inf
    assert row.best == (1,)
    assert rows_of(never, never)["cost.breakeven"].best == ()


def test_that_zero_watts_are_a_value_and_none_is_not() -> None:
    row = rows_of(told(power=Power(load_w=0)), told(power=Power(load_w=5)))["power.load_w"]
    assert row.best == (0,)
    assert rows_of(told(power=Power()), told(power=Power(load_w=5)))["power.load_w"].best == ()


# What differs ---------------------------------------------------------------------------------


def differing(first: Plan, second: Plan) -> set[str]:
    rows = compare([Compared(first, told(), CATALOG), Compared(second, told(), CATALOG)])
    return {row.key for row in rows if row.differs}


def other_value(value: object, name: str) -> object:
    """A valid other value of a field, as far as one can be made up."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return 0.5 if value != 0.5 else 0.25
    made_up: dict[str, object] = {
        "engine": "vllm", "backend": "vulkan", "frontend": "cli", "split": "row",
        "cache_type_k": "q8_0", "cache_type_v": "q8_0", "tensor_split": (1.0, 2.0),
        "electricity_region": "de", "api": ApiById(provider="p", model="m"),
        "other_apis": (ApiById(provider="p", model="m"),),
    }  # fmt: skip
    return made_up.get(name, 7 if value is None else value)


@pytest.mark.parametrize("part", [Deployment, Workload, Economics])
def test_that_every_choice_that_differs_is_a_row(part) -> None:
    name = part.__name__.lower()
    unseen = []
    for field in part.model_fields:
        plan = plan_of()
        now = getattr(plan, name)
        other = other_value(getattr(now, field), field)
        if other == getattr(now, field):
            continue  # rent, owned: made up below
        changed = plan.replace(**{name: now.model_copy(update={field: other})})
        if not differing(plan, changed):
            unseen.append(field)
    assert unseen == []


@pytest.mark.parametrize(
    "change",
    [
        {"host": None}, {"ram_gib": 128}, {"display": "windows"}, {"system_mib": 1},
        {"disk_gib": 5}, {"disk_read_gbs": 2.0}, {"card_link": "pcie4-x8"}, {"nvlink": True},
        {"memory_mt_s": 4800}, {"memory_channels": 4}, {"memory_gbs": 80.0},
        {"power_limit_w": 300.0}, {"parts": ()}, {"mine": True},
        {"gpus": ("rtxpro6000", TunedSlot(gpu="rtxpro6000", memory=CardMemory(ecc=True)))},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_that_every_choice_of_a_computer_that_differs_is_a_row(change) -> None:
    plan = plan_of()
    node = plan.rig.nodes[0].model_copy(update=change)
    if change == {"parts": ()}:
        assert node.parts != plan.rig.nodes[0].parts
    assert differing(plan, plan.replace(rig=Rig(nodes=(node,))))


def test_that_all_fields_of_a_computer_are_compared_or_change_no_figure() -> None:
    from moeplanner_gui.core.compare_choices import _NODE_SAID_ABOVE

    told_apart = {"host", "ram_gib"}
    assert _NODE_SAID_ABOVE - told_apart == {"name", "detected"}
    assert set(Node.model_fields) >= _NODE_SAID_ABOVE


def test_that_a_name_and_a_dismissal_are_no_difference() -> None:
    plan = plan_of()
    assert differing(plan, plan.replace(name="Other")) == set()


def test_that_plans_asked_other_questions_are_told_so() -> None:
    plan = plan_of()
    longer = edits.set_workload(plan, context_tokens=65_536)
    pair = [Compared(p, told(), CATALOG) for p in (plan, longer)]
    assert unlike(pair) == ("context",)


def test_that_context_is_each_users_whatever_the_engine_counts() -> None:
    plan = edits.set_workload(plan_of(), context_tokens=65_536, sequences=2)
    row = rows_of(told(), told(), plan=plan)["plan.context"]
    assert row.cells[0].value == "32,768 tokens"


def test_that_rows_have_keys_of_their_own() -> None:
    plan = plan_of()
    answer = evaluate(plan, CATALOG)
    keys = [row.key for row in compare([Compared(plan, answer, CATALOG)] * 4)]
    assert len(keys) == len(set(keys))
    assert {field.name for field in fields(Row)} >= {"best", "is_sure"}
