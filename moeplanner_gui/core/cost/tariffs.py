"""Dated prices of others: APIs per token, GPUs by the hour, electricity. Catalogue rows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from moeplanner_gui.core.cost.api_bill import ApiPrice, Tier
from moeplanner_gui.core.words import say

Usd = Annotated[Decimal, Field(ge=0, le=Decimal(10) ** 6, allow_inf_nan=False)]
Text = Annotated[str, Field(min_length=1, max_length=500)]
MAX_DIGITS = 30
"""Of an amount: a price of a token in USD has about ten; 1e-999999999 would fill the memory."""
MAX_AMOUNT = 10_000_000
Share = Annotated[Decimal, Field(ge=0, le=1, allow_inf_nan=False)]


class _Row(BaseModel):
    # Not strict: an amount is written as text, so that it stays the number that was printed.
    # Each kind is made ready when a row of it is first read.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    def amount_problems(self) -> Iterator[tuple[str, str]]:
        """(field, sentence) for each amount that nobody prints."""
        for name, value in self.__dict__.items():
            if isinstance(value, Decimal):
                _, digits, exponent = value.as_tuple()
                # NaN and the infinite have letters there; the types refuse those.
                if len(digits) > MAX_DIGITS or abs(int(exponent)) > MAX_DIGITS:
                    yield name, say("Has more than {0} digits.", MAX_DIGITS)
                elif value > MAX_AMOUNT:
                    yield name, say("Is more than {0:,}.", MAX_AMOUNT)
            elif name == "tiers":
                for tier in value:
                    yield from ((f"tiers.{field}", said) for field, said in tier.amount_problems())


class ApiTier(_Row):
    """Prices of requests with longer prompts, USD a million tokens."""

    above_tokens: Annotated[int, Field(ge=1)]
    input: Usd
    cached: Usd
    output: Usd


class ApiTariff(_Row):
    """What one provider charges for one model, USD a million tokens, on ``date``.

    ``serves`` is the id of the catalogue model behind it, None where none is; ``note`` says when
    it is not the same quality. ``peak_multiplier`` holds in ``peak_hours``, words for people;
    ``peak_share`` is the part of a week they fill. ``write`` is the price of writing a token
    into the cache, on top of the input.
    """

    provider: Text
    model: Text
    name: Text
    serves: Text | None = None
    input: Usd
    cached: Usd | None = None
    output: Usd
    write: Usd = Decimal(0)
    peak_multiplier: Annotated[Decimal, Field(ge=1, le=100)] = Decimal(1)
    peak_hours: Text | None = None
    peak_share: Share = Decimal(0)
    batch_discount: Share = Decimal(0)
    tiers: tuple[ApiTier, ...] = ()
    date: Text
    source: Text
    note: Text | None = None

    @property
    def id(self) -> str:
        """``provider/model``."""
        return f"{self.provider}/{self.model}"

    def price(self) -> ApiPrice:
        """The arithmetic's form. Without a price for cached input it costs as much as any."""
        return ApiPrice(
            input_usd=self.input,
            cached_usd=self.input if self.cached is None else self.cached,
            output_usd=self.output,
            write_usd=self.write,
            peak_multiplier=self.peak_multiplier,
            batch_discount=self.batch_discount,
            tiers=tuple(
                Tier(tier.above_tokens, tier.input, tier.cached, tier.output) for tier in self.tiers
            ),
        )


class RentalPrice(_Row):
    """What an hour of one GPU costs at one provider, USD, on ``date``; ``spot`` may be taken away
    at any moment. ``card_id`` is the catalogue card.
    """

    id: Text
    card_id: Text | None = None
    gpu: Text
    provider: Text
    usd_per_gpu_hour: Annotated[Decimal, Field(gt=0, le=10_000)]
    spot_usd_per_gpu_hour: Annotated[Decimal, Field(gt=0, le=10_000)] | None = None
    date: Text
    source: Text
    note: Text | None = None


class RentalRange(_Row):
    """What an hour of one GPU costs over all providers: low, typical and high, USD."""

    card_id: Text
    low: Annotated[Decimal, Field(gt=0)]
    expected: Annotated[Decimal, Field(gt=0)]
    high: Annotated[Decimal, Field(gt=0)]
    date: Text
    source: Text


class PowerTariff(_Row):
    """Electricity of one region in its own currency a kWh, taxes included unless noted."""

    region: Text
    name: Text
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    per_kwh: Annotated[Decimal, Field(gt=0, le=10**6)]
    date: Text
    source: Text
    licence: Text | None = None
    confidence: Text
    note: Text | None = None


class ExchangeRate(_Row):
    """USD for one unit of a currency on ``date``."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    usd: Annotated[Decimal, Field(gt=0)]
    date: Text
    source: Text
