"""llama.cpp: which layer on which card, and every buffer of every device.

Rules of release b11549, compared with what its own loader and allocator report. Several nodes
are joined through its RPC back end, all cards in the order of the rig.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from moeplanner_gui.core.assessment import NamedBytes
from moeplanner_gui.core.engines.llama_buffers import BufferOptions
from moeplanner_gui.core.engines.llama_roles import Offload, buffer_rule
from moeplanner_gui.core.engines.profile import (
    ModelProfile,
    WeightSums,
    profile_of,
    sums_of,
    widest_dense,
)
from moeplanner_gui.core.kv_cache import (
    BLOCK_BYTES,
    CELLS,
    LlamaCacheOptions,
    llama_layer_bytes,
)
from moeplanner_gui.core.model import CompressedAttention, GqaAttention, ModelSpec
from moeplanner_gui.core.placement import (
    CPU,
    Demand,
    Placed,
    Refusal,
    Share,
    layer_split,
    placed,
)
from moeplanner_gui.core.plan import Deployment, Plan
from moeplanner_gui.core.tensors import Part
from moeplanner_gui.core.units import ceil_div
from moeplanner_gui.core.usable import CONTEXT_BYTES, Device
from moeplanner_gui.core.weights import WeightLayout

VERSION = "llama.cpp b11549"
MAX_CONTEXT = 2**31
_CONTEXT = (NamedBytes("CUDA context", CONTEXT_BYTES),)
_PROCESS = (NamedBytes("Driver context", CONTEXT_BYTES),)
_WHOLE_ON_EVERY_CARD = (
    Part.NORM,
    Part.ROUTER,
    Part.SHARED_EXPERTS,
    Part.INDEXER,
    Part.COMPRESSOR,
    Part.MHC,
    Part.HASH_TABLE,
)
FIRST, MIDDLE, LAST, IDLE, HOST, REMOTE_HOST, FIRST_AND_HOST = range(7)
"""Roles of a device: the positions in what the buffer rule answers."""


def demand(
    plan: Plan, spec: ModelSpec, layout: WeightLayout, cards: list[Device], hosts: list[Device]
) -> Demand | Refusal:
    """The need of a plan under llama.cpp, or why it cannot run."""
    options = plan.deployment
    profile = profile_of(spec)
    refusal = _refuse(options, profile)
    if refusal:
        return Refusal(refusal)
    if not cards and not hosts:
        return Refusal("The rig has no card and no computer. Add a card.")
    sums = sums_of(layout)
    slots = plan.workload.sequences
    used = cards[:1] if options.split == "none" else cards
    free = tuple(max(card.usable_bytes - (0 if card.bare else CONTEXT_BYTES), 0) for card in used)
    parts = len(used) if options.split == "tensor" else 1
    if parts > 1:
        where = (0,) * (profile.gguf_layers + 1)
    else:
        where = layer_split(free, profile.gguf_layers, options.gpu_layers)
    arranged = _arranged(profile, sums, options, cards, hosts, where)
    ranges = _ranges(where)
    on_host = range(ranges[CPU][1] + 1) if CPU in ranges else range(0)
    holders = len(ranges) - (CPU in ranges)
    offload = Offload(
        gpus=len(cards),
        holders=holders,
        all_on_gpu=not on_host,
        expert_layers=min(options.cpu_moe_layers, spec.architecture.layers),
        largest_host_tensor=_largest_host_tensor(sums, profile, options, on_host),
        op_offload=options.op_offload,
        cli=options.frontend == "cli",
    )
    buffers = buffer_rule(
        profile,
        BufferOptions(
            ubatch=min(options.ubatch, options.batch),
            slots=slots,
            unified=options.unified_kv,
            flash_attention=options.flash_attention,
            type_k=_cache_type(options.cache_type_k),
            type_v=_cache_type(options.cache_type_v),
        ),
        offload,
    )
    return Demand(
        placed=arranged,
        cache=_cache_rule(profile, options, slots, bool(on_host), parts),
        buffers=buffers,
        step_tokens=CELLS,
        limit_tokens=min(spec.max_context * (1 if options.unified_kv else slots), MAX_CONTEXT),
    )


def _refuse(options: Deployment, profile: ModelProfile) -> str | None:
    arch = profile.spec.architecture
    for name in ("cache_type_k", "cache_type_v"):
        if getattr(options, name) == "fp8":
            return "Cannot run. llama.cpp has no fp8 KV cache. Choose q8_0."
    type_k, type_v = _cache_type(options.cache_type_k), _cache_type(options.cache_type_v)
    blocks = BLOCK_BYTES[type_k][0], BLOCK_BYTES[type_v][0]
    if blocks[1] > 1 and not options.flash_attention and _has_value_cache(profile):
        return (
            f"Cannot run. llama.cpp needs flash attention for a {type_v} V cache. "
            "Turn flash attention on."
        )
    for block in profile.kinds:
        if isinstance(block, CompressedAttention) and type_k != type_v:
            return (
                "Cannot run. DeepSeek V4 keeps one entry for K and V: "
                "both cache types must be the same."
            )
        if isinstance(block, GqaAttention) and (
            (block.kv_heads * block.head_dim) % blocks[0]
            or (block.kv_heads * (block.v_head_dim or block.head_dim)) % blocks[1]
        ):
            return f"Cannot run. The heads of this model do not fill blocks of {type_k}."
    if options.split == "row":
        return (
            "Cannot run. llama.cpp's CUDA back end no longer has split mode row. "
            "Choose layer or tensor."
        )
    if options.split == "tensor" and arch.gguf_arch in ("deepseek2", "deepseek32"):
        return f"Cannot run. llama.cpp has no split mode tensor for {arch.gguf_arch}. Choose layer."
    return None


def _has_value_cache(profile: ModelProfile) -> bool:
    return any(isinstance(block, GqaAttention) for block in profile.kinds)


def _cache_type(chosen: str) -> str:
    return "f16" if chosen == "auto" else chosen


def _cache_rule(
    profile: ModelProfile, options: Deployment, slots: int, with_host: bool, parts: int
) -> Callable[[int], tuple[int, ...]]:
    """Bytes of one layer of each kind on a card, then the same in host memory.

    Split mode tensor divides the cache by ``parts``, but V4 has one KV head to keep whole.
    """
    common = {
        "type_k": _cache_type(options.cache_type_k),
        "type_v": _cache_type(options.cache_type_v),
        "slots": slots,
        "unified": options.unified_kv,
        "ubatch": min(options.ubatch, options.batch),
    }
    on_card = LlamaCacheOptions(**common, cuda=True)  # type: ignore[arg-type]
    on_host = LlamaCacheOptions(**common, cuda=False)  # type: ignore[arg-type]
    kinds = profile.kinds

    def sizes(context: int) -> tuple[int, ...]:
        cards = [llama_layer_bytes(kind, context, on_card) for kind in kinds]
        if parts > 1:
            cards = [
                size if isinstance(kind, CompressedAttention) else -(-size // parts)
                for kind, size in zip(kinds, cards, strict=True)
            ]
        if with_host:
            cards += [llama_layer_bytes(kind, context, on_host) for kind in kinds]
        else:
            cards += [0] * len(kinds)
        return tuple(cards)

    return sizes


_PLACED: dict[tuple[object, ...], tuple[tuple[object, ...], Placed]] = {}


def _arranged(
    profile: ModelProfile,
    sums: WeightSums,
    options: Deployment,
    cards: list[Device],
    hosts: list[Device],
    where: tuple[int, ...],
) -> Placed:
    """:func:`_place`, remembered for the same weights, devices and layer map.

    Objects are told apart by identity, which is quick and safe because the entry holds them.
    """
    key = (
        id(sums),
        tuple(map(id, cards)),
        tuple(map(id, hosts)),
        id(where),
        options.cpu_moe_layers,
        options.split,
    )
    known = _PLACED.get(key)
    if known is None:
        if len(_PLACED) > 4096:
            _PLACED.clear()
        shares = _place(profile, sums, options, cards, hosts, where)
        held = (sums, tuple(cards), tuple(hosts), where)
        known = _PLACED[key] = (held, placed(shares))
    return known[1]


def _place(
    profile: ModelProfile,
    sums: WeightSums,
    options: Deployment,
    cards: list[Device],
    hosts: list[Device],
    where: tuple[int, ...],
) -> tuple[Share, ...]:
    layout = sums.layout
    layers = profile.spec.architecture.layers
    none = (0,) * len(profile.kinds)
    ranges = _ranges(where)
    experts_on_host = min(options.cpu_moe_layers, layers) if cards else layers
    head_at = where[-1]
    tensor_split = options.split == "tensor" and len(cards) > 1
    last_holder = max((device for device in where if device != CPU), default=CPU)
    first_holder = min((device for device in where if device != CPU), default=CPU)
    shares: list[Share] = []
    host_routed = 0
    for position, card in enumerate(cards):
        if tensor_split:
            shares.append(_tensor_share(profile, sums, card, len(cards), options))
            continue
        held = ranges.get(position)
        overhead = () if card.bare else (_CONTEXT if card.vendor == "NVIDIA" else _PROCESS)
        if held is None:
            role = IDLE if position else FIRST
            shares.append(Share(card, 0, 0, overhead, none + none, role))
            continue
        first, last = held
        past = min(last + 1, layers)
        start = min(first, layers)
        cut = min(max(experts_on_host, start), past)
        host_routed += sums.routed[cut] - sums.routed[start]
        other = sums.other[past] - sums.other[start]
        if head_at == position:
            other += layout.output_bytes + layout.tied_head_bytes
        role = (
            FIRST
            if position == min(first_holder, 0) or position == 0
            else LAST
            if position == last_holder
            else MIDDLE
        )
        shares.append(
            Share(
                card,
                sums.routed[past] - sums.routed[cut],
                other,
                overhead,
                profile.kind_counts(start, past) + none,
                role,
                held,
            )
        )
    if tensor_split:
        host_routed = sums.routed[min(options.cpu_moe_layers, layers)]
    if hosts[0].unknown and cards and cards[0].unified and CPU not in ranges and not host_routed:
        # Card and host share one memory: what would lie in host memory lies on the card.
        shares[0] = replace(
            shares[0],
            other_weights_bytes=shares[0].other_weights_bytes + layout.token_embd_bytes,
            role=FIRST_AND_HOST,
        )
        none_here = none + none
        shares.extend(Share(host, 0, 0, (), none_here, REMOTE_HOST) for host in hosts[1:])
        return tuple(shares)
    shares.extend(_host_shares(profile, sums, hosts, ranges.get(CPU), head_at, host_routed))
    return tuple(shares)


def _host_shares(
    profile: ModelProfile,
    sums: WeightSums,
    hosts: list[Device],
    held: tuple[int, int] | None,
    head_at: int,
    host_routed: int,
) -> list[Share]:
    layout = sums.layout
    layers = profile.spec.architecture.layers
    none = (0,) * len(profile.kinds)
    other = layout.token_embd_bytes
    counts = none
    if held is not None:
        past = min(held[1] + 1, layers)
        host_routed += sums.routed[past]
        other += sums.other[past]
        counts = profile.kind_counts(0, past)
    if head_at == CPU:
        other += layout.output_bytes
    shares = [Share(hosts[0], host_routed, other, (), none + counts, HOST, held)]
    shares.extend(Share(host, 0, 0, (), none + none, REMOTE_HOST) for host in hosts[1:])
    return shares


_UNEVEN_SHARE = 200
"""Split mode tensor: one part in so many is added for what has no even split."""


def _tensor_share(
    profile: ModelProfile,
    sums: WeightSums,
    card: Device,
    parts: int,
    options: Deployment,
) -> Share:
    # Split mode tensor divides attention, routed experts and cache; what has no even split
    # (shared experts, routers, indexer, compressor) and the working buffers are repeated.
    layers = profile.spec.architecture.layers
    layout = sums.layout
    hidden = min(options.cpu_moe_layers, layers)
    routed = ceil_div(sums.routed[layers] - sums.routed[hidden], parts)
    by_part = dict(layout.bytes_by_part)
    whole = sum(by_part.get(part, 0) for part in _WHOLE_ON_EVERY_CARD)
    for block in profile.kinds:
        if isinstance(block, CompressedAttention):
            # The down projection of the queries, at q8_0 or less.
            whole += layers * block.q_lora_rank * profile.hidden * 34 // 32
            break
    divided = max(sums.other[layers] + layout.output_bytes - whole, 0)
    other = whole + ceil_div(divided, parts)
    other += layout.tied_head_bytes
    # Rows that do not divide evenly: up to 0.42 % more was seen (three cards, recurrent layers).
    other += (routed + other) // _UNEVEN_SHARE
    return Share(
        card,
        routed,
        other,
        () if card.bare else _CONTEXT,
        profile.kind_counts(0, layers) + (0,) * len(profile.kinds),
        FIRST,
        (0, profile.gguf_layers),
    )


@lru_cache(maxsize=2048)
def _ranges(where: tuple[int, ...]) -> dict[int, tuple[int, int]]:
    """First and last layer of every device, :data:`CPU` included."""
    found: dict[int, tuple[int, int]] = {}
    for layer, device in enumerate(where):
        found[device] = (found[device][0] if device in found else layer, layer)
    return found


def _largest_host_tensor(
    sums: WeightSums, profile: ModelProfile, options: Deployment, on_host: range
) -> int:
    """The largest weight that a prompt batch copies to the first card."""
    layers = profile.spec.architecture.layers
    experts = max(options.cpu_moe_layers, len(on_host))
    largest = max(sums.largest_expert[: min(experts, layers)], default=0)
    if on_host and not largest:
        # A dense model: its down projection, which recipes store in up to 1.3 times the mean.
        share = _widest_share(profile)
        largest = max(
            int(1.3 * share * (sums.other[i + 1] - sums.other[i]))
            for i in range(min(len(on_host), layers))
        )
    return largest


def _widest_share(profile: ModelProfile) -> float:
    """Elements of a feed-forward matrix over those of a whole dense layer."""
    width = widest_dense(profile)
    block = next((kind for kind in profile.kinds if isinstance(kind, GqaAttention)), None)
    if block is None or not width:
        return 1 / 3
    value = block.v_head_dim or block.head_dim
    rows = (block.heads + block.kv_heads) * (block.head_dim + value)
    return width / (3 * width + rows)
