"""Where a value of a node comes from: read from a machine, edited since, typed in, or assumed.

Compares a node with what detection put into it. Knows no rows and computes no figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from moeplanner_gui.core.card_terms import TermKey, card_memory
from moeplanner_gui.core.plan import (
    Card,
    CardMemory,
    CustomSlot,
    DetectedNode,
    Node,
    TunedSlot,
    card_id,
)
from moeplanner_gui.core.words import say

Mark = Literal["detected", "edited", "typed", "assumed"]
MARK_WORDS: dict[Mark, str] = {
    "detected": say("detected"),
    "edited": say("edited"),
    "typed": say("typed"),
    "assumed": say("assumed"),
}
"""``detected``: read from the machine and still that. ``edited``: was read, differs now.
``typed``: given by a person, nothing was read. ``assumed``: nobody said; a default stands."""

FIELDS: Final = (
    "host",
    "ram_gib",
    "display",
    "system_mib",
    "disk_gib",
    "card_link",
    "nvlink",
    "memory_mt_s",
    "memory_channels",
    "power_limit_w",
)
"""The fields that detection can put into a node, beside its cards."""
MONTHS: Final = (
    *(say("Jan"), say("Feb"), say("Mar"), say("Apr"), say("May"), say("Jun")),
    *(say("Jul"), say("Aug"), say("Sep"), say("Oct"), say("Nov"), say("Dec")),
)
MOST_MIB: Final = 2**24
"""The most that a plan can say of any memory, MiB."""
_DEFAULTS: Final = {name: field.default for name, field in Node.model_fields.items()}


def found_value(node: Node, field: str) -> object:
    """What detection read of ``field``; None where it read nothing or knows no such field."""
    detected = node.detected
    if detected is None or field not in FIELDS or field in detected.assumed:
        return None
    return getattr(detected, field)


def field_mark(node: Node, field: str) -> Mark:
    """Where the value of a field comes from.

    Raises:
        KeyError: A node has no such field.
    """
    default = _DEFAULTS[field]
    value, found = getattr(node, field), found_value(node, field)
    if found is not None:
        return "detected" if value == found else "edited"
    if node.detected is not None and field in node.detected.assumed:
        default = getattr(node.detected, field, default)
    return "assumed" if value == default else "typed"


def found_cards(node: Node) -> tuple[int | None, ...]:
    """For each card of a node its position among the detected ones, None for one added by hand.

    Cards that are exactly as they were found come first, in slot order, then those of the same
    kind with other memory: so a card keeps its mark wherever it is moved.
    """
    if node.detected is None:
        return (None,) * len(node.gpus)
    left = dict(enumerate(node.detected.gpus))
    found: list[int | None] = [None] * len(node.gpus)
    for alike in (_same, _same_kind):
        for slot, card in enumerate(node.gpus):
            if found[slot] is None:
                found[slot] = next((at for at, was in left.items() if alike(card, was)), None)
                left.pop(found[slot], None)  # type: ignore[arg-type]
    return tuple(found)


def slot_marks(node: Node) -> tuple[Mark, ...]:
    """Where each card of a node comes from: detected, edited since, or typed."""
    detected = node.detected
    return tuple(
        "typed"
        if at is None or detected is None
        else ("detected" if _same(card, detected.gpus[at]) else "edited")
        for card, at in zip(node.gpus, found_cards(node), strict=True)
    )


def found_card(node: Node, slot: int) -> Card | None:
    """The detected card that a slot holds, as it was found; None for one added by hand.

    Raises:
        IndexError: There is no such slot.
    """
    at = found_cards(node)[slot]
    return None if at is None or node.detected is None else node.detected.gpus[at]


def term_found(node: Node, slot: int | None, key: TermKey | str) -> object:
    """What detection put into one term of a card's or, without a slot, of the host's memory.

    None where it read nothing, and for a card that was added by hand.
    """
    if slot is None or key == "system_mib":
        return found_value(node, key)
    card = found_card(node, slot)
    if card is None:
        return None
    if isinstance(card, CustomSlot):
        return card.custom.reserved_mib if key == "reserved_mib" else None
    return getattr(card_memory(card), key, None)


def term_mark(node: Node, slot: int | None, key: TermKey | str) -> Mark:
    """Where one term of a card's or of the host's memory comes from."""
    if slot is None or key == "system_mib":
        return field_mark(node, key)
    value = _term_value(node.gpus[slot], key)
    found = term_found(node, slot, key)
    if found is not None:
        return "detected" if value == found else "edited"
    return "assumed" if value is None else "typed"


def edits_count(node: Node) -> int:
    """How many things of a detected node differ from what was found; 0 without detection.

    A card that took the place of another one counts once.
    """
    detected = node.detected
    if detected is None:
        return 0
    fields = sum(field_mark(node, field) == "edited" for field in FIELDS)
    marks = slot_marks(node)
    added = marks.count("typed")
    gone = len(detected.gpus) - (len(marks) - added)
    return fields + marks.count("edited") + max(added, gone)


def as_detected(node: Node) -> Node:
    """The node with everything that was read put back; what was not read stays as it is."""
    detected = node.detected
    if detected is None:
        return node
    values = {field: getattr(detected, field) for field in FIELDS}
    changes = {field: value for field, value in values.items() if value is not None}
    return node.model_copy(update={**changes, "gpus": detected.gpus})


def with_newer_use(node: Node, slot: int, used_mib: int) -> Node:
    """The node with the memory that other programs use now, read again, on one detected card.

    It goes into the snapshot too: it was read like the figure before it. Only the difference
    counts: what else was taken off the card stays off.

    Args:
        node: A node with a detected, unedited card in the slot.
        slot: The position of the card.
        used_mib: All memory in use on it, MiB, rounded up.

    Raises:
        ValueError: The card was not detected, or was edited since.
    """
    at, detected = found_cards(node)[slot], node.detected
    if at is None or detected is None or not _same(detected.gpus[at], node.gpus[slot]):
        raise ValueError(say("Only a card that is as it was detected has a figure to renew."))
    card, before = node.gpus[slot], used_when_found(node, slot)
    if isinstance(card, CustomSlot) or before is None:
        raise ValueError(say("What was in use on this card was not taken off."))
    memory = card_memory(card)
    # One more, as both figures were rounded up.
    other = min(max((memory.other_mib or 0) + used_mib - before + 1, 0), MOST_MIB)
    newer = TunedSlot(
        gpu=card_id(card) or "", memory=memory.model_copy(update={"other_mib": other})
    )
    uses = (*detected.used_mib[:at], used_mib, *detected.used_mib[at + 1 :])
    changes = {"gpus": _put(detected.gpus, at, newer), "used_mib": uses}
    return node.model_copy(
        update={
            "gpus": _put(node.gpus, slot, newer),
            "detected": detected.model_copy(update=changes),
        }
    )


def used_when_found(node: Node, slot: int) -> int | None:
    """What was in use on a detected card and was taken off it, MiB; None where it was not."""
    at, detected = found_cards(node)[slot], node.detected
    if at is None or detected is None or at >= len(detected.used_mib):
        return None
    return detected.used_mib[at]


def with_cards_named(detected: DetectedNode | None, old: Card, new: Card) -> DetectedNode | None:
    """The snapshot with one card under another name: renaming is no edit."""
    if detected is None or old not in detected.gpus:
        return detected
    cards = tuple(new if card == old else card for card in detected.gpus)
    return detected.model_copy(update={"gpus": cards})


def _same(one: Card, other: Card) -> bool:
    # A card whose memory follows all rules may be written in two ways.
    return _same_kind(one, other) and (
        one == other if isinstance(one, CustomSlot) else card_memory(one) == card_memory(other)
    )


def _same_kind(one: Card, other: Card) -> bool:
    if isinstance(one, CustomSlot) or isinstance(other, CustomSlot):
        return (
            isinstance(one, CustomSlot)
            and isinstance(other, CustomSlot)
            and one.custom.name == other.custom.name
        )
    return card_id(one) == card_id(other)


def day_words(day: str) -> str:
    """``"23 Nov 2026"`` of an ISO day; the text as it is when there is no such day."""
    year, _, rest = day.partition("-")
    month, _, number = rest.partition("-")
    if not (year.isdecimal() and month.isdecimal() and number.isdecimal()):
        return day
    if not (1 <= int(month) <= 12 and 1 <= int(number) <= 31):
        return day
    return say("{0:d} {1} {2:d}", int(number), MONTHS[int(month) - 1], int(year))


def _term_value(card: Card, key: str) -> object:
    if isinstance(card, CustomSlot):
        return card.custom.reserved_mib if key == "reserved_mib" else None
    memory: CardMemory = card_memory(card)
    return getattr(memory, key, None)


def _put(cards: Sequence[Card], at: int, card: Card) -> tuple[Card, ...]:
    return (*cards[:at], card, *cards[at + 1 :])
