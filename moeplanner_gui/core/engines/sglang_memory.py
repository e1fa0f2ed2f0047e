"""What SGLang takes and leaves on a card: chunks, graphs and its static share by default.

Source: SGLang 0.5.23, ``arg_groups/memory_hook.py`` (handle_gpu_memory_settings,
reserve_for_graph_mb) and ``forward_batch_deepseek_mha_mixin.py``. Knows no weights.
"""

from __future__ import annotations

from dataclasses import replace

from moeplanner_gui.core.engines.activations import StepSize, working_rule
from moeplanner_gui.core.engines.limits import ABOVE_LIMIT
from moeplanner_gui.core.engines.profile import profile_of
from moeplanner_gui.core.engines.sglang_pool import PAGE_TOKENS
from moeplanner_gui.core.model import CompressedAttention, MlaAttention, ModelSpec
from moeplanner_gui.core.plan import Deployment
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.remembered import by_identity
from moeplanner_gui.core.units import GIB, MIB, pad_to
from moeplanner_gui.core.usable import Device

CONTEXT_ROWS = 131_072
"""Earlier tokens whose latents are expanded at once (``SGLANG_MAX_KV_CHUNK_CAPACITY``)."""
_CHUNKS = ((20, 2048, 8), (35, 4096, 48), (60, 4096, 32), (160, 8192, 256))
"""Below so many GiB: tokens of a prompt chunk, largest decode batch with a graph."""


@dataclass(frozen=True, slots=True)
class Step:
    """``--chunked-prefill-size`` and the largest decode batch with a CUDA graph."""

    tokens: int
    graph_batch: int


def step_of(options: Deployment, cards: list[Device]) -> Step:
    """SGLang's defaults for these cards, or what the plan says (``max_batched_tokens``).

    The smallest card decides; from four ranks on decode batches with graphs are larger.
    """
    smallest = min((card.capacity_bytes for card in cards), default=0)
    tokens, batch = 16_384, 512
    for below, chunk, largest in _CHUNKS:
        if smallest < below * GIB:
            tokens, batch = chunk, largest
            break
    ranks = options.tensor_parallel * options.data_parallel
    if ranks >= 4 and 20 * GIB <= smallest < 160 * GIB:
        batch = 160 if smallest < 60 * GIB else 512
    return Step(options.max_batched_tokens or tokens, batch)


def static_share(spec: ModelSpec, options: Deployment, cards: list[Device]) -> float:
    """The ``--mem-fraction-static`` that SGLang would choose by itself on the smallest card.

    Source: ``handle_gpu_memory_settings``: 512 MiB, 1.5 MiB a token of a chunk, 1 GiB for
    eight ranks and the graphs are reserved, at least 10 GiB on cards above 60 GiB.
    """
    step = step_of(options, cards)
    smallest = min((card.capacity_bytes for card in cards), default=0) // MIB
    if not smallest:
        return 0.9
    ranks = options.tensor_parallel * options.pipeline_parallel * options.data_parallel
    reserved = 512 + max(step.tokens, 2048) * 3 // 2 + ranks * 128
    reserved += graph_bytes(spec, options, step, step.graph_batch) // MIB
    if smallest > 60 * 1024:
        reserved = max(reserved, 10 * 1024)
    return max(round((smallest - reserved) / smallest, 3), 0.05)


def graph_bytes(spec: ModelSpec, options: Deployment, step: Step, users: int) -> int:
    """What SGLang itself expects CUDA graphs to take (``reserve_for_graph_mb``): 2 MiB a
    sequence of the largest decode batch, 1.5 GiB for prompts with latent attention, else 8 MiB
    for each of about 50 sizes; more with data-parallel attention.
    """
    if not options.cuda_graphs:
        return 0
    batch = min(step.graph_batch, max(users, 1))
    size = batch * 2
    if options.data_parallel > 1:
        size += batch * options.data_parallel * (3 if batch <= 300 else 5)
    blocks = spec.architecture.attention.values()
    latent = any(isinstance(block, MlaAttention | CompressedAttention) for block in blocks)
    return (size + (1536 if latent else 400)) * MIB


def context_rows(context: int, users: int) -> int:
    """Earlier tokens whose latents are expanded at once for the prompts of a chunk.

    Whole pages count, as in the pool, so that a context needs what the end of its page needs.
    """
    return min(CONTEXT_ROWS, pad_to(context, PAGE_TOKENS) * users)


@by_identity
def without_limit(card: Device) -> Device:
    """The card with all that is free: SGLang's activations live above its static share."""
    for item in card.held_back:
        if item.name == ABOVE_LIMIT:
            kept = tuple(other for other in card.held_back if other is not item)
            left = card.usable_bytes + item.size_bytes
            return replace(card, held_back=kept, usable_bytes=left)
    return card


def fitting_share(
    spec: ModelSpec,
    options: Deployment,
    cards: list[Device],
    users: int,
    context: int,
    workspace: int = 0,
) -> float | None:
    """The largest memory limit that leaves room for activations, graphs and a workspace at this
    context, when the given one does not; None when it does. In whole hundredths.
    """
    world = options.tensor_parallel * options.pipeline_parallel * options.data_parallel
    used = cards[:world]
    step = step_of(options, used)
    rule = working_rule(profile_of(spec), options, StepSize(step.tokens, users))
    need = graph_bytes(spec, options, step, users) + workspace + rule(context_rows(context, users))
    lowest: float | None = None
    for card in used:
        if card.bare:
            continue
        before = without_limit(card).usable_bytes - card.context_bytes
        if before > 0 and need > (1 - options.memory_utilization) * before:
            share = max(int(100 * (before - need) / before), 0) / 100
            lowest = share if lowest is None else min(lowest, share)
    return lowest
