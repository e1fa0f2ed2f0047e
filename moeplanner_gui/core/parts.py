"""What a computer is made of besides its cards: catalogue rows. Knows no prices and no plans."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from moeplanner_gui.core.words import say

PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Positive = Annotated[int, Field(ge=1, le=2**31)]

PartKind = Literal[
    "board",
    "cpu",
    "memory",
    "psu",
    "case",
    "disk",
    "riser",
    "bridge",
    "nic",
    "switch",
    "computer",
]
_USED = re.compile(r"\bused\b", re.IGNORECASE)
PART_WORDS: dict[str, str] = {
    "board": say("Motherboard"),
    "cpu": say("Processor"),
    "memory": say("Memory"),
    "psu": say("Power supply"),
    "case": say("Case"),
    "disk": say("Disk"),
    "riser": say("Riser"),
    "bridge": say("NVLink bridge"),
    "nic": say("Network card"),
    "switch": say("Network switch"),
    "computer": say("Computer"),
}


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class BoardSlot(_Row):
    """Slots for cards that are alike: ``lanes`` are wired, which may be fewer than fit in."""

    count: Positive
    gen: Annotated[int, Field(ge=1, le=9)]
    lanes: Annotated[int, Field(ge=1, le=32)]


class PartSpec(_Row):
    """One part that can be bought. None is unknown, never zero.

    ``unit``: what one price is for; memory is sold by the GB of 2**30 bytes, a disk by the TB of
    10**12. ``hosts`` are the platforms that a board or processor makes, ``cards`` the cards that
    a bridge joins, two at a time. A supply delivers ``rated_w``; ``cables_16_pin`` and
    ``cables_8_pin`` are those for cards that come with it. A case takes cards over
    ``card_places`` slot widths in all and up to ``longest_card_mm``. A disk reads ``read_gbs``
    GB/s. ``unverified_fields`` must stay visible.
    """

    id: str
    name: str
    kind: PartKind
    unit: Literal["each", "gb", "tb"] = "each"
    hosts: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    socket: str | None = None
    cores: Positive | None = None
    memory_kind: str | None = None
    memory_slots: Positive | None = None
    slots: tuple[BoardSlot, ...] = ()
    rated_w: PositiveFloat | None = None
    efficiency_level: Literal["gold", "platinum", "titanium"] | None = None
    cables_16_pin: Annotated[int, Field(ge=0, le=64)] | None = None
    cables_8_pin: Annotated[int, Field(ge=0, le=64)] | None = None
    card_places: Positive | None = None
    longest_card_mm: PositiveFloat | None = None
    read_gbs: PositiveFloat | None = None
    gbit: PositiveFloat | None = None
    ports: Positive | None = None
    sources: dict[str, str]
    source_date: str
    unverified_fields: tuple[str, ...] = ()
    verified: bool
    notes: str | None = None

    @property
    def is_used(self) -> bool:
        """True for what is sold second-hand: it has a row and a price of its own."""
        return _USED.search(self.name) is not None


class PresetPart(_Row):
    """So many of one part in a computer."""

    part: str
    count: Positive = 1


class PresetSpec(_Row):
    """The board and processors that are taken for a host platform until others are chosen."""

    id: str
    host: str
    parts: tuple[PresetPart, ...]
    source: str
    source_date: str
    verified: bool
    notes: str | None = None
