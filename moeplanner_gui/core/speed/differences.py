"""In what a published measurement differs from a plan, as short phrases for people."""

from __future__ import annotations

from dataclasses import dataclass

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
    "vulkan": "Vulkan",
    "metal": "Metal",
    "sycl": "SYCL",
    "cpu": "CPU",
}
_PLACES = {
    "none": "all weights on cards",
    "experts_cpu": "experts in host memory",
    "cpu_only": "no card used",
    "partial": "some layers in host memory",
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
        what = f", which has the tensors of {mine.model}" if same else f", not {mine.model}"
        found.append(other.model + what)
    if mine.place != other.place:
        found.append(f"{_PLACES[other.place]}, not {_PLACES[mine.place]}")
    found += _hardware(mine, other)
    if not _same_format(mine, other):
        found.append(f"{_short(other.weights)}, not {_short(mine.weights)}")
    if mine.engine != other.engine:
        found.append(f"{_ENGINES[other.engine]}, not {_ENGINES[mine.engine]}")
    if other.backend is None:
        found.append("back end not stated")
    elif mine.backend != other.backend and mine.backend is not None:
        found.append(f"{_BACKENDS[other.backend]}, not {_BACKENDS[mine.backend]}")
    if mine.users != other.users:
        found.append(f"{_users(other.users)}, not {mine.users:,}")
    if abs(other.depth - mine.depth) > _SAME_DEPTH * max(mine.depth, other.depth, 1024):
        found.append(f"{other.depth:,} tokens of context, not {mine.depth:,}")
    if mine.speculative != other.speculative:
        found.append("speculative" if other.speculative else "no speculative decoding")
    return tuple(found)


def _users(count: int) -> str:
    return f"{count:,} user" if count == 1 else f"{count:,} users"


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
        found.append(f"{_cards(other)}, not {_cards(mine)}")
    elif mine.cards != other.cards and other.cards:
        count = "1 card" if other.cards == 1 else f"{other.cards} cards"
        found.append(f"{count}, not {mine.cards or 'none'}")
    in_host = "none" not in (mine.place, other.place)
    if in_host and mine.host != other.host and other.host_name is not None:
        found.append(f"{other.host_name}, not {mine.host_name or 'a host that is not chosen'}")
    several = mine.cards > 1 and other.cards > 1
    if several and mine.tensor != other.tensor:
        names = ("split by layers", "tensor parallel")
        found.append(f"{names[other.tensor]}, not {names[mine.tensor]}")
    return found


def _cards(setup: Setup) -> str:
    if not setup.cards:
        return "no card"
    name = setup.card_name or "a card typed in"
    return name if setup.cards == 1 else f"{setup.cards} x {name}"
