"""The search: best first by price, and nothing looked at that a bound rules out.

The front of price, watts, speed and context is exact: a group of candidates is only left out when
even its bounds are covered by a rig that was found. What cannot keep to the limits of the wishes
is put off until everything within them is known: what meets the limits and is beaten by nothing
within them is on the front, as whatever beats a rig meets the same limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, replace
from heapq import heappop, heappush
from math import prod

from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.power.draw import power_of
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.search.bounds import BELOW, ENDLESS, Bounds
from moeplanner_gui.core.search.candidates import Way, candidate
from moeplanner_gui.core.search.crowd import Crowd
from moeplanner_gui.core.search.figures import (
    Figures,
    point_of,
    within,
)
from moeplanner_gui.core.search.front import Front, Point
from moeplanner_gui.core.search.machines import Build, Machine, builds, has_price, hosts_for
from moeplanner_gui.core.search.reach import Reach, Reaches
from moeplanner_gui.core.search.several import Several
from moeplanner_gui.core.search.space import Recipe, recipes, suits, with_host
from moeplanner_gui.core.search.terms import Cancelled, Wishes


def never() -> bool:
    """Nobody cancels."""
    return False


@dataclass(slots=True)
class Seen:
    """What a search has looked at so far. Counts are of candidates.

    ``inside``: everything within the limits is known; ``hits`` candidates were within them.
    ``unpriced_builds`` are left for later. ``unknown_speed`` candidates fit and have a price;
    ``unchecked`` are on cards for whose kernels nobody knows.
    """

    front: Front[Figures] = field(default_factory=Front)
    beaten: list[Figures] = field(default_factory=list)
    unpriced_builds: list[Build] = field(default_factory=list)
    of: int = 0
    considered: int = 0
    evaluated: int = 0
    pruned: int = 0
    unknown_speed: int = 0
    unchecked: int = 0
    inside: bool = False
    hits: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """What is still to do, the cheapest first, of equal ones the fastest: all of a build; one way
    on one machine, first with a rough price, then, ``priced``, with that of the memory it needs
    at least (``need`` GiB); or, with ``exact``, all but computed. ``together``: so many ways of
    several models on one machine, or, with a way, all of so many hosts.
    """

    usd: float
    slowness: float
    build: Build
    way: Way = ()
    host: str | None = None
    watts: float = 0.0
    need: float = 0.0
    priced: bool = False
    exact: Point | None = None
    together: int = 0


Entry = tuple[float, float, int, Task]


class Explorer:
    """One search; :meth:`run` goes on with it."""

    def __init__(self, wishes: Wishes, catalog: CatalogReader, cancelled: Cancelled) -> None:
        self._wishes, self._catalog = wishes, catalog
        self.cancelled = cancelled
        self.bounds = Bounds(wishes, catalog)
        self.seen = Seen()
        self.recipes = tuple(recipes(wishes, model, catalog) for model in wishes.models)
        self._ways = prod(map(len, self.recipes))
        self.limit = -float(
            min((catalog.model(model).max_context for model in wishes.models), default=0)
        )
        self.reaches = Reaches(wishes, catalog)
        self._crowds: dict[Build, Crowd] = {}
        self._several = Several(self, wishes, catalog) if len(wishes.models) > 1 else None
        self._tasks: list[Entry] = []
        self._later: list[Task] = []
        self._only_inside = True
        self._number = 0

    def run(self, *, beyond: bool = True) -> Iterator[Seen]:
        """Search task by task, the cheapest first; what was seen is handed out after each.

        The same object is handed out every time, so that a caller who stops has what was found.
        ``beyond``: also look at what is outside the limits.
        """
        seen = self.seen
        self._start()
        yield seen
        while self._tasks:
            if self.cancelled():
                return
            self._do(heappop(self._tasks)[-1])
            yield seen
        seen.inside = True
        yield seen
        self._only_inside = False
        later, self._later = self._later if beyond else [], []
        for task in later:
            self._push(task)
        while self._tasks:
            if self.cancelled():
                return
            self._do(heappop(self._tasks)[-1])
            yield seen

    def _start(self) -> None:
        if self._wishes.context_tokens > -self.limit:
            # A model reads no longer context, whatever it runs on.
            return
        for build in builds(self._wishes, self._catalog):
            if self.cancelled():
                return
            usd = self.bounds.empty_usd(build)
            listed = self._wishes.list_prices
            if usd is None or not has_price(build, self._catalog, list_prices=listed):
                self.seen.unpriced_builds.append(build)
            else:
                self.seen.of += len(self.crowd(build).hosts) * self._ways
                self._push(Task(usd * BELOW, 0.0, build))

    def _push(self, task: Task) -> None:
        self._number += 1
        heappush(self._tasks, (task.usd, task.slowness, self._number, task))

    def _do(self, task: Task) -> None:
        if task.exact is not None:
            if not self._ruled_out(task.exact, task):
                self._evaluate(task)
        elif task.way and task.together:
            if not self._ruled_out((task.usd, task.watts, task.slowness, self.limit), task):
                self._hosts(task)
        elif task.way:
            self._reached(task)
        elif task.together and self._several is not None:
            point = (task.usd, task.watts, task.slowness, self.limit)
            if not self._ruled_out(point, task):
                self._several.machine(task)
        else:
            self._build(task)

    def _build(self, task: Task) -> None:
        """All hosts and ways of a build; none of them costs less than the task says."""
        point = (task.usd, 0.0, -ENDLESS, self.limit)
        if self._only_inside and self._outside(point):
            self._later.append(task)
            return
        self.seen.considered += len(self.crowd(task.build).hosts) * self._ways
        if not self.bounds.reads_fast(task.build):
            self.seen.pruned += len(self.crowd(task.build).hosts) * self._ways
            return
        if self._several is not None:
            self._several.build(task.build)
            return
        for recipe in self.recipes[0] if self.crowd(task.build).hosts else ():
            if self.cancelled():
                return
            self._group(task.build, recipe)

    def crowd(self, build: Build) -> Crowd:
        """The hosts that a build can be in."""
        known = self._crowds.get(build)
        if known is None:
            hosts = hosts_for(build, self._wishes, self._catalog, self.bounds.hosts)
            known = self._crowds[build] = Crowd(self.bounds, build, hosts)
        return known

    def offer(self, point: Point, build: Build, host: str | None, together: int) -> None:
        """A task of several models on one machine."""
        task = Task(point[0], point[2], build, host=host, watts=point[1], together=together)
        if not self._ruled_out(point, task):
            self._push(task)

    def _outside(self, point: Point) -> bool:
        wishes = self._wishes
        return (
            -point[2] < wishes.decode_tokens_per_s
            or (wishes.budget_usd is not None and point[0] > wishes.budget_usd)
            or (wishes.max_load_w is not None and point[1] > wishes.max_load_w)
        )

    def _group(self, build: Build, recipe: Recipe) -> None:
        """All hosts of a build with one way; looked at one by one when its turn comes."""
        seen, bounds, crowd = self.seen, self.bounds, self.crowd(build)
        if not suits(recipe, crowd.cards, crowd.is_own):
            return
        hosts = crowd.hosts
        need = bounds.need_gib(recipe, build)
        if need is None:
            seen.pruned += len(hosts)
            return
        allowed = bounds.allowed(recipe, build)
        if not allowed:
            seen.unchecked += len(hosts) if allowed is None else 0
            return
        places = range(len(hosts))
        usd = min(crowd.usd(place, need) for place in places)
        if usd == ENDLESS:
            seen.pruned += len(hosts)
            return
        watts = min(crowd.watts(place, recipe) for place in places)
        slowness = -bounds.limit(recipe, build).rate(1.0)
        task = Task(usd, slowness, build, (recipe,), None, watts, need, together=len(hosts))
        if not self._ruled_out((usd, watts, slowness, self.limit), task):
            self._push(task)

    def _hosts(self, task: Task) -> None:
        """The hosts of a group, each with its own bounds."""
        build, (recipe,), need = task.build, task.way, task.need
        limit, crowd = self.bounds.limit(recipe, build), self.crowd(build)
        for place, host in enumerate(crowd.hosts):
            usd, watts = crowd.usd(place, need), crowd.watts(place, recipe)
            if usd == ENDLESS:
                self.seen.pruned += 1
                continue
            slowness = -limit.rate(crowd.slower[place])
            one = Task(usd, slowness, build, task.way, host, watts, need)
            if not self._ruled_out((usd, watts, slowness, self.limit), one):
                self._push(one)

    def _reached(self, task: Task) -> None:
        """One way on one machine: how its cards are used, and then what it costs."""
        build, way, seen = task.build, task.way, self.seen
        if self._ruled_out((task.usd, task.watts, task.slowness, self.limit), task):
            return
        machine = Machine(build, task.host)
        if not task.priced:
            # What is cheaper has to be known before the costly part.
            bound = self._bound(machine, way, task.need, -task.slowness)
            if bound is not None and not self._ruled_out(bound, task):
                self._push(replace(task, usd=bound[0], watts=bound[1], priced=True))
            return
        usd = task.usd
        for recipe in way:
            placement = self.reaches.placed(build, recipe)
            if placement is None:
                seen.pruned += 1
                return
            usd = max(usd, self.bounds.rough_usd(machine, placement.need_gib))
            beaten = seen.front.beaten_context(usd, task.watts, task.slowness)
            if beaten is not None and not self.reaches.exceeds(build, recipe, -int(beaten)):
                # What is already found holds as long a context; no need to know how long.
                seen.pruned += 1
                return
        known = self._known(task)
        if len(known) < len(way):
            seen.pruned += 1
            return
        need = max(reach.placement.need_gib for reach in known)
        slower = self.bounds.fastest_gbs / (self.bounds.host_gbs(machine) or 1.0)
        rate = min(reach.rate(slower) for reach in known)
        context = -float(min(reach.context for reach in known))
        if self._ruled_out((usd, task.watts, -rate, context), task):
            return
        point = self._bound(machine, way, need, rate)
        if point is None:
            return
        if not all(reach.known for reach in known):
            seen.unknown_speed += 1
            return
        watts = 0.0
        for reach in known:
            plan = with_host(reach.placement.plan, machine, 0, self._wishes)
            power = power_of(plan, self._catalog, host_computes=reach.computes)
            watts = max(watts, power.load_w or 0)
        exact = (point[0], watts, point[2], context)
        if not self._ruled_out(exact, task):
            self._push(replace(task, usd=exact[0], slowness=exact[2], exact=exact))

    def _known(self, task: Task) -> list[Reach]:
        reaches = [self.reach(task.build, recipe) for recipe in task.way]
        return [reach for reach in reaches if reach is not None]

    def _evaluate(self, task: Task) -> None:
        placements = [reach.placement for reach in self._known(task)]
        machine = Machine(task.build, task.host)
        self.keep(candidate(placements, machine, self._wishes, self._catalog))

    def keep(self, figures: Figures | None) -> None:
        """Count a candidate that was computed, and keep it where nothing beats it."""
        seen = self.seen
        seen.evaluated += 1
        found = None if figures is None else point_of(figures, self._wishes)
        if figures is None or found is None:
            return
        seen.hits += within(figures, self._wishes)
        beaten = seen.front.add(found, figures)
        if beaten is None:
            beaten = [figures]
        seen.beaten += [one for one in beaten if within(one, self._wishes)]

    def _bound(self, machine: Machine, way: Way, need: float, rate: float) -> Point | None:
        """What a machine cannot be better than; None where it has no price, or no power."""
        usd = self.bounds.usd_low(machine, need, way[0])
        if usd is None:
            self.without_price(machine.build)
            return None
        if usd == ENDLESS:
            self.seen.pruned += 1
            return None
        watts = [self.bounds.load_low_w(machine, recipe) for recipe in way]
        known = [value for value in watts if value is not None]
        if len(known) < len(way):
            self.seen.unknown_speed += 1
            return None
        return (usd * BELOW, max(known), -rate, self.limit)

    def _ruled_out(self, point: Point, task: Task) -> bool:
        """True when a bound rules a candidate out, or puts it off."""
        if self.seen.front.covered(point):
            self.seen.pruned += task.together or 1
            return True
        if self._only_inside and self._outside(point):
            self._later.append(task)
            return True
        return False

    def without_price(self, build: Build) -> None:
        """A build of which a part has no price."""
        if build not in self.seen.unpriced_builds:
            self.seen.unpriced_builds.append(build)

    def is_covered(self, point: Point) -> bool:
        """True when a rig that was found is at least as good in everything."""
        return self.seen.front.covered(point)

    def is_put_off(self, point: Point) -> bool:
        """True while only what is within the limits is looked at, and this is not."""
        return self._only_inside and self._outside(point)

    def put_off(self, task: Task) -> None:
        """Look at it when all within the limits is known."""
        self._later.append(task)

    def reach(self, build: Build, recipe: Recipe) -> Reach | None:
        """How far a recipe gets on a build in the best host; None where it does not fit."""
        return self.reaches.of(build, recipe)


def explore(wishes: Wishes, catalog: CatalogReader, cancelled: Cancelled = never) -> Iterator[Seen]:
    """Search everything, within the limits first; see :meth:`Explorer.run`."""
    return Explorer(wishes, catalog, cancelled).run()
