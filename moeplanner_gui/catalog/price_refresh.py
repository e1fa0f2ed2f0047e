"""Newer API prices from the network. Runs only when somebody asks for it, never at start."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Container, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from moeplanner_gui.catalog.api_prices import file_text, peak_hours
from moeplanner_gui.catalog.price_package import Reading, fetched_providers, tariffs_of
from moeplanner_gui.catalog.tariff_files import REFRESHED
from moeplanner_gui.catalog.tariff_kinds import APIS
from moeplanner_gui.catalog.user_folder import changing
from moeplanner_gui.core.cost.tariffs import ApiTariff
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.safe_write import why_not_written, write_file_atomically

if TYPE_CHECKING:
    from genai_prices.types import Provider

FEWEST_ROWS = 200
"""The list has over 1,000; a tenth of it is not the list any more."""


class PriceRefreshError(Exception):
    """No newer prices; the text is a sentence for a person. What was there is unchanged."""


@dataclass(frozen=True, slots=True)
class ChangedPrice:
    """One API whose price is another than before: input and output, USD a million tokens."""

    id: str
    name: str
    before: tuple[Decimal, Decimal]
    after: tuple[Decimal, Decimal]

    @property
    def factor(self) -> Decimal | None:
        """How many times dearer the output is now; None where it was free."""
        return self.after[1] / self.before[1] if self.before[1] else None


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh brought."""

    count: int
    changed: tuple[ChangedPrice, ...]
    new: tuple[str, ...]
    date: str


def refresh_api_prices(
    user_folder: Path,
    today: dt.date,
    current: Mapping[str, ApiTariff],
    known_models: Container[str],
    fetch: Callable[[], list[Provider]] = fetched_providers,
) -> Refreshed:
    """Fetch the newest prices and keep them with the user's rows, below what they typed.

    The same rules as for the shipped snapshot decide which rows are kept. Blocks for up to ten
    seconds: run it beside the window's thread.

    Args:
        user_folder: The user's rows; the prices go to a folder of their own in it.
        today: The day that the prices get.
        current: The prices so far, to say what changed.
        known_models: Ids of the catalogue's models.
        fetch: Where they come from.

    Raises:
        PriceRefreshError: No network, no list, or no place to keep it; nothing was changed.
    """
    try:
        providers = fetch()
    except Exception as error:  # each library below has errors of its own
        raise PriceRefreshError(_why_not_fetched(error)) from error
    name = say("genai-prices, fetched {0}", today.isoformat())
    reading = Reading(today, today.isoformat(), name, known_models, peak_hours())
    try:
        found = tariffs_of(providers, reading).rows
    except (AttributeError, TypeError, ValueError, ArithmeticError) as error:
        raise PriceRefreshError(
            say("What came back is no price list that this version can read ({0}).", error)
        ) from error
    count = sum(len(rows) for rows in found.values())
    if count < FEWEST_ROWS:
        raise PriceRefreshError(
            say("What came back has only {0} prices. Those that were there are kept.", count)
        )
    folder = user_folder / REFRESHED / APIS.folder
    with changing(user_folder, PriceRefreshError):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for provider, rows in found.items():
                if rows:
                    text = file_text(provider, rows, name, today.isoformat())
                    write_file_atomically(folder / f"{provider}.json", text.encode())
        except OSError as error:
            raise PriceRefreshError(
                say("The prices could not be kept in {0}: {1}.", folder, why_not_written(error))
            ) from None
    rows_now = [row for rows in found.values() for row in rows]
    return Refreshed(
        count=count,
        changed=tuple(
            ChangedPrice(row.id, row.name, (old.input, old.output), (row.input, row.output))
            for row in rows_now
            if (old := current.get(row.id)) is not None
            and (old.input, old.output) != (row.input, row.output)
        ),
        new=tuple(row.id for row in rows_now if row.id not in current),
        date=today.isoformat(),
    )


def _why_not_fetched(error: Exception) -> str:
    kind = type(error).__name__
    kept = say("The prices that were there are kept.")
    if isinstance(error, ImportError):
        return say("The package that fetches prices is not installed. {0}", kept)
    if kind.endswith("Timeout") or isinstance(error, TimeoutError):
        return say("The price list did not answer in time. {0}", kept)
    if kind == "HTTPStatusError":
        return say(
            "The price list is not where it was ({0}). {1}", str(error).splitlines()[0][:120], kept
        )
    if isinstance(error, OSError) or kind in ("ConnectError", "NetworkError", "ProxyError"):
        return say("There is no connection to the price list. {0}", kept)
    if isinstance(error, ValueError):
        return say("What came back is no price list that this version can read. {0}", kept)
    return say("The prices could not be fetched ({0}). {1}", kind, kept)
