"""Derivations of every amount of a month: formula with its numbers, inputs and their sources."""

from __future__ import annotations

from decimal import Decimal

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.cost.assess import Comparison, compare
from moeplanner_gui.core.cost.break_even import marginal_usd_per_mtok
from moeplanner_gui.core.cost.explain_inputs import InputLeaves, percent, usd
from moeplanner_gui.core.cost.inputs import inputs_of
from moeplanner_gui.core.cost.owning import Ownership, OwningCost
from moeplanner_gui.core.cost.renting import PACKING
from moeplanner_gui.core.cost.sentence import volume_text
from moeplanner_gui.core.cost.workload import Throughput
from moeplanner_gui.core.derivation import Confidence, Derivation, least_sure
from moeplanner_gui.core.hardware_cost import hardware_cost
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.quantities import leaf
from moeplanner_gui.core.words import say

_BAND_WAYS = {"own": say("Owning"), "api": say("The API"), "rent": say("Renting")}
_RULE = say("each input goes to both ends of its range; eight of ten months lie between")


def explain_cost(
    plan: Plan, assessment: Assessment, catalog: CatalogReader, field: str
) -> Derivation:
    """The derivation of one field of ``assessment.cost``.

    Raises:
        KeyError: No figure has this name, or it is not known in this plan.
    """
    if getattr(assessment.cost, field, None) is None:
        raise KeyError(field)
    hardware = hardware_cost(plan, catalog)
    inputs = inputs_of(plan, assessment.speed, assessment.power, hardware, catalog)
    explained = _Explained(plan, assessment, catalog, compare(inputs))
    for way in _BAND_WAYS:
        if field in (f"{way}_usd_per_month_low", f"{way}_usd_per_month_high"):
            return explained.band(way, field)
    method = getattr(explained, f"of_{field}", None)
    if method is None:
        raise KeyError(field)
    found: Derivation = method()
    return found


def explained_fields() -> tuple[str, ...]:
    """Every field that has a derivation when it has a value."""
    own = [name[3:] for name in vars(_Explained) if name.startswith("of_")]
    bands = [f"{way}_usd_per_month_{end}" for way in _BAND_WAYS for end in ("low", "high")]
    return (*own, *bands)


