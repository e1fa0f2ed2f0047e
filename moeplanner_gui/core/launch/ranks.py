"""vLLM, SGLang and KTransformers have one process a card: which computer has which, and what the
engines have in common when several computers take part.
"""

from __future__ import annotations

import re
from typing import Final

from moeplanner_gui.core.assessment import DeviceMemory
from moeplanner_gui.core.launch.cards import NUMBERS_UNKNOWN, environment
from moeplanner_gui.core.launch.pieces import MODEL_FOLDER, Places
from moeplanner_gui.core.placement import Demand
from moeplanner_gui.core.plan import weights_id
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import GIB
from moeplanner_gui.core.words import say

_PUBLISHED: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[\w.-]{1,95}")


@dataclass(frozen=True, slots=True)
class Ranks:
    """The processes of a plan by computer.

    ``cards`` are the positions of the used cards of each computer that has any, in the order of
    the ranks; ``mixed`` says that these computers differ.
    """

    nodes: tuple[int, ...]
    cards: tuple[tuple[int, ...], ...]
    mixed: bool

    @property
    def equal(self) -> bool:
        """Whether every computer has as many processes."""
        return len({len(held) for held in self.cards}) == 1


def ranks_of(prepared: Prepared) -> Ranks:
    """The ranks lie on the first cards of the rig, in its order."""
    options, cards = prepared.plan.deployment, prepared.cards
    world = options.tensor_parallel * options.pipeline_parallel * options.data_parallel
    used = cards[:world]
    nodes = sorted({card.node for card in used})
    held = tuple(tuple(i for i, card in enumerate(used) if card.node == node) for node in nodes)
    kinds = {tuple(cards[i].card_id for i in positions) for positions in held}
    return Ranks(tuple(nodes), held, len(kinds) > 1)


def variables(
    prepared: Prepared, ranks: Ranks, notes: list[str]
) -> list[tuple[tuple[str, str, str], ...]]:
    """The environment of every computer of the ranks; says once where numbers need a look."""
    found, unknown = [], False
    for node, held in zip(ranks.nodes, ranks.cards, strict=True):
        own, look = environment(prepared.plan, prepared.cards, node, held)
        found.append(own)
        unknown |= look
    if unknown:
        notes.append(NUMBERS_UNKNOWN)
    return found


def model_word(prepared: Prepared, places: Places, *, published: bool = False) -> tuple[str, str]:
    """What is loaded, and why that. A path cannot be taken for a flag.

    Args:
        prepared: The plan with its rows.
        places: What is known of the model's place.
        published: The published checkpoint is meant, whatever the plan's weights are.
    """
    given = places.model.strip()
    if given:
        return (f"./{given}" if given.startswith("-") else given), say("the place that was given")
    name = prepared.spec.hf_id
    published = published or weights_id(prepared.plan) == "native"
    if published and _PUBLISHED.fullmatch(name):
        return name, say("the published checkpoint, which is downloaded once")
    label = prepared.layout.label if prepared.layout is not None else say("the plan's format")
    return MODEL_FOLDER, say("a folder with {0} as {1}", prepared.spec.name, label)


def groups_words(number: int) -> str:
    """How many groups."""
    return say("1 group") if number == 1 else say("{0} groups", number)


def copies_words(number: int) -> str:
    """How many copies."""
    return say("1 copy") if number == 1 else say("{0} copies", number)


def tensor_why(prepared: Prepared) -> str:
    """What the division over cards means for each of them in this plan."""
    most = max(device.weights_bytes for device in _used(prepared))
    return say("as planned: each card holds up to {0:.2f} GiB of weights", most / GIB)


def cache_why(prepared: Prepared) -> str:
    """What the cache's format means for each card in this plan."""
    most = max(device.kv_cache_bytes for device in _used(prepared))
    return say("as planned: the users' cache takes up to {0:.2f} GiB of each card", most / GIB)


def _used(prepared: Prepared) -> tuple[DeviceMemory, ...]:
    assert isinstance(prepared.demand, Demand)
    options = prepared.plan.deployment
    world = options.tensor_parallel * options.pipeline_parallel * options.data_parallel
    return prepared.demand.devices_at(prepared.plan.workload.context_tokens)[:world]
