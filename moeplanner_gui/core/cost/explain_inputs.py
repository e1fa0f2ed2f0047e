"""The leaves of a cost's derivation: what was entered, what stands in, and where it was read."""

from __future__ import annotations

from decimal import Decimal

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.cost.inputs import CostInputs
from moeplanner_gui.core.derivation import Confidence, Derivation
from moeplanner_gui.core.explain_rig import explain_hardware
from moeplanner_gui.core.plan import ApiById, Economics, Plan, Workload
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.quantities import leaf
from moeplanner_gui.core.words import say

_DEFAULTS, _USUAL_WORK = Economics(), Workload()
_RESALE = say(
    "resale of 25 to 46 % of an H100 in year 3 (Silicon Data, SpotWire, "
    "GLRI); -9.9 % a year of an RTX 3090 over 65 months"
)
_US_TARIFF = say("EIA Electric Power Monthly table 5.6.A, US residential average (2026-04)")


class InputLeaves:
    """One leaf an input; ``assumed`` where the plan still has the default."""

    def __init__(
        self, plan: Plan, assessment: Assessment, catalog: CatalogReader, inputs: CostInputs
    ) -> None:
        self._plan = plan
        self._assessment = assessment
        self._catalog = catalog
        self._inputs = inputs

    def _default(self, *names: str) -> bool:
        economics = self._plan.economics
        return all(getattr(economics, name) == getattr(_DEFAULTS, name) for name in names)

    def _entered(
        self, label: str, value: str, name: str, source: str = "", formula: str = ""
    ) -> Derivation:
        usual = self._default(name)
        return leaf(
            label,
            value,
            formula if usual else say("as entered"),
            source if usual else "",
            confidence=Confidence.UNVERIFIED if usual else Confidence.EXACT,
            assumed=usual,
        )

    def hardware(self) -> Derivation:
        """The rig's price with all its parts."""
        return explain_hardware(self._plan, self._assessment, self._catalog)

    def life(self) -> Derivation:
        """Months until it is sold."""
        months = self._plan.economics.life_months
        source = say("published lives: Amazon 5, Meta 5.5, neoclouds 4 to 6 years; 24 to 60 months")
        return self._entered(say("Life"), say("{0} months", months), "life_months", source)

    def capital_rate(self) -> Derivation:
        """What the money would have earned."""
        rate = self._plan.economics.capital_rate
        return self._entered(say("Cost of capital a year"), percent(rate), "capital_rate")

    def resale(self) -> tuple[Derivation, ...]:
        """The rates or the share."""
        economics = self._plan.economics
        if economics.resale_share is not None:
            return (leaf(say("Resale"), percent(economics.resale_share), say("as entered")),)
        return (
            self._entered(
                say("Loss when first sold"),
                percent(economics.resale_haircut),
                "resale_haircut",
                say("tax, fees and no longer new: 10 to 30 %"),
            ),
            self._entered(
                say("Fall of the price a year"),
                percent(economics.resale_annual_fall),
                "resale_annual_fall",
                _RESALE,
            ),
        )

    def maintenance(self) -> Derivation:
        """Share of the price a year."""
        share = self._plan.economics.maintenance_share_per_year
        return self._entered(
            say("Maintenance a year"),
            percent(share),
            "maintenance_share_per_year",
            say("0, 2 and 5 % of the price are usual: not from a source"),
        )

    def other(self) -> Derivation:
        """Colocation, internet, hours of work."""
        amount = usd(self._plan.economics.other_usd_per_month)
        return leaf(say("Other costs, a month"), amount, say("as entered"))

    def watts(self, name: str) -> Derivation:
        """Power at the wall."""
        label = say("Power at work") if name == "load_w" else say("Power when waiting")
        typed = getattr(self._plan.economics, name)
        rig = self._inputs.rig
        value = say("{0:,.0f} W", getattr(rig, name)) if rig is not None else say("not known")
        if typed is not None:
            return leaf(label, value, say("as entered"))
        return leaf(
            label,
            value,
            say("at the wall; see the derivation of power"),
            confidence=Confidence.MODELLED,
        )

    def hours_on(self) -> Derivation:
        """Hours a month it is switched on."""
        hours = self._plan.economics.hours_on_per_month
        return self._entered(
            say("Hours switched on"),
            say("{0:,.0f} h", hours),
            "hours_on_per_month",
            formula=say("730 is always"),
        )

    def pue(self) -> Derivation:
        """What cooling adds."""
        return self._entered(
            say("Cooling, as a factor"),
            f"{self._plan.economics.pue}",
            "pue",
            say("1.0 at home; average data centre 1.54 (Uptime 2025)"),
        )

    def tariff(self) -> Derivation:
        """The price of a kWh."""
        economics = self._plan.economics
        price = usd(economics.electricity_usd_per_kwh, 4)
        region = economics.electricity_region
        row = None if region is None else self._catalog.tariffs.power.get(region)
        if row is not None:
            return leaf(
                say("Electricity, {0}", row.name),
                say("{0} a kWh", price),
                f"{row.per_kwh} {row.currency}",
                f"{row.source} ({row.date})",
                confidence=Confidence.MEASURED,
            )
        return self._entered(
            say("Electricity"), say("{0} a kWh", price), "electricity_usd_per_kwh", _US_TARIFF
        )

    def tokens(self) -> tuple[Derivation, ...]:
        """Input, output and cache hits."""
        work, usual = self._plan.workload, _USUAL_WORK
        same = (
            work.input_mtok_per_month == usual.input_mtok_per_month
            and work.output_mtok_per_month == usual.output_mtok_per_month
        )
        said = "" if same else say("as entered")
        sure = Confidence.UNVERIFIED if same else Confidence.EXACT
        return (
            leaf(
                say("Input, million tokens a month"),
                say("{0:,.6g}", work.input_mtok_per_month),
                said,
                confidence=sure,
                assumed=same,
            ),
            leaf(
                say("Output, million tokens a month"),
                say("{0:,.6g}", work.output_mtok_per_month),
                said,
                confidence=sure,
                assumed=same,
            ),
            leaf(say("Cache hits"), percent(work.cache_hit_share), say("share of the input")),
        )

    def speeds(self) -> tuple[Derivation, ...]:
        """Prefill and decode."""
        economics, throughput = self._plan.economics, self._inputs.throughput
        if throughput is None:
            return ()
        found = []
        for label, rate, typed in (
            (say("Prefill"), throughput.prefill_tokens_per_s, economics.prefill_tokens_per_s),
            (
                say("Decode, all users"),
                throughput.decode_tokens_per_s,
                economics.decode_tokens_per_s,
            ),
        ):
            entered = typed is not None
            found.append(
                leaf(
                    label,
                    say("{0:,f} tok/s", rate),
                    say("as entered") if entered else say("see the derivation of the speed"),
                    confidence=Confidence.MEASURED if entered else Confidence.MODELLED,
                )
            )
        return tuple(found)

    def duty(self) -> tuple[Derivation, ...]:
        """Availability and what demand can fill."""
        economics = self._plan.economics
        return (
            self._entered(say("Available"), percent(economics.availability), "availability"),
            self._entered(
                say("Share that demand can fill"),
                percent(economics.max_duty),
                "max_duty",
                say("interactive 30 %, usual 70 %, batch 90 %: not from a source"),
            ),
        )

    def api(self) -> tuple[Derivation, ...]:
        """The prices of the API."""
        chosen, price = self._plan.economics.api, self._inputs.api
        if price is None:
            return ()
        source, formula, sure = "", say("as entered"), Confidence.EXACT
        if isinstance(chosen, ApiById):
            row = self._catalog.tariffs.apis.get(f"{chosen.provider}/{chosen.model}")
            if row is not None:
                source, formula = f"{row.source} ({row.date})", row.name
                sure = Confidence.MEASURED
        found = [
            leaf(label, say("{0} a million", usd(amount, 6)), formula, source, confidence=sure)
            for label, amount in (
                (say("Input"), price.input_usd),
                (say("Cached input"), price.cached_usd),
                (say("Output"), price.output_usd),
            )
        ]
        if price.peak_multiplier != 1:
            found.append(
                leaf(
                    say("Tokens in peak hours"),
                    percent(self._inputs.peak_share),
                    say("at {0} times the price", price.peak_multiplier),
                )
            )
        return tuple(found)

    def rent(self) -> tuple[Derivation, ...]:
        """The hour of a GPU."""
        chosen, rental = self._plan.economics.rent, self._inputs.rental
        if chosen is None or rental is None:
            return ()
        value = say("{0} an hour", usd(rental.usd_per_gpu_hour, 4))
        row = self._catalog.tariffs.rental_ranges.get(chosen.gpu)
        if chosen.usd_per_gpu_hour is not None or row is None:
            return (leaf(say("Rent of {0}", self._inputs.rent_name), value, say("as entered")),)
        span = say("{0} to {1} over all providers", usd(row.low), usd(row.high))
        return (
            leaf(
                say("Rent of {0}", self._inputs.rent_name),
                value,
                span,
                f"{row.source} ({row.date})",
                confidence=Confidence.MEASURED,
            ),
        )


def usd(amount: Decimal | float, places: int = 2) -> str:
    """``"$1,234.50"``; up to ``places`` digits, never fewer than two."""
    exact = amount if isinstance(amount, Decimal) else Decimal(str(amount))
    text = say("{0:,.{1}f}", abs(exact), places)
    if places > 2:
        text = text[: -(places - 2)] + text[-(places - 2) :].rstrip("0")
    return f"{'−' if exact < 0 else ''}${text}"


def percent(share: Decimal | float) -> str:
    """``"20 %"``, ``"6.58 %"``."""
    value = Decimal(str(share)) * 100
    return f"{f'{value:,.2f}'.rstrip('0').rstrip('.')} %"
