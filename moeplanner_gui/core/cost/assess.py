"""What a plan costs: owning, renting, paying per token, and which is cheaper.

Joins the inputs with the formulas of this package; holds no formula of its own. Amounts stay
Decimal until they are written into the assessment.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from moeplanner_gui.core.assessment import Cost, Power, Range, Speed
from moeplanner_gui.core.cost.api_bill import api_bill, blended_usd_per_mtok
from moeplanner_gui.core.cost.break_even import (
    Volume,
    break_even_price,
    break_even_tariff,
    break_even_volume,
    payback_month,
    rent_or_buy_hours,
)
from moeplanner_gui.core.cost.inputs import CostInputs, inputs_of
from moeplanner_gui.core.cost.money import cents_float, plain_float, price_float
from moeplanner_gui.core.cost.owning import OwningCost, owning_cost
from moeplanner_gui.core.hardware_cost import HardwareCost
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

RentAnswer = Literal["always_on", "on_demand"]
_MOST_RIGS = 1_000_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """A month of a plan in exact amounts; None where an input is missing or nothing was chosen.

    ``own`` is the month of owning; ``volume`` the break-even against the API, None without an
    API, without figures of the rig and at zero use.
    """

    inputs: CostInputs
    own: OwningCost | None
    api_usd: Decimal | None
    rent_always_on_usd: Decimal | None
    rent_on_demand_usd: Decimal | None
    volume: Volume | None
    payback_months: int | None
    refusal: str | None

    @property
    def rent_usd(self) -> Decimal | None:
        """The cheaper of both ways to rent."""
        if self.rent_always_on_usd is None or self.rent_on_demand_usd is None:
            return None
        return min(self.rent_always_on_usd, self.rent_on_demand_usd)

    @property
    def rent_answer(self) -> RentAnswer | None:
        """Which way to rent is the cheaper one; on demand when both cost the same."""
        always, demand = self.rent_always_on_usd, self.rent_on_demand_usd
        if always is None or demand is None:
            return None
        return "on_demand" if demand <= always else "always_on"


def compare(inputs: CostInputs, refusal: str | None = None) -> Comparison:
    """A month of owning, of the API and of renting, and where they break even.

    Args:
        inputs: From :func:`moeplanner_gui.core.cost.inputs.inputs_of`.
        refusal: Why this plan has no own figures at all, None when it runs.
    """
    tokens, rig, throughput = inputs.tokens, inputs.rig, inputs.throughput
    own: OwningCost | None = None
    always: Decimal | None = None
    demand: Decimal | None = None
    if refusal is None and throughput is not None:
        busy = throughput.busy_hours(tokens)
        rigs = throughput.rigs_for(busy)
        if rigs > _MOST_RIGS:
            refusal = say("At this speed the month's tokens would take more than a million rigs.")
        else:
            if rig is not None:
                own = owning_cost(rig, throughput, tokens)
            if inputs.rental is not None:
                always = inputs.rental.always_on_usd(rigs)
                demand = inputs.rental.on_demand_usd(busy)
    bill: Decimal | None = None
    volume: Volume | None = None
    payback: int | None = None
    if inputs.api is not None:
        bill = api_bill(
            inputs.api,
            tokens,
            peak_share=inputs.peak_share,
            batch_share=inputs.batch_share,
            written_mtok=inputs.written_mtok,
        )
        if own is not None and rig is not None and throughput is not None:
            each = blended_usd_per_mtok(bill, tokens)
            if each is not None:
                volume = break_even_volume(rig, throughput, tokens, each)
            payback = payback_month(own.rigs * rig.hardware_usd, rig.resale, own.running_usd, bill)
    return Comparison(inputs, own, bill, always, demand, volume, payback, refusal)


def cost_of(
    prepared: Prepared,
    speed: Speed,
    power: Power,
    hardware: HardwareCost,
    catalog: CatalogReader,
    refusal: str | None = None,
) -> Cost:
    """The cost of a plan as the assessment carries it.

    Args:
        prepared: The plan with its rows.
        speed: Its speed; entries of ``plan.economics`` replace it.
        power: Its watts at the wall; likewise.
        hardware: The sum of its parts.
        catalog: Where prices of APIs and rents are looked up, only when one was chosen.
        refusal: Why the plan cannot be compared: it does not fit or cannot run.
    """
    inputs = inputs_of(prepared.plan, speed, power, hardware, catalog)
    if inputs.rig is None and inputs.api is None and inputs.rental is None:
        return _without_figures(inputs, hardware, refusal)
    month = compare(inputs, refusal)
    fields: dict[str, object] = {
        "hardware_usd": hardware.total_usd,
        "known_hardware_usd": hardware.known_usd,
        "unpriced_parts": hardware.unpriced,
        "mtok_per_month": float(inputs.tokens.total_mtok),
    }
    own = month.own
    if own is not None:
        fields |= _own_fields(month, own)
    if month.api_usd is not None or month.rent_usd is not None:
        fields |= _other_fields(month)
    ranges: dict[str, Range] = {}
    if own is not None and (month.api_usd is not None or month.rent_usd is not None):
        ranges = _ranges(prepared, speed, power, hardware, catalog, inputs)
        for way, band in ranges.items():
            fields[f"{way}_usd_per_month_low"] = round(band.low, 2)
            fields[f"{way}_usd_per_month_high"] = round(band.high, 2)
    fields["verdict"], fields["because"] = _verdict(month, ranges)
    return Cost(**fields)  # type: ignore[arg-type]


_REFUSED: dict[tuple[object, ...], Cost] = {}


def _without_figures(inputs: CostInputs, hardware: HardwareCost, refusal: str | None) -> Cost:
    """What is said of a rig without a price or power when nothing is compared; remembered, as
    all plans of a search say the same.
    """
    mtok = inputs.tokens.total_mtok
    key = (hardware, refusal, inputs.missing, mtok)
    known = _REFUSED.get(key)
    if known is None:
        if len(_REFUSED) > 4096:
            _REFUSED.clear()
        known = _REFUSED[key] = Cost(
            hardware_usd=hardware.total_usd,
            known_hardware_usd=hardware.known_usd,
            unpriced_parts=hardware.unpriced,
            mtok_per_month=float(mtok),
            verdict="refused",
            because=inputs.missing if refusal is None else (refusal,),
        )
    return known


def _own_fields(month: Comparison, own: OwningCost) -> dict[str, object]:
    """The month of owning by the fields of the assessment."""
    throughput, tokens = month.inputs.throughput, month.inputs.tokens
    capacity: Decimal | None = None
    if throughput is not None and own.busy_hours:
        capacity = throughput.usable_hours * tokens.total_mtok / own.busy_hours
    return {
        "own_usd_per_month": cents_float(own.total_usd),
        "own_usd_per_mtok": price_float(own.usd_per_mtok),
        "rigs_needed": own.rigs,
        "duty": plain_float(own.duty),
        "busy_hours_per_month": plain_float(own.busy_hours),
        "kwh_per_month": plain_float(own.kwh),
        "capacity_mtok_per_month": plain_float(capacity),
        "own_amortisation_usd": cents_float(own.amortisation_usd),
        "own_maintenance_usd": cents_float(own.maintenance_usd),
        "own_other_usd": cents_float(own.other_usd),
        "own_idle_power_usd": cents_float(own.idle_usd),
        "own_load_power_usd": cents_float(own.load_usd),
    }


def _other_fields(month: Comparison) -> dict[str, object]:
    """The API's bill and the rent by the fields of the assessment."""
    inputs = month.inputs
    tokens, rig = inputs.tokens, inputs.rig
    fields: dict[str, object] = {}
    if month.api_usd is not None:
        fields["api_name"] = inputs.api_name
        fields["api_usd_per_month"] = cents_float(month.api_usd)
        fields["api_usd_per_mtok"] = price_float(blended_usd_per_mtok(month.api_usd, tokens))
        if month.own is not None and rig is not None:
            fields |= _break_evens(month, month.own)
    if month.rent_usd is not None:
        fields |= {
            "rent_name": inputs.rent_name,
            "rent_usd_per_month": cents_float(month.rent_usd),
            "rent_usd_per_mtok": price_float(blended_usd_per_mtok(month.rent_usd, tokens)),
            "rent_answer": month.rent_answer,
            "rent_always_on_usd_per_month": cents_float(month.rent_always_on_usd),
            "rent_on_demand_usd_per_month": cents_float(month.rent_on_demand_usd),
        }
        if rig is not None and inputs.rental is not None:
            fields["rent_or_buy_hours"] = plain_float(
                rent_or_buy_hours(
                    rig.hardware_usd - rig.resale_usd,
                    inputs.rental.gpus * inputs.rental.usd_per_gpu_hour,
                    rig.pue * rig.load_w,
                    rig.usd_per_kwh,
                )
            )
    return fields


