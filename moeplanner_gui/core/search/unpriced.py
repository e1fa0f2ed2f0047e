"""Rigs that do what is asked and lack a price: for each kind of card the fewest that do it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from moeplanner_gui.core.fitting import has_place
from moeplanner_gui.core.hardware_cost import hardware_cost
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.search.bounds import Bounds
from moeplanner_gui.core.search.candidates import Way, candidate, ways_of
from moeplanner_gui.core.search.figures import Figures, within
from moeplanner_gui.core.search.machines import Build, Machine, cards_in, hosts_for
from moeplanner_gui.core.search.space import placement_of, suits
from moeplanner_gui.core.search.terms import Cancelled, Wishes

_TRIED_BESIDE = 4
"""Ways that are tried beside the first one that does it."""
_MOST_TRIED = 40
Kind = tuple[str | None, int, str | None, bool]


def without_price(
    builds: Iterable[Build], wishes: Wishes, catalog: CatalogReader, cancelled: Cancelled
) -> Iterator[Figures]:
    """One candidate for each card: the fewest, in the host whose known parts cost least, with
    the fastest of the ways that promise most.

    What is known of its price keeps to the budget; the rest has to be asked for.
    """
    bounds, ways = Bounds(wishes, catalog), ways_of(wishes, catalog)
    done: set[Kind] = set()
    for build in sorted(builds, key=lambda build: (build.nodes, build.count)):
        kind = (build.card, build.nodes, build.network, build.kept)
        if kind in done:
            continue
        if cancelled():
            return
        found = _cheapest(build, ways, wishes, catalog, bounds, cancelled)
        if found is not None:
            done.add(kind)
            # What a card goes into that nobody knows how to build in has no price.
            yield replace(found, usd=None)


def _cheapest(
    build: Build,
    ways: tuple[Way, ...],
    wishes: Wishes,
    catalog: CatalogReader,
    bounds: Bounds,
    cancelled: Cancelled,
) -> Figures | None:
    best: tuple[float, float, Figures] | None = None
    beside = 0
    for tried, way in enumerate(_promising(build, ways, wishes, catalog, bounds)):
        if cancelled() or beside >= _TRIED_BESIDE or tried >= _MOST_TRIED:
            break
        beside += best is not None
        figures = _in_cheapest_host(build, way, wishes, catalog, bounds)
        if figures is None or figures.decode is None:
            continue
        rank = (hardware_cost(figures.plan, catalog).known_usd, -figures.decode.expected)
        if best is None or rank < best[:2]:
            best = (*rank, figures)
    return None if best is None else best[2]


def _promising(
    build: Build,
    ways: tuple[Way, ...],
    wishes: Wishes,
    catalog: CatalogReader,
    bounds: Bounds,
) -> Iterator[Way]:
    """Ways that may reach the speed, those that take the least host memory first, then by speed."""
    hosts = hosts_for(build, wishes, catalog, bounds.hosts)
    if not hosts:
        return
    cards = cards_in(build, wishes)
    found: list[tuple[float, float, Way]] = []
    budget = float("inf") if wishes.budget_usd is None else wishes.budget_usd
    for way in ways:
        if not all(suits(recipe, cards, hosts == (None,)) for recipe in way):
            continue
        needs = [bounds.need_gib(recipe, build) for recipe in way]
        if None in needs or not all(bounds.allowed(recipe, build) for recipe in way):
            continue
        need = max(need or 0.0 for need in needs)
        if min(bounds.rough_usd(Machine(build, host), need) for host in hosts) > budget:
            continue
        rate = min(bounds.decode_high(recipe, build) for recipe in way)
        if rate >= wishes.decode_tokens_per_s:
            found.append((need, -rate, way))
    yield from (way for _, _, way in sorted(found, key=lambda one: one[:2]))


def _in_cheapest_host(
    build: Build, way: Way, wishes: Wishes, catalog: CatalogReader, bounds: Bounds
) -> Figures | None:
    placements = [placement_of(build, recipe, wishes, catalog) for recipe in way]
    known = [placement for placement in placements if placement is not None]
    if len(known) < len(way):
        return None
    need = max(placement.need_gib for placement in known)
    row = None if build.card is None else catalog.gpu(build.card)
    lacks = row is not None and not row.unified_memory and not has_place(row)
    every = [Machine(build, host) for host in hosts_for(build, wishes, catalog, bounds.hosts)]
    for machine in sorted(every, key=lambda machine: bounds.rough_usd(machine, need)):
        figures = candidate(known, machine, wishes, catalog)
        if figures is None or figures.decode is None or not within(figures, wishes):
            continue
        if figures.usd is not None and not lacks:
            # In this host it has a price: it is among the others.
            continue
        usd = hardware_cost(figures.plan, catalog).known_usd
        if wishes.budget_usd is None or usd <= wishes.budget_usd:
            return figures
    return None
