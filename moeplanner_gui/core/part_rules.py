"""What goes together in a computer: which parts make room for a new one, and what is refused."""

from __future__ import annotations

from moeplanner_gui.core.parts import PartSpec
from moeplanner_gui.core.plan import Node, NodePart, card_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.words import say

ONE_OF = frozenset({"board", "cpu", "case", "computer"})
"""A computer has one kind of these; all others add up."""
CHOSEN_FIRST = frozenset({"psu", "disk", "riser"})
"""Of these the assumed ones make room for the first that is chosen; further ones add up.

Nobody asked for the assumed one: who drags a supply onto a computer says which it has, and does
not want a second beside a guess. An assumed disk keeps its size, which the weights need.
"""
MADE_BY_HOST = frozenset({"board", "cpu", "computer"})
IN_COMPUTER = frozenset({"board", "case", "psu", "riser", "computer"})
"""What a barebone brings along."""


class PartRefusedError(ValueError):
    """The part does not go into this computer; the text is a sentence for a person."""


def parts_leaving(row: PartSpec, parts: list[NodePart], catalog: CatalogReader) -> tuple[str, ...]:
    """Ids of the parts that a new one takes the place of."""
    kinds: set[str] = set()
    if row.kind == "computer":
        kinds = set(IN_COMPUTER)
    elif row.kind == "board":
        kinds = {"board", "computer"}
    elif row.kind in ONE_OF:
        kinds = {row.kind}
    elif row.kind in CHOSEN_FIRST:
        return tuple(p.part for p in parts if p.assumed and is_a(p, row.kind, catalog))
    if row.kind in ("case", "riser") and any(is_a(part, "computer", catalog) for part in parts):
        raise PartRefusedError(say("The barebone among its parts has a case of its own."))
    return tuple(part.part for part in parts if is_one_of(part, frozenset(kinds), catalog))


def refuse_whole(there: Node, row: PartSpec, catalog: CatalogReader) -> None:
    """Refuse parts for a card that is a whole computer."""
    if row.kind in ("nic", "switch", "disk"):
        return
    for card in there.gpus:
        name = card_id(card)
        try:
            spec = None if name is None else catalog.gpu(name)
        except UnknownEntryError:
            continue
        if spec is not None and spec.unified_memory:
            raise PartRefusedError(
                say("{0} is a whole computer: nothing is built into it.", spec.name)
            )


def refuse_bridge(
    there: Node, row: PartSpec, parts: list[NodePart], catalog: CatalogReader, count: int = 1
) -> None:
    """Refuse a bridge that finds no two cards to join."""
    joined = sum(card_id(card) in row.cards for card in there.gpus)
    have = sum(part.count for part in parts if part.part == row.id)
    if have + count > joined // 2:
        names = []
        for name in row.cards:
            try:
                names.append(catalog.gpu(name).name)
            except UnknownEntryError:
                continue
        more = say(" and they have one already") if have and joined >= 2 else ""
        which = " / ".join(names)
        if joined == 1:
            raise PartRefusedError(say("It joins two of {0}: here is one{1}.", which, more))
        if joined == 2:
            raise PartRefusedError(say("It joins two of {0}: here are two{1}.", which, more))
        raise PartRefusedError(say("It joins two of {0}: here are {1}{2}.", which, joined, more))


_ORDER = (
    "computer", "board", "cpu", "memory", "psu", "case", "riser", "bridge", "disk", "nic", "switch",
)  # fmt: skip


def merged_parts(parts: tuple[NodePart, ...], catalog: CatalogReader) -> tuple[NodePart, ...]:
    """Each part once, board first; what was chosen once is chosen."""
    counts: dict[str, int] = {}
    chosen: set[str] = set()
    for part in parts:
        counts[part.part] = counts.get(part.part, 0) + part.count
        if not part.assumed:
            chosen.add(part.part)
    rows = sorted(counts, key=lambda name: _place(name, catalog))
    return tuple(
        NodePart(part=name, count=min(counts[name], 10_000), assumed=name not in chosen)
        for name in rows
    )


def _place(part_id: str, catalog: CatalogReader) -> int:
    row = catalog.parts.get(part_id)
    return len(_ORDER) if row is None else _ORDER.index(row.kind)


def _name(part_id: str, catalog: CatalogReader) -> str:
    row = catalog.parts.get(part_id)
    return part_id if row is None else row.name


def counted_name(part: NodePart, catalog: CatalogReader) -> str:
    """``"2 × Fan"``: a part by name with its number."""
    name, row = _name(part.part, catalog), catalog.parts.get(part.part)
    if row is not None and row.unit == "tb":
        return say("{0:,} TB {1}", part.count, name)
    return name if part.count == 1 else say("{0:,} × {1}", part.count, name)


def is_a(part: NodePart, kind: str, catalog: CatalogReader) -> bool:
    """Whether a part is of a kind."""
    row = catalog.parts.get(part.part)
    return row is not None and row.kind == kind


def is_one_of(part: NodePart, kinds: frozenset[str], catalog: CatalogReader) -> bool:
    """Whether a part is of one of these kinds."""
    row = catalog.parts.get(part.part)
    return row is not None and row.kind in kinds
