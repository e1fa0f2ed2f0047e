"""Ticks and ranges of the charts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.ui.charts.axes import (
    capacity_axis,
    context_axis,
    context_label,
    tick_label,
    value_axis,
)


@given(st.floats(0.2, 4096))
def test_that_a_capacity_axis_holds_its_largest_value_and_few_ticks(high: float) -> None:
    axis = capacity_axis(high)
    assert high <= axis.high <= high * 1.03 + 1e-9
    assert 1 <= len(axis.ticks) <= 9
    assert axis.ticks[-1] <= axis.high


def test_that_a_96_gb_card_which_shows_a_little_less_gets_a_tick_at_96() -> None:
    assert capacity_axis(95.59).ticks == (0, 16, 32, 48, 64, 80, 96)


@given(st.floats(0, 1000), st.floats(0.05, 1000))
def test_that_a_value_axis_covers_its_range_and_ends_on_ticks(low: float, span: float) -> None:
    axis = value_axis(low, low + span)
    assert axis.low <= low + 1e-6 and axis.high >= low + span - 1e-6
    assert axis.ticks[0] == pytest.approx(axis.low)
    assert axis.ticks[-1] == pytest.approx(axis.high)


@given(st.integers(1024, 2**24))
def test_that_a_context_axis_ends_at_the_model_limit(limit: int) -> None:
    axis = context_axis(limit)
    assert axis.ticks[-1] == limit
    assert list(axis.ticks) == sorted(set(axis.ticks))


@given(st.floats(0, 1))
def test_that_share_undoes_value_on_a_logarithmic_axis(share: float) -> None:
    axis = context_axis(1_048_576)
    assert axis.share(axis.value(share)) == pytest.approx(share, abs=1e-9)


@pytest.mark.parametrize(
    ("tokens", "label"), [(4096, "4K"), (131_072, "128K"), (163_840, "160K"), (2**20, "1M")]
)
def test_that_axis_labels_are_short(tokens: int, label: str) -> None:
    assert context_label(tokens) == label


def test_that_tick_labels_have_the_decimals_of_their_step() -> None:
    assert tick_label(70, 5) == "70"
    assert tick_label(1.5, 0.5) == "1.5"
    assert tick_label(0.25, 0.05) == "0.25"
