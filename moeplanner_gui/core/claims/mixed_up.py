"""What a wrong number mixed up, in a sentence that says how it comes about."""

from __future__ import annotations

from typing import Final

from moeplanner_gui.core.claims.terms import MixUp

TITLES: Final[dict[MixUp, str]] = {
    "active_for_total": "active for total",
    "gb_for_gib": "GB for GiB",
    "weights_for_everything": "weights for everything",
    "weights_left_out": "weights left out",
    "eight_bit_scaling_of_four_bit": "8-bit scaling of a 4-bit file",
    "sixty_times_amortisation": "60 times the amortisation",
    "both_directions_for_one": "both directions for one",
    "next_generation": "the next generation's link",
    "per_card_for_total": "one card for all",
    "nominal_bits": "the bits in the name",
    "kv_linear_of_dense": "a cache without compression",
    "other_model": "another model",
    "old_price": "an old price",
}
"""For people, short."""

_SENTENCES: Final[dict[MixUp, str]] = {
    "active_for_total": "The number is that of the active parameters; all have to be stored.",
    "gb_for_gib": "The number is in GiB.",
    "weights_for_everything": "The number counts the weights and nothing else.",
    "weights_left_out": "The number leaves the weights out.",
    "eight_bit_scaling_of_four_bit": (
        "The number scales the published file as if it had 8 bits for each parameter; most of it"
        " has 4 already."
    ),
    "sixty_times_amortisation": "The number is 60 times what dividing gives.",
    "both_directions_for_one": "The number counts both directions.",
    "next_generation": "The number is that of the next generation.",
    "per_card_for_total": "The number is that of one card.",
    "nominal_bits": (
        "The number counts the bits in the name of the format; scales and tensors that stay"
        " larger come on top."
    ),
    "kv_linear_of_dense": (
        "The number is that of a cache that keeps every token on every layer; this model"
        " compresses most of them."
    ),
    "other_model": "The number is that of another model.",
    "old_price": "The number is an older price.",
}


def sentence_of(code: MixUp, whose: str = "") -> str:
    """How such a number comes about; ``whose`` names the model that it is of."""
    if whose:
        return f"The number is that of {whose}."
    return _SENTENCES[code]
