"""What a catalogue update changes, in words. Knows the changes, no widgets."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from moeplanner_gui.core.words import comma_joined, say

if TYPE_CHECKING:
    from moeplanner_gui.catalog.bundle_changes import Changes, KindChanges, PriceChange
    from moeplanner_gui.catalog.update import Preview

MOST_NAMES = 8
MOST_FIELDS = 4
_KINDS = {
    "model": say("Models"),
    "known-model": say("Models known by name"),
    "gpu": say("Cards"),
    "host": say("Computers"),
    "network": say("Networks"),
    "link": say("Links"),
    "kernel": say("Kernel rules"),
    "part": say("Parts"),
    "preset": say("Usual parts"),
    "price": say("Prices"),
    "measurement": say("Speed measurements"),
    "speed-group": say("Constants of decode"),
    "prefill-group": say("Constants of prefill"),
    "fit-model": say("Measured models"),
    "api-price": say("Prices of APIs"),
    "rental": say("Offers to rent"),
    "rental-range": say("Ranges of rent"),
    "electricity": say("Electricity"),
    "exchange-rate": say("Exchange rates"),
    "article": say("Articles"),
    "claim": say("Claims"),
    "contradiction": say("Contradictions"),
    "published-table": say("Published tables"),
    "published-figure": say("Published figures"),
    "peak-hours": say("Peak hours"),
}


def preview_text(shown: Preview) -> str:
    """What a bundle is, what of it is guaranteed, and what it would change."""
    manifest = shown.bundle.manifest
    return "\n".join(
        (
            say("Catalogue {0} of {1}.", manifest.version, manifest.date),
            say("SHA-256: {0}", shown.bundle.sha256),
            "",
            *change_lines(shown.changes),
        )
    )


def change_lines(changes: Changes) -> list[str]:
    """One line a kind and what happens to it; then each price that moves."""
    if not changes:
        return [say("It has the same rows and prices as the one in use.")]
    lines = []
    for kind in changes.kinds:
        title = _KINDS.get(kind.kind, kind.kind)
        if kind.added:
            names = _names(kind.added, kind)
            lines.append(say("{0}: {1:,} added: {2}", title, len(kind.added), names))
        if kind.changed:
            names = _names(kind.changed, kind)
            lines.append(say("{0}: {1:,} changed: {2}", title, len(kind.changed), names))
        if kind.removed:
            names = _names(kind.removed, kind)
            lines.append(say("{0}: {1:,} removed: {2}", title, len(kind.removed), names))
    if changes.prices:
        lines += ["", say("Prices that are shown:"), *map(_price_line, changes.prices)]
    return lines


def _names(ids: tuple[str, ...], kind: KindChanges) -> str:
    """What rows are called; of changed ones also which fields are others."""
    names = []
    for row_id, count in Counter(ids).items():
        name = kind.names.get(row_id, row_id)
        fields = kind.fields.get(row_id, ())
        if fields:
            more = ", …" if len(fields) > MOST_FIELDS else ""
            name = f"{name} ({', '.join(fields[:MOST_FIELDS])}{more})"
        names.append(name if count == 1 else f"{name} × {count}")
    listed = comma_joined(names[:MOST_NAMES])
    more_rows = len(names) - MOST_NAMES
    return say("{0} and {1:,} more", listed, more_rows) if more_rows > 0 else listed


def _price_line(price: PriceChange) -> str:
    if price.before is None and price.after is not None:
        return say("{0}: ${1:,.0f}, no price before", price.name, price.after)
    if price.after is None and price.before is not None:
        return say("{0}: no price any more, ${1:,.0f} before", price.name, price.before)
    if price.before is None or price.after is None:
        return price.name
    if price.percent is None:
        return say("{0}: ${1:,.0f} → ${2:,.0f}", price.name, price.before, price.after)
    return say(
        "{0}: ${1:,.0f} → ${2:,.0f} ({3:+.0f} %)",
        price.name,
        price.before,
        price.after,
        price.percent,
    )
