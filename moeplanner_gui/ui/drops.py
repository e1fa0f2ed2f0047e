"""What dropping something somewhere does: from a plan to the next one. Knows no widgets.

A card from the palette goes into an empty slot or takes the place of the card that is there. A
card of the rig moves to an empty slot and changes places with another card; with ``copy`` it
stays where it was and its twin goes to the target. The same rules serve the mouse, the keyboard,
the clipboard and the menus.
"""

from __future__ import annotations

from moeplanner_gui.core import edits, part_edits
from moeplanner_gui.core.card_rows import card_name
from moeplanner_gui.core.memory_kits import Kit, channels_of
from moeplanner_gui.core.plan import MAX_GPUS_PER_NODE, MAX_NODES, Node, Plan, card_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import chained, say
from moeplanner_gui.ui.card_facts import host_title, node_name
from moeplanner_gui.ui.drag import CardDrag, HostDrag, PartDrag, Payload
from moeplanner_gui.ui.part_facts import short_name

SLOTS_SHOWN = 4
NEW_NODE_RAM_GIB = 64


@dataclass(frozen=True)
class OnSlot:
    """A slot; one past the last card and beyond are empty."""

    node: int
    slot: int


@dataclass(frozen=True)
class OnNode:
    """The head of a node: a card is appended, a host takes the place of the present one, any
    other part is built in.
    """

    node: int


@dataclass(frozen=True)
class OnNewNode:
    """The place where the next node would be."""


@dataclass(frozen=True)
class OffRig:
    """Anywhere else: a card of the rig is taken off."""


Target = OnSlot | OnNode | OnNewNode | OffRig


@dataclass(frozen=True)
class Drop:
    """What a drop would do: the undo text, the heading shown in the target and the next plan.

    ``refused`` says why nothing can be dropped here; ``plan`` is None then.
    ``select`` is the slot that is selected afterwards.
    """

    text: str = ""
    heading: str = ""
    plan: Plan | None = None
    refused: str = ""
    select: tuple[int, int | None] | None = None


def slots_shown(cards: int) -> int:
    """Slots drawn for a node with ``cards`` cards: at least four, always one empty one."""
    return min(max(SLOTS_SHOWN, cards + 1), MAX_GPUS_PER_NODE)


def plan_drop(
    plan: Plan, payload: Payload, target: Target, catalog: CatalogReader, *, copy: bool = False
) -> Drop:
    """What dropping ``payload`` on ``target`` would do to ``plan``."""
    try:
        if isinstance(payload, HostDrag):
            return _drop_host(plan, payload.host, target, catalog)
        if isinstance(payload, PartDrag):
            return _drop_part(plan, payload, target, catalog)
        name = card_id(payload.card)
        if name is not None:
            catalog.gpu(name)
        return _drop_card(plan, payload, target, catalog, copy)
    except UnknownEntryError as error:
        return Drop(refused=str(error))
    except (IndexError, ValueError) as error:
        return Drop(refused=str(error))


def _drop_host(plan: Plan, host: str, target: Target, catalog: CatalogReader) -> Drop:
    name = catalog.host(host).name
    if isinstance(target, OnNewNode):
        node = Node(host=host, ram_gib=_ram_for(host, NEW_NODE_RAM_GIB, catalog))
        added = edits.add_node(plan, node)
        return Drop(
            say("Add node {0}", name), say("Drop to add a node"), added, select=(_last(added), None)
        )
    if isinstance(target, OffRig):
        return Drop(refused=say("A host goes onto a node."))
    if plan.rig.nodes[target.node].host == host:
        return Drop(refused=say("The node has this host already: {0}.", name))
    ram = _ram_for(host, plan.rig.nodes[target.node].ram_gib, catalog)
    changed = part_edits.change_host(plan, target.node, host, catalog)
    changed = edits.set_node(changed, target.node, ram_gib=ram)
    where = node_name(plan.rig, target.node)
    heading = say("Drop to change the host of {0}", where)
    return Drop(say("Change host to {0}", name), heading, changed, select=(target.node, None))


