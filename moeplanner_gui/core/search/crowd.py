"""The hosts that a build can be in, with what a search asks of all of them again and again."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from moeplanner_gui.core.search.machines import Build, Machine
from moeplanner_gui.core.search.space import Recipe

if TYPE_CHECKING:
    from moeplanner_gui.core.search.bounds import Bounds


class Crowd:
    """The hosts of one build, each called by its place in ``hosts``."""

    def __init__(self, bounds: Bounds, build: Build, hosts: tuple[str | None, ...]) -> None:
        self.build, self.hosts, self.is_own = build, hosts, hosts == (None,)
        self.cards = bounds.cards_of(build)
        self._bounds = bounds
        machines = [Machine(build, host) for host in hosts]
        self._machines = machines
        fastest = bounds.fastest_gbs
        self.slower = tuple(
            fastest / bounds.host_gbs(machine) if fastest else 1.0 for machine in machines
        )
        """How many times as slow the memory of each host is as the fastest."""
        self._usd = [bounds.rough_steps(machine) for machine in machines]
        self._watts: dict[tuple[bool, bool], list[float]] = {}

    def usd(self, place: int, need_gib: float) -> float:
        """:meth:`Bounds.rough_usd` in one of the hosts."""
        sizes, usd = self._usd[place]
        return usd[bisect_left(sizes, need_gib)]

    def watts(self, place: int, recipe: Recipe) -> float:
        """:meth:`Bounds.rough_w` in one of the hosts."""
        key = (recipe.place != "cards", recipe.engine == "ktransformers")
        known = self._watts.get(key)
        if known is None:
            known = [self._bounds.rough_w(machine, recipe) for machine in self._machines]
            self._watts[key] = known
        return known[place]
