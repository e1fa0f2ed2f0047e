"""Which rigs nothing beats: smaller price and power, higher speed and longer context."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

Point = tuple[float, float, float, float]
"""Price in USD, watts, minus tokens/s, minus tokens of context: less is better in all four."""
_Item = TypeVar("_Item")


def covers(better: Point, worse: Point) -> bool:
    """True when ``better`` is at least as good in everything; equal points cover one another."""
    return (
        better[0] <= worse[0]
        and better[1] <= worse[1]
        and better[2] <= worse[2]
        and better[3] <= worse[3]
    )


class Front(Generic[_Item]):
    """The points that no other one covers; of equal ones the first."""

    def __init__(self) -> None:
        self._found: list[tuple[Point, _Item]] = []

    def __iter__(self) -> Iterator[tuple[Point, _Item]]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def covered(self, point: Point) -> bool:
        """True when a point, or anything that is no better than it, cannot be added."""
        return any(covers(known, point) for known, _ in self._found)

    def add(self, point: Point, item: _Item) -> bool:
        """Add a point unless it is covered, and drop those that it covers."""
        if self.covered(point):
            return False
        self._found = [pair for pair in self._found if not covers(point, pair[0])]
        self._found.append((point, item))
        return True


def front_of(points: Iterable[tuple[Point, _Item]]) -> list[tuple[Point, _Item]]:
    """The front of all points at once."""
    found: Front[_Item] = Front()
    for point, item in points:
        found.add(point, item)
    return list(found)
