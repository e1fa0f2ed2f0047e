"""What is said about a part besides cards in lists, drag pictures and lines. Draws nothing."""

from __future__ import annotations

from moeplanner_gui.core.bill import BillLine
from moeplanner_gui.core.parts import PartSpec
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError

UNVERIFIED = "?"
PART_GROUPS: dict[str, str] = {
    "board": "Motherboards",
    "computer": "Motherboards",
    "cpu": "Processors",
    "memory": "Memory",
    "psu": "Power supplies",
    "case": "Cases",
    "disk": "Disks",
    "riser": "Risers and bridges",
    "bridge": "Risers and bridges",
    "nic": "Network",
    "switch": "Network",
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
UNIT_WORDS = {"each": "", "gb": " a GB", "tb": " a TB"}


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
        ("slots", slots, "{}"),
        ("socket", row.socket, "{}"),
        ("cores", row.cores, "{} cores"),
        ("memory_slots", row.memory_slots, "{} DIMM"),
        ("rated_w", row.rated_w, "{:,.0f} W"),
        ("efficiency_level", level, "{}"),
        ("card_places", row.card_places, "cards over {} slots"),
        ("read_gbs", row.read_gbs, "reads {:g} GB/s"),
        ("cards", pairs, "two {}"),
        ("gbit", row.gbit, "{:g} Gbit/s"),
        ("ports", row.ports, "{} ports"),
    )
    known = [(field, words.format(value)) for field, value, words in texts if value is not None]
    unsure = [field in row.unverified_fields for field, _ in known]
    if unsure and all(unsure):
        return f"{UNVERIFIED} " + " · ".join(text for _, text in known)
    return " · ".join(
        f"{UNVERIFIED} {text}" if doubt else text
        for (_, text), doubt in zip(known, unsure, strict=True)
    )


def unverified_words(row: PartSpec) -> str:
    """Which figures of a part nobody checked; empty when all were."""
    names = ", ".join(field.replace("_", " ") for field in row.unverified_fields)
    return f"? Not verified: {names}" if names else ""


def short_fact(row: PartSpec, module_gb: int | None = None) -> str:
    """One figure for the picture under the pointer."""
    if row.kind == "memory" and module_gb:
        return f"{module_gb} GB"
    if row.rated_w is not None:
        return f"{row.rated_w:,.0f} W"
    if row.cores is not None:
        return f"{row.cores} cores"
    if row.kind in ("board", "case", "riser", "computer"):
        count = row.card_places or sum(slot.count for slot in row.slots)
        return f"{count} slots" if count else ""
    return f"{row.gbit:g} Gbit/s" if row.gbit is not None else ""


def line_words(line: BillLine) -> str:
    """A line of the bill as short as a list of parts needs it: ``"2 × 1,600 W"``."""
    if line.unit == "tb":
        return f"{line.count:,} TB {short_name(line.name)}"
    if line.unit == "gb":
        return f"{line.count:,} GiB"
    name = short_name(line.name)
    return name if line.count == 1 else f"{line.count:,} × {name}"


def _slots(row: PartSpec) -> str:
    """``"5 × x16, 2 × x8 PCIe 4.0"``; each with its own generation where they differ."""
    gens = {slot.gen for slot in row.slots}
    if len(gens) == 1:
        counts = ", ".join(f"{slot.count} × x{slot.lanes}" for slot in row.slots)
        return f"{counts} PCIe {gens.pop()}.0"
    return ", ".join(f"{slot.count} × x{slot.lanes} {slot.gen}.0" for slot in row.slots)


def _card_names(row: PartSpec, catalog: CatalogReader) -> list[str]:
    names = []
    for name in row.cards:
        try:
            names.append(catalog.gpu(name).name)
        except UnknownEntryError:
            names.append(name)
    return names
