"""Prices that others charge: APIs per token, GPUs by the hour, electricity, exchange rates.

Each kind is read when it is first asked for: a window shows its first plan without any of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from moeplanner_gui.catalog.read_rows import read_kind

if TYPE_CHECKING:
    from moeplanner_gui.catalog.peak_hours import PeakHours
    from moeplanner_gui.catalog.problems import CatalogProblem
    from moeplanner_gui.core.cost.tariffs import (
        ApiTariff,
        ExchangeRate,
        PowerTariff,
        RentalPrice,
        RentalRange,
    )

_Row = TypeVar("_Row", bound=BaseModel)

_PLAIN_NAME = re.compile(r"[a-z0-9-]+")

REFRESHED = "refreshed"
"""The folder in that of the user's rows for prices that were fetched."""


class TariffFiles:
    """The rows of ``api_prices``, ``rental`` and ``tariffs``; implements
    ``core.cost.data.TariffData``.

    Args:
        folder: A catalogue; None for one without files.
        below: Prices that those of ``folder``, which then is the user's, stand over. A row
            replaces the one of the same id below it.
        only_newer: A row does so only when it is not older: fetched prices do not hide those
            of a later version of the program.
    """

    def __init__(
        self, folder: Path | None, below: TariffFiles | None = None, *, only_newer: bool = False
    ) -> None:
        self._folder = folder
        self._only_newer = only_newer
        self._below = below
        self._problems: tuple[CatalogProblem, ...] = ()

    def under(self, user_folder: Path) -> TariffFiles:
        """These prices below those a user fetched, and both below those they typed."""
        fetched = TariffFiles(user_folder / REFRESHED, below=self, only_newer=True)
        return TariffFiles(user_folder, below=fetched)

    @property
    def problems(self) -> tuple[CatalogProblem, ...]:
        """What was left out of the kinds that were read so far, and why."""
        return (*(self._below.problems if self._below else ()), *self._problems)

    @cached_property
    def apis(self) -> Mapping[str, ApiTariff]:
        """What APIs charge, by ``provider/model``; a single one reads its provider's file alone."""
        from moeplanner_gui.catalog.api_mapping import ApiMapping

        return ApiMapping(self._of_provider, self._all_apis)

    def _all_apis(self) -> Mapping[str, ApiTariff]:
        from moeplanner_gui.catalog.tariff_kinds import APIS
        from moeplanner_gui.core.cost.tariffs import ApiTariff

        return self._by_id(APIS, ApiTariff, lambda files: files.apis.values())

    def _of_provider(self, provider: str) -> Mapping[str, ApiTariff]:
        """The prices of one provider, where files are named by it; the user's are not."""
        from moeplanner_gui.catalog.tariff_kinds import APIS
        from moeplanner_gui.core.cost.tariffs import ApiTariff

        if not _PLAIN_NAME.fullmatch(provider):
            return {}
        is_typed = self._below is not None and not self._only_newer
        kind = APIS if is_typed else replace(APIS, files=f"{provider}.json")
        return self._by_id(kind, ApiTariff, lambda files: files._of_provider(provider).values())

    @cached_property
    def peak_hours(self) -> Mapping[str, PeakHours]:
        """When providers charge their peak price, by provider."""
        from moeplanner_gui.catalog.peak_hours import PEAK_HOURS, PeakHours

        return self._by_id(PEAK_HOURS, PeakHours, lambda files: files.peak_hours.values())

    @cached_property
    def rentals(self) -> tuple[RentalPrice, ...]:
        """Single offers of GPUs by the hour, in the order of their files."""
        from moeplanner_gui.catalog.tariff_kinds import RENTALS
        from moeplanner_gui.core.cost.tariffs import RentalPrice

        return tuple(self._by_id(RENTALS, RentalPrice, lambda files: files.rentals).values())

    @cached_property
    def rental_ranges(self) -> Mapping[str, RentalRange]:
        """What an hour of a GPU costs over all providers, by card."""
        from moeplanner_gui.catalog.tariff_kinds import RANGES
        from moeplanner_gui.core.cost.tariffs import RentalRange

        return self._by_id(RANGES, RentalRange, lambda files: files.rental_ranges.values())

    @cached_property
    def power(self) -> Mapping[str, PowerTariff]:
        """Electricity by region, in the region's own currency."""
        from moeplanner_gui.catalog.tariff_kinds import ELECTRICITY
        from moeplanner_gui.core.cost.tariffs import PowerTariff

        return self._by_id(ELECTRICITY, PowerTariff, lambda files: files.power.values())

    @cached_property
    def rates(self) -> Mapping[str, ExchangeRate]:
        """USD for one unit of a currency, by its three letters."""
        from moeplanner_gui.catalog.tariff_kinds import RATES
        from moeplanner_gui.core.cost.tariffs import ExchangeRate

        return self._by_id(RATES, ExchangeRate, lambda files: files.rates.values())

    def _by_id(
        self, kind: Any, row_type: type[_Row], below: Callable[[TariffFiles], Iterable[_Row]]
    ) -> Mapping[str, _Row]:
        found: dict[str, _Row] = {}
        if self._below is not None:
            found.update((getattr(row, kind.id_field), row) for row in below(self._below))
        if self._folder is not None:
            rows, problems = read_kind(self._folder, kind, by_path=self._below is not None)
            self._problems = tuple(dict.fromkeys((*self._problems, *problems)))
            for row in rows:
                if isinstance(row, row_type):
                    key = getattr(row, kind.id_field)
                    if not (self._only_newer and _date(found.get(key)) > _date(row)):
                        found[key] = row
        return MappingProxyType(found)


def _date(row: BaseModel | None) -> str:
    return str(getattr(row, "date", ""))
