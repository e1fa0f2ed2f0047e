"""Plans to start from, and what to call a plan that has no name. Knows no widgets."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from moeplanner_gui.core.plan import CustomSlot, Node, Plan, Rig, card_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.words import comma_joined, say

SUFFIX = ".moeplan"
FIRST_SAMPLE = "v4-flash-two-96gb"
SAMPLE = say("Sample plan")
DEFAULT_MODEL = "deepseek-v4-flash"
_NOT_IN_FILES = frozenset('<>:"/\\|?*')
"""Characters that one of the systems does not take in a file's name."""


def empty_plan(model_id: str = DEFAULT_MODEL) -> Plan:
    """A plan with one computer and no cards."""
    return Plan(model=model_id, rig=Rig(nodes=(Node(ram_gib=64),)))


def sample_files() -> tuple[Path, ...]:
    """The sample plans that are shipped, the first run's sample first."""
    from moeplanner_gui.catalog.paths import samples_dir

    files = sorted(samples_dir().glob(f"*{SUFFIX}"))
    return tuple(sorted(files, key=lambda file: file.stem != FIRST_SAMPLE))


def plan_title(plan: Plan, catalog: CatalogReader) -> str:
    """A plan in a few words: "DeepSeek V4 Flash on 2 × RTX PRO 6000"."""
    cards = Counter(
        card.custom.name if isinstance(card, CustomSlot) else catalog.gpu(card_id(card) or "").name
        for node in plan.rig.nodes
        for card in node.gpus
    )
    rig = comma_joined(f"{count} × {name}" for name, count in cards.items()) or say("host memory")
    return say("{0} on {1}", catalog.model(plan.model).name, rig)


def suggested_name(plan: Plan) -> str:
    """A file name for a plan that has none."""
    cards = plan.gpu_count
    return f"{plan.model}-{cards}-card{'s' * (cards != 1)}" if cards else plan.model


def file_stem(plan: Plan) -> str:
    """What to call a file with the plan: its own name where it has one that a file can have."""
    name = "".join("_" if char in _NOT_IN_FILES else char for char in plan.name or "")
    return name.strip(" .") or suggested_name(plan)
