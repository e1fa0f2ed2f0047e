"""What is said about a part besides cards in lists, drag pictures and lines. Draws nothing."""

from __future__ import annotations

from moeplanner_gui.core.bill import BillLine
from moeplanner_gui.core.id_words import field_words
from moeplanner_gui.core.parts import PartSpec
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.words import comma_joined, say

UNVERIFIED = "?"
PART_GROUPS: dict[str, str] = {
    "board": say("Motherboards"),
    "computer": say("Motherboards"),
    "cpu": say("Processors"),
    "memory": say("Memory"),
    "psu": say("Power supplies"),
    "case": say("Cases"),
    "disk": say("Disks"),
    "riser": say("Risers and bridges"),
    "bridge": say("Risers and bridges"),
    "nic": say("Network"),
    "switch": say("Network"),
}
"""Groups of a list in their order."""
_ICONS = {
    "board": "board",
    "computer": "server",
    "cpu": "chip",
    "memory": "ram",
    "psu": "power",
    "case": "server",
    "disk": "disk",
    "riser": "link",
    "bridge": "link",
    "nic": "network",
    "switch": "network",
}
UNIT_WORDS = {"each": "", "gb": f" {say('a GB')}", "tb": f" {say('a TB')}"}
PER_UNIT = {"each": "", "gb": "/GB", "tb": "/TB"}


def part_icon(kind: str) -> str:
    """The icon of a kind of part."""
    return _ICONS.get(kind, "card")


def short_name(name: str) -> str:
    """A name without what stands in brackets: ``"ASRock Rack ROMED8-2T"``."""
    return name.partition(" (")[0].removesuffix(", Gold or better")


def part_figures(row: PartSpec, catalog: CatalogReader) -> str:
    """The figures that decide, with a question mark before what is not verified.

    One mark in front stands for all of them.
    """
    slots = _slots(row) if row.slots else None
    pairs = " / ".join(_card_names(row, catalog)) if row.cards else None
    level = None if row.efficiency_level is None else row.efficiency_level.capitalize()
    texts = (
        ("slots", slots, slots),
        ("socket", row.socket, row.socket),
        ("cores", row.cores, say("{0} cores", row.cores)),
        ("memory_slots", row.memory_slots, say("{0} DIMM", row.memory_slots)),
        ("rated_w", row.rated_w, say("{0:,.0f} W", row.rated_w or 0.0)),
        ("efficiency_level", level, level),
        ("card_places", row.card_places, say("cards over {0} slots", row.card_places)),
        ("read_gbs", row.read_gbs, say("reads {0:g} GB/s", row.read_gbs or 0.0)),
        ("cards", pairs, say("two {0}", pairs)),
        ("gbit", row.gbit, say("{0:g} Gbit/s", row.gbit or 0.0)),
        ("ports", row.ports, say("{0} ports", row.ports)),
    )
    known = [(field, str(words)) for field, value, words in texts if value is not None]
    unsure = [field in row.unverified_fields for field, _ in known]
    if unsure and all(unsure):
        return f"{UNVERIFIED} " + " · ".join(text for _, text in known)
    return " · ".join(
        f"{UNVERIFIED} {text}" if doubt else text
        for (_, text), doubt in zip(known, unsure, strict=True)
    )


def unverified_words(row: PartSpec) -> str:
    """Which figures of a part nobody checked; empty when all were."""
    names = comma_joined(field_words(field) for field in row.unverified_fields)
    return say("? Not verified: {0}", names) if names else ""


def short_fact(row: PartSpec, module_gb: int | None = None) -> str:
    """One figure for the picture under the pointer."""
    if row.kind == "memory" and module_gb:
        return say("{0} GB", module_gb)
    if row.rated_w is not None:
        return say("{0:,.0f} W", row.rated_w)
    if row.cores is not None:
        return say("{0} cores", row.cores)
    if row.kind in ("board", "case", "riser", "computer"):
        count = row.card_places or sum(slot.count for slot in row.slots)
        return say("{0} slots", count) if count else ""
    return say("{0:g} Gbit/s", row.gbit) if row.gbit is not None else ""


def line_words(line: BillLine) -> str:
    """A line of the bill as short as a list of parts needs it: ``"2 × 1,600 W"``."""
    if line.unit == "tb":
        return say("{0:,} TB {1}", line.count, short_name(line.name))
    if line.unit == "gb":
        return say("{0:,} GiB", line.count)
    name = short_name(line.name)
    return name if line.count == 1 else say("{0:,} × {1}", line.count, name)


def _slots(row: PartSpec) -> str:
    """``"5 × x16, 2 × x8 PCIe 4.0"``; each with its own generation where they differ."""
    gens = {slot.gen for slot in row.slots}
    if len(gens) == 1:
        counts = comma_joined(f"{slot.count} × x{slot.lanes}" for slot in row.slots)
        return say("{0} PCIe {1}.0", counts, gens.pop())
    return comma_joined(f"{slot.count} × x{slot.lanes} {slot.gen}.0" for slot in row.slots)


def _card_names(row: PartSpec, catalog: CatalogReader) -> list[str]:
    names = []
    for name in row.cards:
        try:
            names.append(catalog.gpu(name).name)
        except UnknownEntryError:
            names.append(name)
    return names
