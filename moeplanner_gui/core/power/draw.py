"""What a whole plan draws from the wall, at work and waiting."""

from __future__ import annotations

from moeplanner_gui.core.assessment import Power, Range
from moeplanner_gui.core.hardware import HostSpec
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import CustomSlot, Node, Plan, card_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.power.cards import CardDraw, cards_draw
from moeplanner_gui.core.power.computer import computer_idle, computer_work
from moeplanner_gui.core.power.ranges import plus
from moeplanner_gui.core.power.supply import GOLD_115_V, supply_w, wall_w
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.records import dataclass


@dataclass(frozen=True, slots=True)
class NodeDraw:
    """One computer, in watts: delivered by its supply (``*_dc``) and taken from the wall.

    ``most_dc_w``: all cards at their limit and the computer at its most, computing too.
    """

    cards_dc: Range
    cards_idle_dc: Range
    computer_dc: Range
    computer_idle_dc: Range
    load_dc: Range
    idle_dc: Range
    most_dc_w: float
    supply_w: int
    load: Range
    idle: Range


PowerRanges = tuple[Range, Range]
"""Watts at the wall at work and waiting."""


def power_of(plan: Plan, catalog: CatalogReader, *, host_computes: bool) -> Power:
    """Load, idle and supply of a plan. Watts that the user measured replace the computed ones;
    all else is None when a card's power is unknown.
    """
    nodes = node_draws(plan, catalog, host_computes=host_computes)
    load, idle = plan.economics.load_w, plan.economics.idle_w
    if not nodes:
        return Power(_whole(load), _whole(idle)) if plan.rig.nodes else Power()
    return Power(
        load_w=round(sum(node.load.expected for node in nodes)) if load is None else round(load),
        idle_w=round(sum(node.idle.expected for node in nodes)) if idle is None else round(idle),
        psu_w=sum(node.supply_w for node in nodes),
    )


def _whole(watts: float | None) -> int | None:
    return None if watts is None else round(watts)


def power_ranges(plan: Plan, catalog: CatalogReader, *, host_computes: bool) -> PowerRanges | None:
    """The bands of :func:`power_of`; None when a card's power is unknown."""
    nodes = node_draws(plan, catalog, host_computes=host_computes)
    if not nodes:
        return None
    return plus(*(node.load for node in nodes)), plus(*(node.idle for node in nodes))


def node_draws(
    plan: Plan, catalog: CatalogReader, *, host_computes: bool
) -> tuple[NodeDraw, ...] | None:
    """Every computer of the rig; None when a card's power is unknown."""
    in_turn = works_in_turn(plan)
    found: list[NodeDraw] = []
    cards, before = plan.gpu_count, None
    for node in plan.rig.nodes:
        if node is before:
            found.append(found[-1])
            continue
        draw = _node(node, catalog, cards, in_turn=in_turn, computes=host_computes)
        if draw is None:
            return None
        before = node
        found.append(draw)
    return tuple(found)


def host_computes(prepared: Prepared) -> bool:
    """True when a processor works on layers or experts that lie in host memory."""
    if isinstance(prepared.demand, Refusal):
        return False
    return any(
        share.device.kind != "gpu" and (share.layers is not None or share.routed_experts_bytes)
        for share in prepared.demand.shares
    )


def works_in_turn(plan: Plan) -> bool:
    """True when one card waits while another works: one stream through a split by layers."""
    deployment = plan.deployment
    if plan.workload.sequences > 1:
        return False
    if deployment.engine == "llama.cpp":
        return deployment.split in ("layer", "none")
    return deployment.tensor_parallel == 1 and deployment.pipeline_parallel > 1


_KNOWN: dict[tuple[object, ...], tuple[tuple[object, ...], NodeDraw | None]] = {}


