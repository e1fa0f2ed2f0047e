"""The prices of others as a plan that brings its own sees them: these over all that are here."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar, cast

from moeplanner_gui.catalog.tariff_files import TariffFiles

if TYPE_CHECKING:
    from moeplanner_gui.core.cost.tariffs import ApiTariff, ExchangeRate, PowerTariff, RentalRange
    from moeplanner_gui.core.entries import Entries

_Row = TypeVar("_Row")


class PlanTariffs(TariffFiles):
    """A plan's own prices over those of the catalogue, which are read as late as ever.

    Args:
        entries: What the plan brings along.
        below: The shipped prices with the user's over them.

    Attributes:
        plan_keys: Which prices are the plan's: ``apis:provider/model``, ``rents:card`` and so on.
    """

    def __init__(self, entries: Entries, below: TariffFiles) -> None:
        super().__init__(None, below=below)
        self._own, self._others = entries, below
        self.plan_keys = entries.tariff_keys

    @cached_property
    def apis(self) -> Mapping[str, ApiTariff]:
        """What APIs charge, by ``provider/model``."""
        return _over({row.id: row for row in self._own.apis}, self._others.apis)

    @cached_property
    def rental_ranges(self) -> Mapping[str, RentalRange]:
        """What an hour of a GPU costs over all providers, by card."""
        return _over({row.card_id: row for row in self._own.rents}, self._others.rental_ranges)

    @cached_property
    def power(self) -> Mapping[str, PowerTariff]:
        """Electricity by region, in the region's own currency."""
        return _over({row.region: row for row in self._own.electricity}, self._others.power)

    @cached_property
    def rates(self) -> Mapping[str, ExchangeRate]:
        """USD for one unit of a currency, by its three letters."""
        return _over({row.currency: row for row in self._own.exchange_rates}, self._others.rates)


def _over(own: dict[str, _Row], others: Mapping[str, _Row]) -> Mapping[str, _Row]:
    if not own:
        return others
    # A chain asks the lower mapping only for what the upper one has not, so that a single API
    # still reads its provider's file alone. It writes to neither.
    below = cast("dict[str, _Row]", others)
    return MappingProxyType(ChainMap(own, below))
