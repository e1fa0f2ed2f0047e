"""Which of several dated prices is shown for a part, and how old it is. Reads no clock."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date

from moeplanner_gui.catalog.rows import PriceEntry

KIND_ORDER = ("street_new", "used", "msrp", "server", "part")
"""What a buyer pays comes first: the price of a new card in a shop, then a used one, and a list
price, which in 2026 is often half of what is asked, only where nothing else was found."""

CONFIDENCE_ORDER = ("high", "medium", "low")

_YEAR_DIGITS = 4
GREY_AFTER_DAYS = 90
WARN_AFTER_DAYS = 180


def choose_price(rows: Iterable[PriceEntry]) -> PriceEntry | None:
    """The one price to show for a part; None when there is none, never a guess.

    One kind is taken, the first of :data:`KIND_ORDER` that has a row: asking prices, list prices
    and used ones are never mixed. Within it the best confidence wins, then the newest date, where
    a year counts from its first day: what is only known to be of 2026 is not newer than what was
    read in February. Of two rows alike the first in the file.
    """
    entries = list(rows)
    for kind in KIND_ORDER:
        of_kind = [row for row in entries if row.kind == kind]
        if of_kind:
            best = min(CONFIDENCE_ORDER.index(row.confidence) for row in of_kind)
            sure = [row for row in of_kind if CONFIDENCE_ORDER.index(row.confidence) == best]
            return max(sure, key=lambda row: _surely_by(row) or date.min)
    return None


def _surely_by(row: PriceEntry) -> date | None:
    day = price_date(row)
    return date(day.year, 1, 1) if day is not None and len(row.date) == _YEAR_DIGITS else day


def price_date(row: PriceEntry) -> date | None:
    """The day of a price; a month or a year stands for its last day, as that is when it was known.

    None when the row says only "launch" or has no readable date.
    """
    return dated_day(row.date)


def dated_day(text: str) -> date | None:
    """The day of a date as :func:`price_date` takes it; None when it is no date."""
    found = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", text)
    if found is None:
        return None
    year, month = int(found[1]), int(found[2] or 12)
    try:
        day = int(found[3]) if found[3] else calendar.monthrange(year, month)[1]
        return date(year, month, day)
    except (ValueError, calendar.IllegalMonthError):
        return None


def price_age_days(row: PriceEntry, today: date) -> int | None:
    """How many days old a price is, 0 for one of the running month; None without a date.

    Shown grey above :data:`GREY_AFTER_DAYS` and with a warning above :data:`WARN_AFTER_DAYS`.
    """
    day = price_date(row)
    return None if day is None else max(0, (today - day).days)
