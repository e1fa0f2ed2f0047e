"""What the phases of a model's graph need in llama.cpp, worked out once (release b11549).

All widths are over the hidden width, in units of ``T``. Knows no options and no cards.
"""

from __future__ import annotations

from moeplanner_gui.core.engines.profile import ModelProfile, moe_of, widest_dense
from moeplanner_gui.core.kv_cache import recurrent_values
from moeplanner_gui.core.model import (
    CompressedAttention,
    GatedDeltaNet,
    GqaAttention,
    KimiDelta,
    Mamba2,
    MlaAttention,
    MoeFfn,
    NoAttention,
)
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.remembered import by_identity
from moeplanner_gui.core.units import ceil_div


@dataclass(frozen=True, slots=True)
class Shape:
    """What the phases need of a model, in units of ``T`` unless named otherwise.

    Attributes:
        rows: ``A`` on a card.
        rows_cpu: ``A`` on the CPU back end, less its one extra ``T``.
        attention_rows: ``A`` of latent attention alone, 0 without it.
        query: Width of all queries over the hidden width.
        copy_units: What stays allocated beside the f16 copy of a quantised cache.
        score_units: What stays allocated beside the scores without flash attention.
        score_units_cpu: The same on the CPU back end.
        normed: Queries and keys are normalised apart.
        head_units: What stays allocated beside the logits.
        copies: The distinct window (None is the whole context) and values of one cell of one
            layer's K and V.
        value_width: Values of one cell of V, summed over the distinct caches.
        rotation_bytes: The matrix that rotates K and V before they are quantised.
        heads: Attention heads of a full-attention layer.
        value_head: Values of one head's V.
        latent_gap: The experts' phase leaves a gap that takes a small copy of a latent cache.
        index_rows: What the index of one layer picks for a batch.
        index_heads: Index heads of block-sparse attention; 0 without it.
        top_k: Experts of a token.
        down_on_host: The down projection of the experts runs on the CPU (see
            :data:`DOWN_ON_HOST`).
        states: For every kind of recurrent layer what its phase holds: activations in units of
            ``T``, and bytes of states a slot. They pass the experts above about eight slots.
        beside_head: What more stays allocated beside the logits.
        indexed_more: Units above V3.2's that other models with its indexer take: with flash
            attention at long contexts, and without.
        passed: What more passes from card to card in four copies: Kimi K3's earlier residuals.
        mixed: Heads of two widths (Gemma 4).
        pooled: The index is pooled over blocks of tokens.
        full: Some layer attends to the whole context.
        windows: The distinct sliding windows.
        ratios: The distinct compression ratios.
        scaled: The embeddings are scaled before the first layer (Gemma 3).
    """

    rows: float
    rows_cpu: float
    attention_rows: float
    query: float
    copy_units: float
    score_units: float
    score_units_cpu: float
    normed: bool
    head_units: float
    copies: tuple[tuple[int | None, int], ...]
    value_width: int
    rotation_bytes: int
    heads: int
    value_head: int
    latent_gap: bool
    index_rows: float
    index_heads: int
    top_k: int
    down_on_host: bool
    states: tuple[tuple[float, int], ...]
    beside_head: float
    indexed_more: tuple[float, float]
    pooled: bool
    mixed: bool
    passed: float
    full: bool
    windows: tuple[int, ...]
    ratios: tuple[int, ...]
    indexed: bool
    recurrent: bool
    biased: bool
    scaled: bool

    @property
    def full_latent(self) -> bool:
        """Latent attention: V is read from K."""
        return not self.value_width


DOWN_ON_HOST = frozenset({"mistral4"})
"""Architectures whose experts' down projection asks for FP32 inputs (``ggml_prec_set_src``).
CUDA does not support that, so a batch's weights are copied to the CPU."""
_KIMI_RESIDUALS = 3.2
"""Residuals of earlier blocks that Kimi K3 keeps, less what the experts' phase has of them."""
_RECURRENT = 1.04


def _state_phase(block: GatedDeltaNet | Mamba2 | KimiDelta, hidden: int) -> tuple[float, int]:
    """Activations and bytes a slot of a recurrent layer's phase, from above.

    Seen with 8 to 128 slots: states are alive before and after they change, and the activations
    go with the width of the convolution.
    """
    convolution, state = recurrent_values(block)
    width = convolution / (block.conv_kernel - 1) / hidden
    held = 4 * (convolution + state)
    if isinstance(block, GatedDeltaNet):
        return 1.4 + 3.55 * width, 2 * held
    if isinstance(block, KimiDelta):
        return 3.0 + 5.9 * width, ceil_div(168 * held, 100)
    return 1.0 + 6.6 * width, held


def _expert_rows(moe: MoeFfn, hidden: int) -> tuple[float, float]:
    """Rows of the experts' phase on the CPU, and what a shared expert adds on a card."""
    matrices = 3 if moe.gated else 1  # the squared ReLU of ungated experts is done in place
    experts = matrices * moe.top_k * moe.width / hidden
    out = moe.top_k * (moe.latent_width or hidden) / hidden
    # Expert biases are added to gate, up and down apart, all of top_k rows.
    routed = 4.0 + (3 * moe.top_k if moe.expert_bias else out + experts)
    return routed, out if moe.shared_experts and moe.top_k > 1 else 0.0


