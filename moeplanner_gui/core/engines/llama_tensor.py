"""llama.cpp's split mode tensor: every card holds a part of every layer (release b11549).

Rules of ``llama_meta_device_get_split_state``. Knows no layer map and no buffers.
"""

from __future__ import annotations

from collections.abc import Sequence

from moeplanner_gui.core.engines.profile import ModelProfile, WeightSums
from moeplanner_gui.core.model import (
    Attention,
    CompressedAttention,
    GatedDeltaNet,
    GqaAttention,
)
from moeplanner_gui.core.placement import Share
from moeplanner_gui.core.tensors import Part
from moeplanner_gui.core.units import ceil_div
from moeplanner_gui.core.usable import Device

_WHOLE_ON_EVERY_CARD = (
    Part.NORM,
    Part.ROUTER,
    Part.SHARED_EXPERTS,
    Part.INDEXER,
    Part.COMPRESSOR,
    Part.MHC,
    Part.HASH_TABLE,
)
_UNEVEN_SHARE = 200
"""One part in so many is added for what has no even split: up to 0.42 % more was seen."""
_FIRST_ROLE = 0


def even_parts(cards: int, weights: tuple[float, ...]) -> int:
    """Cards that divide the cache into equal parts, 0 when the shares are not equal."""
    return cards if not any(weights) or len(set(_padded(cards, weights))) == 1 else 0


def _padded(cards: int, weights: tuple[float, ...]) -> tuple[float, ...]:
    return (*weights, *(0.0,) * cards)[:cards]


def cache_units(block: Attention) -> int:
    """Into how many equal pieces a layer's cache can be divided: its KV heads."""
    if isinstance(block, GqaAttention):
        return block.kv_heads
    return block.v_heads if isinstance(block, GatedDeltaNet) else 1


def tensor_shares(
    profile: ModelProfile,
    sums: WeightSums,
    cards: Sequence[Device],
    expert_layers: int,
    weights: tuple[float, ...],
) -> list[Share]:
    """What every card holds. Shared experts, routers, indexer and compressor are repeated.

    ``caches`` counts layers when all shares are equal, else pieces of :func:`cache_units`.
    """
    count = len(cards)
    layers = profile.spec.architecture.layers
    layout = sums.layout
    by_part = dict(layout.bytes_by_part)
    whole = sum(by_part.get(part, 0) for part in _WHOLE_ON_EVERY_CARD)
    for block in profile.kinds:
        if isinstance(block, CompressedAttention):
            # The down projection of the queries, at q8_0 or less.
            whole += layers * block.q_lora_rank * profile.hidden * 34 // 32
            break
    routed = sums.routed[layers] - sums.routed[expert_layers]
    divided = max(sums.other[layers] + layout.output_bytes - whole, 0)
    even = even_parts(count, weights)
    given = _padded(count, weights)
    total = sum(given)
    shares = []
    for position, card in enumerate(cards):
        if even:
            held = ceil_div(routed, count)
            other = ceil_div(divided, count)
            caches = profile.kind_counts(0, layers)
        else:
            part = given[position] / total
            held, other = int(routed * part) + 1, int(divided * part) + 1
            # Boundaries are rounded to whole heads, and a card may get one more of them.
            held += ceil_div(routed, 64) * bool(part)
            other += ceil_div(divided, 64) * bool(part)
            caches = tuple(
                number * min(int(cache_units(kind) * part) + 1, cache_units(kind))
                for kind, number in zip(profile.kinds, profile.kind_counts(0, layers), strict=True)
            )
        other += whole + layout.tied_head_bytes
        other += (held + other) // _UNEVEN_SHARE
        shares.append(
            Share(
                card,
                held,
                other,
                card.context,
                caches + (0,) * len(profile.kinds),
                _FIRST_ROLE,
                (0, profile.gguf_layers),
            )
        )
    return shares
