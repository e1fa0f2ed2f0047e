"""With several models: what one alone cannot better bounds it, and every set that has it."""

from __future__ import annotations

from itertools import product

import pytest

from moeplanner_gui.core.search.candidates import Singles, brute_force, candidate
from moeplanner_gui.core.search.figures import point_of
from moeplanner_gui.core.search.find import Explorer, explore, never
from moeplanner_gui.core.search.front import Point, covers
from moeplanner_gui.core.search.machines import machines
from moeplanner_gui.core.search.several import Able, Near, worst
from moeplanner_gui.core.search.space import placement_of
from moeplanner_gui.core.search.terms import Wishes
from tests.core.search.small import MODELS, small


@pytest.mark.parametrize("users", [1, 3])
def test_that_no_set_is_better_than_what_bounds_each_of_its_models(users: int) -> None:
    wishes = Wishes(
        models=MODELS, context_tokens=16_384, users=users, weights=("native",), max_cards=2
    )
    catalog = small(("rtx3090", "rtxpro6000", "gb10"), ("am5-6400", "sp3-7003"))
    explorer = Explorer(wishes, catalog, never)
    several = explorer._several
    assert several is not None
    alone = together = 0
    for machine in machines(wishes, catalog):
        crowd = explorer.crowd(machine.build)
        place = crowd.hosts.index(machine.host)
        every: list[list[Near]] = []
        for options in several._of(machine.build):
            found: list[Near] = []
            for option in options:
                bound = several._bound(option, crowd, place)
                near = several._near(option, crowd, place)
                if bound is None or near is None:
                    continue
                figures = candidate([near.placement], machine, wishes, catalog)
                point = None if figures is None else point_of(figures, wishes)
                if point is None:
                    continue
                # The set reads no longer a context than the model that reads least.
                assert covers(bound, (*point[:3], max(point[3], explorer.limit)))
                assert covers(near.point, point)
                assert near.point[0] >= point[0] * 0.5
                found.append(near)
                alone += 1
            every.append(found)
        for chosen in product(*every):
            figures = candidate([near.placement for near in chosen], machine, wishes, catalog)
            point = None if figures is None else point_of(figures, wishes)
            if point is not None:
                assert covers(worst([near.point for near in chosen]), point)
                together += 1
    assert alone > 20 and together > 20


def test_that_the_worst_of_points_is_covered_by_each_of_them() -> None:
    points: list[Point] = [(1.0, 5.0, -3.0, -7.0), (2.0, 4.0, -9.0, -1.0)]
    assert worst(points) == (2.0, 5.0, -3.0, -1.0)
    assert all(covers(point, worst(points)) for point in points)


def test_that_a_set_gets_no_more_memory_than_its_models_need() -> None:
    """With 64 GiB, which other weights need, the fastest set would read a longer context: but a
    candidate has the least memory that is sold and suffices.
    """
    wishes = Wishes(
        models=("gemma-3-27b", "gpt-oss-20b"),
        weights=("q5_k_m", "q8_0"),
        engines=("llama.cpp",),
        cache_types=("f16",),
        context_tokens=16_384,
    )
    catalog = small((), ("am5-6400",))
    every = brute_force(wishes, catalog)
    *_, seen = explore(wishes, catalog)
    assert {point for point, _ in seen.front} == {point for point, _ in every}
    sizes = [figures.plan.rig.nodes[0].ram_gib for _, figures in every]
    assert len(set(sizes)) > 1


def test_that_no_format_hides_another_one_whose_disk_may_be_smaller() -> None:
    """A set shares a disk, whose price is none of the figures of a model alone."""
    formats = ("q4_k_m", "q8_0", "bf16")
    wishes = Wishes(
        models=MODELS, weights=formats, engines=("llama.cpp",), cache_types=("f16",), max_cards=1
    )
    catalog = small((), ("sp5-9355",))
    explorer = Explorer(wishes, catalog, never)
    several, machine = explorer._several, next(iter(machines(wishes, catalog)))
    assert several is not None
    singles = Singles(wishes, catalog)
    able = [
        Able(placement, 384)
        for recipe in explorer.recipes[0]
        if (placement := placement_of(machine.build, recipe, wishes, catalog)) is not None
    ]
    left = several._with(able, 384, machine, singles)
    assert {plan.weights for _, _, plan in left} == set(formats)


def test_that_ways_that_were_forgotten_are_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    wishes = Wishes(models=MODELS, context_tokens=16_384, weights=("native",), max_cards=4)
    catalog = small(("rtx3090", "rtxpro6000", "gb10"), ("am5-6400", "sp3-7003"))

    def searched() -> tuple[Explorer, list[tuple[Point, object]]]:
        explorer = Explorer(wishes, catalog, never)
        seen = list(explorer.run())[-1]
        return explorer, [(point, figures.plan) for point, figures in seen.front]

    whole, expected = searched()
    assert whole._several is not None and len(whole._several._options) > 2
    monkeypatch.setattr("moeplanner_gui.core.search.several.MOST_BUILDS", 2)
    explorer, found = searched()
    assert explorer._several is not None and len(explorer._several._options) <= 2
    assert found == expected and expected


@pytest.mark.parametrize("models", [MODELS[:1], MODELS])
def test_that_a_search_keeps_no_needs_of_what_was_worked_out(models: tuple[str, ...]) -> None:
    wishes = Wishes(models=models, context_tokens=16_384, weights=("native",), max_cards=4)
    explorer = Explorer(wishes, small(("rtx3090", "rtxpro6000"), ("am5-6400",)), never)
    for _ in explorer.run():
        pass
    reaches = explorer.reaches
    known = [key for key, reach in reaches._known.items() if reach is not None]
    assert len(known) > 5
    for build, recipe in known:
        placed, reach = reaches._places[build, recipe], reaches.of(build, recipe)
        assert placed is not None and placed.demand is None and reach is not None
        assert reaches.exceeds(build, recipe, reach.context - 1)
        assert not reaches.exceeds(build, recipe, reach.context)
