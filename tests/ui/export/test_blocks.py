"""Where pages end: what stays together, how full pages are, which heads stand again."""

from __future__ import annotations

import random

import pytest

from moeplanner_gui.ui.export.blocks import (
    LEAST_LAST,
    Block,
    Page,
    break_pages,
    fill_pages,
    filled,
)

ROOM = 900.0


def blocks_of(pages: list[Page]) -> list[Block]:
    return [placed.block for page in pages for placed in page]


def random_document(seed: int) -> list[Block]:
    """Headings with paragraphs, charts and tables of all lengths."""
    chance = random.Random(seed)
    made: list[Block] = []
    for _ in range(chance.randint(3, 25)):
        made.append(Block(18.0, before=26.0, with_next=True, heading=("Heading", 1)))
        kind = chance.choice(("text", "chart", "table"))
        if kind == "chart":
            made.append(Block(chance.uniform(120, 230), elastic=True, with_next=True))
            made.append(Block(14.0, before=4.0))
        elif kind == "text":
            made += [Block(chance.uniform(12, 50), before=3.0) for _ in range(chance.randint(1, 9))]
        else:
            head, sign = Block(20.0), object()
            made.append(Block(20.0, with_next=True))
            rows = chance.randint(1, 60)
            for row in range(rows):
                alone = rows > 1 and row in (0, rows - 2)
                height = chance.uniform(18, 60)
                made.append(Block(height, head=head, whole=sign, with_next=alone))
    return made


@pytest.mark.parametrize("seed", range(60))
def test_that_every_block_is_on_a_page_once_in_its_order_and_within_it(seed: int) -> None:
    blocks = random_document(seed)
    pages = fill_pages(blocks, ROOM)
    heads = {id(block.head) for block in blocks if block.head is not None}
    shown = [block for block in blocks_of(pages) if id(block) not in heads]
    assert [id(b) for b in shown] == [id(b) for b in blocks]
    for page in pages:
        below = 0.0
        for placed in page:
            assert placed.top >= below - 0.01
            below = placed.bottom
        assert below <= ROOM + 0.01


@pytest.mark.parametrize("seed", range(60))
def test_that_no_page_is_half_empty_and_the_last_one_has_a_third(seed: int) -> None:
    pages = fill_pages(random_document(seed), ROOM)
    for page in pages[:-1]:
        assert filled(page, ROOM) >= 0.5
    if len(pages) > 1:
        assert filled(pages[-1], ROOM) >= 1 / 3


@pytest.mark.parametrize("seed", range(60))
def test_that_what_belongs_together_is_never_parted(seed: int) -> None:
    for page in fill_pages(random_document(seed), ROOM):
        assert not page[-1].block.with_next
        assert page[-1].block.heading is None


@pytest.mark.parametrize("seed", range(60))
def test_that_a_row_that_begins_a_page_has_its_head_above_it(seed: int) -> None:
    blocks = random_document(seed)
    heads = {id(block.head) for block in blocks if block.head is not None}
    for page in fill_pages(blocks, ROOM):
        first = page[0].block
        assert first.head is None, "a row stands on top of a page without its head"
        if id(first) in heads:
            assert page[1].block.head is first


def test_that_a_nearly_empty_last_page_is_saved_where_spaces_can_do_it() -> None:
    blocks = [Block(40.0, before=10.0) for _ in range(19)]
    assert len(break_pages(blocks, ROOM)) == 2
    assert len(fill_pages(blocks, ROOM)) == 1


def test_that_else_the_pages_before_give_some_of_theirs() -> None:
    blocks = [Block(30.0) for _ in range(32)]
    pages = fill_pages(blocks, ROOM)
    assert len(pages) == 2
    assert filled(pages[-1], ROOM) >= LEAST_LAST
    assert filled(pages[0], ROOM) >= 0.5


def test_that_a_table_stays_whole_where_that_leaves_no_page_too_empty() -> None:
    sign = object()
    table = [Block(30.0, whole=sign, with_next=n == 0) for n in range(10)]
    after = [Block(300.0)]
    pages = break_pages([Block(700.0), *table, *after], ROOM)
    assert [len(page) for page in pages] == [1, 11]
    pages = break_pages([Block(500.0), *table, *[Block(30.0, whole=sign) for _ in range(9)]], ROOM)
    assert len(pages[0]) > 1, "leaving the page would make it too empty"


def test_that_what_is_higher_than_a_page_is_parted_after_all() -> None:
    blocks = [Block(400.0, with_next=True), Block(400.0, with_next=True), Block(400.0)]
    pages = break_pages(blocks, ROOM)
    assert [len(page) for page in pages] == [2, 1]


def test_that_there_is_no_space_above_the_first_thing_of_a_page() -> None:
    pages = break_pages([Block(880.0, before=50.0), Block(100.0, before=50.0)], ROOM)
    assert [page[0].top for page in pages] == [0.0, 0.0]