def _drop_part(plan: Plan, payload: PartDrag, target: Target, catalog: CatalogReader) -> Drop:
    row = catalog.parts.get(payload.part)
    if row is None:
        raise UnknownEntryError("part", payload.part)
    name = short_name(row.name)
    if isinstance(target, OffRig):
        return Drop(refused=say("A part goes onto a computer."))
    if isinstance(target, OnNewNode):
        if not row.hosts:
            return Drop(refused=say("Drop it on a computer."))
        plan = edits.add_node(plan, Node(host=row.hosts[0], ram_gib=NEW_NODE_RAM_GIB))
        put = part_edits.put_part(plan, _last(plan), row.id, catalog)
        where = (_last(plan), None)
        return Drop(
            say("Add node with {0}", name),
            say("Drop to add a node with it"),
            put.plan,
            select=where,
        )
    node = target.node
    where = (node, None)
    if payload.module_gb is not None:
        changed = part_edits.put_memory(plan, node, row.id, payload.module_gb, catalog)
        host = catalog.host(changed.rig.nodes[node].host or "")
        kit = Kit(channels_of(plan.rig.nodes[node], host), payload.module_gb)
        if changed == plan:
            return Drop(refused=say("It has {0} already.", kit.words))
        heading = say("Drop to fill it with {0}: {1:,} GiB", kit.words, kit.total_gib)
        return Drop(say("Set memory to {0}", kit.words), heading, changed, select=where)
    put = part_edits.put_part(plan, node, row.id, catalog)
    if put.plan == plan:
        return Drop(refused=say("{0} is among its parts already.", name))
    text, heading = say("Add {0}", name), say("Drop to add {0}", name)
    there = _count_of(put.plan, node, row.id)
    if put.assumed and not put.replaced:
        many = say("{0:,} TB {1}", there, name) if row.unit == "tb" else name
        many = say("{0:,} × {1}", there, name) if there > 1 and row.unit == "each" else many
        text, heading = say("Choose {0}", name), say("Drop to choose {0}, assumed until now", many)
    if put.replaced:
        gone = chained(short_name(other) for other in put.replaced)
        text = say("Replace {0} by {1}", gone, name)
        heading = say("Drop to have {0} instead of {1}", name, gone)
        if put.assumed:
            heading = say("Drop to have {0} instead of the assumed {1}", name, gone)
    if put.host is not None:
        host = host_title(catalog.host(put.host))
        text, heading = (
            say("Change to {0} with {1}", host, name),
            say("Drop to make it {0} with {1}", host, name),
        )
    elif not put.replaced and not put.assumed:
        if there > 1 and row.unit == "tb":
            heading = say("{0}, {1:,} TB then", heading, there)
        elif there > 1:
            heading = say("{0}, {1:,} of them then", heading, there)
    return Drop(text, heading, put.plan, select=where)


def _count_of(plan: Plan, node: int, part_id: str) -> int:
    return sum(p.count for p in plan.rig.nodes[node].parts or () if p.part == part_id)


def _drop_card(
    plan: Plan, payload: CardDrag, target: Target, catalog: CatalogReader, copy: bool
) -> Drop:
    name = card_name(payload.card, catalog)
    moved = payload.source == "rig" and not copy
    if moved and not _is_there(plan, payload):
        return Drop(refused=say("The card is no longer in this slot."))
    if isinstance(target, OffRig):
        return _take_off(plan, payload, name)
    if isinstance(target, OnNewNode):
        if len(plan.rig.nodes) >= MAX_NODES:
            return Drop(refused=say("A rig holds at most {0} nodes.", MAX_NODES))
        added = edits.add_node(plan, Node(ram_gib=NEW_NODE_RAM_GIB))
        drop = _drop_card(added, payload, OnSlot(_last(added), 0), catalog, copy)
        return Drop(
            drop.text, say("Drop to add a node with it"), drop.plan, drop.refused, drop.select
        )
    if isinstance(target, OnNode):
        target = OnSlot(target.node, len(plan.rig.nodes[target.node].gpus))
    count = len(plan.rig.nodes[target.node].gpus)
    if target.slot >= count:
        return _into_empty(plan, payload, target.node, name, moved)
    if moved:
        return _swap(plan, payload, target, name, catalog)
    present = plan.rig.nodes[target.node].gpus[target.slot]
    there = card_name(present, catalog)
    number = _number(plan, target.node, target.slot)
    if there == name and (present == payload.card or payload.source == "parts"):
        return Drop(refused=say("GPU {0} is one already.", number))
    changed = edits.replace_gpu(plan, target.node, target.slot, payload.card)
    return Drop(
        say("Replace {0} by {1}", there, name),
        say("Drop to replace GPU {0}", number),
        changed,
        select=(target.node, target.slot),
    )


