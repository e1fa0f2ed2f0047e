"""The report's targets hold, and a miss is seen."""

import pytest

from tests.accuracy.comparison import Comparison, Outcome, Quantity, Target, outcome
from tests.accuracy.quantities import QUANTITIES
from tests.accuracy.report import text_report


@pytest.mark.parametrize("quantity", QUANTITIES, ids=lambda q: q.name)
def test_that_a_quantity_keeps_its_target(quantity: Quantity) -> None:
    result = outcome(quantity)

    assert result.holds, text_report([result], models=False, worst=10)


def _outcome(target: Target, *pairs: tuple[int, int], safe_side: bool = False) -> Outcome:
    rows = tuple(Comparison("model", str(i), *pair) for i, pair in enumerate(pairs))
    return Outcome(Quantity("a", "B", "", target, lambda: rows, safe_side), rows)


def test_that_one_byte_off_breaks_an_exact_quantity() -> None:
    assert _outcome(Target(), (100, 100)).holds
    assert not _outcome(Target(), (100, 100), (100, 101)).holds
    assert not _outcome(Target(), (100, 99)).holds


def test_that_an_estimate_below_breaks_the_safe_side_whatever_the_share() -> None:
    loose = Target(above=0.05, share=0.5)
    assert _outcome(loose, (100, 104), (100, 190), safe_side=True).holds
    assert not _outcome(loose, (100, 104), (100, 99), safe_side=True).holds


def test_that_a_quantity_without_rows_does_not_hold() -> None:
    assert not _outcome(Target()).holds
