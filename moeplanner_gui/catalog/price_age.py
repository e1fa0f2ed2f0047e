"""How old a price is and whether that matters. Reads no clock: the caller says which day it is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from moeplanner_gui.catalog.prices import GREY_AFTER_DAYS, WARN_AFTER_DAYS, dated_day
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

OTHERS_WARN_AFTER_DAYS = 60
"""Prices of APIs, rents and tariffs: V4.1 Flash moved five-fold at a router within weeks."""

A_DAY = timedelta(days=1)
"""Somewhere it is tomorrow already."""

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
    after 60. One that lies ahead has no age that is known.
    """
    day = dated_day(dated)
    if day is None:
        return PriceAge(None, "unknown", say("Nobody knows how old this price is. Check it."))
    if _first_day(dated) > today + A_DAY:
        # A clock that was set back must not make old prices look fresh.
        return PriceAge(
            None,
            "unknown",
            say(
                "This price is of {0}, and this computer's clock says {1}. Check both.",
                dated,
                today,
            ),
        )
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


def _first_day(dated: str) -> date:
    """The first day that a date stands for: of the month or the year where it names no day."""
    return date.fromisoformat(dated + {4: "-01-01", 7: "-01"}.get(len(dated), ""))
