"""The range of a part's price from the rows of the catalogue. Kinds are never mixed."""

from __future__ import annotations

from collections.abc import Iterable

from moeplanner_gui.catalog.prices import choose_price, price_date
from moeplanner_gui.catalog.rows import PriceEntry
from moeplanner_gui.core.cost.part_price import PartPrice
from moeplanner_gui.core.words import say

SAME_MARKET_DAYS = 183
"""Rows further apart are of another market: used RTX 3090 rose by 75 % in seven months of 2026."""

ASSUMED_SPREAD = 0.25
"""Two independent series of street prices of one month (shops and posted deals, September 2026)
agree within about a quarter."""

CERTAIN_SOURCES = ("typed in", say("typed in"))


def price_range(rows: Iterable[PriceEntry]) -> PartPrice | None:
    """Low, expected and high of a part; None where no price is known.

    Expected is the price that is shown. The range holds its own bounds and the rows of the same
    kind and market. One figure alone is exact when the user typed it or a shop or maker lists it
    (confidence high, not a list price at launch), else it is a quarter more or less.
    """
    entries = list(rows)
    chosen = choose_price(entries)
    if chosen is None:
        return None
    alike = [row for row in entries if row.kind == chosen.kind and _same_market(row, chosen)]
    figures = [
        usd for row in (chosen, *alike) for usd in (row.low, row.usd, row.high) if usd is not None
    ]
    low, high = min(figures), max(figures)
    is_typed = chosen.source in CERTAIN_SOURCES
    is_listed = chosen.confidence == "high" and chosen.kind != "msrp"
    is_assumed = low == high and not (is_typed or is_listed)
    if is_assumed:
        low, high = low * (1 - ASSUMED_SPREAD), high * (1 + ASSUMED_SPREAD)
    return PartPrice(
        low=low,
        expected=chosen.usd,
        high=high,
        kind=chosen.kind,
        date=chosen.date,
        source=chosen.source,
        confidence=chosen.confidence,
        is_estimate=chosen.confidence == "low" or chosen.kind == "msrp",
        is_spread_assumed=is_assumed,
        note=chosen.note,
    )


def _same_market(row: PriceEntry, chosen: PriceEntry) -> bool:
    days, reference = price_date(row), price_date(chosen)
    if days is None or reference is None:
        return row is chosen
    return abs((days - reference).days) <= SAME_MARKET_DAYS
