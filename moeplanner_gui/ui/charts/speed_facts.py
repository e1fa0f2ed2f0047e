"""What the Speed tab and the printed plan show of one plan, gathered from the core. No Qt."""

from __future__ import annotations

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.constants import SpeedGroup
from moeplanner_gui.core.speed.prefill_constants import PrefillGroup
from moeplanner_gui.export.speed_rows import decode_of, prefill_of
from moeplanner_gui.export.speed_steps import Step, steps_of
from moeplanner_gui.ui.charts.memory_rows import device_labels


@dataclass(frozen=True, slots=True)
class StepFacts:
    """The parts of one step and the constants behind them."""

    steps: tuple[Step, ...]
    group: SpeedGroup | None
    prefill_group: PrefillGroup | None = None

    @property
    def seconds(self) -> float:
        """The whole step."""
        return sum(step.seconds for step in self.steps)


def step_facts(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> StepFacts:
    """Where the time of one token goes in this plan; no steps where there is no decode speed."""
    prefill = prefill_of(plan, assessment, catalog)
    behind = None if prefill is None else prefill.group
    found = decode_of(plan, assessment, catalog)
    if found is None:
        return StepFacts((), None, behind)
    names = device_labels(assessment.devices)
    return StepFacts(tuple(steps_of(found.terms, names)), found.group, behind)
