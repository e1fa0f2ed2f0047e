"""Edits of what a computer is built of besides cards: pure functions from a plan to the next one.

The usual parts of a host are assumed. The first part that is chosen keeps the others as they are,
so that none disappears; they are still called assumed until each is chosen. What does not go
together is refused with a sentence (``core.part_rules``). Raises IndexError for a node that is not
there.
"""

from __future__ import annotations

from moeplanner_gui.core import edits
from moeplanner_gui.core.bill import disk_tb_of, memory_module, node_lines, parts_now
from moeplanner_gui.core.hardware import HostSpec
from moeplanner_gui.core.memory_kits import Kit, channels_of
from moeplanner_gui.core.part_rules import (
    CHOSEN_FIRST,
    IN_COMPUTER,
    MADE_BY_HOST,
    ONE_OF,
    PartRefusedError,
    counted_name,
    is_a,
    is_one_of,
    merged_parts,
    parts_leaving,
    refuse_bridge,
    refuse_whole,
)
from moeplanner_gui.core.parts import PART_WORDS, PartSpec
from moeplanner_gui.core.plan import Node, NodePart, NodeThere, Plan
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import lowered, say


@dataclass(frozen=True, slots=True)
class PartPut:
    """A plan with a part in it.

    Attributes:
        replaced: Names of the parts that it took the place of, with their number.
        assumed: Whether nobody had chosen these, or the same part that is chosen now.
        host: The platform that the computer became, None when it stayed the same.
    """

    plan: Plan
    replaced: tuple[str, ...] = ()
    host: str | None = None
    assumed: bool = False


def chosen_parts(plan: Plan, node: int, catalog: CatalogReader) -> tuple[NodePart, ...]:
    """What a computer is built of as a plan holds it: the chosen parts, or the assumed ones.

    Memory is not among them: a plan holds its amount.
    """
    there = plan.rig.nodes[node]
    disk_tb = disk_tb_of(plan, catalog)
    if there.parts is not None:
        return parts_now(there, disk_tb, catalog)
    lines = node_lines(there, disk_tb, catalog)
    return tuple(
        NodePart(part=line.part_id, count=line.count, assumed=line.assumed)
        for line in lines
        if line.part_id is not None and line.part_id in catalog.parts and line.kind != "memory"
    )


def put_part(
    plan: Plan, node: int, part_id: str, catalog: CatalogReader, *, count: int = 1
) -> PartPut:
    """Build a part into a computer.

    Raises:
        UnknownEntryError: The catalogue has no such part.
        PartRefusedError: It does not go in, and why.
    """
    row = _row(part_id, catalog)
    there = plan.rig.nodes[node]
    refuse_whole(there, row, catalog)
    if row.kind == "memory":
        raise PartRefusedError(say("Choose the size of the modules."))
    parts = list(chosen_parts(plan, node, catalog))
    before = parts
    if row.kind in MADE_BY_HOST:
        plan, parts = _platform(plan, node, row, parts, catalog)
    changed = plan.rig.nodes[node]
    leaving = parts_leaving(row, parts, catalog)
    guessed = [part for part in parts if part.part in leaving and part.assumed]
    kept = [part for part in parts if part.part not in leaving]
    if row.kind == "board" and any(is_a(part, "computer", catalog) for part in parts):
        kept += _around_a_board(plan, node, catalog)
    if row.kind == "bridge":
        refuse_bridge(there, row, parts, catalog, count)
    if row.kind == "cpu" and changed.host is not None:
        count = max(count, catalog.host(changed.host).sockets)
    if row.kind in CHOSEN_FIRST:
        alike = [part for part in guessed if part.part == part_id or row.unit == "tb"]
        count = max(count, sum(part.count for part in alike))
    merged = merged_parts((*kept, NodePart(part=part_id, count=count)), catalog)
    new = _set_parts(plan, node, merged)
    if row.kind == "bridge":
        new = edits.set_node(new, node, nvlink=True)
    left = {part.part for part in merged}
    kinds = MADE_BY_HOST if changed.host != there.host else frozenset()
    gone = [
        part
        for part in before
        if part.part not in left and (part.part in leaving or is_one_of(part, kinds, catalog))
    ]
    return PartPut(
        new,
        tuple(counted_name(part, catalog) for part in gone),
        changed.host if changed.host != there.host else None,
        bool(guessed),
    )


