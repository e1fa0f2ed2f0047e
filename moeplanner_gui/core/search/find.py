"""The search: best first by price, and nothing looked at that a bound rules out.

The front of price, watts, speed and context is exact: a group of candidates is only left out when
even its bounds are covered by a rig that was found. What cannot keep to the limits of the wishes
is put off until everything within them is known: what meets the limits and is beaten by nothing
within them is on the front, as whatever beats a rig meets the same limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from itertools import product

from moeplanner_gui.core.context import solve
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.power.draw import host_computes, power_of
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.search.bounds import ABOVE, BELOW, ENDLESS, Bounds
from moeplanner_gui.core.search.candidates import Way, candidate, ways_of
from moeplanner_gui.core.search.fictional import WAITS_FOR_HOST
from moeplanner_gui.core.search.figures import (
    Figures,
    point_of,
    within,
)
from moeplanner_gui.core.search.front import Front, Point
from moeplanner_gui.core.search.machines import (
    Build,
    Machine,
    builds,
    cards_in,
    has_price,
    hosts_for,
)
from moeplanner_gui.core.search.space import (
    Placement,
    Recipe,
    placement_of,
    suits,
    with_host,
)
from moeplanner_gui.core.search.terms import Cancelled, Wishes
from moeplanner_gui.core.speed.assess import depth_of
from moeplanner_gui.core.speed.decode import Decode, decode_speed
from moeplanner_gui.core.users import slots_of


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
class Reach:
    """A placement with what no host can better: seconds of a step with the fastest host memory,
    of which ``host_s`` wait for that memory, and tokens of context. ``known`` is False where the
    speed is not known on any host.
    """

    placement: Placement
    step_s: float
    host_s: float
    context: int
    known: bool
    computes: bool

    def rate(self, slower: float) -> float:
        """Tokens/s with a host memory that is so many times as slow."""
        seconds = self.step_s + self.host_s * (max(slower, 1.0) - 1.0)
        return ABOVE / seconds if seconds > 0.0 else ENDLESS


@dataclass(frozen=True, slots=True, order=True)
class Task:
    """What is still to do, the cheapest first, of equal ones the fastest: all of a build; one way
    on one machine, first with a rough price, then, ``priced``, with that of the memory it needs
    at least (``need`` GiB); or, with ``exact``, all but computed.
    """

    usd: float
    slowness: float
    number: int
    build: Build = field(compare=False)
    way: Way = field(default=(), compare=False)
    host: str | None = field(default=None, compare=False)
    watts: float = field(default=0.0, compare=False)
    need: float = field(default=0.0, compare=False)
    priced: bool = field(default=False, compare=False)
    exact: Point | None = field(default=None, compare=False)


class Explorer:
    """One search; :meth:`run` goes on with it."""

    def __init__(self, wishes: Wishes, catalog: CatalogReader, cancelled: Cancelled) -> None:
        self._wishes, self._catalog, self._cancelled = wishes, catalog, cancelled
        self.bounds = Bounds(wishes, catalog)
        self.seen = Seen()
        self._ways = ways_of(wishes, catalog)
        self._limit = -float(
            min((catalog.model(model).max_context for model in wishes.models), default=0)
        )
        self._reaches: dict[tuple[Build, Recipe], Reach | None] = {}
        self._tasks: list[Task] = []
        self._later: list[Task] = []
        self._twins: dict[tuple[object, ...], Recipe] = {}
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
            if self._cancelled():
                return
            self._do(heappop(self._tasks))
            yield seen
        seen.inside = True
        yield seen
        self._only_inside = False
        self._tasks, self._later = self._later if beyond else [], []
        heapify(self._tasks)
        while self._tasks:
            if self._cancelled():
                return
            self._do(heappop(self._tasks))
            yield seen

    def _start(self) -> None:
        for build in builds(self._wishes, self._catalog):
            usd = self.bounds.empty_usd(build)
            listed = self._wishes.list_prices
            if usd is None or not has_price(build, self._catalog, list_prices=listed):
                self.seen.unpriced_builds.append(build)
            else:
                self.seen.of += len(self._hosts_of(build)) * len(self._ways)
                self._push(Task(usd * BELOW, 0.0, 0, build))

    def _push(self, task: Task) -> None:
        self._number += 1
        heappush(self._tasks, replace(task, number=self._number))

    def _do(self, task: Task) -> None:
        if task.exact is not None:
            if not self._ruled_out(task.exact, task):
                self._evaluate(task)
        elif task.way:
            self._reached(task)
        else:
            self._build(task)

    def _build(self, task: Task) -> None:
        """All hosts and ways of a build; none of them costs less than the task says."""
        point = (task.usd, 0.0, -ENDLESS, self._limit)
        if self._only_inside and self._outside(point):
            self._later.append(task)
            return
        hosts = len(self._hosts_of(task.build))
        self.seen.considered += hosts * len(self._ways)
        for way in self._ways_of(task.build) if hosts else ():
            self._group(task.build, way)

    def _ways_of(self, build: Build) -> Iterable[Way]:
        """The ways to look at: of several models only those that each can be run in."""
        if len(self._wishes.models) == 1:
            return self._ways
        cards, own = cards_in(build, self._wishes), self._hosts_of(build) == (None,)
        every: list[list[Recipe]] = []
        for place in range(len(self._wishes.models)):
            found = dict.fromkeys(way[place] for way in self._ways)
            every.append(
                [
                    recipe
                    for recipe in found
                    if suits(recipe, cards, own)
                    and self.bounds.need_gib(recipe, build) is not None
                    and self.bounds.allowed(recipe, build)
                ]
            )
        return product(*every)

    def _hosts_of(self, build: Build) -> tuple[str | None, ...]:
        return hosts_for(build, self._wishes, self._catalog, self.bounds.hosts)

    def _outside(self, point: Point) -> bool:
        wishes = self._wishes
        return (
            -point[2] < wishes.decode_tokens_per_s
            or (wishes.budget_usd is not None and point[0] > wishes.budget_usd)
            or (wishes.max_load_w is not None and point[1] > wishes.max_load_w)
        )

    def _group(self, build: Build, way: Way) -> None:
        """All hosts of a build with one way."""
        seen, bounds = self.seen, self.bounds
        hosts = self._hosts_of(build)
        need, rate = 0.0, ENDLESS
        for recipe in way:
            if not suits(recipe, cards_in(build, self._wishes), hosts == (None,)):
                return
            least = bounds.need_gib(recipe, build)
            if least is None:
                seen.pruned += len(hosts)
                return
            allowed = bounds.allowed(recipe, build)
            if not allowed:
                seen.unchecked += len(hosts) if allowed is None else 0
                return
            rate, need = min(rate, bounds.decode_high(recipe, build)), max(need, least)
        rough: list[tuple[float, float]] = []
        for host in hosts:
            machine = Machine(build, host)
            watts = max(bounds.rough_w(machine, recipe) for recipe in way)
            rough.append((bounds.rough_usd(machine, need), watts))
        usd, watts = min(one[0] for one in rough), min(one[1] for one in rough)
        if seen.front.covered((usd, watts, -rate, self._limit)):
            seen.pruned += len(hosts)
            return
        for host, (usd, watts) in zip(hosts, rough, strict=True):
            machine = Machine(build, host)
            rate = min(bounds.decode_high(recipe, build, machine) for recipe in way)
            task = Task(usd, -rate, 0, build, way, host, watts, need)
            if not self._ruled_out((usd, watts, -rate, self._limit), task):
                self._push(task)

    def _reached(self, task: Task) -> None:
        """One way on one machine: how its cards are used, and then what it costs."""
        build, way, seen = task.build, task.way, self.seen
        if task.usd == ENDLESS:
            seen.pruned += 1
            return
        if self._ruled_out((task.usd, task.watts, task.slowness, self._limit), task):
            return
        machine = Machine(build, task.host)
        if not task.priced:
            # What is cheaper has to be known before the costly part.
            bound = self._bound(machine, way, task.need, -task.slowness)
            if bound is not None and not self._ruled_out(bound, task):
                self._push(replace(task, usd=bound[0], watts=bound[1], priced=True))
            return
        known = self._known(task)
        if len(known) < len(way):
            seen.pruned += 1
            return
        need = max(reach.placement.need_gib for reach in known)
        usd = max(task.usd, self.bounds.rough_usd(machine, need))
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
        machine, seen = Machine(task.build, task.host), self.seen
        figures = candidate(placements, machine, self._wishes, self._catalog)
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
            if machine.build not in self.seen.unpriced_builds:
                self.seen.unpriced_builds.append(machine.build)
            return None
        if usd == ENDLESS:
            self.seen.pruned += 1
            return None
        watts = [self.bounds.load_low_w(machine, recipe) for recipe in way]
        known = [value for value in watts if value is not None]
        if len(known) < len(way):
            self.seen.unknown_speed += 1
            return None
        return (usd * BELOW, max(known), -rate, self._limit)

    def _ruled_out(self, point: Point, task: Task) -> bool:
        """True when a bound rules a candidate out, or puts it off."""
        if self.seen.front.covered(point):
            self.seen.pruned += 1
            return True
        if self._only_inside and self._outside(point):
            self._later.append(task)
            return True
        return False

    def reach(self, build: Build, recipe: Recipe) -> Reach | None:
        """How far a recipe gets on a build in the best host; None where it does not fit."""
        key = (build, recipe)
        if key not in self._reaches:
            found = self._new_reach(build, recipe)
            self._reaches[key] = None if self._is_twin(key, found) else found
        return self._reaches[key]

    def _is_twin(self, key: tuple[Build, Recipe], found: Reach | None) -> bool:
        """True where another KV cache is the same one by another name, which one is enough of."""
        if found is None or len(self._wishes.models) > 1:
            return False
        build, recipe = key
        same = (
            build, replace(recipe, cache="auto"), found.step_s, found.host_s, found.context,
            found.placement.need_gib,
        )  # fmt: skip
        return self._twins.setdefault(same, recipe) != recipe

    def _new_reach(self, build: Build, recipe: Recipe) -> Reach | None:
        if recipe.place in ("experts", "layers") and recipe.engine == "llama.cpp":
            whole = self._reaches.get((build, replace(recipe, place="cards")))
            if whole is not None:
                # The cards hold all of it: nothing has to be elsewhere.
                return None
        placement = placement_of(build, recipe, self._wishes, self._catalog)
        if placement is None:
            return None
        plan = placement.plan
        prepared = prepare(plan, self._catalog)
        demand = prepared.demand
        if isinstance(demand, Refusal):
            return None
        decode = decode_speed(prepared, self._catalog, depth_of(plan), self._wishes.users)
        tokens, _ = solve(demand)
        step_s = host_s = 0.0
        if isinstance(decode, Decode):
            step_s = 1.0 / decode.rate.expected
            host_s = sum(term.seconds for term in decode.terms if term.kind in WAITS_FOR_HOST)
        return Reach(
            placement=placement,
            step_s=step_s,
            host_s=host_s,
            context=tokens // slots_of(plan),
            known=isinstance(decode, Decode),
            computes=host_computes(prepared),
        )


def explore(wishes: Wishes, catalog: CatalogReader, cancelled: Cancelled = never) -> Iterator[Seen]:
    """Search everything, within the limits first; see :meth:`Explorer.run`."""
    return Explorer(wishes, catalog, cancelled).run()