class _Explained:
    """One method a field, ``of_`` and its name; each calls those it is made of."""

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
        return _node(
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
        return _node(
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
        return _node(
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
        return _node(say("Worth at the end of its life"), usd(rig.resale_usd), formula,
                     *self.leaves.resale())  # fmt: skip

    def of_own_maintenance_usd(self) -> Derivation:
        rig = self._rig
        return _node(
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
        return _node(
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
        return _node(
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
        return _node(
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
        return _node(say("Tokens, a month"), self._tokens_text(), say("input + output"),
                     *self.leaves.tokens())  # fmt: skip

    def of_busy_hours_per_month(self) -> Derivation:
        tokens, speed = self.month.inputs.tokens, self._speed
        return _node(
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
        return _node(
            say("Share of the month one rig would be busy"),
            percent(own.duty),
            say("{0:,.2f} h ÷ 730 h", own.busy_hours),
            self.of_busy_hours_per_month(),
        )

    def of_rigs_needed(self) -> Derivation:
        own, speed = self._own, self._speed
        return _node(
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
        return _node(
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

    # --- the others -------------------------------------------------------------------------

    def of_api_usd_per_month(self) -> Derivation:
        inputs = self.month.inputs
        tokens, api = inputs.tokens, inputs.api
        assert api is not None and self.month.api_usd is not None
        formula = say(
            "({0:,f} × (1 − {1}) × {2} + {3:,f} × {4} × {5} + {6:,f} × {7})",
            tokens.input_mtok,
            percent(tokens.cache_hit_share),
            usd(api.input_usd, 6),
            tokens.input_mtok,
            percent(tokens.cache_hit_share),
            usd(api.cached_usd, 6),
            tokens.output_mtok,
            usd(api.output_usd, 6),
        )
        if api.peak_multiplier != 1:
            formula += f" × (1 + {percent(inputs.peak_share)} × ({api.peak_multiplier} − 1))"
        if inputs.batch_share and api.batch_discount:
            formula += f" × (1 − {percent(inputs.batch_share)} × {percent(api.batch_discount)})"
        if inputs.written_mtok and api.write_usd:
            formula += say(" + {0:,f} × {1}", inputs.written_mtok, usd(api.write_usd, 6))
        return _node(
            say("The API, a month"),
            usd(self.month.api_usd),
            formula,
            *self.leaves.api(),
            *self.leaves.tokens(),
        )

    def of_api_usd_per_mtok(self) -> Derivation:
        assert self.month.api_usd is not None
        total = self.month.inputs.tokens.total_mtok
        return _node(
            say("The API, a million tokens of this mix"),
            usd(self.month.api_usd / total, 4),
            f"{usd(self.month.api_usd)} ÷ {self._tokens_text()}",
            self.of_api_usd_per_month(),
        )

    def of_rent_usd_per_month(self) -> Derivation:
        how = say("all hours") if self.month.rent_answer == "always_on" else say("on demand")
        return _node(
            say("Renting, a month, {0}", how),
            usd(self.month.rent_usd or Decimal(0)),
            say("the cheaper of both ways"),
            self.of_rent_always_on_usd_per_month(),
            self.of_rent_on_demand_usd_per_month(),
        )

    def of_rent_usd_per_mtok(self) -> Derivation:
        rent = self.month.rent_usd or Decimal(0)
        total = self.month.inputs.tokens.total_mtok
        return _node(
            say("Renting, a million tokens"),
            usd(rent / total, 4),
            f"{usd(rent)} ÷ {self._tokens_text()}",
            self.of_rent_usd_per_month(),
        )

    def of_rent_always_on_usd_per_month(self) -> Derivation:
        rental = self.month.inputs.rental
        assert rental is not None
        rigs = self._speed.rigs_needed(self.month.inputs.tokens)
        times = say("{0:,} × ", rigs) if rigs > 1 else ""
        return _node(
            say("Rented for all hours of the month"),
            usd(self.month.rent_always_on_usd or Decimal(0)),
            say("{0}{1:,} GPUs × {2} × 730 h", times, rental.gpus, usd(rental.usd_per_gpu_hour, 4)),
            *self.leaves.rent(),
        )

    def of_rent_on_demand_usd_per_month(self) -> Derivation:
        rental = self.month.inputs.rental
        assert rental is not None
        busy = self._speed.busy_hours(self.month.inputs.tokens)
        return _node(
            say("Rented for the hours of work"),
            usd(self.month.rent_on_demand_usd or Decimal(0)),
            say(
                "{0:,} GPUs × {1} × {2:,.2f} h ÷ {3} (starting and loading take the rest)",
                rental.gpus,
                usd(rental.usd_per_gpu_hour, 4),
                busy,
                PACKING,
            ),
            *self.leaves.rent(),
            *self.leaves.speeds(),
        )

    def of_rent_or_buy_hours(self) -> Derivation:
        rig, rental = self._rig, self.month.inputs.rental
        assert rental is not None
        return _node(
            say("Hours of work after which buying is cheaper than renting"),
            say("{0:,.0f} h", self.assessment.cost.rent_or_buy_hours or 0),
            say(
                "({0} − {1}) ÷ ({2:,} × {3} − {4:,.3f} kW × {5})",
                usd(rig.hardware_usd),
                usd(rig.resale_usd),
                rental.gpus,
                usd(rental.usd_per_gpu_hour, 4),
                rig.load_w * rig.pue / 1000,
                usd(rig.usd_per_kwh, 4),
            ),
            self._resale(),
            *self.leaves.rent(),
        )

    # --- break-evens ------------------------------------------------------------------------

    def of_breakeven_mtok_per_month(self) -> Derivation:
        rig, tokens = self._rig, self.month.inputs.tokens
        mtok = self.assessment.cost.breakeven_mtok_per_month or 0.0
        formula = say(
            "what is paid anyway (loss of value, maintenance, other, waiting) ÷ "
            "(price of a million at the API − power that a million adds)"
        )
        if self.month.volume is not None and self.month.api_usd is not None:
            fixed = rig.amortisation_usd + rig.maintenance_usd + rig.other_usd_per_month
            fixed += rig.pue * rig.idle_w * rig.hours_on / 1000 * rig.usd_per_kwh
            price = self.month.api_usd / tokens.total_mtok
            added = marginal_usd_per_mtok(rig, self._speed, tokens)
            if price > added and abs(float(fixed / (price - added)) - mtok) <= 1e-6 * mtok:
                formula += f" = {usd(fixed)} ÷ ({usd(price, 6)} − {usd(added, 6)})"
        return _node(
            say("Tokens a month from which owning is cheaper than the API"),
            say("{0:,.2f} M tokens", mtok),
            formula,
            self.of_own_usd_per_month(),
            self.of_api_usd_per_mtok(),
        )

    def of_breakeven_duty(self) -> Derivation:
        return _node(
            say("Share of the month the rig is busy there"),
            percent(Decimal(str(self.assessment.cost.breakeven_duty or 0.0))),
            say("hours of work at that volume ÷ 730 h"),
            self.of_breakeven_mtok_per_month(),
        )

    def of_breakeven_api_usd_per_mtok(self) -> Derivation:
        return _node(
            say("Price of a million tokens at which the API costs as much"),
            usd(self._own.total_usd / self.month.inputs.tokens.total_mtok, 4),
            f"{usd(self._own.total_usd)} ÷ {self._tokens_text()}",
            self.of_own_usd_per_month(),
        )

    def of_breakeven_usd_per_kwh(self) -> Derivation:
        own, bill = self._own, self.month.api_usd or Decimal(0)
        rest = own.total_usd - own.electricity_usd
        return _node(
            say("Price of electricity at which owning costs as much as the API"),
            usd((bill - rest) / own.kwh, 4),
            say("({0} − {1}) ÷ {2:,.2f} kWh", usd(bill), usd(rest), own.kwh),
            self.of_api_usd_per_month(),
            self.of_kwh_per_month(),
        )

    def of_payback_months(self) -> Derivation:
        return _node(
            say("Months until selling the rig leaves no loss"),
            say("{0:,}", self.month.payback_months),
            say(
                "the first month in which price − worth then + running costs are at "
                "most the API's bills until then"
            ),
            self.leaves.hardware(),
            self._resale(),
            self.of_api_usd_per_month(),
        )

    # --- bands ------------------------------------------------------------------------------

    def band(self, way: str, field: str) -> Derivation:
        """The low or high end of a band, with the ranges behind it."""
        from moeplanner_gui.core.cost.study import study_of

        study = study_of(self.plan, self.assessment, self.catalog)
        spreads = () if study is None else study.spreads
        end = "low" if field.endswith("low") else "high"
        amount: float = getattr(self.assessment.cost, field)
        inputs = tuple(
            leaf(
                spread.label,
                say(
                    "{0:,.6g} – {1:,.6g} – {2:,.6g} {3}",
                    spread.low,
                    spread.expected,
                    spread.high,
                    spread.unit,
                ),
                "",
                spread.source,
                confidence=Confidence.UNVERIFIED if spread.assumed else Confidence.MODELLED,
                assumed=spread.assumed,
            )
            for spread in spreads
        )
        label = say("{0}, a month, {1} end", _BAND_WAYS[way], end)
        return Derivation(
            label, say("${0:,.2f}", amount), _RULE, confidence=least_sure(inputs), inputs=inputs
        )

    def _rigs_if_many(self) -> tuple[Derivation, ...]:
        return (self.of_rigs_needed(),) if self._own.rigs > 1 else ()

    def _tokens_text(self) -> str:
        return say("{0:,f} M tokens", self.month.inputs.tokens.total_mtok)


def _node(label: str, value: str, formula: str, *inputs: Derivation) -> Derivation:
    """As sure as its least sure input."""
    return Derivation(label, value, formula, confidence=least_sure(inputs), inputs=inputs)
