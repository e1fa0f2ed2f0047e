"""The search: best first by price, and nothing looked at that a bound rules out.

The front of price, watts, speed and context is exact: a group of candidates is only left out when
even its bounds are covered by a rig that was found. What cannot keep to the limits of the wishes
is put off until everything within them is known: what meets the limits and is beaten by nothing
within them is on the front, as whatever beats a rig meets the same limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from moeplanner_gui.core.context import solve
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.power.draw import host_computes, power_of
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.search.bounds import ABOVE, BELOW, ENDLESS, Bounds
from moeplanner_gui.core.search.figures import (
    Figures,
    figures_of,
    joined,
    point_of,
    wished_end,
    within,
)
from moeplanner_gui.core.search.front import Front, Point
from moeplanner_gui.core.search.machines import (
    Build,
    Machine,
    builds,
    cards_in,
    hosts_for,
    is_own,
    machines,
)
from moeplanner_gui.core.search.space import (
    Placement,
    Recipe,
    on_host,
    placement_of,
    recipes,
    suits,
    with_host,
)
from moeplanner_gui.core.search.terms import Cancelled, Wishes
from moeplanner_gui.core.speed.assess import depth_of
from moeplanner_gui.core.speed.decode import Decode, decode_speed
from moeplanner_gui.core.users import slots_of

Way = tuple[Recipe, ...]
"""How each of the models is run."""


def never() -> bool:
    """Nobody cancels."""
    return False


@dataclass(slots=True)
class Seen:
    """What a search has looked at so far. Counts are of candidates.

    ``inside``: everything within the limits is known. ``unpriced_builds`` are left for later.
    ``unknown_speed`` candidates fit and have a price; ``unchecked`` are on cards for whose
    kernels nobody knows.
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


def ways_of(wishes: Wishes, catalog: CatalogReader) -> tuple[Way, ...]:
    """All ways to run all of the models."""
    return tuple(product(*(recipes(wishes, model, catalog) for model in wishes.models)))


def brute_force(wishes: Wishes, catalog: CatalogReader) -> list[tuple[Point, Figures]]:
    """The front by trying every candidate: what :func:`explore` has to equal. Slow."""
    front: Front[Figures] = Front()
    for machine in machines(wishes, catalog):
        for way in ways_of(wishes, catalog):
            placements = [placement_of(machine.build, one, wishes, catalog) for one in way]
            known = [placement for placement in placements if placement is not None]
            if len(known) < len(way):
                continue
            figures = candidate(known, machine, wishes, catalog)
            point = None if figures is None else point_of(figures, wishes)
            if figures is not None and point is not None:
                front.add(point, figures)
    return list(front)


def candidate(
    placements: list[Placement], machine: Machine, wishes: Wishes, catalog: CatalogReader
) -> Figures | None:
    """The figures of a machine that runs all models; None where it does not do what is asked and
    cannot be a matter of degree.
    """
    plans: list[Plan] = []
    least = 0
    # With several models the one that needs most decides on the memory of all.
    for turn in range(2 if len(placements) > 1 else 1):
        plans = []
        for placement in placements:
            plan = on_host(placement, machine, wishes, catalog, least)
            if plan is None:
                return None
            plans.append(plan)
        if turn == 0:
            least = max(node.ram_gib for plan in plans for node in plan.rig.nodes)
    found: list[Figures] = []
    for plan in plans:
        figures = figures_of(plan, wishes, catalog)
        if figures is None or figures.context_tokens < wishes.context_tokens:
            return None
        if wishes.prefill_tokens_per_s > wished_end(figures.prefill, wishes):
            return None
        found.append(figures)
    return joined(found)


@dataclass(frozen=True, slots=True)
class Reach:
    """A placement with what no host can better: tokens/s and tokens of context. ``known`` is
    False where the speed is not known on any host.
    """

    placement: Placement
    rate: float
    context: int
    known: bool
    computes: bool


