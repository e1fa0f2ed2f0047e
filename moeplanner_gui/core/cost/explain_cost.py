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

_BAND_WAYS = {"own": "Owning", "api": "The API", "rent": "Renting"}
_RULE = "each input goes to both ends of its range; eight of ten months lie between"


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
            "Owning, a month",
            usd(self._own.total_usd),
            "loss of value + maintenance + other + power of waiting + power of work",
            self.of_own_amortisation_usd(),
            self.of_own_maintenance_usd(),
            self.of_own_other_usd(),
            self.of_own_idle_power_usd(),
            self.of_own_load_power_usd(),
        )

    def of_own_usd_per_mtok(self) -> Derivation:
        own = self._own
        return _node(
            "Owning, a million tokens",
            usd(own.usd_per_mtok or Decimal(0), 4),
            f"{usd(own.total_usd)} ÷ {self._tokens_text()}",
            self.of_own_usd_per_month(),
            self.of_mtok_per_month(),
        )

    def of_own_amortisation_usd(self) -> Derivation:
        rig, own = self._rig, self._own
        if rig.capital_rate:
            formula = "(C × k × g − V × k) ÷ (g − 1), k = (1 + i)^(1/12) − 1, g = (1 + k)^months"
        else:
            each = f"({usd(rig.hardware_usd)} − {usd(rig.resale_usd)}) ÷ {rig.life_months} months"
            formula = each if own.rigs == 1 else f"{own.rigs:,} rigs × {each}"
        return _node(
            "Loss of value, a month",
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
            formula = f"{percent(resale.share)} of {usd(rig.hardware_usd)}, as entered"
        else:
            formula = (
                f"{usd(rig.hardware_usd)} × (1 − {percent(resale.haircut)}) ×"
                f" (1 − {percent(resale.annual_fall)})^({rig.life_months} ÷ 12)"
            )
        return _node("Worth at the end of its life", usd(rig.resale_usd), formula,
                     *self.leaves.resale())  # fmt: skip

    def of_own_maintenance_usd(self) -> Derivation:
        rig = self._rig
        return _node(
            "Maintenance, a month",
            usd(self._own.maintenance_usd),
            f"{usd(rig.hardware_usd)} × {percent(rig.maintenance_share_per_year)} ÷ 12"
            + (f" × {self._own.rigs:,} rigs" if self._own.rigs > 1 else ""),
            self.leaves.maintenance(),
            *self._rigs_if_many(),
        )

    def of_own_other_usd(self) -> Derivation:
        return self.leaves.other()

    def of_own_idle_power_usd(self) -> Derivation:
        rig, own = self._rig, self._own
        hours = max(own.rigs * rig.hours_on, own.busy_hours)
        return _node(
            "Power of waiting, a month",
            usd(own.idle_usd),
            f"{rig.idle_w:,.0f} W × {hours:,.1f} h ÷ 1000 × {rig.pue} × {usd(rig.usd_per_kwh, 4)}",
            self.leaves.watts("idle_w"),
            self.leaves.hours_on(),
            self.leaves.pue(),
            self.leaves.tariff(),
            *self._rigs_if_many(),
        )

    def of_own_load_power_usd(self) -> Derivation:
        rig, own = self._rig, self._own
        return _node(
            "Power of work, beside waiting, a month",
            usd(own.load_usd),
            f"({rig.load_w:,.0f} − {rig.idle_w:,.0f}) W × {own.busy_hours:,.2f} h ÷ 1000 ×"
            f" {rig.pue} × {usd(rig.usd_per_kwh, 4)}",
            self.leaves.watts("load_w"),
            self.of_busy_hours_per_month(),
            self.leaves.pue(),
            self.leaves.tariff(),
        )

    def of_kwh_per_month(self) -> Derivation:
        rig, own = self._rig, self._own
        hours = max(own.rigs * rig.hours_on, own.busy_hours)
        return _node(
            "Electricity, a month",
            f"{own.kwh:,.2f} kWh",
            f"{rig.pue} × ({rig.idle_w:,.0f} W × {hours:,.1f} h +"
            f" {rig.load_w - rig.idle_w:,.0f} W × {own.busy_hours:,.2f} h) ÷ 1000",
            self.leaves.watts("load_w"),
            self.leaves.watts("idle_w"),
            self.of_busy_hours_per_month(),
        )

    # --- work -------------------------------------------------------------------------------

    def of_mtok_per_month(self) -> Derivation:
        return _node("Tokens, a month", self._tokens_text(), "input + output",
                     *self.leaves.tokens())  # fmt: skip

    def of_busy_hours_per_month(self) -> Derivation:
        tokens, speed = self.month.inputs.tokens, self._speed
        return _node(
            "Hours of work, a month",
            f"{self._own.busy_hours:,.2f} h",
            f"({tokens.input_mtok:,f} M × (1 − {percent(tokens.cache_hit_share)}) ÷"
            f" {speed.prefill_tokens_per_s:,f} + {tokens.output_mtok:,f} M ÷"
            f" {speed.decode_tokens_per_s:,f}) ÷ 3600",
            *self.leaves.tokens(),
            *self.leaves.speeds(),
        )

    def of_duty(self) -> Derivation:
        own = self._own
        return _node(
            "Share of the month one rig would be busy",
            percent(own.duty),
            f"{own.busy_hours:,.2f} h ÷ 730 h",
            self.of_busy_hours_per_month(),
        )

    def of_rigs_needed(self) -> Derivation:
        own, speed = self._own, self._speed
        return _node(
            "Rigs needed",
            f"{own.rigs:,}",
            f"{own.busy_hours:,.2f} h ÷ (730 h × {speed.availability} × {speed.max_duty}),"
            " rounded up",
            self.of_busy_hours_per_month(),
            *self.leaves.duty(),
        )

    def of_capacity_mtok_per_month(self) -> Derivation:
        tokens, speed = self.month.inputs.tokens, self._speed
        return _node(
            "What one rig can do, a month",
            volume_text(float(speed.capacity_mtok(tokens) or 0)),
            f"730 h × {speed.availability} × {speed.max_duty} ÷"
            f" {speed.busy_hours_per_mtok(tokens):.6f} h a million",
            self.of_busy_hours_per_month(),
            *self.leaves.duty(),
        )

    # --- the others -------------------------------------------------------------------------

    def of_api_usd_per_month(self) -> Derivation:
        inputs = self.month.inputs
        tokens, api = inputs.tokens, inputs.api
        assert api is not None and self.month.api_usd is not None
        formula = (
            f"({tokens.input_mtok:,f} × (1 − {percent(tokens.cache_hit_share)}) ×"
            f" {usd(api.input_usd, 6)} + {tokens.input_mtok:,f} ×"
            f" {percent(tokens.cache_hit_share)} × {usd(api.cached_usd, 6)} +"
            f" {tokens.output_mtok:,f} × {usd(api.output_usd, 6)})"
        )
        if api.peak_multiplier != 1:
            formula += f" × (1 + {percent(inputs.peak_share)} × ({api.peak_multiplier} − 1))"
        if inputs.batch_share and api.batch_discount:
            formula += f" × (1 − {percent(inputs.batch_share)} × {percent(api.batch_discount)})"
        if inputs.written_mtok and api.write_usd:
            formula += f" + {inputs.written_mtok:,f} × {usd(api.write_usd, 6)}"
        return _node(
            "The API, a month",
            usd(self.month.api_usd),
            formula,
            *self.leaves.api(),
            *self.leaves.tokens(),
        )

    def of_api_usd_per_mtok(self) -> Derivation:
        assert self.month.api_usd is not None
        total = self.month.inputs.tokens.total_mtok
        return _node(
            "The API, a million tokens of this mix",
            usd(self.month.api_usd / total, 4),
            f"{usd(self.month.api_usd)} ÷ {self._tokens_text()}",
            self.of_api_usd_per_month(),
        )

    def of_rent_usd_per_month(self) -> Derivation:
        how = "all hours" if self.month.rent_answer == "always_on" else "on demand"
        return _node(
            f"Renting, a month, {how}",
            usd(self.month.rent_usd or Decimal(0)),
            "the cheaper of both ways",
            self.of_rent_always_on_usd_per_month(),
            self.of_rent_on_demand_usd_per_month(),
        )

    def of_rent_usd_per_mtok(self) -> Derivation:
        rent = self.month.rent_usd or Decimal(0)
        total = self.month.inputs.tokens.total_mtok
        return _node(
            "Renting, a million tokens",
            usd(rent / total, 4),
            f"{usd(rent)} ÷ {self._tokens_text()}",
            self.of_rent_usd_per_month(),
        )

    def of_rent_always_on_usd_per_month(self) -> Derivation:
        rental = self.month.inputs.rental
        assert rental is not None
        rigs = self._speed.rigs_needed(self.month.inputs.tokens)
        times = f"{rigs:,} × " if rigs > 1 else ""
        return _node(
            "Rented for all hours of the month",
            usd(self.month.rent_always_on_usd or Decimal(0)),
            f"{times}{rental.gpus:,} GPUs × {usd(rental.usd_per_gpu_hour, 4)} × 730 h",
            *self.leaves.rent(),
        )

    def of_rent_on_demand_usd_per_month(self) -> Derivation:
        rental = self.month.inputs.rental
        assert rental is not None
        busy = self._speed.busy_hours(self.month.inputs.tokens)
        return _node(
            "Rented for the hours of work",
            usd(self.month.rent_on_demand_usd or Decimal(0)),
            f"{rental.gpus:,} GPUs × {usd(rental.usd_per_gpu_hour, 4)} × {busy:,.2f} h ÷ {PACKING}"
            " (starting and loading take the rest)",
            *self.leaves.rent(),
            *self.leaves.speeds(),
        )

    def of_rent_or_buy_hours(self) -> Derivation:
        rig, rental = self._rig, self.month.inputs.rental
        assert rental is not None
        return _node(
            "Hours of work after which buying is cheaper than renting",
            f"{self.assessment.cost.rent_or_buy_hours or 0:,.0f} h",
            f"({usd(rig.hardware_usd)} − {usd(rig.resale_usd)}) ÷ ({rental.gpus:,} ×"
            f" {usd(rental.usd_per_gpu_hour, 4)} − {rig.load_w * rig.pue / 1000:,.3f} kW ×"
            f" {usd(rig.usd_per_kwh, 4)})",
            self._resale(),
            *self.leaves.rent(),
        )

    # --- break-evens ------------------------------------------------------------------------

    def of_breakeven_mtok_per_month(self) -> Derivation:
        rig, tokens = self._rig, self.month.inputs.tokens
        mtok = self.assessment.cost.breakeven_mtok_per_month or 0.0
        formula = (
            "what is paid anyway (loss of value, maintenance, other, waiting) ÷ (price of a"
            " million at the API − power that a million adds)"
        )
        if self.month.volume is not None and self.month.api_usd is not None:
            fixed = rig.amortisation_usd + rig.maintenance_usd + rig.other_usd_per_month
            fixed += rig.pue * rig.idle_w * rig.hours_on / 1000 * rig.usd_per_kwh
            price = self.month.api_usd / tokens.total_mtok
            added = marginal_usd_per_mtok(rig, self._speed, tokens)
            if price > added and abs(float(fixed / (price - added)) - mtok) <= 1e-6 * mtok:
                formula += f" = {usd(fixed)} ÷ ({usd(price, 6)} − {usd(added, 6)})"
        return _node(
            "Tokens a month from which owning is cheaper than the API",
            f"{mtok:,.2f} M tokens",
            formula,
            self.of_own_usd_per_month(),
            self.of_api_usd_per_mtok(),
        )

    def of_breakeven_duty(self) -> Derivation:
        return _node(
            "Share of the month the rig is busy there",
            percent(Decimal(str(self.assessment.cost.breakeven_duty or 0.0))),
            "hours of work at that volume ÷ 730 h",
            self.of_breakeven_mtok_per_month(),
        )

    def of_breakeven_api_usd_per_mtok(self) -> Derivation:
        return _node(
            "Price of a million tokens at which the API costs as much",
            usd(self._own.total_usd / self.month.inputs.tokens.total_mtok, 4),
            f"{usd(self._own.total_usd)} ÷ {self._tokens_text()}",
            self.of_own_usd_per_month(),
        )

    def of_breakeven_usd_per_kwh(self) -> Derivation:
        own, bill = self._own, self.month.api_usd or Decimal(0)
        rest = own.total_usd - own.electricity_usd
        return _node(
            "Price of electricity at which owning costs as much as the API",
            usd((bill - rest) / own.kwh, 4),
            f"({usd(bill)} − {usd(rest)}) ÷ {own.kwh:,.2f} kWh",
            self.of_api_usd_per_month(),
            self.of_kwh_per_month(),
        )

    def of_payback_months(self) -> Derivation:
        return _node(
            "Months until selling the rig leaves no loss",
            f"{self.month.payback_months:,}",
            "the first month in which price − worth then + running costs are at most the API's"
            " bills until then",
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
                f"{spread.low:,.6g} – {spread.expected:,.6g} – {spread.high:,.6g} {spread.unit}",
                "",
                spread.source,
                confidence=Confidence.UNVERIFIED if spread.assumed else Confidence.MODELLED,
                assumed=spread.assumed,
            )
            for spread in spreads
        )
        label = f"{_BAND_WAYS[way]}, a month, {end} end"
        return Derivation(
            label, f"${amount:,.2f}", _RULE, confidence=least_sure(inputs), inputs=inputs
        )

    def _rigs_if_many(self) -> tuple[Derivation, ...]:
        return (self.of_rigs_needed(),) if self._own.rigs > 1 else ()

    def _tokens_text(self) -> str:
        return f"{self.month.inputs.tokens.total_mtok:,f} M tokens"


def _node(label: str, value: str, formula: str, *inputs: Derivation) -> Derivation:
    """As sure as its least sure input."""
    return Derivation(label, value, formula, confidence=least_sure(inputs), inputs=inputs)
