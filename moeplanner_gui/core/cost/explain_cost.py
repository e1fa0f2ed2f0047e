"""Derivations of every amount of a month: formula with its numbers, inputs and their sources."""

from __future__ import annotations

from decimal import Decimal

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.cost.assess import compare
from moeplanner_gui.core.cost.break_even import marginal_usd_per_mtok
from moeplanner_gui.core.cost.explain_inputs import percent, usd
from moeplanner_gui.core.cost.explain_owning import ExplainedOwning, node
from moeplanner_gui.core.cost.inputs import inputs_of
from moeplanner_gui.core.cost.renting import PACKING
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
    own = [
        name[3:] for name in (*vars(ExplainedOwning), *vars(_Explained)) if name.startswith("of_")
    ]
    bands = [f"{way}_usd_per_month_{end}" for way in _BAND_WAYS for end in ("low", "high")]
    return (*own, *bands)


class _Explained(ExplainedOwning):
    """The API, renting, break-evens and bands beside owning."""

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
        return node(
            say("The API, a month"),
            usd(self.month.api_usd),
            formula,
            *self.leaves.api(),
            *self.leaves.tokens(),
        )

    def of_api_usd_per_mtok(self) -> Derivation:
        assert self.month.api_usd is not None
        total = self.month.inputs.tokens.total_mtok
        return node(
            say("The API, a million tokens of this mix"),
            usd(self.month.api_usd / total, 4),
            f"{usd(self.month.api_usd)} ÷ {self._tokens_text()}",
            self.of_api_usd_per_month(),
        )

    def of_rent_usd_per_month(self) -> Derivation:
        how = say("all hours") if self.month.rent_answer == "always_on" else say("on demand")
        return node(
            say("Renting, a month, {0}", how),
            usd(self.month.rent_usd or Decimal(0)),
            say("the cheaper of both ways"),
            self.of_rent_always_on_usd_per_month(),
            self.of_rent_on_demand_usd_per_month(),
        )

    def of_rent_usd_per_mtok(self) -> Derivation:
        rent = self.month.rent_usd or Decimal(0)
        total = self.month.inputs.tokens.total_mtok
        return node(
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
        return node(
            say("Rented for all hours of the month"),
            usd(self.month.rent_always_on_usd or Decimal(0)),
            say("{0}{1:,} GPUs × {2} × 730 h", times, rental.gpus, usd(rental.usd_per_gpu_hour, 4)),
            *self.leaves.rent(),
        )

    def of_rent_on_demand_usd_per_month(self) -> Derivation:
        rental = self.month.inputs.rental
        assert rental is not None
        busy = self._speed.busy_hours(self.month.inputs.tokens)
        return node(
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
        return node(
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
        return node(
            say("Tokens a month from which owning is cheaper than the API"),
            say("{0:,.2f} M tokens", mtok),
            formula,
            self.of_own_usd_per_month(),
            self.of_api_usd_per_mtok(),
        )

    def of_breakeven_duty(self) -> Derivation:
        return node(
            say("Share of the month the rig is busy there"),
            percent(Decimal(str(self.assessment.cost.breakeven_duty or 0.0))),
            say("hours of work at that volume ÷ 730 h"),
            self.of_breakeven_mtok_per_month(),
        )

    def of_breakeven_api_usd_per_mtok(self) -> Derivation:
        return node(
            say("Price of a million tokens at which the API costs as much"),
            usd(self._own.total_usd / self.month.inputs.tokens.total_mtok, 4),
            f"{usd(self._own.total_usd)} ÷ {self._tokens_text()}",
            self.of_own_usd_per_month(),
        )

    def of_breakeven_usd_per_kwh(self) -> Derivation:
        own, bill = self._own, self.month.api_usd or Decimal(0)
        rest = own.total_usd - own.electricity_usd
        return node(
            say("Price of electricity at which owning costs as much as the API"),
            usd((bill - rest) / own.kwh, 4),
            say("({0} − {1}) ÷ {2:,.2f} kWh", usd(bill), usd(rest), own.kwh),
            self.of_api_usd_per_month(),
            self.of_kwh_per_month(),
        )

    def of_payback_months(self) -> Derivation:
        return node(
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
        label = (
            say("{0}, a month, low end", _BAND_WAYS[way])
            if field.endswith("low")
            else say("{0}, a month, high end", _BAND_WAYS[way])
        )
        return Derivation(
            label, say("${0:,.2f}", amount), _RULE, confidence=least_sure(inputs), inputs=inputs
        )
