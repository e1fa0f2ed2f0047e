"""In what a published measurement differs from a plan, as short phrases for people."""

from __future__ import annotations

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

_ENGINES = {
    "llama.cpp": "llama.cpp",
    "ik_llama.cpp": "ik_llama.cpp",
    "ds4": "ds4",
    "vllm": "vLLM",
    "sglang": "SGLang",
    "tensorrt-llm": "TensorRT-LLM",
    "ktransformers": "KTransformers",
}
_BACKENDS = {
    "cuda": "CUDA",
    "rocm": "ROCm",
    "vulkan": say("Vulkan"),
    "metal": say("Metal"),
    "sycl": "SYCL",
    "cpu": "CPU",
}
_PLACES = {
    "none": say("all weights on cards"),
    "experts_cpu": say("experts in host memory"),
    "cpu_only": say("no card used"),
    "partial": say("some layers in host memory"),
}
_SAME_BYTES = 0.03
_SAME_DEPTH = 0.2
"""Depths whose ratio differs by less are not worth a phrase."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What decides the speed of a plan or a measurement.

    ``parameters`` are all and active ones, ``active_gb`` what a token reads of the weights (GB),
    ``gbs`` the bandwidth of a card (GB/s), ``place`` where the weights lie, in the words of
    ``Measurement.offload``. ``depth`` is tokens of context filled. ``spec_name`` is the
    catalogue's name of a measured model.
    """

    model: str
    kind: str
    parameters: tuple[int, int]
    active_gb: float
    weights: str
    card: str | None
    card_name: str | None
    vendor: str | None
    gbs: float | None
    cards: int
    host: str | None
    host_name: str | None
    tensor: bool
    place: str
    engine: str
    backend: str | None
    depth: int
    users: int
    speculative: bool = False
    spec_name: str | None = None


def differences(mine: Setup, other: Setup) -> tuple[str, ...]:
    """What the measurement has that the plan has not, the weightiest first."""
    found = []
    if mine.model not in (other.model, other.spec_name):
        same = mine.parameters == other.parameters
        what = (
            say(", which has the tensors of {0}", mine.model)
            if same
            else say(", not {0}", mine.model)
        )
        found.append(other.model + what)
    if mine.place != other.place:
        found.append(say("{0}, not {1}", _PLACES[other.place], _PLACES[mine.place]))
    found += _hardware(mine, other)
    if not _same_format(mine, other):
        found.append(say("{0}, not {1}", _short(other.weights), _short(mine.weights)))
    if mine.engine != other.engine:
        found.append(say("{0}, not {1}", _ENGINES[other.engine], _ENGINES[mine.engine]))
    if other.backend is None:
        found.append(say("back end not stated"))
    elif mine.backend != other.backend and mine.backend is not None:
        found.append(say("{0}, not {1}", _BACKENDS[other.backend], _BACKENDS[mine.backend]))
    if mine.users != other.users:
        found.append(say("{0}, not {1:,}", _users(other.users), mine.users))
    if abs(other.depth - mine.depth) > _SAME_DEPTH * max(mine.depth, other.depth, 1024):
        found.append(say("{0:,} tokens of context, not {1:,}", other.depth, mine.depth))
    if mine.speculative != other.speculative:
        found.append(say("speculative") if other.speculative else say("no speculative decoding"))
    return tuple(found)


def _users(count: int) -> str:
    return say("{0:,} user", count) if count == 1 else say("{0:,} users", count)


def _same_format(mine: Setup, other: Setup) -> bool:
    """The same by name, or in bytes where the model is the same: a mix has many names."""
    one, two = (_short(setup.weights).lower().removeprefix("ud-") for setup in (mine, other))
    if one == two or mine.parameters != other.parameters:
        return one == two
    return abs(other.active_gb / mine.active_gb - 1.0) < _SAME_BYTES


def _short(weights: str) -> str:
    """``q2: routed experts ...`` is a name and what is in it; ``Native (...)`` has no other."""
    name, _, inside = weights.partition(" (")
    return inside.removesuffix(")") if name == "Native" and inside else name.partition(":")[0]


def _hardware(mine: Setup, other: Setup) -> list[str]:
    found = []
    if mine.card != other.card and other.card_name is not None:
        found.append(say("{0}, not {1}", _cards(other), _cards(mine)))
    elif mine.cards != other.cards and other.cards:
        count = say("1 card") if other.cards == 1 else say("{0} cards", other.cards)
        found.append(say("{0}, not {1}", count, mine.cards or say("none")))
    in_host = "none" not in (mine.place, other.place)
    if in_host and mine.host != other.host and other.host_name is not None:
        found.append(
            say("{0}, not {1}", other.host_name, mine.host_name or say("a host that is not chosen"))
        )
    several = mine.cards > 1 and other.cards > 1
    if several and mine.tensor != other.tensor:
        names = (say("split by layers"), say("tensor parallel"))
        found.append(say("{0}, not {1}", names[other.tensor], names[mine.tensor]))
    return found


def _cards(setup: Setup) -> str:
    if not setup.cards:
        return say("no card")
    name = setup.card_name or say("a card typed in")
    return name if setup.cards == 1 else f"{setup.cards} x {name}"
