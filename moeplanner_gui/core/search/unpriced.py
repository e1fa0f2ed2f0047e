"""Rigs that do what is asked and lack a price: for each kind of card the fewest that do it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product

from moeplanner_gui.core.hardware_cost import hardware_cost
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.search.candidates import Way, candidate
from moeplanner_gui.core.search.figures import Figures, within
from moeplanner_gui.core.search.find import Explorer
from moeplanner_gui.core.search.machines import Build, Machine, cards_in, has_price, hosts_for
from moeplanner_gui.core.search.space import Recipe, suits
from moeplanner_gui.core.search.terms import Cancelled, Wishes

_TRIED_BESIDE = 4
"""Ways that are tried beside the first one that does it."""
_MOST_TRIED = 40
_MOST_OF_EACH = 6
"""Ways of each of several models."""
Kind = tuple[str | None, int, str | None, bool]


def without_price(
    builds: Iterable[Build],
    wishes: Wishes,
    catalog: CatalogReader,
    cancelled: Cancelled,
    explorer: Explorer,
) -> Iterator[Figures]:
    """One candidate for each card: the fewest, in the host whose known parts cost least, with
    the fastest of the ways that promise most.

    What is known of its price keeps to the budget; the rest has to be asked for.
    """
    known = _Known(wishes, catalog, explorer)
    done: set[Kind] = set()
    for build in sorted(builds, key=lambda build: (build.nodes, build.count)):
        kind = (build.card, build.nodes, build.network, build.kept)
        if kind in done:
            continue
        if cancelled():
            return
        found = _cheapest(build, known, cancelled)
        if found is not None:
            done.add(kind)
            # What a card goes into that nobody knows how to build in has no price.
            yield replace(found, usd=None)


class _Known:
    """What is asked, and what the search before has worked out."""

    def __init__(self, wishes: Wishes, catalog: CatalogReader, explorer: Explorer) -> None:
        self.wishes, self.catalog = wishes, catalog
        self.bounds, self.reaches = explorer.bounds, explorer.reaches
        self.recipes = explorer.recipes
        self.budget = float("inf") if wishes.budget_usd is None else wishes.budget_usd


def _cheapest(build: Build, known: _Known, cancelled: Cancelled) -> Figures | None:
    best: tuple[float, float, Figures] | None = None
    beside = 0
    for tried, way in enumerate(_promising(build, known)):
        if cancelled() or beside >= _TRIED_BESIDE or tried >= _MOST_TRIED:
            break
        beside += best is not None
        figures = _in_cheapest_host(build, way, known, cancelled)
        if figures is None or figures.decode is None:
            continue
        rank = (hardware_cost(figures.plan, known.catalog).known_usd, -figures.decode.expected)
        if best is None or rank < best[:2]:
            best = (*rank, figures)
    return None if best is None else best[2]


def _promising(build: Build, known: _Known) -> Iterator[Way]:
    """Ways that may reach the speed, those that take the least host memory first, then by speed."""
    wishes, bounds = known.wishes, known.bounds
    hosts = hosts_for(build, wishes, known.catalog, bounds.hosts)
    if not hosts or not bounds.reads_fast(build):
        return
    cards = cards_in(build, wishes)
    every: list[list[tuple[float, float, Recipe]]] = []
    for of_model in known.recipes:
        found: list[tuple[float, float, Recipe]] = []
        for recipe in of_model:
            need = None
            if suits(recipe, cards, hosts == (None,)):
                need = bounds.need_gib(recipe, build)
            if need is None or not bounds.allowed(recipe, build):
                continue
            if min(bounds.rough_usd(Machine(build, host), need) for host in hosts) > known.budget:
                continue
            rate = bounds.decode_high(recipe, build)
            if rate >= wishes.decode_tokens_per_s:
                found.append((need, -rate, recipe))
        found.sort(key=lambda one: one[:2])
        every.append(found if len(known.recipes) == 1 else found[:_MOST_OF_EACH])
    sets = sorted(
        product(*every),
        key=lambda chosen: (max(one[0] for one in chosen), max(one[1] for one in chosen)),
    )
    yield from (tuple(recipe for _, _, recipe in chosen) for chosen in sets)


def _in_cheapest_host(
    build: Build, way: Way, known: _Known, cancelled: Cancelled
) -> Figures | None:
    wishes, catalog, bounds = known.wishes, known.catalog, known.bounds
    reaches = [known.reaches.of(build, recipe) for recipe in way]
    able = [reach for reach in reaches if reach is not None and reach.known]
    if len(able) < len(way) or min(reach.context for reach in able) < wishes.context_tokens:
        return None
    placements = [reach.placement for reach in able]
    need = max(placement.need_gib for placement in placements)
    lacks = not has_price(build, catalog, list_prices=wishes.list_prices)
    every = [Machine(build, host) for host in hosts_for(build, wishes, catalog, bounds.hosts)]
    for machine in sorted(every, key=lambda machine: bounds.rough_usd(machine, need)):
        if cancelled():
            return None
        slower = bounds.fastest_gbs / (bounds.host_gbs(machine) or 1.0)
        if min(reach.rate(slower) for reach in able) < wishes.decode_tokens_per_s:
            continue
        figures = candidate(placements, machine, wishes, catalog)
        if figures is None or figures.decode is None or not within(figures, wishes):
            continue
        if figures.usd is not None and not lacks:
            # In this host it has a price: it is among the others.
            continue
        usd = hardware_cost(figures.plan, catalog).known_usd
        if usd <= known.budget:
            return figures
    return None
