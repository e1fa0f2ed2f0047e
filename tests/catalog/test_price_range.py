"""The range of a part's price: one kind, one market, and an assumption is said to be one."""

import pytest

from moeplanner_gui.catalog.load import Catalog
from moeplanner_gui.catalog.price_range import price_range
from moeplanner_gui.catalog.rows import PriceEntry


def row(usd: float, kind: str = "street_new", date: str = "2026-09", **more: object) -> PriceEntry:
    given = {"part_id": "a", "source": "a shop", "confidence": "medium", **more}
    return PriceEntry.model_validate({**given, "kind": kind, "usd": usd, "date": date})


def test_that_rows_of_other_kinds_are_not_in_the_range() -> None:
    found = price_range([row(2000, "msrp", "2025-01"), row(5258, low=5000), row(4795, "used")])

    assert found is not None
    assert (found.low, found.expected, found.high) == (5000, 5258, 5258)
    assert (found.kind, found.is_estimate, found.is_spread_assumed) == ("street_new", False, False)


def test_that_rows_of_another_market_are_not_in_the_range() -> None:
    found = price_range(
        [row(691, "used", "2026-02"), row(1207, "used"), row(1000, "used", "2026-08")]
    )

    assert found is not None
    assert (found.low, found.expected, found.high) == (1000, 1207, 1207)


@pytest.mark.parametrize(
    ("kind", "confidence", "source", "spread", "is_estimate"),
    [
        ("street_new", "high", "a shop", 0.0, False),
        ("street_new", "high", "typed in", 0.0, False),
        ("street_new", "medium", "typed in", 0.0, False),
        ("used", "medium", "a shop", 0.25, False),
        ("part", "low", "a shop", 0.25, True),
        ("msrp", "high", "a shop", 0.25, True),
        ("server", "low", "a shop", 0.25, True),
    ],
)
def test_that_one_figure_alone_says_how_far_it_is_trusted(
    kind: str, confidence: str, source: str, spread: float, is_estimate: bool
) -> None:
    found = price_range([row(1000, kind, confidence=confidence, source=source)])

    assert found is not None
    assert (found.low, found.high) == (1000 * (1 - spread), 1000 * (1 + spread))
    assert found.is_spread_assumed == (spread > 0)
    assert found.is_estimate == is_estimate


def test_that_no_price_has_no_range(shipped: Catalog) -> None:
    assert price_range([]) is None
    assert shipped.price_range("nothing") is None


def test_that_every_range_holds_the_price_that_is_shown(shipped: Catalog) -> None:
    for part in {entry.part_id for entry in shipped.prices}:
        found, shown = shipped.price_range(part), shipped.price(part)
        assert found is not None and shown is not None
        assert 0 < found.low <= found.expected <= found.high, part
        assert (found.expected, found.date, found.source) == (shown.usd, shown.date, shown.source)


def test_that_the_ranges_of_known_parts_are_those_of_their_rows(shipped: Catalog) -> None:
    cards = {part: shipped.price_range(part) for part in ("rtx5090", "h100-pcie", "h200")}

    assert [(card.low, card.expected, card.high) for card in cards.values() if card] == [
        (4299.5, 5258, 5258),
        (15000, 20000, 29200),
        (28000, 35000, 55000),
    ]
    assert cards["h200"] is not None and cards["h200"].is_estimate
