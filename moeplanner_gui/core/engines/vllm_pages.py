"""What vLLM stores in one block of its KV cache, for every attention kind.

Knows page sizes and how many blocks a sequence claims; knows no placement and no weights. The
pool that all layers share is planned in :mod:`moeplanner_gui.core.engines.vllm_pool`.

Source of every rule: vLLM 0.33.0, ``v1/kv_cache_interface.py`` (specs and their blocks),
``v1/core/kv_cache_planning.py``, ``models/deepseek_v4/{attention,compressor}.py``,
``v1/attention/backends/mla/sparse_swa.py``, ``model_executor/layers/mamba/mamba_utils.py`` and
``platforms/interface.py`` (block size of hybrid models).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from moeplanner_gui.core.model import (
    Attention,
    CompressedAttention,
    GatedDeltaNet,
    GqaAttention,
    KimiDelta,
    Mamba2,
    MlaAttention,
    NoAttention,
)
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import ceil_div, pad_to

V4_BLOCK_TOKENS = 256
MLA_BLOCK_TOKENS = 64
GQA_BLOCK_TOKENS = 16
POOLED_INDEX_BLOCK_TOKENS = 128
"""MiniMax-M3's index kernels take blocks of 128 tokens only."""
_V4_PACKED_ALIGN = 576
_V4_PLAIN_ALIGN = 512
_V4_WINDOW_BLOCK = 64
_V4_ENTRY_PACKED = 584
"""448 FP8 values, 64 BF16 rope values and 8 bytes of scales."""
_HYBRID_MLA_ALIGN = 128

Recurrent = GatedDeltaNet | Mamba2 | KimiDelta


@dataclass(frozen=True, slots=True)
class CacheOptions:
    """What decides a page beside the model.

    Attributes:
        tensor_parallel: Ranks that share a layer.
        fp8: ``--kv-cache-dtype fp8``, or what ``auto`` becomes.
        drafts: Speculative tokens of a step; 1 with the checkpoint's prediction layer.
        state_bytes: Bytes of a value of the recurrent state (the convolution is 16-bit).
        packed_v4: DeepSeek V4's packed FP8 entries; False stores plain 16-bit rows.
    """

    tensor_parallel: int = 1
    fp8: bool = False
    drafts: int = 0
    state_bytes: int = 4
    packed_v4: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """One layer's part of one block.

    Attributes:
        kind: Whether the cache grows with the sequence, keeps a window of it, keeps a chunk of
            it, or is one state for the whole sequence.
        block_tokens: Tokens of a block; 0 for a state.
        page_bytes: Bytes that a block of this layer takes, padding included.
        window: Tokens that are kept; 0 where all are.
        states: Blocks of a state that a sequence holds.
    """

    kind: Literal["full", "window", "chunk", "state"]
    block_tokens: int
    page_bytes: int
    window: int = 0
    states: int = 0

    def held(self, tokens: int) -> int:
        """Blocks that a sequence of this length holds between two steps.

        A window of w tokens and the one being written touch at most ``ceil(w / block) + 1``
        blocks.
        """
        if self.kind == "state":
            return self.states
        blocks = ceil_div(tokens, self.block_tokens)
        if self.kind == "full":
            return blocks
        if self.kind == "chunk":
            return min(ceil_div(self.window, self.block_tokens), blocks)
        return min(ceil_div(self.window, self.block_tokens) + 1, blocks)

    def admitted(self, tokens: int, in_flight: int) -> int:
        """Blocks that vLLM wants free before it admits a sequence of this length.

        What leaves a window is freed only when the step is done, so all tokens of the steps
        under way count too (``max_admission_blocks_per_request``).
        """
        if self.kind in ("state", "full"):
            return self.held(tokens)
        if self.kind == "chunk":
            return ceil_div(min(self.window + in_flight, tokens), self.block_tokens)
        kept = min(self.window - 1 + in_flight, tokens)
        return ceil_div(kept, self.block_tokens) + 1


