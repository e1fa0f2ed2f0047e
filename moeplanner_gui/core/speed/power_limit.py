"""What a power limit below the cards' own costs in speed. Knows watts, no model and no bytes.

Published sweeps, as (limit / the card's own limit, what is left of the speed):

* 6 x RTX 3090, llama.cpp, MiniMax M2.5, one user (llmgarage.ai, "Power Limit Sweep", 2026-02),
  350 to 100 W: decode 1, .993, .974, .941, .862, .167; prefill 1, .943, .853, .601, .258, .141.
* RTX 3090, vLLM, Qwen3.6 27B, prefill at 350, 300, 290 and 180 W: 1, .94, .94, .75
  (github.com/noonghunna/club-3090/issues/104).
* RTX 5060 Ti, llama.cpp, one user, 150 of 180 W: .99 (inventivehq.com, gpu-power-limit).
* RTX PRO 6000, 300 of 600 W: .96 for one user, down to .70 at 64 (rtx6kpro
  benchmarks/results.md @e2c2b95); .95 under a mixed load, .84 at 250 W (ecency.com, themarkymark).
* RTX PRO 6000, vLLM, 400 of 600 W, one and 32 users: .96 to .99 (Light-Heart-Labs,
  vllm-power-sweep-2026-04-29).

The sweeps differ more from each other than from any smooth rule, hence the wide band. All are
of NVIDIA cards.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from math import log2

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.plan import Card, CustomSlot, Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.terms import Unknown
from moeplanner_gui.core.words import say

LEAST_SHARE = 150 / 350
"""The lowest limit at which speed was still steady. At 100 of 350 W decode fell to a sixth."""
MANY_USERS = 64
"""The load of which the loss with many users was published."""

_Curve = tuple[tuple[float, float], ...]
_ONE_USER: _Curve = ((LEAST_SHARE, 0.862), (0.571, 0.941), (0.714, 0.974), (0.857, 0.993), (1, 1))
_MANY_LOW: _Curve = ((LEAST_SHARE, 0.55), (0.5, 0.70), (0.667, 0.90), (1, 1))
_MANY: _Curve = ((LEAST_SHARE, 0.74), (0.5, 0.85), (0.667, 0.96), (0.833, 0.99), (1, 1))
_MANY_HIGH: _Curve = ((LEAST_SHARE, 0.86), (0.5, 0.96), (0.667, 0.99), (1, 1))
_PREFILL_LOW: _Curve = ((LEAST_SHARE, 0.25), (0.571, 0.60), (0.714, 0.85), (0.857, 0.93), (1, 1))
_PREFILL: _Curve = ((LEAST_SHARE, 0.45), (0.571, 0.69), (0.714, 0.86), (0.857, 0.95), (1, 1))
_PREFILL_HIGH: _Curve = ((LEAST_SHARE, 0.68), (0.514, 0.76), (0.714, 0.90), (0.857, 0.97), (1, 1))


@dataclass(frozen=True, slots=True)
class PowerEffect:
    """What is left of the speed, as factors up to 1. ``sentence`` says it for people."""

    decode: Range
    prefill: Range
    sentence: str


def power_effect(plan: Plan, catalog: CatalogReader, users: int) -> PowerEffect | Unknown | None:
    """What the power limits of a plan cost; None where no card is limited.

    The card that is limited the most decides: the others wait for it.

    Args:
        plan: What the user chose.
        catalog: Where the cards' own limits are looked up.
        users: Users at work at once; the more, the nearer decode is to computing.
    """
    least = 1.0
    words = ""
    for node in plan.rig.nodes:
        limit = node.power_limit_w
        if limit is None:
            continue
        for card in dict.fromkeys(node.gpus):
            name, own = _name(card, catalog), own_limit_w(card, catalog)
            if own is None:
                return Unknown(
                    say(
                        "Unknown, because what a limit of {0:g} W costs on {1} is not known: "
                        "its own limit is not, or processor and card share one. Leave the "
                        "limit out.",
                        limit,
                        name,
                    )
                )
            if limit / own < least:
                least, words = limit / own, say("{0:g} of {1:g} W on {2}", limit, own, name)
    if least >= 1.0:
        return None
    if least < LEAST_SHARE - 1e-9:
        return Unknown(
            say(
                "Unknown, because nobody measured a limit as low as {0}: below {1:.0%} "
                "of a card's own limit speed collapses.",
                words,
                LEAST_SHARE,
            )
        )
    decode, prefill = factors(least, users)
    return PowerEffect(
        decode,
        prefill,
        say(
            "A limit of {0} leaves about {1:.0%} of decode and {2:.0%} of prefill.",
            words,
            decode.expected,
            prefill.expected,
        ),
    )


def limited(rate: Range, factor: Range) -> Range:
    """A rate under a limit: each end of the band by the same end of the factor's."""
    return Range(rate.low * factor.low, rate.expected * factor.expected, rate.high * factor.high)


def on_share(factor: Range, share: float) -> Range:
    """The factor of a step of which only ``share`` of the time is spent on limited cards."""
    return Range(
        *(1 / (1 - share + share / end) for end in (factor.low, factor.expected, factor.high))
    )


@lru_cache(maxsize=512)
def factors(share: float, users: int) -> tuple[Range, Range]:
    """What is left of decode and of prefill at a share of the card's own limit.

    Between one user and :data:`MANY_USERS` the loss of decode grows with the logarithm.
    """
    one = _at(_ONE_USER, share)
    many = Range(_at(_MANY_LOW, share), _at(_MANY, share), _at(_MANY_HIGH, share))
    # The loss for one user: half as much again to a quarter of it covers all sweeps.
    alone = Range(1 - 1.5 * (1 - one), one, 1 - (1 - one) / 4)
    weight = min(log2(max(users, 1)) / log2(MANY_USERS), 1.0)
    decode = Range(
        min(_mix(alone.low, many.low, weight), alone.low),
        min(_mix(alone.expected, many.expected, weight), alone.expected),
        min(_mix(alone.high, many.high, weight), alone.high),
    )
    prefill = Range(_at(_PREFILL_LOW, share), _at(_PREFILL, share), _at(_PREFILL_HIGH, share))
    return decode, prefill


def own_limit_w(card: Card, catalog: CatalogReader) -> float | None:
    """The power limit a card is sold with, W; None where it is not known.

    None too of machines with shared memory: their figure is that of processor and card together,
    and no sweep of one was published.
    """
    if isinstance(card, CustomSlot):
        return card.custom.tdp_w
    row = catalog.gpu(card if isinstance(card, str) else card.gpu)
    return None if row.unified_memory else row.tdp_w


def _name(card: Card, catalog: CatalogReader) -> str:
    if isinstance(card, CustomSlot):
        return card.custom.name
    return catalog.gpu(card if isinstance(card, str) else card.gpu).name


def _mix(one: float, other: float, weight: float) -> float:
    return one + weight * (other - one)


def _at(curve: _Curve, share: float) -> float:
    """The curve at a share, straight between its points."""
    at = bisect_left(curve, (share,))
    if at == 0:
        return curve[0][1]
    if at >= len(curve):
        return curve[-1][1]
    (left, low), (right, high) = curve[at - 1], curve[at]
    return _mix(low, high, (share - left) / (right - left))
