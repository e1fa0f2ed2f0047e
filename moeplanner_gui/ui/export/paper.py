"""Which paper a document is for: A4, or Letter where people use that."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final, Literal

from PySide6.QtCore import QLocale

from moeplanner_gui.core.words import say

Paper = Literal["A4", "Letter"]
PAPER_WORDS: Final[dict[Paper, str]] = {"A4": "A4", "Letter": say("US Letter")}
_LETTER: Final = frozenset(
    {"BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"}
)
"""Territories with US Letter as their paper: Unicode CLDR 46, measurementData, paperSize."""


def usual_paper(environment: Mapping[str, str] = os.environ) -> Paper:
    """The paper of this system's locale; A4 where it names no country.

    POSIX has a category of its own for paper, which Qt does not ask.
    """
    for name in ("LC_ALL", "LC_PAPER"):
        own = environment.get(name, "")
        territory = own.partition(".")[0].partition("@")[0].partition("_")[2]
        if territory:
            return _paper_of(territory)
    return _paper_of(QLocale.territoryToCode(QLocale.system().territory()))


def _paper_of(territory: str) -> Paper:
    return say("Letter") if territory.upper() in _LETTER else "A4"
