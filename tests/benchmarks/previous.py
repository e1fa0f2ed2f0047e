"""The figures of the previous release, kept so that a new one can be compared with them.

A time is kept as so many times what a fixed piece of work takes on the same machine in the same
run (the bare window, or :func:`calibration_s`), so that figures of two machines can be compared.
"""

from __future__ import annotations

import datetime
import json
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any, NamedTuple

from moeplanner_gui import __version__

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(__file__).with_name("previous.json")
_ROUNDS = 40


class Row(NamedTuple):
    """A line of the table.

    Attributes:
        what: What was measured; the name under which its figure is kept.
        measured: In words.
        target: Likewise, "" where there is none.
        mark: "ok" or "OVER".
        figure: What is compared with the previous release: seconds, or a ratio to the bare
            window; None when nothing is.
        is_ratio: ``figure`` is such a ratio.
    """

    what: str
    measured: str
    target: str = ""
    mark: str = ""
    figure: float | None = None
    is_ratio: bool = False


def calibration_s() -> float:
    """Seconds of a piece of plain Python on this machine now: calls, attributes, dicts, ints."""
    spans = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        _work()
        spans.append(time.perf_counter() - started)
    return statistics.median(spans)


class _Cell:
    __slots__ = ("size", "total")

    def __init__(self, size: int) -> None:
        self.size = size
        self.total = 0


def _work() -> int:
    known: dict[tuple[int, int], int] = {}
    cells = [_Cell(number) for number in range(500)]
    for turn in range(6):
        for cell in cells:
            key = (cell.size % 97, turn)
            cell.total += known.setdefault(key, cell.size * 3 // 2)
    return sum(cell.total for cell in cells)


def scaled(row: Row, calibration: float) -> float | None:
    """The figure of a row in units that another machine has too."""
    if row.figure is None or row.is_ratio:
        return row.figure
    return row.figure / calibration


def known() -> dict[str, Any]:
    """What is kept of the previous release; empty when nothing is."""
    try:
        found: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def against(row: Row, calibration: float, previous: dict[str, Any]) -> str:
    """By how much more than in the previous release, as "0.87 ×"; "" where that is not known."""
    before = previous.get("figures", {}).get(row.what)
    now = scaled(row, calibration)
    return f"{now / before:.2f} ×" if before and now is not None else ""


def keep(measured: list[tuple[Row, float]]) -> None:
    """Make these the figures of the previous release; others that are kept stay.

    Args:
        measured: Rows with the calibration that was measured beside each.
    """
    previous = known()
    figures = dict(previous.get("figures", {}))
    for row, calibration in measured:
        figure = scaled(row, calibration)
        if figure is not None:
            figures[row.what] = float(f"{figure:.4g}")
    found = {
        "version": __version__,
        "commit": _commit(),
        "day": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "unit": "times the bare window, or times tests.benchmarks.previous.calibration_s",
        "figures": dict(sorted(figures.items())),
    }
    FILE.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _commit() -> str:
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.decode().strip()
