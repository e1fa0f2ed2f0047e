"""The speed section of the accuracy report, as text and as the table of the README."""

from __future__ import annotations

from collections.abc import Sequence

from tests.accuracy.report import aligned
from tests.accuracy.speed_rows import (
    SpeedOutcome,
    SpeedRow,
    by_group,
    decode_rows,
    prefill_rows,
)
from tests.speed_fit.rows import catalog

HEAD = (
    "Speed, rows that no fit saw",
    "Rows",
    "Combinations",
    "Median error",
    "Of combinations",
    "Within 1.5 x",
    "In band",
    "Target",
)

EXAMPLE_HEAD = ("Machine and model", "Tokens deep", "Measured", "Computed", "Band", "Error")
EXAMPLES = ("b0016", "b0244", "b0583", "b0484", "b0659")
"""Kept for testing, and of different kinds: two consumer cards, shared memory, experts in host
memory, a Mac with DeepSeek V4, a data-centre node. Chosen for that, not for their errors."""


def table_row(result: SpeedOutcome) -> tuple[str, ...]:
    """The cells of one quantity."""
    count = len(result.rows)
    if not count:
        return (result.name, "0", "0", "–", "–", "–", "–", result.target.label)
    return (
        result.name,
        str(count),
        str(result.combinations),
        _percent(result.median_error),
        _percent(result.median_of_combinations),
        f"{result.within(1.5)} of {count}",
        f"{result.inside} of {count}",
        result.target.label + (": missed" if result.missed else ""),
    )


def _percent(share: float) -> str:
    return "unknown" if share == float("inf") else f"{100 * share:.1f} %"


def groups() -> list[SpeedOutcome]:
    """Decode and prefill, each by group."""
    return [*by_group("Decode", decode_rows()), *by_group("Prefill", prefill_rows())]


def examples() -> list[tuple[str, ...]]:
    """Five plans beside what was published of them, tokens/s of decode."""
    found = {row.row.id: row for row in decode_rows()}
    return [_example(found[name]) for name in EXAMPLES if name in found]


def _example(found: SpeedRow) -> tuple[str, ...]:
    row, estimate = found.row, found.estimate
    card = catalog().gpu(row.card_id).name if row.card_id is not None else row.hardware
    name = f"{row.cards} x {card}" if row.cards > 1 else card
    host = f" with {row.host}" if row.host is not None else ""
    weights = row.weights.partition(":")[0]
    said = ("–", "–", "no answer")
    if estimate is not None:
        band = f"{estimate.low:.3g} to {estimate.high:.3g}"
        said = (f"{estimate.expected:.3g}", band, f"{100 * found.error:+.0f} %")
    what = f"{name}{host}, {row.model} {weights}"
    return (what, f"{row.depth_tokens:,}", f"{found.measured:.3g}", *said)


def text_report(results: Sequence[SpeedOutcome], *, worst: int) -> str:
    """The section for a terminal."""
    parts = [aligned([HEAD, *map(table_row, (*results, *groups()))])]
    parts.append("\n" + aligned([EXAMPLE_HEAD, *examples()]))
    for result in results:
        chosen = sorted(result.rows, key=lambda row: -row.factor)[:worst]
        if chosen:
            parts.append(f"\n{result.name}, the largest errors")
            parts.append(aligned([("row", "error"), *map(_line, chosen)]))
    return "\n".join(parts)


def _line(found: SpeedRow) -> tuple[str, str]:
    row, estimate = found.row, found.estimate
    said = "no answer"
    if estimate is not None:
        said = f"{estimate.expected:.4g} ({estimate.low:.4g} to {estimate.high:.4g}) computed"
    where = f"{row.cards} x {row.hardware}" if row.cards > 1 else row.hardware
    case = f"{row.engine} {row.backend or ''}, {row.depth_tokens} deep, {row.users} users"
    text = f"  {row.id}: {row.model} {row.weights[:12]} on {where}, {case}: "
    error = "unknown" if estimate is None else f"{100 * found.error:+.1f} %"
    return text + f"{found.measured:.4g} measured, {said}", error


def markdown_table(results: Sequence[SpeedOutcome]) -> str:
    """The tables of the README."""
    rows = [table_row(row) for row in (*results, *groups())]
    return f"{_markdown(HEAD, rows)}\n\n{_markdown(EXAMPLE_HEAD, examples())}"


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)
