"""What an API charges for a month's tokens."""

from __future__ import annotations

from decimal import Decimal

from moeplanner_gui.core.cost.money import ZERO
from moeplanner_gui.core.cost.workload import Tokens
from moeplanner_gui.core.records import dataclass


@dataclass(frozen=True, slots=True)
class Tier:
    """Prices of requests whose prompt is longer than ``above_tokens``, USD a million tokens."""

    above_tokens: int
    input_usd: Decimal
    cached_usd: Decimal
    output_usd: Decimal


@dataclass(frozen=True, slots=True)
class ApiPrice:
    """One tariff, USD a million tokens.

    ``cached_usd`` is for input that was read before. ``peak_multiplier`` holds in peak hours
    only, ``batch_discount`` for answers that may wait. ``write_usd`` is what writing a token into
    the cache costs on top, 0 where it is free.
    """

    input_usd: Decimal
    cached_usd: Decimal
    output_usd: Decimal
    write_usd: Decimal = ZERO
    peak_multiplier: Decimal = Decimal(1)
    batch_discount: Decimal = ZERO
    tiers: tuple[Tier, ...] = ()

    def for_prompt(self, prompt_tokens: int) -> ApiPrice:
        """The tariff of requests of this length: that of the highest tier they exceed."""
        reached = [tier for tier in self.tiers if prompt_tokens > tier.above_tokens]
        if not reached:
            return self
        tier = max(reached, key=lambda item: item.above_tokens)
        return ApiPrice(
            tier.input_usd,
            tier.cached_usd,
            tier.output_usd,
            self.write_usd,
            self.peak_multiplier,
            self.batch_discount,
        )


def api_bill(
    price: ApiPrice,
    tokens: Tokens,
    *,
    peak_share: Decimal = ZERO,
    batch_share: Decimal = ZERO,
    written_mtok: Decimal = ZERO,
) -> Decimal:
    """USD a month.

    ``(T_in*(1-h)*p_in + T_in*h*p_cache + T_out*p_out) * (1 + q*(peak-1)) * (1 - b*discount)``
    and what cache writes cost. ``peak_share`` of the tokens falls into peak hours.
    """
    hits = tokens.input_mtok * tokens.cache_hit_share
    standard = (
        (tokens.input_mtok - hits) * price.input_usd
        + hits * price.cached_usd
        + tokens.output_mtok * price.output_usd
    )
    peak = 1 + peak_share * (price.peak_multiplier - 1)
    return standard * peak * (1 - batch_share * price.batch_discount) + (
        written_mtok * price.write_usd
    )


def blended_usd_per_mtok(bill_usd: Decimal, tokens: Tokens) -> Decimal | None:
    """The bill over all tokens of the month; None at zero use."""
    return bill_usd / tokens.total_mtok if tokens.total_mtok else None