def _node(
    node: Node, catalog: CatalogReader, cards: int, *, in_turn: bool, computes: bool
) -> NodeDraw | None:
    """Remembered for the same cards, as long as their rows are the same objects."""
    rows: tuple[object, ...] = tuple(
        None if isinstance(card, CustomSlot) else catalog.gpu(card_id(card) or "")
        for card in dict.fromkeys(node.gpus)
    )
    host = catalog.host(node.host) if node.host is not None else None
    rows = (*rows, host)
    key = (node.gpus, node.power_limit_w, cards, in_turn, computes, *map(id, rows))
    known = _KNOWN.get(key)
    if known is None:
        if len(_KNOWN) >= 1024:
            _KNOWN.clear()
        drawn = cards_draw(node, catalog)
        draw = None
        if drawn is not None:
            draw = _new_draw(drawn, host, cards, in_turn=in_turn, computes=computes)
        known = _KNOWN[key] = (rows, draw)
    return known[1]


def most_dc_w(node: Node, catalog: CatalogReader) -> float | None:
    """Watts that a supply has to deliver with all cards at their limit and the processors of a
    chosen host at work; None when a card's power is unknown.
    """
    draw = _node(node, catalog, len(node.gpus), in_turn=False, computes=False)
    return None if draw is None else draw.most_dc_w


def wall_most_w(node: Node, catalog: CatalogReader) -> float | None:
    """Watts at the wall with all cards at their limit and the processors of a chosen host at
    work; None when a card's power is unknown.
    """
    draw = _node(node, catalog, len(node.gpus), in_turn=False, computes=False)
    return None if draw is None else wall_w(draw.most_dc_w, draw.supply_w)


def load_floor_w(
    node: Node,
    cards: int,
    catalog: CatalogReader,
    *,
    in_turn: bool = True,
    computes: bool = False,
    host: HostSpec | None = None,
) -> float:
    """Watts at the wall below which no computer with the cards of a node works, ``cards`` of the
    rig taking turns if ``in_turn``: the best efficiency, and the least host where none is given.
    Only the host's part when a card's power is unknown.
    """
    drawn = cards_draw(node, catalog)
    at_work = 0.0 if drawn is None else drawn.work.expected
    if drawn is not None and in_turn and cards > 1:
        at_work = min(at_work, _in_turn(drawn.idle.expected, drawn.work.expected, cards))
    least = at_work + computer_work(host, computes=computes).expected
    return least / max(share for _, share in GOLD_115_V)


def _new_draw(
    drawn: CardDraw, host: HostSpec | None, cards: int, *, in_turn: bool, computes: bool
) -> NodeDraw:
    idle_cards, all_work = drawn.idle, drawn.work
    at_work = all_work
    if in_turn and cards > 1:
        # Each card works for its share of a token; prompts keep all of them busy.
        at_work = Range(
            _in_turn(idle_cards.low, all_work.low, cards),
            _in_turn(idle_cards.expected, all_work.expected, cards),
            all_work.high,
        )
    computer, resting = computer_work(host, computes=computes), computer_idle(host)
    # A supply is bought once: it has to last for the plan that keeps experts in host memory too.
    # A machine of one memory has no processor beside it.
    busy = computes or host is not None
    most = drawn.limit_w + computer_work(host, computes=busy).high
    rated = supply_w(most)
    load_dc, idle_dc = plus(at_work, computer), plus(idle_cards, resting)
    return NodeDraw(
        cards_dc=at_work,
        cards_idle_dc=idle_cards,
        computer_dc=computer,
        computer_idle_dc=resting,
        load_dc=load_dc,
        idle_dc=idle_dc,
        most_dc_w=most,
        supply_w=rated,
        load=_at_wall(load_dc, rated),
        idle=_at_wall(idle_dc, rated),
    )


def _in_turn(waiting: float, working: float, cards: int) -> float:
    return waiting + max(working - waiting, 0.0) / cards


def _at_wall(dc: Range, rated: int) -> Range:
    return Range(wall_w(dc.low, rated), wall_w(dc.expected, rated), wall_w(dc.high, rated))
