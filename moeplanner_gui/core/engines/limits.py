"""What vLLM and SGLang check before they load anything: memory that must be free when the
engine starts, and groups that ranks divide. Knows no weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, gcd

from moeplanner_gui.core.engines.profile import ModelProfile
from moeplanner_gui.core.model import CompressedAttention, ModelSpec
from moeplanner_gui.core.plan import Deployment
from moeplanner_gui.core.units import GIB
from moeplanner_gui.core.usable import Device
from moeplanner_gui.core.weights import WeightLayout
from moeplanner_gui.core.words import say

ABOVE_LIMIT = say("Above the engine's memory limit")


def refused_groups(profile: ModelProfile, tensor: int) -> str | None:
    """Why DeepSeek V4's output groups cannot be divided by so many ranks, or None."""
    for block in profile.kinds:
        if isinstance(block, CompressedAttention) and block.o_groups % tensor:
            return say(
                "{0} output groups cannot be divided by tensor parallel {1}. Choose "
                "{2} and pipeline or data parallel for the other cards.",
                block.o_groups,
                tensor,
                gcd(block.o_groups, tensor),
            )
    return None


def refused_drafter(spec: ModelSpec, layout: WeightLayout, mtp: bool) -> str | None:
    """Why a draft model of its own kind cannot be planned, or None.

    Prediction layers are like the model's own; what a separate drafter caches is not known.
    """
    if mtp and spec.architecture.mtp is None and layout.mtp:
        return say("What the drafter of {0} caches is not worked out. Switch MTP off.", spec.name)
    return None


def refused_beside(cards: Sequence[Device]) -> str | None:
    """Why llama.cpp leaves a card out that shares the host's memory, or None.

    It takes integrated processors only where their computer has no other card
    (src/llama.cpp, the list of devices); their memory would be counted twice besides.
    """
    for card in cards:
        if card.unified:
            other = next((c for c in cards if c.node == card.node and not c.unified), None)
            if other is not None:
                return say(
                    "llama.cpp leaves {0}, which shares the host's memory, out where {1} "
                    "is in the same computer. Take one of the two out.",
                    card.name,
                    other.name,
                )
    return None


def start_share(card: Device, share: float) -> float | None:
    """The largest memory limit with which the engine starts on this card when the given one is
    too high, in whole hundredths; None when it starts.

    The limit is a share of all the memory that the driver shows the process, and that much
    must still be free once the process has its own context.
    """
    if card.bare:
        return None
    spare = -card.over_budget_bytes
    budget = card.usable_bytes + card.over_budget_bytes
    for item in card.held_back:
        if item.name == ABOVE_LIMIT:
            spare = item.size_bytes
    if spare >= card.context_bytes or budget <= 0:
        return None
    free = budget + spare - card.context_bytes
    return max(floor(100 * share * free / budget), 0) / 100


def refused_start(engine: str, options: Deployment, cards: list[Device]) -> str | None:
    """Why the engine would not start with this memory limit, or None."""
    for card in cards:
        share = start_share(card, options.memory_utilization)
        if share is not None:
            asked = card.usable_bytes + card.over_budget_bytes
            return say(
                "{0} wants {1:.1f} GiB of {2} free when it starts (a memory limit of "
                "{3:g}), and other programs leave less. Choose a limit of {4:g}.",
                engine,
                asked / GIB,
                card.name,
                options.memory_utilization,
                share,
            )
    return None
