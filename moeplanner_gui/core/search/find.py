"""The search: best first by price, and nothing looked at that a bound rules out.

The front of price, watts, speed and context is exact: a group of candidates is only left out when
even its bounds are covered by a rig that was found. Limits of the wishes are applied to the front
afterwards; what meets them and is beaten by nothing is on it, as whatever beats a rig meets the
same limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from moeplanner_gui.core.hardware import GpuSpec, HostSpec
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.search.bounds import Bounds
from moeplanner_gui.core.search.figures import Figures, figures_of, wished_end
from moeplanner_gui.core.search.front import Front, Point
from moeplanner_gui.core.search.space import (
    Machine,
    Recipe,
    cards_of,
    hosts_of,
    machines,
    on_host,
    placement_of,
    plan_of,
    recipes,
)
from moeplanner_gui.core.search.terms import Cancelled, Wishes


@dataclass(frozen=True, slots=True)
class Group:
    """Machines that differ only in their host, and the least that the cheapest of them costs."""

    row: GpuSpec | None
    count: int
    nodes: int
    network: str | None
    usd_low: float | None


@dataclass(slots=True)
class Seen:
    """What a search has looked at so far."""

    front: Front[Figures]
    beaten: list[Figures]
    unpriced: list[Figures]
    of: int = 0
    considered: int = 0
    evaluated: int = 0
    pruned: int = 0


def point_of(figures: Figures) -> Point | None:
    """A candidate as a point; None where price, speed or power is unknown."""
    if figures.usd is None or figures.decode is None or figures.load_w is None:
        return None
    return (
        figures.usd,
        figures.load_w,
        -figures.decode.expected,
        -float(figures.context_tokens),
    )


def brute_force(wishes: Wishes, catalog: CatalogReader) -> list[tuple[Point, Figures]]:
    """The front by trying every candidate: what :func:`explore` has to equal. Slow."""
    front: Front[Figures] = Front()
    for machine in machines(wishes, catalog):
        for recipe in recipes(wishes, wishes.models[0], catalog):
            plan = plan_of(machine, recipe, wishes, catalog)
            figures = None if plan is None else checked_figures(plan, wishes, catalog)
            point = None if figures is None else point_of(figures)
            if figures is not None and point is not None:
                front.add(point, figures)
    return list(front)


def checked_figures(plan: Plan, wishes: Wishes, catalog: CatalogReader) -> Figures | None:
    """The figures of a candidate that does what cannot be a matter of degree."""
    figures = figures_of(plan, wishes, catalog)
    if figures is None or figures.context_tokens < wishes.context_tokens:
        return None
    if wishes.prefill_tokens_per_s > wished_end(figures.prefill, wishes):
        return None
    return figures


def explore(wishes: Wishes, catalog: CatalogReader, cancelled: Cancelled) -> Iterator[Seen]:
    """Search group by group, the cheapest first; what was seen is handed out after each.

    The same object is handed out every time, so that a caller who stops has what was found.
    """
    hosts = hosts_of(catalog)
    bounds = Bounds(catalog, hosts)
    ways = recipes(wishes, wishes.models[0], catalog)
    limit = -float(catalog.model(wishes.models[0]).max_context)
    seen = Seen(Front(), [], [])
    groups = sorted(
        _groups(wishes, catalog, bounds, hosts),
        key=lambda group: float("inf") if group.usd_low is None else group.usd_low,
    )
    seen.of = sum(len(hosts) if group.row is None or not group.row.unified_memory else 1
                  for group in groups) * len(ways)  # fmt: skip
    for group in groups:
        if group.usd_low is None:
            continue
        watts = bounds.load_low_w(group.row, group.count, group.nodes)
        for recipe in ways:
            if cancelled():
                return
            _look(group, recipe, watts, limit, wishes, catalog, bounds, hosts, seen)
        yield seen


def _groups(
    wishes: Wishes, catalog: CatalogReader, bounds: Bounds, hosts: tuple[HostSpec, ...]
) -> Iterator[Group]:
    networks = [None, *catalog.networks]
    for nodes in range(1, wishes.max_nodes + 1):
        for network in networks[:1] if nodes == 1 else networks[1:]:
            for row in cards_of(wishes, catalog):
                usd = bounds.card_usd(row)
                if row.unified_memory:
                    yield Group(row, 1, nodes, network, None if usd is None else usd * nodes)
                    continue
                for count in range(1, wishes.max_cards + 1):
                    low = None if usd is None else (usd * count + bounds.host_floor_usd) * nodes
                    yield Group(row, count, nodes, network, low)
            yield Group(None, 0, nodes, network, bounds.host_floor_usd * nodes)


def _look(
    group: Group,
    recipe: Recipe,
    watts: float,
    limit: float,
    wishes: Wishes,
    catalog: CatalogReader,
    bounds: Bounds,
    hosts: tuple[HostSpec, ...],
    seen: Seen,
) -> None:
    row = group.row
    own = row is not None and row.unified_memory
    every = 1 if own else len(hosts)
    seen.considered += every
    if (row is None) != (recipe.place == "processor") or (own and recipe.place != "cards"):
        return
    rate = float("inf")
    if row is not None:
        cards = group.count * group.nodes
        if not bounds.has_room(recipe, row, cards):
            seen.pruned += every
            return
        rate = bounds.decode_high(recipe, row, cards)
    low = group.usd_low or 0.0
    if seen.front.covered((low, watts, -rate, limit)):
        seen.pruned += every
        return
    machine = Machine(
        None if row is None else row.id, group.count, None, group.nodes, group.network
    )
    placement = placement_of(machine, recipe, wishes, catalog)
    if placement is None:
        seen.pruned += every
        return
    for host in (None,) if own else hosts:
        usd = low
        if host is not None:
            usd += (bounds.host_usd(host.id) - bounds.host_floor_usd) * group.nodes
        if seen.front.covered((usd, watts, -rate, limit)):
            seen.pruned += 1
            continue
        plan = on_host(placement, None if host is None else host.id, catalog)
        figures = None if plan is None else checked_figures(plan, wishes, catalog)
        seen.evaluated += 1
        if figures is None:
            continue
        point = point_of(figures)
        if point is None:
            if figures.usd is None:
                seen.unpriced.append(figures)
        elif not seen.front.add(point, figures):
            seen.beaten.append(figures)
