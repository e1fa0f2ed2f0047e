"""Claims about prices of APIs and about what owning costs: the catalogue's prices, and plans."""

from __future__ import annotations

from decimal import Decimal

from moeplanner_gui.core.assessment import Cost
from moeplanner_gui.core.claims.amounts import amount_text, number, number_text, span, words
from moeplanner_gui.core.claims.bench import Bench
from moeplanner_gui.core.claims.check_terms import ApiPrice, CostOf
from moeplanner_gui.core.claims.found import CLOSE, Found, Mistake, not_checked
from moeplanner_gui.core.claims.terms import Claim, Step, Verdict
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.words import paragraph, say

_MINUTES = 60
"""An hour taken for a minute, or a payment spread over months and divided by their minutes: what
makes a share of the price 60 times too large."""


def judge_api_price(claim: Claim, check: ApiPrice, bench: Bench) -> list[Found]:
    """The price of each API that is meant, or how many times as much it is."""
    answers = []
    for api in check.apis:
        one = _price_of(api, check, bench)
        if one is None:
            answers.append(not_checked(_unknown(api, check)))
            continue
        if not check.over:
            answers.append(_single(claim, check, api, one, bench))
            continue
        for other_id in check.over:
            other = _price_of(other_id, check, bench)
            if other is None or not other.usd:
                answers.append(not_checked(_unknown(other_id, check)))
                continue
            ratio = one.usd / other.usd
            answers.append(
                Found(
                    number(ratio, claim.unit),
                    say(
                        "{0} costs ${1:g} a million {2} tokens, {3} ${4:g}: {5:.1f} times as much.",
                        one.name,
                        one.usd,
                        _FIGURES[check.figure],
                        other.name,
                        other.usd,
                        ratio,
                    ),
                    (
                        Step(
                            label=f"{one.name}, {one.date}",
                            text=say("${0:g}", one.usd),
                            value=one.usd,
                        ),
                        Step(
                            label=f"{other.name}, {other.date}",
                            text=say("${0:g}", other.usd),
                            value=other.usd,
                        ),
                        Step(
                            label=say("times as much"),
                            text=say("{0:.1f}", ratio),
                            value=ratio,
                            strong=True,
                        ),
                    ),
                    confidence="published",
                )
            )
    return answers


_FIGURES = {"input": say("input"), "output": say("output"), "cached": say("cached")}


class _Price:
    """A price with its name and day, and earlier ones of the same API."""

    def __init__(
        self,
        name: str,
        usd: float,
        high: float,
        date: str,
        source: str,
        older: tuple[float, ...] = (),
    ) -> None:
        self.name, self.usd, self.high = name, usd, high
        self.date, self.source, self.older = date, source, older


def _price_of(api: str, check: ApiPrice, bench: Bench) -> _Price | None:
    if check.day is not None:
        return _past(api, check.figure, check.day, bench)
    row = bench.catalog.tariffs.apis.get(api)
    if row is None:
        return None
    price = row.price()
    usd: Decimal = {
        "input": price.input_usd,
        "output": price.output_usd,
        "cached": price.cached_usd,
    }[check.figure]
    high = float(usd * price.peak_multiplier)
    return _Price(row.name, float(usd), high, row.date, row.source)


def _past(api: str, figure: str, day: str, bench: Bench) -> _Price | None:
    """The price that was in force on a day, from the dated rows."""
    rows = [
        row
        for row in bench.catalog.claims.published.values()
        if row.what == f"{figure} price of {api}" and row.value is not None
    ]
    for row in rows:
        if (row.since or "") <= day and (row.until is None or day < row.until):
            older = tuple(
                other.value
                for other in rows
                if other.value is not None and other.until is not None and other.until <= day
            )
            assert row.value is not None
            since = (
                say("from {0}", row.since) if row.since else say("until {0}", row.until or row.date)
            )
            return _Price(row.subject, row.value, row.value, since, row.source, older)
    return None


def _unknown(api: str, check: ApiPrice) -> str:
    when = say(" on {0}", check.day) if check.day else ""
    return say("No price of {0}{1} is known.", api, when)


