"""Which row an Apple chip is: its name, its GPU cores and its memory, which is exact."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from moeplanner_gui.core.detected import DetectedCard
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.units import GIB
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.card_memory import gib
from moeplanner_gui.detect.own_card import OWN_GROUP
from moeplanner_gui.detect.proposal import CardMatch

_CORES: Final = re.compile(r"\b(\d+)-core\b")


def match_apple(card: DetectedCard, rows: Sequence[GpuSpec]) -> CardMatch:
    """All three have to agree; what was not read, or is in no row, leaves the rows of the chip."""
    chip = (card.name or "").strip()
    of_chip = [
        row
        for row in rows
        if row.vendor == "Apple"
        and row.group != OWN_GROUP
        and (row.arch or "").casefold() == chip.casefold()
    ]
    if not chip or not of_chip:
        text = say("The catalogue has no {0}.", chip or say("such chip"))
        return CardMatch(card, None, "nothing", text)
    if card.gpu_cores is None or card.memory_total_bytes is None:
        missing = (
            say("how many GPU cores it has")
            if card.gpu_cores is None
            else say("how much memory it has")
        )
        text = say("This is an {0}, but the system did not tell {1}. Choose yours.", chip, missing)
        return CardMatch(card, None, "nothing", text, tuple(of_chip))
    of_cores = [row for row in of_chip if gpu_cores(row) == card.gpu_cores]
    size = card.memory_total_bytes
    for row in of_cores:
        if row.memory_gb * GIB == size:
            text = say(
                "{0} with {1} GPU cores and {2}: all three agree.", chip, card.gpu_cores, gib(size)
            )
            return CardMatch(card, row, "name", text)
    if not of_cores:
        text = say("The catalogue has {0}, but none with {1} GPU cores.", chip, card.gpu_cores)
        return CardMatch(card, None, "nothing", text)
    text = say(
        "The catalogue has {0} with {1} GPU cores, but not with {2} of memory.",
        chip,
        card.gpu_cores,
        gib(size),
    )
    nearest = tuple(row for row in of_cores if row.memory_gb * GIB < size)
    return CardMatch(card, None, "nothing", text, nearest)


def gpu_cores(row: GpuSpec) -> int | None:
    """The number of GPU cores, which a row of an Apple chip has in its name: "40-core"."""
    found = _CORES.search(row.name)
    return int(found[1]) if found else None
