from datetime import date

import pytest

from moeplanner_gui.catalog.load import Catalog
from moeplanner_gui.catalog.prices import choose_price, price_age_days, price_date
from moeplanner_gui.catalog.rows import PriceEntry


def price(
    usd: float, kind: str = "street_new", confidence: str = "medium", when: str = "2026-09"
) -> PriceEntry:
    return PriceEntry.model_validate(
        {
            "part_id": "card",
            "kind": kind,
            "usd": usd,
            "date": when,
            "source": "a shop",
            "confidence": confidence,
        }
    )


def chosen(*rows: PriceEntry) -> float | None:
    row = choose_price(rows)
    return None if row is None else row.usd


def test_that_a_part_without_a_price_has_none() -> None:
    assert choose_price([]) is None


def test_that_the_price_of_a_new_card_comes_before_a_used_one_and_a_list_price() -> None:
    new, used, listed = price(3, "street_new"), price(2, "used"), price(1, "msrp")
    assert chosen(listed, used, new) == 3
    assert chosen(listed, used) == 2
    assert chosen(listed) == 1


def test_that_kinds_are_not_mixed_even_when_the_other_is_newer_and_surer() -> None:
    old = price(3, "street_new", "low", "2024")
    assert chosen(old, price(2, "used", "high", "2026-10")) == 3


def test_that_confidence_comes_before_the_date() -> None:
    assert chosen(price(1, when="2026-10", confidence="low"), price(2, when="2026-05")) == 2


def test_that_of_equally_sure_prices_the_newest_is_taken() -> None:
    assert chosen(price(1, when="2026-05"), price(2, when="2026-09"), price(3, when="2025")) == 2


def test_that_a_month_stands_for_its_last_day() -> None:
    assert price_date(price(1, when="2026-02")) == date(2026, 2, 28)
    assert chosen(price(1, when="2026-09-12"), price(2, when="2026-09")) == 2


def test_that_a_bare_year_is_not_newer_than_a_day_of_it() -> None:
    assert chosen(price(1, when="2026"), price(2, when="2026-02-17")) == 2
    assert chosen(price(1, when="2026"), price(2, when="2025-12-31")) == 1


@pytest.mark.parametrize("when", ["launch", "", "2026-13", "2026-02-30", "soon", "0000"])
def test_that_an_unreadable_date_is_no_date_and_the_oldest(when: str) -> None:
    row = price(1, when=when)
    assert price_date(row) is None
    assert price_age_days(row, date(2026, 11, 22)) is None
    assert chosen(row, price(2, when="1999")) == 2


def test_that_a_price_of_the_running_month_is_not_from_the_future() -> None:
    assert price_age_days(price(1, when="2026-11"), date(2026, 11, 22)) == 0
    assert price_age_days(price(1, when="2026-08-24"), date(2026, 11, 22)) == 90


@pytest.mark.parametrize(
    ("part_id", "usd", "kind"),
    [
        ("rtxpro6000", 13250, "street_new"),
        ("rtx3090", 1207, "used"),
        ("h100-pcie", 20000, "used"),
        ("gb10", 4699, "street_new"),
        ("m5max-40c-64", 3499, "street_new"),
    ],
)
def test_that_the_shipped_prices_follow_the_rule(
    shipped: Catalog, part_id: str, usd: float, kind: str
) -> None:
    row = shipped.price(part_id)
    assert row is not None
    assert (row.usd, row.kind) == (usd, kind)
    assert row.source
    assert row.date


@pytest.mark.parametrize("part_id", ["m5ultra-80c", "mi325x", "no-such-card"])
def test_that_a_missing_price_stays_missing(shipped: Catalog, part_id: str) -> None:
    assert shipped.price(part_id) is None


def test_that_the_price_of_one_memory_size_is_not_that_of_another(shipped: Catalog) -> None:
    smaller = shipped.price("m5ultra-80c-256")
    assert smaller is not None
    assert smaller.usd == 10799
    assert shipped.price("m5ultra-80c") is None
