"""Which rigs nothing beats: smaller price and power, higher speed and longer context."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

Point = tuple[float, float, float, float]
"""Price in USD, watts, minus tokens/s, minus tokens of context: less is better in all four."""
_Item = TypeVar("_Item")
_LATEST = 6
"""Points that are asked first whether they cover another one."""


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
        self._latest: list[Point] = []

    def __iter__(self) -> Iterator[tuple[Point, _Item]]:
        return iter(list(zip(self._points, self._items, strict=True)))

    def __len__(self) -> int:
        return len(self._points)

    def covered(self, point: Point) -> bool:
        """True when a point, or anything that is no better than it, cannot be added."""
        usd, watts, speed, context = point
        # This is asked a hundred thousand times. What covered the last ones often covers this
        # one too, and what beat it since does so all the more.
        for known in self._latest:
            if known[2] <= speed and known[0] <= usd and known[1] <= watts and known[3] <= context:
                return True
        for known in self._points:
            # Cheaper ones come first, then it ends.
            if known[0] > usd:
                return False
            if known[2] <= speed and known[1] <= watts and known[3] <= context:
                if len(self._latest) >= _LATEST:
                    self._latest.pop()
                self._latest.insert(0, known)
                return True
        return False

    def beaten_context(self, usd: float, watts: float, speed: float) -> float | None:
        """Minus the longest context of those at least as good in the rest; None without one."""
        found = 1.0
        for known in self._points:
            if known[0] > usd:
                break
            if known[2] <= speed and known[1] <= watts and known[3] < found:
                found = known[3]
        return None if found > 0.0 else found

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
