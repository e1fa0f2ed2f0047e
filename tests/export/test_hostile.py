"""Names and notes that are meant to do harm come out of every text format as harmless words."""

from __future__ import annotations

import csv
import io
import shlex
import unicodedata
from datetime import date
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from moeplanner_gui.export.bill_csv import BILL_HEADER, bill_csv
from moeplanner_gui.export.csv import encode_csv, parts_csv
from moeplanner_gui.export.figures_csv import FIGURES_HEADER, figures_csv
from moeplanner_gui.export.launch import NoCommandError, launch_text
from moeplanner_gui.export.markdown import plan_markdown
from moeplanner_gui.export.safe_text import (
    harmless_tab_separated,
    markdown_text,
    one_line,
    spreadsheet_cell,
    tab_separated,
)
from tests.export.hostile_plans import hostile_case
from tests.hostile import HOSTILE

everything_hostile = pytest.mark.parametrize("name", list(HOSTILE))


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would run it: as it stands or after what it skips."""
    seen = "".join(c for c in cell if unicodedata.category(c) not in ("Cf", "Cc")).strip()
    if not seen or seen[0] not in "=+-@＝＋－＠":
        return False
    try:
        float(seen)
    except ValueError:
        return True
    return False


def has_unseen(text: str) -> bool:
    return any(not char.isprintable() for char in text)


@everything_hostile
def test_that_every_csv_is_one_table_without_formulas_or_unseen_signs(name: str) -> None:
    plan, assessment, catalog = hostile_case(HOSTILE[name])
    texts = {
        "blocks": parts_csv(plan, assessment, catalog),
        "bill": bill_csv(plan, catalog),
        "figures": figures_csv(plan, assessment, catalog),
    }
    for kind, text in texts.items():
        encode_csv(text).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        assert len(rows) == text.count("\r\n"), kind
        for row in rows:
            for cell in row:
                assert not is_formula(cell), (kind, cell[:80])
                assert not has_unseen(cell), (kind, cell[:80])
    for kind, header in (("bill", BILL_HEADER), ("figures", FIGURES_HEADER)):
        rows = list(csv.reader(io.StringIO(texts[kind], newline="")))
        assert tuple(rows[0]) == header
        assert {len(row) for row in rows} == {len(header)}


@everything_hostile
def test_that_tab_separated_text_keeps_its_cells_and_runs_nothing(name: str) -> None:
    text = HOSTILE[name]
    rows = [["Name", "GiB"], [text, 1.5], [text, "-0.75"], [text, None]]
    copied = tab_separated(rows)
    lines = copied.splitlines()
    assert [line.split("\t")[1] for line in lines] == ["GiB", "1.5", "-0.75", ""]
    assert all(len(line.split("\t")) == 2 for line in lines)
    assert not any(is_formula(cell) for line in lines for cell in line.split("\t"))
    assert harmless_tab_separated(copied) == copied


@everything_hostile
def test_that_markdown_has_no_link_no_html_and_whole_tables(name: str) -> None:
    plan, assessment, catalog = hostile_case(HOSTILE[name])
    text = plan_markdown(plan, assessment, catalog, date(2026, 11, 23))
    assert not has_unseen(text.replace("\n", ""))
    assert len(text.splitlines()) <= 64
    assert max(map(len, text.splitlines())) < 1500
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = parser.parse(text)
    flat = [child for token in tokens for child in (token, *(token.children or ()))]
    kinds = {token.type for token in flat}
    assert not kinds & {
        "link_open", "image", "html_inline", "html_block", "code_inline", "fence", "code_block",
        "s_open", "blockquote_open", "hr", "ordered_list_open",
    }  # fmt: skip
    # One heading of the plan, three of its parts; three tables of a header and full rows each.
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h2"] + ["h3"] * 3
    widths, row = [], 0
    for token in tokens:
        if token.type == "tr_open":
            row = 0
        elif token.type in ("td_open", "th_open"):
            row += 1
        elif token.type == "tr_close":
            widths.append(row)
        elif token.type == "table_close":
            assert len(set(widths)) == 1
            assert len(widths) > 1
            widths = []
    assert sum(token.type == "table_open" for token in tokens) == 3
    # Bold is the verdict alone, slanted the foot.
    assert sum(token.type == "strong_open" for token in flat) == 1
    assert sum(token.type == "em_open" for token in flat) == 1


@everything_hostile
def test_that_a_forum_makes_nothing_of_the_words_that_markdown_leaves(name: str) -> None:
    """Links, mentions and emoji are made of the text after the Markdown was read."""
    shown = MarkdownIt("commonmark").renderInline(markdown_text(HOSTILE[name], 20_000))
    for sign in ("://", "www.", "mailto:", "javascript:", "evil.com", "<script", "<img"):
        assert sign not in shown.lower()
    for before, after in pairwise(unescape(shown)):
        assert not (before in "@#" and after.isalnum())
    assert ":smile:" not in shown


@everything_hostile
def test_that_the_launch_script_has_no_line_of_a_name(name: str) -> None:
    plan, assessment, catalog = hostile_case(HOSTILE[name])
    try:
        text = launch_text(plan, assessment, catalog)
    except NoCommandError as error:
        assert str(error)
        return
    harmless = launch_text(*hostile_case("plain name"))
    # As many lines that are no comment as with a plain name: no name begins one.
    code = [line for line in text.split("\n") if line and not line.startswith("#")]
    plain = [line for line in harmless.split("\n") if line and not line.startswith("#")]
    assert len(code) == len(plain)
    assert not has_unseen(text.replace("\n", ""))
    for line in code:
        if not line.endswith("\\"):
            shlex.split(line)


def test_that_what_is_seen_of_a_name_stays() -> None:
    assert one_line("RTX 5090 × 2 – “good”") == "RTX 5090 × 2 – “good”"
    assert one_line("שלום مرحبا") == "שלום مرحبا"
    assert one_line("half \ud83d pair") == "half ? pair"
    assert one_line("a\u200bb\u202ec\nd\te") == "abc d e"
    assert len(one_line("x" * 10_000, 80)) == 80


@pytest.mark.parametrize("cell", [3, -4, 0.5, -0.5, None])
def test_that_numbers_stay_numbers_in_a_spreadsheet(cell: float | None) -> None:
    assert spreadsheet_cell(cell) is cell


@pytest.mark.parametrize("text", ["-3.25", "+4", "1,024.5", "-12 %", "1e9", ".5"])
def test_that_a_number_that_is_text_is_pasted_as_a_number(text: str) -> None:
    assert tab_separated([[text]]) == f"{text}\n"


def test_that_a_words_dot_and_dollar_read_as_before() -> None:
    assert markdown_text("llama.cpp b11549, 4.5 bits, $4,699") == (
        "llama.cpp b11549, 4.5 bits, USD 4,699"
    )
    assert markdown_text("PCIe 5.0 @ x8") == "PCIe 5.0 @ x8"
    assert markdown_text("Qwen3.5-397B-A17B") == "Qwen3.5-397B-A17B"


def test_that_long_names_are_told_whole_in_the_bill(tmp_path: Path) -> None:
    plan, _, catalog = hostile_case("A" * 10_000)
    rows = list(csv.reader(io.StringIO(bill_csv(plan, catalog), newline="")))
    assert max(len(cell) for row in rows for cell in row) == 10_000
