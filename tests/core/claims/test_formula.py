"""The calculator of claims knows numbers, four signs, brackets and names, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.core.claims.formula import FormulaError, calculate, names_in


def no_names(name: str) -> float:
    raise FormulaError(f"There is no {name}.")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) × 3", 9),
        ("2 - 3 - 4", -5),
        ("12 ÷ 3 / 2", 2),
        ("-(2 - 5)", 3),
        ("3600/36/300", 1 / 3),
        ("1.5e3", 1500),
    ],
)
def test_that_signs_bind_as_everywhere(text: str, value: float) -> None:
    assert calculate(text, no_names) == pytest.approx(value)


def test_that_a_name_in_braces_is_another_claim() -> None:
    assert calculate("{A-005} / {B-1}", {"A-005": 6.0, "B-1": 4.0}.__getitem__) == 1.5
    assert names_in("{A-005} + {B-1} - {A-005}") == ("A-005", "B-1")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 +",
        "(1",
        "1)",
        "1 2",
        "1 / 0",
        "2 ** 9",
        "__import__('os')",
        "a",
        "1e999",
        "9" * 501,
        "(" * 40 + "1" + ")" * 40,
        "-" * 60 + "1",
        "1e99*1e99*1e99*1e99",
        "{gone}",
    ],
)
def test_that_what_is_no_formula_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(FormulaError, match=r"\.$"):
        calculate(text, no_names)


@given(st.text(alphabet="0123456789.+-*/()×÷{}eA \t", max_size=60))
def test_that_any_text_gives_a_finite_number_or_a_sentence(text: str) -> None:
    try:
        value = calculate(text, lambda name: 1.0)
    except FormulaError:
        return
    assert abs(value) < float("inf")
