"""Each page of printed plans of every kind, on both papers."""

from __future__ import annotations

import re
import shutil

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import Node
from moeplanner_gui.export.parts import parts_list
from moeplanner_gui.ui.export.blocks import filled
from moeplanner_gui.ui.export.pdf import PT_PER_PX, plan_digest
from moeplanner_gui.ui.export.sheet import FOOTER, MARGIN
from tests.ui.export.printed_plans import (
    CATALOG,
    PLANS,
    Printed,
    flash,
    own,
    printed,
    run,
)

pytestmark = [
    pytest.mark.usefixtures("qapp"),
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is missing"),
]
EDGE = MARGIN * PT_PER_PX
FOOT = FOOTER * PT_PER_PX


@pytest.fixture(scope="module", params=[(n, p) for n in PLANS for p in ("A4", "Letter")], ids=str)
def page_set(request, qapp, tmp_path_factory) -> Printed:
    name, paper = request.param
    return printed(PLANS[name], paper, tmp_path_factory.mktemp("printed"))


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_that_no_text_is_outside_of_the_margins(page_set) -> None:
    for width, height, words in page_set.words():
        for left, top, right, bottom, text in words:
            assert left >= EDGE - 1 and right <= width - EDGE + 1, text
            assert top >= 24 and bottom <= height - 12, text


def test_that_nothing_is_printed_into_the_foot_of_a_page(page_set) -> None:
    for _, height, words in page_set.words():
        last = max(bottom for _, top, _, bottom, _ in words if top < height - FOOT - 2)
        assert last <= height - FOOT + 1


def test_that_no_page_is_half_empty_and_the_last_one_has_a_third(page_set) -> None:
    for page in page_set.pages[:-1]:
        assert filled(page, page_set.room) >= 0.5
    assert filled(page_set.pages[-1], page_set.room) >= 1 / 3


def test_that_the_paper_is_used_as_far_as_was_laid_out(page_set) -> None:
    body_top = (MARGIN + 22) * PT_PER_PX
    for (_, height, words), page in zip(page_set.words(), page_set.pages, strict=True):
        body = [w for w in words if body_top - 2 < w[1] < height - FOOT - 2]
        end = body_top + page[-1].bottom * PT_PER_PX
        # A picture may end below its last word.
        assert max(bottom for *_, bottom, _ in body) > end - 60


def test_that_a_heading_is_never_the_last_thing_of_a_page(page_set) -> None:
    for page in page_set.pages:
        assert page[-1].block.heading is None and not page[-1].block.with_next


def test_that_a_row_on_top_of_a_page_has_the_head_of_its_table_above_it(page_set) -> None:
    for page in page_set.pages:
        assert page[0].block.head is None


def test_that_nothing_that_stays_together_is_higher_than_half_a_page(page_set) -> None:
    for page in page_set.pages:
        for placed in page:
            assert placed.height <= page_set.room / 2


def test_that_contents_bookmarks_and_headings_name_the_same_pages(page_set) -> None:
    headings = [
        (str(number), flat(placed.block.heading[0]), placed.block.heading[1])
        for number, page in enumerate(page_set.pages, start=1)
        for placed in page
        if placed.block.heading is not None
    ]
    xml = run("pdftohtml", "-xml", "-i", "-stdout", page_set.path)
    outline = xml.partition("<outline>")[2]
    items = re.findall(r'<item page="(\d+)">(.*?)</item>', outline)
    assert [(p, flat(t)) for p, t in items] == [(p, t) for p, t, _ in headings]
    first = flat(page_set.texts("-layout")[0])
    texts = page_set.texts()
    for page, title, level in headings:
        assert title in flat(texts[int(page) - 1])
        if level == 1:
            assert re.search(rf"{re.escape(title)} +{page}\b", first), title
    # Title and number of an entry are two texts, each within the link.
    assert xml.count("<a href") == 2 * sum(level == 1 for *_, level in headings)


def test_that_the_file_is_read_in_the_order_in_which_it_is_seen(page_set) -> None:
    raw = flat(" ".join(page_set.texts("-raw")))
    verdict = flat(evaluate(page_set.plan, CATALOG).reasons[0])
    places = [raw.index("MoE Planner"), raw.index(verdict), raw.index("Contents")]
    after = places[-1]
    for page in page_set.pages:
        for placed in page:
            if placed.block.heading is not None and placed.block.heading[1] == 1:
                found = raw.find(flat(placed.block.heading[0]), after + 1)
                assert found > after, placed.block.heading
                after = found
    assert places == sorted(places)


