"""The figures beside the verdict, as text. Knows an assessment, no widgets.

A figure that nothing computed yet is left out, never shown as zero.
"""

from __future__ import annotations

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.bill import NO_PLACE, bill
from moeplanner_gui.core.card_rows import card_name
from moeplanner_gui.core.cost.sentence import (
    cost_sentence,
    known_usd,
    money_text,
    price_text,
    volume_text,
    whole_usd,
)
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import MemoryUnit, format_count, format_free_memory, format_memory
from moeplanner_gui.core.words import comma_joined, say
from moeplanner_gui.export.speed_words import band, case_sentence, figure
from moeplanner_gui.ui.charts.users import for_each_user, is_shared

DECODE_PATH = "speed.decode_tokens_per_s"
VERDICT_WORDS = {
    "fits": say("Fits"),
    "tight": say("Tight"),
    "does_not_fit": say("Does not fit"),
    "cannot_run": say("Cannot run"),
}
VERDICT_ICONS = {
    "fits": "check",
    "tight": "warning",
    "does_not_fit": "error",
    "cannot_run": "no-entry",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        path: What ``core.explain`` is asked for, "" when nothing explains it.
        detail: A remark after the value, left out where there is no room.
        note: A sentence for the tooltip.
        bad: The figure is why the plan does not fit.
        ranged: The detail is the range of a modelled figure, which never stands alone.
    """

    key: str
    label: str
    value: str
    path: str
    detail: str = ""
    bad: bool = False
    note: str = ""
    ranged: bool = False


def verdict_figures(
    plan: Plan, assessment: Assessment, catalog: CatalogReader, unit: MemoryUnit = "GiB"
) -> tuple[Figure, ...]:
    """The figures that exist, in the order in which they decide."""
    figures = [_tightest(assessment, unit), _longest(plan, assessment)]
    figures.append(_decode(plan, assessment))
    if assessment.power.load_w is not None:
        watts = say("{0} W", format_count(assessment.power.load_w))
        figures.append(Figure("power", say("At the wall"), watts, "power.load_w"))
    figures.append(hardware_figure(plan, assessment, catalog))
    figures.append(cost_figure(assessment))
    return tuple(figure for figure in figures if figure is not None)


def _tightest(assessment: Assessment, unit: MemoryUnit) -> Figure | None:
    index = assessment.tightest
    if index is None or assessment.verdict == "cannot_run":
        return None
    device = assessment.devices[index]
    free = device.free_bytes
    if free >= 0:
        value, bad = say("{0} · {1} free", device.name, format_free_memory(free, unit=unit)), False
    else:
        value, bad = say("{0} · {1} short", device.name, format_memory(-free, unit=unit)), True
    return Figure("tightest", say("Tightest device"), value, f"devices.{index}.free_bytes", bad=bad)


def _longest(plan: Plan, assessment: Assessment) -> Figure | None:
    if assessment.verdict == "cannot_run" or assessment.max_context_limited_by is None:
        return None
    # llama.cpp counts the whole cache; the figure is what each user gets.
    tokens = for_each_user(plan, assessment.max_context_tokens)
    users = plan.workload.sequences
    if tokens == 0:
        value = say("none")
    elif is_shared(plan):
        value = say("{0} for {1} users", format_count(tokens), users)
    elif users > 1:
        value = say("{0} × {1} users", format_count(tokens), users)
    else:
        value = say("{0} tokens", format_count(tokens))
    ends = say("model limit") if assessment.max_context_limited_by == "model" and tokens else ""
    return Figure(
        "context", say("Longest context"), value, "max_context_tokens", ends, bad=tokens == 0
    )


def _decode(plan: Plan, assessment: Assessment) -> Figure | None:
    """Decode of each user with its range; what fits and has no speed says that it is unknown."""
    speed = assessment.speed
    label = say("Decode, each user") if plan.workload.sequences > 1 else say("Decode")
    found = speed.decode_tokens_per_s
    if found is None:
        if not assessment.fits or not speed.because:
            return None
        return Figure("decode", label, say("unknown"), DECODE_PATH, note=speed.because)
    note = case_sentence(plan, speed)
    if speed.weak:
        note = f"{note} {say('Few measurements stand behind it: take the low end.')}"
    detail = say("{0}, weak", band(found)) if speed.weak else band(found)
    value = say("{0} tok/s", figure(found.expected))
    return Figure("decode", label, value, DECODE_PATH, detail, note=note, ranged=True)


def hardware_figure(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Figure | None:
    """What the rig costs; what has no price is named, None for a rig without parts."""
    cost = assessment.cost
    if cost.hardware_usd is not None:
        return Figure(
            "hardware", say("Hardware"), whole_usd(cost.hardware_usd), "cost.hardware_usd"
        )
    if not cost.unpriced_parts:
        return None
    names = comma_joined(cost.unpriced_parts)
    if cost.known_hardware_usd:
        lacks = _open_end(plan, catalog, cost.unpriced_parts)
        value = f"{known_usd(cost.known_hardware_usd)} + {lacks}"
    else:
        value = say("no price")
    return Figure(
        "hardware", say("Hardware"), value, "cost.hardware_usd", note=say("No price: {0}.", names)
    )


def cost_figure(assessment: Assessment) -> Figure | None:
    """Which way is cheaper and from where on; what owning costs where nothing is compared."""
    cost = assessment.cost
    own, api = cost.own_usd_per_month, cost.api_usd_per_month
    if own is None:
        return None
    sentence = cost_sentence(cost)
    if api is None or cost.breakeven_answer is None:
        each = "" if cost.own_usd_per_mtok is None else f"{price_text(cost.own_usd_per_mtok)}/M"
        value = say("{0} a month", money_text(own))
        return Figure("cost", say("Owning"), value, "cost.own_usd_per_month", each, note=sentence)
    path, mtok = "cost.breakeven_mtok_per_month", cost.breakeven_mtok_per_month
    detail = say("{0} or {1} a month", money_text(own), money_text(api))
    if cost.breakeven_answer == "reached" and mtok is not None:
        value = (
            say("API cheaper below {0}/month", volume_text(mtok)) if mtok else say("Owning cheaper")
        )
    elif cost.breakeven_answer == "never":
        value, path = say("API always cheaper"), "cost.own_usd_per_month"
    else:
        value = say("API cheaper for all it can do")
    return Figure("cost", say("Own or API"), value, path, detail, note=sentence)


def _open_end(plan: Plan, catalog: CatalogReader, unpriced: tuple[str, ...]) -> str:
    """What the sum lacks, in a word or two."""
    hosts = {catalog.host(node.host).name for node in plan.rig.nodes if node.host is not None}
    if hosts.issuperset(unpriced):
        return say("host") if len(plan.rig.nodes) == 1 else say("hosts")
    if len(unpriced) > 1:
        return say("{0} parts", len(unpriced))
    words = {"memory": say("memory"), "network": say("network"), "server": say("server")}
    for line in bill(plan, catalog):
        # Parts of the catalogue have names of their own, these are called by what they are.
        listed = catalog.parts.get(line.part_id or "")
        if line.name == unpriced[0] and line.kind in words and listed is None:
            # A card that nobody sells alone lacks a place, which may be no whole server.
            return say("host") if line.note == NO_PLACE else words[line.kind]
    kinds = {card for node in plan.rig.nodes for card in node.gpus}
    cards = {card_name(card, catalog) for card in kinds}
    return say("cards") if unpriced[0] in cards else say("a part")
