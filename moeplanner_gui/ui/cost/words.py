"""The sentence over the tab in pieces that can be asked, and what stands where it is missing."""

from __future__ import annotations

import re
from typing import Literal

from moeplanner_gui.core.assessment import Assessment, Cost
from moeplanner_gui.core.cost.sentence import (
    cost_clauses,
    cost_sentence,
    money_text,
    volume_text,
)
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import comma_joined, say, upper_first
from moeplanner_gui.export.speed_words import Piece
from moeplanner_gui.ui.charts.cost_chart import tokens_text, usd
from moeplanner_gui.ui.charts.cost_facts import API, BREAK_EVEN, OWN, RENT

Step = Literal["advice", "hardware", "decode", "load_w", "none"]


def answer_pieces(cost: Cost) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The answer and what follows from it; amounts carry the path that explains them."""
    amounts, answer = cost_clauses(cost)
    if not answer:
        return _with_paths(cost_sentence(cost), cost), ()
    follows = say("{0}.", upper_first(answer))
    return _with_paths(say("{0}.", amounts), cost), _with_paths(follows, cost)


def _with_paths(text: str, cost: Cost) -> tuple[Piece, ...]:
    known: list[tuple[str, str]] = []
    for amount, path in (
        (cost.own_usd_per_month, OWN),
        (cost.api_usd_per_month, API),
        (cost.rent_usd_per_month, RENT),
    ):
        if amount is not None:
            known.append((money_text(amount), path))
    if cost.breakeven_mtok_per_month:
        known.append((volume_text(cost.breakeven_mtok_per_month), BREAK_EVEN))
    pieces: list[Piece] = []
    left = text
    for figure, path in known:
        before, found, after = left.partition(figure)
        # A figure must end where it stands: "$12" is not the beginning of "$129".
        if not found or re.match(r"[.,]?\d", after):
            continue
        pieces += [Piece(before), Piece(found, path)]
        left = after
    pieces.append(Piece(left))
    return tuple(piece for piece in pieces if piece.text)


@dataclass(frozen=True, slots=True)
class Nothing:
    """Why there are no own figures and what to do next.

    Attributes:
        title: In a few words.
        text: The reason, and what is known nevertheless.
        button: The next step's words, "" where there is none.
        step: What the button does: asks for advice, or puts the cursor into a field.
    """

    title: str
    text: str
    button: str
    step: Step


def why_nothing(plan: Plan, assessment: Assessment) -> Nothing | None:
    """Why owning has no figures; None when it has."""
    cost = assessment.cost
    if cost.own_usd_per_month is not None:
        return None
    because = cost.because[0] if cost.because else ""
    known = _known(cost)
    if not plan.gpu_count and not assessment.devices:
        return Nothing(
            say("No rig yet"),
            say("Drag a card into the rig to see what it costs.{0}", known),
            "",
            "none",
        )
    if assessment.verdict == "cannot_run":
        return Nothing(
            say("A plan that cannot run has no cost"),
            f"{because}{known}",
            say("What would make it run"),
            "advice",
        )
    if not assessment.fits:
        return Nothing(
            say("A plan that does not fit has no cost"),
            f"{because}{known}",
            say("What would make it fit"),
            "advice",
        )
    if cost.hardware_usd is None:
        names = comma_joined(cost.unpriced_parts) or say("this rig")
        priced = ""
        if cost.known_hardware_usd:
            priced = f" {say('The other parts cost {0}.', usd(cost.known_hardware_usd))}"
        text = f"{say('A missing price never counts as 0.')}{priced}{known}"
        return Nothing(say("No price for {0}", names), text, say("Set a price"), "hardware")
    if assessment.power.load_w is None and plan.economics.load_w is None:
        return Nothing(
            say("The power of a card is not known"),
            f"{because}{known}",
            say("Type the watts"),
            "load_w",
        )
    return Nothing(
        say("The speed of this plan is not known"),
        f"{because}{known}",
        say("Type a measured speed"),
        "decode",
    )


def _known(cost: Cost) -> str:
    """What the API costs can be said without a rig."""
    if cost.api_usd_per_month is None or not cost.mtok_per_month:
        return ""
    tokens, amount = tokens_text(cost.mtok_per_month), usd(cost.api_usd_per_month)
    if cost.api_name in (None, "API"):
        return "\n" + say("At {0} tokens a month the API costs {1}.", tokens, amount)
    return "\n" + say("At {0} tokens a month the {1} API costs {2}.", tokens, cost.api_name, amount)
