"""What a maintainer wants to know of parts and presets: sources, references, prices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from moeplanner_gui.catalog.problems import CatalogProblem
from moeplanner_gui.core.parts import PartSpec, PresetSpec
from moeplanner_gui.core.words import say

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog

ID_PATTERN = re.compile(r"[a-z0-9][a-z0-9.+_-]*")
DATE_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}")
NOT_CHECKED = "general knowledge"
"""How the source of a field begins that nobody checked: such a field is marked on the screen."""
_NEEDED: dict[str, tuple[str, ...]] = {
    "board": ("socket", "slots", "memory_kind", "hosts"),
    "computer": ("socket", "slots", "memory_kind", "hosts"),
    "cpu": ("socket",),
    "memory": ("memory_kind",),
    "psu": ("rated_w",),
    "case": ("card_places",),
    "disk": ("read_gbs",),
    "bridge": ("cards",),
    "nic": ("gbit",),
    "switch": ("gbit", "ports"),
}
"""Fields without which a part of a kind answers nothing."""
_UNITS = {"memory": "gb", "disk": "tb"}
_FIGURES = (
    "hosts", "cards", "socket", "cores", "memory_kind", "memory_slots", "slots", "rated_w",
    "efficiency_level", "cables_16_pin", "cables_8_pin", "card_places", "longest_card_mm",
    "read_gbs", "gbit", "ports",
)  # fmt: skip


def part_rules(catalog: Catalog) -> Iterator[CatalogProblem]:
    """Parts and presets name rows that are there, sources for what they say, and fit together."""
    for row in catalog.parts.values():
        for field, text in _part_problems(row, catalog):
            yield CatalogProblem("parts", row.id, field, text)
    for preset in catalog.presets.values():
        for field, text in _preset_problems(preset, catalog):
            yield CatalogProblem("presets", preset.id, field, text)


def _part_problems(row: PartSpec, catalog: Catalog) -> Iterator[tuple[str, str]]:
    if not ID_PATTERN.fullmatch(row.id):
        yield "id", say("Has characters other than a-z 0-9 . + _ -")
    if not DATE_PATTERN.fullmatch(row.source_date):
        yield "source_date", say("Is not YYYY-MM-DD.")
    for field in _NEEDED.get(row.kind, ()):
        if not getattr(row, field):
            yield field, say("Is missing; a {0} is chosen by it.", row.kind)
    if row.unit != _UNITS.get(row.kind, "each"):
        yield "unit", say("Is {0}, which a {1} is not sold by.", row.unit, row.kind)
    for field in _FIGURES:
        if getattr(row, field) not in (None, ()) and field not in row.sources:
            yield field, say("Has no source.")
    for field, source in row.sources.items():
        if source.startswith(NOT_CHECKED) and field not in row.unverified_fields:
            yield field, say("Was not checked, and is not among the unverified fields.")
    for field in row.unverified_fields:
        if getattr(row, field, None) in (None, ()):
            yield "unverified_fields", say("Names {0}, which the row does not have.", field)
    for host in row.hosts:
        if host not in catalog.hosts:
            yield "hosts", say("Has “{0}”, which is no host.", host)
    for card in row.cards:
        if card not in catalog.gpus:
            yield "cards", say("Has “{0}”, which is no card.", card)
    yield from _price_problems(row, catalog)


def _price_problems(row: PartSpec, catalog: Catalog) -> Iterator[tuple[str, str]]:
    """A price is of this part: its name says the same watts, cores and unit."""
    for price in catalog.prices_of(row.id):
        name = price.name or ""
        per = re.search(r"\bper (GB|TB)\b", name)
        if (per is None) != (row.unit == "each") or (per and per[1].lower() != row.unit):
            yield "price", say("“{0}” is not by the {1}.", name, row.unit)
        watts = re.search(r"(\d+) W\b", name)
        if watts and row.rated_w is not None and float(watts[1]) != row.rated_w:
            yield "price", say("“{0}” is of another supply than {1:,.0f} W.", name, row.rated_w)
        cores = re.search(r"\((\d+)c\b", name)
        if cores and row.cores is not None and int(cores[1]) != row.cores:
            yield (
                "price",
                say("“{0}” is of another processor than one of {1} cores.", name, row.cores),
            )


def _preset_problems(preset: PresetSpec, catalog: Catalog) -> Iterator[tuple[str, str]]:
    if preset.host not in catalog.hosts:
        yield "host", say("Is “{0}”, which is no host.", preset.host)
    kinds = set()
    sockets = set()
    for part in preset.parts:
        row = catalog.parts.get(part.part)
        if row is None:
            yield "parts", say("Has “{0}”, which is no part.", part.part)
            continue
        kinds.add(row.kind)
        sockets |= {row.socket} if row.socket else set()
        if row.hosts and preset.host not in row.hosts:
            yield "parts", say("Has “{0}”, which does not make {1}.", part.part, preset.host)
        if catalog.price(part.part) is None:
            yield (
                "parts",
                say("Has “{0}”, which has no price: every such rig would have none.", part.part),
            )
    if "cpu" not in kinds or not kinds & {"board", "computer"}:
        yield "parts", say("Has no board or no processor.")
    if len(sockets) > 1:
        yield "parts", say("Has parts of several sockets: {0}.", ", ".join(sorted(sockets)))
