"""Several probes' answers made one list: each card once, whoever found it."""

from __future__ import annotations

from collections.abc import Sequence

from moeplanner_gui.core.detected import DetectedCard, ProbeReport, Unread


def merge_cards(reports: Sequence[ProbeReport]) -> tuple[DetectedCard, ...]:
    """Each card once. ``reports`` come best first: the earlier one is believed.

    Two answers are one card by their PCI address, or, where one side tells none, by their PCI id
    when each side has only one such card. A later answer fills what an earlier left open.
    """
    cards: list[DetectedCard] = []
    for report in reports:
        before = list(cards)
        new = list(report.cards)
        taken: set[int] = set()
        for card in new:
            same = _position_of(card, before, new)
            if same is not None and same not in taken:
                taken.add(same)
                cards[same] = _filled(cards[same], card)
            elif same is None and not _is_listed(card, cards):
                cards.append(card)
    return tuple(cards)


def _position_of(
    card: DetectedCard, before: Sequence[DetectedCard], new: Sequence[DetectedCard]
) -> int | None:
    """Where the same card is among those of earlier probes."""
    address = _address(card)
    if address is not None:
        for position, known in enumerate(before):
            if _address(known) == address:
                return position
    if card.pci_id is None or sum(one.pci_id == card.pci_id for one in new) != 1:
        return None
    same = [at for at, known in enumerate(before) if known.pci_id == card.pci_id]
    if len(same) != 1 or (address is not None and _address(before[same[0]]) is not None):
        return None
    return same[0]


def _is_listed(card: DetectedCard, cards: Sequence[DetectedCard]) -> bool:
    """Whether it is there by now; also under an address that was only just filled in."""
    address = _address(card)
    return address is not None and any(_address(one) == address for one in cards)


def _address(card: DetectedCard) -> str | None:
    return card.pci_address.lower() if card.pci_address else None


def _filled(card: DetectedCard, later: DetectedCard) -> DetectedCard:
    values: dict[str, object] = {}
    for field in type(card).model_fields:
        mine, other = getattr(card, field), getattr(later, field)
        if field != "unread" and (mine is None or mine == ()) and other not in (None, ()):
            values[field] = other
    merged = card.model_copy(update=values)
    reasons: dict[str, Unread] = {}
    for entry in (*card.unread, *later.unread):
        # A reason stays as long as the value is missing; tuples are never told to be missing.
        if entry.field not in values and getattr(merged, entry.field, None) in (None, ()):
            reasons.setdefault(entry.field, entry)
    return merged.model_copy(update={"unread": tuple(reasons.values())})
