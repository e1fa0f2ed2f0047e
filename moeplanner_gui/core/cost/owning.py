"""What owning a rig costs a month: the loss of value, upkeep and electricity."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property

from moeplanner_gui.core.cost.money import HOURS_PER_MONTH, ZERO
from moeplanner_gui.core.cost.resale import Resale, amortisation
from moeplanner_gui.core.cost.workload import Throughput, Tokens
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

_KILO = Decimal(1000)
_YEAR = Decimal(12)


@dataclass(frozen=True)
class Ownership:
    """One rig and the bills that come with it, in USD.

    ``load_w`` and ``idle_w`` are watts at the wall; ``pue`` is what cooling adds to them;
    ``hours_on`` hours a month it is switched on, 730 for always.
    """

    hardware_usd: Decimal
    resale: Resale
    life_months: int
    load_w: Decimal
    idle_w: Decimal
    usd_per_kwh: Decimal
    capital_rate: Decimal = ZERO
    pue: Decimal = Decimal(1)
    hours_on: Decimal = HOURS_PER_MONTH
    maintenance_share_per_year: Decimal = ZERO
    other_usd_per_month: Decimal = ZERO

    def __post_init__(self) -> None:
        """Refuse what no bill can have."""
        for name in ("hardware_usd", "load_w", "idle_w", "hours_on", "other_usd_per_month"):
            if getattr(self, name) < 0:
                raise ValueError(say("{0} cannot be negative", name))
        if self.pue < 1:
            raise ValueError(say("pue cannot be below 1"))
        if self.load_w < self.idle_w:
            raise ValueError(say("load_w cannot be below idle_w"))

    # Without slots, so that these can be kept: one rig is priced for many workloads and speeds.
    @cached_property
    def resale_usd(self) -> Decimal:
        """What the rig is worth at the end of its life."""
        return self.resale.value(self.hardware_usd, self.life_months)

    @cached_property
    def amortisation_usd(self) -> Decimal:
        """A month, for one rig."""
        return amortisation(self.hardware_usd, self.resale_usd, self.life_months, self.capital_rate)

    @cached_property
    def maintenance_usd(self) -> Decimal:
        """A month, for one rig."""
        return self.hardware_usd * self.maintenance_share_per_year / _YEAR


@dataclass(frozen=True, slots=True)
class OwningCost:
    """A month of owning, in USD; the parts add up to ``total_usd``.

    ``idle_usd`` is the electricity of a rig that only waits, all hours it is on: it is fixed.
    ``load_usd`` is what work adds to that. ``usd_per_mtok`` is None at zero use.
    """

    rigs: int
    busy_hours: Decimal
    duty: Decimal
    kwh: Decimal
    amortisation_usd: Decimal
    maintenance_usd: Decimal
    other_usd: Decimal
    idle_usd: Decimal
    load_usd: Decimal
    usd_per_mtok: Decimal | None

    @property
    def electricity_usd(self) -> Decimal:
        """Waiting and work together."""
        return self.idle_usd + self.load_usd

    @property
    def running_usd(self) -> Decimal:
        """What is paid every month once the rig is bought."""
        return self.maintenance_usd + self.other_usd + self.electricity_usd

    @property
    def total_usd(self) -> Decimal:
        """Running cost and the loss of value."""
        return self.amortisation_usd + self.running_usd


def owning_cost(rig: Ownership, throughput: Throughput, tokens: Tokens) -> OwningCost:
    """``rigs * (A + m * C / 12) + K + E * e`` with as many rigs as the tokens need.

    ``E = PUE * (P_load * busy + P_idle * (rigs * hours_on - busy)) / 1000``. A rig that is busy
    longer than its hours on is on for as long as it is busy.
    """
    busy = throughput.busy_hours(tokens)
    rigs = throughput.rigs_for(busy)
    waiting = max(rigs * rig.hours_on, busy)
    idle_kwh = rig.pue * rig.idle_w * waiting / _KILO
    load_kwh = rig.pue * (rig.load_w - rig.idle_w) * busy / _KILO
    amortisation_usd = rigs * rig.amortisation_usd
    maintenance_usd = rigs * rig.maintenance_usd
    idle_usd, load_usd = idle_kwh * rig.usd_per_kwh, load_kwh * rig.usd_per_kwh
    total = amortisation_usd + maintenance_usd + rig.other_usd_per_month + idle_usd + load_usd
    used = tokens.total_mtok
    return OwningCost(
        rigs,
        busy,
        busy / HOURS_PER_MONTH,
        idle_kwh + load_kwh,
        amortisation_usd,
        maintenance_usd,
        rig.other_usd_per_month,
        idle_usd,
        load_usd,
        total / used if used else None,
    )
