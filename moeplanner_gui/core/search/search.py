"""``search``: from wishes to ranked rigs, with what would have to give where there are none."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from moeplanner_gui.core.plan import Card, Plan, card_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.search.figures import Figures, within
from moeplanner_gui.core.search.find import Explorer, Seen, never
from moeplanner_gui.core.search.machines import cards_of
from moeplanner_gui.core.search.relax import relaxations
from moeplanner_gui.core.search.terms import (
    Cancelled,
    FoundRig,
    OnProgress,
    Progress,
    Relaxation,
    SearchResult,
    Wishes,
)
from moeplanner_gui.core.search.unpriced import without_price
from moeplanner_gui.core.search.words import found_rig
from moeplanner_gui.core.words import say

MOST_BEATEN = 60
"""Rigs beside the front that are shown: the cheapest of them."""
MOST_IN_A_HURRY = 4
MOST_AT_ONCE = 8
"""Rigs that are worked out at a time while the search goes on: some of them will be beaten."""
_STEPS = 20
"""So many times a search says how far it is, besides for the first rig."""
NO_MODEL = say("Choose a model first.")
NO_CARDS = say("The catalogue has no cards that these wishes allow.")
NO_HOSTS = say("The catalogue has no host whose parts have a price, so no rig has one.")


def search(
    wishes: Wishes,
    catalog: CatalogReader,
    on_progress: OnProgress | None = None,
    cancelled: Cancelled = never,
    *,
    beyond: bool = True,
) -> SearchResult:
    """All rigs of the catalogue that do what is wished and that nothing beats.

    Args:
        wishes: What is asked.
        catalog: Where cards, hosts, models and prices are looked up; a caller who knows a price
            that it lacks hands over a catalogue with it.
        on_progress: Called now and then; the first time with the first rig, and once when
            everything within the limits is known.
        cancelled: Asked every few milliseconds; True ends the search with what was seen.
        beyond: Also look for what is outside the limits where there are rigs within them.

    Returns:
        Never raises for a catalogue that lacks something: then the message says what.
    """
    message = _nothing_to_search(wishes, catalog)
    if message:
        return SearchResult((), (), (), (), 0, 0, complete=True, message=message)
    with _no_collection():
        return _search(wishes, catalog, on_progress, cancelled, beyond=beyond)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Python does not look for unreachable rings meanwhile: a search makes thousands of plans,
    none of which is in one. Looking at them again and again took a tenth of its time, up to 0.2 s
    in a piece, in which nobody can cancel.
    """
    if not gc.isenabled():
        # Of two searches at the same time the first one sees to it.
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _search(
    wishes: Wishes,
    catalog: CatalogReader,
    on_progress: OnProgress | None,
    cancelled: Cancelled,
    *,
    beyond: bool,
) -> SearchResult:
    shown = _Shown(wishes, catalog, cancelled)
    explorer = Explorer(wishes, catalog, cancelled)
    seen = explorer.seen
    told = _Teller(shown, seen, on_progress)
    for _ in explorer.run():
        told.tell()
        if seen.inside and seen.hits and not beyond:
            break
    shown.hurry = shown.hurry or cancelled()
    inside, outside = shown.inside(seen), shown.outside(seen)
    unpriced: tuple[FoundRig, ...] = ()
    if not cancelled():
        unpriced = tuple(
            found_rig(figures, wishes, catalog, on_front=False)
            for figures in without_price(seen.unpriced_builds, wishes, catalog, cancelled, explorer)
        )
    given: tuple[Relaxation, ...] = ()
    if not inside and not cancelled():
        given = relaxations(wishes, catalog, [one for _, one in seen.front], cancelled)
    return SearchResult(
        rigs=inside,
        outside=outside,
        unpriced=unpriced,
        relaxations=given,
        evaluated=seen.evaluated,
        pruned=seen.pruned,
        complete=not shown.hurry and not cancelled(),
        inside_complete=seen.inside,
        considered=seen.considered,
        unchecked=seen.unchecked,
        unknown_speed=seen.unknown_speed,
        message=_host_message(explorer, inside),
    )


def _nothing_to_search(wishes: Wishes, catalog: CatalogReader) -> str:
    if not wishes.models:
        return NO_MODEL
    try:
        for model in wishes.models:
            catalog.model(model)
        if wishes.keep is not None:
            for card in wishes.keep.gpus:
                name = card_id(card)
                if name is not None:
                    catalog.gpu(name)
            if wishes.keep.host is not None:
                catalog.host(wishes.keep.host)
    except UnknownEntryError as error:
        return str(error)
    return "" if cards_of(wishes, catalog) or wishes.keep is not None else NO_CARDS


