"""A judged claim for scripts and forums: the JSON object of the command line, and Markdown."""

from __future__ import annotations

import json
from typing import Any

from moeplanner_gui.core.claims.amounts import shown_pair
from moeplanner_gui.core.claims.compare import compared_value
from moeplanner_gui.core.claims.terms import Amount, Article, Claim, Judgement
from moeplanner_gui.core.claims.verdict_words import off_by_text, verdict_text
from moeplanner_gui.core.words import say
from moeplanner_gui.export.plan_file import plan_to_json


def claim_json(claim: Claim, judgement: Judgement, *, details: bool = False) -> dict[str, Any]:
    """One claim; ``claimed`` and ``computed`` are the two numbers that ``factor`` compares.

    Both are in ``unit``; words where the claim is no number, null where nothing was computed.
    ``details`` adds the plans, as plan files have them.
    """
    claimed, computed = judgement.claimed, judgement.computed
    texts = shown_pair(claimed, computed, claim.relation)
    found: dict[str, Any] = {
        "id": claim.id,
        "verdict": judgement.verdict,
        "claimed": _claimed(claimed, computed),
        "computed": _single(computed),
        "factor": judgement.factor,
        "because": judgement.because,
        "unit": claim.unit,
        "within": judgement.within,
        "direction": judgement.direction,
        "relation": claim.relation,
        "claimed_range": _ends(claimed),
        "computed_range": _ends(computed),
        "claimed_text": texts[0],
        "computed_text": texts[1],
        "off_by": off_by_text(judgement),
        "mixed_up": judgement.mixed_up,
        "works": judgement.works,
        "confidence": judgement.confidence,
        "says": claim.says,
        "article": claim.article,
        "section": claim.section,
        "date": claim.date,
        "topic": claim.topic,
        "model": claim.model,
        "models": list(claim.models),
        "note": claim.note,
        "source": claim.source,
        "arithmetic": [
            {"label": step.label, "text": step.text, "value": step.value, "unit": step.unit}
            for step in judgement.steps
        ],
    }
    if details:
        found["plans"] = [
            {"label": one.label, "plan": json.loads(plan_to_json(one.plan))}
            for one in judgement.plans
        ]
    return found


def _single(amount: Amount | None) -> float | str | None:
    if amount is None:
        return None
    return amount.words if amount.usual is None else amount.usual


def _claimed(claimed: Amount | None, computed: Amount | None) -> float | str | None:
    value = compared_value(claimed, computed)
    return _single(claimed) if value is None else value


def _ends(amount: Amount | None) -> list[float] | None:
    if amount is None or amount.low is None or amount.high is None or amount.low == amount.high:
        return None
    return [amount.low, amount.high]


def claim_markdown(claim: Claim, judgement: Judgement, article: Article | None) -> str:
    """The claim with its verdict and arithmetic, for a forum; without links."""
    claimed, computed = shown_pair(judgement.claimed, judgement.computed, claim.relation)
    lines = [
        f"**{verdict_text(judgement)}: {_plain(claim.says)}**",
        "",
        "| | |",
        "|---|---|",
        say("| claimed | {0} |", _plain(claimed)),
        say("| computed | {0} |", _plain(computed)),
        say("| off by | {0} |", off_by_text(judgement)),
    ]
    lines += [f"| {_plain(step.label)} | {_plain(step.text)} |" for step in judgement.steps]
    lines += ["", _plain(judgement.because)]
    if judgement.works:
        lines += ["", _plain(judgement.works)]
    if claim.note:
        lines += ["", _plain(claim.note)]
    place = claim.source if article is None else f"{article.title}, {article.publisher}"
    day = claim.date or (article.date if article else None)
    lines += ["", say("Claim {0}: {1}{2}.", claim.id, _plain(place), f", {day}" if day else "")]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Text that Markdown shows as it is: anybody may have written a claim."""
    one_line = " ".join(text.split())
    for sign in "\\`*_[]<>|":
        one_line = one_line.replace(sign, f"\\{sign}")
    return one_line
