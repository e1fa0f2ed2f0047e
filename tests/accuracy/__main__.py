"""Prints how far the estimator lies from what was measured and published.

    python -m tests.accuracy [--models] [--worst N] [--only TEXT] [--readme]

Exit code 1 when a quantity misses its target. ``--readme`` writes the table and today's date
into the README.
"""

from __future__ import annotations

import argparse
import datetime
import sys
from pathlib import Path

from tests.accuracy import speed_report, speed_rows
from tests.accuracy.comparison import outcome
from tests.accuracy.quantities import QUANTITIES
from tests.accuracy.report import markdown_table, text_report

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- accuracy: begin -->", "<!-- accuracy: end -->"


def main() -> int:
    """Print the report; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.accuracy")
    parser.add_argument("--models", action="store_true", help="errors of every model")
    parser.add_argument("--worst", type=int, default=3, help="rows outside the target to list")
    parser.add_argument("--only", default="", help="quantities whose name holds this text")
    parser.add_argument("--readme", action="store_true", help="write the table into the README")
    options = parser.parse_args()
    wanted = options.only.lower()
    results = [outcome(q) for q in QUANTITIES if wanted in q.name.lower()]
    speeds = [speed_rows.outcome(q) for q in speed_rows.QUANTITIES if wanted in q.name.lower()]
    parts = []
    if results:
        parts.append(text_report(results, models=options.models, worst=options.worst))
    if speeds:
        parts.append(speed_report.text_report(speeds, worst=options.worst))
    print("\n\n".join(parts))
    if options.readme:
        tables = f"{markdown_table(results)}\n\n{speed_report.markdown_table(speeds)}"
        write_readme(tables, datetime.date.today())
    missed = [result.quantity.name for result in results if not result.holds]
    missed += [sentence for result in speeds for sentence in result.missed]
    for name in missed:
        print(f"MISSED: {name}", file=sys.stderr)
    return 1 if missed or not parts else 0


def write_readme(table: str, day: datetime.date) -> None:
    """Replace the tables between the two marks of the README."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    body = f"{BEGIN}\nMeasured {day.isoformat()} with `python -m tests.accuracy`.\n\n{table}\n{END}"
    README.write_text(before + body + after, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
