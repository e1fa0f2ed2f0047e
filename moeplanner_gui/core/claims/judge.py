"""``judge``: from a claim to its verdict, by the check that the claim names. Stores nothing.

Every answer comes from ``evaluate``, from a core function or from a dated row of the catalogue,
at the moment it is asked for; where a claim may mean several models or prices, it is compared
with each and gets the one it is nearest to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from moeplanner_gui.core.claims.amounts import number, number_text, span, words
from moeplanner_gui.core.claims.bench import Bench, NotComputedError
from moeplanner_gui.core.claims.check_fits import (
    judge_activations,
    judge_context,
    judge_described_fit,
    judge_fits,
    judge_power,
    judge_speed,
    judge_tensor_traffic,
)
from moeplanner_gui.core.claims.check_hardware import judge_card, judge_link
from moeplanner_gui.core.claims.check_memory import (
    judge_cards,
    judge_kv_cache,
    judge_memory_needed,
    judge_tier,
)
from moeplanner_gui.core.claims.check_models import judge_model_figure
from moeplanner_gui.core.claims.check_money import judge_api_price, judge_cost
from moeplanner_gui.core.claims.check_weights import (
    judge_described_memory,
    judge_described_weights,
    judge_weights,
)
from moeplanner_gui.core.claims.check_words import (
    judge_expression,
    judge_none,
    judge_published,
)
from moeplanner_gui.core.claims.compare import Difference, compare, explained_by
from moeplanner_gui.core.claims.data import ClaimCatalog
from moeplanner_gui.core.claims.dimensions import wrong_unit
from moeplanner_gui.core.claims.found import Found, not_checked
from moeplanner_gui.core.claims.mixed_up import sentence_of
from moeplanner_gui.core.claims.terms import Amount, Answer, Claim, Judgement, Verdict
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.words import paragraph, say

_CHECKS: Final[Mapping[str, Callable[[Claim, Any, Bench], list[Found]]]] = {
    "model_figure": judge_model_figure,
    "described_weights": judge_described_weights,
    "described_memory": judge_described_memory,
    "described_fit": judge_described_fit,
    "weights": judge_weights,
    "kv_cache": judge_kv_cache,
    "memory_needed": judge_memory_needed,
    "tier": judge_tier,
    "cards_needed": judge_cards,
    "fits": judge_fits,
    "context": judge_context,
    "speed": judge_speed,
    "power": judge_power,
    "card": judge_card,
    "link": judge_link,
    "activations": judge_activations,
    "tensor_traffic": judge_tensor_traffic,
    "api_price": judge_api_price,
    "cost": judge_cost,
    "expression": judge_expression,
    "published": judge_published,
    "none": judge_none,
}
_BEST: Final[tuple[Verdict, ...]] = (
    "holds",
    "holds_within",
    "wrong",
    "cannot_be_true",
    "cannot_be_checked",
)


def judge(claim: Claim, catalog: ClaimCatalog, bench: Bench | None = None) -> Judgement:
    """Judge one claim.

    Args:
        claim: What is claimed and how it is checked.
        catalog: Where models, cards, prices and other claims are looked up.
        bench: Plans evaluated before, to judge many claims quickly.

    Returns:
        Never raises for what a claim says: a row that is missing, or a check that has nothing to
        compare with, gives ``cannot_be_checked`` with the reason.
    """
    answers = _answers(claim, bench or Bench(catalog))
    judged = [_judged(claim, found) for found in answers] or [
        _judged(claim, not_checked(say("Nothing is named that this could be about.")))
    ]
    return min(judged, key=_order)


def _answers(claim: Claim, bench: Bench) -> list[Found]:
    """What the claim's check finds; a reason where it cannot be made."""
    unfit = wrong_unit(claim)
    if unfit is not None:
        return [not_checked(unfit)]
    try:
        return _CHECKS[claim.check.kind](claim, claim.check, bench)
    except (UnknownEntryError, NotComputedError) as error:
        return [not_checked(str(error))]


def judge_all(claims: Iterable[Claim], catalog: ClaimCatalog) -> Iterator[Judgement]:
    """Judge many claims, one after the other; a caller may stop between any two."""
    bench = Bench(catalog)
    for claim in claims:
        yield judge(claim, catalog, bench)