def _single(claim: Claim, check: ApiPrice, api: str, price: _Price, bench: Bench) -> Found:
    low, high = price.usd * check.mtok, price.high * check.mtok
    computed = number(low, claim.unit) if low == high else span(low, high, low, claim.unit)
    steps = [
        Step(
            label=f"{price.name}, {_FIGURES[check.figure]}, {price.date}",
            text=amount_text(span(price.usd, price.high, price.usd, "USD/M tokens")),
            value=price.usd,
            strong=check.mtok == 1,
        )
    ]
    if check.mtok != 1:
        text = number_text(low, "USD")
        steps.append(
            Step(label=say("× {0:g} M tokens", check.mtok), text=text, value=low, strong=True)
        )
    verdict: Verdict | None = None
    if check.also_output is not None:
        output = _price_of(api, check.model_copy(update={"figure": "output"}), bench)
        if output is not None:
            text = number_text(output.usd, "USD/M tokens")
            steps.append(Step(label=say("{0}, output", output.name), text=text, value=output.usd))
            if abs(check.also_output / output.usd - 1) > CLOSE / 2:
                verdict = "wrong"
    steps.append(Step(label=say("source"), text=price.source))
    return Found(
        computed,
        say(
            "{0}: {1} of {2} ({3}).",
            price.name,
            amount_text(span(price.usd, price.high, price.usd, "USD/M tokens")),
            _FIGURES[check.figure],
            price.date,
        ),
        tuple(steps),
        mistakes=tuple(Mistake("old_price", usd * check.mtok) for usd in price.older),
        verdict=verdict,
        tolerance=0.05,
        confidence="published",
    )


def judge_cost(claim: Claim, check: CostOf, bench: Bench) -> list[Found]:
    """A figure of the cost comparison; plans that the claim may mean are one range."""
    values: list[float] = []
    steps: list[Step] = []
    because: list[str] = []
    plans = []
    for plan in check.plans:
        used = plan if check.inferences is None else _with_inferences(plan, check.inferences)
        cost = bench.assess(used).cost
        if check.figure == "pays_within_life":
            return [_pays(used, check, cost, bench)]
        value, told, why = _figure(used, check, cost)
        if value is None:
            return [not_checked(told, *why)]
        values.append(value)
        if len(check.plans) > 1:
            steps.append(Step(label=_terms(used), text=""))
        because.append(told)
        steps += why
        plans.append(bench.named(used))
    computed = span(min(values), max(values), values[0], claim.unit)
    if len(values) > 1 and check.figure.startswith("breakeven"):
        because = [say("Owning breaks even at {0}.", amount_text(computed))]
    mistakes: tuple[Mistake, ...] = ()
    if check.figure.startswith("amortisation"):
        mistakes = (Mistake("sixty_times_amortisation", values[0] * _MINUTES),)
    return [
        Found(
            computed,
            paragraph(dict.fromkeys(because)),
            tuple(steps),
            tuple(plans),
            mistakes=mistakes,
            tolerance=0.05,
        )
    ]


def _terms(plan: Plan) -> str:
    """What tells the plans of one claim apart: the API's price and the power of waiting."""
    spent = plan.economics
    price = getattr(spent.api, "input", None)
    said = (
        ""
        if price is None
        else say("with {0} a million tokens at the API", number_text(price, "USD"))
    )
    idle = "" if not spent.load_w else say(", {0:,.0f} W while it waits", spent.idle_w or 0)
    return f"{said}{idle}".strip(", ") or plan.model


def _pays(plan: Plan, check: CostOf, cost: Cost, bench: Bench) -> Found:
    """Whether the hardware pays for itself before it is written off."""
    own, api = cost.own_usd_per_month, cost.api_usd_per_month
    if own is None or api is None:
        return not_checked(" ".join(cost.because[:1]) or say("The cost is not known."))
    life, months = plan.economics.life_months, cost.payback_months
    pays = months is not None and months <= life
    when = say("never") if months is None else say("month {0:.0f} of {1}", months, life)
    running = own - (cost.own_amortisation_usd or 0.0)
    told = (_usd(api), _usd(running), _usd(plan.economics.hardware_usd))
    return Found(
        words(when),
        say("The API is {0} a month, running the rig {1}: the {2} are never back.", *told)
        if months is None
        else say(
            "The API is {0} a month, running the rig {1}: the {2} are back in month {3:.0f} "
            "of {4}.",
            *told,
            months,
            life,
        ),
        (
            Step(label=say("the API"), text=say("{0} a month", _usd(api)), value=api),
            Step(
                label=say("running the rig"), text=say("{0} a month", _usd(running)), value=running
            ),
            Step(label=say("paid back"), text=when, value=months, strong=True),
        ),
        (bench.named(plan),),
        verdict="holds" if pays == check.expects else "wrong",
    )


def _with_inferences(plan: Plan, inferences: float) -> Plan:
    work = plan.workload
    read = (work.inference_input_tokens or 0) * inferences / 1e6
    written = (work.inference_output_tokens or 0) * inferences / 1e6
    changed = work.model_copy(
        update={"input_mtok_per_month": read, "output_mtok_per_month": written}
    )
    return plan.replace(workload=changed)


