"""Where pages end: blocks of known height fill page after page. Knows no paper and no painter.

A block is never cut. What belongs together (a heading and what follows, a chart and its sentence,
the last two rows of a table) moves together, and the head of a table stands again on each page
that the table reaches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from moeplanner_gui.core.records import dataclass

LEAST_LAST = 0.35
"""A last page filled less than this share looks like a mistake: a third, and a little more."""
LEAST_PAGE = 0.55
"""No other page is emptier, so that the last one gets something: a half, and a little more."""
LEAST_WHOLE = 0.72
"""A table goes to the next page to stay whole where the page that it leaves is fuller than this."""
_CLOSER = ((0.85, 1.0), (0.75, 0.97), (0.65, 0.94), (0.65, 0.88))
"""Shares of the spaces and of the heights of charts, to try when a last page is nearly empty."""

_OTHER = (
    (1.0, 1.0), (1.15, 1.0), (1.0, 1.06), (0.9, 1.0), (1.3, 1.06), (1.0, 0.94), (1.3, 1.12),
    (0.8, 1.0), (1.5, 1.0), (0.85, 0.94), (1.15, 0.94), (0.7, 1.06), (1.5, 1.15), (0.9, 0.9),
)  # fmt: skip
"""The same, to try where the page cannot be saved but should have more on it."""


@dataclass(slots=True)
class Block:
    """Something of ``height`` CSS pixels that ``draws`` paint.

    Attributes:
        height: Without the space above.
        draws: Called with the painter, whose origin is the block's corner, and its height.
        before: The space above; none at the top of a page.
        with_next: It stays on the page of the next block.
        elastic: Its height may be changed by a fifth, as that of a chart.
        whole: Blocks with the same sign, a table, stay together where no page gets too empty.
        head: What stands above it where it begins a page, for the rows of a table.
        heading: The text and the level (1 or 2) of a heading, which the outline lists.
    """

    height: float
    draws: tuple[Any, ...] = ()
    before: float = 0.0
    with_next: bool = False
    elastic: bool = False
    whole: object = None
    head: Block | None = None
    heading: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A block on a page: how far from the top, and how high it became."""

    block: Block
    top: float
    height: float

    @property
    def bottom(self) -> float:
        """How far the page is used up to and with this block."""
        return self.top + self.height


Page = list[Placed]


def fill_pages(blocks: Sequence[Block], room: float) -> list[Page]:
    """Put all blocks on pages of ``room`` pixels, the last page filled by more than a third.

    Where it would not be, things move closer together if that saves the page; else the pages
    before it end a little earlier.
    """
    pages = break_pages(blocks, room)
    if len(pages) < 2 or filled(pages[-1], room) >= LEAST_LAST:
        return pages
    for spaces, charts in _CLOSER:
        closer = break_pages(blocks, room, spaces=spaces, charts=charts)
        if len(closer) < len(pages):
            if len(closer) > 1 and filled(closer[-1], room) < LEAST_LAST:
                break
            return closer
    return _with_more_on_the_last(blocks, room, pages)


def _with_more_on_the_last(blocks: Sequence[Block], room: float, pages: list[Page]) -> list[Page]:
    """The same with more on the last page, or what comes nearest to that.

    What is moved are whole groups, so a small change can move much or nothing: several are tried,
    those that are seen least first.
    """
    best = pages
    for percent in range(97, int(100 * LEAST_PAGE), -3):
        before_last = len(pages) - 2
        tried = break_pages(blocks, room, limit=room * percent / 100, limit_from=before_last)
        if len(tried) > len(pages) or filled(tried[before_last], room) < LEAST_PAGE:
            break
        if filled(tried[-1], room) >= LEAST_LAST:
            return tried
    for percent in range(100, int(100 * LEAST_PAGE), -3):
        for spaces, charts in _OTHER:
            limit = room * percent / 100
            tried = break_pages(blocks, room, spaces=spaces, charts=charts, limit=limit)
            if len(tried) > len(pages) + 1:
                continue
            if min(filled(page, room) for page in tried[:-1]) < LEAST_PAGE:
                continue
            if filled(tried[-1], room) > filled(best[-1], room):
                best = tried
            if filled(best[-1], room) >= LEAST_LAST:
                return best
    return best


def filled(page: Page, room: float) -> float:
    """How much of a page is used, from 0 to 1."""
    return page[-1].bottom / room if page else 0.0


def break_pages(
    blocks: Sequence[Block],
    room: float,
    *,
    spaces: float = 1.0,
    charts: float = 1.0,
    limit: float | None = None,
    limit_from: int = 0,
) -> list[Page]:
    """Put the blocks on pages, each as full as what belongs together allows.

    Args:
        blocks: In reading order.
        room: The height of a page.
        spaces: What is left of the spaces between blocks.
        charts: What is left of the heights of elastic blocks.
        limit: Where a page ends; what is higher than that may use the whole page.
        limit_from: The first page, counted from 0, that ends there.
    """
    short = room if limit is None else limit
    pages: list[Page] = [[]]
    used = 0.0
    groups = _groups(blocks)
    for number, group in enumerate(groups):
        limit = short if len(pages) > limit_from else room
        run = _run(groups, number)
        if len(run) > 1 and used > room * LEAST_WHOLE:
            flat = [block for part in run for block in part]
            height = _on_fresh_page(flat, spaces, charts)
            if used + flat[0].before * spaces + height > limit and height <= room:
                pages.append([])
                used = 0.0
                limit = short if len(pages) > limit_from else room
        whole = sum(_height(b, charts) + b.before * spaces for b in group)
        if not pages[-1]:
            whole -= group[0].before * spaces
        fits = used + whole <= limit
        # What belongs together but is higher than a page is parted after all.
        together = _on_fresh_page(group, spaces, charts) <= room
        if not fits and together and pages[-1]:
            pages.append([])
            used = 0.0
        for block in group:
            height = _height(block, charts)
            above = block.before * spaces if pages[-1] else 0.0
            if not together and pages[-1] and used + above + height > limit:
                pages.append([])
                used = above = 0.0
            if not pages[-1] and block.head is not None:
                pages[-1].append(Placed(block.head, 0.0, block.head.height))
                used, above = block.head.height, 0.0
            pages[-1].append(Placed(block, used + above, height))
            used += above + height
    return pages


def _run(groups: Sequence[list[Block]], start: int) -> Sequence[list[Block]]:
    """The groups of one table, if the table begins with the group at ``start``."""
    sign = groups[start][-1].whole
    if sign is None or (start and groups[start - 1][-1].whole is sign):
        return ()
    end = start + 1
    while end < len(groups) and groups[end][0].whole is sign:
        end += 1
    return groups[start:end]


def _on_fresh_page(group: Sequence[Block], spaces: float, charts: float) -> float:
    first = group[0]
    head = first.head.height if first.head is not None else 0.0
    rest = sum(_height(b, charts) + b.before * spaces for b in group) - first.before * spaces
    return head + rest


def _height(block: Block, charts: float) -> float:
    return block.height * charts if block.elastic else block.height


def _groups(blocks: Sequence[Block]) -> list[list[Block]]:
    """Runs of blocks that stay on one page."""
    groups: list[list[Block]] = []
    open_group = False
    for block in blocks:
        if open_group:
            groups[-1].append(block)
        else:
            groups.append([block])
        open_group = block.with_next
    return groups
