"""vLLM's pool of KV blocks: which layers share a block, how wide it is, how many are claimed.

All layers of a rank draw from one pool of equal blocks. Layers are put into groups; a block
belongs to one group at a time and is as wide as the widest group, so that a sequence takes the
sum of the blocks of its groups, each at the full width. That is what vLLM wants free before it
starts, and it is more than the pages that hold something.

Source: vLLM 0.33.0, ``v1/core/kv_cache_planning.py`` (``get_kv_cache_groups``,
``_get_packed_kv_cache_groups``, ``_get_kv_cache_groups_uniform_page_size``,
``_max_memory_usage_bytes_from_groups``).
"""

from __future__ import annotations

from collections.abc import Sequence

from moeplanner_gui.core.engines.vllm_pages import Page, made_equal
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import ceil_div

_Item = tuple[int, Page]


@dataclass(frozen=True, slots=True)
class Group:
    """Layers with one block table: ``members`` are layer and page, ``page`` rules the blocks."""

    page: Page
    members: tuple[_Item, ...]

    def width(self, first: int, past: int) -> int:
        """Bytes of a block for the layers ``first .. past - 1``."""
        return sum(page.page_bytes for layer, page in self.members if first <= layer < past)


@dataclass(frozen=True, slots=True)
class Pool:
    """The plan of the pool.

    Attributes:
        groups: The groups of all layers.
        pages: The pages of every layer as they are stored, after they were made equal.
    """

    groups: tuple[Group, ...]
    pages: tuple[tuple[Page, ...], ...]

    def block_bytes(self, first: int, past: int) -> int:
        """Bytes of one block on a rank that has the layers ``first .. past - 1``."""
        return max((group.width(first, past) for group in self.groups), default=0)

    def blocks(self, tokens: int, users: int, in_flight: int) -> int:
        """Blocks that ``users`` sequences of this length claim, with the one that stays empty.

        The tokens of the steps under way are shared by all users, but each of them may begin
        one more block.
        """
        total = 1
        for group in self.groups:
            page = group.page
            held = page.held(tokens)
            total += users * held
            more = page.admitted(tokens, in_flight) - held
            if more > 0:
                spread = ceil_div(in_flight, page.block_tokens) + users
                total += min(users * more, spread)
        return total


def plan_pool(layers: Sequence[tuple[Page, ...]], *, packed: bool) -> Pool:
    """Group the pages of all layers the way vLLM does.

    Args:
        layers: The pages of every layer in order.
        packed: Blocks hold the pages of all layers side by side (DeepSeek V4), so pages of
            different sizes need not be made equal.
    """
    items = [(layer, page) for layer, pages in enumerate(layers) for page in pages]
    if not items:
        return Pool((), tuple(layers))
    if len({_manager(page) for _, page in items}) == 1:
        return Pool((Group(items[0][1], tuple(items)),), tuple(layers))
    if packed:
        return Pool(tuple(_packed(items)), tuple(layers))
    equal = made_equal(tuple(dict.fromkeys(page for _, page in items)))
    stored = tuple(tuple(equal[page] for page in pages) for pages in layers)
    items = [(layer, page) for layer, pages in enumerate(stored) for page in pages]
    return Pool(tuple(_repeated(items)), stored)


def _manager(page: Page) -> tuple[str, int, int]:
    """What must be equal for layers to share one block table; for states that is their size."""
    if page.kind == "state":
        return page.kind, page.page_bytes, page.states
    return page.kind, page.block_tokens, page.window


def _buckets(items: Sequence[_Item]) -> list[list[_Item]]:
    found: dict[tuple[str, int, int], list[_Item]] = {}
    for item in items:
        found.setdefault(_manager(item[1]), []).append(item)
    return list(found.values())


def _repeated(items: Sequence[_Item]) -> list[Group]:
    """Groups with the same number of layers, that of the rarest kind."""
    buckets = _buckets(items)
    least, most = min(map(len, buckets)), max(map(len, buckets))
    size = most if most < 1.5 * least else least
    groups = []
    for bucket in buckets:
        count = ceil_div(len(bucket), size)
        groups += [Group(bucket[0][1], tuple(bucket[i::count])) for i in range(count)]
    return groups


def _packed(items: Sequence[_Item]) -> list[Group]:
    """Groups of pages of several sizes side by side, cut so that blocks become equally wide."""
    buckets = []
    for bucket in _buckets(items):
        sizes: dict[int, list[_Item]] = {}
        for item in bucket:
            sizes.setdefault(item[1].page_bytes, []).append(item)
        balanced = len({len(members) for members in sizes.values()}) == 1
        buckets.append((bucket, sizes, balanced))
    floor = max(
        (_repeats(sizes) for _, sizes, balanced in buckets if balanced and len(sizes) > 1),
        default=0,
    )
    repeats = 0
    if floor:
        repeats = _least_padding(
            [_repeats(sizes) for _, sizes, balanced in buckets if balanced], floor
        )
    counts = [
        ceil_div(_repeats(sizes), repeats) if balanced and repeats else 1
        for _, sizes, balanced in buckets
    ]
    groups = []
    anchor = max(
        sum(
            ceil_div(len(members), len(bucket) if not repeats and _recycles(bucket) else count)
            * size
            for size, members in sizes.items()
        )
        for (bucket, sizes, _), count in zip(buckets, counts, strict=True)
    )
    for (bucket, sizes, _), wanted in zip(buckets, counts, strict=True):
        count = wanted
        if not repeats and _recycles(bucket):
            fitting = max(anchor // bucket[0][1].page_bytes, 1)
            count = max(count, ceil_div(len(bucket), fitting))
        if count == 1:
            groups.append(Group(bucket[0][1], tuple(bucket)))
            continue
        rows = list(zip(*sizes.values(), strict=False))
        for i in range(count):
            members = tuple(item for row in rows[i::count] for item in row)
            groups.append(Group(bucket[0][1], members))
    return groups


def _recycles(bucket: Sequence[_Item]) -> bool:
    return bucket[0][1].kind in ("window", "state")


def _repeats(sizes: dict[int, list[_Item]]) -> int:
    return max(map(len, sizes.values()))


def _least_padding(values: Sequence[int], least: int) -> int:
    """The largest of the sizes from ``least`` on that rounds all values up by the fewest."""
    best, fewest = least, None
    for size in range(least, max(values) + 1):
        padding = sum(-value % size for value in values)
        if fewest is None or padding <= fewest:
            best, fewest = size, padding
    return best
