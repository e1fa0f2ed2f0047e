"""The answer of ``moeplanner find`` as text: rigs, what lacks a price, what would have to give."""

from __future__ import annotations

from moeplanner_gui.commands.console import table
from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.search.relax import money
from moeplanner_gui.core.search.terms import FoundRig, SearchResult, Wishes
from moeplanner_gui.export.speed_words import band, figure

_HEADER = ("", "rig", "price", "tok/s, low–high", "max context", "watts", "USD a month")


def result_text(result: SearchResult, wishes: Wishes, catalog: CatalogReader, limit: int) -> str:
    """Everything that a person needs to choose."""
    names = " and ".join(catalog.model(model).name for model in wishes.models) if (
        not result.message
    ) else ""  # fmt: skip
    parts = []
    if result.rigs:
        front = sum(rig.on_front for rig in result.rigs)
        shown = min(limit, len(result.rigs))
        parts.append(
            f"{front} rigs for {names} that nothing beats in price, speed, power and context (*)."
            f" {shown} of {len(result.rigs)} by {wishes.rank_by}:"
        )
        parts.append(_rigs(result.rigs[:limit]))
    elif result.message:
        parts.append(result.message)
    else:
        parts.append(f"No rig for {names} does all that is wished.")
    if result.relaxations:
        parts.append("What would have to give:\n" + "\n".join(
            f"  {one.sentence}" for one in result.relaxations
        ))  # fmt: skip
    if result.unpriced:
        lines = [
            f"  {rig.title}, {rig.subtitle}: {_speed(rig.decode_tokens_per_s)} tok/s; no price of "
            f"{', '.join(rig.unpriced)}"
            for rig in result.unpriced[:limit]
        ]
        parts.append("Without a price:\n" + "\n".join(lines))
    parts.append(_counts(result))
    return "\n\n".join(part for part in parts if part)


def _rigs(rigs: tuple[FoundRig, ...]) -> str:
    rows: list[tuple[str, ...]] = []
    for rig in rigs:
        rows.append(
            (
                "*" if rig.on_front else "",
                f"{rig.title}, {rig.subtitle}" if rig.subtitle else rig.title,
                money(rig.usd) + (" ?" if rig.price_unsure else ""),
                _speed(rig.decode_tokens_per_s),
                f"{rig.max_context_tokens:,}",
                "" if rig.load_w is None else f"{rig.load_w:,.0f}",
                "" if rig.usd_per_month is None else f"{rig.usd_per_month:,.0f}",
            )
        )
    text = table(_HEADER, rows, left=2).split("\n")
    lines = [text[0]]
    for line, rig in zip(text[1:], rigs, strict=True):
        lines += [line, *(f"   {words}" for words in (rig.because, *rig.ways) if words)]
    if any(rig.price_unsure for rig in rigs):
        lines.append("? a price was typed in, is one of the launch, or few stand behind it")
    return "\n".join(lines)


def _speed(value: Range | None) -> str:
    if value is None:
        return "unknown"
    return f"{figure(value.expected)}, {band(value)}"


def _counts(result: SearchResult) -> str:
    if not result.considered:
        return ""
    left_out = []
    if result.unchecked:
        left_out.append(f"{result.unchecked:,} on cards whose kernels nobody checked")
    if result.unknown_speed:
        left_out.append(f"{result.unknown_speed:,} whose speed is not known")
    text = (
        f"{result.considered:,} candidates: {result.evaluated:,} computed, {result.pruned:,} ruled "
        "out by a bound"
    )
    return text + (f"; left out: {' and '.join(left_out)}." if left_out else ".")
