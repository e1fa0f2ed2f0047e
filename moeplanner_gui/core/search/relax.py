"""What would have to give where no rig does all that is wished: smallest sets of wishes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.search.figures import Figures, wished_end, within
from moeplanner_gui.core.search.find import Explorer
from moeplanner_gui.core.search.relax_several import Missed, changes_by_name, smallest_together
from moeplanner_gui.core.search.terms import (
    Cancelled,
    FoundRig,
    Relaxation,
    Wishes,
    WishName,
)
from moeplanner_gui.core.search.words import found_rig, weights_words
from moeplanner_gui.core.support import ENGINES
from moeplanner_gui.core.words import listed, say

DEGREES: tuple[WishName, ...] = ("budget_usd", "decode_tokens_per_s", "max_load_w")
"""Wishes that a candidate misses by more or by less; the others decide what is a candidate."""
_LEAST_CONTEXT = 4096
_FLOORS = (8.0, 6.0, 5.0, 4.25, 3.0, 2.0, 0.0)
"""Bits a weight, tried in this order."""
MOST_CARDS = 16
_A_PAIR = 2
_MOST = 16


def relaxations(
    wishes: Wishes, catalog: CatalogReader, seen: Sequence[Figures], cancelled: Cancelled
) -> tuple[Relaxation, ...]:
    """Smallest sets of wishes to give up, each with the best rig that there is then.

    ``seen`` is the front without limits: a rig that misses only some of them is on it.
    """
    sets = _smallest({_missed(figures, wishes) for figures in seen})
    found: list[Relaxation] = []
    if any(len(missed) == 1 for missed in sets):
        found += _by_degree([missed for missed in sets if len(missed) == 1], seen, wishes, catalog)
    for name, changed in _changes(wishes, catalog):
        if cancelled():
            break
        if any(one.wishes == (name,) for one in found):
            continue
        answer = _within(changed, catalog, cancelled)
        if answer is not None:
            rig = found_rig(answer, changed, catalog, on_front=True)
            found.append(Relaxation((name,), _sentence_of(name, rig, wishes, changed), rig))
    if not found:
        found += _by_degree(sets, seen, wishes, catalog)
    if not found or min(len(one.wishes) for one in found) > _A_PAIR:
        found[:0] = _several(wishes, catalog, len(sets[0]) - 1 if sets else _MOST, cancelled)
    return tuple(_unrepeated(found))


def _several(
    wishes: Wishes, catalog: CatalogReader, most: int, cancelled: Cancelled
) -> Iterator[Relaxation]:
    """A set of wishes of which not all are a matter of degree."""

    def missed(changed: Wishes) -> list[Missed]:
        explorer = Explorer(changed, catalog, cancelled)
        for _ in explorer.run():
            pass
        every = [figures for _, figures in explorer.seen.front]
        return [
            (one, [figures for figures in every if _missed(figures, changed) == one])
            for one in _smallest({_missed(figures, changed) for figures in every})
        ]

    answer = smallest_together(
        wishes,
        changes_by_name(wishes, _changes(wishes, catalog)),
        missed,
        lambda changed: _within(changed, catalog, cancelled),
        most,
        cancelled,
    )
    if answer is None or cancelled():
        return
    names, changed, (limits, able) = answer
    best = min(able, key=lambda one: _order(one, limits, changed))
    rig = found_rig(best, changed, catalog, on_front=True)
    degrees = tuple(name for name in DEGREES if name in limits)
    yield Relaxation((*names, *degrees), _several_sentence(names, degrees, rig, changed), rig)


def _several_sentence(
    names: Sequence[WishName], degrees: Sequence[WishName], rig: FoundRig, changed: Wishes
) -> str:
    users = say("one user") if changed.users == 1 else say("{0} users", changed.users)
    words: dict[WishName, str] = {
        "weights": say("{0} weights", weights_words(rig.plan)),
        "vendors": say("any brand"),
        "used_prices": say("second-hand parts"),
        "quiet": say("a server card"),
        "engines": say("another engine"),
        "max_cards": say("up to {0} cards", changed.max_cards),
        "prefill_tokens_per_s": say("no wish for the prompt"),
        "users": users,
        "context_tokens": say("a context of {0:,} tokens", changed.context_tokens),
        **_degree_words(rig, changed),
    }
    given = [words[name] for name in (*names, *degrees)]
    together = listed(given)
    usd = "" if "budget_usd" in degrees else say(" for {0}", money(rig.usd))
    return say(
        "No single wish decides it: with {0} there is one{1}: {2}.", together, usd, rig.title
    )


def _unrepeated(found: Iterable[Relaxation]) -> Iterator[Relaxation]:
    names: set[tuple[WishName, ...]] = set()
    for one in found:
        if one.wishes not in names:
            names.add(one.wishes)
            yield one


def _missed(figures: Figures, wishes: Wishes) -> frozenset[WishName]:
    found: set[WishName] = set()
    if wishes.budget_usd is not None and (figures.usd or 0.0) > wishes.budget_usd:
        found.add("budget_usd")
    if wishes.max_load_w is not None and (figures.load_w or 0.0) > wishes.max_load_w:
        found.add("max_load_w")
    if wished_end(figures.decode, wishes) < wishes.decode_tokens_per_s:
        found.add("decode_tokens_per_s")
    return frozenset(found)


def _smallest(sets: set[frozenset[WishName]]) -> list[frozenset[WishName]]:
    """Those that contain no other one, the smallest first."""
    least = [one for one in sets if not any(other < one for other in sets)]
    return sorted(least, key=lambda one: (len(one), sorted(one)))


def _by_degree(
    sets: Sequence[frozenset[WishName]],
    seen: Sequence[Figures],
    wishes: Wishes,
    catalog: CatalogReader,
) -> Iterator[Relaxation]:
    for missed in sets:
        able = [figures for figures in seen if _missed(figures, wishes) == missed]
        best = min(able, key=lambda one: _order(one, missed, wishes))
        rig = found_rig(best, wishes, catalog, on_front=True)
        names = tuple(name for name in DEGREES if name in missed)
        yield Relaxation(names, _degree_sentence(names, rig, wishes), rig)


def _order(figures: Figures, missed: frozenset[WishName], wishes: Wishes) -> tuple[float, float]:
    """What is given up least: the budget where it is missed, else the speed, else the power."""
    usd, watts = figures.usd or 0.0, figures.load_w or 0.0
    if "budget_usd" in missed:
        return (usd, watts)
    if "decode_tokens_per_s" in missed:
        return (-wished_end(figures.decode, wishes), usd)
    return (watts, usd)


def _degree_sentence(names: Sequence[WishName], rig: FoundRig, wishes: Wishes) -> str:
    usd, speed, watts = money(rig.usd), _speed(rig, wishes), say("{0:,.0f} W", rig.load_w or 0)
    if names == ("budget_usd",):
        return say(
            "Nothing under {0}; the cheapest is {1}: {2}.", money(wishes.budget_usd), usd, rig.title
        )
    if names == ("decode_tokens_per_s",):
        wish = say("{0:g} tok/s", wishes.decode_tokens_per_s)
        return say("Nothing reaches {0} within the other limits; the fastest is {1} with "
"{2}.",wish,rig.title,speed)  # fmt: skip
    if names == ("max_load_w",):
        return say(
            "Nothing draws {0:,.0f} W or less; the least is {1}: {2}.",
            wishes.max_load_w,
            watts,
            rig.title,
        )
    parts = _degree_words(rig, wishes)
    given = [parts[name] for name in names]
    together = listed(given)
    return say("These wishes exclude each other; {0} would do with {1}.", rig.title, together)


def _degree_words(rig: FoundRig, wishes: Wishes) -> dict[WishName, str]:
    return {
        "budget_usd": money(rig.usd),
        "decode_tokens_per_s": _speed(rig, wishes),
        "max_load_w": say("{0:,.0f} W", rig.load_w or 0),
    }


def money(usd: float | None) -> str:
    """``$4,150``; a price is never rounded down."""
    return say("an unknown price") if usd is None else say("${0:,}", -int(-usd // 1))


def _speed(rig: FoundRig, wishes: Wishes) -> str:
    speed = rig.decode_tokens_per_s
    if speed is None:
        return say("an unknown speed")
    value = speed.low if wishes.speed_from == "low" else speed.expected
    return say("{0:g} tok/s", int(value * 10) / 10)


def _within(wishes: Wishes, catalog: CatalogReader, cancelled: Cancelled) -> Figures | None:
    """The cheapest rig within the limits: the first, as the search begins with the cheapest."""
    for seen in Explorer(wishes, catalog, cancelled).run(beyond=False):
        if len(seen.front):
            for _, figures in seen.front:
                if within(figures, wishes):
                    return figures
    return None


def _changes(wishes: Wishes, catalog: CatalogReader) -> Iterator[tuple[WishName, Wishes]]:
    """Every wish that is no matter of degree, given up as little as makes sense; one
    that is halved is tried again and again, the largest first.
    """
    if wishes.weights is not None or wishes.min_bits_per_weight:
        # The best format that does it, not the smallest.
        for bits in _FLOORS:
            if wishes.weights is None and bits >= wishes.min_bits_per_weight:
                # More is wished already.
                continue
            yield "weights", replace(wishes, weights=None, min_bits_per_weight=bits)
    if wishes.vendors:
        yield "vendors", replace(wishes, vendors=())
    if not wishes.used_prices:
        yield "used_prices", replace(wishes, used_prices=True)
    if wishes.quiet:
        yield "quiet", replace(wishes, quiet=False)
    if len(wishes.engines) < len(ENGINES):
        yield "engines", replace(wishes, engines=ENGINES)
    if wishes.max_cards < MOST_CARDS:
        yield "max_cards", replace(wishes, max_cards=MOST_CARDS)
    if wishes.prefill_tokens_per_s:
        yield "prefill_tokens_per_s", replace(wishes, prefill_tokens_per_s=0.0)
    users = wishes.users
    while users > 1:
        users //= 2
        yield "users", replace(wishes, users=users)
    tokens = wishes.context_tokens
    limit = min((catalog.model(model).max_context for model in wishes.models), default=tokens)
    if tokens > limit:
        # Nothing between the two can be had.
        tokens = limit
        yield "context_tokens", replace(wishes, context_tokens=tokens)
    while tokens > _LEAST_CONTEXT:
        tokens = max(tokens // 2, _LEAST_CONTEXT)
        yield "context_tokens", replace(wishes, context_tokens=tokens)


def _sentence_of(name: WishName, rig: FoundRig, wishes: Wishes, changed: Wishes) -> str:
    usd = money(rig.usd)
    words: dict[WishName, Callable[[], str]] = {
        "weights": lambda: say(
            "With {0} weights there is one for {1}: {2}.", weights_words(rig.plan), usd, rig.title
        ),
        "vendors": lambda: say("With any brand there is one for {0}: {1}.", usd, rig.title),
        "used_prices": lambda: say(
            "With second-hand parts there is one for {0}: {1}.", usd, rig.title
        ),
        "quiet": lambda: say("With a server card there is one for {0}: {1}.", usd, rig.title),
        "engines": lambda: say(
            "With another engine there is one for {0}: {1}, {2}.", usd, rig.title, rig.because
        ),
        "max_cards": lambda: say(
            "With up to {0} cards there is one for {1}: {2}.", changed.max_cards, usd, rig.title
        ),
        "prefill_tokens_per_s": lambda: say(
            "Without a wish for the prompt there is one for {0}: {1}.", usd, rig.title
        ),
        "users": lambda: say(
            "For {0} instead of {1} there is one for {2}: {3}.",
            say("one user") if changed.users == 1 else say("{0} users", changed.users),
            wishes.users,
            usd,
            rig.title,
        ),
        "context_tokens": lambda: say(
            "With a context of {0:,} tokens there is one for {1}: {2}.",
            changed.context_tokens,
            usd,
            rig.title,
        ),
    }
    return words[name]()
