"""Derivations of what a rig draws."""

from __future__ import annotations

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.derivation import Confidence, Derivation
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.power.draw import NodeDraw, node_draws, works_in_turn
from moeplanner_gui.core.power.supply import FILLED_SHARE, efficiency
from moeplanner_gui.core.quantities import leaf
from moeplanner_gui.core.units import format_count
from moeplanner_gui.core.words import say

_CARDS = say(
    "RTX PRO 6000: 300 W in decode, 400 to 600 W in prefill of 600 W (rtx6kpro, gpu-configs.md)"
)
_COMPUTER = say("whole machines less their cards: two RTX 3090 (ai-radar.it), seven RTX 4090")
_SUPPLY = say(
    "80 PLUS Gold at 115 V: 87, 90 and 87 % at 20, 50 and 100 % of its load (Tom's Hardware)"
)
_LABELS = {
    "load_w": say("Power at the wall at work"),
    "idle_w": say("Power at the wall when waiting"),
    "psu_w": say("Power supply to buy"),
}


def explain_power(plan: Plan, catalog: CatalogReader, field: str, *, computes: bool) -> Derivation:
    """The derivation of ``load_w``, ``idle_w`` or ``psu_w``.

    Raises:
        KeyError: No figure has this name, or the power of a card is unknown.
    """
    label = _LABELS[field]
    entered = {"load_w": plan.economics.load_w, "idle_w": plan.economics.idle_w}.get(field)
    if entered is not None:
        return leaf(label, f"{format_count(round(entered))} W", say("as entered among the costs"))
    draws = node_draws(plan, catalog, host_computes=computes)
    if draws is None:
        raise KeyError(field)
    many = len(draws) > 1
    inputs = tuple(
        _node(
            draw,
            say("{0}, node {1}", label, i + 1) if many else label,
            field,
            in_turn=works_in_turn(plan),
        )
        for i, draw in enumerate(draws)
    )
    if not many:
        return inputs[0]
    if field == "psu_w":
        value = f"{format_count(sum(draw.supply_w for draw in draws))} W"
    else:
        value = _text(_sum(draws, field))
    sure = Confidence.MODELLED
    return Derivation(label, value, say("the sum of its computers"), confidence=sure, inputs=inputs)


def _node(draw: NodeDraw, label: str, field: str, *, in_turn: bool) -> Derivation:
    if field == "psu_w":
        most = leaf(
            say("All cards at their limit and the computer at work"),
            f"{format_count(round(draw.most_dc_w))} W",
            say("the sum of the cards' limits and the high end of the computer"),
            confidence=Confidence.MODELLED,
        )
        return Derivation(
            label,
            f"{format_count(draw.supply_w)} W",
            say(
                "the next size for which that is at most {0:.0%} of it; several above it",
                FILLED_SHARE,
            ),
            say("sizes on sale: general knowledge, not checked against a source"),
            Confidence.UNVERIFIED,
            (most,),
        )
    at_work = field == "load_w"
    cards = say("half, three quarters and all of the cards' limits")
    if in_turn:
        cards += say("; low and expected: one card works while the others wait")
    if not at_work:
        cards = say("what each waits at where that is published, else 2, 6 and 12 % of its limit")
    dc = draw.load_dc if at_work else draw.idle_dc
    inputs = (
        leaf(
            say("Cards"),
            _text(draw.cards_dc if at_work else draw.cards_idle_dc),
            cards,
            _CARDS if at_work else say("catalogue rows; arXiv 2605.23918 for a loaded model"),
            confidence=Confidence.MODELLED,
        ),
        leaf(
            say("The rest of the computer"),
            _text(draw.computer_dc if at_work else draw.computer_idle_dc),
            say("by the number of sockets and memory channels"),
            _COMPUTER,
            confidence=Confidence.UNVERIFIED,
            assumed=True,
        ),
        leaf(
            say("Efficiency of the power supply"),
            say("{0:.1%}", efficiency(dc.expected / draw.supply_w)),
            say("at {0:.0%} of {1} W", dc.expected / draw.supply_w, format_count(draw.supply_w)),
            _SUPPLY,
            confidence=Confidence.MODELLED,
            assumed=True,
        ),
    )
    return Derivation(
        label,
        _text(draw.load if at_work else draw.idle),
        say("(cards + the rest of the computer) / efficiency"),
        confidence=Confidence.MODELLED,
        inputs=inputs,
    )


def _sum(draws: tuple[NodeDraw, ...], field: str) -> Range:
    parts = [draw.load if field == "load_w" else draw.idle for draw in draws]
    return Range(
        sum(part.low for part in parts),
        sum(part.expected for part in parts),
        sum(part.high for part in parts),
    )


def _text(value: Range) -> str:
    low, high = format_count(round(value.low)), format_count(round(value.high))
    return f"{format_count(round(value.expected))} W ({low}–{high})"