@by_identity
def shape_of(profile: ModelProfile) -> Shape:
    """The phases of a model."""
    arch = profile.spec.architecture
    hidden = arch.hidden_size
    rows = rows_cpu = 4 + 3 * widest_dense(profile) / hidden
    moe = moe_of(profile)
    expert_rows = 0.0
    if moe is not None:
        routed, shared = _expert_rows(moe, hidden)
        expert_rows = routed + shared
        rows, rows_cpu = max(rows, expert_rows), max(rows_cpu, routed)
    query = attention = 0.0
    heads = value_width = head_dim = value_head = index_heads = 0
    full = indexed = pooled = recurrent = normed = biased = mixed = kimi = False
    copies: set[tuple[int | None, int]] = set()
    windows: set[int] = set()
    ratios: set[int] = set()
    states: list[tuple[float, int]] = []
    score = score_cpu = copied = picked = 0.0
    for block in profile.kinds:
        if isinstance(block, GatedDeltaNet | Mamba2 | KimiDelta):
            recurrent = True
            kimi = isinstance(block, KimiDelta)
            states.append(_state_phase(block, hidden))
            continue
        if isinstance(block, NoAttention):
            continue
        heads = max(heads, block.heads)
        if isinstance(block, GqaAttention):
            query = max(query, block.heads * block.head_dim / hidden)
            value_head = max(value_head, block.v_head_dim or block.head_dim)
            value = block.kv_heads * (block.v_head_dim or block.head_dim)
            value_width += value
            copies.add((block.window, block.kv_heads * block.head_dim + value))
            head_dim = max(head_dim, block.head_dim)
            mixed = mixed or block.v_from_k
            if block.indexer is not None:
                index_heads = max(index_heads, block.indexer.heads)
            if block.window is None:
                full = True
            else:
                windows.add(block.window)
            normed = block.qk_norm != "none" and not arch.gguf_arch.startswith("gemma")
            biased = block.sinks
            added = block.sinks or block.qkv_bias
            score = score_cpu = copied = 4 + query * (2 if added else 1)
            if block.output_gate:
                score = score_cpu = 4 + 3 * query
                copied = 3 + 6 * query
            elif normed:
                score, score_cpu = 4 + 5 * query, 4 + 2 * query
                copied = 3 + 6 * query
        elif isinstance(block, MlaAttention):
            latent = block.kv_lora_rank + block.qk_rope_head_dim
            key = block.qk_nope_head_dim + block.qk_rope_head_dim
            query = block.heads * block.kv_lora_rank / hidden
            value_head = max(value_head, block.kv_lora_rank)
            attention = 4 + block.heads * (key + 2 * latent) / hidden
            rows, rows_cpu = max(rows, attention), max(rows_cpu, attention)
            copies.add((None, latent))
            copied = rows + query
            score = score_cpu = rows
            full = True
            if block.indexer is not None:
                indexed, pooled = True, block.indexer.pool is not None
                picked = block.indexer.top_k / hidden
        elif isinstance(block, CompressedAttention):
            query = block.heads * block.head_dim / hidden
            head_dim = max(head_dim, block.head_dim)
            windows.add(block.window)
            if block.compress_ratio:
                ratios.add(block.compress_ratio)
    if kimi:
        # With several slots the CPU back end keeps about as much again.
        rows, rows_cpu = rows + _KIMI_RESIDUALS, rows_cpu + 2.1 * _KIMI_RESIDUALS
        score, score_cpu = score + _KIMI_RESIDUALS, score_cpu + _KIMI_RESIDUALS
    elif recurrent:
        rows *= _RECURRENT
    if recurrent:
        copied += 2.1
    if mixed:
        # Heads of two widths (Gemma 4): the wide queries do not fit where the narrow ones lay.
        rows, rows_cpu = rows + query / (1 + (moe is not None)), rows_cpu + query
        score, score_cpu, copied = score + 5, score_cpu + 5, copied + 5
    down_on_host = arch.gguf_arch in DOWN_ON_HOST
    score += 1.6 * down_on_host
    score_cpu += 0.5 * bool(index_heads)
    if moe is not None and moe.top_k == 1 and widest_dense(profile):
        copied += 1.1  # Llama 4 Maverick: dense layers between those with experts
    if moe is not None and not moe.shared_experts and not moe.expert_bias:
        head = 3 * moe.top_k * moe.width / hidden
    else:
        head = 1.0 if recurrent or (moe is not None and moe.top_k == 1) else 0.0
    return Shape(
        rows=rows,
        rows_cpu=rows_cpu,
        attention_rows=attention,
        query=query,
        copy_units=copied,
        score_units=score,
        score_units_cpu=score_cpu,
        normed=normed,
        head_units=head,
        copies=tuple(sorted(copies, key=lambda pair: (pair[0] or 0, pair[1]))),
        value_width=value_width,
        # V4's second matrix is that of the index, half as wide.
        rotation_bytes=head_dim * head_dim * (12 if ratios else 8 * max(len(windows) + full, 1)),
        heads=heads,
        value_head=value_head,
        latent_gap=expert_rows >= rows_cpu - 2,
        index_rows=picked,
        index_heads=index_heads,
        top_k=moe.top_k if moe is not None else 0,
        down_on_host=down_on_host,
        states=tuple(states),
        beside_head=4.0 if index_heads or down_on_host or kimi else 2.2 * mixed,
        indexed_more=(0.0, 0.0) if arch.gguf_arch == "deepseek32" else (3.0, 9.0),
        pooled=pooled,
        mixed=mixed,
        passed=52.0 if arch.gguf_arch == "kimi-k3" else 0.0,
        full=full,
        windows=tuple(sorted(windows)),
        ratios=tuple(sorted(ratios)),
        indexed=indexed,
        recurrent=recurrent,
        biased=biased,
        scaled=arch.gguf_arch == "gemma3",
    )
