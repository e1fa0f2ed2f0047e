"""Several models on one rig, one at a time: what a model alone rules out, no set needs to try.

The figures of a set are the worst of its models: a rig is no cheaper, draws no less, is no faster
and holds no longer a context with the whole set than with any one of it. So whatever is beaten
with one model is beaten with every set that has it, and what each model gives on a computer is
worked out once for all sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING
from weakref import ref

from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.power.draw import power_of
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.search.bounds import BELOW, ENDLESS, Limit
from moeplanner_gui.core.search.candidates import Singles
from moeplanner_gui.core.search.crowd import Crowd
from moeplanner_gui.core.search.figures import point_of
from moeplanner_gui.core.search.front import Front, Point
from moeplanner_gui.core.search.machines import Build, Machine
from moeplanner_gui.core.search.space import Placement, Recipe, suits, with_host
from moeplanner_gui.core.search.terms import Wishes

if TYPE_CHECKING:
    from moeplanner_gui.core.search.find import Explorer, Task

MOST_BUILDS = 64
"""Builds whose ways are remembered: hundreds for each, so that those of all builds took most of
the memory of a search. The computers of a build have their turns one soon after the other.
"""


@dataclass(frozen=True, slots=True)
class Able:
    """A model that fits on a computer, with so many GiB of memory at least."""

    placement: Placement
    size_gib: int


@dataclass(frozen=True, slots=True)
class Near:
    """A placement of one model on a computer with what it cannot better there."""

    point: Point
    placement: Placement


@dataclass(frozen=True, slots=True)
class Option:
    """A way to run one of the models on a build, with its bounds."""

    recipe: Recipe
    need_gib: float
    limit: Limit


def worst(points: Sequence[Point]) -> Point:
    """What a rig gives that has to do all of it."""
    return (
        max(point[0] for point in points),
        max(point[1] for point in points),
        max(point[2] for point in points),
        max(point[3] for point in points),
    )


def _best(points: Iterable[Point]) -> Point:
    """The best of each figure."""
    usd, watts, slowness, context = zip(*points, strict=True)
    return (min(usd), min(watts), min(slowness), min(context))


class Several:
    """The part of a search that knows several models."""

    def __init__(self, explorer: Explorer, wishes: Wishes, catalog: CatalogReader) -> None:
        # Weakly: the two would be a ring, which keeps all that a search made until somebody looks
        # for garbage.
        self._searching, self._wishes, self._catalog = ref(explorer), wishes, catalog
        self._options: dict[Build, tuple[tuple[Option, ...], ...]] = {}

    @property
    def _explorer(self) -> Explorer:
        """The search that this is a part of, which outlives it."""
        explorer = self._searching()
        assert explorer is not None
        return explorer

    def _of(self, build: Build) -> tuple[tuple[Option, ...], ...]:
        """For each model the ways that may be possible on a build."""
        known = self._options.pop(build, None)
        if known is None:
            explorer = self._explorer
            bounds, crowd = explorer.bounds, explorer.crowd(build)
            every: list[tuple[Option, ...]] = []
            for recipes in explorer.recipes:
                options = []
                for recipe in recipes:
                    need = None
                    if suits(recipe, crowd.cards, crowd.is_own):
                        need = bounds.need_gib(recipe, build)
                    if need is not None and bounds.allowed(recipe, build):
                        options.append(Option(recipe, need, bounds.limit(recipe, build)))
                every.append(tuple(options))
            known = tuple(every)
            if len(self._options) >= MOST_BUILDS:
                del self._options[next(iter(self._options))]
        # The last one is the one asked for last.
        self._options[build] = known
        return known

    def build(self, build: Build) -> None:
        """All hosts of a build; each becomes a task with the best that every model may give."""
        explorer, crowd = self._explorer, self._explorer.crowd(build)
        every = self._of(build)
        if not all(every):
            return
        for place, host in enumerate(crowd.hosts):
            points = []
            for options in every:
                slower = crowd.slower[place]
                points.append(
                    (
                        min(crowd.usd(place, option.need_gib) for option in options),
                        min(crowd.watts(place, option.recipe) for option in options),
                        min(-option.limit.rate(slower) for option in options),
                        explorer.limit,
                    )
                )
            point = worst(points)
            if point[0] == ENDLESS:
                explorer.seen.pruned += prod(map(len, every))
            else:
                explorer.offer(point, build, host, prod(map(len, every)))

    def machine(self, task: Task) -> None:
        """All ways of all models on one computer."""
        explorer, seen = self._explorer, self._explorer.seen
        crowd, every = explorer.crowd(task.build), self._of(task.build)
        ways = prod(map(len, every))
        found = self._closest(crowd, crowd.hosts.index(task.host), every)
        if found is None:
            return
        left, put_off = found
        tried: int | None = 0
        if all(left):
            tried = self._try_all(left, task)
        if put_off or tried is None:
            explorer.put_off(task)
        else:
            seen.pruned += max(ways - tried, 0)

    def _closest(
        self, crowd: Crowd, place: int, every: tuple[tuple[Option, ...], ...]
    ) -> tuple[list[list[Near]], bool] | None:
        """For each model what is left to try, and whether something was put off; None where the
        computer has no price or it was cancelled.

        Whatever one model does, the rig is no better than the best that every other one allows.
        """
        explorer, put_off = self._explorer, False
        known: list[list[tuple[Point, Option]]] = []
        for options in every:
            points = [self._bound(option, crowd, place) for option in options]
            if any(point is None for point in points):
                explorer.without_price(crowd.build)
                return None
            known.append([(p, o) for p, o in zip(points, options, strict=True) if p is not None])
        best = [_best(point for point, _ in found) for found in known]
        left: list[list[Near]] = [[] for _ in every]
        # The slowest model first: mostly it decides.
        for model in sorted(range(len(every)), key=lambda one: -best[one][2]):
            others = worst([*best[:model], *best[model + 1 :]])
            for bound, option in known[model]:
                if explorer.cancelled():
                    return None
                point = worst((bound, others))
                if explorer.is_covered(point):
                    continue
                if explorer.is_put_off(point):
                    put_off = True
                    continue
                near = self._near(option, crowd, place)
                if near is None:
                    continue
                point = worst((near.point, others))
                if explorer.is_put_off(point):
                    put_off = True
                elif not explorer.is_covered(point):
                    left[model].append(near)
            if not left[model]:
                return left, put_off
            best[model] = _best(near.point for near in left[model])
        for model, found in enumerate(left):
            others = worst([*best[:model], *best[model + 1 :]])
            left[model] = [
                near for near in found if not explorer.is_covered(worst((near.point, others)))
            ]
        return left, put_off

    def _bound(self, option: Option, crowd: Crowd, place: int) -> Point | None:
        machine = Machine(crowd.build, crowd.hosts[place])
        usd = self._explorer.bounds.usd_low(machine, option.need_gib, option.recipe)
        if usd is None:
            return None
        rate = option.limit.rate(crowd.slower[place])
        return (usd * BELOW, crowd.watts(place, option.recipe), -rate, self._explorer.limit)

    def _near(self, option: Option, crowd: Crowd, place: int) -> Near | None:
        """What one model cannot better with the placement that it has; None where it has none."""
        explorer, machine = self._explorer, Machine(crowd.build, crowd.hosts[place])
        reach = explorer.reach(crowd.build, option.recipe)
        if reach is None:
            return None
        if not reach.known:
            explorer.seen.unknown_speed += 1
            return None
        placement = reach.placement
        usd = explorer.bounds.usd_low(machine, placement.need_gib, option.recipe)
        if usd is None or usd == ENDLESS:
            return None
        plan = with_host(placement.plan, machine, 0, self._wishes)
        power = power_of(plan, self._catalog, host_computes=reach.computes)
        rate, context = reach.rate(crowd.slower[place]), -float(reach.context)
        return Near((usd * BELOW, float(power.load_w or 0), -rate, context), placement)

    def _try_all(self, left: list[list[Near]], task: Task) -> int | None:
        """Try the sets of what is left; how many, and None where some are put off."""
        explorer, machine = self._explorer, Machine(task.build, task.host)
        singles = Singles(self._wishes, self._catalog)
        tried, put_off = 0, False
        able = [
            [
                Able(near.placement, max(node.ram_gib for node in plan.rig.nodes))
                for near in found
                if (plan := singles.plan(near.placement, machine, 0)) is not None
            ]
            for found in left
        ]
        sizes = {one.size_gib for found in able for one in found}
        for size in sorted(sizes):
            # A rig has the memory of the model that needs most.
            every = [self._with(found, size, machine, singles) for found in able]
            if explorer.cancelled():
                return None
            for chosen in product(*every):
                if max(one.size_gib for one, _, _ in chosen) != size:
                    continue
                point = worst([point for _, point, _ in chosen])
                if explorer.is_covered(point):
                    continue
                if explorer.is_put_off(point):
                    put_off = True
                    continue
                tried += 1
                # They share a disk, which none of them pays for alone.
                explorer.keep(singles.together([plan for _, _, plan in chosen]))
        return None if put_off else tried

    def _with(
        self, found: list[Able], size: int, machine: Machine, singles: Singles
    ) -> list[tuple[Able, Point, Plan]]:
        """What one model gives at best with so much memory: of ways that need the same memory
        and disk, those that none of them beats.
        """
        fronts: dict[tuple[object, ...], Front[tuple[Able, Point, Plan]]] = {}
        for able in found:
            if able.size_gib > size or self._explorer.cancelled():
                continue
            plan = singles.plan(able.placement, machine, size)
            figures = None if plan is None else singles.figures(plan)
            point = None if figures is None else point_of(figures, self._wishes)
            if plan is not None and point is not None:
                key = (able.size_gib, plan.weights, plan.deployment.engine)
                fronts.setdefault(key, Front()).add(point, (able, point, plan))
        return [item for front in fronts.values() for _, item in front]
