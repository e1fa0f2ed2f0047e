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
        result.target.label,
    )


def _percent(share: float) -> str:
    return "unknown" if share == float("inf") else f"{100 * share:.1f} %"


def groups() -> list[SpeedOutcome]:
    """Decode and prefill, each by group."""
    return [*by_group("Decode", decode_rows()), *by_group("Prefill", prefill_rows())]


def text_report(results: Sequence[SpeedOutcome], *, worst: int) -> str:
    """The section for a terminal."""
    parts = [aligned([HEAD, *map(table_row, (*results, *groups()))])]
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
    """The table of the README."""
    lines = ["| " + " | ".join(HEAD) + " |", "|---|" + "---:|" * (len(HEAD) - 1)]
    lines += ["| " + " | ".join(table_row(row)) + " |" for row in (*results, *groups())]
    return "\n".join(lines)
