"""Paragraphs that are painted never end in the middle of a line."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF

from moeplanner_gui.ui.fonts import font_base, font_small
from moeplanner_gui.ui.wrapped import fitted_lines, wrapped_lines

TEXT = "vLLM runs DeepSeek V4 on compute capability 9.x, 10.x or 12.x; GPU 1 has 8.6 (Ampere)."


def test_that_the_lines_of_a_text_are_the_text(qapp) -> None:
    lines = wrapped_lines(TEXT, font_base(), 200)
    assert len(lines) > 2
    assert "".join(lines) == TEXT


def test_that_a_text_with_room_is_whole_in_the_first_font(qapp) -> None:
    font, lines = fitted_lines(TEXT, (font_base(), font_small()), QRectF(0, 0, 200, 400))
    assert font == font_base()
    assert "".join(lines) == TEXT


def test_that_too_little_room_ends_in_an_ellipsis_on_a_whole_line(qapp) -> None:
    height = 2.5 * QFontMetricsF(font_small()).lineSpacing()
    font, lines = fitted_lines(TEXT, (font_base(), font_small()), QRectF(0, 0, 200, height))
    assert font == font_small()
    assert len(lines) == 2
    assert lines[-1].endswith("…")
    assert QFontMetricsF(font).horizontalAdvance(lines[-1]) <= 200