def _host_message(explorer: Explorer, inside: tuple[FoundRig, ...]) -> str:
    return NO_HOSTS if not explorer.bounds.hosts and not inside else ""


def ranked(rigs: list[FoundRig], wishes: Wishes) -> tuple[FoundRig, ...]:
    """Rigs in the order of the wish; what is not known comes last, the cheaper one of equals."""
    return tuple(sorted(rigs, key=lambda rig: (_RANKS[wishes.rank_by](rig), rig.usd or 0.0)))


def _speed_rank(rig: FoundRig) -> float:
    speed = rig.decode_tokens_per_s
    return float("inf") if speed is None else -speed.expected


def _known(value: float | None) -> float:
    return float("inf") if value is None else value


_RANKS: dict[str, Callable[[FoundRig], float]] = {
    "price": lambda rig: _known(rig.usd),
    "speed": _speed_rank,
    "power": lambda rig: _known(rig.load_w),
    "context": lambda rig: -float(rig.max_context_tokens),
    "month": lambda rig: _known(rig.usd_per_month),
}


class _Shown:
    """Candidates as rigs; each is worked out once."""

    def __init__(self, wishes: Wishes, catalog: CatalogReader, cancelled: Cancelled) -> None:
        self.wishes, self._catalog, self._cancelled = wishes, catalog, cancelled
        self._known: dict[int, tuple[Figures, FoundRig]] = {}
        self.hurry = False
        """Somebody waits for the end: only what was worked out already, and a few more."""

    def rig(self, figures: Figures, *, on_front: bool) -> FoundRig:
        """A candidate as a rig."""
        known = self._known.get(id(figures))
        if known is None:
            found = found_rig(figures, self.wishes, self._catalog, on_front=on_front)
            known = self._known[id(figures)] = (figures, found)
        if known[1].on_front != on_front:
            known = self._known[id(figures)] = (figures, replace(known[1], on_front=on_front))
        return known[1]

    def front(self, seen: Seen) -> list[FoundRig]:
        """What is within the limits and that nothing beats; so far, as long as not all of it is
        known, and then only a few more than were shown before.
        """
        most = None if seen.inside else MOST_AT_ONCE
        return self._rigs((one for _, one in seen.front if within(one, self.wishes)), most)

    def _rigs(self, every: Iterable[Figures], most: int | None = None) -> list[FoundRig]:
        found, new = [], 0
        for figures in every:
            if id(figures) not in self._known:
                self.hurry = self.hurry or self._cancelled()
                if self.hurry:
                    most = MOST_IN_A_HURRY
                if most is not None and new >= most:
                    continue
                new += 1
            found.append(self.rig(figures, on_front=True))
        return found

    def inside(self, seen: Seen) -> tuple[FoundRig, ...]:
        """The front within the limits, and for each set of cards that is not on it the cheapest."""
        front = self.front(seen)
        cards = {_cards(rig.plan) for rig in front}
        beaten: list[FoundRig] = []
        for figures in sorted(seen.beaten, key=lambda one: (one.usd or 0.0, _slowness(one))):
            self.hurry = self.hurry or self._cancelled()
            if self.hurry:
                break
            if len(beaten) < MOST_BEATEN and _cards(figures.plan) not in cards:
                cards.add(_cards(figures.plan))
                beaten.append(self.rig(figures, on_front=False))
        return ranked([*front, *beaten], self.wishes)

    def outside(self, seen: Seen) -> tuple[FoundRig, ...]:
        """What nothing beats and is beyond a limit."""
        return tuple(self._rigs(one for _, one in seen.front if not within(one, self.wishes)))


def _cards(plan: Plan) -> tuple[tuple[Card, ...], ...]:
    return tuple(node.gpus for node in plan.rig.nodes)


def _slowness(figures: Figures) -> float:
    return 0.0 if figures.decode is None else -figures.decode.expected


class _Teller:
    """Says how far a search is: at the first rig, at even steps, and when the inside is known."""

    def __init__(self, shown: _Shown, seen: Seen, on_progress: OnProgress | None) -> None:
        self._shown, self._seen, self._on_progress = shown, seen, on_progress
        self._next = 0.0
        self._found = self._inside = False

    def tell(self) -> None:
        """Call back where there is something new."""
        seen = self._seen
        if self._on_progress is None:
            return
        first = not self._found and seen.hits > 0
        inside = seen.inside and not self._inside
        if not (first or inside or seen.considered >= self._next):
            return
        self._next = seen.considered + max(seen.of / _STEPS, 1.0)
        self._found, self._inside = self._found or first, seen.inside
        rigs = ranked(self._shown.front(seen), self._shown.wishes)
        self._on_progress(Progress(seen.considered, seen.of, rigs, seen.inside))