def vllm_block_tokens(blocks: tuple[Attention, ...], options: CacheOptions | None = None) -> int:
    """Tokens of a block of the layers that see the whole sequence.

    256 for V4, 128 for MiniMax-M3's index, 64 for latent attention, else 16. Beside recurrent
    layers the block is made so long that its page holds the state of one of them.
    """
    if any(isinstance(block, CompressedAttention) for block in blocks):
        return V4_BLOCK_TOKENS
    latent = any(isinstance(block, MlaAttention) for block in blocks)
    indexed = any(isinstance(b, GqaAttention) and b.indexer is not None for b in blocks)
    size = MLA_BLOCK_TOKENS if latent else GQA_BLOCK_TOKENS
    size = POOLED_INDEX_BLOCK_TOKENS if indexed else size
    if options is None:
        return size
    state = max((state_bytes(b, options) for b in blocks if isinstance(b, Recurrent)), default=0)
    # vLLM takes the page of one token from the model's first attention; the smallest gives the
    # longest block, which is the safe side where kinds differ.
    token = min(
        (
            pages[0].page_bytes
            for block in blocks
            if (pages := pages_of(block, options, 1)) and pages[0].block_tokens
        ),
        default=0,
    )
    if not state or not token:
        return size
    align = max(size, _HYBRID_MLA_ALIGN) if latent else size
    return max(size, align * ceil_div(state, align * token))


def pages_of(block: Attention, options: CacheOptions, block_tokens: int) -> tuple[Page, ...]:
    """The pages of one layer of this kind on one rank, before pages are made equal.

    Latent attention, V4 and index keys have one KV head and are kept whole on every rank; the
    heads of grouped-query attention are divided until each rank has one.

    Args:
        block: The attention of the layer.
        options: See :class:`CacheOptions`.
        block_tokens: From :func:`vllm_block_tokens`.
    """
    if isinstance(block, NoAttention):
        return ()
    if isinstance(block, CompressedAttention):
        return _v4_pages(block, options)
    if isinstance(block, Recurrent):
        # Prefix caching is on by default, which keeps the state of the last block beside the
        # running one ("align"), and one more for each drafted token and for a checkpoint.
        checkpoint = 1 if isinstance(block, GatedDeltaNet) else 0
        states = 2 + options.drafts + checkpoint
        return (Page("state", 0, state_bytes(block, options), states=states),)
    if isinstance(block, MlaAttention):
        return _latent_pages(block, options, block_tokens)
    heads = max(ceil_div(block.kv_heads, options.tensor_parallel), 1)
    entry = heads * (block.head_dim + (block.v_head_dim or block.head_dim))
    size = block_tokens * entry * (1 if options.fp8 else 2)
    if block.window is not None:
        kind: Literal["chunk", "window"] = "chunk" if block.chunked else "window"
        return (Page(kind, block_tokens, size, block.window),)
    pages = [Page("full", block_tokens, size)]
    if block.indexer is not None:
        pages.append(Page("full", block_tokens, block_tokens * 2 * block.indexer.head_dim))
    return tuple(pages)


def _latent_pages(
    block: MlaAttention, options: CacheOptions, block_tokens: int
) -> tuple[Page, ...]:
    latent = block.kv_lora_rank + block.qk_rope_head_dim
    if block.indexer is None:
        return (Page("full", block_tokens, block_tokens * latent * (1 if options.fp8 else 2)),)
    # fp8_ds_mla: FP8 values, one FP32 scale for 128 of them, 16-bit rope values.
    packed = block.kv_lora_rank + block.kv_lora_rank // 32 + 2 * block.qk_rope_head_dim
    entry = packed if options.fp8 else 2 * latent
    index = block.indexer.head_dim + 4 * ceil_div(block.indexer.head_dim, 128)
    pool = block.indexer.pool or 1
    pages = [
        Page("full", block_tokens, block_tokens * entry),
        Page("full", block_tokens, ceil_div(block_tokens, pool) * index),
    ]
    if pool > 1:
        # The unfinished pool's keys and scores, 16-bit, in a ring of whole pools a sequence.
        ring = pool
        while ring < pool + options.drafts:
            ring *= 2
        pages.append(Page("state", 0, ring * 4 * block.indexer.head_dim, states=1))
    return tuple(pages)


