"""What a narrow link or a missing bridge costs: the same plan evaluated with the other link.

Asked for by the Checks tab and the exports, never inside ``evaluate``: each sentence takes an
evaluation of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from moeplanner_gui.core.assessment import Assessment, Finding, Range
from moeplanner_gui.core.card_rows import row_of
from moeplanner_gui.core.checks.subjects import place_of
from moeplanner_gui.core.checks.wiring import narrowest
from moeplanner_gui.core.plan import Node, Plan
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.speed.buses import Bus, bus_of, pcie_row
from moeplanner_gui.core.speed.card_links import card_links
from moeplanner_gui.core.words import say

Key = tuple[str, str]
_ABOUT_LINKS = frozenset(
    {"narrow_slot", "cards_on_risers", "cards_share_lanes", "nvlink_not_counted"}
)
_LEAST = 0.005
"""Less than half a per cent is beyond what the speed model tells apart."""


def link_costs(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Mapping[Key, str]:
    """A sentence for each finding about a link, by its code and subject.

    Args:
        plan: The plan of the findings.
        assessment: Its answer.
        catalog: Where the rows are.
    """
    if not assessment.fits or assessment.speed.decode_tokens_per_s is None:
        return {}
    found: dict[Key, str] = {}
    # The other plan changes all computers that are equal, so that one answer is that of each.
    told: dict[tuple[str, Node], str | None] = {}
    for finding in assessment.findings:
        if finding.code not in _ABOUT_LINKS:
            continue
        place = place_of(finding.subject, plan, catalog)
        if place is None:
            continue
        key = (finding.code, plan.rig.nodes[place[0]])
        if key not in told:
            told[key] = _sentence(finding, place, plan, assessment, catalog)
        sentence = told[key]
        if sentence:
            found[finding.code, finding.subject] = sentence
    return found


def _sentence(
    finding: Finding,
    place: tuple[int, int | None],
    plan: Plan,
    assessment: Assessment,
    catalog: CatalogReader,
) -> str | None:
    node = plan.rig.nodes[place[0]]
    if finding.code in ("narrow_slot", "cards_on_risers"):
        narrow = narrowest(node, catalog)
        if narrow is None:
            return None
        if not narrow.counts:
            link = _link_id(narrow.given, catalog)
            lead = say("With {0} for all cards", narrow.given.name)
            return _compared(lead, plan, place[0], assessment, catalog, link, True)
    if finding.code in ("cards_share_lanes", "narrow_slot", "cards_on_risers"):
        link = full_link(node, catalog)
        if link is None:
            return None
        return _compared(
            say("Against the full link"), plan, place[0], assessment, catalog, link, False
        )
    if finding.code == "nvlink_not_counted":
        return _compared(say("With the bridge"), plan, place[0], assessment, catalog, None, True)
    return None


def full_link(node: Node, catalog: CatalogReader) -> str | None:
    """The id of the widest link that cards and host of a node have, whatever its lanes."""
    rows = [row_of(card, catalog) for card in node.gpus]
    buses = [bus for row in rows if row is not None and (bus := bus_of(row)) is not None]
    if not buses:
        return None
    widest = Bus(max(bus.generation for bus in buses), max(bus.width for bus in buses))
    if node.host is not None:
        widest = widest.lesser(Bus(catalog.host(node.host).pcie_gen, 16))
    given = [link.bus for link in card_links(node, catalog)]
    if all(bus is None or widest.lesser(bus) == widest for bus in given):
        return None
    return _link_id(widest, catalog)


def _link_id(bus: Bus, catalog: CatalogReader) -> str | None:
    row = pcie_row(bus, catalog)
    return None if row is None else row.id


def _compared(
    lead: str,
    plan: Plan,
    place: int,
    now: Assessment,
    catalog: CatalogReader,
    link: str | None,
    is_change: bool,
) -> str | None:
    """``With PCIe 4.0 x4 for all cards: decode −4 %, prompts −12 %.``

    ``link`` None is the bridge. ``is_change``: the other link comes; else the counted one is
    the change, and the other the full one.
    """
    from moeplanner_gui.core.assess import evaluate

    nodes = list(plan.rig.nodes)
    update = {"nvlink": True} if link is None else {"card_link": link}
    changed = nodes[place].model_copy(update=update)
    # Equal computers have the same remark: one bad link is compared with all of them bad.
    nodes = [changed if node == nodes[place] else node for node in nodes]
    try:
        other = evaluate(
            plan.replace(rig=plan.rig.model_copy(update={"nodes": tuple(nodes)})), catalog
        )
    except UnknownEntryError:
        return None
    before, after = (now, other) if is_change else (other, now)
    parts = []
    decode = _change(before.speed.decode_tokens_per_s, after.speed.decode_tokens_per_s)
    if decode is not None:
        parts.append(
            say("decode the same")
            if abs(decode) < _LEAST
            else say("decode {0}{1:.0f} %", _sign(decode), abs(decode) * 100)
        )
    prompts = _change(before.speed.prefill_tokens_per_s, after.speed.prefill_tokens_per_s)
    if prompts is not None:
        parts.append(
            say("prompts the same")
            if abs(prompts) < _LEAST
            else say("prompts {0}{1:.0f} %", _sign(prompts), abs(prompts) * 100)
        )
    return say("{0}: {1} (modelled).", lead, ", ".join(parts)) if parts else None


def _sign(change: float) -> str:
    return "+" if change > 0 else "−"


def _change(before: Range | None, after: Range | None) -> float | None:
    if before is None or after is None or before.expected <= 0:
        return None
    return after.expected / before.expected - 1.0
