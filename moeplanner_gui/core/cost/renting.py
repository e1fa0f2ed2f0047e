"""What GPUs by the hour cost for a month's tokens."""

from __future__ import annotations

from decimal import Decimal

from moeplanner_gui.core.cost.money import HOURS_PER_MONTH, ZERO
from moeplanner_gui.core.records import dataclass

PACKING = Decimal("0.8")
"""Share of the hours on demand that is work; starting and loading weights take the rest."""


@dataclass(frozen=True, slots=True)
class Rental:
    """``gpus`` at ``usd_per_gpu_hour``; ``storage_usd`` a month for the weights that stay."""

    gpus: int
    usd_per_gpu_hour: Decimal
    storage_usd: Decimal = ZERO
    minimum_hours: Decimal = ZERO

    def always_on_usd(self, rigs: int = 1) -> Decimal:
        """A month of 730 hours."""
        return rigs * self.gpus * self.usd_per_gpu_hour * HOURS_PER_MONTH + self.storage_usd

    def on_demand_usd(self, busy_hours: Decimal, packing: Decimal = PACKING) -> Decimal:
        """Busy hours over the packing, at least the billed minimum; storage stays all month."""
        hours = max(busy_hours / packing, self.minimum_hours) if busy_hours else ZERO
        return self.gpus * self.usd_per_gpu_hour * hours + self.storage_usd

    def usd_per_mtok(self, tokens_per_s: Decimal, duty: Decimal) -> Decimal | None:
        """USD a million tokens at this rate for this share of the time; None at no use."""
        made = tokens_per_s * 3600 * duty / 1_000_000
        return self.gpus * self.usd_per_gpu_hour / made if made > 0 else None