def test_that_the_verdict_and_each_part_of_the_bill_are_text(page_set) -> None:
    text = flat(" ".join(page_set.texts("-raw")))
    assert flat(evaluate(page_set.plan, CATALOG).reasons[0]) in text
    for row in parts_list(page_set.plan, CATALOG):
        if "<script>" in row.name:
            continue  # Its hidden signs are gone: looked at below.
        assert re.search(rf"\b{row.count:,} ?{re.escape(row.name)}", text), row.name
        if row.total_usd is not None:
            assert f"{row.total_usd:,.2f}" in text
    assert "Tax" in text and "none included" in text


def test_that_date_versions_and_the_whole_sum_of_the_plan_are_there(page_set) -> None:
    text = "".join(page_set.texts("-raw")[-1].split())
    assert plan_digest(page_set.plan) in text
    assert "2026-11-23" in text and str(CATALOG.date) in text


def test_that_nothing_is_a_picture_and_fonts_are_in_the_file(page_set) -> None:
    assert len(run("pdfimages", "-list", page_set.path).strip().splitlines()) == 2
    for line in run("pdffonts", page_set.path).splitlines()[2:]:
        assert line.split()[-5] == "yes", line


def test_that_dismissed_findings_are_listed_with_their_reasons(qapp, tmp_path) -> None:
    plan = PLANS["all dismissed"]
    text = flat(" ".join(printed(plan, "A4", tmp_path).texts("-raw")))
    assert f"Dismissed ({len(plan.dismissed)})" in text
    for item in plan.dismissed:
        assert item.reason
        assert flat(f"Reason: {item.reason}") in text


def test_that_a_bill_over_two_pages_repeats_its_head(qapp, tmp_path) -> None:
    cards = tuple(own(f"Card {n}", 20_000 + 100 * n, price_usd=100 + n) for n in range(60))
    result = printed(flash(Node(gpus=cards[:30]), Node(gpus=cards[30:])), "Letter", tmp_path)
    rows = [
        page for page in result.texts("-layout") if re.search(r"(?m)^ *1 +Card \d+ .*\.00", page)
    ]
    assert len(rows) >= 2
    assert all("Price from" in page for page in rows)


def test_that_the_bill_has_sums_of_its_groups_and_what_is_mine(qapp, tmp_path) -> None:
    result = printed(PLANS["long bill"], "A4", tmp_path)
    text = flat(" ".join(result.texts("-layout")))
    cards = [row for row in parts_list(result.plan, CATALOG) if row.kind == "Card"]
    assert f"Cards {sum(row.total_usd or 0 for row in cards):,.2f}" in text
    assert re.search(r"8 RTX 4090 .* 2,470\.00 3 12,350\.00", text)


def test_that_hostile_names_are_printed_as_they_are_and_turn_nothing_around(qapp, tmp_path) -> None:
    text = " ".join(printed(PLANS["hostile names"], "Letter", tmp_path).texts("-raw"))
    assert '<b>=HYPERLINK("x")</b>' in flat(text)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f]", text)


class _LongNames:
    """The catalogue, with a card whose name has 10,000 characters."""

    def __init__(self) -> None:
        row = CATALOG.gpu("rtxpro6000")
        name = "<b>\u202eName\n" + "with no end " * 833
        self._row = row.model_copy(update={"name": name, "sources": {"all": "S" * 10_000}})

    def __getattr__(self, name: str):
        return getattr(CATALOG, name)

    def gpu(self, card: str):
        return self._row if card == "rtxpro6000" else CATALOG.gpu(card)


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_that_a_name_of_10000_characters_ends_and_leaves_the_pages_in_order(
    qapp, tmp_path, paper
) -> None:
    result = printed(PLANS["two 96 GB"], paper, tmp_path, _LongNames())
    for page in result.pages[:-1]:
        assert filled(page, result.room) >= 0.5
    for width, _, words in result.words():
        assert all(w[0] >= EDGE - 1 and w[2] <= width - EDGE + 1 for w in words)
    assert len(result.pages) <= 14


def test_that_the_share_of_cases_is_a_number_on_paper(qapp, tmp_path) -> None:
    text = flat(" ".join(printed(PLANS["costs"], "A4", tmp_path).texts("-raw")))
    assert re.search(r"Owning is the cheapest in \d+ % of cases", text)
    assert "…" not in text[text.index("Cost, USD") :].partition("What the cost is computed")[0]
