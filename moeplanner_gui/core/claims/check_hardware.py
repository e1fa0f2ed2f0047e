"""Claims about cards and links: their rows of the catalogue."""

from __future__ import annotations

import re

from moeplanner_gui.core.claims.amounts import number, number_text, plain, span, words
from moeplanner_gui.core.claims.bench import Bench
from moeplanner_gui.core.claims.check_terms import CardFigure, LinkFigure
from moeplanner_gui.core.claims.found import Found, Mistake, not_checked
from moeplanner_gui.core.claims.terms import Claim, Step
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.id_words import price_kind_words
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.units import GIB, MIB
from moeplanner_gui.core.words import say

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
        what = say("came out on") if check.figure == "launch" else say("is connected by")
        if text is None:
            return [not_checked(say("The catalogue does not say this of {0}.", spec.name))]
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
        return [not_checked(say("The catalogue does not say this of {0}.", spec.name))]
    total = value * check.count
    return [
        Found(
            number(total, claim.unit),
            say("{0}: {1} {2} each.", spec.name, plain(value), unit),
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
    label, read = say("{0} GB", plain(spec.memory_gb)), spec.memory_total_mib
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
        because = say(
            "{0} is sold with {1}; what its driver reports is not known here.", spec.name, label
        )
        first = Step(label=say("{0}, as it is sold", spec.name), text=label)
    else:
        reported = say("{0:,} MiB, {1} GiB", read, plain(read * MIB / GIB))
        because = say(
            "{0} has {1}, read from the driver: {2} as it is sold.", spec.name, reported, label
        )
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
        return not_checked(say("No price of {0} is known.", spec.name))
    low, high = price.usd, price.usd
    band = bench.catalog.price_range(spec.id)
    if band is not None:
        low, high = float(band.low), float(band.high)
    return Found(
        span(low * count, high * count, price.usd * count, claim.unit),
        say(
            "{0} costs ${1:,.0f} (${2:,.0f} to ${3:,.0f}, {4}, {5}).",
            spec.name,
            price.usd,
            low,
            high,
            price_kind_words(price.kind),
            price.date,
        ),
        (
            Step(
                label=f"{spec.name}, {price.date}",
                text=say("${0:,.0f}", price.usd),
                value=price.usd,
            ),
            Step(label=say("range"), text=say("${0:,.0f}–${1:,.0f}", low, high)),
            Step(label=f"× {count}", text=say("${0:,.0f}", price.usd * count), strong=True),
            Step(label=say("source"), text=price.source),
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
            say(
                "{0} moves {1} GB/s one way, {2} GB/s both ways together.",
                row.name,
                plain(one),
                plain(both),
            ),
            (
                Step(
                    label=say("{0}, one way", row.name), text=say("{0} GB/s", plain(one)), value=one
                ),
                Step(
                    label=say("both ways"),
                    text=say("{0} GB/s", plain(both)),
                    value=both,
                    strong=True,
                ),
                Step(label=say("source"), text=row.source),
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
