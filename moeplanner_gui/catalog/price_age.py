"""How old a price is and whether that matters. Reads no clock: the caller says which day it is."""

from __future__ import annotations

from datetime import date
from typing import Literal

from moeplanner_gui.catalog.prices import GREY_AFTER_DAYS, WARN_AFTER_DAYS, dated_day
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

OTHERS_WARN_AFTER_DAYS = 60
"""Prices of APIs, rents and tariffs: V4.1 Flash moved five-fold at a router within weeks."""

PriceSort = Literal["hardware", "api", "rent", "electricity", "currency"]
Level = Literal["fresh", "grey", "warn", "unknown"]


@dataclass(frozen=True, slots=True)
class PriceAge:
    """Days since a price was read, and how it is to be shown.

    Attributes:
        days: None when the price has no date.
        level: ``grey`` is old for a part, ``warn`` is too old to rely on, ``unknown`` has no date.
        sentence: What to tell; empty while the price is fresh.
    """

    days: int | None
    level: Level
    sentence: str


def price_age(dated: str, today: date, sort: PriceSort = "hardware") -> PriceAge:
    """The age of a price by its date (a day, a month or a year, which stand for their last day).

    Parts turn grey after 90 days and are warned about after 180; all others are warned about
    after 60.
    """
    day = dated_day(dated)
    if day is None:
        return PriceAge(None, "unknown", say("Nobody knows how old this price is. Check it."))
    days = max(0, (today - day).days)
    grey, warn = (
        (GREY_AFTER_DAYS, WARN_AFTER_DAYS)
        if sort == "hardware"
        else (OTHERS_WARN_AFTER_DAYS, OTHERS_WARN_AFTER_DAYS)
    )
    if days > warn:
        return PriceAge(
            days, "warn", say("This price is {0} days old. Check it before you buy.", days)
        )
    if days > grey:
        return PriceAge(days, "grey", say("This price is {0} days old.", days))
    return PriceAge(days, "fresh", "")
