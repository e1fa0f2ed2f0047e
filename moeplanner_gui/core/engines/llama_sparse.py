"""llama.cpp's working buffers for sparse attention: V3.2's indexer, V4's compressed layers and
MiniMax M3's blocks.

No closed form is known for these graphs: their score and top-k tensors fall into gaps that the
allocator picks. The functions here are bounds from above on what was allocated at contexts from
1,024 to 1,048,576 tokens, in units of ``T`` (the bytes of one activation row set).
"""

from __future__ import annotations

from typing import Protocol

from moeplanner_gui.core.kv_cache import Cells, window_cells
from moeplanner_gui.core.units import ceil_div


class Options(Protocol):
    """The part of the buffer options that is used here."""

    @property
    def ubatch(self) -> int: ...
    @property
    def slots(self) -> int: ...
    @property
    def unified(self) -> bool: ...
    @property
    def flash_attention(self) -> bool: ...
    @property
    def quantised(self) -> bool: ...
    @property
    def swa_full(self) -> bool: ...


_TOP_K_FREE_CELLS = 1024
_INDEX_BASE = 45.44
_INDEX_BASE_SHORT = 36.73
_LATENT_WIDTH = 576
_ENTRY_WIDTH = 512
_COARSE_STATE_BYTES = 4 * 2 * 128 * _ENTRY_WIDTH
_FEW_SLOTS = 4
_FOUR_MASKS = 4.05
_NINE_MASKS = 9
_THIRTEEN_MASKS = 13
_MANY_ENTRIES = 7
_LONG_MASKS = 16.5


def indexed_units(
    query: float, cells: Cells, options: Options, unit: int, *, cuda: bool
) -> tuple[float, float]:
    """V3.2: peak of a layer, and what stays beside the logits.

    ``n`` is the bytes of one f16 mask in units of ``T``. Two phases: the index scores and the
    attention itself; the second grows faster and takes over at about 65,000 tokens.
    """
    n = 2 * cells.sequence * options.ubatch / unit
    short = cells.sequence <= _TOP_K_FREE_CELLS
    base = (_INDEX_BASE_SHORT if short else _INDEX_BASE) + 2 * n
    steep = max(27.15 + 6 * n, 8.87 + 8 * n)
    if not options.flash_attention:
        scores = query * cells.sequence / _ENTRY_WIDTH
        grown = base + scores + 1.1 * n + (4 * n if cells.sequence > 65_536 else 0)
        return max(grown, scores + steep + 2 * n), 0.0
    if not cuda:
        extra = 8.1 if cells.sequence > 16_384 else 0.0
        return max(base + extra, steep), 0.0
    if not options.quantised:
        return max(base, steep), 0.0
    copy = 2 * cells.context * _LATENT_WIDTH / unit
    beside = query if cells.sequence >= 16_384 else 5.8 if cells.sequence > 4096 else 4.6
    return max(base + beside + copy, steep + copy), 0.0


def pooled_units(
    query: float, cells: Cells, options: Options, unit: int, *, cuda: bool
) -> tuple[float, float]:
    """GLM 5.3 Flash: peak of a layer whose index is pooled over blocks of tokens.

    Bounds from above at 1,024 to 131,072 tokens of a sequence; several slots keep the gathered
    index of each.
    """
    n = 2 * cells.sequence * options.ubatch / unit
    more = 0.0 if cuda else 4.0
    if not options.flash_attention:
        return query * cells.sequence / _ENTRY_WIDTH + 28 + 25.6 * n + more, 0.0
    layer = max(38.0, 31.5 + 12.2 * n)
    if options.slots > 1:
        layer = max(layer, 12.5 + 19.5 * n)
    if options.quantised and cuda:
        more += 2 * cells.context * _LATENT_WIDTH / unit + query
    return layer + more, 13.0


def block_mask_bytes(index_heads: int, cells: Cells, tokens: int, options: Options) -> int:
    """MiniMax M3: what the choice of blocks takes beside the activations and the f16 mask.

    The chosen blocks become an F32 mask for every index head and cell, once as gathered and once
    transposed, one stream after the other; beside it lies an F32 copy of the causal mask
    (llama.cpp, src/models/minimax-m3.cpp). Several sequences in a unified cache, and attention
    without flash attention, are dense.
    """
    if not options.flash_attention or (options.unified and options.slots > 1):
        return 0
    gathered = 8 * index_heads * cells.sequence * ceil_div(tokens, cells.streams)
    return gathered + 4 * cells.sequence * tokens + cells.sequence * tokens // 128