def _figure(plan: Plan, check: CostOf, cost: Cost) -> tuple[float | None, str, list[Step]]:
    """The value, a sentence and the arithmetic; None with why it is not known."""
    own, api = cost.own_usd_per_month, cost.api_usd_per_month
    if own is None:
        return None, " ".join(cost.because[:1]) or say("The cost is not known."), []
    spent = plan.economics
    amount = _usd(cost.own_amortisation_usd)
    loss = Step(
        label=say("{0} over {1} months", _usd(spent.hardware_usd), spent.life_months),
        text=say("{0} a month", amount),
        value=cost.own_amortisation_usd,
    )
    power_usd = (cost.own_idle_power_usd or 0) + (cost.own_load_power_usd or 0)
    power = Step(
        label=say("electricity"), text=say("{0} a month", _usd(power_usd)), value=power_usd
    )
    owning = Step(label=say("owning"), text=say("{0} a month", _usd(own)), value=own, strong=True)
    figure = check.figure
    if figure == "own_usd_per_month":
        return own, say("Owning is {0} a month.", _usd(own)), [loss, power, owning]
    if figure == "amortisation_usd_per_month":
        return cost.own_amortisation_usd, say("The hardware loses {0} a month.", amount), [loss]
    if figure == "amortisation_usd_per_inference":
        if not check.inferences or cost.own_amortisation_usd is None or not spent.hardware_usd:
            return None, say("No inferences are given."), []
        # From the price itself: the month's amount is rounded to cents.
        each = (spent.hardware_usd * (1 - (spent.resale_share or 0.0))) / (
            spent.life_months * check.inferences
        )
        step = Step(
            label=say("÷ {0:g} inferences a month", check.inferences),
            text=number_text(each, "USD/inference"),
            value=each,
            strong=True,
        )
        told = say(
            "{0} ÷ {1} ÷ {2:g} is {3}.",
            _usd(spent.hardware_usd),
            spent.life_months,
            check.inferences,
            number_text(each, "USD/inference"),
        )
        return each, told, [loss, step]
    if figure == "duty":
        if cost.duty is None:
            return None, say("The duty is not known."), []
        share = cost.duty
        text = say("{0:.1f} %", 100 * share)
        told = say("The rig is busy for {0} of the month.", text)
        return share * 100, told, [Step(label=say("busy"), text=text, value=share, strong=True)]
    if api is None:
        return None, say("No price of an API is given."), []
    other = Step(label=say("the API"), text=say("{0} a month", _usd(api)), value=api, strong=True)
    if figure == "api_usd_per_month":
        return api, say("The API is {0} a month.", _usd(api)), [other]
    if figure in ("own_over_api", "api_over_own"):
        one, two = (own, api) if figure == "own_over_api" else (api, own)
        if not two:
            return None, say("One of both costs nothing."), []
        cheaper = say("the API") if api < own else say("owning")
        times = max(own, api) / min(own, api) if min(own, api) else 0.0
        told = say(
            "Owning is {0} a month, the API {1}: {2} is {3:.2f} times cheaper.",
            _usd(own),
            _usd(api),
            cheaper,
            times,
        )
        return one / two, told, [loss, power, owning, other]
    if figure == "payback_months":
        months = cost.payback_months
        if months is None:
            return None, say("It never pays for itself at this use."), [loss, power, owning, other]
        told = say(
            "It has paid for itself in month {0:.0f} of {1}: the API is {2} a "
            "month, running the rig {3}.",
            months,
            spent.life_months,
            _usd(api),
            _usd(own - (cost.own_amortisation_usd or 0)),
        )
        return months, told, [loss, power, owning, other]
    volume = cost.breakeven_mtok_per_month
    if volume is None or cost.breakeven_answer == "never":
        return (
            None,
            say("It never breaks even: power alone costs more than the API."),
            [loss, power],
        )
    each_mtok = cost.api_usd_per_mtok or 0.0
    rate = Step(label=say("a million tokens at the API"), text=_usd(each_mtok), value=each_mtok)
    if figure == "breakeven_inferences":
        tokens = (plan.workload.inference_input_tokens or 0) + (
            plan.workload.inference_output_tokens or 0
        )
        if not tokens:
            return None, say("It is not said how long an inference is."), []
        count = volume * 1e6 / tokens
        told = say("Owning breaks even at {0:,.0f} inferences a month.", count)
        step = Step(
            label=say("break-even"),
            text=say("{0:,.1f} inferences", count),
            value=count,
            strong=True,
        )
        return count, told, [loss, power, rate, step]
    told = say(
        "At {0} a million tokens owning breaks even at {1:,.0f} M a month.", _usd(each_mtok), volume
    )
    step = Step(
        label=say("break-even"), text=say("{0:,.0f} M tokens", volume), value=volume, strong=True
    )
    return volume, told, [loss, power, rate, step]


def _usd(amount: float | None) -> str:
    return "n/a" if amount is None else number_text(amount, "USD")
