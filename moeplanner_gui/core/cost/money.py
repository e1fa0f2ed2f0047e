"""Decimal amounts: how numbers become money and how money is rounded."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from moeplanner_gui.core.words import say

HOURS_PER_MONTH: Final = Decimal(730)
SECONDS_PER_MONTH: Final = HOURS_PER_MONTH * 3600
MILLION: Final = Decimal(1_000_000)
ZERO: Final = Decimal(0)
_CENT: Final = Decimal("0.01")
_HUNDREDTH_CENT: Final = Decimal("0.0001")
_DIGITS_OF_DIVISION: Final = Decimal("1e-12")
"""Finer than any amount that was typed, coarser than what a division loses."""
_LARGEST: Final = Decimal("1e300")

Number = Decimal | int | float | str


def decimal(value: Number) -> Decimal:
    """The number as it was typed: 0.1 is a tenth, not the nearest binary fraction.

    Raises:
        ValueError: Not a finite number.
    """
    try:
        found = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    except ArithmeticError:
        raise ValueError(say("“{0}” is not a number", value)) from None
    if not found.is_finite():
        raise ValueError(say("“{0}” is not a finite number", value))
    return found


def cents_float(amount: Decimal | None) -> float | None:
    """An amount for JSON: rounded half up to the cent while it is still exact."""
    return None if amount is None else _rounded(amount, _CENT)


def price_float(amount: Decimal | None) -> float | None:
    """A price of a million tokens or a kWh for JSON: to a hundredth of a cent, as APIs print."""
    return None if amount is None else _rounded(amount, _HUNDREDTH_CENT)


def plain_float(amount: Decimal | None) -> float | None:
    """A quantity for JSON; None also for what no float can hold."""
    return None if amount is None or abs(amount) > _LARGEST else float(amount)


def _rounded(amount: Decimal, unit: Decimal) -> float | None:
    """Amounts that a Decimal cannot hold to the cent have no cents a float could show."""
    try:
        # A third of a dollar ends at 28 digits: three of them must not fall short of half a cent.
        # No contextlib.suppress: making one took a third of the time.
        try:  # noqa: SIM105
            amount = amount.quantize(_DIGITS_OF_DIVISION)
        except InvalidOperation:
            pass
        return float(amount.quantize(unit, ROUND_HALF_UP))
    except InvalidOperation:
        return plain_float(amount)
