"""A month's tokens and how long a rig is busy with them."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from moeplanner_gui.core.cost.money import HOURS_PER_MONTH, MILLION, SECONDS_PER_MONTH, ZERO
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

_HOUR = Decimal(3600)


@dataclass(frozen=True, slots=True)
class Tokens:
    """A month's tokens in millions. ``cache_hit_share`` of the input was read before and is
    neither computed again nor billed in full.
    """

    input_mtok: Decimal
    output_mtok: Decimal
    cache_hit_share: Decimal = ZERO

    @property
    def total_mtok(self) -> Decimal:
        """Input, cached or not, and output."""
        return self.input_mtok + self.output_mtok

    @property
    def output_share(self) -> Decimal:
        """Output over all; 0 at zero use."""
        return self.output_mtok / self.total_mtok if self.total_mtok else ZERO

    def scaled_to(self, total_mtok: Decimal) -> Tokens:
        """The same mix for another month's total.

        Raises:
            ZeroDivisionError: There is no mix at zero use.
        """
        factor = total_mtok / self.total_mtok
        return Tokens(self.input_mtok * factor, self.output_mtok * factor, self.cache_hit_share)


@dataclass(frozen=True, slots=True)
class Throughput:
    """What one rig does: uncached prompt tokens and answer tokens a second, all users together.

    ``availability`` is the share of the month in which it works at all, ``max_duty`` the share
    of that which demand can really fill.
    """

    prefill_tokens_per_s: Decimal
    decode_tokens_per_s: Decimal
    availability: Decimal = Decimal("0.98")
    max_duty: Decimal = Decimal("0.7")

    def __post_init__(self) -> None:
        """Refuse rates that are not positive: a rig without speed has no cost per token."""
        if self.prefill_tokens_per_s <= 0 or self.decode_tokens_per_s <= 0:
            raise ValueError(say("prefill and decode must be above 0 tokens/s"))
        if not 0 < self.availability <= 1 or not 0 < self.max_duty <= 1:
            raise ValueError(say("availability and duty must be above 0 and at most 1"))

    @property
    def usable_hours(self) -> Decimal:
        """Hours of a month that one rig can work."""
        return HOURS_PER_MONTH * self.availability * self.max_duty

    def busy_hours(self, tokens: Tokens) -> Decimal:
        """``(T_in * (1 - h) / R_in + T_out / R_out) / 3600``: one after the other, which is on
        the safe side of engines that mix both.
        """
        read = tokens.input_mtok * (1 - tokens.cache_hit_share) / self.prefill_tokens_per_s
        return (read + tokens.output_mtok / self.decode_tokens_per_s) * MILLION / _HOUR

    def rigs_needed(self, tokens: Tokens) -> int:
        """``max(1, ceil(busy / (month * availability * duty)))``: one more tops up the rest."""
        return self.rigs_for(self.busy_hours(tokens))

    def rigs_for(self, busy_hours: Decimal) -> int:
        """How many rigs so many hours of work take, at least one."""
        return max(1, int((busy_hours / self.usable_hours).to_integral_value(ROUND_CEILING)))

    def duty(self, tokens: Tokens) -> Decimal:
        """The share of the month for which one rig would be busy; above 1 it cannot keep up."""
        return self.busy_hours(tokens) * _HOUR / SECONDS_PER_MONTH

    def capacity_mtok(self, tokens: Tokens) -> Decimal | None:
        """The most tokens of this mix in a month; None when the mix takes no time at all."""
        each = self.busy_hours_per_mtok(tokens)
        if not each:
            return None
        return self.usable_hours / each

    def busy_hours_per_mtok(self, tokens: Tokens) -> Decimal:
        """Hours for a million tokens of this mix; 0 at zero use, which has no mix."""
        return self.busy_hours(tokens) / tokens.total_mtok if tokens.total_mtok else ZERO