Task = tuple[Build, Way, str | None, bool]
"""What is put off: a way on a build; on one host of it where the last is True."""


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
        self._later: list[Task] = []
        self._only_inside = True

    def run(self, *, beyond: bool = True) -> Iterator[Seen]:
        """Search group by group, the cheapest first; what was seen is handed out after each.

        The same object is handed out every time, so that a caller who stops has what was found.
        ``beyond``: also look at what is outside the limits.
        """
        seen = self.seen
        groups = self._groups()
        seen.of = sum(self._hosts(build) for _, build in groups) * len(self._ways)
        for usd, build in groups:
            seen.considered += self._hosts(build) * len(self._ways)
            for way in self._ways:
                if self._cancelled():
                    return
                self._group(build, way, usd)
            yield seen
        seen.inside = True
        yield seen
        if not beyond:
            return
        self._only_inside = False
        later, self._later = self._later, []
        for build, way, host, one in later:
            if self._cancelled():
                return
            if one:
                self._on_host(build, way, host)
            else:
                self._group(build, way, 0.0)
            yield seen

    def _groups(self) -> list[tuple[float, Build]]:
        found: list[tuple[float, Build]] = []
        for build in builds(self._wishes, self._catalog):
            usd = self.bounds.empty_usd(build)
            if usd is None or build.nodes > 1:
                self.seen.unpriced_builds.append(build)
            else:
                found.append((usd, build))
        return sorted(found, key=lambda pair: pair[0])

    def _hosts(self, build: Build) -> int:
        return len(hosts_for(build, self._wishes, self._catalog, self.bounds.hosts))

    def _outside(self, point: Point) -> bool:
        wishes = self._wishes
        return (
            -point[2] < wishes.decode_tokens_per_s
            or (wishes.budget_usd is not None and point[0] > wishes.budget_usd)
            or (wishes.max_load_w is not None and point[1] > wishes.max_load_w)
        )

    def _group(self, build: Build, way: Way, usd: float) -> None:
        """All hosts of a build with one way."""
        seen, bounds = self.seen, self.bounds
        cards = cards_in(build, self._wishes)
        own = is_own(cards, self._catalog)
        watts = rate = 0.0
        need, rate = 0.0, ENDLESS
        for recipe in way:
            if not suits(recipe, cards, own):
                return
            allowed = bounds.allowed(recipe, build)
            if not allowed:
                seen.unchecked += self._hosts(build) if allowed is None else 0
                return
            least = bounds.need_gib(recipe, build)
            if least is None:
                seen.pruned += self._hosts(build)
                return
            need = max(need, least)
            watts = max(watts, bounds.load_low_w(build, recipe))
            rate = min(rate, bounds.decode_high(recipe, build))
        if self._ruled_out((usd, watts, -rate, self._limit), (build, way, None, False)):
            return
        known = bounds.group_usd(build, need, way[0])
        if known is None:
            if build not in seen.unpriced_builds:
                seen.unpriced_builds.append(build)
            return
        usd = max(usd, known * BELOW)
        if self._ruled_out((usd, watts, -rate, self._limit), (build, way, None, False)):
            return
        if any(self._reach(build, recipe) is None for recipe in way):
            seen.pruned += self._hosts(build)
            return
        for host in hosts_for(build, self._wishes, self._catalog, bounds.hosts):
            self._on_host(build, way, host)

    def _ruled_out(self, point: Point, task: Task) -> bool:
        """True when a bound rules candidates out, or puts them off."""
        if self.seen.front.covered(point):
            self.seen.pruned += 1 if task[3] else self._hosts(task[0])
            return True
        if self._only_inside and self._outside(point):
            self._later.append(task)
            return True
        return False

    def _reach(self, build: Build, recipe: Recipe) -> Reach | None:
        key = (build, recipe)
        if key not in self._reaches:
            self._reaches[key] = self._new_reach(build, recipe)
        return self._reaches[key]

    def _new_reach(self, build: Build, recipe: Recipe) -> Reach | None:
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
        return Reach(
            placement=placement,
            rate=decode.rate.expected * ABOVE if isinstance(decode, Decode) else ENDLESS,
            context=tokens // slots_of(plan),
            known=isinstance(decode, Decode),
            computes=host_computes(prepared),
        )

    def _on_host(self, build: Build, way: Way, host: str | None) -> None:
        reaches = [self._reach(build, recipe) for recipe in way]
        known = [reach for reach in reaches if reach is not None]
        seen, bounds = self.seen, self.bounds
        machine = Machine(build, host)
        need = max(reach.placement.need_gib for reach in known)
        usd = bounds.usd_low(machine, need, way[0])
        if usd is None or usd == ENDLESS:
            seen.pruned += 1
            return
        if not all(reach.known for reach in known):
            seen.unknown_speed += 1
            return
        watts = 0.0
        for reach in known:
            plan = with_host(reach.placement.plan, machine, 0, self._wishes)
            power = power_of(plan, self._catalog, host_computes=reach.computes)
            if power.load_w is None:
                seen.unknown_speed += 1
                return
            watts = max(watts, power.load_w)
        rate = min(reach.rate for reach in known)
        context = -float(min(reach.context for reach in known))
        task = (build, way, host, True)
        if self._ruled_out((usd * BELOW, watts, -rate, context), task):
            return
        figures = candidate(
            [reach.placement for reach in known], machine, self._wishes, self._catalog
        )
        seen.evaluated += 1
        point = None if figures is None else point_of(figures, self._wishes)
        if figures is None or point is None:
            return
        beaten = seen.front.add(point, figures)
        if beaten is None:
            beaten = [figures]
        seen.beaten += [one for one in beaten if within(one, self._wishes)]


def explore(wishes: Wishes, catalog: CatalogReader, cancelled: Cancelled = never) -> Iterator[Seen]:
    """Search everything, within the limits first; see :meth:`Explorer.run`."""
    return Explorer(wishes, catalog, cancelled).run()
