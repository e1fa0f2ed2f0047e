"""What hardware is still worth, and what losing the rest costs a month."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from moeplanner_gui.core.cost.money import ZERO
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

_YEAR = Decimal(12)
_NO_INTEREST = Decimal("1e-12")
"""Less than this a year is lost in the digits of a Decimal and shows in no amount."""


@dataclass(frozen=True, slots=True)
class Resale:
    """How a price falls.

    Either ``share`` of the price, whenever it is sold, or at once by ``haircut`` (tax, fees, no
    longer new) and then by ``annual_fall`` a year, which is negative where prices rise.
    """

    haircut: Decimal = ZERO
    annual_fall: Decimal = ZERO
    share: Decimal | None = None

    def value(self, price: Decimal, months: Decimal | int) -> Decimal:
        """Worth after ``months``: ``price * (1 - haircut) * (1 - annual_fall) ** (months / 12)``.

        The declining balance of used cards: an RTX 3090 fell by 9.9 % a year over 65 months.
        """
        if self.share is not None:
            return price * self.share
        left = 1 - self.annual_fall
        if left <= 0:
            return ZERO if months else price * (1 - self.haircut)
        return price * (1 - self.haircut) * _monthly(left) ** months


@cache
def _monthly(left_after_a_year: Decimal) -> Decimal:
    """The share left after a month. Kept: a root takes a hundred times as long as a power."""
    return left_after_a_year ** (1 / _YEAR)


def annual_fall(first: Decimal, last: Decimal, months: Decimal | int) -> Decimal:
    """The yearly fall that leads from one price to another: ``1 - (last / first) ** (12 / m)``.

    Raises:
        ValueError: A price or the time is not positive.
    """
    if first <= 0 or last <= 0 or months <= 0:
        raise ValueError(say("prices and months must be positive"))
    return 1 - (last / first) ** (_YEAR / Decimal(months))


def amortisation(
    price: Decimal, resale: Decimal, life_months: int, capital_rate: Decimal = ZERO
) -> Decimal:
    """The monthly charge that pays for the loss of value over the life.

    Without interest ``(price - resale) / life``. With an effective yearly ``capital_rate`` it is
    the annuity ``(C*k*g - V*k) / (g - 1)``, ``k = (1 + i) ** (1/12) - 1``, ``g = (1 + k) ** L``.

    Raises:
        ValueError: The life is not at least a month, or the rate is negative.
    """
    if life_months < 1:
        raise ValueError(say("the life must be at least one month"))
    if capital_rate < 0:
        raise ValueError(say("the cost of capital cannot be negative"))
    if capital_rate < _NO_INTEREST:
        return (price - resale) / life_months
    monthly = _monthly(1 + capital_rate) - 1
    growth = (1 + monthly) ** life_months
    return (price * monthly * growth - resale * monthly) / (growth - 1)
