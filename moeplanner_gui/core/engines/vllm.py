"""vLLM: tensor, pipeline, data and expert parallel ranks, and what each holds.

Knows what vLLM 0.33 divides and what every rank repeats. The weights of a rank and the pages of
the cache follow its source; the working buffers are modelled on the safe side.
"""

from __future__ import annotations

from collections.abc import Callable

from moeplanner_gui.core.assessment import NamedBytes
from moeplanner_gui.core.engines.profile import (
    ModelProfile,
    WeightSums,
    moe_of,
    profile_of,
    sums_of,
)
from moeplanner_gui.core.engines.vllm_pages import vllm_block_tokens, vllm_layer_bytes
from moeplanner_gui.core.model import (
    CompressedAttention,
    GatedDeltaNet,
    GqaAttention,
    MlaAttention,
    ModelSpec,
    NoAttention,
)
from moeplanner_gui.core.placement import (
    Demand,
    Placed,
    Refusal,
    Share,
    pipeline_stages,
    placed,
)
from moeplanner_gui.core.plan import Deployment, Plan
from moeplanner_gui.core.tensors import Part
from moeplanner_gui.core.units import GIB, ceil_div
from moeplanner_gui.core.usable import CONTEXT_BYTES, Device
from moeplanner_gui.core.weights import WeightLayout

VERSION = "vLLM 0.33.0"
GRAPH_BYTES = 7 * GIB // 10
"""CUDA graphs: 0.36 to 0.7 GiB were seen on a card."""
NCCL_BYTES = GIB // 2
BATCHED_TOKENS = 8192
"""Tokens of one scheduler step; vLLM's default is 8192 on large cards and less elsewhere."""

_REPEATED = frozenset(
    {Part.NORM, Part.ROUTER, Part.INDEXER, Part.COMPRESSOR, Part.MHC, Part.HASH_TABLE}
    | ({Part("router_bias")} if "router_bias" in set(Part) else set())
)
_CONTEXT = NamedBytes("CUDA context", CONTEXT_BYTES)
_GRAPHS = NamedBytes("CUDA graphs", GRAPH_BYTES)
_NCCL = NamedBytes("NCCL buffers", NCCL_BYTES)
_NO_BUFFERS = (0, 0)


def demand(
    plan: Plan, spec: ModelSpec, layout: WeightLayout, cards: list[Device], hosts: list[Device]
) -> Demand | Refusal:
    """The need of a plan under vLLM, or why it cannot run."""
    options = plan.deployment
    profile = profile_of(spec)
    world = options.tensor_parallel * options.pipeline_parallel * options.data_parallel
    refusal = _refuse(options, profile, cards, world)
    if refusal:
        return Refusal(f"Cannot run. {refusal}")
    sums = sums_of(layout)
    users = ceil_div(plan.workload.sequences, options.data_parallel)
    compute = _working_bytes(profile, options, users)
    buffers = ((compute, 0), _NO_BUFFERS)
    return Demand(
        placed=_arranged(profile, sums, options, cards, hosts, users),
        cache=_cache_rule(profile, options),
        buffers=lambda context: buffers,
        step_tokens=vllm_block_tokens(profile.kinds),
        limit_tokens=spec.max_context,
    )


_PLACED: dict[tuple[object, ...], tuple[tuple[object, ...], Placed]] = {}


def _arranged(
    profile: ModelProfile,
    sums: WeightSums,
    options: Deployment,
    cards: list[Device],
    hosts: list[Device],
    users: int,
) -> Placed:
    """All ranks, remembered for the same weights, devices and parallel sizes.

    Objects are told apart by identity, which is quick and safe because the entry holds them.
    """
    key = (
        id(sums),
        tuple(map(id, cards)),
        tuple(map(id, hosts)),
        options.tensor_parallel,
        options.pipeline_parallel,
        options.data_parallel,
        options.expert_parallel,
        options.mtp,
        users,
    )
    known = _PLACED.get(key)
    if known is None:
        if len(_PLACED) > 4096:
            _PLACED.clear()
        shares = _ranks(profile, sums, options, cards, users)
        none = (0,) * len(profile.kinds)
        shares.extend(Share(host, 0, 0, (), none, 1) for host in hosts if not host.unknown)
        held = (sums, tuple(cards), tuple(hosts))
        known = _PLACED[key] = (held, placed(shares))
    return known[1]


