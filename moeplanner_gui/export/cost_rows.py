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
from moeplanner_gui.core.words import say

Row = tuple[str | int | float | None, ...]
INPUT_HEADER = (say("Input"), say("Value"), say("Unit"), say("From"))
RESULT_HEADER = (say("Result"), say("Value"), say("Unit"), say("Rule"))
RANGE_HEADER = (
    say("Range of an input"),
    say("Low"),
    say("Plan"),
    say("High"),
    say("Unit"),
    say("From"),
)

_ANSWERS = {
    "always_on": say("always on"),
    "on_demand": say("on demand"),
    "reached": say("reached"),
    "not_reachable": say("not reachable"),
    "after_life": say("after life"),
    "never": say("never"),
}
_UNITS = {"%": say("share"), "months": say("months")}
_VERDICTS = {
    "own": say("own"),
    "api": "api",
    "rent": say("rent"),
    "too_close": say("too close"),
    "refused": say("refused"),
}


def cost_rows(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Iterable[Row]:
    """Inputs, results, ranges; the reason alone where nothing is known."""
    cost = assessment.cost
    yield (say("Cost, USD"),)
    yield (say("In a sentence"), cost_sentence(cost))
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
                _UNITS.get(spread.unit, spread.unit),
                say("assumed: {0}", spread.source) if spread.assumed else spread.source,
            )


