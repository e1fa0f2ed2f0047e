"""Names of unknown origin on paper."""

from __future__ import annotations

from moeplanner_gui.ui.export.plain_text import LONGEST, paper_text


def test_that_no_sign_turns_words_around_or_hides() -> None:
    assert paper_text("RTX\u202e0905\u2066 \u200fx\u200b\ufeff") == "RTX0905 x"


def test_that_a_name_cannot_break_lines_or_steer_a_terminal() -> None:
    assert paper_text("a\r\nb\tc\x1b[31m\u2028d") == "a b c [31m d"


def test_that_markup_stays_text() -> None:
    assert paper_text("<b>&amp;</b>") == "<b>&amp;</b>"


def test_that_half_a_character_becomes_one_that_a_file_can_hold() -> None:
    assert paper_text("a\ud800b") == "a?b"


def test_that_an_endless_name_ends_and_says_how_long_it_was() -> None:
    text = paper_text("x" * 10_000)
    assert len(text) == LONGEST
    assert text.endswith("… (10,000 characters)")
    assert paper_text("x" * LONGEST) == "x" * LONGEST
