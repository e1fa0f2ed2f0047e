"""How old what is known is, kind by kind. Reads no clock: the caller says which day it is.

The age of a kind is that of its newest row: it says when somebody last looked. When that is longer
ago than the days named here, the kind is called old; single prices have an age of their own, which
``price_age`` knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from moeplanner_gui.catalog.price_age import OTHERS_WARN_AFTER_DAYS, price_age
from moeplanner_gui.catalog.prices import GREY_AFTER_DAYS, dated_day

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog

ROWS_OLD_AFTER_DAYS: Final = 90
"""Models, cards, hosts, measurements and claims: a quarter of a year, as prices of parts."""
PRICES_OLD_AFTER_DAYS: Final = GREY_AFTER_DAYS
"""Prices of parts, as each single one."""
TARIFFS_OLD_AFTER_DAYS: Final = OTHERS_WARN_AFTER_DAYS
"""Prices of APIs, rent and electricity, as each single one."""


class Age(NamedTuple):
    """The age of one kind of row.

    Attributes:
        kind: ``models``, ``cards``, ``hosts``, ``prices``, ``api_prices``, ``rent``,
            ``electricity``, ``measurements``, ``claims``.
        rows: How many there are.
        newest: The day of the newest, ``YYYY-MM-DD``; "" when none has a date.
        oldest: The day of the oldest.
        days: Since the newest; None without a date. A clock that is behind counts as today.
        old_after_days: From how many days on it is called old.
        old_rows: How many single rows are past the age at which a price is not to be relied on;
            0 for kinds that are no prices.
    """

    kind: str
    rows: int
    newest: str
    oldest: str
    days: int | None
    old_after_days: int
    old_rows: int = 0

    @property
    def is_old(self) -> bool:
        """Whether somebody should look again; also when nobody knows."""
        return self.rows > 0 and (self.days is None or self.days > self.old_after_days)


def ages(catalog: Catalog, today: date) -> tuple[Age, ...]:
    """The age of every kind of row. Reads the files of prices, measurements and claims."""
    tariffs, speed = catalog.tariffs, catalog.speed
    models = (_newest_source(row) for row in catalog.models.values())
    claims = [article.read for article in catalog.claims.articles.values()]
    return (
        _age("models", models, today, ROWS_OLD_AFTER_DAYS),
        _age("cards", _dates(catalog.gpus.values(), "source_date"), today, ROWS_OLD_AFTER_DAYS),
        _age("hosts", _dates(catalog.hosts.values(), "source_date"), today, ROWS_OLD_AFTER_DAYS),
        _age("prices", _dates(catalog.prices), today, PRICES_OLD_AFTER_DAYS, "hardware"),
        _age("api_prices", _dates(tariffs.apis.values()), today, TARIFFS_OLD_AFTER_DAYS, "api"),
        _age("rent", _dates(tariffs.rentals), today, TARIFFS_OLD_AFTER_DAYS, "rent"),
        _age(
            "electricity", _dates(tariffs.power.values()), today, TARIFFS_OLD_AFTER_DAYS,
            "electricity",
        ),
        _age("measurements", _dates(speed.measurements), today, ROWS_OLD_AFTER_DAYS),
        _age("claims", claims, today, ROWS_OLD_AFTER_DAYS),
    )  # fmt: skip


def days_since(dated: str, today: date) -> int | None:
    """Days since a date of the catalogue; None when it has none."""
    day = dated_day(dated)
    return None if day is None else max(0, (today - day).days)


def _dates(rows: Iterable[Any], field: str = "date") -> Iterable[str]:
    return (str(getattr(row, field)) for row in rows)


def _newest_source(model: Any) -> str:
    return max((str(source.date) for source in model.sources if source.date), default="")


def _age(
    kind: str, dates: Iterable[str], today: date, old_after_days: int, sort: Any = None
) -> Age:
    listed = list(dates)
    # A price of "2026" stands for the last day of the year, which may be still to come.
    days = sorted(min(day, today) for dated in listed if (day := dated_day(dated)) is not None)
    too_old = [dated for dated in listed if sort and price_age(dated, today, sort).level == "warn"]
    return Age(
        kind=kind,
        rows=len(listed),
        newest=days[-1].isoformat() if days else "",
        oldest=days[0].isoformat() if days else "",
        days=max(0, (today - days[-1]).days) if days else None,
        old_after_days=old_after_days,
        old_rows=len(too_old),
    )