def put_memory(
    plan: Plan,
    node: int,
    part_id: str,
    kit: Kit | int,
    catalog: CatalogReader,
    *,
    mt_s: int | None = None,
) -> Plan:
    """Fill a computer with memory; a number is the GB of one module, one for each channel.

    Fewer modules than channels leave channels empty, which the speed then counts.

    Raises:
        UnknownEntryError: The catalogue has no such part.
        PartRefusedError: It does not go in, and why.
    """
    row = _row(part_id, catalog)
    there = plan.rig.nodes[node]
    refuse_whole(there, row, catalog)
    if there.host is None:
        raise PartRefusedError(say("Choose a host first: it decides which memory goes in."))
    host = catalog.host(there.host)
    module, _ = memory_module(host)
    if module != row.memory_kind:
        takes = module or say("no module that is listed ({0})", host.memory)
        raise PartRefusedError(say("{0} takes {1}, not {2}.", host.name, takes, row.name))
    chosen = Kit(channels_of(there, host), kit) if isinstance(kit, int) else kit
    slots = _memory_slots(plan, node, catalog)
    if slots is not None and chosen.modules > slots:
        raise PartRefusedError(
            say("The board has {0} slots for memory, not {1}.", slots, chosen.modules)
        )
    if host.max_memory_gb is not None and chosen.total_gib > host.max_memory_gb:
        raise PartRefusedError(
            say(
                "{0} are {1:,} GiB; {2} takes {3:,} at most.",
                chosen.words,
                chosen.total_gib,
                host.name,
                host.max_memory_gb,
            )
        )
    changes: dict[str, object] = {"ram_gib": chosen.total_gib}
    if chosen.modules < host.channels:
        changes["memory_channels"] = chosen.modules
    elif not isinstance(kit, int):
        changes["memory_channels"] = None
    if mt_s is not None:
        changes["memory_mt_s"] = None if mt_s == host.mt_s else mt_s
    if there.parts is not None:
        changes["parts"] = tuple(p for p in there.parts if not is_a(p, "memory", catalog))
    return edits.set_node(plan, node, **changes)


def change_host(plan: Plan, node: int, host: str | None, catalog: CatalogReader) -> Plan:
    """Make a computer another platform; chosen boards and processors become its usual ones."""
    there = plan.rig.nodes[node]
    if there.parts is None or there.host == host:
        return edits.set_node(plan, node, host=host)
    usual = chosen_parts(edits.set_node(plan, node, host=host, parts=None), node, catalog)
    had_barebone = any(is_a(part, "computer", catalog) for part in there.parts)
    kept = [p for p in there.parts if not is_one_of(p, MADE_BY_HOST, catalog)]
    takes = MADE_BY_HOST | (IN_COMPUTER if had_barebone else frozenset())
    new = [part for part in usual if is_one_of(part, takes, catalog)]
    return edits.set_node(plan, node, host=host, parts=merged_parts((*new, *kept), catalog))


def remove_part(plan: Plan, node: int, part_id: str, catalog: CatalogReader) -> Plan:
    """Take every piece of a part out of a computer."""
    kept = tuple(p for p in chosen_parts(plan, node, catalog) if p.part != part_id)
    changed = _set_parts(plan, node, kept)
    row = catalog.parts.get(part_id)
    if row is not None and row.kind == "bridge" and plan.rig.nodes[node].nvlink:
        changed = edits.set_node(changed, node, nvlink=None)
    return changed


def set_count(plan: Plan, node: int, part_id: str, count: int, catalog: CatalogReader) -> Plan:
    """Have another number of a part; none takes it out.

    Raises:
        PartRefusedError: So many do not go in.
    """
    if count < 1:
        return remove_part(plan, node, part_id, catalog)
    row = catalog.parts.get(part_id)
    parts = chosen_parts(plan, node, catalog)
    if row is not None and row.kind == "bridge":
        others = tuple(part for part in parts if part.part != part_id)
        refuse_bridge(plan.rig.nodes[node], row, list(others), catalog, count)
    chosen = NodePart(part=part_id, count=count)
    changed = (chosen if part.part == part_id else part for part in parts)
    return _set_parts(plan, node, tuple(changed))


def swap_part(plan: Plan, node: int, old: str, new: str, catalog: CatalogReader) -> PartPut:
    """Take another part of the same kind, as many as there were.

    Raises:
        UnknownEntryError: The catalogue has no such part.
        PartRefusedError: It does not go in, and why.
    """
    row = _row(new, catalog)
    parts = chosen_parts(plan, node, catalog)
    count = next((part.count for part in parts if part.part == old), 1)
    if row.kind in ONE_OF:
        return put_part(plan, node, new, catalog, count=count if row.kind == "case" else 1)
    without = tuple(part for part in parts if part.part != old)
    return put_part(_set_parts(plan, node, without), node, new, catalog, count=count)


def usual_parts(plan: Plan, node: int) -> Plan:
    """Assume the usual parts of the host again."""
    return edits.set_node(plan, node, parts=None)


