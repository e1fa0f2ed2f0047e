"""What the cost comparison reads beside the plan's rows. The catalogue layer implements it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from moeplanner_gui.core.cost.tariffs import (
    ApiTariff,
    ExchangeRate,
    PowerTariff,
    RentalPrice,
    RentalRange,
)


class TariffData(Protocol):
    """Dated prices of others, each kind read when it is first asked for.

    ``apis`` by ``provider/model``, ``rental_ranges`` by card, ``power`` by region, ``rates`` by
    currency.
    """

    @property
    def apis(self) -> Mapping[str, ApiTariff]: ...

    @property
    def rentals(self) -> tuple[RentalPrice, ...]: ...

    @property
    def rental_ranges(self) -> Mapping[str, RentalRange]: ...

    @property
    def power(self) -> Mapping[str, PowerTariff]: ...

    @property
    def rates(self) -> Mapping[str, ExchangeRate]: ...