def _into_empty(plan: Plan, payload: CardDrag, node: int, name: str, moved: bool) -> Drop:
    count = len(plan.rig.nodes[node].gpus)
    if moved and payload.node is not None and payload.slot is not None:
        if payload.node == node:
            if payload.slot == count - 1:
                return Drop(refused=say("It is the last card already."))
            changed = edits.move_gpu(plan, node, payload.slot, node, count - 1)
            return Drop(
                say("Move {0}", name),
                say("Drop to move it to slot {0}", count),
                changed,
                select=(node, count - 1),
            )
        if count >= MAX_GPUS_PER_NODE:
            return Drop(refused=say("A node holds at most {0} cards.", MAX_GPUS_PER_NODE))
        changed = edits.move_gpu(plan, payload.node, payload.slot, node, count)
        where = node_name(plan.rig, node)
        return Drop(
            say("Move {0}", name),
            say("Drop to move it to {0}", where),
            changed,
            select=(node, count),
        )
    if count >= MAX_GPUS_PER_NODE:
        return Drop(refused=say("A node holds at most {0} cards.", MAX_GPUS_PER_NODE))
    changed = edits.add_gpu(plan, node, count, payload.card)
    number = _number(plan, node, count)
    return Drop(
        say("Add {0}", name), say("Drop to add GPU {0}", number), changed, select=(node, count)
    )


def _swap(plan: Plan, payload: CardDrag, target: OnSlot, name: str, catalog: CatalogReader) -> Drop:
    assert payload.node is not None and payload.slot is not None
    if (payload.node, payload.slot) == (target.node, target.slot):
        return Drop(refused=say("It is in this slot already."))
    other = plan.rig.nodes[target.node].gpus[target.slot]
    if other == payload.card:
        return Drop(refused=say("Both cards are the same: nothing would change."))
    changed = edits.replace_gpu(plan, target.node, target.slot, payload.card)
    changed = edits.replace_gpu(changed, payload.node, payload.slot, other)
    there = card_name(other, catalog)
    number = _number(plan, target.node, target.slot)
    return Drop(
        say("Swap {0} and {1}", name, there),
        say("Drop to swap with GPU {0}", number),
        changed,
        select=(target.node, target.slot),
    )


def _take_off(plan: Plan, payload: CardDrag, name: str) -> Drop:
    if payload.source != "rig" or payload.node is None or payload.slot is None:
        return Drop(refused=say("Drop it on a slot."))
    changed = edits.remove_gpu(plan, payload.node, payload.slot)
    return Drop(say("Remove {0}", name), say("Drop to take it off the rig"), changed)


def _is_there(plan: Plan, payload: CardDrag) -> bool:
    nodes = plan.rig.nodes
    if payload.node is None or payload.slot is None or not 0 <= payload.node < len(nodes):
        return False
    gpus = nodes[payload.node].gpus
    return 0 <= payload.slot < len(gpus) and gpus[payload.slot] == payload.card


def _ram_for(host: str, wanted_gib: int, catalog: CatalogReader) -> int:
    limit = catalog.host(host).max_memory_gb
    return wanted_gib if limit is None else min(wanted_gib, limit)


def _number(plan: Plan, node: int, slot: int) -> int:
    return 1 + slot + sum(len(other.gpus) for other in plan.rig.nodes[:node])


def _last(plan: Plan) -> int:
    return len(plan.rig.nodes) - 1
