"""What tensor and expert parallel divide, and which sizes a model cannot be divided by.

Rules of vLLM 0.33.0 and SGLang 0.5.23, where a layer that does not divide is an error at start.
"""

from __future__ import annotations

from moeplanner_gui.core.kernels import ENGINE_TITLES
from moeplanner_gui.core.model import (
    CompressedAttention,
    DenseFfn,
    GatedDeltaNet,
    GqaAttention,
    KimiDelta,
    Mamba2,
    ModelSpec,
    MoeFfn,
    NoAttention,
)
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.remembered import by_identity
from moeplanner_gui.core.words import say

_RANKED = frozenset({"vllm", "sglang", "ktransformers"})
_EXPERT_WIDTH = say("columns of every expert")


def division(plan: Plan, spec: ModelSpec, cards: int) -> str | None:
    """Why a model cannot be divided as a plan asks, or None; without "Cannot run." before it."""
    options = plan.deployment
    tensor = options.tensor_parallel
    if options.engine not in _RANKED or tensor == 1:
        return None
    whole_experts = options.expert_parallel
    what = _obstacle(spec, tensor, whole_experts)
    if what is None and whole_experts:
        what = _experts(spec, tensor * options.data_parallel, options.engine)
    if what is None:
        return None
    engine = ENGINE_TITLES[options.engine]
    return say(
        "{0} of {1} cannot be divided by tensor parallel {2} in {3}. ",
        what,
        spec.name,
        tensor,
        engine,
    ) + (_instead(spec, tensor, cards, whole_experts))


def _instead(spec: ModelSpec, tensor: int, cards: int, whole_experts: bool) -> str:
    sizes = [
        size for size in range(tensor - 1, 0, -1) if _obstacle(spec, size, whole_experts) is None
    ]
    for size in sizes:
        stages = cards // size
        if size * stages == cards and size > 1:
            return say(
                "Choose tensor parallel {0}{1}.",
                size,
                say(" and pipeline parallel {0}", stages) if stages > 1 else "",
            )
    if cards > 1 and cards <= spec.architecture.layers:
        return say("Choose tensor parallel 1 and pipeline parallel {0}.", cards)
    return say("Choose tensor parallel 1.")


@by_identity
def _sizes(spec: ModelSpec) -> tuple[tuple[str, int, bool], ...]:
    """What is divided: its name, its number, and whether ranks beyond it may repeat it.

    Experts come last, under :data:`_EXPERT_WIDTH`: expert parallel keeps them whole.
    """
    found: dict[tuple[str, int, bool], None] = {}
    for block in spec.architecture.attention.values():
        if isinstance(block, NoAttention):
            continue
        if isinstance(block, GatedDeltaNet):
            found[say("linear-attention key heads"), block.k_heads, False] = None
            found[say("linear-attention value heads"), block.v_heads, False] = None
        elif isinstance(block, Mamba2 | KimiDelta):
            found[say("linear-attention heads"), block.heads, False] = None
        else:
            found[say("attention heads"), block.heads, False] = None
        if isinstance(block, CompressedAttention):
            found[say("output groups"), block.o_groups, False] = None
        if isinstance(block, GqaAttention):
            found[say("KV heads"), block.kv_heads, True] = None
    for ffn in spec.architecture.ffn.values():
        if isinstance(ffn, DenseFfn):
            found[say("columns of the feed-forward block"), ffn.width, False] = None
        elif isinstance(ffn, MoeFfn):
            found[_EXPERT_WIDTH, ffn.width, False] = None
    return tuple(found)


def _obstacle(spec: ModelSpec, tensor: int, whole_experts: bool) -> str | None:
    """``The 40 attention heads``: the first thing that does not divide by ``tensor``."""
    for name, number, may_repeat in _sizes(spec):
        if name == _EXPERT_WIDTH and whole_experts:
            continue
        if number % tensor and not (may_repeat and tensor % number == 0):
            return say("The {0} {1}", number, name)
    return None


def _experts(spec: ModelSpec, ranks: int, engine: str) -> str | None:
    """SGLang gives every rank the same number of experts; vLLM rounds up."""
    if engine == "vllm":
        return None
    for ffn in spec.architecture.ffn.values():
        if isinstance(ffn, MoeFfn) and ffn.experts % ranks:
            return say("The {0} experts", ffn.experts)
    return None
