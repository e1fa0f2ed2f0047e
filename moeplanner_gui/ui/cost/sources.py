"""Where every figure of the inputs comes from and how old it is.

Knows no Qt and reads no clock: the caller says which day it is.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from moeplanner_gui.catalog.price_age import price_age
from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.cost.sentence import known_usd, whole_usd
from moeplanner_gui.core.plan import Economics, Plan, Workload, card_id
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import comma_joined, say
from moeplanner_gui.export.speed_words import band as band_text
from moeplanner_gui.ui.cost.numbers import shown

if TYPE_CHECKING:
    from moeplanner_gui.core.ports import CatalogReader

_DEFAULTS: dict[str, tuple[type[Any], str]] = {
    "peak": (Workload, "peak_share"),
    "life": (Economics, "life_months"),
    "haircut": (Economics, "resale_haircut"),
    "fall": (Economics, "resale_annual_fall"),
    "capital": (Economics, "capital_rate"),
    "maintenance": (Economics, "maintenance_share_per_year"),
    "duty": (Economics, "max_duty"),
    "hours_on": (Economics, "hours_on_per_month"),
    "pue": (Economics, "pue"),
}
"""Where a field has a usual value that nobody typed, it says that it is assumed."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A few words under a field and all of it for the pointer.

    ``old`` marks a price that must be checked; ``placeholder`` stands in an empty field.
    """

    words: str = ""
    tip: str = ""
    old: bool = False
    placeholder: str = ""


def origins(
    plan: Plan, assessment: Assessment, catalog: CatalogReader, today: date
) -> dict[str, Origin]:
    """What is said under each field; fields that are missing here say nothing."""
    economics = plan.economics
    found: dict[str, Origin] = {}
    for key, (part, name) in _DEFAULTS.items():
        value = getattr(plan.workload if part is Workload else economics, name)
        if value == part.model_fields[name].default:
            found[key] = Origin(say("assumed"))
    found["hardware"] = _hardware(plan, assessment, catalog, today)
    for key, typed, known in (
        ("load_w", economics.load_w, assessment.power.load_w),
        ("idle_w", economics.idle_w, assessment.power.idle_w),
    ):
        # Power carries typed watts on: they are not what would have been computed.
        computed = known if typed is None else None
        found[key] = _computed(typed, computed, "W", say("from cards, host and power supply"))
    speed = assessment.speed
    for key, typed, rate in (
        ("prefill", economics.prefill_tokens_per_s, speed.prefill_tokens_per_s),
        ("decode", economics.decode_tokens_per_s, speed.decode_tokens_per_s_all_users),
    ):
        expected = None if rate is None else rate.expected
        band = "" if rate is None else say("{0}, Speed tab", band_text(rate))
        found[key] = _computed(typed, expected, "tok/s", band)
    return found


def _computed(typed: float | None, known: float | None, unit: str, how: str) -> Origin:
    figure = "" if known is None else shown(known, 0 if known >= 10 else 2)
    if typed is not None:
        return Origin(say("typed; computed: {0} {1}", figure, unit) if figure else say("typed"))
    if not figure:
        return Origin(say("unknown: type what you measured"), old=True, placeholder=say("unknown"))
    return Origin(say("≈ modelled, {0}", how) if how else say("≈ modelled"), placeholder=figure)


def _hardware(plan: Plan, assessment: Assessment, catalog: CatalogReader, today: date) -> Origin:
    cost = assessment.cost
    lines, oldest = part_prices(plan, catalog, today)
    tip = "\n".join(lines)
    if plan.economics.hardware_usd is not None:
        return Origin(say("typed"), tip)
    if cost.unpriced_parts:
        names = comma_joined(cost.unpriced_parts)
        known = f"{known_usd(cost.known_hardware_usd)} + " if cost.known_hardware_usd else ""
        return Origin(say("No price: {0}", names), tip, old=True, placeholder=f"{known}?")
    if cost.hardware_usd is None:
        return Origin(say("no parts yet"), placeholder="–")
    words = say("sum of the parts")
    words = f"{words}, {oldest}" if oldest else words
    return Origin(
        words, tip, bool(oldest), placeholder=whole_usd(cost.hardware_usd).removeprefix("$")
    )


def part_prices(plan: Plan, catalog: CatalogReader, today: date) -> tuple[list[str], str]:
    """A line for each priced kind of part, and how old the oldest is when that matters."""
    counts: dict[str, int] = {}
    for node in plan.rig.nodes:
        for card in node.gpus:
            name = card_id(card)
            if name is not None:
                counts[name] = counts.get(name, 0) + 1
        if node.host is not None:
            counts[node.host] = counts.get(node.host, 0) + 1
    lines: list[str] = []
    worst = 0
    for part, count in counts.items():
        row, name = catalog.price(part), part_name(part, catalog)
        if row is None:
            lines.append(say("{0}: no price", name))
            continue
        age = price_age(row.date, today, "hardware")
        if age.level in ("grey", "warn"):
            worst = max(worst, age.days or 0)
        times = f"{count} × " if count > 1 else ""
        old = f" ({age.sentence})" if age.sentence else ""
        each = f"{times}{say('${0:,.0f}', row.usd)}"
        lines.append(f"{name}: {each}, {row.date}, {row.source}{old}")
    return lines, say("{0} days old", worst) if worst else ""


def part_name(part: str, catalog: CatalogReader) -> str:
    """The name of a card or a host, its id when the catalogue knows neither."""
    for look in (catalog.gpu, catalog.host):
        try:
            return look(part).name
        except LookupError:
            continue
    return part
