"""Claims about cards and links: their rows of the catalogue."""

from __future__ import annotations

import re

from moeplanner_gui.core.claims.amounts import number, number_text, plain, span, words
from moeplanner_gui.core.claims.bench import Bench
from moeplanner_gui.core.claims.check_terms import CardFigure, LinkFigure
from moeplanner_gui.core.claims.found import Found, Mistake, not_checked
from moeplanner_gui.core.claims.terms import Claim, Step
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.units import GIB, MIB

_LABEL_TOLERANCE = 0.03
"""A card of 32 GB shows 31.8 GiB, and may be claimed so."""


def judge_card(claim: Claim, check: CardFigure, bench: Bench) -> list[Found]:
    """A figure of a card's row."""
    spec = bench.catalog.gpu(check.card)
    if check.figure == "memory":
        return [_memory(claim, check.count, spec)]
    if check.figure == "price":
        return [_price(claim, check.count, spec, bench)]
    if check.figure in ("launch", "pcie_generation"):
        text = spec.launch if check.figure == "launch" else _pcie(spec)
        what = "came out on" if check.figure == "launch" else "is connected by"
        if text is None:
            return [not_checked(f"The catalogue does not say this of {spec.name}.")]
        return [
            Found(
                words(text),
                f"{spec.name} {what} {text}.",
                (Step(label=spec.name, text=text, strong=True),),
            )
        ]
    value, unit = {
        "bandwidth": (spec.bandwidth_gbs, "GB/s"),
        "power": (spec.tdp_w, "W"),
        "nvlink": (spec.nvlink_gbs, "GB/s"),
    }[check.figure]
    if value is None:
        return [not_checked(f"The catalogue does not say this of {spec.name}.")]
    total = value * check.count
    return [
        Found(
            number(total, claim.unit),
            f"{spec.name}: {plain(value)} {unit} each.",
            (
                Step(label=spec.name, text=f"{plain(value)} {unit}", value=value),
                Step(label=f"× {check.count}", text=f"{plain(total)} {unit}", strong=True),
            ),
        )
    ]


def _memory(claim: Claim, count: int, spec: GpuSpec) -> Found:
    """The memory of so many cards: GB as the label counts them, GiB as the driver does.

    A card's GB are 2**30 bytes to its maker, and what a driver reports is a little less or, with
    error correction, a good deal less. A claim in GB speaks of the label.
    """
    label, read = f"{plain(spec.memory_gb)} GB", spec.memory_total_mib
    gib = spec.memory_gb if read is None else read * MIB / GIB
    each = {
        "TB": spec.memory_gb / 1000,
        "MB": spec.memory_gb * 1000,
        "GiB": gib,
        "MiB": gib * 1024,
    }.get(claim.unit, spec.memory_gb)
    cards = 1 if claim.unit == "GB per card" else count
    total = round(each * cards, 5)
    if read is None:
        because = f"{spec.name} is sold with {label}; what its driver reports is not known here."
        first = Step(label=f"{spec.name}, as it is sold", text=label)
    else:
        reported = f"{read:,} MiB, {plain(read * MIB / GIB)} GiB"
        because = f"{spec.name} has {reported}, read from the driver: {label} as it is sold."
        first = Step(label=spec.name, text=reported, value=float(spec.memory_bytes))
    return Found(
        number(total, claim.unit),
        because,
        (
            first,
            Step(label=f"× {cards}", text=number_text(total, claim.unit), strong=True),
        ),
        tolerance=_LABEL_TOLERANCE,
        mistakes=(Mistake("per_card_for_total", each),) if cards > 1 else (),
    )


def _pcie(spec: GpuSpec) -> str | None:
    found = re.search(r"PCIe \d", spec.bus or "")
    return None if found is None else f"{found.group()}.0"


def _price(claim: Claim, count: int, spec: GpuSpec, bench: Bench) -> Found:
    price = bench.catalog.price(spec.id)
    if price is None:
        return not_checked(f"No price of {spec.name} is known.")
    low, high = price.usd, price.usd
    band = bench.catalog.price_range(spec.id)
    if band is not None:
        low, high = float(band.low), float(band.high)
    return Found(
        span(low * count, high * count, price.usd * count, claim.unit),
        f"{spec.name} costs ${price.usd:,.0f} (${low:,.0f} to ${high:,.0f}, {price.kind},"
        f" {price.date}).",
        (
            Step(label=f"{spec.name}, {price.date}", text=f"${price.usd:,.0f}", value=price.usd),
            Step(label="range", text=f"${low:,.0f}–${high:,.0f}"),
            Step(label=f"× {count}", text=f"${price.usd * count:,.0f}", strong=True),
            Step(label="source", text=price.source),
        ),
        tolerance=0.02,
        confidence="published",
    )


def judge_link(claim: Claim, check: LinkFigure, bench: Bench) -> list[Found]:
    """Bandwidth of a link, one way or both."""
    row = bench.catalog.links.get(check.link)
    if row is None:
        raise UnknownEntryError("link", check.link)
    one, both = row.gbs_per_direction, 2 * row.gbs_per_direction
    value = both if check.figure == "both_directions" else one
    mistakes = [Mistake("both_directions_for_one", both)] if check.figure == "one_direction" else []
    raw = _raw_one_way(check.link)
    if raw is not None:
        mistakes.append(Mistake("next_generation", 4 * raw if value == both else 2 * raw))
    return [
        Found(
            number(value, claim.unit),
            f"{row.name} moves {plain(one)} GB/s one way, {plain(both)} GB/s both ways together.",
            (
                Step(label=f"{row.name}, one way", text=f"{plain(one)} GB/s", value=one),
                Step(label="both ways", text=f"{plain(both)} GB/s", value=both, strong=True),
                Step(label="source", text=row.source),
            ),
            mistakes=tuple(mistakes),
            tolerance=0.05,
            confidence="published",
        )
    ]


def _raw_one_way(link: str) -> float | None:
    """GB/s that a PCIe link is advertised with, before its framing is taken off; None of others.

    2**generation GT/s a lane: 32 of PCIe 5.0, 64 GB/s one way with 16 lanes.
    """
    found = re.fullmatch(r"pcie(\d)-x(\d+)", link)
    return None if found is None else float(2 ** int(found.group(1)) * int(found.group(2)) / 8)
