"""What can be chosen in an option and what has an effect; shares as text. Knows no Qt."""

from __future__ import annotations

from typing import get_args

from moeplanner_gui.core.backends import DRIVES
from moeplanner_gui.core.plan import Backend, Plan, card_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.words import say, written


def backends_of(plan: Plan, catalog: CatalogReader) -> tuple[Backend, ...]:
    """The back ends that drive every card of the rig; a card typed in is driven by any."""
    ids = {card_id(card) for node in plan.rig.nodes for card in node.gpus} - {None}
    vendors = {catalog.gpu(known).vendor for known in ids if known is not None}
    every = tuple(name for name in get_args(Backend) if name != "cpu")
    return tuple(name for name in every if all(name in DRIVES.get(v, ("vulkan",)) for v in vendors))


def has_effect(name: str, plan: Plan) -> bool:
    """Whether an option changes anything beside the others as they stand."""
    options = plan.deployment
    return {
        "draft_tokens": options.mtp,
        "acceptance_rate": options.mtp,
        "main_gpu": options.split in ("none", "row"),
        "disk_moe_layers": options.cpu_moe_layers != 0 or options.disk_moe_layers != 0,
    }.get(name, True)


def parse_shares(text: str) -> tuple[float, ...] | None:
    """``3, 1`` as numbers; None when nothing is written.

    Raises:
        ValueError: Something else than numbers from 0, or all of them are 0.
    """
    if written(".") == ",":
        # A comma belongs to the number here.
        text = text.replace(",", ".")
    words = text.replace("/", ",").replace(";", ",").replace(" ", ",").split(",")
    numbers = [word for word in words if word]
    if not numbers:
        return None
    shares = tuple(float(word) for word in numbers)
    if not all(0 <= share <= 1e9 for share in shares):
        raise ValueError(say("Shares are numbers from 0."))
    if not any(shares):
        raise ValueError(say("At least one share is more than 0."))
    return shares


def shares_text(shares: tuple[float, ...] | None) -> str:
    """Shares as they are typed."""
    between = "; " if written(".") == "," else ", "
    return between.join(written(f"{share:g}") for share in shares or ())