def _ranges(
    prepared: Prepared,
    speed: Speed,
    power: Power,
    hardware: HardwareCost,
    catalog: CatalogReader,
    inputs: CostInputs,
) -> dict[str, Range]:
    """The bands of what is compared, by way."""
    # Imported here: most plans of a search compare with nothing.
    from moeplanner_gui.core.cost.figures import figures_of
    from moeplanner_gui.core.cost.ranges import api_band, own_band, rent_band
    from moeplanner_gui.core.cost.spreads import plan_spreads

    figures = figures_of(inputs)
    if figures is None:
        return {}
    spreads = plan_spreads(prepared, speed, power, hardware, figures, catalog)
    found = {"own": own_band(figures, spreads)}
    if inputs.api is not None:
        found["api"] = api_band(figures, spreads)
    if inputs.rental is not None:
        found["rent"] = rent_band(figures, spreads)
    return found


def _break_evens(month: Comparison, own: OwningCost) -> dict[str, object]:
    """Each break-even against the API, by its field."""
    assert month.api_usd is not None
    tokens, volume, rig = month.inputs.tokens, month.volume, month.inputs.rig
    assert rig is not None
    running = own.total_usd - own.electricity_usd
    return {
        "breakeven_answer": None if volume is None else volume.answer,
        "breakeven_mtok_per_month": None if volume is None else plain_float(volume.mtok),
        "breakeven_duty": None if volume is None else plain_float(volume.busy_share),
        "breakeven_api_usd_per_mtok": price_float(break_even_price(own.total_usd, tokens)),
        "breakeven_usd_per_kwh": price_float(break_even_tariff(running, own.kwh, month.api_usd)),
        "payback_months": None if month.payback_months is None else float(month.payback_months),
        "payback_answer": _payback_answer(month.payback_months, rig.life_months),
    }


