"""Derivations of what owning a rig costs a month, and of the work it does in it."""

from __future__ import annotations

from decimal import Decimal

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.cost.assess import Comparison
from moeplanner_gui.core.cost.explain_inputs import InputLeaves, percent, usd
from moeplanner_gui.core.cost.owning import Ownership, OwningCost
from moeplanner_gui.core.cost.sentence import volume_text
from moeplanner_gui.core.cost.workload import Throughput
from moeplanner_gui.core.derivation import Derivation, least_sure
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.words import say


class ExplainedOwning:
    """One method a field, ``of_`` and its name; each calls those it is made of.

    Owning and its work; the other ways build on these.
    """

    def __init__(
        self, plan: Plan, assessment: Assessment, catalog: CatalogReader, month: Comparison
    ) -> None:
        self.plan = plan
        self.assessment = assessment
        self.catalog = catalog
        self.month = month
        self.leaves = InputLeaves(plan, assessment, catalog, month.inputs)

    # --- owning -----------------------------------------------------------------------------

    @property
    def _own(self) -> OwningCost:
        if self.month.own is None:
            raise KeyError("own")
        return self.month.own

    @property
    def _rig(self) -> Ownership:
        if self.month.inputs.rig is None:
            raise KeyError("rig")
        return self.month.inputs.rig

    @property
    def _speed(self) -> Throughput:
        if self.month.inputs.throughput is None:
            raise KeyError("speed")
        return self.month.inputs.throughput

    def of_own_usd_per_month(self) -> Derivation:
        return node(
            say("Owning, a month"),
            usd(self._own.total_usd),
            say("loss of value + maintenance + other + power of waiting + power of work"),
            self.of_own_amortisation_usd(),
            self.of_own_maintenance_usd(),
            self.of_own_other_usd(),
            self.of_own_idle_power_usd(),
            self.of_own_load_power_usd(),
        )

    def of_own_usd_per_mtok(self) -> Derivation:
        own = self._own
        return node(
            say("Owning, a million tokens"),
            usd(own.usd_per_mtok or Decimal(0), 4),
            f"{usd(own.total_usd)} ÷ {self._tokens_text()}",
            self.of_own_usd_per_month(),
            self.of_mtok_per_month(),
        )

    def of_own_amortisation_usd(self) -> Derivation:
        rig, own = self._rig, self._own
        if rig.capital_rate:
            formula = say(
                "(C × k × g − V × k) ÷ (g − 1), k = (1 + i)^(1/12) − 1, g = (1 + k)^months"
            )
        else:
            each = say(
                "({0} − {1}) ÷ {2} months",
                usd(rig.hardware_usd),
                usd(rig.resale_usd),
                rig.life_months,
            )
            formula = each if own.rigs == 1 else say("{0:,} rigs × {1}", own.rigs, each)
        return node(
            say("Loss of value, a month"),
            usd(own.amortisation_usd),
            formula,
            self.leaves.hardware(),
            self._resale(),
            self.leaves.life(),
            self.leaves.capital_rate(),
            *self._rigs_if_many(),
        )

    def _resale(self) -> Derivation:
        rig, resale = self._rig, self._rig.resale
        if resale.share is not None:
            formula = say("{0} of {1}, as entered", percent(resale.share), usd(rig.hardware_usd))
        else:
            formula = (
                f"{usd(rig.hardware_usd)} × (1 − {percent(resale.haircut)}) ×"
                f" (1 − {percent(resale.annual_fall)})^({rig.life_months} ÷ 12)"
            )
        return node(say("Worth at the end of its life"), usd(rig.resale_usd), formula,
                     *self.leaves.resale())  # fmt: skip

    def of_own_maintenance_usd(self) -> Derivation:
        rig = self._rig
        return node(
            say("Maintenance, a month"),
            usd(self._own.maintenance_usd),
            f"{usd(rig.hardware_usd)} × {percent(rig.maintenance_share_per_year)} ÷ 12"
            + (say(" × {0:,} rigs", self._own.rigs) if self._own.rigs > 1 else ""),
            self.leaves.maintenance(),
            *self._rigs_if_many(),
        )

    def of_own_other_usd(self) -> Derivation:
        return self.leaves.other()

    def of_own_idle_power_usd(self) -> Derivation:
        rig, own = self._rig, self._own
        hours = max(own.rigs * rig.hours_on, own.busy_hours)
        return node(
            say("Power of waiting, a month"),
            usd(own.idle_usd),
            say(
                "{0:,.0f} W × {1:,.1f} h ÷ 1000 × {2} × {3}",
                rig.idle_w,
                hours,
                rig.pue,
                usd(rig.usd_per_kwh, 4),
            ),
            self.leaves.watts("idle_w"),
            self.leaves.hours_on(),
            self.leaves.pue(),
            self.leaves.tariff(),
            *self._rigs_if_many(),
        )

    def of_own_load_power_usd(self) -> Derivation:
        rig, own = self._rig, self._own
        return node(
            say("Power of work, beside waiting, a month"),
            usd(own.load_usd),
            say(
                "({0:,.0f} − {1:,.0f}) W × {2:,.2f} h ÷ 1000 × {3} × {4}",
                rig.load_w,
                rig.idle_w,
                own.busy_hours,
                rig.pue,
                usd(rig.usd_per_kwh, 4),
            ),
            self.leaves.watts("load_w"),
            self.of_busy_hours_per_month(),
            self.leaves.pue(),
            self.leaves.tariff(),
        )

    def of_kwh_per_month(self) -> Derivation:
        rig, own = self._rig, self._own
        hours = max(own.rigs * rig.hours_on, own.busy_hours)
        return node(
            say("Electricity, a month"),
            say("{0:,.2f} kWh", own.kwh),
            say(
                "{0} × ({1:,.0f} W × {2:,.1f} h + {3:,.0f} W × {4:,.2f} h) ÷ 1000",
                rig.pue,
                rig.idle_w,
                hours,
                rig.load_w - rig.idle_w,
                own.busy_hours,
            ),
            self.leaves.watts("load_w"),
            self.leaves.watts("idle_w"),
            self.of_busy_hours_per_month(),
        )

    # --- work -------------------------------------------------------------------------------

    def of_mtok_per_month(self) -> Derivation:
        return node(say("Tokens, a month"), self._tokens_text(), say("input + output"),
                     *self.leaves.tokens())  # fmt: skip

    def of_busy_hours_per_month(self) -> Derivation:
        tokens, speed = self.month.inputs.tokens, self._speed
        return node(
            say("Hours of work, a month"),
            say("{0:,.2f} h", self._own.busy_hours),
            say(
                "({0:,f} M × (1 − {1}) ÷ {2:,f} + {3:,f} M ÷ {4:,f}) ÷ 3600",
                tokens.input_mtok,
                percent(tokens.cache_hit_share),
                speed.prefill_tokens_per_s,
                tokens.output_mtok,
                speed.decode_tokens_per_s,
            ),
            *self.leaves.tokens(),
            *self.leaves.speeds(),
        )

    def of_duty(self) -> Derivation:
        own = self._own
        return node(
            say("Share of the month one rig would be busy"),
            percent(own.duty),
            say("{0:,.2f} h ÷ 730 h", own.busy_hours),
            self.of_busy_hours_per_month(),
        )

    def of_rigs_needed(self) -> Derivation:
        own, speed = self._own, self._speed
        return node(
            say("Rigs needed"),
            say("{0:,}", own.rigs),
            say(
                "{0:,.2f} h ÷ (730 h × {1} × {2}), rounded up",
                own.busy_hours,
                speed.availability,
                speed.max_duty,
            ),
            self.of_busy_hours_per_month(),
            *self.leaves.duty(),
        )

    def of_capacity_mtok_per_month(self) -> Derivation:
        tokens, speed = self.month.inputs.tokens, self._speed
        return node(
            say("What one rig can do, a month"),
            volume_text(float(speed.capacity_mtok(tokens) or 0)),
            say(
                "730 h × {0} × {1} ÷ {2:.6f} h a million",
                speed.availability,
                speed.max_duty,
                speed.busy_hours_per_mtok(tokens),
            ),
            self.of_busy_hours_per_month(),
            *self.leaves.duty(),
        )

    def _rigs_if_many(self) -> tuple[Derivation, ...]:
        return (self.of_rigs_needed(),) if self._own.rigs > 1 else ()

    def _tokens_text(self) -> str:
        return say("{0:,f} M tokens", self.month.inputs.tokens.total_mtok)


def node(label: str, value: str, formula: str, *inputs: Derivation) -> Derivation:
    """As sure as its least sure input."""
    return Derivation(label, value, formula, confidence=least_sure(inputs), inputs=inputs)
