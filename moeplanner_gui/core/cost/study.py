"""Everything about the cost of one plan that charts, bands and draws start from, gathered once."""

from __future__ import annotations

from dataclasses import replace

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.cost.api_bill import ApiPrice
from moeplanner_gui.core.cost.assess import Comparison, compare
from moeplanner_gui.core.cost.figures import Figures, figures_of
from moeplanner_gui.core.cost.inputs import CostInputs, inputs_of
from moeplanner_gui.core.cost.ranges import API_CHANGE, Spread
from moeplanner_gui.core.cost.spreads import plan_spreads
from moeplanner_gui.core.hardware_cost import hardware_cost
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.records import dataclass


@dataclass(frozen=True, slots=True)
class Study:
    """A plan whose own figures are known, with the ranges of its inputs.

    ``month`` holds the exact amounts, ``figures`` the same inputs as floats.
    """

    plan: Plan
    inputs: CostInputs
    month: Comparison
    figures: Figures
    spreads: tuple[Spread, ...]


def study_of(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Study | None:
    """The study of an evaluated plan; None when it has no own figures: ``because`` says why.

    Raises:
        UnknownEntryError: A row that the catalogue does not have.
    """
    if assessment.cost.own_usd_per_month is None:
        return None
    hardware = hardware_cost(plan, catalog)
    speed, power = assessment.speed, assessment.power
    inputs = inputs_of(plan, speed, power, hardware, catalog)
    figures = figures_of(inputs)
    if figures is None:
        return None
    spreads = plan_spreads(prepare(plan, catalog), speed, power, hardware, figures, catalog)
    return Study(plan, inputs, compare(inputs), figures, spreads)


def with_api(study: Study, name: str, price: ApiPrice) -> Study:
    """The same study against another API."""
    inputs = replace(study.inputs, api=price, api_name=name)
    figures = figures_of(inputs) or study.figures
    spreads = study.spreads
    if not any(spread.key == API_CHANGE.key for spread in spreads):
        spreads = (*spreads, API_CHANGE)
    return Study(study.plan, inputs, compare(inputs), figures, spreads)
