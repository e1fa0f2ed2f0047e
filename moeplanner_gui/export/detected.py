"""What of a plan was read from a machine, as sentences for the exports. Knows no format."""

from __future__ import annotations

from collections.abc import Iterator

from moeplanner_gui.core.card_rows import card_name
from moeplanner_gui.core.card_terms import card_terms
from moeplanner_gui.core.marks import (
    Mark,
    day_words,
    edits_count,
    field_mark,
    found_cards,
    found_value,
    slot_marks,
    term_mark,
)
from moeplanner_gui.core.plan import Node, Plan
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.words import say

_TITLES = (
    ("detected", say("detected {day}")),
    ("edited", say("edited since")),
    ("typed", "typed"),
)


def detected_sentences(plan: Plan, catalog: CatalogReader) -> tuple[str, ...]:
    """For each detected node what was read, what was edited since and what was typed.

    ``"This computer, detected 23 Nov 2026: GPU 1 RTX 3090, host memory 62 GiB."``
    """
    sentences: list[str] = []
    first = 1
    for number, node in enumerate(plan.rig.nodes, 1):
        if node.detected is not None:
            name = node.name or (
                say("This rig") if len(plan.rig.nodes) == 1 else say("Node {0}", number)
            )
            things = [*_cards(node, first, catalog), *_fields(node, catalog)]
            for mark, title in _TITLES:
                told = [words for one, words in things if one == mark]
                if told:
                    day = day_words(node.detected.day)
                    sentences.append(f"{name}, {title.format(day=day)}: {', '.join(told)}.")
            gone = _gone(node, catalog)
            if gone:
                sentences.append(
                    say("{0}, detected and taken away since: {1}.", name, ", ".join(gone))
                )
            if not edits_count(node):
                sentences.append(say("{0}: nothing was changed since.", name))
        first += len(node.gpus)
    return tuple(sentences)


def term_word(plan: Plan, node: int, slot: int | None, name: str, catalog: CatalogReader) -> Mark:
    """Whether a memory term that has a value of its own was detected, edited since or typed.

    ``name`` is the term's name in an assessment. On a node that was not detected it is "edited".
    """
    there = plan.rig.nodes[node] if node < len(plan.rig.nodes) else Node()
    if there.detected is None:
        return "edited"
    if slot is None:
        return term_mark(there, None, "system_mib")
    try:
        terms = card_terms(plan, node, slot, catalog)
    except UnknownEntryError:
        return "edited"
    key = next((term.key for term in terms if term.name == name), None)
    return "edited" if key is None else term_mark(there, slot, key)


def _cards(node: Node, first: int, catalog: CatalogReader) -> Iterator[tuple[Mark, str]]:
    for slot, (mark, card) in enumerate(zip(slot_marks(node), node.gpus, strict=True)):
        yield mark, f"GPU {first + slot} {card_name(card, catalog)}"


def _fields(node: Node, catalog: CatalogReader) -> Iterator[tuple[Mark, str]]:
    if node.host is not None or found_value(node, "host") is not None:
        yield field_mark(node, "host"), _host_words(node, catalog)
    for field, label in (("ram_gib", say("host memory")), ("disk_gib", say("free disk"))):
        value, found = getattr(node, field), found_value(node, field)
        if value or found:
            was = say(" (was {0:,} GiB)", found) if found is not None and found != value else ""
            yield field_mark(node, field), say("{0} {1:,} GiB{2}", label, value, was)
    if node.display is not None or found_value(node, "display") is not None:
        words = {"headless": say("no screen"), None: say("screen not said")}
        words |= {"linux": say("Linux desktop"), "windows": say("Windows desktop")}
        yield field_mark(node, "display"), words[node.display]


def _host_words(node: Node, catalog: CatalogReader) -> str:
    if node.host is None:
        return say("no host")
    try:
        return f"host {catalog.host(node.host).name}"
    except UnknownEntryError:
        return f"host {node.host}"


def _gone(node: Node, catalog: CatalogReader) -> list[str]:
    """The names of detected cards that are not in the node any more."""
    if node.detected is None:
        return []
    here = set(found_cards(node))
    cards = enumerate(node.detected.gpus)
    return [card_name(card, catalog) for at, card in cards if at not in here]
