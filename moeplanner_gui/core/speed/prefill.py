"""Prefill: how fast a prompt is read."""

from __future__ import annotations

from dataclasses import dataclass

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.speed.terms import Bound, Term, Unknown


@dataclass(frozen=True, slots=True)
class Prefill:
    """Mean rate over a prompt, tokens/s, and what reading it is made of (seconds)."""

    rate: Range
    terms: tuple[Term, ...]
    bound_by: Bound


def prefill_speed(
    prepared: Prepared, catalog: CatalogReader, prompt_tokens: int
) -> Prefill | Unknown:
    """The mean rate over one user's prompt of ``prompt_tokens``."""
    del prepared, catalog, prompt_tokens
    return Unknown("Unknown, because no constants are fitted yet.")
