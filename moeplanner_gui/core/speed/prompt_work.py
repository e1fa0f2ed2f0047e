"""What reading a prompt makes an engine compute: floating-point operations by layer and by token.

Knows layers, kinds of attention and how many multiplications a token needs; knows no card, no
constant and no seconds. A multiplication with a matrix of ``p`` values is ``2 p`` operations a
token. The head is computed for the last token of a prompt only and is left out, and so is the
input embedding, which is looked up.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate
from math import inf

from moeplanner_gui.core.engines.profile import profile_of
from moeplanner_gui.core.model import (
    Attention,
    CompressedAttention,
    GatedDeltaNet,
    GqaAttention,
    Indexer,
    KimiDelta,
    Mamba2,
    MlaAttention,
    ModelSpec,
    MoeFfn,
)
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.remembered import by_identity
from moeplanner_gui.core.tensors import NOT_PARAMETERS, Part, model_tensors

Line = tuple[float, float]
"""Operations a token for every earlier token, and after how many earlier ones no more come."""

_STATE_STEPS = 8.0
"""Operations a token for every value of a recurrent state: decay, update and read-out, each
multiplied and added, and the products inside a chunk."""


@dataclass(frozen=True, slots=True)
class LayerWork:
    """Running sums over the layers of a model, so that a range of layers is one subtraction.

    Attributes:
        dense: Operations a token of everything but routed experts and attention.
        routed: Operations a token of the routed experts that it picks.
        moe: Layers that route tokens to experts.
    """

    dense: tuple[float, ...]
    routed: tuple[float, ...]
    moe: tuple[int, ...]


@by_identity
def layer_work(spec: ModelSpec) -> LayerWork:
    """The operations of a model's main layers."""
    arch = spec.architecture
    profile = profile_of(spec)
    dense, routed, moe = ([0.0] * arch.layers for _ in range(3))
    for tensor in model_tensors(arch):
        layer = tensor.layer
        if layer is None or tensor.mtp or tensor.part in NOT_PARAMETERS:
            continue
        if tensor.part is Part.ROUTED_EXPERTS:
            block = profile.ffns[profile.ffn_of[layer]]
            assert isinstance(block, MoeFfn)
            routed[layer] += 2.0 * tensor.elements * block.top_k / block.experts
            moe[layer] = 1.0
        else:
            dense[layer] += 2.0 * tensor.elements
    return LayerWork(
        tuple(accumulate(dense, initial=0.0)),
        tuple(accumulate(routed, initial=0.0)),
        tuple(accumulate((int(number) for number in moe), initial=0)),
    )


def attention_lines(block: Attention, *, absorbed: bool, sparse: bool) -> tuple[Line, ...]:
    """How the cost of one token in one layer grows with the tokens before it.

    The cost at depth ``c`` is the sum of ``slope x min(c, end)`` over the lines: scores and the
    weighted sum of values, ``2 x heads x (key width + value width)`` for every earlier token.

    Args:
        block: The kind of attention.
        absorbed: Latent attention is computed in the latent space, as llama.cpp does; other
            engines expand keys and values of a prompt first.
        sparse: The engine attends to what the indexer picked; else it masks the rest.
    """
    if isinstance(block, GqaAttention):
        slope = 2.0 * block.heads * (block.head_dim + (block.v_head_dim or block.head_dim))
        end = inf if block.window is None else float(block.window)
        return _indexed(slope, end, block.indexer, sparse)
    if isinstance(block, MlaAttention):
        latent = block.kv_lora_rank + block.qk_rope_head_dim
        expanded = block.qk_nope_head_dim + block.qk_rope_head_dim + block.v_head_dim
        # What an indexer picked differs by token: only the latents themselves can be gathered.
        in_latents = absorbed or (sparse and block.indexer is not None)
        width = latent + block.kv_lora_rank if in_latents else expanded
        return _indexed(2.0 * block.heads * width, inf, block.indexer, sparse)
    if isinstance(block, CompressedAttention):
        slope = 4.0 * block.heads * block.head_dim
        lines = [(slope, float(block.window))]
        ratio = block.compress_ratio
        if ratio:
            index, end = block.indexer, inf
            if index is not None:
                lines.append((2.0 * index.heads * index.head_dim / ratio, inf))
                end = float(index.top_k * ratio) if sparse else inf
            lines.append((slope / ratio, end))
        return tuple(lines)
    return ()


def _indexed(slope: float, end: float, index: Indexer | None, sparse: bool) -> tuple[Line, ...]:
    if index is None:
        return ((slope, end),)
    picking = 2.0 * index.heads * index.head_dim / (index.pool or 1)
    return ((slope, min(end, float(index.top_k)) if sparse else end), (picking, inf))


def state_operations(block: Attention) -> float:
    """Operations a token that a recurrent layer's state takes, at any depth."""
    if isinstance(block, GatedDeltaNet):
        return _STATE_STEPS * block.v_heads * block.v_head_dim * block.k_head_dim
    if isinstance(block, Mamba2):
        return _STATE_STEPS * block.heads * block.head_dim * block.state_size
    if isinstance(block, KimiDelta):
        return _STATE_STEPS * block.heads * block.head_dim * block.head_dim
    return 0.0


@lru_cache(maxsize=1024)
def added_lines(
    lines: tuple[tuple[tuple[Line, ...], float], ...],
) -> tuple[Line, ...]:
    """The lines of several kinds of layer, each with how often it occurs, as few as possible."""
    slopes: dict[float, float] = {}
    for kind, count in lines:
        for slope, end in kind:
            if count:
                slopes[end] = slopes.get(end, 0.0) + slope * count
    return tuple((slope, end) for end, slope in slopes.items())


def attended(lines: tuple[Line, ...], past: int, tokens: int, growth: float | None) -> float:
    """Operations of attention for ``tokens`` tokens in a row after ``past`` earlier ones.

    The integral of ``slope x min(c, end)`` from ``past`` to ``past + tokens``. With ``growth``
    an entry at depth ``c`` of a line without end costs ``1 + c / growth`` times as much.
    """
    total = 0.0
    last = past + tokens
    for slope, end in lines:
        if end == inf:
            part = (last * last - past * past) / 2.0
            if growth is not None:
                part += (last**3 - past**3) / (3.0 * growth)
        else:
            part = _area(last, end) - _area(past, end)
        total += slope * part
    return total


def _area(tokens: int, end: float) -> float:
    return tokens * tokens / 2.0 if tokens <= end else end * (tokens - end / 2.0)