def claimed_amount(claim: Claim) -> Amount | None:
    """What a claim states, as an amount; None where it states neither a number nor words."""
    if claim.value is None:
        return None if claim.words is None else words(claim.words)
    if claim.value_high is None:
        return number(claim.value, claim.unit)
    return span(claim.value, claim.value_high, claim.value, claim.unit)


def _judged(claim: Claim, found: Found) -> Judgement:
    claimed = claimed_amount(claim)
    difference = _difference(claim, claimed, found)
    verdict = difference.verdict
    mixed, whose = found.mixed_up, ""
    if mixed is None and claimed is not None and claimed.is_number:
        # A number that is right needs no explanation, one that is right by its name does.
        if verdict in ("wrong", "cannot_be_true", "holds_within"):
            mistake = explained_by(claimed, found.mistakes)
            if mistake is not None:
                mixed, whose = mistake.code, mistake.whose
        if verdict == "holds_within" and mixed not in (None, "nominal_bits"):
            mixed = None
    because = found.because
    if mixed is not None and found.mixed_up is None:
        because = paragraph((because, sentence_of(mixed, whose)))
    because = paragraph((because, *found.notes))
    return Judgement(
        id=claim.id,
        verdict=verdict,
        within=difference.within if verdict == "holds_within" else 0.0,
        claimed=claimed,
        computed=found.computed,
        factor=difference.factor,
        direction=difference.direction,
        because=because,
        steps=found.steps,
        mixed_up=mixed,
        plans=found.plans,
        works=found.works if verdict in ("wrong", "cannot_be_true") else "",
        confidence=found.confidence,
    )


def _difference(claim: Claim, claimed: Amount | None, found: Found) -> Difference:
    computed = found.computed
    both = (
        claimed is not None
        and computed is not None
        and claimed.is_number
        and computed.is_number
        and claimed.unit == computed.unit
    )
    if found.verdict is not None:
        if not both or found.verdict == "cannot_be_checked" or found.factor is not None:
            direction = None if found.too_low is None else "too_low"
            return Difference(found.verdict, found.within or 0.0, found.factor, direction)  # type: ignore[arg-type]
        assert claimed is not None
        apart = compare(claimed, found, claim.relation)
        if found.verdict == "holds":
            return Difference("holds")
        if found.verdict == "holds_within":
            within = apart.within if found.within is None else found.within
            return Difference(found.verdict, within, apart.factor, apart.direction)
        return Difference(found.verdict, apart.within, apart.factor, apart.direction)
    if claimed is None or computed is None:
        return Difference("cannot_be_checked")
    if not both:
        return Difference(
            "holds" if _same_words(_as_words(claimed), _as_words(computed)) else "wrong"
        )
    return compare(claimed, found, claim.relation)


def _as_words(amount: Amount) -> str:
    if amount.words is not None:
        return amount.words
    return number_text(amount.usual or 0.0, amount.unit)


def _same_words(claimed: str, computed: str) -> bool:
    """The same letters and digits; a day meets a claim of its month or year."""
    one = re.sub(r"[^a-z0-9]", "", claimed.lower())
    other = re.sub(r"[^a-z0-9]", "", computed.lower())
    return one == other or (one.isdigit() and len(one) >= 4 and other.startswith(one))


def _order(judgement: Judgement) -> tuple[int, float]:
    """The nearest first: a better verdict, then the smaller factor."""
    checked = judgement.verdict != "cannot_be_checked"
    # Wrong and impossible are of one rank: how far off it is tells which model was meant.
    rank = min(_BEST.index(judgement.verdict), 2) if checked else len(_BEST)
    if judgement.verdict in ("wrong", "cannot_be_true"):
        return rank, judgement.factor or float("inf")
    return rank, judgement.within


def answer(question: Answer, catalog: ClaimCatalog, bench: Bench | None = None) -> Found:
    """What is computed on a matter that articles disagree about; see ``Found.computed``."""
    bench = bench or Bench(catalog)
    asked = Claim(
        id="answer",
        topic="other",
        says=question.says,
        models=question.models,
        unit=question.unit,
        check=question.check,
        source="computed",
    )
    found = _answers(asked, bench)
    return found[0] if found else not_checked(say("Nothing is named that this could be about."))
