"""Several wishes to give up together, where no single one helps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import combinations

from moeplanner_gui.core.search.figures import Figures
from moeplanner_gui.core.search.terms import Cancelled, Wishes, WishName

Change = dict[str, object]
"""Fields of wishes and what they become."""
Missed = tuple[frozenset[WishName], list[Figures]]
"""Limits that are missed besides, and the candidates that miss just these."""
Set = tuple[tuple[WishName, ...], Wishes, Missed]
"""Wishes that are given up, what is wished then, and what is still missed."""


def changes_by_name(
    wishes: Wishes, changes: Iterable[tuple[WishName, Wishes]]
) -> dict[WishName, list[Change]]:
    """The fields that each change of a wish sets, the least change first."""
    found: dict[WishName, list[Change]] = {}
    for name, changed in changes:
        fields = ("weights", "min_bits_per_weight") if name == "weights" else (name,)
        found.setdefault(name, []).append({field: getattr(changed, field) for field in fields})
    return found


def smallest_together(
    wishes: Wishes,
    options: dict[WishName, list[Change]],
    missed: Callable[[Wishes], Sequence[Missed]],
    inside: Callable[[Wishes], Figures | None],
    most: int,
    cancelled: Cancelled,
) -> Set | None:
    """A set of at most ``most`` wishes with which there is a rig; None where none is found.

    No single wish may help: then a pair is the smallest there is, and every pair is tried, of one
    of ``options`` and a limit, and of two options. A larger set is one of which no option can be
    left out.

    Args:
        wishes: What is asked.
        options: The wishes that are no matter of degree, with what they may become.
        missed: The smallest sets of limits that are missed without any; empty where nothing runs.
        inside: A candidate within the limits, None where there is none.
        most: Sets with more wishes are of no use.
        cancelled: Asked between searches.
    """
    larger: list[Set] = []
    for name in options:
        if cancelled():
            return None
        for found in missed(_with(wishes, options, (name,))):
            if len(found[0]) == 1:
                return _least(wishes, options, (name,), found, missed)
            larger.append(((name,), _with(wishes, options, (name,)), found))
    for pair in combinations(options, 2):
        if cancelled():
            return None
        answer = inside(_with(wishes, options, pair))
        if answer is not None:
            return _least(wishes, options, pair, (frozenset(), [answer]), missed)
    if most > 2 and not larger:
        larger += _without_useless(wishes, options, missed, cancelled)
    larger = [one for one in larger if len(one[0]) + len(one[2][0]) <= most]
    if not larger:
        return None
    names, _, found = min(larger, key=lambda one: len(one[0]) + len(one[2][0]))
    return _least(wishes, options, names, found, missed)


def _with(
    wishes: Wishes, options: dict[WishName, list[Change]], names: Iterable[WishName]
) -> Wishes:
    """All of these wishes given up as far as they go."""
    for name in names:
        wishes = replace(wishes, **options[name][-1])  # type: ignore[arg-type]
    return wishes


def _without_useless(
    wishes: Wishes,
    options: dict[WishName, list[Change]],
    missed: Callable[[Wishes], Sequence[Missed]],
    cancelled: Cancelled,
) -> list[Set]:
    """All options, less those that change nothing."""
    names = list(options)
    if not missed(_with(wishes, options, names)):
        return []
    for name in tuple(names):
        if cancelled():
            return []
        fewer = [other for other in names if other != name]
        if missed(_with(wishes, options, fewer)):
            names = fewer
    changed = _with(wishes, options, names)
    return [(tuple(names), changed, found) for found in missed(changed)]


def _least(
    wishes: Wishes,
    options: dict[WishName, list[Change]],
    names: Sequence[WishName],
    found: Missed,
    missed: Callable[[Wishes], Sequence[Missed]],
) -> Set:
    """The same set with each wish given up no further than it takes."""
    chosen = dict(options)
    for name in names:
        for place in range(len(options[name]) - 1):
            tried = {**chosen, name: options[name][: place + 1]}
            every = missed(_with(wishes, tried, names))
            same = next((one for one in every if one[0] <= found[0]), None)
            if same is not None:
                chosen, found = tried, same
                break
    return tuple(names), _with(wishes, chosen, names), found
