"""What stands in a cell of the comparison, and the table as text. Knows no Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.compare import Cell, Row
from moeplanner_gui.core.cost.sentence import money_text, price_text, volume_text, whole_usd
from moeplanner_gui.core.units import MemoryUnit, format_count, format_free_memory
from moeplanner_gui.core.words import comma_joined, listed, say
from moeplanner_gui.export import speed_words
from moeplanner_gui.export.safe_text import markdown_text
from moeplanner_gui.ui.charts.memory_rows import bytes_of, shown_short
from moeplanner_gui.ui.charts.verdict_figures import VERDICT_WORDS

UNKNOWN = "–"
BEST, LIKELY, LIKELY_SHORT = say("best"), say("likely best"), say("likely")
GROUPS = {
    "answer": say("Answer"),
    "speed": say("Speed"),
    "money": say("Power and money"),
    "memory": say("Memory used"),
    "plan": say("What was chosen"),
}


def value_text(row: Row, cell: Cell, unit: MemoryUnit = "GiB") -> str:
    """The value without its note: ``48 tok/s (27–72)``."""
    value = cell.value
    if value is None:
        # A reason stands for itself.
        return "" if cell.note else UNKNOWN
    if isinstance(value, str):
        return VERDICT_WORDS[value] if row.kind == "verdict" else value
    if isinstance(value, Range):
        return _range_text(row, value)
    if math.isinf(value):
        return say("never")
    return _number_text(row, cell, value, unit)


def _range_text(row: Row, value: Range) -> str:
    if row.kind == "rate":
        return speed_words.rate(value)
    if row.kind == "seconds":
        return _wait_text(value)
    low, high = money_text(value.low), money_text(value.high)
    return f"{money_text(value.expected)} ({low} – {high})"


def _wait_text(value: Range) -> str:
    """A wait with its band in one unit, as a column has little room: ``8.6 min (3.0–31)``."""
    for size, unit in ((3600.0, "h"), (60.0, "min"), (1.0, "s")):
        if value.expected >= 1.7 * size or size == 1.0:
            shown = Range(value.low / size, value.expected / size, value.high / size)
            return f"{speed_words.figure(shown.expected)} {unit} ({speed_words.wait_band(shown)})"
    raise AssertionError("seconds take every wait")


def _number_text(row: Row, cell: Cell, value: float, unit: MemoryUnit) -> str:
    if row.kind == "free":
        if value < 0:
            return say("{0} {1} short", shown_short(int(value), unit), unit)
        return say("{0} free", format_free_memory(int(value), unit=unit))
    if row.kind == "used":
        # Used is rounded up and what may be used down: never more room than there is.
        scale = bytes_of(unit)
        used = math.ceil(value * 10 / scale) / 10
        usable = math.floor((cell.of_bytes or 0) * 10 / scale) / 10
        return say("{0:,.1f} of {1:,.1f} {2}", used, usable, unit)
    texts = {
        "tokens": lambda: say("{0} tokens", format_count(int(value))) if value else say("none"),
        "watts": lambda: say("{0} W", format_count(int(value))),
        "usd": lambda: whole_usd(value),
        "month": lambda: money_text(value),
        "each_mtok": lambda: price_text(value),
        "mtok": lambda: say("{0} tokens", volume_text(value)) if value else say("any volume"),
        "months": lambda: say("{0:,.1f} months", value),
    }
    return texts[row.kind]()


def reads_differently(row: Row, unit: MemoryUnit = "GiB") -> bool:
    """Whether a reader sees a difference: figures that are written alike are alike to him."""
    told = {(value_text(row, cell, unit), cell.note) for cell in row.cells}
    return row.differs and len(told) > 1


def best_text(row: Row, position: int) -> str:
    """``best``, ``likely best`` where the ranges overlap, "" for the others."""
    if position not in row.best:
        return ""
    return BEST if row.is_sure else LIKELY


def cell_text(row: Row, position: int, unit: MemoryUnit = "GiB") -> str:
    """Value, note and mark in one line, as it is copied and read out."""
    cell = row.cells[position]
    parts = [value_text(row, cell, unit), cell.note, best_text(row, position)]
    return comma_joined(part for part in parts if part)


def as_tsv(titles: Sequence[str], rows: Sequence[Row], unit: MemoryUnit = "GiB") -> str:
    """Tab-separated text for a spreadsheet."""
    lines = [["", *titles], *_lines(rows, unit)]
    return "".join("\t".join(_plain(text) for text in line) + "\n" for line in lines)


def as_markdown(titles: Sequence[str], rows: Sequence[Row], unit: MemoryUnit = "GiB") -> str:
    """A Markdown table; what differs is bold."""
    head = ["", *titles]
    lines = ["| " + " | ".join(markdown_text(text, 160) for text in head) + " |"]
    lines.append("|" + " --- |" * len(head))
    for row, line in zip(rows, _lines(rows, unit), strict=True):
        texts = [markdown_text(text, 160) for text in line]
        if reads_differently(row, unit):
            texts = [texts[0], *(f"**{text}**" for text in texts[1:])]
        lines.append("| " + " | ".join(texts) + " |")
    return "\n".join(lines) + "\n"


def _lines(rows: Sequence[Row], unit: MemoryUnit) -> list[list[str]]:
    return [[row.label, *(cell_text(row, i, unit) for i in range(len(row.cells)))] for row in rows]


def _plain(text: str) -> str:
    return " ".join(text.split())


NOTHING_DIFFERS = say("The plans are alike in all of this.")


def not_the_same(unlike: Sequence[str]) -> str:
    """What a reader has to know before comparing figures; "" where all is alike."""
    if not unlike:
        return ""
    if len(unlike) == 1:
        return say("Not the same question: {0} differs between the plans.", unlike[0])
    return say("Not the same question: {0} differ between the plans.", listed(unlike))
