"""The row and the name of a card in a plan, whether it was typed in, is known, or is not."""

from __future__ import annotations

from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.plan import Card, CustomSlot, card_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError


def row_of(card: Card, catalog: CatalogReader) -> GpuSpec | None:
    """The row of a card; None for one that was typed in or is not known."""
    name = card_id(card)
    try:
        return None if name is None else catalog.gpu(name)
    except UnknownEntryError:
        return None


def card_name(card: Card, catalog: CatalogReader) -> str:
    """The name of a card; its id when the catalogue does not know it."""
    if isinstance(card, CustomSlot):
        return card.custom.name
    row = row_of(card, catalog)
    return (card_id(card) or "") if row is None else row.name
