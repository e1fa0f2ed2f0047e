"""SGLang's pool of tokens: bytes of one layer of every attention kind for all users.

Every rank has one pool for all its users: as many token slots as their contexts need, window
layers with a share of these, states by the request. Knows no placement.

Source: SGLang 0.5.23, ``model_executor/pool_configurator.py`` (cell sizes, the windows' share,
DeepSeek V4's pools), ``mem_cache/kv_cache_configurator.py`` (states by request),
``mem_cache/deepseek_v4_memory_pool.py`` (rings), ``configs/mamba_utils.py``.
"""

from __future__ import annotations

from functools import lru_cache

from moeplanner_gui.core.engines.profile import profile_of
from moeplanner_gui.core.engines.vllm_pages import CacheOptions, Recurrent, state_bytes
from moeplanner_gui.core.model import (
    Attention,
    CompressedAttention,
    GqaAttention,
    MlaAttention,
    ModelSpec,
    NoAttention,
)
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import ceil_div, pad_to

PAGE_TOKENS = 64
"""The largest page of the usual back ends (1 to 64); a larger page rounds up by more."""
V4_PAGE_TOKENS = 256
WINDOW_SHARE = (4, 5)
"""``--swa-full-tokens-ratio``: slots of a window layer for each slot of a full layer."""
STATES_PER_USER = 5
"""Three states a request, and two to follow a prefix while the next step is prepared."""
STATE_SHARE = (9, 10)
"""``--mamba-full-memory-ratio``: memory of the states against that of the tokens."""
_EVICTION = 128
_WINDOW_ARCHS = frozenset({"gpt-oss", "llama4", "gemma4", "mimo2", "step35", "deepseek4"})
"""Models whose windows have a pool of their own; the windows of others are kept whole."""


