"""Rigs that do what is asked and lack a price: for each kind of card the fewest that do it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from moeplanner_gui.core.hardware_cost import hardware_cost
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.search.bounds import Bounds
from moeplanner_gui.core.search.candidates import candidate, ways_of
from moeplanner_gui.core.search.figures import Figures, within
from moeplanner_gui.core.search.machines import Build, Machine, cards_in, has_place, hosts_for
from moeplanner_gui.core.search.space import placement_of, suits
from moeplanner_gui.core.search.terms import Cancelled, Wishes

Kind = tuple[str | None, int, str | None, bool]


def without_price(
    builds: Iterable[Build], wishes: Wishes, catalog: CatalogReader, cancelled: Cancelled
) -> Iterator[Figures]:
    """One candidate for each card: the fewest, in the host whose known parts cost least.

    What is known of its price keeps to the budget; the rest has to be asked for.
    """
    bounds = Bounds(wishes, catalog)
    done: set[Kind] = set()
    for build in sorted(builds, key=lambda build: (build.nodes, build.count)):
        kind = (build.card, build.nodes, build.network, build.kept)
        if kind in done:
            continue
        if cancelled():
            return
        found = _cheapest(build, wishes, catalog, bounds, cancelled)
        if found is not None:
            done.add(kind)
            # What a card goes into that nobody knows how to build in has no price.
            lacks = build.card is not None and not has_place(catalog.gpu(build.card))
            own = build.card is not None and catalog.gpu(build.card).unified_memory
            yield replace(found, usd=None) if lacks and not own else found


def _cheapest(
    build: Build, wishes: Wishes, catalog: CatalogReader, bounds: Bounds, cancelled: Cancelled
) -> Figures | None:
    best: tuple[float, float, Figures] | None = None
    hosts = hosts_for(build, wishes, catalog, bounds.hosts)
    for way in ways_of(wishes, catalog):
        if cancelled():
            return None
        if not all(
            suits(recipe, cards_in(build, wishes), hosts == (None,))
            and bounds.need_gib(recipe, build) is not None
            and bounds.allowed(recipe, build)
            and bounds.decode_high(recipe, build) >= wishes.decode_tokens_per_s
            for recipe in way
        ):
            continue
        placements = [placement_of(build, recipe, wishes, catalog) for recipe in way]
        known = [placement for placement in placements if placement is not None]
        if len(known) < len(way):
            continue
        for host in hosts:
            figures = candidate(known, Machine(build, host), wishes, catalog)
            if figures is None or figures.decode is None or not within(figures, wishes):
                continue
            usd = hardware_cost(figures.plan, catalog).known_usd
            if wishes.budget_usd is not None and usd > wishes.budget_usd:
                continue
            rank = (usd, -figures.decode.expected)
            if best is None or rank < best[:2]:
                best = (*rank, figures)
    return None if best is None else best[2]