def input_rows(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Iterable[Row]:
    """Name, value, unit and origin of every input, without a header."""
    hardware = hardware_cost(plan, catalog)
    inputs = inputs_of(plan, assessment.speed, assessment.power, hardware, catalog)
    yield from _inputs(plan, inputs, catalog)


def _inputs(plan: Plan, inputs: CostInputs, catalog: CatalogReader) -> Iterable[Row]:
    """Every number that the results are made of, unrounded."""
    economics, tokens = plan.economics, inputs.tokens
    yield (say("Input tokens"), float(tokens.input_mtok), say("million a month"), say("plan"))
    yield (say("Output tokens"), float(tokens.output_mtok), say("million a month"), say("plan"))
    yield (say("Cache hits"), float(tokens.cache_hit_share), say("share of input"), say("plan"))
    yield (say("Tokens in peak hours"), float(inputs.peak_share), say("share"), say("plan"))
    yield (say("Tokens in batches"), float(inputs.batch_share), say("share"), say("plan"))
    yield (
        say("Written into a cache"),
        float(inputs.written_mtok),
        say("million a month"),
        say("plan"),
    )
    rig, speed = inputs.rig, inputs.throughput
    if rig is not None:
        priced = say("plan") if economics.hardware_usd is not None else say("sum of the parts")
        watts = say("plan") if economics.load_w is not None else say("computed")
        idle = say("plan") if economics.idle_w is not None else say("computed")
        yield (say("Hardware"), round(float(rig.hardware_usd), 2), "USD", priced)
        yield (say("Life"), rig.life_months, say("months"), say("plan"))
        if rig.resale.share is None:
            yield (
                say("Loss when first sold"),
                float(rig.resale.haircut),
                say("share"),
                say("plan"),
            )
            yield (
                say("Fall of the price"),
                float(rig.resale.annual_fall),
                say("share a year"),
                say("plan"),
            )
        else:
            yield (say("Resale"), float(rig.resale.share), say("share of the price"), say("plan"))
        yield (say("Cost of capital"), float(rig.capital_rate), say("share a year"), say("plan"))
        yield (
            say("Maintenance"),
            float(rig.maintenance_share_per_year),
            say("share a year"),
            say("plan"),
        )
        yield (say("Other costs"), float(rig.other_usd_per_month), say("USD a month"), say("plan"))
        yield (say("Power at work"), float(rig.load_w), say("W at the wall"), watts)
        yield (say("Power when waiting"), float(rig.idle_w), say("W at the wall"), idle)
        yield (say("Cooling"), float(rig.pue), say("factor"), say("plan"))
        yield (say("Electricity"), float(rig.usd_per_kwh), say("USD a kWh"), say("plan"))
        yield (say("Hours switched on"), float(rig.hours_on), say("hours a month"), say("plan"))
    if speed is not None:
        given = (economics.prefill_tokens_per_s, economics.decode_tokens_per_s)
        read, write = (say("computed") if one is None else say("plan") for one in given)
        yield (say("Prefill"), float(speed.prefill_tokens_per_s), "tokens/s", read)
        yield (say("Decode of all users"), float(speed.decode_tokens_per_s), "tokens/s", write)
        yield (say("Available"), float(speed.availability), say("share of the month"), say("plan"))
        yield (say("Demand can fill"), float(speed.max_duty), say("share of that"), say("plan"))
    yield from _price_inputs(plan, inputs, catalog)


def _price_inputs(plan: Plan, inputs: CostInputs, catalog: CatalogReader) -> Iterable[Row]:
    """Prices of the API and of the rent, with their date and source."""
    economics, api, rental = plan.economics, inputs.api, inputs.rental
    if api is not None:
        source = say("plan")
        if isinstance(economics.api, ApiById):
            row = catalog.tariffs.apis[f"{economics.api.provider}/{economics.api.model}"]
            source = f"{row.source} ({row.date})"
        yield ("API", inputs.api_name, "", source)
        yield (say("API, input"), float(api.input_usd), say("USD a million"), source)
        yield (say("API, cached input"), float(api.cached_usd), say("USD a million"), source)
        yield (say("API, output"), float(api.output_usd), say("USD a million"), source)
        yield (
            say("API, writing into the cache"),
            float(api.write_usd),
            say("USD a million"),
            source,
        )
        yield (say("API, peak hours"), float(api.peak_multiplier), say("factor"), source)
        yield (say("API, batch discount"), float(api.batch_discount), say("share"), source)
    if rental is not None and economics.rent is not None:
        source = say("plan")
        if economics.rent.usd_per_gpu_hour is None:
            offer = catalog.tariffs.rental_ranges[economics.rent.gpu]
            source = f"{offer.source} ({offer.date})"
        yield (say("Rented GPUs"), rental.gpus, inputs.rent_name, say("cards of the plan"))
        yield (say("Rent"), float(rental.usd_per_gpu_hour), say("USD a GPU and hour"), source)
        yield (
            say("Packing on demand"),
            float(PACKING),
            say("share of hours that is work"),
            say("rule"),
        )


def _own_rows(month: Comparison) -> Iterable[Row]:
    own, rig, speed = month.own, month.inputs.rig, month.inputs.throughput
    tokens = month.inputs.tokens
    if own is None or rig is None or speed is None:
        return
    capacity = speed.capacity_mtok(tokens)
    yield (
        say("Busy"),
        float(own.busy_hours),
        say("hours a month"),
        say("(input x (1 - cache hits) / prefill + output / decode) x 1000000 / 3600"),
    )
    yield (say("Duty"), float(own.duty), say("share of the month"), say("busy / 730"))
    yield (
        say("Rigs needed"),
        own.rigs,
        "rigs",
        say("busy / (730 x available x demand can fill), rounded up"),
    )
    yield (
        say("Capacity of one rig"),
        None if capacity is None else float(capacity),
        say("million a month"),
        say("730 x available x demand can fill / (busy / tokens)"),
    )
    yield (
        say("Worth at the end of its life"),
        float(rig.resale_usd),
        "USD",
        say("hardware x resale, or hardware x (1 - loss) x (1 - fall) ^ (life / 12)"),
    )
    yield (
        say("Loss of value of one rig"),
        float(rig.amortisation_usd),
        say("USD a month"),
        _loss(month),
    )
    yield (
        say("Loss of value"),
        float(own.amortisation_usd),
        say("USD a month"),
        say("rigs x that of one"),
    )
    yield (
        say("Maintenance"),
        float(own.maintenance_usd),
        say("USD a month"),
        say("rigs x hardware x maintenance / 12"),
    )
    yield (say("Other costs"), float(own.other_usd), say("USD a month"), say("as entered"))
    yield (
        say("Power of waiting"),
        float(own.idle_usd),
        say("USD a month"),
        say(
            "cooling x watts waiting x the larger of rigs x hours on and busy / 1000 x electricity"
        ),
    )
    yield (
        say("Power of work"),
        float(own.load_usd),
        say("USD a month"),
        say("cooling x (watts at work - watts waiting) x busy / 1000 x electricity"),
    )
    yield (
        say("Electricity"),
        float(own.kwh),
        say("kWh a month"),
        say("both powers / price of electricity"),
    )
    yield (
        say("Own, not rounded"),
        float(own.total_usd),
        say("USD a month"),
        say("loss of value + maintenance + other + both powers"),
    )
    yield (
        say("Own"),
        cents_float(own.total_usd),
        say("USD a month"),
        say("rounded half up to the cent"),
    )
    each = own.usd_per_mtok
    yield (
        say("Own, a million tokens"),
        "n/a" if each is None else float(each),
        say("USD a million"),
        say("own / (input + output)"),
    )


def _loss(month: Comparison) -> str:
    rig = month.inputs.rig
    if rig is not None and rig.capital_rate:
        return say(
            "(hardware x k x g - worth x k) / (g - 1), k = (1 + capital) ^ (1/12) "
            "- 1, g = (1 + k) ^ life"
        )
    return say("(hardware - worth) / life")


def _other_rows(month: Comparison) -> Iterable[Row]:
    if month.api_usd is not None:
        yield (
            "API",
            cents_float(month.api_usd),
            say("USD a month"),
            say(
                "(input x (1 - hits) x price + input x hits x cached price + output x "
                "price) x (1 + peak share x (peak factor - 1)) x (1 - batch share x "
                "discount) + written x writing"
            ),
        )
    if month.rent_usd is not None:
        yield (
            say("Rent, always on"),
            cents_float(month.rent_always_on_usd),
            say("USD a month"),
            say("rigs x GPUs x rent x 730"),
        )
        yield (
            say("Rent, on demand"),
            cents_float(month.rent_on_demand_usd),
            say("USD a month"),
            say("GPUs x rent x busy / packing"),
        )
        yield (
            say("Rent"),
            cents_float(month.rent_usd),
            say("USD a month"),
            say("the cheaper way: {0}", _ANSWERS.get(month.rent_answer or "", "")),
        )


def _break_even_rows(assessment: Assessment) -> Iterable[Row]:
    cost = assessment.cost
    if cost.api_usd_per_month is not None:
        answer = _ANSWERS.get(cost.breakeven_answer or "", say("n/a"))
        yield (
            say("Break-even volume"),
            cost.breakeven_mtok_per_month or answer,
            say("million a month"),
            say(
                "{0}: (own without power of work, one rig) / (API a million - power of "
                "work a million)",
                answer,
            ),
        )
        payback = _ANSWERS[cost.payback_answer or "never"]
        yield (
            say("Payback"),
            cost.payback_months or payback,
            say("months"),
            say(
                "{0}: first month in which hardware - worth then + running costs are "
                "at most the API's bills",
                payback,
            ),
        )
        yield (
            say("Break-even price of the API"),
            cost.breakeven_api_usd_per_mtok or say("n/a"),
            say("USD a million"),
            say("own / (input + output)"),
        )
        yield (
            say("Break-even tariff"),
            cost.breakeven_usd_per_kwh or say("none"),
            say("USD a kWh"),
            say("(API - own without electricity) / kWh"),
        )
    if cost.rent_or_buy_hours is not None:
        yield (
            say("Rent or buy"),
            cost.rent_or_buy_hours,
            say("hours of work"),
            say(
                "(hardware - worth) / (GPUs x rent - cooling x watts at work / 1000 x electricity)"
            ),
        )
    for way, low, high in (
        (say("Own"), cost.own_usd_per_month_low, cost.own_usd_per_month_high),
        ("API", cost.api_usd_per_month_low, cost.api_usd_per_month_high),
        (say("Rent"), cost.rent_usd_per_month_low, cost.rent_usd_per_month_high),
    ):
        if low is not None:
            yield (
                say("{0}, low", way),
                low,
                say("USD a month"),
                say("nine of ten cases lie above"),
            )
            yield (
                say("{0}, high", way),
                high,
                say("USD a month"),
                say("nine of ten cases lie below, by the ranges underneath"),
            )
    yield (
        say("Verdict"),
        _VERDICTS.get(cost.verdict or "", say("nothing to compare with")),
        "",
        "",
    )
