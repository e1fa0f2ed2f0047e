"""Numbers are typed as they are shown, whatever the language writes between their digits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from moeplanner_gui.core import words
from moeplanner_gui.ui.cost.numbers import RefusedError, parse_number
from moeplanner_gui.ui.cost.numbers import shown as shown_amount
from moeplanner_gui.ui.editors.values import FieldError, FieldSpec, parse, shown
from moeplanner_gui.ui.engine_options.values import parse_shares, shares_text
from moeplanner_gui.ui.finder.wishes import number_from, number_text

VALUES = (0.5, 1.0, 12.25, 999.0, 1000.0, 1234.5, 32_768.0, 1_048_576.0, 1_234_567.75)


@pytest.fixture(params=[(".", ","), (",", "."), (",", "\u202f")], ids=["en", "de", "fr"])
def marks(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    point, group = request.param
    words.speak(None if point == "." else lambda _key: "", point=point, group=group)
    yield point, group
    words.speak(None)


@pytest.mark.parametrize("value", VALUES)
def test_that_an_amount_is_read_as_it_is_shown(marks: tuple[str, str], value: float) -> None:
    text = shown_amount(value, 4)
    assert parse_number(text) == pytest.approx(value, rel=1e-5)
    if value != int(value) and value < 1e5:
        assert marks[0] in text
    assert parse_number(f"${text}", "$") == parse_number(text)


@pytest.mark.parametrize("value", VALUES)
def test_that_a_field_of_an_editor_is_read_as_it_is_shown(
    marks: tuple[str, str], value: float
) -> None:
    spec = FieldSpec("memory", "&Memory", "", "number", unit="GB")
    assert parse(spec, shown(spec, value)) == value
    assert parse(spec, f"{shown(spec, value)} GB") == value


@pytest.mark.parametrize("value", VALUES)
def test_that_a_wish_is_read_as_it_is_shown(marks: tuple[str, str], value: float) -> None:
    assert number_from(number_text(value), 0, 1e9) == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize("shares", [(1.0,), (3.0, 1.0), (0.5, 1.25, 24.0)])
def test_that_shares_are_read_as_they_are_shown(
    marks: tuple[str, str], shares: tuple[float, ...]
) -> None:
    assert parse_shares(shares_text(shares)) == shares


@pytest.mark.usefixtures("marks")
def test_that_a_round_amount_without_decimals_keeps_its_zeros() -> None:
    assert parse_number(shown_amount(1_234_560.4)) == pytest.approx(1_234_560)


def test_that_a_number_of_another_language_is_refused_and_never_read_a_thousandfold() -> None:
    """In German 1.5 is no fifteen, and no one and a half either."""
    words.speak(lambda _key: "", point=",", group=".")
    try:
        for text in ("1.5", "12.50"):
            with pytest.raises(RefusedError):
                parse_number(text)
            with pytest.raises(FieldError):
                parse(FieldSpec("memory", "&Memory", "", "number"), text)
        assert parse_number("1.500") == 1500
    finally:
        words.speak(None)
