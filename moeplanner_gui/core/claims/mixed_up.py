"""What a wrong number mixed up, in a sentence that says how it comes about."""

from __future__ import annotations

from typing import Final

from moeplanner_gui.core.claims.terms import MixUp
from moeplanner_gui.core.words import say

TITLES: Final[dict[MixUp, str]] = {
    "active_for_total": say("active for total"),
    "gb_for_gib": say("GB for GiB"),
    "weights_for_everything": say("weights for everything"),
    "weights_left_out": say("weights left out"),
    "eight_bit_scaling_of_four_bit": say("8-bit scaling of a 4-bit file"),
    "sixty_times_amortisation": say("60 times the amortisation"),
    "both_directions_for_one": say("both directions for one"),
    "next_generation": say("the next generation's link"),
    "per_card_for_total": say("one card for all"),
    "nominal_bits": say("the bits in the name"),
    "kv_linear_of_dense": say("a cache without compression"),
    "other_model": say("another model"),
    "old_price": say("an old price"),
}
"""For people, short."""

_SENTENCES: Final[dict[MixUp, str]] = {
    "active_for_total": say("The number is that of the active parameters; all have to be stored."),
    "gb_for_gib": say("The number is in GiB."),
    "weights_for_everything": say("The number counts the weights and nothing else."),
    "weights_left_out": say("The number leaves the weights out."),
    "eight_bit_scaling_of_four_bit": (
        say(
            "The number scales the published file as if it had 8 bits for each "
            "parameter; most of it has 4 already."
        )
    ),
    "sixty_times_amortisation": say("The number is 60 times what dividing gives."),
    "both_directions_for_one": say("The number counts both directions."),
    "next_generation": say("The number is that of the next generation."),
    "per_card_for_total": say("The number is that of one card."),
    "nominal_bits": (
        say(
            "The number counts the bits in the name of the format; scales and "
            "tensors that stay larger come on top."
        )
    ),
    "kv_linear_of_dense": (
        say(
            "The number is that of a cache that keeps every token on every layer; "
            "this model compresses most of them."
        )
    ),
    "other_model": say("The number is that of another model."),
    "old_price": say("The number is an older price."),
}


def sentence_of(code: MixUp, whose: str = "") -> str:
    """How such a number comes about; ``whose`` names the model that it is of."""
    if whose:
        return say("The number is that of {0}.", whose)
    return _SENTENCES[code]