def compressed_units(
    query: float, cells: Cells, options: Options, unit: int, *, cuda: bool
) -> tuple[float, float]:
    """V4: peak of a layer, and what stays beside the logits.

    ``n`` is the bytes of one full f16 mask, ``k`` the bytes of the compressed entries of one
    layer and all slots, both in units of ``T``.
    """
    n = 2 * cells.sequence * options.ubatch / unit
    k = 2 * _ENTRY_WIDTH * (cells.sequence // 4) * options.slots / unit
    cached = window_cells(cells.sequence, 128, 1, False, options.ubatch, full=options.swa_full)
    window = 2 * max(cached, 128 + options.ubatch) * options.ubatch / unit
    wide = max(query - 8, 0.0) * (6.6 if n > 8 else 4.9)
    base = 4.18 + 2.9 * query + wide + 0.5 * n + window
    if not cuda:
        base += 5.0 if options.slots <= _FEW_SLOTS else 8.0
    crowded = 0.0
    several = options.slots > 1 or not cuda or k >= _MANY_ENTRIES
    # A small batch has many entries for its masks.
    many = k > 1.01 * n and k > 0.9 * _FEW_SLOTS
    if options.slots > _FEW_SLOTS or many or (several and n > _LONG_MASKS):
        # The entries of all slots are joined, and the states of all are alive while they change.
        states = options.slots * _COARSE_STATE_BYTES / unit
        crowded = 10.0 + 2.9 * query + wide + 1.2 * n + 1.01 * k + states
        crowded += k * (options.quantised and cuda) + (0.0 if cuda else 8.0)
    if not options.flash_attention:
        held = cached
        # One f32 score for each head, cell and token; heads = query * hidden / 512.
        scores = query * (cells.sequence // 4 + held) / _ENTRY_WIDTH
        layer = base - (0.0 if cuda else 0.8) + 1.95 + 2.45 * max(n - 1, 0.0)
        return max(layer, crowded) + scores, 0.0
    extra = _scattered(n, k, options, cuda=cuda)
    apart = 1.1 * (not cuda and options.slots > 1 and n > 1)
    if n > _FOUR_MASKS:
        least = _least(n, k, quantised=options.quantised, cuda=cuda)
        extra = max(extra, least + 2.9 * max(query - 8, 0.0) - base, apart)
    else:
        extra += apart
    if n > _LONG_MASKS:
        # A large batch has few entries for its masks: the masks alone decide.
        extra = max(extra + 0.8, 20.8 + 1.45 * n + 1.3 * max(query - 8, 0.0) - base)
    if options.swa_full and n >= 1:
        # Full-length windows are joined with the compressed entries for every layer.
        joined = 2 * _ENTRY_WIDTH * cells.sequence * options.slots / unit
        most = max(30.4 + n + 3 * joined, 19.5 + n + 3.51 * joined) + (0.0 if cuda else 4.1)
        extra = max(extra, most - base)
    # With several streams a short context leaves more beside the logits than a long one; a
    # longer context must not seem to need less, so that bound holds for all of them.
    if not cuda or (cells.streams > 1 and not (options.quantised and options.ubatch <= 512)):
        beside_head = 5.8 if cuda else 5.9
    else:
        beside_head = min(2.9 + 0.45 * n, 4.45)
    # The streams of the last layer are an output, and lie behind both copies of its masks.
    beside_head = max(beside_head, 2.42 + 0.25 * n) + 90 / options.ubatch
    return max(base + extra, crowded), beside_head + (0.0 if cuda else 1.0)


def _least(n: float, k: float, *, quantised: bool, cuda: bool) -> float:
    """Peak of a layer with more than four full masks, from above: a longer context seems to need
    no less than a shorter one of which the allocator made less.
    """
    if quantised and not cuda:
        return 45.9 if n > _THIRTEEN_MASKS else 43.08 if n > _NINE_MASKS else 38.7
    if k >= _MANY_ENTRIES:
        if n > _THIRTEEN_MASKS and not cuda:
            return 57.0
        return 51.0 if n > _NINE_MASKS else 48.7
    if n <= _NINE_MASKS:
        return 40.0 if cuda else 44.7
    return 41.75 if cuda else 47.5 if k > 1.5 else 45.75


def _scattered(n: float, k: float, options: Options, *, cuda: bool) -> float:
    """What the compressed entries leave between the other tensors of a layer, from above."""
    if cuda:
        if options.quantised and n <= _FOUR_MASKS:
            # The f16 copy of the entries, and the states of every slot.
            return k + 0.5 + 51 * options.slots / options.ubatch + 1.05 * (n > 3.5 and k > 2)
        extra = 0.0 if n < 3.9 or (k <= 1.01 and n <= 4.01) else min(4 * k + 0.4, n + 4.6)
        if options.quantised:
            extra = max(extra, 1.365 * k + 0.8 * n - 0.87)
            if n > _LONG_MASKS:
                extra = max(extra, 1.45 * k + 0.97 * n - 3.28)
        return extra
    if options.quantised:
        return max(3.4, 0.76 * k, min(7.75, 1.1 * k - 1.0)) if n > 8 else 0.0
    least = 2.05 if options.slots > 1 and n > 3.9 else 0.0
    if k > 1.01 * n and k > 1:
        least = 3.1  # a small batch
    masks = 1.0667 * n - (1.15 if options.slots > 1 else 0.45)
    return max(min(0.38 + 2.78 * k, masks), least) if k > 0.99 else least
