"""What this computer alone can do with the plan's model, and what to plug in next.

Runs in a thread beside the window. Everything comes from the estimator and its remedies; between
two steps the thread sleeps, so that the window's own thread always gets its turn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import sleep
from typing import TYPE_CHECKING, Any

from moeplanner_gui.core.entries import Entries
from moeplanner_gui.core.plan import Node, Plan, Rig
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import lower_first, paragraph, say

if TYPE_CHECKING:
    from moeplanner_gui.core.remedies import Remedy
    from moeplanner_gui.ui.detect.choice import Chosen

REST_S = 0.002
MOST_STEPS = 4_000


@dataclass(frozen=True, slots=True)
class Advice:
    """The answer for one computer.

    Attributes:
        verdict: As in an assessment.
        answer: Its first sentence, with the computer and the model before it.
        free: What makes it fit without a purchase, "" when nothing does or is needed.
        bought: The cheapest purchase that makes it fit, "" likewise.
    """

    verdict: str
    answer: str
    free: str = ""
    bought: str = ""

    @property
    def text(self) -> str:
        """All of it."""
        return paragraph((self.answer, self.free, self.bought))


def alone(plan: Plan, node: Node, catalog: Any) -> Plan:
    """The plan on this one computer, the engine spread over its cards.

    ``catalog`` must have the rows that the node names.
    """
    from moeplanner_gui.core.engine_choice import with_engine

    moved = plan.replace(
        rig=Rig(nodes=(node,)),
        deployment=plan.deployment.model_copy(update={"tensor_split": None, "main_gpu": 0}),
    )
    engine = plan.deployment.engine
    if engine == "llama.cpp" or not node.gpus:
        return moved
    cards = len(node.gpus)
    # Where the engine runs in no division, the reason must not be ranks of another rig.
    one_each = {"tensor_parallel": cards, "pipeline_parallel": 1, "data_parallel": 1}
    away = with_engine(moved, "llama.cpp", catalog)
    away = away.replace(deployment=away.deployment.model_copy(update=one_each))
    return with_engine(away, engine, catalog)


def catalog_with(catalog: Any, cards: Sequence[Any], hosts: Sequence[Any]) -> Any:
    """The catalogue with rows that are not saved yet."""
    if not cards and not hosts:
        return catalog
    return catalog.with_entries(Entries(gpus=tuple(cards), hosts=tuple(hosts)))


def advice_for(
    job: tuple[Plan, Chosen], catalog: Any, cancelled: Callable[[], bool]
) -> Advice | None:
    """What the model of a plan does on one computer; None when cancelled.

    Args:
        job: The plan, and the computer with the rows that are not saved yet.
        catalog: The rows that are.
        cancelled: Whether nobody waits for the answer any more.

    Raises:
        UnknownEntryError: A row that the catalogue does not have.
    """
    from moeplanner_gui.core.assess import evaluate

    plan, chosen = job
    catalog = catalog_with(catalog, chosen.new_cards, chosen.new_hosts)
    plan = alone(plan, chosen.node, catalog)
    after = evaluate(plan, catalog)
    name = catalog.model(plan.model).name
    first = after.reasons[0] if after.reasons else ""
    answer = say("With this computer alone, {0}: {1}", name, lower_first(first))
    if after.fits:
        return Advice(after.verdict, answer)
    found = _searched(plan, catalog, after.verdict == "cannot_run", cancelled)
    if found is None:
        return None
    return Advice(after.verdict, answer, *_words(plan, found))


def _searched(
    plan: Plan, catalog: Any, cannot_run: bool, cancelled: Callable[[], bool]
) -> tuple[Remedy, ...] | None:
    from moeplanner_gui.core.remedies import ranked
    from moeplanner_gui.ui.charts.running_changes import search_advice

    found = []
    for number, remedy in enumerate(search_advice(plan, catalog, runs=cannot_run)):
        if cancelled():
            return None
        if remedy is not None and remedy.fits:
            found.append(remedy)
        if number >= MOST_STEPS:
            break
        sleep(REST_S)
    return ranked(found)


def _words(plan: Plan, found: Sequence[Remedy]) -> tuple[str, str]:
    # A disk that must be there first costs money too, though nobody knows how much.
    free = next((one for one in found if one.usd == 0 and not _is_bought(one)), None)
    # What has no price is not the cheapest, however it is ranked.
    priced = [one for one in found if one.usd]
    bought = min(priced, key=lambda one: one.usd or 0.0) if priced else None
    unpriced = next((one for one in found if _is_bought(one) and not one.usd), None)
    first = ""
    if free is not None:
        first = say("Without a purchase: {0}", _told(free, lower_first(free.title)))
    if bought is not None:
        second = say("Cheapest addition: {0}", _told(bought, _addition(plan, bought)))
    elif unpriced is not None:
        second = say("An addition, price unknown: {0}", _told(unpriced, _addition(plan, unpriced)))
    elif free is None:
        second = say("Nothing that was tried makes it fit on this computer.")
    else:
        second = ""
    return first, second


def _is_bought(remedy: Remedy) -> bool:
    from moeplanner_gui.core.remedy_changes import Price

    return remedy.usd is None or remedy.rank >= (Price.MEMORY,)


def _addition(plan: Plan, remedy: Remedy) -> str:
    """What has to be bought, then what is done with it."""
    before, after = plan.rig.nodes[0], remedy.plan.rig.nodes[0]
    title, price = lower_first(remedy.title), remedy.usd
    if before.gpus != after.gpus or before.ram_gib == after.ram_gib:
        return say("{0} (${1:,.0f})", title, price) if price else title
    memory = say("{0:,} GiB of host memory", after.ram_gib)
    words = say("{0} (${1:,.0f})", memory, price) if price else memory
    return words if memory in remedy.title else say("{0}, then {1}", words, title)


def _told(remedy: Remedy, words: str) -> str:
    return say("{0}: {1}", words, lower_first(remedy.outcome))
