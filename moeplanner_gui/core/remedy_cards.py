"""More cards and other cards, priced: what is offered when settings are not enough. Decides
nothing: :mod:`moeplanner_gui.core.remedies` evaluates them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from moeplanner_gui.core.context import holds
from moeplanner_gui.core.edits import add_gpu, replace_gpu, set_deployment
from moeplanner_gui.core.engine_choice import with_engine
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.id_words import price_kind_words
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import Card, CustomSlot, Plan, card_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.remedy_changes import Change, Price
from moeplanner_gui.core.units import MIB
from moeplanner_gui.core.words import say

MOST_CARDS_IN_NODE = 8
"""What a server holds. A rig of more cards in one computer is no advice."""
_CARD_STEPS = 2


def more_cards(plan: Plan, catalog: CatalogReader) -> Iterator[Change | None]:
    """The fewest more cards of the last kind that help, in the last node that has cards."""
    nodes = plan.rig.nodes
    where = next((i for i in reversed(range(len(nodes))) if nodes[i].gpus), None)
    if where is None or _is_memory(plan, catalog):
        return
    now = _spread(plan, catalog)
    if now is None or isinstance(prepare(now, catalog).demand, Refusal) or holds(now, catalog):
        return  # It is not memory that is missing.
    card = nodes[where].gpus[-1]
    name, usd, source = _card_price(card, catalog)
    changed = plan
    for added in range(1, MOST_CARDS_IN_NODE - len(nodes[where].gpus) + 1):
        changed = add_gpu(changed, where, len(nodes[where].gpus) + added, card)
        candidate = _spread(changed, catalog)
        if candidate is not None and holds(candidate, catalog):
            yield Change(
                "cards",
                say("Add one more {0}", name)
                if added == 1
                else say("Add {0} more {1}", added, name),
                say("{0} cards in all. {1}", changed.gpu_count, _cost_words(usd, added, source)),
                Price.MONEY,
                candidate,
                None if usd is None else usd * added,
            )
            return


def other_cards(plan: Plan, catalog: CatalogReader) -> Iterator[Change | None]:
    """The cheapest cards of one kind, as many as now, that hold the plan; only priced ones."""
    rows: Mapping[str, GpuSpec] = getattr(catalog, "gpus", {})
    cards = plan.gpu_count
    if not cards:
        return
    present = [card for node in plan.rig.nodes for card in node.gpus]
    now = min(_memory_of(card, catalog) for card in present)
    vendors = {catalog.gpu(name).vendor for card in present if (name := card_id(card)) is not None}
    vendor = vendors.pop() if len(vendors) == 1 else "NVIDIA"
    if _is_memory(plan, catalog):
        return
    module = any(
        name is not None and _is_module(catalog.gpu(name)) for name in map(card_id, present)
    )
    priced = []
    for row in rows.values():
        price = catalog.price(row.id)
        if price is None or row.vendor != vendor or row.memory_bytes <= now:
            continue
        # A list price is what nobody sells at while memory is short.
        if price.kind == "msrp":
            continue
        # A module goes into no slot and a card onto no server board, nor a whole computer.
        if row.unified_memory or _is_module(row) != module:
            continue
        # What an engine does on a card of unknown abilities is unknown too.
        if plan.deployment.engine != "llama.cpp" and row.sm is None:
            continue
        priced.append((price.usd, row))
    offered = 0
    for usd, row in sorted(priced, key=lambda item: (item[0], item[1].id)):
        changed = plan
        for number, node in enumerate(plan.rig.nodes):
            for slot in range(len(node.gpus)):
                changed = replace_gpu(changed, number, slot, row.id)
        if not holds(changed, catalog):
            yield None
            continue
        name, each, source = _card_price(row.id, catalog)
        yield Change(
            f"cards{offered}",
            say("Change to {0} × {1}", cards, name) if cards > 1 else say("Change to {0}", name),
            _cost_words(each, cards, source),
            Price.MONEY,
            changed,
            usd * cards,
        )
        offered += 1
        if offered == _CARD_STEPS:
            return


def _is_memory(plan: Plan, catalog: CatalogReader) -> bool:
    """True where card and host share one memory: no card can be added to such a computer."""
    ids = (card_id(card) for node in plan.rig.nodes for card in node.gpus)
    return any(name is not None and catalog.gpu(name).unified_memory for name in ids)


def _is_module(row: GpuSpec) -> bool:
    """True for what sits on a server's own board instead of in a slot."""
    named = "Module" in (row.slot_width or "") or any(word in row.name for word in ("SXM", "OAM"))
    # Of a card of the user's own the bus may be unknown; a module says so in its name.
    unknown_own = row.bus is None and row.group == "My hardware"
    return named or not (unknown_own or (row.bus or "").startswith("PCIe"))


def _spread(plan: Plan, catalog: CatalogReader) -> Plan | None:
    """The plan with the engine's ranks over all cards, None where it cannot be divided."""
    if plan.deployment.engine == "llama.cpp":
        return plan
    away = with_engine(plan, "llama.cpp", catalog)
    anew = with_engine(away, plan.deployment.engine, catalog).deployment
    changed = set_deployment(
        plan,
        tensor_parallel=anew.tensor_parallel,
        pipeline_parallel=anew.pipeline_parallel,
        data_parallel=1,
    )
    return None if isinstance(prepare(changed, catalog).demand, Refusal) else changed


def _memory_of(card: Card, catalog: CatalogReader) -> int:
    if isinstance(card, CustomSlot):
        return card.custom.memory_mib * MIB
    return catalog.gpu(card_id(card) or "").memory_bytes


def _card_price(card: Card, catalog: CatalogReader) -> tuple[str, float | None, str]:
    if isinstance(card, CustomSlot):
        return card.custom.name, card.custom.price_usd, say("typed in")
    name = card_id(card) or ""
    row = catalog.price(name)
    text = "" if row is None else say("{0} price, {1}", price_kind_words(row.kind), row.date)
    return catalog.gpu(name).name, None if row is None else row.usd, text


def _cost_words(usd: float | None, count: int, source: str) -> str:
    if usd is None:
        return say("No price is known.")
    return say("${0:,.0f} ({1}).", usd * count, source)
