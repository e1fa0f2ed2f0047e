"""The front keeps what nothing covers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.core.search.front import Front, Point, covers, front_of

NUMBER = st.integers(0, 4).map(float)
POINTS = st.lists(st.tuples(NUMBER, NUMBER, NUMBER, NUMBER), max_size=30)


@given(points=POINTS)
def test_that_a_front_is_what_no_other_point_covers(points: list[Point]) -> None:
    kept = {point for point, _ in front_of((point, None) for point in points)}
    best = {
        point
        for point in points
        if not any(covers(other, point) and other != point for other in points)
    }
    assert kept == best


@given(points=POINTS)
def test_that_every_point_is_kept_or_covered_and_what_is_dropped_is_handed_back(
    points: list[Point],
) -> None:
    front: Front[int] = Front()
    out: list[int] = []
    for number, point in enumerate(points):
        beaten = front.add(point, number)
        out += [number] if beaten is None else beaten
        assert front.covered(point)
    left = [number for _, number in front]
    assert sorted(left + out) == list(range(len(points)))
    assert [point[0] for point, _ in front] == sorted(point[0] for point, _ in front)
