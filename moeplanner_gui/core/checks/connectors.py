"""Power cables that the cards ask for, against those that come with the chosen supplies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.plan import Node
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.words import say

_SLOT_W = 75.0
"""What a PCIe x16 slot itself delivers (PCI Express Card Electromechanical specification)."""
_NAMES = {
    "16": say("16-pin (12VHPWR, 12V-2x6)"),
    "12": say("12-pin (by an adapter from two 8-pin)"),
    "8": "8-pin",
    "6": "6-pin",
    "eps": say("8-pin EPS (as a processor's)"),
}


def connectors_of(row: GpuSpec) -> Counter[str] | None:
    """How many of which connector a card has; empty for one that the slot feeds, None where it
    is not known.
    """
    text = row.power_connector
    if text is None:
        return Counter() if row.tdp_w is not None and row.tdp_w <= _SLOT_W else None
    found: Counter[str] = Counter()
    for count, pins, eps in re.findall(r"(?:(\d+)x )?(\d+(?:\+\d+)?)-pin( EPS)?", text):
        kind = "eps" if eps or pins == "4+4" else {"12+4": "16"}.get(pins, pins)
        if kind in _NAMES:
            found[kind] += int(count or 1)
    if "EPS12V" in text:
        found["eps"] = max(found["eps"], 1)
    return found or None


def connector_findings(
    node: Node, rows: Sequence[GpuSpec | None], catalog: CatalogReader, subject: str
) -> Iterator[Finding]:
    """One finding at most: what is missing, else what is needed, else what is not known."""
    each = [None if row is None else connectors_of(row) for row in rows]
    unknown = sum(one is None for one in each)
    need: Counter[str] = Counter()
    for one in each:
        need.update(one or {})
    if not need:
        if unknown:
            yield Finding(
                "power_connectors_unknown",
                "note",
                subject,
                say("Which power cables the card needs is not known.")
                if len(rows) == 1
                else say(
                    "Which power cables {0} of {1} cards need is not known.", unknown, len(rows)
                ),
                say("The maker's page, before the supply is chosen."),
            )
        return
    wanted = ", ".join(f"{need[kind]} × {_NAMES[kind]}" for kind in _NAMES if need[kind])
    more = (
        say(" Of 1 more card it is not known.")
        if unknown == 1
        else say(" Of {0} more cards it is not known.", unknown)
    )
    have_16, have_8 = _cables(node, catalog)
    for kinds, have, pins in ((("16",), have_16, "16"), (("8", "6"), have_8, "8")):
        wants = sum(need[kind] for kind in kinds)
        if have is not None and have < wants:
            yield Finding(
                "power_connectors_missing",
                "error",
                subject,
                say(
                    "The cards need {0} cables with {1} pins; the chosen supplies bring {2}.{3}",
                    wants,
                    pins,
                    have,
                    more if unknown else "",
                ),
                say("A second supply, or the maker's own cables and adapters."),
            )
            return
    care = ""
    if need["16"]:
        care = say(" A 16-pin plug has to click in, unbent for 35 mm.")
    yield Finding(
        "power_connectors",
        "note",
        subject,
        say("The cards need power cables: {0}.{1}", wanted, more if unknown else ""),
        say("That the supply brings as many, each from an outlet of its own.{0}", care),
    )


def _cables(node: Node, catalog: CatalogReader) -> tuple[int | None, int | None]:
    """Cables that come with the chosen supplies; None where a supply does not say."""
    sums: list[int | None] = [0, 0]
    supplies = 0
    for part in node.parts or ():
        row = catalog.parts.get(part.part)
        if row is None or row.kind not in ("psu", "computer") or part.assumed:
            continue
        supplies += part.count
        for place, have in enumerate((row.cables_16_pin, row.cables_8_pin)):
            now = sums[place]
            sums[place] = None if have is None or now is None else now + have * part.count
    return (sums[0], sums[1]) if supplies else (None, None)