@dataclass(frozen=True, slots=True)
class TokenPool:
    """The pool of one rank.

    Attributes:
        kinds: The distinct attention blocks, that of the prediction layer included.
        kind_of: For each layer the position in ``kinds``, prediction layers last.
        options: Ranks, cache type and drafted tokens.
        users: Sequences of this replica.
        chunk_tokens: Tokens of a prompt chunk.
        windows: Window layers have a pool of their own.
        page_tokens: Tokens of a page.
    """

    kinds: tuple[Attention, ...]
    kind_of: tuple[int, ...]
    options: CacheOptions
    users: int
    chunk_tokens: int
    windows: bool
    page_tokens: int

    def counts(self, first: int, past: int) -> tuple[int, ...]:
        """Layers of every kind in ``first .. past - 1``."""
        held = self.kind_of[first:past]
        return tuple(held.count(kind) for kind in range(len(self.kinds)))

    def slots(self, tokens: int) -> int:
        """Token slots of a layer that sees all tokens.

        Where windows have their own pool it must hold one window and a page, which sets a least
        number for the other.
        """
        slots = self.users * pad_to(tokens, self.page_tokens)
        if self.windows:
            widest = max(
                (b.window for b in self.kinds if isinstance(b, GqaAttention) and b.window),
                default=0,
            )
            if widest:
                part, whole = WINDOW_SHARE
                least = ceil_div((widest + 2 * self.page_tokens) * whole, part)
                slots = max(slots, pad_to(least, self.page_tokens))
        return slots

    def sizes(self, tokens: int) -> tuple[int, ...]:
        """Bytes of one layer of every kind for all users of ``tokens`` tokens each."""
        slots = self.slots(tokens)
        return tuple(self._layer(block, slots) for block in self.kinds)

    def _layer(self, block: Attention, slots: int) -> int:
        if isinstance(block, NoAttention):
            return 0
        if isinstance(block, CompressedAttention):
            return self._v4_layer(block, slots)
        if isinstance(block, Recurrent):
            # One more slot is a dummy for padded batches.
            states = STATES_PER_USER * self.users + 1
            drafts = self.options.drafts * (self.users + 1)
            return (states + drafts) * state_bytes(block, self.options)
        if isinstance(block, GqaAttention) and block.window is not None and self.windows:
            part, whole = WINDOW_SHARE
            slots = slots * part // whole
        return (slots + self.page_tokens) * self._cell(block)

    def _cell(self, block: MlaAttention | GqaAttention) -> int:
        """Bytes of one token in one layer."""
        size = 1 if self.options.fp8 else 2
        if isinstance(block, MlaAttention):
            latent = block.kv_lora_rank + block.qk_rope_head_dim
            if block.indexer is None:
                return latent * size
            index = block.indexer.head_dim + 4 * ceil_div(block.indexer.head_dim, 128)
            packed = block.kv_lora_rank + block.kv_lora_rank // 32 + 2 * block.qk_rope_head_dim
            entry = packed if self.options.fp8 else 2 * latent
            return entry + ceil_div(index, block.indexer.pool or 1)
        heads = max(ceil_div(block.kv_heads, self.options.tensor_parallel), 1)
        cell = heads * (block.head_dim + (block.v_head_dim or block.head_dim)) * size
        return cell if block.indexer is None else cell + 2 * block.indexer.head_dim

    def _v4_layer(self, block: CompressedAttention, slots: int) -> int:
        page, users = self.page_tokens, self.users
        entry = pad_to(page * 584, 576)
        # Windows: every request with the tokens between two evictions and a page to grow, two
        # chunks under way, and four tails of cached prefixes for each request.
        per_user = block.window + _EVICTION * max(self.options.drafts, 1) + 2 * page
        tails = 4 * users * (block.window + page)
        window = pad_to(per_user * users + 2 * self.chunk_tokens + page + tails, page)
        pages = window // page + 1
        size = pages * entry
        ratio = block.compress_ratio
        if ratio == 0:
            return size
        held = slots // page + 1
        size += held * pad_to(page // ratio * 584, 576)
        drafted = self.options.drafts > 0
        if block.indexer is None:
            ring = 2 * ratio if drafted else ratio
            rows = pad_to((users + 1) * ring + ring + 1, 128)
            return size + rows * 2 * 4 * block.head_dim
        size += held * (page // ratio) * (block.indexer.head_dim + 4)
        ring = 16 if drafted else 8
        return size + (pages * ring) * 16 * (block.head_dim + block.indexer.head_dim)

    def unused(self, counts: tuple[int, ...], sizes: tuple[int, ...]) -> int:
        """What the fixed split between states and tokens leaves idle on this stage.

        States get 0.9 bytes for every byte of the tokens, whichever of the two needs more.
        """
        states = tokens = 0
        for block, count, size in zip(self.kinds, counts, sizes, strict=True):
            if isinstance(block, Recurrent):
                states += count * size
            else:
                tokens += count * size
        if not states or not tokens:
            return 0
        part, whole = STATE_SHARE
        by_tokens = tokens + ceil_div(tokens * part, whole)
        by_states = states + ceil_div(states * whole, part)
        return max(by_tokens, by_states) - states - tokens


@lru_cache(maxsize=1024)
def pool_of(
    spec: ModelSpec, ranks: int, fp8: bool, mtp: bool, users: int, chunk_tokens: int
) -> TokenPool:
    """The pool of a model for so many users."""
    arch = spec.architecture
    profile = profile_of(spec)
    kinds, kind_of = list(profile.kinds), list(profile.kind_of)
    if mtp and arch.mtp is not None:
        block = arch.attention[arch.mtp.attention or arch.attention_pattern.expand(arch.layers)[-1]]
        if block not in kinds:
            kinds.append(block)
        kind_of += [kinds.index(block)] * arch.mtp.layers
    compressed = any(isinstance(block, CompressedAttention) for block in kinds)
    options = CacheOptions(
        tensor_parallel=ranks,
        fp8=fp8,
        drafts=2 if mtp else 0,
        state_bytes=4,
    )
    return TokenPool(
        tuple(kinds),
        tuple(kind_of),
        options,
        users,
        chunk_tokens,
        arch.gguf_arch in _WINDOW_ARCHS,
        V4_PAGE_TOKENS if compressed else PAGE_TOKENS,
    )
