"""What is typed into the inputs: numbers, their units, and sentences for everything else."""

from __future__ import annotations

import pytest

from moeplanner_gui.core.edits import set_workload
from moeplanner_gui.ui.cost.field_values import (
    count_inferences,
    inferences,
    set_inferences,
    total_mtok,
)
from moeplanner_gui.ui.cost.fields import BY_KEY, FIELDS
from moeplanner_gui.ui.cost.numbers import RefusedError, parse_number, shown

from .conftest import compared, plan_of


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("21,000", "$", 21_000),
        ("$21 000.50", "$", 21_000.5),
        ("36 months", "months", 36),
        ("0.187", "USD/kWh", 0.187),
        ("−5", "%", -5),
        ("1e3", "", 1000),
    ],
)
def test_that_numbers_are_understood_with_or_without_their_unit(text, unit, value) -> None:
    assert parse_number(text, unit) == value


@pytest.mark.parametrize(
    ("text", "mtok"), [("1.1B", 1100), ("500k", 0.5), ("250", 250), ("2 T", 2e6), ("3M", 3)]
)
def test_that_tokens_may_be_typed_as_people_say_them(text, mtok) -> None:
    assert parse_number(text, "M", tokens=True) == pytest.approx(mtok)


@pytest.mark.parametrize("text", ["abc", "nan", "inf", "1e999", "--3", "1,2,3", "12 apples", "."])
def test_that_what_is_no_finite_number_is_refused_with_a_sentence(text) -> None:
    with pytest.raises(RefusedError) as refused:
        parse_number(text, "$")
    assert str(refused.value).endswith((".", "point."))


@pytest.mark.parametrize(
    ("key", "text", "sentence"),
    [
        ("hardware", "-1", "More than $0."),
        ("hardware", "0", "More than $0."),
        ("hardware", "1e12", "At most $1,000,000,000."),
        ("life", "0", "At least 1 months."),
        ("life", "36.5", "A whole number, please."),
        ("cache_hits", "101", "At most 100 %."),
        ("duty", "0", "More than 0 %."),
        ("decode", "0", "More than 0 tok/s."),
        ("pue", "0.5", "At least 1."),
        ("hours_on", "745", "At most 744 h."),
        ("life", "", "Needed. Type a number."),
        ("capital", "0,08", "Write 0.08 with a point."),
    ],
)
def test_that_bad_input_is_refused_at_the_field_with_a_sentence(key, text, sentence) -> None:
    with pytest.raises(RefusedError) as refused:
        BY_KEY[key].parse(text)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.key)
def test_that_every_field_writes_what_it_reads(field) -> None:
    plan = count_inferences(compared(), True) if "request" in field.key else compared()
    if field.key == "inferences":
        plan = count_inferences(plan, True)
    value = field.read(plan)
    if value is None:
        assert field.optional or field.key in ("share", "haircut", "fall")
        return
    assert field.read(field.apply(plan, value)) == pytest.approx(value)
    assert field.parse(field.text(plan)) == pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize("field", [f for f in FIELDS if f.high < 1e12], ids=lambda f: f.key)
def test_that_both_ends_of_every_range_make_a_valid_plan(field) -> None:
    plan = count_inferences(compared(), True) if "request" in field.key else compared()
    scale = 100 if field.percent else 1
    low = max(field.low, 1e-3) if field.above else field.low
    for end in (low, field.high):
        made = field.apply(plan, end / scale)
        assert type(made).model_validate_json(made.model_dump_json()) == made


def test_that_another_total_keeps_the_mix() -> None:
    plan = BY_KEY["tokens"].apply(plan_of(), 2200.0)
    assert plan.workload.input_mtok_per_month == 2000.0
    assert plan.workload.output_mtok_per_month == 200.0


def test_that_a_plan_without_use_gets_the_mix_of_agents_back() -> None:
    idle = set_workload(plan_of(), input_mtok_per_month=0.0, output_mtok_per_month=0.0)
    plan = BY_KEY["tokens"].apply(idle, 100.0)
    assert plan.workload.input_mtok_per_month == pytest.approx(93.5)
    assert total_mtok(plan) == pytest.approx(100.0)


def test_that_counting_in_requests_changes_no_token_and_a_count_changes_only_the_tokens() -> None:
    plan = count_inferences(plan_of(), True)
    assert total_mtok(plan) == 1100.0
    assert plan.workload.inference_output_tokens == 500
    assert plan.workload.inference_input_tokens == 5000
    assert inferences(plan) == pytest.approx(200_000)
    halved = set_inferences(plan, 100_000)
    assert total_mtok(halved) == pytest.approx(550.0)
    assert count_inferences(halved, False).workload.inference_input_tokens is None


def test_that_larger_requests_keep_their_number() -> None:
    plan = count_inferences(plan_of(), True)
    larger = BY_KEY["request_in"].apply(plan, 10_000.0)
    assert inferences(larger) == pytest.approx(200_000)
    assert larger.workload.input_mtok_per_month == pytest.approx(2000.0)


@pytest.mark.parametrize(
    ("value", "text"), [(21_000.0, "21,000"), (0.187, "0.187"), (0.0, "0"), (12.5, "12.5")]
)
def test_that_a_number_is_shown_with_no_more_digits_than_it_has(value, text) -> None:
    assert shown(value) == text
