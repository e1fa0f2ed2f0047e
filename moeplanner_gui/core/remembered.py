"""Results remembered by the identity of what they were worked out from.

Rows and layouts are frozen but hash slowly, and the estimator asks for the same ones again and
again. Each entry holds its row, so that no other object can take over its identity.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Row = TypeVar("Row")
Result = TypeVar("Result")

MOST_ROWS = 512
"""Above the rows of any kind in a catalogue, and the formats of seven models. More of them take
memory, 30 KiB for each format that was looked at, and are hardly asked for again."""


def by_identity(compute: Callable[[Row], Result]) -> Callable[[Row], Result]:
    """``compute`` with its results remembered; a row that is equal but another is worked out."""
    known: dict[int, tuple[Row, Result]] = {}

    def remembered(row: Row) -> Result:
        entry = known.get(id(row))
        if entry is None:
            if len(known) >= MOST_ROWS:
                known.clear()
            entry = known[id(row)] = (row, compute(row))
        return entry[1]

    remembered.__doc__ = compute.__doc__
    return remembered
