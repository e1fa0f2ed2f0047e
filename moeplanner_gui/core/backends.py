"""Which back ends drive whose cards, and what that makes impossible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from moeplanner_gui.core.plan import Backend, Deployment
from moeplanner_gui.core.usable import Device
from moeplanner_gui.core.words import say

DRIVES: Final[dict[str, tuple[Backend, ...]]] = {
    "NVIDIA": ("cuda", "vulkan"),
    "AMD": ("rocm", "vulkan"),
    "Intel": ("sycl", "vulkan"),
    "Apple": ("metal",),
}
"""The back ends for the cards of each maker, its own first."""
BACKEND_NAMES: Final[dict[Backend, str]] = {
    "cuda": "CUDA",
    "rocm": "ROCm",
    "vulkan": say("Vulkan"),
    "metal": say("Metal"),
    "sycl": "SYCL",
    "cpu": say("the processor's back end"),
}
_ONLY_LLAMA = frozenset({"vulkan", "metal"})


def backend_refusal(options: Deployment, cards: Sequence[Device]) -> str | None:
    """Why the chosen back end cannot drive the cards, as a sentence; None when it can.

    A card of an unknown maker is taken to be driven by what was chosen for it.
    """
    chosen = options.backend
    if chosen is None:
        return None
    name = BACKEND_NAMES[chosen]
    if options.engine != "llama.cpp" and chosen in _ONLY_LLAMA:
        return say(
            "{0} is a back end of llama.cpp. Choose llama.cpp, or leave the back end open.", name
        )
    if not cards:
        if chosen == "cpu":
            return None
        return say(
            "{0} needs a card, and the rig has none. Add one, or leave the back end open.", name
        )
    if chosen == "cpu":
        return say(
            "With the processor's back end the cards hold nothing. Remove them or choose theirs."
        )
    for card in cards:
        drives = DRIVES.get(card.vendor)
        if drives is not None and chosen not in drives:
            others = " or ".join(BACKEND_NAMES[other] for other in drives)
            return say(
                "{0} does not drive {1} ({2}). Choose {3}.", name, card.name, card.vendor, others
            )
    return None
