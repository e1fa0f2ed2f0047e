"""The words of speed: no figure without its unit, no wait told as nothing, no sum that is off."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Range, Speed
from moeplanner_gui.core.plan import Deployment, Node, Plan, Rig, Workload
from moeplanner_gui.core.speed.constants import SpeedGroup
from moeplanner_gui.core.speed.terms import Term
from moeplanner_gui.export import speed_words as words
from moeplanner_gui.export.csv import parts_csv
from moeplanner_gui.export.speed_rows import FIGURES_HEADER, MEASURED_HEADER, STEPS_HEADER
from moeplanner_gui.export.speed_steps import steps_of

CATALOG = load_catalog()
# Only what is said of a group matters here, not its constants.
GROUP = SpeedGroup.model_construct(
    id="g", name="llama.cpp, CUDA", rows=63, combinations=21, weak=False
)
TERMS = (
    Term("dense_weights", 0.002, 0, 3.2e9, 1.6e12),
    Term("expert_weights", 0.001, 0, 1.6e9, 1.6e12),
    Term("dense_weights", 0.003, 1, 4.8e9, 1.6e12),
    Term("layer_overhead", 0.0028, None, 40, 70e-6),
    Term("hop", 0.0, None, 0, 0.0),
)


@pytest.mark.parametrize(
    ("value", "said"),
    [(1234.4, "1,234"), (10.4, "10"), (9.96, "10.0"), (3.14, "3.1"), (0.042, "0.04")],
)
def test_that_a_rate_is_whole_from_ten_up(value, said) -> None:
    assert words.figure(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.42, "0.42 s"), (45.2, "45 s"), (200, "3 min 20 s"), (3599.6, "1 h"), (7500, "2 h 5 min")],
)
def test_that_a_wait_is_told_in_the_unit_a_person_waits_in(value, said) -> None:
    assert words.seconds(value) == said


def test_that_a_range_of_waits_has_its_units_at_both_ends_where_they_differ() -> None:
    assert words.wait(Range(22.0, 45.0, 90.0)) == "45 s (22–90)"
    assert words.wait(Range(50.0, 200.0, 400.0)) == "3 min 20 s (50 s – 6 min 40 s)"


@pytest.mark.parametrize(
    ("band", "said"),
    [
        (Range(24.9, 31.0, 39.2), "24–39"),
        (Range(9.96, 10.2, 12.0), "9.9–12"),
        (Range(0.999, 1.2, 1.5), "0.99–1.5"),
        (Range(0.29, 0.5, 0.7), "0.29–0.70"),
        (Range(19.9999, 20.0, 20.6), "19–21"),
        (Range(20.0, 20.0, 20.0), "20–20"),
    ],
)
def test_that_the_low_end_of_a_speed_is_never_rounded_up(band: Range, said: str) -> None:
    assert words.band(band) == said
    assert said in words.rate(band)


@given(value=st.floats(0.01, 1e6))
def test_that_nobody_is_promised_a_speed_or_a_wait_beyond_the_band(value: float) -> None:
    slack = 1 + 2e-9
    assert float(words.low_figure(value).replace(",", "")) <= value * slack
    assert float(words.long_figure(value).replace(",", "")) * slack >= value


def test_that_the_long_end_of_a_wait_is_never_rounded_down() -> None:
    assert words.wait(Range(22.0, 45.0, 90.2)) == "45 s (22–91)"
    assert words.wait(Range(50.0, 200.0, 400.2)) == "3 min 20 s (50 s – 6 min 41 s)"
    assert words.wait(Range(50.0, 200.0, 7501.0)).endswith("2 h 6 min)")


def test_that_the_bars_stand_behind_each_other_and_add_up() -> None:
    steps = steps_of(TERMS, ("GPU 1", "GPU 2"))
    assert [step.label for step in steps] == [
        "Attention, shared, head, GPU 1",
        "Routed experts",
        "Attention, shared, head, GPU 2",
        "Launching layers",
    ]
    assert steps[-1].start_s + steps[-1].seconds == pytest.approx(0.0088)
    assert sum(step.share for step in steps) == pytest.approx(1)


def test_that_many_bars_of_one_kind_become_one_and_keep_the_sum() -> None:
    steps = steps_of(TERMS, ("GPU 1", "GPU 2"), most=3)
    assert [step.label for step in steps] == [
        "Attention, shared, head, 2 devices", "Routed experts", "Launching layers"
    ]  # fmt: skip
    assert steps[0].seconds == pytest.approx(0.005)
    assert steps[0].work == "8.00 GB ÷ 1,600 GB/s"


def test_that_a_formula_gives_the_time_beside_it() -> None:
    steps = steps_of(TERMS)
    assert steps[0].formula == "3.20 GB ÷ 1,600 GB/s = 2.00 ms"
    assert steps[-1].formula == "40 layers × 70 µs = 2.80 ms"


def test_that_the_arithmetic_of_users_is_counted_in_users() -> None:
    step = steps_of((Term("compute", 92e-6, 0, 4, 23e-6),))[0]
    assert step.work == "4 users × 23 µs"
    flops = steps_of((Term("compute", 0.5, 0, 5e13, 1e14),))[0]
    assert flops.work == "50,000.0 GFLOP ÷ 100 TFLOP/s"


def test_that_users_who_come_by_on_several_cards_are_not_counted_again() -> None:
    terms = tuple(Term("compute", 0.005, card, 2, 0.0025) for card in range(9))
    (step,) = steps_of(terms, most=3)
    assert step.work == "2 users × 22,500 µs"


def test_that_what_stands_behind_a_figure_is_said() -> None:
    said = words.sure_sentence(GROUP, weak=False)
    assert "63 measurements" in said and "8 of 10" in said
    new = words.sure_sentence(GROUP, weak=True)
    assert new.startswith("Weak: nothing alike is among the 63 published measurements")
    weak = words.sure_sentence(GROUP.model_copy(update={"rows": 3, "weak": True}), weak=True)
    assert weak.startswith("Weak: only 3 published measurements stand behind it")
    none = words.sure_sentence(GROUP.model_copy(update={"rows": 0}), weak=False)
    assert none.startswith("Weak: no measurement stands behind it")


def test_that_a_prefill_alone_is_still_an_answer() -> None:
    speed = Speed(prefill_tokens_per_s=Range(100, 200, 400))
    plan = Plan(model="m", rig=Rig(nodes=()))
    assert words.plain(words.answer_pieces(plan, speed)) == "Prefill 200 tok/s (100–400)."
    assert words.answer_pieces(plan, Speed()) == ()


@pytest.mark.parametrize(
    ("source", "is_link"),
    [
        ("https://github.com/a/b", True),
        ("http://a.example/x", True),
        ("file:///etc/passwd", False),
        ("javascript:alert(1)", False),
        ("https://a\nb", False),
        ("a letter", False),
    ],
)
def test_that_only_web_addresses_are_links(source, is_link) -> None:
    assert words.is_link(source) is is_link


# --- the CSV ----------------------------------------------------------------------------------


def plan_of(users: int = 2, card: str = "rtx3090") -> Plan:
    return Plan(
        model="qwen3-30b-a3b",
        weights="q4_k_m",
        rig=Rig(nodes=(Node(ram_gib=64, gpus=(card,)),)),
        deployment=Deployment(),
        workload=Workload(context_tokens=8192, sequences=users),
    )


def blocks(text: str) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    title = ""
    for row in csv.reader(io.StringIO(text, newline="")):
        if not row:
            title = ""
        elif not title:
            title = row[0]
            found[title] = []
        else:
            found[title].append(row)
    return found


def test_that_the_csv_has_figures_constants_step_and_sources() -> None:
    plan = plan_of()
    assessment = evaluate(plan, CATALOG)
    found = blocks(parts_csv(plan, assessment, CATALOG))
    figures = found["Speed"]
    assert tuple(figures[0]) == FIGURES_HEADER
    each = assessment.speed.decode_tokens_per_s
    assert [float(cell) for cell in figures[1][2:]] == pytest.approx(
        [each.low, each.expected, each.high], abs=0.001
    )
    facts = {row[0]: row[1] for row in figures[5:]}
    assert facts["Bound by"] == assessment.speed.bound_by
    assert facts["Constants of decode"]
    assert facts["Constants of prefill"]
    assert int(facts["Measurements behind them"]) >= 0
    steps = found["Where the time of one token goes"]
    assert tuple(steps[0]) == STEPS_HEADER
    whole = sum(float(row[2]) for row in steps[1:])
    assert whole == pytest.approx(1000 / each.expected, rel=0.02)
    measured = found["Measured by others"]
    assert tuple(measured[0]) == MEASURED_HEADER
    source = MEASURED_HEADER.index("Source")
    assert all(row[source] for row in measured[1:])


def test_that_an_unknown_figure_is_an_empty_cell_and_never_a_zero() -> None:
    plan = plan_of()
    because = "Unknown, because the bandwidth of the card is not known."
    assessment = replace(evaluate(plan, CATALOG), speed=Speed(because=because))
    figures = blocks(parts_csv(plan, assessment, CATALOG))["Speed"]
    assert figures[1] == ["Decode, each user", "tokens/s", "", "", ""]
    assert ["Not known, because", because] in figures


def test_that_a_plan_that_does_not_fit_has_no_speed_in_the_csv() -> None:
    plan = plan_of().replace(weights="bf16")
    assessment = evaluate(plan, CATALOG)
    assert assessment.verdict == "does_not_fit"
    found = blocks(parts_csv(plan, assessment, CATALOG))
    assert found["Speed"][1][2:] == ["", "", ""]
    assert "Where the time of one token goes" not in found
