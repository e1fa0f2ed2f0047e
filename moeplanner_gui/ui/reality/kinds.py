"""The claims that can be typed in: what each asks for, and the check it becomes. Knows no Qt.

Only what a reader of an article can fill in without knowing how the planner checks it.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from moeplanner_gui.core.claims.bench import OFFLOAD_HOST, plan_of
from moeplanner_gui.core.claims.check_terms import (
    CardFigure,
    Check,
    ContextFits,
    Fits,
    KvCache,
    MemoryNeeded,
    ModelFigure,
    PowerOf,
    SpeedOf,
    Weights,
)
from moeplanner_gui.core.claims.dimensions import UNITS
from moeplanner_gui.core.claims.terms import Claim, Topic
from moeplanner_gui.core.plan import Engine, Plan, card_id, weights_id
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

Field = Literal["model", "engine", "format", "card", "count", "offload", "context", "cache", "fits"]
RIG: Final[tuple[Field, ...]] = ("model", "engine", "format", "card", "count", "offload")
OFFLOAD_RAM_GIB: Final = 512
MOST_CARDS: Final = 16
ENGINES: Final[tuple[tuple[str, Engine], ...]] = (("llama.cpp", "llama.cpp"), ("vLLM", "vllm"))
CACHES: Final = (
    (say("16 bits"), "f16"),
    (say("8 bits (Q8_0)"), "q8_0"),
    (say("4 bits (Q4_0)"), "q4_0"),
    (say("FP8 (vLLM)"), "fp8"),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of claim. ``units``: what its value may be measured in, none for yes or no."""

    key: str
    title: str
    topic: Topic
    fields: tuple[Field, ...]
    units: tuple[str, ...] = ()
    figure: str = ""


_BYTES = ("GB", "GiB", "MB", "TB")
KINDS: Final[tuple[Kind, ...]] = (
    Kind("fits", say("It fits, or it does not"), "fits", (*RIG, "context", "fits")),
    Kind("weights", say("Size of the weights"), "weights", ("model", "format"), _BYTES),
    Kind(
        "memory_needed",
        say("Card memory that is needed"),
        "memory",
        ("model", "format", "context"),
        ("GB", "GiB", "TB"),
    ),
    Kind("context", say("Longest context"), "context", RIG, UNITS["tokens"]),
    Kind(
        "kv_cache", say("Size of the KV cache"), "kv_cache", ("model", "cache", "context"), _BYTES
    ),
    Kind("speed", say("Speed of writing (decode)"), "speed", RIG, UNITS["speed"], "decode"),
    Kind("prefill", say("Speed of reading (prefill)"), "speed", RIG, UNITS["speed"], "prefill"),
    Kind("power", say("Power at the wall"), "power", RIG, UNITS["watts"]),
    Kind(
        "total_parameters",
        say("Parameters in all"),
        "model",
        ("model",),
        UNITS["parameters"],
        "total_parameters",
    ),
    Kind(
        "active_parameters",
        say("Parameters active for a token"),
        "model",
        ("model",),
        UNITS["parameters"],
        "active_parameters",
    ),
    Kind("card_memory", say("Memory of a card"), "card", ("card", "count"), ("GB",), "memory"),
    Kind("card_bandwidth", say("Bandwidth of a card"), "card", ("card",), ("GB/s",), "bandwidth"),
    Kind("card_power", say("Power of a card"), "card", ("card",), ("W",), "power"),
    Kind("card_price", say("Price of a card"), "price", ("card", "count"), ("USD",), "price"),
)
BY_KEY: Final = {kind.key: kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is filled in. Fields that a kind does not ask for are not looked at."""

    model: str = ""
    engine: Engine = "llama.cpp"
    format: str = "native"
    card: str = ""
    count: int = 1
    offload: bool = False
    context: int = 8192
    cache: str = "f16"
    fits: bool = True


def check_of(kind: Kind, chosen: Chosen) -> Check:
    """How such a claim is checked."""
    model_figure: dict[str, Any] = {"figure": kind.figure}
    if kind.key == "weights":
        return Weights(formats=(chosen.format,))
    if kind.key == "memory_needed":
        return MemoryNeeded(formats=(chosen.format,), context_tokens=chosen.context)
    if kind.key == "kv_cache":
        cache: dict[str, Any] = {"cache_types": (chosen.cache,)}
        return KvCache(context_tokens=chosen.context, **cache)
    if kind.key in ("total_parameters", "active_parameters"):
        return ModelFigure(**model_figure)
    if kind.key.startswith("card_"):
        return CardFigure(card=chosen.card, count=chosen.count, **model_figure)
    plan = plan_for(kind, chosen)
    if kind.key == "fits":
        return Fits(plans=(plan,), expects=chosen.fits)
    if kind.key == "context":
        return ContextFits(plans=(plan,))
    if kind.key == "power":
        return PowerOf(plans=(plan,))
    return SpeedOf(plans=(plan,), **model_figure)


def plan_for(kind: Kind, chosen: Chosen) -> Plan:
    """The plan that is evaluated."""
    offload = chosen.offload and chosen.engine == "llama.cpp"
    return plan_of(
        chosen.model,
        chosen.format,
        (chosen.card,) * chosen.count,
        engine=chosen.engine,
        host=OFFLOAD_HOST if offload else None,
        ram_gib=OFFLOAD_RAM_GIB if offload else 0,
        cpu_moe_layers=-1 if offload else 0,
        context_tokens=chosen.context if "context" in kind.fields else 8192,
    )


def _check_kind(kind: Kind) -> str:
    """The type of check that a kind becomes."""
    if kind.key.startswith("card_"):
        return "card"
    if kind.key.endswith("_parameters"):
        return "model_figure"
    return "speed" if kind.key == "prefill" else kind.key


def read(claim: Claim) -> tuple[Kind, Chosen] | None:
    """What was filled in for a claim; None where it was not made of these kinds."""
    alike = (kind for kind in KINDS if _check_kind(kind) == claim.check.kind)
    chosen = _chosen(claim)
    for kind in alike:
        if chosen is not None and check_of(kind, chosen) == claim.check:
            return kind, chosen
    return None


def _chosen(claim: Claim) -> Chosen | None:
    """The fields of a claim, as far as they can be read off its check."""
    check: Any = claim.check
    model = claim.models[0] if claim.models else ""
    plans = getattr(check, "plans", ())
    if plans:
        plan: Plan = plans[0]
        cards = [card_id(slot) for node in plan.rig.nodes for slot in node.gpus]
        if not cards or cards[0] is None:
            return None
        return Chosen(
            model=plan.model,
            engine=plan.deployment.engine,
            format=weights_id(plan),
            card=cards[0],
            count=len(cards),
            offload=plan.deployment.cpu_moe_layers != 0,
            context=plan.workload.context_tokens,
            fits=getattr(check, "expects", True),
        )
    formats = getattr(check, "formats", ("native",))
    caches = getattr(check, "cache_types", ("f16",))
    return Chosen(
        model=model,
        format=formats[0],
        card=getattr(check, "card", ""),
        count=getattr(check, "count", 1),
        context=getattr(check, "context_tokens", 8192),
        cache=caches[0],
    )
