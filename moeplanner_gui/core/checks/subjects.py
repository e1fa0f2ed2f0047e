"""What a finding's subject names: "gpu 2", "node 1", "plan" or the name of a card.

GPUs are counted as devices through all nodes, as in every list of them: a card that appears as
two devices takes two numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from moeplanner_gui.core.card_rows import row_of
from moeplanner_gui.core.plan import Plan, Rig
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say


@dataclass(frozen=True, slots=True)
class _Counted:
    """The devices of a rig: each card's first number by node, and the card of each number."""

    first: tuple[tuple[int, ...], ...]
    places: tuple[tuple[int, int], ...]


_latest: tuple[Rig, CatalogReader, _Counted] | None = None


def _counted(rig: Rig, catalog: CatalogReader) -> _Counted:
    """The devices counted; the latest answer is kept, for every finding asks for its card."""
    global _latest
    latest = _latest
    if latest is None or latest[0] is not rig or latest[1] is not catalog:
        first: list[tuple[int, ...]] = []
        places: list[tuple[int, int]] = []
        for index, node in enumerate(rig.nodes):
            numbers = []
            for slot, card in enumerate(node.gpus):
                numbers.append(len(places))
                row = row_of(card, catalog)
                places += [(index, slot)] * (1 if row is None else row.devices)
            first.append(tuple(numbers))
        latest = _latest = (rig, catalog, _Counted(tuple(first), tuple(places)))
    return latest[2]


def gpu_numbers(plan: Plan, catalog: CatalogReader) -> tuple[tuple[int, ...], ...]:
    """For each node the number of each card's first device, counted from 0."""
    return _counted(plan.rig, catalog).first


def place_of(subject: str, plan: Plan, catalog: CatalogReader) -> tuple[int, int | None] | None:
    """The node and slot of a subject, None where it is the whole plan."""
    match = re.fullmatch(r"(gpu|node) (\d+)", subject.lower())
    if match is None:
        return _named(subject, plan, catalog)
    number = int(match[2]) - 1
    if match[1] == "node":
        return (number, None) if 0 <= number < len(plan.rig.nodes) else None
    places = _counted(plan.rig, catalog).places
    return places[number] if 0 <= number < len(places) else None


def places_of(
    subject: str, plan: Plan, catalog: CatalogReader
) -> tuple[tuple[int, int | None], ...]:
    """As :func:`place_of`; every slot where the subject is the name of a card."""
    if re.fullmatch(r"(gpu|node) (\d+)", subject.lower()) is None:
        return tuple(_all_named(subject, plan, catalog))
    place = place_of(subject, plan, catalog)
    return () if place is None else (place,)


def _named(name: str, plan: Plan, catalog: CatalogReader) -> tuple[int, int | None] | None:
    """The first slot with a card of this name."""
    return next(_all_named(name, plan, catalog), None)


def _all_named(name: str, plan: Plan, catalog: CatalogReader) -> Iterator[tuple[int, int]]:
    if name == "plan":
        return
    for index, node in enumerate(plan.rig.nodes):
        for slot, card in enumerate(node.gpus):
            row = row_of(card, catalog)
            if row is not None and row.name == name:
                yield index, slot


def node_name(rig: Rig, node: int) -> str:
    """What the user called the node, or "Workstation" for a single one, "Node 2" for several."""
    given = rig.nodes[node].name
    if given:
        return given
    return say("Workstation") if len(rig.nodes) == 1 else say("Node {0}", node + 1)


def subject_words(subject: str, rig: Rig | None = None) -> str:
    """For people: "GPU 2", "Node 1" or what the rig calls it, "Whole plan"."""
    if subject == "plan":
        return say("Whole plan")
    kind, _, number = subject.partition(" ")
    if number.isdigit() and kind in ("gpu", "node"):
        if rig is not None and kind == "node" and 0 < int(number) <= len(rig.nodes):
            return node_name(rig, int(number) - 1)
        return f"GPU {number}" if kind == "gpu" else say("Node {0}", number)
    return subject


def subject_order(subject: str) -> tuple[int, int, str]:
    """The plan first, then nodes and cards by number, then cards by name."""
    kind, _, number = subject.partition(" ")
    place = {"plan": 0, "node": 1, "gpu": 2}.get(kind, 3)
    return place, int(number) if number.isdigit() and place in (1, 2) else 0, subject
