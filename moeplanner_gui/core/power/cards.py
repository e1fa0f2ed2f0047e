"""Watts of cards, at work and waiting, before the power supply."""

from __future__ import annotations

from collections import Counter

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.plan import CustomSlot, Node, TunedSlot
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.power.ranges import plus, times
from moeplanner_gui.core.records import dataclass

WORK_SHARES = Range(0.5, 0.75, 1.0)
"""Share of its power limit that a card draws at work: an RTX PRO 6000 of 600 W takes about 300 W
in decode and 400 to 600 W in prefill (rtx6kpro, hardware/gpu-configs.md)."""
IDLE_SHARES = Range(0.02, 0.06, 0.12)
"""Share of its limit that a waiting card takes where nobody measured it: 26 cards with a
published idle figure lie between 1 and 24 % of their limit, most between 2 and 12 %."""
CONTEXT_W = Range(0, 26, 66)
"""What a loaded model adds to a waiting card of a data centre (arXiv 2605.23918). Seven idle
RTX 4090 of a 270 W machine leave no room for it, so cards with a display get none."""


def card_work(limit_w: float) -> Range:
    """Watts of one card at work, under its limit."""
    return Range(
        limit_w * WORK_SHARES.low, limit_w * WORK_SHARES.expected, limit_w * WORK_SHARES.high
    )


def card_idle(spec: GpuSpec | None, limit_w: float) -> Range:
    """Watts of one waiting card with a model in its memory."""
    if spec is None or spec.idle_w is None:
        waiting = Range(
            limit_w * IDLE_SHARES.low, limit_w * IDLE_SHARES.expected, limit_w * IDLE_SHARES.high
        )
    else:
        low, high = spec.idle_w
        waiting = Range(low, (low + high) / 2, high)
    if spec is None or spec.has_display:
        return waiting
    return Range(waiting.low, waiting.expected + CONTEXT_W.expected, waiting.high + CONTEXT_W.high)


@dataclass(frozen=True, slots=True)
class CardDraw:
    """Watts of the cards of one computer together. ``limit_w``: the sum of their limits."""

    work: Range
    idle: Range
    limit_w: float


def cards_draw(node: Node, catalog: CatalogReader) -> CardDraw | None:
    """All cards of a node; None when the power of one is unknown.

    A limit above what a card is sold with does not raise it.
    """
    parts: list[tuple[int, Range, float]] = []
    for card, count in Counter(node.gpus).items():
        spec = None
        if isinstance(card, CustomSlot):
            watts = card.custom.tdp_w
        else:
            spec = catalog.gpu(card.gpu if isinstance(card, TunedSlot) else card)
            watts = spec.tdp_w
        if watts is None:
            watts = node.power_limit_w
        elif node.power_limit_w is not None:
            watts = min(watts, node.power_limit_w)
        if watts is None:
            return None
        parts.append((count, card_idle(spec, watts), watts))
    limit = sum(count * watts for count, _, watts in parts)
    return CardDraw(card_work(limit), plus(*(times(idle, n) for n, idle, _ in parts)), limit)