def _payback_answer(months: int | None, life_months: int) -> str:
    if months is None:
        return "never"
    return "reached" if months <= life_months else "after_life"


def _verdict(month: Comparison, ranges: dict[str, Range]) -> tuple[str | None, tuple[str, ...]]:
    """Which is cheaper, or why that cannot be said, and the sentences that go with it."""
    inputs, own = month.inputs, month.own
    because = (*inputs.missing, *inputs.notes)
    if month.refusal is not None:
        return "refused", (month.refusal, *inputs.notes)
    if own is None:
        return "refused", because
    if month.api_usd is None and month.rent_usd is None:
        return ("refused" if inputs.missing else None), because
    costs: dict[str, Decimal] = {"own": own.total_usd}
    if month.api_usd is not None:
        costs["api"] = month.api_usd
    if month.rent_usd is not None:
        costs["rent"] = month.rent_usd
    ranked = sorted(costs, key=lambda name: costs[name])
    first = ranked[0]
    # Only whether to own is judged as too close: the other two can be changed at any time.
    rival = ranked[1] if first == "own" else "own"
    one, other = ranges.get(first), ranges.get(rival)
    if one is not None and other is not None and one.high >= other.low:
        return "too_close", (_close_sentence(first, one, rival, other), *because)
    return first, because


_NAMES = {"own": "owning", "api": say("the API"), "rent": "renting"}


def _close_sentence(first: str, one: Range, second: str, other: Range) -> str:
    spans = [say("{0} ${1:,.0f} to ${2:,.0f}",_NAMES[name],band.low,band.high)
             for name, band in ((first, one), (second, other))]  # fmt: skip
    return say("Too close to call: in eight of ten cases {0}, {1} a month.", spans[0], spans[1])
