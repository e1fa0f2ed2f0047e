"""The figures beside the verdict, as text. Knows an assessment, no widgets.

A figure that nothing computed yet is left out, never shown as zero.
"""

from __future__ import annotations

from dataclasses import dataclass

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.bill_line import card_row_of
from moeplanner_gui.core.cost.sentence import (
    cost_sentence,
    known_usd,
    money_text,
    price_text,
    volume_text,
    whole_usd,
)
from moeplanner_gui.core.plan import Card, CustomSlot, Plan, card_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.units import MemoryUnit, format_count, format_free_memory, format_memory
from moeplanner_gui.export.speed_words import band, case_sentence, figure
from moeplanner_gui.ui.charts.users import for_each_user, is_shared

DECODE_PATH = "speed.decode_tokens_per_s"
VERDICT_WORDS = {
    "fits": "Fits",
    "tight": "Tight",
    "does_not_fit": "Does not fit",
    "cannot_run": "Cannot run",
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
        watts = f"{format_count(assessment.power.load_w)} W"
        figures.append(Figure("power", "At the wall", watts, "power.load_w"))
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
        value, bad = f"{device.name} · {format_free_memory(free, unit=unit)} free", False
    else:
        value, bad = f"{device.name} · {format_memory(-free, unit=unit)} short", True
    return Figure("tightest", "Tightest device", value, f"devices.{index}.free_bytes", bad=bad)


def _longest(plan: Plan, assessment: Assessment) -> Figure | None:
    if assessment.verdict == "cannot_run" or assessment.max_context_limited_by is None:
        return None
    # llama.cpp counts the whole cache; the figure is what each user gets.
    tokens = for_each_user(plan, assessment.max_context_tokens)
    users = plan.workload.sequences
    if tokens == 0:
        value = "none"
    elif is_shared(plan):
        value = f"{format_count(tokens)} for {users} users"
    elif users > 1:
        value = f"{format_count(tokens)} × {users} users"
    else:
        value = f"{format_count(tokens)} tokens"
    ends = "model limit" if assessment.max_context_limited_by == "model" and tokens else ""
    return Figure("context", "Longest context", value, "max_context_tokens", ends, bad=tokens == 0)


def _decode(plan: Plan, assessment: Assessment) -> Figure | None:
    """Decode of each user with its range; what fits and has no speed says that it is unknown."""
    speed = assessment.speed
    label = "Decode, each user" if plan.workload.sequences > 1 else "Decode"
    found = speed.decode_tokens_per_s
    if found is None:
        if not assessment.fits or not speed.because:
            return None
        return Figure("decode", label, "unknown", DECODE_PATH, note=speed.because)
    note = case_sentence(plan, speed)
    if speed.weak:
        note += " Few measurements stand behind it: take the low end."
    detail = f"{band(found)}, weak" if speed.weak else band(found)
    value = f"{figure(found.expected)} tok/s"
    return Figure("decode", label, value, DECODE_PATH, detail, note=note, ranged=True)


def hardware_figure(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Figure | None:
    """What the rig costs; what has no price is named, None for a rig without parts."""
    cost = assessment.cost
    if cost.hardware_usd is not None:
        return Figure("hardware", "Hardware", whole_usd(cost.hardware_usd), "cost.hardware_usd")
    if not cost.unpriced_parts:
        return None
    names = ", ".join(cost.unpriced_parts)
    if cost.known_hardware_usd:
        lacks = _open_end(plan, catalog, cost.unpriced_parts)
        value = f"{known_usd(cost.known_hardware_usd)} + {lacks}"
    else:
        value = "no price"
    return Figure("hardware", "Hardware", value, "cost.hardware_usd", note=f"No price: {names}.")


def cost_figure(assessment: Assessment) -> Figure | None:
    """Which way is cheaper and from where on; what owning costs where nothing is compared."""
    cost = assessment.cost
    own, api = cost.own_usd_per_month, cost.api_usd_per_month
    if own is None:
        return None
    sentence = cost_sentence(cost)
    if api is None or cost.breakeven_answer is None:
        each = "" if cost.own_usd_per_mtok is None else f"{price_text(cost.own_usd_per_mtok)}/M"
        value = f"{money_text(own)} a month"
        return Figure("cost", "Owning", value, "cost.own_usd_per_month", each, note=sentence)
    path, mtok = "cost.breakeven_mtok_per_month", cost.breakeven_mtok_per_month
    detail = f"{money_text(own)} or {money_text(api)} a month"
    if cost.breakeven_answer == "reached" and mtok is not None:
        value = f"API cheaper below {volume_text(mtok)}/month" if mtok else "Owning cheaper"
    elif cost.breakeven_answer == "never":
        value, path = "API always cheaper", "cost.own_usd_per_month"
    else:
        value = "API cheaper for all it can do"
    return Figure("cost", "Own or API", value, path, detail, note=sentence)


def _open_end(plan: Plan, catalog: CatalogReader, unpriced: tuple[str, ...]) -> str:
    """What the sum lacks, in a word or two."""
    hosts = {catalog.host(node.host).name for node in plan.rig.nodes if node.host is not None}
    if hosts.issuperset(unpriced):
        return "host" if len(plan.rig.nodes) == 1 else "hosts"
    if len(unpriced) > 1:
        return f"{len(unpriced)} parts"
    word = unpriced[0].partition(" ")[0]
    words = {"Host memory": "memory", "Network": "network", "Server": "server", "Host": "host"}
    if unpriced[0] in words or word in words:
        return words.get(unpriced[0]) or words[word]
    cards = {_card_name(card, catalog) for node in plan.rig.nodes for card in node.gpus}
    return "cards" if unpriced[0] in cards else "a part"


def _card_name(card: Card, catalog: CatalogReader) -> str:
    row = card_row_of(card, catalog)
    if row is not None:
        return row.name
    return card.custom.name if isinstance(card, CustomSlot) else card_id(card) or ""