def _v4_pages(block: CompressedAttention, options: CacheOptions) -> tuple[Page, ...]:
    align = _V4_PACKED_ALIGN if options.packed_v4 else _V4_PLAIN_ALIGN
    entry = _V4_ENTRY_PACKED if options.packed_v4 else 2 * block.head_dim

    def page(kind: Literal["full", "window"], tokens: int, size: int, window: int = 0) -> Page:
        return Page(kind, tokens, pad_to(size, align), window)

    pages = [page("window", _V4_WINDOW_BLOCK, _V4_WINDOW_BLOCK * entry, block.window)]
    ratio = block.compress_ratio
    if ratio == 0:
        return tuple(pages)
    rows = V4_BLOCK_TOKENS // ratio
    pages.append(page("full", V4_BLOCK_TOKENS, rows * entry))
    if block.indexer is None:
        # Key and score of every token of the unfinished group, FP32, in blocks of 8 tokens.
        pages.append(page("window", 8, 8 * 4 * 2 * block.head_dim, ratio))
        return tuple(pages)
    index = block.indexer.head_dim + 4 * ceil_div(block.indexer.head_dim, 128)
    pages.append(page("full", V4_BLOCK_TOKENS, rows * index))
    # Overlapping groups keep two of double width, in blocks of 4 tokens.
    pages.append(page("window", 4, 4 * 4 * 4 * block.head_dim, 2 * ratio))
    pages.append(page("window", 4, 4 * 4 * 4 * block.indexer.head_dim, 2 * ratio))
    return tuple(pages)


def state_bytes(block: Recurrent, options: CacheOptions) -> int:
    """Bytes of the convolution's window and of the state of one layer, sequence and rank.

    Heads and channels are divided; groups of Mamba-2 that do not divide are repeated until
    every rank has one. Each drafted token makes the convolution's window longer by one.
    """
    ranks = options.tensor_parallel
    if isinstance(block, GatedDeltaNet):
        inner = block.v_heads * block.v_head_dim
        width = inner + 2 * block.k_heads * block.k_head_dim
        state = inner * block.k_head_dim
    elif isinstance(block, Mamba2):
        inner = block.heads * block.head_dim
        groups = block.groups if block.groups % ranks == 0 else max(ranks, block.groups)
        width = inner + 2 * groups * block.state_size
        state = inner * block.state_size
    else:
        inner = block.heads * block.head_dim
        width, state = 3 * inner, inner * block.head_dim
    convolution = (block.conv_kernel - 1 + options.drafts) * ceil_div(width, ranks)
    return 2 * convolution + options.state_bytes * ceil_div(state, ranks)


def is_packed(blocks: tuple[Attention, ...]) -> bool:
    """True where a block holds the pages of all layers side by side: DeepSeek V4 and latent
    attention with pooled index keys, whose kernels ask for that layout.
    """
    return any(
        isinstance(block, CompressedAttention)
        or (
            isinstance(block, MlaAttention)
            and block.indexer is not None
            and block.indexer.pool is not None
        )
        for block in blocks
    )


def made_equal(pages: tuple[Page, ...]) -> dict[Page, Page]:
    """Every distinct page with the one it becomes where layers of several kinds share a pool.

    The largest page decides. A smaller one that divides it holds more tokens in a block; any
    other, and every state, is padded.
    """
    largest = max((page.page_bytes for page in pages), default=0)
    equal = {}
    for page in pages:
        times, rest = divmod(largest, page.page_bytes)
        if page.kind != "state" and rest == 0:
            equal[page] = replace(page, block_tokens=page.block_tokens * times, page_bytes=largest)
        else:
            equal[page] = replace(page, page_bytes=largest)
    return equal
