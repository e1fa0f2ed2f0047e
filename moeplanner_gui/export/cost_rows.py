"""The cost of a plan as rows of a CSV: every input, then every result in the order of computing.

A reader can follow each amount in a spreadsheet: what goes in stands above, with its unit and
where it was read; the rule of a result stands beside it in words.
"""

from __future__ import annotations

from collections.abc import Iterable

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.cost.assess import Comparison, compare
from moeplanner_gui.core.cost.inputs import CostInputs, inputs_of
from moeplanner_gui.core.cost.money import cents_float
from moeplanner_gui.core.cost.renting import PACKING
from moeplanner_gui.core.cost.sentence import cost_sentence
from moeplanner_gui.core.cost.study import study_of
from moeplanner_gui.core.hardware_cost import hardware_cost
from moeplanner_gui.core.plan import ApiById, Plan
from moeplanner_gui.core.ports import CatalogReader

Row = tuple[str | int | float | None, ...]
INPUT_HEADER = ("Input", "Value", "Unit", "From")
RESULT_HEADER = ("Result", "Value", "Unit", "Rule")
RANGE_HEADER = ("Range of an input", "Low", "Plan", "High", "Unit", "From")


def cost_rows(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Iterable[Row]:
    """Inputs, results, ranges; the reason alone where nothing is known."""
    cost = assessment.cost
    yield ("Cost, USD",)
    yield ("In a sentence", cost_sentence(cost))
    for sentence in cost.because:
        yield ("", sentence)
    inputs = inputs_of(
        plan, assessment.speed, assessment.power, hardware_cost(plan, catalog), catalog
    )
    yield INPUT_HEADER
    yield from _inputs(plan, inputs, catalog)
    if cost.own_usd_per_month is None:
        return
    month = compare(inputs)
    yield RESULT_HEADER
    yield from _own_rows(month)
    yield from _other_rows(month)
    yield from _break_even_rows(assessment)
    study = study_of(plan, assessment, catalog)
    if study is not None:
        yield RANGE_HEADER
        for spread in study.spreads:
            yield (
                spread.label,
                spread.low,
                spread.expected,
                spread.high,
                "share" if spread.unit == "%" else spread.unit,
                f"{'assumed: ' if spread.assumed else ''}{spread.source}",
            )


def input_rows(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Iterable[Row]:
    """Name, value, unit and origin of every input, without a header."""
    hardware = hardware_cost(plan, catalog)
    inputs = inputs_of(plan, assessment.speed, assessment.power, hardware, catalog)
    yield from _inputs(plan, inputs, catalog)


def _inputs(plan: Plan, inputs: CostInputs, catalog: CatalogReader) -> Iterable[Row]:
    """Every number that the results are made of, unrounded."""
    economics, tokens = plan.economics, inputs.tokens
    yield ("Input tokens", float(tokens.input_mtok), "million a month", "plan")
    yield ("Output tokens", float(tokens.output_mtok), "million a month", "plan")
    yield ("Cache hits", float(tokens.cache_hit_share), "share of input", "plan")
    yield ("Tokens in peak hours", float(inputs.peak_share), "share", "plan")
    yield ("Tokens in batches", float(inputs.batch_share), "share", "plan")
    yield ("Written into a cache", float(inputs.written_mtok), "million a month", "plan")
    rig, speed = inputs.rig, inputs.throughput
    if rig is not None:
        priced = "plan" if economics.hardware_usd is not None else "sum of the parts"
        watts = "plan" if economics.load_w is not None else "computed"
        idle = "plan" if economics.idle_w is not None else "computed"
        yield ("Hardware", round(float(rig.hardware_usd), 2), "USD", priced)
        yield ("Life", rig.life_months, "months", "plan")
        if rig.resale.share is None:
            yield ("Loss when first sold", float(rig.resale.haircut), "share", "plan")
            yield ("Fall of the price", float(rig.resale.annual_fall), "share a year", "plan")
        else:
            yield ("Resale", float(rig.resale.share), "share of the price", "plan")
        yield ("Cost of capital", float(rig.capital_rate), "share a year", "plan")
        yield ("Maintenance", float(rig.maintenance_share_per_year), "share a year", "plan")
        yield ("Other costs", float(rig.other_usd_per_month), "USD a month", "plan")
        yield ("Power at work", float(rig.load_w), "W at the wall", watts)
        yield ("Power when waiting", float(rig.idle_w), "W at the wall", idle)
        yield ("Cooling", float(rig.pue), "factor", "plan")
        yield ("Electricity", float(rig.usd_per_kwh), "USD a kWh", "plan")
        yield ("Hours switched on", float(rig.hours_on), "hours a month", "plan")
    if speed is not None:
        read = "plan" if economics.prefill_tokens_per_s is not None else "computed"
        write = "plan" if economics.decode_tokens_per_s is not None else "computed"
        yield ("Prefill", float(speed.prefill_tokens_per_s), "tokens/s", read)
        yield ("Decode of all users", float(speed.decode_tokens_per_s), "tokens/s", write)
        yield ("Available", float(speed.availability), "share of the month", "plan")
        yield ("Demand can fill", float(speed.max_duty), "share of that", "plan")
    yield from _price_inputs(plan, inputs, catalog)


def _price_inputs(plan: Plan, inputs: CostInputs, catalog: CatalogReader) -> Iterable[Row]:
    """Prices of the API and of the rent, with their date and source."""
    economics, api, rental = plan.economics, inputs.api, inputs.rental
    if api is not None:
        source = "plan"
        if isinstance(economics.api, ApiById):
            row = catalog.tariffs.apis[f"{economics.api.provider}/{economics.api.model}"]
            source = f"{row.source} ({row.date})"
        yield ("API", inputs.api_name, "", source)
        yield ("API, input", float(api.input_usd), "USD a million", source)
        yield ("API, cached input", float(api.cached_usd), "USD a million", source)
        yield ("API, output", float(api.output_usd), "USD a million", source)
        yield ("API, writing into the cache", float(api.write_usd), "USD a million", source)
        yield ("API, peak hours", float(api.peak_multiplier), "factor", source)
        yield ("API, batch discount", float(api.batch_discount), "share", source)
    if rental is not None and economics.rent is not None:
        source = "plan"
        if economics.rent.usd_per_gpu_hour is None:
            offer = catalog.tariffs.rental_ranges[economics.rent.gpu]
            source = f"{offer.source} ({offer.date})"
        yield ("Rented GPUs", rental.gpus, inputs.rent_name, "cards of the plan")
        yield ("Rent", float(rental.usd_per_gpu_hour), "USD a GPU and hour", source)
        yield ("Packing on demand", float(PACKING), "share of hours that is work", "rule")


def _own_rows(month: Comparison) -> Iterable[Row]:
    own, rig, speed = month.own, month.inputs.rig, month.inputs.throughput
    tokens = month.inputs.tokens
    if own is None or rig is None or speed is None:
        return
    capacity = speed.capacity_mtok(tokens)
    yield (
        "Busy", float(own.busy_hours), "hours a month",
        "(input x (1 - cache hits) / prefill + output / decode) x 1000000 / 3600",
    )  # fmt: skip
    yield ("Duty", float(own.duty), "share of the month", "busy / 730")
    yield (
        "Rigs needed",
        own.rigs,
        "rigs",
        "busy / (730 x available x demand can fill), rounded up",
    )
    yield (
        "Capacity of one rig", None if capacity is None else float(capacity), "million a month",
        "730 x available x demand can fill / (busy / tokens)",
    )  # fmt: skip
    yield (
        "Worth at the end of its life", float(rig.resale_usd), "USD",
        "hardware x resale, or hardware x (1 - loss) x (1 - fall) ^ (life / 12)",
    )  # fmt: skip
    yield ("Loss of value of one rig", float(rig.amortisation_usd), "USD a month", _loss(month))
    yield ("Loss of value", float(own.amortisation_usd), "USD a month", "rigs x that of one")
    yield (
        "Maintenance", float(own.maintenance_usd), "USD a month",
        "rigs x hardware x maintenance / 12",
    )  # fmt: skip
    yield ("Other costs", float(own.other_usd), "USD a month", "as entered")
    yield (
        "Power of waiting", float(own.idle_usd), "USD a month",
        "cooling x watts waiting x the larger of rigs x hours on and busy / 1000 x electricity",
    )  # fmt: skip
    yield (
        "Power of work", float(own.load_usd), "USD a month",
        "cooling x (watts at work - watts waiting) x busy / 1000 x electricity",
    )  # fmt: skip
    yield ("Electricity", float(own.kwh), "kWh a month", "both powers / price of electricity")
    yield (
        "Own, not rounded",
        float(own.total_usd),
        "USD a month",
        "loss of value + maintenance + other + both powers",
    )
    yield ("Own", cents_float(own.total_usd), "USD a month", "rounded half up to the cent")
    each = own.usd_per_mtok
    yield (
        "Own, a million tokens", "n/a" if each is None else float(each), "USD a million",
        "own / (input + output)",
    )  # fmt: skip


def _loss(month: Comparison) -> str:
    rig = month.inputs.rig
    if rig is not None and rig.capital_rate:
        return (
            "(hardware x k x g - worth x k) / (g - 1), k = (1 + capital) ^ (1/12) - 1,"
            " g = (1 + k) ^ life"
        )
    return "(hardware - worth) / life"


def _other_rows(month: Comparison) -> Iterable[Row]:
    if month.api_usd is not None:
        yield (
            "API", cents_float(month.api_usd), "USD a month",
            "(input x (1 - hits) x price + input x hits x cached price + output x price)"
            " x (1 + peak share x (peak factor - 1)) x (1 - batch share x discount)"
            " + written x writing",
        )  # fmt: skip
    if month.rent_usd is not None:
        yield (
            "Rent, always on", cents_float(month.rent_always_on_usd), "USD a month",
            "rigs x GPUs x rent x 730",
        )  # fmt: skip
        yield (
            "Rent, on demand", cents_float(month.rent_on_demand_usd), "USD a month",
            "GPUs x rent x busy / packing",
        )  # fmt: skip
        yield (
            "Rent", cents_float(month.rent_usd), "USD a month",
            f"the cheaper way: {(month.rent_answer or '').replace('_', ' ')}",
        )  # fmt: skip


def _break_even_rows(assessment: Assessment) -> Iterable[Row]:
    cost = assessment.cost
    if cost.api_usd_per_month is not None:
        answer = (cost.breakeven_answer or "n/a").replace("_", " ")
        yield (
            "Break-even volume", cost.breakeven_mtok_per_month or answer, "million a month",
            f"{answer}: (own without power of work, one rig) / (API a million"
            " - power of work a million)",
        )  # fmt: skip
        payback = (cost.payback_answer or "never").replace("_", " ")
        yield (
            "Payback", cost.payback_months or payback, "months",
            f"{payback}: first month in which hardware - worth then + running costs are at most"
            " the API's bills",
        )  # fmt: skip
        yield (
            "Break-even price of the API", cost.breakeven_api_usd_per_mtok or "n/a",
            "USD a million", "own / (input + output)",
        )  # fmt: skip
        yield (
            "Break-even tariff", cost.breakeven_usd_per_kwh or "none", "USD a kWh",
            "(API - own without electricity) / kWh",
        )  # fmt: skip
    if cost.rent_or_buy_hours is not None:
        yield (
            "Rent or buy", cost.rent_or_buy_hours, "hours of work",
            "(hardware - worth) / (GPUs x rent - cooling x watts at work / 1000 x electricity)",
        )  # fmt: skip
    for way, low, high in (
        ("Own", cost.own_usd_per_month_low, cost.own_usd_per_month_high),
        ("API", cost.api_usd_per_month_low, cost.api_usd_per_month_high),
        ("Rent", cost.rent_usd_per_month_low, cost.rent_usd_per_month_high),
    ):
        if low is not None:
            yield (f"{way}, low", low, "USD a month", "nine of ten cases lie above")
            yield (
                f"{way}, high",
                high,
                "USD a month",
                "nine of ten cases lie below, by the ranges underneath",
            )
    yield ("Verdict", (cost.verdict or "nothing to compare with").replace("_", " "), "", "")