def _ranks(
    profile: ModelProfile, sums: WeightSums, options: Deployment, cards: list[Device], users: int
) -> list[Share]:
    layers = profile.spec.architecture.layers
    tensor, pipeline = options.tensor_parallel, options.pipeline_parallel
    world = tensor * pipeline * options.data_parallel
    overhead = (_CONTEXT, _GRAPHS, _NCCL) if world > 1 else (_CONTEXT, _GRAPHS)
    stages = []
    for first, past in pipeline_stages(layers, pipeline):
        counts = list(profile.kind_counts(first, past))
        if past == layers and options.mtp and sums.layout.mtp:
            counts[profile.kind_of[-1]] += len(sums.layout.mtp)
        stages.append(
            (
                _rank_weights(profile, sums, options, first, past),
                tuple(count * users for count in counts),
                (first, past - 1),
            )
        )
    shares = []
    for position, card in enumerate(cards):
        if position >= world:
            shares.append(Share(card, 0, 0, (), (0,) * len(profile.kinds), 1))
            continue
        (routed, other), caches, held = stages[position // tensor % pipeline]
        shares.append(Share(card, routed, other, () if card.bare else overhead, caches, 0, held))
    return shares


def _refuse(
    options: Deployment, profile: ModelProfile, cards: list[Device], world: int
) -> str | None:
    if not cards:
        return "vLLM needs a GPU. Add a card."
    if world > len(cards):
        return (
            f"The plan asks for {world} ranks, the rig has {len(cards)} "
            f"{'card' if len(cards) == 1 else 'cards'}. "
            "Add cards or lower tensor or pipeline parallel."
        )
    for name in ("cache_type_k", "cache_type_v"):
        if getattr(options, name) not in ("auto", "f16", "bf16", "fp8"):
            return f"vLLM has no {getattr(options, name)} KV cache. Choose auto or fp8."
    compressed = False
    tensor = options.tensor_parallel
    for block in profile.kinds:
        if isinstance(block, NoAttention):
            continue
        heads = block.v_heads if isinstance(block, GatedDeltaNet) else block.heads
        if heads % tensor:
            return f"{heads} attention heads cannot be divided by tensor parallel {tensor}."
        if isinstance(block, GqaAttention) and (
            block.kv_heads % tensor and tensor % block.kv_heads
        ):
            return f"{block.kv_heads} KV heads cannot be divided by tensor parallel {tensor}."
        compressed = compressed or isinstance(block, CompressedAttention)
    if options.pipeline_parallel > profile.spec.architecture.layers:
        return "More pipeline stages than layers."
    for card in cards[:world]:
        if card.vendor in ("Apple", "Intel", "Tenstorrent"):
            return f"vLLM on {card.vendor} cards is not worked out yet; choose llama.cpp."
        if card.vendor == "AMD":
            return "vLLM on AMD cards is not worked out yet; choose llama.cpp."
        if compressed and card.sm is not None and card.sm[0] not in (9, 10, 12):
            return (
                f"{VERSION} runs DeepSeek V4 on compute capability 9.0, 10.x and 12.x; "
                f"{card.name} has {card.sm[0]}.{card.sm[1]}. Choose llama.cpp."
            )
        if card.sm is not None and card.sm < (7, 5):
            return (
                f"{VERSION} needs compute capability 7.5; {card.name} has "
                f"{card.sm[0]}.{card.sm[1]}. Choose llama.cpp."
            )
    if compressed and "bf16" in (options.cache_type_k, options.cache_type_v):
        return "DeepSeek V4's bf16 cache in vLLM is not worked out yet; choose auto or fp8."
    return None


def _cache_rule(profile: ModelProfile, options: Deployment) -> Callable[[int], tuple[int, ...]]:
    wants_fp8 = "fp8" in (options.cache_type_k, options.cache_type_v)
    unset = options.cache_type_k in ("auto", "f16")
    kinds = profile.kinds
    tensor = options.tensor_parallel
    # V3.2 turns "auto" into its own FP8 layout.
    fp8 = tuple(
        wants_fp8 or (unset and isinstance(block, MlaAttention) and block.indexer is not None)
        for block in kinds
    )

    def sizes(context: int) -> tuple[int, ...]:
        return tuple(
            vllm_layer_bytes(
                block,
                context,
                fp8=small,
                tensor_parallel=tensor,
                batched_tokens=BATCHED_TOKENS,
            )
            for block, small in zip(kinds, fp8, strict=True)
        )

    return sizes


_REPEATED_BYTES: dict[int, tuple[WeightLayout, int]] = {}


def repeated_bytes(profile: ModelProfile, layout: WeightLayout) -> int:
    """:func:`_repeated_bytes`, remembered by the identity of the layout."""
    known = _REPEATED_BYTES.get(id(layout))
    if known is None or known[0] is not layout:
        if len(_REPEATED_BYTES) > 4096:
            _REPEATED_BYTES.clear()
        known = _REPEATED_BYTES[id(layout)] = (layout, _repeated_bytes(profile, layout))
    return known[1]


def _repeated_bytes(profile: ModelProfile, layout: WeightLayout) -> int:
    """Bytes of all layers that every tensor-parallel rank keeps whole: norms, router, indexer,
    compressor, hyper-connections and the projections into a latent.
    """
    by_part = dict(layout.bytes_by_part)
    total = sum(size for part, size in by_part.items() if part in _REPEATED)
    attention = by_part.get(Part.ATTENTION, 0)
    return total + int(attention * _latent_share(profile)) + 1


def _latent_share(profile: ModelProfile) -> float:
    """The share of the attention weights that projects into a latent: not divided."""
    hidden = profile.hidden
    whole = latent = 0
    for kind, count in zip(profile.kind_of, (1,) * len(profile.kind_of), strict=True):
        block = profile.kinds[kind]
        if isinstance(block, MlaAttention):
            rope = block.qk_rope_head_dim
            query = block.heads * (block.qk_nope_head_dim + rope)
            down = hidden * (block.kv_lora_rank + rope)
            up = block.kv_lora_rank * block.heads * (block.qk_nope_head_dim + block.v_head_dim)
            if block.q_lora_rank:
                down += hidden * block.q_lora_rank
                up += block.q_lora_rank * query
            else:
                up += hidden * query
            up += block.heads * block.v_head_dim * hidden
        elif isinstance(block, CompressedAttention):
            width = block.heads * block.head_dim
            down = hidden * (block.q_lora_rank + block.head_dim)
            up = block.q_lora_rank * width + width * block.o_lora_rank
            up += block.o_groups * block.o_lora_rank * hidden
        else:
            continue
        latent += down * count
        whole += (down + up) * count
    return latent / whole if whole else 0.0


def _rank_weights(
    profile: ModelProfile, sums: WeightSums, options: Deployment, first: int, past: int
) -> tuple[int, int]:
    layout = sums.layout
    layers = profile.spec.architecture.layers
    tensor = options.tensor_parallel
    routed = sums.routed[past] - sums.routed[first]
    # With expert parallel every rank keeps whole experts; without, a slice of each.
    ranks = tensor * options.data_parallel if options.expert_parallel else tensor
    moe = moe_of(profile)
    if options.expert_parallel and moe is not None:
        routed = ceil_div(routed * ceil_div(moe.experts, ranks), moe.experts)
    else:
        routed = ceil_div(routed, ranks)
    other = sums.other[past] - sums.other[first]
    whole = min(ceil_div(repeated_bytes(profile, layout) * (past - first), layers), other)
    other = whole + ceil_div(other - whole, tensor)
    for block in profile.kinds:
        if isinstance(block, GqaAttention) and tensor > block.kv_heads:
            # Every rank keeps one whole KV head: the projections of K and V are repeated.
            bytes_each = 2 * profile.hidden * block.head_dim * 2
            other += (past - first) * bytes_each * (tensor - block.kv_heads) // tensor
            break
    if first == 0:
        other += ceil_div(layout.token_embd_bytes, tensor)
        # The vision tower is small; whether it is divided depends on its own options.
        other += layout.other_bytes
    if past == layers:
        other += ceil_div(layout.output_bytes, tensor)
        if first:
            other += ceil_div(layout.tied_head_bytes, tensor)
    if options.mtp and past == layers:
        for layer in layout.mtp:
            other += ceil_div(layer.routed_experts_bytes, ranks) + layer.other_bytes
    return routed, other


def _working_bytes(profile: ModelProfile, options: Deployment, users: int) -> int:
    """Peak of the activations of one scheduler step, with the workspace of the fused experts.

    Modelled: 16-bit values; the residual stream, attention inputs and the two expert
    intermediates of ``top_k`` copies a token, and FP32 logits of one token a sequence.
    """
    tokens = BATCHED_TOKENS
    hidden = profile.hidden
    values = 6 * hidden
    moe = moe_of(profile)
    tensor = options.tensor_parallel
    if moe is not None:
        values += moe.top_k * (hidden + 3 * ceil_div(moe.width, tensor))
    heads = max(
        (
            block.heads * getattr(block, "head_dim", 0)
            for block in profile.kinds
            if not isinstance(block, GatedDeltaNet | NoAttention)
        ),
        default=0,
    )
    values += 3 * ceil_div(heads, tensor)
    if profile.spec.architecture.mhc_streams:
        values += 2 * profile.spec.architecture.mhc_streams * hidden
    logits = 4 * profile.spec.architecture.vocab_size * max(users, 1)
    return 2 * tokens * values + logits
