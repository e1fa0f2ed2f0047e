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
_SHOWN_FIELDS = (
    "slots", "socket", "memory_slots", "cores", "rated_w", "efficiency_level", "card_places",
    "read_gbs", "cards", "gbit", "ports",
)  # fmt: skip
UNIT_WORDS = {"each": "", "gb": " a GB", "tb": " a TB"}


def part_icon(kind: str) -> str:
    """The icon of a kind of part."""
    return _ICONS.get(kind, "card")


def short_name(name: str) -> str:
    """A name without what stands in brackets: ``"ASRock Rack ROMED8-2T"``."""
    return name.partition(" (")[0].removesuffix(", Gold or better")


def part_figures(row: PartSpec, catalog: CatalogReader) -> str:
    """The figures that decide, with a question mark where one of them is not verified."""
    parts: list[str] = []
    if row.slots:
        parts.append(_slots(row))
    if row.socket:
        parts.append(row.socket)
    if row.cores is not None:
        parts.append(f"{row.cores} cores")
    if row.memory_slots is not None:
        parts.append(f"{row.memory_slots} DIMM")
    if row.rated_w is not None:
        parts.append(f"{row.rated_w:,.0f} W")
    if row.efficiency_level is not None:
        parts.append(row.efficiency_level.capitalize())
    if row.card_places is not None:
        parts.append(f"cards over {row.card_places} slots")
    if row.read_gbs is not None:
        parts.append(f"reads {row.read_gbs:g} GB/s")
    if row.cards:
        parts.append(f"two {' / '.join(_card_names(row, catalog))}")
    if row.gbit is not None:
        parts.append(f"{row.gbit:g} Gbit/s")
    if row.ports is not None:
        parts.append(f"{row.ports} ports")
    text = " · ".join(parts)
    unsure = any(field in row.unverified_fields for field in _SHOWN_FIELDS)
    return f"{UNVERIFIED} {text}" if unsure and text else text


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
