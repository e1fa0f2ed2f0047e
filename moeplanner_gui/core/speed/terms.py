"""What one step of decoding is made of: plain numbers, from which figures, waterfall and
derivation are all told.
"""

from __future__ import annotations

from typing import Literal, cast

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

TermKind = Literal[
    "dense_weights",
    "expert_weights",
    "kv_cache",
    "compute",
    "layer_overhead",
    "token_overhead",
    "all_reduce",
    "hop",
    "host_weights",
    "host_experts",
    "host_kv_cache",
    "host_overhead",
    "disk_experts",
    "draft",
    "expert_compute",
    "attention",
    "expert_copy",
    "host_compute",
]
Bound = Literal[
    "memory bandwidth",
    "compute",
    "launch latency",
    "interconnect",
    "host memory",
    "disk",
]
_BOUND_WORDS: dict[Bound, str] = {
    "memory bandwidth": say("memory bandwidth"),
    "compute": say("compute"),
    "launch latency": say("launch latency"),
    "interconnect": say("interconnect"),
    "host memory": say("host memory"),
    "disk": say("disk"),
}


def bound_words(bound: str | None) -> str | None:
    """What binds the speed, for people; JSON has the id."""
    return None if bound is None else _BOUND_WORDS.get(cast(Bound, bound), bound)


BOUND_OF: dict[TermKind, Bound] = {
    "dense_weights": "memory bandwidth",
    "expert_weights": "memory bandwidth",
    "kv_cache": "memory bandwidth",
    "compute": "compute",
    "layer_overhead": "launch latency",
    "token_overhead": "launch latency",
    "all_reduce": "interconnect",
    "hop": "interconnect",
    "host_weights": "host memory",
    "host_experts": "host memory",
    "host_kv_cache": "host memory",
    "host_overhead": "host memory",
    "disk_experts": "disk",
    "draft": "memory bandwidth",
    "expert_compute": "compute",
    "attention": "compute",
    "expert_copy": "interconnect",
    "host_compute": "compute",
}


@dataclass(frozen=True, slots=True)
class Term:
    """One part of the time of a step.

    Attributes:
        kind: What takes the time.
        seconds: How long, for one step of all users together.
        device: The position in ``Assessment.devices`` it happens on; None for all, or none.
        amount: What is moved or counted: bytes, floating-point operations, layers or messages.
        rate: Amount per second, or for counted things seconds each.
    """

    kind: TermKind
    seconds: float
    device: int | None = None
    amount: float = 0.0
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why no speed can be told, as a sentence that stands alone: "Unknown, because …"."""

    sentence: str
