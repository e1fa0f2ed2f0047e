"""Candidates: every machine with every way to run the models, and what each gives."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from moeplanner_gui.core.bill import disk_room_gib, with_enough_supply
from moeplanner_gui.core.plan import Node, Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.search.figures import Figures, figures_of, joined, point_of, wished_end
from moeplanner_gui.core.search.front import Front, Point
from moeplanner_gui.core.search.machines import Machine, has_price, machines, sizes_for
from moeplanner_gui.core.search.space import Placement, Recipe, on_host, placement_of, recipes
from moeplanner_gui.core.search.terms import Wishes

Way = tuple[Recipe, ...]
"""How each of the models is run."""


def ways_of(wishes: Wishes, catalog: CatalogReader) -> tuple[Way, ...]:
    """All ways to run all of the models."""
    return tuple(product(*(recipes(wishes, model, catalog) for model in wishes.models)))


def brute_force(wishes: Wishes, catalog: CatalogReader) -> list[tuple[Point, Figures]]:
    """The front by trying every candidate: what :func:`explore` has to equal. Slow."""
    front: Front[Figures] = Front()
    for machine in machines(wishes, catalog):
        if not has_price(machine.build, catalog, list_prices=wishes.list_prices):
            continue
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


class Singles:
    """One model on one machine with so much memory: plan and figures, worked out once for all
    ways that share them.
    """

    def __init__(self, wishes: Wishes, catalog: CatalogReader) -> None:
        self._wishes, self._catalog = wishes, catalog
        self._plans: dict[tuple[int, Machine, int | None], tuple[Placement, Plan | None]] = {}
        self._figures: dict[int, tuple[Plan, Figures | None]] = {}
        self._with_disks: dict[tuple[int, int], tuple[Plan, Plan]] = {}

    def plan(self, placement: Placement, machine: Machine, least_gib: int) -> Plan | None:
        """:func:`on_host`; the same object for the same question."""
        least = max(placement.need_gib, least_gib)
        sizes = sizes_for(machine, self._wishes, self._catalog)
        key = (id(placement), machine, next((size for size in sizes if size >= least), None))
        known = self._plans.get(key)
        if known is None:
            plan = on_host(placement, machine, self._wishes, self._catalog, least_gib)
            known = self._plans[key] = (placement, plan)
        return known[1]

    def figures(self, plan: Plan) -> Figures | None:
        """The figures of a plan of :meth:`plan`; None where it does not do what is asked."""
        known = self._figures.get(id(plan))
        if known is None:
            wishes = self._wishes
            found = figures_of(plan, wishes, self._catalog)
            if found is not None and (
                found.context_tokens < wishes.context_tokens
                or wishes.prefill_tokens_per_s > wished_end(found.prefill, wishes)
            ):
                found = None
            known = self._figures[id(plan)] = (plan, found)
        return known[1]

    def together(self, plans: list[Plan]) -> Figures | None:
        """The figures of plans on one rig, which has what all of them need; None where one does
        not do what is asked.
        """
        found: list[Figures] = []
        for plan in self._equipped(plans):
            figures = self.figures(plan)
            if figures is None:
                return None
            found.append(figures)
        return joined(found)

    def _equipped(self, plans: list[Plan]) -> list[Plan]:
        """The plans with a disk for the weights of all of them, and, where a computer that is
        kept has a smaller supply or disk than they need, with one that is enough.
        """
        several, nodes = len(plans) > 1, plans[0].rig.nodes
        if not several and all(node.parts is None and not node.disk_gib for node in nodes):
            return plans
        room = disk_room_gib(plans, self._catalog)
        found: list[Plan] = []
        for plan in plans:
            key = (id(plan), room)
            known = self._with_disks.get(key)
            if known is None:
                every = tuple(
                    with_enough_supply(_with_disk(node, room, always=several), self._catalog)
                    for node in plan.rig.nodes
                )
                rig = plan.rig.model_copy(update={"nodes": every})
                known = self._with_disks[key] = (plan, plan.replace(rig=rig))
            found.append(known[1])
        return found


def candidate(
    placements: Sequence[Placement], machine: Machine, wishes: Wishes, catalog: CatalogReader
) -> Figures | None:
    """The figures of a machine that runs all models; None where it does not do what is asked and
    cannot be a matter of degree.
    """
    singles = Singles(wishes, catalog)
    plans: list[Plan] = []
    least = 0
    # With several models the one that needs most decides on the memory of all.
    for turn in range(2 if len(placements) > 1 else 1):
        plans = []
        for placement in placements:
            plan = singles.plan(placement, machine, least)
            if plan is None:
                return None
            plans.append(plan)
        if turn == 0:
            least = max(node.ram_gib for plan in plans for node in plan.rig.nodes)
    return singles.together(plans)


def _with_disk(node: Node, gib: int, *, always: bool) -> Node:
    """A computer with a disk of so many GiB; also one of which no disk is known, if ``always``."""
    if node.disk_gib >= gib or not (always or node.disk_gib):
        return node
    return node.model_copy(update={"disk_gib": gib})
