"""Claims that are checked against their own numbers, against what others published, or not."""

from __future__ import annotations

from moeplanner_gui.core.claims.amounts import (
    amount_text,
    converted,
    half_of_last_digit,
    number,
    plain,
    span,
    words,
)
from moeplanner_gui.core.claims.bench import Bench
from moeplanner_gui.core.claims.check_terms import Expression, NotChecked, Published
from moeplanner_gui.core.claims.formula import FormulaError, calculate, names_in
from moeplanner_gui.core.claims.found import Found, Mistake, not_checked
from moeplanner_gui.core.claims.terms import Claim, PublishedFigure, Step
from moeplanner_gui.core.words import say

REASONS = {
    "opinion": say("An opinion or advice: there is nothing to compute."),
    "prediction": say("A prediction: there is nothing to compute it from."),
    "score": say("The score of a benchmark: running the model would be needed to check it."),
    "training": say(
        "About the training or design of a model, which decides nothing about hardware."
    ),
    "undisclosed": say("The maker does not disclose it."),
    "no_measurement": say("Nobody measured it where we could read it."),
    "rule_of_thumb": say("A rule of thumb whose conditions are not said."),
    "own_choice": say("An assumption that everyone makes for themselves."),
    "not_released": say("About something that was not released."),
    "not_hardware": say("Not about memory, speed or money."),
}
_CONTRADICTS = 0.05
"""Share by which an article's figures may differ without contradicting each other."""
_ROUNDED = 0.10
"""Likewise where the difference is rounding to the digits that are stated: 3 % for 3.2 %."""


def judge_expression(claim: Claim, check: Expression, bench: Bench) -> list[Found]:
    """Arithmetic on the claim's own numbers."""
    named = names_in(check.formula)
    for name in named:
        other = bench.claim(name)
        if other is None or other.value is None:
            return [not_checked(say("The claim {0} has no number to compute with.", name))]
    try:
        low = calculate(check.formula, lambda name: _value(bench, name, high=False))
        high = calculate(check.formula, lambda name: _value(bench, name, high=True))
        mistakes = tuple(
            Mistake(wrong.code, calculate(wrong.formula, lambda name: _value(bench, name)))
            for wrong in check.mistaken
        )
    except FormulaError as error:
        return [not_checked(f"{check.words}: {error}")]
    computed = number(low, claim.unit) if low == high else span(low, high, low, claim.unit)
    steps = [_step(bench, name) for name in named]
    formula = check.formula.replace("*", "×").replace("/", "÷").replace("-", "−")
    for name in named:
        formula = formula.replace("{" + name.replace("-", "−") + "}", _plain_value(bench, name))
    steps.append(
        Step(label=check.words, text=f"{formula} = {amount_text(computed)}", value=low, strong=True)
    )
    because = f"{check.words[0].upper()}{check.words[1:]}: {formula} = {amount_text(computed)}."
    other = bench.claim(named[0]) if len(named) == 1 else None
    if other is not None and check.formula == "{" + other.id + "}":
        because = say("Elsewhere the same article says: “{0}” Both cannot be true.", other.says)
    return [
        Found(
            computed,
            because,
            tuple(steps),
            mistakes=mistakes,
            tolerance=_ROUNDED,
            # Its own figures contradict each other: whatever is true, this is not.
            verdict="cannot_be_true" if check.own and _apart(claim, low, high) else None,
        )
    ]


def _apart(claim: Claim, low: float, high: float) -> bool:
    """True when the claimed number is off from what its own numbers give."""
    if claim.value is None:
        return False
    first, last = claim.value, claim.value if claim.value_high is None else claim.value_high
    low, high = min(low, high), max(low, high)
    if claim.relation == "at_least":
        last = max(last, high)
    if claim.relation == "at_most":
        first = min(first, low)
    most = max(abs(low), abs(high))
    spare = max(_CONTRADICTS * most, min(_ROUNDED * most, half_of_last_digit(first)))
    return last < low - spare or first > high + spare


def _value(bench: Bench, name: str, *, high: bool = False) -> float:
    other = bench.claim(name)
    assert other is not None and other.value is not None
    return other.value_high if high and other.value_high is not None else other.value


def _plain_value(bench: Bench, name: str) -> str:
    low, high = _value(bench, name), _value(bench, name, high=True)
    return plain(low) if low == high else f"({plain(low)}–{plain(high)})"


def _step(bench: Bench, name: str) -> Step:
    other = bench.claim(name)
    assert other is not None and other.value is not None
    low, high = other.value, other.value if other.value_high is None else other.value_high
    return Step(label=other.says, text=amount_text(span(low, high, low, other.unit)))


def judge_published(claim: Claim, check: Published, bench: Bench) -> list[Found]:
    """What others published, each row one answer."""
    answers = []
    for figure_id in check.figures:
        row = bench.catalog.claims.published.get(figure_id)
        if row is None:
            answers.append(not_checked(say("There is no published figure {0}.", figure_id)))
            continue
        answers.append(_published(claim, row))
    return answers


def _published(claim: Claim, row: PublishedFigure) -> Found:
    said = row.words
    computed = words(row.words or "")
    if row.value is not None:
        high = row.value if row.value_high is None else row.value_high
        computed = (
            span(row.value, high, row.value, claim.unit)
            if row.unit == claim.unit
            else converted([row.value, high], claim.unit)
        )
        said = amount_text(computed)
    return Found(
        computed,
        f"{row.subject}, {row.what}: {said} ({row.source}, {row.date}).",
        (
            Step(label=f"{row.subject}, {row.what}", text=said or "", strong=True),
            Step(label=say("source"), text=f"{row.source}, {row.date}"),
        ),
        tolerance=0.05,
        confidence="published",
    )


def judge_none(claim: Claim, check: NotChecked, bench: Bench) -> list[Found]:
    """Nothing to compute."""
    return [not_checked(REASONS[check.reason])]
