"""What of a computer is there already, where its plan says so; the rest is still to be bought."""

from __future__ import annotations

from collections.abc import Sequence

from moeplanner_gui.core.plan import Economics, Node, NodePart, card_id
from moeplanner_gui.core.ports import CatalogReader


def there_of(node: Node, owned: Sequence[NodePart], catalog: CatalogReader | None = None) -> Node:
    """The computer with only those cards and that memory that are there.

    A computer of one's own is what it was when it was called so. Of another one the parts are
    there that the plan names; where it names none, all of it is. So the rig of an upgrade does not
    become what one has before it is bought.

    Args:
        node: The computer of the plan.
        owned: The parts that the plan names as there; memory counts its GB of 2**30 bytes.
        catalog: Says which parts are memory; without it the memory stays as it is.
    """
    if node.mine and node.there is not None:
        then = {name: getattr(node.there, name) for name in type(node.there).model_fields}
        return node.model_copy(update={**then, "there": None})
    if node.mine or not owned:
        return node
    left = {part.part: part.count for part in owned}
    gpus = []
    for card in node.gpus:
        name = card_id(card) or ""
        if left.get(name, 0):
            left[name] -= 1
            gpus.append(card)
    ram_gib = node.ram_gib
    if catalog is not None:
        rows = catalog.parts
        sizes = (n for name, n in left.items() if name in rows and rows[name].kind == "memory")
        ram_gib = min(sum(sizes), ram_gib)
    if len(gpus) == len(node.gpus) and ram_gib == node.ram_gib:
        return node
    return node.model_copy(update={"gpus": tuple(gpus), "ram_gib": ram_gib})


def without_owned(economics: Economics) -> Economics:
    """The economics of a search that keeps a computer: its parts are there once, as its own.

    Counted twice, as many cards again would cost nothing.
    """
    return economics.model_copy(update={"owned": ()})
