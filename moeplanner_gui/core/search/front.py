"""Which rigs nothing beats: smaller price and power, higher speed and longer context."""

from __future__ import annotations

from bisect import bisect_right
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
    """The points that no other one covers; of equal ones the first. In order of price."""

    def __init__(self) -> None:
        self._points: list[Point] = []
        self._items: list[_Item] = []

    def __iter__(self) -> Iterator[tuple[Point, _Item]]:
        return iter(list(zip(self._points, self._items, strict=True)))

    def __len__(self) -> int:
        return len(self._points)

    def covered(self, point: Point) -> bool:
        """True when a point, or anything that is no better than it, cannot be added."""
        usd, watts, speed, context = point
        for known in self._points:
            # This is asked a hundred thousand times: cheaper ones come first, then it ends.
            if known[0] > usd:
                return False
            if known[2] <= speed and known[1] <= watts and known[3] <= context:
                return True
        return False

    def add(self, point: Point, item: _Item) -> list[_Item] | None:
        """Add a point and tell which ones it beats; None where another one covers it."""
        if self.covered(point):
            return None
        gone = [place for place, known in enumerate(self._points) if covers(point, known)]
        beaten = [self._items[place] for place in gone]
        for place in reversed(gone):
            del self._points[place], self._items[place]
        place = bisect_right(self._points, point)
        self._points.insert(place, point)
        self._items.insert(place, item)
        return beaten


def front_of(points: Iterable[tuple[Point, _Item]]) -> list[tuple[Point, _Item]]:
    """The front of all points at once."""
    found: Front[_Item] = Front()
    for point, item in points:
        found.add(point, item)
    return list(found)
