"""What would make a plan fit: the cheapest changes, each evaluated before it is offered.

Settings come first, then what costs accuracy or asks less of the rig, then money. Where no
change of the plan itself is enough, two are combined. Knows no formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Assessment, DeviceMemory, Verdict
from moeplanner_gui.core.context import holds
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.remedy_cards import more_cards, other_cards
from moeplanner_gui.core.remedy_changes import (
    Change,
    Price,
    fewer_users,
    free_desktop,
    free_settings,
    other_split,
    shorter_context,
    slower_settings,
    smaller_cache,
)
from moeplanner_gui.core.remedy_engines import another_way
from moeplanner_gui.core.remedy_hardware import (
    experts_on_disk,
    experts_on_host,
    host_memory,
    layers_on_host,
    other_engine,
    smaller_weights,
    weights_and_host,
)
from moeplanner_gui.core.units import format_count
from moeplanner_gui.core.verdict import format_left
from moeplanner_gui.core.words import lower_first, paragraph, say

_Family = Callable[[Plan, CatalogReader], Iterator[Change | None]]
_SETTINGS: tuple[_Family, ...] = (
    free_desktop,
    free_settings,
    other_split,
    slower_settings,
    smaller_cache,
)
_SOLVED: tuple[_Family, ...] = (
    experts_on_host,
    layers_on_host,
    experts_on_disk,
    shorter_context,
    fewer_users,
    smaller_weights,
)
_LAST: tuple[_Family, ...] = (another_way, other_engine, host_memory, more_cards, other_cards)
_MOST_PAIRS = 4
_NO_PRICE = 1e15


UNCHECKED = say("Whether it runs on these cards was not checked.")


@dataclass(frozen=True, slots=True)
class Remedy:
    """One change, or two together, after which the plan fits.

    Attributes:
        title: The change in a few words, an imperative.
        detail: What it means, or what it costs.
        outcome: What the changed plan answers.
        plan: The changed plan.
        rank: The order among remedies; what costs less comes first.
        usd: What must be bought, in USD; None when a price is missing, 0 for settings.
        brief: The first part of the outcome, without a full stop.
        verdict: That of the changed plan.
        unchecked: Whether nobody checked that the engine runs on these cards.
    """

    title: str
    detail: str
    outcome: str
    plan: Plan
    rank: tuple[float, ...] = field(default=(), compare=False)
    usd: float | None = 0.0
    brief: str = ""
    verdict: Verdict = "fits"
    unchecked: bool = False

    @property
    def fits(self) -> bool:
        """Whether the changed plan fits, not only runs."""
        return self.verdict in ("fits", "tight")


def remedies(plan: Plan, catalog: CatalogReader) -> tuple[Remedy, ...]:
    """Changes after which the plan fits, cheapest first; none when it already fits.

    Raises:
        UnknownEntryError: A row that the catalogue does not have.
    """
    found = [remedy for remedy in search(plan, catalog) if remedy is not None]
    return ranked(found)


def ranked(found: list[Remedy]) -> tuple[Remedy, ...]:
    """Remedies in the order in which they are offered: what costs less first."""
    return tuple(sorted(found, key=lambda remedy: remedy.rank))


def search(plan: Plan, catalog: CatalogReader) -> Iterator[Remedy | None]:
    """The remedies in the order in which they are found; None after each step without one.

    Made to be stopped and gone on with: a window takes as many steps as a frame leaves time for.

    Raises:
        UnknownEntryError: A row that the catalogue does not have.
    """
    if evaluate(plan, catalog).fits:
        return
    helped = False
    alone: set[str] = set()
    first: list[Change] = []
    for change in _changes(plan, catalog, (*_SETTINGS, *_SOLVED, *_LAST)):
        if change is None:
            yield None
            continue
        remedy = _tried(plan, catalog, (change,))
        if remedy is not None:
            helped = helped or change.price < Price.MEMORY
            alone.add(change.family)
        elif change.price < Price.ENGINE and change.plan != plan:
            first.append(change)
        yield remedy
    if helped:
        return
    yield from _pairs(plan, catalog, first, alone)


def _changes(
    plan: Plan, catalog: CatalogReader, families: tuple[_Family, ...]
) -> Iterator[Change | None]:
    for family in families:
        yield from family(plan, catalog)
        yield None


def _pairs(
    plan: Plan, catalog: CatalogReader, first: list[Change], alone: set[str]
) -> Iterator[Remedy | None]:
    """Two changes together, the cheaper first; none of a family that helps ``alone``."""
    seen: set[Plan] = set()
    offered: set[tuple[str, str]] = set()
    helped = False
    for both in weights_and_host(plan, catalog):
        remedy = None if both is None else _tried(plan, catalog, (both,))
        helped = helped or remedy is not None
        yield remedy
    for change in sorted(first, key=lambda item: item.price):
        if change.family in alone:
            continue
        for other in _changes(change.plan, catalog, (*_SETTINGS, *_SOLVED)):
            if other is None or other.family in alone or other.family == change.family:
                yield None
                continue
            # One way of making room for the same second change is enough.
            key = (change.family, other.title)
            if other.price < change.price or key in offered or other.plan in seen:
                yield None
                continue
            remedy = _tried(plan, catalog, (change, other))
            if remedy is not None:
                seen.add(other.plan)
                offered.add(key)
            yield remedy
        if len(offered) >= _MOST_PAIRS:
            return
    if helped or offered:
        return
    for change in sorted(first, key=lambda item: item.price):
        if change.family in alone:
            continue
        for both in weights_and_host(change.plan, catalog):
            remedy = None if both is None else _tried(plan, catalog, (change, both))
            yield remedy
            if remedy is not None:
                return


def _tried(plan: Plan, catalog: CatalogReader, changes: tuple[Change, ...]) -> Remedy | None:
    last = changes[-1]
    if last.plan == plan or not holds(last.plan, catalog):
        return None
    after = evaluate(last.plan, catalog)
    if not after.fits:
        return None
    title = changes[0].title
    for change in changes[1:]:
        title = say("{0} and {1}", title, lower_first(change.title))
    usd = [_NO_PRICE if change.usd is None else change.usd for change in changes]
    worst = max(change.price for change in changes)
    tight = after.verdict == "tight" or after.unchecked
    brief, outcome = _outcome(after)
    return Remedy(
        title,
        paragraph(change.detail for change in changes),
        outcome,
        last.plan,
        (worst, len(changes), sum(usd), tight),
        None if any(change.usd is None for change in changes) else sum(usd),
        brief,
        verdict=after.verdict,
        unchecked=after.unchecked,
    )


def free_at(device: DeviceMemory) -> str:
    """``"1.9 GiB free on GPU 2"``, ``"4.4 GiB free in host memory"``."""
    name = device.name
    left = format_left(device.free_bytes)
    if device.kind == "host":
        return say("{0} free in {1}", left, lower_first(name))
    return say("{0} free on {1}", left, name)


def _outcome(after: Assessment) -> tuple[str, str]:
    """What the changed plan answers, in brief and in full."""
    device = after.devices[after.tightest] if after.tightest is not None else None
    word = say("Fits") if after.verdict == "fits" else say("Tight")
    brief = say("{0}, {1}", word, free_at(device)) if device else word
    text = say("{0}, up to {1} tokens.", brief, format_count(after.max_context_tokens))
    if after.unchecked:
        text = f"{text} {UNCHECKED}"
    return brief, text
