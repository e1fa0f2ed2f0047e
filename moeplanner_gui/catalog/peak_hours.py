"""When a provider charges its peak price. A rule of our own: the price package knows no weekdays.

Knows dates and hours; reads no clock.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from moeplanner_gui.catalog.rows import CatalogFile, Kind
from moeplanner_gui.core.words import say

HOURS_A_WEEK = 7 * 24
DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class PeakWindow(_Row):
    """From one hour of a day to another, UTC; ``end`` no longer belongs to it."""

    start: dt.time
    end: dt.time

    @model_validator(mode="after")
    def _is_a_window(self) -> PeakWindow:
        if self.start >= self.end:
            raise ValueError(say("The window ends before it starts."))
        return self

    @property
    def hours(self) -> Decimal:
        """Its length."""
        minutes = (self.end.hour - self.start.hour) * 60 + self.end.minute - self.start.minute
        return Decimal(minutes) / 60


class PeakHours(_Row):
    """The peak hours of one provider.

    ``holidays`` are days on which none are charged, counted in the provider's own time zone, and
    known until ``holidays_until``; ``weekdays`` are 1 (Monday) to 7, of the same time zone.
    """

    provider: Annotated[str, Field(min_length=1)]
    multiplier: Annotated[Decimal, Field(gt=1, le=100)]
    windows: Annotated[tuple[PeakWindow, ...], Field(min_length=1)]
    weekdays: Annotated[tuple[Literal[1, 2, 3, 4, 5, 6, 7], ...], Field(min_length=1)]
    utc_offset_hours: Annotated[int, Field(ge=-12, le=14)]
    holidays: tuple[dt.date, ...] = ()
    holidays_name: str
    holidays_until: dt.date
    starts: dt.datetime
    date: str
    source: str

    @property
    def share(self) -> Decimal:
        """The part of a week without holidays that is peak: 35 of 168 h at DeepSeek."""
        hours = sum((window.hours for window in self.windows), Decimal(0)) * len(self.weekdays)
        return (hours / HOURS_A_WEEK).quantize(Decimal("1e-10"))

    @property
    def words(self) -> str:
        """When, as price files have it: data, and English in every language."""
        days = f"{DAY_NAMES[min(self.weekdays) - 1]} to {DAY_NAMES[max(self.weekdays) - 1]}"
        hours = " and ".join(f"{w.start:%H:%M}-{w.end:%H:%M}" for w in self.windows)
        return f"{days}, {hours} UTC, not on {self.holidays_name}"

    def is_peak(self, at: dt.datetime) -> bool:
        """Whether a request that ends then pays the peak price.

        Raises:
            ValueError: The time has no time zone, or lies outside of what is known.
        """
        if at.tzinfo is None:
            raise ValueError(say("The time has no time zone."))
        utc = at.astimezone(dt.UTC)
        there = utc.astimezone(dt.timezone(dt.timedelta(hours=self.utc_offset_hours)))
        if utc < self.starts or there.date() > self.holidays_until:
            raise ValueError(say("The peak hours of {0} are not known.", there.date()))
        if there.isoweekday() not in self.weekdays or there.date() in self.holidays:
            return False
        return any(window.start <= utc.time() < window.end for window in self.windows)


class PeakHoursFile(CatalogFile):
    """Peak hours, one row a provider."""

    model_config = ConfigDict(defer_build=True)

    peak_hours: tuple[PeakHours, ...]


PEAK_HOURS = Kind(
    "peak_hours", "peak_hours", "peak-hours", PeakHoursFile, PeakHours, id_field="provider"
)
