"""Decode: the time of one step from what every device reads, and the rate that follows."""

from __future__ import annotations

from dataclasses import dataclass

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.speed.constants import SpeedGroup
from moeplanner_gui.core.speed.terms import Bound, Term, Unknown


@dataclass(frozen=True, slots=True)
class Decode:
    """Decode of one user, tokens/s, and what a step is made of (seconds)."""

    rate: Range
    terms: tuple[Term, ...]
    bound_by: Bound
    group: SpeedGroup


def decode_speed(
    prepared: Prepared, catalog: CatalogReader, depth_tokens: int, users: int
) -> Decode | Unknown:
    """Tokens/s of each of ``users`` users, each with ``depth_tokens`` of context filled."""
    del prepared, catalog, depth_tokens, users
    return Unknown("Unknown, because no constants are fitted yet.")