def set_mine(plan: Plan, node: int, mine: bool) -> Plan:
    """Say whether a computer is there already: as it is now, or as it was detected, it costs
    nothing. What is added later has to be bought.
    """
    if not mine:
        return edits.set_node(plan, node, mine=False, there=None)
    now, seen = plan.rig.nodes[node], plan.rig.nodes[node].detected
    there = NodeThere(
        host=now.host if seen is None else seen.host or now.host,
        ram_gib=now.ram_gib if seen is None or seen.ram_gib is None else seen.ram_gib,
        gpus=now.gpus if seen is None else seen.gpus,
        nvlink=now.nvlink,
        parts=now.parts,
    )
    return edits.set_node(plan, node, mine=True, there=there)


def set_owned(plan: Plan, part_id: str, count: int) -> Plan:
    """Say how many of a part are there already, counted over the whole rig."""
    others = [part for part in plan.economics.owned if part.part != part_id]
    if count > 0:
        others.append(NodePart(part=part_id, count=count))
    return plan.replace(economics=plan.economics.model_copy(update={"owned": tuple(others)}))


# What goes together ----------------------------------------------------------------------------


def _platform(
    plan: Plan, node: int, row: PartSpec, parts: list[NodePart], catalog: CatalogReader
) -> tuple[Plan, list[NodePart]]:
    """The plan on the platform that a board or processor makes, and the parts beside it."""
    there = plan.rig.nodes[node]
    word = lowered(PART_WORDS[row.kind])
    if not row.hosts:
        raise PartRefusedError(
            say("No platform of the catalogue has {0}: its memory speed is not known.", row.name)
        )
    wanted = frozenset({"board", "computer"}) if row.kind == "cpu" else frozenset({"cpu"})
    others = [found for part in parts if (found := catalog.parts.get(part.part)) is not None]
    others = [found for found in others if found.kind in wanted]
    for other in others:
        if other.socket and row.socket and other.socket != row.socket:
            if there.parts is not None:
                raise PartRefusedError(
                    say(
                        "{0} has socket {1}; this {2} has {3}. Take it out first, or choose "
                        "another host.",
                        other.name,
                        other.socket,
                        word,
                        row.socket,
                    )
                )
            return _other_platform(plan, node, row, catalog)
    fitting = [name for name in row.hosts if all(name in other.hosts for other in others)]
    if not fitting:
        if there.parts is not None and others:
            raise PartRefusedError(
                say("No platform of the catalogue has it with {0}.", others[0].name)
            )
        return _other_platform(plan, node, row, catalog)
    host = there.host if there.host in fitting else fitting[0]
    if host == there.host:
        return plan, parts
    if not others:
        return _other_platform(plan, node, row, catalog)
    return edits.set_node(plan, node, host=host), parts


def _other_platform(
    plan: Plan, node: int, row: PartSpec, catalog: CatalogReader
) -> tuple[Plan, list[NodePart]]:
    """The platform of a part with its usual parts in place of the present ones."""
    host = next((name for name in row.hosts if name in catalog.presets), row.hosts[0])
    limit = catalog.host(host).max_memory_gb
    there = plan.rig.nodes[node]
    ram = there.ram_gib if limit is None else min(there.ram_gib, limit)
    changed = change_host(edits.set_node(plan, node, ram_gib=ram), node, host, catalog)
    return changed, list(chosen_parts(changed, node, catalog))


def _around_a_board(plan: Plan, node: int, catalog: CatalogReader) -> list[NodePart]:
    """The usual supply, case and risers: a barebone that goes takes its own along."""
    usual = chosen_parts(usual_parts(plan, node), node, catalog)
    return [part for part in usual if is_one_of(part, IN_COMPUTER - MADE_BY_HOST, catalog)]


def _memory_slots(plan: Plan, node: int, catalog: CatalogReader) -> int | None:
    for part in chosen_parts(plan, node, catalog):
        row = catalog.parts.get(part.part)
        if row is not None and row.kind in ("board", "computer") and row.memory_slots:
            return row.memory_slots
    return None


# Small things ----------------------------------------------------------------------------------


def _row(part_id: str, catalog: CatalogReader) -> PartSpec:
    row = catalog.parts.get(part_id)
    if row is None:
        raise UnknownEntryError("part", part_id)
    return row


def _set_parts(plan: Plan, node: int, parts: tuple[NodePart, ...]) -> Plan:
    if len(parts) > MAX_PARTS:
        raise PartRefusedError(say("A computer holds at most {0} different parts.", MAX_PARTS))
    return edits.set_node(plan, node, parts=parts)


MAX_PARTS = 64


def host_of(node: Node, catalog: CatalogReader) -> HostSpec | None:
    """The platform of a computer, None when none was chosen or it is not known."""
    try:
        return None if node.host is None else catalog.host(node.host)
    except UnknownEntryError:
        return None
