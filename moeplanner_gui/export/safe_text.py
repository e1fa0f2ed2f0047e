"""Names and notes from files, made harmless for the format they go into.

A name comes from a plan file, a catalogue or a machine, so it may be meant to do harm: a formula
for a spreadsheet, a tag for a page, a mark that turns the text around. Knows formats, no plans.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from moeplanner_gui.core.words import say

Cell = str | int | float | None

LONGEST_CELL = 32_000
"""A spreadsheet cuts a cell after 32,767 characters without a word."""
_FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""How a formula or a command begins, the wide forms of East Asian systems included."""
_NUMBER = re.compile(r"[+-]?(\d[\d,]*\.?\d*|\.\d+)(e[+-]?\d+)?\s?%?", re.IGNORECASE)


def one_line(text: str, longest: int | None = None) -> str:
    """Text on one line, without what cannot be seen.

    Line ends, tabs and control characters become a space; zero-width characters and marks that
    turn the direction of writing are left out; half a surrogate pair becomes a question mark.

    Args:
        text: Anything.
        longest: The most characters; what is longer ends in ``…``.
    """
    if text.isascii() and text.isprintable():
        found = " ".join(text.split())
    else:
        found = " ".join("".join(_visible(char) for char in text).split())
    if longest is not None and len(found) > longest:
        return found[: longest - 1].rstrip() + "…"
    return found


def _visible(char: str) -> str:
    if char.isprintable():
        return char
    kind = unicodedata.category(char)
    if kind == "Cf":
        return ""
    return "?" if kind == "Cs" else " "


def spreadsheet_cell(cell: Cell) -> Cell:
    """A cell that no spreadsheet runs as a formula; what is a number in Python stays one.

    Text that would be one gets an apostrophe in front. A line end inside a quoted cell is legal,
    but many readers split there, so that text is one line.
    """
    if not isinstance(cell, str):
        return cell
    text = one_line(cell, LONGEST_CELL)
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text


def tab_separated(rows: Iterable[Sequence[Cell]]) -> str:
    """Rows for pasting into a spreadsheet: one line each, tabs between harmless cells.

    Text that is a number, as the tables show them, is pasted as one.
    """
    lines = []
    for row in rows:
        texts = ("" if cell is None else str(cell) for cell in row)
        cells = (text if _NUMBER.fullmatch(text) else spreadsheet_cell(text) for text in texts)
        lines.append("\t".join(map(str, cells)))
    return "".join(f"{line}\n" for line in lines)


def harmless_tab_separated(text: str) -> str:
    """The same for text that has its tabs and line ends already."""
    lines = text.removesuffix("\n").split("\n")
    rows = (line.split("\t") for line in lines)
    return tab_separated(rows)


# --- Markdown ---------------------------------------------------------------------------------

_ENTITY = re.compile(r"&(?=#?\w{1,40};)")
_ENTITIES = str.maketrans({"<": "&lt;", ">": "&gt;", "|": "&#124;"})
_MARKS = re.compile(r"([\\`*_\[\]~^])")
_ADDRESS = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20}):(?=//)")
_SLASHES = re.compile(r"/(?=/)")
_WWW = re.compile(r"(?i)\bwww\.(?=\S)")
_MENTION = re.compile(r"([@#!])(?=[^\s])")
_DOMAIN = re.compile(
    r"(?i)(?<=[\w-])\.(?=(?:[a-z]{2}|com|net|org|edu|gov|info|biz|pro|name|shop|store|site|online"
    r"|app|dev|web|xxx|xyz|aero|asia|coop|museum|cloud|onion|рф)(?![\w-]))"
)
_SCHEME = re.compile(r"(?i)\b(mailto|xmpp|javascript|data|vbscript|file|tel):(?=\S)")
_EMOJI = re.compile(r":(?=[a-z0-9_+-]{1,40}:)")
_DOLLAR = re.compile(r"\$(?=\d)")
_LIST_START = re.compile(r"^(?:([-+=#])|(\d{1,9})([.)]))(?=\s|$|[-+=#])")


def markdown_text(text: str, longest: int = 300) -> str:
    """Text that every Markdown dialect prints as it is.

    Signs of Markdown are escaped and those of HTML written as entities. Forums make links,
    mentions and hashtags of plain words after the Markdown is read; a space breaks these up,
    which stays readable and leaves nothing unseen behind. ``$`` before a number becomes ``USD``:
    two of them would be a formula.
    """
    line = one_line(text, longest)
    line = _ADDRESS.sub(r"\1 :", line)
    line = _SLASHES.sub("/ ", line)
    line = _WWW.sub("www .", line)
    line = _SCHEME.sub(r"\1 :", line)
    line = _DOMAIN.sub(" .", line)
    line = _MENTION.sub(r"\1 ", line)
    line = _EMOJI.sub(": ", line)
    line = _ENTITY.sub("&amp;", line)
    line = _DOLLAR.sub("USD ", line).translate(_ENTITIES).replace("$", "&#36;")
    line = _MARKS.sub(r"\\\1", line)
    return _LIST_START.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", line)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]], right: str = "") -> str:
    """A table in the form that GitHub, Reddit and Discourse read alike.

    Args:
        head: The columns' names.
        rows: As many cells each; every one is made harmless.
        right: One letter a column, ``r`` for numbers; shorter means left.
    """
    marks = ["---:" if right[i : i + 1] == "r" else "---" for i in range(len(head))]
    lines = [_table_row(head), "|" + "|".join(marks) + "|"]
    for row in rows:
        if len(row) != len(head):
            raise ValueError(say("a row of {0} cells under {1} columns", len(row), len(head)))
        lines.append(_table_row(row))
    return "\n".join(lines)


def _table_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(markdown_text(cell, 160) for cell in cells) + " |"
