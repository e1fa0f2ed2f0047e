"""The accuracy report as text and as the table of the README."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from tests.accuracy.comparison import Comparison, Outcome

HEAD = ("Quantity", "Rows", "Models", "Target", "Kept", "Median", "Lowest", "Highest")


def table_row(result: Outcome) -> tuple[str, ...]:
    """The cells of one quantity."""
    quantity, rows = result.quantity, result.rows
    if not rows:
        return (quantity.name, "0", "0", quantity.target.label, "none", "–", "–", "–")
    errors = [row.error for row in rows]
    return (
        quantity.name,
        f"{len(rows):,}",
        str(len({row.subject for row in rows})),
        quantity.target.label,
        f"{result.kept:,} of {len(rows):,}",
        _percent(median(errors)),
        _percent(min(errors)),
        _percent(max(errors)),
    )


def _percent(share: float) -> str:
    if share == 0:
        return "0"
    if abs(share) < 0.00005:
        return "< 0.01 %"
    return f"{100 * share:+.2f} %"


def by_model(result: Outcome) -> list[tuple[str, str, str, str]]:
    """One line for each subject: rows, lowest and highest error."""
    found: dict[str, list[float]] = {}
    for row in result.rows:
        found.setdefault(row.subject, []).append(row.error)
    return [
        (subject, f"{len(errors):,}", _percent(min(errors)), _percent(max(errors)))
        for subject, errors in sorted(found.items())
    ]


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns of equal width; the first to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def text_report(results: Sequence[Outcome], *, models: bool, worst: int) -> str:
    """The whole report for a terminal."""
    parts = [aligned([HEAD, *map(table_row, results)])]
    for result in results:
        lines = []
        if models and result.rows:
            lines.append(aligned([("model", "rows", "lowest", "highest"), *by_model(result)]))
        outside = result.worst(worst)
        if outside:
            lines.append(aligned([("outside the target", "error"), *map(_outside, outside)]))
        if lines:
            parts.append(f"\n{result.quantity.name} ({result.quantity.source})")
            parts.extend(lines)
    return "\n".join(parts)


def _outside(row: Comparison) -> tuple[str, str]:
    return (
        f"  {row.subject}: {row.case}: {row.expected:,} measured, {row.computed:,} computed",
        _percent(row.error),
    )


def markdown_table(results: Sequence[Outcome]) -> str:
    """The table of the README."""
    lines = ["| " + " | ".join(HEAD) + " |", "|---|" + "---:|" * (len(HEAD) - 1)]
    lines += ["| " + " | ".join(table_row(result)) + " |" for result in results]
    return "\n".join(lines)
