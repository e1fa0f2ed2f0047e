"""From a judged claim to what its detail shows. Knows claims and no widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeplanner_gui.core.claims.amounts import amount_text, from_unit
from moeplanner_gui.core.id_words import confidence_words
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.reality.bar import Bar, Bars
from moeplanner_gui.ui.reality.words import one_line

if TYPE_CHECKING:
    from moeplanner_gui.core.claims.terms import Amount, Judgement, Step

_BYTES = ("GB", "GiB", "MB", "MiB", "TB", "GB per card")


def bars_of(judgement: Judgement) -> Bars | None:
    """Claimed and computed on one scale; None where one of them is no number above zero.

    A claim that something fits has a size against what can be used.
    """
    claimed, computed = judgement.claimed, judgement.computed
    if computed is None or not computed.is_number or (computed.low or 0.0) < 0:
        return None
    limit, limit_text = _limit(judgement.steps, computed)
    ours = _bar(_label(judgement, limit), computed)
    if claimed is None:
        return None
    if claimed.is_number and claimed.unit == computed.unit and (claimed.low or 0.0) >= 0:
        return Bars(_bar(say("Claimed"), claimed), ours, limit, limit_text)
    if limit is None:
        return None
    usable = Bar(
        say("Claimed to be enough: {0}", one_line(amount_text(claimed))), limit_text, limit
    )
    return Bars(usable, ours, limit, limit_text)


def _label(judgement: Judgement, limit: float | None) -> str:
    """The step that decides says what was computed."""
    strong = [step for step in judgement.steps if step.strong]
    word = say("Needed") if limit is not None else say("Computed")
    if judgement.confidence != "exact":
        word += f", {confidence_words(judgement.confidence)}"
    return f"{word}: {one_line(strong[0].label)}" if len(strong) == 1 else word


def _bar(label: str, amount: Amount) -> Bar:
    low, high = amount.low or 0.0, amount.high or 0.0
    return Bar(label, one_line(amount_text(amount)), low, high if high > low else None)


def _limit(steps: tuple[Step, ...], computed: Amount) -> tuple[float | None, str]:
    """What can be used, in the unit of what was computed."""
    if computed.unit not in _BYTES:
        return None, ""
    for step in steps:
        if step.value is not None and step.is_limit:
            return step.value / from_unit(1.0, computed.unit), f"{step.text} {step.label}"
    return None, ""
